//! The graphs of many traces.

use crate::blocks::bp_blocks;
use crate::error::bp_error;
use crate::graph::{Graph, bp_trace_graph};
use crate::guard::{entry, fact, free};
use crate::handle::{BP_HANDLE_TRACE_GRAPHS, Handle, bp_handle_kind};
use crate::list::Held;
use crate::span_set::bp_span_set;
use crate::status::*;
use blockpack_engine::graph::TraceGraphs;
use std::sync::Arc;

/// The graphs of many traces, in the order of their first spans. Immutable, shared by threads.
pub struct bp_trace_graphs {
    _opaque: [u8; 0],
}

/// What a `bp_trace_graphs` holds.
pub struct Graphs {
    /// The graphs, until they are released.
    pub graphs: Held<TraceGraphs>,
    len: usize,
    spans: u64,
}

impl Handle for bp_trace_graphs {
    const KIND: bp_handle_kind = BP_HANDLE_TRACE_GRAPHS;
    const NAME: &'static str = "bp_trace_graphs";
    type Body = Graphs;
}

/// Builds the graphs of traces: of all traces in the blocks, or of those that have a span in spans.
/// A trace is one graph whether it lies in one block or in several.
///
/// Parameters: spans may be NULL for all traces; otherwise it is over the same list.
/// Ownership: the caller frees the graphs. They keep the blocks until they are released or freed.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED, BP_ERR_CORRUPT,
/// BP_ERR_CHECKSUM.
/// Cost: a few nanoseconds a span; 12 bytes a span (20 of traces in several blocks) and 40 a trace.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_trace_graphs_build(
    blocks: *const bp_blocks,
    spans: *const bp_span_set,
    out: *mut *mut bp_trace_graphs,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let blocks = c.shared(blocks)?;
        let list = blocks.get()?;
        let spans = if spans.is_null() { None } else { Some(c.shared(spans)?) };
        let spans = spans.as_ref().map(|spans| spans.set_over(list)).transpose()?;
        let graphs = Arc::new(TraceGraphs::of_trees(list.trees()?, spans)?);
        let (len, spans) = (graphs.len(), graphs.span_count() as u64);
        out.give(Graphs { graphs: Held::new(&graphs), len, spans });
        Ok(BP_OK)
    })
}

/// Counts the traces; also after release.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_trace_graphs_len(graphs: *const bp_trace_graphs) -> usize {
    fact!(0, |c| Ok(c.shared(graphs)?.len))
}

/// Counts the spans of all traces; also after release.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_trace_graphs_span_count(graphs: *const bp_trace_graphs) -> u64 {
    fact!(0, |c| Ok(c.shared(graphs)?.spans))
}

/// Makes a handle on one graph of many.
///
/// Ownership: the caller frees the graph. It keeps all of the graphs and their blocks on its own.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_trace_graphs_get(
    graphs: *const bp_trace_graphs,
    index: usize,
    out: *mut *mut bp_trace_graph,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let graphs = c.shared(graphs)?;
        out.give(Graph::new(&graphs.graphs, index)?);
        Ok(BP_OK)
    })
}

/// Gives back graphs and blocks that this handle holds. Doing so again does nothing. Memory of graphs,
/// 64 MiB at most, is kept for the next graphs of the list while that lives; bp_blocks_trim() frees it.
///
/// Threads: any, while no other call on graphs is running.
/// Cost: constant, and what it takes to free what nobody else holds.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_trace_graphs_release(graphs: *mut bp_trace_graphs) {
    fact!((), |c| {
        c.exclusive(graphs)?.graphs.release();
        Ok(())
    })
}

/// Tells whether the graphs were released.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_trace_graphs_is_released(graphs: *const bp_trace_graphs) -> bool {
    fact!(false, |c| Ok(c.shared(graphs)?.graphs.is_released()))
}

/// Frees the graphs. NULL is allowed.
///
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_trace_graphs_free(graphs: *mut bp_trace_graphs) {
    free!(graphs)
}
