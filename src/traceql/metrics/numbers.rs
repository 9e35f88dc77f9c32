//! Numbers that spans have in a field.

use crate::block::{Block, Column, Packed, Presence, Values};
use crate::error::Result;
use crate::name::Name;
use crate::traceql::eval::{Operand, Program};
use crate::traceql::keys::{Site, field, for_each_integer};
use crate::value::{ValueRef, ValueType};

/// A field in one block: gives the values that are numbers.
pub enum Numbers<'a> {
    /// Columns of the span table. Of each row at most one has a value.
    Columns(Vec<&'a Column<'a>>),
    /// Spans are looked at one by one.
    Spans(Program),
}

impl<'a> Numbers<'a> {
    /// The field `name` in `block`.
    pub fn of(name: &Name, block: &'a Block) -> Result<Numbers<'a>> {
        let Some(columns) = block.columns_alone(name)? else {
            return Ok(Numbers::Spans(Program::compile(&field(name))?));
        };
        columns.map(|column| block.column(column)).collect::<Result<_>>().map(Numbers::Columns)
    }

    /// Makes `found` the spans of `rows` that have a number, as place in `rows` and number.
    pub fn read(&self, site: Site<'_>, rows: &[u32], found: &mut Vec<(u32, Number)>) -> Result<()> {
        found.clear();
        match self {
            Numbers::Columns(columns) => {
                for column in columns {
                    if let Some((base, offsets)) = whole(column) {
                        for_each_integer(offsets, rows, |at, offset| {
                            found
                                .push((at as u32, Number::Whole(base.wrapping_add(offset) as i64)));
                        });
                        continue;
                    }
                    let numbers = (0..).zip(rows);
                    let number = |(at, &row)| Some((at, column.get(row).and_then(Number::of)?));
                    found.extend(numbers.filter_map(number));
                }
            }
            Numbers::Spans(program) => {
                for (at, &row) in (0..).zip(rows) {
                    let value = program.value(site.span(row)?)?;
                    found.extend(value.and_then(Number::of_operand).map(|number| (at, number)));
                }
            }
        }
        Ok(())
    }
}

/// Base and differences of a column in which every row has a whole number below 2^63.
fn whole<'a>(column: &Column<'a>) -> Option<(u64, Packed<'a>)> {
    match (column.presence, column.values, column.value_type) {
        (Presence::Dense { .. }, Values::Integers(integers), ValueType::I64) => {
            Some((integers.base, integers.offsets))
        }
        (Presence::Dense { .. }, Values::Integers(integers), ValueType::DurationNs)
            if integers.offsets.element_width() < 8 && integers.base < 1 << 62 =>
        {
            Some((integers.base, integers.offsets))
        }
        _ => None,
    }
}

/// A number of a span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// Whole, or nanoseconds.
    Whole(i64),
    /// Not whole, or not known to be.
    Double(f64),
}

impl Number {
    #[inline]
    fn of(value: ValueRef<'_>) -> Option<Number> {
        match value {
            ValueRef::I64(v) => Some(Number::Whole(v)),
            ValueRef::DurationNs(v) => Some(Number::Whole(i64::try_from(v).unwrap_or(i64::MAX))),
            other => Number::of_operand(Operand::of(other)),
        }
    }

    fn of_operand(operand: Operand<'_>) -> Option<Number> {
        match operand {
            Operand::Int(v) | Operand::Duration(v) => Some(Number::Whole(v)),
            Operand::Float(v) if !v.is_nan() => Some(Number::Double(v)),
            _ => None,
        }
    }

    /// The number as a double.
    #[inline]
    pub fn double(self) -> f64 {
        match self {
            Number::Whole(v) => v as f64,
            Number::Double(v) => v,
        }
    }

    /// The power of two that the number is at most, and more than half of it; as an exponent.
    /// `None` for those below 2 and for doubles.
    #[inline]
    pub fn bucket(self) -> Option<u32> {
        match self {
            Number::Whole(v) if v >= 2 => Some(64 - (v as u64 - 1).leading_zeros()),
            _ => None,
        }
    }
}

/// What numbers of a field are divided by for samples: durations are kept in nanoseconds, and given
/// in seconds.
pub fn unit(name: &Name) -> f64 {
    if is_time(name) { 1e9 } else { 1.0 }
}

/// Whether a field is a length of time.
pub fn is_time(name: &Name) -> bool {
    match name {
        Name::Intrinsic(intrinsic) => intrinsic.value_type() == ValueType::DurationNs,
        Name::Attribute { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::Number::{Double, Whole};

    #[test]
    fn buckets_end_at_powers_of_two() {
        let buckets = [2, 3, 4, 5, 1024, 1025].map(|v| Whole(v).bucket());
        assert_eq!(buckets, [Some(1), Some(2), Some(2), Some(3), Some(10), Some(11)]);
        assert_eq!(Whole(i64::MAX).bucket(), Some(63));
        assert_eq!([Whole(1), Whole(0), Whole(-8), Double(8.0)].map(|v| v.bucket()), [None; 4]);
    }
}
