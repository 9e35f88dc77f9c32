//! How the values of one column are read: the function that fits its presence, encoding and type,
//! chosen once when the column is opened.
//!
//! [`Column::value`] asks at every value what kind the column is of. Spans are read across
//! columns, so these questions are answered differently every time, which processors predict badly.
//! A function made for one kind has only questions with one answer.

use super::column::Column;
use super::presence::Presence;
use super::values::{Bits, Integers, Packed, Values};
use crate::value::{ValueRef, ValueType};

/// Gives the value of a row; `None` if it has none.
pub(super) type Read = for<'c, 'a> fn(&'c Column<'a>, u32) -> Option<ValueRef<'a>>;

/// Gives the integer value of a row as its 64 bits; `None` if it has none.
pub(super) type ReadInteger = for<'c, 'a> fn(&'c Column<'a>, u32) -> Option<u64>;

/// Reads columns of every kind.
pub(super) fn any<'a>(column: &Column<'a>, row: u32) -> Option<ValueRef<'a>> {
    column.value(column.presence.index(row)?)
}

/// Reads the integers of columns of every kind.
pub(super) fn any_integer(column: &Column<'_>, row: u32) -> Option<u64> {
    column.values.integer(column.presence.index(row)?)
}

/// The function to read `column` with.
pub(super) fn choose(column: &Column<'_>) -> Read {
    /// The arms of a choice: in each the compiler knows the kind, and drops all other code.
    macro_rules! made_for {
        ($([$values:pat, $of:pat])*) => {
            match column {
                $(Column { values: $values, value_type: $of, .. } => match column.presence {
                    Presence::Dense { .. } => made_for!(Presence::Dense { .. }, $values, $of),
                    Presence::Optional { .. } => made_for!(Presence::Optional { .. }, $values, $of),
                    Presence::Sparse { .. } => made_for!(Presence::Sparse { .. }, $values, $of),
                },)*
                _ => any,
            }
        };
        ($presence:pat, $values:pat, $of:pat) => {{
            fn read<'a>(column: &Column<'a>, row: u32) -> Option<ValueRef<'a>> {
                match column {
                    Column { presence: $presence, values: $values, value_type: $of, .. } => {
                        column.value(column.presence.index(row)?)
                    }
                    _ => None,
                }
            }
            read
        }};
    }
    /// The same for integers of all widths.
    macro_rules! with_integers {
        ([$($of:pat),*] $($rest:tt)*) => {
            made_for! {
                $($rest)*
                $([Values::Integers(Integers { offsets: Packed::Zero(_), .. }), $of]
                [Values::Integers(Integers { offsets: Packed::U8(_), .. }), $of]
                [Values::Integers(Integers { offsets: Packed::U16(_), .. }), $of]
                [Values::Integers(Integers { offsets: Packed::U32(_), .. }), $of]
                [Values::Integers(Integers { offsets: Packed::U64(_), .. }), $of]
                [Values::Integers(Integers { offsets: Packed::Split8(..), .. }), $of]
                [Values::Integers(Integers { offsets: Packed::Split16(..), .. }), $of])*
            }
        };
    }
    with_integers! {
        [ValueType::I64, ValueType::TimeNs, ValueType::DurationNs, ValueType::SpanKind, ValueType::Status]
        [Values::Dictionary { codes: Packed::Zero(_), .. }, ValueType::Str]
        [Values::Dictionary { codes: Packed::U8(_), .. }, ValueType::Str]
        [Values::Dictionary { codes: Packed::U16(_), .. }, ValueType::Str]
        [Values::Dictionary { codes: Packed::U32(_), .. }, ValueType::Str]
        [Values::Arena(_), ValueType::Str]
        [Values::Fixed(..), ValueType::Id]
        [Values::Doubles(_), ValueType::F64]
        [Values::Bits(Bits { .. }), ValueType::Bool]
    }
}

/// The function to read the integers of `column` with.
pub(super) fn choose_integer(column: &Column<'_>) -> ReadInteger {
    macro_rules! made_for {
        ($($offsets:pat),*) => {
            match column.values {
                $(Values::Integers(Integers { offsets: $offsets, .. }) => match column.presence {
                    Presence::Dense { .. } => made_for!(@ Presence::Dense { .. }, $offsets),
                    Presence::Optional { .. } => made_for!(@ Presence::Optional { .. }, $offsets),
                    Presence::Sparse { .. } => made_for!(@ Presence::Sparse { .. }, $offsets),
                },)*
                _ => any_integer,
            }
        };
        (@ $presence:pat, $offsets:pat) => {{
            fn read(column: &Column<'_>, row: u32) -> Option<u64> {
                match (&column.presence, &column.values) {
                    ($presence, Values::Integers(integers @ Integers { offsets: $offsets, .. })) => {
                        integers.get(column.presence.index(row)?)
                    }
                    _ => None,
                }
            }
            read
        }};
    }
    made_for! {
        Packed::Zero(_), Packed::U8(_), Packed::U16(_), Packed::U32(_), Packed::U64(_),
        Packed::Split8(..), Packed::Split16(..)
    }
}
