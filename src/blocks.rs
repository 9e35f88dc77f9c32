//! A shared list of blocks: what scans run over, and what handles on spans keep alive.

use crate::block::Block;
use crate::error::{Error, ErrorKind, Result};
use crate::file::reader::Reader;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Weak};

/// An immutable list of shared blocks. A clone is one more reference to the same list; a block's
/// memory is freed when the last list (or other holder) that has it goes. `Send` and `Sync`.
#[derive(Clone)]
pub struct Blocks(Arc<List>);

struct List {
    blocks: Box<[Arc<Block>]>,
    files: Box<[FileBlocks]>,
}

/// Neighbours in a list of blocks that are neighbours in a file, too: their file's indexes can be
/// asked about them, and what they lack can be fetched together.
#[derive(Clone)]
pub struct FileBlocks {
    /// The file.
    pub file: Arc<Reader>,
    /// Number in the file of the first of them.
    pub first: usize,
    /// Where in the list they are.
    pub places: Range<usize>,
}

/// Where a span is in a list of blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanAt {
    /// Number of the block in the list.
    pub block: u32,
    /// Row in the block.
    pub row: u32,
}

impl Blocks {
    /// The list of these blocks, in this order.
    pub fn new(blocks: impl IntoIterator<Item = Arc<Block>>) -> Self {
        Blocks(Arc::new(List { blocks: blocks.into_iter().collect(), files: Box::default() }))
    }

    /// The blocks of `file` with these numbers, as a list that knows its file: scans ask the file's
    /// indexes, and fetch what they need together. Of a file that is far away, opens those that
    /// are not open in one round trip, which also brings the index of columns.
    ///
    /// Errors: as [`Reader::block`].
    pub fn of_file(file: &Arc<Reader>, numbers: Range<usize>) -> Result<Self> {
        let first = numbers.start;
        let blocks = file.open_all(numbers, true)?;
        let part = FileBlocks { file: file.clone(), first, places: 0..blocks.len() };
        Ok(Blocks(Arc::new(List { blocks: blocks.into(), files: Box::new([part]) })))
    }

    /// The blocks of all `lists`, one list after another. No block is copied.
    pub fn join<'a>(lists: impl IntoIterator<Item = &'a Blocks>) -> Self {
        let (mut blocks, mut files) = (Vec::new(), Vec::new());
        for list in lists {
            let shift = |part: &FileBlocks| part.shifted(blocks.len());
            files.extend(list.files().iter().map(shift));
            blocks.extend_from_slice(&list.0.blocks);
        }
        Blocks(Arc::new(List { blocks: blocks.into(), files: files.into() }))
    }

    /// The blocks with these numbers, as a list of their own.
    pub fn slice(&self, range: Range<usize>) -> Result<Self> {
        match self.0.blocks.get(range.clone()) {
            Some(part) => {
                let files = self.files().iter().filter_map(|file| file.cut(&range)).collect();
                Ok(Blocks(Arc::new(List { blocks: part.into(), files })))
            }
            None => {
                let message = format!(
                    "blocks {} to {} were asked for; the list has {}",
                    range.start,
                    range.end,
                    self.len()
                );
                Err(Error::new(ErrorKind::InvalidArgument, message))
            }
        }
    }

    /// The blocks that are known to be of a file, in order. Others are of no file, or were put
    /// together one by one.
    pub fn files(&self) -> &[FileBlocks] {
        &self.0.files
    }

    /// Whether both are references to one and the same list.
    #[inline]
    pub fn is(&self, other: &Blocks) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Number of blocks.
    #[inline]
    pub fn len(&self) -> usize {
        self.0.blocks.len()
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.blocks.is_empty()
    }

    /// Block `index`; an error of kind [`ErrorKind::InvalidArgument`] if there is none.
    #[inline]
    pub fn get(&self, index: usize) -> Result<&Arc<Block>> {
        self.0.blocks.get(index).ok_or_else(|| self.no_block(index))
    }

    /// The blocks in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Arc<Block>> {
        self.0.blocks.iter()
    }

    /// Spans in all blocks together.
    pub fn rows(&self) -> u64 {
        self.iter().map(|block| u64::from(block.rows())).sum()
    }

    /// Traces in all blocks together; one that is spread over several blocks counts in each.
    pub fn trace_count(&self) -> u64 {
        self.iter().map(|block| u64::from(block.trace_count())).sum()
    }

    /// Heap memory in bytes that the blocks hold ([`Block::heap_bytes`]); a block that is in the
    /// list more than once counts once.
    pub fn heap_bytes(&self) -> u64 {
        self.distinct().iter().map(|block| block.heap_bytes()).sum()
    }

    /// Bytes of mapped files that the blocks are, in memory or not; each block counts once.
    pub fn mapped_bytes(&self) -> u64 {
        self.distinct().iter().map(|block| block.mapped_bytes()).sum()
    }

    fn distinct(&self) -> Vec<&Arc<Block>> {
        let mut distinct: Vec<&Arc<Block>> = self.iter().collect();
        distinct.sort_unstable_by_key(|block| Arc::as_ptr(block).addr());
        distinct.dedup_by(|a, b| Arc::ptr_eq(a, b));
        distinct
    }

    /// A note of what blocks these are, which keeps none of them alive.
    pub(crate) fn note(&self) -> BlocksNote {
        BlocksNote(self.iter().map(Arc::downgrade).collect())
    }

    #[cold]
    fn no_block(&self, index: usize) -> Error {
        let message = format!("there is no block {index}; the list has {}", self.len());
        Error::new(ErrorKind::InvalidArgument, message)
    }
}

impl FileBlocks {
    /// Number in the file of the block at `place` of the list.
    pub fn number(&self, place: usize) -> usize {
        self.first + (place - self.places.start)
    }

    /// The same blocks in a list that has `before` more blocks before them.
    fn shifted(&self, before: usize) -> FileBlocks {
        let places = self.places.start + before..self.places.end + before;
        FileBlocks { places, ..self.clone() }
    }

    /// Those of the blocks that are in `range` of the list, as part of a list of that range.
    fn cut(&self, range: &Range<usize>) -> Option<FileBlocks> {
        let (start, end) = (self.places.start.max(range.start), self.places.end.min(range.end));
        (start < end).then(|| FileBlocks {
            file: self.file.clone(),
            first: self.first + (start - self.places.start),
            places: start - range.start..end - range.start,
        })
    }
}

/// A note of what blocks a list has, by which they are known again as long as somebody holds them.
pub(crate) struct BlocksNote(Box<[Weak<Block>]>);

impl BlocksNote {
    /// Whether `blocks` are those that were noted, in the same order.
    pub fn is_of(&self, blocks: &Blocks) -> bool {
        let same = |(noted, block): (&Weak<Block>, &Arc<Block>)| {
            std::ptr::addr_eq(noted.as_ptr(), Arc::as_ptr(block))
        };
        self.0.len() == blocks.len() && self.0.iter().zip(blocks).all(same)
    }

    /// Whether nobody holds one of the blocks any more.
    pub fn is_gone(&self) -> bool {
        self.0.iter().any(|block| block.strong_count() == 0)
    }
}

impl FromIterator<Arc<Block>> for Blocks {
    fn from_iter<I: IntoIterator<Item = Arc<Block>>>(blocks: I) -> Self {
        Blocks::new(blocks)
    }
}

impl<'a> IntoIterator for &'a Blocks {
    type Item = &'a Arc<Block>;
    type IntoIter = std::slice::Iter<'a, Arc<Block>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Debug for Blocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

const _: fn() = || {
    fn shared<T: Send + Sync>() {}
    shared::<Blocks>();
};
