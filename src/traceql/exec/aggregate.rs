//! Aggregates: a number for each spanset, compared with a constant.

use super::chunk::Chunk;
use super::control::RunContext;
use super::plan::unsupported;
use super::spansets::keep;
use super::state::{GroupAttribute, Groups, State, renumber};
use crate::error::Result;
use crate::rowset::SpanSet;
use crate::traceql::ast::{AggregateFn, Comparison, Literal, Scalar, ScalarFilter};
use crate::traceql::eval::{Operand, Program, Span, Value, holds};
use crate::traceql::filter::{mentions, needs_trace};
use crate::traceql::print::comparison;
use std::fmt;
use std::sync::Arc;

/// Spans looked at between two looks at whether to stop.
const STRIDE: usize = 4096;

/// A compiled aggregate, and what its result is compared with.
#[derive(Debug)]
pub struct AggregatePlan {
    /// What the result is called.
    pub text: Arc<str>,
    function: AggregateFn,
    operand: Option<Program>,
    needs_traces: bool,
    comparison: Comparison,
    threshold: Literal,
    /// Both, for people.
    condition: String,
}

impl fmt::Display for AggregatePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.text, self.condition)
    }
}

impl AggregatePlan {
    /// Compiles `filter`; an error if it is not an aggregate compared with a constant.
    pub fn compile(filter: &ScalarFilter) -> Result<AggregatePlan> {
        let (Scalar::Aggregate(aggregate), Scalar::Literal(threshold)) =
            (&filter.left, &filter.right)
        else {
            return Err(unsupported("anything but an aggregate compared with a number"));
        };
        let operand = aggregate.operand.as_ref();
        if operand.is_none() != (aggregate.function == AggregateFn::Count) {
            return Err(unsupported("an aggregate without its operand"));
        }
        Ok(AggregatePlan {
            text: aggregate.text.as_ref().into(),
            function: aggregate.function,
            operand: operand.map(Program::compile).transpose()?,
            needs_traces: operand.is_some_and(|operand| mentions(operand, &needs_trace)),
            comparison: filter.op,
            threshold: threshold.clone(),
            condition: format!("{} {threshold}", comparison(filter.op)),
        })
    }

    /// Keeps the spansets whose number compares as asked, and gives it to them as an attribute.
    pub fn run(&self, run: &RunContext<'_>, chunk: &Chunk<'_>, state: State) -> Result<State> {
        let (spans, mut groups) = state.into_groups(chunk)?;
        let sums = self.sums(run, chunk, &spans, &groups)?;
        let kept = self.passes(&sums, groups.table.traces.len());
        let is_kept = |number: u32| kept.get(number as usize) == Some(&true);
        let spans = keep(&spans, &groups.of, is_kept);
        groups.of.retain(|&number| is_kept(number));
        let old = renumber(&mut groups.of, kept.len());
        groups.table = groups.table.choose(&old);
        let attribute = GroupAttribute {
            text: self.text.clone(),
            values: old.iter().map(|&number| self.shown(&sums, number as usize)).collect(),
            of: (0..old.len() as u32).collect(),
        };
        let attributes = &mut groups.table.attributes;
        match attributes.iter_mut().find(|known| known.text == self.text) {
            Some(known) => *known = attribute,
            None => attributes.push(attribute),
        }
        Ok(State { spans, groups: Some(groups) })
    }

    /// Of each of `count` spansets whether its number compares as asked.
    fn passes(&self, sums: &Sums, count: usize) -> Vec<bool> {
        let Some(threshold) = Operand::of_literal(&self.threshold) else {
            return vec![false; count];
        };
        match (sums, threshold) {
            (Sums::Spans(counts), Operand::Int(threshold)) => {
                counts.iter().map(|count| holds(self.comparison, count.cmp(&threshold))).collect()
            }
            _ => {
                let passes = |result: Operand<'_>| result.compares(self.comparison, threshold);
                let results = (0..count).map(|number| sums.result(number, self.function));
                results.map(|result| result.is_some_and(passes)).collect()
            }
        }
    }

    /// The result as results show it: the mean of lengths of time is one.
    fn shown(&self, sums: &Sums, number: usize) -> Value {
        if let Sums::Values(list) = sums
            && self.function == AggregateFn::Avg
            && let Some(mean) = list.get(number).and_then(Sum::mean_duration)
        {
            return Value::Duration(mean);
        }
        sums.result(number, self.function).map_or(Value::Nil, Operand::to_value)
    }

    fn sums(
        &self,
        run: &RunContext<'_>,
        chunk: &Chunk<'_>,
        spans: &SpanSet,
        groups: &Groups,
    ) -> Result<Sums> {
        let count = groups.table.traces.len();
        let Some(program) = &self.operand else {
            let mut counts = vec![0; count];
            groups.of.iter().for_each(|&number| counts[number as usize] += 1);
            return Ok(Sums::Spans(counts));
        };
        let mut sums = vec![Sum::default(); count];
        let wholes = if self.needs_traces { chunk.wholes()? } else { None };
        for (at, ((block, row), &number)) in spans.iter().zip(&groups.of).enumerate() {
            if at % STRIDE == STRIDE - 1 {
                run.control.check()?;
            }
            let span = Span::new(chunk.block(block)?, block, row, wholes)?;
            if let Some(value) = program.value_watched(span, run.control)? {
                sums[number as usize].add(value);
            }
        }
        Ok(Sums::Values(sums))
    }
}

/// What was added up of each spanset.
enum Sums {
    /// How many spans there are.
    Spans(Vec<i64>),
    /// Their values.
    Values(Vec<Sum>),
}

impl Sums {
    fn result(&self, number: usize, function: AggregateFn) -> Option<Operand<'static>> {
        match self {
            Sums::Spans(counts) => counts.get(number).map(|&count| Operand::Int(count)),
            Sums::Values(sums) => sums.get(number)?.result(function),
        }
    }
}

/// What aggregates are worked out from. Absent values and those that are no numbers do not count,
/// `NaN` among them.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    values: u64,
    whole: i128,
    double: f64,
    /// How many values are whole numbers, and how many lengths of time.
    ints: u64,
    durations: u64,
    least: Option<Operand<'static>>,
    largest: Option<Operand<'static>>,
}

impl Sum {
    fn add(&mut self, value: Operand<'_>) {
        let value = match value {
            Operand::Int(v) => {
                self.ints += 1;
                self.whole += i128::from(v);
                Operand::Int(v)
            }
            Operand::Duration(v) => {
                self.durations += 1;
                self.whole += i128::from(v);
                Operand::Duration(v)
            }
            Operand::Float(v) if !v.is_nan() => {
                self.double += v;
                Operand::Float(v)
            }
            _ => return,
        };
        self.values += 1;
        if self.least.is_none_or(|least| value.compares(Comparison::Less, least)) {
            self.least = Some(value);
        }
        if self.largest.is_none_or(|largest| value.compares(Comparison::Greater, largest)) {
            self.largest = Some(value);
        }
    }

    /// The mean, to the nanosecond, if all values are lengths of time.
    fn mean_duration(&self) -> Option<i64> {
        let count = i128::from(self.durations);
        if count == 0 || self.durations != self.values {
            return None;
        }
        let half = count / 2 * self.whole.signum();
        i64::try_from((self.whole + half) / count).ok()
    }

    fn result(&self, function: AggregateFn) -> Option<Operand<'static>> {
        if self.values == 0 {
            return None;
        }
        let total = self.whole as f64 + self.double;
        let mean = total / self.values as f64;
        match function {
            AggregateFn::Count => None,
            AggregateFn::Min => self.least,
            AggregateFn::Max => self.largest,
            AggregateFn::Sum => Some(match i64::try_from(self.whole) {
                Ok(sum) if self.ints == self.values => Operand::Int(sum),
                Ok(sum) if self.durations == self.values => Operand::Duration(sum),
                _ => Operand::Float(total),
            }),
            AggregateFn::Avg => Some(Operand::Float(mean)),
        }
    }
}
