//! Series over time, as people look at them.
//!
//! - `axis`: where marks of axes are, and how they are labelled.
//! - `table`: a line a series. `bars`: a chart for the terminal. `svg`: a picture. `json`: for programs.

mod axis;
mod bars;
mod json;
mod svg;
mod table;

use crate::human;
use crate::table::printable;
use blockpack::Blocks;
use blockpack::traceql::{Series, SeriesSet};

/// Series, and what they are of.
pub struct Plot<'a> {
    /// The blocks that were asked.
    pub blocks: &'a Blocks,
    pub set: &'a SeriesSet,
    /// What was asked.
    pub title: &'a str,
}

impl Plot<'_> {
    /// What tells a series from the others, in a few words: values alone if all have the same labels.
    fn name(&self, series: &Series) -> String {
        let names = |series: &Series| -> Vec<String> {
            series.labels.iter().map(|label| label.name.to_string()).collect()
        };
        let first = self.set.series.first().map(names).unwrap_or_default();
        let alike = self.set.series.iter().all(|other| names(other) == first);
        let text = match alike {
            true => {
                let values = series.labels.iter().map(|label| label.value.to_string());
                values.collect::<Vec<_>>().join(", ")
            }
            false => series.to_string(),
        };
        printable(&text)
    }

    /// A sample in few characters, with its unit if it is a length of time.
    fn sample(&self, value: f64) -> String {
        let ns = value * 1e9;
        match self.set.in_seconds && (1.0..1e18).contains(&ns) {
            true => human::duration(ns.round() as u64),
            false => short(value),
        }
    }

    /// What the scale of all values goes over.
    fn range(&self) -> (f64, f64) {
        range(self.set.series.iter().flat_map(|series| &series.values))
    }

    /// The time that all samples are of, in nanoseconds since the epoch.
    fn time(&self) -> (u64, u64) {
        let first = self.set.times.first().copied().unwrap_or(0);
        let last = self.set.times.last().copied().unwrap_or(0);
        (first.saturating_sub(self.set.step_ns), last)
    }

    /// How much was asked and answered.
    pub fn summary(&self) -> String {
        let mut out = format!(
            "{} series of {}",
            human::count(self.set.series.len() as u64),
            human::counted(self.set.spans, "span"),
        );
        if self.set.times.is_empty() {
            return out;
        }
        let (from, to) = self.time();
        let (from, to) = (axis::date_and_time(from), axis::date_and_time(to));
        out.push_str(&format!(", from {from} to {to}"));
        if self.set.times.len() > 1 {
            out.push_str(&format!(", every {}", human::duration(self.set.step_ns)));
        }
        out
    }
}

/// The smallest and the largest of some values and 0; never the same.
fn range<'a>(values: impl IntoIterator<Item = &'a Option<f64>>) -> (f64, f64) {
    let finite = values.into_iter().flatten().copied().filter(|value| value.is_finite());
    let (low, high) =
        finite.fold((0.0, 0.0), |(low, high): (f64, f64), v| (low.min(v), high.max(v)));
    if low == high { (0.0, 1.0) } else { (low, high) }
}

/// A value in few characters.
fn short(value: f64) -> String {
    let size = value.abs();
    match size {
        _ if !value.is_finite() => value.to_string(),
        0.0 => "0".into(),
        _ if !(1e-4..1e15).contains(&size) => format!("{value:.3e}"),
        _ => {
            let digits = 3 - size.log10().floor() as i32;
            let text = format!("{value:.*}", digits.clamp(0, 8) as usize);
            match text.contains('.') {
                true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
                false => text,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_take_few_characters() {
        let cases = [
            (0.0, "0"),
            (1.0, "1"),
            (0.25, "0.25"),
            (1234.5678, "1235"),
            (-12.3456, "-12.35"),
            (0.000_012, "1.200e-5"),
            (123_456_789.0, "123456789"),
            (f64::INFINITY, "inf"),
        ];
        for (value, text) in cases {
            assert_eq!(short(value), text);
        }
    }
}
