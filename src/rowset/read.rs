//! Asking a row set, and listing its rows.

use super::{Form, RowSet};
use crate::scan::kernels::Kernels;

/// Words whose bits are counted at a time to find the one that has a certain row.
const WORDS_COUNTED: usize = 16;

impl RowSet {
    /// Whether `row` is in the set.
    #[inline]
    pub fn contains(&self, row: u32) -> bool {
        match &self.form {
            Form::None => false,
            Form::All => row < self.rows,
            Form::List(list) => list.binary_search(&row).is_ok(),
            Form::Bits(words) => {
                words.get(row as usize / 64).is_some_and(|w| w >> (row % 64) & 1 == 1)
            }
        }
    }

    /// How many rows of the set are before `row`.
    pub fn rank(&self, row: u32) -> u32 {
        match &self.form {
            Form::None => 0,
            Form::All => row.min(self.rows),
            Form::List(list) => list.partition_point(|&r| r < row) as u32,
            Form::Bits(words) => {
                let at = row as usize / 64;
                let Some((before, rest)) = words.split_at_checked(at) else { return self.count };
                let here = rest.first().map_or(0, |w| w & ((1 << (row % 64)) - 1));
                Kernels::default().count(before) as u32 + here.count_ones()
            }
        }
    }

    /// The row with rank `n`: the first is number 0. `None` if the set has no more than `n`.
    pub fn nth(&self, n: u32) -> Option<u32> {
        if n >= self.count {
            return None;
        }
        match &self.form {
            Form::None => None,
            Form::All => Some(n),
            Form::List(list) => list.get(n as usize).copied(),
            Form::Bits(words) => {
                let (kernels, mut left) = (Kernels::default(), n);
                let mut parts = words.chunks(WORDS_COUNTED).enumerate();
                let (number, part) = parts.find(|(_, part)| {
                    let count = kernels.count(part) as u32;
                    let here = left < count;
                    left -= if here { 0 } else { count };
                    here
                })?;
                let base = number * WORDS_COUNTED;
                for (i, &word) in (base..).zip(part) {
                    if left < word.count_ones() {
                        let rest = (0..left).fold(word, |rest, _| rest & (rest - 1));
                        return Some(i as u32 * 64 + rest.trailing_zeros());
                    }
                    left -= word.count_ones();
                }
                None
            }
        }
    }

    /// Writes rows of the set to `out`, ascending, beginning with the first that is not before
    /// `from`; as many as fit. Gives how many. To go on, call again with the last one plus 1.
    pub fn copy_ids(&self, from: u32, out: &mut [u32]) -> usize {
        match &self.form {
            Form::None => 0,
            Form::All => {
                let rows = from..self.rows.max(from);
                let ids = out.iter_mut().zip(rows);
                ids.map(|(out, row)| *out = row).count()
            }
            Form::List(list) => {
                let rest = &list[list.partition_point(|&r| r < from)..];
                let len = rest.len().min(out.len());
                out[..len].copy_from_slice(&rest[..len]);
                len
            }
            Form::Bits(words) => {
                let at = from as usize / 64;
                let Some((&first, rest)) = words.get(at..).and_then(|w| w.split_first()) else {
                    return 0;
                };
                let (kernels, base) = (Kernels::default(), at as u32 * 64);
                let first = first & (u64::MAX << (from % 64));
                let len = kernels.row_ids(&[first], base, out);
                len + kernels.row_ids(rest, base.wrapping_add(64), &mut out[len..])
            }
        }
    }

    /// All rows of the set, ascending.
    pub fn to_ids(&self) -> Vec<u32> {
        let mut out = vec![0; self.count as usize];
        self.copy_ids(0, &mut out);
        out
    }

    /// The rows of the set, ascending.
    pub fn iter(&self) -> RowIter<'_> {
        RowIter {
            left: self.count,
            state: match &self.form {
                Form::None => State::List([].iter()),
                Form::All => State::All(0),
                Form::List(list) => State::List(list.iter()),
                Form::Bits(words) => State::Bits { words, word: 0, next: 0 },
            },
        }
    }

    /// The set as words, a bit per row; `None` where it has no bitmap (see [`RowSet::copy_words`]).
    pub fn as_words(&self) -> Option<&[u64]> {
        match &self.form {
            Form::Bits(words) => Some(words),
            _ => None,
        }
    }

    /// Writes the set as words, a bit per row; words of `out` past the last row become 0.
    pub fn copy_words(&self, out: &mut [u64]) {
        out.fill(0);
        match &self.form {
            Form::None => {}
            Form::All => {
                let len = crate::scan::kernels::words_for(self.rows as usize);
                if let Some(out) = out.get_mut(..len) {
                    out.fill(u64::MAX);
                    out[len - 1] = super::last_word_mask(self.rows);
                } else {
                    out.fill(u64::MAX);
                }
            }
            Form::List(list) => {
                for &row in list {
                    if let Some(word) = out.get_mut(row as usize / 64) {
                        *word |= 1 << (row % 64);
                    }
                }
            }
            Form::Bits(words) => out.iter_mut().zip(words.iter()).for_each(|(o, w)| *o = *w),
        }
    }
}

/// Rows of a [`RowSet`], ascending.
#[derive(Clone, Debug)]
pub struct RowIter<'a> {
    left: u32,
    state: State<'a>,
}

#[derive(Clone, Debug)]
enum State<'a> {
    All(u32),
    List(std::slice::Iter<'a, u32>),
    /// `word`: what is left of the word before number `next`.
    Bits {
        words: &'a [u64],
        word: u64,
        next: usize,
    },
}

impl Iterator for RowIter<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        self.left = self.left.checked_sub(1)?;
        match &mut self.state {
            State::List(list) => list.next().copied(),
            State::All(next) => {
                *next += 1;
                Some(*next - 1)
            }
            State::Bits { words, word, next } => {
                while *word == 0 {
                    *word = *words.get(*next)?;
                    *next += 1;
                }
                let row = (*next as u32 - 1) * 64 + word.trailing_zeros();
                *word &= *word - 1;
                Some(row)
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left as usize, Some(self.left as usize))
    }
}

impl ExactSizeIterator for RowIter<'_> {}

impl<'a> IntoIterator for &'a RowSet {
    type Item = u32;
    type IntoIter = RowIter<'a>;

    fn into_iter(self) -> RowIter<'a> {
        self.iter()
    }
}
