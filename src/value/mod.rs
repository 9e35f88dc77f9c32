//! Values as they come out of columns, their types, and the OTLP enums.
//!
//! Text is kept as bytes: OTLP declares its strings UTF-8, but collectors pass on whatever an
//! instrumented program produced, and nothing may be lost. Bytes become `str` only where somebody
//! asks for text ([`text`]).

mod any;
mod kind;

pub use any::{AnyKind, AnyRef, KeyValueRef, MAX_DEPTH};
pub use kind::Kind;

use crate::error::Result;
use std::borrow::Cow;
use std::fmt;

/// Type of a column. The numbers are part of the file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ValueType {
    /// An attribute that is there with an empty `AnyValue`.
    Empty = 0,
    /// Text (bytes that should be UTF-8).
    Str = 1,
    /// Bytes.
    Bytes = 2,
    /// 64-bit signed integer.
    I64 = 3,
    /// 64-bit unsigned integer (counts, flags).
    U64 = 4,
    /// IEEE double.
    F64 = 5,
    /// Boolean.
    Bool = 6,
    /// Point in time: nanoseconds since the Unix epoch, unsigned.
    TimeNs = 7,
    /// Length of time in nanoseconds, unsigned.
    DurationNs = 8,
    /// Trace or span id, as bytes.
    Id = 9,
    /// OTLP span kind number.
    SpanKind = 10,
    /// OTLP status code number.
    Status = 11,
    /// Array of text, as an encoded `AnyValue`.
    StrList = 12,
    /// Array of integers, as an encoded `AnyValue`.
    I64List = 13,
    /// Array of doubles, as an encoded `AnyValue`.
    F64List = 14,
    /// Array of booleans, as an encoded `AnyValue`.
    BoolList = 15,
    /// Any other array or a key-value list, as an encoded `AnyValue`.
    Nested = 16,
}

impl ValueType {
    /// All types, in the order of their numbers.
    pub const ALL: [ValueType; 17] = [
        ValueType::Empty,
        ValueType::Str,
        ValueType::Bytes,
        ValueType::I64,
        ValueType::U64,
        ValueType::F64,
        ValueType::Bool,
        ValueType::TimeNs,
        ValueType::DurationNs,
        ValueType::Id,
        ValueType::SpanKind,
        ValueType::Status,
        ValueType::StrList,
        ValueType::I64List,
        ValueType::F64List,
        ValueType::BoolList,
        ValueType::Nested,
    ];

    /// The type with this number in a file.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(number as usize).copied()
    }

    /// Whether values are signed integers: their 64 bits are two's complement.
    pub fn is_signed(self) -> bool {
        matches!(self, ValueType::I64 | ValueType::SpanKind | ValueType::Status)
    }

    /// Short lower-case name, for people.
    pub fn name(self) -> &'static str {
        match self {
            ValueType::Empty => "empty",
            ValueType::Str => "string",
            ValueType::Bytes => "bytes",
            ValueType::I64 => "int",
            ValueType::U64 => "uint",
            ValueType::F64 => "double",
            ValueType::Bool => "bool",
            ValueType::TimeNs => "time",
            ValueType::DurationNs => "duration",
            ValueType::Id => "id",
            ValueType::SpanKind => "kind",
            ValueType::Status => "status",
            ValueType::StrList => "string[]",
            ValueType::I64List => "int[]",
            ValueType::F64List => "double[]",
            ValueType::BoolList => "bool[]",
            ValueType::Nested => "nested",
        }
    }
}

/// One value, borrowed from a block.
// With the payload of every variant in the same place, values are copied word by word; bytes at odd
// places cost more than the read that gave them.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(u64)]
pub enum ValueRef<'a> {
    /// The attribute is there and its value is empty.
    Empty,
    /// Text (bytes that should be UTF-8).
    Str(&'a [u8]),
    /// Bytes.
    Bytes(&'a [u8]),
    /// Signed integer.
    I64(i64),
    /// Unsigned integer.
    U64(u64),
    /// Double.
    F64(f64),
    /// Boolean.
    Bool(bool),
    /// Nanoseconds since the Unix epoch.
    TimeNs(u64),
    /// Nanoseconds.
    DurationNs(u64),
    /// Trace or span id.
    Id(&'a [u8]),
    /// OTLP span kind number.
    SpanKind(i32),
    /// OTLP status code number.
    Status(i32),
    /// Array of scalars of one type.
    List(AnyRef<'a>),
    /// Mixed or nested array, or key-value list.
    Nested(AnyRef<'a>),
}

impl<'a> ValueRef<'a> {
    /// What an encoded `AnyValue` holds. A kind of value that this version does not know is
    /// [`ValueRef::Nested`], so that its bytes are kept.
    #[inline]
    pub fn of_any(any: AnyRef<'a>) -> Result<Self> {
        Ok(match any.kind()? {
            AnyKind::Str(v) => ValueRef::Str(v),
            AnyKind::I64(v) => ValueRef::I64(v),
            AnyKind::F64(v) => ValueRef::F64(v),
            AnyKind::Bool(v) => ValueRef::Bool(v),
            AnyKind::Bytes(v) => ValueRef::Bytes(v),
            AnyKind::Empty if any.0.is_empty() => ValueRef::Empty,
            AnyKind::Array(_) if list_type(any)?.is_some() => ValueRef::List(any),
            AnyKind::Empty | AnyKind::Array(_) | AnyKind::Map(_) => ValueRef::Nested(any),
        })
    }

    /// Type of the column that holds such a value.
    #[inline]
    pub fn value_type(&self) -> ValueType {
        match self {
            ValueRef::Empty => ValueType::Empty,
            ValueRef::Str(_) => ValueType::Str,
            ValueRef::Bytes(_) => ValueType::Bytes,
            ValueRef::I64(_) => ValueType::I64,
            ValueRef::U64(_) => ValueType::U64,
            ValueRef::F64(_) => ValueType::F64,
            ValueRef::Bool(_) => ValueType::Bool,
            ValueRef::TimeNs(_) => ValueType::TimeNs,
            ValueRef::DurationNs(_) => ValueType::DurationNs,
            ValueRef::Id(_) => ValueType::Id,
            ValueRef::SpanKind(_) => ValueType::SpanKind,
            ValueRef::Status(_) => ValueType::Status,
            ValueRef::List(any) => list_type(*any).ok().flatten().unwrap_or(ValueType::Nested),
            ValueRef::Nested(_) => ValueType::Nested,
        }
    }
}

/// Type of an array of scalars of one type; `None` if it is empty, mixed or nested.
fn list_type(array: AnyRef<'_>) -> Result<Option<ValueType>> {
    let mut common = None;
    for item in array.items() {
        let item_type = match item?.kind()? {
            AnyKind::Str(_) => ValueType::StrList,
            AnyKind::I64(_) => ValueType::I64List,
            AnyKind::F64(_) => ValueType::F64List,
            AnyKind::Bool(_) => ValueType::BoolList,
            _ => return Ok(None),
        };
        if *common.get_or_insert(item_type) != item_type {
            return Ok(None);
        }
    }
    Ok(common)
}

/// Text of bytes that should be UTF-8; what is not is replaced by U+FFFD.
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// Lower-case hexadecimal of an id or bytes value.
pub struct Hex<'a>(pub &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

/// Bytes of a hexadecimal string (either case); `None` if it is not one.
pub fn parse_hex(hex: &str) -> Option<Vec<u8>> {
    let digit = |c: u8| (c as char).to_digit(16).map(|d| d as u8);
    let hex = hex.as_bytes();
    if !hex.len().is_multiple_of(2) {
        return None;
    }
    hex.chunks_exact(2).map(|p| Some(digit(p[0])? << 4 | digit(p[1])?)).collect()
}

/// Name of an OTLP span kind number, as TraceQL spells it; `None` for numbers OTLP does not define.
pub fn span_kind_name(kind: i32) -> Option<&'static str> {
    const NAMES: [&str; 6] =
        ["unspecified", "internal", "server", "client", "producer", "consumer"];
    usize::try_from(kind).ok().and_then(|k| NAMES.get(k).copied())
}

/// Span kind number of a TraceQL name.
pub fn span_kind_from_name(name: &str) -> Option<i32> {
    (0..6).find(|&k| span_kind_name(k) == Some(name))
}

/// Name of an OTLP status code, as TraceQL spells it; `None` for numbers OTLP does not define.
pub fn status_name(status: i32) -> Option<&'static str> {
    const NAMES: [&str; 3] = ["unset", "ok", "error"];
    usize::try_from(status).ok().and_then(|s| NAMES.get(s).copied())
}

/// Status code of a TraceQL name.
pub fn status_from_name(name: &str) -> Option<i32> {
    (0..3).find(|&s| status_name(s) == Some(name))
}

impl fmt::Display for ValueRef<'_> {
    /// For people: text as it is, ids and bytes in hex, lists and nested values like JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            ValueRef::Empty => Ok(()),
            ValueRef::Str(s) => f.write_str(&text(s)),
            ValueRef::Bytes(b) | ValueRef::Id(b) => Hex(b).fmt(f),
            ValueRef::I64(v) => v.fmt(f),
            ValueRef::U64(v) | ValueRef::TimeNs(v) | ValueRef::DurationNs(v) => v.fmt(f),
            ValueRef::F64(v) => v.fmt(f),
            ValueRef::Bool(v) => v.fmt(f),
            ValueRef::SpanKind(k) => match span_kind_name(k) {
                Some(name) => f.write_str(name),
                None => k.fmt(f),
            },
            ValueRef::Status(s) => match status_name(s) {
                Some(name) => f.write_str(name),
                None => s.fmt(f),
            },
            ValueRef::List(any) | ValueRef::Nested(any) => any.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_numbers_are_their_places() {
        for (i, ty) in ValueType::ALL.iter().enumerate() {
            assert_eq!(ValueType::from_number(i as u8), Some(*ty));
            assert_eq!(*ty as usize, i);
        }
        assert_eq!(ValueType::from_number(17), None);
    }

    #[test]
    fn hex_round_trips_and_refuses_what_is_not_hex() {
        assert_eq!(parse_hex("00ffA1").unwrap(), [0, 0xff, 0xa1]);
        assert_eq!(Hex(&[0, 0xff, 0xa1]).to_string(), "00ffa1");
        assert_eq!(parse_hex("abc"), None);
        assert_eq!(parse_hex("zz"), None);
    }
}
