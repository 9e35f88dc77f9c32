//! Saving the blocks of a damaged file.

use super::format::{HEADER_LEN, Header, MAGIC, read};
use super::pread::PreadFile;
use super::source::{Source, read_at};
use super::writer::{FileWriter, Summary, WriteOptions};
use crate::block::format::{BlockHeader, MAGIC as BLOCK_MAGIC};
use crate::block::{Block, BlockBytes};
use crate::bytes::{ALIGN, Bytes};
use crate::error::{Error, ErrorKind, Result};
use std::path::Path;

/// What could be saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// What was written.
    pub summary: Summary,
    /// Bytes of the damaged file that are in no whole block; its index and padding count too.
    pub skipped: u64,
}

/// Writes the whole blocks of the file `damaged` to the new file `out`.
///
/// Blocks are found by their headers, not by the file's index, so header, tail and trailer may be
/// damaged or missing. A block counts as whole if every checksum in it holds; others are left out.
/// `progress` is told up to which byte the file was searched, after each block.
///
/// Errors: [`ErrorKind::NotBlockpack`] if there is no whole block; [`ErrorKind::Unsupported`] if
/// the file has features this version cannot rewrite; those of [`FileWriter`].
pub fn recover(
    damaged: &Path,
    out: &Path,
    options: &WriteOptions,
    mut progress: impl FnMut(u64),
) -> Result<Recovered> {
    let source = PreadFile::open(damaged)?;
    check_rewritable(&source)?;
    let mut writer = FileWriter::create(out, options)?;
    let (mut at, mut saved) = (0, 0);
    while let Some(candidate) = find_magic(&source, at) {
        match whole_block(&source, candidate) {
            Some((block, len)) => {
                writer.append_block(&block)?;
                saved += len;
                at = candidate + len;
            }
            None => at = candidate + 1,
        }
        progress(at);
    }
    if saved == 0 {
        let message = format!("{}: there is no whole block in it", source.name());
        return Err(Error::new(ErrorKind::NotBlockpack, message));
    }
    Ok(Recovered { summary: writer.finish()?, skipped: source.len() - saved })
}

fn check_rewritable(source: &PreadFile) -> Result<()> {
    let start = read_at(source, 0, HEADER_LEN.min(source.len()))?;
    match read::<Header>(&start) {
        Some(header)
            if header.magic == MAGIC && header.sealed() == header && !header.rewritable() =>
        {
            let message = format!(
                "{}: it has features ({:#x}) that this library can read but not rewrite: use a \
                 newer one",
                source.name(),
                header.ro_compat
            );
            Err(Error::new(ErrorKind::Unsupported, message))
        }
        _ => Ok(()),
    }
}

/// The next offset from `from` on, a multiple of 64, where a block may begin. What cannot be read
/// is passed over.
fn find_magic(source: &PreadFile, from: u64) -> Option<u64> {
    const WINDOW: u64 = 1 << 20;
    let mut at = from.checked_next_multiple_of(ALIGN as u64)?;
    while at < source.len() {
        let window = read_at(source, at, WINDOW.min(source.len() - at)).unwrap_or_default();
        let found = window.chunks(ALIGN).position(|chunk| chunk.starts_with(&BLOCK_MAGIC));
        if let Some(chunk) = found {
            return Some(at + (chunk * ALIGN) as u64);
        }
        at += WINDOW;
    }
    None
}

/// The block at `offset` and its length, if all of it is in order.
fn whole_block(source: &PreadFile, offset: u64) -> Option<(Block, u64)> {
    let head = read_at(source, offset, size_of::<BlockHeader>() as u64).ok()?;
    let len = read::<BlockHeader>(&head)?.block_len;
    let bytes: Bytes = read_at(source, offset, len).ok()?;
    let block = Block::open(BlockBytes::Whole(bytes)).ok()?;
    block.verify_bytes().ok()?;
    Some((block, len))
}
