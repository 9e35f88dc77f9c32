//! `blockpack inspect`: what is in a block file.

use crate::failure::Result;
use crate::table::{Align, Table, fit};
use crate::{files, human, print};
use blockpack::file::reader::Reader;
use blockpack::value::{ValueType, text};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Show what a block file holds: spans, traces, time range, blocks and columns
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// File to look into
    #[arg(value_name = "FILE.bpk")]
    file: PathBuf,
    /// Also list the blocks, as JSON always does
    #[arg(short, long)]
    blocks: bool,
    /// Print JSON (keys: file, spans, traces, bytes, start_ns, end_ns, writer, blocks, columns)
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  blockpack inspect traces.bpk
  blockpack inspect traces.bpk --json | jq '.columns[] | select(.bytes > 1000000).name'";

/// A column over all blocks of the file.
#[derive(Default)]
struct Summary {
    blocks: u64,
    values: u64,
    bytes: u64,
    layouts: Vec<String>,
    encodings: Vec<String>,
}

/// Runs the command.
pub fn run(args: Args) -> Result<()> {
    let reader = files::open_blocks(&args.file)?;
    let columns = summarize(&reader)?;
    if args.json {
        return print::json(&as_json(&args, &reader, &columns));
    }
    let mut out = heading(&args, &reader);
    if args.blocks {
        out.push('\n');
        out.push_str(&block_table(&reader));
    }
    out.push('\n');
    out.push_str(&column_table(&reader, &columns));
    print::text(&out)
}

type Columns = BTreeMap<(String, &'static str), Summary>;

fn summarize(reader: &Reader) -> Result<Columns> {
    let mut columns = Columns::new();
    for column in reader.columns()? {
        let type_name = column.value_type.map_or("unknown", ValueType::name);
        let summary = columns.entry((text(column.name).into_owned(), type_name)).or_default();
        summary.blocks += column.blocks;
        summary.values += column.present;
        summary.bytes += column.bytes;
        for chunk in reader.chunks(column.index)? {
            insert(&mut summary.layouts, chunk.stored.layout_name().into());
            insert(&mut summary.encodings, chunk.stored.encoding_name());
        }
    }
    Ok(columns)
}

fn insert(names: &mut Vec<String>, name: String) {
    if !names.contains(&name) {
        names.push(name);
    }
}

fn times(reader: &Reader) -> Option<(u64, u64)> {
    let entries = reader.block_entries();
    Some((entries.iter().map(|b| b.min_start).min()?, entries.iter().map(|b| b.max_end).max()?))
}

fn heading(args: &Args, reader: &Reader) -> String {
    let spans = reader.rows();
    let each = human::bytes_a_span(reader.file_len(), spans);
    let mut out = format!(
        "{}: {} in {}{}, written by {}\n{} in {}\n",
        args.file.display(),
        human::bytes(reader.file_len()),
        human::counted(reader.block_count() as u64, "block"),
        each.map(|each| format!(", {each}")).unwrap_or_default(),
        reader.writer(),
        human::counted(spans, "span"),
        human::counted(reader.trace_count(), "trace"),
    );
    if let Some((start, end)) = times(reader) {
        out.push_str(&format!(
            "{} to {} ({})\n",
            human::time(start),
            human::time(end),
            human::duration(end.saturating_sub(start))
        ));
    }
    out
}

fn block_table(reader: &Reader) -> String {
    use Align::{Left, Right};
    let mut table = Table::new(&[
        ("block", Right),
        ("spans", Right),
        ("traces", Right),
        ("bytes", Right),
        ("start", Left),
        ("covers", Right),
    ]);
    for (i, block) in reader.block_entries().iter().enumerate() {
        table.row(vec![
            i.to_string(),
            human::count(block.rows.into()),
            human::count(block.traces.into()),
            human::bytes(block.len),
            human::time(block.min_start),
            human::duration(block.max_end - block.min_start),
        ]);
    }
    table.render()
}

/// Longest column name that is shown whole.
const NAME_WIDTH: usize = 48;

fn column_table(reader: &Reader, columns: &Columns) -> String {
    use Align::{Left, Right};
    let mut table = Table::new(&[
        ("column", Left),
        ("type", Left),
        ("values", Right),
        ("layout", Left),
        ("encoding", Left),
        ("bytes", Right),
        ("per span", Right),
    ]);
    for ((name, type_name), summary) in columns {
        table.row(vec![
            fit(name, NAME_WIDTH),
            (*type_name).to_owned(),
            human::count(summary.values),
            summary.layouts.join(", "),
            summary.encodings.join(", "),
            human::bytes(summary.bytes),
            format!("{:.2}", summary.bytes as f64 / reader.rows().max(1) as f64),
        ]);
    }
    table.render()
}

fn as_json(args: &Args, reader: &Reader, columns: &Columns) -> Value {
    let blocks = reader.block_entries().iter().map(|block| {
        json!({
            "spans": block.rows,
            "traces": block.traces,
            "bytes": block.len,
            "start_ns": block.min_start,
            "end_ns": block.max_end,
        })
    });
    let columns = columns.iter().map(|((name, type_name), summary)| {
        json!({
            "name": name,
            "type": type_name,
            "blocks": summary.blocks,
            "values": summary.values,
            "layouts": summary.layouts,
            "encodings": summary.encodings,
            "bytes": summary.bytes,
        })
    });
    let (start, end) = times(reader).unzip();
    json!({
        "file": args.file.display().to_string(),
        "spans": reader.rows(),
        "traces": reader.trace_count(),
        "bytes": reader.file_len(),
        "start_ns": start,
        "end_ns": end,
        "writer": reader.writer(),
        "blocks": blocks.collect::<Vec<_>>(),
        "columns": columns.collect::<Vec<_>>(),
    })
}
