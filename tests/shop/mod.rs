//! What several tests need: the recording, blocks of it, and all that a reader can be asked.

#![allow(dead_code, reason = "each test uses its part")]

use blockpack::Result;
use blockpack::block::build::{BlockOptions, BuiltBlock, SpanBuffer, build_block};
use blockpack::block::{Block, Sought};
use blockpack::file::column_index::{ColumnName, FileColumn};
use blockpack::file::reader::Reader;
use blockpack::file::writer::{FileWriter, Summary, WriteOptions, Writer};
use blockpack::otlp::decode_traces;
use std::collections::hash_map::DefaultHasher;
use std::fmt::Write;
use std::hash::{Hash, Hasher};
use std::path::Path;

/// The export requests of the recorded shop, in order.
pub fn recording() -> Vec<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/shop.pbd.zst");
    let bytes = zstd::stream::decode_all(std::fs::File::open(path).unwrap()).unwrap();
    let mut reader = blockpack::wire::Reader::new(&bytes);
    let mut records = Vec::new();
    while !reader.is_empty() {
        records.push(reader.bytes().unwrap().to_vec());
    }
    records
}

/// The shortest request of the recording.
pub fn shortest_record() -> Vec<u8> {
    recording().into_iter().min_by_key(Vec::len).unwrap()
}

/// Blocks of up to `max_rows` spans of the requests.
pub fn build(records: &[Vec<u8>], max_rows: usize) -> Vec<BuiltBlock> {
    let mut buffer = SpanBuffer::default();
    for record in records {
        decode_traces(record, &mut buffer).unwrap();
    }
    let options = BlockOptions { max_rows, ..BlockOptions::default() };
    let plans = buffer.plan_blocks(&options);
    plans.iter().map(|plan| build_block(&buffer, plan, &options).unwrap()).collect()
}

/// Publishes a file of the blocks.
pub fn publish(blocks: &[BuiltBlock], path: &Path, overwrite: bool) -> Result<Summary> {
    let mut writer = FileWriter::create(path, &WriteOptions { overwrite })?;
    for block in blocks {
        writer.append(&block.bytes, &block.trace_ids)?;
    }
    writer.finish()
}

/// The bytes of a file of the blocks.
pub fn in_memory(blocks: &[BuiltBlock]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), "memory").unwrap();
    for block in blocks {
        writer.append(&block.bytes, &block.trace_ids).unwrap();
    }
    writer.finish().unwrap().0
}

/// Everything a reader says of its content, as one number; an error if any of it cannot be read.
pub fn digest(reader: &Reader, trace_ids: &[&[u8]]) -> Result<u64> {
    let mut hash = DefaultHasher::new();
    for index in 0..reader.block_count() {
        digest_block(&*reader.block(index)?, &mut hash)?;
    }
    for id in trace_ids {
        reader.find_trace(id)?.hash(&mut hash);
    }
    digest_index(reader, &mut hash)?;
    Ok(hash.finish())
}

/// What the index says. What it may say this way or that, like which blocks can have a value, is
/// left out; that it can be asked is not.
fn digest_index(reader: &Reader, hash: &mut DefaultHasher) -> Result<()> {
    for column in reader.columns()? {
        let FileColumn { name, value_type, present, .. } = column;
        (name, value_type, present).hash(hash);
        for chunk in reader.chunks(column.index)? {
            (chunk.block, chunk.present, chunk.min, chunk.max).hash(hash);
        }
        let name =
            ColumnName { table: column.table, attribute: column.attribute, key: column.key() };
        if let Some(value_type) = column.value_type {
            let sought = [(value_type, Sought::Equal(b"GET")), (value_type, Sought::Any)];
            let found = reader.blocks_that_may(&[name], &sought)?;
            assert!(found.len() as u64 >= column.blocks);
            reader.blocks_that_may(&[name], &sought[..1])?;
        }
    }
    Ok(())
}

fn digest_block(block: &Block, hash: &mut DefaultHasher) -> Result<()> {
    let mut text = String::new();
    for info in block.columns() {
        let column = block.column(info.index)?;
        text.clear();
        for row in 0..block.table_rows(info.table) {
            if let Some(value) = column.get(row) {
                write!(text, "{row} {value:?};").unwrap();
            }
        }
        (info.name, info.value_type, &text).hash(hash);
    }
    for shape in 0..block.shape_count()? {
        block.shape(shape as u64)?.hash(hash);
    }
    for trace in 0..block.trace_count() {
        (block.trace_id(trace)?, block.trace_rows(trace)?).hash(hash);
    }
    Ok(())
}
