//! `blockpack recover`: what is left of a damaged file.

use crate::failure::Result;
use crate::output::check_is_not_input;
use crate::progress::Progress;
use crate::write::{self, TargetArgs};
use crate::{human, print};
use blockpack::file::recover::recover;
use serde_json::json;
use std::path::PathBuf;

/// Write the whole blocks of a damaged file to a new one
///
/// Blocks are found by themselves, so index, header and end of the file may be damaged or missing. A
/// block with a wrong checksum is left out.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Damaged file
    #[arg(value_name = "FILE.bpk")]
    file: PathBuf,
    #[command(flatten)]
    target: TargetArgs,
    /// Print the summary as JSON (keys: spans, traces, blocks, bytes, skipped_bytes, seconds)
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  blockpack recover damaged.bpk -o saved.bpk
  blockpack recover .blockpack-0b6c4ad2.tmp -o unfinished.bpk";

/// Runs the command.
pub fn run(args: Args) -> Result<()> {
    check_is_not_input(&args.target.output, &args.file)?;
    let len = std::fs::metadata(&args.file).ok().map(|metadata| metadata.len());
    let mut progress = Progress::of_bytes(len);
    let recovered = recover(&args.file, &args.target.output, &args.target.options(), |at| {
        progress.advance(at - progress.done());
    })?;
    let took = progress.finish().as_secs_f64();
    if args.json {
        let others = json!({ "skipped_bytes": recovered.skipped, "seconds": took });
        return print::json(&write::as_json(&recovered.summary, others));
    }
    print::text(&format!(
        "{}, {took:.2} s\n{} of {} were in no whole block\n",
        write::as_text(&args.target.output, &recovered.summary),
        human::bytes(recovered.skipped),
        args.file.display(),
    ))
}
