//! `blockpack ingest`: OTLP files into one block file.

use crate::failure::{Failure, Result};
use crate::output::check_is_not_input;
use crate::progress::Progress;
use crate::write::{self, BlockArgs, TargetArgs};
use crate::{files, print};
use blockpack::ingest::{Ingest, IngestOptions};
use blockpack::otlp::Format;
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
    args.inputs.iter().try_for_each(|path| check_is_not_input(&args.target.output, path))?;
    let lengths = args.inputs.iter().map(|path| input_len(path)).collect::<Result<Vec<_>>>()?;
    let mut progress = Progress::of_bytes(lengths.into_iter().sum());
    let options = IngestOptions {
        block: args.block.options(),
        threads: args.block.threads(),
        file: args.target.options(),
        ..IngestOptions::default()
    };
    let mut ingest = Ingest::create(&args.target.output, options)?;
    let format = args.format.map(|format| match format {
        FormatArg::Pb => Format::Protobuf,
        FormatArg::Pbd => Format::Delimited,
        FormatArg::Jsonl => Format::Json,
    });
    for path in &args.inputs {
        files::read_otlp(path, format, &mut progress, |message| ingest.add(message))?;
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

/// Bytes of an input, if known; block files are refused.
fn input_len(path: &Path) -> Result<Option<u64>> {
    if files::is_block_file(path)? {
        let hint = "is a block file already; 'blockpack merge' makes one of several";
        return Err(Failure::Run(format!("{} {hint}", path.display())));
    }
    files::len(path)
}
