//! A second reader of the container, written from `docs/format.md` with offsets alone, finds what
//! the first one finds.

mod shop;

use blockpack::block::build::BuiltBlock;
use blockpack::block::{Block, BlockBytes, ColumnInfo};
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

/// A column of the column index: table, attribute or not, type, name, and its chunks.
type Column<'a> = ([u8; 3], &'a [u8], Vec<&'a [u8]>);

/// The columns of a column index, by the text of the specification.
fn columns(region: &[u8], head_len: usize) -> Vec<Column<'_>> {
    assert_eq!(number(region, 0, 8), xxh3_64(&region[8..head_len]));
    let [count, names_len] = [16, 20].map(|at| number(region, at, 4) as usize);
    let names = &region[64 + count * 48..][..names_len];
    assert_eq!(region.len(), head_len + number(region, 8, 8) as usize * 48);
    let mut chunks = region[head_len..].chunks(48);
    let mut chunk_end = 0;
    let column = |record| {
        let own: Vec<_> =
            chunks.by_ref().take((number(record, 16, 8) - chunk_end) as usize).collect();
        chunk_end += own.len() as u64;
        assert!(!own.is_empty());
        assert_eq!(number(record, 40, 8), xxh3_64(&own.concat()));
        let sum = |at| own.iter().map(|chunk| number(chunk, at, 4)).sum::<u64>();
        assert_eq!((number(record, 24, 8), number(record, 32, 8)), (sum(4), sum(32)));
        let name = &names[number(record, 4, 4) as usize..][..number(record, 8, 4) as usize];
        ([record[0], record[1], record[2]], name, own)
    };
    region[64..].chunks(48).take(count).map(column).collect()
}

/// Whether a filter has a value, by the text of the specification.
fn filter_has(filter: &[u8], value: &[u8]) -> bool {
    const SALT: [u32; 8] = [
        0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947,
        0x5c6bfb31,
    ];
    let hash = xxh3_64(value);
    let block = ((hash >> 32) * (filter.len() / 32) as u64) >> 32;
    (0..8).all(|i| {
        let word = number(filter, block as usize * 32 + i * 4, 4);
        word >> ((hash as u32).wrapping_mul(SALT[i]) >> 27) & 1 == 1
    })
}

/// Checks the column index and the filters of a file of `blocks`.
fn check_columns(blocks: &[BuiltBlock], index: &[u8], head_len: usize, filters: &[u8]) {
    let columns = columns(index, head_len);
    assert!(columns.is_sorted_by_key(|(key, name, _)| (&key[..2], *name, key[2])));
    let opened: Vec<Block> = blocks.iter().map(open).collect();
    let mut filtered = 0;
    for &([table, attribute, value_type], name, ref chunks) in &columns {
        for chunk in chunks {
            let block = &opened[number(chunk, 0, 4) as usize];
            let is_it = |info: &ColumnInfo<'_>| {
                let entry = info.entry;
                (entry.table, entry.attribute, entry.value_type, info.name)
                    == (table, attribute, value_type, name)
            };
            let info = block.columns().find(is_it).unwrap();
            let entry = info.entry;
            assert_eq!(
                [4, 8].map(|at| number(chunk, at, 4) as u32),
                [entry.present, entry.distinct]
            );
            assert_eq!(chunk[12..15], [entry.layout, entry.encoding, entry.width]);
            assert_eq!([16, 24].map(|at| number(chunk, at, 8)), [entry.min, entry.max]);
            let [at, len] = [36, 40].map(|at| number(chunk, at, 4) as usize * 32);
            let filter = &filters[at..at + len];
            let strings = entry.value_type == 1 || entry.value_type == 2;
            let wanted = (strings && entry.encoding == 2 && entry.present >= 64)
                || (strings && entry.encoding == 1 && entry.distinct > 4096)
                || (entry.table == 5 && entry.value_type == 9 && entry.present >= 64);
            assert_eq!(wanted, !filter.is_empty());
            if wanted {
                filtered += 1;
                assert_eq!(number(chunk, 44, 4), xxh3_64(filter) & 0xffff_ffff);
                let column = block.column(info.index).unwrap();
                let rows = 0..block.table_rows(info.table);
                assert!(rows.filter_map(|row| column.bytes(row)).all(|v| filter_has(filter, v)));
            }
        }
    }
    let chunks: usize = columns.iter().map(|(_, _, chunks)| chunks.len()).sum();
    assert_eq!(chunks as u32, opened.iter().map(Block::column_count).sum::<u32>());
    assert!(filtered > 0);
}

fn open(built: &BuiltBlock) -> Block {
    Block::open(BlockBytes::Whole(Bytes::copy_from_slice(&built.bytes))).unwrap()
}

#[test]
fn the_bytes_are_as_the_specification_says() {
    let blocks = build(&recording(), 3_000);
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
    assert_eq!(number(tail, 4, 4), 3);

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

    let writer = &tail[64 + blocks.len() * 64 + 3 * 32..][..number(tail, 8, 4) as usize];
    assert!(writer.starts_with(b"libblockpack "));
    let region = |kind: u64| {
        let mut entries = tail[64 + blocks.len() * 64..].chunks(32).take(3);
        let entry = entries.find(|entry| number(entry, 0, 4) == kind).unwrap();
        let (offset, len) = (number(entry, 8, 8) as usize, number(entry, 16, 8) as usize);
        let region = &file[offset..offset + len];
        assert_eq!((offset % 64, number(entry, 24, 8)), (0, xxh3_64(region)));
        (region, number(entry, 4, 4) as usize)
    };
    let ((index, columns_head_len), (filters, _)) = (region(2), region(3));
    check_columns(&blocks, index, columns_head_len, filters);

    let (region, head_len) = region(1);
    let mut traces = 0;
    for (block, built) in blocks.iter().enumerate() {
        for (row, id) in built.trace_ids.iter().enumerate() {
            assert_eq!(look_up(region, head_len, id), [(block as u64, row as u64)]);
            traces += 1;
        }
    }
    assert_eq!(number(region, 8, 8), traces);
    assert_eq!(number(tail, 16, 8), traces, "no trace is in two blocks");
    assert_eq!(region.len() as u64, head_len as u64 + traces * 8);
}
