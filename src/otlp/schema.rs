//! The OTLP trace messages as tables: what JSON and the canonical form need to know about fields.
//!
//! The hot paths ([`super::fill`], [`super::encode`]) are written out by hand instead; tests hold
//! both against each other.

use super::number::{event, group, link, resource, scope, span, status, traces_data};
use crate::wire::{BYTES, FIXED32, FIXED64, VARINT};

/// A message type.
pub struct Message {
    pub fields: &'static [Field],
    /// Whether all fields belong to one oneof: at most one is there, even with a default value.
    pub oneof: bool,
}

/// A field of a message.
pub struct Field {
    pub number: u32,
    /// Name in OTLP/JSON, in lowerCamelCase.
    pub name: &'static str,
    pub kind: Kind,
}

/// What a field holds, on the wire and in JSON.
#[derive(Clone, Copy)]
pub enum Kind {
    /// `string`.
    Text,
    /// `bytes`, in hex in JSON.
    Id,
    /// `bytes`, in base64 in JSON.
    Blob,
    /// `bool`.
    Bool,
    /// `int64`, a string in JSON.
    I64,
    /// `uint32`.
    U32,
    /// `fixed32`.
    Fixed32,
    /// `fixed64`, a string in JSON.
    Fixed64,
    /// `double`.
    Double,
    /// An enum, a number in JSON; the names of the numbers from 0 on are read, too.
    Enum(&'static [&'static str]),
    /// A message.
    One(&'static Message),
    /// Repeated messages.
    Many(&'static Message),
}

impl Kind {
    /// The wire type that fields of this kind have.
    pub fn wire_type(self) -> u8 {
        match self {
            Kind::Text | Kind::Id | Kind::Blob | Kind::One(_) | Kind::Many(_) => BYTES,
            Kind::Bool | Kind::I64 | Kind::U32 | Kind::Enum(_) => VARINT,
            Kind::Fixed32 => FIXED32,
            Kind::Fixed64 | Kind::Double => FIXED64,
        }
    }
}

impl Message {
    /// The field with this number and wire type.
    pub fn on_wire(&self, number: u32, wire_type: u8) -> Option<&'static Field> {
        self.fields.iter().find(|f| f.number == number && f.kind.wire_type() == wire_type)
    }

    /// The field with this JSON name, in lowerCamelCase or snake_case.
    pub fn in_json(&self, key: &str) -> Option<&'static Field> {
        self.fields.iter().find(|f| f.name == key || is_snake_case_of(key, f.name))
    }
}

fn is_snake_case_of(key: &str, camel: &str) -> bool {
    let snake = camel.bytes().flat_map(|c| {
        let underscore = c.is_ascii_uppercase().then_some(b'_');
        underscore.into_iter().chain([c.to_ascii_lowercase()])
    });
    key.bytes().eq(snake)
}

const fn field(number: u32, name: &'static str, kind: Kind) -> Field {
    Field { number, name, kind }
}

const fn message(fields: &'static [Field]) -> Message {
    Message { fields, oneof: false }
}

/// `TracesData` and `ExportTraceServiceRequest`.
pub static TRACES_DATA: Message =
    message(&[field(traces_data::RESOURCE_SPANS, "resourceSpans", Kind::Many(&RESOURCE_SPANS))]);

static RESOURCE_SPANS: Message = message(&[
    field(group::OWNER, "resource", Kind::One(&RESOURCE)),
    field(group::ITEMS, "scopeSpans", Kind::Many(&SCOPE_SPANS)),
    field(group::SCHEMA_URL, "schemaUrl", Kind::Text),
]);

static SCOPE_SPANS: Message = message(&[
    field(group::OWNER, "scope", Kind::One(&SCOPE)),
    field(group::ITEMS, "spans", Kind::Many(&SPAN)),
    field(group::SCHEMA_URL, "schemaUrl", Kind::Text),
]);

/// `Resource`.
pub static RESOURCE: Message = message(&[
    field(resource::ATTRIBUTES, "attributes", Kind::Many(&KEY_VALUE)),
    field(resource::DROPPED_ATTRIBUTES, "droppedAttributesCount", Kind::U32),
]);

/// `InstrumentationScope`.
pub static SCOPE: Message = message(&[
    field(scope::NAME, "name", Kind::Text),
    field(scope::VERSION, "version", Kind::Text),
    field(scope::ATTRIBUTES, "attributes", Kind::Many(&KEY_VALUE)),
    field(scope::DROPPED_ATTRIBUTES, "droppedAttributesCount", Kind::U32),
]);

/// `Span`.
pub static SPAN: Message = message(&[
    field(span::TRACE_ID, "traceId", Kind::Id),
    field(span::SPAN_ID, "spanId", Kind::Id),
    field(span::TRACE_STATE, "traceState", Kind::Text),
    field(span::PARENT_SPAN_ID, "parentSpanId", Kind::Id),
    field(span::NAME, "name", Kind::Text),
    field(span::KIND, "kind", Kind::Enum(&SPAN_KINDS)),
    field(span::START, "startTimeUnixNano", Kind::Fixed64),
    field(span::END, "endTimeUnixNano", Kind::Fixed64),
    field(span::ATTRIBUTES, "attributes", Kind::Many(&KEY_VALUE)),
    field(span::DROPPED_ATTRIBUTES, "droppedAttributesCount", Kind::U32),
    field(span::EVENTS, "events", Kind::Many(&EVENT)),
    field(span::DROPPED_EVENTS, "droppedEventsCount", Kind::U32),
    field(span::LINKS, "links", Kind::Many(&LINK)),
    field(span::DROPPED_LINKS, "droppedLinksCount", Kind::U32),
    field(span::STATUS, "status", Kind::One(&STATUS)),
    field(span::FLAGS, "flags", Kind::Fixed32),
]);

static EVENT: Message = message(&[
    field(event::TIME, "timeUnixNano", Kind::Fixed64),
    field(event::NAME, "name", Kind::Text),
    field(event::ATTRIBUTES, "attributes", Kind::Many(&KEY_VALUE)),
    field(event::DROPPED_ATTRIBUTES, "droppedAttributesCount", Kind::U32),
]);

static LINK: Message = message(&[
    field(link::TRACE_ID, "traceId", Kind::Id),
    field(link::SPAN_ID, "spanId", Kind::Id),
    field(link::TRACE_STATE, "traceState", Kind::Text),
    field(link::ATTRIBUTES, "attributes", Kind::Many(&KEY_VALUE)),
    field(link::DROPPED_ATTRIBUTES, "droppedAttributesCount", Kind::U32),
    field(link::FLAGS, "flags", Kind::Fixed32),
]);

static STATUS: Message = message(&[
    field(status::MESSAGE, "message", Kind::Text),
    field(status::CODE, "code", Kind::Enum(&STATUS_CODES)),
]);

static KEY_VALUE: Message =
    message(&[field(1, "key", Kind::Text), field(2, "value", Kind::One(&ANY_VALUE))]);

/// `AnyValue`.
pub static ANY_VALUE: Message = Message {
    oneof: true,
    fields: &[
        field(1, "stringValue", Kind::Text),
        field(2, "boolValue", Kind::Bool),
        field(3, "intValue", Kind::I64),
        field(4, "doubleValue", Kind::Double),
        field(5, "arrayValue", Kind::One(&ARRAY_VALUE)),
        field(6, "kvlistValue", Kind::One(&KEY_VALUE_LIST)),
        field(7, "bytesValue", Kind::Blob),
    ],
};

static ARRAY_VALUE: Message = message(&[field(1, "values", Kind::Many(&ANY_VALUE))]);

static KEY_VALUE_LIST: Message = message(&[field(1, "values", Kind::Many(&KEY_VALUE))]);

static SPAN_KINDS: [&str; 6] = [
    "SPAN_KIND_UNSPECIFIED",
    "SPAN_KIND_INTERNAL",
    "SPAN_KIND_SERVER",
    "SPAN_KIND_CLIENT",
    "SPAN_KIND_PRODUCER",
    "SPAN_KIND_CONSUMER",
];

static STATUS_CODES: [&str; 3] = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_names_are_found_in_both_spellings() {
        for name in ["startTimeUnixNano", "start_time_unix_nano"] {
            assert_eq!(SPAN.in_json(name).map(|f| f.number), Some(span::START));
        }
        for name in ["starttimeunixnano", "StartTimeUnixNano", "start_timeUnixNano", "", "_"] {
            assert!(SPAN.in_json(name).is_none(), "{name}");
        }
    }
}
