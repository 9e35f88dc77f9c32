//! Sets of numbers, exact: every integer of 64 bits and every double is in or out by its value.

use crate::value::ValueRef;

/// Integers and doubles that match, as ranges of each. Both ends of a range belong to it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Numbers {
    /// Ascending, with gaps between them.
    pub integers: Vec<(i128, i128)>,
    /// Ascending by their low ends; may overlap. Without NaN.
    pub doubles: Vec<(f64, f64)>,
}

/// A number as it came: doubles are not rounded to integers, nor integers to doubles.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    Integer(i128),
    Double(f64),
}

/// Every integer of 64 bits, signed or not, is between these.
const MIN: i128 = i64::MIN as i128;
const MAX: i128 = u64::MAX as i128;

impl Number {
    /// The number that `value` is; times and durations are their nanoseconds.
    pub fn of(value: ValueRef<'_>) -> Option<Number> {
        Some(match value {
            ValueRef::I64(v) => Number::Integer(v.into()),
            ValueRef::U64(v) | ValueRef::TimeNs(v) | ValueRef::DurationNs(v) => {
                Number::Integer(v.into())
            }
            ValueRef::F64(v) => Number::Double(v),
            _ => return None,
        })
    }

    fn is_nan(self) -> bool {
        matches!(self, Number::Double(d) if d.is_nan())
    }

    /// The largest integer that is at most the number, or less than it if `strictly`.
    fn integer_below(self, strictly: bool) -> i128 {
        match self {
            Number::Integer(i) => i - i128::from(strictly),
            // The conversion saturates, so infinities are past all integers of 64 bits.
            Number::Double(d) => match d.floor() {
                floor if strictly && floor == d => (floor as i128).saturating_sub(1),
                floor => floor as i128,
            },
        }
    }

    /// The smallest integer that is at least the number, or more than it if `strictly`.
    fn integer_above(self, strictly: bool) -> i128 {
        match self {
            Number::Integer(i) => i + i128::from(strictly),
            Number::Double(d) => match d.ceil() {
                ceil if strictly && ceil == d => (ceil as i128).saturating_add(1),
                ceil => ceil as i128,
            },
        }
    }

    /// The largest double that is at most the number, or less than it if `strictly`; `None` if
    /// there is none.
    fn double_below(self, strictly: bool) -> Option<f64> {
        let (double, exact) = self.nearest_double();
        let down = match exact {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => strictly,
            std::cmp::Ordering::Greater => true,
        };
        match down {
            false => Some(double),
            true if double == f64::NEG_INFINITY => None,
            true => Some(double.next_down()),
        }
    }

    /// The smallest double that is at least the number, or more than it if `strictly`; `None` if
    /// there is none.
    fn double_above(self, strictly: bool) -> Option<f64> {
        let (double, exact) = self.nearest_double();
        let up = match exact {
            std::cmp::Ordering::Less => true,
            std::cmp::Ordering::Equal => strictly,
            std::cmp::Ordering::Greater => false,
        };
        match up {
            false => Some(double),
            true if double == f64::INFINITY => None,
            true => Some(double.next_up()),
        }
    }

    /// A double next to the number, and how it compares to the number.
    fn nearest_double(self) -> (f64, std::cmp::Ordering) {
        match self {
            Number::Double(d) => (d, std::cmp::Ordering::Equal),
            // Integers of 64 bits are far inside of what converts without saturating.
            Number::Integer(i) => (i as f64, (i as f64 as i128).cmp(&i)),
        }
    }
}

impl Numbers {
    /// Numbers from `low` (or after it, if the flag says so) to `high` (or before it).
    pub fn range(low: Option<(Number, bool)>, high: Option<(Number, bool)>) -> Numbers {
        let mut numbers = Numbers::default();
        if low.is_some_and(|(n, _)| n.is_nan()) || high.is_some_and(|(n, _)| n.is_nan()) {
            return numbers;
        }
        let from = low.map_or(MIN, |(n, strictly)| n.integer_above(strictly)).max(MIN);
        let to = high.map_or(MAX, |(n, strictly)| n.integer_below(strictly)).min(MAX);
        if from <= to {
            numbers.integers.push((from, to));
        }
        let from = low.map_or(Some(f64::NEG_INFINITY), |(n, strictly)| n.double_above(strictly));
        let to = high.map_or(Some(f64::INFINITY), |(n, strictly)| n.double_below(strictly));
        if let (Some(from), Some(to)) = (from, to)
            && from <= to
        {
            numbers.doubles.push((from, to));
        }
        numbers
    }

    /// Integers greater than 0.
    pub fn positive() -> Numbers {
        Numbers::range(Some((Number::Integer(0), true)), None)
    }

    /// The numbers equal to one of `numbers`.
    pub fn of(numbers: impl IntoIterator<Item = Number>) -> Numbers {
        let mut all = Numbers::default();
        for number in numbers {
            let one = Numbers::range(Some((number, false)), Some((number, false)));
            all.integers.extend(one.integers);
            all.doubles.extend(one.doubles);
        }
        all.integers.sort_unstable();
        // Neighbours become one range.
        all.integers.dedup_by(|next, before| {
            let joined = next.0 <= before.1 + 1;
            if joined {
                before.1 = before.1.max(next.1);
            }
            joined
        });
        all.doubles.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        all.doubles.dedup();
        all
    }

    /// Whether some integer from `low` to `high` matches.
    pub fn meets(&self, low: u64, high: u64) -> bool {
        let (low, high) = (i128::from(low), i128::from(high));
        self.integers.iter().any(|&(from, to)| from <= high && low <= to)
    }

    /// Whether `integer` matches.
    #[inline]
    pub fn has_integer(&self, integer: i128) -> bool {
        let after = self.integers.partition_point(|&(low, _)| low <= integer);
        after > 0 && integer <= self.integers[after - 1].1
    }

    /// Whether `double` matches. NaN never does.
    #[inline]
    pub fn has_double(&self, double: f64) -> bool {
        self.doubles.iter().any(|&(low, high)| low <= double && double <= high)
    }
}
