//! `blockpack verify`: whether files are in order.

use crate::failure::{Failure, Result};
use crate::progress::Progress;
use crate::{human, print};
use blockpack::Error;
use blockpack::file::reader::{OpenOptions, Reader};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Check block files: every checksum, and everything the format promises
///
/// Reads all of each file. Of a damaged one, every damaged block is named with the first thing that is
/// wrong in it; 'blockpack recover' saves the others. Exit status 1 if a file is damaged.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Files to check
    #[arg(required = true, value_name = "FILE.bpk")]
    files: Vec<PathBuf>,
    /// Print JSON (keys: files, damaged, seconds; of a file: file, spans, traces, blocks, bytes,
    /// damage, a list of messages)
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  blockpack verify traces.bpk
  blockpack verify backup/*.bpk --json | jq -r '.files[] | select(.damage != []).file'";

/// What was found in a file.
struct Report<'a> {
    path: &'a Path,
    /// Unless it cannot be opened at all.
    reader: Option<Reader>,
    damage: Vec<Error>,
}

/// Runs the command.
pub fn run(args: Args) -> Result<()> {
    let mut reports: Vec<Report<'_>> = args.files.iter().map(|path| open(path)).collect();
    let readers = || reports.iter().filter_map(|report| report.reader.as_ref());
    let mut progress = Progress::of_bytes(Some(readers().map(Reader::file_len).sum()));
    for report in &mut reports {
        check(report, &mut progress);
    }
    let seconds = progress.finish().as_secs_f64();
    let damaged = reports.iter().filter(|report| !report.damage.is_empty()).count();
    let printed = match args.json {
        true => print::json(&json!({
            "files": reports.iter().map(as_json).collect::<Vec<_>>(),
            "damaged": damaged,
            "seconds": seconds,
        })),
        false => print::text(&reports.iter().map(as_text).collect::<String>()),
    };
    match damaged {
        0 => printed,
        // Whether or not anybody read which.
        _ => {
            let files = human::counted(reports.len() as u64, "file");
            Err(Failure::Run(format!("{damaged} of {files} not in order")))
        }
    }
}

fn open(path: &Path) -> Report<'_> {
    match Reader::open(path, &OpenOptions::default()) {
        Ok(reader) => Report { path, reader: Some(reader), damage: Vec::new() },
        Err(error) => Report { path, reader: None, damage: vec![error] },
    }
}

fn check(report: &mut Report<'_>, progress: &mut Progress) {
    let Some(reader) = &report.reader else { return };
    for (index, entry) in reader.block_entries().iter().enumerate() {
        report.damage.extend(reader.verify_block(index).err());
        progress.advance(entry.len);
    }
    report.damage.extend(reader.verify_regions().err());
    progress.advance(reader.regions().iter().map(|region| region.len).sum());
    // Of damaged parts that would say the same again.
    if report.damage.is_empty() {
        report.damage.extend(reader.verify_indexes().err());
    }
}

fn as_text(report: &Report<'_>) -> String {
    let mut out: String =
        report.damage.iter().map(|error| format!("{}\n", error.message())).collect();
    if let (Some(reader), true) = (&report.reader, report.damage.is_empty()) {
        out.push_str(&format!(
            "{}: in order: {} in {} and {}, {}\n",
            report.path.display(),
            human::counted(reader.rows(), "span"),
            human::counted(reader.trace_count(), "trace"),
            human::counted(reader.block_count() as u64, "block"),
            human::bytes(reader.file_len()),
        ));
    }
    out
}

fn as_json(report: &Report<'_>) -> Value {
    let reader = report.reader.as_ref();
    json!({
        "file": report.path.display().to_string(),
        "spans": reader.map(Reader::rows),
        "traces": reader.map(Reader::trace_count),
        "blocks": reader.map(Reader::block_count),
        "bytes": reader.map(Reader::file_len),
        "damage": report.damage.iter().map(Error::message).collect::<Vec<_>>(),
    })
}
