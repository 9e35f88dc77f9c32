//! Arrow arrays say what fields say, in every layout and for every choice of columns and rows.

#[path = "common/blocks.rs"]
mod blocks;
#[path = "common/random.rs"]
mod random;

use blockpack::arrow::{Array, Options, Schema, Stream};
use blockpack::block::build::{BlockOptions, Profile};
use blockpack::block::{Block, Encoding, Layout, Table};
use blockpack::bytes::Bytes;
use blockpack::fields::{Columns, LISTED, SpanRow};
use blockpack::file::reader::{Reader, Verify};
use blockpack::file::source::{Counted, Memory, ReadRange, Source};
use blockpack::file::writer::Writer;
use blockpack::name::{Intrinsic, Name, Scope};
use blockpack::rowset::{RowSet, SpanSet};
use blockpack::value::{Hex, ValueRef, ValueType, text};
use blockpack::wire::WriteExt;
use blockpack::{Blocks, ErrorKind, Result};
use blocks::{build, recording};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

// --- reading arrays -------------------------------------------------------------------------------

fn buffer(array: &Array, index: usize) -> &[u8] {
    array.buffers[index].as_deref().unwrap()
}

fn number<const N: usize>(bytes: &[u8], index: usize) -> [u8; N] {
    bytes[index * N..][..N].try_into().unwrap()
}

fn is_valid(array: &Array, index: usize) -> bool {
    assert!(index < array.len);
    array.buffers[0].as_deref().is_none_or(|bits| bits[index / 8] >> (index % 8) & 1 == 1)
}

fn string(array: &Array, index: usize) -> &[u8] {
    let end = |i| i32::from_le_bytes(number(buffer(array, 1), i)) as usize;
    &buffer(array, 2)[end(index)..end(index + 1)]
}

/// What an array has at `index`, as text in which types cannot be confused; `None` for null.
fn cell(schema: &Schema, array: &Array, index: usize) -> Option<String> {
    if !is_valid(array, index) {
        return None;
    }
    let code = || match &*schema.format {
        "C" => u32::from(buffer(array, 1)[index]),
        "S" => u16::from_le_bytes(number(buffer(array, 1), index)).into(),
        _ => u32::from_le_bytes(number(buffer(array, 1), index)),
    };
    if let (Some(entries), Some(dictionary)) = (&schema.dictionary, &array.dictionary) {
        return cell(entries, dictionary, code() as usize);
    }
    let word = || u64::from_le_bytes(number(buffer(array, 1), index));
    Some(match &*schema.format {
        "b" => (buffer(array, 1)[index / 8] >> (index % 8) & 1 == 1).to_string(),
        "l" | "tsn:" => (word() as i64).to_string(),
        "L" => word().to_string(),
        "g" => format!("{:016x}", word()),
        "u" => std::str::from_utf8(string(array, index)).unwrap().into(),
        "z" => Hex(string(array, index)).to_string(),
        "w:16" => Hex(&number::<16>(buffer(array, 1), index)).to_string(),
        "w:8" => Hex(&number::<8>(buffer(array, 1), index)).to_string(),
        "+l" => {
            let end = |i| i32::from_le_bytes(number(buffer(array, 1), i)) as usize;
            let items = end(index)..end(index + 1);
            let item = |i| cell(&schema.children[0], &array.children[0], i);
            format!("{:?}", items.map(item).collect::<Vec<_>>())
        }
        "+s" => {
            let members = schema.children.iter().zip(&array.children);
            let member = |(schema, array): (&Schema, &Array)| {
                format!("{}: {:?}", schema.name, cell(schema, array, index))
            };
            format!("{{{}}}", members.map(member).collect::<Vec<_>>().join(", "))
        }
        other => panic!("format {other}"),
    })
}

/// Checks lengths and counts of nulls all the way down.
fn check(schema: &Schema, array: &Array) {
    let nulls = (0..array.len).filter(|&i| !is_valid(array, i)).count();
    assert_eq!(nulls, array.null_count, "{}", schema.name);
    assert!(schema.nullable || nulls == 0);
    assert_eq!(schema.children.len(), array.children.len());
    assert!(&*schema.format != "+s" || array.children.iter().all(|child| child.len == array.len));
    assert_eq!(schema.dictionary.is_some(), array.dictionary.is_some());
    schema.children.iter().zip(&array.children).for_each(|(s, a)| check(s, a));
}

/// All rows of a stream, as cells.
fn read(stream: &mut Stream, most: usize) -> Vec<Vec<Option<String>>> {
    let mut rows = Vec::new();
    while let Some(batch) = stream.next_batch().unwrap() {
        assert!(batch.len > 0 && batch.len <= most);
        let schema = stream.schema();
        check(schema, &batch);
        for index in 0..batch.len {
            let columns = schema.children.iter().zip(&batch.children);
            rows.push(
                columns
                    .map(|(s, a)| {
                        assert_eq!(a.len, batch.len);
                        cell(s, a, index)
                    })
                    .collect(),
            );
        }
    }
    assert!(stream.next_batch().unwrap().is_none());
    rows
}

// --- what it should be ----------------------------------------------------------------------------

/// A value as a cell; `None` if a column of any type would have null.
fn expected(value: ValueRef<'_>) -> Option<String> {
    Some(match value {
        ValueRef::Empty => return None,
        ValueRef::Str(s) => text(s).into(),
        ValueRef::F64(v) => format!("{:016x}", v.to_bits()),
        ValueRef::TimeNs(ns) | ValueRef::DurationNs(ns) => ns.min(i64::MAX as u64).to_string(),
        ValueRef::List(any) => {
            let item = |item| expected(ValueRef::of_any(item).unwrap());
            format!("{:?}", any.items().map(|i| item(i.unwrap())).collect::<Vec<_>>())
        }
        other => other.to_string(),
    })
}

/// For each column the field it has, and the type if there are several of the field.
fn owners<'n>(names: &'n [Name], schema: &Schema) -> Vec<(&'n Name, Option<String>)> {
    let mut owners = Vec::new();
    let mut rest = names.iter().peekable();
    for label in schema.children.iter().map(|column| &column.name) {
        let is_items = matches!(&label[..], "event" | "link");
        while let Some(&name) = rest.peek().filter(|_| !is_items) {
            let plain = name.to_string();
            if *label == plain {
                owners.push((name, None));
                rest.next();
                break;
            }
            let types = ValueType::ALL.iter().map(|t| t.name());
            if let Some(of) = types.into_iter().find(|t| *label == format!("{plain}:{t}")) {
                owners.push((name, Some(of.into())));
                break;
            }
            rest.next();
        }
    }
    owners
}

/// The names of all columns, as the stream without chosen columns has them.
fn all_names(blocks: &Blocks) -> Vec<Name> {
    let mut keys = BTreeSet::new();
    for block in blocks {
        keys.extend(block.columns().filter(|c| c.attribute).map(|c| (c.table, c.key.to_vec())));
    }
    let scopes = [
        (Table::Span, Scope::Span),
        (Table::Resource, Scope::Resource),
        (Table::Scope, Scope::Instrumentation),
    ];
    let attribute = |(table, key): (Table, Vec<u8>)| {
        let (_, scope) = scopes.iter().find(|(t, _)| *t == table)?;
        Some(Name::attribute(*scope, &key))
    };
    let intrinsics = LISTED.iter().map(|&i| Name::Intrinsic(i));
    intrinsics.chain(keys.into_iter().filter_map(attribute)).collect()
}

fn compare(blocks: &Blocks, set: &SpanSet, chosen: Option<&[Name]>, batch_rows: u32) {
    let columns = chosen.map(|names| Columns::new(names.iter().cloned()));
    let options = Options { columns: columns.as_ref(), batch_rows, ..Options::default() };
    let mut stream = Stream::new(blocks, set.clone(), &options).unwrap();
    let names = chosen.map_or_else(|| all_names(blocks), <[Name]>::to_vec);
    let schema = stream.schema().clone();
    let owners = owners(&names, &schema);
    let named: BTreeSet<&Name> = owners.iter().map(|(name, _)| *name).collect();
    // What no block has is a column only if it was asked for.
    assert!(chosen.is_none() || named.len() == names.iter().collect::<BTreeSet<_>>().len());
    let rows = read(&mut stream, if batch_rows == 0 { usize::MAX } else { batch_rows as usize });
    assert_eq!(rows.len() as u64, set.count());
    for ((block, row), cells) in set.iter().zip(&rows) {
        let span = SpanRow::new(blocks.get(block).unwrap(), row).unwrap();
        for (cell, (name, of)) in cells.iter().zip(&owners) {
            let value = span.get(name).unwrap();
            let ours = value.filter(|v| of.as_ref().is_none_or(|of| of == v.value_type().name()));
            match ours {
                Some(ValueRef::Nested(_)) => {
                    serde_json::from_str::<serde_json::Value>(cell.as_deref().unwrap()).unwrap();
                }
                _ => assert_eq!(*cell, ours.and_then(expected), "{name} of {block}, {row}"),
            }
        }
    }
}

fn every(blocks: &Blocks, step: u32) -> SpanSet {
    let rows = |block: &Arc<Block>| {
        RowSet::from_ids(block.rows(), (0..block.rows()).filter(|row| row % step == 0))
    };
    SpanSet::new(blocks.iter().map(rows).collect())
}

/// Names of every way to find a value.
fn chosen_names() -> Vec<Name> {
    let names = [
        "span.a",
        ".a",
        "resource.a",
        "event.a",
        "link.b",
        ".b",
        "instrumentation.a",
        ".none",
        "span:parent_id",
        "span:end",
        "trace:id",
        "event:name",
        "event:time",
        "link:trace_id",
        "trace:duration",
        "trace:root_name",
        "span:kind",
        "span:status",
        "resource.service.name",
    ];
    let mut names: Vec<Name> = names.iter().filter_map(|name| Name::parse(name).ok()).collect();
    names.push(Name::Intrinsic(Intrinsic::SpanChildCount));
    names.push(Name::attribute(Scope::Span, b""));
    names
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn streams_say_what_fields_say(
        requests in proptest::collection::vec(random::resources(random::Wildness::Any), 1..4),
        max_rows in 1usize..20,
        max_attribute_columns in prop_oneof![0usize..12, Just(1000)],
        archive: bool,
        step in 1u32..4,
        batch_rows in 0u32..6,
    ) {
        let messages: Vec<Vec<u8>> = requests.iter().map(|r| random::encode(r)).collect();
        let profile = if archive { Profile::Archive } else { Profile::Hot };
        let options = BlockOptions { max_rows, max_attribute_columns, profile, ..Default::default() };
        let blocks = build(&messages, &options);
        let set = every(&blocks, step);
        compare(&blocks, &set, None, batch_rows);
        compare(&blocks, &set, Some(&chosen_names()), batch_rows);
    }
}

#[test]
fn the_recording_says_what_fields_say() {
    let messages = recording();
    let blocks = build(&messages, &BlockOptions { max_rows: 2000, ..Default::default() });
    compare(&blocks, &every(&blocks, 300), None, 7);
    let blocks = build(&messages, &BlockOptions::default());
    compare(&blocks, &every(&blocks, 1), None, 0);
    compare(&blocks, &every(&blocks, 9), Some(&chosen_names()), 0);
}

// --- what only some data shows --------------------------------------------------------------------

/// One request of a resource with these spans.
fn request(spans: Vec<random::Span>) -> Vec<u8> {
    let scope = random::Scope {
        present: true,
        name: b"scope".to_vec(),
        version: Vec::new(),
        attributes: Vec::new(),
        schema_url: Vec::new(),
        spans,
    };
    random::encode(&[random::Resource {
        present: true,
        attributes: vec![(b"service.name".to_vec(), Some(any(1, b"shop")))],
        dropped: 0,
        schema_url: Vec::new(),
        unknown: Vec::new(),
        scopes: vec![scope],
    }])
}

/// An encoded `AnyValue` of bytes in this field.
fn any(field: u32, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    out.put_bytes_field(field, bytes);
    out
}

fn span(number: u8, attributes: random::Attributes) -> random::Span {
    random::Span {
        ids: [vec![1; 16], vec![number; 8], Vec::new()],
        trace_state: Vec::new(),
        name: b"GET".to_vec(),
        kind: 2,
        times: [u64::from(number), u64::from(number) + 5],
        flags: 0,
        attributes,
        dropped: [0; 3],
        events: Vec::new(),
        links: Vec::new(),
        status: None,
        unknown: Vec::new(),
    }
}

fn stream(blocks: &Blocks, names: &[&str]) -> Stream {
    let columns = Columns::parse(names).unwrap();
    let options = Options { columns: Some(&columns), ..Options::default() };
    Stream::new(blocks, every(blocks, 1), &options).unwrap()
}

fn formats(stream: &Stream) -> Vec<(&str, &str)> {
    stream.schema().children.iter().map(|c| (&c.name[..], &c.format[..])).collect()
}

#[test]
fn what_lies_in_a_block_as_arrow_wants_it_is_not_copied() {
    let blocks = build(&recording(), &BlockOptions::default());
    let block = blocks.get(0).unwrap();
    // One that some spans have, often enough for a bitmap.
    let optional = block.columns().find(|c| {
        let stored = c.stored();
        let wanted = (Layout::Optional as u8, Encoding::Dictionary as u8, 1);
        c.table == Table::Span && (stored.layout, stored.encoding, stored.width) == wanted
    });
    let optional = text(optional.unwrap().name);
    let names = ["span:id", "span:name", "span:kind", &optional];
    let batch = stream(&blocks, &names).next_batch().unwrap().unwrap();
    let all = block.bytes().to_bytes().unwrap();
    let shared = |array: &Array, index| all.as_ptr_range().contains(&buffer(array, index).as_ptr());
    let [ids, spans, kinds, some] = &batch.children[..] else { panic!() };
    let entries = |array: &Array| shared(array.dictionary.as_deref().unwrap(), 2);
    assert!(shared(ids, 1) && shared(spans, 1) && entries(spans) && shared(kinds, 1));
    // The codes are spread over the rows.
    assert!(shared(some, 0) && !shared(some, 1) && entries(some));
}

#[test]
fn arrays_outlive_their_blocks_and_give_the_memory_back() {
    let blocks = build(&recording(), &BlockOptions::default());
    let weak = Arc::downgrade(blocks.get(0).unwrap());
    let mut stream = stream(&blocks, &["span:name", "span:start"]);
    drop(blocks);
    let batch = stream.next_batch().unwrap().unwrap();
    let schema = stream.schema().clone();
    drop(stream);
    assert!(weak.upgrade().is_none());
    check(&schema, &batch);
    assert!(cell(&schema.children[0], &batch.children[0], 9000).is_some());
}

#[test]
fn values_of_several_types_are_a_column_each() {
    let mut int = Vec::new();
    int.put_varint_field(3, 7);
    let spans = vec![
        span(1, vec![(b"x".to_vec(), Some(any(1, b"seven")))]),
        span(2, vec![(b"x".to_vec(), Some(int))]),
        span(3, vec![(b"x".to_vec(), None)]),
    ];
    let blocks = build(&[request(spans)], &BlockOptions::default());
    let mut stream = stream(&blocks, &["span.x", ".x", "span.y"]);
    let want = [
        ("span.x:string", "u"),
        ("span.x:int", "l"),
        (".x:string", "u"),
        (".x:int", "l"),
        ("span.y", "C"),
    ];
    assert_eq!(formats(&stream), want);
    let rows = read(&mut stream, 3);
    let cells = |row: usize| rows[row].iter().map(Option::as_deref).collect::<Vec<_>>();
    assert_eq!(cells(0), [Some("seven"), None, Some("seven"), None, None]);
    assert_eq!(cells(1), [None, Some("7"), None, Some("7"), None]);
    assert_eq!(cells(2), [None; 5]);
}

#[test]
fn one_id_of_an_odd_length_makes_its_column_binary_in_all_batches() {
    let mut odd = span(2, Vec::new());
    odd.ids[0] = vec![7; 3];
    let blocks = build(
        &[request(vec![span(1, Vec::new()), odd])],
        &BlockOptions { max_rows: 1, ..Default::default() },
    );
    assert_eq!(blocks.len(), 2);
    let mut stream = stream(&blocks, &["trace:id", "span:id"]);
    assert_eq!(formats(&stream), [("trace:id", "z"), ("span:id", "w:8")]);
    let ids: BTreeSet<_> =
        read(&mut stream, 1).into_iter().map(|row| row[0].clone().unwrap()).collect();
    assert_eq!(ids, BTreeSet::from(["070707".into(), "01".repeat(16)]));
}

#[test]
fn codes_are_as_wide_as_the_largest_dictionary() {
    let one = |trace: u8, i: usize, distinct: usize| {
        let text = (i % distinct).to_string();
        let mut span = span(1, vec![(b"x".to_vec(), Some(any(1, text.as_bytes())))]);
        span.ids[0] = vec![trace; 16];
        span
    };
    let few = (0..30).map(|i| one(1, i, 3));
    let spans = few.chain((0..3000).map(|i| one(2, i, 300))).collect();
    let options = BlockOptions { max_rows: 30, ..Default::default() };
    let blocks = build(&[request(spans)], &options);
    assert_eq!(blocks.len(), 2);
    let mut stream = stream(&blocks, &["span.x"]);
    assert_eq!(formats(&stream), [("span.x", "S")]);
    let rows = read(&mut stream, 3000);
    let count = |text: &str| rows.iter().filter(|row| row[0].as_deref() == Some(text)).count();
    assert_eq!((count("2"), count("299")), (20, 10));
}

#[test]
fn text_that_is_not_utf8_is_replaced() {
    let bad = |n| span(n, vec![(b"x".to_vec(), Some(any(1, b"caf\xe9")))]);
    let blocks = build(&[request(vec![bad(1), bad(2)])], &BlockOptions::default());
    let rows = read(&mut stream(&blocks, &["span.x"]), 2);
    assert_eq!(rows, vec![vec![Some("caf\u{fffd}".to_owned())]; 2]);
}

#[test]
fn events_and_links_are_lists_of_structs() {
    let mut with = span(1, Vec::new());
    with.events.push(random::Event {
        time: 4,
        name: b"exception".to_vec(),
        attributes: vec![
            (b"message".to_vec(), Some(any(1, b"a \"b\""))),
            (b"stack".to_vec(), Some(any(5, &any(1, &any(1, b"line"))))),
            (b"none".to_vec(), None),
        ],
        dropped: 3,
        unknown: Vec::new(),
    });
    with.links.push(random::Link {
        ids: [vec![9; 16], vec![8; 8]],
        trace_state: b"a=b".to_vec(),
        attributes: Vec::new(),
        dropped: 0,
        flags: 1,
        unknown: Vec::new(),
    });
    let blocks = build(&[request(vec![with, span(2, Vec::new())])], &BlockOptions::default());
    let columns = Columns::default();
    let options = Options { columns: Some(&columns), events: true, links: true, batch_rows: 0 };
    let mut stream = Stream::new(&blocks, every(&blocks, 1), &options).unwrap();
    assert_eq!(formats(&stream), [("event", "+l"), ("link", "+l")]);
    let rows = read(&mut stream, 2);
    let json = r#"{"message":"a \"b\"","stack":["line"],"none":null}"#;
    let event = format!(
        "{{name: {:?}, time: {:?}, dropped_attributes: {:?}, attributes: {:?}}}",
        Some("exception"),
        Some("4"),
        Some("3"),
        Some(json)
    );
    let link = format!(
        "{{trace_id: {:?}, span_id: {:?}, trace_state: {:?}, flags: {:?}, dropped_attributes: None, attributes: {:?}}}",
        Some("09".repeat(16)),
        Some("08".repeat(8)),
        Some("a=b"),
        Some("1"),
        Some("{}")
    );
    let lists = |items: &[Option<String>]| Some(format!("{items:?}"));
    assert_eq!(rows[0], [lists(&[Some(event)]), lists(&[Some(link)])]);
    assert_eq!(rows[1], [lists(&[]), lists(&[])]);
}

#[test]
fn a_set_over_other_blocks_is_refused() {
    let blocks = build(&[request(vec![span(1, Vec::new())])], &BlockOptions::default());
    for set in [SpanSet::default(), SpanSet::new(vec![RowSet::all(2)])] {
        let error = Stream::new(&blocks, set, &Options::default()).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    }
}

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

#[test]
fn chosen_columns_of_a_block_that_is_far_away_are_one_round_trip() {
    let built = build(&recording(), &BlockOptions { max_rows: 3000, ..Default::default() });
    let mut writer = Writer::new(Vec::new(), "memory").unwrap();
    built.iter().for_each(|block| writer.append_block(block).unwrap());
    let file = writer.finish().unwrap().0;
    let names = chosen_names();
    let single =
        ["trace:root_service", "span:parent_id", "nestedSetLeft", "event:time", ".service.name"];
    let singles = single.iter().map(|name| vec![Name::parse(name).unwrap()]);
    for names in singles.chain([names]).map(Some).chain([None]) {
        let memory = Remote(Memory::new(Bytes::copy_from_slice(&file)));
        let source = Arc::new(Counted::new(Arc::new(memory)));
        let reader = Arc::new(Reader::open_source(source.clone(), Verify::Lazy).unwrap());
        let blocks = Blocks::of_file(&reader, 0..reader.block_count()).unwrap();
        let columns = names.clone().map(Columns::new);
        let options = Options { columns: columns.as_ref(), ..Options::default() };
        let mut stream = Stream::new(&blocks, every(&blocks, 1), &options).unwrap();
        let before = source.stats().round_trips;
        let mut batches = 0;
        while stream.next_batch().unwrap().is_some() {
            batches += 1;
        }
        assert_eq!(batches, blocks.len());
        // In which order attributes came, which events need, is in no column: two reads more.
        let trips = if names.is_some() { 1 } else { 3 };
        let read = source.stats().round_trips - before;
        assert_eq!(read, trips * blocks.len() as u64, "{names:?}");
    }
}
