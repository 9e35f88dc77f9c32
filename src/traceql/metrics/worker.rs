//! Adding spans up, block by block: what one thread does.

use super::batch::Batch;
use super::exemplars::Exemplars;
use super::groups::Groups;
use super::numbers::{Number, Numbers, unit};
use super::plan::QueryPlan;
use super::steps::Steps;
use super::tally::Tally;
use crate::block::Field;
use crate::error::Result;
use crate::name::Name;
use crate::rowset::RowSet;
use crate::traceql::ast::{AggregateFn, MetricsFn};
use crate::traceql::exec::{Charge, Control};
use crate::traceql::keys::{NIL, Numbering, Pairs, Site, for_each_batch};

/// Sums of one thread. Groups are those of `by`; where values are counted by buckets, cells belong
/// to pairs of such a group and a bucket.
pub struct Worker<'a> {
    plan: &'a QueryPlan<'a>,
    control: &'a Control,
    steps: Steps,
    /// Values of keys.
    pub numbering: Numbering,
    /// Groups by `by`.
    pub groups: Groups,
    /// Pairs of group and bucket; `None` where there are no buckets.
    pub buckets: Option<Pairs>,
    /// The cells.
    pub tally: Tally,
    /// Spans that stand for many, by the group of `by`, of a histogram by pair; `None` if nobody asks
    /// for them.
    pub exemplars: Option<Exemplars>,
    /// Spans that were found, and are in the time.
    pub spans: u64,
    batch: Batch,
    /// The numbers of a batch, with the places of their spans in it.
    found: Vec<(u32, Number)>,
    charge: Charge<'a>,
}

impl<'a> Worker<'a> {
    /// A worker that has seen nothing.
    pub fn new(
        plan: &'a QueryPlan<'a>,
        steps: &Steps,
        exemplars: u32,
        control: &'a Control,
    ) -> Result<Worker<'a>> {
        let (tally, buckets) = match &plan.query.function {
            MetricsFn::OverTime(function, _) => (Tally::of(*function), None),
            MetricsFn::QuantileOverTime(..) | MetricsFn::HistogramOverTime(_) => {
                (Tally::count(), Some(Pairs::default()))
            }
            MetricsFn::Rate | MetricsFn::CountOverTime | MetricsFn::Compare(_) => {
                (Tally::count(), None)
            }
        };
        Ok(Worker {
            plan,
            control,
            steps: *steps,
            numbering: Numbering::new(true),
            groups: Groups::new(plan.by.len()),
            buckets,
            tally,
            exemplars: (exemplars > 0).then(|| Exemplars::new(steps, exemplars)),
            spans: 0,
            batch: Batch::default(),
            found: Vec::new(),
            charge: control.charge(0)?,
        })
    }

    /// Adds the spans `rows` of a block.
    pub fn add(&mut self, site: Site<'_>, rows: &RowSet) -> Result<()> {
        if rows.is_empty() || self.steps.count() == 0 {
            return Ok(());
        }
        let starts = site.block.required(Field::SpanStart)?;
        let (plan, control) = (self.plan, self.control);
        let mut keys = Vec::with_capacity(plan.by.len());
        for key in &plan.by {
            keys.push(key.at(site, control, &mut self.numbering)?);
        }
        let numbers = match field_of(&plan.query.function) {
            Some(name) => Some((Numbers::of(name, site.block)?, unit(name))),
            None => None,
        };
        let finder = self.steps.finder();
        for_each_batch(rows, |rows| {
            self.batch.read_times(starts, rows, &finder);
            self.spans += self.batch.rows.len() as u64;
            self.batch.group(&mut keys, &mut self.groups, &mut self.numbering)?;
            self.add_batch(site, numbers.as_ref())
        })
    }

    fn add_batch(&mut self, site: Site<'_>, numbers: Option<&(Numbers<'_>, f64)>) -> Result<()> {
        let groups = self.groups.len(&self.numbering);
        if let Some(exemplars) = &mut self.exemplars {
            exemplars.grow(groups, &mut self.charge)?;
        }
        let steps = self.steps.count();
        let Some((numbers, unit)) = numbers else {
            self.tally.grow(groups * steps, &mut self.charge)?;
            self.tally.add_spans(&self.batch.groups, &self.batch.slots, steps);
            self.offer_spans(site);
            return Ok(());
        };
        let by_bucket = self.offers_by_bucket();
        let Worker { batch, tally, exemplars, buckets, found, charge, .. } = self;
        let mut pairs = Vec::new();
        numbers.read(site, &batch.rows, found)?;
        let cell = |group: u32, at: u32| group as usize * steps + batch.slots[at as usize] as usize;
        let group = |at: u32| batch.groups[at as usize];
        match buckets {
            None => {
                tally.grow(groups * steps, charge)?;
                tally.add_numbers(found.iter().map(|&(at, n)| (cell(group(at), at), n)));
            }
            Some(buckets) => {
                found.retain(|(_, number)| number.bucket().is_some());
                let pair =
                    |&(at, number): &(u32, Number)| (group(at), number.bucket().unwrap_or(0));
                pairs.extend(found.iter().map(|f| buckets.number(pair(f))));
                if let (Some(exemplars), true) = (&mut *exemplars, by_bucket) {
                    exemplars.grow(buckets.list.len(), charge)?;
                }
                tally.grow(buckets.list.len() * steps, charge)?;
                let cells = pairs.iter().zip(&*found);
                tally.add_numbers(cells.map(|(&pair, &(at, n))| (cell(pair, at), n)));
            }
        }
        if let Some(exemplars) = exemplars {
            for (i, &(at, number)) in found.iter().enumerate() {
                let chosen = batch.chosen(at as usize, site.place, number.double() / unit);
                let pair = pairs.get(i).copied().filter(|_| by_bucket);
                exemplars.offer(pair.unwrap_or_else(|| group(at)), chosen);
            }
        }
        Ok(())
    }

    fn offer_spans(&mut self, site: Site<'_>) {
        let Some(exemplars) = &mut self.exemplars else { return };
        for (at, &group) in self.batch.groups.iter().enumerate() {
            exemplars.offer(group, self.batch.chosen(at, site.place, f64::NAN));
        }
    }

    /// Whether spans stand for those of a bucket, which is a series of its own.
    fn offers_by_bucket(&self) -> bool {
        matches!(self.plan.query.function, MetricsFn::HistogramOverTime(_))
    }

    /// Takes in what another worker of the same query added up.
    pub fn merge(&mut self, other: &Worker<'_>) -> Result<()> {
        self.spans += other.spans;
        let numbers = self.numbering.distinct.merge(&other.numbering.distinct);
        let number = |n: u32| numbers.get(n as usize).copied().unwrap_or(NIL);
        let mut own_groups = Vec::new();
        for group in 0..other.groups.len(&other.numbering) as u32 {
            let tuple = other.groups.tuple(group);
            let mut own = [0];
            for (level, &key) in tuple.iter().enumerate() {
                self.groups.refine(level, &mut own, &[number(key)]);
            }
            own_groups.push(own[0]);
        }
        let groups = self.groups.len(&self.numbering);
        let steps = self.steps.count();
        let cells: Vec<u32> = match (&mut self.buckets, &other.buckets) {
            (Some(own), Some(other)) => {
                let pairs = other.list.iter();
                pairs.map(|&(g, bucket)| own.number((own_groups[g as usize], bucket))).collect()
            }
            _ => own_groups.clone(),
        };
        let by_bucket = self.offers_by_bucket();
        if let (Some(own), Some(other)) = (&mut self.exemplars, &other.exemplars) {
            let (own_numbers, most) = match (by_bucket, &self.buckets) {
                (true, Some(pairs)) => (&cells, pairs.list.len()),
                _ => (&own_groups, groups),
            };
            own.grow(most, &mut self.charge)?;
            for (number, &own_number) in (0..).zip(own_numbers) {
                other.of(number).for_each(|chosen| own.offer(own_number, chosen));
            }
        }
        let most = cells.iter().max().map_or(0, |&cell| cell as usize + 1);
        self.tally.grow(most * steps, &mut self.charge)?;
        for (from, to) in cells.into_iter().enumerate() {
            self.tally.merge(to as usize * steps, &other.tally, from * steps..(from + 1) * steps);
        }
        Ok(())
    }
}

/// The field whose numbers a function is about.
pub fn field_of(function: &MetricsFn) -> Option<&Name> {
    match function {
        MetricsFn::OverTime(AggregateFn::Count, _) => None,
        MetricsFn::OverTime(_, field)
        | MetricsFn::QuantileOverTime(field, _)
        | MetricsFn::HistogramOverTime(field) => Some(&field.name),
        MetricsFn::Rate | MetricsFn::CountOverTime | MetricsFn::Compare(_) => None,
    }
}
