//! What a file's indexes say of its columns without opening blocks: their names, and which blocks
//! can have a value that is sought.

use super::block_set::BlockSet;
use super::column_index::{
    Chunk, ColumnIndex, ColumnIndexBuilder, ColumnName, FileColumn, filter_hashes,
};
use super::filter::{filter_hash, filter_may_have};
use super::format::{RegionEntry, corrupt, region};
use super::reader::{Reader, SMALL_INDEX};
use crate::block::{Block, Field, Sought};
use crate::bytes::Bytes;
use crate::error::{Error, ErrorKind, Result};
use crate::value::{ValueType, text};
use bytemuck::Zeroable;
use std::collections::VecDeque;
use std::ops::Range;

/// A column index that was opened.
pub(super) struct OpenIndex {
    index: ColumnIndex,
    /// Where the region is in the file; `None` if the file has none, and this was made for it.
    offset: Option<u64>,
    /// The whole region, if it is at hand.
    region: Option<Bytes>,
}

/// A column of the file, and what is sought in it.
struct Wanted<'a> {
    column: u32,
    value_type: Option<ValueType>,
    sought: Vec<Sought<'a>>,
}

/// A block whose values could be those sought, if its filter does not deny it.
struct Doubt {
    chunk: Chunk,
    /// Place of the filter in the file.
    filter: Range<u64>,
    hashes: Vec<u64>,
}

impl Reader {
    /// The columns that the blocks of the file have, with their types: one for each name and type,
    /// sorted by table, fixed columns before attributes, name and type. Names of attributes that
    /// are in the residual table alone are not among them.
    ///
    /// Reads the file's index, in one round trip at the first call; of a file without one, the
    /// directories of all blocks.
    pub fn columns(&self) -> Result<impl ExactSizeIterator<Item = FileColumn<'_>>> {
        Ok(self.column_index()?.index.columns())
    }

    /// What is known of column `column` ([`FileColumn::index`]) in each block that has it, in the
    /// order of blocks.
    pub fn chunks(&self, column: u32) -> Result<Vec<Chunk>> {
        let open = self.column_index()?;
        let mut chunks = self.chunks_of(open, &[column])?;
        Ok(chunks.pop().unwrap_or_default())
    }

    /// The blocks that can have, in a column of one of these `names`, a value that is `sought`:
    /// pairs of a type and what is sought in columns of it. No other block has one.
    ///
    /// Of the blocks some can turn out not to have any. They include those that may have the name
    /// in their residual table. If the file is far away and its index large, a call takes one round
    /// trip, or two if filters are asked.
    ///
    /// Errors: the index is damaged; then any block can.
    pub fn blocks_that_may(
        &self,
        names: &[ColumnName<'_>],
        sought: &[(ValueType, Sought<'_>)],
    ) -> Result<BlockSet> {
        let open = self.column_index()?;
        let full_names = residual_names(names);
        let columns = wanted_columns(&open.index, names, &full_names, sought);
        let numbers: Vec<u32> = columns.iter().map(|wanted| wanted.column).collect();
        let mut found = BlockSet::none(self.block_count());
        let mut doubts = Vec::new();
        for (wanted, chunks) in columns.iter().zip(self.chunks_of(open, &numbers)?) {
            for chunk in chunks {
                self.ask(wanted, chunk, &mut found, &mut doubts)?;
            }
        }
        doubts.retain(|doubt| !found.contains(doubt.chunk.block as usize));
        let filters = self.read_all(doubts.iter().map(|doubt| doubt.filter.clone()))?;
        for (doubt, filter) in doubts.iter().zip(filters) {
            doubt.chunk.check_filter(&filter).map_err(|e| self.in_index(e))?;
            if doubt.hashes.iter().any(|&hash| filter_may_have(&filter, hash)) {
                found.insert(doubt.chunk.block as usize);
            }
        }
        Ok(found)
    }

    /// Adds the chunk's block to those `found`, or to the `doubts`, or to neither.
    fn ask(
        &self,
        wanted: &Wanted<'_>,
        chunk: Chunk,
        found: &mut BlockSet,
        doubts: &mut Vec<Doubt>,
    ) -> Result<()> {
        let within = |sought: &&Sought<'_>| {
            wanted.value_type.is_none_or(|of| chunk.bounds(of).may_have(sought))
        };
        let mut possible = wanted.sought.iter().filter(within).peekable();
        if possible.peek().is_none() {
            return Ok(());
        }
        let hashes = possible.map(|sought| match sought {
            Sought::Equal(value) if wanted.value_type.is_some() => Some(filter_hash(value)),
            _ => None,
        });
        match (self.filter_place(&chunk)?, hashes.collect()) {
            (Some(filter), Some(hashes)) => doubts.push(Doubt { chunk, filter, hashes }),
            _ => found.insert(chunk.block as usize),
        }
        Ok(())
    }

    /// Where in the file the chunk's filter is.
    fn filter_place(&self, chunk: &Chunk) -> Result<Option<Range<u64>>> {
        let Some(place) = chunk.filter() else { return Ok(None) };
        match self.region(region::FILTERS) {
            Some(entry) if place.end <= entry.len => {
                Ok(Some(entry.offset + place.start..entry.offset + place.end))
            }
            _ => Err(self.in_index(corrupt("it names a filter that does not exist"))),
        }
    }

    // --- the index ------------------------------------------------------------------------------

    fn column_index(&self) -> Result<&OpenIndex> {
        if let Some(open) = self.column_index.get() {
            return Ok(open);
        }
        let open = match self.region(region::COLUMNS) {
            Some(entry) => self.read_index(entry)?,
            None => self.make_index()?,
        };
        Ok(self.column_index.get_or_init(|| open))
    }

    /// Whether the file has an index of its columns.
    pub fn has_column_index(&self) -> bool {
        self.region(region::COLUMNS).is_some()
    }

    /// Where the index of columns is, if it has yet to be fetched and is little to keep.
    pub(super) fn index_to_fetch(&self) -> Option<Range<u64>> {
        let entry = self.region(region::COLUMNS)?;
        let wanted = self.mapped.is_none() && self.column_index.get().is_none();
        (wanted && entry.len <= SMALL_INDEX).then(|| entry.offset..entry.offset + entry.len)
    }

    /// Takes the bytes at [`Reader::index_to_fetch`], fetched together with others. A damaged index
    /// is left to be complained of by whoever asks it.
    pub(super) fn supply_index(&self, region: Bytes) {
        let Some(entry) = self.region(region::COLUMNS) else { return };
        let head = region.slice(0, entry.head_len as usize).unwrap_or_default();
        if let Ok(index) = ColumnIndex::open(&head, entry.len) {
            let open = OpenIndex { index, offset: Some(entry.offset), region: Some(region) };
            self.column_index.get_or_init(|| open);
        }
    }

    fn read_index(&self, entry: &RegionEntry) -> Result<OpenIndex> {
        let (region, head) = self.region_head(entry)?;
        let index = ColumnIndex::open(&head, entry.len).map_err(|e| self.in_index(e))?;
        Ok(OpenIndex { index, offset: Some(entry.offset), region })
    }

    /// The index of a file that has none.
    fn make_index(&self) -> Result<OpenIndex> {
        let mut builder = ColumnIndexBuilder::default();
        for (number, block) in (0..).zip(self.blocks(0..self.block_count())?) {
            builder.push(number, &block, false)?;
        }
        let regions = builder.finish()?;
        let region = Bytes::from_aligned(regions.index);
        let head = region.slice(0, regions.head_len as usize).unwrap_or_default();
        let index = ColumnIndex::open(&head, region.len() as u64)?;
        Ok(OpenIndex { index, offset: None, region: Some(region) })
    }

    /// The chunks of each of the `columns`; fetched in one round trip.
    fn chunks_of(&self, open: &OpenIndex, columns: &[u32]) -> Result<Vec<Vec<Chunk>>> {
        let ranges = columns.iter().map(|&column| open.index.range(column));
        let parts: Vec<Bytes> = match (&open.region, open.offset) {
            (None, Some(offset)) => {
                self.read_all(ranges.map(|range| offset + range.start..offset + range.end))?
            }
            (region, _) => {
                let region = region.clone().unwrap_or_default();
                let part = |range: Range<u64>| {
                    let len = usize::try_from(range.end - range.start).ok()?;
                    region.slice(usize::try_from(range.start).ok()?, len)
                };
                ranges.map(|range| part(range).unwrap_or_default()).collect()
            }
        };
        parts.iter().try_for_each(Bytes::populate)?;
        let chunks = columns.iter().zip(parts).map(|(&column, bytes)| {
            open.index.chunks(column, &bytes, self.block_count()).map_err(|e| self.in_index(e))
        });
        chunks.collect()
    }

    #[cold]
    fn in_index(&self, e: Error) -> Error {
        e.context(format_args!("{}, column index", self.name()))
    }
}

/// Compares the index of a file with its blocks, one after another.
pub(super) struct IndexCheck<'a> {
    reader: &'a Reader,
    index: &'a ColumnIndex,
    /// Those of each column that were not yet met.
    chunks: Vec<VecDeque<Chunk>>,
}

impl<'a> IndexCheck<'a> {
    pub fn new(reader: &'a Reader) -> Result<Self> {
        let open = reader.column_index()?;
        let columns: Vec<u32> = (0..open.index.column_count()).collect();
        let chunks = reader.chunks_of(open, &columns)?;
        let chunks = chunks.into_iter().map(VecDeque::from).collect();
        Ok(IndexCheck { reader, index: &open.index, chunks })
    }

    /// Checks what the index says of the next block.
    pub fn next_block(&mut self, number: u32, block: &Block) -> Result<()> {
        for (info, wanted) in Chunk::of_block(number, block) {
            let column = self.index.position(&info).and_then(|i| self.chunks.get_mut(i));
            let chunk = column.and_then(VecDeque::pop_front).unwrap_or(Chunk::zeroed());
            let name = || text(info.name);
            if chunk.without_filter() != wanted {
                return Err(corrupt(format!("the column index contradicts column {}", name())));
            }
            let Some(place) = self.reader.filter_place(&chunk)? else { continue };
            let filter = self.reader.bytes(place.start, place.end - place.start)?;
            filter.populate()?;
            chunk.check_filter(&filter)?;
            let hashes = match filter_hashes(block, &info) {
                Err(e) if e.kind() == ErrorKind::Unsupported => continue,
                hashes => hashes?,
            };
            if !hashes.iter().all(|&hash| filter_may_have(&filter, hash)) {
                return Err(corrupt(format!("the filter of column {} denies a value", name())));
            }
        }
        Ok(())
    }

    /// Checks that the index speaks of no column that no block has.
    pub fn finish(self) -> Result<()> {
        match self.chunks.iter().all(VecDeque::is_empty) {
            true => Ok(()),
            false => Err(self.reader.in_index(corrupt("it has columns that no block has"))),
        }
    }
}

/// The columns of these names in which one of the values sought can be, and the names in the
/// residual table.
fn wanted_columns<'a>(
    index: &ColumnIndex,
    names: &[ColumnName<'_>],
    full_names: &'a [Vec<u8>],
    sought: &[(ValueType, Sought<'a>)],
) -> Vec<Wanted<'a>> {
    let field = Field::ResidualName;
    let residual =
        ColumnName { table: field.table(), attribute: false, key: field.key().as_bytes() };
    let in_residual: Vec<_> =
        full_names.iter().map(|name| (field.value_type(), Sought::Equal(name))).collect();
    let asked = names.iter().map(|name| (name, sought)).chain([(&residual, &in_residual[..])]);
    let columns = asked.flat_map(|(name, sought)| {
        index.find(name).map(move |(column, value_type)| {
            // Columns of a type that is not known can have anything.
            let of_type = |of: ValueType| value_type.is_none_or(|value_type| value_type == of);
            let sought = sought.iter().filter(|(of, _)| of_type(*of)).map(|(_, sought)| *sought);
            Wanted { column, value_type, sought: sought.collect() }
        })
    });
    columns.filter(|wanted| !wanted.sought.is_empty()).collect()
}

/// Full names of those that are attributes, as they are in the residual table.
fn residual_names(names: &[ColumnName<'_>]) -> Vec<Vec<u8>> {
    let attributes = names.iter().filter(|name| name.attribute);
    attributes.map(|name| [name.table.attribute_prefix().as_bytes(), name.key].concat()).collect()
}
