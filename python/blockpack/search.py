"""Searches: the traces in which a query matches."""

from __future__ import annotations

import ctypes
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import islice
from typing import Iterator, Sequence

from ._arrow import Columns
from ._handle import Handle
from ._library import DONE, call, lib, make
from ._structs import (
    Field,
    RawSearchStats,
    RawSpanset,
    RawTraceMatch,
    RawTraceService,
    RawValue,
    SearchOptions,
    SpanIds,
    Str,
)
from ._value import Value, from_raw, is_absent, of, parts
from .query import Explanation, Length, Query, Time, explanation, running, span_of_time

_MOST_RECENT, ROOTED_ONLY = 1, 2
_NO_LIMIT = 2**64 - 1
_ENDED = ("not yet", "complete", "limit", "cancelled", "timeout", "memory", "failed")
_FLAGS = ("orphans", "several roots", "no root", "shared ids", "cycle", "self parent", "odd ids")


@dataclass(frozen=True)
class SpanMatch:
    """A span that matches."""

    span_id: str
    #: Where it is in the blocks: block, and row in the block.
    place: tuple[int, int]
    #: The fields asked for, or those that the query selects or mentions, as far as the span has them.
    fields: dict[str, Value]


@dataclass(frozen=True)
class SpansetMatch:
    """Spans of a trace that belong together."""

    #: How many there are; ``spans`` are the first of them by start.
    matched: int
    spans: list[SpanMatch]
    #: Values of by() and of aggregates under their texts, as in "count()".
    attributes: dict[str, Value]


@dataclass(frozen=True)
class TraceMatch:
    """A trace in which a query matches. Times are nanoseconds."""

    trace_id: str
    #: Service and name of the root span; empty if there is none.
    root_service: str
    root_name: str
    start_ns: int
    duration_ns: int
    #: Spans that match.
    matched: int
    spansets: list[SpansetMatch]
    #: Spans of each service that took part, and how many of them have the status "error".
    services: dict[str, tuple[int, int]]
    #: What is wrong with the trace: "orphans", "several roots", "no root", "shared ids", "cycle", "self parent",
    #: "odd ids".
    damage: list[str]


@dataclass(frozen=True)
class SearchStats:
    """What a search took so far."""

    #: Chunks that the blocks fall into: blocks that share traces.
    chunks: int
    #: Of these, chunks outside of the time that was asked for, and chunks that were not searched.
    chunks_outside: int
    chunks_not_needed: int
    spans_searched: int
    spans_matched: int
    traces: int
    peak_bytes: int
    time_ns: int
    #: Why no more is found: "not yet", "complete", "limit", "cancelled", "timeout", "memory", "failed".
    ended: str


class _Cancel(Handle):
    _free = "bp_cancel_free"


class _MatchSet(Handle):
    _free = "bp_match_set_free"


class Search(Handle):
    """An iterator over traces that match, which searches as far as it is asked. For one thread at a time."""

    _free = "bp_cursor_free"

    def __init__(self, pointer: int, cancel: _Cancel, columns: Columns | None, names: Sequence[str]) -> None:
        super().__init__(pointer)
        self._cancel = cancel
        self._columns = columns
        self._names = list(names)
        self._found: Iterator[TraceMatch] = iter(())

    def __iter__(self) -> Search:
        return self

    def __next__(self) -> TraceMatch:
        for trace in self._found:
            return trace
        batch = ctypes.c_void_p()
        with self._use() as cursor:
            if call("bp_cursor_next", cursor, 0, ctypes.byref(batch)) == DONE:
                raise StopIteration
        with _MatchSet(batch.value) as found:
            self._found = iter(self._traces(found))
        return next(self._found)

    def cancel(self) -> None:
        """Ends the search from any thread: whoever waits for a trace gets a BlockpackError "BP_ERR_CANCELLED"."""
        with self._cancel._use() as flag:
            lib.bp_cancel_trigger(flag)

    def stats(self) -> SearchStats:
        """What it took so far."""
        raw = RawSearchStats()
        with self._use() as cursor:
            call("bp_cursor_stats", cursor, ctypes.byref(raw))
        names = [name for name in SearchStats.__dataclass_fields__ if name != "ended"]
        return SearchStats(**{name: getattr(raw, name) for name in names}, ended=_ENDED[raw.ended])

    def explain(self) -> Explanation:
        """How the query is answered, and what its parts did so far."""
        with self._use() as cursor:
            return explanation(make("bp_cursor_explain", cursor))

    def close(self) -> None:
        super().close()
        self._found = iter(())
        self._cancel.close()
        if self._columns is not None:
            self._columns.close()

    def _traces(self, batch: _MatchSet) -> list[TraceMatch]:
        with batch._use() as found:
            spans = iter(self._spans(found))
            attributes = (
                (value.name.text(), from_raw(value.value))
                for value in parts(of("bp_match_set_attributes", found), Field)
            )
            spansets = (
                SpansetMatch(s.matched, list(islice(spans, s.spans)), dict(islice(attributes, s.attributes)))
                for s in parts(of("bp_match_set_spansets", found), RawSpanset)
            )
            services = (
                (service.service.text(), (service.spans, service.errors))
                for service in parts(of("bp_match_set_services", found), RawTraceService)
            )
            return [
                TraceMatch(
                    trace_id=bytes(trace.trace_id).hex(),
                    root_service=trace.root_service.text(),
                    root_name=trace.root_name.text(),
                    start_ns=trace.start_ns,
                    duration_ns=trace.duration_ns,
                    matched=trace.matched,
                    spansets=list(islice(spansets, trace.spansets)),
                    services=dict(islice(services, trace.services)),
                    damage=[name for bit, name in enumerate(_FLAGS) if trace.flags >> bit & 1],
                )
                for trace in parts(of("bp_match_set_traces", found), RawTraceMatch)
            ]

    def _spans(self, found: int) -> list[SpanMatch]:
        ids = [
            (bytes(i.span_id).hex(), (i.span.block, i.span.row))
            for i in parts(of("bp_match_set_spans", found), SpanIds)
        ]
        names = self._names or [name.text() for name in parts(of("bp_match_set_fields", found), Str)]
        values = (RawValue * (len(ids) * len(names)))()
        with nullcontext() if self._columns is None else self._columns._use() as columns:
            call("bp_match_set_values", found, 0, len(ids), columns, values, len(values))
        read = iter(values)
        return [
            SpanMatch(
                span_id,
                place,
                {
                    name: from_raw(value)
                    for name, value in zip(names, islice(read, len(names)))
                    if not is_absent(value)
                },
            )
            for span_id, place in ids
        ]


def _limit(count: int | None) -> int:
    return _NO_LIMIT if count is None else count


def search(
    blocks: Handle,
    query: str | Query,
    fields: Sequence[str],
    limit: int | None,
    spans_per_spanset: int | None,
    start: Time | None,
    end: Time | None,
    most_recent: bool,
    rooted_only: bool,
    timeout: Length | None,
    memory: int | None,
    threads: int,
) -> Search:
    """See :meth:`Blocks.search`."""
    columns = Columns(fields) if fields else None
    cancel = _Cancel(make("bp_cancel_new"))
    with running(query, blocks, timeout, memory) as (asked, searched, limits), cancel._use() as flag:
        options = SearchOptions(
            limit=_limit(limit),
            spans_per_spanset=_limit(spans_per_spanset),
            threads=threads,
            cancel=flag,
            flags=(_MOST_RECENT if most_recent else 0) | (ROOTED_ONLY if rooted_only else 0),
            **span_of_time(start, end),
            **limits,
        )
        return Search(make("bp_cursor_new", asked, searched, ctypes.byref(options)), cancel, columns, fields)
