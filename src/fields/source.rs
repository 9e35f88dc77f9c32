//! Where the values of a name are in one block, found once for many spans.

use super::columns::Compiled;
use super::span::SpanRow;
use crate::block::{Block, Column, Field, Finder, Table, Values, parent_in};
use crate::blocks::{Blocks, SpanAt};
use crate::error::Result;
use crate::name::{Intrinsic, Name};
use crate::value::{ValueRef, ValueType};

/// Where the values of a name are.
enum Source<'a> {
    /// No span of the block has it.
    Nowhere,
    /// In one column; `owner` says which row of its table belongs to a span, if it is not the
    /// span's own.
    Column { column: &'a Column<'a>, owner: Option<&'a Column<'a>> },
    /// The same for all spans of a trace.
    OfTrace,
    /// The id of the parent: of a span in the block, or as the span names it.
    Parent { deltas: &'a Column<'a>, ids: &'a Column<'a>, named: Option<&'a Column<'a>> },
    /// The end, of most spans to be worked out of start and duration.
    End { starts: &'a Column<'a>, durations: &'a Column<'a>, ends: Option<&'a Column<'a>> },
    /// In several places, or worked out.
    Anywhere,
}

impl<'a> Source<'a> {
    fn of(block: &'a Block, compiled: &Compiled) -> Result<Self> {
        match &compiled.name {
            Name::Intrinsic(intrinsic) => Source::of_intrinsic(block, *intrinsic),
            Name::Attribute { scope, key } => {
                if block.table_rows(Table::Residual) > 0 {
                    return Ok(Source::Anywhere);
                }
                let mut found = Source::Nowhere;
                for &table in Table::of_scope(*scope) {
                    let columns = block.attribute_hashed(table, key, compiled.hash);
                    found = match (found, columns.len()) {
                        (found, 0) => found,
                        (Source::Nowhere, 1) => {
                            Source::in_table(block, table, block.column(columns.start)?)?
                        }
                        _ => return Ok(Source::Anywhere),
                    };
                }
                Ok(found)
            }
        }
    }

    fn of_intrinsic(block: &'a Block, intrinsic: Intrinsic) -> Result<Self> {
        use Intrinsic::*;
        let has = |field| !block.field_columns(field).is_empty();
        match (intrinsic, Field::of_intrinsic(intrinsic)) {
            (
                TraceId | TraceStart | TraceEnd | TraceDuration | TraceRootName | TraceRootService,
                _,
            ) => Ok(Source::OfTrace),
            (SpanId | SpanParentId, _) if has(Field::OddSpanId) || has(Field::OddParentId) => {
                Ok(Source::Anywhere)
            }
            (SpanParentId, _) => Ok(Source::Parent {
                deltas: block.required(Field::ParentDelta)?,
                ids: block.required(Field::SpanId)?,
                named: block.field(Field::ParentId)?,
            }),
            (SpanEnd, _) => Ok(Source::End {
                starts: block.required(Field::SpanStart)?,
                durations: block.required(Field::SpanDuration)?,
                ends: block.field(Field::SpanEnd)?,
            }),
            (_, None) => Ok(Source::Anywhere),
            (_, Some(field)) => match block.field(field)? {
                Some(column) => Source::in_table(block, field.table(), column),
                None => Ok(Source::Nowhere),
            },
        }
    }

    fn in_table(block: &'a Block, table: Table, column: &'a Column<'a>) -> Result<Self> {
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

/// What takes the values that [`super::read_many`] finds; of each the span and the column are numbers in
/// their lists. Closures do; so do types whose `take` is to be in line wherever values are found.
pub trait Sink<'a> {
    /// Takes the value of a span.
    fn take(&mut self, span: usize, column: usize, value: ValueRef<'a>);

    /// Takes the same value of `count` spans, from number `first` on.
    #[inline]
    fn take_same(&mut self, first: usize, count: usize, column: usize, value: ValueRef<'a>) {
        (first..first + count).for_each(|span| self.take(span, column, value));
    }

    /// Takes what the column `from` has at `rows` of its table, which are of the spans from `first` on;
    /// [`u32::MAX`] is no row.
    #[inline]
    fn take_column(
        &mut self,
        first: usize,
        rows: impl Iterator<Item = u32>,
        from: &Column<'a>,
        column: usize,
    ) {
        let from = *from;
        let mut finder = Finder::default();
        let placed = (first..).zip(rows.map(|row| from.presence.index_after(&mut finder, row)));
        /// A loop for each kind of column: in it the compiler knows the kind, and drops all other code.
        macro_rules! take_each {
            ($([$values:pat, $of:pat])*) => {
                match from {
                    $(Column { values: $values, value_type: $of, .. } => {
                        placed.for_each(|(span, index)| match (from, index) {
                            (Column { values: $values, value_type: $of, .. }, Some(index)) => {
                                if let Some(value) = from.value(index) {
                                    self.take(span, column, value);
                                }
                            }
                            _ => {}
                        });
                    })*
                }
            };
        }
        take_each! {
            [Values::Integers(_), ValueType::TimeNs]
            [Values::Integers(_), ValueType::DurationNs]
            [Values::Integers(_), ValueType::I64]
            [Values::Integers(_), ValueType::SpanKind]
            [Values::Integers(_), ValueType::Status]
            [Values::Dictionary { .. }, ValueType::Str]
            [Values::Fixed(..), ValueType::Id]
            [_, _]
        }
    }
}

/// A row that no table has.
pub(super) const NO_ROW: u32 = u32::MAX;

impl<'a, F: FnMut(usize, usize, ValueRef<'a>)> Sink<'a> for F {
    #[inline(always)]
    fn take(&mut self, span: usize, column: usize, value: ValueRef<'a>) {
        self(span, column, value);
    }
}

/// Spans next to each other that are in one block; `first` is the number of the first.
struct Run<'a, 's> {
    block: &'a Block,
    spans: &'s [SpanAt],
    first: usize,
}

impl<'a> Run<'a, '_> {
    /// Gives `sink` the values of a name.
    fn give(&self, compiled: &Compiled, column: usize, sink: &mut impl Sink<'a>) -> Result<()> {
        let rows = self.spans.iter().map(|at| at.row);
        match Source::of(self.block, compiled)? {
            Source::Nowhere => {}
            Source::Column { column: from, owner: None } => {
                sink.take_column(self.first, rows, from, column);
            }
            Source::Column { column: from, owner: Some(owner) } => {
                let row_of = |index| owner.values.integer(index)?.try_into().ok();
                let rows = rows.map(|row| owner.presence.index(row).and_then(row_of));
                sink.take_column(self.first, rows.map(|row| row.unwrap_or(NO_ROW)), from, column);
            }
            Source::OfTrace => self.give_of_traces(compiled, column, sink)?,
            Source::Parent { deltas, ids, named } => self.give_each(column, sink, |row| {
                Ok(match parent_in(deltas, row) {
                    Some(parent) => ids.get(parent),
                    None => named.and_then(|named| named.get(row)),
                })
            })?,
            Source::End { starts, durations, ends } => self.give_each(column, sink, |row| {
                let end = ends.and_then(|ends| ends.integer(row));
                let start = starts.integer(row).unwrap_or(0);
                let duration = durations.integer(row).unwrap_or(0);
                Ok(Some(ValueRef::TimeNs(end.unwrap_or(start.saturating_add(duration)))))
            })?,
            Source::Anywhere => self.give_each(column, sink, |row| {
                SpanRow { block: self.block, row }.get_compiled(compiled)
            })?,
        }
        Ok(())
    }

    #[inline]
    fn give_each(
        &self,
        column: usize,
        sink: &mut impl Sink<'a>,
        get: impl Fn(u32) -> Result<Option<ValueRef<'a>>>,
    ) -> Result<()> {
        for (span, at) in (self.first..).zip(self.spans) {
            if let Some(value) = get(at.row)? {
                sink.take(span, column, value);
            }
        }
        Ok(())
    }

    /// Gives what all spans of a trace have in common, of spans that mostly come trace by trace.
    fn give_of_traces(
        &self,
        compiled: &Compiled,
        column: usize,
        sink: &mut impl Sink<'a>,
    ) -> Result<()> {
        let block = self.block;
        let (mut first, mut rest) = (self.first, self.spans);
        let (mut trace, mut rows) = (0, 0..0);
        while let [SpanAt { row, .. }, ..] = *rest {
            let next = row == rows.end && row != 0;
            trace = if next { trace + 1 } else { block.trace_of(row)? };
            rows = block.trace_rows(trace)?;
            let same = rest.iter().take_while(|at| rows.contains(&at.row)).count();
            // A damaged block may say that the trace of a row has other rows.
            let count = same.max(1);
            if let Some(value) = (SpanRow { block, row }).get_compiled(compiled)? {
                sink.take_same(first, count, column, value);
            }
            (first, rest) = (first + count, &rest[count..]);
        }
        Ok(())
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
        let spans = Run { block, spans: run, first };
        for (column, compiled) in columns.iter().enumerate() {
            spans.give(compiled, column, sink)?;
        }
        first += run.len();
    }
    Ok(())
}
