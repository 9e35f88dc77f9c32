//! Fields read from blocks are what was sent, in every form of access.

#[path = "common/blocks.rs"]
mod blocks;
mod common;
#[path = "common/random.rs"]
#[allow(dead_code, reason = "not every strategy is needed here")]
mod random;

use blockpack::block::build::{BlockOptions, Profile};
use blockpack::block::{Attribute, Block, BlockBytes};
use blockpack::blocks::SpanAt;
use blockpack::bytes::Bytes;
use blockpack::error::ErrorKind;
use blockpack::fields::{
    Columns, FieldRef, LazyBatch, LazyFields, Matrix, MatrixColumn, Projection, SpanRow,
};
use blockpack::name::{Intrinsic, Name, Scope};
use blockpack::otlp::{ResourceRef, ScopeRef, SpanRef, SpanSink, TracesEncoder, decode_traces};
use blockpack::value::{AnyRef, KeyValueRef, Kind, ValueRef};
use blockpack::wire::WriteExt;
use blockpack::{Blocks, Result};
use blocks::{build, read_records, recording};
use proptest::prelude::*;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

// --- what was sent --------------------------------------------------------------------------------

/// A resource or scope as it was sent.
struct Group {
    raw: Vec<u8>,
    schema_url: Vec<u8>,
}

struct Sent {
    resource: Rc<Group>,
    scope: Rc<Group>,
    raw: Vec<u8>,
}

/// Collects all spans by trace and span id.
#[derive(Default)]
struct Sender {
    resource: Option<Rc<Group>>,
    scope: Option<Rc<Group>>,
    spans: HashMap<(Vec<u8>, Vec<u8>), Vec<Sent>>,
    count: u64,
}

impl SpanSink for Sender {
    fn resource(&mut self, r: &ResourceRef<'_>) -> Result<()> {
        let group = Group { raw: r.raw.to_vec(), schema_url: r.schema_url.to_vec() };
        self.resource = Some(Rc::new(group));
        Ok(())
    }

    fn scope(&mut self, s: &ScopeRef<'_>) -> Result<()> {
        let group = Group { raw: s.raw.to_vec(), schema_url: s.schema_url.to_vec() };
        self.scope = Some(Rc::new(group));
        Ok(())
    }

    fn span(&mut self, raw: &[u8]) -> Result<()> {
        let mut span = SpanRef::default();
        span.decode(raw)?;
        let resource = self.resource.clone().unwrap();
        let scope = self.scope.clone().unwrap();
        let key = (span.trace_id.to_vec(), span.span_id.to_vec());
        self.spans.entry(key).or_default().push(Sent { resource, scope, raw: raw.to_vec() });
        self.count += 1;
        Ok(())
    }
}

/// A field as it should be read.
#[derive(Clone, Debug, PartialEq)]
struct Expected {
    name: Vec<u8>,
    item: u32,
    value: String,
}

/// A value, comparable: with its type, and doubles by their bits.
fn show(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::F64(v) => format!("F64({:#x})", v.to_bits()),
        ValueRef::List(any) => format!("List({:?})", any.0),
        ValueRef::Nested(any) => format!("Nested({:?})", any.0),
        other => format!("{other:?}"),
    }
}

/// The fields of a span in the order that the library promises.
fn expected_fields(sent: &Sent) -> Vec<Expected> {
    let mut span = SpanRef::default();
    span.decode(&sent.raw).unwrap();
    let mut resource = ResourceRef::default();
    resource.decode(&sent.resource.raw).unwrap();
    let mut scope = ScopeRef::default();
    scope.decode(&sent.scope.raw).unwrap();
    let mut out = Out::default();
    out.put("trace:id", ValueRef::Id(span.trace_id));
    out.put("span:id", ValueRef::Id(span.span_id));
    out.put_bytes("span:parent_id", span.parent_span_id, ValueRef::Id);
    out.put("span:name", ValueRef::Str(span.name));
    out.put("span:start", ValueRef::TimeNs(span.start_ns));
    out.put("span:end", ValueRef::TimeNs(span.end_ns));
    out.put("span:duration", ValueRef::DurationNs(span.end_ns.saturating_sub(span.start_ns)));
    out.put("span:status", ValueRef::Status(span.status_code));
    out.put("span:kind", ValueRef::SpanKind(span.kind));
    out.put_bytes("span:status_message", span.status_message, ValueRef::Str);
    out.put_bytes("span:trace_state", span.trace_state, ValueRef::Str);
    out.put_count("span:flags", span.flags);
    out.put_count("span:dropped_attributes", span.dropped_attributes);
    out.put_count("span:dropped_events", span.dropped_events);
    out.put_count("span:dropped_links", span.dropped_links);
    out.put_bytes("resource:schema_url", &sent.resource.schema_url, ValueRef::Str);
    out.put_count("resource:dropped_attributes", resource.dropped_attributes);
    out.put_bytes("instrumentation:name", scope.name, ValueRef::Str);
    out.put_bytes("instrumentation:version", scope.version, ValueRef::Str);
    out.put_bytes("instrumentation:schema_url", &sent.scope.schema_url, ValueRef::Str);
    out.put_count("instrumentation:dropped_attributes", scope.dropped_attributes);
    out.put_attributes("span.", &span.attributes);
    out.put_attributes("resource.", &resource.attributes);
    out.put_attributes("instrumentation.", &scope.attributes);
    for (item, event) in span.events.iter().enumerate() {
        out.item = item as u32;
        out.put("event:name", ValueRef::Str(event.name));
        out.put("event:time", ValueRef::TimeNs(event.time_ns));
        let since = event.time_ns.saturating_sub(span.start_ns);
        out.put("event:time_since_start", ValueRef::DurationNs(since));
        out.put_count("event:dropped_attributes", event.dropped_attributes);
        out.put_attributes("event.", &event.attributes);
    }
    for (item, link) in span.links.iter().enumerate() {
        out.item = item as u32;
        out.put("link:trace_id", ValueRef::Id(link.trace_id));
        out.put("link:span_id", ValueRef::Id(link.span_id));
        out.put_bytes("link:trace_state", link.trace_state, ValueRef::Str);
        out.put_count("link:flags", link.flags);
        out.put_count("link:dropped_attributes", link.dropped_attributes);
        out.put_attributes("link.", &link.attributes);
    }
    out.fields
}

#[derive(Default)]
struct Out {
    fields: Vec<Expected>,
    item: u32,
}

impl Out {
    fn put(&mut self, name: &str, value: ValueRef<'_>) {
        self.fields.push(Expected { name: name.into(), item: self.item, value: show(value) });
    }

    fn put_bytes<'a>(&mut self, name: &str, v: &'a [u8], of: impl Fn(&'a [u8]) -> ValueRef<'a>) {
        if !v.is_empty() {
            self.put(name, of(v));
        }
    }

    fn put_count(&mut self, name: &str, count: u32) {
        if count != 0 {
            self.put(name, ValueRef::U64(count.into()));
        }
    }

    fn put_attributes(&mut self, prefix: &str, attributes: &[KeyValueRef<'_>]) {
        for attribute in attributes {
            let value = attribute.value.map_or(ValueRef::Empty, |v| ValueRef::of_any(v).unwrap());
            let name = [prefix.as_bytes(), attribute.key].concat();
            self.fields.push(Expected { name, item: self.item, value: show(value) });
        }
    }
}

// --- what is read ---------------------------------------------------------------------------------

fn read(field: FieldRef<'_>) -> Expected {
    Expected { name: field.name.to_vec(), item: field.item, value: show(field.value) }
}

fn read_all(fields: &LazyFields) -> Vec<Expected> {
    fields.iter().unwrap().map(|field| read(field.unwrap())).collect()
}

/// Reads fields in pieces of `step`.
fn read_in_steps(fields: &LazyFields, step: usize) -> Vec<Expected> {
    let (mut cursor, mut all) = (Default::default(), Vec::new());
    loop {
        let mut piece = Vec::new();
        fields.next(&mut cursor, step, &mut piece).unwrap();
        if piece.is_empty() {
            return all;
        }
        all.extend(piece.into_iter().map(read));
    }
}

/// What look-up by name should answer: of repeated names the first.
fn first_of_each(fields: &[Expected]) -> HashMap<&[u8], &str> {
    let mut first = HashMap::new();
    for field in fields {
        first.entry(&field.name[..]).or_insert(&field.value[..]);
    }
    first
}

fn name_of(field: &[u8]) -> Name {
    let scopes = Scope::ALL.iter().skip(1);
    for scope in scopes {
        if let Some(key) = field.strip_prefix(scope.prefix().as_bytes()) {
            return Name::attribute(*scope, key);
        }
    }
    Name::parse_bytes(field).unwrap()
}

/// Every form of access to one span agrees with what was sent.
fn check_access(fields: &LazyFields, expected: &[Expected]) {
    let first = first_of_each(expected);
    let names: Vec<Name> = first.keys().map(|name| name_of(name)).collect();
    let columns = Columns::new(names.iter().cloned());
    let mut values = vec![None; columns.len()];
    fields.get_many(&columns, &mut values).unwrap();
    for (name, value) in first.keys().zip(&values) {
        assert_eq!(show(value.unwrap()), first[name], "{:?}", String::from_utf8_lossy(name));
    }
    for step in [1, 2, 7] {
        assert_eq!(read_in_steps(fields, step), expected);
    }
    let copy = fields.materialize().unwrap();
    assert_eq!(copy.iter().map(read).collect::<Vec<_>>(), expected);
    for (name, spelled) in first.keys().zip(&names) {
        let value = fields.get_name(spelled).unwrap().map(show);
        assert_eq!(value.as_deref(), Some(first[name]));
        assert_eq!(copy.get_name(spelled).map(show), value);
        if std::str::from_utf8(name).is_ok() {
            assert_eq!(fields.get(&spelled.to_string()).unwrap().map(show), value);
            assert_eq!(copy.get(&spelled.to_string()).unwrap().map(show), value);
        }
    }
    for &intrinsic in Intrinsic::ALL {
        let name = Name::Intrinsic(intrinsic);
        let value = fields.get_name(&name).unwrap();
        assert_eq!(copy.get_name(&name).map(show), value.map(show), "{name}");
        if let Some(value) = value {
            assert_eq!(value.value_type(), intrinsic.value_type(), "{name}");
        }
    }
    check_unscoped(fields, &first);
    check_items(fields.span().unwrap(), expected);
}

/// A key without a scope is the span's if it has it, else the resource's.
fn check_unscoped(fields: &LazyFields, first: &HashMap<&[u8], &str>) {
    for name in first.keys() {
        let Name::Attribute { key, .. } = name_of(name) else { continue };
        let of = |prefix: &[u8]| first.get(&[prefix, &key].concat()[..]).copied();
        let expected = of(b"span.").or_else(|| of(b"resource."));
        let value = fields.get_name(&Name::attribute(Scope::Any, &key)).unwrap();
        assert_eq!(value.map(show).as_deref(), expected);
    }
}

/// Events and links as lists say what iteration says.
fn check_items(span: SpanRow<'_>, expected: &[Expected]) {
    let mut out = Out::default();
    let attributes = |out: &mut Out, prefix: &str, attributes: Vec<Attribute<'_>>| {
        for a in attributes {
            assert_eq!(a.name, [prefix.as_bytes(), a.key].concat());
            let value = show(a.value.unwrap_or(ValueRef::Empty));
            out.fields.push(Expected { name: a.name.to_vec(), item: out.item, value });
        }
    };
    for (item, event) in span.events().unwrap().enumerate() {
        out.item = item as u32;
        out.put("event:name", ValueRef::Str(event.name().unwrap()));
        out.put("event:time", ValueRef::TimeNs(event.time_ns().unwrap()));
        out.put("event:time_since_start", ValueRef::DurationNs(event.since_start_ns().unwrap()));
        out.put_count("event:dropped_attributes", event.dropped_attributes().unwrap() as u32);
        let list = event.attributes().unwrap().collect::<Result<_>>().unwrap();
        attributes(&mut out, "event.", list);
    }
    for (item, link) in span.links().unwrap().enumerate() {
        out.item = item as u32;
        out.put("link:trace_id", ValueRef::Id(link.trace_id().unwrap()));
        out.put("link:span_id", ValueRef::Id(link.span_id().unwrap()));
        out.put_bytes("link:trace_state", link.trace_state().unwrap(), ValueRef::Str);
        out.put_count("link:flags", link.flags().unwrap() as u32);
        out.put_count("link:dropped_attributes", link.dropped_attributes().unwrap() as u32);
        let list = link.attributes().unwrap().collect::<Result<_>>().unwrap();
        attributes(&mut out, "link.", list);
    }
    let of_items = |f: &&Expected| f.name.starts_with(b"event") || f.name.starts_with(b"link");
    let expected: Vec<_> = expected.iter().filter(of_items).cloned().collect();
    assert_eq!(out.fields, expected);
}

/// Every span of `blocks` is one that was sent, and none is missing. Checks one span in
/// `thorough_every` in every form of access.
fn check_all(messages: &[impl AsRef<[u8]>], blocks: &Blocks, thorough_every: u64) {
    let mut sender = Sender::default();
    for message in messages {
        decode_traces(message.as_ref(), &mut sender).unwrap();
    }
    assert_eq!(blocks.rows(), sender.count);
    let mut seen = 0;
    for (index, block) in blocks.iter().enumerate() {
        for row in 0..block.rows() {
            let fields = LazyFields::new(blocks, index, row).unwrap();
            let span = fields.span().unwrap();
            let key = (span.trace_id().unwrap().to_vec(), span.span_id().unwrap().to_vec());
            let sent = sender.spans.get_mut(&key).unwrap();
            let found = read_all(&fields);
            if let [only] = &sent[..] {
                assert_eq!(found, expected_fields(only));
                sent.clear();
            } else {
                // Of spans that share their ids, the one that is the same.
                let place = sent.iter().position(|s| expected_fields(s) == found);
                sent.swap_remove(place.expect("a span that was not sent"));
            }
            if seen % thorough_every == 0 {
                check_access(&fields, &found);
            }
            seen += 1;
        }
    }
}

// --- many spans at once ---------------------------------------------------------------------------

/// Names of all sorts: of every intrinsic, of the attributes that some spans have, and of none.
fn all_names(blocks: &Blocks) -> Vec<Name> {
    let mut names: Vec<Name> = Intrinsic::ALL.iter().map(|&i| Name::Intrinsic(i)).collect();
    for (index, block) in blocks.iter().enumerate() {
        for row in (0..block.rows()).step_by(block.rows().div_ceil(20) as usize) {
            let fields = LazyFields::new(blocks, index, row).unwrap();
            for field in fields.iter().unwrap() {
                let name = field.unwrap().to_name();
                if let Name::Attribute { key, .. } = &name {
                    names.push(Name::attribute(Scope::Any, key));
                }
                names.push(name);
            }
        }
    }
    names.push(Name::attribute(Scope::Any, b"no such key"));
    names.sort();
    names.dedup();
    names
}

/// What a column of a matrix has at a place, as [`show`] says it.
fn shown(column: &MatrixColumn, at: usize) -> (u8, u64, Option<Vec<u8>>) {
    let (kind, number) = (column.kinds()[at], column.numbers()[at]);
    let has_bytes = [Kind::Str, Kind::Bytes, Kind::Id, Kind::List, Kind::Map].map(|k| k as u8);
    if !has_bytes.contains(&kind) {
        return (kind, number, None);
    }
    let end = |entry: u64| column.ends()[entry as usize] as usize;
    (kind, 0, Some(column.bytes()[end(number)..end(number + 1)].to_vec()))
}

/// Matrices and batches of the spans at `spans` have what each span gives by name.
fn check_many(blocks: &Blocks, spans: &[SpanAt], names: &[Name], matrix: &mut Matrix) {
    let columns = Columns::new(names.iter().cloned());
    matrix.fill(blocks, spans.iter().copied(), &columns).unwrap();
    assert_eq!((matrix.spans(), matrix.width()), (spans, names.len()));
    let batch = LazyBatch::new(blocks, spans).unwrap();
    let mut values = vec![Some(ValueRef::Bool(true)); spans.len() * names.len()];
    batch.values(0..spans.len(), &columns, &mut values).unwrap();
    for (place, name) in names.iter().enumerate() {
        let column = matrix.column(place).unwrap();
        let (mut kinds, mut present) = (HashSet::new(), 0);
        for (row, at) in spans.iter().enumerate() {
            let fields = LazyFields::new(blocks, at.block as usize, at.row).unwrap();
            let value = fields.get_name(name).unwrap();
            let found = values[row * names.len() + place];
            assert_eq!(found.map(show), value.map(show), "{name}");
            let Some(value) = value else {
                assert_eq!(shown(column, row), (Kind::Absent as u8, 0, None), "{name}");
                continue;
            };
            let expected = match value.number() {
                Some(number) => (value.kind() as u8, number, None),
                None => (value.kind() as u8, 0, Some(value.bytes().to_vec())),
            };
            assert_eq!(shown(column, row), expected, "{name}");
            kinds.insert(value.kind() as u8);
            present += 1;
        }
        assert_eq!(column.present(), present, "{name}");
        let only = kinds.iter().next().filter(|_| kinds.len() == 1).copied();
        assert_eq!(column.kind().map(|kind| kind as u8), only, "{name}");
    }
}

#[test]
fn many_spans_read_at_once_have_what_each_has() {
    let mut matrix = Matrix::new();
    for max_attribute_columns in [5, 1_000] {
        let options = BlockOptions { max_rows: 900, max_attribute_columns, ..Default::default() };
        let blocks = build(&recording(), &options);
        let names = all_names(&blocks);
        let mut spans: Vec<SpanAt> = Vec::new();
        for (block, rows) in blocks.iter().map(|block| block.rows()).enumerate() {
            let block = block as u32;
            spans.extend((0..rows).step_by(13).map(|row| SpanAt { block, row }));
        }
        check_many(&blocks, &spans, &names, &mut matrix);
        // In no order, more than once, and none.
        spans.sort_by_key(|at| at.row % 7);
        spans.truncate(200);
        spans.extend_from_within(..50);
        check_many(&blocks, &spans, &names, &mut matrix);
        // Fewer than there are entries in dictionaries, and none.
        check_many(&blocks, &spans[..2], &names, &mut matrix);
        check_many(&blocks, &[], &names, &mut matrix);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn spans_of_any_kind_read_at_once_have_what_each_has(
        requests in proptest::collection::vec(random::resources(random::Wildness::Any), 1..6),
        max_rows in 1usize..50,
        max_attribute_columns in 0usize..40,
        keep in 1u32..4,
    ) {
        let messages: Vec<Vec<u8>> = requests.iter().map(|r| random::encode(r)).collect();
        let options = BlockOptions { max_rows, max_attribute_columns, ..Default::default() };
        let blocks = build(&messages, &options);
        let mut spans: Vec<SpanAt> = Vec::new();
        for (block, rows) in blocks.iter().map(|block| block.rows()).enumerate() {
            let block = block as u32;
            spans.extend((0..rows).filter(|row| row % 3 < keep).map(|row| SpanAt { block, row }));
        }
        let (names, mut matrix) = (all_names(&blocks), Matrix::new());
        check_many(&blocks, &spans, &names, &mut matrix);
        // In no order, and more than once.
        spans.sort_by_key(|at| (at.block + at.row).wrapping_mul(0x9e37_79b9));
        spans.extend_from_within(..spans.len() / 2);
        check_many(&blocks, &spans, &names, &mut matrix);
    }
}

#[test]
fn a_matrix_is_empty_after_an_error_and_needs_no_blocks() {
    let blocks = build(&recording(), &BlockOptions::default());
    let columns = Columns::parse(&["span:name", "trace:id"]).unwrap();
    let mut matrix = Matrix::new();
    matrix.fill(&blocks, [SpanAt { block: 0, row: 5 }], &columns).unwrap();
    for nowhere in [SpanAt { block: 0, row: u32::MAX }, SpanAt { block: 99, row: 0 }] {
        let mut other = Matrix::new();
        let spans = [SpanAt::default(), nowhere];
        let e = other.fill(&blocks, spans, &columns).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::InvalidArgument);
        assert!(other.rows() == 0 && other.column(0).unwrap().kinds().is_empty());
    }
    let fields = LazyFields::new(&blocks, 0, 5).unwrap().materialize().unwrap();
    drop(blocks);
    let name = fields.get("span:name").unwrap().unwrap();
    assert_eq!(shown(matrix.column(0).unwrap(), 0).2.unwrap(), name.bytes());
    assert!(matrix.column(2).is_err());
}

// --- the life of lazy fields ----------------------------------------------------------------------

/// Two spans of the same blocks, which nobody else holds.
fn two_spans() -> (LazyFields, LazyFields, Arc<Block>) {
    let blocks = build(&recording(), &BlockOptions::default());
    let block = blocks.get(0).unwrap().clone();
    let fields = |row| LazyFields::new(&blocks, 0, row).unwrap();
    (fields(3), fields(4_711), block)
}

#[test]
fn fields_are_accessible_before_release() {
    let (fields, ..) = two_spans();
    assert!(!fields.is_released());
    assert!(fields.get("span:name").unwrap().is_some());
    assert!(fields.iter().unwrap().count() > 10);
}

#[test]
fn fields_are_inaccessible_after_release() {
    let (mut fields, ..) = two_spans();
    fields.release();
    assert!(fields.is_released());
    let columns = Columns::parse(&["span:name"]).unwrap();
    let errors = [
        fields.get("span:name").map(drop),
        fields.get_name(&Name::Intrinsic(Intrinsic::SpanName)).map(drop),
        fields.get_many(&columns, &mut [None]),
        fields.iter().map(drop),
        fields.walk(&mut Default::default(), |_| true),
        fields.events().map(drop),
        fields.materialize().map(drop),
    ];
    for e in errors {
        assert_eq!(e.unwrap_err().kind(), ErrorKind::Released);
    }
    assert_eq!((fields.block_index(), fields.row()), (0, 3));
}

#[test]
fn fields_are_released_many_times() {
    let (mut fields, other, block) = two_spans();
    drop(other);
    assert!(Arc::strong_count(&block) > 1);
    for _ in 0..5 {
        fields.release();
        assert!(fields.is_released());
        assert_eq!(Arc::strong_count(&block), 1, "the last reference is gone");
    }
}

#[test]
fn fields_of_a_failed_request_are_released() {
    let (fields, other, block) = two_spans();
    drop(other);
    let answer = |fields: LazyFields| -> Result<()> {
        fields.get("span:name")?;
        fields.get("span:no_such_intrinsic")?;
        Ok(())
    };
    assert_eq!(answer(fields).unwrap_err().kind(), ErrorKind::Parse);
    assert_eq!(Arc::strong_count(&block), 1);
}

#[test]
fn released_fields_leave_others_of_their_blocks_alone() {
    let (mut fields, other, block) = two_spans();
    let before = read_all(&other);
    fields.release();
    assert!(Arc::strong_count(&block) > 1);
    assert_eq!(read_all(&other), before);
    // And it may come back to them.
    let blocks = Blocks::new([block]);
    fields.seek(&blocks, 0, 4_711).unwrap();
    assert_eq!(read_all(&fields), before);
    assert_eq!(fields.seek(&blocks, 1, 0).unwrap_err().kind(), ErrorKind::InvalidArgument);
    assert_eq!(read_all(&fields), before);
}

#[test]
fn a_copy_hides_what_the_span_hid() {
    let mut encoder = TracesEncoder::new();
    let text = |text: &[u8]| {
        let mut any = Vec::new();
        any.put_bytes_field(1, text);
        any
    };
    let (of_span, of_resource) = (text(b"span"), text(b"resource"));
    let attributes = |value| {
        let attribute = |key| KeyValueRef { key, value: Some(AnyRef(value)) };
        vec![attribute(b"x"), attribute(b"service.name")]
    };
    let resource = attributes(&of_resource);
    encoder.resource(&ResourceRef { present: true, attributes: resource, ..Default::default() });
    encoder.scope(&ScopeRef::default());
    encoder.span(&SpanRef {
        trace_id: &[1; 16],
        span_id: &[2; 8],
        attributes: attributes(&of_span),
        ..SpanRef::default()
    });
    let blocks = build(&[encoder.finish()], &BlockOptions::default());
    let all =
        ["x", "service.name"].map(|key| ["span.", "resource.", "."].map(|s| s.to_owned() + key));
    for matched in all.concat() {
        let columns = Arc::new(Columns::parse(&[&matched]).unwrap());
        let fields = LazyFields::new(&blocks, 0, 0).unwrap();
        let fields = fields.with_projection(Projection::all(columns));
        let copy = fields.materialize().unwrap();
        for name in all.concat() {
            let expected = fields.get(&name).unwrap();
            assert_eq!(copy.get(&name).unwrap(), expected, "{name} where {matched} matched");
        }
    }
}

#[test]
fn damage_behind_some_fields_is_an_error_and_not_the_end_of_them() {
    let plan = BlockOptions { max_rows: 50, ..BlockOptions::default() };
    let whole = build(&recording()[..1], &plan);
    let BlockBytes::Whole(bytes) = whole.get(0).unwrap().bytes() else { unreachable!() };
    let mut late = 0;
    for at in (0..bytes.len()).step_by(61) {
        let mut damaged = bytes.to_vec();
        damaged[at] ^= 0x55;
        let bytes = BlockBytes::Whole(Bytes::copy_from_slice(&damaged));
        let Ok(block) = Block::open(bytes) else { continue };
        let blocks = Blocks::new([Arc::new(block)]);
        for row in 0..blocks.get(0).unwrap().rows().min(3) {
            let fields = LazyFields::new(&blocks, 0, row).unwrap();
            let mut walked = 0;
            let result = fields.walk(&mut Default::default(), |_| {
                walked += 1;
                true
            });
            late += usize::from(result.is_err() && walked % 8 != 0);
            let given: Vec<_> = fields.iter().unwrap().collect();
            assert_eq!(given.iter().filter(|field| field.is_ok()).count(), walked);
            assert_eq!(given.last().is_some_and(Result::is_err), result.is_err());
            assert_eq!(fields.materialize().is_err(), result.is_err());
        }
    }
    assert!(late > 0, "nothing was found behind a field");
}

// --- all of it -------------------------------------------------------------------------------------

fn small_blocks(profile: Profile) -> BlockOptions {
    BlockOptions { max_rows: 5_000, profile, ..BlockOptions::default() }
}

#[test]
fn every_field_of_the_recording_is_read_as_it_was_sent() {
    let messages = recording();
    for profile in [Profile::Hot, Profile::Archive] {
        check_all(&messages, &build(&messages, &small_blocks(profile)), 7);
    }
}

#[test]
fn keys_beyond_the_cap_on_columns_are_read_alike() {
    let messages = recording();
    for max_attribute_columns in [0, 5, 20] {
        let options = BlockOptions { max_attribute_columns, ..BlockOptions::default() };
        check_all(&messages, &build(&messages, &options), 7);
    }
}

#[test]
fn every_field_of_real_traces_is_read_as_it_was_sent() {
    let sets = [
        ("small-mixed.pbd", 1),
        ("essvt.pbd.zst", 1),
        ("robot-diverse.pbd.zst", 1),
        ("buildx.pbd", 1),
        ("savant.pbd", 1),
        ("smartthings-oauth.pbd", 1),
        ("nezha-ob-1min.pbd.zst", 100),
        ("nezha-tt-large.pbd.zst", 1_000),
        ("nezha-ob-large.pbd.zst", 1_000),
    ];
    for (set, thorough_every) in sets {
        let Some(path) = common::real_data(set) else { continue };
        let messages = read_records(&path);
        check_all(&messages, &build(&messages, &BlockOptions::default()), thorough_every);
    }
}
