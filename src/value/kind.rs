//! What a value is, for readers in other languages.

use super::{AnyKind, ValueRef};

/// Kind of a value: fewer than there are types of columns. The numbers are those of the C ABI.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// No value.
    #[default]
    Absent = 0,
    /// Boolean.
    Bool = 1,
    /// Signed integer.
    I64 = 2,
    /// Unsigned integer.
    U64 = 3,
    /// Double.
    F64 = 4,
    /// Text.
    Str = 5,
    /// Bytes.
    Bytes = 6,
    /// Point in time.
    TimeNs = 7,
    /// Length of time.
    DurationNs = 8,
    /// Array, as an encoded `AnyValue`.
    List = 9,
    /// There, and empty.
    Null = 10,
    /// Trace or span id.
    Id = 11,
    /// Span kind.
    SpanKind = 12,
    /// Status code.
    Status = 13,
    /// Named values, as an encoded `AnyValue`.
    Map = 14,
}

impl ValueRef<'_> {
    /// The kind. Nested values that cannot be decoded are bytes.
    #[inline]
    pub fn kind(&self) -> Kind {
        match self {
            ValueRef::Empty => Kind::Null,
            ValueRef::Str(_) => Kind::Str,
            ValueRef::Bytes(_) => Kind::Bytes,
            ValueRef::I64(_) => Kind::I64,
            ValueRef::U64(_) => Kind::U64,
            ValueRef::F64(_) => Kind::F64,
            ValueRef::Bool(_) => Kind::Bool,
            ValueRef::TimeNs(_) => Kind::TimeNs,
            ValueRef::DurationNs(_) => Kind::DurationNs,
            ValueRef::Id(_) => Kind::Id,
            ValueRef::SpanKind(_) => Kind::SpanKind,
            ValueRef::Status(_) => Kind::Status,
            ValueRef::List(_) => Kind::List,
            ValueRef::Nested(any) => match any.kind() {
                Ok(AnyKind::Array(_)) => Kind::List,
                Ok(AnyKind::Map(_)) => Kind::Map,
                _ => Kind::Bytes,
            },
        }
    }

    /// The number of a value without bytes, as 64 bits: integers in two's complement, doubles by
    /// their bits. `None` of a value that is bytes.
    #[inline]
    pub fn number(&self) -> Option<u64> {
        match *self {
            ValueRef::Empty => Some(0),
            ValueRef::I64(v) => Some(v as u64),
            ValueRef::U64(v) | ValueRef::TimeNs(v) | ValueRef::DurationNs(v) => Some(v),
            ValueRef::F64(v) => Some(v.to_bits()),
            ValueRef::Bool(v) => Some(u64::from(v)),
            ValueRef::SpanKind(v) | ValueRef::Status(v) => Some(i64::from(v) as u64),
            _ => None,
        }
    }

    /// The bytes of a text, bytes, id or encoded value; of a number none.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        match self {
            ValueRef::Str(b) | ValueRef::Bytes(b) | ValueRef::Id(b) => b,
            ValueRef::List(any) | ValueRef::Nested(any) => any.0,
            _ => &[],
        }
    }
}
