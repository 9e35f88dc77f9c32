"""Streams in Arrow's C stream interface, as capsules.

A capsule would best have a destructor that releases a stream which nobody took. No Python function can be
one: it would run while an exception may be on its way. So every capsule is kept here until nobody else
has it, and then the stream is released if it still must be.
"""

from __future__ import annotations

import atexit
import ctypes
import sys
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Sequence

from ._handle import Handle
from ._library import call, make
from ._structs import ArrowArrayStream, ArrowOptions, Str

if TYPE_CHECKING:
    import pyarrow

_EVENTS, _LINKS = 1, 2
_NAME = b"arrow_array_stream"

_new_capsule = ctypes.pythonapi.PyCapsule_New
_new_capsule.restype = ctypes.py_object
_new_capsule.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]

_lock = threading.Lock()
# Capsules that were given out, and the structs in them.
_given: list[tuple[Any, ArrowArrayStream]] = []
# What sys.getrefcount() says of a capsule that is nowhere but in a pair of the list.
_ALONE = 2


def _end(stream: ArrowArrayStream) -> None:
    if stream.release:
        stream.release(ctypes.byref(stream))


def sweep() -> None:
    """Releases streams whose capsules nobody has any more."""
    with _lock:
        for index in range(len(_given) - 1, -1, -1):
            if sys.getrefcount(_given[index][0]) <= _ALONE:
                _end(_given.pop(index)[1])


atexit.register(sweep)


class Columns(Handle):
    """Names of fields, compiled."""

    _free = "bp_columns_free"

    def __init__(self, names: Sequence[str]) -> None:
        pointer = make("bp_columns_new")
        super().__init__(pointer)
        for name in names:
            call("bp_columns_add", pointer, Str.of(name))


class Selection:
    """Chosen columns of spans, for whatever reads Arrow. Holds what it was selected from."""

    def __init__(
        self,
        source: Handle,
        export: str,
        columns: Sequence[str] | None,
        batch_rows: int = 0,
        events: bool = False,
        links: bool = False,
    ) -> None:
        self._source = source
        self._export = export
        self._columns = None if columns is None else Columns(columns)
        self._batch_rows = batch_rows
        self._flags = (_EVENTS if events else 0) | (_LINKS if links else 0)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The columns as a capsule with an ``ArrowArrayStream``, of which a consumer makes batches."""
        sweep()
        stream = ArrowArrayStream()
        options = ArrowOptions(batch_rows=self._batch_rows, flags=self._flags)
        with ExitStack() as uses:
            if self._columns is not None:
                options.columns = uses.enter_context(self._columns._use())
            source = uses.enter_context(self._source._use())
            call(self._export, source, ctypes.byref(options), ctypes.byref(stream))
        capsule = _new_capsule(ctypes.addressof(stream), _NAME, None)
        with _lock:
            _given.append((capsule, stream))
        return capsule

    def to_arrow(self) -> pyarrow.Table:
        """The columns as a table of pyarrow, which must be installed."""
        import pyarrow

        return pyarrow.table(self)


class ArrowSource(Handle):
    """Spans that can be had as Arrow."""

    _export: str

    def select(
        self,
        *columns: str,
        batch_rows: int = 0,
        events: bool = False,
        links: bool = False,
    ) -> Selection:
        """These fields of the spans as columns; without any, all that the blocks have.

        ``events`` and ``links`` add a column "event" and "link" to chosen columns. ``batch_rows`` limits
        the rows of a batch; 0 stands for all that there are in a block.
        """
        return Selection(self, self._export, columns or None, batch_rows, events, links)

    def to_arrow(self, *columns: str, events: bool = False, links: bool = False) -> pyarrow.Table:
        """As :meth:`select`, as a table of pyarrow, which must be installed."""
        return self.select(*columns, events=events, links=links).to_arrow()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """All columns of the spans, for whatever reads Arrow."""
        return self.select().__arrow_c_stream__(requested_schema)
