//! Numbers worked out of the spans of a spanset.

use super::value::{compare, numbers};
use super::{Trace, Value};
use blockpack::traceql::ast::{Aggregate, AggregateFn, Comparison};
use std::cmp::Ordering;

/// Sums of doubles up to this size do not depend on their order, if the doubles are quarters.
const TAME: f64 = (1u64 << 50) as f64;

impl Trace<'_> {
    /// The value of an aggregate; none if no span has a number.
    pub fn aggregate(&self, aggregate: &Aggregate, spans: &[usize]) -> Option<Value> {
        let Some(operand) = &aggregate.operand else { return Some(Value::Int(spans.len() as i64)) };
        let values: Vec<Value> = (spans.iter())
            .filter_map(|&span| self.plain_value(operand, span))
            .filter(|value| value.number().is_some_and(|number| !number.is_nan()))
            .collect();
        match aggregate.function {
            AggregateFn::Count => unreachable!(),
            AggregateFn::Min => self.extreme(values, Ordering::is_lt),
            AggregateFn::Max => self.extreme(values, Ordering::is_gt),
            AggregateFn::Sum => self.sum(&values),
            AggregateFn::Avg => self.mean(&values),
        }
    }

    /// The sum: whole if all values are, a duration if all values are.
    fn sum(&self, values: &[Value]) -> Option<Value> {
        let first = values.first()?;
        let wholes: Option<Vec<i64>> = values.iter().map(Value::integer).collect();
        let is_duration = |value: &Value| matches!(value, Value::Duration(_));
        match wholes {
            Some(wholes) => {
                let sum: i128 = wholes.into_iter().map(i128::from).sum();
                if values.iter().any(|value| is_duration(value) != is_duration(first)) {
                    self.leave_open();
                }
                let Ok(sum) = i64::try_from(sum) else {
                    self.leave_open();
                    return None;
                };
                Some(if is_duration(first) { Value::Duration(sum) } else { Value::Int(sum) })
            }
            None => {
                let doubles = || values.iter().filter_map(Value::number);
                if doubles().any(|value| value.abs() > TAME || value * 4.0 != (value * 4.0).trunc())
                {
                    self.leave_open();
                }
                Some(Value::Float(doubles().fold(0.0, |sum, value| sum + value)))
            }
        }
    }

    /// The mean, a duration if all values are.
    fn mean(&self, values: &[Value]) -> Option<Value> {
        let count = values.len() as f64;
        Some(match self.sum(values)? {
            Value::Duration(sum) => {
                if sum % values.len() as i64 != 0 {
                    self.leave_open();
                }
                Value::Duration(sum / values.len() as i64)
            }
            sum => Value::Float(sum.number()? / count),
        })
    }

    pub fn passes(&self, op: Comparison, value: &Value, literal: Option<&Value>) -> bool {
        compare(op, Some(value), literal)
    }

    fn extreme(&self, values: Vec<Value>, better: impl Fn(Ordering) -> bool) -> Option<Value> {
        let is = |a: &Value, b: &Value, ordering: &dyn Fn(Ordering) -> bool| {
            numbers(a, b).is_some_and(ordering)
        };
        let best = values.iter().reduce(|best, value| match is(value, best, &better) {
            true => value,
            false => best,
        })?;
        // 2 and 2.0 are equally small.
        if values.iter().any(|value| is(value, best, &Ordering::is_eq) && value != best) {
            self.leave_open();
        }
        Some(best.clone())
    }
}
