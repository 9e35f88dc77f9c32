//! From OTLP to a file and back.

use blockpack::ErrorKind;
use blockpack::block::build::BlockOptions;
use blockpack::file::reader::{OpenOptions, Reader};
use blockpack::ingest::{Ingest, IngestOptions};
use blockpack::otlp::{InputOptions, Records};
use std::path::{Path, PathBuf};

fn recording() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/shop.pbd.zst")
}

fn ingest(input: &Path, output: &Path, options: IngestOptions) -> blockpack::Result<u64> {
    let mut ingest = Ingest::create(output, options)?;
    let mut records = Records::open(input, InputOptions::default())?;
    let mut message = Vec::new();
    while records.next(&mut message)? {
        ingest.add(&message)?;
    }
    ingest.finish().map(|summary| summary.spans)
}

fn small_blocks(threads: usize) -> IngestOptions {
    IngestOptions {
        block: BlockOptions { max_rows: 1_000, ..BlockOptions::default() },
        threads,
        buffer_bytes: 1 << 20,
        ..IngestOptions::default()
    }
}

#[test]
fn several_threads_write_the_same_blocks_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let write = |threads| {
        let path = folder.path().join(format!("{threads}.bpk"));
        assert_eq!(ingest(&recording(), &path, small_blocks(threads)).unwrap(), 9_752);
        Reader::open(&path, &OpenOptions::default()).unwrap()
    };
    let one = write(1);
    one.verify().unwrap();
    assert!(one.block_count() > 9);
    let hashes = |r: &Reader| r.block_entries().iter().map(|b| b.hash).collect::<Vec<_>>();
    for threads in [2, 3, 8] {
        assert_eq!(hashes(&one), hashes(&write(threads)), "{threads} threads");
    }
}

#[test]
fn a_refused_message_adds_nothing_and_the_next_one_works() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spans.bpk");
    let mut ingest = Ingest::create(&path, IngestOptions::default()).unwrap();
    let error = ingest.add(&[0x0a, 0x05, 0x12]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Otlp);
    let mut records = Records::open(&recording(), InputOptions::default()).unwrap();
    let mut message = Vec::new();
    assert!(records.next(&mut message).unwrap());
    ingest.add(&message).unwrap();
    let received = ingest.received().spans;
    assert_eq!(ingest.finish().unwrap().spans, received);
}

#[test]
fn an_ingest_that_is_dropped_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spans.bpk");
    for threads in [1, 2] {
        let mut ingest = Ingest::create(&path, small_blocks(threads)).unwrap();
        let mut records = Records::open(&recording(), InputOptions::default()).unwrap();
        let mut message = Vec::new();
        while records.next(&mut message).unwrap() {
            ingest.add(&message).unwrap();
        }
        drop(ingest);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn an_empty_ingest_is_an_empty_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.bpk");
    let summary = Ingest::create(&path, IngestOptions::default()).unwrap().finish().unwrap();
    assert_eq!((summary.spans, summary.blocks), (0, 0));
    assert_eq!(Reader::open(&path, &OpenOptions::default()).unwrap().block_count(), 0);
}
