//! Many files into one, trace by trace.
//!
//! A trace's spans reach different files, and different blocks of one: they arrive late, from
//! several collectors, or twice. Merging brings the fragments of every trace together, orders its
//! spans anew and drops those that are exactly the same. Whatever a query asks of a span it gets
//! the same answer before and after; what it asks of a trace it then gets of the whole trace.
//!
//! ```text
//! blocks of all files -> Traces (by start, fragments found in the files' trace indexes)
//!                     -> TraceSpans (OTLP again, sorted, duplicates dropped)
//!                     -> the buffer and the blocks of `ingest`
//! ```
//!
//! What comes out depends on the spans alone, not on how they were spread over files or in which
//! order these are named. (But spans without a trace id are a trace each, as everywhere: they
//! belong to nothing, are never duplicates, and if they start together keep the order of the files.)

mod source;
mod spans;
mod traces;

use crate::block::build::BlockOptions;
use crate::error::{Error, ErrorKind, Result};
use crate::file::reader::Reader;
use crate::file::writer::{FileWriter, Summary, WriteOptions};
use crate::ingest::{BlockSink, Pipeline};
use spans::TraceSpans;
use std::path::Path;
use traces::Traces;

/// How files are merged.
#[derive(Clone, Copy, Debug)]
pub struct MergeOptions {
    /// How blocks are cut and stored.
    pub block: BlockOptions,
    /// Threads that build blocks. 1, the default, starts none: the caller's thread builds.
    pub threads: usize,
    /// How the file is published.
    pub file: WriteOptions,
}

impl Default for MergeOptions {
    fn default() -> Self {
        MergeOptions { block: BlockOptions::default(), threads: 1, file: WriteOptions::default() }
    }
}

/// What a merge did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merged {
    /// The file that was written.
    pub output: Summary,
    /// Spans in the inputs.
    pub spans_in: u64,
    /// Spans left out because the trace has one that says exactly the same, resource and scope
    /// included.
    pub duplicates: u64,
    /// Traces of which the inputs had several fragments.
    pub joined: u64,
}

/// Merges `inputs` into a new file that is published as `output`, which may be one of them if
/// the options allow to overwrite it.
///
/// `progress` is told how many spans were read so far, after every trace; an error from it ends the
/// merge and is returned. In memory are the trace at hand, the blocks that cover its time (the
/// mapped ones cost none), and encoded spans for two blocks a thread.
///
/// Errors: [`ErrorKind::InvalidArgument`] without inputs; [`ErrorKind::Unsupported`] if an input
/// has features that this version cannot rewrite; those of reading damaged inputs and of
/// [`FileWriter`]. After an error nothing is left behind.
pub fn merge(
    inputs: &[Reader],
    output: &Path,
    options: &MergeOptions,
    progress: impl FnMut(u64) -> Result<()>,
) -> Result<Merged> {
    check_inputs(inputs)?;
    let file = FileWriter::create(output, &options.file)?;
    merge_into(inputs, file, options, progress)
}

/// As [`merge`], into any sink.
pub fn merge_into(
    inputs: &[Reader],
    sink: impl BlockSink,
    options: &MergeOptions,
    mut progress: impl FnMut(u64) -> Result<()>,
) -> Result<Merged> {
    check_inputs(inputs)?;
    let mut pipeline = Pipeline::new(sink, options.threads, options.block);
    let mut fill = Fill::default();
    let mut spans = TraceSpans::default();
    let (mut spans_in, mut duplicates, mut joined) = (0, 0, 0);
    let mut traces = Traces::new(inputs);
    while let Some(fragments) = traces.next()? {
        joined += u64::from(fragments.len() > 1);
        let found = spans.gather(fragments)?;
        spans_in += found.spans;
        duplicates += found.duplicates;
        if fill.is_full_before(&spans, options) {
            pipeline.flush()?;
        }
        spans.write(&mut pipeline.buffer)?;
        pipeline.collect()?;
        progress(spans_in)?;
    }
    Ok(Merged { output: pipeline.finish()?, spans_in, duplicates, joined })
}

fn check_inputs(inputs: &[Reader]) -> Result<()> {
    if inputs.is_empty() {
        return Err(Error::new(ErrorKind::InvalidArgument, "there is no file to merge"));
    }
    match inputs.iter().find(|input| !input.header().rewritable()) {
        None => Ok(()),
        Some(input) => {
            let message = format!(
                "{}: it has features ({:#x}) that this library can read but not rewrite: use a \
                 newer one",
                input.name(),
                input.header().ro_compat
            );
            Err(Error::new(ErrorKind::Unsupported, message))
        }
    }
}

/// How much of the blocks that the buffer will make is filled. Traces come by start, so blocks can
/// be cut as they come, each as full as can be.
#[derive(Default)]
struct Fill {
    /// Whole blocks in the buffer.
    blocks: usize,
    /// Spans, and encoded bytes, behind these.
    rows: usize,
    bytes: u64,
}

impl Fill {
    /// Counts the spans of the next trace. Whether the buffer holds a block for every thread, and
    /// this trace begins another.
    fn is_full_before(&mut self, trace: &TraceSpans, options: &MergeOptions) -> bool {
        let (rows, bytes) = (trace.len(), trace.bytes());
        let full = self.rows + rows > options.block.max_rows
            || self.bytes + bytes > options.block.max_bytes;
        if !full || self.rows == 0 {
            self.rows += rows;
            self.bytes += bytes;
            return false;
        }
        (self.rows, self.bytes) = (rows, bytes);
        self.blocks += 1;
        let flush = self.blocks >= options.threads;
        if flush {
            self.blocks = 0;
        }
        flush
    }
}
