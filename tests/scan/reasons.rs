//! A scan that reads no values says why: one reason a block, the last that had to be asked.

use super::pruning::File;
use crate::blocks::build;
use blockpack::Blocks;
use blockpack::block::build::BlockOptions;
use blockpack::name::Name;
use blockpack::otlp::json_to_traces;
use blockpack::scan::{Comparison, Condition, Predicate, Pruned, ScanContext, ScanStats};
use blockpack::value::ValueRef;
use serde_json::{Value, json};

const SPANS: u64 = 2048;

/// Spans, each a trace, one after another, all of the service "shop". Of each:
/// - `size` is 0 to 1023 for the first half of them, 10,000 to 11,023 for the second,
/// - `mode` is "on", `tier` is "a" to "e", every other one has an `odd` number,
/// - `mixed` is a text ("m0" to "m4") or a number (0 to 4), every other one.
fn spans(first: u64, region: Option<&str>) -> Value {
    let text = |key: &str, value: String| json!({"key": key, "value": {"stringValue": value}});
    let int = |key: &str, value: u64| json!({"key": key, "value": {"intValue": value}});
    let span = |number: u64| {
        let at = number - first;
        let half = SPANS / 2;
        let size = if at < half { at } else { 10_000 + at - half };
        let mut attributes = vec![
            int("size", size),
            text("mode", "on".into()),
            text("tier", char::from(b'a' + (at % 5) as u8).into()),
        ];
        match at % 2 {
            0 => attributes.push(text("mixed", format!("m{}", at % 5))),
            _ => attributes.extend([int("odd", at), int("mixed", at % 5)]),
        }
        attributes.extend(region.map(|region| text("region", format!("{region}{}", at % 3))));
        json!({
            "traceId": format!("{:032x}", number + 1), "spanId": format!("{:016x}", number + 1),
            "name": format!("GET /{}", at % 5), "kind": 2,
            "startTimeUnixNano": (1_000_000 + number * 1000).to_string(),
            "endTimeUnixNano": (1_000_000 + number * 1000 + at % 7).to_string(),
            "attributes": attributes,
        })
    };
    let resource = [text("service.name", "shop".into()), text("region", "north".into())];
    json!({"resourceSpans": [{
        "resource": {"attributes": resource},
        "scopeSpans": [{"spans": (first..first + SPANS).map(span).collect::<Vec<_>>()}],
    }]})
}

fn blocks_of(json: &Value) -> Blocks {
    let mut message = Vec::new();
    json_to_traces(json.to_string().as_bytes(), &mut message).unwrap();
    build(&[message], &BlockOptions::default())
}

/// What a scan of `blocks` did.
fn scan(blocks: &Blocks, name: &str, condition: &Condition<'_>) -> ScanStats {
    let (context, name) = (ScanContext::new(), Name::parse(name).unwrap());
    let predicate = Predicate::compile(condition).unwrap();
    let found = context.scan_blocks(blocks, &name, &predicate).unwrap();
    let full = ScanContext::without_pruning().scan_blocks(blocks, &name, &predicate).unwrap();
    assert_eq!(found, full, "{name} {condition:?}");
    let stats = context.stats();
    assert_eq!(stats.scans, blocks.len() as u64);
    assert!(stats.blocks_pruned() <= stats.scans);
    stats
}

fn equal(value: ValueRef<'_>) -> Condition<'_> {
    Condition::Compare(Comparison::Equal, value)
}

fn text(value: &str) -> Condition<'_> {
    equal(ValueRef::Str(value.as_bytes()))
}

fn compare(comparison: Comparison, value: i64) -> Condition<'static> {
    Condition::Compare(comparison, ValueRef::I64(value))
}

/// Checks why a block is left out; `None` is for values that are read.
#[track_caller]
fn check(blocks: &Blocks, name: &str, condition: Condition<'_>, wanted: Option<Pruned>) {
    let stats = scan(blocks, name, &condition);
    assert_eq!(stats.pruned, wanted.unwrap_or_default(), "{name} {condition:?}");
    assert!(wanted.is_some() || stats.bytes > 0, "{name} {condition:?}");
}

const NO_COLUMN: Option<Pruned> = Some(Pruned { no_column: 1, ..NONE });
const BOUNDS: Option<Pruned> = Some(Pruned { bounds: 1, ..NONE });
const CONSTANT: Option<Pruned> = Some(Pruned { constant: 1, ..NONE });
const DICTIONARY: Option<Pruned> = Some(Pruned { dictionary: 1, ..NONE });
const ZONES: Option<Pruned> = Some(Pruned { zones: 1, ..NONE });
const NONE: Pruned =
    Pruned { index: 0, no_column: 0, bounds: 0, constant: 0, dictionary: 0, zones: 0 };

#[test]
fn blocks_without_a_column_of_the_name_or_the_type() {
    let blocks = blocks_of(&spans(0, None));
    check(&blocks, "span.nothing", compare(Comparison::Equal, 1), NO_COLUMN);
    check(&blocks, ".nothing", text("x"), NO_COLUMN);
    check(&blocks, "span.nothing", Condition::IsNull, NO_COLUMN);
    check(&blocks, "span.nothing", Condition::IsNotNull, NO_COLUMN);
    check(&blocks, "span.size", text("x"), NO_COLUMN);
    check(&blocks, "span:name", compare(Comparison::Equal, 1), NO_COLUMN);
    check(&blocks, "span:duration", text("x"), NO_COLUMN);
    check(&blocks, "event:name", text("x"), NO_COLUMN);
}

#[test]
fn blocks_of_which_bounds_tell_the_answer() {
    let blocks = blocks_of(&spans(0, None));
    let (first, last) = (Comparison::Less, Comparison::GreaterOrEqual);
    check(&blocks, "span.size", compare(Comparison::Equal, 20_000), BOUNDS);
    check(&blocks, "span.size", compare(first, 20_000), BOUNDS);
    check(&blocks, "span:name", text("POST /"), BOUNDS);
    check(&blocks, "span:kind", equal(ValueRef::SpanKind(3)), BOUNDS);
    check(&blocks, "span:kind", equal(ValueRef::SpanKind(2)), BOUNDS);
    check(&blocks, "span:end", compare(first, 1000), BOUNDS);
    check(&blocks, "span.mixed", compare(Comparison::Equal, 5), BOUNDS);
    // Which rows have one is copied, no number is read.
    check(&blocks, "span.odd", compare(last, 0), BOUNDS);
    assert!(scan(&blocks, "span.odd", &compare(last, 0)).bytes > 0);
}

#[test]
fn blocks_whose_rows_are_all_alike() {
    let blocks = blocks_of(&spans(0, None));
    check(&blocks, "span.mode", text("on"), CONSTANT);
    check(&blocks, "span.mode", Condition::Regex("off"), CONSTANT);
    check(&blocks, "span.mode", Condition::NotIn(&[ValueRef::Str(b"on")]), CONSTANT);
    check(&blocks, "span.mode", text("off"), BOUNDS);
    check(&blocks, "resource.service.name", text("shop"), CONSTANT);
    check(&blocks, ".service.name", text("shop"), CONSTANT);
    check(&blocks, "span:name", Condition::IsNotNull, CONSTANT);
    check(&blocks, "span:name", Condition::IsNull, CONSTANT);
    check(&blocks, "span:id", Condition::IsNotNull, CONSTANT);
}

#[test]
fn blocks_whose_dictionary_tells_the_answer() {
    let blocks = blocks_of(&spans(0, None));
    check(&blocks, "span:name", text("GET /2x"), DICTIONARY);
    check(&blocks, "span:name", Condition::Regex("GET"), DICTIONARY);
    check(&blocks, "span:name", Condition::NotRegex("POST"), DICTIONARY);
    check(&blocks, "span.tier", text("bb"), DICTIONARY);
    check(&blocks, "trace:rootName", text("GET /2x"), DICTIONARY);
    // All of it was gone through for the pattern.
    let stats = scan(&blocks, "span:name", &Condition::Regex("POST"));
    assert_eq!((stats.pruned.dictionary, stats.rows_matched), (1, 0));
    assert!(stats.bytes >= "GET /0".len() as u64 * 5);
}

#[test]
fn blocks_whose_zones_have_no_match() {
    let blocks = blocks_of(&spans(0, None));
    check(&blocks, "span.size", compare(Comparison::Equal, 5000), ZONES);
    let stats = scan(&blocks, "span.size", &compare(Comparison::Equal, 5000));
    assert!(stats.bytes == 0 && stats.zones == stats.zones_pruned && stats.zones > 1);
    // The same number of each, and a value in one of them: values of that one are read.
    let some = scan(&blocks, "span.size", &compare(Comparison::Equal, 17));
    assert_eq!((some.zones, some.zones_pruned), (stats.zones, stats.zones - 1));
    assert_eq!((some.pruned, some.rows_matched), (NONE, 1));
}

#[test]
fn blocks_that_are_read_have_no_reason() {
    let blocks = blocks_of(&spans(0, None));
    check(&blocks, "span:name", text("GET /2"), None);
    check(&blocks, "span.size", compare(Comparison::Greater, 17), None);
    check(&blocks, "span.odd", Condition::IsNotNull, None);
    check(&blocks, "span.odd", Condition::IsNull, None);
    check(&blocks, "span:duration", compare(Comparison::Less, 3), None);
    check(&blocks, "span:childCount", compare(Comparison::Equal, 0), None);
    check(&blocks, "trace:rootName", text("GET /2"), None);
}

#[test]
fn of_several_columns_the_last_reason_counts() {
    // The resource has one region; spans have none, or three.
    let (without, with) = (blocks_of(&spans(0, None)), blocks_of(&spans(0, Some("n"))));
    check(&without, ".region", text("north"), CONSTANT);
    check(&without, ".region", text("south"), BOUNDS);
    check(&with, ".region", text("n1x"), DICTIONARY);
    check(&with, ".region", text("south"), BOUNDS);
    check(&with, "resource.region", text("north"), CONSTANT);
    // Numbers cannot be it by their type, texts by the dictionary; the other way round by bounds.
    check(&with, "span.mixed", text("m1x"), DICTIONARY);
    check(&with, "span.mixed", compare(Comparison::Greater, 4), BOUNDS);
}

#[test]
fn blocks_that_the_index_of_a_far_file_denies() {
    let parts = ["a", "b", "c"].map(Some).map(|region| spans(0, region));
    let near = Blocks::join(&parts.map(|json| blocks_of(&json)));
    let file = File::of(&near);
    let far = |value| scan(&file.far().blocks, "span.region", &text(value)).pruned;
    assert_eq!(far("b1"), Pruned { index: 2, ..NONE });
    assert_eq!(far("b1x"), Pruned { index: 2, dictionary: 1, ..NONE });
    // The index is asked if there is something to be fetched otherwise.
    assert_eq!(far("d"), Pruned { bounds: 3, ..NONE });
    // What is at hand is not asked of the index: the directory of a block says the same.
    let mapped = |value| scan(&file.mapped(), "span.region", &text(value)).pruned;
    assert_eq!(mapped("b1"), Pruned { bounds: 2, ..NONE });
    assert_eq!(mapped("b1x"), Pruned { bounds: 2, dictionary: 1, ..NONE });
    assert_eq!(mapped("d"), Pruned { bounds: 3, ..NONE });
}

#[test]
fn reasons_are_counted_for_the_list_and_for_the_one_who_asks() {
    use blockpack::scan::ScanCounters;
    let blocks = blocks_of(&spans(0, None));
    let (context, mine) = (ScanContext::new(), ScanCounters::new());
    let name = Name::parse("span.size").unwrap();
    for value in [5000, 20_000, 20_001, 7] {
        let predicate = Predicate::compile(&compare(Comparison::Equal, value)).unwrap();
        context.scan_block_counted(&blocks, 0, &name, &predicate, &mine).unwrap();
    }
    let wanted = Pruned { bounds: 2, zones: 1, ..NONE };
    assert_eq!((mine.stats().pruned, context.stats().pruned), (wanted, wanted));
    assert_eq!((mine.stats().scans, wanted.total()), (4, 3));
    context.reset();
    assert_eq!(context.stats(), ScanStats::default());
}
