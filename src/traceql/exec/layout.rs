//! How a list of blocks falls into chunks, and what queries remember of it.

use super::chunk::Chunk;
use crate::blocks::{Blocks, BlocksNote};
use crate::error::Result;
use crate::graph::{Joins, connected_blocks};
use crate::scan::ScanContext;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// What queries share and learn: buffers, statistics of scans, and how lists of blocks hang
/// together. Keep one as long as there are queries; shared between threads. Keeps no block alive.
#[derive(Default)]
pub struct QueryContext {
    scan: ScanContext,
    layouts: Mutex<Vec<(BlocksNote, Arc<Layout>)>>,
}

/// Lists of blocks that are remembered; the one used longest ago is forgotten first.
const REMEMBERED: usize = 32;

/// How a list of blocks falls into chunks.
pub struct Layout {
    parts: Vec<Part>,
}

struct Part {
    /// Numbers of its blocks, ascending.
    blocks: Vec<u32>,
    /// The traces that lie in several of its blocks.
    joins: OnceLock<Joins>,
}

impl QueryContext {
    /// A context that has seen nothing.
    pub fn new() -> QueryContext {
        QueryContext::default()
    }

    /// Buffers and statistics of scans.
    pub fn scan(&self) -> &ScanContext {
        &self.scan
    }

    /// How `blocks` falls into chunks. Worked out once for a list: it takes a few nanoseconds a
    /// trace.
    pub fn layout(&self, blocks: &Blocks) -> Result<Arc<Layout>> {
        {
            let mut layouts = self.lock();
            layouts.retain(|(note, _)| !note.is_gone());
            if let Some(at) = layouts.iter().position(|(note, _)| note.is_of(blocks)) {
                let known = layouts.remove(at);
                let layout = known.1.clone();
                layouts.push(known);
                return Ok(layout);
            }
        }
        let layout = Arc::new(Layout::of(blocks)?);
        let mut layouts = self.lock();
        if layouts.len() >= REMEMBERED {
            layouts.remove(0);
        }
        layouts.push((blocks.note(), layout.clone()));
        Ok(layout)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(BlocksNote, Arc<Layout>)>> {
        // A panic while the lock is held leaves a list like any other.
        self.layouts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Layout {
    /// Puts blocks that share traces together.
    pub fn of(blocks: &Blocks) -> Result<Layout> {
        let parts = connected_blocks(blocks)?.into_iter();
        Ok(Layout { parts: parts.map(|blocks| Part { blocks, joins: OnceLock::new() }).collect() })
    }

    /// Every block by itself, for those who do not ask about traces.
    pub fn apart(blocks: &Blocks) -> Layout {
        let each = (0..blocks.len() as u32).map(|block| vec![block]);
        Layout { parts: each.map(|blocks| Part { blocks, joins: OnceLock::new() }).collect() }
    }

    /// Number of chunks.
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Numbers of the blocks of chunk `index` in the list, ascending; there must be such a chunk.
    pub fn blocks_of(&self, index: usize) -> &[u32] {
        &self.parts[index].blocks
    }

    /// Whether the first block of chunk `index` is one of `blocks`, or nothing is said of these.
    pub fn begins_in(&self, index: usize, blocks: Option<&Range<usize>>) -> bool {
        let first = self.blocks_of(index).first().map_or(0, |&first| first as usize);
        blocks.is_none_or(|blocks| blocks.contains(&first))
    }

    /// Chunk `index` of `blocks`, the list that this is the layout of.
    pub fn chunk<'a>(&'a self, blocks: &Blocks, index: usize) -> Result<Chunk<'a>> {
        let part = &self.parts[index];
        Chunk::new(blocks, &part.blocks, &part.joins)
    }
}
