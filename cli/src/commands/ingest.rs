//! `blockpack ingest`: OTLP files into one block file.

use crate::failure::{Failure, Result};
use crate::progress::Progress;
use crate::{human, print};
use blockpack::block::build::{BlockOptions, Profile};
use blockpack::file::writer::{FileWriter, WriteOptions};
use blockpack::ingest::{Ingest, IngestOptions};
use blockpack::otlp::{Format, InputOptions, Records};
use clap::ValueEnum;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Write the spans of OTLP files into one block file
///
/// Takes protobuf (one TracesData message, or messages that each follow their length) and OTLP/JSON
/// (one object a line), as they are or compressed with gzip or zstd; what a file is, its bytes tell.
/// The file appears only when it is complete.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// OTLP files, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    inputs: Vec<PathBuf>,
    /// File to write
    #[arg(short, long, value_name = "OUT.bpk")]
    output: PathBuf,
    /// Replace OUT.bpk if it is there
    #[arg(short, long)]
    force: bool,
    /// hot scans in place; archive is smaller and decodes what it touches
    #[arg(short, long, value_enum, default_value_t = ProfileArg::Hot)]
    profile: ProfileArg,
    /// Format of the inputs, if it is not to be told from their bytes
    #[arg(long, value_enum)]
    format: Option<FormatArg>,
    /// Spans in a block, at most
    #[arg(long, value_name = "ROWS", default_value_t = 32_768, value_parser = clap::value_parser!(u32).range(1..))]
    block_rows: u32,
    /// Threads that build blocks [default: one per core]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// Print the summary as JSON (keys: spans, traces, blocks, bytes, input_bytes, seconds)
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum ProfileArg {
    Hot,
    Archive,
}

#[derive(Clone, Copy, ValueEnum)]
enum FormatArg {
    /// One protobuf TracesData message
    Pb,
    /// Protobuf messages, each after its length as a varint
    Pbd,
    /// OTLP/JSON, one object a line
    Jsonl,
}

const EXAMPLES: &str = "\
Examples:
  blockpack ingest traces.pbd.zst -o traces.bpk
  blockpack ingest monday/*.jsonl.gz -o monday.bpk --profile archive
  curl -s http://localhost/export | blockpack ingest - -o export.bpk";

/// Runs the command.
pub fn run(args: Args) -> Result<()> {
    let lengths = args.inputs.iter().map(|path| input_len(path)).collect::<Result<Vec<_>>>()?;
    let mut progress = Progress::of_bytes(lengths.iter().sum());
    let mut ingest = Ingest::create(&args.output, options(&args))?;
    for path in &args.inputs {
        add_input(path, &args, &mut ingest, &mut progress)?;
    }
    let input_bytes = progress.done();
    let summary = ingest.finish()?;
    let took = progress.finish().as_secs_f64();
    if args.json {
        return print::json(&json!({
            "spans": summary.spans,
            "traces": summary.traces,
            "blocks": summary.blocks,
            "bytes": summary.bytes,
            "input_bytes": input_bytes,
            "seconds": took,
        }));
    }
    print::text(&format!(
        "{}: {} spans in {} traces and {} blocks, {} ({:.1} bytes a span), {:.2} s\n",
        args.output.display(),
        human::count(summary.spans),
        human::count(summary.traces),
        human::count(summary.blocks),
        human::bytes(summary.bytes),
        summary.bytes as f64 / summary.spans.max(1) as f64,
        took,
    ))
}

fn options(args: &Args) -> IngestOptions {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let profile = match args.profile {
        ProfileArg::Hot => Profile::Hot,
        ProfileArg::Archive => Profile::Archive,
    };
    IngestOptions {
        block: BlockOptions {
            max_rows: args.block_rows as usize,
            profile,
            ..BlockOptions::default()
        },
        threads: args.threads.map_or_else(cores, usize::from),
        file: WriteOptions { overwrite: args.force },
        ..IngestOptions::default()
    }
}

/// Length of an input in bytes, for the progress bar; standard input does not tell.
fn input_len(path: &Path) -> Result<u64> {
    if path == Path::new("-") {
        return Ok(0);
    }
    let read = |e| Failure::io(format!("opening {}", path.display()), e);
    let metadata = std::fs::metadata(path).map_err(read)?;
    if metadata.is_dir() {
        return Err(Failure::Run(format!("{} is a folder, not a file", path.display())));
    }
    Ok(metadata.len())
}

fn add_input(
    path: &Path,
    args: &Args,
    ingest: &mut Ingest<FileWriter>,
    progress: &mut Progress,
) -> Result<()> {
    let options = InputOptions {
        format: args.format.map(|format| match format {
            FormatArg::Pb => Format::Protobuf,
            FormatArg::Pbd => Format::Delimited,
            FormatArg::Jsonl => Format::Json,
        }),
        ..InputOptions::default()
    };
    let mut records = match path == Path::new("-") {
        true => Records::new(std::io::stdin(), options)?,
        false => Records::open(path, options)?,
    };
    let in_file = |e: blockpack::Error| e.context(path.display());
    let mut message = Vec::new();
    let mut seen = 0;
    while records.next(&mut message).map_err(in_file)? {
        let number = records.count();
        ingest.add(&message).map_err(|e| in_file(e.context(format_args!("record {number}"))))?;
        progress.advance(records.consumed() - seen);
        seen = records.consumed();
    }
    Ok(())
}
