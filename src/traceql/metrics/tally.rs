//! What is added up, per group and interval.

use super::numbers::Number;
use crate::error::Result;
use crate::traceql::ast::AggregateFn;
use crate::traceql::exec::Charge;

/// A number per cell. Cells of a group are side by side, one per interval.
pub enum Tally {
    /// Spans.
    Count(Vec<u64>),
    /// Smallest number; `NaN` where there is none.
    Min(Vec<f64>),
    /// Largest number, likewise.
    Max(Vec<f64>),
    /// Sum and count of numbers.
    Sum(Vec<(f64, u64)>),
}

impl Tally {
    /// Counts spans.
    pub fn count() -> Tally {
        Tally::Count(Vec::new())
    }

    /// What an aggregate of numbers needs.
    pub fn of(function: AggregateFn) -> Tally {
        match function {
            AggregateFn::Count => Tally::count(),
            AggregateFn::Min => Tally::Min(Vec::new()),
            AggregateFn::Max => Tally::Max(Vec::new()),
            AggregateFn::Avg | AggregateFn::Sum => Tally::Sum(Vec::new()),
        }
    }

    /// Makes room for so many cells.
    pub fn grow(&mut self, cells: usize, charge: &mut Charge<'_>) -> Result<()> {
        match self {
            Tally::Count(list) => charge.lengthen(list, cells, 0),
            Tally::Min(list) | Tally::Max(list) => charge.lengthen(list, cells, f64::NAN),
            Tally::Sum(list) => charge.lengthen(list, cells, (0.0, 0)),
        }
    }

    /// Adds a span to the cells of each pair of a group and an interval, of which there are `steps`.
    pub fn add_spans(&mut self, groups: &[u32], slots: &[u32], steps: usize) {
        let Tally::Count(list) = self else { return };
        if list.len() == steps {
            // There is one group, and spans that follow each other are mostly in one interval.
            for run in slots.chunk_by(|a, b| a == b) {
                if let Some(count) = run.first().and_then(|&slot| list.get_mut(slot as usize)) {
                    *count += run.len() as u64;
                }
            }
            return;
        }
        for (&group, &slot) in groups.iter().zip(slots) {
            if let Some(count) = list.get_mut(group as usize * steps + slot as usize) {
                *count += 1;
            }
        }
    }

    /// Adds numbers to cells.
    pub fn add_numbers(&mut self, numbers: impl Iterator<Item = (usize, Number)>) {
        fn each<T>(
            list: &mut [T],
            numbers: impl Iterator<Item = (usize, Number)>,
            add: impl Fn(&mut T, f64),
        ) {
            for (cell, number) in numbers {
                if let Some(sum) = list.get_mut(cell) {
                    add(sum, number.double());
                }
            }
        }
        match self {
            Tally::Count(list) => each(list, numbers, |count, _| *count += 1),
            // With `NaN`, the other number is the smaller and the larger one.
            Tally::Min(list) => each(list, numbers, |least, number| *least = least.min(number)),
            Tally::Max(list) => each(list, numbers, |most, number| *most = most.max(number)),
            Tally::Sum(list) => each(list, numbers, |(sum, count), number| {
                *sum += number;
                *count += 1;
            }),
        }
    }

    /// Adds the cells `from` of another tally of the same kind to as many from `to` on.
    pub fn merge(&mut self, to: usize, other: &Tally, from: std::ops::Range<usize>) {
        fn each<T: Copy>(
            own: &mut [T],
            to: usize,
            other: &[T],
            from: std::ops::Range<usize>,
            add: impl Fn(T, T) -> T,
        ) {
            let own = own.get_mut(to..).unwrap_or_default();
            for (own, &other) in own.iter_mut().zip(other.get(from).unwrap_or_default()) {
                *own = add(*own, other);
            }
        }
        match (self, other) {
            (Tally::Count(a), Tally::Count(b)) => each(a, to, b, from, |a, b| a + b),
            (Tally::Min(a), Tally::Min(b)) => each(a, to, b, from, f64::min),
            (Tally::Max(a), Tally::Max(b)) => each(a, to, b, from, f64::max),
            (Tally::Sum(a), Tally::Sum(b)) => each(a, to, b, from, |a, b| (a.0 + b.0, a.1 + b.1)),
            _ => {}
        }
    }

    /// The spans or numbers that were added to a cell, as far as it is known: whether there were
    /// any.
    pub fn is_empty(&self, cell: usize) -> bool {
        match self {
            Tally::Count(list) => list.get(cell).is_none_or(|&count| count == 0),
            Tally::Min(list) | Tally::Max(list) => list.get(cell).is_none_or(|v| v.is_nan()),
            Tally::Sum(list) => list.get(cell).is_none_or(|&(_, count)| count == 0),
        }
    }

    /// The sample of a cell: the count, which may be 0, or the aggregate of the numbers if there
    /// are any.
    pub fn sample(&self, cell: usize, function: AggregateFn) -> Option<f64> {
        match self {
            Tally::Count(list) => Some(list.get(cell).map_or(0.0, |&count| count as f64)),
            Tally::Min(list) | Tally::Max(list) => list.get(cell).copied().filter(|v| !v.is_nan()),
            Tally::Sum(list) => {
                let (sum, count) = list.get(cell).copied().filter(|&(_, count)| count > 0)?;
                Some(if function == AggregateFn::Avg { sum / count as f64 } else { sum })
            }
        }
    }
}
