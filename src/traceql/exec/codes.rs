//! The values of one field of many spans, as numbers among the distinct ones.

use super::group::Distinct;
use super::wholes::Wholes;
use crate::block::{Block, Column, Field, Table, Values};
use crate::error::Result;
use crate::name::{Intrinsic, Name, Scope};
use crate::traceql::eval::{Operand, Span, default_of};
use crate::traceql::filter::needs_trace;

/// Reads a field of the spans of one block. Where a column has few distinct values, each is looked
/// up once, and a span costs a few nanoseconds.
pub struct FieldCodes<'a> {
    name: &'a Name,
    block: &'a Block,
    /// Number of the block in its chunk.
    number: usize,
    wholes: Option<&'a Wholes>,
    /// Where values are looked for, in this order; `None` if they are worked out span by span.
    tables: Option<Vec<TableCodes<'a>>>,
    /// Number of the value of spans that have none.
    absent: Option<u32>,
}

enum TableCodes<'a> {
    /// Columns of the span table, and the key if values may be in the residual table.
    Own(Vec<ColumnCodes<'a>>, Option<&'a [u8]>),
    /// A table that spans refer to: where each refers to, and the number of each of its rows.
    Shared(&'a Column<'a>, Vec<Option<u32>>),
}

struct ColumnCodes<'a> {
    column: &'a Column<'a>,
    /// Numbers of dictionary entries, or of integers from the smallest on, once they are known.
    known: Vec<Option<u32>>,
}

/// Most integers between the smallest and the largest for which all have a place in a table.
const MOST_INTEGERS: u64 = 1 << 12;

impl<'a> FieldCodes<'a> {
    /// A reader of `name` in `block`, which is block `number` of its chunk. Numbers are those of
    /// `distinct`, and have to be asked of the same one.
    pub fn new(
        name: &'a Name,
        block: &'a Block,
        number: usize,
        wholes: Option<&'a Wholes>,
        distinct: &mut Distinct,
    ) -> Result<Self> {
        let tables = match is_in_columns(name) {
            true => Some(tables(name, block, distinct)?),
            false => None,
        };
        Ok(FieldCodes { name, block, number, wholes, tables, absent: None })
    }

    /// The number of the value of span `row`.
    #[inline]
    pub fn number(&mut self, row: u32, distinct: &mut Distinct) -> Result<u32> {
        let Some(tables) = &mut self.tables else {
            let mut first = None;
            let span = Span::new(self.block, self.number, row, self.wholes)?;
            span.each(self.name, |value| first = first.or(Some(value)))?;
            return Ok(distinct.number(first));
        };
        for table in tables {
            match table {
                TableCodes::Own(columns, residual) => {
                    for column in columns {
                        if let Some(index) = column.column.presence.index(row) {
                            return Ok(column.number(index, distinct));
                        }
                    }
                    if let Some(key) = residual
                        && let Some(value) = self.block.attribute_value(Table::Span, row, key)?
                    {
                        return Ok(distinct.number(Some(Operand::of(value))));
                    }
                }
                TableCodes::Shared(refers, numbers) => {
                    let at = refers.integer(row).and_then(|at| usize::try_from(at).ok());
                    if let Some(Some(number)) = at.and_then(|at| numbers.get(at)) {
                        return Ok(*number);
                    }
                }
            }
        }
        let default = match self.name {
            Name::Intrinsic(intrinsic) => default_of(*intrinsic),
            Name::Attribute { .. } => None,
        };
        let absent = self.absent;
        let absent = absent.unwrap_or_else(|| distinct.number(default.map(Operand::of)));
        self.absent = Some(absent);
        Ok(absent)
    }
}

/// Whether the values of a field are in columns of spans, resources and instrumentation scopes as
/// they are.
fn is_in_columns(name: &Name) -> bool {
    use Intrinsic::*;
    match name {
        Name::Intrinsic(SpanId | SpanParentId | SpanEnd | TraceId) => false,
        name => !matches!(name.scope(), Scope::Event | Scope::Link) && !needs_trace(name),
    }
}

fn tables<'a>(
    name: &'a Name,
    block: &'a Block,
    distinct: &mut Distinct,
) -> Result<Vec<TableCodes<'a>>> {
    let mut tables = Vec::new();
    for candidate in block.resolve(name).iter() {
        let table = candidate.table;
        let key = match name {
            Name::Attribute { key, .. } => Some(&**key),
            Name::Intrinsic(_) => None,
        };
        let refers = match table {
            Table::Resource => block.required(Field::SpanResource)?,
            Table::Scope => block.required(Field::SpanScope)?,
            _ => {
                let columns = candidate.columns.clone();
                let columns = columns.map(|index| block.column(index).map(ColumnCodes::new));
                let residual = key.filter(|_| block.table_rows(Table::Residual) > 0);
                tables.push(TableCodes::Own(columns.collect::<Result<_>>()?, residual));
                continue;
            }
        };
        let mut numbers = Vec::new();
        for row in 0..block.table_rows(table) {
            let value = match key {
                Some(key) => block.attribute_value(table, row, key)?,
                None => match candidate.columns.clone().next() {
                    Some(column) => block.value(column, row)?,
                    None => None,
                },
            };
            numbers.push(value.map(|value| distinct.number(Some(Operand::of(value)))));
        }
        tables.push(TableCodes::Shared(refers, numbers));
    }
    Ok(tables)
}

impl<'a> ColumnCodes<'a> {
    fn new(column: &'a Column<'a>) -> Self {
        let places = match column.values {
            Values::Dictionary { entries, .. } => entries.len(),
            Values::Integers(_) => match column.entry.max.wrapping_sub(column.entry.min) {
                width if width < MOST_INTEGERS => width as usize + 1,
                _ => 0,
            },
            _ => 0,
        };
        ColumnCodes { column, known: vec![None; places] }
    }

    /// The number of the column's value `index`.
    #[inline]
    fn number(&mut self, index: usize, distinct: &mut Distinct) -> u32 {
        let place = match self.column.values {
            Values::Dictionary { codes, .. } => codes.get(index),
            Values::Integers(integers) => {
                integers.get(index).map(|value| value.wrapping_sub(self.column.entry.min))
            }
            _ => None,
        };
        let known = place.and_then(|place| self.known.get_mut(usize::try_from(place).ok()?));
        if let Some(Some(number)) = known {
            return *number;
        }
        let number = distinct.number(self.column.value(index).map(Operand::of));
        if let Some(known) = known {
            *known = Some(number);
        }
        number
    }
}
