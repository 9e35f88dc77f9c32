"""Makes a Parquet file of OTLP: one row a span, one column for each intrinsic and each attribute.

Usage: columns.py SPANS.pbd SPANS.parquet

Columns are called as the library calls them: span:duration, resource.service.name, span.http.route. Lists and
nested values are left out: no question asks for them.
"""

import sys

import pyarrow as pa
import pyarrow.parquet as pq
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

BATCH = 50_000

INTRINSICS = {
    "trace:id": pa.binary(16),
    "span:id": pa.binary(8),
    "span:parent_id": pa.binary(),
    "span:name": pa.string(),
    "span:kind": pa.int8(),
    "span:status": pa.int8(),
    "span:start": pa.int64(),
    "span:duration": pa.int64(),
}
TYPES = {
    "string_value": pa.string(),
    "int_value": pa.int64(),
    "double_value": pa.float64(),
    "bool_value": pa.bool_(),
}


def records(path):
    """The length-prefixed messages of a file."""
    with open(path, "rb") as file:
        while first := file.read(1):
            length, shift, byte = 0, 0, first[0]
            while True:
                length |= (byte & 0x7F) << shift
                shift += 7
                if byte < 0x80:
                    break
                byte = file.read(1)[0]
            yield file.read(length)


def spans(path):
    """Each span with the attributes of its resource."""
    for record in records(path):
        for resource_spans in TracesData.FromString(record).resource_spans:
            resource = list(attributes("resource.", resource_spans.resource.attributes))
            for scope_spans in resource_spans.scope_spans:
                for span in scope_spans.spans:
                    yield resource, span


def attributes(prefix, pairs):
    for pair in pairs:
        kind = pair.value.WhichOneof("value")
        if kind in TYPES:
            yield prefix + pair.key, kind, getattr(pair.value, kind)


class Columns:
    """Rows that become a table."""

    def __init__(self):
        self.rows = 0
        self.values = {name: (kind, []) for name, kind in INTRINSICS.items()}

    def add(self, resource, span):
        for name, value in {
            "trace:id": span.trace_id,
            "span:id": span.span_id,
            "span:parent_id": span.parent_span_id or None,
            "span:name": span.name,
            "span:kind": span.kind,
            "span:status": span.status.code,
            "span:start": span.start_time_unix_nano,
            "span:duration": span.end_time_unix_nano - span.start_time_unix_nano,
        }.items():
            self.values[name][1].append(value)
        for name, kind, value in resource:
            self.put(name, kind, value)
        for name, kind, value in attributes("span.", span.attributes):
            self.put(name, kind, value)
        self.rows += 1

    def put(self, name, kind, value):
        column = self.values.get(name)
        if column is None:
            column = self.values[name] = (TYPES[kind], [])
        values = column[1]
        if column[0] == TYPES[kind] and len(values) <= self.rows:
            values.extend([None] * (self.rows - len(values)))
            values.append(value)

    def table(self):
        arrays = {}
        for name, (kind, values) in self.values.items():
            values.extend([None] * (self.rows - len(values)))
            arrays[name] = pa.array(values, kind)
        return pa.table(arrays)


def main(source, target):
    tables, columns = [], Columns()
    for resource, span in spans(source):
        columns.add(resource, span)
        if columns.rows == BATCH:
            tables.append(columns.table())
            columns = Columns()
    tables.append(columns.table())
    table = pa.concat_tables(tables, promote_options="default")
    pq.write_table(table, target, compression="zstd")
    print(f"{table.num_rows} spans, {table.num_columns} columns")


if __name__ == "__main__":
    main(*sys.argv[1:])
