//! Files that are asked about: block files as they are, OTLP through blocks in memory.

use crate::failure::Result;
use crate::files;
use crate::progress::Progress;
use blockpack::Blocks;
use blockpack::block::build::{BlockOptions, SpanBuffer, build_block};
use blockpack::otlp::decode_traces;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The blocks of all `files`; a file is what its first bytes tell.
pub fn open(files: &[PathBuf]) -> Result<Blocks> {
    let mut lists = Vec::new();
    let mut otlp: Vec<&Path> = Vec::new();
    for path in files {
        if files::is_block_file(path)? {
            let reader = Arc::new(files::open_blocks(path)?);
            lists.push(Blocks::of_file(&reader, 0..reader.block_count())?);
        } else {
            otlp.push(path);
        }
    }
    lists.push(build(&read(&otlp)?)?);
    Ok(Blocks::join(&lists))
}

/// The spans of OTLP files.
fn read(paths: &[&Path]) -> Result<SpanBuffer> {
    let lengths = paths.iter().map(|path| files::len(path)).collect::<Result<Vec<_>>>()?;
    let mut progress = Progress::of_bytes(lengths.into_iter().sum());
    let mut spans = SpanBuffer::default();
    for path in paths {
        let add = |message: &[u8]| decode_traces(message, &mut spans).map(drop);
        files::read_otlp(path, None, &mut progress, add)?;
    }
    progress.finish();
    Ok(spans)
}

fn build(spans: &SpanBuffer) -> Result<Blocks> {
    let options = BlockOptions::default();
    let plans = spans.plan_blocks(&options);
    let mut progress = Progress::new(spans.span_count() as u64, "spans");
    let blocks = plans.iter().map(|plan| {
        let block = build_block(spans, plan, &options)?.open()?;
        progress.advance(block.rows().into());
        Ok(Arc::new(block))
    });
    Ok(Blocks::new(blocks.collect::<Result<Vec<_>>>()?))
}
