//! What ends a command early, and how the user is told.

use blockpack::ErrorKind;
use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

/// Result of running a command.
pub type Result<T> = std::result::Result<T, Failure>;

/// Why a command stopped.
#[derive(Debug)]
pub enum Failure {
    /// It could not do its work; the message is for the user.
    Run(String),
    /// Its arguments do not fit together (what clap finds itself never comes here).
    Usage(String),
    /// Nobody reads its output any more.
    BrokenPipe,
}

impl Failure {
    /// An input or output error; `doing` names the operation and the path.
    pub fn io(doing: impl fmt::Display, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::BrokenPipe,
            _ => Failure::Run(format!("{doing}: {error}")),
        }
    }

    /// Tells the user on standard error and gives the exit status.
    pub fn report(self) -> ExitCode {
        match self {
            Failure::Run(message) => {
                say(format_args!("blockpack: error: {message}"));
                ExitCode::FAILURE
            }
            Failure::Usage(message) => {
                say(format_args!("blockpack: error: {message}"));
                ExitCode::from(crate::USAGE)
            }
            Failure::BrokenPipe => ExitCode::SUCCESS,
        }
    }
}

/// Writes a line to standard error, without characters that would move the cursor: files can be called
/// anything. `eprintln!` would panic if nobody reads it.
pub fn say(line: fmt::Arguments<'_>) {
    let moves = |c: char| c.is_control() && c != '\n';
    let _ = writeln!(io::stderr(), "{}", line.to_string().replace(moves, " "));
}

impl From<blockpack::Error> for Failure {
    fn from(error: blockpack::Error) -> Self {
        let source = std::error::Error::source(&error).and_then(|s| s.downcast_ref::<io::Error>());
        match source.map(io::Error::kind) {
            Some(io::ErrorKind::BrokenPipe) => Failure::BrokenPipe,
            // Only files that are published ask for names that are free.
            Some(io::ErrorKind::AlreadyExists) => Failure::Run(format!("{error} (--force)")),
            _ if error.kind() == ErrorKind::Checksum => {
                Failure::Run(format!("{error}; 'blockpack recover' saves the whole blocks"))
            }
            _ => Failure::Run(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_pipe_is_quiet_wherever_it_was_noticed() {
        let closed = || io::Error::from(io::ErrorKind::BrokenPipe);
        assert!(matches!(Failure::io("writing", closed()), Failure::BrokenPipe));
        let engine = blockpack::Error::io("writing", closed());
        assert!(matches!(Failure::from(engine), Failure::BrokenPipe));
    }

    #[test]
    fn messages_say_what_was_being_done() {
        let missing = io::Error::from(io::ErrorKind::NotFound);
        let Failure::Run(message) = Failure::io("opening spans.pbd", missing) else {
            panic!("not a failure at run time")
        };
        assert!(message.starts_with("opening spans.pbd: "), "{message}");
    }
}
