//! Spans a few thousand at a time, with their times and groups.

use super::exemplars::Chosen;
use super::groups::Groups;
use super::steps::{Finder, NO_STEP};
use crate::block::{Column, Integers, Presence, Values};
use crate::blocks::SpanAt;
use crate::error::Result;
use crate::traceql::keys::{Keys, NIL, Numbering, gather};

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
        if !finder.find_each(&self.times, &mut self.slots) {
            let slots = std::mem::take(&mut self.slots);
            let kept = |i: &usize| slots[*i] != NO_STEP;
            let places: Vec<usize> = (0..slots.len()).filter(kept).collect();
            self.rows = places.iter().map(|&i| self.rows[i]).collect();
            self.times = places.iter().map(|&i| self.times[i]).collect();
            self.slots = places.iter().map(|&i| slots[i]).collect();
        }
    }

    /// Finds the group of every span.
    pub fn group(
        &mut self,
        keys: &mut [Keys<'_>],
        groups: &mut Groups,
        numbering: &mut Numbering,
    ) -> Result<()> {
        self.groups.resize(self.rows.len(), NIL);
        match keys.first_mut() {
            Some(keys) => keys.numbers(&self.rows, &mut self.groups, numbering)?,
            None => self.groups.fill(NIL),
        }
        for (level, keys) in keys.iter_mut().enumerate().skip(1) {
            self.next.clear();
            self.next.resize(self.rows.len(), NIL);
            keys.numbers(&self.rows, &mut self.next, numbering)?;
            groups.refine(level, &mut self.groups, &self.next);
        }
        Ok(())
    }

    /// Span number `at` as one that may stand for many.
    pub fn chosen(&self, at: usize, block: u32, value: f64) -> Chosen {
        Chosen { time: self.times[at], span: SpanAt { block, row: self.rows[at] }, value }
    }
}
