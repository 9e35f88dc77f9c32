//! Values of fields as numbers, so that spans are grouped without looking at texts.
//!
//! A run numbers the distinct values that it meets. A block's columns have codes, or integers of a
//! narrow range; what these stand for is looked up once in a block, not once a span.

use super::batch::{Site, gather, program_of};
use crate::block::{Block, Column, Field, Integers, Packed, Presence, Table, Values};
use crate::error::Result;
use crate::name::{Intrinsic, Name};
use crate::traceql::eval::{Operand, Program, default_of};
use crate::traceql::exec::Distinct;
use crate::value::ValueRef;

/// The number of what is absent.
pub const NIL: u32 = 0;

/// A code that was not looked up yet.
const UNKNOWN: u32 = u32::MAX;

/// Distinct values of a run, numbered as they come; nothing is [`NIL`].
pub struct Numbering {
    /// The values.
    pub distinct: Distinct,
}

impl Numbering {
    /// Only nothing.
    pub fn new() -> Numbering {
        let mut distinct = Distinct::default();
        distinct.number(None);
        Numbering { distinct }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.distinct.values.len()
    }

    /// The number of a value. An attribute without a value counts as absent.
    pub fn number(&mut self, value: Option<ValueRef<'_>>) -> u32 {
        match value {
            None | Some(ValueRef::Empty) => NIL,
            Some(value) => self.distinct.number(Some(Operand::of(value))),
        }
    }
}

/// A field in one block: gives numbers of its values.
pub enum Keys<'a> {
    /// Columns of the span table; where none has a value, `rest` says.
    Columns { columns: Vec<Codes<'a>>, rest: Rest<'a> },
    /// Spans are looked at one by one.
    Spans(Program),
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
    /// The field `name` in `block`.
    pub fn of(name: &Name, block: &'a Block, numbering: &mut Numbering) -> Result<Keys<'a>> {
        let spans = || Ok(Keys::Spans(program_of(name)?));
        match name {
            Name::Intrinsic(intrinsic) => match in_span_table(*intrinsic) {
                Some(field) => {
                    let rest = Rest::Constant(numbering.number(default_of(*intrinsic)));
                    let columns = block.field(field)?.map(Codes::of);
                    Ok(Keys::Columns { columns: columns.into_iter().collect(), rest })
                }
                None => spans(),
            },
            Name::Attribute { scope, key } => {
                let (mut columns, mut rest) = (Vec::new(), Rest::Constant(NIL));
                for &table in Table::of_scope(*scope) {
                    if matches!(table, Table::Event | Table::Link)
                        || is_residual(block, table, key)?
                    {
                        return spans();
                    }
                    match table {
                        Table::Span => {
                            for column in block.attribute(table, key) {
                                columns.push(Codes::of(block.column(column)?));
                            }
                        }
                        table => rest = Rest::of(block, table, key, numbering)?,
                    }
                }
                Ok(Keys::Columns { columns, rest })
            }
        }
    }

    /// Writes the number of the value of every span of `rows` to `out`.
    pub fn numbers(
        &mut self,
        site: Site<'_>,
        rows: &[u32],
        out: &mut [u32],
        numbering: &mut Numbering,
    ) -> Result<()> {
        match self {
            Keys::Spans(program) => {
                for (out, &row) in out.iter_mut().zip(rows) {
                    let value = program.value(site.span(row)?)?;
                    *out = match value {
                        None | Some(Operand::Other(ValueRef::Empty)) => NIL,
                        value => numbering.distinct.number(value),
                    };
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

/// The column of the span table that has all values of an intrinsic, if there is one.
fn in_span_table(intrinsic: Intrinsic) -> Option<Field> {
    match intrinsic {
        Intrinsic::SpanName
        | Intrinsic::SpanKind
        | Intrinsic::SpanStatus
        | Intrinsic::SpanStatusMessage
        | Intrinsic::SpanDuration => Field::of_intrinsic(intrinsic),
        _ => None,
    }
}

/// Whether values that count of an attribute are in the residual table.
pub fn is_residual(block: &Block, table: Table, key: &[u8]) -> Result<bool> {
    let Some(names) = block.field(Field::ResidualName)? else { return Ok(false) };
    let repeated = block.field(Field::ResidualRepeated)?;
    let prefix = table.attribute_prefix().as_bytes();
    let mut found = false;
    names.presence.for_each(|row| {
        let name = names.bytes(row).and_then(|name| name.strip_prefix(prefix));
        found |= name == Some(key) && !repeated.is_some_and(|r| r.presence.contains(row));
    });
    Ok(found)
}

impl<'a> Rest<'a> {
    /// The attribute `key` of the rows of `table`, a table that spans refer to.
    fn of(block: &'a Block, table: Table, key: &[u8], numbering: &mut Numbering) -> Result<Self> {
        if block.attribute(table, key).is_empty() {
            return Ok(Rest::Constant(NIL));
        }
        let field = if table == Table::Scope { Field::SpanScope } else { Field::SpanResource };
        let column = block.required(field)?;
        let rows = 0..block.table_rows(table);
        let number = |row| Ok(numbering.number(block.attribute_value(table, row, key)?));
        Ok(Rest::Referred { column, numbers: rows.map(number).collect::<Result<_>>()? })
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
                        last = (Some(value), numbering.number(Some(value)));
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
    let number = numbering.number(value);
    if let Some(place) = numbers.get_mut(code as usize) {
        *place = number;
    }
    number
}
