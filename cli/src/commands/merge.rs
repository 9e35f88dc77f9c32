//! `blockpack merge`: several block files into one.

use crate::failure::Result;
use crate::progress::Progress;
use crate::write::{self, BlockArgs, TargetArgs};
use crate::{files, human, print};
use blockpack::file::reader::Reader;
use blockpack::merge::{MergeOptions, merge};
use serde_json::json;
use std::path::PathBuf;

/// Merge block files into one: traces joined, duplicates of spans dropped
///
/// The spans of a trace come together from all files, and from all blocks of a file. Of spans that are
/// exactly the same, resource and scope included, one stays. The file appears only when it is
/// complete, and may replace one of those it is made from.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Files to merge
    #[arg(required = true, value_name = "FILE.bpk")]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    block: BlockArgs,
    /// Print the summary as JSON (keys: spans, traces, blocks, bytes, spans_in, duplicates, joined,
    /// seconds; joined counts the traces that came in several parts)
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  blockpack merge hour-*.bpk -o day.bpk
  blockpack merge day.bpk -o day.bpk --force --profile archive";

/// Runs the command.
pub fn run(args: Args) -> Result<()> {
    let open = |path: &PathBuf| files::open_blocks(path);
    let inputs = args.inputs.iter().map(open).collect::<Result<Vec<_>>>()?;
    let mut progress = Progress::new(inputs.iter().map(Reader::rows).sum(), "spans");
    let options = MergeOptions {
        block: args.block.options(),
        threads: args.block.threads(),
        file: args.target.options(),
    };
    let merged = merge(&inputs, &args.target.output, &options, |spans| {
        progress.advance(spans - progress.done());
        Ok(())
    })?;
    let took = progress.finish().as_secs_f64();
    if args.json {
        let others = json!({
            "spans_in": merged.spans_in,
            "duplicates": merged.duplicates,
            "joined": merged.joined,
            "seconds": took,
        });
        return print::json(&write::as_json(&merged.output, others));
    }
    print::text(&format!(
        "{}, {took:.2} s\n{} read, {} dropped, {} joined\n",
        write::as_text(&args.target.output, &merged.output),
        human::counted(merged.spans_in, "span"),
        human::counted(merged.duplicates, "duplicate"),
        human::counted(merged.joined, "trace"),
    ))
}
