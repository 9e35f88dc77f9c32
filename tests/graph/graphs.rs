//! Trace graphs say of every span what its ids say.

use crate::forest::{Oracle, Stored, TestSpan, choose, is_absent, spans, traces};
use blockpack::block::TraceFlags;
use blockpack::block::build::BlockOptions;
use blockpack::graph::{NO_PARENT, TraceGraph, TraceGraphs, Trees};
use blockpack::rowset::PoolStats;
use proptest::prelude::*;
use std::collections::{BTreeSet, HashSet};

fn small_blocks() -> BlockOptions {
    BlockOptions { max_rows: 16, ..BlockOptions::default() }
}

/// Numbers of the graph's spans, by node.
fn numbers(stored: &Stored, graph: TraceGraph<'_>) -> Vec<usize> {
    (0..graph.len()).map(|node| stored.number(graph.place(node).unwrap())).collect()
}

/// The parent that a graph shows: that of the ids, but that rings are cut at their earliest span.
fn shown_parent(spans: &[TestSpan], oracle: &Oracle, number: usize) -> Option<usize> {
    let parent = oracle.parents[number]?;
    let ring: Vec<usize> = std::iter::successors(Some(parent), |&n| oracle.parents[n])
        .take(spans.len())
        .take_while(|&n| n != number)
        .collect();
    let is_ring = ring.last().is_some_and(|&last| oracle.parents[last] == Some(number));
    let is_cut = is_ring && ring.iter().all(|&n| spans[number].start < spans[n].start);
    (!is_cut).then_some(parent)
}

fn check_graph(spans: &[TestSpan], oracle: &Oracle, stored: &Stored, graph: TraceGraph<'_>) {
    let numbers = numbers(stored, graph);
    assert_eq!(graph.trace_id().unwrap(), spans[numbers[0]].trace);
    let mut children = vec![Vec::new(); graph.len()];
    for (node, &number) in numbers.iter().enumerate() {
        assert_eq!(graph.node_at(graph.place(node).unwrap()), Some(node));
        assert_eq!(graph.is_rooted(node), oracle.rooted[number]);
        let parent = graph.parent(node);
        assert_eq!(parent.map(|node| numbers[node]), shown_parent(spans, oracle, number));
        let depth = std::iter::successors(parent, |&node| graph.parent(node)).count();
        assert_eq!(graph.depths()[node] as usize, depth);
        match parent {
            Some(parent) => {
                assert!(parent < node && node <= parent + graph.subtree_lens()[parent] as usize);
                children[parent].push(node);
            }
            None => assert_eq!(graph.parents()[node], NO_PARENT),
        }
    }
    let by_start = |nodes: &[usize]| nodes.is_sorted_by_key(|&node| spans[numbers[node]].start);
    for (node, expected) in children.iter().enumerate() {
        assert_eq!(&graph.children(node).collect::<Vec<_>>(), expected);
        assert!(by_start(expected));
    }
    let (roots, orphans): (Vec<usize>, Vec<usize>) = (0..graph.len())
        .filter(|&node| graph.parent(node).is_none())
        .partition(|&node| is_absent(&spans[numbers[node]].parent));
    assert_eq!(graph.roots().collect::<Vec<_>>(), roots);
    assert_eq!(graph.orphans().collect::<Vec<_>>(), orphans);
    assert!(graph.heads().eq(roots.iter().chain(&orphans).copied()));
    assert!(by_start(&roots) && by_start(&orphans));
    assert_eq!(graph.flags().contains(TraceFlags::NO_ROOT), roots.is_empty());
    assert_eq!(graph.flags().contains(TraceFlags::SEVERAL_ROOTS), roots.len() > 1);
    assert_eq!(graph.place(graph.len()), None);
}

fn check(spans: &[TestSpan], pieces: usize, touched: Option<&dyn Fn(usize) -> bool>) {
    let piece = |number: usize| number * pieces / spans.len().max(1);
    let stored = Stored::new(spans, &small_blocks(), pieces, piece);
    let oracle = Oracle::new(spans);
    let set = touched.map(|touched| stored.set(touched));
    let trees = Trees::new(&stored.blocks).unwrap();
    // What others leave in the memory does not show.
    drop(TraceGraphs::of_trees(&trees, None).unwrap());
    let graphs = TraceGraphs::of_trees(&trees, set.as_ref()).unwrap();
    let mut seen = BTreeSet::new();
    for graph in graphs.iter() {
        check_graph(spans, &oracle, &stored, graph);
        let numbers: BTreeSet<usize> = numbers(&stored, graph).into_iter().collect();
        assert!(seen.insert(numbers), "each trace is one graph");
    }
    let single = (0..spans.len()).filter(|&n| spans[n].trace.is_empty()).map(|n| vec![n]);
    let touches = |trace: &Vec<usize>| touched.is_none_or(|t| trace.iter().any(|&n| t(n)));
    let expected: BTreeSet<BTreeSet<usize>> = traces(spans)
        .into_values()
        .chain(single)
        .filter(touches)
        .map(|trace| trace.into_iter().collect())
        .collect();
    assert_eq!(seen, expected);
    assert_eq!(graphs.span_count(), expected.iter().map(BTreeSet::len).sum::<usize>());
    let first_places: Vec<_> = graphs
        .iter()
        .map(|graph| (0..graph.len()).map(|node| graph.place(node).unwrap()).min())
        .collect();
    assert!(first_places.is_sorted(), "graphs are in the order of their first spans");
}

proptest! {
    #[test]
    fn graphs_show_what_ids_say(spans in spans(60), pieces in 1usize..5) {
        check(&spans, pieces, None);
    }

    #[test]
    fn graphs_of_touched_traces_are_whole(
        spans in spans(60),
        pieces in 1usize..5,
        seed in any::<u64>(),
        density in 0u64..3,
    ) {
        check(&spans, pieces, Some(&choose(seed, density)));
    }
}

fn chain(len: u64, parent_of: impl Fn(u64) -> u64) -> Vec<TestSpan> {
    let span = |n: u64| TestSpan {
        trace: vec![1; 16],
        id: (n + 1).to_be_bytes().to_vec(),
        parent: if n == 0 { vec![] } else { (parent_of(n) + 1).to_be_bytes().to_vec() },
        start: n,
        name: n.to_string().into_bytes(),
        ..TestSpan::default()
    };
    (0..len).map(span).collect()
}

#[test]
fn a_chain_of_100_000_spans_is_one_path() {
    let spans = chain(100_000, |n| n - 1);
    for pieces in [1, 2] {
        let stored = Stored::new(&spans, &BlockOptions::default(), pieces, |n| n % pieces);
        let graphs = TraceGraphs::build(&stored.blocks, None).unwrap();
        let graph = graphs.get(0).unwrap();
        assert_eq!((graphs.len(), graph.len()), (1, 100_000));
        assert!(graph.depths().iter().copied().eq(0..100_000));
        assert_eq!(graph.parents()[99_999], 99_998);
    }
}

#[test]
fn a_trace_of_300_000_spans_is_one_graph() {
    let spans = chain(300_000, |n| n / 7);
    let stored = Stored::new(&spans, &BlockOptions::default(), 1, |_| 0);
    let graphs = TraceGraphs::build(&stored.blocks, None).unwrap();
    let graph = graphs.get(0).unwrap();
    assert_eq!((graphs.len(), graph.len()), (1, 300_000));
    let numbers = numbers(&stored, graph);
    for (node, &number) in numbers.iter().enumerate().skip(1) {
        assert_eq!(numbers[graph.parent(node).unwrap()], number / 7);
    }
    assert_eq!(graph.children(0).count(), 6);
    let all: HashSet<usize> = numbers.into_iter().collect();
    assert_eq!(all.len(), 300_000);
}

#[test]
fn there_are_no_graphs_without_blocks() {
    let graphs = TraceGraphs::build(&blockpack::Blocks::new([]), None).unwrap();
    assert!(graphs.is_empty());
    assert_eq!(graphs.get(0).err().unwrap().kind(), blockpack::ErrorKind::InvalidArgument);
}

#[test]
fn memory_of_graphs_is_used_again_until_it_is_trimmed() {
    let stored = Stored::new(&chain(1000, |n| n - 1), &small_blocks(), 1, |_| 0);
    let trees = Trees::new(&stored.blocks).unwrap();
    let idle_bytes = || trees.pool_stats().idle_bytes;
    assert_eq!(trees.pool_stats(), PoolStats::default());
    let graphs = TraceGraphs::of_trees(&trees, None).unwrap();
    let bytes = graphs.heap_bytes() as u64;
    assert_eq!(trees.pool_stats(), PoolStats { taken: 1, grown: 1, idle_bytes: 0 });
    drop(graphs);
    assert_eq!(idle_bytes(), bytes);
    let one = TraceGraphs::of_trees(&trees, None);
    assert_eq!(trees.pool_stats(), PoolStats { taken: 2, grown: 1, idle_bytes: 0 });
    let other = TraceGraphs::of_trees(&trees, None);
    assert_eq!(trees.pool_stats(), PoolStats { taken: 3, grown: 2, idle_bytes: 0 });
    drop((one, other));
    assert_eq!(idle_bytes(), bytes);
    trees.trim();
    assert_eq!(idle_bytes(), 0);
}
