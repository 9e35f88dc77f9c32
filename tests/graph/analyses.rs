//! Summaries, critical paths, service graphs and shapes are what a look at every span gives.

use crate::forest::{Oracle, Stored, TestSpan, spans, traces};
use blockpack::block::build::BlockOptions;
use blockpack::graph::{Segment, ServiceEdge, SpanColumns, TraceGraph, TraceGraphs};
use proptest::prelude::*;
use std::collections::BTreeMap;

const SERVER: i32 = 2;
const CLIENT: i32 = 3;

fn store(spans: &[TestSpan], pieces: usize) -> Stored {
    let options = BlockOptions { max_rows: 16, ..BlockOptions::default() };
    Stored::new(spans, &options, pieces, |number| number * pieces / spans.len().max(1))
}

/// Spans of a graph, by node.
fn spans_of<'a>(all: &'a [TestSpan], stored: &Stored, graph: TraceGraph<'_>) -> Vec<&'a TestSpan> {
    graph.places().map(|place| &all[stored.number(place)]).collect()
}

fn check_summary(spans: &[&TestSpan], graph: TraceGraph<'_>, columns: &SpanColumns<'_>) {
    let summary = graph.summary(columns).unwrap();
    let start = spans.iter().map(|span| span.start).min().unwrap();
    let end = spans.iter().map(|span| span.start + span.duration).max().unwrap();
    assert_eq!((summary.start_ns, summary.duration_ns), (start, end - start));
    assert_eq!(summary.trace_id, spans[0].trace);
    assert_eq!(summary.spans as usize, spans.len());
    let mut services: BTreeMap<&[u8], (u32, u32)> = BTreeMap::new();
    for span in spans {
        let counts = services.entry(&span.service).or_default();
        counts.0 += 1;
        counts.1 += u32::from(span.status == 2);
    }
    assert_eq!(summary.errors, services.values().map(|counts| counts.1).sum::<u32>());
    assert!(summary.services.is_sorted_by_key(|s| (std::cmp::Reverse(s.spans), s.service)));
    let found = summary.services.iter().map(|s| (s.service, (s.spans, s.errors)));
    assert_eq!(found.collect::<BTreeMap<_, _>>(), services);
    let roots = graph.roots().map(|root| (spans[root].start, &spans[root].id, root));
    let root = roots.min_by_key(|root| (root.0, root.1)).map(|root| spans[root.2]);
    let (service, name) = root.map_or((&b""[..], &b""[..]), |r| (&r.service, &r.name));
    assert_eq!((summary.root_service, summary.root_name), (service, name));
    assert_eq!(summary.root.is_some(), root.is_some());
}

/// Who is on the path, from the end to the start, looking at all children for each stretch.
fn naive_path(
    spans: &[&TestSpan],
    graph: TraceGraph<'_>,
    (node, start, end): (usize, u64, u64),
    out: &mut Vec<Segment>,
) {
    let cut = |child: usize| {
        let span = spans[child];
        (child, span.start.max(start), (span.start + span.duration).min(end))
    };
    let mut known_from = end;
    loop {
        let fits = |&(_, from, to): &(usize, u64, u64)| from < to && to <= known_from;
        let next = graph.children(node).map(cut).filter(fits);
        let next = next.max_by_key(|&(child, from, to)| (to, std::cmp::Reverse((from, child))));
        let start_ns = next.map_or(start, |next| next.2);
        if start_ns < known_from {
            out.push(Segment { node, start_ns, end_ns: known_from });
        }
        let Some(next) = next else { return };
        naive_path(spans, graph, next, out);
        known_from = next.1;
    }
}

fn check_paths(spans: &[&TestSpan], graph: TraceGraph<'_>, columns: &SpanColumns<'_>) {
    for (head, span) in spans.iter().enumerate() {
        let path = graph.critical_path(head, columns);
        let mut expected = Vec::new();
        let end = span.start + span.duration;
        naive_path(spans, graph, (head, span.start, end), &mut expected);
        expected.reverse();
        assert_eq!(path, expected);
        let mut at = span.start;
        for segment in path {
            let on = spans[segment.node];
            assert_eq!(segment.start_ns, at);
            assert!(on.start <= at && at < segment.end_ns);
            assert!(segment.end_ns <= on.start + on.duration);
            at = segment.end_ns;
        }
        assert_eq!(at, end, "the path fills the span");
    }
    assert_eq!(graph.critical_path(spans.len(), columns), []);
}

/// Names of caller and callee.
type Pair = (Vec<u8>, Vec<u8>);

/// Calls of each pair of services: errors, and durations in order.
fn naive_calls(spans: &[TestSpan]) -> BTreeMap<Pair, (u64, Vec<u64>)> {
    let oracle = Oracle::new(spans);
    let traces = traces(spans);
    let mut calls: BTreeMap<_, (u64, Vec<u64>)> = BTreeMap::new();
    for (number, span) in spans.iter().enumerate() {
        let same_trace = traces.get(&span.trace[..]).map_or(&[][..], |trace| trace);
        let twins = same_trace.iter().map(|&other| &spans[other]).filter(|other| {
            span.kind == SERVER && other.kind == CLIENT && other.id == span.id && span.id.len() == 8
        });
        let twins: Vec<&TestSpan> = twins.collect();
        let parent = oracle.parents[number].map(|parent| &spans[parent]);
        let Some(caller) = twins.first().copied().or(parent) else { continue };
        let crosses = matches!((caller.kind, span.kind), (3 | 4, 2 | 5));
        if caller.service != span.service || crosses {
            let call = calls.entry((caller.service.clone(), span.service.clone())).or_default();
            call.0 += u64::from(span.status == 2);
            call.1.push(span.duration);
        }
    }
    calls.values_mut().for_each(|call| call.1.sort_unstable());
    calls
}

proptest! {
    #[test]
    fn summaries_and_paths_are_those_of_the_spans(spans in spans(60), pieces in 1usize..4) {
        let stored = store(&spans, pieces);
        let graphs = TraceGraphs::build(&stored.blocks, None).unwrap();
        let columns = graphs.columns().unwrap();
        for graph in graphs.iter() {
            let spans = spans_of(&spans, &stored, graph);
            check_summary(&spans, graph, &columns);
            check_paths(&spans, graph, &columns);
        }
    }

    #[test]
    fn service_graphs_count_every_call(mut spans in spans(60), pieces in 1usize..4) {
        // Rings are cut where the graph is made, which is checked elsewhere; of several client
        // sides of one call any may be the caller.
        let parents = Oracle::new(&spans).parents;
        for n in 0..spans.len() {
            if parents[n].is_some_and(|parent| parent > n) {
                spans[n].parent.clear();
            }
            let same = |other: &TestSpan| other.trace == spans[n].trace && other.id == spans[n].id;
            if spans[..n].iter().filter(|other| same(other)).count() > 1 {
                spans[n].id = (1000 + n as u64).to_be_bytes().to_vec();
            }
        }
        prop_assume!(acyclic(&spans));
        let stored = store(&spans, pieces);
        let graph = TraceGraphs::build(&stored.blocks, None).unwrap().service_graph().unwrap();
        let name = |service: usize| graph.services[service].to_vec();
        let found: Vec<_> = graph.edges.iter().map(|edge| {
            ((name(edge.caller), name(edge.callee)), (edge.errors, edge.durations_ns.clone()))
        }).collect();
        prop_assert_eq!(found, naive_calls(&spans).into_iter().collect::<Vec<_>>());
        prop_assert!(graph.services[0].is_empty());
    }

    #[test]
    fn shapes_count_every_span(spans in spans(60), pieces in 1usize..4) {
        let stored = store(&spans, pieces);
        let graphs = TraceGraphs::build(&stored.blocks, None).unwrap();
        let shape = graphs.shape();
        let (mut depths, mut children) = (Vec::new(), Vec::new());
        for graph in graphs.iter() {
            for node in 0..graph.len() {
                let above = |&node: &usize| graph.parent(node);
                depths.push(std::iter::successors(Some(node), above).count() - 1);
                children.push(graph.children(node).count());
            }
        }
        let count = |numbers: &[usize]| -> Vec<u64> {
            let len = numbers.iter().max().map_or(0, |max| max + 1);
            let of = |n| numbers.iter().filter(|&&number| number == n).count() as u64;
            (0..len).map(of).collect()
        };
        prop_assert_eq!(&shape.by_depth, &count(&depths));
        prop_assert_eq!(&shape.by_children, &count(&children));
        prop_assert_eq!(shape.spans() as usize, spans.len());
        prop_assert_eq!(shape.traces as usize, graphs.len());
        prop_assert_eq!(shape.trees, shape.by_depth.first().copied().unwrap_or(0));
        let spans = spans.len().max(1) as f64;
        prop_assert_eq!(shape.mean_depth(), depths.iter().sum::<usize>() as f64 / spans);
        let parents = children.iter().filter(|&&children| children > 0).count().max(1) as f64;
        let mean_children = children.iter().sum::<usize>() as f64 / parents;
        prop_assert_eq!(shape.mean_children(), mean_children);
    }
}

fn acyclic(spans: &[TestSpan]) -> bool {
    let oracle = Oracle::new(spans);
    (0..spans.len()).all(|n| oracle.above[n].iter().all(|&up| !oracle.above[up].contains(&n)))
}

/// Spans of one trace: id, parent, start, end, service.
fn trace(spans: &[(u64, u64, u64, u64, &str)]) -> Vec<TestSpan> {
    let span = |(number, &(id, parent, start, end, service)): (usize, _)| TestSpan {
        trace: vec![1; 16],
        id: u64::to_be_bytes(id).to_vec(),
        parent: u64::to_be_bytes(parent).to_vec(),
        start,
        duration: end - start,
        service: str::as_bytes(service).to_vec(),
        name: number.to_string().into_bytes(),
        ..TestSpan::default()
    };
    spans.iter().enumerate().map(span).collect()
}

#[test]
fn a_path_goes_by_the_child_that_ends_last() {
    let spans = trace(&[
        (1, 0, 0, 100, "shop"),
        (2, 1, 10, 40, "cart"),
        (3, 1, 30, 60, "stock"),
        (4, 3, 35, 55, "database"),
        (5, 1, 70, 130, "mail"),
    ]);
    let stored = store(&spans, 1);
    let graphs = TraceGraphs::build(&stored.blocks, None).unwrap();
    let path = graphs.get(0).unwrap().critical_path(0, &graphs.columns().unwrap());
    let path: Vec<_> = path.iter().map(|s| (s.node, s.start_ns, s.end_ns)).collect();
    // The cart overlaps the stock, so the shop did not wait for it after 30; the mail ends after
    // the shop does.
    let expected = [(0, 0, 30), (2, 30, 35), (3, 35, 55), (2, 55, 60), (0, 60, 70), (4, 70, 100)];
    assert_eq!(path, expected);
}

#[test]
fn a_path_through_100_000_spans_needs_no_recursion() {
    const LEN: u64 = 100_000;
    let spans: Vec<_> = (0..LEN).map(|n| (n + 1, n, n, 2 * LEN - n, "deep")).collect();
    let stored = Stored::new(&trace(&spans), &BlockOptions::default(), 1, |_| 0);
    let graphs = TraceGraphs::build(&stored.blocks, None).unwrap();
    let path = graphs.get(0).unwrap().critical_path(0, &graphs.columns().unwrap());
    assert_eq!(path.len() as u64, 2 * LEN - 1);
}

#[test]
fn quantiles_are_calls_of_the_nearest_rank() {
    let edge = |durations_ns: &[u64]| ServiceEdge {
        durations_ns: durations_ns.to_vec(),
        ..ServiceEdge::default()
    };
    let ten = edge(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for (q, expected) in
        [(0.0, 1), (0.1, 1), (0.11, 2), (0.5, 5), (0.99, 10), (1.0, 10), (7.0, 10), (-1.0, 1)]
    {
        assert_eq!(ten.quantile_ns(q), expected, "{q}");
    }
    assert_eq!(ten.quantile_ns(f64::NAN), 1);
    assert_eq!(edge(&[]).quantile_ns(0.5), 0);
    assert_eq!(ten.calls(), 10);
}
