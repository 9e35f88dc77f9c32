//! `compare({...})`: which values of which fields the spans of a selection have, and the others.
//!
//! Spans are gone through twice: first values are counted, then those that occur most are counted
//! by intervals. So memory does not grow with the number of intervals times that of values.

use super::batch::Batch;
use super::run::Job;
use super::series::{Label, Series, order};
use crate::block::{Block, Field, Table};
use crate::error::Result;
use crate::name::{Intrinsic, Name, Scope};
use crate::rowset::SpanSet;
use crate::traceql::ast::Compare;
use crate::traceql::eval::{Operand, Value};
use crate::traceql::exec::{Charge, Chunk, Layout, Plan, State};
use crate::traceql::keys::{Key, Keys, NIL, Numbering, for_each_batch, for_each_site};
use crate::traceql::words;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Instant;

/// Most values that are counted of a field.
const MAX_VALUES: usize = 10_000;

/// Properties that are compared besides the attributes of spans and resources: those with few
/// values.
const INTRINSICS: [Intrinsic; 6] = [
    Intrinsic::SpanName,
    Intrinsic::SpanStatus,
    Intrinsic::SpanKind,
    Intrinsic::SpanStatusMessage,
    Intrinsic::TraceRootName,
    Intrinsic::TraceRootService,
];

/// The two sides of a comparison.
const SIDES: [&str; 2] = ["baseline", "selection"];

/// The series of a comparison of what `selection` finds in `chunks`, and how many spans were found.
pub fn run(
    job: &Job<'_>,
    layout: &Layout,
    chunks: &[usize],
    compare: &Compare,
    selection: &Plan,
) -> Result<(Vec<Series>, u64)> {
    let start = Instant::now();
    let mut comparison = Comparison { job, compare, fields: BTreeMap::new(), spans: 0 };
    let mut found = Vec::new();
    for &number in chunks {
        job.run.control.check()?;
        let chunk = layout.chunk(job.blocks, number)?;
        let all = job.plan.pipeline.run(job.run, &chunk, State::new(chunk.all()))?.spans;
        let selected = selection.run(job.run, &chunk, State::new(all.clone()))?.spans;
        let charge = job.run.control.charge(all.heap_bytes() + selected.heap_bytes())?;
        found.push(Found { chunk: number, all, selected, _charge: charge });
    }
    comparison.pass(layout, &found, |field, numbers, sides, _| field.count(numbers, sides))?;
    let steps = job.steps.count();
    let mut charge = job.run.control.charge(0)?;
    for field in comparison.fields.values_mut() {
        field.choose(compare.top as usize, steps, &mut charge)?;
    }
    comparison.pass(layout, &found, |field, numbers, sides, slots| {
        field.count_by_step(numbers, sides, slots, steps);
    })?;
    let count: usize = comparison.fields.values().map(FieldCounts::series_count).sum();
    charge.grow(count * steps * size_of::<Option<f64>>())?;
    let mut series: Vec<Series> =
        comparison.fields.values().flat_map(|field| field.series(steps)).collect();
    series.sort_by(|a, b| order(&a.labels, &b.labels));
    // Each was gone through twice.
    let (found, in_time) = (found.iter().map(|found| found.all.count()), comparison.spans / 2);
    job.plan.counters.add(found.sum(), in_time, start.elapsed());
    Ok((series, in_time))
}

/// What was found in a chunk.
struct Found<'a> {
    chunk: usize,
    all: SpanSet,
    selected: SpanSet,
    _charge: Charge<'a>,
}

struct Comparison<'a> {
    job: &'a Job<'a>,
    compare: &'a Compare,
    fields: BTreeMap<Name, FieldCounts>,
    /// Spans in the time that were gone through.
    spans: u64,
}

/// What is known of a field.
struct FieldCounts {
    name: Name,
    key: Key,
    /// Values of the field alone.
    numbering: Numbering,
    /// Spans of both sides with each value.
    totals: Vec<[u64; 2]>,
    /// Whether there are more values than are counted.
    too_many: bool,
    /// Places of the values that are counted by intervals; `None` for the others.
    places: Vec<[Option<u32>; 2]>,
    /// Values by place, for both sides.
    chosen: [Vec<u32>; 2],
    /// Counts by place and interval, for both sides.
    cells: [Vec<u64>; 2],
    /// Counts of spans that have the field, by interval.
    all: [Vec<u64>; 2],
}

impl Comparison<'_> {
    /// Goes through all spans; calls `each` with a field, and of a batch of spans the numbers of
    /// their values, their sides and intervals.
    fn pass(
        &mut self,
        layout: &Layout,
        found: &[Found<'_>],
        each: impl Fn(&mut FieldCounts, &[u32], &[u8], &[u32]),
    ) -> Result<()> {
        for found in found {
            let chunk = layout.chunk(self.job.blocks, found.chunk)?;
            self.pass_chunk(&chunk, found, &each)?;
        }
        Ok(())
    }

    fn pass_chunk(
        &mut self,
        chunk: &Chunk<'_>,
        found: &Found<'_>,
        each: &impl Fn(&mut FieldCounts, &[u32], &[u8], &[u32]),
    ) -> Result<()> {
        let Comparison { job, compare, fields, spans } = self;
        let finder = job.steps.finder();
        for_each_site(chunk, true, &found.all, |site, all| {
            let Some(selected) = found.selected.blocks().get(site.number) else { return Ok(()) };
            let starts = site.block.required(Field::SpanStart)?;
            let mut keys = Vec::new();
            for name in names_in(site.block)? {
                let field = match fields.entry(name.clone()) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(new) => new.insert(FieldCounts::new(name.clone())?),
                };
                let control = job.run.control;
                keys.push((field.key.at(site, control, &mut field.numbering)?, name));
            }
            let (mut batch, mut sides, mut numbers) = (Batch::default(), Vec::new(), Vec::new());
            for_each_batch(all, |rows| {
                job.run.control.check()?;
                batch.read_times(starts, rows, &finder);
                *spans += batch.rows.len() as u64;
                let side = |(&row, &time): (&u32, &u64)| {
                    let in_window = compare.window.is_none_or(|(a, b)| (a..=b).contains(&time));
                    u8::from(selected.contains(row) && in_window)
                };
                sides.clear();
                sides.extend(batch.rows.iter().zip(&batch.times).map(side));
                for (keys, name) in &mut keys {
                    let Some(field) = fields.get_mut(name).filter(|field| !field.too_many) else {
                        continue;
                    };
                    numbers.clear();
                    numbers.resize(batch.rows.len(), NIL);
                    field.numbers(keys, &batch.rows, &mut numbers)?;
                    each(field, &numbers, &sides, &batch.slots);
                }
                Ok(())
            })
        })
    }
}

/// The fields that are compared which spans of the block can have.
fn names_in(block: &Block) -> Result<Vec<Name>> {
    let mut names: Vec<Name> = INTRINSICS.into_iter().map(Name::Intrinsic).collect();
    let scopes = [(Table::Span, Scope::Span), (Table::Resource, Scope::Resource)];
    for info in block.columns().filter(|info| info.attribute) {
        if let Some((_, scope)) = scopes.iter().find(|(table, _)| *table == info.table) {
            names.push(Name::attribute(*scope, info.key));
        }
    }
    if let Some(residual) = block.field(Field::ResidualName)? {
        residual.presence.for_each(|row| {
            let name = residual.bytes(row).unwrap_or_default();
            for (table, scope) in scopes {
                if let Some(key) = name.strip_prefix(table.attribute_prefix().as_bytes()) {
                    names.push(Name::attribute(scope, key));
                }
            }
        });
    }
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

impl FieldCounts {
    fn new(name: Name) -> Result<FieldCounts> {
        Ok(FieldCounts {
            key: Key::of_field(&name)?,
            name,
            numbering: Numbering::new(true),
            totals: Vec::new(),
            too_many: false,
            places: Vec::new(),
            chosen: Default::default(),
            cells: Default::default(),
            all: Default::default(),
        })
    }

    /// Writes the numbers of the values of `rows`. A property that is empty counts as absent.
    fn numbers(&mut self, keys: &mut Keys<'_>, rows: &[u32], out: &mut [u32]) -> Result<()> {
        keys.numbers(rows, out, &mut self.numbering)?;
        if matches!(self.name, Name::Intrinsic(_)) {
            let empty = self.numbering.number(Some(Operand::Str(b"")));
            out.iter_mut().filter(|number| **number == empty).for_each(|number| *number = NIL);
        }
        Ok(())
    }

    /// Counts values, until there are too many.
    fn count(&mut self, numbers: &[u32], sides: &[u8]) {
        self.totals.resize(self.numbering.len().max(self.totals.len()), [0; 2]);
        for (&number, &side) in numbers.iter().zip(sides) {
            if let Some(totals) = self.totals.get_mut(number as usize) {
                totals[usize::from(side & 1)] += 1;
            }
        }
        if self.numbering.len() > MAX_VALUES {
            self.too_many = true;
            self.numbering = Numbering::new(true);
            self.totals = Vec::new();
        }
    }

    /// Chooses the `top` values of either side that most spans have.
    fn choose(&mut self, top: usize, steps: usize, charge: &mut Charge<'_>) -> Result<()> {
        self.places = vec![[None; 2]; self.numbering.len()];
        for side in 0..SIDES.len() {
            let total = |number: u32| self.totals.get(number as usize).map_or(0, |t| t[side]);
            let numbers = NIL + 1..self.numbering.len() as u32;
            let mut numbers: Vec<u32> = numbers.filter(|&number| total(number) > 0).collect();
            let label = |number: u32| [Label::new("", self.value(number))];
            numbers.sort_by(|&a, &b| {
                total(b).cmp(&total(a)).then_with(|| order(&label(a), &label(b)))
            });
            numbers.truncate(top);
            for (place, &number) in numbers.iter().enumerate() {
                self.places[number as usize][side] = Some(place as u32);
            }
            charge.lengthen(&mut self.cells[side], numbers.len() * steps, 0)?;
            charge.lengthen(&mut self.all[side], steps, 0)?;
            self.chosen[side] = numbers;
        }
        Ok(())
    }

    /// Counts the values that were chosen, by intervals.
    fn count_by_step(&mut self, numbers: &[u32], sides: &[u8], slots: &[u32], steps: usize) {
        for ((&number, &side), &slot) in numbers.iter().zip(sides).zip(slots) {
            let (side, slot) = (usize::from(side & 1), slot as usize);
            if number == NIL {
                continue;
            }
            if let Some(count) = self.all[side].get_mut(slot) {
                *count += 1;
            }
            let place = self.places.get(number as usize).and_then(|places| places[side]);
            if let Some(place) = place
                && let Some(count) = self.cells[side].get_mut(place as usize * steps + slot)
            {
                *count += 1;
            }
        }
    }

    fn value(&self, number: u32) -> Value {
        self.numbering.distinct.values.get(number as usize).cloned().unwrap_or(Value::Nil)
    }

    /// How many series the field has.
    fn series_count(&self) -> usize {
        let of_side = |chosen: &Vec<u32>| chosen.len() + usize::from(!chosen.is_empty());
        usize::from(self.too_many) + self.chosen.iter().map(of_side).sum::<usize>()
    }

    /// The series of the field.
    fn series(&self, steps: usize) -> Vec<Series> {
        let text = match &self.name {
            Name::Intrinsic(i) => words::of_intrinsic(*i).unwrap_or_else(|| i.name().into()),
            name => name.to_string(),
        };
        let make = |meta: (&str, &str), value: Value, values: Vec<Option<f64>>| Series {
            labels: vec![Label::text(meta.0, meta.1), Label::new(&*text, value)],
            values,
            exemplars: Vec::new(),
        };
        if self.too_many {
            let meta = ("__meta_error", "__too_many_values__");
            return vec![make(meta, Value::Nil, vec![None; steps])];
        }
        let samples = |counts: &[u64]| counts.iter().map(|&count| Some(count as f64)).collect();
        let mut series = Vec::new();
        for (side, name) in SIDES.into_iter().enumerate() {
            for (place, &number) in self.chosen[side].iter().enumerate() {
                let cells = &self.cells[side][place * steps..(place + 1) * steps];
                series.push(make(("__meta_type", name), self.value(number), samples(cells)));
            }
            if !self.chosen[side].is_empty() {
                let meta = ("__meta_type", &*format!("{name}_total"));
                series.push(make(meta, Value::Nil, samples(&self.all[side])));
            }
        }
        series
    }
}
