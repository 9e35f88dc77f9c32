//! What every span, event, link and trace has without being given it as an attribute.

use super::Scope;
use crate::value::ValueType;

macro_rules! intrinsics {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $ty:ident, $scope:ident, [$($alias:literal)*];)*) => {
        /// A named property that is not an attribute.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum Intrinsic {
            $($(#[$doc])* $variant,)*
        }

        impl Intrinsic {
            /// All of them.
            pub const ALL: &'static [Intrinsic] = &[$(Intrinsic::$variant,)*];

            /// The one spelling that this library writes.
            pub const fn name(self) -> &'static str {
                const NAMES: &[&str] = &[$(ascii($name)),*];
                NAMES[self as usize]
            }

            /// The other spellings that are read.
            pub fn aliases(self) -> impl ExactSizeIterator<Item = &'static str> {
                let aliases: &[&[u8]] = match self { $(Intrinsic::$variant => &[$($alias),*],)* };
                aliases.iter().map(|alias| ascii(alias))
            }

            /// Type of its values.
            pub const fn value_type(self) -> ValueType {
                match self { $(Intrinsic::$variant => ValueType::$ty,)* }
            }

            /// What it is a property of: [`Scope::Any`] stands for the trace.
            pub const fn scope(self) -> Scope {
                match self { $(Intrinsic::$variant => Scope::$scope,)* }
            }

            /// The one with this spelling, canonical or alias.
            #[inline]
            pub fn from_spelling(spelling: &[u8]) -> Option<Self> {
                match spelling {
                    $($name $(| $alias)* => Some(Intrinsic::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

/// The table below holds byte strings, since those are matched by a search tree and text is not.
const fn ascii(bytes: &'static [u8]) -> &'static str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => "",
    }
}

// Spellings are those of TraceQL, of the original engine's columns and of its field access.
intrinsics! {
    /// Span name.
    SpanName = b"span:name", Str, Span, [b"name"];
    /// Span kind.
    SpanKind = b"span:kind", SpanKind, Span, [b"kind"];
    /// Status code.
    SpanStatus = b"span:status", Status, Span, [b"status"];
    /// Status message.
    SpanStatusMessage = b"span:status_message", Str, Span,
        [b"span:statusMessage" b"statusMessage" b"status_message"];
    /// Span id.
    SpanId = b"span:id", Id, Span, [b"spanID" b"span_id"];
    /// Span id of the parent; root spans have none.
    SpanParentId = b"span:parent_id", Id, Span,
        [b"span:parentID" b"span:parentId" b"parentID" b"parentId" b"parent_id"];
    /// Start time.
    SpanStart = b"span:start", TimeNs, Span, [b"start"];
    /// End time.
    SpanEnd = b"span:end", TimeNs, Span, [b"end"];
    /// End minus start; 0 where the end is before the start.
    SpanDuration = b"span:duration", DurationNs, Span, [b"duration"];
    /// W3C trace state.
    SpanTraceState = b"span:trace_state", Str, Span, [b"span:traceState" b"trace:state"];
    /// W3C trace flags in the low 8 bits, OTLP's "is remote" bits above.
    SpanFlags = b"span:flags", U64, Span, [];
    /// How many attributes the sender dropped.
    SpanDroppedAttributes = b"span:dropped_attributes", U64, Span,
        [b"span:dropped_attributes_count" b"span:droppedAttributesCount"];
    /// How many events the sender dropped.
    SpanDroppedEvents = b"span:dropped_events", U64, Span,
        [b"span:dropped_events_count" b"span:droppedEventsCount"];
    /// How many links the sender dropped.
    SpanDroppedLinks = b"span:dropped_links", U64, Span,
        [b"span:dropped_links_count" b"span:droppedLinksCount"];
    /// How many spans have this one as parent.
    SpanChildCount = b"span:child_count", I64, Span, [b"span:childCount"];
    /// Number on entry when the trace's tree is walked; 0 where no root reaches, and in traces in
    /// which three spans or more share an id.
    NestedSetLeft = b"nestedSetLeft", I64, Span, [b"span:nested_set_left"];
    /// Number on leaving when the trace's tree is walked; 0 likewise.
    NestedSetRight = b"nestedSetRight", I64, Span, [b"span:nested_set_right"];
    /// The parent's [`Intrinsic::NestedSetLeft`]; -1 for a root, 0 likewise.
    NestedSetParent = b"nestedSetParent", I64, Span, [b"span:nested_set_parent"];

    /// Trace id.
    TraceId = b"trace:id", Id, Any, [b"traceID" b"trace_id"];
    /// Earliest start of the trace's spans.
    TraceStart = b"trace:start", TimeNs, Any, [];
    /// Latest end of the trace's spans.
    TraceEnd = b"trace:end", TimeNs, Any, [];
    /// Latest end minus earliest start.
    TraceDuration = b"trace:duration", DurationNs, Any, [b"traceDuration"];
    /// Name of the root span.
    TraceRootName = b"trace:root_name", Str, Any, [b"trace:rootName" b"rootName"];
    /// Service of the root span.
    TraceRootService = b"trace:root_service", Str, Any, [b"trace:rootService" b"rootServiceName"];

    /// Schema URL of the resource.
    ResourceSchemaUrl = b"resource:schema_url", Str, Resource, [b"resource:schemaUrl"];
    /// How many attributes of the resource the sender dropped.
    ResourceDroppedAttributes = b"resource:dropped_attributes", U64, Resource,
        [b"resource:dropped_attributes_count" b"resource:droppedAttributesCount"];

    /// Name of the instrumentation scope.
    InstrumentationName = b"instrumentation:name", Str, Instrumentation, [b"scope:name"];
    /// Version of the instrumentation scope.
    InstrumentationVersion = b"instrumentation:version", Str, Instrumentation, [b"scope:version"];
    /// Schema URL of the instrumentation scope.
    InstrumentationSchemaUrl = b"instrumentation:schema_url", Str, Instrumentation,
        [b"instrumentation:schemaUrl" b"scope:schema_url"];
    /// How many attributes of the instrumentation scope the sender dropped.
    InstrumentationDroppedAttributes = b"instrumentation:dropped_attributes", U64, Instrumentation,
        [b"instrumentation:dropped_attributes_count" b"instrumentation:droppedAttributesCount"];

    /// Name of an event.
    EventName = b"event:name", Str, Event, [];
    /// Time of an event since the start of its span; 0 if it came before.
    EventTimeSinceStart = b"event:time_since_start", DurationNs, Event, [b"event:timeSinceStart"];
    /// Time of an event.
    EventTime = b"event:time", TimeNs, Event, [];
    /// How many attributes of an event the sender dropped.
    EventDroppedAttributes = b"event:dropped_attributes", U64, Event,
        [b"event:dropped_attributes_count" b"event:droppedAttributesCount"];

    /// Trace that a link leads to.
    LinkTraceId = b"link:trace_id", Id, Link, [b"link:traceID" b"link:traceId"];
    /// Span that a link leads to.
    LinkSpanId = b"link:span_id", Id, Link, [b"link:spanID" b"link:spanId"];
    /// W3C trace state of a link.
    LinkTraceState = b"link:trace_state", Str, Link, [b"link:traceState"];
    /// Flags of a link, like [`Intrinsic::SpanFlags`].
    LinkFlags = b"link:flags", U64, Link, [];
    /// How many attributes of a link the sender dropped.
    LinkDroppedAttributes = b"link:dropped_attributes", U64, Link,
        [b"link:dropped_attributes_count" b"link:droppedAttributesCount"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_means_one_intrinsic() {
        let mut seen = std::collections::HashMap::new();
        for &intrinsic in Intrinsic::ALL {
            for spelling in intrinsic.aliases().chain([intrinsic.name()]) {
                assert!(!spelling.is_empty());
                assert_eq!(seen.insert(spelling, intrinsic), None, "{spelling}");
                assert_eq!(Intrinsic::from_spelling(spelling.as_bytes()), Some(intrinsic));
            }
        }
    }
}
