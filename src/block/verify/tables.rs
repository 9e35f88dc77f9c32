//! Fixed columns: which rows have values, and which values they may have.

use crate::block::format::corrupt;
use crate::block::{Block, Field, Table};
use crate::error::{Error, Result};

pub fn check(block: &Block) -> Result<()> {
    check_presence(block)?;
    check_numbers(block)?;
    for owner in [Field::EventOwner, Field::LinkOwner] {
        check_owners(block, owner)?;
    }
    check_odd_ids(block)?;
    check_times(block)?;
    check_residuals(block)
}

fn in_field(field: Field, what: impl std::fmt::Display) -> Error {
    corrupt(what).context(field.key())
}

fn check_presence(block: &Block) -> Result<()> {
    for &field in Field::ALL.iter().filter(|field| field.in_every_row()) {
        let rows = block.table_rows(field.table());
        // The directory tells also of columns that this version cannot read.
        let column = block.field_columns(field).next();
        let present = column.map_or(0, |column| block.column_info(column).entry.present);
        if present != rows {
            let what = format_args!("{present} of {rows} rows have a value; all must have one");
            return Err(in_field(field, what));
        }
    }
    Ok(())
}

/// Numbers that count rows or that OTLP bounds. The bounds of the columns were checked.
fn check_numbers(block: &Block) -> Result<()> {
    let rows = |table| u64::from(block.table_rows(table));
    let otlp = 1 << 32;
    let limits = [
        (Field::SpanResource, rows(Table::Resource)),
        (Field::SpanScope, rows(Table::Scope)),
        (Field::EventOwner, rows(Table::Span)),
        (Field::LinkOwner, rows(Table::Span)),
        (Field::SpanFlags, otlp),
        (Field::SpanDroppedAttributes, otlp),
        (Field::SpanDroppedEvents, otlp),
        (Field::SpanDroppedLinks, otlp),
        (Field::ResourceDroppedAttributes, otlp),
        (Field::ScopeDroppedAttributes, otlp),
        (Field::EventDroppedAttributes, otlp),
        (Field::LinkDroppedAttributes, otlp),
        (Field::LinkFlags, otlp),
    ];
    for (field, limit) in limits {
        if let Some(column) = block.readable(field)
            && column.entry.max >= limit
        {
            let what = format_args!("{} is too much: less than {limit}", column.entry.max);
            return Err(in_field(field, what));
        }
    }
    for field in [Field::SpanKind, Field::SpanStatus] {
        if let Some(column) = block.readable(field)
            && [column.entry.min, column.entry.max]
                .iter()
                .any(|&n| i32::try_from(n as i64).is_err())
        {
            return Err(in_field(field, "it has numbers of more than 32 bits"));
        }
    }
    Ok(())
}

fn check_owners(block: &Block, field: Field) -> Result<()> {
    let Some(column) = block.readable(field) else { return Ok(()) };
    let mut before = 0;
    for row in 0..block.table_rows(field.table()) {
        let owner = column.integer(row).unwrap_or(0);
        if owner < before {
            return Err(in_field(field, format_args!("row {row} belongs before the row above")));
        }
        before = owner;
    }
    Ok(())
}

fn check_odd_ids(block: &Block) -> Result<()> {
    let fields = [
        (Field::SpanId, Field::OddSpanId, 8),
        (Field::TraceId, Field::OddTraceId, 16),
        (Field::LinkSpanId, Field::OddLinkSpanId, 8),
        (Field::LinkTraceId, Field::OddLinkTraceId, 16),
        (Field::ParentId, Field::OddParentId, 8),
    ];
    for (field, odd, len) in fields {
        let Some(column) = block.readable(odd) else { continue };
        let beside = block.readable(field);
        for row in 0..block.table_rows(odd.table()) {
            let Some(id) = column.bytes(row) else { continue };
            if id.len() == len {
                return Err(in_field(odd, format_args!("the id of row {row} is not odd")));
            }
            let other = beside.and_then(|ids| ids.bytes(row)).unwrap_or_default();
            let free = match odd {
                Field::OddParentId => other.is_empty() && !id.is_empty(),
                _ => other.iter().all(|&byte| byte == 0),
            };
            if !free {
                return Err(in_field(odd, format_args!("row {row} has two ids")));
            }
        }
    }
    Ok(())
}

/// An end is kept as a duration, or for itself if it is before the start.
fn check_times(block: &Block) -> Result<()> {
    let ends = block.readable(Field::SpanEnd);
    let durations = block.readable(Field::SpanDuration);
    for row in 0..block.rows() {
        let start = block.start_ns(row)?;
        let duration = durations.and_then(|c| c.integer(row)).unwrap_or(0);
        if start.checked_add(duration).is_none() {
            return Err(in_field(
                Field::SpanDuration,
                format_args!("span {row} ends after the end of time"),
            ));
        }
        if let Some(end) = ends.and_then(|c| c.integer(row))
            && (end >= start || duration != 0)
        {
            return Err(in_field(
                Field::SpanEnd,
                format_args!("span {row} has an end that is not before its start, or a duration"),
            ));
        }
    }
    Ok(())
}

/// Residual values belong to rows that have attributes, sorted by these.
fn check_residuals(block: &Block) -> Result<()> {
    let mut before = (0, 0);
    for row in 0..block.table_rows(Table::Residual) {
        let number = |field| Ok(block.field_integer(field, row)?.unwrap_or(0));
        let owner = (number(Field::ResidualTable)?, number(Field::ResidualOwner)?);
        let table = u8::try_from(owner.0).ok().and_then(Table::from_number);
        let table = table.filter(|table| table.shape_field().is_some());
        if table.is_none_or(|table| owner.1 >= u64::from(block.table_rows(table))) {
            let what = format_args!("residual value {row} belongs to no row");
            return Err(in_field(Field::ResidualOwner, what));
        }
        if owner < before {
            let what = format_args!("residual value {row} belongs before the one above");
            return Err(in_field(Field::ResidualOwner, what));
        }
        before = owner;
        let has_value = block.field_bytes(Field::ResidualValue, row)?.is_some();
        let missing = block.field_value(Field::ResidualMissing, row)?.is_some();
        if has_value == missing {
            let what = format_args!("residual value {row} is neither there nor missing, or both");
            return Err(in_field(Field::ResidualMissing, what));
        }
    }
    Ok(())
}
