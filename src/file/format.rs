//! The bytes of a file: header, tail, trailer, and the entries of its tables.
//!
//! ```text
//! header (64) | blocks | index regions | tail | trailer (128)
//! ```
//!
//! A file is written from front to back and found from its end: the trailer says where the tail
//! is, the tail where everything else is. Numbers are little-endian and fixed-width; what is not
//! used is zero. `docs/format.md` is the specification; this file is its mirror in code.

use crate::error::{Error, ErrorKind, Result};
use bytemuck::{Pod, Zeroable};
use xxhash_rust::xxh3::xxh3_64;

/// First bytes of a file. As in PNG, a byte that is not ASCII, both line ends and the end of file
/// of old systems, so that transfers in text mode are noticed.
pub const MAGIC: [u8; 8] = *b"\x89BPK\r\n\x1a\n";
/// Stands near the end of a file, in the trailer.
pub const END_MAGIC: [u8; 8] = *b"BPKTRAIL";
/// A reader refuses files of another major version.
pub const MAJOR: u16 = 1;
/// Files of a newer minor version can be read.
pub const MINOR: u16 = 0;
/// Features without which a file cannot be understood: none yet.
pub const KNOWN_INCOMPAT: u64 = 0;
/// Features without which a file can be read but not rewritten: none yet.
pub const KNOWN_RO_COMPAT: u64 = 0;

/// Blocks longer than this start at a multiple of [`PAGE`], others of [`crate::bytes::ALIGN`].
pub const LARGE_BLOCK: u64 = 64 << 10;
/// A page, in bytes: what large blocks are aligned to, so that one can advise the kernel on each.
pub const PAGE: u64 = 4096;

/// Bytes of the header.
pub const HEADER_LEN: u64 = size_of::<Header>() as u64;
/// Bytes of the trailer.
pub const TRAILER_LEN: u64 = size_of::<Trailer>() as u64;

/// First 64 bytes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Header {
    /// 0: [`MAGIC`].
    pub magic: [u8; 8],
    /// 8: [`MAJOR`].
    pub major: u16,
    /// 10: [`MINOR`].
    pub minor: u16,
    /// 12: zero.
    pub reserved: u32,
    /// 16: features a reader must know.
    pub incompat: u64,
    /// 24: features a rewriter must know.
    pub ro_compat: u64,
    /// 32: features one may ignore.
    pub compat: u64,
    /// 40: names this file and no other.
    pub uuid: [u8; 16],
    /// 56: xxh3-64 of the 56 bytes before.
    pub hash: u64,
}

/// Last 128 bytes of a file.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct Trailer {
    /// 0: the header again.
    pub header: Header,
    /// 64: offset of the tail.
    pub tail_offset: u64,
    /// 72: bytes of the tail; it ends where the trailer begins.
    pub tail_len: u64,
    /// 80: xxh3-64 of the tail.
    pub tail_hash: u64,
    /// 88: bytes of the whole file.
    pub file_len: u64,
    /// 96: zero.
    pub reserved: [u64; 2],
    /// 112: [`END_MAGIC`].
    pub magic: [u8; 8],
    /// 120: xxh3-64 of the 120 bytes before.
    pub hash: u64,
}

/// First 64 bytes of the tail. Block entries, region entries and the writer's name follow.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct TailHeader {
    /// 0: number of block entries.
    pub block_count: u32,
    /// 4: number of region entries.
    pub region_count: u32,
    /// 8: bytes of the name of the program that wrote the file, UTF-8, behind the tables.
    pub writer_len: u32,
    /// 12: zero.
    pub reserved0: u32,
    /// 16: traces; one with fragments in several blocks counts once.
    pub trace_count: u64,
    /// 24: zero.
    pub reserved1: [u64; 5],
}

/// One block, in the order of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct BlockEntry {
    /// 0: offset in the file, a multiple of 64.
    pub offset: u64,
    /// 8: bytes of the block.
    pub len: u64,
    /// 16: spans.
    pub rows: u32,
    /// 20: traces, or fragments of traces.
    pub traces: u32,
    /// 24: earliest start of a span, nanoseconds since the epoch.
    pub min_start: u64,
    /// 32: latest end of a span, nanoseconds since the epoch.
    pub max_end: u64,
    /// 40: bytes of the block's header and directory, which a remote reader fetches first; 0 if
    /// not known.
    pub head_len: u32,
    /// 44: zero.
    pub flags: u32,
    /// 48: xxh3-64 of the whole block.
    pub hash: u64,
    /// 56: zero.
    pub reserved: u64,
}

/// One index region. Readers skip kinds they don't know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct RegionEntry {
    /// 0: what it is, see [`region`].
    pub kind: u32,
    /// 4: bytes at its start that are needed to find one's way in the rest.
    pub head_len: u32,
    /// 8: offset in the file, a multiple of 64.
    pub offset: u64,
    /// 16: bytes of the region.
    pub len: u64,
    /// 24: xxh3-64 of the whole region.
    pub hash: u64,
}

const _: () = assert!(size_of::<Header>() == 64);
const _: () = assert!(size_of::<Trailer>() == 128);
const _: () = assert!(size_of::<TailHeader>() == 64);
const _: () = assert!(size_of::<BlockEntry>() == 64);
const _: () = assert!(size_of::<RegionEntry>() == 32);

/// Kinds of index regions. The numbers are part of the file format.
pub mod region {
    /// Which traces are in which block, see [`crate::file::trace_index`].
    pub const TRACE_INDEX: u32 = 1;
    /// Which columns there are, and what is known of each in each block, see
    /// [`crate::file::column_index`].
    pub const COLUMNS: u32 = 2;
    /// Which values columns with many of them can have, see [`crate::file::filter`].
    pub const FILTERS: u32 = 3;
}

/// The fixed-width numbers of `T`, copied from the start of `bytes`.
pub(super) fn read<T: Pod>(bytes: &[u8]) -> Option<T> {
    bytes.get(..size_of::<T>()).map(bytemuck::pod_read_unaligned)
}

#[cold]
pub(super) fn corrupt(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::Corrupt, what)
}

#[cold]
pub(super) fn not_blockpack(start: &[u8]) -> Error {
    let message = match start {
        [] => "not a blockpack file: it is empty",
        _ => "not a blockpack file: it begins with other bytes",
    };
    Error::new(ErrorKind::NotBlockpack, message)
}

#[cold]
pub(super) fn mismatch(section: impl std::fmt::Display) -> Error {
    let message = format!("{section} does not match its checksum: the file is damaged");
    Error::new(ErrorKind::Checksum, message)
}

impl Header {
    /// The header of a new file.
    pub fn new(uuid: [u8; 16]) -> Self {
        Header {
            magic: MAGIC,
            major: MAJOR,
            minor: MINOR,
            reserved: 0,
            incompat: 0,
            ro_compat: 0,
            compat: 0,
            uuid,
            hash: 0,
        }
        .sealed()
    }

    /// With the checksum that fits the rest.
    #[must_use]
    pub fn sealed(mut self) -> Self {
        self.hash = self.computed_hash();
        self
    }

    fn computed_hash(&self) -> u64 {
        xxh3_64(&bytemuck::bytes_of(self)[..56])
    }

    /// Checks that this is the header of a file that this version can read. `section` names it in
    /// messages.
    pub fn check(&self, section: &str) -> Result<()> {
        if self.magic != MAGIC {
            return Err(not_blockpack(&self.magic));
        }
        if self.major != MAJOR {
            return Err(self.too_new(format_args!("format version {}.{}", self.major, self.minor)));
        }
        if self.hash != self.computed_hash() {
            return Err(mismatch(section));
        }
        if self.incompat & !KNOWN_INCOMPAT != 0 {
            let bits = self.incompat & !KNOWN_INCOMPAT;
            return Err(self.too_new(format_args!("features {bits:#x}")));
        }
        Ok(())
    }

    #[cold]
    fn too_new(&self, found: std::fmt::Arguments<'_>) -> Error {
        let message = format!(
            "the file has {found}, this library reads version {MAJOR} with features \
             {KNOWN_INCOMPAT:#x}: use a newer one"
        );
        Error::new(ErrorKind::FormatVersion, message)
    }

    /// Whether this version knows enough of the file to write a changed copy of it.
    pub fn rewritable(&self) -> bool {
        self.ro_compat & !KNOWN_RO_COMPAT == 0
    }
}

impl Trailer {
    /// The trailer of a file with `header` whose tail lies at `tail_offset`.
    pub fn new(header: Header, tail_offset: u64, tail: &[u8]) -> Self {
        let tail_len = tail.len() as u64;
        Trailer {
            header,
            tail_offset,
            tail_len,
            tail_hash: xxh3_64(tail),
            file_len: tail_offset + tail_len + TRAILER_LEN,
            reserved: [0; 2],
            magic: END_MAGIC,
            hash: 0,
        }
        .sealed()
    }

    /// With the checksum that fits the rest.
    #[must_use]
    pub fn sealed(mut self) -> Self {
        self.hash = self.computed_hash();
        self
    }

    fn computed_hash(&self) -> u64 {
        xxh3_64(&bytemuck::bytes_of(self)[..120])
    }

    /// Checks the trailer of a file of `file_len` bytes that begins with `header`.
    pub fn check(&self, header: &Header, file_len: u64) -> Result<()> {
        if self.magic != END_MAGIC {
            return Err(corrupt(
                "there is no trailer at the end: the file was cut short or damaged; \
                 recover can save its whole blocks",
            ));
        }
        if self.hash != self.computed_hash() {
            return Err(mismatch("the trailer"));
        }
        self.header.check("the trailer's copy of the header")?;
        if self.header != *header {
            return Err(corrupt("header and trailer are of different files"));
        }
        if self.file_len != file_len {
            let message = format!("the trailer states {} bytes, not {file_len}", self.file_len);
            return Err(corrupt(message));
        }
        let tail_end = self.tail_offset.checked_add(self.tail_len);
        if self.tail_offset < HEADER_LEN || tail_end != file_len.checked_sub(TRAILER_LEN) {
            return Err(corrupt("the trailer states an impossible place of the tail"));
        }
        Ok(())
    }
}

/// What the tail holds.
#[derive(Clone, Debug, Default)]
pub struct Tail {
    /// The blocks, in the order of the file.
    pub blocks: Vec<BlockEntry>,
    /// The index regions.
    pub regions: Vec<RegionEntry>,
    /// Name and version of the program that wrote the file.
    pub writer: String,
    /// Traces; one with fragments in several blocks counts once.
    pub trace_count: u64,
}

impl Tail {
    /// The tail as bytes, a multiple of 64 of them.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let count = |n: usize| {
            let too_many = || Error::new(ErrorKind::Limit, "a file holds less than 2^32 blocks");
            u32::try_from(n).map_err(|_| too_many())
        };
        let header = TailHeader {
            block_count: count(self.blocks.len())?,
            region_count: count(self.regions.len())?,
            writer_len: count(self.writer.len())?,
            reserved0: 0,
            trace_count: self.trace_count,
            reserved1: [0; 5],
        };
        let mut bytes = bytemuck::bytes_of(&header).to_vec();
        bytes.extend_from_slice(bytemuck::cast_slice(&self.blocks));
        bytes.extend_from_slice(bytemuck::cast_slice(&self.regions));
        bytes.extend_from_slice(self.writer.as_bytes());
        bytes.resize(bytes.len().next_multiple_of(crate::bytes::ALIGN), 0);
        Ok(bytes)
    }

    /// Reads the tail that lies at `tail_offset` of its file, and checks that everything it names
    /// lies between the header and itself.
    pub fn parse(bytes: &[u8], tail_offset: u64) -> Result<Self> {
        let short = || corrupt("the tail is shorter than its tables");
        let header: TailHeader = read(bytes).ok_or_else(short)?;
        let rest = bytes.get(size_of::<TailHeader>()..).ok_or_else(short)?;
        let (blocks, rest) = split_table(rest, header.block_count).ok_or_else(short)?;
        let (regions, rest) = split_table(rest, header.region_count).ok_or_else(short)?;
        let writer = rest.get(..header.writer_len as usize).ok_or_else(short)?;
        let writer = String::from_utf8_lossy(writer).into_owned();
        let tail = Tail { blocks, regions, writer, trace_count: header.trace_count };
        tail.check_places(tail_offset)?;
        Ok(tail)
    }

    fn check_places(&self, tail_offset: u64) -> Result<()> {
        let mut free = HEADER_LEN;
        for (i, block) in self.blocks.iter().enumerate() {
            let inside = inside(block.offset, block.len, free, tail_offset);
            free = inside.ok_or_else(|| corrupt(format!("block {i} lies outside its place")))?;
            if u64::from(block.head_len) > block.len || block.min_start > block.max_end {
                return Err(corrupt(format!("the entry of block {i} contradicts itself")));
            }
        }
        for (i, region) in self.regions.iter().enumerate() {
            let inside = inside(region.offset, region.len, HEADER_LEN, tail_offset);
            if inside.is_none() || u64::from(region.head_len) > region.len {
                return Err(corrupt(format!("index region {i} lies outside its place")));
            }
        }
        Ok(())
    }
}

/// The first `count` entries in `bytes`, and what is behind them.
fn split_table<T: Pod>(bytes: &[u8], count: u32) -> Option<(Vec<T>, &[u8])> {
    let len = (count as usize).checked_mul(size_of::<T>())?;
    let (table, rest) = bytes.split_at_checked(len)?;
    Some((bytemuck::pod_collect_to_vec(table), rest))
}

/// The end of a run of bytes, if it starts at a multiple of 64 and lies in `low..high`.
fn inside(offset: u64, len: u64, low: u64, high: u64) -> Option<u64> {
    let end = offset.checked_add(len)?;
    let aligned = offset.is_multiple_of(crate::bytes::ALIGN as u64);
    (aligned && offset >= low && end <= high).then_some(end)
}

/// A random name for a file (UUID version 4, RFC 9562). Its randomness is the seed that the
/// standard library takes from the system for its hash maps.
pub fn new_uuid() -> [u8; 16] {
    use std::hash::{BuildHasher, RandomState};
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos();
    let half = |salt: u8| RandomState::new().hash_one((now, std::process::id(), salt));
    let mut uuid = [0; 16];
    uuid[..8].copy_from_slice(&half(0).to_le_bytes());
    uuid[8..].copy_from_slice(&half(1).to_le_bytes());
    uuid[6] = uuid[6] & 0x0f | 0x40;
    uuid[8] = uuid[8] & 0x3f | 0x80;
    uuid
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(offset: u64, len: u64) -> BlockEntry {
        BlockEntry { offset, len, max_end: 1, ..Zeroable::zeroed() }
    }

    fn region(offset: u64, len: u64) -> RegionEntry {
        RegionEntry { kind: 9, offset, len, ..Zeroable::zeroed() }
    }

    #[test]
    fn a_tail_comes_back_as_it_was_written() {
        let tail = Tail {
            blocks: vec![block(64, 100), block(192, 64)],
            regions: vec![region(256, 0), region(256, 64)],
            writer: "somebody 1.0".into(),
            ..Tail::default()
        };
        let bytes = tail.to_bytes().unwrap();
        assert_eq!(bytes.len() % 64, 0);
        let back = Tail::parse(&bytes, 320).unwrap();
        assert_eq!(back.blocks, tail.blocks);
        assert_eq!(back.regions, tail.regions);
        assert_eq!(back.writer, tail.writer);
        for len in 0..bytes.len() - 64 {
            let e = Tail::parse(&bytes[..len], 320).unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Corrupt);
        }
    }

    #[test]
    fn what_lies_outside_its_place_is_refused() {
        let blocks: [&[BlockEntry]; 8] = [
            &[block(0, 10)],
            &[block(65, 10)],
            &[block(64, 1000)],
            &[block(64, u64::MAX)],
            &[block(u64::MAX - 63, 64)],
            &[block(64, 65), block(64, 64)],
            &[BlockEntry { head_len: 11, ..block(64, 10) }],
            &[BlockEntry { min_start: 2, ..block(64, 10) }],
        ];
        for blocks in blocks {
            let tail = Tail { blocks: blocks.to_vec(), ..Tail::default() };
            let e = Tail::parse(&tail.to_bytes().unwrap(), 640).unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Corrupt, "{blocks:?}");
        }
        for bad in [region(0, 1), region(70, 1), region(640, 1), region(64, u64::MAX)] {
            let tail = Tail { regions: vec![bad], ..Tail::default() };
            let e = Tail::parse(&tail.to_bytes().unwrap(), 640).unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Corrupt, "{bad:?}");
        }
    }

    #[test]
    fn feature_words_and_versions_are_honoured() {
        let header = Header::new(new_uuid());
        let kind = |h: Header| h.check("the header").err().map(|e| e.kind());
        assert_eq!(kind(header), None);
        assert_eq!(kind(Header { minor: 7, ..header }.sealed()), None);
        assert_eq!(kind(Header { compat: 4, ..header }.sealed()), None);
        assert_eq!(kind(Header { ro_compat: 4, ..header }.sealed()), None);
        assert!(header.rewritable() && !Header { ro_compat: 4, ..header }.rewritable());
        let newer = Some(ErrorKind::FormatVersion);
        assert_eq!(kind(Header { incompat: 4, ..header }.sealed()), newer);
        assert_eq!(kind(Header { major: 2, ..header }), newer);
        assert_eq!(kind(Header { compat: 4, ..header }), Some(ErrorKind::Checksum));
        assert_eq!(kind(Header { magic: *b"PAR1PAR1", ..header }), Some(ErrorKind::NotBlockpack));
    }

    #[test]
    fn names_of_files_differ() {
        let names: std::collections::HashSet<_> = (0..1000).map(|_| new_uuid()).collect();
        assert_eq!(names.len(), 1000);
    }
}
