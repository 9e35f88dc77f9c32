//! What lists of traces show of each, and what a waterfall shows of each span.

use crate::error::bp_error;
use crate::graph::{BP_NO_PARENT, bp_trace_graph};
use crate::graphs::bp_trace_graphs;
use crate::guard::{Zero, entry};
use crate::span_set::fixed;
use crate::status::*;
use crate::value::bp_str;
use blockpack_engine::graph::TraceSummary;

/// A trace in brief.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_trace_summary {
    /// Of an id of another length, the last 16 bytes, or zeros in front.
    pub trace_id: [u8; 16],
    /// Service of the root that the trace is named after; empty without a root.
    pub root_service: bp_str,
    /// Name of that root; empty without a root.
    pub root_name: bp_str,
    /// When the first span starts.
    pub start_ns: u64,
    /// From then until the last span ends.
    pub duration_ns: u64,
    /// Spans.
    pub spans: u32,
    /// Spans with the status "error".
    pub errors: u32,
    /// Services that took part.
    pub services: u32,
    /// Node of the root that the trace is named after: the one that starts first, of several the one
    /// with the smallest span id. BP_NO_PARENT without a root.
    pub root: u32,
    /// BP_TRACE_... bits: what is wrong with the trace.
    pub flags: u32,
    /// 0.
    pub reserved: u32,
}

// SAFETY: integers and null views.
unsafe impl Zero for bp_trace_summary {}

impl bp_trace_summary {
    fn new(summary: &TraceSummary<'_>) -> Self {
        bp_trace_summary {
            trace_id: fixed(summary.trace_id),
            root_service: bp_str::view(summary.root_service),
            root_name: bp_str::view(summary.root_name),
            start_ns: summary.start_ns,
            duration_ns: summary.duration_ns,
            spans: summary.spans,
            errors: summary.errors,
            services: summary.services.len() as u32,
            root: summary.root.map_or(BP_NO_PARENT, |root| root as u32),
            flags: summary.flags.0 as u32,
            reserved: 0,
        }
    }
}

/// A service's part in a trace.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_trace_service {
    /// Name of the service; empty for spans without one.
    pub service: bp_str,
    /// Its spans.
    pub spans: u32,
    /// Its spans with the status "error".
    pub errors: u32,
}

// SAFETY: integers and null views.
unsafe impl Zero for bp_trace_service {}

/// A span with the status "error".
pub const BP_NODE_ERROR: u32 = 1;
/// A span that a root reaches.
pub const BP_NODE_ROOTED: u32 = 2;

/// When and where a node's span ran.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_trace_timing {
    /// Name of the service; empty if there is none.
    pub service: bp_str,
    /// Start.
    pub start_ns: u64,
    /// Duration; 0 where a span ends before it starts.
    pub duration_ns: u64,
    /// OTLP number of the span kind.
    pub kind: i32,
    /// BP_NODE_... bits.
    pub flags: u32,
}

// SAFETY: integers and null views.
unsafe impl Zero for bp_trace_timing {}

/// Copies the summaries of many traces, from graph number first on.
///
/// Parameters: out has room for cap summaries.
/// Valid until: release or free of graphs, for the texts in the summaries.
/// Threads: any.
/// Errors: BP_DONE when there is no graph first, BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED,
/// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: linear in the spans of these traces, and once a call in the resources of their blocks.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_trace_graphs_summaries(
    graphs: *const bp_trace_graphs,
    first: usize,
    out: *mut bp_trace_summary,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out_count], |c, out_count| {
        let mut out = c.out_array(out, cap)?;
        let graphs = c.shared(graphs)?;
        let graphs = graphs.graphs.get()?;
        let last = first.saturating_add(cap).min(graphs.len());
        let columns = graphs.columns_of(first.min(last)..last)?;
        for index in first..last {
            out.put(bp_trace_summary::new(&graphs.get(index)?.summary(&columns)?));
        }
        out_count.set(out.filled());
        Ok(if out.filled() == 0 && cap > 0 { BP_DONE } else { BP_OK })
    })
}

/// Copies the services that took part in a trace, by their number of spans, most first, without the
/// first skip of them.
///
/// Parameters: out has room for cap services.
/// Valid until: release or free of graph, for the names.
/// Threads: any.
/// Errors: BP_DONE when there are none, BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED, BP_ERR_CORRUPT,
/// BP_ERR_CHECKSUM.
/// Cost: linear in the spans.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_trace_graph_services(
    graph: *const bp_trace_graph,
    skip: usize,
    out: *mut bp_trace_service,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out_count], |c, out_count| {
        let mut out = c.out_array(out, cap)?;
        let graph = c.shared(graph)?;
        let graph = graph.get()?;
        let summary = graph.summary(&graph.columns()?)?;
        for part in summary.services.iter().skip(skip).take(cap) {
            out.put(bp_trace_service {
                service: bp_str::view(part.service),
                spans: part.spans,
                errors: part.errors,
            });
        }
        out_count.set(out.filled());
        Ok(if out.filled() == 0 && cap > 0 { BP_DONE } else { BP_OK })
    })
}

/// Copies when and where the spans of nodes ran, from node number first on.
///
/// Parameters: out has room for cap timings.
/// Valid until: release or free of graph, for the names of the services.
/// Threads: any.
/// Errors: BP_DONE when there is no node first, BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED,
/// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: linear in the timings given, and once a call in the resources of the trace's blocks.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_trace_graph_timings(
    graph: *const bp_trace_graph,
    first: usize,
    out: *mut bp_trace_timing,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out_count], |c, out_count| {
        let mut out = c.out_array(out, cap)?;
        let graph = c.shared(graph)?;
        let graph = graph.get()?;
        let columns = graph.columns()?;
        for node in (first..graph.len()).take(cap) {
            let span = graph.place(node).unwrap_or_default();
            let error = if columns.is_error(span) { BP_NODE_ERROR } else { 0 };
            let rooted = if graph.is_rooted(node) { BP_NODE_ROOTED } else { 0 };
            out.put(bp_trace_timing {
                service: bp_str::view(columns.service_name(columns.service(span))),
                start_ns: columns.start_ns(span),
                duration_ns: columns.duration_ns(span),
                kind: columns.kind(span),
                flags: error | rooted,
            });
        }
        out_count.set(out.filled());
        Ok(if out.filled() == 0 && cap > 0 { BP_DONE } else { BP_OK })
    })
}
