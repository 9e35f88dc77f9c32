//! Files of released versions stay readable, by this reader and by one that knows only the
//! specification.

use blockpack::block::Exporter;
use blockpack::file::reader::{OpenOptions, Reader};
use blockpack::ingest::{Ingest, IngestOptions};
use blockpack::otlp::{Canonical, InputOptions, Records, TracesEncoder};
use std::path::{Path, PathBuf};
use std::process::Command;

fn in_tests(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

fn source() -> PathBuf {
    in_tests("data/shop-small.jsonl")
}

/// Every file in `tests/golden`, oldest version first.
fn golden_files() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(in_tests("golden")).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "bpk"));
    files.sort();
    assert!(!files.is_empty());
    files
}

fn messages() -> Vec<Vec<u8>> {
    let mut records = Records::open(&source(), InputOptions::default()).unwrap();
    let mut all = Vec::new();
    let mut message = Vec::new();
    while records.next(&mut message).unwrap() {
        all.push(message.clone());
    }
    all
}

fn canonical(messages: &[Vec<u8>]) -> Vec<u8> {
    let mut canonical = Canonical::new();
    messages.iter().for_each(|message| canonical.add(message).unwrap());
    canonical.finish()
}

#[test]
fn files_of_all_versions_say_what_they_were_made_from() {
    let sent = canonical(&messages());
    for path in golden_files() {
        let reader = Reader::open(&path, &OpenOptions::default()).unwrap();
        reader.verify().unwrap();
        let mut exported = Vec::new();
        for index in 0..reader.block_count() {
            let block = reader.block(index).unwrap();
            let mut out = TracesEncoder::new();
            Exporter::new(&block).write(0..block.rows(), &mut out).unwrap();
            exported.push(out.finish());
        }
        assert!(canonical(&exported) == sent, "{} says something else", path.display());
    }
}

#[test]
fn a_reader_written_from_the_specification_reads_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let fresh = folder.path().join("fresh.bpk");
    let mut ingest = Ingest::create(&fresh, IngestOptions::default()).unwrap();
    messages().iter().for_each(|message| ingest.add(message).unwrap());
    ingest.finish().unwrap();
    // Archives are compressed, and Python learned Zstandard only lately.
    let in_place = |path: &PathBuf| !path.to_string_lossy().contains("archive");
    for file in golden_files().into_iter().filter(in_place).chain([fresh]) {
        let run = Command::new("python3")
            .arg(in_tests("second_reader/check.py"))
            .args([&file, &source()])
            .output();
        let output = match run {
            Ok(output) => output,
            Err(e) if std::env::var_os("CI").is_none() => {
                eprintln!("skipped: there is no python3 here ({e})");
                return;
            }
            Err(e) => panic!("python3: {e}"),
        };
        let said = String::from_utf8_lossy(&output.stdout);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {said}{complaint}", file.display());
        assert!(said.starts_with("55 spans as they were sent"), "{said}");
    }
}

/// Bytes that a page shows, with their offset: lines like `1B80  89 42 50 4B   what they are`.
fn shown_bytes(page: &str) -> Vec<(usize, Vec<u8>)> {
    let byte = |word: &str| match word.len() {
        2 => u8::from_str_radix(word, 16).ok(),
        _ => None,
    };
    let line = |line: &str| {
        let (offset, rest) = line.split_once("  ")?;
        let bytes = rest.split("  ").next()?.split(' ').map(byte).collect::<Option<_>>()?;
        Some((usize::from_str_radix(offset, 16).ok()?, bytes))
    };
    page.lines().filter_map(line).collect()
}

#[test]
fn the_worked_example_shows_the_bytes_of_its_file() {
    let file = std::fs::read(in_tests("golden/example/1.bpk")).unwrap();
    let page = std::fs::read_to_string(in_tests("../docs/format-example.md")).unwrap();
    let shown = shown_bytes(&page);
    assert!(shown.len() > 60, "only {} lines of bytes were understood", shown.len());
    for (offset, bytes) in shown {
        assert_eq!(file[offset..][..bytes.len()], bytes, "at {offset:04X}");
    }
}
