//! What must hold between the operators, and between them and nested-set numbers, whatever the
//! traces are like.

use crate::forest::{Stored, TestSpan, choose, spans};
use blockpack::block::TraceFlags;
use blockpack::block::build::BlockOptions;
use blockpack::blocks::SpanAt;
use blockpack::fields::{Columns, LazyFields, read_many};
use blockpack::graph::{Form, Relation, StructuralOp, StructuralOptions, TraceGraphs, Trees};
use blockpack::rowset::SpanSet;
use blockpack::value::ValueRef;
use proptest::prelude::*;

/// Relates sets of spans of one list of blocks.
struct Lab {
    trees: Trees,
    options: StructuralOptions,
}

impl Lab {
    fn run(&self, left: &SpanSet, relation: Relation, form: Form, right: &SpanSet) -> SpanSet {
        let op = StructuralOp { relation, form };
        self.trees.relate(left, op, right, self.options).unwrap()
    }

    fn plain(&self, left: &SpanSet, relation: Relation, right: &SpanSet) -> SpanSet {
        self.run(left, relation, Form::Right, right)
    }

    fn check(&self, left: &SpanSet, right: &SpanSet, more: &SpanSet) {
        for relation in Relation::ALL {
            let found = self.plain(left, relation, right);
            let turned = self.plain(right, relation.inverse(), left);
            assert!(found.minus(right).is_empty(), "{relation:?} gives spans of the right side");
            assert_eq!(self.run(left, relation, Form::Negated, right), right.minus(&found));
            assert_eq!(self.run(left, relation, Form::Both, right), found.or(&turned));
            assert_eq!(found.is_empty(), turned.is_empty(), "{relation:?} and its inverse");
            // Whoever is found has a partner, and the partners find the same spans.
            assert_eq!(self.plain(&turned, relation, right), found, "{relation:?} of partners");
            let wider = self.plain(&left.or(more), relation, right);
            assert_eq!(
                wider,
                found.or(&self.plain(more, relation, right)),
                "{relation:?} of a union"
            );
        }
        let children = self.plain(left, Relation::Child, right);
        assert!(children.minus(&self.plain(left, Relation::Descendant, right)).is_empty());
        let parents = self.plain(left, Relation::Parent, right);
        assert!(parents.minus(&self.plain(left, Relation::Ancestor, right)).is_empty());
    }

    /// Descendants are children, children of those, and so on.
    fn check_steps(&self, left: &SpanSet, all: &SpanSet, has_rings: bool) {
        for (step, way) in
            [(Relation::Child, Relation::Descendant), (Relation::Parent, Relation::Ancestor)]
        {
            let (mut reached, mut last) = (left.minus(left), left.clone());
            loop {
                let next = self.plain(&last, step, all).minus(&reached);
                if next.is_empty() {
                    break;
                }
                reached = reached.or(&next);
                last = next;
            }
            let found = self.plain(left, way, all);
            assert!(found.minus(&reached).is_empty());
            // Around a ring one comes back to where one was, which is no descendant of itself.
            assert!(has_rings || found == reached, "{way:?}");
        }
    }
}

fn stored(spans: &[TestSpan], pieces: usize) -> Stored {
    let options = BlockOptions { max_rows: 16, ..BlockOptions::default() };
    Stored::new(spans, &options, pieces, |number| number * pieces / spans.len().max(1))
}

proptest! {
    #[test]
    fn operators_keep_their_laws(
        spans in spans(60),
        pieces in 1usize..4,
        seeds in any::<(u64, u64, u64)>(),
        rooted_only in any::<bool>(),
    ) {
        let stored = stored(&spans, pieces);
        let graphs = TraceGraphs::build(&stored.blocks, None).unwrap();
        let has_rings = graphs.iter().any(|graph| graph.flags().contains(TraceFlags::CYCLE));
        let trees = Trees::new(&stored.blocks).unwrap();
        let lab = Lab { trees, options: StructuralOptions { rooted_only } };
        let set = |seed: u64| stored.set(choose(seed, seed % 9));
        lab.check(&set(seeds.0), &set(seeds.1), &set(seeds.2));
        lab.check_steps(&set(seeds.0), &stored.set(|_| true), has_rings);
    }

    #[test]
    fn nested_set_numbers_tell_what_the_operators_tell(spans in spans(40)) {
        let options = BlockOptions::default();
        let stored = Stored::new(&spans, &options, 1, |_| 0);
        let trees = Trees::new(&stored.blocks).unwrap();
        let lab = Lab { trees, options: StructuralOptions { rooted_only: true } };
        let all = stored.set(|_| true);
        let numbers: Vec<(usize, u32, [i64; 3])> = all
            .iter()
            .map(|(block, row)| {
                let fields = LazyFields::new(&stored.blocks, block, row).unwrap();
                let number = |name: &str| match fields.get(name).unwrap() {
                    Some(ValueRef::I64(number)) => number,
                    other => panic!("{name} is {other:?}"),
                };
                let names = ["nestedSetLeft", "nestedSetRight", "nestedSetParent"];
                (block, row, names.map(number))
            })
            .collect();
        for (at, &(block, row, [left, right, parent])) in numbers.iter().enumerate() {
            if left == 0 {
                prop_assert_eq!((right, parent), (0, 0), "no root reaches it, or ids are shared");
                continue;
            }
            prop_assert!(0 < left && left < right);
            let one = stored.set(|number| number == stored.number(place(block, row)));
            let below = lab.plain(&one, Relation::Descendant, &all);
            let same_trace = |other: usize| {
                let trace = |at: usize| {
                    let (block, row, _) = numbers[at];
                    &spans[stored.number(place(block, row))].trace
                };
                !trace(at).is_empty() && trace(at) == trace(other)
            };
            for (other, &(block, row, [inner_left, inner_right, inner_parent])) in
                numbers.iter().enumerate()
            {
                let inside = inner_left != 0
                    && same_trace(other)
                    && left < inner_left
                    && inner_right < right;
                let found = below.iter().any(|place| place == (block, row));
                prop_assert_eq!(inside, found);
                let is_child = lab.plain(&one, Relation::Child, &all);
                let is_child = is_child.iter().any(|place| place == (block, row));
                prop_assert_eq!(is_child, inside && inner_parent == left);
            }
        }
    }
}

fn place(block: usize, row: u32) -> SpanAt {
    SpanAt { block: block as u32, row }
}

/// A span under another for each number but 0.
fn tree(len: u64, parent_of: impl Fn(u64) -> u64) -> Vec<TestSpan> {
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
fn a_chain_of_100_000_spans_is_related_without_recursion() {
    const LEN: usize = 100_000;
    let spans = tree(LEN as u64, |n| n - 1);
    for pieces in [1, 2] {
        let stored = Stored::new(&spans, &BlockOptions::default(), pieces, |n| n % pieces);
        let trees = Trees::new(&stored.blocks).unwrap();
        let lab = Lab { trees, options: StructuralOptions::default() };
        let (all, middle) = (stored.set(|_| true), stored.set(|n| n == LEN / 2));
        let count = |relation| lab.plain(&middle, relation, &all).count();
        assert_eq!(count(Relation::Descendant), LEN as u64 / 2 - 1);
        assert_eq!(count(Relation::Ancestor), LEN as u64 / 2);
        assert_eq!(count(Relation::Child) + count(Relation::Parent), 2);
        assert_eq!(count(Relation::Sibling), 0);
        lab.check(&middle, &all, &all);
    }
}

#[test]
fn numbers_of_a_chain_of_100_000_spans_are_read_in_linear_time() {
    const LEN: u64 = 100_000;
    let stored = Stored::new(&tree(LEN, |n| n - 1), &BlockOptions::default(), 1, |_| 0);
    let columns = Columns::parse(&["nestedSetLeft", "nestedSetRight", "nestedSetParent"]).unwrap();
    let spans: Vec<SpanAt> = (0..LEN as u32).map(|row| SpanAt { block: 0, row }).collect();
    let block = stored.blocks.get(0).unwrap();
    // The first span opens the columns, and has no depth that is worth keeping.
    read_many(&stored.blocks, &spans[..1], &columns, |_, _, _| {}).unwrap();
    let before = block.heap_bytes();
    let mut count = 0;
    // To go up from each would take minutes.
    read_many(&stored.blocks, &spans, &columns, |span, column, value| {
        let (left, right) = (span as i64 + 1, 2 * LEN as i64 - span as i64);
        let parent = if span == 0 { -1 } else { left - 1 };
        assert_eq!(value, ValueRef::I64([left, right, parent][column]));
        count += 1;
    })
    .unwrap();
    assert_eq!(count, 3 * LEN);
    assert_eq!(block.heap_bytes() - before, 4 * LEN);
}

#[test]
fn a_trace_of_300_000_spans_is_related_as_a_whole() {
    const LEN: u64 = 300_000;
    let spans = tree(LEN, |n| (n - 1) / 7);
    let stored = Stored::new(&spans, &BlockOptions::default(), 1, |_| 0);
    let trees = Trees::new(&stored.blocks).unwrap();
    let lab = Lab { trees, options: StructuralOptions { rooted_only: true } };
    let (all, root) = (stored.set(|_| true), stored.set(|n| n == 0));
    assert_eq!(lab.plain(&root, Relation::Descendant, &all).count(), LEN - 1);
    assert_eq!(lab.plain(&root, Relation::Child, &all).count(), 7);
    assert_eq!(lab.plain(&all, Relation::Parent, &all).count(), (LEN - 2) / 7 + 1);
    lab.check(&all, &all, &root);
}

#[test]
fn a_ring_of_100_000_spans_is_related_without_end() {
    const LEN: usize = 100_000;
    let mut spans = tree(LEN as u64, |n| n - 1);
    spans[0].parent = (LEN as u64).to_be_bytes().to_vec();
    let stored = Stored::new(&spans, &BlockOptions::default(), 1, |_| 0);
    let trees = Trees::new(&stored.blocks).unwrap();
    let lab = Lab { trees, options: StructuralOptions::default() };
    let (all, one) = (stored.set(|_| true), stored.set(|n| n == 7));
    assert_eq!(lab.plain(&one, Relation::Descendant, &all).count(), LEN as u64 - 1);
    assert_eq!(lab.plain(&one, Relation::Ancestor, &all).count(), LEN as u64 - 1);
    assert_eq!(lab.plain(&all, Relation::Child, &all), all);
}
