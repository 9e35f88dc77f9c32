//! Checking everything that the format promises of a block.
//!
//! Reading never relies on more than what opening a column checks, so that hostile bytes cannot do
//! harm. But a block may be readable and still tell nonsense: a program that wrote it had a bug, or
//! memory failed before the checksums were made. Here every rule of `docs/format.md` is held against
//! all rows, one part of the rules in each file.

mod columns;
mod shapes;
mod tables;
mod trees;

use super::{Block, Column, Field};
use crate::error::{Error, ErrorKind, Result};
use crate::value::text;

impl Block {
    /// Checks every checksum, and that every column can be read: what the block says may then be
    /// nonsense, but is what its writer meant. Columns and codecs of a later version are passed over.
    pub fn verify_bytes(&self) -> Result<()> {
        for section in 0..self.sections().entries().len() as u32 {
            tolerate(self.sections().verify(section))
                .map_err(|e| self.locate(self.in_section(section, e)))?;
        }
        for index in 0..self.column_count() {
            tolerate(self.column(index).map(drop))?;
        }
        self.shape_count().map(drop)
    }

    /// Checks everything that the format promises: after [`Block::verify_bytes`] that columns,
    /// tables, shapes and trees agree with each other and follow the rules. Linear in the block's
    /// bytes, but for sorting the span ids of each trace.
    ///
    /// Errors: the first damage found; messages name the column.
    pub fn verify(&self) -> Result<()> {
        self.verify_bytes()?;
        let checks = [columns::check, tables::check, shapes::check, trees::check];
        checks.iter().try_for_each(|check| tolerate(check(self))).map_err(|e| self.locate(e))
    }

    /// Names the columns that a damaged section belongs to.
    #[cold]
    fn in_section(&self, section: u32, e: Error) -> Error {
        let mut users = self.columns().filter(|info| info.sections().any(|s| s == section));
        match (users.next(), users.count()) {
            (None, _) => e,
            (Some(info), 0) => e.context(text(info.name)),
            (Some(info), others) => {
                e.context(format_args!("{} and {others} other columns", text(info.name)))
            }
        }
    }

    /// The column of a fixed field, if there is one that this version can read.
    fn readable(&self, field: Field) -> Option<&Column<'_>> {
        self.field(field).ok().flatten()
    }
}

/// What this version does not know it cannot check.
fn tolerate(result: Result<()>) -> Result<()> {
    match result {
        Err(e) if e.kind() == ErrorKind::Unsupported => Ok(()),
        result => result,
    }
}
