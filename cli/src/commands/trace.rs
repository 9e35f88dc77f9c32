//! `blockpack trace`: one trace as a tree.

use crate::failure::{Failure, Result};
use crate::waterfall::{Colours, Waterfall};
use crate::{files, human, print};
use blockpack::Blocks;
use blockpack::block::TraceFlags;
use blockpack::fields::LazyFields;
use blockpack::file::reader::Reader;
use blockpack::graph::{Segment, TraceGraph, TraceGraphs};
use blockpack::rowset::{RowSet, SpanSet};
use blockpack::value::{Hex, ValueRef, parse_hex};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

/// Show one trace as a tree, with how long each span took, when, and what its end waited for
///
/// The critical path is that of the root; without a root, of the part that took longest. Parts that no root reaches come last, each under the id of the parent that is missing. Of several files, the trace is shown as a whole.
#[derive(clap::Args)]
#[command(
    after_help = EXAMPLES,
    override_usage = "blockpack trace [OPTIONS] FILE.bpk... TRACE_ID"
)]
pub struct Args {
    /// Files to search, and behind them the id of the trace, in hex; zeros at its start may be left
    /// out
    #[arg(required = true, value_name = "FILE.bpk... TRACE_ID")]
    words: Vec<OsString>,
    /// Width of the output in columns [default: COLUMNS, else that of the terminal, else 120]
    #[arg(short, long, value_parser = clap::value_parser!(u16).range(i64::from(LEAST_WIDTH)..), conflicts_with = "json")]
    width: Option<u16>,
    /// Print JSON (keys: trace_id, start_ns, duration_ns, damage, spans, critical_path; of a span:
    /// span_id, parent_id, parent, depth, service, name, kind, status, start_ns, duration_ns,
    /// critical_ns; of a part of the path: span, start_ns, duration_ns; parent and span are places
    /// among the spans)
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  blockpack trace shop.bpk 5b3524864d9418b32d8e69778b199b8e
  blockpack trace monday.bpk tuesday.bpk 5b3524864d9418b32d8e69778b199b8e
  blockpack scan shop.bpk span:status = error --json | jq -r '.matches[0].trace_id' |
      xargs blockpack trace shop.bpk";

/// Columns that a waterfall takes at least.
const LEAST_WIDTH: u16 = 60;

/// Runs the command.
pub fn run(args: Args) -> Result<()> {
    let (given, files) = split(&args)?;
    let readers = files.iter().map(|file| files::open_blocks(file)).collect::<Result<Vec<_>>>()?;
    let id = find_id(&readers, &given)?;
    let Some(id) = id else { return Err(not_found(&readers, &given)) };
    let (blocks, spans) = trace_spans(&readers, &id)?;
    let graphs = TraceGraphs::build(&blocks, Some(&spans))?;
    let graph = graphs.iter().find(|graph| matches!(graph.trace_id(), Ok(other) if other == id));
    let graph = graph.ok_or_else(|| not_found(&readers, &given))?;
    let rows =
        (0..graph.len()).map(|n| Row::read(&blocks, graph, n)).collect::<Result<Vec<_>>>()?;
    let columns = graph.columns()?;
    let path = graph.critical_path(graph.main_head(&columns), &columns);
    let trace = Trace::of(&id, graph, rows, path);
    if args.json {
        return print::json(&trace.as_json(graph));
    }
    let width = args.width.map_or_else(|| terminal_width(LEAST_WIDTH), usize::from);
    let waterfall = Waterfall::new(&trace, graph, width, Colours::of_stdout());
    print::text(&(trace.heading() + "\n" + &waterfall.render()))
}

/// Columns to print in, `least` at least: as many as `COLUMNS` says, else as the terminal has, else
/// enough for a page.
pub fn terminal_width(least: u16) -> usize {
    let said = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    let seen = || terminal_size::terminal_size().map(|(width, _)| width.0);
    let width = said.filter(|&width| width > 0).or_else(seen);
    usize::from(width.unwrap_or(120).max(least))
}

fn not_found(readers: &[Reader], id: &[u8]) -> Failure {
    let files: Vec<&str> = readers.iter().map(Reader::name).collect();
    Failure::Run(format!("{}: there is no trace {}", files.join(", "), Hex(id)))
}

/// The id, and the files in front of it.
fn split(args: &Args) -> Result<(Vec<u8>, Vec<&Path>)> {
    let usage = |message: String| Err(Failure::Usage(message));
    let (last, files) = match args.words.split_last() {
        Some((last, files)) => (last, files.iter().map(Path::new).collect::<Vec<_>>()),
        None => return usage("files and the id of a trace are needed".into()),
    };
    let text = last.to_string_lossy();
    let digits = text.trim();
    let even = if digits.len().is_multiple_of(2) { digits.into() } else { format!("0{digits}") };
    match parse_hex(&even).filter(|id| !id.is_empty()) {
        Some(_) if files.is_empty() => {
            usage(format!("files to find {text} in are needed before it"))
        }
        Some(id) => Ok((id, files)),
        None if Path::new(last).is_file() => {
            usage(format!("{text} is a file; the id of a trace goes behind the files"))
        }
        None => usage(format!("'{text}' is no trace id: ids are hexadecimal")),
    }
}

/// The id as the files have it: as it was given, or with zeros at the start.
fn find_id(readers: &[Reader], given: &[u8]) -> Result<Option<Vec<u8>>> {
    let mut padded = vec![0; 16usize.saturating_sub(given.len())];
    padded.extend_from_slice(given);
    for id in [padded, given.to_vec()] {
        for reader in readers {
            if !reader.find_trace(&id)?.is_empty() {
                return Ok(Some(id));
            }
        }
    }
    Ok(None)
}

/// The blocks that the trace is in, and its spans in them.
fn trace_spans(readers: &[Reader], id: &[u8]) -> Result<(Blocks, SpanSet)> {
    let mut blocks = Vec::new();
    let mut sets = Vec::new();
    for reader in readers {
        for place in reader.find_trace(id)? {
            let block = reader.block(place.block as usize)?;
            sets.push(RowSet::from_ids(block.rows(), block.trace_rows(place.trace)?));
            blocks.push(block);
        }
    }
    Ok((Blocks::new(blocks), SpanSet::new(sets)))
}

/// What is shown of a span.
pub struct Row {
    pub span_id: String,
    pub parent_id: String,
    pub service: String,
    pub name: String,
    kind: String,
    pub status: String,
    pub start_ns: u64,
    pub duration_ns: u64,
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

    /// When it ended, in nanoseconds since the epoch.
    pub fn end_ns(&self) -> u64 {
        self.start_ns.saturating_add(self.duration_ns)
    }
}

/// What is shown of a trace.
pub struct Trace {
    id: String,
    pub start_ns: u64,
    pub end_ns: u64,
    damage: Vec<&'static str>,
    pub rows: Vec<Row>,
    /// The critical path.
    pub path: Vec<Segment>,
}

impl Trace {
    fn of(id: &[u8], graph: TraceGraph<'_>, rows: Vec<Row>, path: Vec<Segment>) -> Trace {
        Trace {
            id: Hex(id).to_string(),
            start_ns: rows.iter().map(|r| r.start_ns).min().unwrap_or(0),
            end_ns: rows.iter().map(Row::end_ns).max().unwrap_or(0),
            damage: damage(graph.flags()),
            rows,
            path,
        }
    }

    /// The critical path span by span.
    pub fn path_of_nodes(&self) -> PathOfNodes {
        let mut parts: Vec<(usize, (u64, u64))> =
            self.path.iter().map(|s| (s.node, (s.start_ns, s.end_ns))).collect();
        parts.sort_unstable();
        PathOfNodes { parts, next: 0 }
    }

    fn heading(&self) -> String {
        let services: BTreeSet<&str> = self.rows.iter().map(|r| r.service.as_str()).collect();
        let errors = self.rows.iter().filter(|r| r.status == "error").count();
        let some = |n: usize, one: &str| human::counted(n as u64, one);
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

    fn as_json(&self, graph: TraceGraph<'_>) -> Value {
        let mut path = self.path_of_nodes();
        let spans = self.rows.iter().enumerate().map(|(node, row)| {
            let own = path.next(node);
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
                "critical_ns": own.iter().map(|(start, end)| end - start).sum::<u64>(),
            })
        });
        let path = self.path.iter().map(|part| {
            json!({
                "span": part.node,
                "start_ns": part.start_ns,
                "duration_ns": part.end_ns - part.start_ns,
            })
        });
        json!({
            "trace_id": self.id,
            "start_ns": self.start_ns,
            "duration_ns": self.end_ns - self.start_ns,
            "damage": self.damage,
            "spans": spans.collect::<Vec<_>>(),
            "critical_path": path.collect::<Vec<_>>(),
        })
    }
}

/// Stretches of a critical path by span.
pub struct PathOfNodes {
    parts: Vec<(usize, (u64, u64))>,
    next: usize,
}

impl PathOfNodes {
    /// Begin and end of the stretches of `node`; nodes must come in order.
    pub fn next(&mut self, node: usize) -> Vec<(u64, u64)> {
        let of_node = self.parts[self.next..].iter().take_while(|part| part.0 == node);
        let found: Vec<(u64, u64)> = of_node.map(|part| part.1).collect();
        self.next += found.len();
        found
    }
}

/// What is wrong with a trace, in words.
pub fn damage(flags: TraceFlags) -> Vec<&'static str> {
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
