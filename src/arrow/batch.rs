//! One batch: some rows of one block.

use super::array::Array;
use super::build::Builder;
use super::plan::{Column, Plan};
use super::schema::DataType;
use super::shared::{coded, no_codes, whole_column};
use super::view::{BlockView, Place};
use crate::block::{Block, Field, Presence, Table};
use crate::error::Result;
use crate::fields::SpanRow;
use std::cell::OnceCell;

/// Rows of a block, of which columns are made.
pub(super) struct Batch<'b> {
    view: BlockView<'b>,
    /// The rows, ascending.
    rows: &'b [u32],
    /// For each table, its rows that the spans belong to.
    others: [OnceCell<Vec<u32>>; Table::COUNT],
}

impl<'b> Batch<'b> {
    pub fn new(block: &'b Block, rows: &'b [u32]) -> Result<Self> {
        Ok(Batch { view: BlockView::new(block)?, rows, others: Default::default() })
    }

    /// All columns, as a struct.
    pub fn record(&self, plan: &Plan) -> Result<Array> {
        let mut children = Vec::with_capacity(plan.columns.len() + plan.items.len());
        for column in &plan.columns {
            children.push(self.column(column)?);
        }
        for items in &plan.items {
            children.push(items.array(self.block(), self.rows)?);
        }
        Ok(Array::record(self.rows.len(), children))
    }

    fn block(&self) -> &'b Block {
        self.view.block
    }

    fn column(&self, wanted: &Column) -> Result<Array> {
        match (self.view.place(&wanted.name.name, wanted.of), &wanted.data_type) {
            (Place::Nowhere, DataType::Codes(width)) => no_codes(self.rows.len(), *width),
            (Place::Nowhere, data_type) => {
                let mut nulls = Builder::new(data_type);
                self.rows.iter().try_for_each(|_| nulls.push(None))?;
                Ok(nulls.finish())
            }
            (Place::Spans, _) => self.of_spans(wanted),
            (Place::Column(table, index), data_type) => self.of_column(table, index, data_type),
        }
    }

    /// A column whose values are found span by span.
    fn of_spans(&self, wanted: &Column) -> Result<Array> {
        let mut builder = Builder::new(&wanted.data_type);
        for &row in self.rows {
            let value = SpanRow::new(self.block(), row)?.get_compiled(&wanted.name)?;
            builder.push(value.filter(|value| value.value_type() == wanted.of))?;
        }
        Ok(builder.finish())
    }

    /// A column whose values are in one column of the block.
    fn of_column(&self, table: Table, index: u32, data_type: &DataType) -> Result<Array> {
        let block = self.block();
        let column = block.column(index)?;
        let whole = table == Table::Span && self.rows.len() == block.rows() as usize;
        if whole && let Some(array) = whole_column(block, column, data_type)? {
            return Ok(array);
        }
        let rows = self.rows_in(table)?;
        let array = match data_type {
            DataType::Codes(width) => coded(block, column, rows, *width)?,
            _ => {
                let mut builder = Builder::new(data_type);
                rows.iter().try_for_each(|&row| builder.push(column.get(row)))?;
                builder.finish()
            }
        };
        match column.presence {
            Presence::Optional { .. } if whole && array.null_count > 0 => {
                Ok(array.with_validity(block.sections().share(column.entry.presence)?))
            }
            _ => Ok(array),
        }
    }

    /// For each row, the row of `table` that it belongs to; `u32::MAX` if there is none.
    fn rows_in(&self, table: Table) -> Result<&[u32]> {
        if table == Table::Span {
            return Ok(self.rows);
        }
        let place = &self.others[table as usize];
        match place.get() {
            Some(rows) => Ok(rows),
            None => {
                let rows = self.find_rows(table)?;
                Ok(place.get_or_init(|| rows))
            }
        }
    }

    fn find_rows(&self, table: Table) -> Result<Vec<u32>> {
        let block = self.block();
        let field = match table {
            Table::Resource => Field::SpanResource,
            Table::Scope => Field::SpanScope,
            _ => return self.rows.iter().map(|&row| block.trace_of(row)).collect(),
        };
        let Some(column) = block.field(field)? else { return Ok(vec![u32::MAX; self.rows.len()]) };
        let number = |row: &u32| column.integer(*row).and_then(|n| u32::try_from(n).ok());
        Ok(self.rows.iter().map(|row| number(row).unwrap_or(u32::MAX)).collect())
    }
}
