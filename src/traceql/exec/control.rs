//! What a run shares between its threads, and what stops it.

use super::Budget;
use crate::error::{Error, ErrorKind, Result};
use crate::graph::StructuralOptions;
use crate::scan::{ScanContext, ScanCounters, ScanStats};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// What all parts of a run need.
pub struct RunContext<'a> {
    /// Buffers and statistics of scans.
    pub scan: &'a ScanContext,
    /// What stops the run.
    pub control: &'a Control,
    /// How damaged traces are taken.
    pub structural: StructuralOptions,
}

/// What a run may use up.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// Stops the run, with an error of kind [`ErrorKind::Cancelled`], once it is set. May be set on
    /// any thread.
    pub cancel: Option<Arc<AtomicBool>>,
    /// The same when this time is reached.
    pub deadline: Option<Instant>,
    /// Most bytes that sets of spans, groups and results may take at a time; past it the run ends
    /// with an error of kind [`ErrorKind::Budget`]. [`DEFAULT_MEMORY`] if neither this nor a budget
    /// is given.
    pub memory: Option<u64>,
    /// The same, of all runs together that have this budget.
    pub budget: Option<Arc<Budget>>,
}

/// Bytes that a run may take which was given no other limit: 2 GiB. More than answers that people read
/// need, and less than what a query of one line can ask for (a series a span, of 100,000 samples each).
pub const DEFAULT_MEMORY: u64 = 2 << 30;

/// Watches over the [`Limits`] of a run.
#[derive(Debug, Default)]
pub struct Control {
    limits: Limits,
    used: AtomicU64,
    peak: AtomicU64,
}

/// Memory that is accounted for, until it is dropped.
#[derive(Debug)]
pub struct Charge<'a> {
    control: &'a Control,
    bytes: u64,
}

impl Control {
    /// A control that nothing was used of.
    pub fn new(limits: Limits) -> Control {
        Control { limits, ..Control::default() }
    }

    /// An error if the run is to stop.
    pub fn check(&self) -> Result<()> {
        if self.is_late() {
            let message =
                "the query did not end before its deadline; ask for less, or give it more time";
            return Err(Error::new(ErrorKind::Cancelled, message));
        }
        if self.limits.cancel.as_ref().is_some_and(|cancel| cancel.load(Relaxed)) {
            return Err(Error::new(ErrorKind::Cancelled, "the query was cancelled"));
        }
        Ok(())
    }

    /// Whether the deadline was reached.
    pub fn is_late(&self) -> bool {
        self.limits.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Accounts for `bytes` more.
    pub fn charge(&self, bytes: usize) -> Result<Charge<'_>> {
        let mut charge = Charge { control: self, bytes: 0 };
        charge.grow(bytes)?;
        Ok(charge)
    }

    /// The most bytes that were accounted for at a time.
    pub fn peak(&self) -> u64 {
        self.peak.load(Relaxed)
    }
}

impl Charge<'_> {
    /// Accounts for `bytes` more.
    pub fn grow(&mut self, bytes: usize) -> Result<()> {
        let bytes = bytes as u64;
        let used = self.control.used.fetch_add(bytes, Relaxed) + bytes;
        self.bytes += bytes;
        self.control.peak.fetch_max(used, Relaxed);
        let Limits { memory, budget, .. } = &self.control.limits;
        let default = if budget.is_some() { u64::MAX } else { DEFAULT_MEMORY };
        let limit = memory.unwrap_or(default);
        match budget.as_ref().filter(|budget| !budget.take(bytes)) {
            _ if used > limit => Err(too_much(limit)),
            Some(budget) => Err(too_much(budget.limit())),
            None => Ok(()),
        }
    }

    /// Lengthens a list to `len` items; its memory is accounted for before it is there.
    pub fn lengthen<T: Clone>(&mut self, list: &mut Vec<T>, len: usize, empty: T) -> Result<()> {
        let Some(more) = len.checked_sub(list.len()) else { return Ok(()) };
        if len > list.capacity() {
            let capacity = len.max(list.capacity().saturating_mul(2));
            self.grow((capacity - list.capacity()).saturating_mul(size_of::<T>()))?;
            list.reserve_exact(capacity - list.len());
        }
        list.extend(std::iter::repeat_n(empty, more));
        Ok(())
    }
}

#[cold]
fn too_much(limit: u64) -> Error {
    let message = format!(
        "the query needs more than its budget of {limit} bytes; ask for fewer spans, or give it more"
    );
    Error::new(ErrorKind::Budget, message)
}

impl Drop for Charge<'_> {
    fn drop(&mut self) {
        self.control.used.fetch_sub(self.bytes, Relaxed);
        if let Some(budget) = &self.control.limits.budget {
            budget.give_back(self.bytes);
        }
    }
}

/// What one part of a plan did in a run.
#[derive(Debug, Default)]
pub struct Counters {
    calls: AtomicU64,
    rows_in: AtomicU64,
    rows_out: AtomicU64,
    nanos: AtomicU64,
    /// What its scans did.
    pub scans: ScanCounters,
}

impl Counters {
    /// Takes in a call that was given `rows_in` rows and left `rows_out` of them.
    pub fn add(&self, rows_in: u64, rows_out: u64, time: Duration) {
        self.calls.fetch_add(1, Relaxed);
        self.rows_in.fetch_add(rows_in, Relaxed);
        self.rows_out.fetch_add(rows_out, Relaxed);
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.nanos.fetch_add(nanos, Relaxed);
    }

    /// What was counted so far.
    pub fn read(&self) -> Counted {
        let of = |counter: &AtomicU64| counter.load(Relaxed);
        Counted {
            calls: of(&self.calls),
            spans_in: of(&self.rows_in),
            spans_out: of(&self.rows_out),
            time: Duration::from_nanos(of(&self.nanos)),
            scans: self.scans.stats(),
        }
    }
}

/// What a part of a query did in a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// How often it was asked: once a block, or once a chunk of blocks that share traces.
    pub calls: u64,
    /// Spans it was asked about.
    pub spans_in: u64,
    /// Spans that it left.
    pub spans_out: u64,
    /// Time it took, that of its parts included.
    pub time: Duration,
    /// What its scans did: also how many blocks and zones they left out, and why.
    pub scans: ScanStats,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How `Limits` take a charge of these bytes.
    fn charged(limits: Limits, bytes: u64) -> Result<()> {
        Control::new(limits).charge(bytes as usize).map(drop)
    }

    #[test]
    fn runs_without_a_limit_have_one_that_others_replace() {
        let more = DEFAULT_MEMORY + 1;
        assert!(charged(Limits::default(), DEFAULT_MEMORY).is_ok());
        assert_eq!(charged(Limits::default(), more).unwrap_err().kind(), ErrorKind::Budget);
        let memory = |bytes| Limits { memory: Some(bytes), ..Limits::default() };
        assert!(charged(memory(more), more).is_ok() && charged(memory(9), 10).is_err());
        let budget =
            |bytes| Limits { budget: Some(Arc::new(Budget::new(bytes))), ..Limits::default() };
        assert!(charged(budget(more), more).is_ok() && charged(budget(9), 10).is_err());
        let both = Limits { memory: Some(5), ..budget(9) };
        assert!(charged(both.clone(), 5).is_ok() && charged(both, 6).is_err());
    }
}
