"""OpenTelemetry spans in column files: scans, sets, relations, lazy fields, Arrow out.

    import blockpack

    with blockpack.open("traces.bpk") as traces:
        errors = traces.scan("span:status", "=", "error")
        slow = traces.scan("span:duration", ">", timedelta(milliseconds=100))
        print(len(errors & slow))
        table = (errors | slow).to_arrow("span:name", "resource.service.name", "span:duration")
        for trace in traces.search("{ span:status = error && .user.id != nil }"):
            print(trace.root_name, trace.matched)

Names of fields are intrinsics ("span:name", "trace:id"), attributes with their scope ("span.http.method",
"resource.service.name") or without one (".http.method": of the span, else of its resource).

Everything that can be scanned or is a set can be handed to what reads Arrow: ``pyarrow.table(errors)``,
``polars.DataFrame(errors)``, ``duckdb.sql("select ... from errors")``. docs/arrow.md says which fields become
which types.

Objects hold memory of the C library until they are closed (``with`` does it, ``close()`` does it at once)
or no longer used. What was made from an object keeps what it needs. Objects may be shared by threads,
except writers, builders, searches and spans; a search can be cancelled from any.
"""

from ._arrow import Selection
from ._library import BlockpackError, library_path
from ._memory import bytes_held, live_handles, version
from ._value import Value
from .blocks import Blocks, BlockInfo, ColumnInfo, File, FileInfo, join, open, open_bytes
from .query import Explanation, Query, QueryPart
from .search import Search, SearchStats, SpanMatch, SpansetMatch, TraceMatch
from .series import Exemplar, Series, SeriesSet
from .spans import RELATIONS, Span, SpanSet
from .tags import TagName, TagValues
from .write import Builder, WriteReport, Writer, ingest

__all__ = [
    "RELATIONS",
    "BlockInfo",
    "BlockpackError",
    "Blocks",
    "Builder",
    "ColumnInfo",
    "Exemplar",
    "Explanation",
    "File",
    "FileInfo",
    "Query",
    "QueryPart",
    "Search",
    "SearchStats",
    "Selection",
    "Series",
    "SeriesSet",
    "Span",
    "SpanMatch",
    "SpanSet",
    "SpansetMatch",
    "TagName",
    "TagValues",
    "TraceMatch",
    "Value",
    "WriteReport",
    "Writer",
    "bytes_held",
    "ingest",
    "join",
    "library_path",
    "live_handles",
    "open",
    "open_bytes",
    "version",
]
