//! The traces that start last.

use crate::blocks::build;
use blockpack::Blocks;
use blockpack::block::build::BlockOptions;
use blockpack::otlp::json_to_traces;
use blockpack::traceql::{Query, SearchOptions};
use serde_json::json;

/// When a trace starts: several do together.
fn start(trace: u64) -> u64 {
    1000 + trace * 7 % 4
}

/// Blocks of these traces, of which each is a span.
pub fn blocks(traces: &[u64], max_rows: usize) -> Blocks {
    let span = |trace: &u64| {
        json!({
            "traceId": format!("{trace:032x}"),
            "spanId": format!("{trace:016x}"),
            "startTimeUnixNano": start(*trace).to_string(),
        })
    };
    let spans: Vec<_> = traces.iter().map(span).collect();
    let document = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": spans }] }] });
    let mut message = Vec::new();
    json_to_traces(document.to_string().as_bytes(), &mut message).unwrap();
    build(&[message], &BlockOptions { max_rows, ..BlockOptions::default() })
}

#[test]
fn of_traces_that_start_together_those_with_the_smallest_ids_are_given() {
    let all: Vec<u64> = (1..=40).collect();
    let mut expected = all.clone();
    expected.sort_by_key(|&trace| (std::cmp::Reverse(start(trace)), trace));
    let query = Query::compile("{}").unwrap();
    for files in [1, 2, 3, 7] {
        for turned in [false, true] {
            let of_file = |file: u64| -> Vec<u64> {
                all.iter().copied().filter(|trace| trace * 11 % files == file).collect()
            };
            let mut lists: Vec<Blocks> = (0..files).map(|file| blocks(&of_file(file), 5)).collect();
            if turned {
                lists.reverse();
            }
            let blocks = Blocks::join(&lists);
            for (limit, threads) in [(1, 1), (3, 2), (12, 1), (12, 3), (25, 2), (40, 1)] {
                let options =
                    SearchOptions { limit, threads, most_recent: true, ..SearchOptions::default() };
                let found = query.search(&blocks, &options).unwrap();
                let id = |id: &[u8]| u64::from(id[15]);
                let ids: Vec<u64> = found.traces.iter().map(|t| id(&t.trace_id)).collect();
                assert_eq!(ids, expected[..limit], "{files} files, {limit} traces");
            }
        }
    }
}
