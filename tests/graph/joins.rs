//! Traces that lie in several blocks are found whatever their ids are like.

use crate::forest::{Stored, TestSpan};
use blockpack::block::build::BlockOptions;
use blockpack::graph::{Trees, connected_blocks};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Ids that are alike in most of their bytes, so that few of their bits tell them apart; some of
/// another length.
fn id() -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![3 => Just([0u8; 4]), 1 => Just([0, 0, 0, 1]), 1 => any::<[u8; 4]>()];
    let of_16 = vec(word, 4).prop_map(|words| words.concat());
    prop_oneof![6 => of_16, 1 => vec(0u8..3, 0..20)]
}

/// A span that no other hangs together with, but by the trace.
fn span(number: usize, trace: &[u8]) -> TestSpan {
    let id = (number as u64 + 1).to_be_bytes().to_vec();
    let name = number.to_string().into_bytes();
    TestSpan { trace: trace.to_vec(), id, name, start: number as u64, ..TestSpan::default() }
}

fn check(ids: &[Vec<u8>], pieces: usize, rows: usize) {
    let spans: Vec<TestSpan> = ids.iter().enumerate().map(|(n, id)| span(n, id)).collect();
    let options = BlockOptions { max_rows: rows, ..BlockOptions::default() };
    let stored = Stored::new(&spans, &options, pieces, |number| number % pieces);
    let mut blocks_of: HashMap<&[u8], BTreeSet<u32>> = HashMap::new();
    let mut spans_of: BTreeMap<&[u8], BTreeSet<usize>> = BTreeMap::new();
    for (block, numbers) in stored.numbers.iter().enumerate() {
        for &number in numbers {
            let id = &ids[number][..];
            if !id.is_empty() {
                blocks_of.entry(id).or_default().insert(block as u32);
                spans_of.entry(id).or_default().insert(number);
            }
        }
    }
    spans_of.retain(|id, _| blocks_of[id].len() > 1);

    let trees = Trees::new(&stored.blocks).unwrap();
    let mut found = BTreeMap::new();
    for trace in trees.spread_traces() {
        let numbers: BTreeSet<usize> = trace.places().iter().map(|&p| stored.number(p)).collect();
        found.insert(&ids[*numbers.first().unwrap()][..], numbers);
    }
    assert_eq!(found, spans_of);
    assert_eq!(trees.spread_traces().len(), spans_of.len());

    // Blocks that share a trace, directly or by way of others.
    let mut groups: Vec<BTreeSet<u32>> = Vec::new();
    let alone = (0..stored.blocks.len() as u32).map(|block| BTreeSet::from([block]));
    for mut blocks in blocks_of.into_values().chain(alone) {
        groups.retain(|group| {
            let apart = group.is_disjoint(&blocks);
            if !apart {
                blocks.extend(group);
            }
            apart
        });
        groups.push(blocks);
    }
    groups.sort();
    let connected = connected_blocks(&stored.blocks).unwrap();
    assert!(connected.into_iter().eq(groups.into_iter().map(Vec::from_iter)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn traces_are_found_in_all_their_blocks(
        ids in vec(id(), 1..300),
        pieces in 1usize..5,
        rows in 4usize..64,
    ) {
        check(&ids, pieces, rows);
    }
}

#[test]
fn many_traces_are_told_apart_by_any_of_their_bytes() {
    for byte in 0..16 {
        let id = |number: u32| {
            let mut id = [7; 16];
            let at = byte / 2 * 2;
            id[at..at + 2].copy_from_slice(&(number as u16).to_be_bytes());
            id.to_vec()
        };
        // Every tenth trace is in the other piece, too.
        let ids: Vec<Vec<u8>> =
            (0..3000).chain((0..3000).step_by(10).map(|n| n ^ 1)).map(id).collect();
        check(&ids, 2, 500);
    }
}

#[test]
fn many_traces_with_ids_of_another_length_take_no_longer_than_others() {
    let ids: Vec<Vec<u8>> = (0..20_000u32).map(|n| (n / 2).to_be_bytes().to_vec()).collect();
    check(&ids, 2, 5000);
}
