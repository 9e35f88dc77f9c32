//! Choosing spans: filters, and operators between them.

use super::chunk::Chunk;
use super::control::{Counters, RunContext};
use super::plan::PlanSpansets;
use super::state::State;
use crate::error::Result;
use crate::graph::{Form, StructuralOp};
use crate::rowset::{RowSet, SpanSet};
use crate::traceql::filter::{BlockRows, Filter};
use std::time::Instant;

impl PlanSpansets {
    /// The spans of `state` that are chosen.
    pub(super) fn choose(
        &self,
        run: &RunContext<'_>,
        chunk: &Chunk<'_>,
        state: &State,
    ) -> Result<SpanSet> {
        let of = |side: &PlanSpansets| side.choose(run, chunk, state);
        match self {
            PlanSpansets::Filter { filter, counters, .. } => {
                filtered(run, chunk, &state.spans, filter, counters)
            }
            PlanSpansets::Or(left, right) => Ok(of(left)?.or(&of(right)?)),
            PlanSpansets::And(left, right) => {
                let left = of(left)?;
                if left.is_empty() {
                    return Ok(left);
                }
                both(run, chunk, state, &left, &of(right)?)
            }
            PlanSpansets::Structural(op, left, right, counters) => {
                let right = of(right)?;
                // Without right-hand spans nothing is given, whatever the operator.
                if right.is_empty() {
                    return Ok(right);
                }
                let left = of(left)?;
                if left.is_empty() && op.form != Form::Negated {
                    return Ok(left);
                }
                let start = Instant::now();
                let related = relate(run, chunk, state, *op, &left, &right)?;
                let given = left.count() + right.count();
                counters.add(given, related.count(), start.elapsed());
                Ok(related)
            }
            PlanSpansets::Pipeline(plan) => Ok(plan.run(run, chunk, state.clone())?.spans),
        }
    }
}

/// The spans of `spans` that pass `filter`.
fn filtered(
    run: &RunContext<'_>,
    chunk: &Chunk<'_>,
    spans: &SpanSet,
    filter: &Filter,
    counters: &[Counters],
) -> Result<SpanSet> {
    let wholes = if filter.needs_traces() { chunk.wholes()? } else { None };
    let mut sets = Vec::with_capacity(chunk.blocks().len());
    for (number, (block, within)) in chunk.blocks().iter().zip(spans.blocks()).enumerate() {
        let at = BlockRows { blocks: chunk.blocks(), block, number, wholes, run };
        let rows = filter.rows(at, within, counters);
        sets.push(rows.map_err(|e| e.context(format_args!("block {}", chunk.numbers()[number])))?);
    }
    Ok(SpanSet::new(sets))
}

/// The spans on either side, of spansets that have some on both.
fn both(
    run: &RunContext<'_>,
    chunk: &Chunk<'_>,
    state: &State,
    left: &SpanSet,
    right: &SpanSet,
) -> Result<SpanSet> {
    let (few, many) = if left.count() < right.count() { (left, right) } else { (right, left) };
    // No others of the larger side need to be told apart.
    let many = &many.and(&chunk.whole_traces(few, run.scan)?);
    let count = state.number_count(chunk);
    let mut sides = vec![0u8; count];
    for (side, spans) in [(1, few), (2, many)] {
        for number in state.numbers(chunk, spans)? {
            if let Some(sides) = sides.get_mut(number as usize) {
                *sides |= side;
            }
        }
    }
    let union = few.or(many);
    let numbers = state.numbers(chunk, &union)?;
    Ok(keep(&union, &numbers, |number| sides.get(number as usize) == Some(&3)))
}

/// The spans for whose number `wanted` holds; numbers are in the order of the spans.
pub(super) fn keep(spans: &SpanSet, numbers: &[u32], wanted: impl Fn(u32) -> bool) -> SpanSet {
    let mut numbers = numbers.iter();
    let sets = spans.blocks().iter().map(|set| {
        let of_set = set.iter().zip(numbers.by_ref().take(set.count() as usize));
        RowSet::from_ids(set.rows(), of_set.filter(|(_, n)| wanted(**n)).map(|(row, _)| row))
    });
    SpanSet::new(sets.collect())
}

/// `left op right`. Where a trace has several spansets, each is related by itself: the first ones
/// of all traces together, then the second ones and so on.
fn relate(
    run: &RunContext<'_>,
    chunk: &Chunk<'_>,
    state: &State,
    op: StructuralOp,
    left: &SpanSet,
    right: &SpanSet,
) -> Result<SpanSet> {
    let trees = chunk.trees()?;
    let Some(groups) = state.groups.as_ref().filter(|groups| groups.table.split) else {
        return trees.relate(left, op, right, run.structural);
    };
    let mut seen = vec![0u32; chunk.trace_count()];
    let rounds: Vec<u32> = groups
        .table
        .traces
        .iter()
        .map(|&trace| {
            let Some(seen) = seen.get_mut(trace as usize) else { return 0 };
            *seen += 1;
            *seen - 1
        })
        .collect();
    let numbers = [state.numbers(chunk, left)?, state.numbers(chunk, right)?];
    let mut all: Option<SpanSet> = None;
    for round in 0..=rounds.iter().copied().max().unwrap_or(0) {
        run.control.check()?;
        let of_round = |number: u32| rounds.get(number as usize) == Some(&round);
        let right = keep(right, &numbers[1], of_round);
        if right.is_empty() {
            continue;
        }
        let related =
            trees.relate(&keep(left, &numbers[0], of_round), op, &right, run.structural)?;
        all = Some(all.map_or(related.clone(), |all| all.or(&related)));
    }
    Ok(all.unwrap_or_else(|| keep(right, &numbers[1], |_| false)))
}
