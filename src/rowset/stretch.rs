//! Some spans of a set, next to each other in its order.

use super::{RowSet, SpanSet};
use crate::blocks::SpanAt;

/// So many rows are taken out of a row set at a time.
const PART: usize = 256;

/// Spans of a [`SpanSet`] in order, from one on; see [`SpanSet::stretch`]. Fastest by `for_each` and
/// `fold`.
#[derive(Clone, Debug)]
pub struct Stretch<'a> {
    sets: &'a [RowSet],
    /// Block that `part` is from, and the first row behind it.
    block: usize,
    from: u32,
    /// Spans that are still to come behind `part`, if the set has so many.
    left: usize,
    part: [u32; PART],
    /// What is left of `part`.
    at: usize,
    end: usize,
}

impl SpanSet {
    /// Up to `count` spans, beginning with the one with rank `first`.
    pub fn stretch(&self, first: u64, count: usize) -> Stretch<'_> {
        let sets = self.blocks();
        let (block, from) = self.nth(first).unwrap_or((sets.len(), 0));
        Stretch { sets, block, from, left: count, part: [0; PART], at: 0, end: 0 }
    }
}

impl Stretch<'_> {
    /// Takes the next rows out; false at the end.
    fn refill(&mut self) -> bool {
        let room = self.left.min(PART);
        while let Some(set) = self.sets.get(self.block) {
            let taken = set.copy_ids(self.from, &mut self.part[..room]);
            if taken > 0 || room == 0 {
                (self.at, self.end) = (0, taken);
                self.left -= taken;
                self.from = self.part[..taken].last().map_or(0, |last| last.saturating_add(1));
                return taken > 0;
            }
            (self.block, self.from) = (self.block + 1, 0);
        }
        false
    }
}

impl Iterator for Stretch<'_> {
    type Item = SpanAt;

    #[inline]
    fn next(&mut self) -> Option<SpanAt> {
        if self.at == self.end && !self.refill() {
            return None;
        }
        let row = self.part[self.at];
        self.at += 1;
        Some(SpanAt { block: self.block as u32, row })
    }

    fn fold<B, F: FnMut(B, SpanAt) -> B>(mut self, init: B, mut f: F) -> B {
        let mut folded = init;
        while self.at < self.end || self.refill() {
            let block = self.block as u32;
            let rows = self.part[self.at..self.end].iter();
            folded = rows.fold(folded, |folded, &row| f(folded, SpanAt { block, row }));
            self.at = self.end;
        }
        folded
    }
}
