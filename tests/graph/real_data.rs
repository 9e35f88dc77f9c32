//! Recorded traces: the parent, the children and the relatives of every span are those that its id
//! gives, however the requests fall into blocks.

use crate::blocks::{read_records, recording};
use crate::common::real_data;
use crate::forest::{Collect, Stored, TestSpan, choose, is_absent, traces};
use blockpack::block::build::BlockOptions;
use blockpack::graph::{Form, Relation, StructuralOp, StructuralOptions, TraceGraphs, Trees};
use blockpack::otlp::decode_traces;
use std::collections::{HashMap, HashSet};

/// Spans of a recording, with the number of the request each came in.
struct Recording {
    spans: Vec<TestSpan>,
    requests: Vec<usize>,
}

impl Recording {
    fn new(messages: &[Vec<u8>]) -> Recording {
        let mut spans = Collect::default();
        let mut requests = Vec::new();
        for (request, message) in messages.iter().enumerate() {
            decode_traces(message, &mut spans).unwrap();
            requests.resize(spans.0.len(), request);
        }
        let mut spans = spans.0;
        for (number, span) in spans.iter_mut().enumerate() {
            span.name = number.to_string().into_bytes();
        }
        Recording { spans, requests }
    }

    fn of(name: &str) -> Option<Recording> {
        Some(Recording::new(&read_records(&real_data(name)?)))
    }

    /// Parent of every span: the one whose id it names. Where several have that id: of a call that
    /// Zipkin recorded the half that its kind fits, else the first.
    fn parents(&self) -> Vec<Option<usize>> {
        const SERVER: i32 = 2;
        const CLIENT: i32 = 3;
        let mut by_id: HashMap<(&[u8], &[u8]), Vec<usize>> = HashMap::new();
        for (number, span) in self.spans.iter().enumerate() {
            by_id.entry((&span.trace, &span.id)).or_default().push(number);
        }
        let parent = |span: &TestSpan| {
            let same =
                by_id.get(&(&span.trace, &span.parent)).filter(|_| span.id != span.parent)?;
            let kinds: Vec<i32> = same.iter().map(|&n| self.spans[n].kind).collect();
            let wanted = if span.kind == SERVER { CLIENT } else { SERVER };
            if kinds == [CLIENT, SERVER] || kinds == [SERVER, CLIENT] {
                return same.iter().copied().find(|&n| self.spans[n].kind == wanted);
            }
            same.iter().copied().min_by_key(|&n| self.spans[n].start)
        };
        self.spans.iter().map(parent).collect()
    }

    /// Every request in blocks of its own, or all together.
    fn stored(&self, apart: bool) -> Stored {
        let options = BlockOptions { max_rows: 4_096, ..BlockOptions::default() };
        match self.requests.last() {
            Some(last) if apart => {
                Stored::new(&self.spans, &options, last + 1, |number| self.requests[number])
            }
            _ => Stored::new(&self.spans, &options, 1, |_| 0),
        }
    }
}

fn check_graphs(recording: &Recording, stored: &Stored) {
    let parents = recording.parents();
    let mut children: HashMap<usize, HashSet<usize>> = HashMap::new();
    for (number, parent) in parents.iter().enumerate() {
        if let Some(parent) = parent {
            children.entry(*parent).or_default().insert(number);
        }
    }
    let graphs = TraceGraphs::build(&stored.blocks, None).unwrap();
    assert_eq!(graphs.len(), traces(&recording.spans).len());
    assert_eq!(graphs.span_count(), recording.spans.len());
    for graph in graphs.iter() {
        let number = |node: usize| stored.number(graph.place(node).unwrap());
        for node in 0..graph.len() {
            let found: HashSet<usize> = graph.children(node).map(number).collect();
            assert_eq!(found, children.remove(&number(node)).unwrap_or_default());
            assert_eq!(graph.parent(node).map(number), parents[number(node)]);
        }
        let names_none = |node: usize| is_absent(&recording.spans[number(node)].parent);
        assert!(graph.roots().all(names_none));
        assert!(!graph.orphans().any(names_none));
    }
    assert!(children.is_empty());
}

/// What a relation gives, by following parents.
fn related(
    recording: &Recording,
    parents: &[Option<usize>],
    relation: Relation,
    left: &dyn Fn(usize) -> bool,
    right: &dyn Fn(usize) -> bool,
) -> HashSet<usize> {
    let all = || 0..parents.len();
    let above = |n: usize| std::iter::successors(parents[n], |&n| parents[n]);
    let family = |n: usize| {
        let span = &recording.spans[n];
        let known = parents[n].is_some() || (!is_absent(&span.parent) && span.parent != span.id);
        known.then_some((parents[n], &span.trace, parents[n].is_none().then_some(&span.parent)))
    };
    let mut left_of_family: HashMap<_, usize> = HashMap::new();
    for family in all().filter(|&n| left(n)).filter_map(family) {
        *left_of_family.entry(family).or_default() += 1;
    }
    let has_sibling = |n: usize| {
        let count = family(n).and_then(|family| left_of_family.get(&family)).copied();
        count.unwrap_or(0) > usize::from(left(n))
    };
    let found: HashSet<usize> = match relation {
        Relation::Child => all().filter(|&n| parents[n].is_some_and(left)).collect(),
        Relation::Parent => all().filter(|&n| left(n)).filter_map(|n| parents[n]).collect(),
        Relation::Descendant => all().filter(|&n| above(n).any(left)).collect(),
        Relation::Ancestor => all().filter(|&n| left(n)).flat_map(above).collect(),
        Relation::Sibling => all().filter(|&n| has_sibling(n)).collect(),
    };
    found.into_iter().filter(|&n| right(n)).collect()
}

fn check_operators(recording: &Recording, stored: &Stored) {
    let parents = recording.parents();
    let trees = Trees::new(&stored.blocks).unwrap();
    for (densities, seed) in [((8, 8), 1), ((4, 4), 2), ((1, 7), 3), ((7, 1), 4)] {
        let (left, right) = (choose(seed, densities.0), choose(!seed, densities.1));
        let (left_set, right_set) = (stored.set(&left), stored.set(&right));
        let run = |relation, form| {
            let op = StructuralOp { relation, form };
            trees.relate(&left_set, op, &right_set, StructuralOptions::default()).unwrap()
        };
        for relation in Relation::ALL {
            let found = run(relation, Form::Right);
            let expected = related(recording, &parents, relation, &left, &right);
            assert!(stored.numbers(&found) == expected, "{relation:?} of {densities:?}");
            assert_eq!(run(relation, Form::Negated), right_set.minus(&found));
            let turned = StructuralOp { relation: relation.inverse(), form: Form::Right };
            let options = StructuralOptions::default();
            let lefts = trees.relate(&right_set, turned, &left_set, options).unwrap();
            assert_eq!(run(relation, Form::Both), found.or(&lefts));
            assert_eq!(lefts.is_empty(), found.is_empty());
        }
        let (children, parents) =
            (run(Relation::Child, Form::Right), run(Relation::Parent, Form::Right));
        assert!(children.minus(&run(Relation::Descendant, Form::Right)).is_empty());
        assert!(parents.minus(&run(Relation::Ancestor, Form::Right)).is_empty());
    }
}

fn check(recording: &Recording) {
    for apart in [false, true] {
        let stored = recording.stored(apart);
        check_graphs(recording, &stored);
        check_operators(recording, &stored);
    }
}

#[test]
fn the_shop() {
    check(&Recording::new(&recording()));
}

#[test]
fn traces_with_orphans_and_shared_ids() {
    let Some(recording) = Recording::of("small-mixed.pbd") else { return };
    let orphans = recording.parents().into_iter().zip(&recording.spans);
    assert_eq!(orphans.filter(|(p, span)| p.is_none() && !is_absent(&span.parent)).count(), 8);
    check(&recording);
}

#[test]
fn calls_whose_halves_share_an_id() {
    let Some(recording) = Recording::of("smartthings-oauth.pbd") else { return };
    let ids: HashSet<&[u8]> = recording.spans.iter().map(|span| &span.id[..]).collect();
    assert_eq!(recording.spans.len() - ids.len(), 45);
    check(&recording);
}

#[test]
fn a_trace_without_a_root_in_forty_requests() {
    let Some(recording) = Recording::of("robot-diverse.pbd.zst") else { return };
    assert!(!recording.spans.iter().any(|span| is_absent(&span.parent)));
    check(&recording);
}

#[test]
fn spans_that_were_delivered_twice() {
    let Some(recording) = Recording::of("nezha-tt-large.pbd.zst") else { return };
    check(&recording);
}
