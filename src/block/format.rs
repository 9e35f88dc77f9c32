//! The bytes of a block: header, directory entries and limits.
//!
//! A block is one contiguous run of bytes:
//!
//! ```text
//! header (128) | section entries (32 each) | column entries (80 each) | names | sections
//! ```
//!
//! Everything is little-endian and fixed-width, so that a mapped block is read in place. Sections
//! start at multiples of 64 bytes, for vector loads and casts. `docs/format.md` is the
//! specification; this file is its mirror in code.

use crate::error::{Error, ErrorKind, Result};
use bytemuck::{Pod, Zeroable};

#[cfg(target_endian = "big")]
compile_error!("blocks are read in place, and are little-endian");

/// First bytes of a block.
pub const MAGIC: [u8; 8] = *b"BPKBLOCK";
/// Version of the block layout this code writes.
pub const VERSION: u16 = 1;
/// Alignment of sections, in bytes: a cache line, and the widest vector register.
pub const ALIGN: usize = 64;
/// Stands where a column entry has no such section.
pub const NO_SECTION: u32 = u32::MAX;
/// Stands in a shape for "the next residual value of this row".
pub const RESIDUAL_ITEM: u32 = u32::MAX;
/// Largest table, in rows.
pub const MAX_ROWS: usize = u32::MAX as usize - 1;

/// Header of a block. Offsets in bytes are those of the fields in order.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct BlockHeader {
    /// 0: [`MAGIC`].
    pub magic: [u8; 8],
    /// 8: [`VERSION`].
    pub version: u16,
    /// 10: zero.
    pub reserved0: u16,
    /// 12: bytes of the names behind the column entries.
    pub names_len: u32,
    /// 16: bytes of the whole block.
    pub block_len: u64,
    /// 24: features a reader must know to read this block at all.
    pub incompat: u64,
    /// 32: earliest start of a span, nanoseconds since the epoch.
    pub min_start: u64,
    /// 40: latest end of a span, nanoseconds since the epoch.
    pub max_end: u64,
    /// 48: number of section entries.
    pub section_count: u32,
    /// 52: number of column entries.
    pub column_count: u32,
    /// 56: rows of each table, by [`super::Table`] number; the eighth is zero.
    pub table_rows: [u32; 8],
    /// 88: section with the ends of the shapes, as `u32`.
    pub shape_ends: u32,
    /// 92: section with the shapes' items: column indexes, as `u32`.
    pub shape_items: u32,
    /// 96: zero.
    pub reserved1: [u64; 2],
    /// 112: xxh3-64 of the directory: section entries, column entries and names.
    pub directory_hash: u64,
    /// 120: xxh3-64 of the 120 bytes before.
    pub header_hash: u64,
}

/// One section: where its bytes are and how they are stored.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct SectionEntry {
    /// 0: offset from the start of the block, in units of 64 bytes.
    pub offset: u32,
    /// 4: what it holds, see [`SectionKind`]; for tools.
    pub kind: u8,
    /// 5: codec, see [`Codec`].
    pub codec: u8,
    /// 6: zero.
    pub reserved: u16,
    /// 8: stored bytes.
    pub stored_len: u64,
    /// 16: bytes after decoding.
    pub len: u64,
    /// 24: xxh3-64 of the stored bytes.
    pub hash: u64,
}

/// One column. Section fields are indexes of section entries or [`NO_SECTION`].
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct ColumnEntry {
    /// 0: [`super::Table`] number.
    pub table: u8,
    /// 1: 1 for an attribute, 0 for a fixed column.
    pub attribute: u8,
    /// 2: [`crate::value::ValueType`] number.
    pub value_type: u8,
    /// 3: [`super::Layout`] number.
    pub layout: u8,
    /// 4: [`super::Encoding`] number.
    pub encoding: u8,
    /// 5: bytes a value or code (0 = all the same); low bytes for split integers.
    pub width: u8,
    /// 6: zero.
    pub reserved: u16,
    /// 8: offset in the names of the full name, as queries spell it: an attribute's key has
    /// [`super::Table::attribute_prefix`] before it.
    pub name_offset: u32,
    /// 12: bytes of the name.
    pub name_len: u32,
    /// 16: presence bitmap (`u64` words) or row list (`u16`, or `u32` in tables over 65,536 rows).
    pub presence: u32,
    /// 20: ranks of the bitmap's words, `u16` or `u32` as above.
    pub ranks: u32,
    /// 24: the values: codes, integers, high halves, doubles, bits, fixed bytes.
    pub values: u32,
    /// 28: dictionary or arena ends (`u32`, one more than entries); low halves of split integers.
    pub ends: u32,
    /// 32: dictionary or arena bytes.
    pub bytes: u32,
    /// 36: smallest and largest value per zone.
    pub zones: u32,
    /// 40: zones in which each dictionary entry occurs.
    pub zone_masks: u32,
    /// 44: rows that have a value.
    pub present: u32,
    /// 48: dictionary entries.
    pub distinct: u32,
    /// 52: zero.
    pub reserved1: u32,
    /// 56: base of integers (as two's complement if signed).
    pub base: u64,
    /// 64: smallest value of numeric columns: integers as their bits, doubles likewise (NaN left out).
    pub min: u64,
    /// 72: largest value, likewise.
    pub max: u64,
}

impl BlockHeader {
    /// Bytes of the directory behind the header: section entries, column entries and keys.
    pub fn directory_len(&self) -> u64 {
        u64::from(self.section_count) * size_of::<SectionEntry>() as u64
            + u64::from(self.column_count) * size_of::<ColumnEntry>() as u64
            + u64::from(self.names_len)
    }
}

const _: () = assert!(size_of::<BlockHeader>() == 128);
const _: () = assert!(size_of::<SectionEntry>() == 32);
const _: () = assert!(size_of::<ColumnEntry>() == 80);

/// How a section is stored. The numbers are part of the file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Codec {
    /// As it is.
    Raw = 0,
    /// One Zstandard frame.
    Zstd = 1,
}

/// What a section holds; for tools and for laying out reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum SectionKind {
    /// Presence bitmap or row list.
    Presence = 0,
    /// Ranks of a presence bitmap.
    Ranks = 1,
    /// Values or codes.
    Values = 2,
    /// Ends of dictionary or arena entries, or low halves of integers.
    Ends = 3,
    /// Dictionary or arena bytes.
    Bytes = 4,
    /// Zone bounds or masks.
    Zones = 5,
    /// Shapes.
    Shapes = 6,
}

/// Error about damaged block bytes.
#[cold]
pub(crate) fn corrupt(what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Corrupt, format!("block is damaged: {what}"))
}

/// `bytes` as a slice of `T`; an error if the length or the alignment does not fit.
#[inline]
pub(crate) fn cast<T: Pod>(bytes: &[u8]) -> Result<&[T]> {
    bytemuck::try_cast_slice(bytes).map_err(|_| corrupt("a section's length or place is off"))
}
