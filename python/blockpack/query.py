"""Queries in TraceQL, and how they are answered."""

from __future__ import annotations

import ctypes
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Iterator, Union

from ._handle import Handle
from ._library import call, lib, make
from ._structs import RawPartDetails, RawQueryPart, Str
from ._value import nanoseconds, of, parts

#: A time: nanoseconds since the epoch, or a datetime.
Time = Union[int, datetime]
#: A length of time: nanoseconds, or a timedelta.
Length = Union[int, timedelta]

_SERIES = 2
_REASONS = {
    "index": "pruned_by_index",
    "no column": "pruned_no_column",
    "bounds": "pruned_by_bounds",
    "constant": "pruned_constant",
    "dictionary": "pruned_by_dictionary",
    "zones": "pruned_by_zones",
}


class Query(Handle):
    """A query in TraceQL, read and checked: :meth:`Blocks.search` and its like take it as well as its text.

    What is wrong with a text is a BlockpackError with its ``position``.
    """

    _free = "bp_query_free"

    def __init__(self, text: str) -> None:
        super().__init__(make("bp_query_compile", Str.of(text)))

    @property
    def text(self) -> str:
        """The query in one spelling: queries that mean the same by their structure read the same."""
        with self._use() as query:
            return lib.bp_query_text(query).text()

    @property
    def makes_series(self) -> bool:
        """Whether it makes series, and does not find spans."""
        with self._use() as query:
            return bool(lib.bp_query_kind(query) == _SERIES)

    def explain(self) -> Explanation:
        """How it would be answered. Searches and series tell how they were, with numbers."""
        with self._use() as query:
            return explanation(make("bp_query_explain", query))

    def __repr__(self) -> str:
        return "<Query, closed>" if self.closed else f"<Query {self.text}>"


@dataclass(frozen=True)
class QueryPart:
    """A part of a query. What it did is 0 if the query was not run, and where only its parts are counted."""

    #: How it is answered: "scan", "structure", "row by row" and so on.
    how: str
    text: str
    #: How many parts it is inside of.
    depth: int
    #: How often it was asked: once a block, or once for blocks that share traces.
    calls: int
    spans_in: int
    spans_out: int
    time_ns: int
    #: Series that came of it; None if it makes none.
    series: int | None
    #: Scans of one predicate over one block, and why so many of them read no values.
    scans: int
    pruned: dict[str, int]
    #: Zones of the columns that were scanned, and how many of them were left out.
    zones: int
    zones_pruned: int
    #: Bytes of values, codes, dictionaries and presence that its scans read.
    bytes: int


class Explanation:
    """How a query is answered. As text it is for people."""

    def __init__(self, text: str, parts: list[QueryPart]) -> None:
        self.text = text
        self.parts = parts

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Explanation of {len(self.parts)} parts>"


class _Explanation(Handle):
    _free = "bp_explanation_free"


def explanation(pointer: int) -> Explanation:
    """A copy of an explanation of the library, which is freed."""
    with _Explanation(pointer) as handle, handle._use() as raw:
        found = []
        for number, part in enumerate(parts(of("bp_explanation_parts", raw), RawQueryPart)):
            details = RawPartDetails()
            call("bp_explanation_part_details", raw, number, ctypes.byref(details))
            found.append(_part(part, details))
        return Explanation(lib.bp_explanation_text(raw).text(), found)


def _part(part: RawQueryPart, details: RawPartDetails) -> QueryPart:
    names = ("depth", "calls", "spans_in", "spans_out", "time_ns", "scans", "zones", "zones_pruned")
    return QueryPart(
        how=part.how.text(),
        text=part.text.text(),
        series=details.series if details.makes_series else None,
        pruned={why: getattr(details, name) for why, name in _REASONS.items() if getattr(details, name)},
        bytes=details.bytes,
        **{name: getattr(part, name) for name in names},
    )


class _Budget(Handle):
    _free = "bp_budget_free"


@contextmanager
def running(
    query: str | Query | None, blocks: Handle, timeout: Length | None, memory: int | None
) -> Iterator[tuple[int | None, int, dict[str, Any]]]:
    """What a run needs for as long as it is started: query, blocks, and the members of options that limit it."""
    with ExitStack() as uses:
        if isinstance(query, str):
            query = uses.enter_context(Query(query))
        limits: dict[str, Any] = {}
        if timeout is not None:
            # 0 stands for no limit.
            limits["timeout_ns"] = max(nanoseconds(timeout), 1)
        if memory is not None:
            if not 0 <= memory < 2**64:
                raise OverflowError(f"memory cannot be {memory}")
            budget = uses.enter_context(_Budget(make("bp_budget_new", memory)))
            limits["budget"] = uses.enter_context(budget._use())
        pointer = None if query is None else uses.enter_context(query._use())
        yield pointer, uses.enter_context(blocks._use()), limits


def span_of_time(start: Time | None, end: Time | None) -> dict[str, int]:
    """The members of options that say what time is asked about."""
    return {"start_ns": nanoseconds(start or 0), "end_ns": nanoseconds(end or 0)}
