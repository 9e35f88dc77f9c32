//! Borrowed views of OTLP messages.
//!
//! Each view is scratch: filling it again reuses its vectors, so that decoding span after span
//! allocates nothing once the vectors have grown. Views hold what a message says and no more:
//! ids keep their length whatever it is, text is bytes, numbers of enums are kept even if OTLP does
//! not define them, and fields that this version does not know are kept as they came. (Not kept are
//! unknown fields of a `KeyValue` beside its key and value; and blocks drop those of an `AnyValue`
//! beside a scalar.)

use super::pool::{Pool, Recycle, recycle_attributes, recycle_bytes};
use crate::value::KeyValueRef;

/// The resource of a `ResourceSpans` message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResourceRef<'a> {
    /// The encoded `Resource` message; empty if there is none. If the resource came in several
    /// parts this is the parts joined, which protobuf defines to be the merged message.
    pub raw: &'a [u8],
    /// Whether there is a `Resource` message (it may be empty).
    pub present: bool,
    /// Attributes, in their order.
    pub attributes: Vec<KeyValueRef<'a>>,
    /// How many attributes the sender dropped.
    pub dropped_attributes: u32,
    /// Schema URL of the `ResourceSpans`.
    pub schema_url: &'a [u8],
    /// Fields of the `Resource` that this version does not know, encoded.
    pub unknown: Vec<u8>,
}

/// The instrumentation scope of a `ScopeSpans` message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScopeRef<'a> {
    /// The encoded `InstrumentationScope` message, like [`ResourceRef::raw`].
    pub raw: &'a [u8],
    /// Whether there is an `InstrumentationScope` message (it may be empty).
    pub present: bool,
    /// Name of the scope.
    pub name: &'a [u8],
    /// Version of the scope.
    pub version: &'a [u8],
    /// Attributes, in their order.
    pub attributes: Vec<KeyValueRef<'a>>,
    /// How many attributes the sender dropped.
    pub dropped_attributes: u32,
    /// Schema URL of the `ScopeSpans`.
    pub schema_url: &'a [u8],
    /// Fields of the `InstrumentationScope` that this version does not know, encoded.
    pub unknown: Vec<u8>,
}

/// A span.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SpanRef<'a> {
    /// Trace id; 16 bytes in valid OTLP.
    pub trace_id: &'a [u8],
    /// Span id; 8 bytes in valid OTLP.
    pub span_id: &'a [u8],
    /// Span id of the parent; empty for a root span.
    pub parent_span_id: &'a [u8],
    /// W3C trace state.
    pub trace_state: &'a [u8],
    /// Name of the operation.
    pub name: &'a [u8],
    /// W3C trace flags in the low 8 bits, OTLP's "is remote" bits above.
    pub flags: u32,
    /// OTLP span kind number.
    pub kind: i32,
    /// Start, nanoseconds since the Unix epoch.
    pub start_ns: u64,
    /// End, nanoseconds since the Unix epoch.
    pub end_ns: u64,
    /// Attributes, in their order.
    pub attributes: Vec<KeyValueRef<'a>>,
    /// How many attributes the sender dropped.
    pub dropped_attributes: u32,
    /// Events, in their order.
    pub events: Pool<EventRef<'a>>,
    /// How many events the sender dropped.
    pub dropped_events: u32,
    /// Links, in their order.
    pub links: Pool<LinkRef<'a>>,
    /// How many links the sender dropped.
    pub dropped_links: u32,
    /// Whether there is a `Status` message: an empty one differs from none.
    pub status_present: bool,
    /// OTLP status code number.
    pub status_code: i32,
    /// Status message.
    pub status_message: &'a [u8],
    /// Fields that this version does not know, encoded; those of the status inside a field 15.
    pub unknown: Vec<u8>,
}

/// An event of a span.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventRef<'a> {
    /// When it happened, nanoseconds since the Unix epoch.
    pub time_ns: u64,
    /// Name of the event.
    pub name: &'a [u8],
    /// Attributes, in their order.
    pub attributes: Vec<KeyValueRef<'a>>,
    /// How many attributes the sender dropped.
    pub dropped_attributes: u32,
    /// Fields that this version does not know, encoded.
    pub unknown: Vec<u8>,
}

/// A link of a span to another span.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LinkRef<'a> {
    /// Trace id of the other span.
    pub trace_id: &'a [u8],
    /// Span id of the other span.
    pub span_id: &'a [u8],
    /// W3C trace state of the link.
    pub trace_state: &'a [u8],
    /// Attributes, in their order.
    pub attributes: Vec<KeyValueRef<'a>>,
    /// How many attributes the sender dropped.
    pub dropped_attributes: u32,
    /// Flags, like [`SpanRef::flags`].
    pub flags: u32,
    /// Fields that this version does not know, encoded.
    pub unknown: Vec<u8>,
}

/// Gives views their ways of being emptied: all is reset but the memory of the vectors.
macro_rules! reusable {
    ($view:ident { $($kept:ident: $recycle:expr),* }) => {
        impl $view<'_> {
            /// Resets every field; vectors keep their memory.
            pub fn clear(&mut self) {
                $(let mut $kept = std::mem::take(&mut self.$kept); $kept.clear();)*
                *self = $view { $($kept,)* ..$view::default() };
            }
        }

        impl Recycle for $view<'_> {
            type Of<'b> = $view<'b>;

            fn recycle<'b>(self) -> $view<'b> {
                $view { $($kept: $recycle(self.$kept),)* ..$view::default() }
            }
        }
    };
}

reusable!(ResourceRef { attributes: recycle_attributes, unknown: recycle_bytes });
reusable!(ScopeRef { attributes: recycle_attributes, unknown: recycle_bytes });
reusable!(EventRef { attributes: recycle_attributes, unknown: recycle_bytes });
reusable!(LinkRef { attributes: recycle_attributes, unknown: recycle_bytes });
reusable!(SpanRef {
    attributes: recycle_attributes,
    events: Recycle::recycle,
    links: Recycle::recycle,
    unknown: recycle_bytes
});
