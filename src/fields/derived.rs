//! Intrinsics that no column holds: worked out from the tree of the trace, as far as it is in the
//! span's block.

use super::span::SpanRow;
use crate::block::{Field, Table, key_hash};
use crate::error::Result;
use crate::name::{Intrinsic, Scope};
use crate::value::ValueRef;

/// A span's numbers in a walk over all trees of its trace that begin at a root. The first number
/// is 1; each span takes one when it is entered and one when it is left. All are 0 where no root
/// reaches, and where three spans of the trace or more share an id.
struct NestedSet {
    left: i64,
    right: i64,
    parent: i64,
}

impl<'a> SpanRow<'a> {
    /// One of [`super::DERIVED`], or an intrinsic of events; `None` of all others.
    pub(super) fn derived(self, intrinsic: Intrinsic) -> Result<Option<ValueRef<'a>>> {
        match intrinsic {
            Intrinsic::EventTime => self.first_of_items(intrinsic),
            Intrinsic::SpanChildCount => Ok(Some(ValueRef::I64(self.child_count()?))),
            Intrinsic::NestedSetLeft => Ok(Some(ValueRef::I64(self.nested_set()?.left))),
            Intrinsic::NestedSetRight => Ok(Some(ValueRef::I64(self.nested_set()?.right))),
            Intrinsic::NestedSetParent => Ok(Some(ValueRef::I64(self.nested_set()?.parent))),
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

    fn nested_set(self) -> Result<NestedSet> {
        let trace = self.block.trace_of(self.row)?;
        let first = self.block.trace_rows(trace)?.start;
        let rooted = self.block.field_integer(Field::TraceRooted, trace)?.unwrap_or(0);
        let crowded = self.block.crowded_traces()?.binary_search(&trace).is_ok();
        if crowded || u64::from(self.row.saturating_sub(first)) >= rooted {
            return Ok(NestedSet { left: 0, right: 0, parent: 0 });
        }
        let left = self.left(self.row, first)?;
        let parent = match self.block.parent_row(self.row)? {
            Some(parent) => self.left(parent, first)?,
            None => -1,
        };
        let right = left + 2 * self.descendants(self.row)? as i64 + 1;
        Ok(NestedSet { left, right, parent })
    }

    /// Number of `row` on entry. Of the rows before it in its trace all were entered, and all but
    /// its ancestors were left.
    fn left(self, row: u32, first: u32) -> Result<i64> {
        let mut depth = 0;
        let mut ancestor = row;
        while let Some(parent) = self.block.parent_row(ancestor)? {
            depth += 1;
            ancestor = parent;
        }
        Ok(2 * i64::from(row.saturating_sub(first)) - depth + 1)
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
        let row = self.block.trace_rows(trace)?.start;
        Ok(Some(SpanRow { block: self.block, row }))
    }
}
