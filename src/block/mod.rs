//! Blocks: immutable tables of spans, read in place.
//!
//! A [`Block`] is one run of bytes, the same whether it is mapped from a file, fetched in pieces,
//! or was just built in memory ([`build`]). Its tables ([`schema`]) have columns; a [`Column`] is
//! a [`Presence`] (which rows have a value) and [`Values`] (the values, encoded). Rows of the span
//! table lie in trace order: traces by start, the spans of a trace in pre-order, so that the
//! descendants of a span are the rows right behind it.
//!
//! Nothing in a block is trusted: the directory is checked when the block is opened, a section's
//! checksum and a column's inner consistency when it is first used. Reading a checked column
//! cannot fail.

mod attributes;
mod bounds;
pub mod build;
mod column;
mod depths;
mod export;
pub mod format;
mod opened;
mod owners;
mod presence;
mod read;
mod resolve;
pub mod schema;
mod section;
mod shared;
mod span;
mod starts;
mod values;
mod verify;
pub mod zones;

pub use attributes::{Attribute, Attributes};
pub use bounds::{Bounds, Sought, string_prefix};
pub use column::{Column, ColumnInfo, Stored};
pub use export::Exporter;
pub use presence::{Finder, NARROW_ROWS, NO_PLACE, Presence, RowIds};
pub use resolve::{Candidate, Candidates};
pub use schema::{Encoding, Field, Layout, Table, TraceFlags};
pub use section::{BlockBytes, Fetch, Sections};
pub use shared::has_crowded_id;
pub(crate) use span::parent_in;
pub use starts::Starts;
pub use values::{Bits, Integers, Packed, Strings, Values};
pub use zones::{Zones, Zoning};

use crate::bytes::Kept;
use crate::error::{Error, ErrorKind, Result};
use crate::value::{ValueRef, ValueType, text};
use format::{BlockHeader, ColumnEntry, MAGIC, SectionEntry, corrupt};
use hashbrown::HashTable;
use opened::{Opened, Parts};
use owners::Owners;
use std::hash::BuildHasher;
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use xxhash_rust::xxh3::xxh3_64;

/// An immutable block of spans. Shared between threads; usually held as `Arc<Block>`.
pub struct Block {
    /// See [`Block::serial`].
    serial: u64,
    header: BlockHeader,
    bytes: BlockBytes,
    opened: Opened,
    /// Column of each [`Field`], or [`NO_COLUMN`].
    fields: [u32; Field::ALL.len()],
    /// The columns of each attribute key of a table.
    attributes: HashTable<KeyColumns>,
    /// See [`Block::crowded_traces`].
    crowded: OnceLock<Box<[u32]>>,
    /// See [`Block::depth`].
    depths: OnceLock<Kept<u32>>,
    /// Of events and of links; see [`Block::owned_rows`].
    owners: [OnceLock<Owners>; 2],
    /// Where the block is from, for messages.
    origin: Option<Box<str>>,
}

/// The columns that an attribute key has in a table, one per type; they lie next to each other. All
/// that a look-up compares is here.
struct KeyColumns {
    table: Table,
    /// Where in the names the key is.
    key: Range<u32>,
    columns: Range<u32>,
}

/// Hash of an attribute key for [`Block::attribute_hashed`]: the same in every block and table, so
/// that it can be worked out once.
#[inline]
pub fn key_hash(key: &[u8]) -> u64 {
    foldhash::fast::FixedState::default().hash_one(key)
}

/// Whether two keys are the same. They are short: to call what compares bytes takes as long.
#[inline]
fn same_key(a: &[u8], b: &[u8]) -> bool {
    match (a.last_chunk::<8>(), b.last_chunk::<8>()) {
        _ if a.len() != b.len() => false,
        // The last bytes are compared twice if they do not fill up eight.
        (Some(x), Some(y)) => {
            let (a, b) = (a.as_chunks::<8>().0, b.as_chunks::<8>().0);
            x == y && a.iter().zip(b).all(|(a, b)| a == b)
        }
        _ => a.iter().zip(b).all(|(a, b)| a == b),
    }
}

const NO_COLUMN: u32 = u32::MAX;

/// How many blocks were opened.
static SERIALS: AtomicU64 = AtomicU64::new(0);

impl Block {
    /// Opens a block: reads and checks its header and directory. Sections are touched later.
    pub fn open(bytes: BlockBytes) -> Result<Block> {
        let header_len = size_of::<BlockHeader>() as u64;
        if bytes.len() < header_len {
            return Err(corrupt("it is shorter than a block header"));
        }
        let header_bytes = bytes.read(0, header_len)?;
        let header: BlockHeader = bytemuck::pod_read_unaligned(&header_bytes);
        if header.magic != MAGIC {
            return Err(Error::new(ErrorKind::NotBlockpack, "the bytes are not a block"));
        }
        if header.header_hash != xxh3_64(&header_bytes[..120]) {
            let message = "the block header does not match its checksum";
            return Err(Error::new(ErrorKind::Checksum, message));
        }
        if header.version != format::VERSION || header.incompat != 0 {
            let message = format!(
                "block format version {} with feature bits {:#x}; this library reads version {} \
                 without feature bits: use a newer one",
                header.version,
                header.incompat,
                format::VERSION
            );
            return Err(Error::new(ErrorKind::FormatVersion, message));
        }
        if header.block_len != bytes.len() {
            return Err(corrupt(format_args!(
                "it states {} bytes and has {}",
                header.block_len,
                bytes.len()
            )));
        }
        check_rows(&header)?;
        let section_len = u64::from(header.section_count) * size_of::<SectionEntry>() as u64;
        let column_len = u64::from(header.column_count) * size_of::<ColumnEntry>() as u64;
        let directory_len = header.directory_len();
        let directory = bytes.read(header_len, directory_len)?;
        if header.directory_hash != xxh3_64(&directory) {
            let message = "the block's directory does not match its checksum";
            return Err(Error::new(ErrorKind::Checksum, message));
        }
        let (entries, rest) = directory.split_at(section_len as usize);
        let entries: Vec<SectionEntry> = bytemuck::pod_collect_to_vec(entries);
        let columns: Vec<ColumnEntry> = bytemuck::pod_collect_to_vec(&rest[..column_len as usize]);
        let names_at = (section_len + column_len) as usize;
        let parts = Parts {
            columns,
            sections: Sections::new(bytes.clone(), entries, header_len + directory_len)?,
            names: directory.get(names_at..).unwrap_or_default().into(),
            table_rows: header.table_rows,
            shape_sections: [header.shape_ends, header.shape_items],
        };
        let mut block = Block {
            serial: SERIALS.fetch_add(1, Relaxed),
            header,
            bytes,
            opened: Opened::new(parts),
            attributes: HashTable::new(),
            fields: [NO_COLUMN; Field::ALL.len()],
            crowded: OnceLock::new(),
            depths: OnceLock::new(),
            owners: Default::default(),
            origin: None,
        };
        block.index_columns()?;
        Ok(block)
    }

    /// Finds the fixed columns, and builds the look-up of attributes by key. Columns are sorted by
    /// table, attribute or not, key and type.
    fn index_columns(&mut self) -> Result<()> {
        let mut before = None;
        let mut fields = [NO_COLUMN; Field::ALL.len()];
        let mut keys: Vec<KeyColumns> = Vec::new();
        for index in 0..self.entries().len() as u32 {
            let entry = self.entries()[index as usize];
            let name_end = entry.name_offset.checked_add(entry.name_len);
            let known = Table::from_number(entry.table).is_some();
            if !known || name_end.is_none_or(|end| end > self.header.names_len) {
                return Err(corrupt(format_args!("column {index} is not described properly")));
            }
            let info = self.column_info(index);
            let prefix = info.table.attribute_prefix().as_bytes();
            if info.attribute && !info.name.starts_with(prefix) {
                return Err(corrupt(format_args!("column {index} has a name of another table")));
            }
            let order = (entry.table, entry.attribute, info.key, entry.value_type);
            if before >= Some(order) {
                return Err(corrupt("columns are not sorted"));
            }
            let repeats_key =
                before.is_some_and(|(t, a, k, _)| (t, a, k) == (order.0, order.1, order.2));
            before = Some(order);
            if info.attribute {
                let end = entry.name_offset + entry.name_len;
                match keys.last_mut().filter(|_| repeats_key) {
                    Some(last) => last.columns.end = index + 1,
                    None => keys.push(KeyColumns {
                        table: info.table,
                        key: end - info.key.len() as u32..end,
                        columns: index..index + 1,
                    }),
                }
            } else if let Some(field) = field_of(&info) {
                fields[field as usize] = index;
            }
        }
        self.fields = fields;
        let marks = self.entries().get(fields[Field::TraceStart as usize] as usize);
        if marks.is_some_and(|marks| marks.present != self.trace_count()) {
            // Traces are numbered by their marks: no other number may come of them.
            return Err(corrupt("there are more or fewer first spans of traces than traces"));
        }
        let mut attributes = HashTable::with_capacity(keys.len());
        for key in keys {
            let hash_of = |key: &KeyColumns| key_hash(self.key_bytes(key));
            attributes.insert_unique(hash_of(&key), key, hash_of);
        }
        self.attributes = attributes;
        Ok(())
    }

    #[inline]
    fn key_bytes(&self, key: &KeyColumns) -> &[u8] {
        let range = key.key.start as usize..key.key.end as usize;
        self.opened.parts.names.get(range).unwrap_or_default()
    }

    /// Says where the block is from (a file and a place in it), for messages about damage.
    #[must_use]
    pub fn with_origin(mut self, origin: String) -> Self {
        self.origin = Some(origin.into_boxed_str());
        self
    }

    #[cold]
    fn locate(&self, e: Error) -> Error {
        match &self.origin {
            Some(origin) => e.context(origin),
            None => e,
        }
    }

    /// A number that no other block of this process has, or had: unlike an address it tells a block from
    /// one that was there before.
    pub fn serial(&self) -> u64 {
        self.serial
    }

    /// Rows of the span table.
    #[inline]
    pub fn rows(&self) -> u32 {
        self.header.table_rows[Table::Span as usize]
    }

    /// Rows of `table`.
    #[inline]
    pub fn table_rows(&self, table: Table) -> u32 {
        self.header.table_rows[table as usize]
    }

    /// Traces (or fragments of traces) of the block.
    pub fn trace_count(&self) -> u32 {
        self.table_rows(Table::Trace)
    }

    /// Earliest start of a span, in nanoseconds since the epoch.
    pub fn min_start_ns(&self) -> u64 {
        self.header.min_start
    }

    /// Latest end of a span, in nanoseconds since the epoch.
    pub fn max_end_ns(&self) -> u64 {
        self.header.max_end
    }

    /// The block as bytes; of a block that is fetched in pieces, the means to fetch it.
    pub fn bytes(&self) -> &BlockBytes {
        &self.bytes
    }

    /// The block's sections.
    pub fn sections(&self) -> &Sections {
        &self.opened.parts.sections
    }

    /// The columns as the directory describes them.
    #[inline]
    fn entries(&self) -> &[ColumnEntry] {
        &self.opened.parts.columns
    }

    /// Number of columns.
    pub fn column_count(&self) -> u32 {
        self.entries().len() as u32
    }

    /// What the directory says of column `index`, which must be less than
    /// [`Block::column_count`].
    #[inline]
    pub fn column_info(&self, index: u32) -> ColumnInfo<'_> {
        let entry = &self.entries()[index as usize];
        let name = self.opened.parts.name(entry);
        let table = Table::from_number(entry.table).unwrap_or(Table::Span);
        let attribute = entry.attribute != 0;
        let prefix = if attribute { table.attribute_prefix().len() } else { 0 };
        ColumnInfo {
            index,
            table,
            attribute,
            name,
            key: name.get(prefix..).unwrap_or_default(),
            value_type: ValueType::from_number(entry.value_type),
            entry,
        }
    }

    /// What the directory says of every column.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = ColumnInfo<'_>> {
        (0..self.column_count()).map(|index| self.column_info(index))
    }

    /// Column `index`, checked on first use.
    #[inline]
    pub fn column(&self, index: u32) -> Result<&Column<'_>> {
        match self.opened.column(index) {
            Ok(column) => Ok(column),
            Err(e) => Err(self.in_column(index, e)),
        }
    }

    #[cold]
    fn in_column(&self, index: u32, error: Error) -> Error {
        self.locate(match index < self.column_count() {
            true => error.context(text(self.column_info(index).name)),
            false => error,
        })
    }

    /// Index of the column of a fixed field, as a range of one; empty if no row has a value.
    pub fn field_columns(&self, field: Field) -> Range<u32> {
        match self.fields[field as usize] {
            NO_COLUMN => 0..0,
            index => index..index + 1,
        }
    }

    /// The column of a fixed field; `None` if no row has a value.
    #[inline]
    pub fn field(&self, field: Field) -> Result<Option<&Column<'_>>> {
        match self.fields[field as usize] {
            NO_COLUMN => Ok(None),
            index => self.column(index).map(Some),
        }
    }

    /// Value of `row` in column `index`; `None` if it has none.
    #[inline]
    pub fn value(&self, index: u32, row: u32) -> Result<Option<ValueRef<'_>>> {
        Ok(self.column(index)?.get(row))
    }

    /// Value of `row` in the column of a fixed field; `None` if it has none.
    #[inline]
    pub fn field_value(&self, field: Field, row: u32) -> Result<Option<ValueRef<'_>>> {
        match self.fields[field as usize] {
            NO_COLUMN => Ok(None),
            index => self.value(index, row),
        }
    }

    /// Integer value of `row` in the column of a fixed field, as its 64 bits.
    #[inline]
    pub fn field_integer(&self, field: Field, row: u32) -> Result<Option<u64>> {
        match self.fields[field as usize] {
            NO_COLUMN => Ok(None),
            index => Ok(self.column(index)?.integer(row)),
        }
    }

    /// Bytes of the text, bytes or id value of `row` in the column of a fixed field.
    #[inline]
    pub fn field_bytes(&self, field: Field, row: u32) -> Result<Option<&[u8]>> {
        match self.fields[field as usize] {
            NO_COLUMN => Ok(None),
            index => Ok(self.column(index)?.bytes(row)),
        }
    }

    /// The column of a field that every block with rows has.
    #[inline]
    pub fn required(&self, field: Field) -> Result<&Column<'_>> {
        match self.field(field)? {
            Some(column) => Ok(column),
            None => Err(corrupt(format_args!("it has no column {}", field.key()))),
        }
    }

    /// Indexes of the columns that attribute `key` of `table` has, one per type.
    #[inline]
    pub fn attribute(&self, table: Table, key: &[u8]) -> Range<u32> {
        self.attribute_hashed(table, key, key_hash(key))
    }

    /// As [`Block::attribute`], given the [`key_hash`] of `key`.
    #[inline]
    pub fn attribute_hashed(&self, table: Table, key: &[u8], hash: u64) -> Range<u32> {
        let same = |k: &KeyColumns| k.table == table && same_key(self.key_bytes(k), key);
        self.attributes.find(hash, same).map_or(0..0, |key| key.columns.clone())
    }

    /// The items of shape number `shape`: column indexes in the order the attributes came, and
    /// [`format::RESIDUAL_ITEM`] for each value that is in the residual table.
    #[inline]
    pub fn shape(&self, shape: u64) -> Result<&[u32]> {
        let shapes = self.opened.shapes().map_err(|e| self.locate(e))?;
        shapes
            .get(shape)
            .ok_or_else(|| self.locate(corrupt(format_args!("shape {shape} does not exist"))))
    }

    /// Number of shapes.
    pub fn shape_count(&self) -> Result<usize> {
        Ok(self.opened.shapes().map_err(|e| self.locate(e))?.len())
    }

    /// Row in the trace table of span `row`.
    #[inline]
    pub fn trace_of(&self, row: u32) -> Result<u32> {
        let starts = self.required(Field::TraceStart)?;
        match starts.presence.rank(row.saturating_add(1)) {
            0 => Err(corrupt("its first row begins no trace")),
            n => Ok(n as u32 - 1),
        }
    }

    /// As [`Block::trace_of`], with the first span row of the trace.
    #[inline]
    pub fn trace_and_first_row(&self, row: u32) -> Result<(u32, u32)> {
        let starts = self.required(Field::TraceStart)?;
        let at = row as usize / 64;
        if let Presence::Optional { words, ranks, .. } = starts.presence
            && let Some(word) = words.get(at)
        {
            // Mostly the trace begins in the same word of the bitmap, which then tells both.
            let up_to_row = word & (u64::MAX >> (63 - row % 64));
            if up_to_row != 0 {
                let trace = ranks.get(at) + up_to_row.count_ones() - 1;
                return Ok((trace, at as u32 * 64 + 63 - up_to_row.leading_zeros()));
            }
        }
        let trace = self.trace_of(row)?;
        Ok((trace, self.trace_first_row(trace)?))
    }

    /// First span row of trace `trace` (a row of the trace table).
    #[inline]
    pub fn trace_first_row(&self, trace: u32) -> Result<u32> {
        let first = self.required(Field::TraceFirstRow)?.integer(trace);
        match first.filter(|&row| row < u64::from(self.rows())) {
            Some(row) => Ok(row as u32),
            None => Err(corrupt(format_args!("no rows of trace {trace}"))),
        }
    }

    /// Span rows of trace `trace` (a row of the trace table).
    pub fn trace_rows(&self, trace: u32) -> Result<Range<u32>> {
        let first = self.required(Field::TraceFirstRow)?;
        let at = |t: u32| first.integer(t).and_then(|r| u32::try_from(r).ok());
        let start = at(trace).ok_or_else(|| corrupt(format_args!("no trace {trace}")))?;
        let end = at(trace + 1).unwrap_or(self.rows());
        if start < end && end <= self.rows() {
            Ok(start..end)
        } else {
            Err(corrupt("rows of a trace are out of order"))
        }
    }

    /// Bytes of heap memory this block holds: the whole block if it was built or copied, else what
    /// was fetched or decoded of it; and what was worked out to find values, depths and owned rows faster.
    pub fn heap_bytes(&self) -> u64 {
        let whole = match &self.bytes {
            BlockBytes::Whole(bytes) if bytes.is_heap() => bytes.len() as u64,
            _ => 0,
        };
        let depths = self.depths.get().map_or(0, Kept::heap_bytes);
        let owners = self.owners.iter().filter_map(OnceLock::get).map(Owners::heap_bytes);
        let found = depths + owners.sum::<u64>() + self.opened.heap_bytes();
        whole + found + self.sections().heap_bytes()
    }

    /// Bytes of a mapped file that this block is, in memory or not; 0 if it is not mapped.
    pub fn mapped_bytes(&self) -> u64 {
        match &self.bytes {
            BlockBytes::Whole(bytes) if bytes.is_mapping() => bytes.len() as u64,
            _ => 0,
        }
    }
}

/// Checks that there are as many bytes as ids alone take, so that a short block cannot make anybody
/// reserve memory for many rows: other columns may take none.
fn check_rows(header: &BlockHeader) -> Result<()> {
    let rows = |table: Table| u64::from(header.table_rows[table as usize]);
    let (spans, traces) = (rows(Table::Span), rows(Table::Trace));
    if traces <= spans && (8 * spans).max(16 * traces) <= header.block_len {
        return Ok(());
    }
    let len = header.block_len;
    Err(corrupt(format_args!("it states {spans} spans in {traces} traces and has {len} bytes")))
}

fn field_of(info: &ColumnInfo<'_>) -> Option<Field> {
    Field::ALL.iter().copied().find(|f| {
        f.table() == info.table
            && f.key().as_bytes() == info.key
            && Some(f.value_type()) == info.value_type
    })
}

impl std::fmt::Debug for Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Block")
            .field("rows", &self.rows())
            .field("traces", &self.trace_count())
            .field("bytes", &self.bytes.len())
            .field("columns", &self.entries().len())
            .finish()
    }
}

const _: fn() = || {
    fn shared<T: Send + Sync>() {}
    shared::<Block>();
};
