//! Access to a block's sections: found, fetched, checked and decoded on first touch, then free.

use super::format::{Codec, SectionEntry, corrupt};
use crate::bytes::{AlignedBuf, Bytes};
use crate::error::{Error, ErrorKind, Result};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

/// Where bytes of a block that is not in memory come from.
pub trait Fetch: Send + Sync {
    /// Fills `dst` with the bytes at `offset` from the start of the block, all or an error.
    fn fetch(&self, offset: u64, dst: &mut [u8]) -> Result<()>;
}

/// The bytes of a block: at hand, or to be fetched section by section.
#[derive(Clone)]
pub enum BlockBytes {
    /// The whole block in memory or mapped.
    Whole(Bytes),
    /// Fetched on demand; the number is the block's length in bytes.
    Remote(Arc<dyn Fetch>, u64),
}

impl BlockBytes {
    /// Length of the block in bytes.
    pub fn len(&self) -> u64 {
        match self {
            BlockBytes::Whole(bytes) => bytes.len() as u64,
            BlockBytes::Remote(_, len) => *len,
        }
    }

    /// Whether there are no bytes at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The whole block, shared where possible.
    pub fn to_bytes(&self) -> Result<Bytes> {
        self.read(0, self.len())
    }

    /// The bytes `offset .. offset + len`, shared where possible, and in memory.
    pub(super) fn read(&self, offset: u64, len: u64) -> Result<Bytes> {
        if offset.checked_add(len).is_none_or(|end| end > self.len()) {
            return Err(corrupt(format_args!(
                "{len} bytes at {offset} reach past its end at {}",
                self.len()
            )));
        }
        match self {
            BlockBytes::Whole(bytes) => {
                let part = bytes
                    .slice(offset as usize, len as usize)
                    .ok_or_else(|| corrupt("its bytes shrank while it was open"))?;
                part.populate()?;
                Ok(part)
            }
            BlockBytes::Remote(source, _) => {
                let mut buf = AlignedBuf::zeroed(len as usize);
                source.fetch(offset, &mut buf)?;
                Ok(Bytes::from_aligned(buf))
            }
        }
    }
}

/// The sections of one block.
pub struct Sections {
    bytes: BlockBytes,
    entries: Vec<SectionEntry>,
    /// Sections whose checksum held, a bit each.
    checked: Vec<AtomicU64>,
    /// Fetched or decoded copies of sections that cannot be read in place.
    copies: Vec<OnceLock<Bytes>>,
    heap: AtomicU64,
}

impl Sections {
    /// Checks that every entry lies inside the block, behind `data_start`.
    pub(super) fn new(
        bytes: BlockBytes,
        entries: Vec<SectionEntry>,
        data_start: u64,
    ) -> Result<Self> {
        let block_len = bytes.len();
        for (i, entry) in entries.iter().enumerate() {
            let offset = u64::from(entry.offset) * super::format::ALIGN as u64;
            let end = offset.checked_add(entry.stored_len);
            if offset < data_start || end.is_none_or(|end| end > block_len) {
                return Err(corrupt(format_args!("section {i} lies outside the block")));
            }
            if entry.codec == Codec::Raw as u8 && entry.len != entry.stored_len {
                return Err(corrupt(format_args!("section {i} states two lengths")));
            }
        }
        let words = entries.len().div_ceil(64);
        let copies = entries.iter().map(|_| OnceLock::new()).collect();
        let checked = (0..words).map(|_| AtomicU64::new(0)).collect();
        Ok(Sections { bytes, entries, checked, copies, heap: AtomicU64::new(0) })
    }

    /// All entries, as in the directory.
    pub fn entries(&self) -> &[SectionEntry] {
        &self.entries
    }

    /// Bytes of heap memory that fetched and decoded sections hold.
    pub fn heap_bytes(&self) -> u64 {
        self.heap.load(Relaxed)
    }

    /// The decoded bytes of section `index`.
    #[inline]
    pub fn get(&self, index: u32) -> Result<&[u8]> {
        let i = index as usize;
        let Some(entry) = self.entries.get(i) else {
            return Err(corrupt(format_args!("section {index} does not exist")));
        };
        if let BlockBytes::Whole(bytes) = &self.bytes
            && entry.codec == Codec::Raw as u8
        {
            let start = entry.offset as usize * super::format::ALIGN;
            let bytes = bytes
                .get(start..start + entry.len as usize)
                .ok_or_else(|| corrupt("its bytes shrank while it was open"))?;
            if self.checked[i / 64].load(Relaxed) & (1 << (i % 64)) == 0 {
                self.check(i, &self.bytes.read(start as u64, entry.len)?)?;
            }
            return Ok(bytes);
        }
        match self.copies[i].get() {
            Some(bytes) => Ok(bytes),
            None => self.load(i),
        }
    }

    /// The decoded bytes of section `index`, shared: they outlive the block.
    pub fn share(&self, index: u32) -> Result<Bytes> {
        let bytes = self.get(index)?;
        match (&self.bytes, self.copies.get(index as usize).and_then(OnceLock::get)) {
            (_, Some(copy)) => Ok(copy.clone()),
            (BlockBytes::Whole(_), None) => {
                self.bytes.read(self.place(index as usize).start, bytes.len() as u64)
            }
            (BlockBytes::Remote(..), None) => Err(corrupt("a section that was fetched is gone")),
        }
    }

    /// Checks section `index`, which must exist: its checksum, and that it can be decoded.
    pub(super) fn verify(&self, index: u32) -> Result<()> {
        let i = index as usize;
        let place = self.place(i);
        let stored = self.bytes.read(place.start, place.end - place.start)?;
        self.check(i, &stored)?;
        decode(i, &self.entries[i], stored).map(drop)
    }

    #[cold]
    fn check(&self, i: usize, stored: &[u8]) -> Result<()> {
        if xxhash_rust::xxh3::xxh3_64(stored) != self.entries[i].hash {
            let message = format!("section {i} of the block does not match its checksum");
            return Err(Error::new(ErrorKind::Checksum, message));
        }
        self.checked[i / 64].fetch_or(1 << (i % 64), Relaxed);
        Ok(())
    }

    #[cold]
    fn load(&self, i: usize) -> Result<&[u8]> {
        let place = self.place(i);
        self.keep(i, self.bytes.read(place.start, place.end - place.start)?)
    }

    fn place(&self, i: usize) -> Range<u64> {
        let entry = &self.entries[i];
        let offset = u64::from(entry.offset) * super::format::ALIGN as u64;
        offset..offset + entry.stored_len
    }

    /// Checks and decodes what was fetched of section `i`, and keeps it.
    fn keep(&self, i: usize, stored: Bytes) -> Result<&[u8]> {
        self.check(i, &stored)?;
        let decoded = decode(i, &self.entries[i], stored)?;
        let len = decoded.len() as u64;
        let mut first = false;
        let bytes = self.copies[i].get_or_init(|| {
            first = true;
            decoded
        });
        if first {
            self.heap.fetch_add(len, Relaxed);
        }
        Ok(bytes)
    }

    /// Where in the block section `index` is, if its bytes have yet to be fetched.
    pub fn missing(&self, index: u32) -> Option<Range<u64>> {
        let i = index as usize;
        match &self.bytes {
            BlockBytes::Remote(..) if self.copies.get(i)?.get().is_none() => Some(self.place(i)),
            _ => None,
        }
    }

    /// Takes the bytes at [`Sections::missing`], fetched together with others.
    pub fn supply(&self, index: u32, stored: Bytes) -> Result<()> {
        match self.entries.get(index as usize) {
            Some(_) => self.keep(index as usize, stored).map(drop),
            None => Err(corrupt(format_args!("section {index} does not exist"))),
        }
    }
}

/// Decoded sections are at most this many times their stored size: what Zstandard reaches on the
/// most regular input is about 20,000; more is an attack on memory.
const MAX_EXPANSION: u64 = 1 << 15;

fn decode(i: usize, entry: &SectionEntry, stored: Bytes) -> Result<Bytes> {
    if entry.codec == Codec::Raw as u8 {
        return Ok(stored);
    }
    if entry.codec != Codec::Zstd as u8 {
        let message = format!(
            "section {i} is stored with codec {}, which this version does not know",
            entry.codec
        );
        return Err(Error::new(ErrorKind::Unsupported, message));
    }
    if entry.len > entry.stored_len.saturating_mul(MAX_EXPANSION) {
        return Err(corrupt(format_args!("section {i} states an impossible length")));
    }
    let mut buf = AlignedBuf::zeroed(entry.len as usize);
    let written = zstd::bulk::decompress_to_buffer(&stored, &mut buf[..])
        .map_err(|e| corrupt(format_args!("section {i} does not decompress: {e}")))?;
    if written as u64 != entry.len {
        return Err(corrupt(format_args!("section {i} decompresses to another length")));
    }
    Ok(Bytes::from_aligned(buf))
}
