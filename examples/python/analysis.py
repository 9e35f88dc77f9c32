"""Where the time of a shop goes: a file of spans, looked at as in a notebook.

    pip install pyarrow duckdb polars
    python analysis.py traces.bpk

Each "# %%" begins a cell for editors that know them.
"""

# %% Open a file. It is mapped, so nothing is read yet.
import sys
from datetime import timedelta

import blockpack
import duckdb
import polars as pl

path = sys.argv[1] if len(sys.argv) > 1 else "traces.bpk"
traces = blockpack.open(path)
print(f"{traces.span_count} spans in {traces.file_info.traces} traces, {traces.file_info.bytes:,} bytes")

# %% Find spans. A set is bits, not rows: combining sets costs microseconds.
errors = traces.scan("span:status", "=", "error")
slow = traces.scan("span:duration", ">", timedelta(milliseconds=100))
print(f"{len(errors)} failed, {len(slow)} slow, {len(errors & slow)} both")

# %% How spans relate, as TraceQL has it: what failed below a request that came from outside?
requests = traces.scan("span:kind", "=", "server") & traces.scan("span:parent_id", "null")
below = requests.relate(">>", errors)
print(f"{len(below)} failed spans below {len(requests)} requests")

# %% The same and more in one line of TraceQL: traces, the spans that match in them, and the fields asked for.
query = "{ span:kind = server && nestedSetParent < 0 } >> { span:status = error } | select(resource.service.name)"
with traces.search(query, limit=3, most_recent=True) as found:
    for trace in found:
        spans = [span for spanset in trace.spansets for span in spanset.spans]
        services = sorted({span.fields["resource.service.name"] for span in spans})
        print(f"{trace.root_name} took {trace.duration_ns / 1e6:.1f} ms and failed in {', '.join(services)}")

# %% Series over time are of TraceQL, too.
rates = traces.metrics("{ span:status = error } | rate() by (resource.service.name)", step=timedelta(seconds=1))
for series in rates:
    print(f"{series.labels['resource.service.name']}: up to {max(series.values):.1f} errors a second")

# %% Look at one span: all its fields, read when they are asked for.
if len(errors):
    with errors[0] as span:
        print("one of them:", span["span:name"], "of", span["resource.service.name"])
        for name, _, value in list(span.fields())[:12]:
            print(f"    {name} = {value}")

# %% DuckDB reads a selection where it is: the variable is the table.
calls = traces.select("resource.service.name", "span:kind", "span:status", "span:duration", events=True)
print(
    duckdb.sql("""
        select "resource.service.name" as service, count(*) as spans,
               count(*) filter ("span:status" = 'error') as errors,
               quantile_cont("span:duration" / 1e6, 0.95) as p95_ms
        from calls group by all order by spans desc, service
    """)
)

# %% Events are lists of structs, and their attributes JSON.
print(
    duckdb.sql("""
        select e.attributes->>'exception.type' as type, count(*) as times
        from (select unnest(event) as e from calls) where e.name = 'exception' group by all order by times desc, type
    """)
)

# %% Polars takes the same stream; texts of few values come as categories.
frame = pl.DataFrame(slow.select("span:name", "resource.service.name", "span:duration", "trace:id"))
print(
    frame.group_by("resource.service.name", "span:name")
    .agg(pl.len().alias("slow"), (pl.col("span:duration").max() / 1e6).alias("longest_ms"))
    .sort("longest_ms", descending=True)
    .head(5)
)

# %% Give everything back. What is not closed goes when it is no longer used.
del calls, frame
for held in (below, requests, slow, errors, traces):
    held.close()
print("bytes held in the end:", blockpack.bytes_held())
