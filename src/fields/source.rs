//! Where the values of a name are in one block, found once for many spans.

use super::columns::Compiled;
use super::span::SpanRow;
use crate::block::{Block, Column, Field, Table};
use crate::blocks::{Blocks, SpanAt};
use crate::error::Result;
use crate::name::{Intrinsic, Name};
use crate::value::ValueRef;

/// Where the values of a name are.
enum Source<'a> {
    /// No span of the block has it.
    Nowhere,
    /// In one column; `owner` says which row of its table belongs to a span, if it is not the
    /// span's own.
    Column { column: &'a Column<'a>, owner: Option<&'a Column<'a>> },
    /// In several places, or worked out.
    Anywhere,
}

impl<'a> Source<'a> {
    fn of(block: &'a Block, compiled: &Compiled) -> Result<Self> {
        match &compiled.name {
            Name::Intrinsic(
                Intrinsic::TraceId
                | Intrinsic::SpanId
                | Intrinsic::SpanParentId
                | Intrinsic::SpanEnd,
            ) => Ok(Source::Anywhere),
            Name::Intrinsic(intrinsic) => match Field::of_intrinsic(*intrinsic) {
                Some(field) if field.table() == Table::Span => match block.field(field)? {
                    Some(column) => Ok(Source::Column { column, owner: None }),
                    None => Ok(Source::Nowhere),
                },
                _ => Ok(Source::Anywhere),
            },
            Name::Attribute { scope, key } => {
                if block.table_rows(Table::Residual) > 0 {
                    return Ok(Source::Anywhere);
                }
                let mut found = Source::Nowhere;
                for &table in Table::of_scope(*scope) {
                    let columns = block.attribute_hashed(table, key, compiled.hash);
                    found = match (found, columns.len()) {
                        (found, 0) => found,
                        (Source::Nowhere, 1) => Source::in_table(block, table, columns.start)?,
                        _ => return Ok(Source::Anywhere),
                    };
                }
                Ok(found)
            }
        }
    }

    fn in_table(block: &'a Block, table: Table, column: u32) -> Result<Self> {
        let column = block.column(column)?;
        let owner = match table {
            Table::Span => return Ok(Source::Column { column, owner: None }),
            Table::Resource => Field::SpanResource,
            Table::Scope => Field::SpanScope,
            _ => return Ok(Source::Anywhere),
        };
        Ok(match block.field(owner)? {
            Some(owner) => Source::Column { column, owner: Some(owner) },
            None => Source::Nowhere,
        })
    }
}

/// Reads fields of many spans: calls `take` with each value that there is, its span and its column
/// as numbers in their lists. Of spans of one block next to each other, column by column. An error of
/// kind [`crate::error::ErrorKind::InvalidArgument`] names a span that does not exist.
pub(super) fn read<'a>(
    blocks: &'a Blocks,
    spans: &[SpanAt],
    columns: &[Compiled],
    take: &mut impl FnMut(usize, usize, ValueRef<'a>),
) -> Result<()> {
    let mut first = 0;
    for run in spans.chunk_by(|a, b| a.block == b.block) {
        let block: &Block = blocks.get(run[0].block as usize)?;
        if let Some(at) = run.iter().find(|at| at.row >= block.rows()) {
            return SpanRow::new(block, at.row).map(drop);
        }
        for (column, compiled) in columns.iter().enumerate() {
            match Source::of(block, compiled)? {
                Source::Nowhere => {}
                Source::Column { column: from, owner: None } => {
                    read_column(first, run.iter().map(|at| Some(at.row)), from, column, take);
                }
                Source::Column { column: from, owner: Some(owner) } => {
                    let rows = run.iter().map(|at| u32::try_from(owner.integer(at.row)?).ok());
                    read_column(first, rows, from, column, take);
                }
                Source::Anywhere => {
                    for (span, at) in (first..).zip(run) {
                        let row = SpanRow { block, row: at.row };
                        if let Some(value) = row.get_compiled(compiled)? {
                            take(span, column, value);
                        }
                    }
                }
            }
        }
        first += run.len();
    }
    Ok(())
}

/// Reads one column. What is asked of it at every value has the same answer every time here, so
/// the column's own function would only be a detour.
#[inline]
fn read_column<'a>(
    first: usize,
    rows: impl Iterator<Item = Option<u32>>,
    from: &Column<'a>,
    column: usize,
    take: &mut impl FnMut(usize, usize, ValueRef<'a>),
) {
    let from = *from;
    for (span, row) in (first..).zip(rows) {
        let index = row.and_then(|row| from.presence.index(row));
        if let Some(value) = index.and_then(|index| from.value(index)) {
            take(span, column, value);
        }
    }
}
