//! What the end of a trace was waiting for.

use crate::error::bp_error;
use crate::graph::bp_trace_graph;
use crate::guard::{Zero, entry};
use crate::status::*;

/// The node whose end the trace's end stands for: the root that it is named after; without a root, of
/// the nodes without a parent the one that took longest.
pub const BP_MAIN_NODE: u32 = 0xffff_ffff;

/// A stretch of a critical path: time in which a span was at work itself, not waiting for a child.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_path_segment {
    /// Begin.
    pub start_ns: u64,
    /// End.
    pub end_ns: u64,
    /// The span's node.
    pub node: u32,
    /// 0.
    pub reserved: u32,
}

// SAFETY: integers.
unsafe impl Zero for bp_path_segment {}

/// Copies the critical path of a node in order of time, without the first skip of its segments. They
/// fill the span's time from start to end without gaps: a span's time is its own but for the time of
/// the child that ended last, before that child began but for the one that had ended last then, and
/// so on; a child's time is shared out in the same way. Of a child that begins before its parent or
/// ends after it counts what is inside.
///
/// Parameters: node is a node or BP_MAIN_NODE. out has room for cap segments; twice as many as the
/// trace has spans are always enough.
/// Threads: any.
/// Errors: BP_DONE when there are none, BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT,
/// BP_ERR_RELEASED, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: n log n for n spans below the node, and once a call linear in the resources of the trace's
/// blocks.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_trace_graph_critical_path(
    graph: *const bp_trace_graph,
    node: u32,
    skip: usize,
    out: *mut bp_path_segment,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out_count], |c, out_count| {
        let mut out = c.out_array(out, cap)?;
        let handle = c.shared(graph)?;
        let graph = handle.get()?;
        let columns = graph.columns()?;
        let node = match node {
            BP_MAIN_NODE => graph.main_head(&columns),
            node if node as usize >= graph.len() => return Err(handle.no_node(node)),
            node => node as usize,
        };
        for segment in graph.critical_path(node, &columns).iter().skip(skip).take(cap) {
            out.put(bp_path_segment {
                start_ns: segment.start_ns,
                end_ns: segment.end_ns,
                node: segment.node as u32,
                reserved: 0,
            });
        }
        out_count.set(out.filled());
        Ok(if out.filled() == 0 && cap > 0 { BP_DONE } else { BP_OK })
    })
}
