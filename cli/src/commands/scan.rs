//! `blockpack scan`: the spans for which columns have certain values.

use crate::condition::{Condition, Conditions, Join};
use crate::failure::{Failure, Result, say};
use crate::print::Pieces;
use crate::progress::Progress;
use crate::table::{Align, Table, fit};
use crate::{files, hint, human, json, print};
use blockpack::Blocks;
use blockpack::fields::LazyFields;
use blockpack::rowset::SpanSet;
use blockpack::scan::ScanContext;
use blockpack::value::ValueRef;
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use std::sync::Arc;

/// List the spans for which a column has a certain value
///
/// COLUMN is a name such as span:name, span:duration, resource.service.name, span.http.method, or
/// .http.method to look at the span first and then at its resource.
///
/// OP is one of = != < <= > >= =~ !~ (regular expressions), contains, prefix, suffix, in (values
/// with commas between), null and exists (without a VALUE).
///
/// VALUE is a number (500), a duration (100ms), a time (2026-11-23T12:30:34Z), true or false, or
/// text; times of spans can be dates alone. Put text that looks like something else in double
/// quotes: '"500"'.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// File to search
    #[arg(value_name = "FILE.bpk")]
    file: PathBuf,
    #[command(flatten)]
    conditions: Conditions,
    /// Spans to list at most, 0 for all [default: 20, with --json all]
    #[arg(short = 'n', long, value_name = "N")]
    limit: Option<u64>,
    /// Print JSON (keys: count, matches; of a match: trace_id, span_id, service, name, kind, status,
    /// start_ns, duration_ns, fields)
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  blockpack scan shop.bpk span:status = error
  blockpack scan shop.bpk resource.service.name = gateway --and span:duration '>' 100ms
  blockpack scan shop.bpk span.http.route =~ '/orders/.*' --or span:name contains checkout -n 5
  blockpack scan shop.bpk .user.id exists --json | jq .count";

/// Spans that are listed if nothing else is said.
const DEFAULT_LIMIT: u64 = 20;

/// Runs the command.
pub fn run(args: Args) -> Result<()> {
    let (join, conditions) = args.conditions.compile()?;
    let reader = Arc::new(files::open_blocks(&args.file)?);
    let blocks = Blocks::of_file(&reader, 0..reader.block_count())?;
    let matches = find(&blocks, &conditions, join)?;
    let limit = match args.limit {
        Some(0) => u64::MAX,
        Some(limit) => limit,
        None if args.json => u64::MAX,
        None => DEFAULT_LIMIT,
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let shown = matches.count().min(limit as u64);
    let mut progress = Progress::new(shown, "spans");
    if args.json {
        progress = progress.beside_stdout();
    }
    let rows = matches.iter().take(limit).map(|(block, row)| {
        progress.advance(1);
        Row::read(&blocks, block, row, &conditions)
    });
    if args.json {
        return print_json(rows, &conditions, matches.count());
    }
    let rows = rows.collect::<Result<Vec<_>>>()?;
    progress.finish();
    print::text(&as_table(&rows, &conditions, matches.count()))?;
    if matches.is_empty() {
        for condition in &conditions {
            say(format_args!("blockpack: {}", hint::what_is_there(&blocks, &condition.name)?));
        }
    }
    Ok(())
}

/// Prints matches as they are read, in the form that one document of all would have.
fn print_json(
    rows: impl Iterator<Item = Result<Row>>,
    conditions: &[Condition],
    count: u64,
) -> Result<()> {
    let mut out = Pieces::new();
    out.put(&format!("{{\n  \"count\": {count},\n  \"matches\": ["))?;
    let mut separator = "\n    ";
    for row in rows {
        // Line ends within text are escaped.
        let text = format!("{:#}", row?.as_json(conditions)).replace('\n', "\n    ");
        out.put(&format!("{separator}{text}"))?;
        separator = ",\n    ";
    }
    out.put(if count == 0 { "]\n}\n" } else { "\n  ]\n}\n" })?;
    out.finish()
}

fn find(blocks: &Blocks, conditions: &[Condition], join: Join) -> Result<SpanSet> {
    let context = ScanContext::new();
    let mut all: Option<SpanSet> = None;
    for condition in conditions {
        let found = context.scan_blocks(blocks, &condition.name, &condition.predicate)?;
        all = Some(match (all, join) {
            (None, _) => found,
            (Some(before), Join::And) => before.and(&found),
            (Some(before), Join::Or) => before.or(&found),
        });
    }
    all.ok_or_else(|| Failure::Usage("a condition is needed".into()))
}

/// What is shown of a span.
struct Row {
    trace_id: String,
    span_id: String,
    service: String,
    name: String,
    kind: String,
    status: String,
    start_ns: u64,
    duration_ns: u64,
    /// Values of the columns in the conditions, as text and as JSON.
    columns: Vec<Option<(String, Value)>>,
}

impl Row {
    fn read(blocks: &Blocks, block: usize, row: u32, conditions: &[Condition]) -> Result<Row> {
        let fields = LazyFields::new(blocks, block, row)?;
        let text = |name: &str| -> Result<String> {
            Ok(fields.get(name)?.map(|v| v.to_string()).unwrap_or_default())
        };
        let number = |name: &str| -> Result<u64> {
            Ok(match fields.get(name)? {
                Some(ValueRef::TimeNs(ns) | ValueRef::DurationNs(ns)) => ns,
                _ => 0,
            })
        };
        let columns = conditions
            .iter()
            .map(|c| Ok(fields.get_name(&c.name)?.map(|v| (v.to_string(), json::value(v)))))
            .collect::<Result<_>>()?;
        Ok(Row {
            trace_id: text("trace:id")?,
            span_id: text("span:id")?,
            service: text("resource.service.name")?,
            name: text("span:name")?,
            kind: text("span:kind")?,
            status: text("span:status")?,
            start_ns: number("span:start")?,
            duration_ns: number("span:duration")?,
            columns,
        })
    }

    fn as_json(&self, conditions: &[Condition]) -> Value {
        let values = conditions.iter().zip(&self.columns);
        let fields: Map<String, Value> = values
            .filter_map(|(c, value)| Some((c.name.to_string(), value.as_ref()?.1.clone())))
            .collect();
        json!({
            "trace_id": self.trace_id,
            "span_id": self.span_id,
            "service": self.service,
            "name": self.name,
            "kind": self.kind,
            "status": self.status,
            "start_ns": self.start_ns,
            "duration_ns": self.duration_ns,
            "fields": fields,
        })
    }
}

/// Columns that every span is shown with; conditions on them need no column of their own.
const SHOWN: [&str; 6] = [
    "span:start",
    "resource.service.name",
    "span:name",
    "span:kind",
    "span:status",
    "span:duration",
];
/// Longest value of a column that is shown whole.
const VALUE_WIDTH: usize = 40;

fn as_table(rows: &[Row], conditions: &[Condition], count: u64) -> String {
    use Align::{Left, Right};
    let names: Vec<String> = conditions.iter().map(|c| c.name.to_string()).collect();
    let mut extra: Vec<usize> = Vec::new();
    for (i, name) in names.iter().enumerate() {
        if !SHOWN.contains(&name.as_str()) && !names[..i].contains(name) {
            extra.push(i);
        }
    }
    let mut heads = vec![
        ("start", Left),
        ("trace", Left),
        ("span", Left),
        ("service", Left),
        ("name", Left),
        ("kind", Left),
        ("status", Left),
        ("duration", Right),
    ];
    heads.extend(extra.iter().map(|&i| (names[i].as_str(), Left)));
    let mut table = Table::new(&heads);
    for row in rows {
        let mut cells = vec![
            human::time(row.start_ns),
            row.trace_id.clone(),
            row.span_id.clone(),
            row.service.clone(),
            fit(&row.name, VALUE_WIDTH),
            row.kind.clone(),
            row.status.clone(),
            human::duration(row.duration_ns),
        ];
        let value = |&i: &usize| row.columns[i].as_ref().map(|(text, _)| fit(text, VALUE_WIDTH));
        cells.extend(extra.iter().map(|i| value(i).unwrap_or_default()));
        table.row(cells);
    }
    let mut out = if rows.is_empty() { String::new() } else { table.render() + "\n" };
    let spans = if count == 1 { "span matches" } else { "spans match" };
    out.push_str(&format!("{} {spans}", human::count(count)));
    match rows.len() as u64 {
        shown if shown == count => {}
        1 => out.push_str(", the first one is shown"),
        shown => out.push_str(&format!(", the first {} are shown", human::count(shown))),
    }
    out.push('\n');
    out
}
