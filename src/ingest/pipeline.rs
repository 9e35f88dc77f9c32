//! From a buffer of spans to blocks in a sink: the road that everything takes that writes spans.

use super::BlockSink;
use super::seal::Sealer;
use crate::block::build::{BlockOptions, SpanBuffer};
use crate::error::Result;
use crate::file::writer::Summary;

/// A buffer to put spans into, and what makes blocks of it. Whoever fills the buffer says when it
/// is full. After an error the sink cannot be completed.
pub(crate) struct Pipeline<S> {
    /// The spans that are in no block yet.
    pub buffer: SpanBuffer,
    sealer: Sealer,
    sink: S,
}

impl<S: BlockSink> Pipeline<S> {
    /// Builds blocks for `sink`, on `threads` threads: the caller's, and others if it is more than one.
    pub fn new(sink: S, threads: usize, block: BlockOptions) -> Self {
        Pipeline { buffer: SpanBuffer::default(), sealer: Sealer::new(threads, block), sink }
    }

    /// Makes blocks of all that is in the buffer, or has other threads do so, and empties it.
    pub fn flush(&mut self) -> Result<()> {
        let full = std::mem::take(&mut self.buffer);
        self.buffer = self.sealer.seal(full, &mut self.sink)?;
        Ok(())
    }

    /// Appends the blocks that other threads have ready, without waiting.
    pub fn collect(&mut self) -> Result<()> {
        self.sealer.collect(&mut self.sink)
    }

    /// Makes the last blocks and completes the sink.
    pub fn finish(mut self) -> Result<Summary> {
        self.flush()?;
        self.sealer.drain(&mut self.sink)?;
        self.sink.finish()
    }
}
