//! Speed of series: `cargo bench --bench metrics [-- SPANS]`.
//!
//! Queries over the made-up shop, in blocks of the usual size, one thread, warm. Every figure is the
//! best of several runs, in milliseconds per million spans. Beside them stands the obvious way to
//! answer the first one, from the same run: a look at each span's service, and a map of its name.

#[path = "../cli/src/generate/mod.rs"]
#[allow(dead_code, missing_docs, unused_imports)]
mod generate;

use blockpack::block::build::{BlockOptions, SpanBuffer, build_block};
use blockpack::block::{Block, BlockBytes};
use blockpack::bytes::Bytes;
use blockpack::fields::SpanRow;
use blockpack::name::Name;
use blockpack::otlp::decode_traces;
use blockpack::traceql::{MetricsOptions, Query, QueryContext};
use blockpack::value::ValueRef;
use blockpack::{Blocks, Result};
use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

/// Time is spent on each measurement until it has run this long, in nanoseconds.
const BUDGET: u128 = 500_000_000;

const QUERIES: [&str; 9] = [
    "{} | rate() by (resource.service.name)",
    "{ status = error } | rate() by (resource.service.name)",
    "{ kind = server } | rate() by (resource.service.name)",
    "{} | rate()",
    "{} | count_over_time() by (name)",
    "{} | count_over_time() by (resource.service.name, name)",
    "{ kind = server } | avg_over_time(duration) by (name)",
    "{} | quantile_over_time(duration, 0.5, 0.99) by (resource.service.name)",
    "{ kind = server } >> { status = error } | rate() by (resource.service.name)",
];

fn main() -> Result<()> {
    let spans = std::env::args().find_map(|a| a.parse().ok()).unwrap_or(1_000_000);
    let blocks = shop(spans)?;
    println!("{} spans in {} blocks", blocks.rows(), blocks.len());
    let millis = |best: f64| best / 1e6 / blocks.rows() as f64 * 1e6;
    let options = MetricsOptions {
        context: Some(Arc::new(QueryContext::new())),
        ..MetricsOptions::default()
    };
    for text in QUERIES {
        let query = Query::compile(text)?;
        let series = query.metrics(&blocks, &options)?;
        let best = time(|| query.metrics(&blocks, &options).map(|set| set.series.len()))?;
        println!(
            "{:8.2} ms  {text}  ({} series of {} samples)",
            millis(best),
            series.series.len(),
            series.times.len()
        );
    }
    let range = query_range(&blocks);
    println!(
        "{:8.2} ms  the first one, by a map of texts",
        millis(time(|| by_map(&blocks, range))?)
    );
    Ok(())
}

/// Blocks of the made-up shop.
fn shop(spans: u64) -> Result<Blocks> {
    let options = BlockOptions::default();
    let mut buffer = SpanBuffer::default();
    for request in generate::Generator::new(spans, 1) {
        decode_traces(&request.bytes, &mut buffer)?;
    }
    let open = |plan| -> Result<Arc<Block>> {
        let built = build_block(&buffer, plan, &options)?;
        Block::open(BlockBytes::Whole(Bytes::from_aligned(built.bytes))).map(Arc::new)
    };
    buffer.plan_blocks(&options).iter().map(open).collect()
}

/// Best time of `run`, in nanoseconds.
fn time<T>(mut run: impl FnMut() -> Result<T>) -> Result<f64> {
    let (mut best, begin) = (u128::MAX, Instant::now());
    while begin.elapsed().as_nanos() < BUDGET {
        let start = Instant::now();
        black_box(run()?);
        best = best.min(start.elapsed().as_nanos());
    }
    Ok(best as f64)
}

/// Where the first interval begins, and how long each of 240 is.
fn query_range(blocks: &Blocks) -> (u64, u64) {
    let start = blocks.iter().map(|block| block.min_start_ns()).min().unwrap_or(0);
    let end = blocks.iter().map(|block| block.max_end_ns()).max().unwrap_or(0);
    (start, ((end - start) / 240).max(1))
}

fn by_map(blocks: &Blocks, (start, step): (u64, u64)) -> Result<usize> {
    let service = Name::parse("resource.service.name")?;
    let mut counts: HashMap<(Vec<u8>, u64), u64> = HashMap::new();
    for block in blocks {
        for row in 0..block.rows() {
            let span = SpanRow::new(block, row)?;
            let name = match span.get(&service)? {
                Some(ValueRef::Str(name)) => name.to_vec(),
                _ => Vec::new(),
            };
            *counts.entry((name, (span.start_ns()? - start) / step)).or_default() += 1;
        }
    }
    Ok(counts.len())
}
