//! Speed of relating spans and of building trace graphs: `cargo bench --bench graph [-- FILE...]`.
//!
//! Files hold OTLP (`blockpack generate` makes some). Without any: the largest real set if it is
//! there, and the recording in the repository. Every figure is the median of several runs, on one
//! thread, over blocks in memory that were read before.

use blockpack::block::build::{BlockOptions, SpanBuffer, build_block};
use blockpack::block::{Block, BlockBytes};
use blockpack::bytes::Bytes;
use blockpack::graph::{StructuralOp, StructuralOptions, TraceGraphs, Trees};
use blockpack::otlp::{InputOptions, Records, decode_traces};
use blockpack::rowset::{RowSet, SpanSet};
use blockpack::{Blocks, Result};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

const RUNS: usize = 15;

fn main() -> Result<()> {
    let files: Vec<PathBuf> =
        std::env::args_os().skip(1).filter(|a| a != "--bench").map(PathBuf::from).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let real =
        std::env::var_os("BLOCKPACK_DATA").map_or(root.join("../shared/data"), PathBuf::from);
    let usual = [real.join("nezha-ob-large.pbd.zst"), root.join("tests/data/shop.pbd.zst")];
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
    let blocks = read(file)?;
    println!(
        "\n{}: {} spans, {} traces, {} blocks",
        file.display(),
        blocks.rows(),
        blocks.trace_count(),
        blocks.len()
    );
    let report = |what: &str, run: &mut dyn FnMut() -> Result<()>| -> Result<()> {
        let seconds = median(run)?;
        let each = seconds * 1e9 / blocks.rows() as f64;
        println!("{what:44} {:9.3} ms {each:7.2} ns a span", seconds * 1e3);
        Ok(())
    };
    report("traces in several blocks found", &mut || Trees::new(&blocks).map(drop))?;
    report("graphs of all traces", &mut || TraceGraphs::build(&blocks, None).map(drop))?;
    let trees = Trees::new(&blocks)?;
    report("graphs of all traces, in memory used before", &mut || {
        TraceGraphs::of_trees(&trees, None).map(drop)
    })?;
    let graphs = TraceGraphs::of_trees(&trees, None)?;
    let few = choose(&blocks, 5);
    report("graphs of the traces of 5 % of the spans", &mut || {
        TraceGraphs::of_trees(&trees, Some(&few)).map(drop)
    })?;
    report("summaries of all traces", &mut || {
        let columns = graphs.columns()?;
        graphs.iter().try_for_each(|graph| graph.summary(&columns).map(|s| drop(black_box(s))))
    })?;
    report("critical paths of all roots", &mut || {
        let columns = graphs.columns()?;
        for graph in graphs.iter() {
            graph.roots().for_each(|root| drop(black_box(graph.critical_path(root, &columns))));
        }
        Ok(())
    })?;
    report("service graph of all traces", &mut || graphs.service_graph().map(drop))?;
    report("depths and widths of all traces", &mut || {
        black_box(graphs.shape());
        Ok(())
    })?;
    for (left, right) in [(100, 100), (50, 50), (5, 5), (10, 90), (90, 10)] {
        let (a, b) = (choose(&blocks, left), choose(&blocks, right));
        for op in StructuralOp::all() {
            let what = format!("{left} % {} {right} %", op.symbol());
            report(&what, &mut || {
                black_box(trees.relate(&a, op, &b, StructuralOptions::default())?);
                Ok(())
            })?;
        }
    }
    Ok(())
}

fn read(file: &Path) -> Result<Blocks> {
    let mut buffer = SpanBuffer::default();
    let mut records = Records::open(file, InputOptions::default())?;
    let mut record = Vec::new();
    while records.next(&mut record)? {
        decode_traces(&record, &mut buffer)?;
    }
    let options = BlockOptions::default();
    let build = |plan| {
        let bytes = Bytes::from_aligned(build_block(&buffer, plan, &options)?.bytes);
        Ok(Arc::new(Block::open(BlockBytes::Whole(bytes))?))
    };
    buffer.plan_blocks(&options).iter().map(build).collect()
}

/// This many percent of the spans, by chance.
fn choose(blocks: &Blocks, percent: u64) -> SpanSet {
    let mut state = 1u64;
    let mut roll = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) % 100 < percent
    };
    let set = |block: &Arc<Block>| {
        RowSet::from_ids(block.rows(), (0..block.rows()).filter(|_| roll()).collect::<Vec<_>>())
    };
    SpanSet::new(blocks.iter().map(set).collect())
}

fn median(run: &mut dyn FnMut() -> Result<()>) -> Result<f64> {
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let start = Instant::now();
        run()?;
        times.push(start.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok(times[RUNS / 2])
}
