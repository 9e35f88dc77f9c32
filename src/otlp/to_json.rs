//! From protobuf to OTLP/JSON.

use super::decode::validate_traces;
use super::dynamic::{Fields, Value};
use super::schema::{ANY_VALUE, Kind, Message, TRACES_DATA};
use crate::error::{Error, ErrorKind, Result};
use crate::value::{AnyRef, text};
use base64::prelude::{BASE64_STANDARD, Engine};
use std::io::Write;

/// Appends a `TracesData` message as one line of OTLP/JSON, without the line break.
///
/// As <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding> says: names in
/// lowerCamelCase, ids in hex, enums as numbers, 64-bit integers as strings, bytes in base64; fields
/// with default values are left out. Text that is not UTF-8 gets U+FFFD in the bad places, and
/// fields that this version does not know are left out, because JSON has no way to say them.
pub fn traces_to_json(message: &[u8], out: &mut Vec<u8>) -> Result<()> {
    validate_traces(message)?;
    object(&TRACES_DATA, message, out)
}

/// Appends an `AnyValue` message as OTLP/JSON, likewise.
pub(crate) fn any_to_json(any: AnyRef<'_>, out: &mut Vec<u8>) -> Result<()> {
    any.validate()?;
    object(&ANY_VALUE, any.0, out)
}

/// Appends a message as an object.
fn object(message: &Message, raw: &[u8], out: &mut Vec<u8>) -> Result<()> {
    let fields = Fields::parse(message, raw)?;
    out.push(b'{');
    let by_field = fields.known.chunk_by(|(a, _), (b, _)| a.number == b.number);
    for (i, values) in by_field.enumerate() {
        let Some((field, first)) = values.first() else { continue };
        separate(i, out);
        quoted(field.name.as_bytes(), out);
        out.push(b':');
        match field.kind {
            Kind::Many(inner) => {
                out.push(b'[');
                for (i, (_, value)) in values.iter().enumerate() {
                    separate(i, out);
                    scalar(Kind::One(inner), value, out)?;
                }
                out.push(b']');
            }
            kind => scalar(kind, first, out)?,
        }
    }
    out.push(b'}');
    Ok(())
}

fn scalar(kind: Kind, value: &Value<'_>, out: &mut Vec<u8>) -> Result<()> {
    match value {
        Value::Bytes(bytes) => match kind {
            Kind::One(inner) | Kind::Many(inner) => object(inner, bytes, out),
            Kind::Id => {
                id(bytes, out);
                Ok(())
            }
            Kind::Blob => {
                quoted(BASE64_STANDARD.encode(bytes).as_bytes(), out);
                Ok(())
            }
            _ => json(out, &text(bytes)),
        },
        Value::Number(number) => match kind {
            Kind::Bool => print(out, format_args!("{}", *number != 0)),
            Kind::I64 => print(out, format_args!("\"{}\"", *number as i64)),
            Kind::Fixed64 => print(out, format_args!("\"{number}\"")),
            Kind::Enum(_) => print(out, format_args!("{}", *number as i32)),
            Kind::Double => double(f64::from_bits(*number), out),
            _ => print(out, format_args!("{number}")),
        },
    }
}

fn double(value: f64, out: &mut Vec<u8>) -> Result<()> {
    if value.is_finite() {
        return json(out, &value);
    }
    let name = match value {
        f64::INFINITY => "Infinity",
        f64::NEG_INFINITY => "-Infinity",
        _ => "NaN",
    };
    quoted(name.as_bytes(), out);
    Ok(())
}

/// Text that needs no escapes.
fn quoted(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(text);
    out.push(b'"');
}

fn id(bytes: &[u8], out: &mut Vec<u8>) {
    let digit = |nibble: u8| b"0123456789abcdef"[usize::from(nibble)];
    out.push(b'"');
    out.extend(bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]));
    out.push(b'"');
}

fn separate(index: usize, out: &mut Vec<u8>) {
    if index > 0 {
        out.push(b',');
    }
}

fn print(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) -> Result<()> {
    out.write_fmt(text).map_err(|e| Error::io("writing JSON", e))
}

fn json(out: &mut Vec<u8>, value: &(impl serde_core::Serialize + ?Sized)) -> Result<()> {
    serde_json::to_writer(out, value)
        .map_err(|e| Error::new(ErrorKind::Otlp, format!("writing JSON: {e}")))
}
