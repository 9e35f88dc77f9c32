//! Writing a file: blocks one after another, then the index, the tail and the trailer.
//!
//! Everything is written from front to back, so a [`Writer`] works on any sink; a [`FileWriter`]
//! publishes a file atomically.

use super::column_index::ColumnIndexBuilder;
use super::format::{
    BlockEntry, Header, LARGE_BLOCK, PAGE, RegionEntry, Tail, Trailer, new_uuid, read, region,
};
use super::publish::TempFile;
use super::trace_index::{TraceIndexBuilder, TracePlace};
use crate::block::format::BlockHeader;
use crate::block::{self, Block, BlockBytes, Table};
use crate::bytes::{ALIGN, Bytes};
use crate::error::{Error, ErrorKind, Result};
use std::io::Write;
use std::path::Path;
use xxhash_rust::xxh3::xxh3_64;

/// What the writer calls itself in the tail.
const WRITER: &str = concat!("libblockpack ", env!("CARGO_PKG_VERSION"));

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Name of this file and no other.
    pub uuid: [u8; 16],
    /// Blocks.
    pub blocks: u64,
    /// Spans.
    pub spans: u64,
    /// Traces; one with fragments in several blocks counts once, and so do all spans without a trace
    /// id.
    pub traces: u64,
    /// Bytes of the whole file.
    pub bytes: u64,
}

/// Writes the container to a sink, from front to back.
///
/// Belongs to one thread at a time. After an error every further call answers
/// [`ErrorKind::State`]: what the sink holds is not a file.
pub struct Writer<W> {
    out: Positioned<W>,
    header: Header,
    tail: Tail,
    traces: TraceIndexBuilder,
    columns: ColumnIndexBuilder,
}

impl<W: Write> Writer<W> {
    /// Starts a file on `sink`, called `name` in messages.
    pub fn new(sink: W, name: impl Into<String>) -> Result<Self> {
        Writer::with_uuid(sink, name.into(), new_uuid())
    }

    fn with_uuid(sink: W, name: String, uuid: [u8; 16]) -> Result<Self> {
        let header = Header::new(uuid);
        let mut out = Positioned { sink, name, at: 0, failed: false };
        out.put(bytemuck::bytes_of(&header))?;
        let tail = Tail { writer: WRITER.into(), ..Tail::default() };
        let (traces, columns) = Default::default();
        Ok(Writer { out, header, tail, traces, columns })
    }

    /// Appends the bytes of a block, with the ids of its traces in the order of its trace table.
    ///
    /// Errors: [`ErrorKind::InvalidArgument`] if the bytes are not one block with as many traces,
    /// [`ErrorKind::Io`] if the sink fails (it is full, say), [`ErrorKind::Limit`] past 2^32
    /// blocks, and those of reading the block, of which the index tells.
    pub fn append(
        &mut self,
        block: &[u8],
        trace_ids: impl IntoIterator<Item = impl AsRef<[u8]>>,
    ) -> Result<()> {
        describe(block)?;
        let block = Block::open(BlockBytes::Whole(Bytes::copy_from_slice(block)))?;
        self.append_with_ids(&block, trace_ids)
    }

    /// Appends a block that is open: from another file, or just built.
    ///
    /// Errors: as [`Writer::append`].
    pub fn append_block(&mut self, block: &Block) -> Result<()> {
        let ids: Vec<_> = (0..block.trace_count())
            .map(|trace| Ok(block.trace_id(trace)?.unwrap_or_default()))
            .collect::<Result<_>>()?;
        self.append_with_ids(block, ids)
    }

    fn append_with_ids(
        &mut self,
        block: &Block,
        trace_ids: impl IntoIterator<Item = impl AsRef<[u8]>>,
    ) -> Result<()> {
        let number = u32::try_from(self.tail.blocks.len())
            .map_err(|_| Error::new(ErrorKind::Limit, "a file holds less than 2^32 blocks"))?;
        let bytes = block.bytes().to_bytes()?;
        let mut entry = describe(&bytes)?;
        let mut traces = 0;
        for id in trace_ids {
            self.traces.push(id.as_ref(), TracePlace { block: number, trace: traces });
            traces += 1;
        }
        if traces != entry.traces {
            let message = format!("{traces} trace ids for a block of {} traces", entry.traces);
            return Err(self.out.fail(Error::new(ErrorKind::InvalidArgument, message)));
        }
        self.columns.push(number, block, true).map_err(|e| self.out.fail(e))?;
        self.out.align(if entry.len > LARGE_BLOCK { PAGE } else { ALIGN as u64 })?;
        entry.offset = self.out.at;
        self.out.put(&bytes)?;
        self.tail.blocks.push(entry);
        Ok(())
    }

    /// Bytes written so far.
    pub fn bytes(&self) -> u64 {
        self.out.at
    }

    /// Appends an index region. No more blocks can follow, since regions lie behind them.
    fn append_region(&mut self, kind: u32, head_len: u32, bytes: &[u8]) -> Result<()> {
        self.out.align(ALIGN as u64)?;
        let (offset, len) = (self.out.at, bytes.len() as u64);
        self.out.put(bytes)?;
        self.tail.regions.push(RegionEntry { kind, head_len, offset, len, hash: xxh3_64(bytes) });
        Ok(())
    }

    /// Writes index, tail and trailer, and gives the sink back, flushed.
    pub fn finish(mut self) -> Result<(W, Summary)> {
        self.tail.trace_count = self.traces.distinct();
        let (index, head_len) = std::mem::take(&mut self.traces).finish()?;
        self.append_region(region::TRACE_INDEX, head_len, &index)?;
        let columns = std::mem::take(&mut self.columns).finish()?;
        if !columns.filters.is_empty() {
            self.append_region(region::FILTERS, 0, &columns.filters)?;
        }
        self.append_region(region::COLUMNS, columns.head_len, &columns.index)?;
        self.out.align(ALIGN as u64)?;
        let tail = self.tail.to_bytes()?;
        let trailer = Trailer::new(self.header, self.out.at, &tail);
        self.out.put(&tail)?;
        self.out.put(bytemuck::bytes_of(&trailer))?;
        self.out.flush()?;
        let blocks = &self.tail.blocks;
        let summary = Summary {
            uuid: self.header.uuid,
            blocks: blocks.len() as u64,
            spans: blocks.iter().map(|b| u64::from(b.rows)).sum(),
            traces: self.tail.trace_count,
            bytes: self.out.at,
        };
        Ok((self.out.sink, summary))
    }
}

/// The index entry of a block, but for its place.
fn describe(block: &[u8]) -> Result<BlockEntry> {
    let len = block.len() as u64;
    let header: Option<BlockHeader> = read(block);
    let Some(header) = header.filter(|h| h.magic == block::format::MAGIC && h.block_len == len)
    else {
        let message = format!("these {len} bytes are not one whole block");
        return Err(Error::new(ErrorKind::InvalidArgument, message));
    };
    let head_len = size_of::<BlockHeader>() as u64 + header.directory_len();
    Ok(BlockEntry {
        offset: 0,
        len,
        rows: header.table_rows[Table::Span as usize],
        traces: header.table_rows[Table::Trace as usize],
        min_start: header.min_start,
        max_end: header.max_end,
        head_len: u32::try_from(head_len).ok().filter(|&n| u64::from(n) <= len).unwrap_or(0),
        flags: 0,
        hash: xxh3_64(block),
        reserved: 0,
    })
}

/// A sink that knows how much it took, and stays failed once it failed.
struct Positioned<W> {
    sink: W,
    name: String,
    at: u64,
    failed: bool,
}

impl<W: Write> Positioned<W> {
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.attempt(|sink| sink.write_all(bytes))?;
        self.at += bytes.len() as u64;
        Ok(())
    }

    /// Fills up with zeros to a multiple of `align`, at most [`PAGE`].
    fn align(&mut self, align: u64) -> Result<()> {
        const ZEROS: [u8; PAGE as usize] = [0; PAGE as usize];
        let gap = self.at.next_multiple_of(align) - self.at;
        self.put(&ZEROS[..gap as usize])
    }

    fn flush(&mut self) -> Result<()> {
        self.attempt(|sink| sink.flush())
    }

    fn attempt(&mut self, write: impl FnOnce(&mut W) -> std::io::Result<()>) -> Result<()> {
        if self.failed {
            let message = format!("{}: an earlier write failed; write the file anew", self.name);
            return Err(Error::new(ErrorKind::State, message));
        }
        write(&mut self.sink).map_err(|e| match e.downcast::<Error>() {
            // The sink is a caller's, and says more.
            Ok(own) => self.fail(own),
            Err(e) => {
                let doing = format!("writing {} at offset {}", self.name, self.at);
                self.fail(Error::io(doing, e))
            }
        })
    }

    /// Marks the sink as failed because of `e`.
    fn fail(&mut self, e: Error) -> Error {
        self.failed = true;
        e
    }
}

/// How a file is published.
#[derive(Clone, Copy, Debug, Default)]
pub struct WriteOptions {
    /// Replace a file that has the name already. Readers that have it open keep the old one.
    pub overwrite: bool,
}

/// Writes a file and publishes it atomically. Dropped without [`FileWriter::finish`], it leaves
/// nothing behind.
pub struct FileWriter {
    writer: Writer<TempFile>,
}

impl FileWriter {
    /// Starts a file that will be published as `path`.
    ///
    /// Errors: [`ErrorKind::Io`] if the folder is missing or read-only, or if `path` exists and
    /// `options` don't allow to overwrite it.
    pub fn create(path: &Path, options: &WriteOptions) -> Result<Self> {
        let uuid = new_uuid();
        let temp = TempFile::create(path, options.overwrite, &uuid)?;
        let writer = Writer::with_uuid(temp, path.display().to_string(), uuid)?;
        Ok(FileWriter { writer })
    }

    /// Appends a block's bytes, see [`Writer::append`].
    pub fn append(
        &mut self,
        block: &[u8],
        trace_ids: impl IntoIterator<Item = impl AsRef<[u8]>>,
    ) -> Result<()> {
        self.writer.append(block, trace_ids)
    }

    /// Appends an open block, see [`Writer::append_block`].
    pub fn append_block(&mut self, block: &Block) -> Result<()> {
        self.writer.append_block(block)
    }

    /// Bytes written so far.
    pub fn bytes(&self) -> u64 {
        self.writer.bytes()
    }

    /// Completes the file, brings it to the disk and gives it its name.
    ///
    /// Errors: [`ErrorKind::Io`], also if another file got the name in the meantime; then nothing
    /// is left behind, and what had the name still has it.
    pub fn finish(self) -> Result<Summary> {
        let (temp, summary) = self.writer.finish()?;
        temp.publish()?;
        Ok(summary)
    }
}
