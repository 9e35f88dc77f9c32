//! And, or, not, minus.

use super::{Form, RowSet, Words, list_limit};
use crate::scan::kernels::{Kernels, words_for};
use std::borrow::Cow;

impl RowSet {
    /// Rows that are in both. Both should be sets of the same table: the result is one of `self`'s,
    /// and rows of `other` past its end are left out.
    #[must_use]
    pub fn and(&self, other: &RowSet) -> RowSet {
        let other = &*other.of_table(self.rows);
        match (&self.form, &other.form) {
            (Form::None, _) | (_, Form::All) => self.clone(),
            (_, Form::None) | (Form::All, _) => other.clone(),
            (Form::List(list), _) => self.listed(list, |row| other.contains(row)),
            (_, Form::List(list)) => other.listed(list, |row| self.contains(row)),
            (Form::Bits(a), Form::Bits(b)) => self.combined(a, b, Kernels::and),
        }
    }

    /// Rows that are in one or both, likewise.
    #[must_use]
    pub fn or(&self, other: &RowSet) -> RowSet {
        let other = &*other.of_table(self.rows);
        match (&self.form, &other.form) {
            (Form::None, _) | (_, Form::All) => other.clone(),
            (_, Form::None) | (Form::All, _) => self.clone(),
            (Form::List(a), Form::List(b)) => self.united(a, b),
            (Form::Bits(words), Form::List(list)) => self.with(words, list),
            (Form::List(list), Form::Bits(words)) => other.with(words, list),
            (Form::Bits(a), Form::Bits(b)) => self.combined(a, b, Kernels::or),
        }
    }

    /// Rows of `self` that are not in `other`, likewise.
    #[must_use]
    pub fn minus(&self, other: &RowSet) -> RowSet {
        let other = &*other.of_table(self.rows);
        match (&self.form, &other.form) {
            (Form::None, _) | (_, Form::None) => self.clone(),
            (_, Form::All) => RowSet::none(self.rows),
            (Form::All, _) => other.not(),
            (Form::List(list), _) => self.listed(list, |row| !other.contains(row)),
            (Form::Bits(words), Form::List(list)) => self.without(words, list),
            (Form::Bits(a), Form::Bits(b)) => self.combined(a, b, Kernels::and_not),
        }
    }

    /// Rows of the table that are not in `self`.
    ///
    /// Beware of taking it for a negated comparison: rows without a value are in it too.
    #[must_use]
    #[allow(clippy::should_implement_trait, reason = "the four operations belong together")]
    pub fn not(&self) -> RowSet {
        match &self.form {
            Form::None => RowSet::all(self.rows),
            Form::All => RowSet::none(self.rows),
            Form::List(list) => self.all_but(list),
            Form::Bits(words) => {
                let mut out = words.pool().words(words.len());
                for (out, word) in out.iter_mut().zip(words.iter()) {
                    *out = !word;
                }
                if let Some(last) = out.last_mut() {
                    *last &= super::last_word_mask(self.rows);
                }
                RowSet::from_counted(self.rows, out, (self.rows - self.count) as usize)
            }
        }
    }

    /// The set as one of a table with `rows` rows, which it should be already.
    fn of_table(&self, rows: u32) -> Cow<'_, RowSet> {
        if self.rows == rows {
            Cow::Borrowed(self)
        } else {
            Cow::Owned(RowSet::from_ids(rows, self.iter()))
        }
    }

    /// Those of `list` that `keep` holds for. Never more than a list.
    fn listed(&self, list: &[u32], keep: impl Fn(u32) -> bool) -> RowSet {
        let list: Vec<u32> = list.iter().copied().filter(|&row| keep(row)).collect();
        match list.len() {
            0 => RowSet::none(self.rows),
            count => RowSet { rows: self.rows, count: count as u32, form: Form::List(list) },
        }
    }

    fn combined(
        &self,
        a: &Words,
        b: &Words,
        run: impl Fn(Kernels, &[u64], &[u64], &mut [u64]) -> usize,
    ) -> RowSet {
        let mut out = a.pool().words(a.len());
        let count = run(Kernels::default(), a, b, &mut out);
        RowSet::from_counted(self.rows, out, count)
    }

    fn united(&self, a: &[u32], b: &[u32]) -> RowSet {
        let mut list = Vec::with_capacity(a.len() + b.len());
        let (mut a, mut b) = (a.iter().copied().peekable(), b.iter().copied().peekable());
        loop {
            list.push(match (a.peek(), b.peek()) {
                (Some(&x), Some(&y)) => {
                    a.next_if(|_| x <= y);
                    b.next_if(|_| y <= x);
                    x.min(y)
                }
                (Some(_), None) => a.next().unwrap_or_default(),
                (None, Some(_)) => b.next().unwrap_or_default(),
                (None, None) => break,
            });
        }
        RowSet::from_sorted(self.rows, list, &Default::default())
    }

    fn with(&self, words: &Words, list: &[u32]) -> RowSet {
        let mut out = words.clone();
        let mut count = self.count as usize;
        for &row in list {
            let word = &mut out[row as usize / 64];
            count += usize::from(*word >> (row % 64) & 1 == 0);
            *word |= 1 << (row % 64);
        }
        RowSet::from_counted(self.rows, out, count)
    }

    fn without(&self, words: &Words, list: &[u32]) -> RowSet {
        let mut out = words.clone();
        let mut count = self.count as usize;
        for &row in list {
            let word = &mut out[row as usize / 64];
            count -= usize::from(*word >> (row % 64) & 1 == 1);
            *word &= !(1 << (row % 64));
        }
        RowSet::from_counted(self.rows, out, count)
    }

    fn all_but(&self, list: &[u32]) -> RowSet {
        let mut out = Words::from(vec![u64::MAX; words_for(self.rows as usize)]);
        if let Some(last) = out.last_mut() {
            *last = super::last_word_mask(self.rows);
        }
        list.iter().for_each(|&row| out[row as usize / 64] &= !(1 << (row % 64)));
        debug_assert!(list.len() <= list_limit(self.rows));
        RowSet::from_counted(self.rows, out, self.rows as usize - list.len())
    }
}
