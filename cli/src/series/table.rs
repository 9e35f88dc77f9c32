//! Series as a table: a line each.

use super::{Plot, range};
use crate::table::{Align, Table, fit};
use blockpack::traceql::Series;

/// Longest label that is shown whole.
const WIDTH: usize = 40;
/// Columns of a sketch of a series.
const SKETCH: usize = 32;
/// More different labels than these are shown in one column.
const MOST_LABELS: usize = 5;

impl Plot<'_> {
    /// A line a series: its labels, what its values are, and a sketch of their
    /// course on a scale of its own.
    pub fn as_table(&self) -> String {
        if self.set.series.is_empty() {
            return format!("{}\n", self.summary());
        }
        let mut names: Vec<&str> = Vec::new();
        for label in self.set.series.iter().flat_map(|series| &series.labels) {
            if !names.contains(&&*label.name) {
                names.push(&label.name);
            }
        }
        let together = names.len() > MOST_LABELS;
        let mut heads: Vec<(&str, Align)> = match together {
            true => vec![("series", Align::Left)],
            false => names.iter().map(|name| (*name, Align::Left)).collect(),
        };
        let one = self.set.times.len() == 1;
        match one {
            true => heads.push(("value", Align::Right)),
            false => {
                heads.extend(["least", "mean", "most", "last"].map(|name| (name, Align::Right)));
                heads.push(("course", Align::Left));
            }
        }
        let mut table = Table::new(&heads);
        for series in &self.set.series {
            let mut cells = match together {
                true => vec![fit(&self.name(series), 2 * WIDTH)],
                false => names.iter().map(|name| label(series, name)).collect(),
            };
            match one {
                true => cells.push(self.number(series.values.first().copied().flatten())),
                false => {
                    cells.extend(statistics(&series.values).map(|value| self.number(value)));
                    let (low, high) = range(&series.values);
                    cells.push(super::bars::sketch(&series.values, SKETCH, low, high));
                }
            }
            table.row(cells);
        }
        format!("{}\n{}\n", table.render(), self.summary())
    }

    fn number(&self, value: Option<f64>) -> String {
        value.map(|value| self.sample(value)).unwrap_or_else(|| "-".into())
    }
}

fn label(series: &Series, name: &str) -> String {
    let label = series.labels.iter().find(|label| *label.name == *name);
    label.map(|label| fit(&label.value.to_string(), WIDTH)).unwrap_or_default()
}
/// The least, the mean, the largest and the last value.
fn statistics(values: &[Option<f64>]) -> [Option<f64>; 4] {
    let present: Vec<f64> = values.iter().flatten().copied().collect();
    let mean = present.iter().sum::<f64>() / present.len() as f64;
    [
        present.iter().copied().reduce(f64::min),
        (!present.is_empty()).then_some(mean),
        present.iter().copied().reduce(f64::max),
        values.iter().rev().copied().find_map(|value| value),
    ]
}
