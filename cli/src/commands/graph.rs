//! `blockpack graph`: which services call which.

use crate::failure::Result;
use crate::service_map::ServiceMap;
use crate::{files, human, print};
use blockpack::Blocks;
use blockpack::graph::TraceGraphs;
use clap::ValueEnum;
use serde_json::json;
use std::path::PathBuf;

/// Show which services call which, how often, how long that takes, and how often it fails
///
/// A call is a span whose parent is of another service, or a server's or consumer's span below a
/// client's or producer's. Durations and errors are those of the called side. Traces whose spans lie
/// in several of the files are whole.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Files to read
    #[arg(value_name = "FILE.bpk", required = true)]
    files: Vec<PathBuf>,
    /// How the calls are shown
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Print JSON (keys: traces, spans, services, calls; of calls: caller, callee, calls, errors,
    /// p50_ns, p95_ns, p99_ns, max_ns)
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// A line of text for each pair of services
    Table,
    /// A graph for Graphviz
    Dot,
    /// A picture for browsers
    Svg,
}

const EXAMPLES: &str = "\
Examples:
  blockpack graph shop.bpk
  blockpack graph monday.bpk tuesday.bpk --format svg > services.svg
  blockpack graph shop.bpk --format dot | dot -Tpdf -o services.pdf
  blockpack graph shop.bpk --json | jq '.calls | max_by(.p99_ns)'";

/// Runs the command.
pub fn run(args: Args) -> Result<()> {
    let mut blocks = Vec::new();
    for file in &args.files {
        let reader = files::open_blocks(file)?;
        blocks.extend(reader.blocks(0..reader.block_count())?);
    }
    let graphs = TraceGraphs::build(&Blocks::new(blocks), None)?;
    let map = ServiceMap::of(&graphs.service_graph()?);
    if args.json {
        let (services, calls) = map.as_json();
        let (traces, spans) = (graphs.len(), graphs.span_count());
        return print::json(&json!({
            "traces": traces, "spans": spans, "services": services, "calls": calls,
        }));
    }
    let totals = totals(&graphs, &map);
    print::text(&match args.format {
        Format::Table if map.calls.is_empty() => totals + "\n",
        Format::Table => format!("{}\n{totals}\n", map.as_table()),
        Format::Dot => map.as_dot(&totals),
        Format::Svg => map.as_svg("Service graph", &totals),
    })
}

fn totals(graphs: &TraceGraphs, map: &ServiceMap) -> String {
    format!(
        "{} between {} in {} of {}",
        human::counted(map.call_count(), "call"),
        human::counted(map.services.len() as u64, "service"),
        human::counted(graphs.len() as u64, "trace"),
        human::counted(graphs.span_count() as u64, "span"),
    )
}
