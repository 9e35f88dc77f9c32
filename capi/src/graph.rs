//! The graph of one trace: who is whose parent, in plain arrays.

use crate::columns::bp_columns;
use crate::error::{Failure, bp_error};
use crate::guard::{Zero, entry, fact, free};
use crate::handle::{BP_HANDLE_TRACE_GRAPH, Handle, bp_handle_kind};
use crate::lazy_fields::{Fields, bp_lazy_fields, bp_span};
use crate::list::Held;
use crate::matrix;
use crate::options::Growing;
use crate::span_set::fixed;
use crate::status::*;
use crate::value::bp_value;
use blockpack_engine::blocks::SpanAt;
use blockpack_engine::fields::LazyFields;
use blockpack_engine::graph::{TraceGraph, TraceGraphs};

/// The graph of one trace. Its nodes are its spans, numbered from 0 in pre-order: what descends from
/// a span follows it directly, siblings come by start, the trees of roots first. Immutable, shared by
/// threads.
pub struct bp_trace_graph {
    _opaque: [u8; 0],
}

/// What a `bp_trace_graph` holds.
pub struct Graph {
    graphs: Held<TraceGraphs>,
    index: usize,
    len: usize,
}

impl Handle for bp_trace_graph {
    const KIND: bp_handle_kind = BP_HANDLE_TRACE_GRAPH;
    const NAME: &'static str = "bp_trace_graph";
    type Body = Graph;
}

impl Graph {
    /// Graph number `index` of `graphs`.
    pub fn new(graphs: &Held<TraceGraphs>, index: usize) -> Result<Self, Failure> {
        let len = graphs.get()?.get(index)?.len();
        Ok(Graph { graphs: graphs.clone(), index, len })
    }

    /// The graph, unless it was released.
    pub fn get(&self) -> Result<TraceGraph<'_>, Failure> {
        Ok(self.graphs.get()?.get(self.index)?)
    }

    fn place(&self, node: u32) -> Result<SpanAt, Failure> {
        self.get()?.place(node as usize).ok_or_else(|| self.no_node(node))
    }

    /// What to answer about a node that is not there.
    #[cold]
    pub fn no_node(&self, node: u32) -> Failure {
        Failure::invalid(format!("there is no node {node}, the trace has {} spans", self.len))
    }

    fn fields(&self, node: u32) -> Result<LazyFields, Failure> {
        let at = self.place(node)?;
        Ok(LazyFields::new(self.graphs.get()?.blocks(), at.block as usize, at.row)?)
    }
}

/// A node whose span has no parent in the trace.
pub const BP_NO_PARENT: u32 = 0xffff_ffff;

/// A span names a parent that is not there.
pub const BP_TRACE_ORPHANS: u32 = 1;
/// More than one span has no parent id.
pub const BP_TRACE_SEVERAL_ROOTS: u32 = 2;
/// Every span has a parent id.
pub const BP_TRACE_NO_ROOT: u32 = 4;
/// Two spans have the same span id.
pub const BP_TRACE_SHARED_IDS: u32 = 8;
/// Parents form a ring; it was cut at its earliest span.
pub const BP_TRACE_CYCLE: u32 = 16;
/// A span is its own parent.
pub const BP_TRACE_SELF_PARENT: u32 = 32;
/// An id has a length that OTLP does not allow.
pub const BP_TRACE_ODD_IDS: u32 = 64;

/// What a trace graph is like.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_trace_info {
    /// sizeof(bp_trace_info).
    pub struct_size: usize,
    /// Spans, the nodes.
    pub spans: u64,
    /// Spans that name no parent.
    pub roots: u64,
    /// Spans without a parent here though they name one. The trace falls into as many parts as it
    /// has roots and orphans.
    pub orphans: u64,
    /// BP_TRACE_... bits: what is wrong with the trace.
    pub flags: u32,
    /// Depth of the deepest node; a root's is 0.
    pub max_depth: u32,
    /// Of an id of another length, the last 16 bytes, or zeros in front.
    pub trace_id: [u8; 16],
}

// SAFETY: `repr(C)`, a size first, all integers.
unsafe impl Growing for bp_trace_info {
    const NAME: &'static str = "bp_trace_info";
    const MIN: usize = 56;
}

/// A node of a trace graph.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_trace_node {
    /// The span.
    pub span: bp_span,
    /// The parent's node, or BP_NO_PARENT.
    pub parent: u32,
    /// Steps up to a node without a parent.
    pub depth: u32,
    /// How many nodes descend from this one; they follow it directly.
    pub descendants: u32,
    /// 0.
    pub reserved: u32,
}

// SAFETY: integers.
unsafe impl Zero for bp_trace_node {}

/// A view of numbers.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_u32s {
    /// First number.
    pub ptr: *const u32,
    /// How many there are.
    pub len: usize,
}

// SAFETY: a null view of nothing.
unsafe impl Zero for bp_u32s {}

impl bp_u32s {
    fn view(numbers: &[u32]) -> Self {
        bp_u32s { ptr: numbers.as_ptr(), len: numbers.len() }
    }
}

/// Counts the spans of the trace; also after release.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_trace_graph_len(graph: *const bp_trace_graph) -> usize {
    fact!(0, |c| Ok(c.shared(graph)?.len))
}

/// Tells what the graph is like.
///
/// Parameters: out.struct_size is set by the caller.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED, BP_ERR_CORRUPT,
/// BP_ERR_CHECKSUM.
/// Cost: linear in the spans.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_trace_graph_info(
    graph: *const bp_trace_graph,
    out: *mut bp_trace_info,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let out = c.growing_out(out)?;
        let graph = c.shared(graph)?;
        let graph = graph.get()?;
        out.set(&bp_trace_info {
            struct_size: 0,
            spans: graph.len() as u64,
            roots: graph.roots().count() as u64,
            orphans: graph.orphans().count() as u64,
            flags: graph.flags().0 as u32,
            max_depth: graph.depths().iter().copied().max().unwrap_or(0),
            trace_id: fixed(graph.trace_id()?),
        });
        Ok(BP_OK)
    })
}

/// Gives the parents of all nodes, BP_NO_PARENT where there is none.
///
/// Valid until: release or free of graph.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_trace_graph_parents(
    graph: *const bp_trace_graph,
    out: *mut bp_u32s,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        out.set(bp_u32s::view(c.shared(graph)?.get()?.parents()));
        Ok(BP_OK)
    })
}

/// Gives the depths of all nodes, 0 where there is no parent.
///
/// Valid until: release or free of graph.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_trace_graph_depths(
    graph: *const bp_trace_graph,
    out: *mut bp_u32s,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        out.set(bp_u32s::view(c.shared(graph)?.get()?.depths()));
        Ok(BP_OK)
    })
}

/// Gives the number of descendants of all nodes. A node's first child, if it has any, is the node
/// behind it, and a child's next sibling is the node behind the child's descendants.
///
/// Valid until: release or free of graph.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_trace_graph_descendants(
    graph: *const bp_trace_graph,
    out: *mut bp_u32s,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        out.set(bp_u32s::view(c.shared(graph)?.get()?.subtree_lens()));
        Ok(BP_OK)
    })
}

/// Copies nodes, from number first on.
///
/// Parameters: out has room for cap nodes.
/// Threads: any.
/// Errors: BP_DONE when there is no node first, BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED.
/// Cost: linear in the nodes given.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_trace_graph_nodes(
    graph: *const bp_trace_graph,
    first: usize,
    out: *mut bp_trace_node,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out_count], |c, out_count| {
        let mut out = c.out_array(out, cap)?;
        let graph = c.shared(graph)?;
        let graph = graph.get()?;
        for node in (first..graph.len()).take(cap) {
            let at = graph.place(node).unwrap_or_default();
            out.put(bp_trace_node {
                span: bp_span { block: at.block, row: at.row },
                parent: graph.parents()[node],
                depth: graph.depths()[node],
                descendants: graph.subtree_lens()[node],
                reserved: 0,
            });
        }
        out_count.set(out.filled());
        Ok(if out.filled() == 0 && cap > 0 { BP_DONE } else { BP_OK })
    })
}

/// Finds the node of a span.
///
/// Threads: any.
/// Errors: BP_ABSENT if the span is not of this trace, BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED.
/// Cost: constant where the trace lies in one block, else linear in its spans.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_trace_graph_find(
    graph: *const bp_trace_graph,
    span: bp_span,
    out_node: *mut u32,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out_node], |c, out_node| {
        let graph = c.shared(graph)?;
        match graph.get()?.node_at(SpanAt { block: span.block, row: span.row }) {
            Some(node) => out_node.set(node as u32),
            None => return Ok(BP_ABSENT),
        }
        Ok(BP_OK)
    })
}

/// Makes the fields of a node's span.
///
/// Ownership: the caller frees them; they keep the blocks on their own.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED.
/// Cost: constant; nothing is read.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_trace_graph_fields(
    graph: *const bp_trace_graph,
    node: u32,
    out: *mut *mut bp_lazy_fields,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        out.give(Fields::new(c.shared(graph)?.fields(node)?));
        Ok(BP_OK)
    })
}

/// Reads fields of many nodes at once: of count nodes from number first on, the values of columns,
/// row by row, absent where a span has no such field.
///
/// Parameters: out has room for out_len values, count times the number of columns.
/// Valid until: release or free of graph.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT also if the trace has fewer spans,
/// BP_ERR_RELEASED, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: linear in the values.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_trace_graph_values(
    graph: *const bp_trace_graph,
    first: usize,
    count: usize,
    columns: *const bp_columns,
    out: *mut bp_value,
    out_len: usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let mut out = c.out_values(out, out_len)?;
        let graph = c.shared(graph)?;
        let names = c.columns(columns, count, out_len)?;
        let (blocks, nodes) = (graph.graphs.get()?.blocks(), graph.get()?);
        let end = first.checked_add(count).filter(|&end| end <= nodes.len()).ok_or_else(|| {
            Failure::invalid(format!("{count} nodes from {first} on, there are {}", nodes.len()))
        })?;
        let spans = (first..end).filter_map(|node| nodes.place(node));
        matrix::fill(blocks, spans, names.columns(), &mut out)?;
        Ok(BP_OK)
    })
}

/// Gives back graphs and blocks that this handle holds. Doing so again does nothing.
///
/// Threads: any, while no other call on graph is running.
/// Cost: constant, and what it takes to free what nobody else holds.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_trace_graph_release(graph: *mut bp_trace_graph) {
    fact!((), |c| {
        c.exclusive(graph)?.graphs.release();
        Ok(())
    })
}

/// Tells whether the graph was released.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_trace_graph_is_released(graph: *const bp_trace_graph) -> bool {
    fact!(false, |c| Ok(c.shared(graph)?.graphs.is_released()))
}

/// Frees the graph. NULL is allowed.
///
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_trace_graph_free(graph: *mut bp_trace_graph) {
    free!(graph)
}
