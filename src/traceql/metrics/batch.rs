//! Spans a few thousand at a time: each step of the work is a loop over arrays.

use super::exemplars::Chosen;
use super::groups::Groups;
use super::keys::{Keys, NIL, Numbering};
use super::steps::Finder;
use crate::block::{Block, Column, Integers, Packed, Presence, Values};
use crate::blocks::SpanAt;
use crate::error::Result;
use crate::name::Name;
use crate::rowset::RowSet;
use crate::traceql::ast::{Expr, ExprKind, Place};
use crate::traceql::eval::{Program, Span};
use crate::traceql::exec::Wholes;

/// Spans of a batch: their arrays stay in the nearest caches.
pub const BATCH: usize = 2048;

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

/// The field `name` as an expression; of events and links the first that has it counts.
pub fn program_of(name: &Name) -> Result<Program> {
    Program::compile(&Expr { kind: ExprKind::Field(name.clone()), place: Place::default() })
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

/// Writes what `map` makes of integer number `row`, for every row of `rows`.
#[inline]
pub fn gather<T>(integers: Packed<'_>, rows: &[u32], out: &mut [T], mut map: impl FnMut(u64) -> T) {
    let out = &mut out[..rows.len()];
    for_each_integer(integers, rows, |at, integer| out[at] = map(integer));
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

/// Arrays of one batch, one item a span.
#[derive(Default)]
pub struct Batch {
    /// Rows.
    pub rows: Vec<u32>,
    /// When they start.
    pub times: Vec<u64>,
    /// Intervals.
    pub slots: Vec<u32>,
    /// Groups.
    pub groups: Vec<u32>,
    next: Vec<u32>,
}

impl Batch {
    /// Keeps those of `rows` that are in an interval, with their times and intervals.
    pub fn read_times(&mut self, starts: &Column<'_>, rows: &[u32], finder: &Finder) {
        self.times.clear();
        self.times.resize(rows.len(), 0);
        match (starts.presence, starts.values) {
            (Presence::Dense { .. }, Values::Integers(Integers { base, offsets })) => {
                gather(offsets, rows, &mut self.times, |offset| base.wrapping_add(offset));
            }
            _ => {
                for (time, &row) in self.times.iter_mut().zip(rows) {
                    *time = starts.integer(row).unwrap_or(0);
                }
            }
        }
        self.rows.clear();
        self.rows.extend_from_slice(rows);
        self.slots.clear();
        self.slots.extend(self.times.iter().map(|&time| finder.find(time).unwrap_or(u32::MAX)));
        if self.slots.contains(&u32::MAX) {
            let slots = std::mem::take(&mut self.slots);
            let kept = |i: &usize| slots[*i] != u32::MAX;
            let places: Vec<usize> = (0..slots.len()).filter(kept).collect();
            self.rows = places.iter().map(|&i| self.rows[i]).collect();
            self.times = places.iter().map(|&i| self.times[i]).collect();
            self.slots = places.iter().map(|&i| slots[i]).collect();
        }
    }

    /// Finds the group of every span.
    pub fn group(
        &mut self,
        site: Site<'_>,
        keys: &mut [Keys<'_>],
        groups: &mut Groups,
        numbering: &mut Numbering,
    ) -> Result<()> {
        self.groups.clear();
        self.groups.resize(self.rows.len(), 0);
        for (level, keys) in keys.iter_mut().enumerate() {
            self.next.clear();
            self.next.resize(self.rows.len(), NIL);
            keys.numbers(site, &self.rows, &mut self.next, numbering)?;
            groups.refine(level, &mut self.groups, &self.next);
        }
        Ok(())
    }

    /// Span number `at` as one that may stand for many.
    pub fn chosen(&self, at: usize, block: u32, value: f64) -> Chosen {
        Chosen { time: self.times[at], span: SpanAt { block, row: self.rows[at] }, value }
    }
}
