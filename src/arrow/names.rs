//! Numbers that have names: kinds of spans and status codes.

use crate::value::{span_kind_name, status_name};
use std::borrow::Cow;

/// Which numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    Kinds,
    Statuses,
}

impl Names {
    /// How many numbers have a name: those from 0 on.
    pub fn count(self) -> u8 {
        match self {
            Names::Kinds => 6,
            Names::Statuses => 3,
        }
    }

    /// The name of `number`, or its digits.
    pub fn name(self, number: i32) -> Cow<'static, str> {
        let name = match self {
            Names::Kinds => span_kind_name(number),
            Names::Statuses => status_name(number),
        };
        name.map_or_else(|| number.to_string().into(), Cow::Borrowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_that_have_names_are_those_below_the_count() {
        for names in [Names::Kinds, Names::Statuses] {
            for number in -1..300 {
                let named = number >= 0 && number < i32::from(names.count());
                assert_eq!(names.name(number) != number.to_string(), named);
            }
        }
    }
}
