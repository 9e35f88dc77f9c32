//! Names of attributes.

use crate::block::{Block, Field, Table};
use crate::blocks::Blocks;
use crate::error::Result;
use crate::name::{Name, Scope};
use crate::value::{AnyRef, ValueRef, ValueType};
use std::collections::BTreeMap;

/// An attribute that some span, resource, event and so on has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagName {
    /// What has it.
    pub scope: Scope,
    /// Its key (bytes that should be UTF-8).
    pub key: Box<[u8]>,
    /// Types of its values, in the order of [`ValueType::ALL`].
    pub types: Vec<ValueType>,
    /// Values in all blocks; one that a resource has counts once a block, however many spans come
    /// from it.
    pub values: u64,
}

impl TagName {
    /// The name, for queries.
    pub fn name(&self) -> Name {
        Name::attribute(self.scope, &self.key)
    }
}

/// The attributes of `scope`, or of all scopes if it is [`Scope::Any`], by scope and key. Reads the
/// directories of the blocks, and what they have of attributes without a column.
pub fn tag_names(blocks: &Blocks, scope: Scope) -> Result<Vec<TagName>> {
    let mut found = BTreeMap::new();
    for block in blocks {
        of_columns(block, scope, &mut found);
        if block.table_rows(Table::Residual) > 0 {
            of_residuals(block, scope, &mut found)?;
        }
    }
    let names = found.into_iter().map(|((scope, key), tag)| TagName {
        scope,
        key,
        types: ValueType::ALL.into_iter().filter(|&of| tag.types >> of as u32 & 1 == 1).collect(),
        values: tag.values,
    });
    Ok(names.collect())
}

type Found = BTreeMap<(Scope, Box<[u8]>), Tag>;

#[derive(Default)]
struct Tag {
    /// A bit per type.
    types: u32,
    values: u64,
}

impl Tag {
    fn add(&mut self, value_type: Option<ValueType>, values: u64) {
        self.types |= value_type.map_or(0, |value_type| 1 << value_type as u32);
        self.values += values;
    }
}

fn scope_of(table: Table) -> Option<Scope> {
    Some(match table {
        Table::Span => Scope::Span,
        Table::Resource => Scope::Resource,
        Table::Scope => Scope::Instrumentation,
        Table::Event => Scope::Event,
        Table::Link => Scope::Link,
        Table::Trace | Table::Residual => return None,
    })
}

fn of_columns(block: &Block, wanted: Scope, found: &mut Found) {
    for info in block.columns().filter(|info| info.attribute) {
        let Some(scope) = scope_of(info.table) else { continue };
        if wanted == Scope::Any || wanted == scope {
            let tag: &mut Tag = found.entry((scope, info.key.into())).or_default();
            tag.add(info.value_type, info.entry.present.into());
        }
    }
}

/// Attributes that no column holds.
fn of_residuals(block: &Block, wanted: Scope, found: &mut Found) -> Result<()> {
    let (Some(names), Some(tables)) =
        (block.field(Field::ResidualName)?, block.field(Field::ResidualTable)?)
    else {
        return Ok(());
    };
    let (values, repeated) =
        (block.field(Field::ResidualValue)?, block.field(Field::ResidualRepeated)?);
    for row in 0..block.table_rows(Table::Residual) {
        let table = tables.integer(row).and_then(|t| Table::from_number(u8::try_from(t).ok()?));
        let (Some(table), Some(name)) = (table, names.bytes(row)) else { continue };
        let (Some(scope), Some(key)) =
            (scope_of(table), name.strip_prefix(table.attribute_prefix().as_bytes()))
        else {
            continue;
        };
        let hidden = repeated.is_some_and(|repeated| repeated.presence.contains(row));
        if hidden || (wanted != Scope::Any && wanted != scope) {
            continue;
        }
        let value = values.and_then(|values| values.bytes(row));
        let value = value.map(|value| ValueRef::of_any(AnyRef(value))).transpose()?;
        let tag: &mut Tag = found.entry((scope, key.into())).or_default();
        tag.add(Some(value.map_or(ValueType::Empty, |value| value.value_type())), 1);
    }
    Ok(())
}
