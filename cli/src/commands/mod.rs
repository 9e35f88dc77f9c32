//! The subcommands, one file each: arguments, and `run`.

mod export;
mod generate;
mod graph;
mod ingest;
mod inspect;
mod merge;
mod query;
mod recover;
mod scan;
mod tags;
pub mod trace;
mod verify;

use crate::failure::Result;
use clap::Subcommand;

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    Ingest(ingest::Args),
    Inspect(inspect::Args),
    Query(query::Args),
    Scan(scan::Args),
    Tags(tags::Args),
    Trace(trace::Args),
    Graph(graph::Args),
    Export(export::Args),
    Merge(merge::Args),
    Verify(verify::Args),
    Recover(recover::Args),
    Generate(generate::Args),
}

impl Command {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        match self {
            Command::Ingest(args) => ingest::run(args),
            Command::Inspect(args) => inspect::run(args),
            Command::Query(args) => query::run(args),
            Command::Scan(args) => scan::run(args),
            Command::Tags(args) => tags::run(args),
            Command::Trace(args) => trace::run(args),
            Command::Graph(args) => graph::run(args),
            Command::Export(args) => export::run(args),
            Command::Merge(args) => merge::run(args),
            Command::Verify(args) => verify::run(args),
            Command::Recover(args) => recover::run(args),
            Command::Generate(args) => generate::run(args),
        }
    }
}
