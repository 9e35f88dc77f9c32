//! Structural operators give what comparing every pair of spans gives.

use crate::forest::{Oracle, Stored, TestSpan, choose, spans};
use blockpack::block::build::BlockOptions;
use blockpack::graph::{Form, Relation, StructuralOp, StructuralOptions, Trees};
use proptest::prelude::*;
use std::collections::HashSet;

fn expected(
    oracle: &Oracle,
    op: StructuralOp,
    left: &[usize],
    right: &[usize],
    rooted_only: bool,
) -> HashSet<usize> {
    let plain = StructuralOp { form: Form::Right, ..op }.symbol();
    let related = |l: &usize, r: &usize| oracle.related(plain, *l, *r, rooted_only);
    let rights = right.iter().filter(|r| left.iter().any(|l| related(l, r)));
    let lefts = left.iter().filter(|l| right.iter().any(|r| related(l, r)));
    match op.form {
        Form::Right => rights.copied().collect(),
        Form::Negated => {
            let related: HashSet<usize> = rights.copied().collect();
            right.iter().copied().filter(|r| !related.contains(r)).collect()
        }
        Form::Both => rights.chain(lefts).copied().collect(),
    }
}

fn check(spans: &[TestSpan], pieces: usize, seeds: (u64, u64), densities: (u64, u64)) {
    let piece = |number: usize| number * pieces / spans.len().max(1);
    let options = BlockOptions { max_rows: 16, ..BlockOptions::default() };
    let stored = Stored::new(spans, &options, pieces, piece);
    let oracle = Oracle::new(spans);
    let trees = Trees::new(&stored.blocks).unwrap();
    let (in_left, in_right) = (choose(seeds.0, densities.0), choose(seeds.1, densities.1));
    let list = |holds: &dyn Fn(usize) -> bool| -> Vec<usize> {
        (0..spans.len()).filter(|&n| holds(n)).collect()
    };
    let (lefts, rights) = (list(&in_left), list(&in_right));
    let (left, right) = (stored.set(&in_left), stored.set(&in_right));
    for op in StructuralOp::all() {
        for rooted_only in [false, true] {
            let options = StructuralOptions { rooted_only };
            let found = trees.relate(&left, op, &right, options).unwrap();
            assert_eq!(
                stored.numbers(&found),
                expected(&oracle, op, &lefts, &rights, rooted_only),
                "{} rooted_only {rooted_only}, {lefts:?} and {rights:?} of {spans:#?}",
                op.symbol(),
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn operators_equal_comparing_every_pair(
        spans in spans(60),
        seeds in any::<(u64, u64)>(),
        densities in (0u64..9, 0u64..9),
    ) {
        check(&spans, 1, seeds, densities);
    }

    #[test]
    fn operators_see_traces_that_lie_in_several_blocks_as_one(
        spans in spans(60),
        pieces in 2usize..5,
        seeds in any::<(u64, u64)>(),
        densities in (0u64..9, 0u64..9),
    ) {
        check(&spans, pieces, seeds, densities);
    }
}

/// A span of the one trace, started `start` nanoseconds in.
fn span(id: u64, parent: u64, start: u64, kind: i32) -> TestSpan {
    TestSpan {
        trace: vec![1; 16],
        id: id.to_be_bytes().to_vec(),
        parent: parent.to_be_bytes().to_vec(),
        start,
        kind,
        ..TestSpan::default()
    }
}

fn named(mut spans: Vec<TestSpan>) -> Vec<TestSpan> {
    for (number, span) in spans.iter_mut().enumerate() {
        span.name = number.to_string().into_bytes();
    }
    spans
}

#[test]
fn two_rings_through_one_shared_id_are_two_families() {
    const SERVER: i32 = 2;
    const CLIENT: i32 = 3;
    let spans = named(vec![
        span(1, 9, 0, SERVER),
        span(9, 1, 1, CLIENT),
        span(2, 9, 2, CLIENT),
        span(9, 2, 3, SERVER),
    ]);
    for pieces in 1..4 {
        check(&spans, pieces, (0, 0), (8, 8));
    }
}

#[test]
fn sets_over_other_blocks_are_refused() {
    let spans = named((0..40).map(|n| span(n + 1, n, n, 0)).collect());
    let options = BlockOptions::default();
    let stored = Stored::new(&spans, &options, 1, |_| 0);
    let others = Stored::new(&spans, &options, 2, |number| number % 2);
    let trees = Trees::new(&stored.blocks).unwrap();
    let (right, wrong) = (stored.set(|_| true), others.set(|_| true));
    for op in StructuralOp::all() {
        for (left, right) in [(&right, &wrong), (&wrong, &right)] {
            let error = trees.relate(left, op, right, StructuralOptions::default()).unwrap_err();
            assert_eq!(error.kind(), blockpack::ErrorKind::InvalidArgument);
        }
    }
}

#[test]
fn a_chain_of_100_000_spans_is_related_without_recursion() {
    const LEN: usize = 100_000;
    let spans = named((0..LEN as u64).map(|n| span(n + 1, n, n, 0)).collect());
    for pieces in [1, 3] {
        let options = BlockOptions::default();
        let stored = Stored::new(&spans, &options, pieces, |number| number % pieces);
        let trees = Trees::new(&stored.blocks).unwrap();
        let (all, middle) = (stored.set(|_| true), stored.set(|number| number == LEN / 2));
        let relate = |relation| {
            let op = StructuralOp { relation, form: Form::Right };
            let found = trees.relate(&middle, op, &all, StructuralOptions::default()).unwrap();
            let mut numbers: Vec<usize> = stored.numbers(&found).into_iter().collect();
            numbers.sort_unstable();
            numbers
        };
        assert_eq!(relate(Relation::Child), [LEN / 2 + 1]);
        assert_eq!(relate(Relation::Parent), [LEN / 2 - 1]);
        assert!(relate(Relation::Descendant).into_iter().eq(LEN / 2 + 1..LEN));
        assert!(relate(Relation::Ancestor).into_iter().eq(0..LEN / 2));
        assert_eq!(relate(Relation::Sibling), [0usize; 0]);
    }
}

#[test]
fn a_ring_of_100_000_spans_is_related_in_linear_time() {
    const LEN: u64 = 100_000;
    let spans = named((0..LEN).map(|n| span(n + 1, (n + LEN - 1) % LEN + 1, n, 0)).collect());
    let stored = Stored::new(&spans, &BlockOptions::default(), 1, |_| 0);
    let trees = Trees::new(&stored.blocks).unwrap();
    let (all, one) = (stored.set(|_| true), stored.set(|number| number == 7));
    for (relation, count) in Relation::ALL.into_iter().zip([1, 1, LEN - 1, LEN - 1, 0]) {
        let op = StructuralOp { relation, form: Form::Right };
        let found = trees.relate(&one, op, &all, StructuralOptions::default()).unwrap();
        assert_eq!(found.count(), count, "{relation:?}");
        let found = trees.relate(&all, op, &all, StructuralOptions::default()).unwrap();
        assert_eq!(found.count(), if relation == Relation::Sibling { 0 } else { LEN });
    }
}
