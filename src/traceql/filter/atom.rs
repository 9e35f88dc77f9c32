//! Atoms: one field against one constant, as predicates that the scanner answers.

use super::pattern;
use crate::error::Result;
use crate::name::{Intrinsic, Name, Scope};
use crate::scan::{Comparison, Condition, Predicate, ScanContext};
use crate::traceql::ast::Literal;
use crate::traceql::eval::{default_of, id_of_hex};
use crate::value::{ValueRef, ValueType};

/// A test of one field.
#[derive(Debug)]
pub struct Atom {
    /// The field.
    pub name: Name,
    /// What it has to be.
    pub test: Test,
}

/// A test of a value: it satisfies the first predicate and not the second. Of a field that always
/// has a value, a lacking one may stand for one that satisfies it.
#[derive(Debug)]
pub struct Test {
    /// What the value has to satisfy.
    pub wanted: Predicate,
    /// What it must not.
    pub unwanted: Option<Predicate>,
    /// Whether rows without a value satisfy it.
    pub absent: bool,
}

/// What a comparison of a field with a constant came to.
#[derive(Debug)]
pub enum Compiled {
    /// It never holds.
    Never,
    /// It holds where this test does.
    Exact(Test),
    /// It can hold where this test does, and nowhere else.
    Within(Test),
}

/// Whole numbers beyond this have no exact double.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Test {
    /// The test of one predicate.
    pub fn of(wanted: Predicate) -> Test {
        Test { wanted, unwanted: None, absent: false }
    }

    /// The test of one condition.
    pub fn one(condition: &Condition<'_>) -> Result<Test> {
        Ok(Test::of(Predicate::compile(condition)?))
    }

    /// The test of values that satisfy `wanted` and not `unwanted`.
    pub fn difference(wanted: &Condition<'_>, unwanted: Predicate) -> Result<Test> {
        Ok(Test { unwanted: Some(unwanted), ..Test::one(wanted)? })
    }

    /// Whether a value, or the lack of one, satisfies it.
    pub fn holds(&self, value: Option<ValueRef<'_>>) -> Result<bool> {
        if value.is_none() && self.absent {
            return Ok(true);
        }
        Ok(self.wanted.matches(value)?
            && match &self.unwanted {
                Some(unwanted) => !unwanted.matches(value)?,
                None => true,
            })
    }

    /// For a field that has a value of its own where nothing was sent: the test that knows.
    fn with_default(mut self, name: &Name) -> Result<Test> {
        if let Some(default) = default(name) {
            self.absent = self.holds(Some(default))?;
        }
        Ok(self)
    }

    /// The share of rows that it is expected to match.
    pub fn expected(&self, name: &Name, context: &ScanContext) -> f64 {
        context.expected_selectivity(name, &self.wanted)
    }
}

fn default(name: &Name) -> Option<ValueRef<'static>> {
    match name {
        Name::Intrinsic(intrinsic) => default_of(*intrinsic),
        Name::Attribute { .. } => None,
    }
}

/// `name = nil`, or `name != nil` if `present`.
pub fn nil(name: &Name, present: bool) -> Result<Compiled> {
    let condition = if present { Condition::IsNotNull } else { Condition::IsNull };
    match default(name) {
        Some(_) if !present => Ok(Compiled::Never),
        Some(_) => Ok(Compiled::Exact(Test { absent: true, ..Test::one(&condition)? })),
        None => Ok(Compiled::Exact(Test::one(&condition)?)),
    }
}

/// `name =~ pattern`, or `name !~ pattern` if `negated`.
pub fn matches(name: &Name, pattern: &[u8], negated: bool) -> Result<Compiled> {
    match value_type(name) {
        None | Some(ValueType::Str) => {
            let test = pattern::test_of(pattern, negated)?.with_default(name)?;
            Ok(Compiled::Exact(test))
        }
        Some(ValueType::Id) => present(name),
        Some(_) => Ok(Compiled::Never),
    }
}

/// `name comparison literal`.
pub fn compare(name: &Name, comparison: Comparison, literal: &Literal) -> Result<Compiled> {
    let equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
    if !may_compare(name, literal) || !(equality || has_order(literal)) {
        return Ok(Compiled::Never);
    }
    let id;
    let value = match (value_type(name), literal) {
        (Some(ValueType::Id), _) if !equality => return present(name),
        (Some(ValueType::Id), Literal::Str(hex)) => match id_of_hex(hex) {
            Some(bytes) => {
                id = bytes;
                ValueRef::Id(&id)
            }
            // No id is spelled like this, so that all differ from it.
            None if comparison == Comparison::Equal => return Ok(Compiled::Never),
            None => return nil(name, true),
        },
        _ => value_of(literal),
    };
    if is_inexact(name, literal) {
        return present(name);
    }
    let test = match (comparison, value) {
        // What is no number differs from no number.
        (Comparison::NotEqual, ValueRef::I64(_) | ValueRef::F64(_))
            if value_type(name).is_none() =>
        {
            let numbers =
                Condition::Between(ValueRef::F64(f64::NEG_INFINITY), ValueRef::F64(f64::INFINITY));
            let equal = Condition::Compare(Comparison::Equal, value);
            Test::difference(&numbers, Predicate::compile(&equal)?)?
        }
        _ => Test::one(&Condition::Compare(comparison, value))?,
    };
    Ok(Compiled::Exact(test.with_default(name)?))
}

/// `name = a || name = b ...`, or, if `negated`, `name != a && name != b ...`, for two or more
/// constants for which [`is_member`] holds.
pub fn one_of(name: &Name, literals: &[&Literal], negated: bool) -> Result<Compiled> {
    let values: Vec<ValueRef<'_>> = literals.iter().map(|literal| value_of(literal)).collect();
    let condition = if negated { Condition::NotIn(&values) } else { Condition::In(&values) };
    Ok(Compiled::Exact(Test::one(&condition)?.with_default(name)?))
}

/// Whether `literal` can be one of several that a field is looked for in.
pub fn is_member(name: &Name, literal: &Literal) -> bool {
    may_compare(name, literal)
        && value_type(name) != Some(ValueType::Id)
        && !is_inexact(name, literal)
}

/// Where a field has a value at all.
pub fn present(name: &Name) -> Result<Compiled> {
    Ok(match nil(name, true)? {
        Compiled::Exact(test) => Compiled::Within(test),
        other => other,
    })
}

/// Type of the values of an intrinsic; `None` where values can be of any.
fn value_type(name: &Name) -> Option<ValueType> {
    match name {
        // Open, as attributes are.
        Name::Intrinsic(i) if i.scope() == Scope::Instrumentation => Some(ValueType::Str),
        Name::Intrinsic(Intrinsic::TraceRootService) => None,
        Name::Intrinsic(intrinsic) => Some(intrinsic.value_type()),
        Name::Attribute { .. } => None,
    }
}

/// Whether some value of `name` compares to `literal`.
fn may_compare(name: &Name, literal: &Literal) -> bool {
    use ValueType::*;
    match (value_type(name), literal) {
        (_, Literal::Nil) => false,
        (None, _) => true,
        (Some(Str | Id), literal) => matches!(literal, Literal::Str(_)),
        (Some(SpanKind), literal) => matches!(literal, Literal::Kind(_)),
        (Some(Status), literal) => matches!(literal, Literal::Status(_)),
        (Some(_), literal) => {
            matches!(literal, Literal::Int(_) | Literal::Float(_) | Literal::Duration(_))
        }
    }
}

fn has_order(literal: &Literal) -> bool {
    !matches!(literal, Literal::Bool(_) | Literal::Status(_) | Literal::Kind(_))
}

/// Whether comparing `name` with `literal` can involve rounding: whole numbers and doubles compare
/// as doubles, which the scanner, being exact, does not.
fn is_inexact(name: &Name, literal: &Literal) -> bool {
    match *literal {
        Literal::Int(v) | Literal::Duration(v) => {
            value_type(name).is_none() && (v as f64).abs() >= EXACT
        }
        Literal::Float(v) => v.abs() >= EXACT && v.is_finite(),
        _ => false,
    }
}

fn value_of(literal: &Literal) -> ValueRef<'_> {
    match literal {
        Literal::Str(v) => ValueRef::Str(v),
        Literal::Int(v) | Literal::Duration(v) => ValueRef::I64(*v),
        Literal::Float(v) => ValueRef::F64(*v),
        Literal::Bool(v) => ValueRef::Bool(*v),
        Literal::Status(v) => ValueRef::Status(*v),
        Literal::Kind(v) => ValueRef::SpanKind(*v),
        Literal::Nil => ValueRef::Empty,
    }
}
