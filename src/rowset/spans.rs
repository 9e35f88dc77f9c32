//! Spans over a list of blocks.

use super::{RowIter, RowSet};
use crate::block::Exporter;
use crate::blocks::Blocks;
use crate::error::Result;
use crate::otlp::TracesEncoder;

/// A set of spans over a list of blocks: a row set of each block's span table, in the order of the
/// list. Spans are ordered by block, then row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpanSet {
    blocks: Vec<RowSet>,
}

impl SpanSet {
    /// The spans in `blocks`, one row set a block.
    pub fn new(blocks: Vec<RowSet>) -> SpanSet {
        SpanSet { blocks }
    }

    /// The row set of each block.
    pub fn blocks(&self) -> &[RowSet] {
        &self.blocks
    }

    /// The row set of each block, given away.
    pub fn into_blocks(self) -> Vec<RowSet> {
        self.blocks
    }

    /// How many spans there are.
    pub fn count(&self) -> u64 {
        self.blocks.iter().map(|set| u64::from(set.count())).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.blocks.iter().all(RowSet::is_empty)
    }

    /// Whether span `row` of block number `block` is in the set.
    #[inline]
    pub fn contains(&self, block: usize, row: u32) -> bool {
        self.blocks.get(block).is_some_and(|set| set.contains(row))
    }

    /// How many spans of the set are before span `row` of block number `block`.
    pub fn rank(&self, block: usize, row: u32) -> u64 {
        let before: u64 = self.blocks.iter().take(block).map(|set| u64::from(set.count())).sum();
        before + self.blocks.get(block).map_or(0, |set| u64::from(set.rank(row)))
    }

    /// The span with rank `n`, as block number and row; `None` if the set has no more than `n`.
    pub fn nth(&self, n: u64) -> Option<(usize, u32)> {
        let mut left = n;
        for (block, set) in self.blocks.iter().enumerate() {
            match u32::try_from(left).ok().and_then(|n| set.nth(n)) {
                Some(row) => return Some((block, row)),
                None => left -= u64::from(set.count()),
            }
        }
        None
    }

    /// Spans that are in both. Both should be over the same list of blocks: the result is over
    /// `self`'s.
    #[must_use]
    pub fn and(&self, other: &SpanSet) -> SpanSet {
        self.zip(other, RowSet::and)
    }

    /// Spans that are in one or both, likewise.
    #[must_use]
    pub fn or(&self, other: &SpanSet) -> SpanSet {
        self.zip(other, RowSet::or)
    }

    /// Spans of `self` that are not in `other`, likewise.
    #[must_use]
    pub fn minus(&self, other: &SpanSet) -> SpanSet {
        self.zip(other, RowSet::minus)
    }

    /// Spans of the blocks that are not in `self`.
    #[must_use]
    #[allow(clippy::should_implement_trait, reason = "the four operations belong together")]
    pub fn not(&self) -> SpanSet {
        SpanSet { blocks: self.blocks.iter().map(RowSet::not).collect() }
    }

    fn zip(&self, other: &SpanSet, f: impl Fn(&RowSet, &RowSet) -> RowSet) -> SpanSet {
        let none = RowSet::none(0);
        let others = other.blocks.iter().chain(std::iter::repeat(&none));
        SpanSet { blocks: self.blocks.iter().zip(others).map(|(a, b)| f(a, b)).collect() }
    }

    /// The spans in order, as block number and row.
    pub fn iter(&self) -> SpanIter<'_> {
        SpanIter { left: self.count(), rest: &self.blocks, block: 0, rows: None }
    }

    /// The spans as one `TracesData` message: all as they were sent, block by block, below their
    /// resources and scopes, each of which comes once a block. `blocks` is the list that the set is
    /// over.
    pub fn to_otlp(&self, blocks: &Blocks) -> Result<Vec<u8>> {
        let mut out = TracesEncoder::new();
        for (block, rows) in blocks.iter().zip(&self.blocks) {
            Exporter::new(block).write_grouped(rows.iter(), &mut out)?;
        }
        Ok(out.finish())
    }

    /// Bytes of memory that the set holds besides itself.
    pub fn heap_bytes(&self) -> usize {
        size_of_val(&self.blocks[..]) + self.blocks.iter().map(RowSet::heap_bytes).sum::<usize>()
    }
}

impl<'a> IntoIterator for &'a SpanSet {
    type Item = (usize, u32);
    type IntoIter = SpanIter<'a>;

    fn into_iter(self) -> SpanIter<'a> {
        self.iter()
    }
}

/// Spans of a [`SpanSet`], in order.
#[derive(Clone, Debug)]
pub struct SpanIter<'a> {
    left: u64,
    /// Blocks that were not begun.
    rest: &'a [RowSet],
    /// Blocks that were begun.
    block: usize,
    rows: Option<RowIter<'a>>,
}

impl Iterator for SpanIter<'_> {
    type Item = (usize, u32);

    #[inline]
    fn next(&mut self) -> Option<(usize, u32)> {
        loop {
            if let Some(row) = self.rows.as_mut().and_then(Iterator::next) {
                self.left -= 1;
                return Some((self.block - 1, row));
            }
            let (set, rest) = self.rest.split_first()?;
            (self.rest, self.rows) = (rest, Some(set.iter()));
            self.block += 1;
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.left);
        (left.unwrap_or(usize::MAX), left.ok())
    }
}
