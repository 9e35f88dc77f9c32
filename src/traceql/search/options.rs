//! What is asked besides the query.

use crate::traceql::exec::{Limits, QueryContext};
use std::ops::Range;
use std::sync::Arc;

/// How a search is run and what it gives.
#[derive(Clone)]
pub struct SearchOptions {
    /// What queries share; without it, a search learns nothing from others.
    pub context: Option<Arc<QueryContext>>,
    /// A trace counts only if some of its time is not before this, in nanoseconds since the epoch.
    /// Its spans count wherever they are.
    pub start_ns: Option<u64>,
    /// A trace counts only if some of its time is not after this, likewise.
    pub end_ns: Option<u64>,
    /// Most traces to give; 20 if not said. With 0 only spans are counted and given as a set.
    pub limit: usize,
    /// Most spans to give of each spanset; 3 if not said, 0 for all.
    pub spans_per_spanset: usize,
    /// Gives with each span the values of [`super::Search::fields`].
    pub with_values: bool,
    /// Gives the traces that start last; of those that start together, the ones with the smallest
    /// ids, so that neither threads nor the order of blocks make a difference. If not set, any do,
    /// so that the search can end early. The query's hint `most_recent` does the same.
    pub most_recent: bool,
    /// Searches on when enough traces are found, so that all that match are counted and in
    /// [`super::Search::spans`]. Without effect if `limit` is 0: then it always does.
    pub count_all: bool,
    /// Searches only the traces that begin in these blocks: parts of a list of blocks that do not
    /// overlap have no trace in common, and together find what a search of the whole does.
    pub blocks: Option<Range<usize>>,
    /// Threads to use, the caller's among them; 1 if not said.
    pub threads: usize,
    /// Relates only spans that a root reaches, as Tempo does; see
    /// [`crate::graph::StructuralOptions`].
    pub rooted_only: bool,
    /// What the search may use up.
    pub limits: Limits,
}

impl Default for SearchOptions {
    fn default() -> Self {
        SearchOptions {
            context: None,
            start_ns: None,
            end_ns: None,
            limit: 20,
            spans_per_spanset: 3,
            with_values: false,
            most_recent: false,
            count_all: false,
            blocks: None,
            threads: 1,
            rooted_only: false,
            limits: Limits::default(),
        }
    }
}
