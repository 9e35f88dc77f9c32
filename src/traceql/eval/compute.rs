//! Arithmetic on values.

use super::value::Operand;
use crate::traceql::ast::Arithmetic;

/// `left op right`; `None` if an operand is no number, or the result is none: integers divided by
/// zero, or past 64 bits.
///
/// Whole numbers stay whole: division truncates toward zero, and the remainder has the sign of the
/// dividend. Lengths of time stay such when added to each other, and multiplied by whole numbers.
/// Everything else is computed in doubles.
pub fn compute<'a>(op: Arithmetic, left: Operand<'a>, right: Operand<'a>) -> Option<Operand<'a>> {
    use Operand::{Duration, Int};
    match (left, right) {
        (Int(a), Int(b)) => match (op, u32::try_from(b)) {
            (Arithmetic::Power, Err(_)) => doubles(op, left, right),
            _ => whole(op, a, b).map(Int),
        },
        (Int(a) | Duration(a), Int(b) | Duration(b)) => match op {
            Arithmetic::Divide | Arithmetic::Power => doubles(op, left, right),
            _ => whole(op, a, b).map(Duration),
        },
        _ => doubles(op, left, right),
    }
}

fn whole(op: Arithmetic, a: i64, b: i64) -> Option<i64> {
    match op {
        Arithmetic::Add => a.checked_add(b),
        Arithmetic::Subtract => a.checked_sub(b),
        Arithmetic::Multiply => a.checked_mul(b),
        Arithmetic::Divide => a.checked_div(b),
        // Through -1 nothing is left, also of the lowest number.
        Arithmetic::Remainder if b == -1 => Some(0),
        Arithmetic::Remainder => a.checked_rem(b),
        Arithmetic::Power => a.checked_pow(b.try_into().ok()?),
    }
}

fn doubles<'a>(op: Arithmetic, left: Operand<'a>, right: Operand<'a>) -> Option<Operand<'a>> {
    let (a, b) = (left.number()?, right.number()?);
    Some(Operand::Float(match op {
        Arithmetic::Add => a + b,
        Arithmetic::Subtract => a - b,
        Arithmetic::Multiply => a * b,
        Arithmetic::Divide => a / b,
        Arithmetic::Remainder => a % b,
        Arithmetic::Power => a.powf(b),
    }))
}

/// `-operand`; `None` if it is no number.
pub fn negate(operand: Operand<'_>) -> Option<Operand<'_>> {
    match operand {
        Operand::Int(v) => v.checked_neg().map(Operand::Int),
        Operand::Duration(v) => v.checked_neg().map(Operand::Duration),
        Operand::Float(v) => Some(Operand::Float(-v)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Arithmetic::*;
    use Operand::{Duration, Float, Int};

    #[test]
    fn whole_numbers_stay_whole_and_exact() {
        assert_eq!(compute(Divide, Int(-7), Int(2)), Some(Int(-3)));
        assert_eq!(compute(Remainder, Int(-7), Int(2)), Some(Int(-1)));
        assert_eq!(compute(Power, Int(2), Int(3)), Some(Int(8)));
        assert_eq!(compute(Power, Int(2), Int(-1)), Some(Float(0.5)));
        assert_eq!(compute(Add, Int(1 << 53), Int(1)), Some(Int((1 << 53) + 1)));
        assert_eq!(compute(Add, Int(i64::MAX), Int(1)), None);
        assert_eq!(compute(Divide, Int(1), Int(0)), None);
        assert_eq!(compute(Remainder, Int(i64::MIN), Int(-1)), Some(Int(0)));
        assert_eq!(compute(Divide, Int(i64::MIN), Int(-1)), None);
        assert_eq!(compute(Divide, Float(1.0), Int(0)), Some(Float(f64::INFINITY)));
    }

    #[test]
    fn lengths_of_time_compare_as_shares_and_add_as_lengths() {
        assert_eq!(compute(Subtract, Duration(9), Duration(4)), Some(Duration(5)));
        assert_eq!(compute(Multiply, Duration(9), Int(2)), Some(Duration(18)));
        assert_eq!(compute(Divide, Duration(1), Duration(4)), Some(Float(0.25)));
        assert_eq!(compute(Add, Duration(1), Operand::Bool(true)), None);
        assert_eq!(negate(Duration(3)), Some(Duration(-3)));
    }
}
