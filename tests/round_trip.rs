//! Nothing is lost: OTLP in, blocks, OTLP out is the same.

#[path = "common/blocks.rs"]
mod blocks;
mod common;
#[path = "common/random.rs"]
#[allow(dead_code)]
mod random;

use blockpack::block::Exporter;
use blockpack::block::build::{BlockOptions, Profile};
use blockpack::otlp::{Canonical, InputOptions, Records, TracesEncoder};
use blockpack::rowset::{RowSet, SpanSet};
use proptest::prelude::*;
use std::path::Path;

/// What the blocks of `messages` give back, as one message a block.
fn through_blocks(messages: &[Vec<u8>], options: &BlockOptions) -> Vec<Vec<u8>> {
    let blocks = blocks::build(messages, options);
    let export = |block: &blockpack::block::Block| {
        let mut out = TracesEncoder::new();
        Exporter::new(block).write(0..block.rows(), &mut out).unwrap();
        out.finish()
    };
    blocks.iter().map(|block| export(block)).collect()
}

fn canonical(messages: &[Vec<u8>]) -> Vec<u8> {
    let mut canonical = Canonical::new();
    messages.iter().for_each(|message| canonical.add(message).unwrap());
    canonical.finish()
}

fn records(path: &Path) -> Vec<Vec<u8>> {
    let mut records = Records::open(path, InputOptions::default()).unwrap();
    let mut all = Vec::new();
    let mut message = Vec::new();
    while records.next(&mut message).unwrap() {
        all.push(message.clone());
    }
    all
}

fn assert_same(messages: &[Vec<u8>], options: &BlockOptions) {
    let sent = canonical(messages);
    let came_back = canonical(&through_blocks(messages, options));
    assert!(sent == came_back, "{} bytes sent, {} came back", sent.len(), came_back.len());
    let grouped = canonical(&[grouped_by_resource(messages, options)]);
    assert!(sent == grouped, "{} bytes sent, {} came back in groups", sent.len(), grouped.len());
}

/// The same as one message in which resources and scopes come once a block.
fn grouped_by_resource(messages: &[Vec<u8>], options: &BlockOptions) -> Vec<u8> {
    let blocks = blocks::build(messages, options);
    let all = SpanSet::new(blocks.iter().map(|block| RowSet::all(block.rows())).collect());
    all.to_otlp(&blocks).unwrap()
}

#[test]
fn the_recording_comes_back_as_it_was_sent() {
    let messages = blocks::recording();
    for profile in [Profile::Hot, Profile::Archive] {
        assert_same(&messages, &BlockOptions { profile, max_rows: 2_000, ..Default::default() });
    }
    let few_columns = BlockOptions { max_attribute_columns: 5, ..Default::default() };
    assert_same(&messages, &few_columns);
}

#[test]
fn real_traces_come_back_as_they_were_sent() {
    let sets = [
        "small-mixed.pb",
        "essvt.pbd.zst",
        "robot-diverse.pbd.zst",
        "buildx.pb",
        "savant.pb",
        "smartthings-oauth.pb",
        "nezha-ob-1min.pbd.zst",
        "nezha-tt-large.pbd.zst",
        "nezha-ob-large.pbd.zst",
    ];
    for set in sets {
        if let Some(path) = common::real_data(set) {
            assert_same(&records(&path), &BlockOptions::default());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn anything_protobuf_can_hold_comes_back(
        requests in proptest::collection::vec(random::resources(random::Wildness::Any), 1..4),
        max_rows in 1usize..20,
        max_attribute_columns in 0usize..12,
        archive: bool,
    ) {
        let messages: Vec<Vec<u8>> = requests.iter().map(|r| random::encode(r)).collect();
        let profile = if archive { Profile::Archive } else { Profile::Hot };
        let options = BlockOptions { max_rows, max_attribute_columns, profile, ..Default::default() };
        let came_back = through_blocks(&messages, &options);
        prop_assert_eq!(canonical(&messages), canonical(&came_back));
    }
}
