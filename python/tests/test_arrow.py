"""pyarrow, DuckDB and Polars read the same spans, and as many as the command counts."""

import gc
import json
import os
import unittest

import blockpack
import duckdb
import polars
import pyarrow
import pyarrow.compute as compute
import pyarrow.ipc
from test_package import ERRORS, RECORDING, SPANS, Case, command, run

COLUMNS = (
    "span:name",
    "resource.service.name",
    "span:kind",
    "span:duration",
    "span:start",
    "trace:id",
    "span.http.response.status_code",
    "span.db.committed",
    "span:parent_id",
)


class Readers(Case):
    def counts(self, spans):
        """Spans by service, as each of the three counts them."""
        chosen = spans.select("resource.service.name")
        table = pyarrow.table(chosen)
        by_arrow = {c["values"]: c["counts"] for c in compute.value_counts(table.column(0).cast("string")).to_pylist()}
        rows = duckdb.sql('select "resource.service.name", count(*) from chosen group by all').fetchall()
        by_polars = polars.DataFrame(chosen).to_series().cast(polars.String).value_counts().rows()
        return by_arrow, dict(rows), dict(by_polars)

    def test_all_count_what_the_command_counts(self):
        listed = command("scan", self.path, "span:status", "=", "error", "--json")
        expected = {}
        for match in listed["matches"]:
            expected[match["service"]] = expected.get(match["service"], 0) + 1
        self.assertEqual((listed["count"], sum(expected.values())), (ERRORS, ERRORS))
        for blocks in (self.file, self.blocks):
            errors = blocks.scan("span:status", "=", "error")
            for found in self.counts(errors):
                self.assertEqual(found, expected)

    def test_all_read_every_column_of_a_file(self):
        for blocks in (self.file, self.blocks):
            table = pyarrow.table(blocks)
            table.validate(full=True)
            self.assertEqual(table.num_rows, SPANS)
            self.assertEqual(polars.DataFrame(blocks).shape, (SPANS, table.num_columns))
            columns = len(duckdb.sql("from blocks").columns)
            self.assertEqual(duckdb.sql("select count(*) from blocks").fetchall(), [(SPANS,)])
            self.assertEqual(columns, table.num_columns)

    def test_cells_are_what_fields_are(self):
        spans = self.blocks.scan("span:duration", ">", 20_000_000)
        types = {"trace:id": lambda v: v and v.hex(), "span:parent_id": lambda v: v and v.hex()}
        table = spans.to_arrow(*COLUMNS)
        table = table.set_column(4, "span:start", table["span:start"].cast("int64"))
        rows = table.to_pylist()
        self.assertEqual(len(rows), len(spans))
        for row, span in zip(rows, spans):
            for name, cell in row.items():
                self.assertEqual(types.get(name, lambda v: v)(cell), span.get(name), name)

    def test_the_command_gives_what_a_query_finds(self):
        query = "{ status = error } | select(span.http.response.status_code, event:name)"
        answer = lambda form: run("query", self.path, query, "--format", form)
        table = pyarrow.ipc.open_stream(answer("arrow")).read_all()
        table.validate(full=True)
        self.assertEqual(sorted(id.hex() for id in table["span:id"].to_pylist()), answer("ids").decode().split())
        self.assertEqual(set(table["span:status"].to_pylist()), {"error"})
        sets = [spans for line in answer("jsonl").splitlines() for spans in json.loads(line)["spansets"]]
        fields = [span["fields"] for spans in sets for span in spans["spans"]]
        name = "span.http.response.status_code"
        expected = sorted((one.get(name) for one in fields), key=str)
        self.assertEqual(sorted(table[name].to_pylist(), key=str), expected)

    def test_events_are_asked_with_json(self):
        failed = self.file.scan("event:name", "=", "exception").select(events=True)
        found = duckdb.sql(
            "select e.attributes->>'exception.type' as type, count(*) from "
            "(select unnest(event) as e from failed) where e.name = 'exception' group by all"
        ).fetchall()
        expected = {}
        for span in self.file.scan("event:name", "=", "exception"):
            for event in span.to_dict()["events"]:
                if event["event:name"] == "exception":
                    kind = event["event.exception.type"]
                    expected[kind] = expected.get(kind, 0) + 1
        self.assertEqual(dict(found), expected)

    def test_nested_values_are_otlp_json(self):
        carts = self.file.scan("span.cart", "exists").to_arrow("span.cart")["span.cart"]
        for cart in carts.to_pylist():
            self.assertIn("kvlistValue", json.loads(cart))


    def test_the_command_writes_the_same_stream(self):
        path = os.path.join(self.folder.name, "shop.arrows")
        small = os.path.join(self.folder.name, "small.bpk")
        run("ingest", RECORDING, "-o", small, "--block-rows", "2000")
        run("export", small, "-o", path)
        with blockpack.open(small) as file, pyarrow.ipc.open_stream(path) as reader:
            self.assertGreater(len(file), 3)
            expected, table = pyarrow.table(file), reader.read_all()
            table.validate(full=True)
            self.assertEqual(table.schema, expected.schema)
            # It has a NaN, which is not equal to itself.
            table, expected = (t.drop_columns("span.product.rating.mean") for t in (table, expected))
            self.assertTrue(table.equals(expected))
        self.assertEqual(polars.read_ipc_stream(path).shape, (SPANS, table.num_columns + 1))
        del expected, table


class Ownership(Case):
    def test_arrays_outlive_everything(self):
        table = self.blocks.to_arrow(*COLUMNS)
        self.blocks.close()
        self.assertGreater(blockpack.bytes_held(), 0)
        table.validate(full=True)
        del table

    def test_a_stream_that_nobody_reads_ends_with_its_capsule(self):
        capsule = self.blocks.__arrow_c_stream__()
        self.blocks.close()
        gc.collect()
        self.assertGreater(blockpack.live_handles(), 0)
        del capsule

    def test_a_selection_is_read_again_and_again(self):
        chosen = self.file.select("span:name", batch_rows=1000)
        reader = pyarrow.RecordBatchReader.from_stream(chosen)
        self.assertEqual([batch.num_rows for batch in reader], [1000] * 9 + [752])
        self.assertEqual(pyarrow.table(chosen), pyarrow.table(chosen))
        del reader

    def test_what_was_closed_is_refused(self):
        chosen = self.blocks.select("span:name")
        self.blocks.close()
        with self.assertRaises(blockpack.BlockpackError):
            pyarrow.table(chosen)
        with self.assertRaises(blockpack.BlockpackError):
            self.file.select("span:nmae")


if __name__ == "__main__":
    unittest.main()
