//! From rows of other tables to the spans that they belong to.

use super::codes::CodeSet;
use super::column::Probe;
use super::kernels::words_for;
use super::pruned::Decided;
use crate::block::{Block, Column, Field, Integers, Table, Values};
use crate::error::Result;
use crate::rowset::RowSet;

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
        let starts = block.required(Field::TraceFirstRow)?;
        let start = |trace| starts.integer(trace).map_or(rows, |r| r.min(rows.into()) as u32);
        let mut words = self.pool.zeroed(words_for(rows as usize));
        set.iter().for_each(|trace| fill_range(&mut words, start(trace), start(trace + 1)));
        self.touched.bytes += u64::from(set.count()) * u64::from(starts.entry.width);
        self.touched.asked(Decided::Values);
        Ok(RowSet::from_bits(rows, words))
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
