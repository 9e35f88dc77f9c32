//! The list of blocks that handles share, and how they let go of it.

use crate::error::Failure;
use crate::status::BP_ERR_RELEASED;
use blockpack_engine::Blocks;
use blockpack_engine::graph::Trees;
use blockpack_engine::rowset::PoolStats;
use blockpack_engine::scan::ScanContext;
use blockpack_engine::traceql::QueryContext;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

/// A list of blocks, with what is worked out once for all of it.
pub struct List {
    blocks: Blocks,
    context: Arc<ScanContext>,
    queries: Arc<QueryContext>,
    /// Made when spans are first related.
    trees: OnceLock<Trees>,
}

impl List {
    /// A list of its own around `blocks`.
    pub fn new(blocks: Blocks) -> Arc<Self> {
        Arc::new(List {
            blocks,
            context: Arc::default(),
            queries: Arc::default(),
            trees: OnceLock::new(),
        })
    }

    /// Buffers and statistics of the scans of this list.
    pub fn context(&self) -> &Arc<ScanContext> {
        &self.context
    }

    /// What queries on the list learned about it.
    pub fn queries(&self) -> &Arc<QueryContext> {
        &self.queries
    }

    /// How the spans of the list hang together.
    pub fn trees(&self) -> Result<&Trees, Failure> {
        match self.trees.get() {
            Some(trees) => Ok(trees),
            None => {
                let trees = Trees::new(&self.blocks)?;
                Ok(self.trees.get_or_init(|| trees))
            }
        }
    }
}

impl List {
    /// What the pools of scans and graphs did, and what they keep.
    pub fn pool_stats(&self) -> PoolStats {
        let scans = self.context.pool().stats();
        let graphs = self.trees.get().map_or_else(PoolStats::default, Trees::pool_stats);
        PoolStats {
            taken: scans.taken + graphs.taken,
            grown: scans.grown + graphs.grown,
            idle_bytes: scans.idle_bytes + graphs.idle_bytes,
        }
    }

    /// Gives this memory back to the system.
    pub fn trim(&self) {
        self.context.pool().trim();
        self.trees.get().into_iter().for_each(Trees::trim);
    }
}

impl Deref for List {
    type Target = Blocks;

    fn deref(&self) -> &Blocks {
        &self.blocks
    }
}

/// What a handle keeps alive until it is released.
pub struct Held<T = List>(Option<Arc<T>>);

impl<T> Held<T> {
    /// Keeps `it` alive.
    pub fn new(it: &Arc<T>) -> Self {
        Held(Some(it.clone()))
    }

    /// What is held, unless it was released.
    pub fn get(&self) -> Result<&Arc<T>, Failure> {
        match &self.0 {
            Some(it) => Ok(it),
            None => Err(Failure::new(BP_ERR_RELEASED, "the handle was released")),
        }
    }

    /// Lets it go.
    pub fn release(&mut self) {
        self.0 = None;
    }

    /// Whether it was let go.
    pub fn is_released(&self) -> bool {
        self.0.is_none()
    }
}

impl<T> Clone for Held<T> {
    fn clone(&self) -> Self {
        Held(self.0.clone())
    }
}
