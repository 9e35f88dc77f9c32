//! The tables of a block and their fixed columns.
//!
//! A column is identified by its table, whether it is an attribute, its key and its type. Fixed
//! columns (what OTLP gives every span, event and so on) have keys like `span:name`; attributes
//! have the key the program gave them. One key may have several types: each is a column.

use crate::value::ValueType;

/// A table of a block. The numbers are part of the file format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Table {
    /// One row a span, in trace order.
    #[default]
    Span = 0,
    /// One row a trace (or fragment of one).
    Trace = 1,
    /// Each distinct resource once.
    Resource = 2,
    /// Each distinct instrumentation scope once.
    Scope = 3,
    /// One row an event, in the order of the spans that own them.
    Event = 4,
    /// One row a link, in the order of the spans that own them.
    Link = 5,
    /// Attribute values that no column holds: repeated keys, keys without a value, and keys beyond
    /// the cap on columns.
    Residual = 6,
}

impl Table {
    /// How many tables there are.
    pub const COUNT: usize = 7;

    /// All tables, in the order of their numbers.
    pub const ALL: [Table; Table::COUNT] = [
        Table::Span,
        Table::Trace,
        Table::Resource,
        Table::Scope,
        Table::Event,
        Table::Link,
        Table::Residual,
    ];

    /// The table with this number in a file.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(number as usize).copied()
    }

    /// The word that stands before an attribute of this table in a column's full name.
    pub fn attribute_prefix(self) -> &'static str {
        match self {
            Table::Span => "span.",
            Table::Trace => "trace.",
            Table::Resource => "resource.",
            Table::Scope => "instrumentation.",
            Table::Event => "event.",
            Table::Link => "link.",
            Table::Residual => "residual.",
        }
    }
}

macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident = $key:literal, $table:ident, $ty:ident;)*) => {
        /// A fixed column.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Field {
            $($(#[$doc])* $variant,)*
        }

        impl Field {
            /// All fixed columns.
            pub const ALL: &'static [Field] = &[$(Field::$variant,)*];

            /// The column's key in a block.
            pub const fn key(self) -> &'static str {
                match self { $(Field::$variant => $key,)* }
            }

            /// The table it belongs to.
            pub const fn table(self) -> Table {
                match self { $(Field::$variant => Table::$table,)* }
            }

            /// The type of its values.
            pub const fn value_type(self) -> ValueType {
                match self { $(Field::$variant => ValueType::$ty,)* }
            }
        }
    };
}

fields! {
    /// Present where a trace's rows begin: ranks over it give a row's trace.
    TraceStart = "span:first_of_trace", Span, Empty;
    /// Rows back to the parent; 0 = the parent has no row in this block, or there is none.
    ParentDelta = "span:parent_delta", Span, U64;
    /// Rows that descend from this one; they follow it directly.
    SubtreeLen = "span:subtree_len", Span, U64;
    /// Span id; zeros where [`Field::OddSpanId`] holds the real one.
    SpanId = "span:id", Span, Id;
    /// Span id whose length is not 8 bytes.
    OddSpanId = "span:odd_id", Span, Bytes;
    /// Parent's span id where the tree columns do not give it.
    ParentId = "span:parent_id", Span, Id;
    /// Parent's span id where the tree columns do not give it and its length is not 8 bytes.
    OddParentId = "span:odd_parent_id", Span, Bytes;
    /// Span name.
    SpanName = "span:name", Span, Str;
    /// Span kind.
    SpanKind = "span:kind", Span, SpanKind;
    /// Status code.
    SpanStatus = "span:status", Span, Status;
    /// Status message, where not empty.
    StatusMessage = "span:status_message", Span, Str;
    /// Present where a status was sent that says nothing (unset, no message).
    StatusEmpty = "span:status_empty", Span, Empty;
    /// Start time.
    SpanStart = "span:start", Span, TimeNs;
    /// End minus start; 0 where the end is before the start.
    SpanDuration = "span:duration", Span, DurationNs;
    /// End time, only where it is before the start.
    SpanEnd = "span:end", Span, TimeNs;
    /// Row in the resource table.
    SpanResource = "span:resource", Span, U64;
    /// Row in the scope table.
    SpanScope = "span:scope", Span, U64;
    /// Shape: which attributes the row has, in their order.
    SpanShape = "span:shape", Span, U64;
    /// W3C trace state, where not empty.
    TraceState = "span:trace_state", Span, Str;
    /// Flags, where not 0.
    SpanFlags = "span:flags", Span, U64;
    /// Attributes the program dropped, where not 0.
    SpanDroppedAttributes = "span:dropped_attributes", Span, U64;
    /// Events the program dropped, where not 0.
    SpanDroppedEvents = "span:dropped_events", Span, U64;
    /// Links the program dropped, where not 0.
    SpanDroppedLinks = "span:dropped_links", Span, U64;
    /// OTLP fields this version does not know, encoded.
    SpanUnknown = "span:unknown", Span, Bytes;

    /// Trace id; zeros where [`Field::OddTraceId`] holds the real one.
    TraceId = "trace:id", Trace, Id;
    /// Trace id whose length is not 16 bytes.
    OddTraceId = "trace:odd_id", Trace, Bytes;
    /// First span row of the trace.
    TraceFirstRow = "trace:first_row", Trace, U64;
    /// Earliest start of its spans here.
    TraceStartTime = "trace:start", Trace, TimeNs;
    /// Latest end of its spans here.
    TraceEndTime = "trace:end", Trace, TimeNs;
    /// How many of its first rows a span without a parent reaches.
    TraceRooted = "trace:rooted_rows", Trace, U64;
    /// Damage, see [`crate::block::TraceFlags`]; where not 0.
    TraceFlags = "trace:flags", Trace, U64;

    /// Schema URL of the resource's spans, where not empty.
    ResourceSchemaUrl = "resource:schema_url", Resource, Str;
    /// Attributes dropped, where not 0.
    ResourceDroppedAttributes = "resource:dropped_attributes", Resource, U64;
    /// Present where spans came without any resource.
    ResourceAbsent = "resource:absent", Resource, Empty;
    /// Shape of the resource's attributes.
    ResourceShape = "resource:shape", Resource, U64;
    /// OTLP fields this version does not know, encoded.
    ResourceUnknown = "resource:unknown", Resource, Bytes;

    /// Name of the instrumentation scope.
    ScopeName = "instrumentation:name", Scope, Str;
    /// Version of the instrumentation scope.
    ScopeVersion = "instrumentation:version", Scope, Str;
    /// Schema URL of the scope's spans, where not empty.
    ScopeSchemaUrl = "instrumentation:schema_url", Scope, Str;
    /// Attributes dropped, where not 0.
    ScopeDroppedAttributes = "instrumentation:dropped_attributes", Scope, U64;
    /// Present where spans came without any scope.
    ScopeAbsent = "instrumentation:absent", Scope, Empty;
    /// Shape of the scope's attributes.
    ScopeShape = "instrumentation:shape", Scope, U64;
    /// OTLP fields this version does not know, encoded.
    ScopeUnknown = "instrumentation:unknown", Scope, Bytes;

    /// Span row that owns the event; never decreases.
    EventOwner = "event:owner", Event, U64;
    /// Event name.
    EventName = "event:name", Event, Str;
    /// Event time minus the span's start, in nanoseconds, wrapping.
    EventTime = "event:time_since_start", Event, I64;
    /// Shape of the event's attributes.
    EventShape = "event:shape", Event, U64;
    /// Attributes dropped, where not 0.
    EventDroppedAttributes = "event:dropped_attributes", Event, U64;
    /// OTLP fields this version does not know, encoded.
    EventUnknown = "event:unknown", Event, Bytes;

    /// Span row that owns the link; never decreases.
    LinkOwner = "link:owner", Link, U64;
    /// Linked trace; zeros where [`Field::OddLinkTraceId`] holds the real one.
    LinkTraceId = "link:trace_id", Link, Id;
    /// Linked trace id whose length is not 16 bytes.
    OddLinkTraceId = "link:odd_trace_id", Link, Bytes;
    /// Linked span; zeros where [`Field::OddLinkSpanId`] holds the real one.
    LinkSpanId = "link:span_id", Link, Id;
    /// Linked span id whose length is not 8 bytes.
    OddLinkSpanId = "link:odd_span_id", Link, Bytes;
    /// Trace state of the link, where not empty.
    LinkTraceState = "link:trace_state", Link, Str;
    /// Flags, where not 0.
    LinkFlags = "link:flags", Link, U64;
    /// Shape of the link's attributes.
    LinkShape = "link:shape", Link, U64;
    /// Attributes dropped, where not 0.
    LinkDroppedAttributes = "link:dropped_attributes", Link, U64;
    /// OTLP fields this version does not know, encoded.
    LinkUnknown = "link:unknown", Link, Bytes;

    /// Table that the value's owner is a row of; never decreases.
    ResidualTable = "residual:table", Residual, U64;
    /// Row of the owner in that table; never decreases within a table.
    ResidualOwner = "residual:owner", Residual, U64;
    /// Full name of the attribute: its key behind [`Table::attribute_prefix`].
    ResidualName = "residual:name", Residual, Str;
    /// Attribute value, as an encoded `AnyValue`.
    ResidualValue = "residual:value", Residual, Nested;
    /// Present where the attribute has no value at all.
    ResidualMissing = "residual:missing", Residual, Empty;
    /// Present where the owner has the same key before: queries see the first one only.
    ResidualRepeated = "residual:repeated", Residual, Empty;
}

impl Field {
    /// Whether every row of its table has a value. Where others have none, the default stands.
    pub const fn in_every_row(self) -> bool {
        use Field::*;
        matches!(
            self,
            ParentDelta
                | SubtreeLen
                | SpanId
                | SpanName
                | SpanKind
                | SpanStatus
                | SpanStart
                | SpanDuration
                | SpanResource
                | SpanScope
                | SpanShape
                | TraceId
                | TraceFirstRow
                | TraceStartTime
                | TraceEndTime
                | TraceRooted
                | ResourceShape
                | ScopeShape
                | EventOwner
                | EventName
                | EventTime
                | EventShape
                | LinkOwner
                | LinkTraceId
                | LinkSpanId
                | LinkShape
                | ResidualTable
                | ResidualOwner
                | ResidualName
        )
    }
}

/// Damage of a trace, as bits of [`Field::TraceFlags`]. Bit values are part of the file format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TraceFlags(pub u64);

impl TraceFlags {
    /// A span names a parent that has no row here.
    pub const ORPHANS: TraceFlags = TraceFlags(1);
    /// More than one span has no parent id.
    pub const SEVERAL_ROOTS: TraceFlags = TraceFlags(2);
    /// No span is without a parent id.
    pub const NO_ROOT: TraceFlags = TraceFlags(4);
    /// Two spans share a span id.
    pub const SHARED_IDS: TraceFlags = TraceFlags(8);
    /// Parents form a ring; it was cut at its earliest span.
    pub const CYCLE: TraceFlags = TraceFlags(16);
    /// A span is its own parent.
    pub const SELF_PARENT: TraceFlags = TraceFlags(32);
    /// An id has a length OTLP does not allow.
    pub const ODD_IDS: TraceFlags = TraceFlags(64);

    /// Whether all bits of `other` are set.
    pub fn contains(self, other: TraceFlags) -> bool {
        self.0 & other.0 == other.0
    }

    /// Sets the bits of `other`.
    pub fn insert(&mut self, other: TraceFlags) {
        self.0 |= other.0;
    }
}

/// Layout of a column: which rows have a value. The numbers are part of the file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Layout {
    /// Every row has a value.
    Dense = 0,
    /// A bitmap of the rows that have one, with ranks.
    Optional = 1,
    /// A sorted list of the rows that have one.
    Sparse = 2,
}

impl Layout {
    /// The layout with this number in a file.
    pub fn from_number(number: u8) -> Option<Self> {
        [Layout::Dense, Layout::Optional, Layout::Sparse].get(number as usize).copied()
    }
}

/// Encoding of a column's values. The numbers are part of the file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Encoding {
    /// Presence is all there is.
    None = 0,
    /// Sorted distinct byte strings, and a code per value.
    Dictionary = 1,
    /// Byte strings one after another.
    Arena = 2,
    /// Unsigned differences to a base, 0, 1, 2, 4 or 8 bytes each.
    Integers = 3,
    /// As [`Encoding::Integers`], with the high 32 bits and the low 8 or 16 bits kept apart.
    SplitIntegers = 4,
    /// IEEE doubles.
    Doubles = 5,
    /// One bit a value.
    Bits = 6,
    /// A fixed number of bytes a value.
    Fixed = 7,
}

impl Encoding {
    /// The encoding with this number in a file.
    pub fn from_number(number: u8) -> Option<Self> {
        use Encoding::*;
        [None, Dictionary, Arena, Integers, SplitIntegers, Doubles, Bits, Fixed]
            .get(number as usize)
            .copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_keys_are_unique_and_start_with_their_table() {
        let mut keys: Vec<_> = Field::ALL.iter().map(|f| f.key()).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), Field::ALL.len());
        for field in Field::ALL {
            let prefix = field.table().attribute_prefix().replace('.', ":");
            assert!(field.key().starts_with(&prefix), "{}", field.key());
        }
    }
}
