//! Which columns a stream has, decided from the directories of all blocks.

use super::items::Items;
use super::names::Names;
use super::schema::{DataType, Schema};
use super::view::{BlockView, Place, Types, id_type};
use crate::block::{ColumnInfo, Encoding, Field, Table};
use crate::blocks::Blocks;
use crate::error::Result;
use crate::fields::{ALWAYS_VISIBLE, Columns, Compiled, LISTED};
use crate::name::{Intrinsic, Name, Scope};
use crate::value::ValueType;
use std::collections::BTreeSet;

/// A column of a stream.
pub(super) struct Column {
    /// The field it has.
    pub name: Compiled,
    /// Type of the values it has.
    pub of: ValueType,
    pub data_type: DataType,
    /// Name in Arrow.
    label: String,
}

/// The columns of a stream.
pub(super) struct Plan {
    pub columns: Vec<Column>,
    pub items: Vec<Items>,
}

/// What the blocks say of a name.
#[derive(Default)]
struct Found {
    types: Types,
    odd_ids: bool,
    /// Bytes of the widest code of its text.
    width: u8,
    /// Whether a block has text of it without a dictionary.
    plain: bool,
}

impl Plan {
    /// Columns for `names`, and for events and links; without names for all that the blocks have.
    pub fn new(
        blocks: &Blocks,
        names: Option<&Columns>,
        events: bool,
        links: bool,
    ) -> Result<Plan> {
        let everything = match names {
            Some(_) => None,
            None => Some(Columns::new(all_names(blocks))),
        };
        let has = |table| blocks.iter().any(|block| block.table_rows(table) > 0);
        let (events, links) = match everything {
            Some(_) => (has(Table::Event), has(Table::Link)),
            None => (events, links),
        };
        let names = everything.as_ref().or(names).map_or(&[][..], Columns::compiled);
        let mut found: Vec<Found> = names.iter().map(|_| Found::default()).collect();
        let mut odd_links = [false; 2];
        for block in blocks {
            let view = BlockView::new(block)?;
            for (name, found) in names.iter().zip(&mut found) {
                found.look(&view, &name.name);
            }
            odd_links[0] |= view.has_odd_ids(Intrinsic::LinkTraceId);
            odd_links[1] |= view.has_odd_ids(Intrinsic::LinkSpanId);
        }
        let columns = names.iter().zip(&found).flat_map(|(name, found)| found.columns(name));
        let items = events.then(Items::events).into_iter();
        let items = items.chain(links.then(|| Items::links(odd_links)));
        Ok(Plan { columns: columns.collect(), items: items.collect() })
    }

    /// The description of the batches.
    pub fn schema(&self) -> Schema {
        let columns = self.columns.iter().map(|column| column.data_type.schema(&column.label));
        let children = columns.chain(self.items.iter().map(Items::schema));
        Schema::record("", false, children.collect())
    }
}

impl Found {
    /// Takes note of what a block has.
    fn look(&mut self, view: &BlockView<'_>, name: &Name) {
        self.types.extend(view.types(name));
        if let Name::Intrinsic(intrinsic) = name {
            self.odd_ids |= view.has_odd_ids(*intrinsic);
        }
        match view.place(name, ValueType::Str) {
            Place::Nowhere => {}
            Place::Spans => self.plain = true,
            Place::Column(table, index) => {
                match code_width(&view.block.column_info(index), table) {
                    Some(width) => self.width = self.width.max(width),
                    None => self.plain = true,
                }
            }
        }
    }

    /// The columns of the name, one a type. A name that no block has is text without values.
    fn columns(&self, name: &Compiled) -> Vec<Column> {
        let mut types: Vec<ValueType> = self.types.iter().collect();
        if types.is_empty() {
            types.push(ValueType::Str);
        }
        let label = |of: &ValueType| match types.len() {
            1 => name.name.to_string(),
            _ => format!("{}:{}", name.name, of.name()),
        };
        let column = |of: &ValueType| Column {
            name: name.clone(),
            of: *of,
            data_type: self.data_type(*of, &name.name),
            label: label(of),
        };
        types.iter().map(column).collect()
    }

    fn data_type(&self, of: ValueType, name: &Name) -> DataType {
        let list = |item| DataType::List(Box::new(item));
        match of {
            ValueType::Str if self.plain => DataType::Text,
            ValueType::Empty | ValueType::Str => DataType::Codes(self.width.max(1)),
            ValueType::Bytes => DataType::Binary,
            ValueType::I64 | ValueType::DurationNs => DataType::I64,
            ValueType::U64 => DataType::U64,
            ValueType::F64 => DataType::F64,
            ValueType::Bool => DataType::Bool,
            ValueType::TimeNs => DataType::Timestamp,
            ValueType::Id => match name {
                Name::Intrinsic(intrinsic) => id_type(*intrinsic, self.odd_ids),
                Name::Attribute { .. } => DataType::Binary,
            },
            ValueType::SpanKind => DataType::Named(Names::Kinds),
            ValueType::Status => DataType::Named(Names::Statuses),
            ValueType::StrList => list(DataType::Text),
            ValueType::I64List => list(DataType::I64),
            ValueType::F64List => list(DataType::F64),
            ValueType::BoolList => list(DataType::Bool),
            ValueType::Nested => DataType::Json,
        }
    }
}

/// Bytes of the codes of a column of text; `None` if it has no dictionary. What many spans refer to,
/// as attributes of resources, is its own dictionary.
fn code_width(info: &ColumnInfo<'_>, table: Table) -> Option<u8> {
    let stored = info.stored();
    match Encoding::from_number(stored.encoding) {
        Some(Encoding::Dictionary) if stored.width <= 4 => Some(stored.width),
        Some(Encoding::Arena) if table != Table::Span => match info.entry.present {
            0..=0x100 => Some(1),
            0x101..=0x1_0000 => Some(2),
            _ => Some(4),
        },
        _ => None,
    }
}

/// All names that have a column in a block: what every span has, then attributes by scope and key.
fn all_names(blocks: &Blocks) -> Vec<Name> {
    let somewhere = |intrinsic: &Intrinsic| {
        let field = Field::of_intrinsic(*intrinsic);
        field.is_some_and(|f| blocks.iter().any(|block| !block.field_columns(f).is_empty()))
    };
    let (always, others) = LISTED.split_at(ALWAYS_VISIBLE - 1);
    let others = others.iter().copied().filter(somewhere);
    let mut names: Vec<Name> = always.iter().copied().chain(others).map(Name::Intrinsic).collect();
    let mut keys = BTreeSet::new();
    for block in blocks {
        let attributes = block.columns().filter(|info| info.attribute);
        keys.extend(attributes.map(|info| (info.table, info.key)));
    }
    let scoped = [
        (Table::Span, Scope::Span),
        (Table::Resource, Scope::Resource),
        (Table::Scope, Scope::Instrumentation),
    ];
    for (table, key) in keys {
        let scope = scoped.iter().find(|(of, _)| *of == table);
        names.extend(scope.map(|(_, scope)| Name::attribute(*scope, key)));
    }
    names
}
