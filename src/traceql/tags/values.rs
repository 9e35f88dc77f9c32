//! Values of a field.

use crate::block::{Block, Column, Field, Table, Values};
use crate::blocks::Blocks;
use crate::error::{Error, ErrorKind, Result};
use crate::fields::Compiled;
use crate::name::{Intrinsic, Name, Scope};
use crate::rowset::RowSet;
use crate::scan::{ColumnScanner, Condition, Predicate, ScanContext};
use crate::traceql::eval::{Operand, Span, Value};
use crate::traceql::exec::Layout;
use crate::traceql::filter::needs_trace;
use crate::traceql::keys::Distinct;
use crate::traceql::{Query, SearchOptions};
use crate::value::{AnyRef, ValueRef};

/// Which values are given.
#[derive(Clone, Default)]
pub struct TagOptions {
    /// Most values to give; 0 for all.
    pub limit: usize,
    /// How the filter is run: context, time, threads and limits. The numbers of traces and spans to
    /// give do not matter.
    pub search: SearchOptions,
}

/// The values of a field.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TagValues {
    /// Each value once: by type, then in their order. Of arrays, their items.
    pub values: Vec<Value>,
    /// Whether there are more.
    pub cut_off: bool,
}

/// The values that `name` has in `blocks`: of all spans, or of those that `filter` finds.
///
/// Without a filter, values are read from dictionaries where the field has them, and no span is
/// looked at; a name without a scope then gives the values of spans and of resources.
///
/// Errors: as [`Query::search`].
pub fn tag_values(
    blocks: &Blocks,
    name: &Name,
    filter: Option<&Query>,
    options: &TagOptions,
) -> Result<TagValues> {
    let spans = match filter {
        None => None,
        Some(filter) => {
            let search = SearchOptions { limit: 0, ..options.search.clone() };
            Some(filter.search(blocks, &search)?.spans)
        }
    };
    let mut collector = Collector { values: Distinct::default(), limit: options.limit };
    if is_worked_out(name) {
        collector.add_worked_out(blocks, name, spans.as_ref())?;
    } else {
        for (at, block) in blocks.iter().enumerate() {
            let rows = spans.as_ref().map(|spans| &spans.blocks()[at]);
            if block.rows() == 0 || rows.is_some_and(RowSet::is_empty) {
                continue;
            }
            if collector.is_full() {
                break;
            }
            collector.add_block(block, name, rows)?;
        }
    }
    Ok(collector.finish())
}

/// Whether the values of a field are in no column as they are.
fn is_worked_out(name: &Name) -> bool {
    use Intrinsic::*;
    let ids = matches!(
        name,
        Name::Intrinsic(
            TraceId
                | SpanId
                | SpanParentId
                | SpanEnd
                | LinkTraceId
                | LinkSpanId
                | EventTime
                | EventTimeSinceStart
        )
    );
    ids || needs_trace(name)
}

struct Collector {
    values: Distinct,
    limit: usize,
}

impl Collector {
    /// Whether there is one more than are to be given.
    fn is_full(&self) -> bool {
        self.limit > 0 && self.values.values.len() > self.limit
    }

    fn finish(self) -> TagValues {
        let cut_off = self.is_full();
        let mut values = self.values.values;
        values.retain(|value| *value != Value::Nil);
        values.sort_by(Value::compare);
        if cut_off {
            values.truncate(self.limit);
        }
        TagValues { values, cut_off }
    }

    /// Adds a value, or the items of an array.
    fn add(&mut self, value: ValueRef<'_>) -> Result<()> {
        match value {
            ValueRef::List(list) => {
                for item in list.items() {
                    self.values.number(Some(Operand::of(ValueRef::of_any(item?)?)));
                }
            }
            ValueRef::Empty => {}
            value => drop(self.values.number(Some(Operand::of(value)))),
        }
        Ok(())
    }

    /// Values of a field that columns hold; of the spans `rows`, or of all.
    fn add_block(&mut self, block: &Block, name: &Name, rows: Option<&RowSet>) -> Result<()> {
        let context = ScanContext::new();
        let scanner = ColumnScanner::new(block, &context);
        let mut rows = rows.cloned();
        let candidates = block.resolve(name);
        for candidate in candidates.iter() {
            let of_table = match &rows {
                None => None,
                Some(rows) => Some(table_rows(block, candidate.table, rows)?),
            };
            for column in candidate.columns.clone() {
                self.add_column(block.column(column)?, of_table.as_ref())?;
            }
            if let Name::Attribute { key, .. } = name {
                self.add_residuals(block, candidate.table, key, of_table.as_ref())?;
            }
            // What a span has hides what its resource has.
            if let (Some(left), Name::Attribute { scope: Scope::Any, key }) = (&mut rows, name) {
                let own = Name::attribute(Scope::Span, key);
                let hiding = scanner.scan(&own, &Predicate::compile(&Condition::IsNotNull)?)?;
                *left = left.minus(&hiding);
            }
        }
        Ok(())
    }

    fn add_column(&mut self, column: &Column<'_>, rows: Option<&RowSet>) -> Result<()> {
        match (column.values, rows) {
            (Values::Dictionary { entries, .. }, None) => {
                for entry in entries.iter() {
                    if self.is_full() {
                        break;
                    }
                    self.add(column.bytes_value(entry))?;
                }
            }
            (Values::Dictionary { codes, entries }, Some(rows)) => {
                let mut seen = vec![false; entries.len()];
                for index in rows.iter().filter_map(|row| column.presence.index(row)) {
                    let code = codes.get(index).and_then(|code| usize::try_from(code).ok());
                    if let Some(seen) = code.and_then(|code| seen.get_mut(code)) {
                        *seen = true;
                    }
                }
                for (entry, _) in entries.iter().zip(&seen).filter(|(_, seen)| **seen) {
                    self.add(column.bytes_value(entry))?;
                }
            }
            (_, None) => {
                for value in (0..column.entry.present as usize).map_while(|at| column.value(at)) {
                    if self.is_full() {
                        break;
                    }
                    self.add(value)?;
                }
            }
            (_, Some(rows)) => {
                for value in rows.iter().filter_map(|row| column.get(row)) {
                    if self.is_full() {
                        break;
                    }
                    self.add(value)?;
                }
            }
        }
        Ok(())
    }

    /// Values that no column holds.
    fn add_residuals(
        &mut self,
        block: &Block,
        table: Table,
        key: &[u8],
        rows: Option<&RowSet>,
    ) -> Result<()> {
        let (Some(names), Some(owners)) =
            (block.field(Field::ResidualName)?, block.field(Field::ResidualOwner)?)
        else {
            return Ok(());
        };
        let (values, repeated) =
            (block.field(Field::ResidualValue)?, block.field(Field::ResidualRepeated)?);
        let name = [table.attribute_prefix().as_bytes(), key].concat();
        for row in 0..block.table_rows(Table::Residual) {
            let owner = owners.integer(row).and_then(|owner| u32::try_from(owner).ok());
            let shown = names.bytes(row) == Some(&name)
                && !repeated.is_some_and(|repeated| repeated.presence.contains(row))
                && rows.is_none_or(|rows| owner.is_some_and(|owner| rows.contains(owner)));
            if let Some(value) = values.and_then(|values| values.bytes(row)).filter(|_| shown) {
                self.add(ValueRef::of_any(AnyRef(value))?)?;
            }
        }
        Ok(())
    }

    /// Values of a field that is worked out span by span.
    fn add_worked_out(
        &mut self,
        blocks: &Blocks,
        name: &Name,
        spans: Option<&crate::rowset::SpanSet>,
    ) -> Result<()> {
        let (layout, field) = (Layout::of(blocks)?, Compiled::new(name.clone()));
        for index in 0..layout.len() {
            let chunk = layout.chunk(blocks, index)?;
            let wholes = if needs_trace(name) { chunk.wholes()? } else { None };
            for (at, (block, &number)) in chunk.blocks().iter().zip(chunk.numbers()).enumerate() {
                let all = RowSet::all(block.rows());
                let rows = match spans {
                    None => &all,
                    Some(spans) => spans.blocks().get(number as usize).ok_or_else(no_set)?,
                };
                for row in rows {
                    if self.is_full() {
                        return Ok(());
                    }
                    Span::new(block, at, row, wholes)?.each(&field, |value| {
                        self.values.number(Some(value));
                    })?;
                }
            }
        }
        Ok(())
    }
}

fn no_set() -> Error {
    Error::new(ErrorKind::InvalidArgument, "a set of spans is over other blocks")
}

/// The rows of `table` that belong to the spans `rows`.
fn table_rows(block: &Block, table: Table, rows: &RowSet) -> Result<RowSet> {
    let count = block.table_rows(table);
    let referred = |field| -> Result<RowSet> {
        let column = block.required(field)?;
        let rows = rows.iter().filter_map(|row| u32::try_from(column.integer(row)?).ok());
        let mut seen = vec![false; count as usize];
        for row in rows {
            if let Some(seen) = seen.get_mut(row as usize) {
                *seen = true;
            }
        }
        Ok(RowSet::from_ids(count, (0..count).filter(|&row| seen[row as usize])))
    };
    let owned = |field| -> Result<RowSet> {
        let Some(owners) = block.field(field)? else { return Ok(RowSet::none(count)) };
        let is_owned = |row: &u32| {
            owners.integer(*row).is_some_and(|o| u32::try_from(o).is_ok_and(|o| rows.contains(o)))
        };
        Ok(RowSet::from_ids(count, (0..count).filter(is_owned)))
    };
    match table {
        Table::Span => Ok(rows.clone()),
        Table::Resource => referred(Field::SpanResource),
        Table::Scope => referred(Field::SpanScope),
        Table::Event => owned(Field::EventOwner),
        Table::Link => owned(Field::LinkOwner),
        Table::Trace | Table::Residual => Ok(RowSet::none(count)),
    }
}
