//! What is asked besides the query.

use crate::traceql::exec::{Limits, QueryContext};
use std::ops::Range;
use std::sync::Arc;

/// Over which time series are made, and how.
#[derive(Clone, Default)]
pub struct MetricsOptions {
    /// What queries share; without it, a query learns nothing from others.
    pub context: Option<Arc<QueryContext>>,
    /// Spans that start at this time or before do not count, in nanoseconds since the epoch. If not
    /// said, all spans from the first on do.
    pub start_ns: Option<u64>,
    /// Spans that start after this do not count, likewise. If not said, the last span is the last.
    pub end_ns: Option<u64>,
    /// Time between two samples, in nanoseconds. If not said, about 240 samples are made, at whole
    /// units of time from each other; see `docs/traceql.md`.
    pub step_ns: Option<u64>,
    /// Makes one sample of the whole time, and ignores `step_ns`.
    pub instant: bool,
    /// Most exemplars to give; if not said, the query's hint `exemplars` says, else there are none.
    pub exemplars: Option<u32>,
    /// Counts only the traces that begin in these blocks; where nothing is asked about whole traces,
    /// the spans in them. Parts of a list of blocks that do not overlap count no span twice, and
    /// together those of the whole, at the same times: those are of the whole list.
    pub blocks: Option<Range<usize>>,
    /// Threads to use, the caller's among them; 0 is taken as 1.
    pub threads: usize,
    /// Relates only spans that a root reaches, as Tempo does; see
    /// [`crate::graph::StructuralOptions`].
    pub rooted_only: bool,
    /// What the run may use up.
    pub limits: Limits,
}
