//! OTLP in any encoding, record by record.

use crate::error::Failure;
use blockpack_engine::Error;
use blockpack_engine::otlp::{InputOptions, Records};
use std::path::Path;

/// Hands each record of `input` to `add` as a protobuf message, up to the first that fails.
pub fn add_bytes(input: &[u8], add: impl FnMut(&[u8]) -> Result<(), Error>) -> Result<(), Failure> {
    feed(Records::new(input, InputOptions::default())?, add).map_err(Failure::from)
}

/// As [`add_bytes`], of a file.
pub fn add_file(path: &Path, add: impl FnMut(&[u8]) -> Result<(), Error>) -> Result<(), Failure> {
    let records = Records::open(path, InputOptions::default())?;
    feed(records, add).map_err(|e| e.context(path.display()).into())
}

fn feed(
    mut records: Records<'_>,
    mut add: impl FnMut(&[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut message = Vec::new();
    while records.next(&mut message)? {
        let (index, at) = (records.count().saturating_sub(1), records.record_offset());
        add(&message).map_err(|e| e.context(format_args!("record {index} at byte {at}")))?;
    }
    Ok(())
}
