//! A predicate over a list of blocks.

use super::context::ScanContext;
use super::predicate::Predicate;
use super::scanner::ColumnScanner;
use crate::Blocks;
use crate::block::Block;
use crate::error::Result;
use crate::name::Name;
use crate::rowset::{RowSet, SpanSet};
use std::iter::Enumerate;
use std::slice::Iter;
use std::sync::Arc;

impl ScanContext {
    /// The spans of all `blocks` for which `name` satisfies `predicate`.
    pub fn scan_blocks(
        &self,
        blocks: &Blocks,
        name: &Name,
        predicate: &Predicate,
    ) -> Result<SpanSet> {
        let sets = self.scan_stream(blocks, name, predicate).map(|found| found.map(|(_, set)| set));
        sets.collect::<Result<_>>().map(SpanSet::new)
    }

    /// As [`ScanContext::scan_blocks`], block by block, when asked for the next.
    pub fn scan_stream<'a>(
        &'a self,
        blocks: &'a Blocks,
        name: &'a Name,
        predicate: &'a Predicate,
    ) -> ScanStream<'a> {
        let blocks = blocks.iter().enumerate();
        ScanStream { context: self, blocks, name, predicate, rows: 0, matched: 0 }
    }
}

/// Scans a list of blocks in order, one at a time: the number of each block, and its spans that
/// match. Blocks without a match are given too. Holds no result; to stop early, drop it. After an
/// error the next block can still be asked for.
pub struct ScanStream<'a> {
    context: &'a ScanContext,
    blocks: Enumerate<Iter<'a, Arc<Block>>>,
    name: &'a Name,
    predicate: &'a Predicate,
    rows: u64,
    matched: u64,
}

impl Drop for ScanStream<'_> {
    /// What was observed over all blocks is taken in at once.
    fn drop(&mut self) {
        self.context.observe(self.name, self.predicate, self.rows, self.matched);
    }
}

impl Iterator for ScanStream<'_> {
    type Item = Result<(usize, RowSet)>;

    fn next(&mut self) -> Option<Self::Item> {
        let (index, block) = self.blocks.next()?;
        let scanner = ColumnScanner::new(block, self.context);
        Some(match scanner.scan_uncounted(self.name, self.predicate) {
            Ok(set) => {
                self.rows += u64::from(set.rows());
                self.matched += u64::from(set.count());
                Ok((index, set))
            }
            Err(e) => Err(e.context(format_args!("block {index}: {}", self.name))),
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.blocks.size_hint()
    }
}

impl ExactSizeIterator for ScanStream<'_> {}
