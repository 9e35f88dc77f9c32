"""Objects of the C library, and when they end."""

from __future__ import annotations

import threading
import weakref
from contextlib import contextmanager
from typing import Any, Iterator, TypeVar

from ._library import BlockpackError, lib

Self = TypeVar("Self", bound="Handle")


class _Object:
    """A handle of the library and how many calls need it; knows nothing of the Python object for it."""

    def __init__(self, pointer: int, free: str) -> None:
        self.pointer = pointer
        self.free = free
        self.users = 1
        self.open = True
        self.lock = threading.Lock()

    def enter(self) -> int:
        with self.lock:
            if not self.open:
                raise BlockpackError("closed", "the object was closed")
            self.users += 1
            return self.pointer

    def leave(self) -> None:
        with self.lock:
            self.users -= 1
            last = self.users == 0
        if last:
            getattr(lib, self.free)(self.pointer)

    def end(self) -> None:
        with self.lock:
            was_open, self.open = self.open, False
        if was_open:
            self.leave()


class Handle:
    """What stands for an object of the library. Calls that run when it is closed finish first."""

    _free: str

    def __init__(self, pointer: int) -> None:
        self._object = _Object(pointer, self._free)
        self._finalizer = weakref.finalize(self, self._object.end)

    def close(self) -> None:
        """Gives everything back that it holds, now. Doing so again does nothing."""
        self._finalizer()

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return not self._object.open

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    @contextmanager
    def _use(self) -> Iterator[int]:
        """The handle, for the length of a call."""
        pointer = self._object.enter()
        try:
            yield pointer
        finally:
            self._object.leave()
