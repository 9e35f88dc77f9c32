//! A few blocks in which every trace is whole.

use super::wholes::Wholes;
use crate::block::{Block, Field, Table};
use crate::blocks::{Blocks, SpanAt};
use crate::error::Result;
use crate::graph::{Joins, Trees};
use crate::rowset::{RowSet, SpanSet};
use crate::scan::{ColumnScanner, ScanContext};
use std::sync::{Arc, OnceLock};

/// Blocks that share traces with each other and with no others: what a query is run over at a
/// time. Sets of spans are over these blocks.
pub struct Chunk<'a> {
    blocks: Blocks,
    numbers: &'a [u32],
    joins: &'a OnceLock<Joins>,
    trees: OnceLock<Trees>,
    wholes: OnceLock<Option<Wholes>>,
    traces: OnceLock<Traces>,
}

/// Numbers of traces: those of a block follow each other, and a trace that lies in several has
/// that of its first part.
struct Traces {
    /// Number of the first trace of each block.
    bases: Vec<u32>,
    /// Per block those that are numbered otherwise: row in the trace table and number.
    others: Vec<Vec<(u32, u32)>>,
}

impl<'a> Chunk<'a> {
    /// The blocks of `blocks` with these `numbers`.
    pub fn new(
        blocks: &Blocks,
        numbers: &'a [u32],
        joins: &'a OnceLock<Joins>,
    ) -> Result<Chunk<'a>> {
        let runs = numbers.chunk_by(|a, b| a + 1 == *b).map(|run| {
            let first = run.first().map_or(0, |&first| first as usize);
            blocks.slice(first..first + run.len())
        });
        let runs = runs.collect::<Result<Vec<Blocks>>>()?;
        Ok(Chunk {
            blocks: match &runs[..] {
                [one] => one.clone(),
                runs => Blocks::join(runs),
            },
            numbers,
            joins,
            trees: OnceLock::new(),
            wholes: OnceLock::new(),
            traces: OnceLock::new(),
        })
    }

    /// The blocks.
    pub fn blocks(&self) -> &Blocks {
        &self.blocks
    }

    /// Their numbers in the list they were taken from.
    pub fn numbers(&self) -> &'a [u32] {
        self.numbers
    }

    /// How the spans hang together.
    pub fn trees(&self) -> Result<&Trees> {
        if let Some(trees) = self.trees.get() {
            return Ok(trees);
        }
        let trees = match self.joins.get() {
            Some(joins) => Trees::with_joins(&self.blocks, joins)?,
            None => Trees::new(&self.blocks)?,
        };
        self.joins.get_or_init(|| trees.joins());
        Ok(self.trees.get_or_init(|| trees))
    }

    /// What traces that lie in several blocks are as a whole; `None` if there are none.
    pub fn wholes(&self) -> Result<Option<&Wholes>> {
        if let Some(wholes) = self.wholes.get() {
            return Ok(wholes.as_ref());
        }
        let wholes = Wholes::find(self.trees()?)?;
        Ok(self.wholes.get_or_init(|| wholes).as_ref())
    }

    /// All spans.
    pub fn all(&self) -> SpanSet {
        SpanSet::new(self.blocks.iter().map(|block| RowSet::all(block.rows())).collect())
    }

    /// The spans of traces that overlap the time from `start` to `end`, both in it.
    pub fn in_time(&self, start: u64, end: u64) -> Result<SpanSet> {
        let mut sets = Vec::with_capacity(self.blocks.len());
        let wholes = match self.within(start, end) {
            true => None,
            false => self.wholes()?,
        };
        for (number, block) in self.blocks.iter().enumerate() {
            let rows = block.rows();
            if start <= block.min_start_ns() && block.max_end_ns() <= end {
                sets.push(RowSet::all(rows));
                continue;
            }
            let mut list = Vec::new();
            for trace in 0..block.trace_count() {
                let rows = block.trace_rows(trace)?;
                let of_block = || -> Result<(u64, u64)> {
                    let end = block.field_integer(Field::TraceEndTime, trace)?;
                    Ok((block.trace_start(trace)?, end.unwrap_or(0)))
                };
                let extent = match wholes.and_then(|wholes| wholes.extent(number, rows.start)) {
                    Some(extent) => extent,
                    None => of_block()?,
                };
                if extent.0 <= end && start <= extent.1 {
                    list.extend(rows);
                }
            }
            sets.push(RowSet::from_ids(rows, list));
        }
        Ok(SpanSet::new(sets))
    }

    /// Whether no span is before `start` or after `end`.
    fn within(&self, start: u64, end: u64) -> bool {
        self.blocks.iter().all(|b| start <= b.min_start_ns() && b.max_end_ns() <= end)
    }

    /// When the trace of a span starts: span `row` of block number `block`.
    pub fn start_of_trace(&self, block: usize, row: u32) -> Result<u64> {
        let data = self.block(block)?;
        let trace = data.trace_of(row)?;
        if self.trees()?.spread_in(block).binary_search(&trace).is_ok()
            && let Some((start, _)) = self.wholes()?.and_then(|w| w.extent(block, row))
        {
            return Ok(start);
        }
        data.trace_start(trace)
    }

    /// The number of the trace of a span.
    pub fn trace_of(&self, span: SpanAt) -> Result<u32> {
        let at = span.block as usize;
        Ok(self.traces()?.number(at, self.block(at)?.trace_of(span.row)?))
    }

    /// The number of the trace of every span in `spans`, in order. Numbers are less than
    /// [`Chunk::trace_count`].
    pub fn traces_of(&self, spans: &SpanSet) -> Result<Vec<u32>> {
        let mut numbers = Vec::with_capacity(usize::try_from(spans.count()).unwrap_or(0));
        self.for_each_trace(spans, |number| numbers.push(number))?;
        Ok(numbers)
    }

    /// Calls `each` with the number of the trace of every span in `spans`, in order.
    fn for_each_trace(&self, spans: &SpanSet, mut each: impl FnMut(u32)) -> Result<()> {
        let traces = self.traces()?;
        for (at, (block, set)) in self.blocks.iter().zip(spans.blocks()).enumerate() {
            if set.is_empty() {
                continue;
            }
            let starts = block.required(Field::TraceStart)?.presence;
            let (base, mut others) = (traces.bases[at], &traces.others[at][..]);
            for row in set {
                let trace = starts.rank(row + 1).saturating_sub(1) as u32;
                while let [(other, _), rest @ ..] = others
                    && *other < trace
                {
                    others = rest;
                }
                each(match others {
                    [(other, number), ..] if *other == trace => *number,
                    _ => base + trace,
                });
            }
        }
        Ok(())
    }

    /// All spans of the traces that have one in `spans`.
    pub fn whole_traces(&self, spans: &SpanSet, scan: &ScanContext) -> Result<SpanSet> {
        let mut wanted = vec![false; self.trace_count()];
        self.for_each_trace(spans, |number| wanted[number as usize] = true)?;
        let traces = self.traces()?;
        let blocks = self.blocks.iter().zip(traces.bases.iter().zip(&traces.others));
        let sets = blocks.map(|(block, (&base, others))| {
            let count = block.trace_count();
            let own = wanted.get(base as usize..).unwrap_or_default().chunks(64);
            let word = |of: &[bool]| of.iter().rev().fold(0, |w, &is| w << 1 | u64::from(is));
            let mut words: Vec<u64> = own.take(count.div_ceil(64) as usize).map(word).collect();
            for &(trace, number) in others {
                if let (Some(word), true) =
                    (words.get_mut(trace as usize / 64), wanted[number as usize])
                {
                    *word |= 1 << (trace % 64);
                }
            }
            let of_block = RowSet::from_words(count, words);
            ColumnScanner::new(block, scan).spans_of(Table::Trace, of_block)
        });
        Ok(SpanSet::new(sets.collect::<Result<_>>()?))
    }

    /// One more than the largest number of a trace.
    pub fn trace_count(&self) -> usize {
        usize::try_from(self.blocks.trace_count()).unwrap_or(usize::MAX)
    }

    fn traces(&self) -> Result<&Traces> {
        if let Some(traces) = self.traces.get() {
            return Ok(traces);
        }
        let traces = Traces::of(self)?;
        Ok(self.traces.get_or_init(|| traces))
    }

    /// Block number `number`; an error if there is none.
    pub fn block(&self, number: usize) -> Result<&Arc<Block>> {
        self.blocks.get(number)
    }
}

impl Traces {
    fn of(chunk: &Chunk<'_>) -> Result<Traces> {
        let mut bases = Vec::with_capacity(chunk.blocks.len());
        let mut next = 0u32;
        for block in &chunk.blocks {
            bases.push(next);
            next = next.saturating_add(block.trace_count());
        }
        let mut others = vec![Vec::new(); bases.len()];
        if chunk.blocks.len() > 1 {
            for trace in chunk.trees()?.spread_traces() {
                let mut number = u32::MAX;
                let mut parts = Vec::new();
                for place in trace.places() {
                    let at = place.block as usize;
                    let row = chunk.block(at)?.trace_of(place.row)?;
                    number = number.min(bases[at] + row);
                    parts.push((at, row));
                }
                parts.sort_unstable();
                parts.dedup();
                parts.into_iter().for_each(|(at, row)| others[at].push((row, number)));
            }
            others.iter_mut().for_each(|list| list.sort_unstable());
        }
        Ok(Traces { bases, others })
    }

    #[inline]
    fn number(&self, block: usize, trace: u32) -> u32 {
        let others = &self.others[block];
        if !others.is_empty()
            && let Ok(at) = others.binary_search_by_key(&trace, |other| other.0)
        {
            return others[at].1;
        }
        self.bases[block] + trace
    }
}
