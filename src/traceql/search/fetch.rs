//! Fetching what a search needs of files that are far away, for many blocks at once.

use super::run::Next;
use crate::block::Field;
use crate::blocks::Blocks;
use crate::error::Result;
use crate::scan::ScanContext;
use crate::traceql::exec::{Layout, Plan};

/// Chunks whose columns are fetched at once.
const AT_ONCE: usize = 32;

/// What tells which spans are of one trace.
const TRACES: &[Field] = &[
    Field::TraceId,
    Field::OddTraceId,
    Field::TraceFlags,
    Field::TraceStart,
    Field::TraceFirstRow,
    Field::TraceStartTime,
    Field::TraceEndTime,
];

/// What tells how they hang together.
const TREES: &[Field] = &[
    Field::ParentDelta,
    Field::SubtreeLen,
    Field::ParentId,
    Field::OddParentId,
    Field::TraceRooted,
];

/// Whether something may have to be fetched.
fn is_far(blocks: &Blocks) -> bool {
    blocks.files().iter().any(|part| !part.file.is_mapped())
}

/// Fetches what tells traces apart; what tells how their spans hang together, too, if `plan` asks
/// for that.
pub fn traces(blocks: &Blocks, plan: &Plan) -> Result<()> {
    for part in blocks.files().iter().filter(|part| !part.file.is_mapped()) {
        let mut list = Vec::with_capacity(part.places.len());
        for place in part.places.clone() {
            list.push((part.number(place), blocks.get(place)?.clone()));
        }
        let trees = if plan.needs_trees() { TREES } else { &[] };
        part.file.prefetch(&list, |block| {
            let fields = TRACES.iter().chain(trees);
            fields.flat_map(|&field| block.field_columns(field)).collect()
        })?;
    }
    Ok(())
}

/// Before every so many of `chunks`, of which number `at` is next, fetches what the scans of these
/// need.
pub fn columns(
    blocks: &Blocks,
    layout: &Layout,
    plan: &Plan,
    scan: &ScanContext,
    chunks: &[Next],
    at: usize,
) -> Result<()> {
    if !at.is_multiple_of(AT_ONCE) || !is_far(blocks) {
        return Ok(());
    }
    let window = chunks.iter().skip(at).take(AT_ONCE);
    let numbers = window.flat_map(|next| layout.blocks_of(next.chunk));
    let mut numbers: Vec<usize> = numbers.map(|&number| number as usize).collect();
    numbers.sort_unstable();
    let mut result = Ok(());
    for run in numbers.chunk_by(|a, b| a + 1 == *b) {
        let places = run[0]..run[0] + run.len();
        plan.for_each_filter(&mut |filter| {
            filter.for_each_atom(&mut |atom| {
                if result.is_ok() {
                    let wanted = &atom.test.wanted;
                    result = scan.prefetch(blocks, places.clone(), &atom.name, wanted);
                }
            });
        });
    }
    result
}
