//! Series of spans over time.
//!
//! - [`MetricsOptions`]: over which time, and how. [`SeriesSet`]: what comes of it.
//! - `plan`: a query, compiled. `steps`: time cut into intervals. `run`: the pipeline, chunk by
//!   chunk, on one or more threads.
//! - `worker`: spans added up, a batch at a time (`batch`). Their groups come from `groups`, which
//!   numbers tuples of values; what is added up from `numbers`; the sums are in `tally`.
//! - `finish`: from sums to series. `exemplars`: spans that stand for many.
//! - `compare`: how a selection of spans differs from the others.
//! - `combine`: what is done with series.

mod batch;
mod combine;
mod compare;
mod exemplars;
mod finish;
mod groups;
mod numbers;
mod options;
mod plan;
mod run;
mod series;
mod steps;
mod tally;
mod worker;

pub use options::MetricsOptions;
pub use plan::{QueryPlan, SeriesKind, SeriesPlan};
pub use series::{Exemplar, Label, Series, SeriesSet, SeriesStats};

use super::Query;
use super::ast::{Literal, Root};
use super::exec::{Control, QueryContext, RunContext};
use super::explain::Explain;
use crate::blocks::Blocks;
use crate::error::{Error, ErrorKind, Result};
use crate::graph::StructuralOptions;
use combine::Operand;
use run::Job;
use std::sync::Arc;
use std::time::Instant;
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
        let begin = Instant::now();
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
        let plan = SeriesPlan::compile(expr, context.scan())?;
        let maker = Maker { blocks, options, steps, run: &run, context: &context, exemplars };
        let mut set = SeriesSet {
            times: (0..steps.count()).map(|step| steps.time(step)).collect(),
            step_ns: steps.step_ns(),
            in_seconds: plan.in_seconds(),
            ..SeriesSet::default()
        };
        if let Operand::Series(series) = maker.make(&plan, &mut set)? {
            set.series = series;
        }
        set.series.sort_by(|a, b| series::order(&a.labels, &b.labels));
        exemplars::settle(&mut set.series, exemplars, &steps, blocks)?;
        set.stats.series = set.series.len();
        set.stats.samples = set.times.len();
        set.stats.step_ns = set.step_ns;
        set.stats.peak_bytes = control.peak();
        set.stats.time = begin.elapsed();
        set.explain = Explain::of_series(&plan, Some(set.stats));
        Ok(set)
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
    /// What comes of `plan`. Notes in `set` what it took.
    fn make(&self, plan: &SeriesPlan<'_>, set: &mut SeriesSet) -> Result<Operand> {
        let made = match &plan.kind {
            SeriesKind::Constant(value) => Operand::Constant(*value),
            SeriesKind::Calculate(op, left, right) => {
                let left = self.make(left, set)?;
                combine::calculate(left, *op, self.make(right, set)?)
            }
            SeriesKind::Filter(inner, filters) => match self.make(inner, set)? {
                Operand::Series(mut series) => {
                    filters.iter().for_each(|&filter| combine::filter(&mut series, filter));
                    Operand::Series(series)
                }
                constant => constant,
            },
            SeriesKind::Query(plan) => Operand::Series(self.series(plan, set)?),
        };
        if let Operand::Series(series) = &made {
            plan.made.get_or_init(|| series.len());
        }
        Ok(made)
    }

    fn series(&self, plan: &QueryPlan<'_>, set: &mut SeriesSet) -> Result<Vec<Series>> {
        let job = Job {
            plan,
            blocks: self.blocks,
            steps: self.steps,
            exemplars: self.exemplars,
            shard: self.options.blocks.as_ref(),
            threads: self.options.threads,
            run: self.run,
            context: self.context,
        };
        let layout = job.layout()?;
        let (chunks, outside) = job.chunks(&layout);
        set.stats.chunks += layout.len();
        set.stats.outside += outside;
        if let Some((compare, selection)) = &plan.selection {
            let (series, spans) = compare::run(&job, &layout, &chunks, compare, selection)?;
            set.spans += spans;
            return Ok(series);
        }
        let worker = job.run(&layout, &chunks)?;
        set.spans += worker.spans;
        finish::series(&worker, plan.query, &self.steps, self.run.control)
    }
}
