//! What a scan asks of values.

use crate::error::Failure;
use crate::guard::Call;
use crate::status::BP_ERR_TYPE;
use crate::value::{BP_KIND_I64, BP_KIND_STR, BP_KIND_U64, bp_value};
use blockpack_engine::scan::{Comparison, Condition, Predicate, PredicateKind};

/// What is asked of a value; the number of operands is given in brackets.
///
/// Values compare by their own type: numbers with numbers (exactly, integers with doubles too),
/// text with text (bytewise), ids with ids, and so on. Where the types do not fit, and where there is no
/// value, nothing matches, negated or not; BP_OP_IS_NULL asks for that. Of a list, one item must
/// match; of events and links, one of the span's.
pub type bp_op = u32;

/// (1) The value is the operand.
pub const BP_OP_EQUAL: bp_op = 1;
/// (1) There is a value, and it is not the operand.
pub const BP_OP_NOT_EQUAL: bp_op = 2;
/// (1) The value is less than the operand.
pub const BP_OP_LESS: bp_op = 3;
/// (1) The value is less than the operand, or equal.
pub const BP_OP_LESS_EQUAL: bp_op = 4;
/// (1) The value is greater than the operand.
pub const BP_OP_GREATER: bp_op = 5;
/// (1) The value is greater than the operand, or equal.
pub const BP_OP_GREATER_EQUAL: bp_op = 6;
/// (any) The value is one of the operands.
pub const BP_OP_IN: bp_op = 7;
/// (any) There is a value, and it is none of the operands.
pub const BP_OP_NOT_IN: bp_op = 8;
/// (2) The value is at least the first and at most the second operand.
pub const BP_OP_BETWEEN: bp_op = 9;
/// (1 text) The text has a match of the regular expression somewhere; write \A(?:...)\z to match all
/// of it.
pub const BP_OP_REGEX: bp_op = 10;
/// (1 text) There is a text, and it has no match of the regular expression.
pub const BP_OP_NOT_REGEX: bp_op = 11;
/// (1 text or bytes) The value has the operand somewhere in it.
pub const BP_OP_CONTAINS: bp_op = 12;
/// (1 text or bytes) The value begins with the operand.
pub const BP_OP_STARTS_WITH: bp_op = 13;
/// (1 text or bytes) The value ends with the operand.
pub const BP_OP_ENDS_WITH: bp_op = 14;
/// (1 text) The text is the operand but for upper and lower case.
pub const BP_OP_EQUAL_IGNORING_CASE: bp_op = 15;
/// (none) There is no value.
pub const BP_OP_IS_NULL: bp_op = 16;
/// (none) There is a value, of whatever type.
pub const BP_OP_IS_NOT_NULL: bp_op = 17;
/// (1 integer) The length in bytes of the text or bytes is the operand.
pub const BP_OP_LENGTH_EQUAL: bp_op = 18;
/// (1 integer) The length in bytes of the text or bytes is not the operand.
pub const BP_OP_LENGTH_NOT_EQUAL: bp_op = 19;
/// (1 integer) The length in bytes of the text or bytes is less than the operand.
pub const BP_OP_LENGTH_LESS: bp_op = 20;
/// (1 integer) The length in bytes of the text or bytes is at most the operand.
pub const BP_OP_LENGTH_LESS_EQUAL: bp_op = 21;
/// (1 integer) The length in bytes of the text or bytes is greater than the operand.
pub const BP_OP_LENGTH_GREATER: bp_op = 22;
/// (1 integer) The length in bytes of the text or bytes is at least the operand.
pub const BP_OP_LENGTH_GREATER_EQUAL: bp_op = 23;

/// The comparisons, in the order of their operators.
const COMPARISONS: [Comparison; 6] = [
    Comparison::Equal,
    Comparison::NotEqual,
    Comparison::Less,
    Comparison::LessOrEqual,
    Comparison::Greater,
    Comparison::GreaterOrEqual,
];

/// The comparison of `op`, if it is one from `first` on.
fn comparison(op: bp_op, first: bp_op) -> Option<Comparison> {
    COMPARISONS.get(op.checked_sub(first)? as usize).copied()
}

/// The kind of predicate that `op` makes: what is observed is kept by it.
pub fn kind_of_op(op: bp_op) -> Result<PredicateKind, Failure> {
    Ok(match op {
        BP_OP_EQUAL | BP_OP_IN | BP_OP_EQUAL_IGNORING_CASE => PredicateKind::Equal,
        BP_OP_NOT_EQUAL | BP_OP_NOT_IN => PredicateKind::NotEqual,
        BP_OP_REGEX | BP_OP_CONTAINS | BP_OP_STARTS_WITH | BP_OP_ENDS_WITH => {
            PredicateKind::Pattern
        }
        BP_OP_NOT_REGEX => PredicateKind::NotPattern,
        BP_OP_IS_NULL => PredicateKind::Null,
        BP_OP_IS_NOT_NULL => PredicateKind::NotNull,
        BP_OP_EQUAL..=BP_OP_LENGTH_GREATER_EQUAL => PredicateKind::Range,
        _ => return Err(no_operator(op)),
    })
}

#[cold]
fn no_operator(op: bp_op) -> Failure {
    Failure::invalid(format!("there is no operator {op}"))
}

impl Call<'_> {
    /// Compiles what the caller asks.
    pub fn predicate(&self, op: bp_op, operands: &[bp_value]) -> Result<Predicate, Failure> {
        let one = || match operands {
            [one] => self.literal(*one),
            _ => Err(wrong_count(op, 1, operands.len())),
        };
        let text = || match operands {
            [one] => self.operand_text(one),
            _ => Err(wrong_count(op, 1, operands.len())),
        };
        let all = || operands.iter().map(|&v| self.literal(v)).collect::<Result<Vec<_>, _>>();
        let list;
        let condition = match op {
            BP_OP_IN => {
                list = all()?;
                Condition::In(&list)
            }
            BP_OP_NOT_IN => {
                list = all()?;
                Condition::NotIn(&list)
            }
            BP_OP_BETWEEN => match operands {
                [from, to] => Condition::Between(self.literal(*from)?, self.literal(*to)?),
                _ => return Err(wrong_count(op, 2, operands.len())),
            },
            BP_OP_REGEX => Condition::Regex(text()?),
            BP_OP_NOT_REGEX => Condition::NotRegex(text()?),
            BP_OP_CONTAINS => Condition::Contains(one()?),
            BP_OP_STARTS_WITH => Condition::StartsWith(one()?),
            BP_OP_ENDS_WITH => Condition::EndsWith(one()?),
            BP_OP_EQUAL_IGNORING_CASE => Condition::EqualIgnoringCase(text()?),
            BP_OP_IS_NULL | BP_OP_IS_NOT_NULL if !operands.is_empty() => {
                return Err(wrong_count(op, 0, operands.len()));
            }
            BP_OP_IS_NULL => Condition::IsNull,
            BP_OP_IS_NOT_NULL => Condition::IsNotNull,
            _ => match (comparison(op, BP_OP_EQUAL), comparison(op, BP_OP_LENGTH_EQUAL)) {
                (Some(comparison), _) => Condition::Compare(comparison, one()?),
                (_, Some(comparison)) => Condition::Length(comparison, length(op, operands)?),
                _ => return Err(no_operator(op)),
            },
        };
        Ok(Predicate::compile(&condition)?)
    }

    fn operand_text(&self, operand: &bp_value) -> Result<&str, Failure> {
        if operand.kind != BP_KIND_STR {
            let message = format!("the operand is of kind {}, not text", operand.kind);
            return Err(Failure::new(BP_ERR_TYPE, message));
        }
        self.text(operand.as_str(), "the operand")
    }
}

/// A length that is asked for.
fn length(op: bp_op, operands: &[bp_value]) -> Result<u64, Failure> {
    match operands {
        [one] if one.kind == BP_KIND_U64 || one.kind == BP_KIND_I64 && one.bits as i64 >= 0 => {
            Ok(one.bits)
        }
        [one] => Err(Failure::new(
            BP_ERR_TYPE,
            format!("the operand is of kind {}, not a length", one.kind),
        )),
        _ => Err(wrong_count(op, 1, operands.len())),
    }
}

#[cold]
fn wrong_count(op: bp_op, wanted: usize, found: usize) -> Failure {
    Failure::invalid(format!("operator {op} has {wanted} operands; there are {found}"))
}
