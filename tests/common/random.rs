//! Random OTLP traces, including what no recording has.

use blockpack::otlp::{EventRef, LinkRef, ResourceRef, ScopeRef, SpanRef, TracesEncoder};
use blockpack::value::{AnyRef, KeyValueRef};
use blockpack::wire::{FIXED32, FIXED64, VARINT, WriteExt};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// How wild the generated traces are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wildness {
    /// What OTLP/JSON can say: text is UTF-8, all fields are known.
    Sayable,
    /// Anything that protobuf can hold.
    Any,
}

/// Attributes: keys with encoded values, or with none.
pub type Attributes = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// A resource with what is below it.
#[derive(Clone, Debug)]
pub struct Resource {
    pub present: bool,
    pub attributes: Attributes,
    pub dropped: u32,
    pub schema_url: Vec<u8>,
    pub unknown: Vec<u8>,
    pub scopes: Vec<Scope>,
}

/// A scope with its spans.
#[derive(Clone, Debug)]
pub struct Scope {
    pub present: bool,
    pub name: Vec<u8>,
    pub version: Vec<u8>,
    pub attributes: Attributes,
    pub schema_url: Vec<u8>,
    pub spans: Vec<Span>,
}

/// A span.
#[derive(Clone, Debug)]
pub struct Span {
    pub ids: [Vec<u8>; 3],
    pub trace_state: Vec<u8>,
    pub name: Vec<u8>,
    pub kind: i32,
    pub times: [u64; 2],
    pub flags: u32,
    pub attributes: Attributes,
    pub dropped: [u32; 3],
    pub events: Vec<Event>,
    pub links: Vec<Link>,
    pub status: Option<(i32, Vec<u8>)>,
    pub unknown: Vec<u8>,
}

/// An event.
#[derive(Clone, Debug)]
pub struct Event {
    pub time: u64,
    pub name: Vec<u8>,
    pub attributes: Attributes,
    pub dropped: u32,
    pub unknown: Vec<u8>,
}

/// A link.
#[derive(Clone, Debug)]
pub struct Link {
    pub ids: [Vec<u8>; 2],
    pub trace_state: Vec<u8>,
    pub attributes: Attributes,
    pub dropped: u32,
    pub flags: u32,
    pub unknown: Vec<u8>,
}

fn views(attributes: &Attributes) -> Vec<KeyValueRef<'_>> {
    attributes
        .iter()
        .map(|(key, value)| KeyValueRef { key, value: value.as_deref().map(AnyRef) })
        .collect()
}

impl Span {
    /// The view that decoding this span gives.
    pub fn view(&self) -> SpanRef<'_> {
        let (status_code, status_message) = match &self.status {
            Some((code, message)) => (*code, &message[..]),
            None => (0, &b""[..]),
        };
        SpanRef {
            trace_id: &self.ids[0],
            span_id: &self.ids[1],
            parent_span_id: &self.ids[2],
            trace_state: &self.trace_state,
            name: &self.name,
            flags: self.flags,
            kind: self.kind,
            start_ns: self.times[0],
            end_ns: self.times[1],
            attributes: views(&self.attributes),
            dropped_attributes: self.dropped[0],
            events: self.events.iter().map(Event::view).collect::<Vec<_>>().into(),
            dropped_events: self.dropped[1],
            links: self.links.iter().map(Link::view).collect::<Vec<_>>().into(),
            dropped_links: self.dropped[2],
            status_present: self.status.is_some(),
            status_code,
            status_message,
            unknown: self.unknown.clone(),
        }
    }
}

impl Event {
    fn view(&self) -> EventRef<'_> {
        EventRef {
            time_ns: self.time,
            name: &self.name,
            attributes: views(&self.attributes),
            dropped_attributes: self.dropped,
            unknown: self.unknown.clone(),
        }
    }
}

impl Link {
    fn view(&self) -> LinkRef<'_> {
        LinkRef {
            trace_id: &self.ids[0],
            span_id: &self.ids[1],
            trace_state: &self.trace_state,
            attributes: views(&self.attributes),
            dropped_attributes: self.dropped,
            flags: self.flags,
            unknown: self.unknown.clone(),
        }
    }
}

/// The `TracesData` message of these resources.
pub fn encode(resources: &[Resource]) -> Vec<u8> {
    let mut encoder = TracesEncoder::new();
    for resource in resources {
        encoder.resource(&ResourceRef {
            present: resource.present,
            attributes: views(&resource.attributes),
            dropped_attributes: resource.dropped,
            schema_url: &resource.schema_url,
            unknown: resource.unknown.clone(),
            ..ResourceRef::default()
        });
        for scope in &resource.scopes {
            encoder.scope(&ScopeRef {
                present: scope.present,
                name: &scope.name,
                version: &scope.version,
                attributes: views(&scope.attributes),
                schema_url: &scope.schema_url,
                ..ScopeRef::default()
            });
            scope.spans.iter().for_each(|span| encoder.span(&span.view()));
        }
    }
    encoder.finish()
}

/// Requests: resources that share few distinct attributes, so that groups meet.
pub fn resources(wild: Wildness) -> impl Strategy<Value = Vec<Resource>> {
    vec(resource(wild), 0..4)
}

fn resource(wild: Wildness) -> impl Strategy<Value = Resource> {
    let attributes = prop_oneof![Just(Vec::new()), attributes(wild, 3)];
    let scopes = vec(scope(wild), 0..3);
    (any::<bool>(), attributes, count(), text(wild), unknown(wild), scopes).prop_map(
        |(present, attributes, dropped, schema_url, unknown, scopes)| Resource {
            present,
            attributes,
            dropped,
            schema_url,
            unknown,
            scopes,
        },
    )
}

fn scope(wild: Wildness) -> impl Strategy<Value = Scope> {
    let texts = [text(wild), text(wild), text(wild)];
    (any::<bool>(), texts, attributes(wild, 2), vec(span(wild), 0..5)).prop_map(
        |(present, [name, version, schema_url], attributes, spans)| Scope {
            present,
            name,
            version,
            attributes,
            schema_url,
            spans,
        },
    )
}

/// A span.
pub fn span(wild: Wildness) -> impl Strategy<Value = Span> {
    let ids = [id(16), id(8), id(8)];
    let status = option::of((number(), text(wild)));
    let numbers = (number(), [any::<u64>(), any::<u64>()], any::<u32>());
    let dropped = [count(), count(), count()];
    let children = (vec(event(wild), 0..4), vec(link(wild), 0..3));
    let texts = (text(wild), text(wild), unknown(wild));
    (ids, texts, numbers, attributes(wild, 6), dropped, children, status).prop_map(
        |(ids, texts, numbers, attributes, dropped, children, status)| Span {
            ids,
            trace_state: texts.0,
            name: texts.1,
            kind: numbers.0,
            times: numbers.1,
            flags: numbers.2,
            attributes,
            dropped,
            events: children.0,
            links: children.1,
            status,
            unknown: texts.2,
        },
    )
}

fn event(wild: Wildness) -> impl Strategy<Value = Event> {
    (any::<u64>(), text(wild), attributes(wild, 3), count(), unknown(wild)).prop_map(
        |(time, name, attributes, dropped, unknown)| Event {
            time,
            name,
            attributes,
            dropped,
            unknown,
        },
    )
}

fn link(wild: Wildness) -> impl Strategy<Value = Link> {
    let ids = [id(16), id(8)];
    (ids, text(wild), attributes(wild, 2), count(), any::<u32>(), unknown(wild)).prop_map(
        |(ids, trace_state, attributes, dropped, flags, unknown)| Link {
            ids,
            trace_state,
            attributes,
            dropped,
            flags,
            unknown,
        },
    )
}

/// Ids of the right length mostly, from few so that they meet; sometimes of any length.
fn id(len: usize) -> BoxedStrategy<Vec<u8>> {
    prop_oneof![
        6 => (0u8..4).prop_map(move |byte| vec![byte; len]),
        2 => vec(any::<u8>(), len),
        1 => Just(Vec::new()),
        1 => vec(any::<u8>(), 0..20),
    ]
    .boxed()
}

/// Numbers of enums: defined ones mostly.
fn number() -> impl Strategy<Value = i32> {
    prop_oneof![4 => 0..6, 1 => any::<i32>()]
}

fn count() -> BoxedStrategy<u32> {
    prop_oneof![3 => Just(0), 1 => any::<u32>()].boxed()
}

fn text(wild: Wildness) -> BoxedStrategy<Vec<u8>> {
    let utf8 = prop_oneof![
        1 => Just(String::new()),
        3 => "[a-c]{1,2}",
        1 => ".{0,20}",
        1 => any::<String>(),
    ];
    let utf8 = utf8.prop_map(String::into_bytes);
    match wild {
        Wildness::Sayable => utf8.boxed(),
        Wildness::Any => prop_oneof![4 => utf8, 1 => vec(any::<u8>(), 0..10)].boxed(),
    }
}

/// Fields with numbers that no message has.
fn unknown(wild: Wildness) -> BoxedStrategy<Vec<u8>> {
    if wild == Wildness::Sayable {
        return Just(Vec::new()).boxed();
    }
    let field = (900u32..905, 0u8..4, vec(any::<u8>(), 8..12)).prop_map(|(number, kind, bytes)| {
        let mut out = Vec::new();
        match [VARINT, FIXED64, FIXED32].get(usize::from(kind)) {
            Some(&VARINT) => out.put_varint_field(number, u64::from(bytes[0]) << 20),
            Some(&FIXED64) => out.put_fixed64_field(number, u64::from(bytes[0])),
            Some(_) => out.put_fixed32_field(number, u32::from(bytes[0])),
            None => out.put_bytes_field(number, &bytes),
        }
        out
    });
    prop_oneof![3 => Just(Vec::new()), 1 => vec(field, 1..3).prop_map(|f| f.concat())].boxed()
}

/// Attributes; keys may meet.
pub fn attributes(wild: Wildness, max: usize) -> BoxedStrategy<Attributes> {
    vec((text(wild), option::weighted(0.9, any_value(wild))), 0..max).boxed()
}

/// An encoded `AnyValue` of any kind, nested a few levels at most.
fn any_value(wild: Wildness) -> BoxedStrategy<Vec<u8>> {
    let message = |put: &dyn Fn(&mut Vec<u8>)| {
        let mut out = Vec::new();
        put(&mut out);
        out
    };
    let leaf = prop_oneof![
        1 => Just(Vec::new()),
        4 => text(wild).prop_map(move |v| message(&|out| out.put_bytes_field(1, &v))),
        1 => any::<bool>().prop_map(move |v| message(&|out| out.put_varint_field(2, v.into()))),
        2 => any::<i64>().prop_map(move |v| message(&|out| out.put_varint_field(3, v as u64))),
        2 => double().prop_map(move |v| message(&|out| out.put_fixed64_field(4, v.to_bits()))),
        1 => vec(any::<u8>(), 0..9).prop_map(move |v| message(&|out| out.put_bytes_field(7, &v))),
    ];
    let nested = leaf.prop_recursive(4, 20, 4, move |inner| {
        let array = vec(inner.clone(), 0..4).prop_map(move |items| {
            message(&|out| {
                out.put_message_field(5, |out| {
                    items.iter().for_each(|item| out.put_bytes_field(1, item));
                })
            })
        });
        let entries = vec((text(wild), option::weighted(0.9, inner)), 0..4);
        let map = entries.prop_map(move |entries| {
            message(&|out| {
                out.put_message_field(6, |out| {
                    entries.iter().for_each(|entry| put_entry(out, entry));
                })
            })
        });
        prop_oneof![array, map]
    });
    nested.boxed()
}

fn put_entry(out: &mut Vec<u8>, (key, value): &(Vec<u8>, Option<Vec<u8>>)) {
    out.put_message_field(1, |out| {
        if !key.is_empty() {
            out.put_bytes_field(1, key);
        }
        if let Some(value) = value {
            out.put_bytes_field(2, value);
        }
    });
}

/// Doubles of all sorts, with one kind of NaN: JSON knows no other.
fn double() -> impl Strategy<Value = f64> {
    any::<f64>().prop_map(|v| if v.is_nan() { f64::NAN } else { v })
}
