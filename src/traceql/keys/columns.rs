//! The values of a key in the columns of a block, as numbers.

use super::batch::{Site, gather};
use super::numbering::{NIL, Numbering};
use crate::block::{Block, Column, Field, Integers, Packed, Presence, Table, Values};
use crate::error::Result;
use crate::name::{Intrinsic, Name, Scope};
use crate::traceql::eval::{Operand, Program, default_of};
use crate::traceql::exec::Control;
use crate::traceql::filter::needs_trace;
use std::sync::Arc;

/// A code that was not looked up yet.
const UNKNOWN: u32 = u32::MAX;

/// A key in one block: gives numbers of its values.
pub enum Keys<'a> {
    /// Columns of the span table; where none has a value, `rest` says. Where there are few distinct
    /// values, each is looked up once, and a span costs about a nanosecond.
    Columns { columns: Vec<Codes<'a>>, rest: Rest<'a> },
    /// Spans are looked at one by one.
    Spans(Arc<Program>, Site<'a>, &'a Control),
}

/// Values of spans that no column of the span table has one for.
pub enum Rest<'a> {
    /// All the same.
    Constant(u32),
    /// Those of the rows of another table that spans refer to.
    Referred { column: &'a Column<'a>, numbers: Vec<u32> },
}

/// A column with the numbers of what was looked up in it.
pub struct Codes<'a> {
    column: &'a Column<'a>,
    /// By code, or by the difference to the column's base.
    numbers: Vec<u32>,
}

impl<'a> Keys<'a> {
    /// The field `name` in `block`, if its values are in columns as they are.
    pub fn in_columns(
        name: &Name,
        block: &'a Block,
        numbering: &mut Numbering,
    ) -> Result<Option<Keys<'a>>> {
        use Intrinsic::{SpanEnd, SpanId, SpanParentId, TraceId};
        if matches!(name.scope(), Scope::Event | Scope::Link) || needs_trace(name) {
            return Ok(None);
        }
        match name {
            Name::Intrinsic(SpanId | SpanParentId | SpanEnd | TraceId) => Ok(None),
            Name::Intrinsic(intrinsic) => Keys::of_intrinsic(*intrinsic, block, numbering),
            Name::Attribute { scope, key } => Keys::of_attribute(*scope, key, block, numbering),
        }
    }

    fn of_intrinsic(
        intrinsic: Intrinsic,
        block: &'a Block,
        numbering: &mut Numbering,
    ) -> Result<Option<Keys<'a>>> {
        let Some(field) = Field::of_intrinsic(intrinsic) else { return Ok(None) };
        let column = block.field(field)?;
        let otherwise = default_of(intrinsic).map(Operand::of);
        let absent = numbering.number(otherwise);
        let columns = |columns, rest| Ok(Some(Keys::Columns { columns, rest }));
        match (field.table(), column) {
            (_, None) => columns(Vec::new(), Rest::Constant(absent)),
            (Table::Span, Some(column)) => columns(vec![Codes::of(column)], Rest::Constant(absent)),
            (table @ (Table::Resource | Table::Scope), Some(column)) => {
                let rows: Vec<u32> = (0..block.table_rows(table)).collect();
                let mut numbers = vec![absent; rows.len()];
                Codes::of(column).numbers(&rows, &mut numbers, numbering);
                columns(Vec::new(), Rest::of(block, table, numbers)?)
            }
            _ => Ok(None),
        }
    }

    fn of_attribute(
        scope: Scope,
        key: &[u8],
        block: &'a Block,
        numbering: &mut Numbering,
    ) -> Result<Option<Keys<'a>>> {
        let (mut columns, mut rest) = (Vec::new(), Rest::Constant(NIL));
        for &table in Table::of_scope(scope) {
            if block.is_residual(table, key)? {
                return Ok(None);
            }
            match table {
                Table::Span => {
                    for column in block.attribute(table, key) {
                        columns.push(Codes::of(block.column(column)?));
                    }
                }
                _ if block.attribute(table, key).is_empty() => {}
                table => {
                    let rows: Vec<u32> = (0..block.table_rows(table)).collect();
                    let mut numbers = vec![NIL; rows.len()];
                    for column in block.attribute(table, key) {
                        let mut codes = Codes::of(block.column(column)?);
                        codes.numbers(&rows, &mut numbers, numbering);
                    }
                    rest = Rest::of(block, table, numbers)?;
                }
            }
        }
        Ok(Some(Keys::Columns { columns, rest }))
    }

    /// Writes the number of the value of every span of `rows` to `out`, which is as long.
    pub fn numbers(
        &mut self,
        rows: &[u32],
        out: &mut [u32],
        numbering: &mut Numbering,
    ) -> Result<()> {
        match self {
            Keys::Spans(program, site, control) => {
                for (out, &row) in out.iter_mut().zip(rows) {
                    let value = program.value_watched(site.span(row)?, control)?;
                    *out = numbering.number(value);
                }
            }
            Keys::Columns { columns, rest } => {
                if !matches!(&columns[..], [only] if only.is_dense()) {
                    rest.numbers(rows, out);
                }
                columns.iter_mut().for_each(|codes| codes.numbers(rows, out, numbering));
            }
        }
        Ok(())
    }
}

impl<'a> Rest<'a> {
    /// `numbers` of the rows of `table`, a table that spans refer to.
    fn of(block: &'a Block, table: Table, numbers: Vec<u32>) -> Result<Self> {
        let field = if table == Table::Scope { Field::SpanScope } else { Field::SpanResource };
        Ok(Rest::Referred { column: block.required(field)?, numbers })
    }

    fn numbers(&self, rows: &[u32], out: &mut [u32]) {
        match self {
            Rest::Constant(number) => out.fill(*number),
            Rest::Referred { column, numbers } => {
                let number = |row: u64| numbers.get(row as usize).copied().unwrap_or(NIL);
                match (column.presence, column.values) {
                    (Presence::Dense { .. }, Values::Integers(Integers { base: 0, offsets })) => {
                        gather(offsets, rows, out, number);
                    }
                    _ => {
                        for (out, &row) in out.iter_mut().zip(rows) {
                            *out = column.integer(row).map_or(NIL, number);
                        }
                    }
                }
            }
        }
    }
}

impl<'a> Codes<'a> {
    fn of(column: &'a Column<'a>) -> Codes<'a> {
        // Integers of 16 bits or fewer are looked up like codes.
        let codes = match column.values {
            Values::Dictionary { entries, .. } => entries.len(),
            Values::Integers(Integers { offsets: Packed::Zero(_), .. }) => 1,
            Values::Integers(Integers { offsets: Packed::U8(_), .. }) => 1 << 8,
            Values::Integers(Integers { offsets: Packed::U16(_), .. }) => 1 << 16,
            _ => 0,
        };
        Codes { column, numbers: vec![UNKNOWN; codes] }
    }

    fn is_dense(&self) -> bool {
        matches!(self.column.presence, Presence::Dense { .. })
    }

    /// Writes the numbers of the rows that have a value.
    fn numbers(&mut self, rows: &[u32], out: &mut [u32], numbering: &mut Numbering) {
        let Codes { column, numbers } = self;
        let codes = match column.values {
            Values::Dictionary { codes, .. } => Some(codes),
            Values::Integers(Integers { offsets, .. }) if !numbers.is_empty() => Some(offsets),
            _ => None,
        };
        match (codes, column.presence) {
            (Some(codes), Presence::Dense { .. }) => {
                gather(codes, rows, out, |code| look_up(column, code, numbers, numbering))
            }
            (Some(codes), presence) => {
                for (out, &row) in out.iter_mut().zip(rows) {
                    if let Some(code) = presence.index(row).and_then(|index| codes.get(index)) {
                        *out = look_up(column, code, numbers, numbering);
                    }
                }
            }
            (None, presence) => {
                let mut last = (None, NIL);
                for (out, &row) in out.iter_mut().zip(rows) {
                    let Some(value) = presence.index(row).and_then(|index| column.value(index))
                    else {
                        continue;
                    };
                    if last.0 != Some(value) {
                        last = (Some(value), numbering.number(Some(Operand::of(value))));
                    }
                    *out = last.1;
                }
            }
        }
    }
}

/// The number of what `code` stands for in `column`.
#[inline]
fn look_up(column: &Column<'_>, code: u64, numbers: &mut [u32], numbering: &mut Numbering) -> u32 {
    match numbers.get(code as usize) {
        Some(&number) if number != UNKNOWN => number,
        _ => look_up_first(column, code, numbers, numbering),
    }
}

#[cold]
fn look_up_first(
    column: &Column<'_>,
    code: u64,
    numbers: &mut [u32],
    numbering: &mut Numbering,
) -> u32 {
    let value = match column.values {
        Values::Dictionary { entries, .. } => {
            entries.get(code as usize).map(|bytes| column.bytes_value(bytes))
        }
        Values::Integers(Integers { base, .. }) => {
            Some(column.integer_value(base.wrapping_add(code)))
        }
        _ => None,
    };
    let number = numbering.number(value.map(Operand::of));
    if let Some(place) = numbers.get_mut(code as usize) {
        *place = number;
    }
    number
}
