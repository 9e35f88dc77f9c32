//! What the directory says of a column, against its values, and what values there may be.

use crate::block::format::corrupt;
use crate::block::{Bits, Block, Column, ColumnInfo, Field, Packed, Strings, Values};
use crate::error::Result;
use crate::value::{AnyRef, ValueRef, ValueType, text};
use crate::wire::Reader;

pub fn check(block: &Block) -> Result<()> {
    for info in block.columns() {
        // Those that a later version added are no error.
        let Ok(column) = block.column(info.index) else { continue };
        check_column(&info, column).map_err(|e| e.context(text(info.name)))?;
    }
    Ok(())
}

fn check_column(info: &ColumnInfo<'_>, column: &Column<'_>) -> Result<()> {
    if info.entry.present == 0 {
        return Err(corrupt("a column without values must be left out"));
    }
    if info.attribute && !of_attributes(column.value_type) {
        let name = column.value_type.name();
        return Err(corrupt(format_args!("attributes cannot have the type {name}")));
    }
    column.verify()?;
    match column.values {
        Values::None | Values::Integers(_) | Values::Doubles(_) => Ok(()),
        Values::Dictionary { codes, entries } => {
            check_all_used(&codes, entries.len())?;
            check_strings(info, column, &entries)
        }
        Values::Arena(strings) => check_strings(info, column, &strings),
        Values::Bits(bits) => check_bits(&bits),
        Values::Fixed(width, _) => check_id_width(info, width),
    }
}

/// Types that OTLP attributes can have.
fn of_attributes(value_type: ValueType) -> bool {
    use ValueType::*;
    !matches!(value_type, U64 | TimeNs | DurationNs | Id | SpanKind | Status)
}

/// A dictionary has no entry that no value has: queries conclude from it what there is.
fn check_all_used(codes: &Packed<'_>, entries: usize) -> Result<()> {
    let mut used = vec![false; entries];
    for code in (0..codes.len()).filter_map(|i| codes.get(i)) {
        if let Some(used) = usize::try_from(code).ok().and_then(|code| used.get_mut(code)) {
            *used = true;
        }
    }
    match used.iter().position(|used| !used) {
        None => Ok(()),
        Some(entry) => {
            Err(corrupt(format_args!("entry {entry} of its dictionary stands for no value")))
        }
    }
}

fn check_bits(bits: &Bits<'_>) -> Result<()> {
    let tail = bits.len % 64;
    match bits.words.last() {
        Some(word) if tail != 0 && word >> tail != 0 => {
            Err(corrupt("there are bits past the last value"))
        }
        _ => Ok(()),
    }
}

fn check_id_width(info: &ColumnInfo<'_>, width: usize) -> Result<()> {
    let trace_ids = [Field::TraceId.key(), Field::LinkTraceId.key()];
    let expected = if trace_ids.iter().any(|key| key.as_bytes() == info.key) { 16 } else { 8 };
    match width == expected {
        true => Ok(()),
        false => Err(corrupt(format_args!("ids of {width} bytes, not {expected}"))),
    }
}

/// Values that are encoded messages must be such.
fn check_strings(info: &ColumnInfo<'_>, column: &Column<'_>, strings: &Strings<'_>) -> Result<()> {
    use ValueType::*;
    let key = |field: Field| !info.attribute && field.key().as_bytes() == info.key;
    let unknown = [
        Field::SpanUnknown,
        Field::ResourceUnknown,
        Field::ScopeUnknown,
        Field::EventUnknown,
        Field::LinkUnknown,
    ];
    let check: &dyn Fn(&[u8]) -> Result<()> = match column.value_type {
        // Any value may be residual.
        Nested if key(Field::ResidualValue) => &|bytes| AnyRef(bytes).validate(),
        StrList | I64List | F64List | BoolList | Nested => &|bytes| {
            AnyRef(bytes).validate()?;
            match ValueRef::of_any(AnyRef(bytes))?.value_type() == column.value_type {
                true => Ok(()),
                false => Err(corrupt("it is of another type")),
            }
        },
        Bytes if unknown.into_iter().any(key) => &check_fields,
        _ => return Ok(()),
    };
    strings.iter().enumerate().try_for_each(|(i, bytes)| {
        check(bytes).map_err(|e| corrupt(format_args!("value {i}: {}", e.message())))
    })
}

/// Encoded fields of a message, whatever they mean.
fn check_fields(bytes: &[u8]) -> Result<()> {
    let mut reader = Reader::new(bytes);
    while let Some((_, wire_type)) = reader.tag()? {
        reader.skip(wire_type)?;
    }
    Ok(())
}
