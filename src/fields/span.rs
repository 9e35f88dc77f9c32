//! One span of a borrowed block.

use super::columns::Compiled;
use super::items::{Event, Events, Link, Links};
use super::iter::{Cursor, FieldIter};
use crate::block::{Attributes, Block, Column, Field, Table, key_hash};
use crate::error::{Error, ErrorKind, Result};
use crate::name::{Intrinsic, Name, NameRef, Scope};
use crate::value::ValueRef;
use std::ops::Range;

/// A span: a row of a block's span table. Reading it allocates nothing but what the block keeps
/// ([`Block::heap_bytes`]).
#[derive(Clone, Copy, Debug)]
pub struct SpanRow<'a> {
    pub(super) block: &'a Block,
    pub(super) row: u32,
}

impl<'a> SpanRow<'a> {
    /// Span `row` of `block`; an error of kind [`ErrorKind::InvalidArgument`] if there is none.
    #[inline]
    pub fn new(block: &'a Block, row: u32) -> Result<Self> {
        if row < block.rows() {
            return Ok(SpanRow { block, row });
        }
        let message = format!("there is no span {row}; the block has {}", block.rows());
        Err(Error::new(ErrorKind::InvalidArgument, message))
    }

    /// The block.
    pub fn block(self) -> &'a Block {
        self.block
    }

    /// The row.
    pub fn row(self) -> u32 {
        self.row
    }

    /// The field with this name; `None` if the span does not have it.
    pub fn get(self, name: &Name) -> Result<Option<ValueRef<'a>>> {
        match name {
            Name::Intrinsic(intrinsic) => self.intrinsic(*intrinsic),
            Name::Attribute { scope, key } => self.attribute(*scope, key),
        }
    }

    /// As [`SpanRow::get`], by any accepted spelling of the name.
    pub fn get_str(self, name: &str) -> Result<Option<ValueRef<'a>>> {
        NameRef::with(name.as_bytes(), |name| self.get_ref(name))
    }

    #[inline]
    pub(super) fn get_ref(self, name: NameRef<'_>) -> Result<Option<ValueRef<'a>>> {
        match name {
            NameRef::Intrinsic(intrinsic) => self.intrinsic(intrinsic),
            NameRef::Attribute { scope, key } => self.attribute(scope, key),
        }
    }

    /// Attribute `key` of `scope`; of events and links that of the first that has it.
    pub fn attribute(self, scope: Scope, key: &[u8]) -> Result<Option<ValueRef<'a>>> {
        self.find_value(scope, key, key_hash(key))
    }

    #[inline]
    pub(crate) fn get_compiled(self, column: &Compiled) -> Result<Option<ValueRef<'a>>> {
        match &column.name {
            Name::Intrinsic(intrinsic) => self.intrinsic(*intrinsic),
            Name::Attribute { scope, key } => self.find_value(*scope, key, column.hash),
        }
    }

    /// Attribute `key` of `scope`, whose hash is `hash`.
    pub(super) fn find_value(
        self,
        scope: Scope,
        key: &[u8],
        hash: u64,
    ) -> Result<Option<ValueRef<'a>>> {
        // A value is read where it is given back: to hand it on from function to function costs more
        // than to find it.
        match self.locate(scope, key, hash)? {
            Some((table, column, index)) if self.counts(scope, table) => Ok(column.read(index)),
            None if self.block.table_rows(Table::Residual) == 0 => Ok(None),
            _ => Ok(self.find_residual(scope, key, hash)?.map(|(_, value)| value)),
        }
    }

    /// Whether a value that a column of `table` has is the one that counts: no row before it, and no
    /// table that is looked in first, can have another one that no column holds.
    fn counts(self, scope: Scope, table: Table) -> bool {
        let alone = !matches!(table, Table::Event | Table::Link);
        alone && Table::of_scope(scope).first() == Some(&table)
            || self.block.table_rows(Table::Residual) == 0
    }

    /// As [`SpanRow::attribute`], with the table that has it, given the key's hash.
    pub(super) fn find(
        self,
        scope: Scope,
        key: &[u8],
        hash: u64,
    ) -> Result<Option<(Table, ValueRef<'a>)>> {
        match self.locate(scope, key, hash)? {
            Some((table, column, index)) if self.counts(scope, table) => {
                Ok(column.read(index).map(|value| (table, value)))
            }
            None if self.block.table_rows(Table::Residual) == 0 => Ok(None),
            _ => self.find_residual(scope, key, hash),
        }
    }

    /// Table, column and number of the value of an attribute that a column holds.
    #[inline(always)]
    fn locate(
        self,
        scope: Scope,
        key: &[u8],
        hash: u64,
    ) -> Result<Option<(Table, &'a Column<'a>, usize)>> {
        for &table in Table::of_scope(scope) {
            let columns = self.block.attribute_hashed(table, key, hash);
            if columns.is_empty() {
                continue;
            }
            let found = match table {
                Table::Span => self.block.place_in(columns, self.row)?,
                Table::Event | Table::Link => {
                    self.block.first_in(columns, self.owned_rows(table)?)?
                }
                _ => match self.row_in(table)? {
                    Some(row) => self.block.place_in(columns, row)?,
                    None => None,
                },
            };
            if let Some((column, index)) = found {
                return Ok(Some((table, column, index)));
            }
        }
        Ok(None)
    }

    /// As [`SpanRow::find`], also of keys that no column holds.
    #[cold]
    fn find_residual(
        self,
        scope: Scope,
        key: &[u8],
        hash: u64,
    ) -> Result<Option<(Table, ValueRef<'a>)>> {
        for &table in Table::of_scope(scope) {
            let columns = self.block.attribute_hashed(table, key, hash);
            let rows = match table {
                Table::Event | Table::Link => self.owned_rows(table)?,
                _ => self.row_in(table)?.map_or(0..0, |row| row..row + 1),
            };
            for row in rows {
                if let Some(value) = self.block.attribute_in(columns.clone(), table, row, key)? {
                    return Ok(Some((table, value)));
                }
            }
        }
        Ok(None)
    }

    /// Row of `table` that this span refers to, of tables where it is one.
    #[inline]
    pub(super) fn row_in(self, table: Table) -> Result<Option<u32>> {
        let field = match table {
            Table::Span => return Ok(Some(self.row)),
            Table::Trace => return self.block.trace_of(self.row).map(Some),
            Table::Resource => Field::SpanResource,
            Table::Scope => Field::SpanScope,
            Table::Event | Table::Link | Table::Residual => return Ok(None),
        };
        let row = self.block.field_integer(field, self.row)?;
        Ok(row.and_then(|row| u32::try_from(row).ok()))
    }

    /// Rows of the event or link table that belong to this span.
    pub(crate) fn owned_rows(self, table: Table) -> Result<Range<u32>> {
        let owner = if table == Table::Event { Field::EventOwner } else { Field::LinkOwner };
        self.block.owned_rows(owner, self.row)
    }

    /// An intrinsic; of events and links that of the first that has it.
    #[inline]
    pub fn intrinsic(self, intrinsic: Intrinsic) -> Result<Option<ValueRef<'a>>> {
        let (block, row) = (self.block, self.row);
        match intrinsic {
            Intrinsic::TraceId => Ok(block.trace_id(block.trace_of(row)?)?.map(ValueRef::Id)),
            Intrinsic::SpanId => Ok(block.span_id(row)?.map(ValueRef::Id)),
            Intrinsic::SpanParentId => Ok(block.parent_id(row)?.map(ValueRef::Id)),
            Intrinsic::SpanEnd => Ok(Some(ValueRef::TimeNs(block.end_ns(row)?))),
            _ => match Field::of_intrinsic(intrinsic) {
                Some(field) if field.table() == Table::Span => block.field_value(field, row),
                Some(field) => self.elsewhere(intrinsic, field),
                None => self.derived(intrinsic),
            },
        }
    }

    /// An intrinsic whose column is in another table than the span's.
    fn elsewhere(self, intrinsic: Intrinsic, field: Field) -> Result<Option<ValueRef<'a>>> {
        if self.block.field_columns(field).is_empty() {
            return Ok(None);
        }
        match field.table() {
            Table::Event | Table::Link => self.first_of_items(intrinsic),
            table => match self.row_in(table)? {
                Some(row) => self.block.field_value(field, row),
                None => Ok(None),
            },
        }
    }

    /// An intrinsic of events or links: that of the first that has it.
    pub(super) fn first_of_items(self, intrinsic: Intrinsic) -> Result<Option<ValueRef<'a>>> {
        let (block, events) = (self.block, intrinsic.scope() == Scope::Event);
        let rows = self.owned_rows(if events { Table::Event } else { Table::Link })?;
        if rows.is_empty() {
            return Ok(None);
        }
        match (intrinsic, Field::of_intrinsic(intrinsic)) {
            // What every event and link has, and is not always in its column.
            (Intrinsic::EventTime | Intrinsic::EventTimeSinceStart, _) | (_, None) => {
                Event::new(self, rows.start).intrinsic(intrinsic)
            }
            (Intrinsic::LinkTraceId | Intrinsic::LinkSpanId, _) => {
                Link::new(self, rows.start).intrinsic(intrinsic)
            }
            (_, Some(field)) => match block.first_in(block.field_columns(field), rows)? {
                Some((column, index)) => Ok(column.read(index)),
                None => Ok(None),
            },
        }
    }

    /// Trace id as it was sent: 16 bytes in valid OTLP.
    pub fn trace_id(self) -> Result<&'a [u8]> {
        Ok(self.block.trace_id(self.block.trace_of(self.row)?)?.unwrap_or_default())
    }

    /// Span id as it was sent: 8 bytes in valid OTLP.
    pub fn span_id(self) -> Result<&'a [u8]> {
        Ok(self.block.span_id(self.row)?.unwrap_or_default())
    }

    /// Span id of the parent as it was sent; empty if there is none.
    pub fn parent_id(self) -> Result<&'a [u8]> {
        Ok(self.block.parent_id(self.row)?.unwrap_or_default())
    }

    /// Start, nanoseconds since the epoch.
    pub fn start_ns(self) -> Result<u64> {
        self.block.start_ns(self.row)
    }

    /// End, nanoseconds since the epoch; may be before the start.
    pub fn end_ns(self) -> Result<u64> {
        self.block.end_ns(self.row)
    }

    /// Attributes of the span, of its resource ([`Table::Resource`]) or of its instrumentation scope
    /// ([`Table::Scope`]) in the order they came.
    pub fn attributes(self, table: Table) -> Result<Attributes<'a>> {
        match self.row_in(table)? {
            Some(row) => self.block.attributes(table, row),
            None => Ok(Attributes::none(self.block)),
        }
    }

    /// The events in their order.
    pub fn events(self) -> Result<Events<'a>> {
        Events::of(self)
    }

    /// The links in their order.
    pub fn links(self) -> Result<Links<'a>> {
        Links::of(self)
    }

    /// All fields; see [`crate::fields`] for their order.
    pub fn fields(self) -> FieldIter<'a> {
        FieldIter::new(self, None, Cursor::default())
    }
}
