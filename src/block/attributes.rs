//! Attributes of one row: all of them in the order they came, or one by its key.

use super::format::{RESIDUAL_ITEM, corrupt};
use super::{Block, Column, Field, Table};
use crate::error::{Error, Result};
use crate::value::{AnyRef, ValueRef};
use std::ops::Range;

/// An attribute of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attribute<'a> {
    /// Full name without quotes: `span.http.method`.
    pub name: &'a [u8],
    /// Key: the name without its prefix.
    pub key: &'a [u8],
    /// Value; `None` if the attribute came without any, which differs from an empty one.
    pub value: Option<ValueRef<'a>>,
}

/// The attributes of one row in the order they came, repeated keys included. After an error it
/// ends.
#[derive(Clone, Debug)]
pub struct Attributes<'a> {
    block: &'a Block,
    table: Table,
    row: u32,
    items: &'a [u32],
    /// Residual values that are still to come; `None` until the first is needed.
    residuals: Option<Range<u32>>,
}

impl<'a> Attributes<'a> {
    /// No attributes.
    pub(crate) fn none(block: &'a Block) -> Self {
        Attributes { block, table: Table::Span, row: 0, items: &[], residuals: None }
    }

    /// Skips up to `count` attributes.
    pub(crate) fn skip_items(&mut self, count: usize) -> Result<()> {
        let (skipped, rest) = self.items.split_at(count.min(self.items.len()));
        self.items = rest;
        for _ in skipped.iter().filter(|&&item| item == RESIDUAL_ITEM) {
            self.next_residual()?;
        }
        Ok(())
    }

    /// Calls `each` with full name and value of each attribute until it says no, and says whether
    /// it never did. A value is where it was read; one that is missing is empty.
    #[inline]
    pub(crate) fn walk(
        mut self,
        mut each: impl FnMut(&'a [u8], &ValueRef<'a>) -> Result<bool>,
    ) -> Result<bool> {
        for &item in self.items {
            let (name, value) = match item {
                RESIDUAL_ITEM => {
                    let Attribute { name, value, .. } = self.residual()?;
                    (name, Some(value.unwrap_or(ValueRef::Empty)))
                }
                _ => {
                    let column = self.column(item)?;
                    (column.name, column.get(self.row))
                }
            };
            let Some(value) = &value else { return Err(lacking()) };
            if !each(name, value)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    #[inline]
    fn read(&mut self, item: u32) -> Result<Attribute<'a>> {
        if item == RESIDUAL_ITEM {
            return self.residual();
        }
        let column = self.column(item)?;
        let value = column.get(self.row);
        if value.is_none() {
            return Err(lacking());
        }
        let prefix = self.table.attribute_prefix().len();
        Ok(Attribute {
            name: column.name,
            key: column.name.get(prefix..).unwrap_or_default(),
            value,
        })
    }

    /// Column `item` of the shape, which is one of attributes of the table.
    #[inline]
    fn column(&self, item: u32) -> Result<&'a Column<'a>> {
        let column = self.block.column(item)?;
        if column.table != self.table || !column.attribute {
            return Err(lacking());
        }
        Ok(column)
    }

    #[cold]
    fn residual(&mut self) -> Result<Attribute<'a>> {
        let at = self.next_residual()?;
        self.block.residual(at)
    }

    #[cold]
    fn next_residual(&mut self) -> Result<u32> {
        let mut rest = match self.residuals.take() {
            Some(rest) => rest,
            None => self.block.residual_rows(self.table, self.row)?,
        };
        let at = rest.next();
        self.residuals = Some(rest);
        at.ok_or_else(|| corrupt("a shape lists more residual values than its row has"))
    }
}

#[cold]
fn lacking() -> Error {
    corrupt("a shape lists an attribute that its row does not have")
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<Attribute<'a>>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (&item, rest) = self.items.split_first()?;
        self.items = rest;
        let attribute = self.read(item);
        if attribute.is_err() {
            self.items = &[];
        }
        Some(attribute)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.items.len()))
    }
}

impl Table {
    /// The fixed column with the shape of each row's attributes; `None` if rows have none.
    pub const fn shape_field(self) -> Option<Field> {
        match self {
            Table::Span => Some(Field::SpanShape),
            Table::Resource => Some(Field::ResourceShape),
            Table::Scope => Some(Field::ScopeShape),
            Table::Event => Some(Field::EventShape),
            Table::Link => Some(Field::LinkShape),
            Table::Trace | Table::Residual => None,
        }
    }
}

impl Block {
    /// The attributes of `row` in `table`.
    #[inline]
    pub fn attributes(&self, table: Table, row: u32) -> Result<Attributes<'_>> {
        let shape = match table.shape_field() {
            Some(field) => self.field_integer(field, row)?,
            None => None,
        };
        let items = match shape {
            Some(shape) => self.shape(shape)?,
            None => &[],
        };
        Ok(Attributes { block: self, table, row, items, residuals: None })
    }

    /// Value of attribute `key` of `row` in `table`: of a repeated key the first, empty if the key
    /// came without a value; `None` if the row does not have the key.
    #[inline]
    pub fn attribute_value(
        &self,
        table: Table,
        row: u32,
        key: &[u8],
    ) -> Result<Option<ValueRef<'_>>> {
        self.attribute_in(self.attribute(table, key), table, row, key)
    }

    /// The first of the columns that has a value of `row`, and the number of that value.
    #[inline(always)]
    pub(crate) fn place_in(
        &self,
        columns: Range<u32>,
        row: u32,
    ) -> Result<Option<(&Column<'_>, usize)>> {
        for column in columns {
            let column = self.column(column)?;
            if let Some(index) = column.presence.index(row) {
                return Ok(Some((column, index)));
            }
        }
        Ok(None)
    }

    /// As [`Block::place_in`], of the first of several rows that has a value.
    pub(crate) fn first_in(
        &self,
        columns: Range<u32>,
        rows: Range<u32>,
    ) -> Result<Option<(&Column<'_>, usize)>> {
        let mut found = None;
        let mut rows = rows;
        for column in columns {
            let column = self.column(column)?;
            if let Some((row, index)) = column.presence.first_in(rows.clone()) {
                // The other columns count only if they have a row before it: no row has two values.
                (found, rows.end) = (Some((column, index)), row);
            }
        }
        Ok(found)
    }

    /// As [`Block::attribute_value`], given the key's columns.
    #[inline]
    pub(crate) fn attribute_in(
        &self,
        columns: Range<u32>,
        table: Table,
        row: u32,
        key: &[u8],
    ) -> Result<Option<ValueRef<'_>>> {
        for column in columns {
            let value = self.column(column)?.get(row);
            if value.is_some() {
                return Ok(value);
            }
        }
        match self.table_rows(Table::Residual) {
            0 => Ok(None),
            _ => self.residual_value(table, row, key),
        }
    }

    /// As [`Block::attribute_value`], for keys that no column holds.
    #[cold]
    fn residual_value(&self, table: Table, row: u32, key: &[u8]) -> Result<Option<ValueRef<'_>>> {
        for at in self.residual_rows(table, row)? {
            let attribute = self.residual(at)?;
            if attribute.key == key && !self.field_present(Field::ResidualRepeated, at)? {
                return Ok(Some(attribute.value.unwrap_or(ValueRef::Empty)));
            }
        }
        Ok(None)
    }

    /// Rows of the residual table that belong to `row` of `table`.
    pub fn residual_rows(&self, table: Table, row: u32) -> Result<Range<u32>> {
        let rows = self.table_rows(Table::Residual);
        let (Some(tables), Some(owners)) =
            (self.field(Field::ResidualTable)?, self.field(Field::ResidualOwner)?)
        else {
            return Ok(0..0);
        };
        let owner = |at| (tables.integer(at), owners.integer(at));
        let bound =
            |row: u64| partition_point(rows, |at| owner(at) < (Some(table as u64), Some(row)));
        Ok(bound(u64::from(row))..bound(u64::from(row) + 1))
    }

    /// Row `at` of the residual table.
    fn residual(&self, at: u32) -> Result<Attribute<'_>> {
        let name = self.field_bytes(Field::ResidualName, at)?.unwrap_or_default();
        let table = self.field_integer(Field::ResidualTable, at)?.unwrap_or_default();
        let table = u8::try_from(table).ok().and_then(Table::from_number);
        let key = table.and_then(|t| name.strip_prefix(t.attribute_prefix().as_bytes()));
        let key = key.ok_or_else(|| corrupt("a residual value has a name of another table"))?;
        let value = match self.field_bytes(Field::ResidualValue, at)? {
            Some(encoded) => Some(ValueRef::of_any(AnyRef(encoded))?),
            None => None,
        };
        Ok(Attribute { name, key, value })
    }

    /// The values of the residual table that queries see, with the table that has them: all but
    /// repeated keys.
    pub(crate) fn residuals(&self) -> Result<impl Iterator<Item = Result<(Table, Attribute<'_>)>>> {
        let repeated = self.field(Field::ResidualRepeated)?;
        let repeats = move |at: &u32| repeated.is_some_and(|column| column.presence.contains(*at));
        let rows = (0..self.table_rows(Table::Residual)).filter(move |at| !repeats(at));
        Ok(rows.map(|at| {
            let table = self.field_integer(Field::ResidualTable, at)?.unwrap_or_default();
            let table = u8::try_from(table).ok().and_then(Table::from_number);
            Ok((table.unwrap_or_default(), self.residual(at)?))
        }))
    }

    fn field_present(&self, field: Field, row: u32) -> Result<bool> {
        Ok(self.field(field)?.is_some_and(|column| column.presence.contains(row)))
    }
}

/// How many of the numbers below `count` come first for which `before` holds; it must hold for none
/// behind one for which it does not.
pub(super) fn partition_point(count: u32, before: impl Fn(u32) -> bool) -> u32 {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if before(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
