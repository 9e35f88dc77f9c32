//! It makes no difference where the spans of a trace lie.

use crate::cases::cases;
use crate::given::{ids, parts, search, shown, whole};
use blockpack::Blocks;
use blockpack::traceql::{QueryContext, SearchOptions};
use blockpack::value::ValueRef;
use std::sync::Arc;

/// Everything that a query finds, in a form that does not depend on where spans are.
fn all(blocks: &Blocks, query: &str, options: &SearchOptions) -> String {
    let search = search(blocks, query, options);
    let traces: Vec<String> = search.traces.iter().map(|trace| shown(blocks, trace)).collect();
    format!("{:?}\n{}", ids(blocks, &search.spans), traces.join("\n"))
}

fn options() -> SearchOptions {
    SearchOptions {
        limit: 100,
        spans_per_spanset: 0,
        with_values: true,
        ..SearchOptions::default()
    }
}

#[test]
fn what_is_shown_of_a_trace_in_several_files_is_of_the_whole() {
    let query = "{} | select(traceDuration, rootName, rootServiceName, span:childCount, .bytes, \
                 event.attempt, span:parentID)";
    let (whole, spread) = (whole(), Blocks::join(&parts(4, |number| number * 7 % 11 % 4)));
    assert_eq!(all(&whole, query, &options()), all(&spread, query, &options()));
}

#[test]
fn what_no_block_shows_of_a_trace_in_several_is_given_with_its_spans() {
    let query = "{} | select(name, traceDuration, rootName, nestedSetParent)";
    let blocks = Blocks::join(&parts(4, |number| number * 7 % 11 % 4));
    let options = SearchOptions { with_values: false, ..options() };
    for trace in search(&blocks, query, &options).traces {
        let several = trace.spansets.iter().flat_map(|spanset| &spanset.spans);
        let several = several.collect::<Vec<_>>().windows(2).any(|s| s[0].block != s[1].block);
        for spanset in &trace.spansets {
            for span in 0..spanset.spans.len() {
                assert_eq!(spanset.of_whole(span, 0), None, "names are in blocks");
                let [duration, name] = [1, 2].map(|field| spanset.of_whole(span, field));
                assert_eq!(duration.is_some(), several);
                if several {
                    assert_eq!(duration, Some(ValueRef::DurationNs(trace.duration_ns)));
                    assert_eq!(name, Some(ValueRef::Str(&trace.root_name)));
                    assert!(matches!(spanset.of_whole(span, 3), Some(ValueRef::I64(_))));
                }
            }
        }
    }
}

/// How many ways to cut traces apart are tried.
fn rounds() -> u64 {
    std::env::var("BLOCKPACK_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(6)
}

#[test]
fn traces_in_several_files_are_found_as_in_one() {
    let whole = whole();
    let expected: Vec<_> = cases().iter().map(|c| all(&whole, &c.query, &options())).collect();
    for seed in 1..=rounds() {
        let part = |number: usize, files: usize| {
            let mixed = (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15 ^ seed << 17);
            (mixed >> 40) as usize % files
        };
        let files = 2 + seed as usize % 5;
        let lists = parts(files, |number| part(number, files));
        let spread = Blocks::join(&lists);
        let context = Some(Arc::new(QueryContext::new()));
        let options = SearchOptions { context, ..options() };
        for (case, expected) in cases().iter().zip(&expected) {
            // Siblings that start together are numbered as they came.
            if case.query.contains("nestedSet") {
                let spans = search(&spread, &case.query, &options).spans;
                assert_eq!(ids(&spread, &spans), case.spans, "{} {seed}", case.query);
                continue;
            }
            assert_eq!(all(&spread, &case.query, &options), *expected, "{} {seed}", case.query);
        }
    }
}

#[test]
fn threads_and_memory_of_earlier_queries_make_no_difference() {
    let lists = parts(6, |number| number / 16);
    let blocks = Blocks::join(&lists);
    let context = Some(Arc::new(QueryContext::new()));
    let threaded = SearchOptions { threads: 3, context, ..options() };
    for case in cases() {
        let (a, b) = (all(&blocks, &case.query, &options()), all(&blocks, &case.query, &threaded));
        assert_eq!(a, b, "{}", case.query);
    }
}

#[test]
fn shards_of_a_list_find_together_what_the_whole_does() {
    let lists = parts(6, |number| number / 16);
    let blocks = Blocks::join(&lists);
    for case in cases() {
        let found = search(&blocks, &case.query, &options());
        let mut spans = Vec::new();
        let mut traces = 0;
        for shard in [0..2, 2..3, 3..6] {
            let options = SearchOptions { blocks: Some(shard), ..options() };
            let part = search(&blocks, &case.query, &options);
            spans.extend(ids(&blocks, &part.spans));
            traces += part.traces.len();
        }
        spans.sort_unstable();
        assert_eq!(spans, ids(&blocks, &found.spans), "{}", case.query);
        assert_eq!(traces, found.traces.len(), "{}", case.query);
    }
}

#[test]
fn a_context_keeps_no_block_alive() {
    let blocks = whole();
    let block = Arc::downgrade(blocks.get(0).unwrap());
    let context = Arc::new(QueryContext::new());
    let options = SearchOptions { context: Some(context.clone()), ..options() };
    search(&blocks, "{} >> { status = error }", &options);
    drop(blocks);
    assert_eq!(block.strong_count(), 0);
}
