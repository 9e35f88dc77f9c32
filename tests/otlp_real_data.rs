//! The readers against recorded traces: nothing lost, and all formats say the same.

mod common;

use blockpack::otlp::{
    Canonical, InputOptions, Records, ResourceRef, ScopeRef, SpanHead, SpanRef, SpanSink,
    TracesEncoder, decode_traces, traces_to_json,
};
use blockpack::value::text;
use blockpack::{Error, ErrorKind, Result};
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

/// A set and what its description says it has: requests, traces, spans, events.
struct Set {
    name: &'static str,
    compressed: bool,
    requests: u64,
    traces: usize,
    spans: u64,
    events: usize,
}

const fn set(
    name: &'static str,
    compressed: bool,
    requests: u64,
    traces: usize,
    spans: u64,
    events: usize,
) -> Set {
    Set { name, compressed, requests, traces, spans, events }
}

const SETS: [Set; 9] = [
    set("small-mixed", false, 11, 11, 105, 25),
    set("essvt", true, 8, 168, 1_066, 59),
    set("robot-diverse", true, 40, 1, 1_632, 12),
    set("buildx", false, 1, 1, 73, 231),
    set("savant", false, 1, 1, 36, 164),
    set("smartthings-oauth", false, 1, 1, 175, 9),
    set("nezha-ob-1min", true, 46, 517, 23_397, 0),
    set("nezha-tt-large", true, 371, 2_475, 179_170, 94_703),
    set("nezha-ob-large", true, 815, 9_300, 411_478, 5_874),
];

impl Set {
    fn path(&self, extension: &str) -> Option<PathBuf> {
        let packed = if self.compressed { ".zst" } else { "" };
        common::real_data(&format!("{}.{extension}{packed}", self.name))
    }
}

fn each_record(path: &Path, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<u64> {
    let mut records = Records::open(path, InputOptions::default())?;
    let mut record = Vec::new();
    while records.next(&mut record)? {
        take(&record)?;
    }
    assert_eq!(records.consumed(), path.metadata().unwrap().len(), "all of it was read");
    Ok(records.count())
}

fn canonical(path: &Path) -> Result<Vec<u8>> {
    let mut canonical = Canonical::new();
    each_record(path, |record| canonical.add(record))?;
    Ok(canonical.finish())
}

/// Counts, and holds the two readings of a span against each other.
#[derive(Default)]
struct Counts {
    traces: HashSet<Vec<u8>>,
    spans: u64,
    events: usize,
    links: usize,
    dropped: [u64; 2],
    trace_states: usize,
    status_messages: usize,
    /// Of resources, scopes, spans, events, links.
    attributes: [usize; 5],
    by_flags: BTreeMap<String, u64>,
    by_scope: BTreeMap<String, u64>,
    scope: String,
}

impl SpanSink for Counts {
    fn resource(&mut self, resource: &ResourceRef<'_>) -> Result<()> {
        self.attributes[0] += resource.attributes.len();
        Ok(())
    }

    fn scope(&mut self, scope: &ScopeRef<'_>) -> Result<()> {
        self.attributes[1] += scope.attributes.len();
        self.scope = text(scope.name).into_owned();
        Ok(())
    }

    fn span(&mut self, raw: &[u8]) -> Result<()> {
        let head = SpanHead::decode(raw)?;
        let mut span = SpanRef::default();
        span.decode(raw)?;
        let ids = (span.trace_id, span.span_id, span.parent_span_id);
        assert_eq!((head.trace_id, head.span_id, head.parent_span_id), ids);
        let numbers = (span.start_ns, span.end_ns, span.kind);
        assert_eq!((head.start_ns, head.end_ns, head.kind), numbers);

        self.traces.insert(head.trace_id.to_vec());
        self.spans += 1;
        self.events += span.events.len();
        self.links += span.links.len();
        self.dropped[0] += u64::from(span.dropped_events);
        self.dropped[1] += u64::from(span.dropped_links);
        self.trace_states += usize::from(!span.trace_state.is_empty());
        self.status_messages += usize::from(!span.status_message.is_empty());
        self.attributes[2] += span.attributes.len();
        self.attributes[3] += span.events.iter().map(|e| e.attributes.len()).sum::<usize>();
        self.attributes[4] += span.links.iter().map(|l| l.attributes.len()).sum::<usize>();
        *self.by_flags.entry(format!("{:#x}", span.flags)).or_default() += 1;
        *self.by_scope.entry(self.scope.clone()).or_default() += 1;
        Ok(())
    }
}

#[test]
fn every_set_has_the_counts_it_is_described_with() {
    for set in SETS {
        let Some(path) = set.path("pbd") else { return };
        let mut counts = Counts::default();
        let requests = each_record(&path, |record| {
            let found = decode_traces(record, &mut counts)?;
            assert_eq!(found.skipped_fields, 0);
            Ok(())
        });
        let name = set.name;
        assert_eq!(requests.unwrap(), set.requests, "{name}");
        assert_eq!(counts.traces.len(), set.traces, "{name}");
        assert_eq!(counts.spans, set.spans, "{name}");
        assert_eq!((counts.events, counts.links), (set.events, 0), "{name}");
    }
}

#[test]
fn protobuf_and_json_files_of_a_set_say_the_same() {
    for set in SETS {
        let Some(delimited) = set.path("pbd") else { return };
        let expected = canonical(&delimited).unwrap();
        let others = [set.path("jsonl"), (!set.compressed).then(|| set.path("pb")).flatten()];
        for path in others.into_iter().flatten() {
            // Compared as booleans: a failure must not print megabytes.
            assert!(canonical(&path).unwrap() == expected, "{}", path.display());
        }
    }
}

#[test]
fn decoding_and_encoding_every_span_changes_nothing() {
    #[derive(Default)]
    struct Rewrite(TracesEncoder);
    impl SpanSink for Rewrite {
        fn resource(&mut self, resource: &ResourceRef<'_>) -> Result<()> {
            self.0.resource(resource);
            Ok(())
        }
        fn scope(&mut self, scope: &ScopeRef<'_>) -> Result<()> {
            self.0.scope(scope);
            Ok(())
        }
        fn span(&mut self, raw: &[u8]) -> Result<()> {
            let mut span = SpanRef::default();
            span.decode(raw)?;
            self.0.span(&span);
            Ok(())
        }
    }
    for set in SETS {
        let Some(path) = set.path("pbd") else { return };
        let (mut before, mut after) = (Canonical::new(), Canonical::new());
        let mut rewrite = Rewrite::default();
        each_record(&path, |record| {
            decode_traces(record, &mut rewrite)?;
            after.add(&rewrite.0.finish())?;
            before.add(record)
        })
        .unwrap();
        assert!(before.finish() == after.finish(), "{}", set.name);
    }
}

/// Some sets say `"name":""`, which means the same as no name.
fn drop_empty_names(json: &mut serde_json::Value) {
    match json {
        serde_json::Value::Object(fields) => {
            fields.retain(|key, value| key != "name" || value != "");
            fields.values_mut().for_each(drop_empty_names);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(drop_empty_names),
        _ => {}
    }
}

#[test]
fn json_written_from_protobuf_is_the_json_that_came_with_it() {
    for set in &SETS[..7] {
        let (Some(path), Some(json)) = (set.path("pbd"), set.path("jsonl")) else { return };
        let text = std::fs::read(json).unwrap();
        let text = if set.compressed { zstd::decode_all(&text[..]).unwrap() } else { text };
        let mut lines = text.split(|&b| b == b'\n');
        let mut written = Vec::new();
        each_record(&path, |record| {
            written.clear();
            traces_to_json(record, &mut written)?;
            let line = lines.next().ok_or_else(|| Error::new(ErrorKind::Otlp, "a line too few"))?;
            let mut theirs: serde_json::Value = serde_json::from_slice(line).unwrap();
            drop_empty_names(&mut theirs);
            let ours: serde_json::Value = serde_json::from_slice(&written).unwrap();
            assert!(ours == theirs, "{}", set.name);
            Ok(())
        })
        .unwrap();
    }
}

#[test]
fn the_recording_in_the_repository_has_the_counts_that_came_with_it() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let described = std::fs::read(data.join("shop.counts.json")).unwrap();
    let described: serde_json::Value = serde_json::from_slice(&described).unwrap();
    let mut counts = Counts::default();
    let requests = each_record(&data.join("shop.pbd.zst"), |record| {
        decode_traces(record, &mut counts).map(drop)
    });
    let [resource, scope, span, event, link] = counts.attributes;
    for (what, count) in [
        ("requests", requests.unwrap()),
        ("traces", counts.traces.len() as u64),
        ("spans", counts.spans),
        ("events", counts.events as u64),
        ("links", counts.links as u64),
        ("dropped events", counts.dropped[0]),
        ("dropped links", counts.dropped[1]),
        ("spans with trace state", counts.trace_states as u64),
        ("spans with a status message", counts.status_messages as u64),
        ("resource attributes", resource as u64),
        ("scope attributes", scope as u64),
        ("span attributes", span as u64),
        ("event attributes", event as u64),
        ("link attributes", link as u64),
    ] {
        assert_eq!(described["numbers"][what], count, "{what}");
    }
    assert_eq!(described["spans by flags"], serde_json::json!(counts.by_flags));
    assert_eq!(described["spans by scope"], serde_json::json!(counts.by_scope));
}

#[test]
fn the_recording_in_the_repository_reads_the_same_compressed_or_not() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let packed = std::fs::read(data.join("shop.pbd.zst")).unwrap();
    let plain = zstd::decode_all(&packed[..]).unwrap();
    let mut gzipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzipped, &plain).unwrap();
    let gzipped = gzipped.finish().unwrap();
    let read = |bytes: &[u8]| {
        let mut records = Records::new(bytes, InputOptions::default()).unwrap();
        let (mut canonical, mut record) = (Canonical::new(), Vec::new());
        while records.next(&mut record).unwrap() {
            canonical.add(&record).unwrap();
        }
        (records.count(), canonical.finish())
    };
    let expected = read(&plain);
    assert!(expected.0 > 0);
    assert!(read(&packed) == expected);
    assert!(read(&gzipped) == expected);
}
