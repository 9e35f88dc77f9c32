//! The columns of a block that a batch reads, so that they can be fetched together. One that is missing
//! here costs a round trip, no more.

use super::plan::Plan;
use super::view::{BlockView, Place};
use crate::block::{Block, Field, Table};
use crate::name::{Intrinsic, Name};
use crate::scan::derived_fields;

impl Plan {
    /// The columns of the view's block that a batch reads.
    pub fn needs(&self, view: &BlockView<'_>) -> Vec<u32> {
        let mut columns = Vec::new();
        for column in &self.columns {
            match (view.place(&column.name.name, column.of), &column.name.name) {
                (Place::Nowhere, _) => {}
                (Place::Column(table, index), _) => {
                    columns.push(index);
                    columns.extend(way(view.block, table));
                }
                (Place::Spans, Name::Intrinsic(intrinsic)) => {
                    columns.extend(of_intrinsic(view.block, *intrinsic));
                }
                (Place::Spans, name) => {
                    for candidate in view.block.resolve(name).iter() {
                        columns.extend(candidate.columns.clone());
                        columns.extend(way(view.block, candidate.table));
                    }
                }
            }
        }
        for table in self.items.iter().map(|items| items.table()) {
            let of_table = view.block.columns().filter(|info| info.table == table);
            columns.extend(of_table.map(|info| info.index));
            columns.extend(view.block.field_columns(Field::SpanStart));
        }
        columns
    }
}

/// What an intrinsic that has no column of its own for each span is worked out from.
fn of_intrinsic(block: &Block, intrinsic: Intrinsic) -> Vec<u32> {
    let own = Field::of_intrinsic(intrinsic);
    let fields = derived_fields(intrinsic).iter().copied().chain(own);
    let tables: Vec<Table> = fields.clone().map(Field::table).collect();
    let mut columns: Vec<u32> = fields.flat_map(|field| block.field_columns(field)).collect();
    columns.extend(tables.into_iter().flat_map(|table| way(block, table)));
    if intrinsic == Intrinsic::TraceRootService {
        columns.extend(block.attribute(Table::Resource, b"service.name"));
        columns.extend(way(block, Table::Resource));
    }
    columns
}

/// The column that leads from spans to rows of `table`.
fn way(block: &Block, table: Table) -> std::ops::Range<u32> {
    match table {
        Table::Span | Table::Residual => 0..0,
        Table::Resource => block.field_columns(Field::SpanResource),
        Table::Scope => block.field_columns(Field::SpanScope),
        Table::Trace => block.field_columns(Field::TraceStart),
        Table::Event => block.field_columns(Field::EventOwner),
        Table::Link => block.field_columns(Field::LinkOwner),
    }
}
