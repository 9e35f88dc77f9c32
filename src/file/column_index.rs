//! The column index: which columns a file has, and what is known of each in each block.
//!
//! It answers without opening a block which names there are, and which blocks can have a value that
//! is sought (`pruning`). Column by column, with entries of fixed width, so that a reader
//! that is far away fetches only what it asks about.
//!
//! ```text
//! head:   header (64) | columns (48 each) | names
//! chunks: 48 each, column by column, by block
//! ```
//!
//! Filters are a region of their own, without a head: chunks say where theirs is.

use super::filter::{FILTER_BLOCK, build_filter, filter_hash};
use super::format::{corrupt, mismatch, read};
use crate::block::{Block, Bounds, ColumnInfo, Encoding, Stored, Table, Values};
use crate::bytes::{AlignedBuf, Bytes};
use crate::error::{Error, ErrorKind, Result};
use crate::value::ValueType;
use bytemuck::{Pod, Zeroable};
use std::collections::BTreeMap;
use std::ops::Range;
use xxhash_rust::xxh3::xxh3_64;

/// Dictionaries of more entries than this have a filter: of shorter ones, opening the block is
/// hardly more to read.
const UNFILTERED_ENTRIES: u32 = 4096;
/// Arenas of fewer values have none.
const MIN_FILTERED: u32 = 64;

/// First 64 bytes of the region.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
struct Header {
    /// 0: xxh3-64 of the head behind these 8 bytes.
    hash: u64,
    /// 8: number of chunks of all columns.
    chunk_count: u64,
    /// 16: number of columns.
    column_count: u32,
    /// 20: bytes of the names behind the columns.
    names_len: u32,
    /// 24: zero.
    reserved: [u64; 5],
}

/// A column of the file.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
struct Record {
    /// 0: [`Table`] number.
    table: u8,
    /// 1: 1 for an attribute, 0 for a fixed column.
    attribute: u8,
    /// 2: [`ValueType`] number.
    value_type: u8,
    /// 3: zero.
    reserved0: u8,
    /// 4: offset in the names.
    name_offset: u32,
    /// 8: bytes of the full name.
    name_len: u32,
    /// 12: zero.
    reserved1: u32,
    /// 16: number of chunks of this column and those before it.
    chunk_end: u64,
    /// 24: values in all blocks.
    present: u64,
    /// 32: stored bytes in all blocks.
    bytes: u64,
    /// 40: xxh3-64 of the column's chunks.
    hash: u64,
}

/// A column in one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Chunk {
    /// 0: number of the block.
    pub block: u32,
    /// 4: rows that have a value.
    pub present: u32,
    /// 8: of byte strings, how many different ones there are.
    pub distinct: u32,
    /// 12: how the column is stored.
    pub stored: Stored,
    /// 15: zero.
    pub reserved: u8,
    /// 16: smallest value, see [`Bounds`].
    pub min: u64,
    /// 24: largest value.
    pub max: u64,
    /// 32: stored bytes of the sections of the column; one that several columns share counts for
    /// the first.
    pub bytes: u32,
    /// 36: where in the filter region its filter begins, in units of 32 bytes.
    filter_at: u32,
    /// 40: length of the filter, likewise; 0 if there is none.
    filter_len: u32,
    /// 44: low half of the xxh3-64 of the filter.
    filter_hash: u32,
}

const _: () = assert!(size_of::<Header>() == 64);
const _: () = assert!(size_of::<Record>() == 48);
const _: () = assert!(size_of::<Chunk>() == 48);
const HEADER_LEN: usize = size_of::<Header>();
const RECORD_LEN: usize = size_of::<Record>();
const CHUNK_LEN: usize = size_of::<Chunk>();

impl Chunk {
    /// What the directory of a block says of a column. `counted` tells which of the block's
    /// sections were counted before.
    fn of(number: u32, block: &Block, info: &ColumnInfo<'_>, counted: &mut [bool]) -> Chunk {
        let entries = block.sections().entries();
        let mut bytes = 0u64;
        for section in info.sections().map(|section| section as usize) {
            if counted.get_mut(section).is_some_and(|counted| !std::mem::replace(counted, true)) {
                bytes = bytes.saturating_add(entries[section].stored_len);
            }
        }
        Chunk {
            block: number,
            present: info.entry.present,
            distinct: info.entry.distinct,
            stored: info.stored(),
            min: info.entry.min,
            max: info.entry.max,
            bytes: u32::try_from(bytes).unwrap_or(u32::MAX),
            ..Chunk::zeroed()
        }
    }

    /// Chunks of all columns of a block, in their order, without filters.
    pub(super) fn of_block(
        number: u32,
        block: &Block,
    ) -> impl Iterator<Item = (ColumnInfo<'_>, Chunk)> {
        let mut counted = vec![false; block.sections().entries().len()];
        block.columns().map(move |info| {
            let chunk = Chunk::of(number, block, &info, &mut counted);
            (info, chunk)
        })
    }

    /// Between which values those of the chunk lie, in a column of `value_type`.
    pub fn bounds(&self, value_type: ValueType) -> Bounds {
        Bounds { value_type, min: self.min, max: self.max }
    }

    /// Where in the filter region the chunk's filter is, in bytes; `None` if it has none.
    pub(super) fn filter(&self) -> Option<Range<u64>> {
        let at = |units: u64| units * FILTER_BLOCK as u64;
        let end = u64::from(self.filter_at) + u64::from(self.filter_len);
        (self.filter_len > 0).then(|| at(self.filter_at.into())..at(end))
    }

    /// The chunk as it is of a block without filters.
    pub(super) fn without_filter(&self) -> Chunk {
        Chunk { filter_at: 0, filter_len: 0, filter_hash: 0, ..*self }
    }

    /// Checks what was read of the filter.
    pub(super) fn check_filter(&self, filter: &[u8]) -> Result<()> {
        match xxh3_64(filter) as u32 == self.filter_hash {
            true => Ok(()),
            false => Err(mismatch("a filter")),
        }
    }
}

/// Whether a column is to have a filter. Those are columns of text and bytes with many different
/// values, and ids that links lead to; ids of spans are left out, as they would take as much room
/// as all other filters together.
fn is_filtered(info: &ColumnInfo<'_>) -> bool {
    match (info.value_type, Encoding::from_number(info.entry.encoding)) {
        (Some(ValueType::Str | ValueType::Bytes), Some(Encoding::Dictionary)) => {
            info.entry.distinct > UNFILTERED_ENTRIES
        }
        (Some(ValueType::Str | ValueType::Bytes), Some(Encoding::Arena)) => {
            info.entry.present >= MIN_FILTERED
        }
        (Some(ValueType::Id), _) => info.table == Table::Link && info.entry.present >= MIN_FILTERED,
        _ => false,
    }
}

/// Hashes of the values of a column, as filters have them; of numbers none.
pub(super) fn filter_hashes(block: &Block, info: &ColumnInfo<'_>) -> Result<Vec<u64>> {
    Ok(match block.column(info.index)?.values {
        Values::Dictionary { entries: strings, .. } | Values::Arena(strings) => {
            strings.iter().map(filter_hash).collect()
        }
        Values::Fixed(width, bytes) => bytes.chunks_exact(width).map(filter_hash).collect(),
        _ => Vec::new(),
    })
}

// --- writing --------------------------------------------------------------------------------

/// What tells columns apart, in the order of the index: table, attribute or not, full name, type.
type Key = (u8, u8, Box<[u8]>, u8);

/// Gathers the columns of blocks while a file is written: 48 bytes of memory for each column of
/// each block, and the filters.
#[derive(Default)]
pub struct ColumnIndexBuilder {
    columns: BTreeMap<Key, Vec<(Chunk, AlignedBuf)>>,
}

/// The regions of a column index.
pub struct ColumnRegions {
    /// Head and chunks.
    pub index: AlignedBuf,
    /// Bytes of the head.
    pub head_len: u32,
    /// All filters.
    pub filters: AlignedBuf,
}

impl ColumnIndexBuilder {
    /// Adds a block that is in the file behind those added before; with filters if the flag says
    /// so, which reads the values of some columns.
    pub fn push(&mut self, number: u32, block: &Block, with_filters: bool) -> Result<()> {
        for (info, mut chunk) in Chunk::of_block(number, block) {
            let mut filter = AlignedBuf::new();
            if with_filters && is_filtered(&info) {
                filter = match filter_hashes(block, &info) {
                    Ok(hashes) => build_filter(hashes),
                    // What cannot be read is not filtered; reading it will say why.
                    Err(e) if e.kind() == ErrorKind::Unsupported => AlignedBuf::new(),
                    Err(e) => return Err(e),
                };
                chunk.filter_len = units(filter.len())?;
                chunk.filter_hash = xxh3_64(&filter) as u32;
            }
            let entry = info.entry;
            let key = (entry.table, entry.attribute, info.name.into(), entry.value_type);
            self.columns.entry(key).or_default().push((chunk, filter));
        }
        Ok(())
    }

    /// The regions of all columns.
    pub fn finish(self) -> Result<ColumnRegions> {
        let mut records = Vec::with_capacity(self.columns.len());
        let mut names = Vec::new();
        let mut chunks: Vec<Chunk> = Vec::new();
        let mut filters = AlignedBuf::new();
        for ((table, attribute, name, value_type), column) in self.columns {
            let start = chunks.len();
            for (mut chunk, filter) in column {
                if chunk.filter_len > 0 {
                    chunk.filter_at = units(filters.len())?;
                    filters.extend_from_slice(&filter);
                }
                chunks.push(chunk);
            }
            let own = &chunks[start..];
            records.push(Record {
                table,
                attribute,
                value_type,
                name_offset: u32::try_from(names.len()).map_err(|_| too_large())?,
                name_len: name.len() as u32,
                chunk_end: chunks.len() as u64,
                present: own.iter().map(|chunk| u64::from(chunk.present)).sum(),
                bytes: own.iter().map(|chunk| u64::from(chunk.bytes)).sum(),
                hash: xxh3_64(bytemuck::cast_slice(own)),
                ..Record::zeroed()
            });
            names.extend_from_slice(&name);
        }
        let (index, head_len) = assemble(&records, &names, &chunks)?;
        Ok(ColumnRegions { index, head_len, filters })
    }
}

fn assemble(records: &[Record], names: &[u8], chunks: &[Chunk]) -> Result<(AlignedBuf, u32)> {
    let narrow = |n: usize| u32::try_from(n).map_err(|_| too_large());
    let header = Header {
        hash: 0,
        chunk_count: chunks.len() as u64,
        column_count: narrow(records.len())?,
        names_len: narrow(names.len())?,
        reserved: [0; 5],
    };
    let mut out = AlignedBuf::new();
    out.extend_from_slice(bytemuck::bytes_of(&header));
    out.extend_from_slice(bytemuck::cast_slice(records));
    out.extend_from_slice(names);
    out.pad();
    let hash = xxh3_64(&out[8..]);
    out[..8].copy_from_slice(&hash.to_le_bytes());
    let head_len = narrow(out.len())?;
    out.extend_from_slice(bytemuck::cast_slice(chunks));
    Ok((out, head_len))
}

/// A length of filters in units of their blocks.
fn units(bytes: usize) -> Result<u32> {
    u32::try_from(bytes / FILTER_BLOCK).map_err(|_| too_large())
}

#[cold]
fn too_large() -> Error {
    let message = "a file holds names of columns up to 4 GiB and filters up to 128 GiB; write \
                   several files";
    Error::new(ErrorKind::Limit, message)
}

// --- reading --------------------------------------------------------------------------------

/// A column by its name; there may be several of them, of different types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnName<'a> {
    /// Table it belongs to.
    pub table: Table,
    /// Whether it is an attribute, not a fixed column.
    pub attribute: bool,
    /// Key of an attribute, without the prefix of its table; whole name of a fixed column.
    pub key: &'a [u8],
}

/// What a file's index says of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileColumn<'a> {
    /// Place among the file's columns.
    pub index: u32,
    /// Table it belongs to.
    pub table: Table,
    /// Whether it is an attribute, not a fixed column.
    pub attribute: bool,
    /// Full name, as queries spell it but without quotes: `span.http.method`, `span:name`.
    pub name: &'a [u8],
    /// Type of the values; `None` if this version does not know it.
    pub value_type: Option<ValueType>,
    /// Blocks in which it has values.
    pub blocks: u64,
    /// Values in all blocks.
    pub present: u64,
    /// Stored bytes in all blocks; what several columns share counts for the first.
    pub bytes: u64,
}

impl<'a> FileColumn<'a> {
    /// Key: of an attribute the name without its prefix, else the name.
    pub fn key(&self) -> &'a [u8] {
        let prefix = if self.attribute { self.table.attribute_prefix().len() } else { 0 };
        self.name.get(prefix..).unwrap_or_default()
    }
}

/// The head of a column index, checked: enough to know the columns, and which chunks to read.
pub struct ColumnIndex {
    records: Vec<Record>,
    names: Bytes,
    head_len: u64,
}

impl ColumnIndex {
    /// Checks the head of a region of `region_len` bytes.
    pub fn open(head: &Bytes, region_len: u64) -> Result<Self> {
        let header: Header =
            read(head).ok_or_else(|| corrupt("the column index is shorter than its header"))?;
        if header.hash != xxh3_64(head.get(8..).unwrap_or_default()) {
            return Err(mismatch("the head of the column index"));
        }
        let records_len = (header.column_count as usize).checked_mul(RECORD_LEN);
        let records = records_len.and_then(|len| head.slice(HEADER_LEN, len));
        let records = records.ok_or_else(contradiction)?;
        let names = head.slice(HEADER_LEN + records.len(), header.names_len as usize);
        let index = ColumnIndex {
            records: bytemuck::pod_collect_to_vec(&records),
            names: names.ok_or_else(contradiction)?,
            head_len: head.len() as u64,
        };
        let chunks_len = header.chunk_count.checked_mul(CHUNK_LEN as u64);
        let fits = index.chunk_count() == header.chunk_count
            && chunks_len.and_then(|len| len.checked_add(index.head_len)) == Some(region_len);
        if fits && index.is_sorted() { Ok(index) } else { Err(contradiction()) }
    }

    /// Whether the columns are in order, and described as they should be.
    fn is_sorted(&self) -> bool {
        let proper = |record: &Record| {
            let Some(table) = Table::from_number(record.table) else { return false };
            let prefix = if record.attribute > 0 { table.attribute_prefix() } else { "" };
            let name = self.name(record);
            name.is_some_and(|name| name.starts_with(prefix.as_bytes())) && record.attribute < 2
        };
        self.records.iter().all(proper)
            && self
                .records
                .is_sorted_by(|a, b| a.chunk_end < b.chunk_end && self.order(a) < self.order(b))
    }

    fn order(&self, record: &Record) -> (u8, u8, Option<&[u8]>, u8) {
        (record.table, record.attribute, self.name(record), record.value_type)
    }

    fn name(&self, record: &Record) -> Option<&[u8]> {
        self.names.get(record.name_offset as usize..)?.get(..record.name_len as usize)
    }

    /// How many columns there are.
    pub fn column_count(&self) -> u32 {
        self.records.len() as u32
    }

    /// How many chunks all columns have.
    pub fn chunk_count(&self) -> u64 {
        self.records.last().map_or(0, |last| last.chunk_end)
    }

    /// All columns, sorted by table, attribute or not, name and type.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = FileColumn<'_>> {
        (0..self.column_count()).zip(&self.records).map(|(index, record)| {
            let chunks = self.chunk_range(index);
            FileColumn {
                index,
                table: Table::from_number(record.table).unwrap_or_default(),
                attribute: record.attribute != 0,
                name: self.name(record).unwrap_or_default(),
                value_type: ValueType::from_number(record.value_type),
                blocks: chunks.end - chunks.start,
                present: record.present,
                bytes: record.bytes,
            }
        })
    }

    /// The columns called `name`, one per type: their numbers, and their types where this version
    /// knows them.
    pub fn find(&self, name: &ColumnName<'_>) -> impl Iterator<Item = (u32, Option<ValueType>)> {
        let prefix = if name.attribute { name.table.attribute_prefix().len() } else { 0 };
        let wanted = (name.table as u8, u8::from(name.attribute), Some(name.key));
        let order = |record: &Record| {
            let (table, attribute, full_name, _) = self.order(record);
            (table, attribute, full_name.and_then(|full_name| full_name.get(prefix..)))
        };
        let start = self.records.partition_point(|record| order(record) < wanted);
        let end = self.records.partition_point(|record| order(record) <= wanted);
        let found = (start as u32..).zip(self.records.get(start..end).unwrap_or_default());
        found.map(|(index, record)| (index, ValueType::from_number(record.value_type)))
    }

    /// Number of the column that is the one of `info` in its block.
    pub(super) fn position(&self, info: &ColumnInfo<'_>) -> Option<usize> {
        let entry = info.entry;
        let wanted = (entry.table, entry.attribute, Some(info.name), entry.value_type);
        self.records.binary_search_by(|record| self.order(record).cmp(&wanted)).ok()
    }

    /// Numbers of the chunks of column `index`; none if there is no such column.
    fn chunk_range(&self, index: u32) -> Range<u64> {
        let end = |index: u32| self.records.get(index as usize).map(|record| record.chunk_end);
        let start = index.checked_sub(1).and_then(end).unwrap_or(0);
        start..end(index).unwrap_or(start)
    }

    /// Where in the region the chunks of column `index` are, in bytes.
    pub fn range(&self, index: u32) -> Range<u64> {
        let chunks = self.chunk_range(index);
        let at = |chunk: u64| self.head_len + chunk * CHUNK_LEN as u64;
        at(chunks.start)..at(chunks.end)
    }

    /// The chunks of column `index` of a file with `blocks` blocks, given the bytes at
    /// [`ColumnIndex::range`]. They are in the order of their blocks, and so are their filters.
    pub fn chunks(&self, index: u32, bytes: &[u8], blocks: usize) -> Result<Vec<Chunk>> {
        let record = self.records.get(index as usize).ok_or_else(contradiction)?;
        if record.hash != xxh3_64(bytes) {
            return Err(mismatch("a column of the column index"));
        }
        let chunks: Vec<Chunk> = bytemuck::pod_collect_to_vec(bytes);
        let sum = |part: fn(&Chunk) -> u32| chunks.iter().map(|c| u64::from(part(c))).sum::<u64>();
        let sums = (sum(|chunk| chunk.present), sum(|chunk| chunk.bytes));
        let sorted = chunks.is_sorted_by(|a, b| a.block < b.block)
            && chunks.last().is_none_or(|last| (last.block as usize) < blocks);
        let filters: Vec<_> = chunks.iter().filter_map(Chunk::filter).collect();
        let apart = filters.is_sorted_by(|a, b| a.end <= b.start);
        match sorted && apart && sums == (record.present, record.bytes) {
            true => Ok(chunks),
            false => Err(contradiction()),
        }
    }
}

#[cold]
fn contradiction() -> Error {
    corrupt("the column index contradicts itself")
}
