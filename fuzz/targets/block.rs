//! Any bytes are a block or an error; from a block everything can be read, or is an error. Hashes are made
//! right first: damage with a wrong hash is found by the hash, which is no news.

#![no_main]

use blockpack::block::{Block, BlockBytes, Exporter};
use blockpack::bytes::Bytes;
use blockpack::fields::SpanRow;
use blockpack::graph::{StructuralOp, StructuralOptions, TraceGraphs, Trees};
use blockpack::name::Name;
use blockpack::otlp::TracesEncoder;
use blockpack::rowset::{RowSet, SpanSet};
use blockpack::scan::{ColumnScanner, Comparison, Condition, Predicate, ScanContext};
use blockpack::value::ValueRef;
use blockpack::{Blocks, ErrorKind, Result};
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

fuzz_target!(|bytes: &[u8]| {
    let bytes = BlockBytes::Whole(Bytes::copy_from_slice(&resealed(bytes)));
    let Ok(block) = Block::open(bytes) else { return };
    // A column as only later versions know it can neither be checked nor read, and is no damage. What
    // depends on it is not checked either.
    let is_later =
        |index| block.column(index).is_err_and(|e| e.kind() == ErrorKind::Unsupported);
    let known = !(0..block.column_count()).any(is_later);
    let whole = block.verify().is_ok() && known;
    let read = read_everything(Arc::new(block));
    assert!(!whole || read.is_ok(), "a block verifies that cannot be read: {read:?}");
});

/// The bytes with the hashes that docs/format.md asks for, as far as there are places for them.
fn resealed(bytes: &[u8]) -> Vec<u8> {
    let mut block = bytes.to_vec();
    if block.len() < 128 {
        return block;
    }
    let number = |block: &[u8], at: usize| {
        u32::from_le_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]]) as usize
    };
    let (names, sections, columns) = (number(&block, 12), number(&block, 48), number(&block, 52));
    let directory = sections.saturating_mul(32).saturating_add(columns.saturating_mul(80));
    let Some(end) = directory.checked_add(names).and_then(|len| len.checked_add(128)) else {
        return block;
    };
    if end <= block.len() {
        for at in (128..128 + sections * 32).step_by(32) {
            let start = number(&block, at).saturating_mul(64);
            let stored =
                start.checked_add(number(&block, at + 8)).and_then(|end| block.get(start..end));
            if let Some(hash) = stored.map(xxh3_64) {
                block[at + 24..at + 32].copy_from_slice(&hash.to_le_bytes());
            }
        }
        let hash = xxh3_64(&block[128..end]);
        block[112..120].copy_from_slice(&hash.to_le_bytes());
    }
    let hash = xxh3_64(&block[..120]);
    block[120..128].copy_from_slice(&hash.to_le_bytes());
    block
}

fn read_everything(block: Arc<Block>) -> Result<()> {
    let rows = block.rows().min(1000);
    for row in 0..rows {
        for field in SpanRow::new(&block, row)?.fields() {
            field?;
        }
    }
    Exporter::new(&block).write(0..rows, &mut TracesEncoder::new())?;

    let context = ScanContext::new();
    let scanner = ColumnScanner::new(&block, &context);
    for column in block.columns() {
        let Ok(name) = Name::parse_bytes(column.name) else { continue };
        for value in [ValueRef::Str(b"GET"), ValueRef::I64(200)] {
            let condition = Condition::Compare(Comparison::GreaterOrEqual, value);
            scanner.scan(&name, &Predicate::compile(&condition)?)?;
        }
    }

    let blocks = Blocks::new([block.clone()]);
    let trees = Trees::new(&blocks)?;
    let all = SpanSet::new(vec![RowSet::all(block.rows())]);
    for op in StructuralOp::all() {
        trees.relate(&all, op, &all, StructuralOptions::default())?;
    }
    TraceGraphs::of_trees(&trees, None)?;
    Ok(())
}
