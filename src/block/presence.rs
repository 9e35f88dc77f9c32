//! Which rows of a column have a value, and where that value is.

use super::format::{cast, corrupt};
use super::starts::Starts;
use crate::error::Result;
use std::ops::Range;

/// Row numbers or ranks: 16 bits in tables of up to 65,536 rows, else 32.
#[derive(Clone, Copy, Debug)]
pub enum RowIds<'a> {
    /// 16 bits each.
    U16(&'a [u16]),
    /// 32 bits each.
    U32(&'a [u32]),
}

/// Largest table whose row numbers take 16 bits.
pub const NARROW_ROWS: u32 = 1 << 16;

impl<'a> RowIds<'a> {
    /// Views `bytes` as row numbers of a table with `rows` rows.
    #[inline]
    pub(super) fn view(bytes: &'a [u8], rows: u32) -> Result<Self> {
        if rows <= NARROW_ROWS {
            Ok(RowIds::U16(cast(bytes)?))
        } else {
            Ok(RowIds::U32(cast(bytes)?))
        }
    }

    /// How many there are.
    #[inline]
    pub fn len(&self) -> usize {
        match self {
            RowIds::U16(ids) => ids.len(),
            RowIds::U32(ids) => ids.len(),
        }
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number `index`; `u32::MAX` past the end.
    #[inline(always)]
    pub fn get(&self, index: usize) -> u32 {
        match self {
            RowIds::U16(ids) => ids.get(index).map_or(u32::MAX, |&r| u32::from(r)),
            RowIds::U32(ids) => ids.get(index).copied().unwrap_or(u32::MAX),
        }
    }

    /// Number of the first that is not less than `row`, of sorted ones below `rows`; as many as there
    /// are if there is none.
    #[inline]
    fn lower_bound(self, starts: &Starts, rows: u32, row: u32) -> usize {
        let range = starts.around(self, rows, row);
        let start = range.start;
        let less = match self {
            RowIds::U16(ids) => {
                ids.get(range).unwrap_or_default().partition_point(|&r| u32::from(r) < row)
            }
            RowIds::U32(ids) => ids.get(range).unwrap_or_default().partition_point(|&r| r < row),
        };
        start + less
    }
}

/// No value of a column has this number.
pub const NO_PLACE: u32 = u32::MAX;

/// Where the last row was that was looked for.
#[derive(Debug)]
pub struct Finder {
    row: u32,
    /// Of bits those before the next row, of a list where in it the row is or would be.
    at: u32,
}

impl Default for Finder {
    fn default() -> Self {
        Finder { row: u32::MAX, at: 0 }
    }
}

impl Finder {
    #[inline(always)]
    fn by_bits(&mut self, words: &[u64], ranks: RowIds<'_>, row: u32) -> Option<usize> {
        let word = *words.get(row as usize / 64)?;
        if row != self.row.wrapping_add(1) {
            let below = word & ((1 << (row % 64)) - 1);
            self.at = ranks.get(row as usize / 64) + below.count_ones();
        }
        let (bit, place) = ((word >> (row % 64) & 1) as u32, self.at);
        (self.row, self.at) = (row, place + bit);
        (bit == 1).then_some(place as usize)
    }

    #[inline(always)]
    fn in_list(&mut self, ids: RowIds<'_>, starts: &Starts, rows: u32, row: u32) -> Option<usize> {
        let mut at = self.at as usize;
        at += usize::from(ids.get(at) < row);
        if row < self.row || ids.get(at) < row {
            at = ids.lower_bound(starts, rows, row);
        }
        (self.row, self.at) = (row, at as u32);
        (ids.get(at) == row && row != u32::MAX).then_some(at)
    }
}

/// Which rows of a table have a value in a column. Value numbers count present rows from 0.
#[derive(Clone, Copy, Debug)]
pub enum Presence<'a> {
    /// All of them.
    Dense {
        /// Rows of the table.
        rows: u32,
    },
    /// Those whose bit is set.
    Optional {
        /// Rows of the table.
        rows: u32,
        /// A bit per row, lowest first; bits past the last row are 0.
        words: &'a [u64],
        /// Bits set before each word.
        ranks: RowIds<'a>,
    },
    /// Those in a sorted list.
    Sparse {
        /// Rows of the table.
        rows: u32,
        /// The rows that have a value.
        ids: RowIds<'a>,
        /// Where in the list to look for a row.
        starts: &'a Starts,
    },
}

impl<'a> Presence<'a> {
    /// Rows of the table.
    #[inline]
    pub fn rows(&self) -> u32 {
        match *self {
            Presence::Dense { rows }
            | Presence::Optional { rows, .. }
            | Presence::Sparse { rows, .. } => rows,
        }
    }

    /// Number of the value of `row`; `None` if it has none.
    #[inline(always)]
    pub fn index(&self, row: u32) -> Option<usize> {
        match *self {
            Presence::Dense { rows } => (row < rows).then_some(row as usize),
            Presence::Optional { words, ranks, .. } => {
                let word = *words.get(row as usize / 64)?;
                let bit = 1u64 << (row % 64);
                if word & bit == 0 {
                    return None;
                }
                Some(
                    ranks.get(row as usize / 64) as usize
                        + (word & (bit - 1)).count_ones() as usize,
                )
            }
            Presence::Sparse { rows, ids, starts } => {
                let at = ids.lower_bound(starts, rows, row);
                (ids.get(at) == row && row != u32::MAX).then_some(at)
            }
        }
    }

    /// The first of `rows` that has a value, and the number of that.
    #[inline]
    pub fn first_in(&self, rows: Range<u32>) -> Option<(u32, usize)> {
        match *self {
            Presence::Sparse { rows: all, ids, starts } => {
                let at = ids.lower_bound(starts, all, rows.start);
                rows.contains(&ids.get(at)).then(|| (ids.get(at), at))
            }
            Presence::Optional { words, .. } => {
                let word = |at: usize| words.get(at).copied().unwrap_or(0);
                let mut at = rows.start as usize / 64;
                let mut rest = word(at) & (u64::MAX << (rows.start % 64));
                while rest == 0 && at < words.len().min(rows.end as usize / 64) {
                    at += 1;
                    rest = word(at);
                }
                let row = at as u32 * 64 + rest.trailing_zeros();
                (rest != 0 && rows.contains(&row)).then(|| Some((row, self.index(row)?)))?
            }
            Presence::Dense { .. } => {
                (!rows.is_empty()).then(|| Some((rows.start, self.index(rows.start)?)))?
            }
        }
    }

    /// As [`Presence::index`], of rows that mostly come in order: what `finder` knows of one tells where
    /// the next one's value is.
    #[inline(always)]
    pub fn index_after(&self, finder: &mut Finder, row: u32) -> Option<usize> {
        match *self {
            Presence::Dense { .. } => self.index(row),
            Presence::Optional { words, ranks, .. } => finder.by_bits(words, ranks, row),
            Presence::Sparse { rows, ids, starts } => finder.in_list(ids, starts, rows, row),
        }
    }

    /// Makes `places` the numbers of the values of `rows`, [`NO_PLACE`] where there is none.
    #[inline]
    pub fn places(&self, rows: impl Iterator<Item = u32>, places: &mut Vec<u32>) {
        fn place(index: Option<usize>) -> u32 {
            index.map_or(NO_PLACE, |index| index as u32)
        }
        places.clear();
        let mut finder = Finder::default();
        match *self {
            Presence::Dense { rows: all } => {
                places.extend(rows.map(|row| if row < all { row } else { NO_PLACE }));
            }
            Presence::Optional { words, ranks, .. } => {
                places.extend(rows.map(|row| place(finder.by_bits(words, ranks, row))));
            }
            Presence::Sparse { rows: all, ids, starts } => {
                places.extend(rows.map(|row| place(finder.in_list(ids, starts, all, row))));
            }
        }
    }

    /// Whether `row` has a value.
    #[inline]
    pub fn contains(&self, row: u32) -> bool {
        match *self {
            Presence::Dense { rows } => row < rows,
            Presence::Optional { words, .. } => {
                words.get(row as usize / 64).is_some_and(|w| w >> (row % 64) & 1 == 1)
            }
            Presence::Sparse { .. } => self.index(row).is_some(),
        }
    }

    /// Present rows before `row`; up to all of them when `row` is past the end.
    #[inline(always)]
    pub fn rank(&self, row: u32) -> usize {
        match *self {
            Presence::Dense { rows } => row.min(rows) as usize,
            Presence::Optional { words, ranks, .. } => {
                let at = row as usize / 64;
                match words.get(at) {
                    Some(word) => {
                        let below = word & ((1u64 << (row % 64)) - 1);
                        ranks.get(at) as usize + below.count_ones() as usize
                    }
                    None => match words.len() {
                        0 => 0,
                        n => ranks.get(n - 1) as usize + words[n - 1].count_ones() as usize,
                    },
                }
            }
            Presence::Sparse { rows, ids, starts } => ids.lower_bound(starts, rows, row),
        }
    }

    /// Calls `each` with every present row, ascending.
    #[inline]
    pub fn for_each(&self, mut each: impl FnMut(u32)) {
        match *self {
            Presence::Dense { rows } => (0..rows).for_each(each),
            Presence::Optional { words, .. } => {
                for (i, &word) in words.iter().enumerate() {
                    let mut rest = word;
                    while rest != 0 {
                        each(i as u32 * 64 + rest.trailing_zeros());
                        rest &= rest - 1;
                    }
                }
            }
            Presence::Sparse { ids: RowIds::U16(ids), .. } => {
                ids.iter().for_each(|&r| each(u32::from(r)));
            }
            Presence::Sparse { ids: RowIds::U32(ids), .. } => ids.iter().for_each(|&r| each(r)),
        }
    }

    /// Checks everything that reading relies on: `present` values, ranks that agree with the bits,
    /// a list that is sorted and inside the table.
    pub(super) fn validate(&self, present: u32) -> Result<()> {
        let count = match *self {
            Presence::Dense { rows } => rows as usize,
            Presence::Optional { rows, words, ranks } => {
                if words.len() != (rows as usize).div_ceil(64) || ranks.len() != words.len() {
                    return Err(corrupt("a presence bitmap has the wrong length"));
                }
                let tail = rows % 64;
                if tail != 0 && words.last().is_some_and(|w| w >> tail != 0) {
                    return Err(corrupt("a presence bitmap has bits past the last row"));
                }
                let mut seen = 0u32;
                for (i, word) in words.iter().enumerate() {
                    if ranks.get(i) != seen {
                        return Err(corrupt("ranks do not agree with their bitmap"));
                    }
                    seen += word.count_ones();
                }
                seen as usize
            }
            Presence::Sparse { rows, ids, .. } => {
                let sorted = match ids {
                    RowIds::U16(ids) => ids.is_sorted_by(|a, b| a < b),
                    RowIds::U32(ids) => ids.is_sorted_by(|a, b| a < b),
                };
                if !sorted || (!ids.is_empty() && ids.get(ids.len() - 1) >= rows) {
                    return Err(corrupt("a row list is not sorted or leaves its table"));
                }
                ids.len()
            }
        };
        if count == present as usize {
            Ok(())
        } else {
            Err(corrupt("a column has another number of values than it states"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// Calls `check` with a presence of each layout that fits the rows.
    fn each_layout(rows: u32, present: &[u32], check: impl Fn(Presence<'_>)) {
        let mut words = vec![0u64; (rows as usize).div_ceil(64)];
        present.iter().for_each(|&row| words[row as usize / 64] |= 1 << (row % 64));
        let before = |word: usize| words[..word].iter().map(|w| w.count_ones() as u16).sum();
        let ranks: Vec<u16> = (0..words.len()).map(before).collect();
        check(Presence::Optional { rows, words: &words, ranks: RowIds::U16(&ranks) });
        let narrow: Vec<u16> = present.iter().map(|&row| row as u16).collect();
        for ids in [RowIds::U16(&narrow), RowIds::U32(present)] {
            check(Presence::Sparse { rows, ids, starts: &Starts::default() });
        }
        if present.len() == rows as usize {
            check(Presence::Dense { rows });
        }
    }

    proptest! {
        #[test]
        fn values_are_where_their_rows_are_in_the_list(
            rows in prop_oneof![1..5u32, 100..400u32],
            share in prop_oneof![Just(0.0), Just(1.0), 0.0..1.0],
            picks in vec(0.0..1.0, 400),
            asked in vec(prop_oneof![9 => 0..400u32, 1 => Just(u32::MAX)], 0..100),
        ) {
            let present: Vec<u32> =
                (0..rows).zip(&picks).filter(|(_, pick)| **pick < share).map(|(row, _)| row).collect();
            let place = |row: u32| present.iter().position(|&one| one == row);
            each_layout(rows, &present, |presence| {
                presence.validate(present.len() as u32).unwrap();
                for row in 0..rows + 70 {
                    assert_eq!(presence.index(row), place(row), "{row} in {presence:?}");
                    assert_eq!(presence.contains(row), place(row).is_some());
                    let before = present.iter().filter(|&&one| one < row).count();
                    assert_eq!(presence.rank(row), before, "{row} in {presence:?}");
                    for end in [row, row + 1, row + 3, row + 200] {
                        let first = present.iter().position(|one| (row..end).contains(one));
                        let first = first.map(|index| (present[index], index));
                        assert_eq!(presence.first_in(row..end), first, "{row} in {presence:?}");
                    }
                }
                let orders = [(0..rows + 2).collect(), (0..rows).step_by(3).collect(), asked.clone()];
                for order in orders {
                    let (mut finder, mut places) = (Finder::default(), Vec::new());
                    for &row in &order {
                        assert_eq!(presence.index_after(&mut finder, row), place(row), "{order:?}");
                    }
                    presence.places(order.iter().copied(), &mut places);
                    let wanted = order.iter().map(|&row| place(row).map_or(NO_PLACE, |at| at as u32));
                    assert!(places.iter().copied().eq(wanted), "{order:?} in {presence:?}");
                }
            });
        }
    }
}
