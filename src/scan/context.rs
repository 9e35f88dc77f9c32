//! What scans share: buffers, statistics, and the choice of kernels.

use super::column::Touched;
use super::kernels::Kernels;
use super::observed::{Observation, Observations};
use super::predicate::{Predicate, PredicateKind};
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
    counters: Counters,
    observations: Observations,
}

#[derive(Default)]
struct Counters {
    scans: AtomicU64,
    blocks_pruned: AtomicU64,
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
    /// Of these, scans that read no values: the index of the file denies them, there is no such
    /// column, all its values are the same, or its smallest and largest value decide.
    pub blocks_pruned: u64,
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
    /// starting one takes some tens of microseconds.
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
        let counters = &self.counters;
        let grown = self.pool.stats().grown;
        ScanStats {
            scans: counters.scans.load(Relaxed),
            blocks_pruned: counters.blocks_pruned.load(Relaxed),
            zones: counters.zones.load(Relaxed),
            zones_pruned: counters.zones_pruned.load(Relaxed),
            rows_scanned: counters.rows_scanned.load(Relaxed),
            rows_matched: counters.rows_matched.load(Relaxed),
            bytes: counters.bytes.load(Relaxed),
            buffers_grown: grown.saturating_sub(counters.buffers_grown.load(Relaxed)),
        }
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
        let Counters {
            scans,
            blocks_pruned,
            zones,
            zones_pruned,
            rows_scanned,
            rows_matched,
            bytes,
            buffers_grown,
        } = &self.counters;
        for counter in
            [scans, blocks_pruned, zones, zones_pruned, rows_scanned, rows_matched, bytes]
        {
            counter.store(0, Relaxed);
        }
        buffers_grown.store(self.pool.stats().grown, Relaxed);
        self.observations.clear();
    }

    /// Counts a scan of one block that found `set` and touched so much.
    pub(super) fn count(&self, set: &RowSet, touched: &Touched) {
        let counters = &self.counters;
        let Touched { bytes, zones, zones_pruned } = *touched;
        for (counter, more) in [
            (&counters.scans, 1),
            (&counters.blocks_pruned, u64::from(bytes == 0)),
            (&counters.zones, zones),
            (&counters.zones_pruned, zones_pruned),
            (&counters.rows_scanned, set.rows().into()),
            (&counters.rows_matched, set.count().into()),
            (&counters.bytes, bytes),
        ] {
            if more > 0 {
                counter.fetch_add(more, Relaxed);
            }
        }
    }

    /// Takes in how many rows matched, over one or more blocks.
    pub(super) fn observe(&self, name: &Name, predicate: &Predicate, rows: u64, matched: u64) {
        self.observations.add(name, predicate.kind(), rows, matched);
    }
}
