//! Collects a block's sections: stores each distinct one once, compressed where that pays.

use crate::block::format::{ALIGN, Codec, SectionEntry, SectionKind};
use crate::bytes::AlignedBuf;
use crate::error::{Error, ErrorKind, Result};
use std::collections::BTreeMap;
use xxhash_rust::xxh3::xxh3_64;

/// How a block is stored. Both kinds scan alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Everything is scanned in place; only long text is compressed.
    #[default]
    Hot,
    /// Every section but ids is compressed, and decoded once on first touch.
    Archive,
}

/// Entries longer than this on average are text that is read, seldom scanned.
const LONG_TEXT: usize = 128;
/// Sections shorter than this are not worth a decoder call.
const SHORT_SECTION: usize = 512;
/// Zstandard level: the library's default, where ratio against speed is best.
const ZSTD_LEVEL: i32 = 3;

/// Whether a section may be compressed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Compress {
    /// Random bytes: never.
    Never,
    /// In archives.
    Archive,
    /// Also in hot blocks, if it holds this many entries of long text.
    LongText(usize),
}

/// The sections of a block being built.
pub(super) struct SectionWriter {
    profile: Profile,
    entries: Vec<SectionEntry>,
    data: AlignedBuf,
    /// First section of each hash of stored bytes.
    known: BTreeMap<u64, u32>,
}

impl SectionWriter {
    pub fn new(profile: Profile) -> Self {
        SectionWriter {
            profile,
            entries: Vec::new(),
            data: AlignedBuf::new(),
            known: BTreeMap::new(),
        }
    }

    /// Adds a section and returns its number; equal bytes are stored once.
    pub fn add(&mut self, kind: SectionKind, bytes: &[u8], compress: Compress) -> Result<u32> {
        let packed = self.compress(bytes, compress)?;
        let (codec, stored) = match &packed {
            Some(packed) => (Codec::Zstd, &packed[..]),
            None => (Codec::Raw, bytes),
        };
        let hash = xxh3_64(stored);
        if let Some(&known) = self.known.get(&hash)
            && self.is_same(known, codec, stored, bytes.len())
        {
            return Ok(known);
        }
        let number = self.entries.len() as u32;
        self.data.pad();
        let offset = u32::try_from(self.data.len() / ALIGN).map_err(|_| {
            Error::new(
                ErrorKind::Limit,
                "a block cannot be larger than 256 GiB; write smaller ones",
            )
        })?;
        self.entries.push(SectionEntry {
            offset,
            kind: kind as u8,
            codec: codec as u8,
            reserved: 0,
            stored_len: stored.len() as u64,
            len: bytes.len() as u64,
            hash,
        });
        self.known.insert(hash, number);
        self.data.extend_from_slice(stored);
        Ok(number)
    }

    fn is_same(&self, known: u32, codec: Codec, stored: &[u8], len: usize) -> bool {
        let entry = &self.entries[known as usize];
        let start = entry.offset as usize * ALIGN;
        entry.codec == codec as u8
            && entry.len == len as u64
            && self.data[start..start + entry.stored_len as usize] == *stored
    }

    fn compress(&self, bytes: &[u8], compress: Compress) -> Result<Option<Vec<u8>>> {
        let least_saving = match (self.profile, compress) {
            _ if bytes.len() < SHORT_SECTION => return Ok(None),
            (_, Compress::Never) => return Ok(None),
            (Profile::Archive, _) => bytes.len() / 32,
            // Reading compressed text costs a copy on the heap: it has to save a third.
            (Profile::Hot, Compress::LongText(entries)) if bytes.len() / LONG_TEXT > entries => {
                bytes.len() / 3
            }
            (Profile::Hot, _) => return Ok(None),
        };
        let packed = zstd::bulk::compress(bytes, ZSTD_LEVEL)
            .map_err(|e| Error::io("compressing a section", e))?;
        Ok((packed.len() + least_saving <= bytes.len()).then_some(packed))
    }

    /// The entries, with offsets from the start of the data, and the data.
    pub fn finish(mut self) -> (Vec<SectionEntry>, AlignedBuf) {
        self.data.pad();
        (self.entries, self.data)
    }
}
