//! Files that are read: block files, and OTLP.

use crate::failure::{Failure, Result};
use crate::progress::Progress;
use blockpack::file::format::MAGIC;
use blockpack::file::reader::{OpenOptions, Reader};
use blockpack::otlp::{Format, InputOptions, Records};
use blockpack::{Error, ErrorKind};
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

/// Opens a block file. Of a file of another kind the message says how to make one of it.
pub fn open_blocks(path: &Path) -> Result<Reader> {
    if path == Path::new("-") {
        let message = "a block file cannot be read from standard input: name one";
        return Err(Failure::Usage(message.into()));
    }
    Reader::open(path, &OpenOptions::default()).map_err(|error| match error.kind() {
        ErrorKind::NotBlockpack if path.is_file() => {
            Failure::Run(format!("{error}; 'blockpack ingest' makes one of OTLP"))
        }
        _ => error.into(),
    })
}

/// Whether a file begins as block files do. What can be read only once, a pipe say, is not looked into.
pub fn is_block_file(path: &Path) -> Result<bool> {
    if len(path)?.is_none() {
        return Ok(false);
    }
    let file = File::open(path).map_err(|e| opening(path, e))?;
    let mut start = Vec::new();
    let read = |e| Failure::io(format!("reading {}", path.display()), e);
    file.take(MAGIC.len() as u64).read_to_end(&mut start).map_err(read)?;
    Ok(start == MAGIC)
}

/// Bytes of a file that is to be read; standard input and pipes do not tell.
pub fn len(path: &Path) -> Result<Option<u64>> {
    if path == Path::new("-") {
        return Ok(None);
    }
    let found = fs::metadata(path).map_err(|e| opening(path, e))?;
    if found.is_dir() {
        return Err(Failure::Run(format!("{} is a folder, not a file", path.display())));
    }
    Ok(found.is_file().then_some(found.len()))
}

fn opening(path: &Path, error: std::io::Error) -> Failure {
    Failure::io(format!("opening {}", path.display()), error)
}

/// Gives all messages of an OTLP file to `each`; `-` is standard input.
pub fn read_otlp(
    path: &Path,
    format: Option<Format>,
    progress: &mut Progress,
    mut each: impl FnMut(&[u8]) -> blockpack::Result<()>,
) -> Result<()> {
    let options = InputOptions { format, ..InputOptions::default() };
    let stdin = path == Path::new("-");
    let name = if stdin { "standard input".to_owned() } else { path.display().to_string() };
    let in_file = |e: Error| e.context(&name);
    let mut records = match stdin {
        true => Records::new(std::io::stdin(), options).map_err(in_file)?,
        false => Records::open(path, options)?,
    };
    let mut message = Vec::new();
    let mut seen = 0;
    while records.next(&mut message).map_err(in_file)? {
        let (index, at) = (records.count().saturating_sub(1), records.record_offset());
        let in_record = |e: Error| e.context(format_args!("record {index} at byte {at}"));
        each(&message).map_err(|e| in_file(in_record(e)))?;
        progress.advance(records.consumed() - seen);
        seen = records.consumed();
    }
    Ok(())
}
