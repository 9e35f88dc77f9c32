//! Files: written, read from every source, found by trace, damaged, recovered.

mod shop;

use blockpack::block::{Block, Field};
use blockpack::bytes::Bytes;
use blockpack::file::format::{HEADER_LEN, RegionEntry, TRAILER_LEN, Tail, Trailer, region};
use blockpack::file::reader::{Access, OpenOptions, Reader, Verify};
use blockpack::file::recover::recover;
use blockpack::file::source::{Coalesce, Coalesced, Counted, Memory, ReadRange, Source};
use blockpack::file::writer::{WriteOptions, Writer};
use blockpack::name::Name;
use blockpack::{ErrorKind, Result};
use proptest::prelude::*;
use shop::{build, digest, in_memory, publish, recording, shortest_record};
use std::path::Path;
use std::sync::Arc;

/// A source that is never mapped, as an object store is not.
struct Remote(Memory);

impl Source for Remote {
    fn name(&self) -> &str {
        "bucket/object"
    }
    fn len(&self) -> u64 {
        self.0.len()
    }
    fn read(&self, ranges: &mut [ReadRange<'_>]) -> Result<()> {
        self.0.read(ranges)
    }
}

fn memory(file: &[u8]) -> Memory {
    Memory::new(Bytes::copy_from_slice(file))
}

fn open_memory(file: &[u8]) -> Result<Reader> {
    Reader::open_source(Arc::new(memory(file)), Verify::Lazy)
}

#[test]
fn every_source_gives_the_same_answers() {
    let blocks = build(&recording(), 3_000);
    assert!(blocks.len() >= 3);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("shop.bp");
    let summary = publish(&blocks, &path, false).unwrap();
    let file = std::fs::read(&path).unwrap();
    assert_eq!(summary.bytes, file.len() as u64);
    assert_eq!(summary.blocks, blocks.len() as u64);
    assert_eq!(summary.spans, blocks.iter().map(|b| u64::from(b.rows)).sum::<u64>());

    let pread = OpenOptions { access: Access::Pread, verify: Verify::Full, ..Default::default() };
    let remote = Coalesced::new(Remote(memory(&file)), Coalesce::default());
    let readers = [
        Reader::open(&path, &OpenOptions::default()).unwrap(),
        Reader::open(&path, &pread).unwrap(),
        open_memory(&file).unwrap(),
        Reader::open_source(Arc::new(remote), Verify::Lazy).unwrap(),
    ];
    let ids: Vec<&[u8]> =
        blocks.iter().flat_map(|b| b.trace_ids.iter().step_by(50)).map(|id| &id[..]).collect();
    let digests: Vec<u64> = readers.iter().map(|r| digest(r, &ids).unwrap()).collect();
    assert!(digests.iter().all(|d| *d == digests[0]), "{digests:?}");
    for reader in &readers {
        reader.verify().unwrap();
        assert_eq!(reader.header().uuid, summary.uuid);
        assert_eq!(reader.rows(), summary.spans);
        assert!(reader.writer().starts_with("libblockpack "));
        for entry in reader.block_entries() {
            let align = if entry.len > 64 << 10 { 4096 } else { 64 };
            assert_eq!(entry.offset % align, 0);
        }
    }
}

#[test]
fn every_trace_is_found_where_it_is() {
    let blocks = build(&recording(), 500);
    let reader = open_memory(&in_memory(&blocks)).unwrap();
    for (index, block) in blocks.iter().enumerate() {
        for (trace, id) in block.trace_ids.iter().enumerate() {
            let places = reader.find_trace(id).unwrap();
            assert_eq!(places.len(), 1, "the builder brings a trace together");
            assert_eq!((places[0].block, places[0].trace), (index as u32, trace as u32));
        }
    }
    for stranger in [&b""[..], b"short", &[7; 16], &[7; 1000]] {
        assert_eq!(reader.find_trace(stranger).unwrap(), []);
    }
}

#[test]
fn fragments_of_a_trace_are_all_found_with_and_without_index() {
    let blocks = build(&recording(), 3_000);
    let mut writer = Writer::new(Vec::new(), "twice").unwrap();
    for block in blocks.iter().chain(&blocks[..1]) {
        writer.append(&block.bytes, &block.trace_ids).unwrap();
    }
    let (file, _) = writer.finish().unwrap();
    let blind = edit_tail(&file, |tail| tail.regions.clear());
    let last = blocks.len() as u32;
    for file in [file, blind] {
        let reader = open_memory(&file).unwrap();
        let blocks_of = |id| {
            let places = reader.find_trace(id).unwrap();
            places.iter().map(|p| p.block).collect::<Vec<_>>()
        };
        assert_eq!(blocks_of(&blocks[0].trace_ids[3]), [0, last]);
        assert_eq!(blocks_of(&blocks[1].trace_ids[3]), [1]);
    }
}

#[test]
fn a_cold_query_of_an_object_store_takes_three_round_trips() {
    let blocks = build(&recording(), 3_000);
    let file = in_memory(&blocks);
    let remote = Coalesced::new(Remote(memory(&file)), Coalesce::default());
    let source = Arc::new(Counted::new(remote));
    let reader = Reader::open_source(source.clone(), Verify::Lazy).unwrap();
    assert_eq!(source.stats().round_trips, 1, "header, tail and trailer");
    let opened = reader.blocks(0..blocks.len()).unwrap();
    assert_eq!(source.stats().round_trips, 2, "headers and directories of all blocks");
    assert!(opened.iter().all(|block| block.heap_bytes() == 0));

    let columns = |block: &Block| {
        let name = Name::parse("span:name").unwrap();
        let status = Name::parse("span:status").unwrap();
        let candidates = [block.resolve(&name), block.resolve(&status)];
        candidates.iter().flat_map(|c| c.iter()).flat_map(|c| c.columns.clone()).collect()
    };
    let numbered: Vec<_> = opened.into_iter().enumerate().collect();
    for _ in 0..2 {
        reader.prefetch(&numbered, columns).unwrap();
        assert_eq!(source.stats().round_trips, 3, "the columns of all blocks");
    }
    let local = open_memory(&file).unwrap();
    for (index, block) in &numbered {
        let (names, want) =
            (block.required(Field::SpanName).unwrap(), local.block(*index).unwrap());
        let want = want.required(Field::SpanName).unwrap();
        assert!((0..block.rows()).all(|row| names.bytes(row) == want.bytes(row)));
        block.required(Field::SpanStatus).unwrap();
    }
    assert_eq!(source.stats().round_trips, 3);
    assert!(source.stats().bytes < file.len() as u64 / 2, "{:?}", source.stats());
}

#[test]
fn blocks_are_opened_together_or_not_at_all() {
    let blocks = build(&recording(), 3_000);
    for source in [
        Arc::new(memory(&in_memory(&blocks))) as Arc<dyn Source>,
        Arc::new(Remote(memory(&in_memory(&blocks)))),
    ] {
        let reader = Reader::open_source(source, Verify::Lazy).unwrap();
        let held = reader.block(1).unwrap();
        let all = reader.blocks(0..blocks.len()).unwrap();
        assert!(Arc::ptr_eq(&held, &all[1]));
        for (block, built) in all.iter().zip(&blocks) {
            assert_eq!(block.rows(), built.rows);
        }
        assert_eq!(reader.blocks(2..2).unwrap().len(), 0);
        #[expect(clippy::reversed_empty_ranges, reason = "a caller's mistake")]
        for range in [0..blocks.len() + 1, 2..1, usize::MAX..usize::MAX, 5..0] {
            let e = reader.blocks(range).unwrap_err();
            assert_eq!(e.kind(), ErrorKind::InvalidArgument);
        }
    }
}

#[test]
fn a_cold_look_up_of_a_trace_takes_four_round_trips() {
    let blocks = build(&recording(), 3_000);
    let source = Arc::new(Counted::new(Remote(memory(&in_memory(&blocks)))));
    let reader = Reader::open_source(source.clone(), Verify::Lazy).unwrap();
    // The tail; the index; the block's directory; the ids of its traces.
    assert_eq!(reader.find_trace(&blocks[1].trace_ids[0]).unwrap().len(), 1);
    assert_eq!(source.stats().round_trips, 4, "{:?}", source.stats());
    assert_eq!(reader.find_trace(b"a stranger").unwrap(), []);
    assert_eq!(source.stats().round_trips, 4, "the index is kept");
}

#[test]
fn a_block_is_opened_once_and_goes_with_its_last_holder() {
    let blocks = build(&recording(), 3_000);
    let source: Arc<dyn Source> = Arc::new(Remote(memory(&in_memory(&blocks))));
    let reader = Reader::open_source(source, Verify::Lazy).unwrap();
    let block = reader.block(0).unwrap();
    assert!(Arc::ptr_eq(&block, &reader.block(0).unwrap()));
    let weak = Arc::downgrade(&block);
    drop(block);
    assert_eq!(weak.strong_count(), 0, "the reader keeps no block alive");
    let block = reader.block(0).unwrap();
    drop(reader);
    block.verify().unwrap();
}

#[test]
fn readers_are_shared_by_threads() {
    let blocks = build(&recording(), 500);
    let reader = open_memory(&in_memory(&blocks)).unwrap();
    let want = digest(&reader, &[]).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(digest(&reader, &[]).unwrap(), want));
        }
    });
}

#[test]
fn a_file_without_blocks_is_a_file() {
    let reader = open_memory(&in_memory(&[])).unwrap();
    assert_eq!((reader.block_count(), reader.rows()), (0, 0));
    reader.verify().unwrap();
    assert_eq!(reader.find_trace(b"any").unwrap(), []);
    assert_eq!(reader.block(0).unwrap_err().kind(), ErrorKind::InvalidArgument);
}

#[test]
fn what_is_not_a_block_is_not_appended() {
    let blocks = build(&[shortest_record()], 100);
    let block = &blocks[0];
    let mut writer = Writer::new(Vec::new(), "memory").unwrap();
    let half = &block.bytes[..block.bytes.len() / 2];
    for bytes in [&b""[..], b"not a block", half] {
        let e = writer.append(bytes, &block.trace_ids).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::InvalidArgument);
    }
    writer.append(&block.bytes, &block.trace_ids).unwrap();
    let e = writer.append(&block.bytes, &block.trace_ids[1..]).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::InvalidArgument);
    let e = writer.append(&block.bytes, &block.trace_ids).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::State, "the trace index has half a block in it");
}

// --- damage ---------------------------------------------------------------------------------

/// The file with its tail changed, and a trailer that fits.
fn edit_tail(file: &[u8], edit: impl FnOnce(&mut Tail)) -> Vec<u8> {
    let at = file.len() - TRAILER_LEN as usize;
    let trailer: Trailer = bytemuck::pod_read_unaligned(&file[at..]);
    let tail_at = trailer.tail_offset as usize;
    let mut tail = Tail::parse(&file[tail_at..at], trailer.tail_offset).unwrap();
    edit(&mut tail);
    let tail = tail.to_bytes().unwrap();
    let trailer = Trailer::new(trailer.header, trailer.tail_offset, &tail);
    [&file[..tail_at], &tail, bytemuck::bytes_of(&trailer)].concat()
}

/// The file with another header, and a trailer that fits.
fn edit_header(file: &[u8], edit: impl FnOnce(&mut blockpack::file::format::Header)) -> Vec<u8> {
    let at = file.len() - TRAILER_LEN as usize;
    let mut trailer: Trailer = bytemuck::pod_read_unaligned(&file[at..]);
    edit(&mut trailer.header);
    trailer.header = trailer.header.sealed();
    let (head, middle) = (trailer.header, &file[HEADER_LEN as usize..at]);
    [bytemuck::bytes_of(&head), middle, bytemuck::bytes_of(&trailer.sealed())].concat()
}

fn is_typed(kind: ErrorKind) -> bool {
    use ErrorKind::*;
    matches!(kind, NotBlockpack | FormatVersion | Corrupt | Checksum | ShortRead | Unsupported)
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let file = in_memory(&build(&[shortest_record()], 100));
    let steps = (0..file.len()).step_by(64).chain(file.len() - 200..file.len());
    for len in steps {
        let e = open_memory(&file[..len]).err().unwrap_or_else(|| panic!("opened {len} bytes"));
        assert!(is_typed(e.kind()), "{e:?}");
        assert!(e.message().starts_with("memory: "), "{e}");
    }
    let longer = [&file[..], &[0; 64]].concat();
    assert_eq!(open_memory(&longer).err().unwrap().kind(), ErrorKind::Corrupt);
}

#[test]
fn every_changed_byte_is_an_error_or_changes_no_answer() {
    let blocks = build(&[shortest_record()], 100);
    let ids: Vec<&[u8]> = blocks[0].trace_ids.iter().map(|id| &id[..]).collect();
    let file = in_memory(&blocks);
    let want = digest(&open_memory(&file).unwrap(), &ids).unwrap();
    let mut refused = 0;
    for at in 0..file.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut damaged = file.clone();
            damaged[at] ^= flip;
            match open_memory(&damaged).and_then(|reader| digest(&reader, &ids)) {
                Ok(found) => assert_eq!(found, want, "byte {at}"),
                Err(e) => {
                    assert!(is_typed(e.kind()), "byte {at}: {e:?}");
                    assert!(e.message().starts_with("memory"), "names its file: {e}");
                    assert_eq!(e.message().matches("memory").count(), 1, "once: {e}");
                    refused += 1;
                }
            }
            // All of the file's bytes have a checksum but those between its parts.
            let full = Reader::open_source(Arc::new(memory(&damaged)), Verify::Full);
            assert!(full.is_err() || file[at] == 0, "byte {at}");
        }
    }
    assert!(refused > file.len() * 2, "{refused} of {}", file.len() * 3);
}

/// Moves, repeats and cuts of whole runs of bytes, which leave many checksums right.
#[test]
fn spliced_files_are_errors_or_change_no_answer() {
    let blocks = build(&recording()[..40], 50);
    let ids: Vec<&[u8]> = blocks.iter().map(|b| &b.trace_ids[0][..]).collect();
    let file = in_memory(&blocks);
    let want = digest(&open_memory(&file).unwrap(), &ids).unwrap();
    let units = file.len() / 64;
    let splice = (0..units, 1..units, 0..units, 0usize..200, any::<bool>());
    let config = ProptestConfig { cases: 500, failure_persistence: None, ..Default::default() };
    proptest!(config, |((from, len, to, replaced, repair) in splice)| {
        let run = &file[from * 64..((from + len) * 64).min(file.len())];
        let behind = ((to + replaced) * 64).min(file.len());
        let mut spliced = [&file[..to * 64], run, &file[behind..]].concat();
        if repair {
            spliced = with_new_trailer(spliced, &file);
        }
        match open_memory(&spliced).and_then(|reader| digest(&reader, &ids)) {
            Ok(found) => prop_assert_eq!(found, want),
            Err(e) => prop_assert!(is_typed(e.kind()), "{:?}", e),
        }
    });
}

/// Puts the tail of `original` behind other bytes, with a trailer that fits.
fn with_new_trailer(spliced: Vec<u8>, original: &[u8]) -> Vec<u8> {
    let at = original.len() - TRAILER_LEN as usize;
    let trailer: Trailer = bytemuck::pod_read_unaligned(&original[at..]);
    let tail = &original[trailer.tail_offset as usize..at];
    let trailer = Trailer::new(trailer.header, spliced.len() as u64, tail);
    [&spliced, tail, bytemuck::bytes_of(&trailer)].concat()
}

#[test]
fn regions_of_unknown_kinds_are_skipped() {
    let blocks = build(&[shortest_record()], 100);
    let file = edit_tail(&in_memory(&blocks), |tail| {
        let block = tail.blocks[0];
        let (offset, len, hash) = (block.offset, block.len, block.hash);
        let strange = RegionEntry { kind: 4711, head_len: 0, offset, len, hash };
        tail.regions.insert(0, strange);
    });
    let reader = open_memory(&file).unwrap();
    reader.verify().unwrap();
    assert!(reader.regions().len() > 2);
    assert_eq!(reader.find_trace(&blocks[0].trace_ids[0]).unwrap().len(), 1);
}

#[test]
fn feature_words_decide_who_may_read_and_who_may_rewrite() {
    let file = in_memory(&build(&[shortest_record()], 100));
    let newer = edit_header(&file, |h| h.incompat = 1 << 40);
    assert_eq!(open_memory(&newer).err().unwrap().kind(), ErrorKind::FormatVersion);
    let newer = edit_header(&file, |h| h.major += 1);
    assert_eq!(open_memory(&newer).err().unwrap().kind(), ErrorKind::FormatVersion);
    for newer in [edit_header(&file, |h| h.compat = 1), edit_header(&file, |h| h.minor = 9)] {
        open_memory(&newer).unwrap().verify().unwrap();
    }
    let fragile = edit_header(&file, |h| h.ro_compat = 1);
    assert!(!open_memory(&fragile).unwrap().header().rewritable());
    let dir = tempfile::tempdir().unwrap();
    let (path, out) = (dir.path().join("in.bp"), dir.path().join("out.bp"));
    std::fs::write(&path, &fragile).unwrap();
    let e = recover(&path, &out, &WriteOptions::default(), |_| {}).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Unsupported);
    assert!(!out.exists());
}

#[test]
fn an_index_that_contradicts_its_blocks_is_refused() {
    let blocks = build(&[shortest_record()], 100);
    let file = in_memory(&blocks);
    for edit in [
        |tail: &mut Tail| tail.blocks[0].rows += 1,
        |tail: &mut Tail| tail.blocks[0].traces += 1,
        |tail: &mut Tail| tail.blocks[0].min_start -= 1,
        |tail: &mut Tail| tail.blocks[0].len -= 64,
        |tail: &mut Tail| tail.blocks[0].offset += 64,
    ] {
        let reader = open_memory(&edit_tail(&file, edit)).unwrap();
        let e = reader.block(0).unwrap_err();
        assert!(is_typed(e.kind()), "{e:?}");
        assert!(e.message().contains("block 0 at offset"), "{e}");
    }
    let fewer = edit_tail(&file, |tail| tail.blocks.clear());
    let e = open_memory(&fewer).unwrap().find_trace(&blocks[0].trace_ids[0]).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Corrupt);
}

#[test]
fn a_damaged_file_is_recovered_without_its_damaged_block() {
    let blocks = build(&recording(), 3_000);
    let dir = tempfile::tempdir().unwrap();
    let (path, out) = (dir.path().join("in.bp"), dir.path().join("out.bp"));
    publish(&blocks, &path, false).unwrap();
    let whole = std::fs::read(&path).unwrap();
    let second = Reader::open(&path, &OpenOptions::default()).unwrap().block_entries()[1];
    let region = open_memory(&whole).unwrap().regions()[0];
    assert_eq!(region.kind, region::TRACE_INDEX);

    let try_recover = |damaged: &[u8], blocks: usize| {
        std::fs::write(&path, damaged).unwrap();
        let recovered = recover(&path, &out, &WriteOptions { overwrite: true }, |_| {}).unwrap();
        let reader = Reader::open(&out, &OpenOptions::default()).unwrap();
        reader.verify().unwrap();
        assert_eq!(reader.block_count(), blocks);
        let saved: u64 = reader.block_entries().iter().map(|b| b.len).sum();
        assert_eq!(recovered.skipped, damaged.len() as u64 - saved);
        reader
    };
    let all: Vec<&[u8]> = blocks.iter().flat_map(|b| &b.trace_ids).map(|id| &id[..]).collect();
    let want = digest(&open_memory(&whole).unwrap(), &all).unwrap();

    let unfinished = &whole[..region.offset as usize];
    assert_eq!(digest(&try_recover(unfinished, blocks.len()), &all).unwrap(), want);

    let mut headless = whole.clone();
    headless[..64].fill(0);
    assert_eq!(digest(&try_recover(&headless, blocks.len()), &all).unwrap(), want);

    let mut bitten = whole.clone();
    // The block's last byte may be padding, which nothing depends on; this one is not.
    bitten[second.offset as usize + 200] ^= 1;
    let reader = try_recover(&bitten, blocks.len() - 1);
    assert_eq!(reader.find_trace(&blocks[0].trace_ids[0]).unwrap().len(), 1);
    assert_eq!(reader.find_trace(&blocks[1].trace_ids[0]).unwrap().len(), 0);

    let e = recover(Path::new("/dev/null"), &out, &WriteOptions::default(), |_| {}).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::NotBlockpack);
    std::fs::write(&path, b"nothing of value").unwrap();
    let e =
        recover(&path, &dir.path().join("new.bp"), &WriteOptions::default(), |_| {}).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::NotBlockpack);
    assert!(!dir.path().join("new.bp").exists());
}
