//! A second reader of the container, written from `docs/format.md` with offsets alone, finds what
//! the first one finds.

mod shop;

use blockpack::bytes::Bytes;
use blockpack::file::reader::{Reader, Verify};
use blockpack::file::source::Memory;
use shop::{build, in_memory, recording};
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

fn number(bytes: &[u8], at: usize, width: usize) -> u64 {
    bytes[at..at + width].iter().rev().fold(0, |n, &byte| n << 8 | u64::from(byte))
}

/// Blocks and rows in which a trace can be, by the text of the specification.
fn look_up(region: &[u8], head_len: usize, id: &[u8]) -> Vec<(u64, u64)> {
    assert_eq!(number(region, 0, 8), xxh3_64(&region[8..head_len]));
    let [bucket_bits, block_bits, trace_bits] = [16, 17, 18].map(|at| u32::from(region[at]));
    let hash = xxh3_64(id);
    let bucket = if bucket_bits == 0 { 0 } else { (hash >> (64 - bucket_bits)) as usize };
    let end = |bucket: usize| number(region, 64 + bucket * 8, 4) as usize;
    let start = if bucket == 0 { 0 } else { end(bucket - 1) };
    let words = &region[head_len + start * 8..head_len + end(bucket) * 8];
    assert_eq!(number(region, 64 + bucket * 8 + 4, 4), xxh3_64(words) & 0xffff_ffff);
    let wanted = hash << bucket_bits >> (block_bits + trace_bits);
    words
        .chunks(8)
        .map(|word| number(word, 0, 8))
        .filter(|word| word >> (block_bits + trace_bits) == wanted)
        .map(|word| {
            let low = |bits: u32| (1 << bits) - 1;
            (word >> trace_bits & low(block_bits), word & low(trace_bits))
        })
        .collect()
}

#[test]
fn the_bytes_are_as_the_specification_says() {
    let blocks = build(&recording(), 500);
    let file = in_memory(&blocks);
    let trailer = &file[file.len() - 128..];

    assert_eq!(&file[..8], b"\x89BPK\r\n\x1a\n");
    assert_eq!((number(&file, 8, 2), number(&file, 10, 2)), (1, 0));
    assert_eq!(number(&file, 56, 8), xxh3_64(&file[..56]));
    assert_eq!(&trailer[..64], &file[..64]);
    assert_eq!(number(trailer, 88, 8), file.len() as u64);
    assert_eq!(&trailer[112..120], b"BPKTRAIL");
    assert_eq!(number(trailer, 120, 8), xxh3_64(&trailer[..120]));

    let tail_at = number(trailer, 64, 8) as usize;
    let tail = &file[tail_at..tail_at + number(trailer, 72, 8) as usize];
    assert_eq!(tail_at + tail.len() + 128, file.len());
    assert_eq!((tail_at % 64, tail.len() % 64), (0, 0));
    assert_eq!(number(trailer, 80, 8), xxh3_64(tail));
    assert_eq!(number(tail, 0, 4), blocks.len() as u64);
    assert_eq!(number(tail, 4, 4), 1);

    let mut spans = 0;
    for (index, built) in blocks.iter().enumerate() {
        let entry = &tail[64 + index * 64..][..64];
        let (offset, len) = (number(entry, 0, 8) as usize, number(entry, 8, 8) as usize);
        assert_eq!(offset % if len > 65_536 { 4096 } else { 64 }, 0);
        assert_eq!(&file[offset..offset + len], &built.bytes[..]);
        assert_eq!(number(entry, 16, 4), u64::from(built.rows));
        assert_eq!(number(entry, 20, 4), built.trace_ids.len() as u64);
        assert_eq!(number(entry, 24, 8), built.min_start_ns);
        assert_eq!(number(entry, 32, 8), built.max_end_ns);
        let [sections, columns, names] = [48, 52, 12].map(|at| number(&built.bytes, at, 4));
        assert_eq!(number(entry, 40, 4), 128 + sections * 32 + columns * 80 + names);
        assert_eq!(number(entry, 48, 8), xxh3_64(&built.bytes));
        spans += number(entry, 16, 4);
    }
    let reader =
        Reader::open_source(Arc::new(Memory::new(Bytes::copy_from_slice(&file))), Verify::Lazy);
    assert_eq!(reader.unwrap().rows(), spans);

    let entry = &tail[64 + blocks.len() * 64..][..32];
    let writer = &tail[64 + blocks.len() * 64 + 32..][..number(tail, 8, 4) as usize];
    assert!(writer.starts_with(b"libblockpack "));
    assert_eq!(number(entry, 0, 4), 1);
    let (offset, len) = (number(entry, 8, 8) as usize, number(entry, 16, 8) as usize);
    let (region, head_len) = (&file[offset..offset + len], number(entry, 4, 4) as usize);
    assert_eq!(number(entry, 24, 8), xxh3_64(region));
    let mut traces = 0;
    for (block, built) in blocks.iter().enumerate() {
        for (row, id) in built.trace_ids.iter().enumerate() {
            assert_eq!(look_up(region, head_len, id), [(block as u64, row as u64)]);
            traces += 1;
        }
    }
    assert_eq!(number(region, 8, 8), traces);
    assert_eq!(number(tail, 16, 8), traces, "no trace is in two blocks");
    assert_eq!(len as u64, head_len as u64 + traces * 8);
}
