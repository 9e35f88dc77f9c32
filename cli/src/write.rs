//! What the commands that write a block file have in common.

use crate::human;
use blockpack::block::build::{BlockOptions, Profile};
use blockpack::file::writer::{Summary, WriteOptions};
use clap::ValueEnum;
use clap::builder::{PathBufValueParser, TypedValueParser};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// Where a file is published.
#[derive(clap::Args)]
pub struct TargetArgs {
    /// File to write
    #[arg(short, long, value_name = "OUT.bpk", value_parser = PathBufValueParser::new().try_map(target))]
    pub output: PathBuf,
    /// Replace OUT.bpk if it is there
    #[arg(short, long)]
    pub force: bool,
}

/// Where a block file can be published.
fn target(path: PathBuf) -> Result<PathBuf, &'static str> {
    match path == Path::new("-") {
        true => Err("a block file cannot be written to standard output: name one"),
        false => Ok(path),
    }
}

impl TargetArgs {
    /// The engine's options.
    pub fn options(&self) -> WriteOptions {
        WriteOptions { overwrite: self.force }
    }
}

/// How its blocks are built.
#[derive(clap::Args)]
pub struct BlockArgs {
    /// hot scans in place; archive is smaller and decodes what it touches
    #[arg(short, long, value_enum, default_value_t = ProfileArg::Hot)]
    profile: ProfileArg,
    /// Spans in a block, at most
    #[arg(long, value_name = "ROWS", default_value_t = 32_768, value_parser = clap::value_parser!(u32).range(1..))]
    block_rows: u32,
    /// Threads that build blocks [default: one per core]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
}

#[derive(Clone, Copy, ValueEnum)]
enum ProfileArg {
    Hot,
    Archive,
}

impl BlockArgs {
    /// The engine's options.
    pub fn options(&self) -> BlockOptions {
        let profile = match self.profile {
            ProfileArg::Hot => Profile::Hot,
            ProfileArg::Archive => Profile::Archive,
        };
        BlockOptions { max_rows: self.block_rows as usize, profile, ..BlockOptions::default() }
    }

    /// How many threads build blocks.
    pub fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        self.threads.map_or_else(cores, usize::from)
    }
}

/// What was written, for people; without a line end.
pub fn as_text(path: &Path, summary: &Summary) -> String {
    let each = human::bytes_a_span(summary.bytes, summary.spans);
    format!(
        "{}: {} in {} and {}, {}{}",
        path.display(),
        human::counted(summary.spans, "span"),
        human::counted(summary.traces, "trace"),
        human::counted(summary.blocks, "block"),
        human::bytes(summary.bytes),
        each.map(|each| format!(" ({each})")).unwrap_or_default(),
    )
}

/// What was written, as JSON with the keys spans, traces, blocks and bytes, and `others` behind.
pub fn as_json(summary: &Summary, others: Value) -> Value {
    let mut keys = Map::new();
    let written = json!({
        "spans": summary.spans,
        "traces": summary.traces,
        "blocks": summary.blocks,
        "bytes": summary.bytes,
    });
    for part in [written, others] {
        if let Value::Object(mut part) = part {
            keys.append(&mut part);
        }
    }
    Value::Object(keys)
}
