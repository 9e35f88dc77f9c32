//! A chart as a picture that needs nothing else: one SVG element with its own style.

use super::{Plot, axis};
use crate::table::fit;
use crate::xml::escaped;
use blockpack::traceql::Series;
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 340.0;
const MARGIN: f64 = 28.0;
/// Height of the lines above the chart, and of the times below it.
const HEAD: f64 = 66.0;
const FOOT: f64 = 30.0;
/// Height of a line of the legend, and width of a column of it.
const LEGEND_LINE: f64 = 21.0;
const LEGEND_WIDTH: f64 = 290.0;
/// Longest name in the legend that is shown whole.
const NAME_WIDTH: usize = 38;
/// Width of a character of a label.
const CHAR: f64 = 6.4;
/// Samples that are marked one by one if there are no more.
const FEW: usize = 40;

/// Colours of lines, told apart by people who see few colours, too. Further series are grey.
const COLOURS: [&str; 10] = [
    "#2563eb", "#e07b00", "#0f9d76", "#c026a3", "#d92d20", "#0891b2", "#8b5cf6", "#a16207",
    "#65a30d", "#db5f8a",
];
const OTHERS: &str = "#9aa5b4";

const STYLE: &str = "\
.paper{fill:#fff}\
text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;fill:#1e293b}\
.title{font-size:16px;font-weight:600}\
.note{font-size:11.5px;fill:#64748b}\
.mark{font-size:11px;fill:#475569}\
.name{font-size:12px}\
.grid{stroke:#e2e8f0}\
.edge{stroke:#94a3b8}\
.line{fill:none;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}\
.series:hover .line{stroke-width:3.2}\
.exemplar{stroke:#fff;stroke-width:1}\
@media(prefers-color-scheme:dark){\
.paper{fill:#0f172a}text{fill:#e2e8f0}.note,.mark{fill:#94a3b8}.grid{stroke:#1e293b}.edge{stroke:#64748b}\
.exemplar{stroke:#0f172a}}";

/// The area of the chart, and what its edges stand for.
struct Area {
    left: f64,
    top: f64,
    width: f64,
    from: u64,
    to: u64,
    low: f64,
    high: f64,
}

impl Area {
    fn x(&self, time: u64) -> f64 {
        let part = time.saturating_sub(self.from) as f64 / (self.to - self.from).max(1) as f64;
        self.left + part.min(1.0) * self.width
    }

    fn y(&self, value: f64) -> f64 {
        self.top + (self.high - value) / (self.high - self.low) * HEIGHT
    }

    fn bottom(&self) -> f64 {
        self.top + HEIGHT
    }
}

impl Plot<'_> {
    /// The chart as SVG.
    pub fn as_svg(&self) -> String {
        let (low, high) = self.range();
        // Some room above, so that no line runs along the edge.
        let (low, high) = (low * 1.05, high * 1.05);
        let marks = axis::values(low, high, 6).into_iter();
        let marks: Vec<_> = marks.map(|value| (value, self.sample(value))).collect();
        let widest = marks.iter().map(|(_, text)| text.width()).max().unwrap_or(0);
        let left = MARGIN + widest as f64 * CHAR + 10.0;
        let (from, to) = self.time();
        let area =
            Area { left, top: MARGIN + HEAD, width: WIDTH - left - MARGIN, from, to, low, high };
        let columns = ((WIDTH - 2.0 * MARGIN) / LEGEND_WIDTH) as usize;
        let lines = self.legend_len().div_ceil(columns.max(1));
        let height = area.bottom() + FOOT + lines as f64 * LEGEND_LINE + MARGIN;
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH:.0}\" height=\"{height:.0}\" \
             viewBox=\"0 0 {WIDTH:.0} {height:.0}\" role=\"img\">\n<title>{}</title>\n\
             <style>{STYLE}</style>\n<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n",
            escaped(self.title)
        );
        text(&mut out, "title", "start", MARGIN, MARGIN + 14.0, &fit(self.title, 104));
        text(&mut out, "note", "start", MARGIN, MARGIN + 36.0, &self.summary());
        grid(&mut out, &area, &marks);
        // The first are drawn last, above the others.
        for (index, series) in self.set.series.iter().enumerate().rev() {
            self.draw(&mut out, &area, index, series);
        }
        self.legend(&mut out, area.bottom() + FOOT + 16.0, columns.max(1));
        out.push_str("</svg>\n");
        out
    }

    fn draw(&self, out: &mut String, area: &Area, index: usize, series: &Series) {
        let colour = COLOURS.get(index).copied().unwrap_or(OTHERS);
        let name = escaped(&self.name(series));
        let _ = write!(out, "<g class=\"series\"><title>{name}</title>");
        let points: Vec<Option<(f64, f64)>> = self
            .set
            .times
            .iter()
            .zip(&series.values)
            .map(|(time, value)| {
                let value = value.filter(|value| value.is_finite())?;
                Some((area.x(*time), area.y(value)))
            })
            .collect();
        for run in points.split(Option::is_none).filter(|run| run.len() > 1) {
            let mut path = String::new();
            for (x, y) in run.iter().flatten() {
                let _ = write!(path, "{}{x:.1} {y:.1}", if path.is_empty() { 'M' } else { 'L' });
            }
            let _ = write!(out, "<path class=\"line\" stroke=\"{colour}\" d=\"{path}\"/>");
        }
        // What stands alone has no line.
        let alone = |at: usize| {
            let there = |at: Option<usize>| at.and_then(|at| *points.get(at)?).is_some();
            !there(at.checked_sub(1)) && !there(Some(at + 1))
        };
        for (at, point) in points.iter().enumerate() {
            if let Some((x, y)) = point
                && (points.len() <= FEW || alone(at))
            {
                let _ = write!(
                    out,
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.6\" fill=\"{colour}\"/>"
                );
            }
        }
        for exemplar in series.exemplars.iter().filter(|exemplar| exemplar.value.is_finite()) {
            let (x, y) =
                (area.x(exemplar.time_ns), area.y(exemplar.value.clamp(area.low, area.high)));
            let _ = write!(
                out,
                "<circle class=\"exemplar\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{colour}\">\
                 <title>trace {}: {}</title></circle>",
                blockpack::value::Hex(&exemplar.trace_id),
                self.sample(exemplar.value)
            );
        }
        out.push_str("</g>\n");
    }

    /// How many entries the legend has: one for all that have no colour.
    fn legend_len(&self) -> usize {
        self.set.series.len().min(COLOURS.len() + 1)
    }

    fn legend(&self, out: &mut String, top: f64, columns: usize) {
        for (index, series) in self.set.series.iter().take(self.legend_len()).enumerate() {
            let others = self.set.series.len() - index;
            let (colour, name) = match COLOURS.get(index) {
                Some(colour) => (*colour, fit(&self.name(series), NAME_WIDTH)),
                None => (OTHERS, format!("{others} others")),
            };
            let x = MARGIN + (index % columns) as f64 * LEGEND_WIDTH;
            let y = top + (index / columns) as f64 * LEGEND_LINE;
            let _ = writeln!(
                out,
                "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"14\" height=\"4\" rx=\"2\" fill=\"{colour}\"/>",
                y - 6.0
            );
            text(out, "name", "start", x + 22.0, y, &name);
        }
    }
}

fn grid(out: &mut String, area: &Area, marks: &[(f64, String)]) {
    let right = area.left + area.width;
    for (value, label) in marks {
        let y = area.y(*value);
        let class = if *value == 0.0 { "edge" } else { "grid" };
        line(out, class, (area.left, y), (right, y));
        text(out, "mark", "end", area.left - 8.0, y + 4.0, label);
    }
    line(out, "edge", (area.left, area.bottom()), (right, area.bottom()));
    for (time, label) in axis::times(area.from, area.to, 10) {
        let x = area.x(time);
        line(out, "edge", (x, area.bottom()), (x, area.bottom() + 5.0));
        text(out, "mark", "middle", x, area.bottom() + 19.0, &label);
    }
}

fn line(out: &mut String, class: &str, from: (f64, f64), to: (f64, f64)) {
    let ((x1, y1), (x2, y2)) = (from, to);
    let _ = writeln!(
        out,
        "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
    );
}

fn text(out: &mut String, class: &str, anchor: &str, x: f64, y: f64, text: &str) {
    let _ = writeln!(
        out,
        "<text class=\"{class}\" text-anchor=\"{anchor}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>",
        escaped(text)
    );
}
