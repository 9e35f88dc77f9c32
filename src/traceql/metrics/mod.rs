//! Series of spans over time.
//!
//! - [`MetricsOptions`]: over which time, and how. [`SeriesSet`]: what comes of it.
//! - `steps`: time cut into intervals. `run`: the pipeline, chunk by chunk, on one or more threads.
//! - `worker`: spans added up, a batch at a time (`batch`). Their groups come from `keys`, which
//!   numbers values, and `groups`, which numbers tuples; what is added up from `numbers`; the sums
//!   are in `tally`.
//! - `finish`: from sums to series. `exemplars`: spans that stand for many.
//! - `compare`: how a selection of spans differs from the others.
//! - `combine`: what is done with series.

mod batch;
mod combine;
mod compare;
mod exemplars;
mod finish;
mod groups;
mod keys;
mod numbers;
mod options;
mod run;
mod series;
mod steps;
mod tally;
mod worker;

pub use options::MetricsOptions;
pub use series::{Exemplar, Label, Series, SeriesSet};

use super::Query;
use super::ast::{Literal, MetricsExpr, MetricsFn, Root};
use super::exec::{Control, QueryContext, RunContext};
use crate::blocks::Blocks;
use crate::error::{Error, ErrorKind, Result};
use crate::graph::StructuralOptions;
use combine::Operand;
use run::Job;
use std::sync::Arc;
use steps::Steps;

impl Query {
    /// Makes the series that the query asks for, of spans in `blocks`, which may come from several
    /// files and from builders: a trace that lies in several of them is one.
    ///
    /// Errors: the query searches for spans, or the time range makes no sense
    /// ([`ErrorKind::InvalidArgument`]); there would be too many samples ([`ErrorKind::Limit`]); it
    /// was stopped by the limits of `options` ([`ErrorKind::Cancelled`], [`ErrorKind::Budget`]); a
    /// block is damaged.
    pub fn metrics(&self, blocks: &Blocks, options: &MetricsOptions) -> Result<SeriesSet> {
        let Root::Metrics(expr) = &self.ast().root else {
            let message = "the query searches for spans; it makes series with a function at its end, as in `{} | rate()`";
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        };
        let steps = Steps::of(options, blocks)?;
        let context = options.context.clone().unwrap_or_else(|| Arc::new(QueryContext::new()));
        let control = Control::new(options.limits.clone());
        let structural = StructuralOptions { rooted_only: options.rooted_only };
        let run = RunContext { scan: context.scan(), control: &control, structural };
        let exemplars = options.exemplars.unwrap_or_else(|| self.exemplars());
        let maker = Maker { blocks, options, steps, run: &run, context: &context, exemplars };
        let mut spans = 0;
        let mut series = match maker.make(expr, &mut spans)? {
            Operand::Series(series) => series,
            Operand::Constant(_) => Vec::new(),
        };
        series.sort_by(|a, b| series::order(&a.labels, &b.labels));
        let times = (0..steps.count()).map(|step| steps.time(step)).collect();
        Ok(SeriesSet { times, step_ns: steps.step_ns(), series, spans })
    }

    /// How many exemplars the query's hint asks for.
    fn exemplars(&self) -> u32 {
        match self.ast().hints.iter().rfind(|hint| &*hint.name == "exemplars").map(|h| &h.value) {
            Some(Literal::Bool(true)) => exemplars::DEFAULT,
            Some(Literal::Int(count)) => u32::try_from(*count).unwrap_or(u32::MAX),
            _ => 0,
        }
    }
}

/// What all queries of an expression have in common.
struct Maker<'a> {
    blocks: &'a Blocks,
    options: &'a MetricsOptions,
    steps: Steps,
    run: &'a RunContext<'a>,
    context: &'a Arc<QueryContext>,
    exemplars: u32,
}

impl Maker<'_> {
    fn make(&self, expr: &MetricsExpr, spans: &mut u64) -> Result<Operand> {
        Ok(match expr {
            MetricsExpr::Constant(value) => Operand::Constant(*value),
            MetricsExpr::Binary { op, left, right } => {
                let left = self.make(left, spans)?;
                combine::calculate(left, *op, self.make(right, spans)?)
            }
            MetricsExpr::Filtered(inner, filters) => match self.make(inner, spans)? {
                Operand::Series(mut series) => {
                    filters.iter().for_each(|&filter| combine::filter(&mut series, filter));
                    Operand::Series(series)
                }
                constant => constant,
            },
            MetricsExpr::Query(query) => {
                let job = Job {
                    query,
                    blocks: self.blocks,
                    steps: self.steps,
                    exemplars: self.exemplars,
                    threads: self.options.threads,
                    run: self.run,
                    context: self.context,
                };
                if let MetricsFn::Compare(compare) = &query.function {
                    let (series, found) = compare::run(&job, compare)?;
                    *spans += found;
                    return Ok(Operand::Series(series));
                }
                let worker = job.run()?;
                *spans += worker.spans;
                Operand::Series(finish::series(
                    &worker,
                    query,
                    &self.steps,
                    self.exemplars,
                    self.blocks,
                )?)
            }
        })
    }
}
