//! Sets of rows, and what can be done with them.
//!
//! - [`RowSet`]: rows of one table of one block; what a scan gives.
//! - [`SpanMatches`]: several row sets combined, with the question "which of them has this row?".
//! - [`SpanSet`]: spans over a list of blocks.
//! - [`Pool`]: where bitmaps come from and go to.
//!
//! No hashing anywhere: rows are numbers below the length of a table, so that a bit each is the
//! largest a set can get, and combining two sets reads both once.

mod algebra;
mod matches;
mod pool;
mod read;
mod spans;
mod stretch;
#[cfg(test)]
mod tests;

pub use matches::{MatchInput, SpanMatches};
pub use pool::{Pool, PoolStats, Words};
pub use read::RowIter;
pub use spans::{SpanIter, SpanSet};
pub use stretch::Stretch;

use crate::scan::kernels::{Kernels, words_for};

/// A set of rows of one table of one block.
///
/// The form follows from the number of rows in it alone (none, all, a sorted list of few, or a
/// bitmap), so that equal sets have equal forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowSet {
    /// Rows of the table.
    rows: u32,
    /// Rows in the set.
    count: u32,
    form: Form,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    None,
    All,
    /// Ascending. At most [`list_limit`] of them.
    List(Vec<u32>),
    /// A bit per row of the table, lowest first; bits past the last row are 0.
    Bits(Words),
}

/// A set is a list if it has at most one row in this many. A list of so few is an eighth of the
/// bitmap and as quick to combine.
const ROWS_PER_LISTED: u32 = 256;

/// Longest list among the sets of a table with `rows` rows.
fn list_limit(rows: u32) -> usize {
    (rows / ROWS_PER_LISTED) as usize
}

/// The bits of the last word that stand for rows of a table with `rows` rows.
fn last_word_mask(rows: u32) -> u64 {
    match rows % 64 {
        0 => u64::MAX,
        used => (1 << used) - 1,
    }
}

impl RowSet {
    /// No row of a table with `rows` rows.
    pub fn none(rows: u32) -> RowSet {
        RowSet { rows, count: 0, form: Form::None }
    }

    /// All rows of a table with `rows` rows.
    pub fn all(rows: u32) -> RowSet {
        match rows {
            0 => RowSet::none(0),
            _ => RowSet { rows, count: rows, form: Form::All },
        }
    }

    /// The rows in `ids`, which are taken in any order, as often as they come; those that are not
    /// rows of the table are left out.
    pub fn from_ids(rows: u32, ids: impl IntoIterator<Item = u32>) -> RowSet {
        let mut list: Vec<u32> = ids.into_iter().filter(|&id| id < rows).collect();
        if !list.is_sorted_by(|a, b| a < b) {
            list.sort_unstable();
            list.dedup();
        }
        RowSet::from_sorted(rows, list, &Pool::default())
    }

    /// The rows in `list`, which must ascend and be rows of the table. A bitmap, if it becomes one,
    /// is taken from `pool`.
    pub(crate) fn from_sorted(rows: u32, list: Vec<u32>, pool: &Pool) -> RowSet {
        debug_assert!(list.is_sorted_by(|a, b| a < b) && list.last().is_none_or(|&l| l < rows));
        let count = list.len() as u32;
        if list.is_empty() {
            RowSet::none(rows)
        } else if count == rows {
            RowSet::all(rows)
        } else if list.len() <= list_limit(rows) {
            RowSet { rows, count, form: Form::List(list) }
        } else {
            let mut words = pool.zeroed(words_for(rows as usize));
            list.iter().for_each(|&id| words[id as usize / 64] |= 1 << (id % 64));
            RowSet { rows, count, form: Form::Bits(words) }
        }
    }

    /// The rows whose bit is set in `words`, lowest bit first. Bits past the last row are ignored,
    /// words that lack count as 0.
    pub fn from_words(rows: u32, words: Vec<u64>) -> RowSet {
        RowSet::from_bits(rows, words.into())
    }

    /// As [`RowSet::from_words`], for words of a pool.
    pub fn from_bits(rows: u32, mut words: Words) -> RowSet {
        words.resize(words_for(rows as usize));
        if let Some(last) = words.last_mut() {
            *last &= last_word_mask(rows);
        }
        let count = Kernels::default().count(&words);
        RowSet::from_counted(rows, words, count)
    }

    /// As [`RowSet::from_bits`], where the length is right, no bit past the last row is set, and
    /// the number of bits set is known.
    pub(crate) fn from_counted(rows: u32, words: Words, count: usize) -> RowSet {
        debug_assert_eq!(words.len(), words_for(rows as usize));
        debug_assert_eq!(Kernels::default().count(&words), count);
        let form = if count == 0 {
            Form::None
        } else if count == rows as usize {
            Form::All
        } else if count <= list_limit(rows) {
            let mut list = vec![0; count];
            Kernels::default().row_ids(&words, 0, &mut list);
            Form::List(list)
        } else {
            Form::Bits(words)
        };
        RowSet { rows, count: count as u32, form }
    }

    /// Rows of the table.
    #[inline]
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// Rows in the set. Costs nothing: it was counted when the set was made.
    #[inline]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Whether no row is in the set.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether every row is in the set, and there are rows.
    #[inline]
    pub fn is_all(&self) -> bool {
        matches!(self.form, Form::All)
    }

    /// Bytes of memory that the set holds besides itself.
    pub fn heap_bytes(&self) -> usize {
        match &self.form {
            Form::None | Form::All => 0,
            Form::List(list) => size_of_val(&list[..]),
            Form::Bits(words) => size_of_val(&words[..]),
        }
    }
}
