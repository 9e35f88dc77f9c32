//! Text and JSON on standard output.

use crate::failure::{Failure, Result};
use std::io::{self, BufWriter, StdoutLock, Write};

/// Text that is printed piece by piece, where all of it might not fit into memory.
pub struct Pieces(BufWriter<StdoutLock<'static>>);

impl Pieces {
    /// Nothing printed yet.
    pub fn new() -> Self {
        Pieces(BufWriter::new(io::stdout().lock()))
    }

    /// Prints `text` behind what was printed.
    pub fn put(&mut self, text: &str) -> Result<()> {
        self.0.write_all(text.as_bytes()).map_err(failed)
    }

    /// Brings everything out.
    pub fn finish(mut self) -> Result<()> {
        self.0.flush().map_err(failed)
    }
}

fn failed(e: io::Error) -> Failure {
    Failure::io("writing standard output", e)
}

/// Prints `text` as it is.
pub fn text(text: &str) -> Result<()> {
    let mut out = Pieces::new();
    out.put(text)?;
    out.finish()
}

/// Prints one JSON document.
pub fn json(value: &serde_json::Value) -> Result<()> {
    let pretty = serde_json::to_string_pretty(value).map_err(|e| Failure::Run(e.to_string()))?;
    text(&format!("{pretty}\n"))
}
