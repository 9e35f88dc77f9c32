//! A chart for terminals: bars of block characters, a panel a series, all on the same scales.

use super::{Plot, axis};
use crate::table::fit;
use crate::waterfall::Colours;
use unicode_width::UnicodeWidthStr;

/// Eighths of a character, from the bottom.
const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Lines of a panel: of the only one, of a few, of many.
const HEIGHTS: [(usize, usize); 3] = [(1, 12), (6, 5), (usize::MAX, 3)];
/// Panels that are drawn at most; tables show more.
pub const MOST_PANELS: usize = 12;
/// Columns that a label of the axis of time takes.
const TIME_WIDTH: usize = 14;

impl Plot<'_> {
    /// The chart, `width` columns wide.
    pub fn as_bars(&self, width: usize, colours: &Colours) -> String {
        let series = &self.set.series;
        let mut out = String::new();
        let (low, high) = self.range();
        let (_, height) = HEIGHTS.into_iter().find(|(n, _)| series.len() <= *n).unwrap_or((0, 3));
        let marks = [self.sample(low), self.sample(high)];
        let margin = marks.iter().map(|mark| mark.width()).max().unwrap_or(0);
        let columns = width.saturating_sub(margin + 3).max(10);
        for one in series.iter().take(MOST_PANELS) {
            out.push_str(&colours.strong(&fit(&self.name(one), width)));
            out.push('\n');
            let values = spread(&one.values, columns);
            for line in (0..height).rev() {
                let mark = match line {
                    0 => &marks[0],
                    _ if line == height - 1 => &marks[1],
                    _ => "",
                };
                let edge = if mark.is_empty() { '│' } else { '┤' };
                let bars: String =
                    values.iter().map(|value| block(*value, low, high, line, height)).collect();
                out.push_str(format!("{mark:>margin$} {edge}{bars}").trim_end());
                out.push('\n');
            }
        }
        if !series.is_empty() {
            out.push_str(&colours.faint(&self.time_axis(margin, spread_width(self, columns))));
        }
        if series.len() > MOST_PANELS {
            let more = series.len() - MOST_PANELS;
            out.push_str(&format!("… and {more} more series (--format table shows all)\n"));
        }
        out.push_str(&self.summary());
        out.push('\n');
        out
    }

    /// The line below the panels, and the times of its marks.
    fn time_axis(&self, margin: usize, columns: usize) -> String {
        let (from, to) = self.time();
        let marks = axis::times(from, to, (columns / TIME_WIDTH).max(1));
        let mut line = vec!['─'; columns];
        let mut texts = String::new();
        let indent = margin + 2;
        for (time, text) in marks {
            let at = (time - from) as f64 / (to - from).max(1) as f64 * columns as f64;
            let at = (at as usize).min(columns.saturating_sub(1));
            line[at] = '┬';
            let start = (indent + at).saturating_sub(text.len() / 2);
            if texts.is_empty() || texts.width() < start {
                texts.push_str(&" ".repeat(start - texts.width()));
                texts.push_str(&text);
            }
        }
        let line: String = line.into_iter().collect();
        format!("{:>margin$} └{line}\n{texts}\n", "")
    }
}

fn spread_width(plot: &Plot<'_>, columns: usize) -> usize {
    spread(&vec![None; plot.set.times.len()], columns).len()
}

/// As many values as there are columns at most: means of neighbours, or each value several times.
fn spread(values: &[Option<f64>], columns: usize) -> Vec<Option<f64>> {
    if values.is_empty() {
        return Vec::new();
    }
    if values.len() <= columns {
        let times = columns / values.len();
        return values.iter().flat_map(|value| std::iter::repeat_n(*value, times)).collect();
    }
    (0..columns)
        .map(|column| {
            let (from, to) =
                (column * values.len() / columns, (column + 1) * values.len() / columns);
            let present: Vec<f64> = values[from..to].iter().flatten().copied().collect();
            (!present.is_empty()).then(|| present.iter().sum::<f64>() / present.len() as f64)
        })
        .collect()
}

/// The part of a bar that is in `line` of `height`, counted from the bottom.
fn block(value: Option<f64>, low: f64, high: f64, line: usize, height: usize) -> char {
    let Some(value) = value.filter(|value| value.is_finite()) else { return ' ' };
    let eighths = (value - low) / (high - low) * height as f64 * 8.0;
    // What is there is seen, however little it is; only 0 at the bottom is as empty as a gap.
    let eighths = if value > low || low < 0.0 { eighths.round().max(1.0) } else { 0.0 };
    EIGHTHS[(eighths - line as f64 * 8.0).clamp(0.0, 8.0) as usize]
}

/// A series in one line of at most `columns`.
pub fn sketch(values: &[Option<f64>], columns: usize, low: f64, high: f64) -> String {
    let values = if values.len() <= columns { values.to_vec() } else { spread(values, columns) };
    values.iter().map(|value| block(*value, low, high, 0, 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sketches_show_courses_and_gaps() {
        let values = [Some(0.0), Some(0.01), None, Some(4.0), Some(8.0), Some(f64::NAN)];
        assert_eq!(sketch(&values, 10, 0.0, 8.0), " ▁ ▄█ ");
        let many: Vec<Option<f64>> = (0..100).map(|n| Some(f64::from(n))).collect();
        assert_eq!(sketch(&many, 8, 0.0, 99.0).chars().count(), 8);
        assert_eq!(sketch(&[], 8, 0.0, 1.0), "");
        assert_eq!(sketch(&[Some(-3.0), None, Some(0.0)], 10, -3.0, 0.0), "▁ █");
    }

    #[test]
    fn bars_go_over_lines() {
        let column = |value| -> String {
            (0..3).rev().map(|line| block(Some(value), 0.0, 3.0, line, 3)).collect()
        };
        assert_eq!(column(3.0), "███");
        assert_eq!(column(1.5), " ▄█");
        assert_eq!(column(0.0), "   ");
    }
}
