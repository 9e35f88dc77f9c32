//! Spans that stand for many: at most one per group and part of the time, the earliest. Series keep all of them
//! until it is known which series are left.

use super::series::{Exemplar, Series};
use super::steps::{Finder, Steps};
use crate::blocks::{Blocks, SpanAt};
use crate::error::Result;
use crate::traceql::exec::Charge;

/// Most exemplars if a query asks for them without saying how many.
pub const DEFAULT: u32 = 100;

/// Most exemplars of a group, however many a query asks for: each has a place before there is a span for it.
const MOST_OF_A_GROUP: u32 = 10_000;

/// The spans that were chosen so far.
pub struct Exemplars {
    parts: Steps,
    finder: Finder,
    /// Parts of the time of each group, side by side.
    chosen: Vec<Option<Chosen>>,
}

/// A span that was chosen.
#[derive(Clone, Copy, Debug)]
pub struct Chosen {
    /// When it starts.
    pub time: u64,
    /// Where it is.
    pub span: SpanAt,
    /// Its value.
    pub value: f64,
}

impl Chosen {
    /// What decides which span is chosen: does not depend on threads.
    fn key(&self) -> (u64, SpanAt) {
        (self.time, self.span)
    }
}

impl Exemplars {
    /// None yet; at most `most` are wanted in the end.
    pub fn new(steps: &Steps, most: u32) -> Exemplars {
        let parts = steps.cut_into(most.min(MOST_OF_A_GROUP));
        Exemplars { parts, finder: parts.finder(), chosen: Vec::new() }
    }

    /// Makes room for `groups` groups.
    pub fn grow(&mut self, groups: usize, charge: &mut Charge<'_>) -> Result<()> {
        charge.lengthen(&mut self.chosen, groups * self.parts.count(), None)
    }

    /// Chooses a span if it is the first of its group and part of the time.
    #[inline]
    pub fn offer(&mut self, group: u32, span: Chosen) {
        let Some(part) = self.finder.find(span.time) else { return };
        let cell = group as usize * self.parts.count() + part as usize;
        if let Some(place) = self.chosen.get_mut(cell)
            && place.is_none_or(|chosen| span.key() < chosen.key())
        {
            *place = Some(span);
        }
    }

    /// The spans chosen for a group, by time.
    pub fn of(&self, group: u32) -> impl Iterator<Item = Chosen> {
        let first = group as usize * self.parts.count();
        let cells = self.chosen.get(first..first + self.parts.count()).unwrap_or_default();
        cells.iter().flatten().copied()
    }
}

/// Exemplars of a series, before it is known which are given. Those of spans that are counted have no
/// value yet, and all lack their trace.
pub fn candidates(chosen: impl Iterator<Item = Chosen>) -> Vec<Exemplar> {
    let candidate = |chosen: Chosen| Exemplar {
        span: chosen.span,
        trace_id: Box::default(),
        time_ns: chosen.time,
        value: chosen.value,
    };
    chosen.map(candidate).collect()
}

/// Leaves of the candidates of every series about as many, spread over the time, `most` in all: of
/// those at whose time the series has a sample, which is the value of those that have none.
pub fn settle(series: &mut [Series], most: u32, steps: &Steps, blocks: &Blocks) -> Result<()> {
    let finder = steps.finder();
    let mut left = most as usize;
    let share = (left / series.len().max(1)).max(1);
    for series in series {
        let sample = |exemplar: &Exemplar| {
            let value = series.values.get(finder.find(exemplar.time_ns)? as usize)?;
            value.filter(|value| !value.is_nan())
        };
        let mut found = std::mem::take(&mut series.exemplars);
        found.retain_mut(|exemplar| {
            let sample = sample(exemplar);
            if exemplar.value.is_nan() {
                exemplar.value = sample.unwrap_or(f64::NAN);
            }
            sample.is_some()
        });
        let take = share.min(found.len()).min(left);
        left -= take;
        for i in 0..take {
            let Some(exemplar) = found.get(i * found.len() / take) else { continue };
            let block = blocks.get(exemplar.span.block as usize)?;
            let trace = block.trace_id(block.trace_of(exemplar.span.row)?)?;
            let trace_id = trace.unwrap_or_default().into();
            series.exemplars.push(Exemplar { trace_id, ..exemplar.clone() });
        }
    }
    Ok(())
}
