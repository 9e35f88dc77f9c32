//! A shared list of blocks: what scans run over, and what handles on spans keep alive.

use crate::block::Block;
use crate::error::{Error, ErrorKind, Result};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// An immutable list of shared blocks. A clone is one more reference to the same list; a block's
/// memory is freed when the last list (or other holder) that has it goes. `Send` and `Sync`.
#[derive(Clone)]
pub struct Blocks(Arc<[Arc<Block>]>);

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
        Blocks(blocks.into_iter().collect())
    }

    /// The blocks of all `lists`, one list after another. No block is copied.
    pub fn join<'a>(lists: impl IntoIterator<Item = &'a Blocks>) -> Self {
        lists.into_iter().flat_map(Blocks::iter).cloned().collect()
    }

    /// The blocks with these numbers, as a list of their own.
    pub fn slice(&self, range: Range<usize>) -> Result<Self> {
        match self.0.get(range.clone()) {
            Some(part) => Ok(Blocks(part.into())),
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

    /// Number of blocks.
    #[inline]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Block `index`; an error of kind [`ErrorKind::InvalidArgument`] if there is none.
    #[inline]
    pub fn get(&self, index: usize) -> Result<&Arc<Block>> {
        self.0.get(index).ok_or_else(|| self.no_block(index))
    }

    /// The blocks in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Arc<Block>> {
        self.0.iter()
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
        let mut distinct: Vec<&Arc<Block>> = self.iter().collect();
        distinct.sort_unstable_by_key(|block| Arc::as_ptr(block).addr());
        distinct.dedup_by(|a, b| Arc::ptr_eq(a, b));
        distinct.iter().map(|block| block.heap_bytes()).sum()
    }

    #[cold]
    fn no_block(&self, index: usize) -> Error {
        let message = format!("there is no block {index}; the list has {}", self.len());
        Error::new(ErrorKind::InvalidArgument, message)
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
