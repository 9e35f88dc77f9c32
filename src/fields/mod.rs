//! The fields of a span, read straight from its block when they are asked for.
//!
//! - [`LazyFields`]: one span, with a reference to its blocks that can be released at once.
//! - [`LazyBatch`]: many spans, read as a matrix of values and released together.
//! - [`Matrix`]: the same column by column, as arrays that need no blocks.
//! - [`SpanRow`]: one span of a borrowed block: what both read through.
//! - [`OwnedFields`]: a copy that needs no block.
//! - [`Columns`]: names compiled once; [`Projection`]: the columns that made a span match.
//!
//! # How fields appear
//!
//! Any accepted spelling of a name finds a field ([`crate::name`]). A name without a scope is an
//! attribute of the span if the span has the key, else of its resource. A name of events or links
//! finds the first event or link that has it; [`SpanRow::events`] and [`SpanRow::links`] give all.
//! Of a repeated key the first counts. An attribute that came without a value reads as empty.
//!
//! Iteration goes in one order: what OTLP gives every span ([`LISTED`]), then the attributes of
//! span, resource and instrumentation scope in the order they came, repeated ones included, then
//! event by event and link by link what each has, with its attributes. A field that says nothing
//! (an empty status message, flags of 0, no dropped attributes) is absent. What has to be worked
//! out ([`DERIVED`]) is given by name, and in iteration only if a projection has it; it is about the
//! part of the trace that is in the span's block. [`crate::graph`] tells it of traces that lie in
//! several.

mod batch;
mod columns;
mod derived;
mod gather;
mod items;
mod iter;
mod lazy;
mod matrix;
mod owned;
mod source;
mod span;

pub use batch::{LazyBatch, read_many};
pub(crate) use columns::Compiled;
pub use columns::{Columns, Projection};
pub use items::{Event, Events, Link, Links};
pub use iter::{Cursor, FieldId, FieldIter, FieldRef};
pub use lazy::LazyFields;
pub use matrix::{Matrix, MatrixColumn};
pub use owned::OwnedFields;
pub use source::Sink;
pub use span::SpanRow;

use crate::name::Intrinsic;

/// [`LISTED`], then [`DERIVED`].
const OF_SPAN: &[Intrinsic] = &[
    Intrinsic::TraceId,
    Intrinsic::SpanId,
    Intrinsic::SpanParentId,
    Intrinsic::SpanName,
    Intrinsic::SpanStart,
    Intrinsic::SpanEnd,
    Intrinsic::SpanDuration,
    Intrinsic::SpanStatus,
    Intrinsic::SpanKind,
    Intrinsic::SpanStatusMessage,
    Intrinsic::SpanTraceState,
    Intrinsic::SpanFlags,
    Intrinsic::SpanDroppedAttributes,
    Intrinsic::SpanDroppedEvents,
    Intrinsic::SpanDroppedLinks,
    Intrinsic::ResourceSchemaUrl,
    Intrinsic::ResourceDroppedAttributes,
    Intrinsic::InstrumentationName,
    Intrinsic::InstrumentationVersion,
    Intrinsic::InstrumentationSchemaUrl,
    Intrinsic::InstrumentationDroppedAttributes,
    // Derived from here on.
    Intrinsic::SpanChildCount,
    Intrinsic::NestedSetLeft,
    Intrinsic::NestedSetRight,
    Intrinsic::NestedSetParent,
    Intrinsic::TraceStart,
    Intrinsic::TraceEnd,
    Intrinsic::TraceDuration,
    Intrinsic::TraceRootName,
    Intrinsic::TraceRootService,
];

/// Intrinsics that iteration gives, in its order.
pub const LISTED: &[Intrinsic] = OF_SPAN.split_at(21).0;

/// Intrinsics that are worked out from several rows; given by name, and in iteration only if a
/// projection has them.
pub const DERIVED: &[Intrinsic] = OF_SPAN.split_at(21).1;

/// How many of [`LISTED`] are visible whatever a projection says; `resource.service.name` is too.
pub const ALWAYS_VISIBLE: usize = 10;

/// What iteration gives of each event before its attributes.
const EVENT: &[Intrinsic] = &[
    Intrinsic::EventName,
    Intrinsic::EventTime,
    Intrinsic::EventTimeSinceStart,
    Intrinsic::EventDroppedAttributes,
];

/// What iteration gives of each link before its attributes.
const LINK: &[Intrinsic] = &[
    Intrinsic::LinkTraceId,
    Intrinsic::LinkSpanId,
    Intrinsic::LinkTraceState,
    Intrinsic::LinkFlags,
    Intrinsic::LinkDroppedAttributes,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_intrinsic_is_listed_once() {
        let mut all: Vec<_> = [LISTED, DERIVED, EVENT, LINK].concat();
        all.sort_unstable();
        assert_eq!(all, Intrinsic::ALL);
    }
}
