//! The nodes of a trace graph that belong together: children, roots, orphans.

use crate::error::{Failure, bp_error};
use crate::graph::{Graph, bp_trace_graph};
use crate::guard::entry;
use crate::status::*;
use blockpack_engine::graph::Children;

/// Which nodes without a descendant of each other are listed.
enum Family {
    Children(u32),
    Roots,
    Orphans,
}

impl Graph {
    fn family(&self, family: Family) -> Result<Children<'_>, Failure> {
        let graph = self.get()?;
        match family {
            Family::Children(node) if node as usize >= graph.len() => Err(self.no_node(node)),
            Family::Children(node) => Ok(graph.children(node as usize)),
            Family::Roots => Ok(graph.roots()),
            Family::Orphans => Ok(graph.orphans()),
        }
    }
}

/// The body of the exports that list nodes.
macro_rules! list_nodes {
    ($graph:expr, $family:expr, $skip:expr, $out:expr, $cap:expr, $out_count:expr, $err:expr) => {
        entry!($err, [$out_count], |c, out_count| {
            let mut out = c.out_array($out, $cap)?;
            let graph = c.shared($graph)?;
            for node in graph.family($family)?.skip($skip).take($cap) {
                out.put(node as u32);
            }
            out_count.set(out.filled());
            Ok(if out.filled() == 0 && $cap > 0 { BP_DONE } else { BP_OK })
        })
    };
}

/// Copies the children of a node, by start, without the first skip of them.
///
/// Parameters: out has room for cap nodes.
/// Threads: any.
/// Errors: BP_DONE when there are none, BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT,
/// BP_ERR_RELEASED.
/// Cost: linear in the children up to the last one given.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_trace_graph_children(
    graph: *const bp_trace_graph,
    node: u32,
    skip: usize,
    out: *mut u32,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    list_nodes!(graph, Family::Children(node), skip, out, cap, out_count, err)
}

/// Copies the nodes whose spans name no parent, by start, without the first skip of them.
///
/// Parameters: out has room for cap nodes.
/// Threads: any.
/// Errors: BP_DONE when there are none, BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED.
/// Cost: linear in the roots up to the last one given.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_trace_graph_roots(
    graph: *const bp_trace_graph,
    skip: usize,
    out: *mut u32,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    list_nodes!(graph, Family::Roots, skip, out, cap, out_count, err)
}

/// Copies the nodes without a parent whose spans name one (a span that is not there, the span itself,
/// or a descendant where a ring was cut), by start, without the first skip of them.
///
/// Parameters: out has room for cap nodes.
/// Threads: any.
/// Errors: BP_DONE when there are none, BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED.
/// Cost: linear in the orphans up to the last one given.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_trace_graph_orphans(
    graph: *const bp_trace_graph,
    skip: usize,
    out: *mut u32,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    list_nodes!(graph, Family::Orphans, skip, out, cap, out_count, err)
}
