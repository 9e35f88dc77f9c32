//! Which rows of a column have a value, and where that value is.

use super::format::{cast, corrupt};
use crate::error::Result;

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

    /// How many are less than `row`; the numbers must be sorted.
    #[inline]
    pub fn lower_bound(&self, row: u32) -> usize {
        match self {
            RowIds::U16(ids) => ids.partition_point(|&r| u32::from(r) < row),
            RowIds::U32(ids) => ids.partition_point(|&r| r < row),
        }
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
    fn in_list(&mut self, ids: RowIds<'_>, row: u32) -> Option<usize> {
        let mut at = self.at as usize;
        at += usize::from(ids.get(at) < row);
        if row < self.row || ids.get(at) < row {
            at = ids.lower_bound(row);
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
            Presence::Sparse { ids, .. } => {
                let at = ids.lower_bound(row);
                (ids.get(at) == row && row != u32::MAX).then_some(at)
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
            Presence::Sparse { ids, .. } => finder.in_list(ids, row),
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
            Presence::Sparse { ids, .. } => {
                places.extend(rows.map(|row| place(finder.in_list(ids, row))));
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
    #[inline]
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
            Presence::Sparse { ids, .. } => ids.lower_bound(row),
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
            Presence::Sparse { rows, ids } => {
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
