//! Values as JSON.

use blockpack::value::{Hex, ValueRef};
use serde_json::Value;

/// A value: numbers as numbers where JSON can hold them, everything else as text.
pub fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Empty => Value::Null,
        ValueRef::Bool(v) => v.into(),
        ValueRef::I64(v) => v.into(),
        ValueRef::U64(v) | ValueRef::TimeNs(v) | ValueRef::DurationNs(v) => v.into(),
        ValueRef::F64(v) if v.is_finite() => v.into(),
        ValueRef::Bytes(v) | ValueRef::Id(v) => Hex(v).to_string().into(),
        other => other.to_string().into(),
    }
}
