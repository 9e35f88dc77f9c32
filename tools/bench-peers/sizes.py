"""Says where the bytes of block files go, beside Parquet of the same spans.

Usage: sizes.py BLOCKPACK OTLP...

BLOCKPACK is the command. Prints the table of docs/format.md: bytes a span by part, one column for each set.
Parquet (pyarrow, zstd) holds the same rows with everything that was said of them, events and links as lists of
structs, attributes of several types as text; spans are sorted like those of the block file.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import columns
import pyarrow as pa
import pyarrow.parquet as pq
from google.protobuf.json_format import MessageToJson
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

ATTRIBUTES = pa.list_(pa.struct({"key": pa.string(), "value": pa.string()}))
EVENT = pa.struct({"name": pa.string(), "time": pa.uint64(), "attributes": ATTRIBUTES})
LINK = pa.struct({"trace_id": pa.binary(), "span_id": pa.binary(), "attributes": ATTRIBUTES})
EXTRA = {
    "scope:name": pa.string(),
    "scope:version": pa.string(),
    "span:status_message": pa.string(),
    "span:trace_state": pa.string(),
    "span:flags": pa.uint64(),
    "span:start": pa.uint64(),
    "event": pa.list_(EVENT),
    "link": pa.list_(LINK),
}

PARTS = {
    "ids of spans and traces": ["span:id", "span:odd_id", "span:parent_id", "span:odd_parent_id", "trace:id", "trace:odd_id"],
    "start, duration": ["span:start", "span:duration", "span:end"],
    "trees and traces": ["span:parent_delta", "span:subtree_len", "span:first_of_trace", "trace:"],
    "name, kind, status": ["span:name", "span:kind", "span:status", "span:status_message"],
    "which resource, scope, attributes": ["span:resource", "span:scope", "span:shape"],
    "attributes of spans": ["span."],
    "events and links": ["event", "link"],
}
REST = "resources, scopes, all else"


def text(value):
    kind = value.WhichOneof("value")
    plain = kind in ("string_value", "int_value", "double_value", "bool_value")
    return str(getattr(value, kind)) if plain else MessageToJson(value, indent=None)


def pairs(attributes):
    return [{"key": a.key, "value": text(a.value)} for a in attributes]


class Whole(columns.Columns):
    """Rows with everything that was said of a span."""

    def __init__(self):
        super().__init__()
        self.values |= {name: (kind, []) for name, kind in EXTRA.items()}

    def add_whole(self, resource, scope, span):
        rest = {
            "scope:name": scope.name,
            "scope:version": scope.version,
            "span:status_message": span.status.message,
            "span:trace_state": span.trace_state,
            "span:flags": span.flags,
            "event": [{"name": e.name, "time": e.time_unix_nano, "attributes": pairs(e.attributes)} for e in span.events],
            "link": [{"trace_id": l.trace_id, "span_id": l.span_id, "attributes": pairs(l.attributes)} for l in span.links],
        }
        for name, value in rest.items():
            self.values[name][1].append(value or None)
        for prefix, attributes in (("resource.", resource.attributes), ("span.", span.attributes)):
            for a in attributes:
                if a.value.WhichOneof("value") not in columns.TYPES:
                    self.values.setdefault(f"{prefix}{a.key}:json", (pa.string(), []))
                    self.put_text(f"{prefix}{a.key}:json", text(a.value))
        self.add(list(columns.attributes("resource.", resource.attributes)), span)

    def put_text(self, name, value):
        values = self.values[name][1]
        values.extend([None] * (self.rows - len(values)))
        values.append(value)


def parquet(otlp, target):
    tables, rows = [], Whole()
    for record in columns.records(otlp):
        for resource_spans in TracesData.FromString(record).resource_spans:
            for scope_spans in resource_spans.scope_spans:
                for span in scope_spans.spans:
                    rows.add_whole(resource_spans.resource, scope_spans.scope, span)
                    if rows.rows == columns.BATCH:
                        tables.append(rows.table())
                        rows = Whole()
    tables.append(rows.table())
    pq.write_table(pa.concat_tables(tables, promote_options="default"), target, compression="zstd")
    return target.stat().st_size


def part_of(name):
    for part, prefixes in PARTS.items():
        if any(name == p or (p[-1] in ":." and name.startswith(p)) for p in prefixes):
            return part
        if part == "events and links" and name.startswith(("event:", "event.", "link:", "link.")):
            return part
    return REST


def measure(blockpack, otlp):
    with tempfile.TemporaryDirectory() as folder:
        hot, archive, sorted_otlp = (Path(folder) / name for name in ("hot.bpk", "archive.bpk", "sorted.pbd"))
        run = lambda *arguments: subprocess.run([blockpack, *arguments], check=True, capture_output=True).stdout
        run("ingest", otlp, "-o", hot)
        run("ingest", otlp, "-o", archive, "--profile", "archive")
        run("export", hot, "-o", sorted_otlp)
        inspected = json.loads(run("inspect", "--json", hot))
        spans, parts = inspected["spans"], dict.fromkeys([*PARTS, REST], 0)
        for column in inspected["columns"]:
            parts[part_of(column["name"])] += column["bytes"]
        columns_end = sum(parts.values())
        rows = {part: size / spans for part, size in parts.items()}
        rows["directories, shapes, zones, indexes"] = (inspected["bytes"] - columns_end) / spans
        rows["**hot file**"] = inspected["bytes"] / spans
        rows["**archive file**"] = archive.stat().st_size / spans
        rows["Parquet, zstd"] = parquet(sorted_otlp, Path(folder) / "spans.parquet") / spans
        return spans, rows


def main(blockpack, *sets):
    measured = [(Path(path).name.split(".")[0], *measure(blockpack, path)) for path in sets]
    print("| bytes a span | " + " | ".join(f"{name}, {spans:,} spans" for name, spans, _ in measured) + " |")
    print("|---|" + "--:|" * len(measured))
    for row in measured[0][2]:
        print(f"| {row} | " + " | ".join(f"{rows[row]:.1f}" for _, _, rows in measured) + " |")


if __name__ == "__main__":
    main(*sys.argv[1:])
