//! Traces larger than a block, as many traces as spans, and attribute sets larger than the cap on
//! columns, end to end.

use blockpack::block::{Block, Exporter, Field, Table};
use blockpack::file::reader::{OpenOptions, Reader, Verify};
use blockpack::ingest::{Ingest, IngestOptions};
use blockpack::merge::{MergeOptions, merge};
use blockpack::otlp::{Canonical, ResourceRef, ScopeRef, SpanRef, TracesEncoder};
use blockpack::value::{AnyRef, KeyValueRef, ValueRef};
use blockpack::wire::WriteExt;
use blockpack::{Blocks, fields::LazyFields};
use std::path::Path;
use std::time::{Duration, Instant};

const SPANS: u64 = 300_000;
const KEYS: u64 = 5_000;
const CAP: u32 = 1_024;

/// Ids of spans, from 1 on.
fn id(number: u64) -> [u8; 8] {
    (number + 1).to_be_bytes()
}

fn int(value: u64) -> Vec<u8> {
    let mut encoded = Vec::new();
    encoded.put_varint_field(3, value);
    encoded
}

/// One trace: a root, its children every ten spans, and below each a chain. A span in a thousand
/// has an event.
fn spans(numbers: impl Iterator<Item = u64>) -> Vec<u8> {
    let mut out = TracesEncoder::new();
    out.resource(&ResourceRef::default());
    out.scope(&ScopeRef::default());
    for number in numbers {
        let (span_id, value) = (id(number), int(number));
        let parent = id(if number % 10 == 0 { 0 } else { number - 1 });
        let mut span = SpanRef {
            trace_id: &[7; 16],
            span_id: &span_id,
            parent_span_id: if number == 0 { b"" } else { &parent },
            name: if number % 2 == 0 { b"even" } else { b"odd" },
            start_ns: 1_000_000 + number,
            end_ns: 2_000_000 + number,
            ..SpanRef::default()
        };
        span.attributes.push(KeyValueRef { key: b"n", value: Some(AnyRef(&value)) });
        if number % 1_000 == 999 {
            let event = blockpack::otlp::EventRef { name: b"tick", ..Default::default() };
            span.events = vec![event].into();
        }
        out.span(&span);
    }
    out.finish()
}

/// A span with more keys than a block has columns, of which one is there twice.
fn many_keys() -> Vec<u8> {
    let keys: Vec<(String, Vec<u8>)> = (0..KEYS).map(|k| (format!("key.{k}"), int(k))).collect();
    let (trace_id, span_id) = ([8; 16], id(0));
    let mut span = SpanRef { trace_id: &trace_id, span_id: &span_id, ..SpanRef::default() };
    let all = keys.iter().chain(&keys[..1]);
    span.attributes.extend(
        all.map(|(key, value)| KeyValueRef { key: key.as_bytes(), value: Some(AnyRef(value)) }),
    );
    let mut out = TracesEncoder::new();
    out.span(&span);
    out.finish()
}

fn write(messages: &[Vec<u8>], path: &Path) -> Reader {
    let mut ingest = Ingest::create(path, IngestOptions::default()).unwrap();
    messages.iter().for_each(|message| ingest.add(message).unwrap());
    ingest.finish().unwrap();
    Reader::open(path, &OpenOptions { verify: Verify::Full, ..Default::default() }).unwrap()
}

fn canonical(messages: &[Vec<u8>]) -> Vec<u8> {
    let mut canonical = Canonical::new();
    messages.iter().for_each(|message| canonical.add(message).unwrap());
    canonical.finish()
}

fn export(block: &Block) -> Vec<u8> {
    let mut out = TracesEncoder::new();
    Exporter::new(block).write(0..block.rows(), &mut out).unwrap();
    out.finish()
}

/// The spans in requests of 10,000, those of later spans first.
fn requests() -> Vec<Vec<u8>> {
    (0..SPANS / 10_000).rev().map(|n| spans(n * 10_000..(n + 1) * 10_000)).collect()
}

#[test]
fn a_trace_of_300_000_spans_is_one_wide_block_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let messages = requests();
    let reader = write(&messages, &folder.path().join("wide.bpk"));
    assert_eq!((reader.block_count(), reader.trace_count()), (1, 1));
    let block = reader.block(0).unwrap();
    assert_eq!(u64::from(block.rows()), SPANS);
    assert_eq!(block.trace_rows(0).unwrap(), 0..SPANS as u32);
    assert_eq!(block.field_integer(Field::SubtreeLen, 0).unwrap(), Some(SPANS - 1));
    assert_eq!(block.table_rows(Table::Event), 300);
    assert!(canonical(&[export(&block)]) == canonical(&messages));

    let late = SPANS as u32 - 1;
    let fields = LazyFields::new(&Blocks::new([block.clone()]), 0, late).unwrap();
    assert_eq!(fields.get("span:id").unwrap(), Some(ValueRef::Id(&id(SPANS - 1))));
    assert_eq!(fields.get("span:parent_id").unwrap(), Some(ValueRef::Id(&id(SPANS - 2))));
    assert_eq!(fields.get("span.n").unwrap(), Some(ValueRef::I64(SPANS as i64 - 1)));
    assert_eq!(fields.get("span:start").unwrap(), Some(ValueRef::TimeNs(1_000_000 + SPANS - 1)));
    let events: Vec<_> = fields.events().unwrap().collect();
    assert_eq!(events.len(), 1);
    assert_eq!(block.parent_row(late).unwrap(), Some(late - 1));
}

#[test]
fn a_wide_trace_is_joined_from_two_files() {
    let folder = tempfile::tempdir().unwrap();
    let requests = requests();
    let parts = [0, 1].map(|part| {
        let messages: Vec<_> = requests.iter().skip(part).step_by(2).cloned().collect();
        write(&messages, &folder.path().join(format!("{part}.bpk")))
    });
    let path = folder.path().join("joined.bpk");
    let merged = merge(&parts, &path, &MergeOptions::default(), |_| Ok(())).unwrap();
    assert_eq!((merged.spans_in, merged.duplicates, merged.joined), (SPANS, 0, 1));
    let reader = Reader::open(&path, &OpenOptions { verify: Verify::Full, ..Default::default() });
    let block = reader.unwrap().block(0).unwrap();
    assert_eq!(u64::from(block.rows()), SPANS);
    assert_eq!(block.field_integer(Field::SubtreeLen, 0).unwrap(), Some(SPANS - 1));
}

#[test]
fn spans_without_a_trace_id_are_checked_as_soon_as_others() {
    const SPANS: u64 = 100_000;
    let mut message = TracesEncoder::new();
    for start_ns in 0..SPANS {
        message.span(&SpanRef { start_ns, end_ns: start_ns, ..SpanRef::default() });
    }
    let folder = tempfile::tempdir().unwrap();
    let begin = Instant::now();
    let reader = write(&[message.finish()], &folder.path().join("nameless.bpk"));
    // Asking the index for each would take a minute: each is a trace, and all have one id.
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    let traces: u32 = reader.block_entries().iter().map(|block| block.traces).sum();
    assert_eq!((u64::from(traces), reader.trace_count()), (SPANS, 1));
}

#[test]
fn keys_beyond_the_cap_on_columns_are_kept_and_found() {
    let folder = tempfile::tempdir().unwrap();
    let messages = [many_keys(), spans(0..10)];
    let reader = write(&messages, &folder.path().join("keys.bpk"));
    let block = reader.block(0).unwrap();
    let columns = block.columns().filter(|info| info.attribute).count();
    assert_eq!(columns, CAP as usize);
    // Keys beyond the cap, the repeated one, and the ten spans of the later trace, whose key found
    // no room either.
    assert_eq!(block.table_rows(Table::Residual), KEYS as u32 - CAP + 1 + 10);
    assert!(canonical(&[export(&block)]) == canonical(&messages));

    let row = (0..block.rows()).find(|&row| {
        let trace = block.trace_of(row).unwrap();
        block.trace_id(trace).unwrap() == Some(&[8; 16])
    });
    let fields = LazyFields::new(&Blocks::new([block.clone()]), 0, row.unwrap()).unwrap();
    for key in [0, 1, u64::from(CAP) - 1, u64::from(CAP), KEYS - 1] {
        let found = fields.get(&format!("span.key.{key}")).unwrap();
        assert_eq!(found, Some(ValueRef::I64(key as i64)), "key {key}");
    }
    assert_eq!(fields.get("span.key.5000").unwrap(), None);
    let attributes = block.attributes(Table::Span, row.unwrap()).unwrap();
    assert_eq!(attributes.count() as u64, KEYS + 1, "the repeated key is still there");
}
