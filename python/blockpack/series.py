"""Series over time, of queries that count spans or their values."""

from __future__ import annotations

import ctypes
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ._handle import Handle
from ._library import call, lib, make
from ._structs import Field, MetricsOptions, RawExemplar, RawSeriesInfo
from ._value import Value, from_raw, nanoseconds, of, parts
from .query import Explanation, Length, Query, Time, explanation, running, span_of_time

if TYPE_CHECKING:
    import pyarrow

_INSTANT, _ROOTED_ONLY = 1, 2


@dataclass(frozen=True)
class Exemplar:
    """A span that stands for those of a series."""

    trace_id: str
    span_id: str
    #: Where it is in the blocks: block, and row in the block.
    place: tuple[int, int]
    #: When it starts, nanoseconds since the epoch.
    time_ns: int
    #: Its value in the field that the query is about, durations in seconds; where spans are counted, the
    #: sample of the series at that time.
    value: float


@dataclass(frozen=True)
class Series:
    """One series: a sample for each of the times of its set; a gap is NaN."""

    #: Its labels as text, as in {resource.service.name="cart"}.
    text: str
    labels: dict[str, Value]
    values: array[float]
    exemplars: list[Exemplar]


@dataclass(frozen=True)
class SeriesSet:
    """The series of a query, all of which have samples at the same times."""

    #: The end of the interval that each sample is of, nanoseconds since the epoch.
    times: array[int]
    step_ns: int
    series: list[Series]
    #: Spans that the query found in the time.
    spans: int
    #: Time that it took, and how it was answered.
    time_ns: int
    explanation: Explanation

    def __len__(self) -> int:
        return len(self.series)

    def __getitem__(self, index: int) -> Series:
        return self.series[index]

    def to_arrow(self) -> pyarrow.Table:
        """A table of pyarrow, which must be installed: "time" in UTC, and a column for each series under its text.

        Gaps are nulls.
        """
        import pyarrow

        columns = {"time": pyarrow.array(self.times, pyarrow.timestamp("ns", "UTC"))}
        for series in self.series:
            columns[series.text] = pyarrow.array(series.values, pyarrow.float64(), from_pandas=True)
        return pyarrow.table(columns)


class _Series(Handle):
    _free = "bp_series_free"


def metrics(
    blocks: Handle,
    query: str | Query,
    start: Time | None,
    end: Time | None,
    step: Length | None,
    instant: bool,
    rooted_only: bool,
    exemplars: int,
    timeout: Length | None,
    memory: int | None,
    threads: int,
) -> SeriesSet:
    """See :meth:`Blocks.metrics`."""
    with running(query, blocks, timeout, memory) as (asked, counted, limits):
        options = MetricsOptions(
            step_ns=nanoseconds(step or 0),
            exemplars=exemplars,
            threads=threads,
            flags=(_INSTANT if instant else 0) | (_ROOTED_ONLY if rooted_only else 0),
            **span_of_time(start, end),
            **limits,
        )
        made = _Series(make("bp_series_new", asked, counted, ctypes.byref(options)))
    with made, made._use() as found:
        info = RawSeriesInfo()
        call("bp_series_info", found, ctypes.byref(info))
        return SeriesSet(
            times=array("Q", parts(of("bp_series_times", found), ctypes.c_uint64)),
            step_ns=info.step_ns,
            series=[_one(found, index) for index in range(info.series)],
            spans=info.spans,
            time_ns=info.time_ns,
            explanation=explanation(make("bp_series_explain", found)),
        )


def _one(found: int, index: int) -> Series:
    labels = parts(of("bp_series_labels", found, index), Field)
    exemplars = parts(of("bp_series_exemplars", found, index), RawExemplar)
    return Series(
        text=lib.bp_series_text(found, index).text(),
        labels={label.name.text(): from_raw(label.value) for label in labels},
        values=array("d", parts(of("bp_series_values", found, index), ctypes.c_double)),
        exemplars=[
            Exemplar(
                trace_id=bytes(one.ids.trace_id).hex(),
                span_id=bytes(one.ids.span_id).hex(),
                place=(one.ids.span.block, one.ids.span.row),
                time_ns=one.time_ns,
                value=one.value,
            )
            for one in exemplars
        ],
    )
