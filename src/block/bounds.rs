//! What the smallest and the largest value of a column tell of the others.

use super::format::{ColumnEntry, corrupt};
use super::{Column, Values};
use crate::error::Result;
use crate::value::ValueType;

/// The smallest and the largest value of a column, as its entry in the directory has them.
///
/// - Integers, and what is stored like them: their 64 bits.
/// - Doubles: likewise; NaN does not count, and -0.0 is as good as 0.0.
/// - Booleans: 0 or 1.
/// - Byte strings and ids: the first 8 bytes as a number that sorts like them ([`string_prefix`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Type of the values.
    pub value_type: ValueType,
    /// Smallest value.
    pub min: u64,
    /// Largest value.
    pub max: u64,
}

/// What values are sought in columns of one type, as far as an index can tell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sought<'a> {
    /// Any value.
    Any,
    /// Integers, times, durations, kinds or status codes from the first to the second, both sought.
    Integers(i128, i128),
    /// Doubles from the first to the second, both sought.
    Doubles(f64, f64),
    /// This boolean.
    Bool(bool),
    /// Text, bytes or an id equal to this.
    Equal(&'a [u8]),
    /// Text or bytes that start with this.
    StartsWith(&'a [u8]),
    /// Text or bytes from the first to the second in the order of bytes, both sought; `None` leaves
    /// that end open.
    Between(Option<&'a [u8]>, Option<&'a [u8]>),
}

/// First 8 bytes as a number that sorts like them; shorter strings are filled up with zeros.
#[inline]
pub fn string_prefix(value: &[u8]) -> u64 {
    filled_prefix(value, 0)
}

fn filled_prefix(value: &[u8], fill: u8) -> u64 {
    let mut first = [fill; 8];
    let len = value.len().min(8);
    first[..len].copy_from_slice(&value[..len]);
    u64::from_be_bytes(first)
}

impl Bounds {
    /// The bounds that `entry` states; `None` if its type is not known.
    pub fn of(entry: &ColumnEntry) -> Option<Bounds> {
        let value_type = ValueType::from_number(entry.value_type)?;
        Some(Bounds { value_type, min: entry.min, max: entry.max })
    }

    /// Whether a value between the bounds can be one of those sought. `false` means that none is.
    pub fn may_have(&self, sought: &Sought<'_>) -> bool {
        match *sought {
            Sought::Any => true,
            Sought::Integers(low, high) => {
                let exact = |bits: u64| match self.value_type.is_signed() {
                    true => i128::from(bits as i64),
                    false => i128::from(bits),
                };
                exact(self.min) <= high && low <= exact(self.max)
            }
            Sought::Doubles(low, high) => {
                f64::from_bits(self.min) <= high && low <= f64::from_bits(self.max)
            }
            Sought::Bool(value) => (self.min..=self.max).contains(&u64::from(value)),
            Sought::Equal(value) => self.may_have_strings(Some(value), Some(value)),
            Sought::StartsWith(part) => {
                filled_prefix(part, 0) <= self.max && self.min <= filled_prefix(part, u8::MAX)
            }
            Sought::Between(low, high) => self.may_have_strings(low, high),
        }
    }

    fn may_have_strings(&self, low: Option<&[u8]>, high: Option<&[u8]>) -> bool {
        low.is_none_or(|low| string_prefix(low) <= self.max)
            && high.is_none_or(|high| self.min <= string_prefix(high))
    }
}

impl Column<'_> {
    /// Compares the bounds and the count of distinct strings that the directory states with the
    /// values.
    pub(super) fn verify_bounds(&self) -> Result<()> {
        let entry = self.entry;
        let stated = (entry.min, entry.max);
        let right = match self.values {
            Values::None => true,
            Values::Integers(integers) => {
                let flip = if self.value_type.is_signed() { 1 << 63 } else { 0 };
                let all = (0..integers.offsets.len()).filter_map(|i| integers.get(i));
                limits(all.map(|v| v ^ flip)) == Some((stated.0 ^ flip, stated.1 ^ flip))
            }
            Values::Doubles(values) => {
                let numbers = || values.iter().copied().filter(|v| !v.is_nan());
                numbers().fold(f64::INFINITY, f64::min) == f64::from_bits(stated.0)
                    && numbers().fold(f64::NEG_INFINITY, f64::max) == f64::from_bits(stated.1)
            }
            Values::Bits(bits) => {
                let all = (0..bits.len as usize).filter_map(|i| bits.get(i));
                limits(all.map(u64::from)) == Some(stated)
            }
            Values::Fixed(width, bytes) => {
                limits(bytes.chunks_exact(width).map(string_prefix)) == Some(stated)
            }
            Values::Dictionary { entries: strings, .. } | Values::Arena(strings) => {
                let mut all: Vec<&[u8]> = strings.iter().collect();
                all.sort_unstable();
                all.dedup();
                all.len() == entry.distinct as usize
                    && limits(all.into_iter().map(string_prefix)) == Some(stated)
            }
        };
        if right { Ok(()) } else { Err(corrupt("its smallest and largest value are stated wrong")) }
    }
}

fn limits(values: impl Iterator<Item = u64> + Clone) -> Option<(u64, u64)> {
    Some((values.clone().min()?, values.max()?))
}
