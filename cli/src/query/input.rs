//! Files that are asked about: block files as they are, OTLP through blocks in memory.

use crate::failure::{Failure, Result};
use blockpack::Blocks;
use blockpack::block::build::{BlockOptions, SpanBuffer, build_block};
use blockpack::file::format::MAGIC;
use blockpack::file::reader::{OpenOptions, Reader};
use blockpack::otlp::{InputOptions, Records, decode_traces};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The blocks of all `files`; a file is what its first bytes tell.
pub fn open(files: &[PathBuf]) -> Result<Blocks> {
    let mut lists = Vec::new();
    let mut spans = SpanBuffer::default();
    for path in files {
        if is_block_file(path)? {
            let reader = Arc::new(Reader::open(path, &OpenOptions::default())?);
            lists.push(Blocks::of_file(&reader, 0..reader.block_count())?);
        } else {
            read_otlp(path, &mut spans)?;
        }
    }
    lists.push(build(&spans)?);
    Ok(Blocks::join(&lists))
}

fn is_block_file(path: &Path) -> Result<bool> {
    if path == Path::new("-") {
        return Ok(false);
    }
    let opening = |e| Failure::io(format!("opening {}", path.display()), e);
    let file = File::open(path).map_err(opening)?;
    if file.metadata().map_err(opening)?.is_dir() {
        return Err(Failure::Run(format!("{} is a folder, not a file", path.display())));
    }
    let mut start = Vec::new();
    let read = |e| Failure::io(format!("reading {}", path.display()), e);
    file.take(MAGIC.len() as u64).read_to_end(&mut start).map_err(read)?;
    Ok(start == MAGIC)
}

/// Adds the spans of an OTLP file.
fn read_otlp(path: &Path, spans: &mut SpanBuffer) -> Result<()> {
    let options = InputOptions::default();
    let mut records = match path == Path::new("-") {
        true => Records::new(std::io::stdin(), options)?,
        false => Records::open(path, options)?,
    };
    let in_file = |e: blockpack::Error| e.context(path.display());
    let mut message = Vec::new();
    while records.next(&mut message).map_err(in_file)? {
        let number = records.count();
        decode_traces(&message, spans)
            .map_err(|e| in_file(e.context(format_args!("record {number}"))))?;
    }
    Ok(())
}

fn build(spans: &SpanBuffer) -> Result<Blocks> {
    let options = BlockOptions::default();
    let plans = spans.plan_blocks(&options);
    let blocks = plans.iter().map(|plan| {
        let block = build_block(spans, plan, &options)?.open()?;
        Ok(Arc::new(block))
    });
    Ok(Blocks::new(blocks.collect::<Result<Vec<_>>>()?))
}
