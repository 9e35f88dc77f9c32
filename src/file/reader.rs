//! Reading a file: its index at once, its blocks when they are asked for.

use super::format::{
    BlockEntry, HEADER_LEN, Header, RegionEntry, TRAILER_LEN, Tail, Trailer, corrupt, mismatch,
    not_blockpack, read, region,
};
use super::mmap::{MappedFile, passing};
use super::pread::PreadFile;
use super::pruning::OpenIndex;
use super::remote::RemoteBlock;
use super::source::{ReadRange, Source, read_at};
use super::trace_index::{TraceIndex, TraceIndexBuilder, TracePlace};
use crate::block::{Block, BlockBytes};
use crate::bytes::{AlignedBuf, Bytes};
use crate::error::{Error, ErrorKind, Result};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use xxhash_rust::xxh3::xxh3_64;

/// Bytes at the end of a file that are read at once when it is opened: trailer, and tail of a file
/// of up to about a thousand blocks.
const SUFFIX: u64 = 64 << 10;

/// An index up to this many bytes is kept whole: one round trip less for each look-up.
pub(super) const SMALL_INDEX: u64 = 256 << 10;

/// How a local file is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Mapped to memory: the fastest; see [`super::mmap`] for what it asks of the file.
    #[default]
    Mapped,
    /// With `pread`: each section is copied to the heap when it is first used.
    Pread,
}

/// When checksums of blocks and index regions are compared. Those of header, tail and trailer
/// always are when a file is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verify {
    /// Each section when it is first used.
    #[default]
    Lazy,
    /// All when the file is opened, which reads all of it.
    Full,
}

/// How to open a file.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpenOptions {
    /// How the file is read.
    pub access: Access,
    /// When checksums are compared.
    pub verify: Verify,
    /// Of a mapped file: when nobody holds a block any more, its pages go back to the system at
    /// once. Otherwise they stay until the system needs them, and count as memory of the process.
    pub discard_unheld: bool,
}

/// An open file. `Send` and `Sync`: meant to be shared by threads.
///
/// Blocks are opened when they are asked for, and kept for as long as somebody outside holds them:
/// the memory of a block goes with its last [`Arc`], not with the reader. Blocks outlive it, too.
pub struct Reader {
    pub(super) source: Arc<dyn Source>,
    pub(super) mapped: Option<Bytes>,
    discard_unheld: bool,
    header: Header,
    tail: Tail,
    open_blocks: Vec<Mutex<Weak<Block>>>,
    trace_index: OnceLock<LoadedIndex>,
    pub(super) column_index: OnceLock<OpenIndex>,
}

/// A trace index whose head was read and checked.
struct LoadedIndex {
    index: TraceIndex,
    /// All of it, if it is in memory.
    region: Option<Bytes>,
    /// Where it is in the file, if it is not.
    offset: u64,
}

impl Reader {
    /// Opens the file at `path`.
    ///
    /// Errors: [`ErrorKind::Io`] if it cannot be opened, [`ErrorKind::NotBlockpack`] if it is
    /// something else, [`ErrorKind::FormatVersion`] if it needs a newer library,
    /// [`ErrorKind::Corrupt`], [`ErrorKind::Checksum`] or [`ErrorKind::ShortRead`] if it is
    /// damaged. Messages name the path.
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Self> {
        let source: Arc<dyn Source> = match options.access {
            Access::Mapped => Arc::new(MappedFile::open(path)?),
            Access::Pread => Arc::new(PreadFile::open(path)?),
        };
        let mut reader = Reader::open_source(source, options.verify)?;
        reader.discard_unheld = options.discard_unheld;
        Ok(reader)
    }

    /// Opens a file that comes from any source.
    pub fn open_source(source: Arc<dyn Source>, verify: Verify) -> Result<Self> {
        let (header, tail) = read_index(&*source).map_err(|e| e.context(source.name()))?;
        let open_blocks = tail.blocks.iter().map(|_| Mutex::default()).collect();
        let mapped = source.map();
        let (trace_index, column_index) = Default::default();
        let reader = Reader {
            source,
            mapped,
            discard_unheld: false,
            header,
            tail,
            open_blocks,
            trace_index,
            column_index,
        };
        if verify == Verify::Full {
            reader.verify()?;
        }
        Ok(reader)
    }

    /// The file's path, or what its source is called.
    pub fn name(&self) -> &str {
        self.source.name()
    }

    /// The file's header: version, features, and the name of this file and no other.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Name and version of the program that wrote the file.
    pub fn writer(&self) -> &str {
        &self.tail.writer
    }

    /// Bytes of the file.
    pub fn file_len(&self) -> u64 {
        self.source.len()
    }

    /// Number of blocks.
    pub fn block_count(&self) -> usize {
        self.tail.blocks.len()
    }

    /// What the index says of the blocks, in the order of the file.
    pub fn block_entries(&self) -> &[BlockEntry] {
        &self.tail.blocks
    }

    /// The file's index regions, also of kinds this version does not know.
    pub fn regions(&self) -> &[RegionEntry] {
        &self.tail.regions
    }

    /// Traces of the file; one with fragments in several blocks counts once.
    pub fn trace_count(&self) -> u64 {
        self.tail.trace_count
    }

    /// Spans of the file.
    pub fn rows(&self) -> u64 {
        self.tail.blocks.iter().map(|b| u64::from(b.rows)).sum()
    }

    /// Block `index`, shared with whoever else has it open.
    ///
    /// Errors: [`ErrorKind::InvalidArgument`] if there is no such block, those of
    /// [`Block::open`], and what the source reports.
    pub fn block(&self, index: usize) -> Result<Arc<Block>> {
        self.block_with(index, None)
    }

    /// As [`Reader::block`]; with the block's head if it was fetched already.
    pub(super) fn block_with(&self, index: usize, head: Option<Bytes>) -> Result<Arc<Block>> {
        let (Some(entry), Some(slot)) = (self.tail.blocks.get(index), self.open_blocks.get(index))
        else {
            return Err(self.no_block(index));
        };
        // Held while the block is opened, so that it is opened once.
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(block) = slot.upgrade() {
            return Ok(block);
        }
        let block = self
            .block_bytes(entry, head)
            .and_then(|bytes| open_block(entry, bytes))
            .map_err(|e| self.in_block(index, e))?;
        let block = Arc::new(block.with_origin(self.origin(index)));
        *slot = Arc::downgrade(&block);
        Ok(block)
    }

    fn block_bytes(&self, entry: &BlockEntry, head: Option<Bytes>) -> Result<BlockBytes> {
        if self.mapped.is_some() {
            let bytes = self.bytes(entry.offset, entry.len)?;
            return Ok(BlockBytes::Whole(match self.discard_unheld {
                true => passing(bytes),
                false => bytes,
            }));
        }
        let head = match head {
            Some(head) => head,
            None => self.bytes(entry.offset, u64::from(entry.head_len))?,
        };
        let block = RemoteBlock::new(self.source.clone(), entry.offset, head);
        Ok(BlockBytes::Remote(Arc::new(block), entry.len))
    }

    /// Whether all of the file is in memory, so that nothing is ever fetched.
    pub fn is_mapped(&self) -> bool {
        self.mapped.is_some()
    }

    /// Whether somebody has block `index` open.
    pub(super) fn is_open(&self, index: usize) -> bool {
        self.open_blocks.get(index).is_some_and(|slot| {
            slot.lock().unwrap_or_else(PoisonError::into_inner).strong_count() > 0
        })
    }

    #[cold]
    pub(super) fn no_block(&self, index: usize) -> Error {
        let message =
            format!("{}: there is no block {index}, only {}", self.name(), self.block_count());
        Error::new(ErrorKind::InvalidArgument, message)
    }

    /// Bytes of the file, shared if it is in memory.
    pub(super) fn bytes(&self, offset: u64, len: u64) -> Result<Bytes> {
        let Some(mapped) = &self.mapped else {
            return read_at(&*self.source, offset, len);
        };
        usize::try_from(offset)
            .ok()
            .and_then(|offset| mapped.slice(offset, len.try_into().ok()?))
            .ok_or_else(|| super::source::short_read(self.name(), offset, len, self.file_len()))
    }

    #[cold]
    pub(super) fn in_block(&self, index: usize, e: Error) -> Error {
        e.context(self.origin(index))
    }

    /// File and place of block `index`, for messages.
    fn origin(&self, index: usize) -> String {
        let offset = self.tail.blocks.get(index).map_or(0, |entry| entry.offset);
        format!("{}, block {index} at offset {offset}", self.name())
    }

    // --- traces ---------------------------------------------------------------------------

    /// Where the spans of trace `id` are, in the order of the file: several places if the trace
    /// came in fragments, none if it is not here.
    pub fn find_trace(&self, id: &[u8]) -> Result<Vec<TracePlace>> {
        let mut places = self.trace_candidates(id)?;
        let mut failed = None;
        places.retain(|place| match self.is_trace(*place, id) {
            Ok(is) => is,
            Err(e) => {
                failed.get_or_insert(e);
                false
            }
        });
        match failed {
            Some(e) => Err(e),
            None => Ok(places),
        }
    }

    fn is_trace(&self, place: TracePlace, id: &[u8]) -> Result<bool> {
        let block = self.block(place.block as usize)?;
        Ok(block.trace_id(place.trace)? == Some(id))
    }

    /// Places where trace `id` may be.
    pub(crate) fn trace_candidates(&self, id: &[u8]) -> Result<Vec<TracePlace>> {
        let in_index = |e: Error| e.context(format_args!("{}, trace index", self.name()));
        let LoadedIndex { index, region, offset } = self.trace_index().map_err(in_index)?;
        let range = index.range(id).map_err(in_index)?;
        let words = match region {
            Some(region) => index.words(region, &range).map_err(in_index)?,
            None => self.bytes(offset + range.start, range.end - range.start)?,
        };
        words.populate()?;
        let places = index.candidates(id, &words).map_err(in_index)?;
        let exists = |place: &TracePlace| {
            let entry = self.tail.blocks.get(place.block as usize);
            entry.is_some_and(|entry| place.trace < entry.traces)
        };
        if places.iter().all(exists) {
            Ok(places)
        } else {
            Err(in_index(corrupt("it names a trace that does not exist")))
        }
    }

    fn trace_index(&self) -> Result<&LoadedIndex> {
        if let Some(loaded) = self.trace_index.get() {
            return Ok(loaded);
        }
        let loaded = match self.region(region::TRACE_INDEX) {
            Some(entry) => self.load_trace_index(entry)?,
            None => self.make_trace_index()?,
        };
        Ok(self.trace_index.get_or_init(|| loaded))
    }

    fn load_trace_index(&self, entry: &RegionEntry) -> Result<LoadedIndex> {
        let (region, head) = self.region_head(entry)?;
        let index = TraceIndex::open(&head, entry.len)?;
        Ok(LoadedIndex { index, region, offset: entry.offset })
    }

    /// The index of a file that was written without one.
    fn make_trace_index(&self) -> Result<LoadedIndex> {
        let mut builder = TraceIndexBuilder::default();
        for number in 0..self.block_count() {
            let block = self.block(number)?;
            for trace in 0..block.trace_count() {
                let place = TracePlace { block: number as u32, trace };
                builder.push(block.trace_id(trace)?.unwrap_or_default(), place);
            }
        }
        let (region, head_len) = builder.finish()?;
        let region = Bytes::from_aligned(region);
        let head = region.slice(0, head_len as usize).unwrap_or_default();
        let index = TraceIndex::open(&head, region.len() as u64)?;
        Ok(LoadedIndex { index, region: Some(region), offset: 0 })
    }

    /// The head of a region; and all of it if that is at hand, or little to keep.
    pub(super) fn region_head(&self, entry: &RegionEntry) -> Result<(Option<Bytes>, Bytes)> {
        let whole = self.mapped.is_some() || entry.len <= SMALL_INDEX;
        let len = if whole { entry.len } else { u64::from(entry.head_len) };
        let bytes = self.bytes(entry.offset, len)?;
        let head = bytes.slice(0, entry.head_len as usize).unwrap_or_default();
        head.populate()?;
        Ok((whole.then_some(bytes), head))
    }

    pub(super) fn region(&self, kind: u32) -> Option<&RegionEntry> {
        self.tail.regions.iter().find(|region| region.kind == kind)
    }
}

/// Opens a block, and compares what the file's index says of it.
pub(super) fn open_block(entry: &BlockEntry, bytes: BlockBytes) -> Result<Block> {
    let block = Block::open(bytes)?;
    let stated = (entry.rows, entry.traces, entry.min_start, entry.max_end);
    if stated != (block.rows(), block.trace_count(), block.min_start_ns(), block.max_end_ns()) {
        return Err(corrupt("the file's index and the block's header contradict each other"));
    }
    Ok(block)
}

/// Reads and checks everything that tells where the rest is: header, trailer, tail.
fn read_index(source: &dyn Source) -> Result<(Header, Tail)> {
    let len = source.len();
    let suffix_len = SUFFIX.min(len);
    let (start, suffix) = match source.map() {
        Some(_) => (
            read_at(source, 0, HEADER_LEN.min(len))?,
            read_at(source, len - suffix_len, suffix_len)?,
        ),
        // One round trip.
        None => {
            let mut start = AlignedBuf::zeroed(HEADER_LEN.min(len) as usize);
            let mut suffix = AlignedBuf::zeroed(suffix_len as usize);
            source.read(&mut [
                ReadRange { offset: 0, dst: &mut start },
                ReadRange { offset: len - suffix_len, dst: &mut suffix },
            ])?;
            (Bytes::from_aligned(start), Bytes::from_aligned(suffix))
        }
    };
    start.populate()?;
    suffix.populate()?;
    if !start.starts_with(&super::format::MAGIC) {
        return Err(not_blockpack(&start));
    }
    let (Some(header), Some(trailer)) = (
        read::<Header>(&start),
        suffix
            .len()
            .checked_sub(TRAILER_LEN as usize)
            .and_then(|at| read::<Trailer>(&suffix[at..])),
    ) else {
        return Err(corrupt(format!("{len} bytes are too few for a file: it was cut short")));
    };
    header.check("the header")?;
    trailer.check(&header, len)?;
    let tail = if trailer.tail_len + TRAILER_LEN <= suffix_len {
        let at = suffix_len - TRAILER_LEN - trailer.tail_len;
        suffix.slice(at as usize, trailer.tail_len as usize).unwrap_or_default()
    } else {
        read_at(source, trailer.tail_offset, trailer.tail_len)?
    };
    tail.populate()?;
    if xxh3_64(&tail) != trailer.tail_hash {
        return Err(mismatch("the tail"));
    }
    let in_tail = |e: Error| e.context(format_args!("tail at offset {}", trailer.tail_offset));
    Ok((header, Tail::parse(&tail, trailer.tail_offset).map_err(in_tail)?))
}
