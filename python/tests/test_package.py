"""What the package says is what the command says, and what it makes ends."""

import gc
import json
import os
import subprocess
import tempfile
import threading
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import Path

import blockpack

ROOT = Path(__file__).resolve().parents[2]
RECORDING = ROOT / "tests/data/shop.pbd.zst"
SPANS, ERRORS = 9752, 203


def run(*arguments):
    """Runs the command that BLOCKPACK_COMMAND names; its output."""
    program = os.environ["BLOCKPACK_COMMAND"]
    return subprocess.run([program, *arguments], check=True, capture_output=True).stdout


def command(*arguments):
    """Runs the command; its output as JSON."""
    return json.loads(run(*arguments))


class Case(unittest.TestCase):
    """A test that ends with nothing alive. `file` is the recording as a file, `blocks` in blocks of 2,000 spans."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = os.path.join(cls.folder.name, "shop.bpk")
        blockpack.ingest([RECORDING], cls.path)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def setUp(self):
        self.file = blockpack.open(self.path)
        with blockpack.Builder(max_spans=2000) as builder:
            builder.add(RECORDING.read_bytes())
            self.blocks = builder.blocks()
        self.addCleanup(self.nothing_is_left)

    def nothing_is_left(self):
        self.file.close()
        self.blocks.close()
        gc.collect()
        self.assertEqual(blockpack.live_handles(), 0)
        self.assertEqual(blockpack.bytes_held(), 0)


class Files(Case):
    def test_files_tell_what_they_hold(self):
        info = self.file.file_info
        self.assertEqual((info.spans, info.traces), (SPANS, 1203))
        self.assertEqual(info.bytes, os.path.getsize(self.path))
        self.assertEqual(info.blocks, len(self.file))
        self.assertEqual(self.file.span_count, SPANS)
        self.assertEqual(sum(self.blocks.info(i).spans for i in range(len(self.blocks))), SPANS)
        names = {column.name: column for column in self.file.columns(0)}
        self.assertEqual(names["span:duration"].type, "duration")
        self.assertGreater(len(names), 100)

    def test_traces_are_found_by_id(self):
        trace, _ = self.file.scan("span:status", "=", "error").ids()[0]
        spans = self.file.trace(trace)
        self.assertEqual({found for found, _ in spans.ids()}, {trace})
        self.assertEqual(len(spans), len(self.file.scan("trace:id", "=", trace)))
        self.assertIsNone(self.file.trace("00" * 16))

    def test_bytes_are_opened_and_lists_joined(self):
        with open(self.path, "rb") as raw, blockpack.open_bytes(raw.read()) as copy:
            with blockpack.join([copy, self.file]) as both:
                self.assertEqual(both.span_count, 2 * SPANS)
                self.assertEqual(len(both.scan("span:status", "=", "error")), 2 * ERRORS)

    def test_what_cannot_be_opened_says_why(self):
        with self.assertRaises(blockpack.BlockpackError) as raised:
            blockpack.open("no/such/file.bpk")
        self.assertEqual(raised.exception.status, "BP_ERR_IO")
        self.assertIn("no/such/file.bpk", str(raised.exception))
        with self.assertRaises(blockpack.BlockpackError) as raised:
            blockpack.open_bytes(b"no block file, and long enough to be looked at" * 10)
        self.assertEqual(raised.exception.status, "BP_ERR_NOT_BLOCKPACK")

    def test_writers_finish_or_leave_nothing(self):
        path = os.path.join(self.folder.name, "written.bpk")
        with self.assertRaises(ZeroDivisionError), blockpack.Writer(path) as writer:
            writer.add(RECORDING.read_bytes())
            raise ZeroDivisionError
        self.assertFalse(os.path.exists(path))
        with blockpack.Writer(path) as writer:
            writer.add_file(RECORDING)
            self.assertEqual(writer.span_count, SPANS)
        with blockpack.open(path) as written:
            self.assertEqual(written.span_count, SPANS)
        with self.assertRaises(blockpack.BlockpackError):
            blockpack.ingest([RECORDING], path)
        self.assertEqual(blockpack.ingest([RECORDING], path, overwrite=True).spans, SPANS)


class Scans(Case):
    def test_scans_count_what_the_command_counts(self):
        for name, operator, value, words in [
            ("span:status", "=", "error", ["error"]),
            ("span:kind", "!=", "server", ["server"]),
            ("span:duration", ">", timedelta(milliseconds=100), ["100ms"]),
            ("span.http.response.status_code", ">=", 400, ["400"]),
            ("span:name", "=~", "GET /.*", ["GET /.*"]),
            ("span:name", "contains", "checkout", ["checkout"]),
            ("resource.service.name", "in", ["gateway", "orders"], ["gateway,orders"]),
            (".user.premium", "=", True, ["true"]),
            (".user.id", "exists", None, []),
            ("span.error.type", "null", None, []),
        ]:
            with self.subTest(name=name, operator=operator):
                expected = command("scan", self.path, name, operator, *words, "--json", "-n", "1")["count"]
                self.assertGreater(expected, 0)
                self.assertEqual(len(self.file.scan(name, operator, value)), expected)
                self.assertEqual(len(self.blocks.scan(name, operator, value)), expected)

    def test_times_are_compared(self):
        first = self.file.file_info.min_start_ns
        at = datetime.fromtimestamp(first // 10**9 + 5, timezone.utc)
        early = self.file.scan("span:start", "<", at)
        self.assertTrue(0 < len(early) < SPANS)
        self.assertTrue(all(early[i]["span:start"] < at.timestamp() * 10**9 for i in (0, -1)))

    def test_times_before_the_epoch_and_lengths_below_nothing_are_compared_too(self):
        for name, low in [
            ("span:start", datetime(1969, 7, 20, tzinfo=timezone.utc)),
            ("span:duration", timedelta(seconds=-1)),
        ]:
            self.assertEqual(len(self.file.scan(name, ">", low)), SPANS)
            self.assertEqual(len(self.file.scan(name, "<", low)), 0)
        with self.assertRaises(OverflowError):
            self.file.scan("span:start", "<", datetime(9999, 1, 1, tzinfo=timezone.utc))

    def test_sets_combine_as_sets_do(self):
        errors = self.blocks.scan("span:status", "=", "error")
        servers = self.blocks.scan("span:kind", "=", "server")
        a, b, every = (set(s.places()) for s in (errors, servers, self.blocks.spans()))
        for found, expected in [
            (errors & servers, a & b),
            (errors | servers, a | b),
            (errors - servers, a - b),
            (~errors, every - a),
        ]:
            self.assertEqual(set(found.places()), expected)
            self.assertEqual(len(found), len(expected))
        self.assertIn(errors.places()[0], errors)
        self.assertNotIn(errors.places()[0], ~errors)
        self.assertNotIn((2**32, errors.places()[0][1]), errors)
        self.assertIs(errors.__and__(3), NotImplemented)
        with self.assertRaises(blockpack.BlockpackError):
            errors & self.file.scan("span:status", "=", "error")

    def test_relations_agree_with_parent_ids(self):
        everything = self.file.spans()
        errors = self.file.scan("span:status", "=", "error")
        parent = {(s["trace:id"], s["span:id"]): (s["trace:id"], s.get("span:parent_id")) for s in everything}
        ids = set(errors.ids())
        parents = {parent[failed] for failed in ids}
        children = {span for span in parent if parent[span] in ids}
        self.assertEqual(set(errors.relate(">", everything).ids()), children)
        found = set(errors.relate("<", everything).ids())
        self.assertEqual(found, parents & set(everything.ids()))
        descendants = set(errors.relate(">>", everything).ids())
        self.assertTrue(children <= descendants)
        self.assertEqual(len(errors.relate("!>>", everything)), SPANS - len(descendants))
        self.assertEqual(len(blockpack.RELATIONS), 15)

    def test_misuse_is_answered(self):
        for call in [
            lambda: self.file.scan("span:name", "is", "x"),
            lambda: self.file.spans().relate("above", self.file.spans()),
        ]:
            self.assertRaises(ValueError, call)
        self.assertRaises(TypeError, self.file.scan, "span:name", "=", object())
        self.assertRaises(OverflowError, self.file.scan, ".x", "=", 2**64)
        with self.assertRaises(blockpack.BlockpackError) as raised:
            self.file.scan("span:nmae", "=", "x")
        self.assertEqual((raised.exception.status, raised.exception.position), ("BP_ERR_PARSE", 0))
        self.assertIn("span:name", str(raised.exception))


class Fields(Case):
    def test_spans_have_their_fields(self):
        span = self.file.scan("span:name", "=", "POST /checkout/{user}")[0]
        fields = span.to_dict()
        self.assertEqual(fields["span:name"], "POST /checkout/{user}")
        self.assertEqual(fields["span:kind"], span["kind"])
        self.assertEqual(len(bytes.fromhex(fields["trace:id"])), 16)
        self.assertEqual(fields["span:end"] - fields["span:start"], fields["span:duration"])
        self.assertIsInstance(fields["resource.process.command_args"], list)
        self.assertIs(fields["resource.host.cpu.virtual"], True)
        self.assertIsNone(span.get("span.nothing"))
        self.assertEqual(span.get("span.nothing", 7), 7)
        self.assertRaises(KeyError, lambda: span["span.nothing"])
        span.close()
        with self.assertRaises(blockpack.BlockpackError):
            span["span:name"]

    def test_events_and_links_are_dicts_of_their_own(self):
        failed = self.file.scan("event:name", "=", "exception")
        events = failed[0].to_dict()["events"]
        self.assertIn("exception", [event["event:name"] for event in events])
        self.assertTrue(any("event.exception.type" in event for event in events))
        linked = self.file.scan("link:trace_id", "exists")
        self.assertEqual(len(bytes.fromhex(linked[0].to_dict()["links"][0]["link:trace_id"])), 16)

    def test_values_of_every_type_come_out(self):
        types = {}
        for span in self.file.scan("span.order.checksum", "exists") | self.file.scan("span.cart", "exists"):
            for name, _, value in span.fields():
                types.setdefault(name, type(value))
        self.assertEqual(types["span.order.checksum"], bytes)
        self.assertEqual(types["span.cart"], dict)
        self.assertEqual(types["span.order.item.ids"], list)
        self.assertEqual(types["span.order.total"], float)

    def test_spans_keep_what_they_need(self):
        span = self.blocks.spans()[-1]
        self.blocks.close()
        gc.collect()
        self.assertTrue(span["span:name"])
        self.assertGreater(blockpack.bytes_held(), 0)
        del span

    def test_indexes_are_checked(self):
        spans = self.file.spans()
        self.assertEqual(spans[-1]["span:id"], spans[SPANS - 1]["span:id"])
        for index in (SPANS, -SPANS - 1):
            self.assertRaises(IndexError, spans.__getitem__, index)

    def test_threads_may_close_what_others_use(self):
        blocks, failures = blockpack.join([self.file]), []

        def scan():
            try:
                while True:
                    blocks.scan("span:status", "=", "error").close()
            except blockpack.BlockpackError as e:
                failures.append(e.status)

        threads = [threading.Thread(target=scan) for _ in range(3)]
        for thread in threads:
            thread.start()
        blocks.close()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, ["closed"] * 3)


if __name__ == "__main__":
    unittest.main()
