//! The trace index: which traces lie in which blocks.
//!
//! A trace id is hashed (xxh3-64). The top bits of the hash choose a bucket; the bucket holds,
//! sorted, one 64-bit word per trace of a block: the next bits of the hash as far as there is
//! room, then the number of the block, then the trace's row in it. So the words of a bucket that
//! begin with the bits of a given hash are the places where the trace can be. They can hold another
//! trace with the same bits (one look-up in millions), so places are candidates until the id there
//! is compared. Buckets of about 256 words keep a cold look-up to one read of some 2 KiB.
//!
//! ```text
//! head:    header (64) | buckets (8 each: end, checksum)
//! entries: words (8 each), bucket by bucket
//! ```

use super::format::{corrupt, mismatch, read};
use crate::bytes::{ALIGN, AlignedBuf, Bytes};
use crate::error::{Error, ErrorKind, Result};
use bytemuck::{Pod, Zeroable};
use std::ops::Range;
use xxhash_rust::xxh3::xxh3_64;

/// Entries of a bucket, on average at most.
const BUCKET_ENTRIES: u64 = 256;
/// Number of bucket bits that a file can state; far more than 2^32 entries need.
const MAX_BUCKET_BITS: u8 = 30;

/// A trace, or a fragment of one, in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TracePlace {
    /// Number of the block.
    pub block: u32,
    /// Row in the block's trace table.
    pub trace: u32,
}

/// First 64 bytes of the region.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
struct Header {
    /// 0: xxh3-64 of the head behind these 8 bytes.
    hash: u64,
    /// 8: number of entries.
    count: u64,
    /// 16: bits of the hash that choose the bucket; there are two to the power of it.
    bucket_bits: u8,
    /// 17: bits of a word that are the block.
    block_bits: u8,
    /// 18: bits of a word that are the trace, its lowest.
    trace_bits: u8,
    /// 19: zero.
    reserved0: [u8; 5],
    /// 24: zero.
    reserved1: [u64; 5],
}

/// One bucket.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
struct Bucket {
    /// 0: number of entries up to the end of this bucket.
    end: u32,
    /// 4: low half of the xxh3-64 of the bucket's words.
    hash: u32,
}

const HEADER_LEN: usize = size_of::<Header>();
const _: () = assert!(HEADER_LEN == 64);
const WORD: usize = size_of::<u64>();

/// How the bits of hash and word are divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bits {
    bucket: u8,
    block: u8,
    trace: u8,
}

impl Bits {
    fn bucket_of(self, hash: u64) -> usize {
        hash.checked_shr(64 - u32::from(self.bucket)).unwrap_or(0) as usize
    }

    /// The bits of a word that come from the hash.
    fn mask(self) -> u64 {
        u64::MAX.checked_shl(u32::from(self.block) + u32::from(self.trace)).unwrap_or(0)
    }

    fn fingerprint(self, hash: u64) -> u64 {
        (hash << self.bucket) & self.mask()
    }

    fn word(self, hash: u64, place: TracePlace) -> u64 {
        let block = u64::from(place.block).checked_shl(u32::from(self.trace)).unwrap_or(0);
        self.fingerprint(hash) | block | u64::from(place.trace)
    }

    fn place(self, word: u64) -> TracePlace {
        let low = |bits: u8| u64::MAX.checked_shr(64 - u32::from(bits)).unwrap_or(0);
        TracePlace {
            block: (word >> self.trace & low(self.block)) as u32,
            trace: (word & low(self.trace)) as u32,
        }
    }
}

fn bits_for(max: u32) -> u8 {
    (u32::BITS - max.leading_zeros()) as u8
}

// --- writing --------------------------------------------------------------------------------

/// Gathers traces while a file is written; 16 bytes of memory a trace.
#[derive(Default)]
pub struct TraceIndexBuilder {
    entries: Vec<(u64, TracePlace)>,
}

impl TraceIndexBuilder {
    /// Adds the trace with this id.
    pub fn push(&mut self, id: &[u8], place: TracePlace) {
        self.entries.push((xxh3_64(id), place));
    }

    /// How many different ids were added. Ids are compared by 64-bit hashes: among ten million
    /// traces, two are taken for one with a probability of 3 in a million.
    pub fn distinct(&mut self) -> u64 {
        self.entries.sort_unstable();
        let first_of_its_id = |pair: &&[(u64, TracePlace)]| pair[0].0 != pair[1].0;
        let later = self.entries.windows(2).filter(first_of_its_id).count() as u64;
        later + u64::from(!self.entries.is_empty())
    }

    /// The region's bytes, and the length of its head.
    pub fn finish(mut self) -> Result<(AlignedBuf, u32)> {
        let count = u32::try_from(self.entries.len())
            .map_err(|_| Error::new(ErrorKind::Limit, "a file holds less than 2^32 traces"))?;
        self.entries.sort_unstable();
        let largest = |part: fn(&TracePlace) -> u32| {
            bits_for(self.entries.iter().map(|(_, place)| part(place)).max().unwrap_or(0))
        };
        let buckets = u64::from(count).div_ceil(BUCKET_ENTRIES).next_power_of_two();
        let bits = Bits {
            bucket: buckets.trailing_zeros() as u8,
            block: largest(|p| p.block),
            trace: largest(|p| p.trace),
        };
        let mut words: Vec<u64> = Vec::with_capacity(self.entries.len());
        let mut table = Vec::with_capacity(buckets as usize);
        let mut rest = &self.entries[..];
        for bucket in 0..buckets as usize {
            let len = rest.partition_point(|(hash, _)| bits.bucket_of(*hash) <= bucket);
            let (members, behind) = rest.split_at(len);
            rest = behind;
            let start = words.len();
            words.extend(members.iter().map(|&(hash, place)| bits.word(hash, place)));
            // Words drop the hash's last bits, so equal ones may have to change places.
            words[start..].sort_unstable();
            let hash = xxh3_64(bytemuck::cast_slice(&words[start..])) as u32;
            table.push(Bucket { end: words.len() as u32, hash });
        }
        Ok(assemble(bits, &table, &words))
    }
}

fn assemble(bits: Bits, table: &[Bucket], words: &[u64]) -> (AlignedBuf, u32) {
    let mut header = Header {
        hash: 0,
        count: words.len() as u64,
        bucket_bits: bits.bucket,
        block_bits: bits.block,
        trace_bits: bits.trace,
        reserved0: [0; 5],
        reserved1: [0; 5],
    };
    let mut out =
        AlignedBuf::with_capacity(HEADER_LEN + ALIGN + size_of_val(table) + size_of_val(words));
    out.extend_from_slice(bytemuck::bytes_of(&header));
    out.extend_from_slice(bytemuck::cast_slice(table));
    out.pad();
    header.hash = xxh3_64(&out[8..]);
    out[..8].copy_from_slice(&header.hash.to_le_bytes());
    let head_len = out.len() as u32;
    out.extend_from_slice(bytemuck::cast_slice(words));
    (out, head_len)
}

// --- reading --------------------------------------------------------------------------------

/// The head of a trace index: enough to know which words of the region to read.
pub struct TraceIndex {
    bits: Bits,
    buckets: Bytes,
    head_len: u64,
}

impl TraceIndex {
    /// Checks the head of a region of `region_len` bytes.
    pub fn open(head: &Bytes, region_len: u64) -> Result<Self> {
        let header: Header =
            read(head).ok_or_else(|| corrupt("the trace index is shorter than its header"))?;
        if header.hash != xxh3_64(head.get(8..).unwrap_or_default()) {
            return Err(mismatch("the head of the trace index"));
        }
        let contradiction = || corrupt("the trace index contradicts itself");
        let bits =
            Bits { bucket: header.bucket_bits, block: header.block_bits, trace: header.trace_bits };
        if bits.bucket > MAX_BUCKET_BITS || bits.block > 32 || bits.trace > 32 {
            return Err(contradiction());
        }
        let table_len = size_of::<Bucket>() << bits.bucket;
        let buckets = head.slice(HEADER_LEN, table_len).ok_or_else(contradiction)?;
        let head_len = (HEADER_LEN + table_len).next_multiple_of(ALIGN) as u64;
        let index = TraceIndex { bits, buckets, head_len };
        let entries =
            u64::from(index.bucket((1 << bits.bucket) - 1).ok_or_else(contradiction)?.end);
        if entries != header.count || head_len + entries * WORD as u64 != region_len {
            return Err(contradiction());
        }
        Ok(index)
    }

    fn bucket(&self, i: usize) -> Option<Bucket> {
        read(self.buckets.get(i * size_of::<Bucket>()..)?)
    }

    /// Where in the region the words of the bucket of `id` are, in bytes.
    pub fn range(&self, id: &[u8]) -> Result<Range<u64>> {
        let i = self.bits.bucket_of(xxh3_64(id));
        let end = self.bucket(i).map(|b| b.end);
        let start = if i == 0 { Some(0) } else { self.bucket(i - 1).map(|b| b.end) };
        match (start, end) {
            (Some(start), Some(end)) if start <= end => {
                let at = |n: u32| self.head_len + u64::from(n) * WORD as u64;
                Ok(at(start)..at(end))
            }
            _ => Err(corrupt("buckets of the trace index are out of order")),
        }
    }

    /// The bytes of the whole `region` at [`TraceIndex::range`].
    pub fn words(&self, region: &Bytes, range: &Range<u64>) -> Result<Bytes> {
        let place =
            usize::try_from(range.start).ok().zip((range.end - range.start).try_into().ok());
        place
            .and_then(|(start, len)| region.slice(start, len))
            .ok_or_else(|| corrupt("buckets of the trace index lie outside of it"))
    }

    /// Places in which the trace `id` may be, in order, given the words at [`TraceIndex::range`].
    pub fn candidates(&self, id: &[u8], words: &[u8]) -> Result<Vec<TracePlace>> {
        let hash = xxh3_64(id);
        let stated = self.bucket(self.bits.bucket_of(hash)).map(|b| b.hash);
        if stated != Some(xxh3_64(words) as u32) {
            return Err(mismatch("a bucket of the trace index"));
        }
        let (words, _) = words.as_chunks::<WORD>();
        let fingerprint = self.bits.fingerprint(hash);
        let masked = |word: &[u8; WORD]| u64::from_le_bytes(*word) & self.bits.mask();
        let first = words.partition_point(|word| masked(word) < fingerprint);
        let same = words.iter().skip(first).take_while(|word| masked(word) == fingerprint);
        Ok(same.map(|word| self.bits.place(u64::from_le_bytes(*word))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn build(traces: &[(Vec<u8>, TracePlace)]) -> (Bytes, u64) {
        let mut builder = TraceIndexBuilder::default();
        for (id, place) in traces {
            builder.push(id, *place);
        }
        let (region, head_len) = builder.finish().unwrap();
        (Bytes::from_aligned(region), u64::from(head_len))
    }

    fn look_up(region: &Bytes, head_len: u64, id: &[u8]) -> Result<Vec<TracePlace>> {
        let head = region.slice(0, head_len as usize).unwrap();
        let index = TraceIndex::open(&head, region.len() as u64)?;
        let range = index.range(id)?;
        index.candidates(id, &region[range.start as usize..range.end as usize])
    }

    proptest! {
        #[test]
        fn every_place_of_a_trace_is_found(
            traces in proptest::collection::vec(
                (proptest::collection::vec(0u8..3, 0..6), any::<u32>(), 0u8..33, any::<u32>(), 0u8..33),
                0..2000,
            ),
        ) {
            let shorten = |n: u32, bits: u8| n.checked_shr(u32::from(bits)).unwrap_or(0);
            let traces: Vec<_> = traces
                .into_iter()
                .map(|(id, b, bs, t, ts)| {
                    (id, TracePlace { block: shorten(b, bs), trace: shorten(t, ts) })
                })
                .collect();
            let (region, head_len) = build(&traces);
            for (id, _) in traces.iter().take(50) {
                let found = look_up(&region, head_len, id).unwrap();
                let mut want: Vec<_> =
                    traces.iter().filter(|(other, _)| other == id).map(|(_, p)| *p).collect();
                want.sort_unstable();
                // Wide places leave few bits of the hash, so others may be among them.
                let missing = want.iter().find(|p| !found.contains(p));
                prop_assert_eq!(missing, None);
                prop_assert!(found.iter().all(|p| traces.iter().any(|(_, q)| p == q)));
            }
        }
    }

    fn numbered(count: u32) -> Vec<(Vec<u8>, TracePlace)> {
        let place = |i: u32| TracePlace { block: i / 3000, trace: i % 3000 };
        (0..count)
            .map(|i| {
                (xxhash_rust::xxh3::xxh3_128(&i.to_le_bytes()).to_le_bytes().to_vec(), place(i))
            })
            .collect()
    }

    #[test]
    fn look_ups_read_little_and_find_no_strangers() {
        let traces = numbered(100_000);
        let (region, head_len) = build(&traces);
        assert!(region.len() < 100_000 * 8 + 10_000, "{}", region.len());
        let head = region.slice(0, head_len as usize).unwrap();
        let index = TraceIndex::open(&head, region.len() as u64).unwrap();
        for (id, place) in traces.iter().step_by(97) {
            let range = index.range(id).unwrap();
            assert!(range.end - range.start < 4096, "{range:?}");
            let words = &region[range.start as usize..range.end as usize];
            assert_eq!(index.candidates(id, words).unwrap(), [*place]);
        }
        assert_eq!(look_up(&region, head_len, b"a stranger").unwrap(), []);
    }

    #[test]
    fn an_empty_index_finds_nothing() {
        let (region, head_len) = build(&[]);
        assert_eq!(look_up(&region, head_len, b"any").unwrap(), []);
    }

    #[test]
    fn damage_is_told_and_never_panics() {
        let traces = numbered(600);
        let (region, head_len) = build(&traces);
        let (id, place) = &traces[0];
        for at in 0..region.len() {
            let mut damaged = AlignedBuf::from(&region[..]);
            damaged[at] ^= 0x41;
            match look_up(&Bytes::from_aligned(damaged), head_len, id) {
                // Another bucket is damaged.
                Ok(found) => assert_eq!(found, [*place]),
                Err(e) => assert!(matches!(e.kind(), ErrorKind::Checksum | ErrorKind::Corrupt)),
            }
        }
        for len in 0..region.len() {
            let head = region.slice(0, len.min(head_len as usize)).unwrap();
            assert!(TraceIndex::open(&head, len as u64).is_err());
        }
    }

    #[test]
    fn a_head_with_valid_checksum_and_hostile_numbers_is_refused() {
        let (region, head_len) = build(&numbered(600));
        for (at, value) in [(16, 31), (16, 255), (17, 33), (18, 64), (8, 1), (64, 255), (72, 255)] {
            let mut damaged = AlignedBuf::from(&region[..]);
            damaged[at] = value;
            let hash = xxh3_64(&damaged[8..head_len as usize]);
            damaged[..8].copy_from_slice(&hash.to_le_bytes());
            let found = look_up(&Bytes::from_aligned(damaged), head_len, b"x");
            if let Err(e) = found {
                assert!(matches!(e.kind(), ErrorKind::Corrupt | ErrorKind::Checksum), "{e}");
            } else {
                assert!(at >= 64, "offset {at}: {found:?}");
            }
        }
    }
}
