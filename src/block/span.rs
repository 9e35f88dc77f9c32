//! What the fixed columns say of a span together: ids of every length, the parent, the end.

use super::{Block, Column, Field, Integers, Packed, Presence, Values};
use crate::error::Result;

/// The distances to parents where each takes a byte, as in nearly every block: read without a call.
#[inline]
pub(super) fn narrow_deltas<'a>(deltas: &Column<'a>) -> Option<&'a [u8]> {
    match (deltas.presence, deltas.values) {
        (
            Presence::Dense { .. },
            Values::Integers(Integers { base: 0, offsets: Packed::U8(o) }),
        ) => Some(o),
        _ => None,
    }
}

/// Row of the parent of span `row`, which is `delta` rows before it; a span without parent has 0.
#[inline]
pub(super) fn parent_at(row: u32, delta: u64) -> Option<u32> {
    u64::from(row).checked_sub(delta).map(|parent| parent as u32).filter(|_| delta != 0)
}

/// Row of the parent of span `row`, given the column of [`Field::ParentDelta`].
#[inline]
pub(crate) fn parent_in(deltas: &Column<'_>, row: u32) -> Option<u32> {
    let delta = match narrow_deltas(deltas) {
        Some(deltas) => u64::from(*deltas.get(row as usize)?),
        None => deltas.integer(row)?,
    };
    parent_at(row, delta)
}

impl Block {
    /// Id of span `row` as it was sent: 8 bytes in valid OTLP.
    #[inline]
    pub fn span_id(&self, row: u32) -> Result<Option<&[u8]>> {
        self.id(Field::SpanId, Field::OddSpanId, row)
    }

    /// Span id that span `row` names as its parent; `None` if it names none.
    #[inline]
    pub fn parent_id(&self, row: u32) -> Result<Option<&[u8]>> {
        match self.parent_row(row)? {
            Some(parent) => self.span_id(parent),
            None => self.id(Field::ParentId, Field::OddParentId, row),
        }
    }

    /// Row of the parent of span `row`; `None` if it has none in this block.
    #[inline]
    pub fn parent_row(&self, row: u32) -> Result<Option<u32>> {
        Ok(self.field(Field::ParentDelta)?.and_then(|deltas| parent_in(deltas, row)))
    }

    /// Id of trace `trace` (a row of the trace table) as it was sent: 16 bytes in valid OTLP.
    #[inline]
    pub fn trace_id(&self, trace: u32) -> Result<Option<&[u8]>> {
        self.id(Field::TraceId, Field::OddTraceId, trace)
    }

    /// Earliest start of the spans of trace `trace`, in nanoseconds since the epoch.
    #[inline]
    pub fn trace_start(&self, trace: u32) -> Result<u64> {
        Ok(self.field_integer(Field::TraceStartTime, trace)?.unwrap_or(0))
    }

    /// Start of span `row`, in nanoseconds since the epoch.
    #[inline]
    pub fn start_ns(&self, row: u32) -> Result<u64> {
        Ok(self.field_integer(Field::SpanStart, row)?.unwrap_or(0))
    }

    /// End of span `row` as it was sent, in nanoseconds since the epoch.
    #[inline]
    pub fn end_ns(&self, row: u32) -> Result<u64> {
        match self.field_integer(Field::SpanEnd, row)? {
            Some(end) => Ok(end),
            None => {
                let duration = self.field_integer(Field::SpanDuration, row)?.unwrap_or(0);
                Ok(self.start_ns(row)?.saturating_add(duration))
            }
        }
    }

    /// Id in the column `field`, or in the column `odd` if its length is not the usual one.
    #[inline]
    pub fn id(&self, field: Field, odd: Field, row: u32) -> Result<Option<&[u8]>> {
        match self.field_bytes(odd, row)? {
            Some(odd) => Ok(Some(odd)),
            None => self.field_bytes(field, row),
        }
    }
}
