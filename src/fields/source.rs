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
            Name::Intrinsic(Intrinsic::TraceId | Intrinsic::SpanParentId | Intrinsic::SpanEnd) => {
                Ok(Source::Anywhere)
            }
            Name::Intrinsic(Intrinsic::SpanId)
                if !block.field_columns(Field::OddSpanId).is_empty() =>
            {
                Ok(Source::Anywhere)
            }
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

/// What takes the values that [`read`] finds; of each the span and the column are numbers in their lists.
pub(super) trait Sink<'a> {
    /// Takes the value of a span.
    fn take(&mut self, span: usize, column: usize, value: ValueRef<'a>);

    /// Takes what `from` has at `rows`, which are of the spans from `first` on; [`NO_ROW`] has nothing.
    #[inline]
    fn take_column(
        &mut self,
        first: usize,
        rows: impl Iterator<Item = u32>,
        from: &Column<'a>,
        column: usize,
    ) {
        // What is asked of a column at every value has the same answer every time here, so the
        // column's own function would only be a detour.
        let from = *from;
        for (span, row) in (first..).zip(rows) {
            if let Some(value) = from.presence.index(row).and_then(|index| from.value(index)) {
                self.take(span, column, value);
            }
        }
    }
}

/// A row that no table has.
pub(super) const NO_ROW: u32 = u32::MAX;

impl<'a, F: FnMut(usize, usize, ValueRef<'a>)> Sink<'a> for F {
    #[inline]
    fn take(&mut self, span: usize, column: usize, value: ValueRef<'a>) {
        self(span, column, value);
    }
}

/// Reads fields of many spans and gives `sink` each value that there is. Of spans of one block next to
/// each other, column by column. An error of kind [`crate::error::ErrorKind::InvalidArgument`] names
/// a span that does not exist.
pub(super) fn read<'a>(
    blocks: &'a Blocks,
    spans: &[SpanAt],
    columns: &[Compiled],
    sink: &mut impl Sink<'a>,
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
                    sink.take_column(first, run.iter().map(|at| at.row), from, column);
                }
                Source::Column { column: from, owner: Some(owner) } => {
                    let row_of = |index| owner.values.integer(index)?.try_into().ok();
                    let row = |at: &SpanAt| owner.presence.index(at.row).and_then(row_of);
                    let rows = run.iter().map(|at| row(at).unwrap_or(NO_ROW));
                    sink.take_column(first, rows, from, column);
                }
                Source::Anywhere => {
                    for (span, at) in (first..).zip(run) {
                        let row = SpanRow { block, row: at.row };
                        if let Some(value) = row.get_compiled(compiled)? {
                            sink.take(span, column, value);
                        }
                    }
                }
            }
        }
        first += run.len();
    }
    Ok(())
}
