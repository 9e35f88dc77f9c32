//! The columns that a scan of a block touches, so that they can be fetched together. One that is
//! missing here costs a round trip, no more.

use super::column::Probe;
use super::derived::derived_table;
use super::predicate::Test;
use super::scanner::residual_name;
use crate::block::{Block, Field, Table};
use crate::name::{Intrinsic, Name, Scope};

impl Probe<'_> {
    /// The columns of `block` that a scan of `name` for `test` touches.
    pub fn needs(&self, block: &Block, name: &Name, test: &Test) -> Vec<u32> {
        let mut columns = Vec::new();
        match name {
            Name::Intrinsic(intrinsic) if derived_table(*intrinsic).is_some() => {
                self.needs_derived(block, *intrinsic, &mut columns);
            }
            _ => self.needs_columns(block, name, test, &mut columns),
        }
        columns
    }

    /// Columns of the name, what is in the residual table, and what leads from there to spans.
    fn needs_columns(&self, block: &Block, name: &Name, test: &Test, columns: &mut Vec<u32>) {
        let can = |column: &u32| match test {
            Test::Value(test) => self.may_match(block, *column, test),
            Test::Null | Test::NotNull => true,
        };
        for candidate in block.resolve(name).iter() {
            let before = columns.len();
            columns.extend(candidate.columns.clone().filter(can));
            if let Name::Attribute { key, .. } = name {
                self.needs_residuals(block, candidate.table, key, columns);
            }
            if columns.len() > before {
                columns.extend(way_to_spans(candidate.table).flat_map(|f| block.field_columns(f)));
            }
        }
        // Whether a span has the attribute decides whether its resource's counts.
        if name.scope() == Scope::Any
            && let Some(span) = block.resolve(name).first()
        {
            columns.extend(span.columns.clone());
        }
    }

    fn needs_residuals(&self, block: &Block, table: Table, key: &[u8], columns: &mut Vec<u32>) {
        let named = residual_name(table, key);
        let mut names = block.field_columns(Field::ResidualName);
        if names.any(|names| self.may_match(block, names, &named)) {
            let fields = [
                Field::ResidualName,
                Field::ResidualRepeated,
                Field::ResidualOwner,
                Field::ResidualValue,
            ];
            columns.extend(fields.into_iter().flat_map(|field| block.field_columns(field)));
        }
    }

    fn needs_derived(&self, block: &Block, intrinsic: Intrinsic, columns: &mut Vec<u32>) {
        let fields = derived_fields(intrinsic);
        columns.extend(fields.iter().flat_map(|&field| block.field_columns(field)));
        if intrinsic == Intrinsic::TraceRootService {
            let service = Name::attribute(Scope::Resource, b"service.name");
            self.needs_columns(block, &service, &Test::NotNull, columns);
        }
    }
}

/// What an intrinsic that is worked out is worked out from.
pub(crate) fn derived_fields(intrinsic: Intrinsic) -> &'static [Field] {
    use Field::*;
    match intrinsic {
        Intrinsic::SpanId => &[SpanId, OddSpanId],
        Intrinsic::SpanParentId => {
            &[ParentDelta, ParentId, OddParentId, SpanId, OddSpanId, SubtreeLen]
        }
        Intrinsic::SpanEnd => &[SpanStart, SpanDuration, SpanEnd],
        Intrinsic::SpanChildCount => &[SubtreeLen, ParentDelta],
        Intrinsic::NestedSetLeft | Intrinsic::NestedSetRight | Intrinsic::NestedSetParent => {
            &[SubtreeLen, ParentDelta, TraceFirstRow, TraceRooted, TraceFlags]
        }
        Intrinsic::TraceId => &[TraceId, OddTraceId, TraceStart],
        Intrinsic::TraceDuration => &[TraceStartTime, TraceEndTime, TraceStart],
        Intrinsic::TraceRootName => &[SpanName, TraceStart, TraceFirstRow, TraceRooted],
        Intrinsic::TraceRootService => &[TraceStart, TraceFirstRow, TraceRooted],
        Intrinsic::EventTime | Intrinsic::EventTimeSinceStart => {
            &[EventTime, EventOwner, SpanStart]
        }
        Intrinsic::LinkTraceId => &[LinkTraceId, OddLinkTraceId, LinkOwner],
        Intrinsic::LinkSpanId => &[LinkSpanId, OddLinkSpanId, LinkOwner],
        _ => &[],
    }
}

/// The column that leads from rows of `table` to spans.
fn way_to_spans(table: Table) -> impl Iterator<Item = Field> {
    let field = match table {
        Table::Span | Table::Residual => None,
        Table::Resource => Some(Field::SpanResource),
        Table::Scope => Some(Field::SpanScope),
        Table::Trace => Some(Field::TraceStart),
        Table::Event => Some(Field::EventOwner),
        Table::Link => Some(Field::LinkOwner),
    };
    field.into_iter()
}
