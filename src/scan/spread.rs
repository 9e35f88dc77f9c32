//! From rows of other tables to the spans that they belong to.

use super::codes::CodeSet;
use super::column::Probe;
use super::kernels::words_for;
use super::pruned::Decided;
use crate::block::{Block, Column, Field, Integers, Presence, Table, Values};
use crate::error::Result;
use crate::rowset::{RowSet, Words};

impl Probe<'_> {
    /// The spans that belong to the rows `set` of `table`: spans of resources, scopes and traces,
    /// owners of events and links.
    pub fn spans_of(&mut self, block: &Block, table: Table, set: RowSet) -> Result<RowSet> {
        if table == Table::Span {
            return Ok(set);
        }
        if set.is_empty() {
            return Ok(RowSet::none(block.rows()));
        }
        match table {
            Table::Resource => Ok(self.referring(block.required(Field::SpanResource)?, &set)),
            Table::Scope => Ok(self.referring(block.required(Field::SpanScope)?, &set)),
            Table::Trace => self.of_traces(block, &set),
            Table::Event => self.owners(block, Field::EventOwner, &set),
            Table::Link => self.owners(block, Field::LinkOwner, &set),
            Table::Span | Table::Residual => Ok(RowSet::none(block.rows())),
        }
    }

    /// The rows whose value in `column` is a row of `set`.
    fn referring(&mut self, column: &Column<'_>, set: &RowSet) -> RowSet {
        let Values::Integers(Integers { base, offsets }) = column.values else {
            return RowSet::none(column.presence.rows());
        };
        let mut words = vec![0; words_for(set.rows() as usize)];
        let base = u32::try_from(base).unwrap_or(u32::MAX);
        for row in set.iter().skip_while(|&row| row < base) {
            let offset = row - base;
            words[offset as usize / 64] |= 1 << (offset % 64);
        }
        let count = set.rows().saturating_sub(base) as usize;
        // All but one resource, say: comparing with the one is quicker than looking up all others.
        let (set, negate) = CodeSet::from_words(words, count).shorter(count);
        let found = self.codes(offsets, &set, negate);
        self.rows_of(column.presence, found)
    }

    /// The rows of the traces `set`.
    fn of_traces(&mut self, block: &Block, set: &RowSet) -> Result<RowSet> {
        let rows = block.rows();
        if set.is_all() {
            return Ok(RowSet::all(rows));
        }
        let starts = block.required(Field::TraceStart)?;
        self.touched.asked(Decided::Values);
        let words = match starts.presence {
            Presence::Dense { .. } => {
                let mut words = self.pool.zeroed(words_for(set.rows() as usize));
                set.copy_words(&mut words);
                words
            }
            Presence::Optional { words, .. } => {
                self.touched.bytes += size_of_val(words) as u64;
                self.runs(words, set)
            }
            Presence::Sparse { ids, .. } => {
                self.touched.bytes += u64::from(set.count()) * 4;
                let mut words = self.pool.zeroed(words_for(rows as usize));
                let start = |trace: u32| ids.get(trace as usize).min(rows);
                set.iter().for_each(|trace| fill_range(&mut words, start(trace), start(trace + 1)));
                words
            }
        };
        Ok(RowSet::from_bits(rows, words))
    }

    /// The rows of the traces `set`, where `starts` has a bit for each row that begins a trace.
    fn runs(&self, starts: &[u64], set: &RowSet) -> Words {
        // The traces that are in the set and follow one that is not, or the other way around.
        let mut turns = self.pool.words(words_for(set.rows() as usize));
        set.copy_words(&mut turns);
        let mut before = 0;
        for word in turns.iter_mut() {
            let traces = *word;
            *word ^= traces << 1 | before;
            before = traces >> 63;
        }
        let mut rows = self.pool.words(starts.len());
        self.kernels.expand(&turns, starts, &mut rows);
        // A row is in the set if there was an odd number of turns up to it.
        let mut inside = 0;
        for word in rows.iter_mut() {
            *word = odd_so_far(*word) ^ inside;
            inside = (*word >> 63).wrapping_neg();
        }
        rows
    }

    /// Which traces begin with a row of `rows`, as a bit a trace.
    pub(super) fn beginning_in(&self, block: &Block, rows: &RowSet) -> Result<Words> {
        let starts = block.required(Field::TraceStart)?;
        let mut traces = self.pool.zeroed(words_for(starts.entry.present as usize));
        match starts.presence {
            Presence::Dense { .. } => rows.copy_words(&mut traces),
            Presence::Optional { words: starts, .. } => {
                let mut words = self.pool.words(starts.len());
                rows.copy_words(&mut words);
                self.kernels.compact(&words, starts, &mut traces);
            }
            Presence::Sparse { ids, .. } => {
                let begins = |trace| u64::from(rows.contains(ids.get(trace)));
                for (word, first) in traces.iter_mut().zip((0..ids.len()).step_by(64)) {
                    let of_word = first..ids.len().min(first + 64);
                    *word = of_word.rev().fold(0, |word, trace| word << 1 | begins(trace));
                }
            }
        }
        Ok(traces)
    }

    /// The spans that own the rows `set` of a child table.
    fn owners(&mut self, block: &Block, owner: Field, set: &RowSet) -> Result<RowSet> {
        let owners = block.required(owner)?;
        let mut words = self.pool.zeroed(words_for(block.rows() as usize));
        for owner in set.iter().filter_map(|row| owners.integer(row)) {
            let word = usize::try_from(owner / 64).ok().and_then(|w| words.get_mut(w));
            if let Some(word) = word {
                *word |= 1 << (owner % 64);
            }
        }
        self.touched.bytes += u64::from(set.count()) * u64::from(owners.entry.width);
        self.touched.asked(Decided::Values);
        Ok(RowSet::from_bits(block.rows(), words))
    }
}

/// Sets each bit below which, itself included, an odd number of bits of `word` is set.
fn odd_so_far(mut word: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        word ^= word << shift;
    }
    word
}

/// Sets the bits `from .. to`.
pub(super) fn fill_range(words: &mut [u64], from: u32, to: u32) {
    if from >= to {
        return;
    }
    let (first, last) = (from as usize / 64, (to - 1) as usize / 64);
    let Some(words) = words.get_mut(first..=last) else { return };
    let (head, tail) = (u64::MAX << (from % 64), u64::MAX >> (63 - (to - 1) % 64));
    match words {
        [only] => *only |= head & tail,
        [first, middle @ .., last] => {
            *first |= head;
            middle.fill(u64::MAX);
            *last |= tail;
        }
        [] => {}
    }
}
