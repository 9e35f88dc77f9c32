//! Memory for joining traces, and how it is used again.

use super::groups::Fragment;
use crate::block::build::order::{Node, Tree};
use crate::blocks::SpanAt;
use crate::rowset::PoolStats;
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What joining the traces of a list takes.
#[derive(Default)]
pub(super) struct JoinMemory {
    pub groups: GroupMemory,
    /// The spans of the trace that is joined at present, and where they are.
    pub nodes: Vec<Node>,
    pub places: Vec<SpanAt>,
    pub tree: Tree,
}

/// What finding these traces takes.
#[derive(Default)]
pub(super) struct GroupMemory {
    pub marks: Marks,
    /// Fragments that may belong to a trace to join, ascending.
    pub candidates: Vec<Fragment>,
    /// Of each candidate the number of its trace.
    pub group_of: Vec<u32>,
    /// Of each trace the first candidate.
    pub firsts: Vec<Fragment>,
    /// Of each trace how many candidates it has.
    pub sizes: Vec<u32>,
    /// The numbers of traces by their ids.
    pub table: HashTable<u32>,
    /// Seeded anew in each process: who sends spans chooses the ids.
    pub hasher: RandomState,
}

/// Which bits of a table were met once, and which more than once.
#[derive(Default)]
pub(super) struct Marks {
    once: Vec<u64>,
    twice: Vec<u64>,
}

/// The places of ids that were met more than once.
pub(super) struct Met<'a> {
    twice: &'a [u64],
    window: usize,
}

/// Bits for each id: by chance one in so many meets another.
const BITS: usize = 16;

impl Marks {
    /// Marks so many ids at the place that their bytes from `window` on are.
    pub fn mark<'i>(
        &mut self,
        count: usize,
        ids: impl Iterator<Item = &'i [u8; 16]>,
        window: usize,
    ) -> Met<'_> {
        let words = (count * BITS).next_power_of_two().div_ceil(64);
        for table in [&mut self.once, &mut self.twice] {
            table.clear();
            table.resize(words, 0);
        }
        for id in ids {
            let (word, bit) = place(id, window, words);
            self.twice[word] |= self.once[word] & bit;
            self.once[word] |= bit;
        }
        Met { twice: &self.twice, window }
    }
}

impl Met<'_> {
    /// Whether another id was at the place of `id`.
    #[inline]
    pub fn contains(&self, id: &[u8; 16]) -> bool {
        let (word, bit) = place(id, self.window, self.twice.len());
        self.twice[word] & bit != 0
    }
}

/// Word and bit of an id in a table of `words` words, a power of two.
#[inline]
fn place(id: &[u8; 16], window: usize, words: usize) -> (usize, u64) {
    let bytes = [id[window], id[window + 1], id[window + 2], id[window + 3]];
    let at = u32::from_be_bytes(bytes);
    ((at >> 6) as usize & (words - 1), 1 << (at % 64))
}

impl JoinMemory {
    /// Bytes of memory, used or not.
    fn heap_bytes(&self) -> usize {
        let GroupMemory { marks, candidates, group_of, firsts, sizes, table, .. } = &self.groups;
        8 * (marks.once.capacity() + marks.twice.capacity())
            + size_of::<Fragment>() * (candidates.capacity() + firsts.capacity())
            + 4 * (group_of.capacity() + sizes.capacity())
            + table.allocation_size()
            + size_of::<Node>() * self.nodes.capacity()
            + size_of::<SpanAt>() * self.places.capacity()
            + self.tree.heap_bytes()
    }
}

/// Bytes of unused memory that are kept, at most: that of a list of half a million fragments
/// of traces.
const MAX_IDLE_BYTES: usize = 8 << 20;

static SPARE: Mutex<Option<Box<JoinMemory>>> = Mutex::new(None);
static TAKEN: AtomicU64 = AtomicU64::new(0);
static GROWN: AtomicU64 = AtomicU64::new(0);

fn spare() -> MutexGuard<'static, Option<Box<JoinMemory>>> {
    // What a panic leaves is memory like any other.
    SPARE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Memory in use; it goes back when dropped.
pub(super) struct Lease {
    memory: Box<JoinMemory>,
    /// Bytes that it had at first.
    bytes: usize,
}

/// Memory for a join: that of the last one, if nobody else has it.
pub(super) fn lease() -> Lease {
    TAKEN.fetch_add(1, Relaxed);
    let idle = spare().take();
    let memory = idle.unwrap_or_default();
    Lease { bytes: memory.heap_bytes(), memory }
}

impl Deref for Lease {
    type Target = JoinMemory;

    fn deref(&self) -> &JoinMemory {
        &self.memory
    }
}

impl DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut JoinMemory {
        &mut self.memory
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let memory = std::mem::take(&mut self.memory);
        let bytes = memory.heap_bytes();
        if bytes > self.bytes {
            GROWN.fetch_add(1, Relaxed);
        }
        if bytes <= MAX_IDLE_BYTES {
            let before = spare().replace(memory);
            drop(before);
        }
    }
}

/// How often memory for joining the traces of a list was needed in this process, how often it had to
/// be allocated or to grow, and how much is kept for the next list, 8 MiB at most.
pub fn join_pool_stats() -> PoolStats {
    PoolStats {
        taken: TAKEN.load(Relaxed),
        grown: GROWN.load(Relaxed),
        idle_bytes: spare().as_ref().map_or(0, |idle| idle.heap_bytes()) as u64,
    }
}

/// Gives the memory that is kept for joining traces back to the system.
pub fn trim_join_pool() {
    let idle = spare().take();
    drop(idle);
}
