//! Where a block has the values of a name.

use super::schema::DataType;
use crate::block::{Block, Field, Table};
use crate::error::Result;
use crate::name::{Intrinsic, Name};
use crate::value::ValueType;
use std::collections::HashMap;

/// A block, with what its residual table has.
pub(super) struct BlockView<'b> {
    pub block: &'b Block,
    /// Types of the values of each key, for each table.
    residual: [HashMap<&'b [u8], Types>; Table::COUNT],
}

/// Types of values, a bit each.
#[derive(Clone, Copy, Default)]
pub(super) struct Types(u32);

/// Where the values of a name and type are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The block has none.
    Nowhere,
    /// In this column of this table, and nowhere else.
    Column(Table, u32),
    /// In several places, or worked out: ask each span.
    Spans,
}

impl Types {
    fn insert(&mut self, value_type: ValueType) {
        self.0 |= 1 << value_type as u32;
    }

    pub fn extend(&mut self, other: Types) {
        self.0 |= other.0;
    }

    pub fn contains(self, value_type: ValueType) -> bool {
        self.0 >> value_type as u32 & 1 == 1
    }

    fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that a column can hold: what came without a value is null.
    pub fn iter(self) -> impl Iterator<Item = ValueType> {
        let types = ValueType::ALL.into_iter();
        types.filter(move |&t| t != ValueType::Empty && self.contains(t))
    }
}

impl<'b> BlockView<'b> {
    pub fn new(block: &'b Block) -> Result<Self> {
        let mut residual: [HashMap<&[u8], Types>; Table::COUNT] = Default::default();
        for attribute in block.residuals()? {
            let (table, attribute) = attribute?;
            let types = residual[table as usize].entry(attribute.key).or_default();
            types.insert(attribute.value.map_or(ValueType::Empty, |value| value.value_type()));
        }
        Ok(BlockView { block, residual })
    }

    /// Types of the values that spans of the block can have of `name`.
    pub fn types(&self, name: &Name) -> Types {
        let mut types = Types::default();
        match name {
            Name::Intrinsic(intrinsic) => types.insert(intrinsic.value_type()),
            Name::Attribute { scope, key } => {
                for &table in Table::of_scope(*scope) {
                    types.extend(self.residual_types(table, key));
                    for column in self.block.attribute(table, key) {
                        if let Some(value_type) = self.block.column_info(column).value_type {
                            types.insert(value_type);
                        }
                    }
                }
            }
        }
        types
    }

    fn residual_types(&self, table: Table, key: &[u8]) -> Types {
        self.residual[table as usize].get(key).copied().unwrap_or_default()
    }

    /// Where the values of `name` that have this type are.
    pub fn place(&self, name: &Name, value_type: ValueType) -> Place {
        match name {
            Name::Intrinsic(intrinsic) => self.place_of_intrinsic(*intrinsic),
            Name::Attribute { scope, key } => {
                let tables = Table::of_scope(*scope);
                if tables.iter().any(|&table| !self.residual_types(table, key).is_empty()) {
                    return Place::Spans;
                }
                let mut found =
                    tables.iter().map(|&table| (table, self.block.attribute(table, key)));
                let mut found = found.by_ref().filter(|(_, columns)| !columns.is_empty());
                match (found.next(), found.next()) {
                    (None, _) => Place::Nowhere,
                    (Some((Table::Event | Table::Link, _)), _) | (Some(_), Some(_)) => Place::Spans,
                    (Some((table, mut columns)), None) => {
                        let typed =
                            |c: &u32| self.block.column_info(*c).value_type == Some(value_type);
                        columns.find(typed).map_or(Place::Nowhere, |c| Place::Column(table, c))
                    }
                }
            }
        }
    }

    fn place_of_intrinsic(&self, intrinsic: Intrinsic) -> Place {
        let field = match Field::of_intrinsic(intrinsic) {
            Some(field) if !matches!(field.table(), Table::Event | Table::Link) => field,
            _ => return Place::Spans,
        };
        if self.has_odd_ids(intrinsic) {
            return Place::Spans;
        }
        let mut column = self.block.field_columns(field);
        column.next().map_or(Place::Nowhere, |column| Place::Column(field.table(), column))
    }

    /// Whether ids of this kind can have another length than OTLP says.
    pub fn has_odd_ids(&self, intrinsic: Intrinsic) -> bool {
        let odd: &[Field] = match intrinsic {
            Intrinsic::TraceId => &[Field::OddTraceId],
            Intrinsic::SpanId => &[Field::OddSpanId],
            Intrinsic::SpanParentId => &[Field::OddSpanId, Field::OddParentId],
            Intrinsic::LinkTraceId => &[Field::OddLinkTraceId],
            Intrinsic::LinkSpanId => &[Field::OddLinkSpanId],
            _ => &[],
        };
        odd.iter().any(|&field| !self.block.field_columns(field).is_empty())
    }
}

/// Type of the column that holds ids of this kind.
pub(super) fn id_type(intrinsic: Intrinsic, odd: bool) -> DataType {
    match intrinsic {
        _ if odd => DataType::Binary,
        Intrinsic::TraceId | Intrinsic::LinkTraceId => DataType::Fixed(16),
        _ => DataType::Fixed(8),
    }
}
