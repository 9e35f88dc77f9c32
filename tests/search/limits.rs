//! Searches that end early, or are made to.

use crate::given::{ids, parts, search, whole};
use blockpack::block::build::BlockOptions;
use blockpack::traceql::{Budget, Ended, Limits, Outside, Query, SearchOptions, TraceMatch};
use blockpack::{Blocks, ErrorKind};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Blocks of a few traces each.
fn blocks() -> Blocks {
    Blocks::join(&parts(6, |number| number / 16))
}

#[test]
fn a_search_for_any_traces_ends_when_there_are_enough() {
    let blocks = blocks();
    let few = SearchOptions { limit: 1, ..SearchOptions::default() };
    let found = search(&blocks, "{ status = error }", &few);
    assert_eq!(found.traces.len(), 1);
    assert!(found.cut_off && !found.complete && found.stats.chunks_not_needed > 0);
    let all = SearchOptions { count_all: true, ..few };
    let counted = search(&blocks, "{ status = error }", &all);
    assert_eq!(counted.traces, found.traces);
    assert!(counted.cut_off && counted.complete && counted.trace_count > 1);
    assert!(counted.spans.count() > found.spans.count());
}

#[test]
fn a_search_is_not_cut_off_by_a_limit_that_it_just_reaches() {
    let blocks = whole();
    let most = search(&blocks, "{}", &SearchOptions::default()).traces.len();
    let options = SearchOptions { limit: most, ..SearchOptions::default() };
    let found = search(&blocks, "{}", &options);
    assert!(found.complete && !found.cut_off);
    let options = SearchOptions { limit: most - 1, ..SearchOptions::default() };
    assert!(search(&blocks, "{}", &options).cut_off);
}

#[test]
fn the_most_recent_traces_are_those_of_all() {
    let blocks = blocks();
    for query in ["{}", "{ status = error }", "{ kind = client } | count() > 1"] {
        let all = SearchOptions { limit: 100, ..SearchOptions::default() };
        let all = search(&blocks, query, &all).traces;
        assert!(all.is_sorted_by(|a, b| a.start_ns >= b.start_ns));
        for limit in 1..=all.len() {
            for threads in [1, 2] {
                let options = SearchOptions { limit, threads, ..SearchOptions::default() };
                let query = format!("{query} with (most_recent = true)");
                let found = search(&blocks, &query, &options).traces;
                let starts = |traces: &[_]| -> Vec<u64> {
                    traces.iter().map(|t: &TraceMatch| t.start_ns).collect()
                };
                assert_eq!(starts(&found), starts(&all[..limit]), "{query} {limit}");
            }
        }
    }
}

#[test]
fn a_trace_counts_if_some_of_its_time_does() {
    for blocks in [whole(), Blocks::join(&parts(3, |number| number % 3))] {
        let all = SearchOptions { limit: 100, ..SearchOptions::default() };
        let all = search(&blocks, "{}", &all).traces;
        for trace in &all {
            let (from, to) = (trace.start_ns, trace.start_ns + trace.duration_ns);
            for (start_ns, end_ns) in
                [(from, from), (to, to), (to + 1, to + 2), (from - 9, from - 1)]
            {
                let options = SearchOptions {
                    start_ns: Some(start_ns),
                    end_ns: Some(end_ns),
                    limit: 100,
                    spans_per_spanset: 0,
                    ..SearchOptions::default()
                };
                let found = search(&blocks, "{}", &options);
                let overlaps = |trace: &&TraceMatch| {
                    trace.start_ns <= end_ns && start_ns <= trace.start_ns + trace.duration_ns
                };
                let expected: Vec<_> = all.iter().filter(overlaps).map(|t| &t.trace_id).collect();
                let given: Vec<_> = found.traces.iter().map(|t| &t.trace_id).collect();
                assert_eq!(given, expected);
                let matched: u64 = all.iter().filter(overlaps).map(|t| t.spansets[0].matched).sum();
                assert_eq!(found.spans.count(), matched, "all spans of a trace that counts do");
            }
        }
    }
}

#[test]
fn counting_alone_gives_spans_and_no_traces() {
    let options = SearchOptions { limit: 0, ..SearchOptions::default() };
    for query in ["{ status = error }", "{ traceDuration > 1s }", "{} >> { kind = client }"] {
        for blocks in [whole(), Blocks::join(&parts(3, |number| number % 3))] {
            let counted = search(&blocks, query, &options);
            assert!(counted.complete && counted.traces.is_empty());
            let all = SearchOptions { limit: 100, ..SearchOptions::default() };
            let all = search(&blocks, query, &all);
            assert_eq!(ids(&blocks, &counted.spans), ids(&blocks, &all.spans));
        }
    }
}

#[test]
fn a_search_stops_when_it_is_told_to() {
    let blocks = blocks();
    let query = Query::compile("{} >> { status = error } | by(name) | count() > 0").unwrap();
    let run = |limits| {
        let options = SearchOptions { limits, ..SearchOptions::default() };
        query.search(&blocks, &options).map_err(|e| e.kind()).map(|found| found.traces.len())
    };
    let cancel = Some(Arc::new(AtomicBool::new(true)));
    assert_eq!(run(Limits { cancel, ..Limits::default() }), Err(ErrorKind::Cancelled));
    let deadline = Some(Instant::now());
    assert_eq!(run(Limits { deadline, ..Limits::default() }), Err(ErrorKind::Cancelled));
    assert_eq!(run(Limits { memory: Some(100), ..Limits::default() }), Err(ErrorKind::Budget));
    let cancel = Some(Arc::new(AtomicBool::new(false)));
    let all = run(Limits::default());
    assert_eq!(run(Limits { cancel, memory: Some(1 << 20), ..Limits::default() }), all);
}

#[test]
fn what_is_used_at_most_is_within_the_budget() {
    let blocks = blocks();
    let query = Query::compile("{} | by(name) | count() > 0").unwrap();
    let peak = query.search(&blocks, &SearchOptions::default()).unwrap().stats.peak_bytes;
    let limits = |memory| SearchOptions {
        limits: Limits { memory: Some(memory), ..Limits::default() },
        ..SearchOptions::default()
    };
    assert!(peak > 0);
    assert!(query.search(&blocks, &limits(peak)).is_ok());
    assert!(query.search(&blocks, &limits(peak - 1)).is_err());
}

#[test]
fn times_that_end_before_they_begin_are_refused() {
    let options = SearchOptions { start_ns: Some(5), end_ns: Some(3), ..SearchOptions::default() };
    let query = Query::compile("{}").unwrap();
    let error = query.search(&whole(), &options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.message().contains("ends at 3, before it begins at 5"), "{error}");
    assert!(query.cursor(&whole(), &options).is_err());
}

#[test]
fn a_query_for_series_is_no_search() {
    let query = Query::compile("{} | rate()").unwrap();
    let found = query.search(&whole(), &SearchOptions::default());
    assert_eq!(found.unwrap_err().kind(), ErrorKind::InvalidArgument);
}

#[test]
fn batches_have_together_what_a_search_gives() {
    let blocks = blocks();
    for query in ["{}", "{ status = error }", "{ kind = client } | count() > 1", "{ false }"] {
        for (limit, most_recent) in [(100, false), (100, true), (4, false), (4, true), (1, false)] {
            let options = SearchOptions { limit, most_recent, ..SearchOptions::default() };
            let query = Query::compile(query).unwrap();
            let found = query.search(&blocks, &options).unwrap();
            let mut cursor = query.cursor(&blocks, &options).unwrap();
            assert_eq!(cursor.fields().len(), found.fields.len());
            let mut traces = Vec::new();
            for batch in &mut cursor {
                let batch = batch.unwrap();
                assert!(!batch.is_empty());
                traces.extend(batch);
            }
            assert!(cursor.next_batch().unwrap().is_none());
            assert_eq!(cursor.cut_off(), found.cut_off, "{query} {limit}");
            let by_id = |a: &TraceMatch, b: &TraceMatch| a.trace_id.cmp(&b.trace_id);
            traces.sort_by(by_id);
            let mut expected = found.traces;
            expected.sort_by(by_id);
            assert_eq!(traces, expected, "{query} {limit}");
        }
    }
}

#[test]
fn threads_of_a_cursor_make_no_difference() {
    // Some traces that lie in several blocks, and then many that do not.
    let many: Vec<u64> = (1..=100).collect();
    let mut lists = parts(12, |number| number / 8);
    lists.push(crate::recent::blocks(&many, 1));
    let blocks = Blocks::join(&lists);
    assert!(blocks.len() > 110);
    for query in ["{}", "{ status = error }", "{} | by(name) | count() > 1", "{ false }"] {
        let query = Query::compile(query).unwrap();
        for limit in [1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 200] {
            let run = |threads| {
                let options = SearchOptions { limit, threads, ..SearchOptions::default() };
                let mut cursor = query.cursor(&blocks, &options).unwrap();
                let batches: Vec<_> = (&mut cursor).map(|batch| batch.unwrap()).collect();
                let stats = cursor.stats();
                let counted = (stats.chunks_not_needed, stats.spans_searched);
                (batches, cursor.cut_off(), cursor.matched_spans(), counted)
            };
            let alone = run(1);
            for threads in [2, 3, 8] {
                assert_eq!(run(threads), alone, "{query} {limit} {threads}");
            }
        }
    }
}

#[test]
fn a_cursor_ends_with_its_first_error() {
    let blocks = blocks();
    let cancel = Arc::new(AtomicBool::new(false));
    let limits = Limits { cancel: Some(cancel.clone()), ..Limits::default() };
    for threads in [1, 3] {
        cancel.store(false, Relaxed);
        let options =
            SearchOptions { limits: limits.clone(), limit: 100, threads, ..Default::default() };
        let mut cursor = Query::compile("{}").unwrap().cursor(&blocks, &options).unwrap();
        assert!(cursor.next_batch().unwrap().is_some());
        // Also what was found ahead is not given any more.
        cancel.store(true, Relaxed);
        assert_eq!(cursor.next_batch().unwrap_err().kind(), ErrorKind::Cancelled);
        assert!(cursor.next_batch().unwrap().is_none());
    }
}

#[test]
fn one_span_with_many_events_and_links_does_not_outlast_a_deadline() {
    let items = |key: &str, id: &str| -> String {
        let one =
            format!("{{{id}\"attributes\":[{{\"key\":\"{key}\",\"value\":{{\"intValue\":1}}}}]}}");
        vec![one; 12_000].join(",")
    };
    let json = format!(
        "{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[{{\"traceId\":\"{:032x}\",\"spanId\":\"{:016x}\",\
         \"name\":\"a\",\"events\":[{}],\"links\":[{}]}}]}}]}}]}}",
        1,
        1,
        items("x", "\"name\":\"e\","),
        items("y", "\"traceId\":\"\",\"spanId\":\"\",")
    );
    let mut message = Vec::new();
    blockpack::otlp::json_to_traces(json.as_bytes(), &mut message).unwrap();
    let blocks = crate::blocks::build(&[message], &Default::default());
    let query = Query::compile("{ event.x + link.y = 3 }").unwrap();
    let deadline = Some(Instant::now() + Duration::from_millis(30));
    let limits = Limits { deadline, ..Limits::default() };
    let options = SearchOptions { limits, ..SearchOptions::default() };
    let begin = Instant::now();
    let found = query.search(&blocks, &options).map(|found| found.spans.count());
    assert_eq!(found.map_err(|e| e.kind()), Err(ErrorKind::Cancelled));
    assert!(begin.elapsed().as_secs() < 15, "{:?}", begin.elapsed());
}

#[test]
fn chunks_outside_of_the_time_are_told_from_those_outside_of_the_blocks() {
    // A trace of one span in each block, a microsecond apart.
    let spans = (1..=10).map(|number: u64| {
        json!({
            "traceId": format!("{number:032x}"),
            "spanId": format!("{number:016x}"),
            "startTimeUnixNano": (1000 * number).to_string(),
            "endTimeUnixNano": (1000 * number + 1).to_string(),
        })
    });
    let spans: Vec<_> = spans.collect();
    let json = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": spans }] }] });
    let mut message = Vec::new();
    blockpack::otlp::json_to_traces(json.to_string().as_bytes(), &mut message).unwrap();
    let options = BlockOptions { max_rows: 1, ..BlockOptions::default() };
    let blocks = crate::blocks::build(&[message], &options);
    let start = |place: usize| blocks.get(place).unwrap().min_start_ns();
    assert!(blocks.len() == 10 && start(5) == 6000);
    let late = SearchOptions {
        blocks: Some(2..8),
        start_ns: Some(start(5)),
        limit: 100,
        ..SearchOptions::default()
    };
    let found = search(&blocks, "{}", &late);
    let outside = Outside { blocks: 4, time: 3 };
    assert_eq!((found.stats.outside, found.traces.len()), (outside, 3));
    assert_eq!((found.stats.ended, outside.total()), (Ended::Complete, 7));
    let text = found.explain.to_string();
    let wanted = "3 of 10 chunks searched, 4 outside of the blocks, 3 outside of the time\n";
    assert!(text.contains(wanted), "{text}");
    let one = search(&blocks, "{}", &SearchOptions { limit: 1, ..late });
    assert_eq!((one.stats.outside, one.stats.chunks_not_needed), (outside, 2));
    let text = one.explain.to_string();
    let wanted = "3 outside of the time, 2 not needed; cut off by the limit of traces\n";
    assert!(text.contains(wanted), "{text}");
}

/// How a cursor with these limits ended, after `batches` batches, and what its explanation says.
fn ended(limits: Limits, batches: usize, stop: impl FnOnce()) -> (Ended, usize, String) {
    let options = SearchOptions { limits, limit: 100, ..SearchOptions::default() };
    let mut cursor = Query::compile("{}").unwrap().cursor(&blocks(), &options).unwrap();
    for _ in 0..batches {
        assert!(cursor.next_batch().unwrap().is_some());
        assert_eq!(cursor.stats().ended, Ended::NotYet);
        assert!(cursor.explain().to_string().contains("not searched yet\n"));
    }
    stop();
    assert!(cursor.next_batch().is_err() && cursor.next_batch().unwrap().is_none());
    let stats = cursor.stats();
    (stats.ended, stats.chunks_not_needed, cursor.explain().to_string())
}

#[test]
fn a_cursor_says_why_it_ended() {
    let cancel = Arc::new(AtomicBool::new(false));
    let limits = Limits { cancel: Some(cancel.clone()), ..Limits::default() };
    let (why, left, text) = ended(limits, 1, || cancel.store(true, Relaxed));
    assert_eq!(why, Ended::Cancelled);
    let wanted = format!("{left} not searched; it was cancelled\n");
    assert!(left > 0 && text.contains(&wanted), "{text}");

    let soon = Instant::now() + Duration::from_millis(200);
    let limits = Limits { deadline: Some(soon), ..Limits::default() };
    let wait = || std::thread::sleep(soon.saturating_duration_since(Instant::now()));
    let (why, _, text) = ended(limits, 0, wait);
    assert_eq!(why, Ended::Deadline);
    assert!(text.contains("not searched; its time was up\n"), "{text}");

    let limits = Limits { budget: Some(Arc::new(Budget::new(1))), ..Limits::default() };
    let (why, _, text) = ended(limits, 0, || {});
    assert_eq!(why, Ended::Budget);
    assert!(text.contains("its memory was used up\n"), "{text}");
}

#[test]
fn a_cursor_tells_the_limit_from_the_end() {
    let blocks = blocks();
    for most_recent in [false, true] {
        let run = |limit| {
            let options = SearchOptions { limit, most_recent, ..SearchOptions::default() };
            let mut cursor = Query::compile("{}").unwrap().cursor(&blocks, &options).unwrap();
            assert_eq!(cursor.stats().ended, Ended::NotYet);
            let count = (&mut cursor).map(|batch| batch.unwrap().len()).sum::<usize>();
            (count, cursor.stats().ended, cursor.explain().to_string())
        };
        let (all, ended, text) = run(1000);
        assert_eq!(ended, Ended::Complete);
        assert!(text.contains("chunks searched\n"), "{text}");
        assert_eq!(run(all).1, Ended::Complete);
        let (_, ended, text) = run(all - 1);
        assert_eq!(ended, Ended::Limit);
        assert!(text.contains("; cut off by the limit of traces\n"), "{text}");
        assert_eq!(run(0).1, Ended::Limit);
    }
}
