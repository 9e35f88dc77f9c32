//! The memory of graphs, and how it is used again.

use super::groups::Fragment;
use crate::block::TraceFlags;
use crate::blocks::SpanAt;
use crate::rowset::PoolStats;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The arrays that graphs of many traces are made of.
#[derive(Debug, Default)]
pub(super) struct Arrays {
    pub traces: Vec<Trace>,
    pub parents: Vec<u32>,
    pub subtree_lens: Vec<u32>,
    pub depths: Vec<u32>,
    /// Where the spans are that belong to traces which were joined.
    pub places: Vec<SpanAt>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Trace {
    pub first_node: usize,
    pub len: u32,
    pub rooted: u32,
    pub flags: TraceFlags,
    /// The first part of the trace.
    pub fragment: Fragment,
    pub spans: Spans,
}

/// Where a trace's spans are.
#[derive(Clone, Copy, Debug)]
pub(super) enum Spans {
    /// In rows of the fragment's block, from this one on.
    Rows(u32),
    /// Listed from this place on in [`Arrays::places`].
    Listed(u32),
}

impl Arrays {
    fn clear(&mut self) {
        self.traces.clear();
        self.parents.clear();
        self.subtree_lens.clear();
        self.depths.clear();
        self.places.clear();
    }

    /// Bytes of memory, used or not.
    pub fn heap_bytes(&self) -> usize {
        size_of::<Trace>() * self.traces.capacity()
            + size_of::<SpanAt>() * self.places.capacity()
            + 4 * (self.parents.capacity() + self.subtree_lens.capacity() + self.depths.capacity())
    }
}

/// Bytes of unused arrays that are kept, at most: those of graphs of 5 million spans.
const MAX_IDLE_BYTES: usize = 64 << 20;

/// The arrays of graphs that are gone, for the next graphs of the same list: new memory from the
/// operating system takes longer to get than to fill.
#[derive(Debug, Default)]
pub(super) struct Spare {
    idle: Mutex<Option<Arrays>>,
    taken: AtomicU64,
    grown: AtomicU64,
}

impl Spare {
    /// Empty arrays, with memory if there is some.
    pub fn take(&self) -> Arrays {
        self.taken.fetch_add(1, Relaxed);
        self.lock().take().unwrap_or_default()
    }

    /// Notes that arrays which were taken had to grow.
    pub fn note_growth(&self) {
        self.grown.fetch_add(1, Relaxed);
    }

    /// Takes arrays back; of those that came back the last ones are kept.
    pub fn give(&self, mut arrays: Arrays) {
        arrays.clear();
        let bytes = arrays.heap_bytes();
        if bytes > 0 && bytes <= MAX_IDLE_BYTES {
            let before = self.lock().replace(arrays);
            drop(before);
        }
    }

    /// Frees what is kept.
    pub fn trim(&self) {
        let idle = self.lock().take();
        drop(idle);
    }

    /// How often arrays were taken and had to grow, and what is kept.
    pub fn stats(&self) -> PoolStats {
        PoolStats {
            taken: self.taken.load(Relaxed),
            grown: self.grown.load(Relaxed),
            idle_bytes: self.lock().as_ref().map_or(0, Arrays::heap_bytes) as u64,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arrays>> {
        // A panic while the lock is held leaves arrays like any others.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
