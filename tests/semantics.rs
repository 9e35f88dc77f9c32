//! The tables in `docs/semantics.md`, row by row.

#[path = "common/blocks.rs"]
mod blocks;
#[path = "common/random.rs"]
#[allow(dead_code)]
mod random;

use blockpack::Blocks;
use blockpack::block::build::BlockOptions;
use blockpack::fields::SpanRow;
use blockpack::name::Name;
use blockpack::scan::kernels::Kernels;
use blockpack::scan::{Comparison, Condition, Predicate, ScanContext};
use blockpack::value::{ValueRef, parse_hex};
use blockpack::wire::WriteExt;
use random::{Event, Resource, Scope, Span};

/// A value in the notation of the page.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Absent,
    /// A key without a value.
    None,
    Empty,
    Map,
    Str(String),
    Bytes(Vec<u8>),
    I64(i64),
    F64(f64),
    Bool(bool),
    Duration(u64),
    Kind(i32),
    Status(i32),
    List(Vec<Value>),
}

// --- reading the page -----------------------------------------------------------------------------

/// The notation's words and symbols.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_whitespace() || c == '`' {
            continue;
        }
        let mut token = String::from(c);
        if c == '"' {
            token.extend(chars.by_ref().take_while(|&c| c != '"'));
        } else if !"()[]{},".contains(c) {
            while let Some(c) = chars.next_if(|c| !c.is_whitespace() && !"`()[]{},".contains(*c)) {
                token.push(c);
            }
        }
        tokens.push(token);
    }
    tokens
}

/// Reads one value from the front of `tokens`.
fn value(tokens: &mut std::slice::Iter<'_, String>) -> Value {
    let token = tokens.next().unwrap();
    match token.as_str() {
        "absent" => Value::Absent,
        "none" => Value::None,
        "empty" => Value::Empty,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "nan" => Value::F64(f64::NAN),
        "kind" => Value::Kind(tokens.next().unwrap().parse().unwrap()),
        "status" => Value::Status(tokens.next().unwrap().parse().unwrap()),
        "{" => {
            assert_eq!(tokens.next().unwrap(), "}");
            Value::Map
        }
        "[" => Value::List(list(tokens, "]")),
        text if text.starts_with('"') => Value::Str(text[1..].into()),
        hex if hex.starts_with("0x") => Value::Bytes(parse_hex(&hex[2..]).unwrap()),
        time if time.ends_with("ns") => Value::Duration(time[..time.len() - 2].parse().unwrap()),
        number if number.contains(['.', 'e', 'i']) => Value::F64(number.parse().unwrap()),
        number => Value::I64(number.parse().unwrap()),
    }
}

/// Reads values until `end`.
fn list(tokens: &mut std::slice::Iter<'_, String>, end: &str) -> Vec<Value> {
    let mut items = Vec::new();
    while tokens.as_slice().first().unwrap() != end {
        items.push(value(tokens));
        if tokens.as_slice().first().unwrap() == "," {
            tokens.next();
        }
    }
    tokens.next();
    items
}

fn one_value(text: &str) -> Value {
    let tokens = tokens(text);
    let mut tokens = tokens.iter();
    let value = value(&mut tokens);
    assert_eq!(tokens.next(), None, "{text}");
    value
}

impl Value {
    fn literal(&self) -> ValueRef<'_> {
        match self {
            Value::Str(v) => ValueRef::Str(v.as_bytes()),
            Value::Bytes(v) => ValueRef::Bytes(v),
            Value::I64(v) => ValueRef::I64(*v),
            Value::F64(v) => ValueRef::F64(*v),
            Value::Bool(v) => ValueRef::Bool(*v),
            Value::Duration(v) => ValueRef::DurationNs(*v),
            Value::Kind(v) => ValueRef::SpanKind(*v),
            Value::Status(v) => ValueRef::Status(*v),
            other => panic!("{other:?} is no literal"),
        }
    }

    /// As an encoded `AnyValue`.
    fn encoded(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Value::Empty => {}
            Value::Map => out.put_bytes_field(6, b""),
            Value::Str(v) => out.put_bytes_field(1, v.as_bytes()),
            Value::Bytes(v) => out.put_bytes_field(7, v),
            Value::I64(v) => out.put_varint_field(3, *v as u64),
            Value::F64(v) => out.put_fixed64_field(4, v.to_bits()),
            Value::Bool(v) => out.put_varint_field(2, (*v).into()),
            Value::List(items) => out.put_message_field(5, |list| {
                items.iter().for_each(|item| list.put_bytes_field(1, &item.encoded()));
            }),
            other => panic!("{other:?} is no attribute"),
        }
        out
    }
}

fn compile(text: &str) -> Predicate {
    let tokens = tokens(text);
    let mut rest = tokens.iter();
    let mut word = || rest.next().unwrap().as_str();
    let comparison = |word: &str| match word {
        "=" => Comparison::Equal,
        "!=" => Comparison::NotEqual,
        "<" => Comparison::Less,
        "<=" => Comparison::LessOrEqual,
        ">" => Comparison::Greater,
        ">=" => Comparison::GreaterOrEqual,
        other => panic!("{other} in {text}"),
    };
    let text_of = |value: Value| match value {
        Value::Str(text) => text,
        other => panic!("{other:?} in {text}"),
    };
    let compile = |condition| Predicate::compile(&condition).unwrap();
    match word() {
        "is" => match word() {
            "null" => compile(Condition::IsNull),
            _ => compile(Condition::IsNotNull),
        },
        "in" => {
            word();
            let values = list(&mut rest, ")");
            let values: Vec<_> = values.iter().map(Value::literal).collect();
            compile(Condition::In(&values))
        }
        "not" => {
            word();
            word();
            let values = list(&mut rest, ")");
            let values: Vec<_> = values.iter().map(Value::literal).collect();
            compile(Condition::NotIn(&values))
        }
        "between" => {
            let low = value(&mut rest);
            rest.next();
            let high = value(&mut rest);
            compile(Condition::Between(low.literal(), high.literal()))
        }
        "=~" => compile(Condition::Regex(&text_of(value(&mut rest)))),
        "!~" => compile(Condition::NotRegex(&text_of(value(&mut rest)))),
        "contains" => compile(Condition::Contains(value(&mut rest).literal())),
        "starts" => {
            word();
            compile(Condition::StartsWith(value(&mut rest).literal()))
        }
        "ends" => {
            word();
            compile(Condition::EndsWith(value(&mut rest).literal()))
        }
        "ignoring" => {
            word();
            word();
            compile(Condition::EqualIgnoringCase(&text_of(value(&mut rest))))
        }
        "length" => {
            let comparison = comparison(word());
            compile(Condition::Length(comparison, word().parse().unwrap()))
        }
        operator => {
            let comparison = comparison(operator);
            compile(Condition::Compare(comparison, value(&mut rest).literal()))
        }
    }
}

/// The rows of all tables whose heading begins with `first`, without their heading.
fn tables(first: &str) -> Vec<Vec<String>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/semantics.md");
    let page = std::fs::read_to_string(path).unwrap();
    let mut rows = Vec::new();
    let mut wanted = false;
    for line in page.lines() {
        let Some(line) = line.strip_prefix("| ").and_then(|l| l.strip_suffix(" |")) else {
            wanted &= line.starts_with("|-");
            continue;
        };
        let cells: Vec<String> = line.split(" | ").map(|cell| cell.trim().to_string()).collect();
        if ["name", "span", "x of each event"].contains(&cells[0].as_str()) {
            wanted = cells[0] == first;
        } else if wanted {
            rows.push(cells);
        }
    }
    rows
}

// --- spans with the values ------------------------------------------------------------------------

fn span() -> Span {
    Span {
        ids: [vec![1; 16], vec![1; 8], Vec::new()],
        trace_state: Vec::new(),
        name: b"span".to_vec(),
        kind: 0,
        times: [1_700_000_000_000_000_000; 2],
        flags: 0,
        attributes: Vec::new(),
        dropped: [0; 3],
        events: Vec::new(),
        links: Vec::new(),
        status: None,
        unknown: Vec::new(),
    }
}

fn attribute(value: &Value) -> random::Attributes {
    match value {
        Value::Absent => Vec::new(),
        Value::None => vec![(b"x".to_vec(), None)],
        value => vec![(b"x".to_vec(), Some(value.encoded()))],
    }
}

/// A block of one span, and one with a thousand more that have other values.
fn blocks_of(span: Span, resource: &Value) -> Vec<Blocks> {
    let build = |spans: Vec<Span>, cap: usize| {
        let scope = Scope {
            present: true,
            name: Vec::new(),
            version: Vec::new(),
            attributes: Vec::new(),
            schema_url: Vec::new(),
            spans,
        };
        let resource = Resource {
            present: true,
            attributes: attribute(resource),
            dropped: 0,
            schema_url: Vec::new(),
            unknown: Vec::new(),
            scopes: vec![scope],
        };
        let options = BlockOptions { max_attribute_columns: cap, ..BlockOptions::default() };
        blocks::build(&[random::encode(&[resource])], &options)
    };
    let other = |i: usize| {
        let value = match i % 5 {
            0 => Value::I64(i as i64 - 300),
            1 => Value::Str(format!("other {i}")),
            2 => Value::F64(i as f64 / 8.0),
            3 => Value::Bool(i.is_multiple_of(2)),
            _ => Value::Absent,
        };
        // A later trace, so that the span that is asked for stays in row 0.
        let trace = vec![2; 16];
        let id = (i as u64 + 9).to_be_bytes().to_vec();
        let times = [1_800_000_000_000_000_000; 2];
        Span { ids: [trace, id, Vec::new()], attributes: attribute(&value), times, ..self::span() }
    };
    let among: Vec<Span> = std::iter::once(span.clone()).chain((0..1000).map(other)).collect();
    vec![build(vec![span.clone()], 100), build(among, 100), build(vec![span], 0)]
}

/// Whether the first span of each of `blocks` satisfies the condition; the same for all.
fn holds(blocks: &[Blocks], name: &Name, condition: &str) -> bool {
    let predicate = compile(condition);
    let mut answers = Vec::new();
    for blocks in blocks {
        for kernels in Kernels::supported() {
            let context = ScanContext::with_kernels(kernels);
            answers.push(context.scan_blocks(blocks, name, &predicate).unwrap().contains(0, 0));
        }
    }
    assert!(answers.iter().all(|&a| a == answers[0]), "{name} {condition}: {answers:?}");
    answers[0]
}

#[test]
fn values_compare_as_the_page_says() {
    let rows = tables("name");
    assert!(rows.len() > 120);
    for row in rows {
        let [name, written, condition, answer] = &row[..] else { panic!("{row:?}") };
        let name = Name::parse(name.trim_matches('`')).unwrap();
        let value = one_value(written);
        let mut span = span();
        match (name.to_string().as_str(), &value) {
            ("span.x", value) => span.attributes = attribute(value),
            ("span:duration", Value::Duration(ns)) => span.times[1] += ns,
            ("span:start", Value::I64(ns)) => span.times = [*ns as u64; 2],
            ("span:id", Value::Bytes(id)) => span.ids[1].clone_from(id),
            ("trace:id", Value::Bytes(id)) => span.ids[0].clone_from(id),
            ("span:kind", Value::Kind(kind)) => span.kind = *kind,
            ("span:status", Value::Status(status)) => span.status = Some((*status, Vec::new())),
            ("span:parent_id" | "span:status_message", Value::Absent) => {}
            _ => panic!("{row:?}"),
        }
        let blocks = blocks_of(span, &Value::Absent);
        assert_eq!(holds(&blocks, &name, condition), answer == "yes", "{row:?}");
        // One value at a time, as fields give it.
        let field = SpanRow::new(blocks[0].get(0).unwrap(), 0).unwrap().get(&name).unwrap();
        assert_eq!(compile(condition).matches(field).unwrap(), answer == "yes", "{row:?}");
    }
}

#[test]
fn names_without_a_scope_are_looked_up_as_the_page_says() {
    let rows = tables("span");
    assert!(rows.len() >= 10);
    for row in rows {
        let [of_span, of_resource, condition, answer] = &row[..] else { panic!("{row:?}") };
        let span = Span { attributes: attribute(&one_value(of_span)), ..span() };
        let blocks = blocks_of(span, &one_value(of_resource));
        let name = Name::parse(".x").unwrap();
        assert_eq!(holds(&blocks, &name, condition), answer == "yes", "{row:?}");
    }
}

#[test]
fn events_satisfy_conditions_as_the_page_says() {
    let rows = tables("x of each event");
    assert!(rows.len() >= 8);
    for row in rows {
        let [values, condition, answer] = &row[..] else { panic!("{row:?}") };
        let mut span = span();
        if values != "no events" {
            for value in values.split(", ") {
                span.events.push(Event {
                    time: span.times[0],
                    name: b"event".to_vec(),
                    attributes: attribute(&one_value(value)),
                    dropped: 0,
                    unknown: Vec::new(),
                });
            }
        }
        let blocks = blocks_of(span, &Value::Absent);
        let name = Name::parse("event.x").unwrap();
        assert_eq!(holds(&blocks, &name, condition), answer == "yes", "{row:?}");
    }
}

#[test]
fn patterns_look_for_characters_in_text_that_is_not_utf_8() {
    let blocks = blocks_of(Span { name: b"\xff cart".to_vec(), ..span() }, &Value::Absent);
    let name = Name::parse("span:name").unwrap();
    for (condition, holding) in [
        (r#"=~ "cart""#, true),
        (r#"=~ "^.*$""#, false),
        (r#"=~ "^[^a]""#, false),
        (r#"!~ "^.*$""#, true),
        (r#"=~ "^(?-u:.)*$""#, true),
        (r#"contains " c""#, true),
    ] {
        assert_eq!(holds(&blocks, &name, condition), holding, "{condition}");
    }
}
