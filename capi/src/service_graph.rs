//! Which services call which.

use crate::error::{Failure, bp_error};
use crate::graphs::bp_trace_graphs;
use crate::guard::{Zero, entry, fact, free};
use crate::handle::{BP_HANDLE_SERVICE_GRAPH, Handle, bp_handle_kind};
use crate::status::*;
use crate::value::bp_str;
use blockpack_engine::graph::{ServiceEdge, ServiceGraph};

/// Calls between services. Owns what it says and holds no blocks. Immutable, shared by threads.
///
/// A call is a span whose parent is of another service, or whose kind is server or consumer where its
/// parent's is client or producer. Where both sides of a call have one span id, as Zipkin records
/// them, the server's span is called by the client's. Durations and errors are those of the called
/// side.
pub struct bp_service_graph {
    _opaque: [u8; 0],
}

impl Handle for bp_service_graph {
    const KIND: bp_handle_kind = BP_HANDLE_SERVICE_GRAPH;
    const NAME: &'static str = "bp_service_graph";
    type Body = ServiceGraph;
}

/// Calls of one service by another, or by itself. Quantiles are exact: the duration of the nearest
/// rank.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_service_edge {
    /// Name of the service that calls; empty for spans without one.
    pub caller: bp_str,
    /// Name of the service that is called, likewise.
    pub callee: bp_str,
    /// Calls.
    pub calls: u64,
    /// Calls with the status "error".
    pub errors: u64,
    /// Half of the calls last no longer.
    pub p50_ns: u64,
    /// 95 % of the calls last no longer.
    pub p95_ns: u64,
    /// 99 % of the calls last no longer.
    pub p99_ns: u64,
    /// The longest call.
    pub max_ns: u64,
}

// SAFETY: integers and null views.
unsafe impl Zero for bp_service_edge {}

/// What is called a service: the text at this place in the graph's list.
fn name(graph: &ServiceGraph, service: usize) -> bp_str {
    graph.services.get(service).map_or(bp_str::EMPTY, |name| bp_str::view(name))
}

fn edge(graph: &ServiceGraph, edge: &ServiceEdge) -> bp_service_edge {
    bp_service_edge {
        caller: name(graph, edge.caller),
        callee: name(graph, edge.callee),
        calls: edge.calls(),
        errors: edge.errors,
        p50_ns: edge.quantile_ns(0.5),
        p95_ns: edge.quantile_ns(0.95),
        p99_ns: edge.quantile_ns(0.99),
        max_ns: edge.quantile_ns(1.0),
    }
}

/// Finds the calls between services in all these traces.
///
/// Ownership: the caller frees the graph; it needs neither graphs nor blocks.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: some ten nanoseconds a span, and 8 bytes a call.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_trace_graphs_service_graph(
    graphs: *const bp_trace_graphs,
    out: *mut *mut bp_service_graph,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let graphs = c.shared(graphs)?;
        out.give(graphs.graphs.get()?.service_graph()?);
        Ok(BP_OK)
    })
}

/// Counts the edges: pairs of services of which one calls the other.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_service_graph_len(graph: *const bp_service_graph) -> usize {
    fact!(0, |c| Ok(c.shared(graph)?.edges.len()))
}

/// Copies edges, by name of the caller, then of the callee, from number first on.
///
/// Parameters: out has room for cap edges.
/// Valid until: free of graph, for the names.
/// Threads: any.
/// Errors: BP_DONE when there is no edge first, BP_ERR_NULL_ARGUMENT.
/// Cost: linear in the edges given.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_service_graph_edges(
    graph: *const bp_service_graph,
    first: usize,
    out: *mut bp_service_edge,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out_count], |c, out_count| {
        let mut out = c.out_array(out, cap)?;
        let graph = c.shared(graph)?;
        for found in graph.edges.iter().skip(first).take(cap) {
            out.put(edge(&graph, found));
        }
        out_count.set(out.filled());
        Ok(if out.filled() == 0 && cap > 0 { BP_DONE } else { BP_OK })
    })
}

/// Copies the names of all services that have spans in the traces' blocks, from number first on. The
/// first is empty and stands for spans without one.
///
/// Parameters: out has room for cap names.
/// Valid until: free of graph.
/// Threads: any.
/// Errors: BP_DONE when there is no service first, BP_ERR_NULL_ARGUMENT.
/// Cost: linear in the names given.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_service_graph_services(
    graph: *const bp_service_graph,
    first: usize,
    out: *mut bp_str,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out_count], |c, out_count| {
        let mut out = c.out_array(out, cap)?;
        let graph = c.shared(graph)?;
        for service in (first..graph.services.len()).take(cap) {
            out.put(name(&graph, service));
        }
        out_count.set(out.filled());
        Ok(if out.filled() == 0 && cap > 0 { BP_DONE } else { BP_OK })
    })
}

/// Gives durations that fractions of an edge's calls do not exceed: those of the nearest rank.
///
/// Parameters: fractions are count numbers from 0 to 1, out_ns has room for as many durations.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
/// Cost: linear in count.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_service_graph_quantiles(
    graph: *const bp_service_graph,
    edge: usize,
    fractions: *const f64,
    count: usize,
    out_ns: *mut u64,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let mut out = c.out_array(out_ns, count)?;
        let graph = c.shared(graph)?;
        let fractions = c.items(fractions, count, "fractions")?;
        let edge = graph.edges.get(edge).ok_or_else(|| {
            Failure::invalid(format!("there is no edge {edge} among {}", graph.edges.len()))
        })?;
        if let Some(wrong) = fractions.iter().find(|fraction| !(0.0..=1.0).contains(*fraction)) {
            return Err(Failure::invalid(format!("{wrong} is no fraction from 0 to 1")));
        }
        for &fraction in fractions {
            out.put(edge.quantile_ns(fraction));
        }
        Ok(BP_OK)
    })
}

/// Frees the graph. NULL is allowed.
///
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_service_graph_free(graph: *mut bp_service_graph) {
    free!(graph)
}
