//! From names to the columns of one block.

use super::{Block, Field, Table};
use crate::error::Result;
use crate::name::{Intrinsic, Name, Scope};
use std::ops::{Deref, Range};

/// The columns of one table that hold the values of a name, one per type of value. Of each row at
/// most one of them has a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidate {
    /// The table, as it is reached from a span.
    pub table: Table,
    /// Indexes of the columns; may be empty.
    pub columns: Range<u32>,
}

/// Where the values of a name are to be looked for in a block: the first table where the row has
/// the name counts. At most two tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidates {
    list: [Candidate; 2],
    len: usize,
}

impl Deref for Candidates {
    type Target = [Candidate];

    fn deref(&self) -> &[Candidate] {
        &self.list[..self.len]
    }
}

impl Table {
    /// The tables that hold the attributes of `scope`, in the order of look-up.
    pub const fn of_scope(scope: Scope) -> &'static [Table] {
        match scope {
            Scope::Any => &[Table::Span, Table::Resource],
            Scope::Span => &[Table::Span],
            Scope::Resource => &[Table::Resource],
            Scope::Instrumentation => &[Table::Scope],
            Scope::Event => &[Table::Event],
            Scope::Link => &[Table::Link],
        }
    }
}

impl Field {
    /// The column that holds an intrinsic; `None` where it is worked out from several.
    ///
    /// Ids and the end of a span have a column, but some rows have their value elsewhere: see
    /// [`Field::OddSpanId`] and its like, [`Field::ParentDelta`] and [`Field::SpanEnd`].
    pub const fn of_intrinsic(intrinsic: Intrinsic) -> Option<Field> {
        Some(match intrinsic {
            Intrinsic::SpanName => Field::SpanName,
            Intrinsic::SpanKind => Field::SpanKind,
            Intrinsic::SpanStatus => Field::SpanStatus,
            Intrinsic::SpanStatusMessage => Field::StatusMessage,
            Intrinsic::SpanId => Field::SpanId,
            Intrinsic::SpanStart => Field::SpanStart,
            Intrinsic::SpanDuration => Field::SpanDuration,
            Intrinsic::SpanTraceState => Field::TraceState,
            Intrinsic::SpanFlags => Field::SpanFlags,
            Intrinsic::SpanDroppedAttributes => Field::SpanDroppedAttributes,
            Intrinsic::SpanDroppedEvents => Field::SpanDroppedEvents,
            Intrinsic::SpanDroppedLinks => Field::SpanDroppedLinks,
            Intrinsic::TraceId => Field::TraceId,
            Intrinsic::TraceStart => Field::TraceStartTime,
            Intrinsic::TraceEnd => Field::TraceEndTime,
            Intrinsic::ResourceSchemaUrl => Field::ResourceSchemaUrl,
            Intrinsic::ResourceDroppedAttributes => Field::ResourceDroppedAttributes,
            Intrinsic::InstrumentationName => Field::ScopeName,
            Intrinsic::InstrumentationVersion => Field::ScopeVersion,
            Intrinsic::InstrumentationSchemaUrl => Field::ScopeSchemaUrl,
            Intrinsic::InstrumentationDroppedAttributes => Field::ScopeDroppedAttributes,
            Intrinsic::EventName => Field::EventName,
            Intrinsic::EventTimeSinceStart => Field::EventTime,
            Intrinsic::EventDroppedAttributes => Field::EventDroppedAttributes,
            Intrinsic::LinkTraceId => Field::LinkTraceId,
            Intrinsic::LinkSpanId => Field::LinkSpanId,
            Intrinsic::LinkTraceState => Field::LinkTraceState,
            Intrinsic::LinkFlags => Field::LinkFlags,
            Intrinsic::LinkDroppedAttributes => Field::LinkDroppedAttributes,
            Intrinsic::SpanParentId
            | Intrinsic::SpanEnd
            | Intrinsic::SpanChildCount
            | Intrinsic::NestedSetLeft
            | Intrinsic::NestedSetRight
            | Intrinsic::NestedSetParent
            | Intrinsic::TraceDuration
            | Intrinsic::TraceRootName
            | Intrinsic::TraceRootService
            | Intrinsic::EventTime => return None,
        })
    }
}

impl Block {
    /// The columns that hold values of `name`, in look-up order. Values that no column holds are
    /// in the residual table; intrinsics that are worked out ([`Field::of_intrinsic`]) have no
    /// candidates.
    pub fn resolve(&self, name: &Name) -> Candidates {
        let mut found = Candidates::default();
        let mut add = |table, columns| {
            if let Some(place) = found.list.get_mut(found.len) {
                *place = Candidate { table, columns };
                found.len += 1;
            }
        };
        match name {
            Name::Intrinsic(intrinsic) => {
                if let Some(field) = Field::of_intrinsic(*intrinsic) {
                    add(field.table(), self.field_columns(field));
                }
            }
            Name::Attribute { scope, key } => {
                for &table in Table::of_scope(*scope) {
                    add(table, self.attribute(table, key));
                }
            }
        }
        found
    }

    /// The columns of the span table that hold the values of `name`, if nothing else in the block has any: no
    /// other table, and nothing that is worked out. Of each row at most one of them has a value.
    pub(crate) fn columns_alone(&self, name: &Name) -> Result<Option<Range<u32>>> {
        match name {
            Name::Intrinsic(Intrinsic::SpanId) => Ok(None),
            Name::Intrinsic(intrinsic) => {
                let field = Field::of_intrinsic(*intrinsic);
                let field = field.filter(|field| field.table() == Table::Span);
                Ok(field.map(|field| self.field_columns(field)))
            }
            Name::Attribute { scope, key } => {
                let tables = Table::of_scope(*scope);
                for &table in tables {
                    let elsewhere = table != Table::Span && !self.attribute(table, key).is_empty();
                    if elsewhere || self.is_residual(table, key)? {
                        return Ok(None);
                    }
                }
                let in_spans = tables.contains(&Table::Span);
                Ok(in_spans.then(|| self.attribute(Table::Span, key)))
            }
        }
    }

    /// Whether values that count of attribute `key` of `table` are in the residual table.
    pub(crate) fn is_residual(&self, table: Table, key: &[u8]) -> Result<bool> {
        let Some(names) = self.field(Field::ResidualName)? else { return Ok(false) };
        let repeated = self.field(Field::ResidualRepeated)?;
        let prefix = table.attribute_prefix().as_bytes();
        let mut found = false;
        names.presence.for_each(|row| {
            let name = names.bytes(row).and_then(|name| name.strip_prefix(prefix));
            found |= name == Some(key) && !repeated.is_some_and(|r| r.presence.contains(row));
        });
        Ok(found)
    }
}
