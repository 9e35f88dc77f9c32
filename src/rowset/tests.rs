//! Row sets against ordered sets of numbers.

use super::*;
use crate::blocks::SpanAt;
use crate::name::Name;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

type Oracle = BTreeSet<u32>;

/// Sets of every form: none, all, few, many, runs.
fn sets(rows: u32) -> impl Strategy<Value = Oracle> {
    let some = move |share: f64| {
        proptest::collection::vec(proptest::bool::weighted(share), rows as usize).prop_map(|bits| {
            (0..).zip(bits).filter_map(|(row, bit)| bit.then_some(row)).collect::<Oracle>()
        })
    };
    prop_oneof![
        Just(Oracle::new()),
        Just((0..rows).collect()),
        some(0.002),
        some(0.02),
        some(0.5),
        some(0.99),
        (0..=rows, 0..=rows).prop_map(|(a, b)| (a.min(b)..a.max(b)).collect()),
    ]
}

fn rows() -> impl Strategy<Value = u32> {
    prop_oneof![0..130u32, Just(256), 600..1400u32]
}

fn set(rows: u32, oracle: &Oracle) -> RowSet {
    RowSet::from_ids(rows, oracle.iter().copied())
}

/// Everything one can ask a set, compared.
fn check(rows: u32, set: &RowSet, oracle: &Oracle) {
    let ids: Vec<u32> = oracle.iter().copied().collect();
    assert_eq!(set.rows(), rows);
    assert_eq!(set.count() as usize, ids.len());
    assert_eq!(set.is_empty(), ids.is_empty());
    assert_eq!(set.is_all(), rows > 0 && ids.len() == rows as usize);
    assert_eq!(set.to_ids(), ids);
    assert_eq!(set.iter().len(), ids.len());
    assert!(set.iter().eq(ids.iter().copied()));
    // Equality compares forms, so this shows that the form depends on the rows only.
    assert_eq!(*set, RowSet::from_ids(rows, ids.iter().rev().copied()));
    let mut words = vec![0; words_for(rows as usize)];
    ids.iter().for_each(|&id| words[id as usize / 64] |= 1 << (id % 64));
    let mut copied = vec![7; words.len() + 1];
    set.copy_words(&mut copied);
    assert_eq!(copied[..words.len()], words);
    assert_eq!(copied[words.len()], 0);
    assert_eq!(*set, RowSet::from_words(rows, words));
    for row in (0..rows + 70).step_by(7).chain([u32::MAX]) {
        let before = ids.partition_point(|&id| id < row);
        assert_eq!(set.contains(row), oracle.contains(&row), "row {row}");
        assert_eq!(set.rank(row) as usize, before, "rank of {row}");
        let mut some = [0; 100];
        let len = set.copy_ids(row, &mut some);
        assert_eq!(some[..len], ids[before..][..len], "from {row}");
        assert_eq!(len, (ids.len() - before).min(some.len()));
    }
    for n in (0..ids.len() + 2).step_by(5) {
        assert_eq!(set.nth(n as u32), ids.get(n).copied(), "number {n}");
    }
}

proptest! {
    #[test]
    fn algebra_agrees_with_ordered_sets(
        (rows, a, b) in rows().prop_flat_map(|rows| (Just(rows), sets(rows), sets(rows))),
    ) {
        let (x, y) = (set(rows, &a), set(rows, &b));
        check(rows, &x, &a);
        check(rows, &x.and(&y), &(&a & &b));
        check(rows, &x.or(&y), &(&a | &b));
        check(rows, &x.minus(&y), &(&a - &b));
        check(rows, &x.not(), &(0..rows).filter(|row| !a.contains(row)).collect());
        prop_assert_eq!(x == y, a == b);
    }

    #[test]
    fn spans_over_blocks_are_ordered_by_block_and_row(
        blocks in proptest::collection::vec(
            (0..200u32).prop_flat_map(|rows| (Just(rows), sets(rows), sets(rows))), 0..5),
    ) {
        let spans = |which: fn(&(u32, Oracle, Oracle)) -> &Oracle| {
            SpanSet::new(blocks.iter().map(|b| set(b.0, which(b))).collect())
        };
        let oracle = |which: fn(&(u32, Oracle, Oracle)) -> &Oracle| -> BTreeSet<(usize, u32)> {
            let rows = blocks.iter().enumerate();
            rows.flat_map(|(i, b)| which(b).iter().map(move |&row| (i, row))).collect()
        };
        let (x, y, a, b) =
            (spans(|b| &b.1), spans(|b| &b.2), oracle(|b| &b.1), oracle(|b| &b.2));
        for (got, want) in
            [(x.clone(), a.clone()), (x.and(&y), &a & &b), (x.or(&y), &a | &b), (x.minus(&y), &a - &b)]
        {
            prop_assert!(got.iter().eq(want.iter().copied()));
            prop_assert_eq!(got.count(), want.len() as u64);
            prop_assert_eq!(got.is_empty(), want.is_empty());
            for (n, &(block, row)) in want.iter().enumerate() {
                prop_assert_eq!(got.nth(n as u64), Some((block, row)));
                prop_assert_eq!(got.rank(block, row), n as u64);
                prop_assert!(got.contains(block, row));
            }
            prop_assert_eq!(got.nth(want.len() as u64), None);
            for first in [0, want.len() / 3, want.len()] {
                for count in [0, 1, 100, usize::MAX] {
                    let spans: Vec<_> = want.iter().skip(first).take(count).collect();
                    let pair = |at: SpanAt| (at.block as usize, at.row);
                    let mut one_by_one = got.stretch(first as u64, count).map(pair);
                    prop_assert!(one_by_one.by_ref().eq(spans.iter().map(|&&span| span)));
                    prop_assert_eq!(one_by_one.next(), None);
                    let mut stretch = got.stretch(first as u64, count);
                    let mut folded: Vec<_> = stretch.next().map(pair).into_iter().collect();
                    stretch.for_each(|at| folded.push(pair(at)));
                    prop_assert!(folded.iter().eq(spans));
                }
            }
            prop_assert!(got.not().and(&got).is_empty());
        }
    }
}

/// Combinations of numbered inputs.
#[derive(Clone, Debug)]
enum Tree {
    Input(Oracle),
    Any(Vec<Tree>),
    All(Vec<Tree>),
}

const TREE_ROWS: u32 = 300;

fn trees() -> impl Strategy<Value = Tree> {
    sets(TREE_ROWS).prop_map(Tree::Input).prop_recursive(4, 80, 70, |inner| {
        let parts = || {
            prop_oneof![
                9 => proptest::collection::vec(inner.clone(), 1..4),
                1 => proptest::collection::vec(inner.clone(), 60..70),
            ]
        };
        prop_oneof![parts().prop_map(Tree::Any), parts().prop_map(Tree::All)]
    })
}

impl Tree {
    fn build(&self) -> SpanMatches {
        let build = |parts: &[Tree]| parts.iter().map(Tree::build).collect::<Vec<_>>();
        match self {
            Tree::Input(rows) => SpanMatches::new(
                Arc::new(Name::parse("span:name").unwrap()),
                Arc::new(set(TREE_ROWS, rows)),
            ),
            Tree::Any(parts) => SpanMatches::any(&build(parts)).unwrap(),
            Tree::All(parts) => SpanMatches::all(&build(parts)).unwrap(),
        }
    }

    fn holds(&self, row: u32) -> bool {
        match self {
            Tree::Input(rows) => rows.contains(&row),
            Tree::Any(parts) => parts.iter().any(|p| p.holds(row)),
            Tree::All(parts) => parts.iter().all(|p| p.holds(row)),
        }
    }

    /// Whether each input contributes `row`: it holds, and so does everything around it.
    fn matched(&self, row: u32, around: bool, out: &mut Vec<bool>) {
        let here = around && self.holds(row);
        match self {
            Tree::Input(_) => out.push(here),
            Tree::Any(parts) | Tree::All(parts) => {
                parts.iter().for_each(|p| p.matched(row, here, out));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn matches_know_which_inputs_contributed_a_row(tree in trees()) {
        let matches = tree.build();
        for row in 0..TREE_ROWS {
            prop_assert_eq!(matches.rows().contains(row), tree.holds(row));
            let mut want = Vec::new();
            tree.matched(row, true, &mut want);
            prop_assert_eq!(matches.inputs().len(), want.len());
            let mut mask = vec![u64::MAX; want.len().div_ceil(64) + 1];
            matches.matched_mask(row, &mut mask);
            let got: Vec<bool> = (0..want.len()).map(|i| mask[i / 64] >> (i % 64) & 1 == 1).collect();
            prop_assert_eq!(&got, &want, "row {}", row);
            prop_assert_eq!(mask.iter().map(|w| w.count_ones() as usize).sum::<usize>(),
                matches.matched(row).count());
        }
    }
}

#[test]
fn a_set_of_another_table_counts_as_far_as_it_goes() {
    let (short, long) = (RowSet::all(100), RowSet::all(1000));
    assert_eq!(short.and(&long), short);
    assert_eq!(short.or(&long), short);
    assert!(short.minus(&long).is_empty());
    assert_eq!(long.and(&short), RowSet::from_ids(1000, 0..100));
    assert_eq!(long.minus(&short), RowSet::from_ids(1000, 100..1000));
}

#[test]
fn nothing_combines_to_nothing() {
    assert!(SpanMatches::any(&[]).is_none());
    assert!(SpanMatches::all(&[]).is_none());
}

#[test]
fn combining_sets_of_a_pool_takes_buffers_of_the_pool() {
    let pool = Pool::new();
    let half = |odd: u64| {
        let mut words = pool.words(512);
        words.fill(0x5555_5555_5555_5555 << odd);
        RowSet::from_bits(32_768, words)
    };
    let (a, b) = (half(0), half(1));
    for _ in 0..50 {
        let _ = (a.or(&b), a.and(&b), a.minus(&b), a.not());
    }
    assert!(pool.stats().grown <= 4, "{pool:?}");
    assert_eq!(pool.stats().taken, 2 + 4 * 50);
}
