//! Merging: nothing is lost but exact duplicates, and nothing depends on how spans were spread.

#[path = "common/blocks.rs"]
mod blocks;
mod common;
#[path = "common/random.rs"]
#[allow(dead_code, reason = "not every strategy is needed here")]
mod random;

use blockpack::block::build::{BlockOptions, Profile};
use blockpack::block::{Exporter, TraceFlags};
use blockpack::bytes::Bytes;
use blockpack::file::reader::{OpenOptions, Reader, Verify};
use blockpack::file::source::Memory;
use blockpack::file::writer::{WriteOptions, Writer};
use blockpack::ingest::{BlockSink, Ingest, IngestOptions};
use blockpack::merge::{MergeOptions, Merged, merge, merge_into};
use blockpack::otlp::{
    Canonical, Recycle, ResourceRef, ScopeRef, SpanHead, SpanSink, TracesEncoder, decode_traces,
};
use blockpack::{Error, ErrorKind, Result};
use proptest::prelude::*;
use std::collections::HashSet;
use std::sync::Arc;

fn reader(file: Vec<u8>) -> Reader {
    let source = Memory::new(Bytes::copy_from_slice(&file));
    Reader::open_source(Arc::new(source), Verify::Full).unwrap()
}

/// A file of these messages, in blocks of up to `max_rows` spans from buffers of `buffer_bytes`.
fn file_of(messages: &[Vec<u8>], max_rows: usize, buffer_bytes: usize) -> Reader {
    let mut file = Vec::new();
    let block = BlockOptions { max_rows, ..BlockOptions::default() };
    let options = IngestOptions { block, buffer_bytes, ..IngestOptions::default() };
    let mut ingest = Ingest::new(Writer::new(&mut file, "input").unwrap(), options);
    messages.iter().for_each(|message| ingest.add(message).unwrap());
    ingest.finish().unwrap();
    reader(file)
}

fn merged(inputs: &[Reader], options: &MergeOptions) -> (Reader, Merged) {
    let mut file = Vec::new();
    let sink = Writer::new(&mut file, "merged").unwrap();
    let mut last = 0;
    let report = merge_into(inputs, sink, options, |spans| {
        assert!(spans > last, "every trace has spans");
        last = spans;
        Ok(())
    });
    let report = report.unwrap();
    assert_eq!(last, report.spans_in);
    assert_eq!(report.output.spans, report.spans_in - report.duplicates);
    (reader(file), report)
}

fn canonical(file: &Reader) -> Vec<u8> {
    let mut canonical = Canonical::new();
    for index in 0..file.block_count() {
        let block = file.block(index).unwrap();
        let mut out = TracesEncoder::new();
        Exporter::new(&block).write(0..block.rows(), &mut out).unwrap();
        canonical.add(&out.finish()).unwrap();
    }
    canonical.finish()
}

fn block_hashes(file: &Reader) -> Vec<u64> {
    file.block_entries().iter().map(|block| block.hash).collect()
}

/// The naive merge: every span as a canonical message of its own, each one once. Spans without a
/// trace id stay as many as they are.
#[derive(Default)]
struct Oracle {
    resource: ResourceRef<'static>,
    scope: ScopeRef<'static>,
    owned: [Vec<u8>; 4],
    seen: HashSet<Vec<u8>>,
    kept: Canonical,
    duplicates: u64,
}

impl SpanSink for Oracle {
    fn resource(&mut self, resource: &ResourceRef<'_>) -> Result<()> {
        self.owned[0] = resource.raw.to_vec();
        self.owned[1] = resource.schema_url.to_vec();
        self.resource = ResourceRef { present: resource.present, ..ResourceRef::default() };
        Ok(())
    }
    fn scope(&mut self, scope: &ScopeRef<'_>) -> Result<()> {
        self.owned[2] = scope.raw.to_vec();
        self.owned[3] = scope.schema_url.to_vec();
        self.scope = ScopeRef { present: scope.present, ..ScopeRef::default() };
        Ok(())
    }
    fn span(&mut self, raw: &[u8]) -> Result<()> {
        let message = self.message(raw);
        let mut alone = Canonical::new();
        alone.add(&message)?;
        if self.seen.insert(alone.finish()) || SpanHead::decode(raw)?.trace_id.is_empty() {
            self.kept.add(&message)
        } else {
            self.duplicates += 1;
            Ok(())
        }
    }
}

impl Oracle {
    fn message(&self, raw: &[u8]) -> Vec<u8> {
        let (mut resource, mut scope) = (self.resource.clone(), self.scope.clone());
        let mut out = TracesEncoder::new();
        if resource.present {
            resource = resource.recycle();
            resource.decode(&self.owned[0]).unwrap();
            resource.present = true;
        }
        resource.schema_url = &self.owned[1];
        out.resource(&resource);
        if scope.present {
            scope = scope.recycle();
            scope.decode(&self.owned[2]).unwrap();
            scope.present = true;
        }
        scope.schema_url = &self.owned[3];
        out.scope(&scope);
        out.raw_span(raw);
        out.finish()
    }
}

/// Requests whose spans are spread over files, some spans to several.
fn spread() -> impl Strategy<Value = Vec<Vec<Vec<u8>>>> {
    let requests = proptest::collection::vec(random::resources(random::Wildness::Any), 1..5);
    let masks = proptest::collection::vec(1u8..16, 1..20);
    (requests, masks, any::<bool>()).prop_map(|(mut requests, masks, coarse)| {
        if coarse {
            for span in requests.iter_mut().flat_map(|request| spans_of(request)) {
                span.times = span.times.map(|time| time % 3);
            }
        }
        (0..4).map(|file| part(&requests, &masks, file)).collect()
    })
}

fn spans_of(request: &mut [random::Resource]) -> impl Iterator<Item = &mut random::Span> {
    request.iter_mut().flat_map(|r| &mut r.scopes).flat_map(|s| &mut s.spans)
}

/// The requests of one file: of each span, a bit says whether it is there.
fn part(requests: &[Vec<random::Resource>], masks: &[u8], file: u32) -> Vec<Vec<u8>> {
    let mut masks = masks.iter().cycle();
    let mut keep = || masks.next().is_some_and(|mask| mask >> file & 1 == 1);
    let mut requests = requests.to_vec();
    for scope in requests.iter_mut().flatten().flat_map(|resource| &mut resource.scopes) {
        scope.spans.retain(|_| keep());
    }
    requests.iter().map(|request| random::encode(request)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn all_spans_are_there_once(
        files in spread(),
        max_rows in 1usize..12,
        merged_rows in 1usize..30,
        threads in 1usize..4,
        archive: bool,
    ) {
        let mut oracle = Oracle::default();
        for message in files.iter().flatten() {
            decode_traces(message, &mut oracle).unwrap();
        }
        let inputs: Vec<Reader> = files.iter().map(|f| file_of(f, max_rows, 1)).collect();
        let profile = if archive { Profile::Archive } else { Profile::Hot };
        let block = BlockOptions { max_rows: merged_rows, profile, ..BlockOptions::default() };
        let options = MergeOptions { block, threads, ..MergeOptions::default() };
        let (file, report) = merged(&inputs, &options);
        prop_assert_eq!(report.duplicates, oracle.duplicates);
        prop_assert_eq!(canonical(&file), oracle.kept.finish());

        // Every trace is whole: it has one place, and only a trace without an id has several.
        let mut traces = HashSet::new();
        for index in 0..file.block_count() {
            let block = file.block(index).unwrap();
            prop_assert!(block.trace_count() == 1 || block.rows() as usize <= merged_rows);
            for trace in 0..block.trace_count() {
                let id = block.trace_id(trace).unwrap().unwrap_or_default().to_vec();
                prop_assert!(id.is_empty() || traces.insert(id));
            }
        }

        // Merging what was merged changes not a byte of a block.
        let (again, report) = merged(std::slice::from_ref(&file), &options);
        prop_assert_eq!((report.duplicates, report.joined), (0, 0));
        prop_assert_eq!(block_hashes(&again), block_hashes(&file));
    }

    #[test]
    fn how_spans_were_spread_makes_no_difference(
        mut requests in proptest::collection::vec(random::resources(random::Wildness::Any), 1..5),
        masks in proptest::collection::vec(1u8..16, 1..20),
        max_rows in 1usize..12,
        threads in 1usize..4,
    ) {
        for span in requests.iter_mut().flat_map(|request| spans_of(request)) {
            span.times = span.times.map(|time| time % 3);
            if span.ids[0].is_empty() {
                span.ids[0] = vec![7; 16];
            }
        }
        let whole: Vec<Vec<u8>> = requests.iter().map(|r| random::encode(r)).collect();
        let whole = [file_of(&whole, 1_000, usize::MAX)];
        let parts = (0..4).rev().map(|file| part(&requests, &masks, file));
        let parts: Vec<Reader> = parts.map(|messages| file_of(&messages, max_rows, 100)).collect();
        let block = BlockOptions { max_rows: 5, ..BlockOptions::default() };
        let one = MergeOptions { block, ..MergeOptions::default() };
        let many = MergeOptions { threads, ..one };
        let (whole, _) = merged(&whole, &one);
        let (parts, _) = merged(&parts, &many);
        prop_assert_eq!(block_hashes(&whole), block_hashes(&parts));
    }
}

/// The recording in three files: request by request in turns, so that most traces are in several.
fn in_turns(messages: &[Vec<u8>], files: usize) -> Vec<Reader> {
    let every = |first| messages.iter().skip(first).step_by(files).cloned().collect::<Vec<_>>();
    (0..files).map(|first| file_of(&every(first), 1_000, 200_000)).collect()
}

#[test]
fn the_recording_comes_together_again() {
    let messages = blocks::recording();
    let inputs = in_turns(&messages, 3);
    let broken = |files: &[Reader]| -> usize {
        let blocks = files.iter().flat_map(|f| f.blocks(0..f.block_count()).unwrap());
        blocks.map(|b| (0..b.trace_count()).filter(|&t| has_orphans(&b, t)).count()).sum()
    };
    assert!(broken(&inputs) > 400);
    let (file, report) = merged(&inputs, &MergeOptions::default());
    assert_eq!((report.spans_in, report.duplicates), (9_752, 0));
    assert_eq!(report.output.traces, 1_203);
    assert!(report.joined > 500, "{report:?}");
    assert_eq!(broken(&[file]), 27, "the recording itself has traces with orphans");
}

fn has_orphans(block: &blockpack::block::Block, trace: u32) -> bool {
    let flags = block.field_integer(blockpack::block::Field::TraceFlags, trace).unwrap();
    TraceFlags(flags.unwrap_or(0)).contains(TraceFlags::ORPHANS)
}

#[test]
fn a_file_merged_with_itself_is_itself() {
    let messages = blocks::recording();
    let twice = [in_turns(&messages, 1), in_turns(&messages, 1)];
    let inputs: Vec<Reader> = twice.into_iter().flatten().collect();
    let (file, report) = merged(&inputs, &MergeOptions::default());
    assert_eq!((report.spans_in, report.duplicates), (2 * 9_752, 9_752));
    assert_eq!(canonical(&file), canonical(&inputs[0]));
}

#[test]
fn blocks_are_filled_over_the_borders_of_inputs() {
    let inputs = in_turns(&blocks::recording(), 4);
    for threads in [1, 2, 3] {
        let block = BlockOptions { max_rows: 2_000, ..BlockOptions::default() };
        let options = MergeOptions { block, threads, ..MergeOptions::default() };
        let (file, _) = merged(&inputs, &options);
        let (last, full) = file.block_entries().split_last().unwrap();
        // No trace of the recording is longer than 315 spans.
        assert!(full.iter().all(|b| b.rows <= 2_000 && b.rows > 2_000 - 315), "{full:?}");
        assert!(last.rows <= 2_000);
    }
}

#[test]
fn a_merge_can_be_stopped_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("merged.bpk");
    let inputs = in_turns(&blocks::recording(), 2);
    let stop = |spans| match spans > 5_000 {
        true => Err(Error::new(ErrorKind::Cancelled, "enough")),
        false => Ok(()),
    };
    let error = merge(&inputs, &path, &MergeOptions::default(), stop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_file_can_take_the_place_of_one_it_was_merged_from() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spans.bpk");
    let mut ingest = Ingest::create(&path, IngestOptions::default()).unwrap();
    blocks::recording().iter().for_each(|message| ingest.add(message).unwrap());
    ingest.finish().unwrap();
    let open = || Reader::open(&path, &OpenOptions::default()).unwrap();
    let inputs = [open(), open()];
    let before = canonical(&inputs[0]);
    let error = merge(&inputs, &path, &MergeOptions::default(), |_| Ok(())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    let file = WriteOptions { overwrite: true };
    let options = MergeOptions { file, ..MergeOptions::default() };
    merge(&inputs, &path, &options, |_| Ok(())).unwrap();
    assert!(canonical(&open()) == before);
}

#[test]
fn nothing_to_merge_is_an_error_and_empty_files_are_not() {
    let error = merge_into(&[], Sink, &MergeOptions::default(), |_| Ok(())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    let (file, report) = merged(&[file_of(&[], 1, 1)], &MergeOptions::default());
    assert_eq!((file.block_count(), report.output.spans), (0, 0));
}

/// Takes no block.
struct Sink;

impl BlockSink for Sink {
    fn append(&mut self, _: blockpack::block::build::BuiltBlock) -> Result<()> {
        unreachable!("nothing is merged")
    }
    fn finish(self) -> Result<blockpack::file::writer::Summary> {
        unreachable!("nothing is merged")
    }
}

#[test]
fn real_traces_come_together_again() {
    for (set, spans, traces, duplicates) in [
        ("nezha-tt-large.pbd.zst", 179_170, 2_475, 1_014),
        ("nezha-ob-1min.pbd.zst", 23_397, 517, 0),
    ] {
        let Some(path) = common::real_data(set) else { continue };
        let inputs = in_turns(&blocks::read_records(&path), 4);
        let (file, report) = merged(&inputs, &MergeOptions { threads: 2, ..Default::default() });
        assert_eq!(report.spans_in, spans);
        assert_eq!(report.duplicates, duplicates);
        assert_eq!((file.trace_count(), file.rows()), (traces, spans - duplicates));
    }
}
