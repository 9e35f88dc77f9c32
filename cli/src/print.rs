//! Text and JSON on standard output.

use crate::failure::{Failure, Result};
use std::io::Write;

/// Prints `text` as it is.
pub fn text(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let write = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    write.map_err(|e| Failure::io("writing standard output", e))
}

/// Prints one JSON document.
pub fn json(value: &serde_json::Value) -> Result<()> {
    let pretty = serde_json::to_string_pretty(value).map_err(|e| Failure::Run(e.to_string()))?;
    text(&format!("{pretty}\n"))
}
