//! Memory that several runs may use together.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A number of bytes that runs share, and what they use of it. Any number of runs on any threads
/// may have the same one at once.
#[derive(Debug)]
pub struct Budget {
    limit: u64,
    used: AtomicU64,
    peak: AtomicU64,
}

impl Budget {
    /// A budget of `limit` bytes.
    pub fn new(limit: u64) -> Budget {
        Budget { limit, used: AtomicU64::new(0), peak: AtomicU64::new(0) }
    }

    /// Most bytes to use at a time.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// Bytes that are used now.
    pub fn used(&self) -> u64 {
        self.used.load(Relaxed)
    }

    /// The most bytes that were used at a time. Can be above the limit by what was refused.
    pub fn peak(&self) -> u64 {
        self.peak.load(Relaxed)
    }

    /// Takes `bytes`; whether the limit allows it. They are to be given back either way.
    pub(super) fn take(&self, bytes: u64) -> bool {
        let used = self.used.fetch_add(bytes, Relaxed) + bytes;
        self.peak.fetch_max(used, Relaxed);
        used <= self.limit
    }

    /// Gives back what was taken.
    pub(super) fn give_back(&self, bytes: u64) {
        self.used.fetch_sub(bytes, Relaxed);
    }
}
