//! `blockpack trace`: one trace as a tree.

use crate::failure::{Failure, Result};
use crate::table::{fit, printable};
use crate::{human, print, tree};
use blockpack::Blocks;
use blockpack::block::TraceFlags;
use blockpack::fields::LazyFields;
use blockpack::file::reader::{OpenOptions, Reader};
use blockpack::graph::{TraceGraph, TraceGraphs};
use blockpack::rowset::{RowSet, SpanSet};
use blockpack::value::{Hex, ValueRef, parse_hex};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use unicode_width::UnicodeWidthStr;

/// Show one trace as a tree, with how long each span took and when
///
/// Parts that no root reaches come last, each under the id of the parent that is missing.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// File to search
    #[arg(value_name = "FILE.bpk")]
    file: PathBuf,
    /// Id of the trace, in hex; zeros at the start may be left out
    #[arg(value_name = "TRACE_ID")]
    id: String,
    /// Width of the output in columns [default: that of the terminal, else 120]
    #[arg(short, long, value_parser = clap::value_parser!(u16).range(60..))]
    width: Option<u16>,
    /// Print JSON (keys: trace_id, start_ns, duration_ns, damage, spans; of a span: span_id,
    /// parent_id, parent, depth, service, name, kind, status, start_ns, duration_ns; parent is the
    /// place of the parent among the spans)
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  blockpack trace shop.bpk 5b3524864d9418b32d8e69778b199b8e
  blockpack scan shop.bpk span:status = error --json | jq -r '.matches[0].trace_id' |
      xargs blockpack trace shop.bpk";

/// Runs the command.
pub fn run(args: Args) -> Result<()> {
    let reader = Reader::open(&args.file, &OpenOptions::default())?;
    let id = find_id(&reader, &args)?;
    let (blocks, spans) = trace_spans(&reader, &id)?;
    let graphs = TraceGraphs::build(&blocks, Some(&spans))?;
    let graph = graphs.iter().find(|graph| matches!(graph.trace_id(), Ok(other) if other == id));
    let graph = graph.ok_or_else(|| not_found(&args))?;
    let rows =
        (0..graph.len()).map(|n| Row::read(&blocks, graph, n)).collect::<Result<Vec<_>>>()?;
    let trace = Trace::of(&id, graph, rows);
    if args.json {
        return print::json(&trace.as_json(graph));
    }
    let width = args.width.map_or_else(terminal_width, usize::from);
    print::text(&(trace.heading() + "\n" + &trace.lines(graph, width)))
}

fn terminal_width() -> usize {
    terminal_size::terminal_size().map_or(120, |(width, _)| usize::from(width.0).max(60))
}

fn not_found(args: &Args) -> Failure {
    Failure::Run(format!("{}: there is no trace {}", args.file.display(), args.id))
}

/// The id as the file has it: as it was given, or with zeros at the start.
fn find_id(reader: &Reader, args: &Args) -> Result<Vec<u8>> {
    let digits = args.id.trim();
    let even = if digits.len().is_multiple_of(2) { digits.into() } else { format!("0{digits}") };
    let Some(given) = parse_hex(&even) else {
        return Err(Failure::Usage(format!("'{}' is no trace id: ids are hexadecimal", args.id)));
    };
    let mut padded = vec![0; 16usize.saturating_sub(given.len())];
    padded.extend_from_slice(&given);
    for id in [padded, given] {
        if !reader.find_trace(&id)?.is_empty() {
            return Ok(id);
        }
    }
    Err(not_found(args))
}

/// The blocks that the trace is in, and its spans in them.
fn trace_spans(reader: &Reader, id: &[u8]) -> Result<(Blocks, SpanSet)> {
    let mut blocks = Vec::new();
    let mut sets = Vec::new();
    for place in reader.find_trace(id)? {
        let block = reader.block(place.block as usize)?;
        sets.push(RowSet::from_ids(block.rows(), block.trace_rows(place.trace)?));
        blocks.push(block);
    }
    Ok((Blocks::new(blocks), SpanSet::new(sets)))
}

/// What is shown of a span.
struct Row {
    span_id: String,
    parent_id: String,
    service: String,
    name: String,
    kind: String,
    status: String,
    start_ns: u64,
    duration_ns: u64,
}

impl Row {
    fn read(blocks: &Blocks, graph: TraceGraph<'_>, node: usize) -> Result<Row> {
        let place = graph.place(node).ok_or_else(|| Failure::Run("a span has no place".into()))?;
        let fields = LazyFields::new(blocks, place.block as usize, place.row)?;
        let text = |name: &str| -> Result<String> {
            Ok(fields.get(name)?.map(|v| v.to_string()).unwrap_or_default())
        };
        let number = |name: &str| -> Result<u64> {
            Ok(match fields.get(name)? {
                Some(ValueRef::TimeNs(ns) | ValueRef::DurationNs(ns)) => ns,
                _ => 0,
            })
        };
        Ok(Row {
            span_id: text("span:id")?,
            parent_id: text("span:parent_id")?,
            service: text("resource.service.name")?,
            name: text("span:name")?,
            kind: text("span:kind")?,
            status: text("span:status")?,
            start_ns: number("span:start")?,
            duration_ns: number("span:duration")?,
        })
    }

    fn end_ns(&self) -> u64 {
        self.start_ns.saturating_add(self.duration_ns)
    }
}

struct Trace {
    id: String,
    start_ns: u64,
    end_ns: u64,
    damage: Vec<&'static str>,
    rows: Vec<Row>,
}

/// Widest service and duration columns.
const SERVICE_WIDTH: usize = 20;
const DURATION_WIDTH: usize = 9;

impl Trace {
    fn of(id: &[u8], graph: TraceGraph<'_>, rows: Vec<Row>) -> Trace {
        Trace {
            id: Hex(id).to_string(),
            start_ns: rows.iter().map(|r| r.start_ns).min().unwrap_or(0),
            end_ns: rows.iter().map(Row::end_ns).max().unwrap_or(0),
            damage: damage(graph.flags()),
            rows,
        }
    }

    fn heading(&self) -> String {
        let services: BTreeSet<&str> = self.rows.iter().map(|r| r.service.as_str()).collect();
        let errors = self.rows.iter().filter(|r| r.status == "error").count();
        let some = |n: usize, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
        let mut out = format!(
            "trace {}: {} in {}, {}, {} from {}\n",
            self.id,
            some(self.rows.len(), "span"),
            some(services.len(), "service"),
            some(errors, "error"),
            human::duration(self.end_ns - self.start_ns),
            human::time(self.start_ns),
        );
        if !self.damage.is_empty() {
            out.push_str(&format!("damage: {}\n", self.damage.join(", ")));
        }
        out
    }

    fn lines(&self, graph: TraceGraph<'_>, width: usize) -> String {
        let widest = self.rows.iter().map(|r| r.service.width()).max().unwrap_or(0);
        let service_width = widest.min(SERVICE_WIDTH);
        let rest = width.saturating_sub(service_width + DURATION_WIDTH + 10);
        let bar_width = (rest * 2 / 5).max(10);
        let label_width = rest.saturating_sub(bar_width).max(20);
        let mut guides = tree::Guides::default();
        let mut out = String::new();
        for (node, row) in self.rows.iter().enumerate() {
            let guide = guides.next(graph, node);
            if graph.parent(node).is_none() && !row.parent_id.is_empty() {
                out.push_str(&format!("(parent {} is not here)\n", row.parent_id));
            }
            let mark = if row.status == "error" { "✗" } else { " " };
            let label = fit(&printable(&format!("{guide}{}", row.name)), label_width);
            out.push_str(&format!(
                "{}  {}  {mark} {:>DURATION_WIDTH$}  {}\n",
                pad(&label, label_width),
                pad(&fit(&printable(&row.service), service_width), service_width),
                human::duration(row.duration_ns),
                self.bar(row, bar_width),
            ));
        }
        out
    }

    /// When the span ran, as a part of the time that the trace took.
    fn bar(&self, row: &Row, width: usize) -> String {
        let total = (self.end_ns - self.start_ns).max(1) as f64;
        let place = |ns: u64| (ns - self.start_ns) as f64 / total * width as f64;
        let start = (place(row.start_ns) as usize).min(width - 1);
        let end = (place(row.end_ns()).ceil() as usize).clamp(start + 1, width);
        format!("{}{}{}", "·".repeat(start), "█".repeat(end - start), "·".repeat(width - end))
    }

    fn as_json(&self, graph: TraceGraph<'_>) -> Value {
        let spans = self.rows.iter().enumerate().map(|(node, row)| {
            json!({
                "span_id": row.span_id,
                "parent_id": row.parent_id,
                "parent": graph.parent(node),
                "depth": graph.depths()[node],
                "service": row.service,
                "name": row.name,
                "kind": row.kind,
                "status": row.status,
                "start_ns": row.start_ns,
                "duration_ns": row.duration_ns,
            })
        });
        json!({
            "trace_id": self.id,
            "start_ns": self.start_ns,
            "duration_ns": self.end_ns - self.start_ns,
            "damage": self.damage,
            "spans": spans.collect::<Vec<_>>(),
        })
    }
}

fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// What is wrong with a trace, in words.
fn damage(flags: TraceFlags) -> Vec<&'static str> {
    let words = [
        (TraceFlags::ORPHANS, "orphans"),
        (TraceFlags::SEVERAL_ROOTS, "several roots"),
        (TraceFlags::NO_ROOT, "no root"),
        (TraceFlags::SHARED_IDS, "shared span ids"),
        (TraceFlags::CYCLE, "a ring of parents"),
        (TraceFlags::SELF_PARENT, "a span that is its own parent"),
        (TraceFlags::ODD_IDS, "ids of a wrong length"),
    ];
    words.into_iter().filter(|(flag, _)| flags.contains(*flag)).map(|(_, word)| word).collect()
}
