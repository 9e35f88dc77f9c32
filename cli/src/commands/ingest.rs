//! `blockpack ingest`: OTLP files into one block file.

use crate::failure::{Failure, Result};
use crate::print;
use crate::progress::Progress;
use crate::write::{self, BlockArgs, TargetArgs};
use blockpack::file::writer::FileWriter;
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
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    block: BlockArgs,
    /// Format of the inputs, if it is not to be told from their bytes
    #[arg(long, value_enum)]
    format: Option<FormatArg>,
    /// Print the summary as JSON (keys: spans, traces, blocks, bytes, input_bytes, seconds)
    #[arg(long)]
    json: bool,
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
    let options = IngestOptions {
        block: args.block.options(),
        threads: args.block.threads(),
        file: args.target.options(),
        ..IngestOptions::default()
    };
    let mut ingest = Ingest::create(&args.target.output, options)?;
    for path in &args.inputs {
        add_input(path, &args, &mut ingest, &mut progress)?;
    }
    let input_bytes = progress.done();
    let summary = ingest.finish()?;
    let took = progress.finish().as_secs_f64();
    if args.json {
        let others = json!({ "input_bytes": input_bytes, "seconds": took });
        return print::json(&write::as_json(&summary, others));
    }
    print::text(&format!("{}, {took:.2} s\n", write::as_text(&args.target.output, &summary)))
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
