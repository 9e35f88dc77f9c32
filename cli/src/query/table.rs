//! What was found, for people.

use super::{Found, Row};
use crate::commands::trace::damage;
use crate::failure::Result;
use crate::human;
use crate::table::{Align, Table, fit, printable};
use crate::waterfall::Colours;
use blockpack::traceql::{Search, Spanset, TraceMatch};
use blockpack::value::Hex;

/// Longest name or value that is shown whole.
const WIDTH: usize = 40;
/// What stands for the root of a trace that has none.
const NO_ROOT: &str = "(no root)";
/// What is the same as another column of a span; not shown again among its fields.
const SHOWN: [&str; 8] = [
    "name",
    "span:name",
    "status",
    "span:status",
    "duration",
    "span:duration",
    "resource.service.name",
    ".service.name",
];

impl Found<'_> {
    /// A trace as a paragraph: the trace in brief, then the spans that matched.
    pub fn as_paragraph(&self, trace: &TraceMatch, colours: &Colours) -> Result<String> {
        let mut out = String::new();
        out.push_str(&colours.strong(&heading(trace)));
        out.push('\n');
        out.push_str(&colours.faint(&second_line(trace)));
        out.push('\n');
        for spanset in &trace.spansets {
            out.push_str(&self.spanset(trace, spanset, colours)?);
        }
        out.push('\n');
        Ok(out)
    }

    fn spanset(&self, trace: &TraceMatch, spanset: &Spanset, colours: &Colours) -> Result<String> {
        let mut out = String::new();
        if !spanset.attributes.is_empty() {
            let values = spanset.attributes.iter().map(|(name, value)| {
                let text = value.view().map_or("nil".into(), human::value);
                format!("{name} = {}", fit(&printable(&text), WIDTH))
            });
            let values: Vec<String> = values.collect();
            out.push_str(&format!("  {}\n", values.join(", ")));
        }
        let columns = [Align::Right, Align::Left, Align::Left, Align::Left, Align::Right];
        let mut table = Table::new(&columns.map(|align| ("", align)));
        let rows = (0..spanset.spans.len()).map(|index| self.row(spanset, index));
        let rows = rows.collect::<Result<Vec<_>>>()?;
        for row in &rows {
            let status = if row.status == "unset" { String::new() } else { row.status.clone() };
            table.row(vec![
                format!("+{}", human::duration(row.start_ns.saturating_sub(trace.start_ns))),
                fit(&row.service, WIDTH),
                fit(&row.name, WIDTH),
                status,
                human::duration(row.duration_ns),
            ]);
        }
        for (line, row) in table.body().iter().zip(&rows) {
            let line = format!("  {line}");
            let line = if row.status == "error" { colours.error(&line) } else { line };
            out.push_str(format!("{line}  {}", colours.faint(&row.fields_as_text())).trim_end());
            out.push('\n');
        }
        let more = spanset.matched - rows.len() as u64;
        if more > 0 {
            out.push_str(&colours.faint(&format!("  … and {} more", human::count(more))));
            out.push('\n');
        }
        Ok(out)
    }
}

impl Row<'_> {
    /// The fields that no column shows.
    fn fields_as_text(&self) -> String {
        let others = self.fields.iter().filter(|(name, ..)| !SHOWN.contains(name));
        let texts =
            others.map(|(name, text, _)| format!("{name}={}", fit(&printable(text), WIDTH)));
        texts.collect::<Vec<_>>().join("  ")
    }
}

fn heading(trace: &TraceMatch) -> String {
    let text = |bytes: &[u8]| fit(&printable(&String::from_utf8_lossy(bytes)), WIDTH);
    let root = match (text(&trace.root_service), text(&trace.root_name)) {
        (service, name) if service.is_empty() && name.is_empty() => NO_ROOT.to_owned(),
        (service, name) => format!("{service}  {name}").trim().to_owned(),
    };
    let matched: u64 = trace.spansets.iter().map(|spanset| spanset.matched).sum();
    format!("{root}  {}  {}", human::duration(trace.duration_ns), some(matched, "span", "matches"))
}

fn second_line(trace: &TraceMatch) -> String {
    let spans: u64 = trace.services.iter().map(|part| u64::from(part.spans)).sum();
    let errors: u64 = trace.services.iter().map(|part| u64::from(part.errors)).sum();
    let mut out = format!(
        "  {}  trace {}  {} in {}",
        human::time(trace.start_ns),
        Hex(&trace.trace_id),
        some(spans, "span", ""),
        some(trace.services.len() as u64, "service", ""),
    );
    if errors > 0 {
        out.push_str(&format!(", {}", some(errors, "error", "")));
    }
    let damage = damage(trace.flags);
    if !damage.is_empty() {
        out.push_str(&format!("  damage: {}", damage.join(", ")));
    }
    out
}

/// `n` things, with the verb in its form for one thing.
fn some(n: u64, one: &str, verb: &str) -> String {
    let (end, verb) = match n {
        1 => ("", verb),
        _ => ("s", verb.strip_suffix("es").unwrap_or(verb)),
    };
    format!("{} {one}{end} {verb}", human::count(n)).trim_end().to_owned()
}

/// How much was found, and whether all of it is shown.
pub fn totals(search: &Search) -> String {
    let shown = search.traces.len() as u64;
    let spans = some(search.spans.count(), "span", "");
    match (shown, search.cut_off, search.complete) {
        (0, _, _) => "no trace matches".to_owned(),
        (_, false, _) => format!("{} with {spans}", some(shown, "trace", "matches")),
        (_, true, true) => format!(
            "{} with {spans}; {} shown (--limit)",
            some(search.trace_count, "trace", "matches"),
            human::count(shown)
        ),
        (_, true, false) => format!(
            "{} shown, the search ended there: there may be more (--limit)",
            some(shown, "trace", "")
        ),
    }
}
