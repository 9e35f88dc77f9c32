//! Which services call which.

use super::graphs::{TraceGraph, TraceGraphs};
use super::spans::SpanColumns;
use crate::block::TraceFlags;
use crate::blocks::SpanAt;
use crate::error::Result;
use foldhash::fast::RandomState;
use hashbrown::HashMap;

// OTLP numbers of span kinds.
const SERVER: i32 = 2;
const CLIENT: i32 = 3;
const PRODUCER: i32 = 4;
const CONSUMER: i32 = 5;

/// Calls between services. Owns what it says, and holds no block.
///
/// A call is a span whose parent is of another service, or whose kind is server or consumer where
/// its parent's is client or producer. Where both sides of a call have one span id, as Zipkin
/// records them, the server's span is called by the client's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceGraph {
    /// Names of the services (bytes that should be UTF-8). The first stands for spans that have
    /// none, and is empty.
    pub services: Vec<Box<[u8]>>,
    /// Their calls, by name of the caller, then of the callee.
    pub edges: Vec<ServiceEdge>,
}

/// Calls of one service by another, or by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceEdge {
    /// The service that calls: its place in [`ServiceGraph::services`].
    pub caller: usize,
    /// The service that is called, likewise.
    pub callee: usize,
    /// How many calls have the status "error" on the called side.
    pub errors: u64,
    /// Durations of all calls on the called side, in nanoseconds, ascending.
    pub durations_ns: Vec<u64>,
}

impl ServiceEdge {
    /// How many calls there are.
    pub fn calls(&self) -> u64 {
        self.durations_ns.len() as u64
    }

    /// The duration that a fraction `q` of the calls does not exceed, in nanoseconds: the one of
    /// the nearest rank. A `q` below 0 is taken as 0, one above 1 as 1, and NaN as 0.
    pub fn quantile_ns(&self, q: f64) -> u64 {
        let rank = (q.clamp(0.0, 1.0) * self.durations_ns.len() as f64).ceil() as usize;
        self.durations_ns.get(rank.saturating_sub(1)).copied().unwrap_or(0)
    }
}

impl TraceGraphs {
    /// The calls between services in all these traces.
    pub fn service_graph(&self) -> Result<ServiceGraph> {
        let columns = self.columns()?;
        let mut calls = Calls { columns: &columns, edges: Vec::new(), numbers: HashMap::default() };
        let mut twins = Vec::new();
        for graph in self.iter() {
            twins.clear();
            if graph.flags().contains(TraceFlags::SHARED_IDS) {
                client_sides(graph, &columns, &mut twins);
            }
            calls.add(graph, &twins);
        }
        let mut edges = calls.edges;
        let names = columns.services();
        edges.sort_unstable_by_key(|edge| (names[edge.caller], names[edge.callee]));
        edges.iter_mut().for_each(|edge| edge.durations_ns.sort_unstable());
        Ok(ServiceGraph { services: names.iter().map(|&name| name.into()).collect(), edges })
    }
}

/// Finds the spans of kind server that share their id with one of kind client: pairs of their
/// nodes, sorted.
fn client_sides(graph: TraceGraph<'_>, columns: &SpanColumns<'_>, out: &mut Vec<(usize, usize)>) {
    let mut sides: Vec<(&[u8], i32, usize)> = graph
        .places()
        .enumerate()
        .map(|(node, place)| (columns.id(place), columns.kind(place), node))
        .filter(|side| side.0.len() == 8 && matches!(side.1, SERVER | CLIENT))
        .collect();
    sides.sort_unstable();
    for same in sides.chunk_by(|a, b| a.0 == b.0) {
        let of_kind = |kind| same.iter().filter(move |side| side.1 == kind).map(|side| side.2);
        if let Some(client) = of_kind(CLIENT).next() {
            out.extend(of_kind(SERVER).map(|server| (server, client)));
        }
    }
    out.sort_unstable();
}

/// Calls while they are counted.
struct Calls<'a> {
    columns: &'a SpanColumns<'a>,
    edges: Vec<ServiceEdge>,
    /// Place of each pair of services in `edges`.
    numbers: HashMap<(usize, usize), usize, RandomState>,
}

impl Calls<'_> {
    /// Adds the calls of a trace. `twins` are those whose sides share an id.
    fn add(&mut self, graph: TraceGraph<'_>, twins: &[(usize, usize)]) {
        let mut twins = twins.iter().copied().peekable();
        for (node, place) in graph.places().enumerate() {
            let twin = twins.next_if(|&(server, _)| server == node);
            let caller = twin.map(|(_, client)| client).or_else(|| graph.parent(node));
            if let Some(caller) = caller.and_then(|caller| graph.place(caller)) {
                self.add_link(caller, place);
            }
        }
    }

    /// Adds the call that `callee` is, if it is one.
    fn add_link(&mut self, caller: SpanAt, callee: SpanAt) {
        let columns = self.columns;
        let pair = (columns.service(caller), columns.service(callee));
        let crosses = || {
            matches!(columns.kind(callee), SERVER | CONSUMER)
                && matches!(columns.kind(caller), CLIENT | PRODUCER)
        };
        if pair.0 == pair.1 && !crosses() {
            return;
        }
        let number = *self.numbers.entry(pair).or_insert_with(|| {
            let (caller, callee) = pair;
            self.edges.push(ServiceEdge { caller, callee, ..ServiceEdge::default() });
            self.edges.len() - 1
        });
        let edge = &mut self.edges[number];
        edge.errors += u64::from(columns.is_error(callee));
        edge.durations_ns.push(columns.duration_ns(callee));
    }
}
