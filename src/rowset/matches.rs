//! Several row sets combined, without forgetting which of them had a row.

use super::RowSet;
use crate::name::Name;
use std::sync::Arc;

/// What a condition on one column found, as part of [`SpanMatches`].
#[derive(Clone, Debug)]
pub struct MatchInput {
    /// The column.
    pub name: Arc<Name>,
    /// The rows that satisfied the condition.
    rows: Arc<RowSet>,
    /// Rows where the input counts at all: those that satisfied all of the conjunction it is part
    /// of. `None`: everywhere.
    within: Option<Arc<RowSet>>,
}

impl MatchInput {
    /// Whether the input contributed `row`.
    #[inline]
    pub fn has(&self, row: u32) -> bool {
        self.rows.contains(row) && self.within.as_ref().is_none_or(|w| w.contains(row))
    }
}

/// Rows of one block that satisfy a combination of conditions on columns, and for each row which
/// columns it satisfied the combination by.
///
/// Only the combined rows are worked out. Which inputs have a row is read from theirs when somebody
/// asks, so that combining costs a pass over the bitmaps and no memory per row. Inputs are numbered
/// in the order they were given.
///
/// A row counts as matched by an input if the input holds for it and so do all conjunctions around
/// the input: of `(a and b) or c`, a row that satisfies `a` and `c` is matched by `c` alone.
#[derive(Clone, Debug)]
pub struct SpanMatches {
    rows: Arc<RowSet>,
    inputs: Vec<MatchInput>,
    /// Whether the rows are fewer than those of the inputs together.
    conjunction: bool,
}

impl SpanMatches {
    /// What a condition on the column `name` found.
    pub fn new(name: Arc<Name>, rows: Arc<RowSet>) -> SpanMatches {
        let input = MatchInput { name, rows: rows.clone(), within: None };
        SpanMatches { rows, inputs: vec![input], conjunction: false }
    }

    /// Rows that satisfy at least one of `parts`, which must be of one table; `None` if there are no
    /// parts.
    pub fn any(parts: &[SpanMatches]) -> Option<SpanMatches> {
        let rows = combine(parts, RowSet::or)?;
        let inputs = parts.iter().flat_map(SpanMatches::guarded_inputs).collect();
        Some(SpanMatches { rows, inputs, conjunction: false })
    }

    /// Rows that satisfy all of `parts`, likewise.
    pub fn all(parts: &[SpanMatches]) -> Option<SpanMatches> {
        let rows = combine(parts, RowSet::and)?;
        let inputs = parts.iter().flat_map(|p| p.inputs.iter().cloned()).collect();
        let conjunction = parts.len() > 1 || parts[0].conjunction;
        Some(SpanMatches { rows, inputs, conjunction })
    }

    /// The inputs, as they count beside alternatives: those of a conjunction only where all of it
    /// holds.
    fn guarded_inputs(&self) -> impl Iterator<Item = MatchInput> {
        self.inputs.iter().map(|input| {
            let within = match (&input.within, self.conjunction) {
                (within, false) => within.clone(),
                (None, true) => Some(self.rows.clone()),
                (Some(inner), true) => Some(Arc::new(inner.and(&self.rows))),
            };
            MatchInput { within, ..input.clone() }
        })
    }

    /// The rows.
    pub fn rows(&self) -> &Arc<RowSet> {
        &self.rows
    }

    /// The inputs.
    pub fn inputs(&self) -> &[MatchInput] {
        &self.inputs
    }

    /// The inputs that contributed `row`; none for a row that is not in the combination.
    pub fn matched(&self, row: u32) -> impl Iterator<Item = &MatchInput> {
        let inputs = if self.rows.contains(row) { &self.inputs[..] } else { &[] };
        inputs.iter().filter(move |input| input.has(row))
    }

    /// As [`SpanMatches::matched`], as bits: bit `i % 64` of word `i / 64` stands for input `i`.
    /// Words past the last input become 0, inputs past the last word are left out.
    pub fn matched_mask(&self, row: u32, out: &mut [u64]) {
        out.fill(0);
        if !self.rows.contains(row) {
            return;
        }
        for (inputs, word) in self.inputs.chunks(64).zip(out) {
            for (i, input) in inputs.iter().enumerate() {
                *word |= u64::from(input.has(row)) << i;
            }
        }
    }
}

fn combine(parts: &[SpanMatches], f: impl Fn(&RowSet, &RowSet) -> RowSet) -> Option<Arc<RowSet>> {
    let (first, rest) = parts.split_first()?;
    Some(rest.iter().fold(first.rows.clone(), |rows, part| Arc::new(f(&rows, &part.rows))))
}
