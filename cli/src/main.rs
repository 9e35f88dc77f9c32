//! The `blockpack` command: write, look into and query block files.
//!
//! Exit status: 0 done, 1 failed while running, 2 wrong usage. A reader that went away (a closed
//! pipe) ends the command quietly.

mod arrow;
mod commands;
mod condition;
mod failure;
mod files;
mod generate;
mod hint;
mod human;
mod json;
mod output;
mod print;
mod progress;
mod query;
mod series;
mod service_map;
mod table;
mod tree;
mod waterfall;
mod write;
mod xml;

use clap::Parser;
use clap::error::ErrorKind;
use std::process::ExitCode;

/// Exit status of a command that was used wrongly.
const USAGE: u8 = 2;

/// Write, look into and query files of OpenTelemetry spans.
#[derive(Parser)]
#[command(name = "blockpack", version, arg_required_else_help = true, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: commands::Command,
}

const EXAMPLES: &str = "\
Run 'blockpack COMMAND --help' for the options of a command and examples.";

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            let why = match error.kind() {
                ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                    "error: a command is needed\n\n"
                }
                _ => "",
            };
            let message = error.render().to_string();
            failure::say(format_args!("blockpack: {why}{}", message.trim_end()));
            return ExitCode::from(USAGE);
        }
        Err(help_or_version) => return print(&help_or_version),
    };
    match cli.command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// Prints what somebody asked to be told about the command.
fn print(help_or_version: &clap::Error) -> ExitCode {
    match help_or_version.print() {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => failure::Failure::io("writing standard output", e).report(),
    }
}
