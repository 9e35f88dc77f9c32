//! Intrinsics that no column holds: worked out from the tree of the trace, as far as it is in the
//! span's block.

use super::span::SpanRow;
use crate::block::{Field, key_hash};
use crate::error::Result;
use crate::name::{Intrinsic, Scope};
use crate::value::ValueRef;
use std::sync::LazyLock;

impl<'a> SpanRow<'a> {
    /// One of [`super::DERIVED`], or an intrinsic of events; `None` of all others.
    pub(super) fn derived(self, intrinsic: Intrinsic) -> Result<Option<ValueRef<'a>>> {
        match intrinsic {
            Intrinsic::EventTime => self.first_of_items(intrinsic),
            Intrinsic::SpanChildCount => Ok(Some(ValueRef::I64(self.child_count()?))),
            Intrinsic::NestedSetLeft => Ok(Some(ValueRef::I64(self.entered()?.unwrap_or(0)))),
            Intrinsic::NestedSetRight => {
                let inside = || Ok(2 * self.descendants(self.row)? as i64 + 1);
                let left = |entered| inside().map(|inside| entered + inside);
                Ok(Some(ValueRef::I64(self.entered()?.map_or(Ok(0), left)?)))
            }
            Intrinsic::NestedSetParent => {
                let parent = self.block.parent_row(self.row)?;
                let parent = parent.map(|row| SpanRow { block: self.block, row });
                let entered = parent.unwrap_or(self).entered()?;
                let number =
                    entered.map_or(0, |entered| if parent.is_some() { entered } else { -1 });
                Ok(Some(ValueRef::I64(number)))
            }
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
                static HASH: LazyLock<u64> = LazyLock::new(|| key_hash(KEY));
                let service = match self.root()? {
                    Some(root) => root.find_value(Scope::Resource, KEY, *HASH)?,
                    None => None,
                };
                Ok(Some(match service {
                    Some(name @ ValueRef::Str(_)) => name,
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

    /// The number that the span takes when it is entered, in a walk over all trees of its trace that
    /// begin at a root: the first is 1, and each span takes another one when it is left. Of the rows
    /// before it in its trace all were entered, and all but its ancestors were left. `None` where no
    /// root reaches, and where three spans of the trace or more share an id.
    fn entered(self) -> Result<Option<i64>> {
        let (trace, first) = self.block.trace_and_first_row(self.row)?;
        let rooted = self.block.field_integer(Field::TraceRooted, trace)?.unwrap_or(0);
        let before = self.row.saturating_sub(first);
        let crowded = || Ok(self.block.crowded_traces()?.binary_search(&trace).is_ok());
        if u64::from(before) >= rooted || crowded()? {
            return Ok(None);
        }
        let ancestors = self.block.depth(self.row)?;
        Ok(Some(2 * i64::from(before) - i64::from(ancestors) + 1))
    }

    fn trace_duration_ns(self) -> Result<u64> {
        let trace = self.block.trace_of(self.row)?;
        let start = self.block.field_integer(Field::TraceStartTime, trace)?.unwrap_or(0);
        let end = self.block.field_integer(Field::TraceEndTime, trace)?.unwrap_or(0);
        Ok(end.saturating_sub(start))
    }

    /// The earliest span of the trace that has no parent.
    fn root(self) -> Result<Option<SpanRow<'a>>> {
        let (trace, row) = self.block.trace_and_first_row(self.row)?;
        let rooted = self.block.field_integer(Field::TraceRooted, trace)?.unwrap_or(0);
        Ok((rooted > 0).then_some(SpanRow { block: self.block, row }))
    }
}
