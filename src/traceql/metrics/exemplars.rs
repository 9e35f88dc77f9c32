//! Spans that stand for many: at most one per group and part of the time, the earliest.

use super::series::{Exemplar, Series};
use super::steps::{Finder, Steps};
use crate::blocks::{Blocks, SpanAt};
use crate::error::Result;

/// Most exemplars if a query asks for them without saying how many.
pub const DEFAULT: u32 = 100;

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
        let parts = steps.cut_into(most);
        Exemplars { parts, finder: parts.finder(), chosen: Vec::new() }
    }

    /// Makes room for `groups` groups; gives by how many bytes it grew.
    pub fn grow(&mut self, groups: usize) -> usize {
        let before = self.chosen.capacity();
        let cells = groups * self.parts.count();
        if self.chosen.len() < cells {
            self.chosen.resize(cells, None);
        }
        (self.chosen.capacity() - before) * size_of::<Option<Chosen>>()
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

/// Gives every series its exemplars, those in `chosen`: of each about as many, spread over the time, `most` in
/// all.
pub fn assign(
    series: &mut [Series],
    chosen: Vec<Vec<Chosen>>,
    most: u32,
    steps: &Steps,
    blocks: &Blocks,
) -> Result<()> {
    let mut left = most as usize;
    let share = (left / series.len().max(1)).max(1);
    for (series, chosen) in series.iter_mut().zip(chosen) {
        let take = share.min(chosen.len()).min(left);
        left -= take;
        for i in 0..take {
            let Some(chosen) = chosen.get(i * chosen.len() / take) else { continue };
            let block = blocks.get(chosen.span.block as usize)?;
            let trace = block.trace_id(block.trace_of(chosen.span.row)?)?;
            let sample = steps.finder().find(chosen.time);
            let sample = sample.and_then(|at| series.values.get(at as usize).copied().flatten());
            series.exemplars.push(Exemplar {
                span: chosen.span,
                trace_id: trace.unwrap_or_default().into(),
                time_ns: chosen.time,
                value: if chosen.value.is_nan() {
                    sample.unwrap_or(f64::NAN)
                } else {
                    chosen.value
                },
            });
        }
    }
    Ok(())
}
