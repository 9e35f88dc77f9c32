//! Tests of text and bytes.

use super::Comparison;
use memchr::memmem::Finder;
use regex::bytes::Regex;
use std::ops::Range;

/// A test of a byte string.
#[derive(Clone, Debug)]
pub enum StringTest {
    /// From the first, or after it if the flag says so; up to the second, or before it. In order of
    /// bytes.
    Range(Option<(Box<[u8]>, bool)>, Option<(Box<[u8]>, bool)>),
    /// One of these, which are sorted.
    OneOf(Vec<Box<[u8]>>),
    /// Contains this.
    Contains(Box<Finder<'static>>),
    StartsWith(Box<[u8]>),
    EndsWith(Box<[u8]>),
    /// The same but for the case of ASCII letters.
    SameAscii(Box<[u8]>),
    Regex(Regex),
    /// As many bytes, or not.
    Length {
        lengths: Range<u64>,
        outside: bool,
    },
}

impl StringTest {
    /// A test of the length in bytes.
    pub fn length(comparison: Comparison, length: u64) -> StringTest {
        let after = length.saturating_add(1);
        let (lengths, outside) = match comparison {
            Comparison::Equal => (length..after, false),
            Comparison::NotEqual => (length..after, true),
            Comparison::Less => (0..length, false),
            Comparison::LessOrEqual => (0..after, false),
            Comparison::Greater => (0..after, true),
            Comparison::GreaterOrEqual => (0..length, true),
        };
        StringTest::Length { lengths, outside }
    }

    /// Whether sorted strings that pass are found by searching, without looking at all of them.
    pub fn is_search(&self) -> bool {
        use StringTest::*;
        matches!(self, Range(..) | OneOf(_) | StartsWith(_))
    }

    /// Whether `bytes` pass.
    #[inline]
    pub fn matches(&self, bytes: &[u8]) -> bool {
        match self {
            StringTest::Range(low, high) => {
                let above = |(low, strictly): &(Box<[u8]>, bool)| {
                    if *strictly { bytes > &low[..] } else { bytes >= &low[..] }
                };
                let below = |(high, strictly): &(Box<[u8]>, bool)| {
                    if *strictly { bytes < &high[..] } else { bytes <= &high[..] }
                };
                low.as_ref().is_none_or(above) && high.as_ref().is_none_or(below)
            }
            StringTest::OneOf(values) => match &values[..] {
                [value] => **value == *bytes,
                values => values.binary_search_by(|v| (**v).cmp(bytes)).is_ok(),
            },
            StringTest::Contains(finder) => finder.find(bytes).is_some(),
            StringTest::StartsWith(part) => bytes.starts_with(part),
            StringTest::EndsWith(part) => bytes.ends_with(part),
            StringTest::SameAscii(value) => bytes.eq_ignore_ascii_case(value),
            StringTest::Regex(regex) => regex.is_match(bytes),
            StringTest::Length { lengths, outside } => {
                lengths.contains(&(bytes.len() as u64)) != *outside
            }
        }
    }
}
