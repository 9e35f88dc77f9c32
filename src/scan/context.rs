//! What scans share: buffers, statistics, and the choice of kernels.

use super::column::Touched;
use super::kernels::Kernels;
use super::observed::{Observation, Observations};
use super::predicate::{Predicate, PredicateKind};
use super::pruned::{Decided, Pruned};
use crate::name::Name;
use crate::rowset::{Pool, RowSet};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// Buffers and statistics of scans. Shared between threads; keep one as long as there are queries
/// to learn from.
#[derive(Default)]
pub struct ScanContext {
    kernels: Kernels,
    pool: Pool,
    /// Whether scans look at everything, also where bounds, zones and indexes deny a match.
    looks_at_all: bool,
    threads: AtomicUsize,
    counters: ScanCounters,
    observations: Observations,
}

/// Counts what scans do: all of a context's, or those of one condition.
#[derive(Debug, Default)]
pub struct ScanCounters {
    scans: AtomicU64,
    /// By what [`Decided`] them.
    pruned: [AtomicU64; Decided::REASONS],
    zones: AtomicU64,
    zones_pruned: AtomicU64,
    rows_scanned: AtomicU64,
    rows_matched: AtomicU64,
    bytes: AtomicU64,
    /// What the pool had grown when counting began.
    buffers_grown: AtomicU64,
}

/// What the scans of a [`ScanContext`] did since it was made or reset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScanStats {
    /// Scans of one predicate over one block.
    pub scans: u64,
    /// Of these, scans that read no values, by their reason.
    pub pruned: Pruned,
    /// Zones of the columns that were scanned: up to 64 a block.
    pub zones: u64,
    /// Of these, zones without a match whose values were left out.
    pub zones_pruned: u64,
    /// Rows of the tables scanned.
    pub rows_scanned: u64,
    /// Rows that matched.
    pub rows_matched: u64,
    /// Bytes of values, codes, dictionaries and presence that were read.
    pub bytes: u64,
    /// Buffers that had to be allocated, or were too small and had to grow.
    pub buffers_grown: u64,
}

impl ScanContext {
    /// A context without history.
    pub fn new() -> ScanContext {
        ScanContext::default()
    }

    /// A context whose scans use `kernels`, for tests and comparisons.
    pub fn with_kernels(kernels: Kernels) -> ScanContext {
        ScanContext { kernels, ..ScanContext::default() }
    }

    /// A context whose scans leave out nothing by bounds, zones and indexes, for tests and
    /// comparisons.
    pub fn without_pruning() -> ScanContext {
        ScanContext { looks_at_all: true, ..ScanContext::default() }
    }

    /// Lets scans of lists of blocks use up to so many threads, the caller's among them; 1, as it
    /// is at first, and 0 mean the caller's alone. Threads pay where a scan takes milliseconds:
    /// starting one takes some tens of microseconds. What is soon done starts none.
    pub fn set_threads(&self, threads: usize) {
        self.threads.store(threads, Relaxed);
    }

    /// Most threads that scans of lists of blocks use.
    pub fn threads(&self) -> usize {
        self.threads.load(Relaxed).max(1)
    }

    /// Whether scans leave out what cannot match.
    pub(super) fn prunes(&self) -> bool {
        !self.looks_at_all
    }

    /// The loops that scans use.
    pub fn kernels(&self) -> Kernels {
        self.kernels
    }

    /// The buffers that scans use.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// What scans did since the context was made or reset.
    pub fn stats(&self) -> ScanStats {
        let grown = self.pool.stats().grown;
        let before = self.counters.buffers_grown.load(Relaxed);
        ScanStats { buffers_grown: grown.saturating_sub(before), ..self.counters.stats() }
    }

    /// The share of rows, from 0 to 1, that scans for `predicate` on `name` are expected to match:
    /// what scans for its kind of predicate matched so far, or a tenth.
    pub fn expected_selectivity(&self, name: &Name, predicate: &Predicate) -> f64 {
        self.observations.expected(name, predicate.kind())
    }

    /// The conditions, those first that are expected to match fewest rows.
    pub(super) fn in_order<'c>(
        &self,
        conditions: &[(&'c Name, &'c Predicate)],
    ) -> Vec<(&'c Name, &'c Predicate)> {
        let mut order = conditions.to_vec();
        order.sort_by_cached_key(|(name, predicate)| {
            // Positive doubles sort as their bits do.
            self.expected_selectivity(name, predicate).to_bits()
        });
        order
    }

    /// What was observed of a kind of predicate on `name`.
    pub fn observation(&self, name: &Name, kind: PredicateKind) -> Option<Observation> {
        self.observations.of(name, kind)
    }

    /// All that was observed, by name and kind.
    pub fn observations(&self) -> Vec<Observation> {
        self.observations.all()
    }

    /// Sets all counters to 0 and forgets all observations.
    pub fn reset(&self) {
        let ScanCounters {
            scans,
            pruned,
            zones,
            zones_pruned,
            rows_scanned,
            rows_matched,
            bytes,
            buffers_grown,
        } = &self.counters;
        let counters = [scans, zones, zones_pruned, rows_scanned, rows_matched, bytes];
        counters.into_iter().chain(pruned).for_each(|counter| counter.store(0, Relaxed));
        buffers_grown.store(self.pool.stats().grown, Relaxed);
        self.observations.clear();
    }

    /// Counts a scan of one block that found `set` and touched so much.
    pub(super) fn count(&self, set: &RowSet, touched: &Touched) {
        self.counters.count(set, touched);
    }

    /// Takes in how many rows matched, over one or more blocks.
    pub(super) fn observe(&self, name: &Name, predicate: &Predicate, rows: u64, matched: u64) {
        self.observations.add(name, predicate.kind(), rows, matched);
    }
}

impl ScanCounters {
    /// Counters that counted nothing.
    pub fn new() -> ScanCounters {
        ScanCounters::default()
    }

    /// What was counted; buffers are the context's, and not among it.
    pub fn stats(&self) -> ScanStats {
        ScanStats {
            scans: self.scans.load(Relaxed),
            pruned: Pruned::of(self.pruned.each_ref().map(|counter| counter.load(Relaxed))),
            zones: self.zones.load(Relaxed),
            zones_pruned: self.zones_pruned.load(Relaxed),
            rows_scanned: self.rows_scanned.load(Relaxed),
            rows_matched: self.rows_matched.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            buffers_grown: 0,
        }
    }

    /// Counts a scan of one block that found `set` and touched so much.
    pub(super) fn count(&self, set: &RowSet, touched: &Touched) {
        let Touched { bytes, zones, zones_pruned, decided } = *touched;
        for (counter, more) in [
            (&self.scans, 1),
            (&self.zones, zones),
            (&self.zones_pruned, zones_pruned),
            (&self.rows_scanned, set.rows().into()),
            (&self.rows_matched, set.count().into()),
            (&self.bytes, bytes),
        ] {
            if more > 0 {
                counter.fetch_add(more, Relaxed);
            }
        }
        if let Some(reason) = self.pruned.get(decided as usize) {
            reason.fetch_add(1, Relaxed);
        }
    }
}

impl ScanStats {
    /// Scans that read no values, for whatever reason.
    pub fn blocks_pruned(&self) -> u64 {
        self.pruned.total()
    }
}

impl std::ops::AddAssign for ScanStats {
    fn add_assign(&mut self, other: ScanStats) {
        self.scans += other.scans;
        self.pruned += other.pruned;
        self.zones += other.zones;
        self.zones_pruned += other.zones_pruned;
        self.rows_scanned += other.rows_scanned;
        self.rows_matched += other.rows_matched;
        self.bytes += other.bytes;
        self.buffers_grown += other.buffers_grown;
    }
}
