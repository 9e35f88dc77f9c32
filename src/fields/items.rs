//! Events and links of a span.

use super::span::SpanRow;
use crate::block::{Attributes, Field, Table};
use crate::error::Result;
use crate::name::Intrinsic;
use crate::value::ValueRef;
use std::ops::Range;

/// An event of a span.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    span: SpanRow<'a>,
    row: u32,
}

/// A link of a span to another.
#[derive(Clone, Copy, Debug)]
pub struct Link<'a> {
    span: SpanRow<'a>,
    row: u32,
}

/// The events of a span in their order.
#[derive(Clone, Debug)]
pub struct Events<'a> {
    span: SpanRow<'a>,
    rows: Range<u32>,
}

/// The links of a span in their order.
#[derive(Clone, Debug)]
pub struct Links<'a> {
    span: SpanRow<'a>,
    rows: Range<u32>,
}

/// What events and links have in common.
macro_rules! item {
    ($item:ident, $items:ident, $table:expr, $dropped:expr, $what:literal) => {
        impl<'a> $item<'a> {
            pub(crate) fn new(span: SpanRow<'a>, row: u32) -> Self {
                $item { span, row }
            }

            #[doc = concat!("Its row in the ", $what, " table of the block.")]
            pub fn row(self) -> u32 {
                self.row
            }

            /// How many attributes the sender dropped.
            pub fn dropped_attributes(self) -> Result<u64> {
                Ok(self.span.block.field_integer($dropped, self.row)?.unwrap_or(0))
            }

            /// Its attributes in the order they came.
            pub fn attributes(self) -> Result<Attributes<'a>> {
                self.span.block.attributes($table, self.row)
            }

            /// Its attribute `key`; of a repeated key the first.
            pub fn attribute(self, key: &[u8]) -> Result<Option<ValueRef<'a>>> {
                self.span.block.attribute_value($table, self.row, key)
            }
        }

        impl<'a> $items<'a> {
            pub(super) fn of(span: SpanRow<'a>) -> Result<Self> {
                Ok($items { span, rows: span.owned_rows($table)? })
            }
        }

        impl<'a> Iterator for $items<'a> {
            type Item = $item<'a>;

            fn next(&mut self) -> Option<$item<'a>> {
                self.rows.next().map(|row| $item { span: self.span, row })
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.rows.size_hint()
            }
        }

        impl ExactSizeIterator for $items<'_> {}
    };
}

item!(Event, Events, Table::Event, Field::EventDroppedAttributes, "event");
item!(Link, Links, Table::Link, Field::LinkDroppedAttributes, "link");

impl<'a> Event<'a> {
    /// Name of the event (bytes that should be UTF-8).
    pub fn name(self) -> Result<&'a [u8]> {
        Ok(self.span.block.field_bytes(Field::EventName, self.row)?.unwrap_or_default())
    }

    /// When it happened, nanoseconds since the epoch.
    pub fn time_ns(self) -> Result<u64> {
        Ok(self.span.start_ns()?.wrapping_add(self.since_start()?))
    }

    /// Nanoseconds from the start of its span; 0 if it came before.
    pub fn since_start_ns(self) -> Result<u64> {
        let start = self.span.start_ns()?;
        Ok(start.wrapping_add(self.since_start()?).saturating_sub(start))
    }

    /// As stored: it wraps where the event came before its span.
    fn since_start(self) -> Result<u64> {
        Ok(self.span.block.field_integer(Field::EventTime, self.row)?.unwrap_or(0))
    }

    /// An intrinsic of events; `None` of all others.
    pub fn intrinsic(self, intrinsic: Intrinsic) -> Result<Option<ValueRef<'a>>> {
        match intrinsic {
            Intrinsic::EventTime => Ok(Some(ValueRef::TimeNs(self.time_ns()?))),
            Intrinsic::EventTimeSinceStart => {
                Ok(Some(ValueRef::DurationNs(self.since_start_ns()?)))
            }
            _ => match Field::of_intrinsic(intrinsic) {
                Some(field) if field.table() == Table::Event => {
                    self.span.block.field_value(field, self.row)
                }
                _ => Ok(None),
            },
        }
    }
}

impl<'a> Link<'a> {
    /// Trace id of the other span as it was sent: 16 bytes in valid OTLP.
    pub fn trace_id(self) -> Result<&'a [u8]> {
        let id = self.span.block.id(Field::LinkTraceId, Field::OddLinkTraceId, self.row)?;
        Ok(id.unwrap_or_default())
    }

    /// Span id of the other span as it was sent: 8 bytes in valid OTLP.
    pub fn span_id(self) -> Result<&'a [u8]> {
        let id = self.span.block.id(Field::LinkSpanId, Field::OddLinkSpanId, self.row)?;
        Ok(id.unwrap_or_default())
    }

    /// W3C trace state; empty if there is none.
    pub fn trace_state(self) -> Result<&'a [u8]> {
        Ok(self.span.block.field_bytes(Field::LinkTraceState, self.row)?.unwrap_or_default())
    }

    /// W3C trace flags in the low 8 bits, OTLP's "is remote" bits above.
    pub fn flags(self) -> Result<u64> {
        Ok(self.span.block.field_integer(Field::LinkFlags, self.row)?.unwrap_or(0))
    }

    /// An intrinsic of links; `None` of all others.
    pub fn intrinsic(self, intrinsic: Intrinsic) -> Result<Option<ValueRef<'a>>> {
        match intrinsic {
            Intrinsic::LinkTraceId => Ok(Some(ValueRef::Id(self.trace_id()?))),
            Intrinsic::LinkSpanId => Ok(Some(ValueRef::Id(self.span_id()?))),
            _ => match Field::of_intrinsic(intrinsic) {
                Some(field) if field.table() == Table::Link => {
                    self.span.block.field_value(field, self.row)
                }
                _ => Ok(None),
            },
        }
    }
}
