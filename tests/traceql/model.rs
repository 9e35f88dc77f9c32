//! Traces as plain values: what queries are about, before any of it is encoded.

use blockpack::block::Field;
use blockpack::otlp::{
    EventRef, LinkRef, Recycle, ResourceRef, ScopeRef, SpanRef, SpanSink, TracesEncoder,
    decode_traces,
};
use blockpack::rowset::SpanSet;
use blockpack::value::{AnyKind, AnyRef, Hex, KeyValueRef, text};
use blockpack::wire::WriteExt;
use blockpack::{Blocks, Result};
use std::fmt;

/// Value of an attribute.
#[derive(Clone, PartialEq)]
pub enum Val {
    Empty,
    Str(Vec<u8>),
    Bytes(Vec<u8>),
    Int(i64),
    Float(f64),
    Bool(bool),
    Array(Vec<Val>),
    Map(Vec<(Vec<u8>, Val)>),
}

/// Keys with values, or with none.
pub type Attributes = Vec<(Vec<u8>, Option<Val>)>;

/// A span, with what it shares with others: its resource and its scope.
#[derive(Clone, Default)]
pub struct Span {
    pub trace: Vec<u8>,
    pub id: Vec<u8>,
    pub parent: Vec<u8>,
    pub name: Vec<u8>,
    pub kind: i32,
    pub status: Option<(i32, Vec<u8>)>,
    pub start: u64,
    pub end: u64,
    pub attributes: Attributes,
    pub resource: Attributes,
    pub scope: Scope,
    pub events: Vec<Event>,
    pub links: Vec<Link>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    pub name: Vec<u8>,
    pub version: Vec<u8>,
    pub attributes: Attributes,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Event {
    pub time: u64,
    pub name: Vec<u8>,
    pub attributes: Attributes,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Link {
    pub trace: Vec<u8>,
    pub span: Vec<u8>,
    pub attributes: Attributes,
}

impl fmt::Debug for Val {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Val::Empty => f.write_str("empty"),
            Val::Str(bytes) => write!(f, "{:?}", text(bytes)),
            Val::Bytes(bytes) => write!(f, "0x{}", Hex(bytes)),
            Val::Int(value) => value.fmt(f),
            Val::Float(value) => value.fmt(f),
            Val::Bool(value) => value.fmt(f),
            Val::Array(items) => items.fmt(f),
            Val::Map(entries) => entries.fmt(f),
        }
    }
}

/// Attributes in short: the keys with their values.
struct Short<'a>(&'a Attributes);

impl fmt::Debug for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (key, value) in self.0 {
            write!(f, " {}=", text(key))?;
            match value {
                Some(value) => value.fmt(f)?,
                None => f.write_str("none")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = [&self.trace, &self.id, &self.parent].map(|id| Hex(id).to_string());
        write!(f, "{} < {} of {} {:?}", ids[1], ids[2], ids[0], text(&self.name))?;
        write!(f, " kind {} {}..{}", self.kind, self.start, self.end)?;
        if let Some((code, message)) = &self.status {
            write!(f, " status {code} {:?}", text(message))?;
        }
        write!(f, "{:?}", Short(&self.attributes))?;
        write!(f, " resource{:?}", Short(&self.resource))?;
        if self.scope != Scope::default() {
            let Scope { name, version, attributes } = &self.scope;
            write!(f, " scope {:?} {:?}{:?}", text(name), text(version), Short(attributes))?;
        }
        for Event { time, name, attributes } in &self.events {
            write!(f, "\n    event {:?} {time}{:?}", text(name), Short(attributes))?;
        }
        for Link { trace, span, attributes } in &self.links {
            write!(f, "\n    link {} {}{:?}", Hex(trace), Hex(span), Short(attributes))?;
        }
        Ok(())
    }
}

impl Val {
    /// The `AnyValue` message.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Val::Empty => {}
            Val::Str(text) => out.put_bytes_field(1, text),
            Val::Bool(value) => out.put_varint_field(2, u64::from(*value)),
            Val::Int(value) => out.put_varint_field(3, *value as u64),
            Val::Float(value) => out.put_fixed64_field(4, value.to_bits()),
            Val::Array(items) => out.put_message_field(5, |list| {
                items.iter().for_each(|item| list.put_bytes_field(1, &item.encode()));
            }),
            Val::Map(entries) => out.put_message_field(6, |list| {
                for (key, value) in entries {
                    list.put_message_field(1, |entry| {
                        entry.put_bytes_field(1, key);
                        entry.put_bytes_field(2, &value.encode());
                    });
                }
            }),
            Val::Bytes(bytes) => out.put_bytes_field(7, bytes),
        }
        out
    }

    fn decode(any: AnyRef<'_>) -> Val {
        match any.kind().unwrap() {
            AnyKind::Empty => Val::Empty,
            AnyKind::Str(text) => Val::Str(text.to_vec()),
            AnyKind::Bool(value) => Val::Bool(value),
            AnyKind::I64(value) => Val::Int(value),
            AnyKind::F64(value) => Val::Float(value),
            AnyKind::Bytes(bytes) => Val::Bytes(bytes.to_vec()),
            AnyKind::Array(_) => {
                Val::Array(any.items().map(|item| Val::decode(item.unwrap())).collect())
            }
            AnyKind::Map(_) => {
                let entry = |entry: KeyValueRef<'_>| {
                    (entry.key.to_vec(), entry.value.map_or(Val::Empty, Val::decode))
                };
                Val::Map(any.entries().map(|e| entry(e.unwrap())).collect())
            }
        }
    }
}

/// Attributes with their values encoded.
type Encoded = Vec<(Vec<u8>, Option<Vec<u8>>)>;

fn encoded(attributes: &Attributes) -> Encoded {
    attributes.iter().map(|(key, value)| (key.clone(), value.as_ref().map(Val::encode))).collect()
}

fn views(attributes: &Encoded) -> Vec<KeyValueRef<'_>> {
    attributes
        .iter()
        .map(|(key, value)| KeyValueRef { key, value: value.as_deref().map(AnyRef) })
        .collect()
}

fn decoded(attributes: &[KeyValueRef<'_>]) -> Attributes {
    attributes.iter().map(|entry| (entry.key.to_vec(), entry.value.map(Val::decode))).collect()
}

/// One OTLP message with those spans for whose number `take` holds. The trace state of each, which
/// no query can ask for, is its number.
pub fn message(spans: &[Span], take: impl Fn(usize) -> bool) -> Vec<u8> {
    let mut encoder = TracesEncoder::new();
    for (number, span) in spans.iter().enumerate().filter(|(number, _)| take(*number)) {
        encode(&mut encoder, number, span);
    }
    encoder.finish()
}

fn encode(encoder: &mut TracesEncoder, number: usize, span: &Span) {
    let resource = encoded(&span.resource);
    encoder.resource(&ResourceRef {
        present: true,
        attributes: views(&resource),
        ..ResourceRef::default()
    });
    let scope = encoded(&span.scope.attributes);
    encoder.scope(&ScopeRef {
        present: span.scope != Scope::default(),
        name: &span.scope.name,
        version: &span.scope.version,
        attributes: views(&scope),
        ..ScopeRef::default()
    });
    let attributes = encoded(&span.attributes);
    let events: Vec<Encoded> = span.events.iter().map(|e| encoded(&e.attributes)).collect();
    let events: Vec<EventRef<'_>> = (span.events.iter().zip(&events))
        .map(|(event, attributes)| EventRef {
            time_ns: event.time,
            name: &event.name,
            attributes: views(attributes),
            ..EventRef::default()
        })
        .collect();
    let links: Vec<Encoded> = span.links.iter().map(|l| encoded(&l.attributes)).collect();
    let links: Vec<LinkRef<'_>> = (span.links.iter().zip(&links))
        .map(|(link, attributes)| LinkRef {
            trace_id: &link.trace,
            span_id: &link.span,
            attributes: views(attributes),
            ..LinkRef::default()
        })
        .collect();
    let number = number.to_string();
    let status = span.status.as_ref();
    encoder.span(&SpanRef {
        trace_id: &span.trace,
        span_id: &span.id,
        parent_span_id: &span.parent,
        trace_state: number.as_bytes(),
        name: &span.name,
        kind: span.kind,
        start_ns: span.start,
        end_ns: span.end,
        attributes: views(&attributes),
        events: events.into(),
        links: links.into(),
        status_present: status.is_some(),
        status_code: status.map_or(0, |status| status.0),
        status_message: status.map_or(b"", |status| &status.1),
        ..SpanRef::default()
    });
}

/// The spans of an OTLP message.
pub fn spans(message: &[u8]) -> Vec<Span> {
    let mut collect = Collect::default();
    decode_traces(message, &mut collect).unwrap();
    collect.spans
}

#[derive(Default)]
struct Collect {
    resource: Attributes,
    scope: Scope,
    spans: Vec<Span>,
}

impl SpanSink for Collect {
    fn resource(&mut self, resource: &ResourceRef<'_>) -> Result<()> {
        self.resource = decoded(&resource.attributes);
        Ok(())
    }

    fn scope(&mut self, scope: &ScopeRef<'_>) -> Result<()> {
        self.scope = Scope {
            name: scope.name.to_vec(),
            version: scope.version.to_vec(),
            attributes: decoded(&scope.attributes),
        };
        Ok(())
    }

    fn span(&mut self, raw: &[u8]) -> Result<()> {
        let mut span = SpanRef::default().recycle();
        span.decode(raw)?;
        let event = |event: &EventRef<'_>| Event {
            time: event.time_ns,
            name: event.name.to_vec(),
            attributes: decoded(&event.attributes),
        };
        let link = |link: &LinkRef<'_>| Link {
            trace: link.trace_id.to_vec(),
            span: link.span_id.to_vec(),
            attributes: decoded(&link.attributes),
        };
        self.spans.push(Span {
            trace: span.trace_id.to_vec(),
            id: span.span_id.to_vec(),
            parent: span.parent_span_id.to_vec(),
            name: span.name.to_vec(),
            kind: span.kind,
            status: span.status_present.then(|| (span.status_code, span.status_message.to_vec())),
            start: span.start_ns,
            end: span.end_ns,
            attributes: decoded(&span.attributes),
            resource: self.resource.clone(),
            scope: self.scope.clone(),
            events: span.events.iter().map(event).collect(),
            links: span.links.iter().map(link).collect(),
        });
        Ok(())
    }
}

/// Spans in blocks, and the way back.
pub struct Stored {
    pub blocks: Blocks,
    /// Number of the span in each row of each block.
    numbers: Vec<Vec<usize>>,
}

impl Stored {
    /// Blocks whose spans have their numbers as trace states.
    pub fn of(blocks: Blocks) -> Stored {
        let number = |text: &[u8]| std::str::from_utf8(text).unwrap().parse().unwrap();
        let numbers = blocks.iter().map(|block| {
            let state = |row| block.field_bytes(Field::TraceState, row).unwrap().unwrap();
            (0..block.rows()).map(|row| number(state(row))).collect()
        });
        let numbers = numbers.collect();
        Stored { blocks, numbers }
    }

    /// Number of the span at a place.
    pub fn number(&self, block: usize, row: u32) -> usize {
        self.numbers[block][row as usize]
    }

    /// Numbers of the spans of a set, in order.
    pub fn numbers(&self, set: &SpanSet) -> Vec<usize> {
        let mut numbers: Vec<usize> =
            set.iter().map(|(block, row)| self.number(block, row)).collect();
        numbers.sort_unstable();
        numbers
    }
}
