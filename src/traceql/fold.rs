//! Constants with operators between them become one constant while a query is parsed.
//!
//! Only what has a value of its type is folded. The rest stays as it was written: validation
//! refuses operands whose types do not fit, and what overflows or divides by zero has no value
//! when the query is run.

use super::ast::{Arithmetic, BinaryOp, Comparison, Expr, ExprKind, Literal, Place};
use std::cmp::Ordering;

/// `left op right`
pub(super) fn binary(left: Expr, op: BinaryOp, right: Expr) -> Expr {
    let place = Place { start: left.place.start, end: right.place.end };
    let folded = match (&left.kind, &right.kind) {
        (ExprKind::Literal(l), ExprKind::Literal(r)) => literals(l, op, r),
        _ => None,
    };
    let kind = match folded {
        Some(literal) => ExprKind::Literal(literal),
        None => ExprKind::Binary { op, left: Box::new(left), right: Box::new(right) },
    };
    Expr { kind, place }
}

/// `left op right` if it is a constant; `op` is `&&` or `||`.
pub(super) fn logic(left: &Expr, op: BinaryOp, right: &Expr) -> Option<Expr> {
    let (ExprKind::Literal(l), ExprKind::Literal(r)) = (&left.kind, &right.kind) else {
        return None;
    };
    let place = Place { start: left.place.start, end: right.place.end };
    literals(l, op, r).map(|literal| Expr { kind: ExprKind::Literal(literal), place })
}

/// `!operand`
pub(super) fn not(operand: Expr, place: Place) -> Expr {
    let kind = match operand.kind {
        ExprKind::Literal(Literal::Bool(value)) => ExprKind::Literal(Literal::Bool(!value)),
        _ => ExprKind::Not(Box::new(operand)),
    };
    Expr { kind, place }
}

/// `-operand`
pub(super) fn negate(operand: Expr, place: Place) -> Expr {
    let negated = match &operand.kind {
        ExprKind::Literal(literal) => minus(literal),
        _ => None,
    };
    let kind = match negated {
        Some(literal) => ExprKind::Literal(literal),
        None => ExprKind::Negate(Box::new(operand)),
    };
    Expr { kind, place }
}

/// `-literal`, if it is a number that has one.
pub(super) fn minus(literal: &Literal) -> Option<Literal> {
    match *literal {
        Literal::Int(value) => value.checked_neg().map(Literal::Int),
        Literal::Duration(value) => duration(value.checked_neg()),
        Literal::Float(value) => Some(Literal::Float(-value)),
        _ => None,
    }
}

fn literals(left: &Literal, op: BinaryOp, right: &Literal) -> Option<Literal> {
    use Literal::Bool;
    match (op, left, right) {
        (BinaryOp::And, Bool(l), Bool(r)) => Some(Bool(*l && *r)),
        (BinaryOp::Or, Bool(l), Bool(r)) => Some(Bool(*l || *r)),
        (BinaryOp::Compare(comparison), l, r) => compare(l, comparison, r).map(Bool),
        (BinaryOp::Arithmetic(op), l, r) => arithmetic(l, op, r),
        _ => None,
    }
}

fn compare(left: &Literal, comparison: Comparison, right: &Literal) -> Option<bool> {
    use Literal::{Bool, Float, Kind, Status, Str};
    let equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
    let order = match (left, right) {
        (Str(l), Str(r)) => Some(l.cmp(r)),
        (Bool(l), Bool(r)) if equality => Some(l.cmp(r)),
        (Status(l), Status(r)) | (Kind(l), Kind(r)) if equality => Some(l.cmp(r)),
        (Float(_), _) | (_, Float(_)) => float(left)?.partial_cmp(&float(right)?),
        _ => Some(whole(left)?.cmp(&whole(right)?)),
    }?;
    Some(match comparison {
        Comparison::Equal => order == Ordering::Equal,
        Comparison::NotEqual => order != Ordering::Equal,
        Comparison::Less => order == Ordering::Less,
        Comparison::LessOrEqual => order != Ordering::Greater,
        Comparison::Greater => order == Ordering::Greater,
        Comparison::GreaterOrEqual => order != Ordering::Less,
    })
}

/// `left op right` for numbers, as it is worked out for spans: whole numbers stay whole, lengths of
/// time stay such unless they are divided or raised, and all else is computed in doubles.
pub(super) fn arithmetic(left: &Literal, op: Arithmetic, right: &Literal) -> Option<Literal> {
    use Literal::{Duration, Int};
    let in_doubles = || {
        let value = doubles(float(left)?, op, float(right)?);
        value.is_finite().then_some(Literal::Float(value))
    };
    match (left, right) {
        (Int(_), Int(r)) if op == Arithmetic::Power && *r < 0 => in_doubles(),
        (Int(l), Int(r)) => integers(*l, op, *r).map(Int),
        (Int(l) | Duration(l), Int(r) | Duration(r)) => match op {
            Arithmetic::Divide | Arithmetic::Power => in_doubles(),
            _ => duration(integers(*l, op, *r)),
        },
        _ => in_doubles(),
    }
}

fn integers(left: i64, op: Arithmetic, right: i64) -> Option<i64> {
    match op {
        Arithmetic::Add => left.checked_add(right),
        Arithmetic::Subtract => left.checked_sub(right),
        Arithmetic::Multiply => left.checked_mul(right),
        Arithmetic::Divide => left.checked_div(right),
        // Through -1 nothing is left, also of the lowest number.
        Arithmetic::Remainder if right == -1 => Some(0),
        Arithmetic::Remainder => left.checked_rem(right),
        Arithmetic::Power => left.checked_pow(u32::try_from(right).ok()?),
    }
}

fn doubles(left: f64, op: Arithmetic, right: f64) -> f64 {
    match op {
        Arithmetic::Add => left + right,
        Arithmetic::Subtract => left - right,
        Arithmetic::Multiply => left * right,
        Arithmetic::Divide => left / right,
        Arithmetic::Remainder => left % right,
        Arithmetic::Power => left.powf(right),
    }
}

/// The lowest number of nanoseconds cannot be written as a duration, so none is made of it.
fn duration(nanoseconds: Option<i64>) -> Option<Literal> {
    nanoseconds.filter(|&value| value != i64::MIN).map(Literal::Duration)
}

fn whole(literal: &Literal) -> Option<i64> {
    match *literal {
        Literal::Int(value) | Literal::Duration(value) => Some(value),
        _ => None,
    }
}

/// The number that a literal is, as a double.
pub(super) fn float(literal: &Literal) -> Option<f64> {
    match *literal {
        Literal::Int(value) | Literal::Duration(value) => Some(value as f64),
        Literal::Float(value) => Some(value),
        _ => None,
    }
}
