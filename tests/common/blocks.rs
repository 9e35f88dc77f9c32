//! Blocks of recorded and made-up traces.

#![allow(dead_code, reason = "not every test needs all")]

use blockpack::Blocks;
use blockpack::block::build::{BlockOptions, SpanBuffer, build_block};
use blockpack::block::{Block, BlockBytes};
use blockpack::bytes::Bytes;
use blockpack::otlp::decode_traces;
use blockpack::wire::Reader;
use std::path::Path;
use std::sync::Arc;

/// The OTLP messages of a file of length-prefixed records, compressed or not.
pub fn read_records(path: &Path) -> Vec<Vec<u8>> {
    let mut bytes = std::fs::read(path).unwrap();
    if path.extension().is_some_and(|e| e == "zst") {
        bytes = zstd::stream::decode_all(&bytes[..]).unwrap();
    }
    let mut reader = Reader::new(&bytes);
    let mut records = Vec::new();
    while !reader.is_empty() {
        records.push(reader.bytes().unwrap().to_vec());
    }
    records
}

/// The recording that lies beside the tests.
pub fn recording() -> Vec<Vec<u8>> {
    read_records(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/shop.pbd.zst"))
}

/// The blocks that these OTLP messages make.
pub fn build(messages: &[impl AsRef<[u8]>], options: &BlockOptions) -> Blocks {
    let mut buffer = SpanBuffer::default();
    for message in messages {
        decode_traces(message.as_ref(), &mut buffer).unwrap();
    }
    let plans = buffer.plan_blocks(options);
    let build = |plan| {
        let built = build_block(&buffer, plan, options).unwrap();
        let bytes = BlockBytes::Whole(Bytes::from_aligned(built.bytes));
        Arc::new(Block::open(bytes).unwrap())
    };
    plans.iter().map(build).collect()
}
