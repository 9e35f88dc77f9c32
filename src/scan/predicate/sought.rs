//! What a test seeks, in the terms of indexes: what bounds, filters and column indexes can deny.

use super::{Numbers, StringTest, ValueTest};
use crate::block::{Bounds, Sought};
use crate::value::ValueType;

/// Most values that are asked for one by one; if there are more, any value may be one of them.
const MAX_ASKED: usize = 16;

impl ValueTest {
    /// Whether `may` holds for anything that the test seeks in a column of type `of`. If the test
    /// is not negated, only values that are sought match.
    pub fn seeks(&self, of: ValueType, mut may: impl FnMut(Sought<'_>) -> bool) -> bool {
        use ValueType::*;
        match of {
            Str => seeks_strings(self.text.as_ref(), &mut may),
            Bytes => seeks_strings(self.bytes.as_ref(), &mut may),
            I64 | U64 | TimeNs | DurationNs => seeks_integers(self.numbers.as_ref(), &mut may),
            SpanKind => seeks_integers(self.kinds.as_ref(), &mut may),
            Status => seeks_integers(self.statuses.as_ref(), &mut may),
            F64 => {
                let doubles = self.numbers.iter().flat_map(|numbers| &numbers.doubles);
                doubles.into_iter().any(|&(low, high)| may(Sought::Doubles(low, high)))
            }
            Bool => {
                let [no, yes] = self.bools.unwrap_or_default();
                no && may(Sought::Bool(false)) || yes && may(Sought::Bool(true))
            }
            Id => self.padded_ids.iter().any(|id| may(Sought::Equal(id))),
            StrList | I64List | F64List | BoolList => self.applies_to(of) && may(Sought::Any),
            Empty | Nested => false,
        }
    }

    /// Whether a value of a column with these bounds can match.
    pub fn may_match(&self, bounds: &Bounds) -> bool {
        self.negated || self.seeks(bounds.value_type, |sought| bounds.may_have(&sought))
    }
}

fn seeks_integers(numbers: Option<&Numbers>, may: &mut impl FnMut(Sought<'_>) -> bool) -> bool {
    let integers = numbers.map_or(&[][..], |numbers| &numbers.integers);
    integers.iter().any(|&(low, high)| may(Sought::Integers(low, high)))
}

fn seeks_strings(test: Option<&StringTest>, may: &mut impl FnMut(Sought<'_>) -> bool) -> bool {
    match test {
        None => false,
        Some(StringTest::OneOf(values)) if values.len() <= MAX_ASKED => {
            values.iter().any(|value| may(Sought::Equal(value)))
        }
        Some(StringTest::StartsWith(part)) => may(Sought::StartsWith(part)),
        Some(StringTest::Range(low, high)) => {
            let (low, high) = (low.as_ref(), high.as_ref());
            may(Sought::Between(low.map(|(low, _)| &**low), high.map(|(high, _)| &**high)))
        }
        Some(_) => may(Sought::Any),
    }
}
