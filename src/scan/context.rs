//! What scans share: buffers, statistics, and the choice of kernels.

use super::kernels::Kernels;
use super::predicate::PredicateKind;
use crate::name::Name;
use crate::rowset::{Pool, RowSet};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Buffers and statistics of scans. Shared between threads; keep one as long as there are queries
/// to learn from.
#[derive(Default)]
pub struct ScanContext {
    kernels: Kernels,
    pool: Pool,
    counters: Counters,
}

#[derive(Default)]
struct Counters {
    scans: AtomicU64,
    rows_scanned: AtomicU64,
    rows_matched: AtomicU64,
    bytes: AtomicU64,
}

/// What the scans of a [`ScanContext`] did so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScanStats {
    /// Scans of one predicate over one block.
    pub scans: u64,
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

    /// The loops that scans use.
    pub fn kernels(&self) -> Kernels {
        self.kernels
    }

    /// The buffers that scans use.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// What scans did so far.
    pub fn stats(&self) -> ScanStats {
        let counters = &self.counters;
        ScanStats {
            scans: counters.scans.load(Relaxed),
            rows_scanned: counters.rows_scanned.load(Relaxed),
            rows_matched: counters.rows_matched.load(Relaxed),
            bytes: counters.bytes.load(Relaxed),
            buffers_grown: self.pool.stats().grown,
        }
    }

    pub(super) fn count(&self, _name: &Name, _kind: PredicateKind, set: &RowSet, bytes: u64) {
        self.counters.scans.fetch_add(1, Relaxed);
        self.counters.rows_scanned.fetch_add(set.rows().into(), Relaxed);
        self.counters.rows_matched.fetch_add(set.count().into(), Relaxed);
        self.counters.bytes.fetch_add(bytes, Relaxed);
    }
}
