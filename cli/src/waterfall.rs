//! A trace as lines of text: its tree, and beside each span a bar that says when it ran.

use crate::commands::trace::{Row, Trace};
use crate::human;
use crate::table::{fit, printable};
use crate::tree::Guides;
use blockpack::graph::TraceGraph;
use std::collections::BTreeMap;
use std::io::IsTerminal;
use unicode_width::UnicodeWidthStr;

const SERVICE_WIDTH: usize = 20;
const TIME_WIDTH: usize = 9;
/// Least width of names, and of bars.
const LEAST: usize = 9;
/// Bars at least this wide have marks of time within.
const WIDE_BAR: usize = 48;
/// Services that the last line names.
const MAX_SHARES: usize = 6;

const ON_PATH: char = '█';
const BESIDE: char = '░';
const NOT_RUNNING: char = '·';

/// Escape sequences, or none where nobody would understand them.
pub struct Colours(bool);

impl Colours {
    /// Colours if standard output is a terminal that has them, unless `NO_COLOR` is set.
    pub fn of_stdout() -> Colours {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        Colours(std::io::stdout().is_terminal() && !unwanted)
    }

    fn paint(&self, code: &str, text: &str) -> String {
        match self.0 && !text.is_empty() {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }

    /// What went wrong.
    pub fn error(&self, text: &str) -> String {
        self.paint("31", text)
    }

    fn on_path(&self, text: &str) -> String {
        self.paint("33", text)
    }

    /// What is not looked at first.
    pub fn faint(&self, text: &str) -> String {
        self.paint("2", text)
    }

    /// Headings.
    pub fn strong(&self, text: &str) -> String {
        self.paint("1", text)
    }
}

/// Draws a trace.
pub struct Waterfall<'a> {
    trace: &'a Trace,
    graph: TraceGraph<'a>,
    colours: Colours,
    /// What labels may take, and what they take.
    most: usize,
    label_width: usize,
    service_width: usize,
    bar_width: usize,
}

impl<'a> Waterfall<'a> {
    /// A waterfall of `width` columns.
    pub fn new(trace: &'a Trace, graph: TraceGraph<'a>, width: usize, colours: Colours) -> Self {
        let services = trace.rows.iter().map(|row| printable(&row.service).width());
        let service_width =
            services.max().unwrap_or(0).clamp(7, (width / 5).clamp(7, SERVICE_WIDTH));
        // Four gaps of two columns, and the mark of errors.
        let rest = width.saturating_sub(service_width + 2 * TIME_WIDTH + 11);
        let most = (rest * 3 / 5).min(rest.saturating_sub(LEAST)).max(LEAST);
        let mut guides = Guides::within(most);
        let label = |(node, row): (usize, &Row)| {
            guides.next(graph, node).width() + printable(&row.name).width()
        };
        let widest = trace.rows.iter().enumerate().map(label).max().unwrap_or(0);
        let label_width = widest.clamp(LEAST, most);
        let bar_width = rest.saturating_sub(label_width).max(LEAST);
        Waterfall { trace, graph, colours, most, label_width, service_width, bar_width }
    }

    /// All lines.
    pub fn render(&self) -> String {
        let mut out = self.colours.faint(&self.axis());
        out.push('\n');
        let mut guides = Guides::within(self.most);
        let mut segments = self.trace.path_of_nodes();
        let mut said = String::new();
        for (node, row) in self.trace.rows.iter().enumerate() {
            let guide = guides.next(self.graph, node);
            // Once above siblings whose parent is lost.
            let why = self.why_no_parent(node, row).filter(|why| *why != said);
            if let Some(why) = why {
                out.push_str(&format!("{}\n", self.colours.faint(&why)));
                said = why;
            }
            out.push_str(&self.line(row, &guide, &segments.next(node)));
        }
        out.push_str(&self.legend());
        out
    }

    /// Why a span that names a parent is shown without.
    fn why_no_parent(&self, node: usize, row: &Row) -> Option<String> {
        if self.graph.parent(node).is_some() || row.parent_id.is_empty() {
            return None;
        }
        let id = printable(&row.parent_id);
        let end = node + 1 + self.graph.subtree_lens().get(node).map_or(0, |&len| len as usize);
        let below = self.trace.rows.get(node + 1..end).unwrap_or_default();
        Some(if row.parent_id == row.span_id {
            format!("({id} names itself as its parent)")
        } else if below.iter().any(|other| other.span_id == row.parent_id) {
            format!("(parent {id} is below: the ring is cut here)")
        } else {
            format!("(parent {id} is not here)")
        })
    }

    fn line(&self, row: &Row, guide: &str, path: &[(u64, u64)]) -> String {
        let failed = row.status == "error";
        let name_width = self.label_width.saturating_sub(guide.width());
        let name = pad(&fit(&printable(&row.name), name_width), name_width);
        let own: u64 = path.iter().map(|(start, end)| end - start).sum();
        let on_path = if own > 0 { human::duration(own) } else { String::new() };
        format!(
            "{}{}  {}  {} {:>TIME_WIDTH$} {}  {}\n",
            self.colours.faint(guide),
            if failed { self.colours.error(&name) } else { name },
            pad(&fit(&printable(&row.service), self.service_width), self.service_width),
            if failed { self.colours.error("✗") } else { " ".into() },
            human::duration(row.duration_ns),
            self.colours.on_path(&format!("{on_path:>TIME_WIDTH$}")),
            self.bar(row, path),
        )
    }

    /// When the span ran, as a part of the time that the trace took.
    fn bar(&self, row: &Row, path: &[(u64, u64)]) -> String {
        let cells = cells(
            self.trace.start_ns..self.trace.end_ns,
            row.start_ns..row.end_ns(),
            path,
            self.bar_width,
        );
        let mut out = String::new();
        for same in cells.chunk_by(|a, b| a == b) {
            let text: String = same.iter().collect();
            out.push_str(&match same[0] {
                ON_PATH => self.colours.on_path(&text),
                BESIDE => text,
                _ => self.colours.faint(&text),
            });
        }
        out
    }

    /// The line above the bars: what the columns are, and how much time has passed.
    fn axis(&self) -> String {
        let total = self.trace.end_ns - self.trace.start_ns;
        let marks = if self.bar_width < WIDE_BAR { 1 } else { 4 };
        let mut times = String::from("0");
        for mark in 1..=marks {
            let text = human::duration((u128::from(total) * mark as u128 / marks as u128) as u64);
            let end = self.bar_width * mark / marks;
            let gap = end.saturating_sub(times.width() + text.width());
            times.push_str(&" ".repeat(gap));
            times.push_str(&text);
        }
        format!(
            "{}  {}    {:>TIME_WIDTH$} {:>TIME_WIDTH$}  {times}",
            pad("span", self.label_width),
            pad("service", self.service_width),
            "duration",
            "on path",
        )
    }

    /// What the bars mean, and in which services the time of the critical path went.
    fn legend(&self) -> String {
        let path = self.colours.on_path(&ON_PATH.to_string());
        let mut out = format!(
            "\n{path} on the critical path: what the end was waiting for   {BESIDE} not on it"
        );
        let mut shares: BTreeMap<&str, u64> = BTreeMap::new();
        for segment in &self.trace.path {
            let service = self.trace.rows[segment.node].service.as_str();
            *shares.entry(service).or_default() += segment.end_ns - segment.start_ns;
        }
        let total: u64 = shares.values().sum();
        let mut shares: Vec<(&str, u64)> = shares.into_iter().collect();
        shares.sort_by_key(|&(_, time)| std::cmp::Reverse(time));
        let share = |&(service, time): &(&str, u64)| {
            let name = if service.is_empty() { "no service" } else { service };
            let percent = human::percent(time as f64 / total as f64);
            format!("{} {percent} ({})", printable(name), human::duration(time))
        };
        let mut parts: Vec<String> = shares.iter().take(MAX_SHARES).map(share).collect();
        if shares.len() > MAX_SHARES {
            parts.push(format!("{} more", shares.len() - MAX_SHARES));
        }
        if !parts.is_empty() {
            out.push_str(&format!("\ntime on it: {}", parts.join(", ")));
        }
        out + "\n"
    }
}

/// A bar of `width` characters for the time `whole`: what of it is `span`, and what of that is on
/// the path. Whatever lasts at all is seen, however short.
fn cells(
    whole: std::ops::Range<u64>,
    span: std::ops::Range<u64>,
    path: &[(u64, u64)],
    width: usize,
) -> Vec<char> {
    let total = (whole.end - whole.start).max(1) as f64;
    let place = |ns: u64| ns.saturating_sub(whole.start) as f64 / total * width as f64;
    let first = (place(span.start) as usize).min(width - 1);
    let end = (place(span.end).ceil() as usize).clamp(first + 1, width);
    let mut on_path = vec![0.0; width];
    for &(start, stop) in path {
        let (start, stop) = (place(start), place(stop));
        let touched = on_path.iter_mut().enumerate().take(stop.ceil() as usize);
        for (cell, time) in touched.skip(start as usize) {
            *time += stop.min(cell as f64 + 1.0) - start.max(cell as f64);
        }
    }
    let runs =
        |cell: usize| place(span.end).min(cell as f64 + 1.0) - place(span.start).max(cell as f64);
    let mut cells = vec![NOT_RUNNING; width];
    for cell in first..end {
        let most = on_path[cell] > 0.0 && on_path[cell] * 2.0 >= runs(cell);
        cells[cell] = if most { ON_PATH } else { BESIDE };
    }
    if !path.is_empty() && !cells.contains(&ON_PATH) {
        let best = (first..end).max_by(|&a, &b| on_path[a].total_cmp(&on_path[b]));
        cells[best.unwrap_or(first)] = ON_PATH;
    }
    cells
}

fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(span: std::ops::Range<u64>, path: &[(u64, u64)]) -> String {
        cells(100..200, span, path, 10).into_iter().collect()
    }

    #[test]
    fn bars_show_when_spans_ran_and_were_waited_for() {
        assert_eq!(bar(100..200, &[(100, 130), (190, 200)]), "███░░░░░░█");
        assert_eq!(bar(120..160, &[]), "··░░░░····");
        assert_eq!(bar(120..160, &[(120, 160)]), "··████····");
    }

    #[test]
    fn what_is_shorter_than_a_character_is_seen() {
        assert_eq!(bar(151..151, &[]), "·····░····");
        assert_eq!(bar(200..200, &[]), "·········░");
        assert_eq!(bar(100..200, &[(151, 152)]), "░░░░░█░░░░");
        assert_eq!(bar(151..152, &[(151, 152)]), "·····█····");
    }
}
