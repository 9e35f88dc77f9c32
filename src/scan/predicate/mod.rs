//! Conditions on the values of a column, compiled once.
//!
//! Values compare by their own type. A [`Predicate`] holds one test for each family of types that
//! the condition makes sense for (numbers, text, bytes, ids, booleans, span kinds, status codes);
//! on a column of any other family it matches nothing, whether it is negated or not. The rules are
//! listed, with examples, in `docs/semantics.md`.

mod compile;
mod numbers;
mod sought;
mod strings;

pub(super) use numbers::Numbers;
pub(super) use strings::StringTest;

use crate::error::Result;
use crate::value::{AnyRef, ValueRef, ValueType};

/// How two values of one family are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A condition on a value, as a caller states it.
#[derive(Clone, Copy, Debug)]
pub enum Condition<'a> {
    /// The value compares to this one like that.
    Compare(Comparison, ValueRef<'a>),
    /// The value is one of these.
    In(&'a [ValueRef<'a>]),
    /// The value is none of these.
    NotIn(&'a [ValueRef<'a>]),
    /// The value is at least the first and at most the second.
    Between(ValueRef<'a>, ValueRef<'a>),
    /// The text has a match of this regular expression somewhere in it; to match all of it, write
    /// `\A(?:...)\z`. Syntax: <https://docs.rs/regex/1/regex/#syntax>.
    Regex(&'a str),
    /// The text has no match of this regular expression.
    NotRegex(&'a str),
    /// The text or bytes contain this text or these bytes.
    Contains(ValueRef<'a>),
    /// The text or bytes start with this text or these bytes.
    StartsWith(ValueRef<'a>),
    /// The text or bytes end with this text or these bytes.
    EndsWith(ValueRef<'a>),
    /// The text is this one but for upper and lower case (Unicode simple case folding).
    EqualIgnoringCase(&'a str),
    /// The length of the text or bytes, in bytes, compares to this one like that.
    Length(Comparison, u64),
    /// There is no value.
    IsNull,
    /// There is a value, of whatever type.
    IsNotNull,
}

/// What a predicate asks, without the values it asks for. Statistics are kept by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum PredicateKind {
    /// [`Comparison::Equal`], [`Condition::In`], [`Condition::EqualIgnoringCase`].
    Equal,
    /// [`Comparison::NotEqual`], [`Condition::NotIn`].
    NotEqual,
    /// The other comparisons, [`Condition::Between`], [`Condition::Length`].
    Range,
    /// [`Condition::Regex`] and conditions on parts of a text.
    Pattern,
    /// [`Condition::NotRegex`].
    NotPattern,
    /// [`Condition::IsNull`].
    Null,
    /// [`Condition::IsNotNull`].
    NotNull,
}

/// A compiled [`Condition`]. Does not depend on a block; shared between threads.
#[derive(Clone, Debug)]
pub struct Predicate {
    kind: PredicateKind,
    test: Test,
}

#[derive(Clone, Debug)]
pub(super) enum Test {
    Null,
    NotNull,
    Value(Box<ValueTest>),
}

/// A test of values. A family that has none matches nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct ValueTest {
    /// Present values of a family that has a test match if the test fails.
    pub negated: bool,
    /// Integers, doubles, times and durations.
    pub numbers: Option<Numbers>,
    pub text: Option<StringTest>,
    pub bytes: Option<StringTest>,
    /// Ids that match, without the zeros they start with.
    pub ids: Option<Vec<Box<[u8]>>>,
    /// The same ids in each length that columns of ids have, as far as they fit.
    pub padded_ids: Vec<Box<[u8]>>,
    /// Whether false matches, and whether true does.
    pub bools: Option<[bool; 2]>,
    pub kinds: Option<Numbers>,
    pub statuses: Option<Numbers>,
}

impl Predicate {
    /// Compiles `condition`.
    ///
    /// Errors: [`crate::ErrorKind::Parse`] for a regular expression that is none,
    /// [`crate::ErrorKind::Limit`] for one that is too large, [`crate::ErrorKind::Type`] for a
    /// literal that nothing compares to (a list, a nested or an empty value).
    pub fn compile(condition: &Condition<'_>) -> Result<Predicate> {
        compile::compile(condition)
    }

    /// What it asks.
    pub fn kind(&self) -> PredicateKind {
        self.kind
    }

    #[inline]
    pub(super) fn test(&self) -> &Test {
        &self.test
    }

    /// Whether a row with this value, or with none, matches: the meaning of a predicate, value by
    /// value. Scans give the same answer, faster. An error says that an encoded value is damaged.
    pub fn matches(&self, value: Option<ValueRef<'_>>) -> Result<bool> {
        match (&self.test, value) {
            (Test::Null, value) => Ok(value.is_none()),
            (Test::NotNull, value) => Ok(value.is_some()),
            (Test::Value(_), None) => Ok(false),
            (Test::Value(test), Some(value)) => test.matches(value),
        }
    }
}

impl ValueTest {
    /// Whether text is `value`.
    pub fn of_text(value: Vec<u8>) -> ValueTest {
        let text = Some(StringTest::OneOf(vec![value.into()]));
        ValueTest { text, ..ValueTest::default() }
    }

    /// Whether `value` matches.
    pub fn matches(&self, value: ValueRef<'_>) -> Result<bool> {
        let found = match value {
            ValueRef::List(list) => self.finds_item(list)?,
            ValueRef::Nested(_) | ValueRef::Empty => None,
            scalar => self.finds(scalar),
        };
        Ok(found.is_some_and(|found| found != self.negated))
    }

    /// As [`ValueTest::matches`], for an encoded value.
    pub fn matches_encoded(&self, value: AnyRef<'_>) -> Result<bool> {
        self.matches(ValueRef::of_any(value)?)
    }

    /// Whether the test of a scalar's family holds; `None` if the family has none.
    #[inline]
    fn finds(&self, value: ValueRef<'_>) -> Option<bool> {
        match value {
            ValueRef::Str(text) => Some(self.text.as_ref()?.matches(text)),
            ValueRef::Bytes(bytes) => Some(self.bytes.as_ref()?.matches(bytes)),
            ValueRef::I64(v) => Some(self.numbers.as_ref()?.has_integer(v.into())),
            ValueRef::U64(v) | ValueRef::TimeNs(v) | ValueRef::DurationNs(v) => {
                Some(self.numbers.as_ref()?.has_integer(v.into()))
            }
            ValueRef::F64(v) => Some(self.numbers.as_ref()?.has_double(v)),
            ValueRef::Bool(v) => Some(self.bools.as_ref()?[usize::from(v)]),
            ValueRef::Id(id) => Some(self.has_id(id)?),
            ValueRef::SpanKind(v) => Some(self.kinds.as_ref()?.has_integer(v.into())),
            ValueRef::Status(v) => Some(self.statuses.as_ref()?.has_integer(v.into())),
            ValueRef::Empty | ValueRef::List(_) | ValueRef::Nested(_) => None,
        }
    }

    /// Whether `id` is one of the ids, of whatever length; `None` if there is no test for ids.
    pub fn has_id(&self, id: &[u8]) -> Option<bool> {
        let ids = self.ids.as_ref()?;
        Some(ids.iter().any(|wanted| **wanted == *without_leading_zeros(id)))
    }

    /// Whether the test holds for any item of an array of scalars; `None` if the family of its
    /// items has none.
    fn finds_item(&self, list: AnyRef<'_>) -> Result<Option<bool>> {
        let mut found = None;
        for item in list.items() {
            match self.finds(ValueRef::of_any(item?)?) {
                Some(true) => return Ok(Some(true)),
                other => found = other,
            }
        }
        Ok(found)
    }

    /// Whether the test can match values of a column of this type.
    pub fn applies_to(&self, value_type: ValueType) -> bool {
        use ValueType::*;
        match value_type {
            Str | StrList => self.text.is_some(),
            Bytes => self.bytes.is_some(),
            I64 | U64 | F64 | TimeNs | DurationNs | I64List | F64List => self.numbers.is_some(),
            Bool | BoolList => self.bools.is_some(),
            Id => self.ids.is_some(),
            SpanKind => self.kinds.is_some(),
            Status => self.statuses.is_some(),
            Empty | Nested => false,
        }
    }
}

/// Bytes of an id without the zeros it starts with: how ids are compared, so that a 64-bit trace id
/// is found under its 128-bit spelling.
pub(super) fn without_leading_zeros(id: &[u8]) -> &[u8] {
    let zeros = id.iter().take_while(|&&b| b == 0).count();
    &id[zeros..]
}
