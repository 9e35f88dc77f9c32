//! Spans a few thousand at a time: each step of the work is a loop over arrays.

use crate::block::{Block, Packed};
use crate::error::Result;
use crate::rowset::{RowSet, SpanSet};
use crate::traceql::eval::Span;
use crate::traceql::exec::{Chunk, Wholes};
use std::ops::Range;

/// Spans of a batch: their arrays stay in the nearest caches.
const BATCH: usize = 1024;

/// A block of a chunk.
#[derive(Clone, Copy)]
pub struct Site<'a> {
    /// The block.
    pub block: &'a Block,
    /// Its number in the chunk.
    pub number: usize,
    /// Its number in the list that was asked about.
    pub place: u32,
    /// What is known of traces that do not lie in one block.
    pub wholes: Option<&'a Wholes>,
}

impl<'a> Site<'a> {
    /// Span `row`, as expressions see it.
    pub fn span(self, row: u32) -> Result<Span<'a>> {
        Span::new(self.block, self.number, row, self.wholes)
    }
}

/// Calls `each` with every block of `chunk` in which there are some of `spans`, and with these.
pub fn for_each_site<'a>(
    chunk: &'a Chunk<'_>,
    needs_traces: bool,
    spans: &SpanSet,
    mut each: impl FnMut(Site<'a>, &RowSet) -> Result<()>,
) -> Result<()> {
    let wholes = if needs_traces { chunk.wholes()? } else { None };
    let blocks = chunk.blocks().iter().zip(chunk.numbers()).zip(spans.blocks());
    for (number, ((block, &place), rows)) in blocks.enumerate() {
        if !rows.is_empty() {
            each(Site { block, number, place, wholes }, rows)?;
        }
    }
    Ok(())
}

/// Calls `each` with the rows of `set`, ascending, a batch at a time.
pub fn for_each_batch(set: &RowSet, mut each: impl FnMut(&[u32]) -> Result<()>) -> Result<()> {
    let mut ids = [0; BATCH];
    let mut from = 0;
    loop {
        let count = set.copy_ids(from, &mut ids);
        let Some(&last) = ids[..count].last() else { return Ok(()) };
        each(&ids[..count])?;
        from = last + 1;
    }
}

/// Writes what `map` makes of integer number `row`, for every row of `rows`, which ascend. For those that
/// there is no integer of, it writes nothing or anything.
#[inline]
pub fn gather<T>(integers: Packed<'_>, rows: &[u32], out: &mut [T], mut map: impl FnMut(u64) -> T) {
    fn of<I: Copy, T>(integers: &[I], rows: &[u32], out: &mut [T], mut map: impl FnMut(I) -> T) {
        match run_of(rows).and_then(|run| integers.get(run)) {
            // All rows of a stretch: a plain loop.
            Some(integers) => {
                for (out, &integer) in out.iter_mut().zip(integers) {
                    *out = map(integer);
                }
            }
            None => {
                for (out, &row) in out.iter_mut().zip(rows) {
                    if let Some(&integer) = integers.get(row as usize) {
                        *out = map(integer);
                    }
                }
            }
        }
    }
    match (integers, run_of(rows)) {
        (Packed::U8(integers), _) => of(integers, rows, out, |i| map(i.into())),
        (Packed::U16(integers), _) => of(integers, rows, out, |i| map(i.into())),
        (Packed::U32(integers), _) => of(integers, rows, out, |i| map(i.into())),
        (Packed::U64(integers), _) => of(integers, rows, out, map),
        (Packed::Split8(high, low), Some(run)) => {
            let (high, low) = (high.get(run.clone()), low.get(run));
            let both = high.unwrap_or_default().iter().zip(low.unwrap_or_default());
            for (out, (&high, &low)) in out.iter_mut().zip(both) {
                *out = map(u64::from(high) << 8 | u64::from(low));
            }
        }
        _ => for_each_integer(integers, rows, |at, integer| out[at] = map(integer)),
    }
}

/// `rows` as a range, if they are all of one.
fn run_of(rows: &[u32]) -> Option<Range<usize>> {
    let (first, last) = (*rows.first()? as usize, *rows.last()? as usize);
    (last.checked_sub(first)? + 1 == rows.len()).then_some(first..last + 1)
}

/// Calls `each` with integer number `row`, for every row of `rows`, behind the place in `rows`.
#[inline]
pub fn for_each_integer(integers: Packed<'_>, rows: &[u32], mut each: impl FnMut(usize, u64)) {
    fn of<I: Copy + Into<u64>>(integers: &[I], rows: &[u32], mut each: impl FnMut(usize, u64)) {
        for (at, &row) in rows.iter().enumerate() {
            if let Some(&integer) = integers.get(row as usize) {
                each(at, integer.into());
            }
        }
    }
    match integers {
        Packed::U8(integers) => of(integers, rows, each),
        Packed::U16(integers) => of(integers, rows, each),
        Packed::U32(integers) => of(integers, rows, each),
        Packed::U64(integers) => of(integers, rows, each),
        Packed::Split8(high, low) => {
            for (at, &row) in rows.iter().enumerate() {
                if let (Some(&high), Some(&low)) = (high.get(row as usize), low.get(row as usize)) {
                    each(at, u64::from(high) << 8 | u64::from(low));
                }
            }
        }
        Packed::Split16(..) | Packed::Zero(_) => {
            for (at, &row) in rows.iter().enumerate() {
                if let Some(integer) = integers.get(row as usize) {
                    each(at, integer);
                }
            }
        }
    }
}
