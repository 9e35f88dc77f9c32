//! Bitmaps that are used again.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of unused bitmaps that a pool keeps, at most: 256 of the usual size.
const MAX_IDLE_BYTES: usize = 1 << 20;

/// A stock of buffers for bitmaps. Clones share it; it is gone with the last clone and the last
/// buffer. Buffers come back when they are dropped, on whatever thread.
#[derive(Clone, Default)]
pub struct Pool {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    idle: Mutex<Idle>,
    taken: AtomicU64,
    grown: AtomicU64,
}

#[derive(Default)]
struct Idle {
    buffers: Vec<Vec<u64>>,
    bytes: usize,
}

/// What a [`Pool`] did so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolStats {
    /// Buffers handed out.
    pub taken: u64,
    /// How many of these had to be allocated, or were too small and had to grow.
    pub grown: u64,
    /// Bytes of the buffers that wait to be used.
    pub idle_bytes: u64,
}

impl Pool {
    /// An empty pool.
    pub fn new() -> Pool {
        Pool::default()
    }

    /// A buffer of `len` words. They hold what the last user left in them.
    pub fn words(&self, len: usize) -> Words {
        let mut buffer = self.shared.take();
        self.shared.taken.fetch_add(1, Relaxed);
        if buffer.capacity() < len {
            self.shared.grown.fetch_add(1, Relaxed);
        }
        buffer.resize(len, 0);
        Words { buffer, home: Some(self.clone()) }
    }

    /// A buffer of `len` words that are 0.
    pub fn zeroed(&self, len: usize) -> Words {
        let mut words = self.words(len);
        words.fill(0);
        words
    }

    /// Frees the buffers that wait to be used.
    pub fn trim(&self) {
        let idle = std::mem::take(&mut *self.shared.lock());
        drop(idle);
    }

    /// What the pool did so far.
    pub fn stats(&self) -> PoolStats {
        PoolStats {
            taken: self.shared.taken.load(Relaxed),
            grown: self.shared.grown.load(Relaxed),
            idle_bytes: self.shared.lock().bytes as u64,
        }
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Idle> {
        // A panic while the lock is held leaves a list of buffers like any other.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Vec<u64> {
        let mut idle = self.lock();
        let buffer = idle.buffers.pop().unwrap_or_default();
        idle.bytes -= buffer.capacity() * 8;
        buffer
    }

    fn give(&self, buffer: Vec<u64>) {
        let bytes = buffer.capacity() * 8;
        let mut idle = self.lock();
        if idle.bytes + bytes <= MAX_IDLE_BYTES {
            idle.bytes += bytes;
            idle.buffers.push(buffer);
        }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stats().fmt(f)
    }
}

/// The words of a bitmap. Goes back to its pool, if it has one, when dropped.
#[derive(Default)]
pub struct Words {
    buffer: Vec<u64>,
    home: Option<Pool>,
}

impl Words {
    /// Makes it `len` words long; new ones are 0.
    pub fn resize(&mut self, len: usize) {
        self.buffer.resize(len, 0);
    }

    /// The pool it came from; a new one if it came from none.
    pub(super) fn pool(&self) -> Pool {
        self.home.clone().unwrap_or_default()
    }
}

impl From<Vec<u64>> for Words {
    fn from(buffer: Vec<u64>) -> Self {
        Words { buffer, home: None }
    }
}

impl Clone for Words {
    fn clone(&self) -> Self {
        match &self.home {
            None => self.buffer.clone().into(),
            Some(pool) => {
                let mut copy = pool.words(self.len());
                copy.copy_from_slice(self);
                copy
            }
        }
    }
}

impl Drop for Words {
    fn drop(&mut self) {
        if let Some(pool) = &self.home
            && self.buffer.capacity() > 0
        {
            pool.shared.give(std::mem::take(&mut self.buffer));
        }
    }
}

impl Deref for Words {
    type Target = [u64];

    #[inline]
    fn deref(&self) -> &[u64] {
        &self.buffer
    }
}

impl DerefMut for Words {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u64] {
        &mut self.buffer
    }
}

impl PartialEq for Words {
    fn eq(&self, other: &Self) -> bool {
        self.buffer == other.buffer
    }
}

impl Eq for Words {}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} words", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_buffer_is_used_again() {
        let pool = Pool::new();
        for _ in 0..100 {
            pool.words(512);
            pool.words(100);
        }
        assert_eq!(pool.stats(), PoolStats { taken: 200, grown: 1, idle_bytes: 4096 });
        let held = (pool.words(512), pool.words(512));
        assert_eq!(pool.stats().grown, 2);
        assert_eq!(pool.stats().idle_bytes, 0);
        drop(held);
        assert_eq!(pool.stats().idle_bytes, 8192);
    }

    #[test]
    fn idle_memory_is_bounded() {
        let pool = Pool::new();
        drop(pool.words(MAX_IDLE_BYTES / 8 + 1));
        assert_eq!(pool.stats().idle_bytes, 0);
        let held: Vec<_> = (0..1000).map(|_| pool.words(512)).collect();
        drop(held);
        assert_eq!(pool.stats().idle_bytes, MAX_IDLE_BYTES as u64);
    }

    #[test]
    fn zeroed_words_are_zero_whatever_they_held() {
        let pool = Pool::new();
        pool.words(8).fill(u64::MAX);
        assert_eq!(pool.zeroed(16)[..], [0; 16]);
    }

    #[test]
    fn buffers_come_back_from_other_threads() {
        let pool = Pool::new();
        let words = pool.words(512);
        std::thread::spawn(move || drop(words)).join().unwrap();
        assert_eq!(pool.stats().idle_bytes, 4096);
    }
}
