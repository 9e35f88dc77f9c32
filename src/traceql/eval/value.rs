//! Values of expressions.

use crate::traceql::ast::Literal;
use crate::value::{AnyRef, Hex, ValueRef, text};
use std::cmp::Ordering;
use std::fmt;

/// What a field or an expression is for one span, borrowed. Absence is the lack of one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operand<'a> {
    /// True or false.
    Bool(bool),
    /// Whole number; also points in time, in nanoseconds.
    Int(i64),
    /// Double.
    Float(f64),
    /// Nanoseconds.
    Duration(i64),
    /// Text.
    Str(&'a [u8]),
    /// Trace or span id.
    Id(&'a [u8]),
    /// OTLP number of a status.
    Status(i32),
    /// OTLP number of a span kind.
    Kind(i32),
    /// Array of scalars of one type.
    List(AnyRef<'a>),
    /// Something that is there and cannot be used: bytes, a map, a mixed or an empty array.
    Other(ValueRef<'a>),
}

/// What a field or an expression is for a span, with memory of its own.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Nil,
    /// True or false.
    Bool(bool),
    /// Whole number.
    Int(i64),
    /// Double.
    Float(f64),
    /// Nanoseconds.
    Duration(i64),
    /// Text (bytes that should be UTF-8).
    Str(Box<[u8]>),
    /// Trace or span id.
    Id(Box<[u8]>),
    /// OTLP number of a status.
    Status(i32),
    /// OTLP number of a span kind.
    Kind(i32),
    /// Bytes.
    Bytes(Box<[u8]>),
    /// Array or map, as an encoded `AnyValue`.
    Any(Box<[u8]>),
}

impl Value {
    /// An order of all values: by type, then by value.
    pub fn compare(&self, other: &Value) -> Ordering {
        use Value::*;
        match (self, other) {
            (Bool(a), Bool(b)) => a.cmp(b),
            (Int(a), Int(b)) | (Duration(a), Duration(b)) => a.cmp(b),
            (Float(a), Float(b)) => a.total_cmp(b),
            (Status(a), Status(b)) | (Kind(a), Kind(b)) => a.cmp(b),
            (Str(a), Str(b)) | (Id(a), Id(b)) | (Bytes(a), Bytes(b)) | (Any(a), Any(b)) => a.cmp(b),
            (a, b) => a.rank().cmp(&b.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Value::Nil => 0,
            Value::Bool(_) => 1,
            Value::Int(_) => 2,
            Value::Float(_) => 3,
            Value::Duration(_) => 4,
            Value::Status(_) => 5,
            Value::Kind(_) => 6,
            Value::Str(_) => 7,
            Value::Id(_) => 8,
            Value::Bytes(_) => 9,
            Value::Any(_) => 10,
        }
    }
}

impl fmt::Display for Value {
    /// For people, and as texts of labels: text as it is, ids and bytes in hex, lengths of time as
    /// queries spell them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Nil => f.write_str("nil"),
            Value::Bool(v) => v.fmt(f),
            Value::Int(v) => v.fmt(f),
            Value::Float(v) => v.fmt(f),
            Value::Duration(v) => Literal::Duration(*v).fmt(f),
            Value::Str(v) => f.write_str(&text(v)),
            Value::Id(v) | Value::Bytes(v) => Hex(v).fmt(f),
            Value::Status(v) => ValueRef::Status(*v).fmt(f),
            Value::Kind(v) => ValueRef::SpanKind(*v).fmt(f),
            Value::Any(v) => AnyRef(v).fmt(f),
        }
    }
}

impl<'a> Operand<'a> {
    /// A value as it is stored. An array of one item is that item.
    pub fn of(value: ValueRef<'a>) -> Self {
        match value {
            ValueRef::Bool(v) => Operand::Bool(v),
            ValueRef::I64(v) => Operand::Int(v),
            ValueRef::U64(v) | ValueRef::TimeNs(v) => Operand::Int(signed(v)),
            ValueRef::F64(v) => Operand::Float(v),
            ValueRef::DurationNs(v) => Operand::Duration(signed(v)),
            ValueRef::Str(v) => Operand::Str(v),
            ValueRef::Id(v) => Operand::Id(v),
            ValueRef::Status(v) => Operand::Status(v),
            ValueRef::SpanKind(v) => Operand::Kind(v),
            ValueRef::List(list) => match only_item(list) {
                Some(item) => Operand::of(item),
                None => Operand::List(list),
            },
            ValueRef::Empty | ValueRef::Bytes(_) | ValueRef::Nested(_) => Operand::Other(value),
        }
    }

    /// A constant; `None` of nil.
    pub fn of_literal(literal: &'a Literal) -> Option<Self> {
        Some(match literal {
            Literal::Str(v) => Operand::Str(v),
            Literal::Int(v) => Operand::Int(*v),
            Literal::Float(v) => Operand::Float(*v),
            Literal::Duration(v) => Operand::Duration(*v),
            Literal::Bool(v) => Operand::Bool(*v),
            Literal::Status(v) => Operand::Status(*v),
            Literal::Kind(v) => Operand::Kind(*v),
            Literal::Nil => return None,
        })
    }

    /// The value with memory of its own.
    pub fn to_value(self) -> Value {
        match self {
            Operand::Bool(v) => Value::Bool(v),
            Operand::Int(v) => Value::Int(v),
            Operand::Float(v) => Value::Float(v),
            Operand::Duration(v) => Value::Duration(v),
            Operand::Str(v) => Value::Str(v.into()),
            Operand::Id(v) => Value::Id(v.into()),
            Operand::Status(v) => Value::Status(v),
            Operand::Kind(v) => Value::Kind(v),
            Operand::List(v) => Value::Any(v.0.into()),
            Operand::Other(ValueRef::Bytes(v)) => Value::Bytes(v.into()),
            Operand::Other(ValueRef::Nested(v)) => Value::Any(v.0.into()),
            Operand::Other(_) => Value::Any(Box::default()),
        }
    }

    /// The number that it is, as a double.
    pub fn number(self) -> Option<f64> {
        match self {
            Operand::Int(v) | Operand::Duration(v) => Some(v as f64),
            Operand::Float(v) => Some(v),
            _ => None,
        }
    }
}

/// Times of this age do not fit, and are taken as the latest that does.
pub fn signed(v: u64) -> i64 {
    i64::try_from(v).unwrap_or(i64::MAX)
}

fn only_item(list: AnyRef<'_>) -> Option<ValueRef<'_>> {
    let mut items = list.items();
    let only = ValueRef::of_any(items.next()?.ok()?).ok()?;
    (items.next().is_none() && !matches!(only, ValueRef::List(_))).then_some(only)
}

impl Value {
    /// The value as those of spans are given; `None` of nil.
    pub fn view(&self) -> Option<ValueRef<'_>> {
        Some(match self {
            Value::Nil => return None,
            Value::Bool(v) => ValueRef::Bool(*v),
            Value::Int(v) => ValueRef::I64(*v),
            Value::Float(v) => ValueRef::F64(*v),
            // A difference of two durations can be less than nothing.
            Value::Duration(v) => u64::try_from(*v).map_or(ValueRef::I64(*v), ValueRef::DurationNs),
            Value::Str(v) => ValueRef::Str(v),
            Value::Id(v) => ValueRef::Id(v),
            Value::Status(v) => ValueRef::Status(*v),
            Value::Kind(v) => ValueRef::SpanKind(*v),
            Value::Bytes(v) => ValueRef::Bytes(v),
            Value::Any(v) => ValueRef::Nested(AnyRef(v)),
        })
    }
}
