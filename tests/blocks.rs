//! Blocks built from the recording say what the recording says.

use blockpack::block::build::{BlockOptions, Profile, SpanBuffer, build_block};
use blockpack::block::{Block, BlockBytes, Field, Table};
use blockpack::bytes::Bytes;
use blockpack::otlp::{Recycle, ResourceRef, ScopeRef, SpanRef, SpanSink, decode_traces};
use blockpack::value::ValueRef;
use blockpack::wire::Reader;
use blockpack::{ErrorKind, Result};
use std::collections::HashMap;
use std::path::Path;

fn recording() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/shop.pbd.zst");
    zstd::stream::decode_all(std::fs::File::open(path).unwrap()).unwrap()
}

fn each_record(bytes: &[u8], mut each: impl FnMut(&[u8])) {
    let mut reader = Reader::new(bytes);
    while !reader.is_empty() {
        each(reader.bytes().unwrap());
    }
}

fn buffer_of(bytes: &[u8]) -> SpanBuffer {
    let mut buffer = SpanBuffer::default();
    each_record(bytes, |record| {
        decode_traces(record, &mut buffer).unwrap();
    });
    buffer
}

fn blocks_of(buffer: &SpanBuffer, options: &BlockOptions) -> Vec<Block> {
    buffer
        .plan_blocks(options)
        .iter()
        .map(|plan| {
            let built = build_block(buffer, plan, options).unwrap();
            Block::open(BlockBytes::Whole(Bytes::from_aligned(built.bytes))).unwrap()
        })
        .collect()
}

/// Name, start, duration, kind, events, links.
type Told = (Vec<u8>, u64, u64, i32, usize, usize);

/// What the recording tells of each span, by trace and span id.
#[derive(Default)]
struct Oracle(HashMap<(Vec<u8>, Vec<u8>), Told>);

impl SpanSink for Oracle {
    fn resource(&mut self, _: &ResourceRef<'_>) -> Result<()> {
        Ok(())
    }
    fn scope(&mut self, _: &ScopeRef<'_>) -> Result<()> {
        Ok(())
    }
    fn span(&mut self, raw: &[u8]) -> Result<()> {
        let mut span = SpanRef::default().recycle();
        span.decode(raw)?;
        self.0.insert(
            (span.trace_id.to_vec(), span.span_id.to_vec()),
            (
                span.name.to_vec(),
                span.start_ns,
                span.end_ns - span.start_ns,
                span.kind,
                span.events.len(),
                span.links.len(),
            ),
        );
        Ok(())
    }
}

#[test]
fn every_span_of_the_recording_is_in_one_block_as_it_was_sent() {
    let bytes = recording();
    let buffer = buffer_of(&bytes);
    let mut oracle = Oracle::default();
    each_record(&bytes, |record| {
        decode_traces(record, &mut oracle).unwrap();
    });
    for profile in [Profile::Hot, Profile::Archive] {
        let options = BlockOptions { max_rows: 3_000, profile, ..BlockOptions::default() };
        let blocks = blocks_of(&buffer, &options);
        assert!(blocks.len() >= 3);
        let mut seen = 0;
        for block in &blocks {
            block.verify().unwrap();
            let name = block.required(Field::SpanName).unwrap();
            let start = block.required(Field::SpanStart).unwrap();
            let duration = block.required(Field::SpanDuration).unwrap();
            let kind = block.required(Field::SpanKind).unwrap();
            let id = block.required(Field::SpanId).unwrap();
            let trace_id = block.required(Field::TraceId).unwrap();
            for row in 0..block.rows() {
                let trace = block.trace_of(row).unwrap();
                let first = block.trace_first_row(trace).unwrap();
                assert_eq!(block.trace_and_first_row(row).unwrap(), (trace, first));
                assert!(block.trace_rows(trace).unwrap().contains(&row));
                let key =
                    (trace_id.bytes(trace).unwrap().to_vec(), id.bytes(row).unwrap().to_vec());
                let events = block.owned_rows(Field::EventOwner, row).unwrap();
                let links = block.owned_rows(Field::LinkOwner, row).unwrap();
                let found = (
                    name.bytes(row).unwrap().to_vec(),
                    start.integer(row).unwrap(),
                    duration.integer(row).unwrap(),
                    kind.integer(row).unwrap() as i32,
                    events.len(),
                    links.len(),
                );
                assert_eq!(oracle.0.get(&key), Some(&found));
                seen += 1;
            }
        }
        assert_eq!(seen, oracle.0.len());
    }
}

#[test]
fn a_key_with_two_types_is_two_columns() {
    let bytes = recording();
    let buffer = buffer_of(&bytes);
    let blocks = blocks_of(&buffer, &BlockOptions::default());
    let block = &blocks[0];
    let columns = block.attribute(Table::Span, b"user.id");
    assert_eq!(columns.len(), 2);
    let mut kinds = Vec::new();
    for index in columns {
        let column = block.column(index).unwrap();
        for row in 0..block.rows() {
            match column.get(row) {
                Some(ValueRef::Str(_)) => kinds.push("string"),
                Some(ValueRef::I64(_)) => kinds.push("int"),
                Some(other) => panic!("unexpected {other:?}"),
                None => {}
            }
        }
    }
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds, ["int", "string"]);
}

#[test]
fn flipped_bytes_are_errors_or_change_nothing() {
    let bytes = recording();
    let buffer = buffer_of(&bytes[..first_records(&bytes, 2)]);
    let plan = &buffer.plan_blocks(&BlockOptions::default())[0];
    let built = build_block(&buffer, plan, &BlockOptions::default()).unwrap();
    let step = (built.bytes.len() / 4_000).max(1);
    for at in (0..built.bytes.len()).step_by(step) {
        let mut damaged = built.bytes.clone();
        damaged[at] ^= 0x10;
        let result = Block::open(BlockBytes::Whole(Bytes::from_aligned(damaged)))
            .and_then(|block| block.verify());
        if let Err(e) = result {
            let kinds = [
                ErrorKind::Corrupt,
                ErrorKind::Checksum,
                ErrorKind::NotBlockpack,
                ErrorKind::FormatVersion,
                ErrorKind::Unsupported,
            ];
            assert!(kinds.contains(&e.kind()), "byte {at}: {e:?}");
        }
    }
}

/// Bytes that the first `n` records take.
fn first_records(bytes: &[u8], n: usize) -> usize {
    let mut reader = Reader::new(bytes);
    for _ in 0..n {
        reader.bytes().unwrap();
    }
    reader.position()
}
