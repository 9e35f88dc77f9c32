//! Shapes: the attributes that a row has by its shape are those that it has by the columns.

use crate::block::format::{RESIDUAL_ITEM, corrupt};
use crate::block::{Block, Field, Table};
use crate::error::Result;
use crate::value::text;
use std::collections::HashSet;

pub fn check(block: &Block) -> Result<()> {
    let mut counts = vec![0u32; block.column_count() as usize];
    let mut checked = Checked(vec![None; block.shape_count()?]);
    for table in Table::ALL {
        match table.shape_field() {
            Some(field) => {
                let rows = block.table_rows(table);
                (0..rows).try_for_each(|row| {
                    check_row(block, (table, row), field, &mut checked, &mut counts)
                        .map_err(|e| e.context(format_args!("{}, row {row}", field.key())))
                })?;
            }
            None => {
                if block.columns().any(|info| info.attribute && info.table == table) {
                    return Err(corrupt(format_args!("table {table:?} cannot have attributes")));
                }
            }
        }
    }
    for info in block.columns().filter(|info| info.attribute) {
        if info.entry.present != counts[info.index as usize] {
            return Err(corrupt(format_args!(
                "{} rows have a value, and {} by their shapes",
                info.entry.present, counts[info.index as usize]
            ))
            .context(text(info.name)));
        }
    }
    Ok(())
}

fn check_row(
    block: &Block,
    (table, row): (Table, u32),
    field: Field,
    checked: &mut Checked,
    counts: &mut [u32],
) -> Result<()> {
    let number = block.field_integer(field, row)?.unwrap_or(0);
    let shape = block.shape(number)?;
    checked.check(block, table, number as usize, shape)?;
    let mut residuals = 0;
    for &item in shape {
        if item == RESIDUAL_ITEM {
            residuals += 1;
            continue;
        }
        counts[item as usize] += 1;
        // Columns of a later version cannot be looked into.
        if let Ok(column) = block.column(item)
            && !column.presence.contains(row)
        {
            let name = text(block.column_info(item).name);
            return Err(corrupt(format_args!("its shape lists {name}, which it does not have")));
        }
    }
    let found = block.residual_rows(table, row)?;
    if found.len() != residuals {
        return Err(corrupt(format_args!(
            "its shape lists {residuals} residual values, and it has {}",
            found.len()
        )));
    }
    if residuals > 0 { check_repeated(block, (table, row), shape, found.start) } else { Ok(()) }
}

/// Which shapes were checked, and for which table.
struct Checked(Vec<Option<Table>>);

impl Checked {
    /// A shape lists attribute columns of its table, no key twice.
    fn check(&mut self, block: &Block, table: Table, number: usize, shape: &[u32]) -> Result<()> {
        if self.0.get(number) == Some(&Some(table)) {
            return Ok(());
        }
        let mut keys = HashSet::new();
        for &item in shape.iter().filter(|&&item| item != RESIDUAL_ITEM) {
            if item >= block.column_count() {
                return Err(corrupt(format_args!(
                    "its shape lists column {item}, which is not there"
                )));
            }
            let info = block.column_info(item);
            if info.table != table || !info.attribute {
                let name = text(info.name);
                return Err(corrupt(format_args!(
                    "its shape lists {name}, which is none of its attributes"
                )));
            }
            if !keys.insert(info.key) {
                return Err(corrupt(format_args!("its shape lists {} twice", text(info.name))));
            }
        }
        if let Some(checked) = self.0.get_mut(number) {
            *checked = Some(table);
        }
        Ok(())
    }
}

/// A value is marked as repeated if, and only if, its row has the key before.
fn check_repeated(
    block: &Block,
    (table, row): (Table, u32),
    shape: &[u32],
    first: u32,
) -> Result<()> {
    let mut keys = HashSet::new();
    let mut residuals = first..;
    for (attribute, &item) in block.attributes(table, row)?.zip(shape) {
        let attribute = attribute?;
        let new = keys.insert(attribute.key);
        let marked = match (item, residuals.start) {
            (RESIDUAL_ITEM, at) => {
                residuals.next();
                block.field_value(Field::ResidualRepeated, at)?.is_some()
            }
            _ => false,
        };
        if new == marked {
            let name = text(attribute.name);
            return Err(corrupt(format_args!(
                "{name} is marked as repeated and is not, or is and is not marked"
            )));
        }
    }
    Ok(())
}
