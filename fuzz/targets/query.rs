//! Any text is a query or an error with a place in it; a query runs on any traces, prints as a query that
//! prints the same, and explains itself.

#![no_main]

use blockpack::Blocks;
use blockpack::block::build::{BlockOptions, SpanBuffer, build_block};
use blockpack::otlp::{decode_traces, json_to_traces};
use blockpack::traceql::{Limits, MetricsOptions, Query, QueryContext, SearchOptions};
use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

/// The traces that queries run on, one in each block, so that some queries see several.
static BLOCKS: LazyLock<Blocks> = LazyLock::new(|| {
    let mut message = Vec::new();
    json_to_traces(include_bytes!("../../tests/traceql/traces.json"), &mut message)
        .expect("valid traces");
    let mut buffer = SpanBuffer::default();
    decode_traces(&message, &mut buffer).expect("valid traces");
    let options = BlockOptions { max_rows: 20, ..BlockOptions::default() };
    let plans = buffer.plan_blocks(&options);
    let blocks = plans.iter().map(|plan| {
        let block = build_block(&buffer, plan, &options).and_then(|built| built.open());
        Arc::new(block.expect("a block"))
    });
    Blocks::new(blocks)
});

fuzz_target!(|text: &[u8]| {
    let query = match Query::compile_bytes(text) {
        Ok(query) => query,
        Err(error) => {
            let at = error.position().expect("errors of queries have a place");
            assert!(at <= text.len() as u64);
            return;
        }
    };
    let printed = query.ast().to_string();
    let again = Query::compile(&printed).expect("what is printed is a query");
    assert_eq!(again.ast().to_string(), printed);

    let limits = Limits {
        deadline: Some(Instant::now() + Duration::from_secs(2)),
        memory: Some(1 << 28),
        ..Limits::default()
    };
    if query.is_metrics() {
        let options = MetricsOptions { limits, ..MetricsOptions::default() };
        let _ = query.metrics(&BLOCKS, &options);
    } else {
        let options = SearchOptions { limits, with_values: true, ..SearchOptions::default() };
        let _ = query.search(&BLOCKS, &options);
        let _ = query.explain(&QueryContext::default());
    }
});
