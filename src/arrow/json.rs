//! Attributes of events and links as a JSON object.

use crate::block::Attributes;
use crate::error::{Error, ErrorKind, Result};
use crate::value::{AnyKind, AnyRef, ValueRef, text};
use base64::prelude::{BASE64_STANDARD, Engine};
use serde_core::Serialize;

/// Appends `attributes` as a JSON object, in their order, repeated keys included. Numbers are
/// numbers, bytes base64; numbers that JSON does not have, and what came without a value, are null.
pub(super) fn attributes_to_json(attributes: Attributes<'_>, out: &mut Vec<u8>) -> Result<()> {
    out.push(b'{');
    let start = out.len();
    for attribute in attributes {
        let attribute = attribute?;
        key(attribute.key, start, out)?;
        value(attribute.value.unwrap_or(ValueRef::Empty), out)?;
    }
    out.push(b'}');
    Ok(())
}

/// Appends a key of the object whose entries begin at `start`.
fn key(key: &[u8], start: usize, out: &mut Vec<u8>) -> Result<()> {
    if out.len() > start {
        out.push(b',');
    }
    write(out, &text(key))?;
    out.push(b':');
    Ok(())
}

fn value(value: ValueRef<'_>, out: &mut Vec<u8>) -> Result<()> {
    match value {
        ValueRef::Empty => write(out, &()),
        ValueRef::Str(bytes) => write(out, &text(bytes)),
        ValueRef::Bytes(bytes) | ValueRef::Id(bytes) => write(out, &BASE64_STANDARD.encode(bytes)),
        ValueRef::I64(number) => write(out, &number),
        ValueRef::U64(number) | ValueRef::TimeNs(number) | ValueRef::DurationNs(number) => {
            write(out, &number)
        }
        ValueRef::F64(number) => write(out, &number),
        ValueRef::Bool(value) => write(out, &value),
        ValueRef::SpanKind(number) | ValueRef::Status(number) => write(out, &number),
        ValueRef::List(any) | ValueRef::Nested(any) => {
            // Bounds how deep the recursion goes.
            any.validate()?;
            nested(any, out)
        }
    }
}

fn nested(any: AnyRef<'_>, out: &mut Vec<u8>) -> Result<()> {
    match any.kind()? {
        AnyKind::Array(_) => {
            out.push(b'[');
            for (i, item) in any.items().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                nested(item?, out)?;
            }
            out.push(b']');
        }
        AnyKind::Map(_) => {
            out.push(b'{');
            let start = out.len();
            for entry in any.entries() {
                let entry = entry?;
                key(entry.key, start, out)?;
                nested(entry.value.unwrap_or(AnyRef(b"")), out)?;
            }
            out.push(b'}');
        }
        AnyKind::Empty => write(out, &())?,
        _ => value(ValueRef::of_any(any)?, out)?,
    }
    Ok(())
}

fn write(out: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) -> Result<()> {
    serde_json::to_writer(out, value)
        .map_err(|e| Error::new(ErrorKind::Otlp, format!("writing JSON: {e}")))
}
