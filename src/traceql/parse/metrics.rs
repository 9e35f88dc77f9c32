//! Functions that make series of spans, and what is done with series.

use super::Parser;
use super::expr::{arithmetic, comparison};
use crate::traceql::ast::{
    AggregateFn, Arithmetic, Compare, Literal, MetricsExpr, MetricsFn, MetricsQuery, Pipeline,
    SeriesFilter,
};
use crate::traceql::fault::{Fault, Result};
use crate::traceql::fold;
use crate::traceql::lex::TokenKind;

/// Values that `compare` gives for each attribute if the query does not say.
const TOP: u32 = 10;

impl Parser<'_, '_> {
    /// The function that comes next, of the spans that `pipeline` finds.
    pub(super) fn metrics_query(&mut self, pipeline: Pipeline) -> Result<MetricsQuery> {
        let start = self.start();
        let word = match self.kind() {
            TokenKind::Word(word) => *word,
            _ => return Err(self.unexpected("a function that makes series")),
        };
        self.at += 1;
        self.expect("(", "`(`")?;
        let function = self.metrics_function(word)?;
        self.expect(")", "`)`")?;
        let place = self.place_from(start);
        let groups = !matches!(function, MetricsFn::Compare(_));
        let by = if groups && self.take_word("by") { self.fields()? } else { Vec::new() };
        Ok(MetricsQuery { pipeline, function, by, place })
    }

    /// What stands in the brackets of `function`.
    fn metrics_function(&mut self, function: &str) -> Result<MetricsFn> {
        Ok(match function {
            "rate" => MetricsFn::Rate,
            "count_over_time" => MetricsFn::CountOverTime,
            "min_over_time" => MetricsFn::OverTime(AggregateFn::Min, self.field()?),
            "max_over_time" => MetricsFn::OverTime(AggregateFn::Max, self.field()?),
            "avg_over_time" => MetricsFn::OverTime(AggregateFn::Avg, self.field()?),
            "sum_over_time" => MetricsFn::OverTime(AggregateFn::Sum, self.field()?),
            "histogram_over_time" => MetricsFn::HistogramOverTime(self.field()?),
            "quantile_over_time" => {
                let field = self.field()?;
                self.expect(",", "`,` and a quantile, as in `(duration, 0.9)`")?;
                let mut quantiles = vec![self.quantile()?];
                while self.take(",") {
                    quantiles.push(self.quantile()?);
                }
                MetricsFn::QuantileOverTime(field, quantiles)
            }
            _ => MetricsFn::Compare(self.compare()?),
        })
    }

    fn quantile(&mut self) -> Result<f64> {
        match self.kind() {
            TokenKind::Literal(literal @ (Literal::Int(_) | Literal::Float(_))) => {
                self.at += 1;
                Ok(fold::float(literal).unwrap_or(f64::NAN))
            }
            _ => Err(self.unexpected("a number from 0 to 1")),
        }
    }

    fn compare(&mut self) -> Result<Compare> {
        let selection = self.filter()?.tree;
        let (mut top, mut window) = (TOP, None);
        if self.take(",") {
            top = u32::try_from(self.integer()?).unwrap_or(u32::MAX);
            if self.take(",") {
                let start = self.integer()?;
                self.expect(",", "`,` and the end of the selection, since it has a start")?;
                window = Some((start, self.integer()?));
            }
        }
        Ok(Compare { selection, top, window })
    }

    /// A whole number without a sign.
    fn integer(&mut self) -> Result<u64> {
        match self.kind() {
            TokenKind::Literal(Literal::Int(number)) => {
                self.at += 1;
                Ok(number.unsigned_abs())
            }
            _ => Err(self.unexpected("a whole number")),
        }
    }

    /// `topk`, `bottomk` and comparisons of values behind `metrics`.
    pub(super) fn seconds(&mut self, metrics: MetricsExpr) -> Result<MetricsExpr> {
        let mut filters = Vec::new();
        loop {
            let comparison = match self.kind() {
                TokenKind::Symbol(symbol) => comparison(symbol),
                _ => None,
            };
            if let Some(comparison) = comparison {
                self.at += 1;
                filters.push(SeriesFilter::Compare(comparison, self.threshold()?));
            } else if self.take("|") {
                filters.push(self.top()?);
            } else if filters.is_empty() {
                return Ok(metrics);
            } else {
                return Ok(MetricsExpr::Filtered(Box::new(metrics), filters));
            }
        }
    }

    /// `topk(k)` or `bottomk(k)`
    fn top(&mut self) -> Result<SeriesFilter> {
        let filter = match self.kind() {
            TokenKind::Word("topk") => SeriesFilter::TopK,
            TokenKind::Word("bottomk") => SeriesFilter::BottomK,
            _ => return Err(self.unexpected("`topk` or `bottomk`, the only stages of series")),
        };
        self.at += 1;
        self.expect("(", "`(` and how many, as in `topk(3)`")?;
        let count = u32::try_from(self.integer()?).unwrap_or(u32::MAX);
        self.expect(")", "`)`")?;
        Ok(filter(count))
    }

    /// What values of series are compared with: a duration in seconds, or numbers with operators.
    fn threshold(&mut self) -> Result<f64> {
        let sign =
            if self.is("-") && matches!(self.second(), TokenKind::Literal(Literal::Duration(_))) {
                self.at += 1;
                -1.0
            } else {
                1.0
            };
        if let TokenKind::Literal(Literal::Duration(nanoseconds)) = self.kind() {
            self.at += 1;
            return Ok(sign * *nanoseconds as f64 / 1e9);
        }
        self.number_from(1)
    }

    /// Plain numbers with operators that are at least at `level`.
    fn number_from(&mut self, level: u8) -> Result<f64> {
        self.deeper(|parser| {
            let mut left = parser.plain_number()?;
            while let TokenKind::Symbol(symbol) = parser.kind()
                && let Some(op) = arithmetic(symbol)
            {
                let found = match op {
                    Arithmetic::Add | Arithmetic::Subtract => 1,
                    Arithmetic::Multiply | Arithmetic::Divide => 2,
                    Arithmetic::Remainder | Arithmetic::Power => {
                        return Err(parser.unexpected("`+`, `-`, `*` or `/`"));
                    }
                };
                if found < level {
                    break;
                }
                parser.at += 1;
                let right = parser.number_from(found + 1)?;
                left = match number(left, op, right) {
                    Some(number) => number,
                    None => {
                        let message = "this number is too large, or divided by zero";
                        return Err(Fault::parse(parser.last_end() as usize, message));
                    }
                };
            }
            Ok(left)
        })
    }

    fn plain_number(&mut self) -> Result<f64> {
        match self.kind() {
            TokenKind::Literal(literal @ (Literal::Int(_) | Literal::Float(_))) => {
                self.at += 1;
                Ok(fold::float(literal).unwrap_or(f64::NAN))
            }
            TokenKind::Symbol("-") => {
                self.at += 1;
                self.deeper(|parser| parser.plain_number()).map(|number| -number)
            }
            TokenKind::Symbol("(") => {
                self.at += 1;
                let number = self.number_from(1)?;
                self.expect(")", "an operator or `)`")?;
                Ok(number)
            }
            _ => Err(self.unexpected("a number")),
        }
    }
}

/// Arithmetic on constants beside series; `None` if series have no such operator, or the result is
/// no finite number.
pub(super) fn number(left: f64, op: Arithmetic, right: f64) -> Option<f64> {
    let number = match op {
        Arithmetic::Add => left + right,
        Arithmetic::Subtract => left - right,
        Arithmetic::Multiply => left * right,
        Arithmetic::Divide => left / right,
        Arithmetic::Remainder | Arithmetic::Power => return None,
    };
    number.is_finite().then_some(number)
}
