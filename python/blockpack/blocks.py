"""Files and lists of blocks: what is scanned."""

from __future__ import annotations

import ctypes
import os
import uuid
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Iterable, Sequence

from ._arrow import ArrowSource
from ._handle import Handle
from ._library import call, lib, make
from ._structs import RawBlockInfo, RawColumnInfo, RawFileInfo, SearchOptions, Str
from ._value import of, parts, to_array
from .query import Length, Query, Time, running, span_of_time
from .search import ROOTED_ONLY, Search, search
from .series import SeriesSet, metrics
from .spans import SpanSet
from .tags import TagName, TagValues, names, values

_OPERATORS = {
    "=": 1,
    "==": 1,
    "!=": 2,
    "<": 3,
    "<=": 4,
    ">": 5,
    ">=": 6,
    "in": 7,
    "not in": 8,
    "between": 9,
    "=~": 10,
    "!~": 11,
    "contains": 12,
    "prefix": 13,
    "suffix": 14,
    "=ignoring case": 15,
    "null": 16,
    "exists": 17,
}
# The operators that take several values, and those that take none.
_SEVERAL, _NONE = {7, 8, 9}, {16, 17}
_ALL = 2 ** (8 * ctypes.sizeof(ctypes.c_size_t)) - 1


@dataclass(frozen=True)
class FileInfo:
    """What a file holds. Times are nanoseconds since the epoch, 0 if there are no spans."""

    blocks: int
    spans: int
    #: One that lies in several blocks counts in each.
    traces: int
    bytes: int
    min_start_ns: int
    max_end_ns: int
    #: Names this file and no other.
    uuid: uuid.UUID


@dataclass(frozen=True)
class BlockInfo:
    """What a block holds."""

    spans: int
    traces: int
    columns: int
    min_start_ns: int
    max_end_ns: int
    bytes: int


@dataclass(frozen=True)
class ColumnInfo:
    """A column of a block."""

    name: str
    type: str
    is_attribute: bool
    #: Rows that have a value; of columns of resources, events and so on rows of those.
    present: int
    #: Values in its dictionary, if it has one.
    distinct: int


class Blocks(ArrowSource):
    """A list of blocks of files and builders, and all spans in them. Shared by threads."""

    _free = "bp_blocks_free"
    _export = "bp_arrow_export_blocks"

    def __len__(self) -> int:
        """Number of blocks."""
        with self._use() as blocks:
            return int(lib.bp_blocks_len(blocks))

    @property
    def span_count(self) -> int:
        """Number of spans in all blocks."""
        with self._use() as blocks:
            return int(lib.bp_blocks_span_count(blocks))

    def info(self, index: int) -> BlockInfo:
        """What block ``index`` holds."""
        raw = RawBlockInfo()
        with self._use() as blocks:
            call("bp_blocks_info", blocks, index, ctypes.byref(raw))
        names = BlockInfo.__dataclass_fields__
        return BlockInfo(**{name: getattr(raw, name) for name in names})

    def columns(self, index: int) -> list[ColumnInfo]:
        """The columns of block ``index``."""
        with self._use() as blocks:
            found = parts(of("bp_blocks_columns", blocks, index), RawColumnInfo)
            return [
                ColumnInfo(c.name.text(), c.type_name.text(), bool(c.is_attribute), c.present, c.distinct)
                for c in found
            ]

    def spans(self) -> SpanSet:
        """The set of all spans."""
        with self._use() as blocks:
            return SpanSet(make("bp_span_set_all", blocks))

    def scan(self, name: str, operator: str, value: Any = None) -> SpanSet:
        """The spans whose field ``name`` is as ``operator`` and ``value`` say.

        Operators are those of the command: = != < <= > >= =~ !~ (regular expressions), contains, prefix,
        suffix, "in" and "not in" (a list of values), "between" (two values), "=ignoring case", and "null" and
        "exists", which take no value.

        Values are str, bool, int, float, bytes, datetime and timedelta. Kinds and status codes are
        compared with their names, ids with hexadecimal text, durations also with nanoseconds.
        """
        if operator not in _OPERATORS:
            known = " ".join(_OPERATORS)
            raise ValueError(f"there is no operator {operator!r}; there are {known}")
        number = _OPERATORS[operator]
        if number in _SEVERAL:
            values = list(value)
        else:
            values = [] if number in _NONE else [value]
        operands, keep = to_array(values)
        with self._use() as blocks:
            found = make("bp_blocks_scan", blocks, Str.of(name), number, operands, len(values))
        del keep
        return SpanSet(found)

    def find(
        self,
        query: str | Query,
        *,
        start: Time | None = None,
        end: Time | None = None,
        rooted_only: bool = False,
        timeout: Length | None = None,
        memory: int | None = None,
        threads: int = 1,
    ) -> SpanSet:
        """All spans that a query in TraceQL finds, as a set.

        Traces that end before ``start`` or start after ``end`` do not count. With ``rooted_only`` structural operators
        leave out spans whose parent is missing, and what is below them. The query ends with a BlockpackError
        after ``timeout``, or when it would use more than ``memory`` bytes (2 GiB if None) while it runs.
        """
        with running(query, self, timeout, memory) as (asked, blocks, limits):
            flags = ROOTED_ONLY if rooted_only else 0
            options = SearchOptions(threads=threads, flags=flags, **span_of_time(start, end), **limits)
            return SpanSet(make("bp_query_spans", asked, blocks, ctypes.byref(options)))

    def search(
        self,
        query: str | Query,
        *fields: str,
        limit: int | None = 20,
        spans_per_spanset: int | None = 3,
        start: Time | None = None,
        end: Time | None = None,
        most_recent: bool = False,
        rooted_only: bool = False,
        timeout: Length | None = None,
        memory: int | None = None,
        threads: int = 1,
    ) -> Search:
        """The traces in which a query in TraceQL matches, found one after another as they are asked for.

        Of each spanset the first ``spans_per_spanset`` spans are given, with these ``fields``; without any, with
        those that the query selects or mentions. A limit of None is none. With ``most_recent`` the traces that
        start last are given, last first. The rest as for :meth:`find`.
        """
        return search(
            self,
            query,
            fields,
            limit=limit,
            spans_per_spanset=spans_per_spanset,
            start=start,
            end=end,
            most_recent=most_recent,
            rooted_only=rooted_only,
            timeout=timeout,
            memory=memory,
            threads=threads,
        )

    def metrics(
        self,
        query: str | Query,
        *,
        start: Time | None = None,
        end: Time | None = None,
        step: Length | None = None,
        instant: bool = False,
        rooted_only: bool = False,
        exemplars: int = 0,
        timeout: Length | None = None,
        memory: int | None = None,
        threads: int = 1,
    ) -> SeriesSet:
        """The series that a query in TraceQL makes, as in ``{ status = error } | rate() by (resource.service.name)``.

        Spans count that start after ``start`` and not after ``end``; all do without. A ``step`` is the time
        between two samples, by default about 240 of them; ``instant`` is one sample for all the time. Up to
        ``exemplars`` spans stand for the series. The rest as for :meth:`find`.
        """
        return metrics(
            self,
            query,
            start=start,
            end=end,
            step=step,
            instant=instant,
            rooted_only=rooted_only,
            exemplars=exemplars,
            timeout=timeout,
            memory=memory,
            threads=threads,
        )

    def tag_names(self, scope: str = "any") -> list[TagName]:
        """The attributes that anything has, or that spans, resources ("resource") and so on have."""
        return names(self, scope)

    def tag_values(
        self,
        name: str,
        where: str | Query | None = None,
        *,
        limit: int | None = None,
        timeout: Length | None = None,
        memory: int | None = None,
    ) -> TagValues:
        """The values that a field has, each once, or those it has in spans that the query ``where`` finds."""
        return values(self, name, where, limit, timeout, memory)

    def __repr__(self) -> str:
        return "<Blocks, closed>" if self.closed else f"<{len(self)} Blocks of {self.span_count} spans>"


class File(Blocks):
    """A block file: its blocks, and what is known of the file. Closing it closes both."""

    def __init__(self, reader: _Reader) -> None:
        self._reader = reader
        with reader._use() as pointer:
            super().__init__(make("bp_reader_blocks", pointer, 0, _ALL))

    def close(self) -> None:
        super().close()
        self._reader.close()

    @property
    def file_info(self) -> FileInfo:
        """What the file holds."""
        raw = RawFileInfo()
        with self._reader._use() as reader:
            call("bp_reader_info", reader, ctypes.byref(raw))
        numbers = ("blocks", "spans", "traces", "bytes", "min_start_ns", "max_end_ns")
        named = {name: getattr(raw, name) for name in numbers}
        return FileInfo(**named, uuid=uuid.UUID(bytes=bytes(raw.uuid)))

    def trace(self, trace_id: str | bytes) -> SpanSet | None:
        """The spans of one trace, whose id is bytes or hexadecimal; None if the file does not have it.

        The set is over a list of the blocks that have the trace.
        """
        if isinstance(trace_id, str):
            trace_id = bytes.fromhex(trace_id)
        with self._reader._use() as reader:
            found = make("bp_reader_trace", reader, Str.of(trace_id))
        return None if found is None else SpanSet(found)


class _Reader(Handle):
    _free = "bp_reader_free"


def open(path: str | os.PathLike[str]) -> File:
    """Opens a block file, which is mapped: opening costs little, whatever its size."""
    reader = make("bp_reader_open", Str.of(os.fsencode(path)), None)
    return File(_Reader(reader))


def open_bytes(data: bytes) -> File:
    """Opens the bytes of a block file; they are copied."""
    return File(_Reader(make("bp_reader_open_memory", Str.of(data), None, None, None)))


def join(lists: Iterable[Blocks]) -> Blocks:
    """The blocks of all lists as one list, so that files are scanned as one. No block is copied."""
    with ExitStack() as uses:
        pointers: Sequence[int] = [uses.enter_context(blocks._use()) for blocks in lists]
        array = (ctypes.c_void_p * len(pointers))(*pointers)
        return Blocks(make("bp_blocks_join", array, len(pointers)))
