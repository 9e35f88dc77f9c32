//! Values, how they compare, and arithmetic.

use crate::model::Val;
use blockpack::traceql::ast::{Arithmetic, Comparison, Literal};
use std::cmp::Ordering;

/// What an expression is for a span; if it is anything.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Bool(bool),
    Int(i64),
    Float(f64),
    Duration(i64),
    Str(Vec<u8>),
    Id(Vec<u8>),
    Status(i32),
    Kind(i32),
    /// Two or more values of one of the first types.
    List(Vec<Value>),
    /// Something that is there and cannot be used.
    Other(Val),
}

impl Value {
    /// The value of an attribute. An array of one item is that item.
    pub fn of(val: Option<&Val>) -> Value {
        match val {
            Some(Val::Array(items)) if is_uniform(items) => {
                let mut items: Vec<Value> =
                    items.iter().map(|item| Value::of(Some(item))).collect();
                match items.len() {
                    1 => items.remove(0),
                    _ => Value::List(items),
                }
            }
            Some(Val::Str(text)) => Value::Str(text.clone()),
            Some(Val::Int(value)) => Value::Int(*value),
            Some(Val::Float(value)) => Value::Float(*value),
            Some(Val::Bool(value)) => Value::Bool(*value),
            Some(other) => Value::Other(other.clone()),
            None => Value::Other(Val::Empty),
        }
    }

    pub fn of_literal(literal: &Literal) -> Option<Value> {
        Some(match literal {
            Literal::Str(text) => Value::Str(text.to_vec()),
            Literal::Int(value) => Value::Int(*value),
            Literal::Float(value) => Value::Float(*value),
            Literal::Duration(value) => Value::Duration(*value),
            Literal::Bool(value) => Value::Bool(*value),
            Literal::Status(value) => Value::Status(*value),
            Literal::Kind(value) => Value::Kind(*value),
            Literal::Nil => return None,
        })
    }

    /// An array as an `AnyValue` message.
    pub fn encode(&self) -> Vec<u8> {
        self.to_val().encode()
    }

    fn to_val(&self) -> Val {
        match self {
            Value::Bool(value) => Val::Bool(*value),
            Value::Int(value) => Val::Int(*value),
            Value::Float(value) => Val::Float(*value),
            Value::Str(text) => Val::Str(text.clone()),
            Value::List(items) => Val::Array(items.iter().map(Value::to_val).collect()),
            other => panic!("{other:?} is in no array"),
        }
    }

    /// Whole numbers; durations are such.
    pub fn integer(&self) -> Option<i64> {
        match self {
            Value::Int(value) | Value::Duration(value) => Some(*value),
            _ => None,
        }
    }

    pub fn number(&self) -> Option<f64> {
        match self {
            Value::Float(value) => Some(*value),
            _ => self.integer().map(|value| value as f64),
        }
    }
}

/// Whether an array has items, all of one scalar type.
fn is_uniform(items: &[Val]) -> bool {
    let kind = |item: &Val| match item {
        Val::Str(_) => Some(0),
        Val::Int(_) => Some(1),
        Val::Float(_) => Some(2),
        Val::Bool(_) => Some(3),
        _ => None,
    };
    let first = items.first().and_then(kind);
    first.is_some() && items.iter().all(|item| kind(item) == first)
}

/// Whether two values compare like this; never if one is missing or their types do not fit.
pub fn compare(op: Comparison, left: Option<&Value>, right: Option<&Value>) -> bool {
    let (Some(left), Some(right)) = (left, right) else { return false };
    match (left, right) {
        (Value::List(_), Value::List(_)) => false,
        (Value::List(items), value) => any_or_none(op, items, |op, item| scalars(op, item, value)),
        (value, Value::List(items)) => any_or_none(op, items, |op, item| scalars(op, value, item)),
        _ => scalars(op, left, right),
    }
}

/// `!=` asks for an array none of whose items is equal; all else for one of whose items some is.
fn any_or_none(
    op: Comparison,
    items: &[Value],
    holds: impl Fn(Comparison, &Value) -> bool,
) -> bool {
    match op {
        Comparison::NotEqual => {
            let fits = |item| holds(Comparison::Equal, item) || holds(Comparison::NotEqual, item);
            items.iter().any(fits) && !items.iter().any(|item| holds(Comparison::Equal, item))
        }
        _ => items.iter().any(|item| holds(op, item)),
    }
}

fn scalars(op: Comparison, left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Str(a), Value::Str(b)) => ordered(op, a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => equal(op, a == b),
        (Value::Status(a), Value::Status(b)) | (Value::Kind(a), Value::Kind(b)) => {
            equal(op, a == b)
        }
        (Value::Id(_) | Value::Str(_), Value::Id(_)) | (Value::Id(_), Value::Str(_)) => {
            equal(op, digits(left) == digits(right))
        }
        _ => numbers(left, right).is_some_and(|ordering| ordered(op, ordering)),
    }
}

/// How two numbers compare; what is not a number compares with nothing.
pub fn numbers(left: &Value, right: &Value) -> Option<Ordering> {
    match (left.integer(), right.integer()) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => left.number()?.partial_cmp(&right.number()?),
    }
}

fn ordered(op: Comparison, ordering: Ordering) -> bool {
    match op {
        Comparison::Equal => ordering.is_eq(),
        Comparison::NotEqual => ordering.is_ne(),
        Comparison::Less => ordering.is_lt(),
        Comparison::LessOrEqual => ordering.is_le(),
        Comparison::Greater => ordering.is_gt(),
        Comparison::GreaterOrEqual => ordering.is_ge(),
    }
}

fn equal(op: Comparison, is_equal: bool) -> bool {
    match op {
        Comparison::Equal => is_equal,
        Comparison::NotEqual => !is_equal,
        _ => false,
    }
}

/// The hexadecimal digits of an id, or of a text that may be meant as one; without leading zeros.
fn digits(value: &Value) -> Option<String> {
    let hex = match value {
        Value::Id(id) => id.iter().map(|byte| format!("{byte:02x}")).collect(),
        Value::Str(text) if text.iter().all(u8::is_ascii_hexdigit) => {
            String::from_utf8_lossy(text).to_lowercase()
        }
        _ => return None,
    };
    Some(hex.trim_start_matches('0').to_owned())
}

/// What arithmetic gives.
pub enum Computed {
    /// Nothing if an operand is missing or no number, or an integer is divided by zero.
    Sure(Option<Value>),
    /// The language does not say: an integer that does not fit, or a part of a length of time.
    Open(Option<Value>),
}

pub fn compute(op: Arithmetic, left: &Value, right: &Value) -> Computed {
    if let (Some(a), Some(b)) = (left.integer(), right.integer()) {
        let is_duration = |value: &Value| matches!(value, Value::Duration(_));
        return integers(op, a.into(), b.into(), is_duration(left) || is_duration(right));
    }
    let (Some(a), Some(b)) = (left.number(), right.number()) else { return Computed::Sure(None) };
    Computed::Sure(Some(Value::Float(match op {
        Arithmetic::Add => a + b,
        Arithmetic::Subtract => a - b,
        Arithmetic::Multiply => a * b,
        Arithmetic::Divide => a / b,
        Arithmetic::Remainder => a % b,
        Arithmetic::Power => a.powf(b),
    })))
}

fn integers(op: Arithmetic, a: i128, b: i128, is_duration: bool) -> Computed {
    use Arithmetic::{Add, Divide, Multiply, Power, Remainder, Subtract};
    let of_duration = if is_duration { Value::Duration } else { Value::Int };
    let value = |result: i128| i64::try_from(result).ok().map(of_duration);
    let result = match op {
        Divide | Remainder if b == 0 => None,
        Add => value(a + b),
        Subtract => value(a - b),
        Multiply => a.checked_mul(b).and_then(value),
        Divide => value(a / b),
        Remainder => value(a % b),
        Power => u32::try_from(b).ok().and_then(|b| a.checked_pow(b)).and_then(value),
    };
    let is_by_zero = matches!(op, Divide | Remainder) && b == 0;
    let is_part = is_duration && matches!(op, Divide | Remainder | Power);
    match result {
        None if is_by_zero && !is_duration => Computed::Sure(None),
        Some(value) if !is_part => Computed::Sure(Some(value)),
        result => Computed::Open(result),
    }
}

/// Whether the pattern holds for a text, or for any of several.
pub fn matches(pattern: &regex::bytes::Regex, value: &Value) -> bool {
    match value {
        Value::Str(text) => pattern.is_match(text),
        Value::List(items) => items.iter().any(|item| matches(pattern, item)),
        _ => false,
    }
}

/// Whether a value is text, or several.
pub fn is_text(value: &Value) -> bool {
    match value {
        Value::Str(_) => true,
        Value::List(items) => items.iter().all(is_text),
        _ => false,
    }
}
