//! Reading from afar: blocks that are fetched in pieces, and many pieces in one round trip.

use super::reader::Reader;
use super::source::{ReadRange, Source};
use crate::block::{Block, Fetch};
use crate::bytes::{AlignedBuf, Bytes};
use crate::error::Result;
use std::ops::Range;
use std::sync::Arc;

/// A block that is fetched in pieces. Its header and directory are at hand, so that opening it is
/// one round trip.
pub(super) struct RemoteBlock {
    source: Arc<dyn Source>,
    /// Where the block starts in the source.
    offset: u64,
    head: Bytes,
}

impl RemoteBlock {
    /// The block at `offset` of `source` that begins with `head`.
    pub(super) fn new(source: Arc<dyn Source>, offset: u64, head: Bytes) -> Self {
        RemoteBlock { source, offset, head }
    }
}

impl Fetch for RemoteBlock {
    fn fetch(&self, offset: u64, dst: &mut [u8]) -> Result<()> {
        let at_hand =
            usize::try_from(offset).ok().and_then(|at| self.head.get(at..)?.get(..dst.len()));
        match at_hand {
            Some(bytes) => {
                dst.copy_from_slice(bytes);
                Ok(())
            }
            None => {
                let offset = self.offset.saturating_add(offset);
                self.source.read(&mut [ReadRange { offset, dst }])
            }
        }
    }
}

/// A section that is to be fetched.
struct Wanted {
    /// Index into the list of blocks.
    block: usize,
    section: u32,
    /// Place in the file.
    range: Range<u64>,
}

impl Reader {
    /// The blocks of `range`, opened with one round trip if they are not in memory.
    ///
    /// Errors: as [`Reader::block`].
    pub fn blocks(&self, range: Range<usize>) -> Result<Vec<Arc<Block>>> {
        self.open_all(range, false)
    }

    /// As [`Reader::blocks`]; with the index of columns in the same round trip, if the flag says so.
    pub(crate) fn open_all(
        &self,
        range: Range<usize>,
        with_index: bool,
    ) -> Result<Vec<Arc<Block>>> {
        let entries = self.block_entries();
        if range.start > range.end || range.end > entries.len() {
            return Err(self.no_block(range.end.max(range.start)));
        }
        let fetched = |index: &usize| self.mapped.is_none() && !self.is_open(*index);
        let missing: Vec<usize> = range.clone().filter(fetched).collect();
        let places = missing.iter().map(|&index| {
            let entry = &entries[index];
            entry.offset..entry.offset + u64::from(entry.head_len)
        });
        let index = if with_index && !missing.is_empty() { self.index_to_fetch() } else { None };
        let mut fetched = self.read_all(places.chain(index.clone()))?;
        if index.is_some()
            && let Some(bytes) = fetched.pop()
        {
            self.supply_index(bytes);
        }
        let mut heads = missing.iter().zip(fetched).peekable();
        range
            .map(|index| {
                let head = heads.next_if(|(of, _)| **of == index);
                self.block_with(index, head.map(|(_, bytes)| bytes))
            })
            .collect()
    }

    /// Fetches the columns that `columns` names of each block, of all blocks in one round trip, so
    /// that using them later needs none. The list pairs numbers of blocks of this file with the
    /// open blocks. Columns that are in memory already cost nothing.
    ///
    /// Errors: what the source reports, and damage to the sections.
    pub fn prefetch(
        &self,
        blocks: &[(usize, Arc<Block>)],
        columns: impl Fn(&Block) -> Vec<u32>,
    ) -> Result<()> {
        let mut wanted = Vec::new();
        for (at, (index, block)) in blocks.iter().enumerate() {
            let entry = self.block_entries().get(*index).ok_or_else(|| self.no_block(*index))?;
            for column in columns(block).into_iter().filter(|&c| c < block.column_count()) {
                for section in block.column_info(column).sections() {
                    if let Some(place) = block.sections().missing(section) {
                        let range = entry.offset + place.start..entry.offset + place.end;
                        wanted.push(Wanted { block: at, section, range });
                    }
                }
            }
        }
        // Columns share sections.
        wanted.sort_by_key(|w| (w.block, w.section));
        wanted.dedup_by_key(|w| (w.block, w.section));
        let fetched = self.read_all(wanted.iter().map(|w| w.range.clone()))?;
        for (wanted, bytes) in wanted.iter().zip(fetched) {
            let (index, block) = &blocks[wanted.block];
            let supplied = block.sections().supply(wanted.section, bytes);
            supplied.map_err(|e| self.in_block(*index, e))?;
        }
        Ok(())
    }

    /// Reads runs of bytes, which lie inside the file, in one round trip; shares those in memory.
    pub(super) fn read_all(&self, places: impl Iterator<Item = Range<u64>>) -> Result<Vec<Bytes>> {
        if self.mapped.is_some() {
            let part = |place: Range<u64>| self.bytes(place.start, place.end - place.start);
            let parts: Vec<Bytes> = places.map(part).collect::<Result<_>>()?;
            parts.iter().try_for_each(Bytes::populate)?;
            return Ok(parts);
        }
        let mut buffers: Vec<(u64, AlignedBuf)> = places
            .map(|place| (place.start, AlignedBuf::zeroed((place.end - place.start) as usize)))
            .collect();
        let mut ranges: Vec<ReadRange<'_>> =
            buffers.iter_mut().map(|(offset, dst)| ReadRange { offset: *offset, dst }).collect();
        if !ranges.is_empty() {
            self.source.read(&mut ranges)?;
        }
        Ok(buffers.into_iter().map(|(_, buffer)| Bytes::from_aligned(buffer)).collect())
    }
}
