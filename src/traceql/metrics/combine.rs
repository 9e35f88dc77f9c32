//! What is done with series: chosen by rank, filtered by value, calculated with.

use super::series::{Label, Series, order};
use crate::traceql::ast::{Arithmetic, Comparison, SeriesFilter};
use std::cmp::Ordering;

/// Keeps the samples that `filter` is for; series that are left without any go.
pub fn filter(series: &mut Vec<Series>, filter: SeriesFilter) {
    match filter {
        SeriesFilter::TopK(count) => rank(series, count, |a, b| b.total_cmp(&a)),
        SeriesFilter::BottomK(count) => rank(series, count, |a, b| a.total_cmp(&b)),
        SeriesFilter::Compare(op, bound) => {
            for value in series.iter_mut().flat_map(|series| &mut series.values) {
                *value = value.filter(|&value| holds(value, op, bound));
            }
        }
    }
    series.retain(|series| !series.is_empty());
}

/// Keeps at each time the first `count` samples in the order `by`; equal ones in the order of their
/// labels. `NaN` comes last.
fn rank(series: &mut [Series], count: u32, by: impl Fn(f64, f64) -> Ordering) {
    series.sort_by(|a, b| order(&a.labels, &b.labels));
    let steps = series.first().map_or(0, |series| series.values.len());
    for step in 0..steps {
        let sample = |series: &Series| series.values.get(step).copied().flatten();
        let mut ranked: Vec<(usize, f64)> =
            series.iter().enumerate().filter_map(|(i, s)| Some((i, sample(s)?))).collect();
        ranked.sort_by(|&(_, a), &(_, b)| a.is_nan().cmp(&b.is_nan()).then_with(|| by(a, b)));
        for &(i, _) in ranked.iter().skip(count as usize) {
            series[i].values[step] = None;
        }
    }
}

fn holds(value: f64, op: Comparison, bound: f64) -> bool {
    match op {
        Comparison::Equal => value == bound,
        Comparison::NotEqual => value != bound,
        Comparison::Less => value < bound,
        Comparison::LessOrEqual => value <= bound,
        Comparison::Greater => value > bound,
        Comparison::GreaterOrEqual => value >= bound,
    }
}

/// An operand of arithmetic.
pub enum Operand {
    /// Series.
    Series(Vec<Series>),
    /// The same number everywhere.
    Constant(f64),
}

/// `left op right`. Series go with those that have the same labels; a side that is one series
/// without labels goes with all of the other. What finds no partner is left out.
pub fn calculate(left: Operand, op: Arithmetic, right: Operand) -> Operand {
    match (left, right) {
        (Operand::Constant(a), Operand::Constant(b)) => Operand::Constant(compute(a, op, b)),
        (Operand::Series(series), Operand::Constant(b)) => {
            Operand::Series(mapped(series, |a| compute(a, op, b)))
        }
        (Operand::Constant(a), Operand::Series(series)) => {
            Operand::Series(mapped(series, |b| compute(a, op, b)))
        }
        (Operand::Series(left), Operand::Series(right)) => Operand::Series(join(&left, op, &right)),
    }
}

fn mapped(mut series: Vec<Series>, map: impl Fn(f64) -> f64) -> Vec<Series> {
    for series in &mut series {
        series.values.iter_mut().flatten().for_each(|value| *value = map(*value));
        series.exemplars.iter_mut().for_each(|exemplar| exemplar.value = map(exemplar.value));
        series.labels = series.own_labels().to_vec();
    }
    series
}

fn join(left: &[Series], op: Arithmetic, right: &[Series]) -> Vec<Series> {
    if let [only] = left
        && only.own_labels().is_empty()
    {
        return right.iter().map(|right| pair(only, op, right)).collect();
    }
    if let [only] = right
        && only.own_labels().is_empty()
    {
        return left.iter().map(|left| pair(left, op, only)).collect();
    }
    let partner = |left: &Series| {
        let labels = sorted(left.own_labels());
        right.iter().find(|right| sorted(right.own_labels()) == labels)
    };
    left.iter().filter_map(|left| Some(pair(left, op, partner(left)?))).collect()
}

/// Labels in an order that does not depend on the query.
fn sorted(labels: &[Label]) -> Vec<&Label> {
    let mut sorted: Vec<&Label> = labels.iter().collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    sorted
}

/// Its exemplars are those of the side whose labels it has, the left one if it can be both. What they
/// come to is the sample, as no span has a value on either side.
fn pair(left: &Series, op: Arithmetic, right: &Series) -> Series {
    let labelled = if left.own_labels().is_empty() { right } else { left };
    let side = if labelled.own_labels().is_empty() { left } else { labelled };
    let mut exemplars = side.exemplars.clone();
    exemplars.iter_mut().for_each(|exemplar| exemplar.value = f64::NAN);
    let both = left.values.iter().zip(&right.values);
    let values = both.map(|(&a, &b)| Some(compute(a?, op, b?))).collect();
    Series { labels: labelled.own_labels().to_vec(), values, exemplars }
}

/// Arithmetic on samples. Nothing can be divided by zero: that is `NaN`, not infinity.
fn compute(a: f64, op: Arithmetic, b: f64) -> f64 {
    match op {
        Arithmetic::Add => a + b,
        Arithmetic::Subtract => a - b,
        Arithmetic::Multiply => a * b,
        Arithmetic::Divide if b == 0.0 => f64::NAN,
        Arithmetic::Divide => a / b,
        Arithmetic::Remainder | Arithmetic::Power => f64::NAN,
    }
}
