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
    let test = match condition {
        Condition::IsNull => Test::Null,
        Condition::IsNotNull => Test::NotNull,
        condition => Test::Value(Box::new(value_test(condition)?)),
    };
    Ok(Predicate { kind: kind(condition), test })
}

fn kind(condition: &Condition<'_>) -> PredicateKind {
    use PredicateKind as Kind;
    match condition {
        Condition::Compare(Comparison::Equal, _)
        | Condition::In(_)
        | Condition::EqualIgnoringCase(_) => Kind::Equal,
        Condition::Compare(Comparison::NotEqual, _) | Condition::NotIn(_) => Kind::NotEqual,
        Condition::Compare(..) | Condition::Between(..) | Condition::Length(..) => Kind::Range,
        Condition::Regex(_)
        | Condition::Contains(_)
        | Condition::StartsWith(_)
        | Condition::EndsWith(_) => Kind::Pattern,
        Condition::NotRegex(_) => Kind::NotPattern,
        Condition::IsNull => Kind::Null,
        Condition::IsNotNull => Kind::NotNull,
    }
}

fn value_test(condition: &Condition<'_>) -> Result<ValueTest> {
    match *condition {
        Condition::IsNull | Condition::IsNotNull => Ok(ValueTest::default()),
        Condition::Compare(comparison, value) => compare(comparison, value),
        Condition::In(values) => one_of(values),
        Condition::NotIn(values) => Ok(ValueTest { negated: true, ..one_of(values)? }),
        Condition::Between(low, high) => range(Some((low, false)), Some((high, false))),
        Condition::Regex(pattern) => Ok(of_text(StringTest::Regex(regex(pattern)?))),
        Condition::NotRegex(pattern) => {
            let test = of_text(StringTest::Regex(regex(pattern)?));
            Ok(ValueTest { negated: true, ..test })
        }
        Condition::Contains(part) => {
            having(part, |part| StringTest::Contains(Box::new(Finder::new(part).into_owned())))
        }
        Condition::StartsWith(part) => having(part, |part| StringTest::StartsWith(part.into())),
        Condition::EndsWith(part) => having(part, |part| StringTest::EndsWith(part.into())),
        Condition::EqualIgnoringCase(value) => Ok(of_text(same_but_for_case(value)?)),
        Condition::Length(comparison, length) => {
            let test = StringTest::length(comparison, length);
            Ok(ValueTest { bytes: Some(test.clone()), ..of_text(test) })
        }
    }
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
    test.padded_ids = test.ids.iter().flatten().flat_map(|id| padded(id)).collect();
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

/// Bytes that ids have in columns of them: of spans and of traces.
const ID_LENGTHS: [usize; 2] = [8, 16];

/// An id without its leading zeros in each of the [`ID_LENGTHS`] that it fits.
fn padded(id: &[u8]) -> impl Iterator<Item = Box<[u8]>> {
    let zeros = ID_LENGTHS.into_iter().filter_map(|len| len.checked_sub(id.len()));
    zeros.map(move |zeros| [&[0; 16][..zeros], id].concat().into())
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

fn of_text(test: StringTest) -> ValueTest {
    ValueTest { text: Some(test), ..ValueTest::default() }
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
