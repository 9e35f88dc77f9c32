//! How the values of one column are read: the function that fits its encoding and type, chosen once
//! when the column is opened.
//!
//! [`Column::value`] asks at every value what kind the column is of. Spans are read across
//! columns, so these questions are answered differently every time, which processors predict badly.
//! A function made for one kind has only questions with one answer.

use super::column::Column;
use super::values::{Bits, Integers, Packed, Values};
use crate::value::{ValueRef, ValueType};

/// Gives a value by its number; `None` if there is none.
pub(super) type Read = for<'c, 'a> fn(&'c Column<'a>, usize) -> Option<ValueRef<'a>>;

/// Gives an integer as its 64 bits by its number; `None` if there is none.
pub(super) type ReadInteger = for<'c, 'a> fn(&'c Column<'a>, usize) -> Option<u64>;

/// Reads columns of every kind.
pub(super) fn any<'a>(column: &Column<'a>, index: usize) -> Option<ValueRef<'a>> {
    column.value(index)
}

/// Reads the integers of columns of every kind.
pub(super) fn any_integer(column: &Column<'_>, index: usize) -> Option<u64> {
    column.values.integer(index)
}

/// The function to read `column` with.
pub(super) fn choose(column: &Column<'_>) -> Read {
    /// The arms of a choice: in each the compiler knows the kind, and drops all other code.
    macro_rules! made_for {
        ($([$values:pat, $of:pat])*) => {
            match column {
                $(Column { values: $values, value_type: $of, .. } => {
                    fn read<'a>(column: &Column<'a>, index: usize) -> Option<ValueRef<'a>> {
                        match column {
                            Column { values: $values, value_type: $of, .. } => column.value(index),
                            _ => None,
                        }
                    }
                    read
                })*
                _ => any,
            }
        };
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
                $(Values::Integers(Integers { offsets: $offsets, .. }) => {
                    fn read(column: &Column<'_>, index: usize) -> Option<u64> {
                        match &column.values {
                            Values::Integers(integers @ Integers { offsets: $offsets, .. }) => {
                                integers.get(index)
                            }
                            _ => None,
                        }
                    }
                    read
                })*
                _ => any_integer,
            }
        };
    }
    made_for! {
        Packed::Zero(_), Packed::U8(_), Packed::U16(_), Packed::U32(_), Packed::U64(_),
        Packed::Split8(..), Packed::Split16(..)
    }
}
