//! Sets of spans over a list of blocks as bits, for walks.

use super::bits;
use crate::blocks::SpanAt;
use crate::rowset::{RowSet, SpanSet};

/// A bit per span: the bitmaps of all blocks in one piece, each from a word of its own on.
pub(super) struct Bitmaps {
    words: Vec<u64>,
    /// The first word of each block, and the end.
    starts: Vec<usize>,
    /// Whether all spans of all blocks are known to be in the set.
    full: bool,
}

impl Bitmaps {
    /// The same spans as bits.
    pub fn of(set: &SpanSet) -> Bitmaps {
        let mut starts = Vec::with_capacity(set.blocks().len() + 1);
        let mut end = 0;
        starts.push(end);
        starts.extend(set.blocks().iter().map(|rows| {
            end += bits::words(rows.rows() as usize);
            end
        }));
        let mut words = vec![0; end];
        for (rows, from) in set.blocks().iter().zip(starts.windows(2)) {
            rows.copy_words(&mut words[from[0]..from[1]]);
        }
        let full = set.blocks().iter().all(|rows| rows.count() == rows.rows());
        Bitmaps { words, starts, full }
    }

    /// No span of the same blocks.
    pub fn none_of(&self) -> Bitmaps {
        Bitmaps { words: vec![0; self.words.len()], starts: self.starts.clone(), full: false }
    }

    /// The set again; the blocks have as many rows as those of `like`.
    pub fn into_set(self, like: &SpanSet) -> SpanSet {
        let rows = like.blocks().iter().map(RowSet::rows).enumerate();
        let sets = rows.map(|(at, rows)| RowSet::from_words(rows, self.block(at).to_vec()));
        SpanSet::new(sets.collect())
    }

    /// The bits of block `at`.
    pub fn block(&self, at: usize) -> &[u64] {
        &self.words[self.starts[at]..self.starts[at + 1]]
    }

    /// The bits of block `at`, to be changed.
    pub fn block_mut(&mut self, at: usize) -> &mut [u64] {
        self.full = false;
        &mut self.words[self.starts[at]..self.starts[at + 1]]
    }

    /// Puts `word` of each own word and the other's in its place.
    pub fn combine(&mut self, other: &Bitmaps, word: impl Fn(u64, u64) -> u64) {
        self.full = false;
        self.words.iter_mut().zip(&other.words).for_each(|(own, other)| *own = word(*own, *other));
    }

    /// The bits of `places`, in their order.
    pub fn gather(&self, places: &[SpanAt]) -> Vec<u64> {
        let mut out = vec![0; bits::words(places.len())];
        if self.full {
            bits::set_range(&mut out, 0, places.len());
            return out;
        }
        for (out, places) in out.iter_mut().zip(places.chunks(64)) {
            for (bit, place) in places.iter().enumerate() {
                *out |= u64::from(bits::get(&self.words, self.bit(place))) << bit;
            }
        }
        out
    }

    /// Sets the bits of those of `places` whose bit in `chosen` is set.
    pub fn scatter(&mut self, places: &[SpanAt], chosen: &[u64]) {
        self.full = false;
        bits::for_each(chosen, |at| {
            if let Some(place) = places.get(at) {
                let bit = self.bit(place);
                bits::set(&mut self.words, bit);
            }
        });
    }

    #[inline]
    fn bit(&self, place: &SpanAt) -> usize {
        self.starts[place.block as usize] * 64 + place.row as usize
    }
}
