//! Intrinsics that no column holds: worked out from the tree of the trace, as far as it is in the
//! span's block.

use super::span::SpanRow;
use crate::block::{Field, Table, key_hash};
use crate::error::Result;
use crate::name::{Intrinsic, Scope};
use crate::value::ValueRef;

/// Where a span is in a walk over all trees of its trace that begin at a root. The first number of
/// the walk is 1; each span takes one when it is entered and one when it is left.
struct Visit {
    /// Rows of the trace before the span.
    before: i64,
    /// Its ancestors.
    depth: i64,
    /// Row of its parent, from the first of the trace.
    parent: Option<i64>,
}

impl Visit {
    /// Number on entry. Of the rows before it in its trace all were entered, and all but its
    /// ancestors were left.
    fn left(&self) -> i64 {
        2 * self.before - self.depth + 1
    }

    /// Number of its parent on entry, -1 if it has none.
    fn parent(&self) -> i64 {
        self.parent.map_or(-1, |before| 2 * before - (self.depth - 1) + 1)
    }
}

impl<'a> SpanRow<'a> {
    /// One of [`super::DERIVED`], or an intrinsic of events; `None` of all others.
    pub(super) fn derived(self, intrinsic: Intrinsic) -> Result<Option<ValueRef<'a>>> {
        match intrinsic {
            Intrinsic::EventTime => self.first_of_items(intrinsic),
            Intrinsic::SpanChildCount => Ok(Some(ValueRef::I64(self.child_count()?))),
            Intrinsic::NestedSetLeft => self.nested(|visit| visit.left()),
            Intrinsic::NestedSetRight => {
                let descendants = self.descendants(self.row)? as i64;
                self.nested(|visit| visit.left() + 2 * descendants + 1)
            }
            Intrinsic::NestedSetParent => self.nested(|visit| visit.parent()),
            Intrinsic::TraceDuration => Ok(Some(ValueRef::DurationNs(self.trace_duration_ns()?))),
            Intrinsic::TraceRootName => {
                let name = match self.root()? {
                    Some(root) => root.block.field_bytes(Field::SpanName, root.row)?,
                    None => None,
                };
                Ok(Some(ValueRef::Str(name.unwrap_or_default())))
            }
            Intrinsic::TraceRootService => {
                const KEY: &[u8] = b"service.name";
                let service = match self.root()? {
                    Some(root) => root.find(Scope::Resource, KEY, key_hash(KEY))?,
                    None => None,
                };
                Ok(Some(match service {
                    Some((_, name @ ValueRef::Str(_))) => name,
                    _ => ValueRef::Str(b""),
                }))
            }
            _ => Ok(None),
        }
    }

    /// How many spans have this one as parent.
    fn child_count(self) -> Result<i64> {
        let end = u64::from(self.row) + 1 + self.descendants(self.row)?;
        let mut child = u64::from(self.row) + 1;
        let mut count = 0;
        while child < end.min(u64::from(self.block.rows())) {
            count += 1;
            child = (child + 1).saturating_add(self.descendants(child as u32)?);
        }
        Ok(count)
    }

    fn descendants(self, row: u32) -> Result<u64> {
        let len = self.block.field_integer(Field::SubtreeLen, row)?.unwrap_or(0);
        Ok(len.min(u64::from(self.block.rows())))
    }

    /// A nested-set number of the span: 0 where no root reaches, and where three spans of the trace
    /// or more share an id.
    fn nested(self, number: impl Fn(Visit) -> i64) -> Result<Option<ValueRef<'a>>> {
        let trace = self.block.trace_of(self.row)?;
        let first = self.block.trace_first_row(trace)?;
        let rooted = self.block.field_integer(Field::TraceRooted, trace)?.unwrap_or(0);
        let crowded = self.block.crowded_traces()?;
        let before = self.row.saturating_sub(first);
        if u64::from(before) >= rooted || crowded.binary_search(&trace).is_ok() {
            return Ok(Some(ValueRef::I64(0)));
        }
        Ok(Some(ValueRef::I64(number(self.visit(first)?))))
    }

    /// Where the span is in the walk over its trace, whose first row is `first`.
    fn visit(self, first: u32) -> Result<Visit> {
        let before = i64::from(self.row.saturating_sub(first));
        let depth = i64::from(self.block.depth(self.row)?);
        let parent = self.block.parent_row(self.row)?;
        let parent = parent.map(|row| i64::from(row.saturating_sub(first)));
        Ok(Visit { before, depth, parent })
    }

    fn trace_duration_ns(self) -> Result<u64> {
        let trace = self.block.trace_of(self.row)?;
        let start = self.block.field_integer(Field::TraceStartTime, trace)?.unwrap_or(0);
        let end = self.block.field_integer(Field::TraceEndTime, trace)?.unwrap_or(0);
        Ok(end.saturating_sub(start))
    }

    /// The earliest span of the trace that has no parent.
    fn root(self) -> Result<Option<SpanRow<'a>>> {
        let Some(trace) = self.row_in(Table::Trace)? else { return Ok(None) };
        let rooted = self.block.field_integer(Field::TraceRooted, trace)?.unwrap_or(0);
        if rooted == 0 {
            return Ok(None);
        }
        let row = self.block.trace_first_row(trace)?;
        Ok(Some(SpanRow { block: self.block, row }))
    }
}
