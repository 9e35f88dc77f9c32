//! `blockpack query`: questions in TraceQL. [`fit`]: which options go with which.

mod fit;

use super::trace::terminal_width;
use crate::failure::{Failure, Result, say};
use crate::output::{Output, Style, check_is_not_input};
use crate::query::{Found, check, explained, input, shard, time};
use crate::series::Plot;
use crate::waterfall::Colours;
use crate::{hint, print, query};
use blockpack::name::Name;
use blockpack::traceql::{
    Explain, Limits, MetricsOptions, Query, QueryContext, Search, SearchOptions,
};
use blockpack::{Blocks, ErrorKind};
use clap::ValueEnum;
use fit::Asked;
use std::ffi::OsString;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Search for spans with TraceQL, or make series of them
///
/// A FILE is a block file, or OTLP as 'blockpack ingest' takes it, which is then read into memory
/// first; - is standard input. Files are asked together: a trace that lies in several of them is one.
#[derive(clap::Args)]
#[command(
    after_help = EXAMPLES,
    override_usage = "blockpack query [OPTIONS] FILE... QUERY\n       \
                      blockpack query --check QUERY\n       \
                      blockpack query --explain [--format jsonl] QUERY"
)]
pub struct Args {
    /// Files to search, and behind them the query
    #[arg(required = true, value_name = "FILE... QUERY")]
    words: Vec<OsString>,
    /// How what was found is shown
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Traces to give at most, 0 for all [default: 20, with jsonl all]
    #[arg(short = 'n', long, value_name = "N")]
    limit: Option<usize>,
    /// Spans to give at most of each spanset, 0 for all [default: 3, with jsonl all]
    #[arg(long, value_name = "N")]
    spans: Option<usize>,
    /// Give the traces that start last, instead of those that are found first
    #[arg(long)]
    most_recent: bool,
    /// Leave out traces that end before TIME: 2026-11-23, 2026-11-23T12:30:34Z or nanoseconds since
    /// 1970; for series, spans that start at TIME or before
    #[arg(long, value_name = "TIME", value_parser = time::point)]
    start: Option<u64>,
    /// Leave out traces that start after TIME; for series, spans that do
    #[arg(long, value_name = "TIME", value_parser = time::point)]
    end: Option<u64>,
    /// Search only the traces that begin in blocks FROM up to, but not including, TO: blocks of all
    /// files are numbered from 0, and either number may be left out. Parts give together what the
    /// whole does, nothing twice; series have the times of the whole
    #[arg(long, value_name = "FROM..TO", value_parser = shard::blocks)]
    blocks: Option<Range<usize>>,
    /// Time between two samples of a series, as in 30s [default: about 240 samples]
    #[arg(long, value_name = "TIME", value_parser = time::length)]
    step: Option<u64>,
    /// Make one sample of the whole time instead of a series
    #[arg(long, conflicts_with = "step")]
    instant: bool,
    /// Spans that stand for many to give with series, in jsonl and in pictures [default: as the
    /// query's hint exemplars says]
    #[arg(long, value_name = "N")]
    exemplars: Option<u32>,
    /// Write a picture of the series, too
    #[arg(long, value_name = "OUT.svg")]
    svg: Option<PathBuf>,
    /// Width of charts in columns [default: COLUMNS, else that of the terminal, else 120]
    #[arg(short, long, value_parser = clap::value_parser!(u16).range(i64::from(LEAST_WIDTH)..))]
    width: Option<u16>,
    /// Threads to use [default: one per core]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// Only read and check the query, without files; the exit status is 0, or 2 with what is wrong
    #[arg(long, conflicts_with_all = ["explain", "format"])]
    check: bool,
    /// Show how the query is answered and, with files, what each part of it did: as text, or with
    /// jsonl an object per part and line (keys: depth, how, text, calls, spans_in, spans_out,
    /// time_ns, scans, rows_scanned, rows_matched, blocks_pruned, pruned, zones, zones_pruned,
    /// bytes, series; of pruned: index, no_column, bounds, constant, dictionary, zones)
    #[arg(long)]
    explain: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people: traces, and the spans that matched in them; or a line for each series
    Table,
    /// Series as bars in the terminal
    Chart,
    /// A JSON object per trace and line (keys: trace_id, root_service, root_name, start_ns,
    /// duration_ns, services, damage, spansets; of a service: service, spans, errors; of a spanset:
    /// attributes, matched, spans; of a span: span_id, service, name, status, start_ns,
    /// duration_ns, fields). For series one per series (keys: labels, step_ns, samples, exemplars;
    /// a sample is a list of time in nanoseconds and value, which is null if it is infinite or NaN;
    /// gaps have none; of an exemplar: trace_id, span_id, time_ns, value)
    Jsonl,
    /// The id of every span that matches in hex, one a line, sorted
    Ids,
    /// Every span that matches, with the fields that the query mentions, as an Arrow stream; what is
    /// worked out of a trace is about the part of it that is in the span's block
    Arrow,
}

const EXAMPLES: &str = "\
Examples:
  blockpack query shop.bpk '{ status = error && resource.service.name = \"cart\" }'
  blockpack query traces.json.gz '{ span.http.status_code >= 500 } | select(span.http.url)'
  blockpack query shop.bpk '{ name = \"POST /checkout/{user}\" } >> { duration > 100ms }' -n 5
  blockpack query *.bpk '{ } | by(resource.service.name) | count() > 10' --most-recent
  blockpack query shop.bpk '{ status = error }' --format jsonl | jq -r .trace_id
  blockpack query shop.bpk '{ } | rate() by (resource.service.name)' --format chart
  blockpack query shop.bpk '{ } | quantile_over_time(duration, .5, .99)' --step 1s --svg p.svg
  blockpack query shop.bpk '{ status = error }' --format arrow > errors.arrows
  blockpack query --check '{ span.foo = }'";

/// Columns that a chart takes at least.
const LEAST_WIDTH: u16 = 40;
/// Traces, and spans of a spanset, that are shown if nothing else is said.
const SHOWN_TRACES: usize = 20;
const SHOWN_SPANS: usize = 3;

/// Runs the command.
pub fn run(args: Args) -> Result<()> {
    let Some((last, files)) = args.words.split_last() else { return Err(no_files()) };
    let text = last.to_string_lossy();
    let query = match last.to_str().map(check::compile) {
        Some(Ok(query)) => query,
        _ if !args.check && Path::new(last).is_file() => {
            let message = format!("{text} is a file; the query goes behind the files");
            return Err(Failure::Usage(message));
        }
        Some(Err(refused)) => return Err(refused),
        None => return Err(Failure::Usage(format!("{text}: the query is not UTF-8"))),
    };
    let asked = match files.is_empty() {
        true if args.check => Asked::Nothing,
        true if args.explain => Asked::Plan,
        true => return Err(no_files()),
        false if args.check => {
            let message = "--check looks at the query alone; leave out the files";
            return Err(Failure::Usage(message.into()));
        }
        false if query.is_metrics() => Asked::Series,
        false => Asked::Traces,
    };
    args.check_fit(asked)?;
    let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
    if let Some(svg) = &args.svg {
        if svg == Path::new("-") {
            let message = "--svg needs a file: standard output has the series";
            return Err(Failure::Usage(message.into()));
        }
        files.iter().try_for_each(|file| check_is_not_input(svg, file))?;
    }
    match asked {
        Asked::Nothing => Ok(()),
        Asked::Plan => args.explain(&query.explain(&QueryContext::new())?),
        Asked::Series => series(&args, &text, &query, &input::open(&files)?),
        Asked::Traces => search(&args, &query, &input::open(&files)?),
    }
}

fn no_files() -> Failure {
    Failure::Usage("a file and a query are needed: blockpack query FILE... QUERY".into())
}

fn series(args: &Args, text: &str, query: &Query, blocks: &Blocks) -> Result<()> {
    // Without a beginning, a time that ends before the first span has none.
    let first = blocks.iter().map(|block| block.min_start_ns()).min();
    let before_all = args.end.filter(|end| first.is_some_and(|first| *end < first));
    let options = MetricsOptions {
        start_ns: args.start.or(before_all),
        end_ns: args.end,
        step_ns: args.step,
        instant: args.instant,
        blocks: args.blocks.clone(),
        exemplars: args.exemplars,
        threads: args.threads(),
        limits: unlimited(),
        ..MetricsOptions::default()
    };
    let set = query.metrics(blocks, &options).map_err(|error| match error.kind() {
        // Of so many steps nobody asked but with a step.
        ErrorKind::Limit if args.step.is_some() => Failure::Usage(error.to_string()),
        _ => error.into(),
    })?;
    let plot = Plot { blocks, set: &set, title: text };
    if let Some(path) = &args.svg {
        let mut picture = Output::open(path, Style { compression: None, text: true })?;
        picture.write(plot.as_svg().as_bytes())?;
        picture.finish()?;
    }
    if args.explain {
        return args.explain(&set.explain);
    }
    let columns = args.width.map_or_else(|| terminal_width(LEAST_WIDTH), usize::from);
    print::text(&match args.format {
        Format::Table | Format::Ids | Format::Arrow => plot.as_table(),
        Format::Chart => plot.as_bars(columns, &Colours::of_stdout()),
        Format::Jsonl => plot.as_json_lines()?,
    })?;
    if set.spans == 0 && args.format != Format::Jsonl {
        args.say_times(blocks);
    }
    Ok(())
}

fn search(args: &Args, query: &Query, blocks: &Blocks) -> Result<()> {
    let search = query.search(blocks, &args.search_options())?;
    if args.explain {
        return args.explain(&search.explain);
    }
    let found = Found { blocks, search: &search };
    match args.format {
        Format::Table | Format::Chart => {
            let colours = Colours::of_stdout();
            found.print(|trace| found.as_paragraph(trace, &colours))?;
            print::text(&format!("{}\n", query::table::totals(&search)))?;
            if search.traces.is_empty() {
                args.say_times(blocks);
                say_what_is_there(blocks, &search)?;
            }
            Ok(())
        }
        Format::Jsonl => found.print(|trace| found.as_json_line(trace)),
        Format::Ids => print::text(&query::ids(blocks, &search.spans)?),
        Format::Arrow => query::arrow::write(blocks, search),
    }
}

/// Names of attributes are what most easily goes wrong in a query that finds nothing.
fn say_what_is_there(blocks: &Blocks, search: &Search) -> Result<()> {
    for field in &search.fields {
        if matches!(field.name, Name::Attribute { .. }) {
            say(format_args!("blockpack: {}", hint::what_is_there(blocks, &field.name)?));
        }
    }
    Ok(())
}

/// Whoever asks from the command line decides how long to wait and what memory there is.
fn unlimited() -> Limits {
    Limits { memory: Some(u64::MAX), ..Limits::default() }
}

impl Args {
    /// Says when spans ran, if only some times were asked about.
    fn say_times(&self, blocks: &Blocks) {
        let some = self.start.is_some() || self.end.is_some();
        if let Some(times) = hint::times(blocks).filter(|_| some) {
            say(format_args!("blockpack: {times}"));
        }
    }

    fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        self.threads.map_or_else(cores, usize::from)
    }

    fn explain(&self, explain: &Explain) -> Result<()> {
        print::text(&match self.format {
            Format::Jsonl => explained::as_json_lines(explain),
            _ => format!("{}\n", explain.to_string().trim_end()),
        })
    }

    fn search_options(&self) -> SearchOptions {
        let every = matches!(self.format, Format::Ids | Format::Arrow);
        let all = self.format == Format::Jsonl;
        let limit = self.limit.unwrap_or(if all { 0 } else { SHOWN_TRACES });
        SearchOptions {
            start_ns: self.start,
            end_ns: self.end,
            limit: match limit {
                _ if every => 0,
                0 => usize::MAX,
                limit => limit,
            },
            spans_per_spanset: self.spans.unwrap_or(if all { 0 } else { SHOWN_SPANS }),
            most_recent: self.most_recent,
            blocks: self.blocks.clone(),
            threads: self.threads(),
            limits: unlimited(),
            ..SearchOptions::default()
        }
    }
}
