//! Files read with `pread`: slower than a mapping, but nothing another process does to the file
//! can be worse than an error. For network file systems, directories one doesn't trust, and hosts
//! with strict memory limits.

use super::source::{ReadRange, Source, check_ranges, short_read};
use crate::error::{Error, ErrorKind, Result};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// A file that is read piece by piece; holds one file descriptor.
pub struct PreadFile {
    name: String,
    file: File,
    len: u64,
}

impl PreadFile {
    /// Opens the regular file at `path`.
    ///
    /// Errors: [`ErrorKind::Io`] if it cannot be opened, [`ErrorKind::NotBlockpack`] if it is not
    /// a regular file.
    pub fn open(path: &Path) -> Result<Self> {
        let (file, len) = open_regular(path)?;
        Ok(PreadFile { name: path.display().to_string(), file, len })
    }
}

impl Source for PreadFile {
    fn name(&self) -> &str {
        &self.name
    }

    fn len(&self) -> u64 {
        self.len
    }

    fn read(&self, ranges: &mut [ReadRange<'_>]) -> Result<()> {
        check_ranges(self, ranges)?;
        for range in ranges {
            self.file.read_exact_at(range.dst, range.offset).map_err(|e| match e.kind() {
                io::ErrorKind::UnexpectedEof => {
                    let now = self.file.metadata().map_or(0, |m| m.len());
                    short_read(&self.name, range.offset, range.dst.len() as u64, now)
                }
                _ => Error::io(format!("reading {} at offset {}", self.name, range.offset), e)
                    .at(range.offset),
            })?;
        }
        Ok(())
    }
}

/// Opens `path` for reading and tells its length. Looks before it opens, because opening a pipe
/// waits for a writer.
pub(super) fn open_regular(path: &Path) -> Result<(File, u64)> {
    let opening = |e| Error::io(format!("opening {}", path.display()), e);
    if !std::fs::metadata(path).map_err(opening)?.is_file() {
        let message = format!("{}: not a regular file", path.display());
        return Err(Error::new(ErrorKind::NotBlockpack, message));
    }
    let file = File::open(path).map_err(opening)?;
    let len = file.metadata().map_err(opening)?.len();
    Ok((file, len))
}
