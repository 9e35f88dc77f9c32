//! The subcommands, one file each: arguments, and `run`.

mod generate;

use crate::failure::Result;
use clap::Subcommand;

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    Generate(generate::Args),
}

impl Command {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        match self {
            Command::Generate(args) => generate::run(args),
        }
    }
}
