"""Queries give what the command gives for them, and end when they are told to."""

import gc
import json
import math
import threading
import unittest
from datetime import datetime, timedelta, timezone

import blockpack
from test_package import SPANS, Case, run

QUERIES = [
    "{ status = error }",
    "{ resource.service.name = `gateway` } >> { status = error }",
    "{ span.http.route =~ `/cart.*` || duration > 100ms }",
    "{ event.exception.type != nil } | count() > 1",
    "{ } | by(resource.service.name) | avg(duration) > 10ms",
]


def lines(*arguments):
    """Runs the command; its output as lines of JSON."""
    return [json.loads(line) for line in run(*arguments).splitlines()]


class Searches(Case):
    def test_queries_find_the_spans_that_the_command_finds(self):
        for query in QUERIES:
            with self.subTest(query=query):
                expected = run("query", self.path, query, "--format", "ids").decode().split()
                self.assertGreater(len(expected), 0)
                for blocks in (self.file, self.blocks):
                    self.assertEqual(sorted(span for _, span in blocks.find(query).ids()), expected)

    def test_searches_give_the_traces_that_the_command_gives(self):
        for query in QUERIES:
            with self.subTest(query=query):
                options = ["--format", "jsonl", "--most-recent", "--limit", "7", "--spans", "3"]
                expected = lines("query", self.path, query, *options)
                found = list(self.file.search(query, limit=7, most_recent=True))
                self.assertEqual(len(found), len(expected))
                for trace, same in zip(found, expected):
                    for name in ("trace_id", "root_service", "root_name", "start_ns", "duration_ns", "damage"):
                        self.assertEqual(getattr(trace, name), same[name], name)
                    services = {s["service"]: (s["spans"], s["errors"]) for s in same["services"]}
                    self.assertEqual(trace.services, services)
                    for spanset, alike in zip(trace.spansets, same["spansets"]):
                        self.assertEqual((spanset.matched, spanset.attributes), (alike["matched"], alike["attributes"]))
                        spans = [(s["span_id"], s["fields"]) for s in alike["spans"]]
                        self.assertEqual([(span.span_id, span.fields) for span in spanset.spans], spans)

    def test_all_that_matches_is_given_when_nothing_limits_it(self):
        query = "{ resource.service.name = `orders` }"
        traces = list(self.blocks.search(query, "span:id", limit=None, spans_per_spanset=None))
        spans = [span for trace in traces for spanset in trace.spansets for span in spanset.spans]
        self.assertEqual({span.place for span in spans}, set(self.blocks.find(query).places()))
        self.assertTrue(all(span.fields == {"span:id": span.span_id} for span in spans))
        self.assertEqual(sum(trace.matched for trace in traces), len(spans))

    def test_spansets_have_their_attributes(self):
        for trace in self.file.search("{ status = error } | by(resource.service.name) | count() > 1"):
            for spanset in trace.spansets:
                self.assertEqual(spanset.attributes["count()"], spanset.matched)
                service = spanset.attributes["by(resource.service.name)"]
                self.assertEqual(trace.services[service][1], spanset.matched)
                self.assertEqual({s.fields["resource.service.name"] for s in spanset.spans}, {service})

    def test_the_latest_traces_come_first_when_asked_for(self):
        starts = [trace.start_ns for trace in self.blocks.search("{ }", most_recent=True, limit=None)]
        self.assertEqual(starts, sorted(starts, reverse=True))
        middle = starts[len(starts) // 2]
        early = self.blocks.search("{ }", end=middle - 1, limit=None)
        self.assertEqual(sorted(t.start_ns for t in early), sorted(s for s in starts if s < middle))
        at = datetime.fromtimestamp(starts[0] // 10**9 + 1, timezone.utc)
        self.assertEqual(len(self.blocks.find("{ }", start=at + timedelta(days=1))), 0)

    def test_a_query_serves_many_searches(self):
        query = blockpack.Query("{status=error}|count()>1")
        self.assertEqual((query.text, query.makes_series), ("{ status = error } | count() > 1", False))
        self.assertEqual(len(self.file.find(query)), len(self.blocks.find(query)))
        self.assertEqual([part.how for part in query.explain().parts], ["filter", "scan", "stage"])
        query.close()
        with self.assertRaises(blockpack.BlockpackError):
            self.file.find(query)

    def test_explanations_say_what_was_read_and_why_not(self):
        search = self.blocks.search("{ span.no.such = 1 || status = error }", limit=None)
        self.assertEqual(search.stats().ended, "not yet")
        found = list(search)
        stats, explanation = search.stats(), search.explain()
        self.assertEqual((stats.ended, stats.traces), ("complete", len(found)))
        scans = [part for part in explanation.parts if part.how == "scan"]
        pruned = {part.text: part.pruned for part in scans}
        self.assertEqual(pruned["span.no.such = 1"], {"no column": len(self.blocks)})
        self.assertIn("status = error", str(explanation))
        self.assertEqual(explanation.parts[0].spans_out, stats.spans_matched)
        search.close()

    def test_errors_say_where(self):
        for query, status, position in [
            ("{ staus = error }", "BP_ERR_PARSE", 2),
            ("{ status = error", "BP_ERR_PARSE", 16),
            ("{ duration > `x` }", "BP_ERR_TYPE", None),
        ]:
            with self.subTest(query=query), self.assertRaises(blockpack.BlockpackError) as raised:
                self.file.find(query)
            self.assertEqual(raised.exception.status, status)
            if position is not None:
                self.assertEqual(raised.exception.position, position)
        with self.assertRaises(blockpack.BlockpackError):
            self.file.find("{ } | rate()")
        with self.assertRaises(blockpack.BlockpackError):
            self.file.metrics("{ }")
        with self.assertRaises(blockpack.BlockpackError) as raised:
            self.file.search("{ }", "span:nmae")
        self.assertIn("span:name", str(raised.exception))

    def test_limits_end_a_search(self):
        for limits, status in [
            ({"memory": 10}, "BP_ERR_BUDGET"),
            ({"timeout": 0}, "BP_ERR_CANCELLED"),
            ({"timeout": timedelta(microseconds=1)}, "BP_ERR_CANCELLED"),
        ]:
            with self.subTest(limits=limits), self.assertRaises(blockpack.BlockpackError) as raised:
                list(self.blocks.search("{ }", **limits))
            self.assertEqual(raised.exception.status, status)
        self.assertEqual(len(self.blocks.find("{ }", memory=2**30, timeout=timedelta(hours=1), threads=2)), SPANS)

    def test_searches_are_cancelled_from_other_threads(self):
        search = self.blocks.search("{ }", limit=None)
        self.assertTrue(next(search).trace_id)
        canceller = threading.Thread(target=search.cancel)
        canceller.start()
        canceller.join()
        with self.assertRaises(blockpack.BlockpackError) as raised:
            for _ in search:
                pass
        self.assertEqual(raised.exception.status, "BP_ERR_CANCELLED")
        self.assertEqual(search.stats().ended, "cancelled")
        self.assertEqual(list(search), [])

    def test_a_search_keeps_what_it_needs(self):
        search = self.blocks.search("{ status = error }", "span:name")
        self.blocks.close()
        gc.collect()
        self.assertTrue(all(s.fields["span:name"] for t in search for x in t.spansets for s in x.spans))
        search.close()
        with self.assertRaises(blockpack.BlockpackError):
            next(search)

    def test_a_closed_search_gives_nothing_more(self):
        search = self.file.search("{ }")
        next(search)
        search.close()
        with self.assertRaises(blockpack.BlockpackError):
            next(search)

    def test_numbers_that_cannot_be_are_refused(self):
        for option in ("limit", "spans_per_spanset", "start", "end", "threads", "memory"):
            for value in (-1, 2**64):
                with self.subTest(option=option, value=value), self.assertRaises(OverflowError):
                    self.file.search("{ }", **{option: value})
        with self.assertRaises(OverflowError):
            self.file.find("{ }", start=datetime(1969, 12, 31, tzinfo=timezone.utc))
        for option in ("step", "exemplars", "end"):
            with self.subTest(option=option), self.assertRaises(OverflowError):
                self.file.metrics("{ } | rate()", **{option: -1})
        with self.assertRaises(OverflowError):
            self.file.tag_values("span:name", limit=-1)


class Metrics(Case):
    def test_series_are_those_of_the_command(self):
        query = "{ } | count_over_time() by (resource.service.name)"
        expected = lines("query", self.path, query, "--format", "jsonl")
        for blocks in (self.file, self.blocks):
            found = blocks.metrics(query)
            self.assertEqual(len(found), len(expected))
            self.assertEqual(sum(sum(series.values) for series in found), SPANS)
            self.assertEqual(found.spans, SPANS)
            for series, same in zip(found, expected):
                self.assertEqual(series.labels["resource.service.name"], same["labels"]["resource.service.name"])
                self.assertEqual(series.text, '{resource.service.name="%s"}' % series.labels["resource.service.name"])
                self.assertEqual(list(zip(found.times, series.values)), [tuple(sample) for sample in same["samples"]])

    def test_times_and_steps_are_as_asked(self):
        begin = self.file.file_info.min_start_ns // 10**9
        start = datetime.fromtimestamp(begin, timezone.utc)
        end = start + timedelta(seconds=60)
        found = self.file.metrics("{ } | rate()", start=start, end=end, step=timedelta(seconds=10))
        self.assertEqual(found.step_ns, 10 * 10**9)
        self.assertEqual(list(found.times), [(begin + 10 * (i + 1)) * 10**9 for i in range(6)])
        counted = sum(rate * 10 for rate in found[0].values)
        self.assertAlmostEqual(counted, found.spans)
        instant = self.file.metrics("{ } | count_over_time()", start=start, end=end, instant=True)
        self.assertEqual(list(instant[0].values), [found.spans])

    def test_exemplars_and_gaps(self):
        found = self.file.metrics("{ status = error } | max_over_time(duration)", exemplars=5)
        self.assertTrue(0 < len(found[0].exemplars) <= 5)
        failed = set(self.file.find("{ status = error }").ids())
        for exemplar in found[0].exemplars:
            self.assertIn((exemplar.trace_id, exemplar.span_id), failed)
        values = found[0].values
        self.assertTrue(any(math.isnan(value) for value in values))
        table = found.to_arrow()
        self.assertEqual(table.num_rows, len(found.times))
        self.assertEqual(table.column(1).null_count, sum(math.isnan(value) for value in values))
        self.assertEqual(table.column("time").cast("int64").to_pylist(), list(found.times))

    def test_explanations_have_numbers(self):
        explanation = self.file.metrics("{ status = error } | rate() by (name)").explanation
        self.assertEqual(explanation.parts[0].series, len(self.file.metrics("{ status = error } | rate() by (name)")))
        self.assertIsNone(explanation.parts[1].series)


class Tags(Case):
    def test_names_are_those_of_the_columns(self):
        names = {name.name for name in self.file.tag_names()}
        columns = {c.name for i in range(len(self.file)) for c in self.file.columns(i) if c.is_attribute}
        self.assertTrue(columns <= names)
        self.assertEqual({name.scope for name in self.file.tag_names("resource")}, {"resource"})
        self.assertRaises(ValueError, self.file.tag_names, "thread")

    def test_values_are_those_of_the_spans(self):
        every = {span["resource.service.name"] for span in self.file.spans()}
        self.assertEqual(set(self.file.tag_values("resource.service.name")), every)
        failed = {span["span:name"] for span in self.file.find("{ status = error }")}
        found = self.file.tag_values("span:name", "{ status = error }")
        self.assertEqual((set(found), found.cut_off), (failed, False))
        few = self.file.tag_values("span:name", limit=2)
        self.assertEqual((len(few), few.cut_off), (2, True))


if __name__ == "__main__":
    unittest.main()
