//! Speed of lazy fields: `cargo bench --bench fields [-- FILE...]`.
//!
//! Without files: real sets with many attributes if they are there, and the recording in the
//! repository. Every figure is the best of several runs, in nanoseconds; "hot" reads the same spans
//! again, "spread" reads all spans in random order.

#[path = "../tests/common/blocks.rs"]
mod blocks;

use blockpack::block::build::BlockOptions;
use blockpack::blocks::SpanAt;
use blockpack::fields::{Columns, LazyBatch, LazyFields};
use blockpack::{Blocks, Result};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Instant;

const RUNS: usize = 7;
/// Reads in a run.
const READS: usize = 200_000;
const NAMES: [&str; 5] =
    ["span:name", "span:duration", "span.http.method", "resource.service.name", ".http.route"];

fn main() -> Result<()> {
    let files: Vec<PathBuf> =
        std::env::args_os().skip(1).filter(|a| a != "--bench").map(PathBuf::from).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let real =
        std::env::var_os("BLOCKPACK_DATA").map_or(root.join("../shared/data"), PathBuf::from);
    let usual = [
        root.join("tests/data/shop.pbd.zst"),
        real.join("essvt.pbd.zst"),
        real.join("nezha-ob-large.pbd.zst"),
    ];
    let files = if files.is_empty() { usual.to_vec() } else { files };
    for file in files {
        if file.exists() {
            measure(&file)?;
        } else {
            println!("skipped: no {}", file.display());
        }
    }
    Ok(())
}

fn measure(file: &Path) -> Result<()> {
    let blocks = blocks::build(&blocks::read_records(file), &BlockOptions::default());
    let mut all: Vec<SpanAt> = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        all.extend((0..block.rows()).map(|row| SpanAt { block: index as u32, row }));
    }
    shuffle(&mut all);
    println!("{}: {} spans", file.file_name().unwrap_or_default().display(), all.len());
    for (temper, spans) in [("hot", &all[..all.len().min(16)]), ("spread", &all[..])] {
        println!("  {temper}");
        measure_spans(&blocks, spans)?;
    }
    let ordered = {
        let mut ordered = all.clone();
        ordered.sort();
        ordered
    };
    measure_batch(&blocks, &ordered)
}

fn measure_spans(blocks: &Blocks, spans: &[SpanAt]) -> Result<()> {
    let open = |at: &SpanAt| LazyFields::new(blocks, at.block as usize, at.row);
    time("create and release", spans, 1, |at| {
        let mut fields = open(at)?;
        fields.release();
        Ok(())
    })?;
    for name in NAMES {
        time(&format!("get {name}"), spans, 1, |at| {
            black_box(open(at)?.get(black_box(name))?);
            Ok(())
        })?;
    }
    let columns = Columns::parse(&NAMES)?;
    time("get_many, a field", spans, NAMES.len(), |at| {
        let fields = open(at)?;
        let mut out = [None; NAMES.len()];
        fields.get_many(&columns, &mut out)?;
        black_box(&out);
        Ok(())
    })?;
    let mut fields = 0;
    for at in spans {
        fields += open(at)?.iter()?.count();
    }
    println!("    {:<34}{:>9.1}", "fields a span", fields as f64 / spans.len() as f64);
    let each = |at: &SpanAt| {
        let fields = open(at)?;
        for field in fields.iter()? {
            black_box(field?);
        }
        Ok(())
    };
    let span = time("iterate, a span", spans, 1, each)?;
    println!("    {:<34}{:>9.1}", "iterate, a field", span * spans.len() as f64 / fields as f64);
    time("materialize, a span", spans, 1, |at| {
        black_box(open(at)?.materialize()?);
        Ok(())
    })?;
    Ok(())
}

fn measure_batch(blocks: &Blocks, spans: &[SpanAt]) -> Result<()> {
    let columns = Columns::parse(&NAMES)?;
    const ROWS: usize = 1024;
    let batches: Vec<LazyBatch> =
        spans.chunks_exact(ROWS).map(|c| LazyBatch::new(blocks, c)).collect::<Result<_>>()?;
    let mut best = f64::MAX;
    for _ in 0..RUNS {
        let start = Instant::now();
        for batch in &batches {
            let mut out = vec![None; ROWS * columns.len()];
            batch.values(0..ROWS, &columns, &mut out)?;
            black_box(&out);
        }
        best = best.min(start.elapsed().as_nanos() as f64);
    }
    let values = batches.len() * ROWS * columns.len();
    println!("  batches of {ROWS}\n    {:<34}{:>9.1}", "values, a value", best / values as f64);
    Ok(())
}

/// Times `each` over the spans, again and again; prints and gives nanoseconds a call and part.
fn time(
    what: &str,
    spans: &[SpanAt],
    parts: usize,
    mut each: impl FnMut(&SpanAt) -> Result<()>,
) -> Result<f64> {
    let mut best = f64::MAX;
    for _ in 0..RUNS {
        let start = Instant::now();
        for at in spans.iter().cycle().take(READS) {
            each(at)?;
        }
        best = best.min(start.elapsed().as_nanos() as f64 / READS as f64 / parts as f64);
    }
    println!("    {what:<34}{best:>9.1}");
    Ok(best)
}

/// Fisher-Yates with a fixed seed.
fn shuffle(spans: &mut [SpanAt]) {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    for i in (1..spans.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        spans.swap(i, (state % (i as u64 + 1)) as usize);
    }
}
