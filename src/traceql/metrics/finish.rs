//! From sums to series.

use super::exemplars;
use super::numbers::unit;
use super::series::{Exemplar, Label, NAME, Series, order};
use super::steps::Steps;
use super::worker::{Worker, field_of};
use crate::error::Result;
use crate::traceql::ast::{AggregateFn, MetricsFn, MetricsQuery};
use crate::traceql::eval::Value;
use crate::traceql::exec::{Charge, Control};
use crate::traceql::keys::NIL;
use std::collections::BTreeMap;

/// The series of what `worker` added up, ordered by labels, with all exemplars that were chosen.
pub fn series(
    worker: &Worker<'_>,
    query: &MetricsQuery,
    steps: &Steps,
    control: &Control,
) -> Result<Vec<Series>> {
    let finish = Finish { worker, query, steps };
    let mut charge = control.charge(0)?;
    let mut made = match &query.function {
        MetricsFn::QuantileOverTime(_, quantiles) => finish.quantiles(quantiles, &mut charge)?,
        MetricsFn::HistogramOverTime(_) => finish.histogram(&mut charge)?,
        _ => finish.plain(&mut charge)?,
    };
    made.sort_by(|(a, _), (b, _)| order(&a.labels, &b.labels));
    if let Some(chosen) = &worker.exemplars {
        for (series, owner) in &mut made {
            series.exemplars = exemplars::candidates(chosen.of(*owner));
        }
        let candidates: usize = made.iter().map(|(series, _)| series.exemplars.len()).sum();
        charge.grow(candidates * size_of::<Exemplar>())?;
    }
    Ok(made.into_iter().map(|(series, _)| series).collect())
}

struct Finish<'a> {
    worker: &'a Worker<'a>,
    query: &'a MetricsQuery,
    steps: &'a Steps,
}

impl Finish<'_> {
    /// One series a group, with the number that its exemplars have.
    fn plain(&self, charge: &mut Charge<'_>) -> Result<Vec<(Series, u32)>> {
        let (function, divisor) = match &self.query.function {
            MetricsFn::Rate => (AggregateFn::Count, self.steps.step_ns() as f64 / 1e9),
            MetricsFn::OverTime(function, field) => (*function, unit(&field.name)),
            _ => (AggregateFn::Count, 1.0),
        };
        let groups = 0..self.worker.groups.len(&self.worker.numbering) as u32;
        let of_group = |group: u32| {
            let cells = self.cells(group);
            if cells.clone().all(|cell| self.worker.tally.is_empty(cell)) {
                return None;
            }
            let values =
                cells.map(|cell| Some(self.worker.tally.sample(cell, function)? / divisor));
            let made = self.made(self.labels(group, None), values, charge);
            Some(made.map(|series| (series, group)))
        };
        groups.filter_map(of_group).collect()
    }

    /// One series a group and bucket.
    fn histogram(&self, charge: &mut Charge<'_>) -> Result<Vec<(Series, u32)>> {
        let pairs = self.pairs().iter().enumerate();
        let of_pair = |(pair, &(group, bucket)): (usize, &(u32, u32))| {
            let values = self.cells(pair as u32);
            let values = values.map(|cell| self.worker.tally.sample(cell, AggregateFn::Count));
            let label = Label::new("__bucket", Value::Float(self.bucket_end(bucket)));
            let labels = self.labels(group, Some(label));
            Ok((self.made(labels, values, charge)?, pair as u32))
        };
        pairs.map(of_pair).collect()
    }

    /// One series a group and quantile.
    fn quantiles(&self, quantiles: &[f64], charge: &mut Charge<'_>) -> Result<Vec<(Series, u32)>> {
        let mut groups: BTreeMap<u32, Vec<(u32, u32)>> = BTreeMap::new();
        for (pair, &(group, bucket)) in self.pairs().iter().enumerate() {
            groups.entry(group).or_default().push((bucket, pair as u32));
        }
        let mut made = Vec::new();
        for (group, mut buckets) in groups {
            buckets.sort_unstable();
            for &quantile in quantiles {
                let steps = 0..self.steps.count();
                let values = steps.map(|step| self.quantile(&buckets, step, quantile));
                let label = Label::new("p", Value::Float(quantile));
                let labels = self.labels(group, Some(label));
                made.push((self.made(labels, values, charge)?, group));
            }
        }
        Ok(made)
    }

    /// A series, whose samples are accounted for.
    fn made(
        &self,
        labels: Vec<Label>,
        values: impl Iterator<Item = Option<f64>>,
        charge: &mut Charge<'_>,
    ) -> Result<Series> {
        charge.grow(self.steps.count() * size_of::<Option<f64>>())?;
        Ok(Series { labels, values: values.collect(), exemplars: Vec::new() })
    }

    /// An estimate of a quantile at interval `step`: inside the bucket in which it is, values are
    /// taken to grow by equal factors.
    fn quantile(&self, buckets: &[(u32, u32)], step: usize, quantile: f64) -> Option<f64> {
        let count = |pair: u32| {
            let cell = pair as usize * self.steps.count() + step;
            self.worker.tally.sample(cell, AggregateFn::Count).unwrap_or(0.0)
        };
        let total: f64 = buckets.iter().map(|&(_, pair)| count(pair)).sum();
        if total == 0.0 {
            return None;
        }
        let rank = (quantile * total).ceil().max(1.0);
        let mut before = 0.0;
        for &(bucket, pair) in buckets {
            let here = count(pair);
            if before + here >= rank {
                let part = (rank - before) / here;
                return Some(self.bucket_end(bucket) / 2.0 * part.exp2());
            }
            before += here;
        }
        None
    }

    /// The largest value of a bucket.
    fn bucket_end(&self, bucket: u32) -> f64 {
        let unit = field_of(&self.query.function).map_or(1.0, unit);
        f64::from(bucket).exp2() / unit
    }

    /// Groups and buckets.
    fn pairs(&self) -> &[(u32, u32)] {
        self.worker.buckets.as_ref().map_or(&[], |pairs| &pairs.list)
    }

    fn cells(&self, row: u32) -> std::ops::Range<usize> {
        let first = row as usize * self.steps.count();
        first..first + self.steps.count()
    }

    /// The labels of a group, with one that the function adds. What is absent has no label; if all
    /// is, the first says so.
    fn labels(&self, group: u32, own: Option<Label>) -> Vec<Label> {
        let tuple = self.worker.groups.tuple(group);
        let value = |number: u32| {
            let known = self.worker.numbering.distinct.values.get(number as usize);
            known.cloned().unwrap_or(Value::Nil)
        };
        let fields = self.query.by.iter().zip(&tuple);
        let present = fields.filter(|(_, number)| **number != NIL);
        let mut labels: Vec<Label> =
            present.map(|(field, &number)| Label::new(&*field.text, value(number))).collect();
        match (self.query.by.first(), labels.is_empty()) {
            (Some(first), true) => labels.push(Label::new(&*first.text, Value::Nil)),
            (None, _) if own.is_none() => labels.push(Label::text(NAME, &self.name())),
            _ => {}
        }
        labels.extend(own);
        labels
    }

    /// The function's name.
    fn name(&self) -> String {
        let written = self.query.function.to_string();
        written.split('(').next().unwrap_or_default().to_owned()
    }
}
