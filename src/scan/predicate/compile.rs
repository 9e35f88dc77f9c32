//! From conditions to tests.

use super::numbers::{Number, Numbers};
use super::{
    Comparison, Condition, Predicate, PredicateKind, StringTest, Test, ValueTest,
    without_leading_zeros,
};
use crate::error::{Error, ErrorKind, Result};
use crate::value::{ValueRef, parse_hex, span_kind_from_name, status_from_name, text};
use memchr::memmem::Finder;
use regex::bytes::{Regex, RegexBuilder};

pub(super) fn compile(condition: &Condition<'_>) -> Result<Predicate> {
    use PredicateKind as Kind;
    let (kind, test) = match *condition {
        Condition::IsNull => (Kind::Null, Test::Null),
        Condition::IsNotNull => (Kind::NotNull, Test::NotNull),
        Condition::Compare(comparison, value) => {
            let kind = match comparison {
                Comparison::Equal => Kind::Equal,
                Comparison::NotEqual => Kind::NotEqual,
                _ => Kind::Range,
            };
            (kind, Test::Value(compare(comparison, value)?))
        }
        Condition::In(values) => (Kind::Equal, Test::Value(one_of(values)?)),
        Condition::NotIn(values) => {
            (Kind::NotEqual, Test::Value(ValueTest { negated: true, ..one_of(values)? }))
        }
        Condition::Between(low, high) => (Kind::Range, Test::Value(between(low, high)?)),
        Condition::Regex(pattern) => (Kind::Pattern, Test::Value(matching(regex(pattern)?))),
        Condition::NotRegex(pattern) => {
            let test = ValueTest { negated: true, ..matching(regex(pattern)?) };
            (Kind::NotPattern, Test::Value(test))
        }
        Condition::Contains(part) => {
            let test = |part: &[u8]| StringTest::Contains(Finder::new(part).into_owned());
            (Kind::Pattern, Test::Value(having(part, test)?))
        }
        Condition::StartsWith(part) => {
            let test = |part: &[u8]| StringTest::StartsWith(part.into());
            (Kind::Pattern, Test::Value(having(part, test)?))
        }
        Condition::EndsWith(part) => {
            let test = |part: &[u8]| StringTest::EndsWith(part.into());
            (Kind::Pattern, Test::Value(having(part, test)?))
        }
        Condition::EqualIgnoringCase(value) => {
            let test = ValueTest { text: Some(same_but_for_case(value)?), ..ValueTest::default() };
            (Kind::Equal, Test::Value(test))
        }
        Condition::Length(comparison, length) => {
            let test = || Some(StringTest::length(comparison, length));
            let test = ValueTest { text: test(), bytes: test(), ..ValueTest::default() };
            (Kind::Range, Test::Value(test))
        }
    };
    Ok(Predicate { kind, test })
}

fn compare(comparison: Comparison, value: ValueRef<'_>) -> Result<ValueTest> {
    match comparison {
        Comparison::Equal => one_of(&[value]),
        Comparison::NotEqual => Ok(ValueTest { negated: true, ..one_of(&[value])? }),
        Comparison::Less => range(None, Some((value, true))),
        Comparison::LessOrEqual => range(None, Some((value, false))),
        Comparison::Greater => range(Some((value, true)), None),
        Comparison::GreaterOrEqual => range(Some((value, false)), None),
    }
}

fn between(low: ValueRef<'_>, high: ValueRef<'_>) -> Result<ValueTest> {
    range(Some((low, false)), Some((high, false)))
}

/// A value at the end of a range, and whether the range stops before it.
type End<'a> = Option<(ValueRef<'a>, bool)>;

/// Values in a range. What has no order (booleans, ids, names of kinds) is in no range.
fn range(low: End<'_>, high: End<'_>) -> Result<ValueTest> {
    let ends = [low, high];
    ends.iter().flatten().try_for_each(|&(value, _)| check_literal(value))?;
    let numbers = ends_as(ends, Number::of).map(|[low, high]| Numbers::range(low, high));
    let strings = |part: fn(ValueRef<'_>) -> Option<Box<[u8]>>| {
        ends_as(ends, part).map(|[low, high]| StringTest::Range(low, high))
    };
    Ok(ValueTest {
        kinds: numbers.clone(),
        statuses: numbers.clone(),
        numbers,
        text: strings(|value| match value {
            ValueRef::Str(text) => Some(text.into()),
            _ => None,
        }),
        bytes: strings(|value| match value {
            ValueRef::Bytes(bytes) => Some(bytes.into()),
            _ => None,
        }),
        ..ValueTest::default()
    })
}

/// The ends of a range as values of one family; `None` if one of them is of another.
fn ends_as<'a, T>(
    ends: [End<'a>; 2],
    part: impl Fn(ValueRef<'a>) -> Option<T>,
) -> Option<[Option<(T, bool)>; 2]> {
    let convert = |end: End<'a>| match end {
        None => Some(None),
        Some((value, strictly)) => part(value).map(|value| Some((value, strictly))),
    };
    Some([convert(ends[0])?, convert(ends[1])?])
}

/// Values that are equal to one of `literals`. Each literal counts for the families it can be a
/// value of; a family that none counts for has no test.
fn one_of(literals: &[ValueRef<'_>]) -> Result<ValueTest> {
    literals.iter().try_for_each(|&literal| check_literal(literal))?;
    let mut test = ValueTest {
        numbers: numbers(literals, Number::of),
        kinds: numbers(literals, kind_number),
        statuses: numbers(literals, status_number),
        ..ValueTest::default()
    };
    let (mut texts, mut bytes) = (Vec::new(), Vec::new());
    for &literal in literals {
        match literal {
            ValueRef::Str(v) => {
                texts.push(v.into());
                if let Some(id) = id_of_hex(v) {
                    test.ids.get_or_insert_default().push(id);
                }
            }
            ValueRef::Bytes(v) => {
                bytes.push(v.into());
                test.ids.get_or_insert_default().push(without_leading_zeros(v).into());
            }
            ValueRef::Id(v) => {
                test.ids.get_or_insert_default().push(without_leading_zeros(v).into());
            }
            ValueRef::Bool(v) => test.bools.get_or_insert_default()[usize::from(v)] = true,
            _ => {}
        }
    }
    test.text = sorted(texts);
    test.bytes = sorted(bytes);
    Ok(test)
}

fn sorted(mut values: Vec<Box<[u8]>>) -> Option<StringTest> {
    values.sort_unstable();
    values.dedup();
    (!values.is_empty()).then_some(StringTest::OneOf(values))
}

fn numbers(
    literals: &[ValueRef<'_>],
    number: impl Fn(ValueRef<'_>) -> Option<Number>,
) -> Option<Numbers> {
    let mut numbers = literals.iter().filter_map(|&l| number(l)).peekable();
    numbers.peek().is_some().then(|| Numbers::of(numbers))
}

/// The span kind that a literal says, by number or by name.
fn kind_number(literal: ValueRef<'_>) -> Option<Number> {
    match literal {
        ValueRef::SpanKind(kind) => Some(Number::Integer(kind.into())),
        ValueRef::Str(name) => {
            span_kind_from_name(&text(name)).map(|kind| Number::Integer(kind.into()))
        }
        other => Number::of(other),
    }
}

/// The status code that a literal says, by number or by name.
fn status_number(literal: ValueRef<'_>) -> Option<Number> {
    match literal {
        ValueRef::Status(status) => Some(Number::Integer(status.into())),
        ValueRef::Str(name) => {
            status_from_name(&text(name)).map(|status| Number::Integer(status.into()))
        }
        other => Number::of(other),
    }
}

/// The id that hexadecimal text says; an odd digit out counts as having a 0 before it.
fn id_of_hex(hex: &[u8]) -> Option<Box<[u8]>> {
    let hex = std::str::from_utf8(hex).ok().filter(|hex| !hex.is_empty())?;
    let id = match hex.len() % 2 {
        0 => parse_hex(hex)?,
        _ => parse_hex(&format!("0{hex}"))?,
    };
    Some(without_leading_zeros(&id).into())
}

/// A test for the family of `part` alone.
fn having(part: ValueRef<'_>, test: impl Fn(&[u8]) -> StringTest) -> Result<ValueTest> {
    match part {
        ValueRef::Str(part) => Ok(ValueTest { text: Some(test(part)), ..ValueTest::default() }),
        ValueRef::Bytes(part) => Ok(ValueTest { bytes: Some(test(part)), ..ValueTest::default() }),
        other => {
            let message = format!("`{other}` is no part of a text; give a text or bytes");
            Err(Error::new(ErrorKind::Type, message))
        }
    }
}

fn matching(regex: Regex) -> ValueTest {
    ValueTest { text: Some(StringTest::Regex(regex)), ..ValueTest::default() }
}

fn regex(pattern: &str) -> Result<Regex> {
    RegexBuilder::new(pattern).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(limit) => {
            let message = format!(
                "the regular expression `{pattern}` takes more than {limit} bytes when compiled; \
                 repeat less in it"
            );
            Error::new(ErrorKind::Limit, message)
        }
        other => Error::new(ErrorKind::Parse, other.to_string()),
    })
}

fn same_but_for_case(value: &str) -> Result<StringTest> {
    // All other letters of ASCII have no relatives outside of it: the Kelvin sign is a k, and the
    // long s an s.
    if value.is_ascii() && !value.contains(['k', 'K', 's', 'S']) {
        return Ok(StringTest::SameAscii(value.as_bytes().into()));
    }
    regex(&format!(r"\A(?i:{})\z", regex::escape(value))).map(StringTest::Regex)
}

/// Refuses literals that nothing compares to.
fn check_literal(literal: ValueRef<'_>) -> Result<()> {
    match literal {
        ValueRef::Empty | ValueRef::List(_) | ValueRef::Nested(_) => {
            let message = "values are compared with text, bytes, numbers, booleans, ids, kinds and status \
                 codes, not with lists, nested or empty values; for a missing one ask for null";
            Err(Error::new(ErrorKind::Type, message))
        }
        _ => Ok(()),
    }
}
