//! From OTLP to a published file, with bounded memory and as many cores as allowed.
//!
//! An [`Ingest`] collects spans in a [`SpanBuffer`](crate::block::build::SpanBuffer). Whenever it
//! holds enough, the buffer is cut into blocks, which are built at once by several threads or by
//! the caller's, and appended to the file in their order. Spans of one trace that arrive in different buffers land in different
//! blocks; merging files joins them.

mod pipeline;
mod seal;

pub(crate) use pipeline::Pipeline;

use crate::block::build::{BlockOptions, BuiltBlock};
use crate::error::{Error, ErrorKind, Result};
use crate::file::writer::{FileWriter, Summary, WriteOptions, Writer};
use crate::otlp::{Decoded, decode_traces};
use std::io::Write;
use std::path::Path;

/// How spans become a file.
#[derive(Clone, Copy, Debug)]
pub struct IngestOptions {
    /// How blocks are cut and stored.
    pub block: BlockOptions,
    /// Threads that build blocks, the caller's among them. 1, the default, starts none.
    pub threads: usize,
    /// Bytes of encoded spans to collect before blocks are built. More keeps more traces whole;
    /// memory in use is about three times this.
    pub buffer_bytes: usize,
    /// How the file is published.
    pub file: WriteOptions,
}

impl Default for IngestOptions {
    fn default() -> Self {
        IngestOptions {
            block: BlockOptions::default(),
            threads: 1,
            buffer_bytes: 96 << 20,
            file: WriteOptions::default(),
        }
    }
}

/// Takes the blocks of an ingest.
pub trait BlockSink {
    /// Takes the next block.
    fn append(&mut self, block: BuiltBlock) -> Result<()>;
    /// Completes what was begun.
    fn finish(self) -> Result<Summary>;
}

impl<W: Write> BlockSink for Writer<W> {
    fn append(&mut self, block: BuiltBlock) -> Result<()> {
        self.append_block(&block.open()?)
    }

    fn finish(self) -> Result<Summary> {
        Writer::finish(self).map(|(_, summary)| summary)
    }
}

impl BlockSink for FileWriter {
    fn append(&mut self, block: BuiltBlock) -> Result<()> {
        self.append_block(&block.open()?)
    }

    fn finish(self) -> Result<Summary> {
        FileWriter::finish(self)
    }
}

/// Writes OTLP into a file. Belongs to one thread at a time.
pub struct Ingest<S> {
    pipeline: Pipeline<S>,
    buffer_bytes: usize,
    received: Decoded,
    failed: bool,
}

impl Ingest<FileWriter> {
    /// Starts a file that [`Ingest::finish`] will publish as `path`.
    pub fn create(path: &Path, options: IngestOptions) -> Result<Self> {
        let file = FileWriter::create(path, &options.file)?;
        Ok(Ingest::new(file, options))
    }
}

impl<S: BlockSink> Ingest<S> {
    /// Starts to fill `sink`.
    pub fn new(sink: S, options: IngestOptions) -> Self {
        Ingest {
            pipeline: Pipeline::new(sink, options.threads, options.block),
            buffer_bytes: options.buffer_bytes,
            received: Decoded::default(),
            failed: false,
        }
    }

    /// Takes the spans of one `TracesData` or `ExportTraceServiceRequest` message, all of them or,
    /// with an error of kind [`ErrorKind::Otlp`] or [`ErrorKind::Depth`], none. After any other
    /// error the file cannot be completed.
    pub fn add(&mut self, message: &[u8]) -> Result<()> {
        if self.failed {
            let message = "an earlier error broke this file; start a new one";
            return Err(Error::new(ErrorKind::State, message));
        }
        // What a message adds is not known before it is checked, so the buffer may grow past its
        // limit by one message.
        let found = decode_traces(message, &mut self.pipeline.buffer)?;
        self.received.resources += found.resources;
        self.received.scopes += found.scopes;
        self.received.spans += found.spans;
        self.received.skipped_fields += found.skipped_fields;
        let result = self.advance();
        self.failed = result.is_err();
        result
    }

    fn advance(&mut self) -> Result<()> {
        if self.pipeline.buffer.bytes() >= self.buffer_bytes {
            self.pipeline.flush()?;
        }
        self.pipeline.collect()
    }

    /// What was taken so far.
    pub fn received(&self) -> Decoded {
        self.received
    }

    /// Builds the last blocks and completes the file.
    pub fn finish(self) -> Result<Summary> {
        if self.failed {
            let message = "an earlier error broke this file; start a new one";
            return Err(Error::new(ErrorKind::State, message));
        }
        self.pipeline.finish()
    }
}
