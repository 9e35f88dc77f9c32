//! Sources: where the bytes of a file come from.
//!
//! Everything above works with a [`Source`]: a mapped file, a file read with `pread`, memory, or a
//! caller's own (object storage). Sources compose: [`Coalesced`] merges nearby reads before they
//! reach a source that is far away, [`Counted`] counts what reaches it.

use crate::bytes::{AlignedBuf, Bytes};
use crate::error::{Error, ErrorKind, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// One wanted run of bytes and the memory it goes to.
pub struct ReadRange<'a> {
    /// Where the run starts in the source, in bytes.
    pub offset: u64,
    /// The memory to fill; its length is the length of the run.
    pub dst: &'a mut [u8],
}

impl ReadRange<'_> {
    /// First byte behind the run; saturates, so that a hostile offset lies outside every source.
    fn end(&self) -> u64 {
        self.offset.saturating_add(self.dst.len() as u64)
    }
}

/// Random-access bytes that don't change while in use.
///
/// Shared by threads; every method may be called from several at once.
pub trait Source: Send + Sync {
    /// Name for messages: the path of a file, or what the maker called it.
    fn name(&self) -> &str;

    /// Length in bytes; the same at every call.
    fn len(&self) -> u64;

    /// Whether there are no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All bytes in memory, if they are there without reading; aligned to at least 8.
    fn map(&self) -> Option<Bytes> {
        None
    }

    /// Fills every range, in any order, as one round trip where the source can.
    ///
    /// Errors: [`ErrorKind::ShortRead`] if the source ends before a range does,
    /// [`ErrorKind::Io`] or [`ErrorKind::Callback`] if it fails. After an error the content of the
    /// destinations is unspecified.
    fn read(&self, ranges: &mut [ReadRange<'_>]) -> Result<()>;
}

impl<S: Source + ?Sized> Source for Arc<S> {
    fn name(&self) -> &str {
        (**self).name()
    }
    fn len(&self) -> u64 {
        (**self).len()
    }
    fn map(&self) -> Option<Bytes> {
        (**self).map()
    }
    fn read(&self, ranges: &mut [ReadRange<'_>]) -> Result<()> {
        (**self).read(ranges)
    }
}

/// The error of a source that ends before a range does.
#[cold]
pub(crate) fn short_read(name: &str, offset: u64, wanted: u64, len: u64) -> Error {
    let message = format!(
        "{name}: {wanted} bytes wanted at offset {offset}, but there are only {len} in all; \
         the file was cut short, or an index points outside it"
    );
    Error::new(ErrorKind::ShortRead, message).at(offset)
}

/// Checks that every range ends inside `source`.
pub(crate) fn check_ranges(source: &dyn Source, ranges: &[ReadRange<'_>]) -> Result<()> {
    let len = source.len();
    match ranges.iter().find(|range| range.end() > len) {
        None => Ok(()),
        Some(range) => Err(short_read(source.name(), range.offset, range.dst.len() as u64, len)),
    }
}

/// The `len` bytes at `offset`: shared if the source is mapped, else read to the heap. The length
/// is checked against the source's before memory is taken.
pub fn read_at(source: &dyn Source, offset: u64, len: u64) -> Result<Bytes> {
    let inside = offset.checked_add(len).is_some_and(|end| end <= source.len());
    let (true, Ok(at), Ok(size)) = (inside, usize::try_from(offset), usize::try_from(len)) else {
        return Err(short_read(source.name(), offset, len, source.len()));
    };
    if let Some(all) = source.map() {
        return all
            .slice(at, size)
            .ok_or_else(|| short_read(source.name(), offset, len, all.len() as u64));
    }
    let mut buf = AlignedBuf::zeroed(size);
    source.read(&mut [ReadRange { offset, dst: &mut buf }])?;
    Ok(Bytes::from_aligned(buf))
}

// --- memory ---------------------------------------------------------------------------------

/// Bytes in memory: of ours, or a caller's.
pub struct Memory {
    name: String,
    bytes: Bytes,
}

impl Memory {
    /// What a caller's memory has to be aligned to, to be used in place: the widest element of a
    /// section. Memory aligned to less is copied section by section.
    const MIN_ALIGN: usize = 8;

    /// A source over `bytes`, called "memory" in messages.
    pub fn new(bytes: Bytes) -> Self {
        Memory::named("memory", bytes)
    }

    /// A source over `bytes` with a name for messages.
    pub fn named(name: impl Into<String>, bytes: Bytes) -> Self {
        Memory { name: name.into(), bytes }
    }
}

impl Source for Memory {
    fn name(&self) -> &str {
        &self.name
    }

    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn map(&self) -> Option<Bytes> {
        self.bytes.is_aligned(Self::MIN_ALIGN).then(|| self.bytes.clone())
    }

    fn read(&self, ranges: &mut [ReadRange<'_>]) -> Result<()> {
        let all = &self.bytes[..];
        for range in ranges {
            let run = usize::try_from(range.offset)
                .ok()
                .and_then(|at| all.get(at..)?.get(..range.dst.len()))
                .ok_or_else(|| {
                    short_read(&self.name, range.offset, range.dst.len() as u64, self.len())
                })?;
            range.dst.copy_from_slice(run);
        }
        Ok(())
    }
}

// --- coalescing -----------------------------------------------------------------------------

/// How reads are merged for a source where a request costs more than some bytes nobody asked for.
///
/// The defaults suit object storage (around 10 ms a request at around 100 MB/s a connection).
#[derive(Clone, Copy, Debug)]
pub struct Coalesce {
    /// Ranges at most this many bytes apart become one request.
    pub gap: u64,
    /// No request is longer than this; longer ranges are cut.
    pub max: u64,
}

impl Default for Coalesce {
    fn default() -> Self {
        Coalesce { gap: 512 << 10, max: 16 << 20 }
    }
}

/// A source that merges nearby ranges before it passes them on, all in one call.
pub struct Coalesced<S> {
    inner: S,
    rule: Coalesce,
}

impl<S: Source> Coalesced<S> {
    /// Merges reads of `inner` by `rule`.
    pub fn new(inner: S, rule: Coalesce) -> Self {
        Coalesced { inner, rule }
    }
}

impl<S: Source> Source for Coalesced<S> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn len(&self) -> u64 {
        self.inner.len()
    }

    fn map(&self) -> Option<Bytes> {
        self.inner.map()
    }

    fn read(&self, ranges: &mut [ReadRange<'_>]) -> Result<()> {
        check_ranges(self, ranges)?;
        let mut groups = merge(cut(ranges, self.rule.max), self.rule);
        let mut requests: Vec<ReadRange<'_>> = groups.iter_mut().map(Group::request).collect();
        self.inner.read(&mut requests)?;
        groups.iter_mut().for_each(Group::distribute);
        Ok(())
    }
}

/// Cuts every range into pieces of at most `max` bytes; empty ranges vanish.
fn cut<'a>(ranges: &'a mut [ReadRange<'_>], max: u64) -> Vec<ReadRange<'a>> {
    let max = usize::try_from(max).unwrap_or(usize::MAX).max(1);
    let mut pieces = Vec::with_capacity(ranges.len());
    for range in ranges {
        let mut offset = range.offset;
        for dst in range.dst.chunks_mut(max) {
            let len = dst.len() as u64;
            pieces.push(ReadRange { offset, dst });
            offset += len;
        }
    }
    pieces
}

/// Pieces in `offset..end` that are read with one request.
struct Group<'a> {
    offset: u64,
    end: u64,
    pieces: Vec<ReadRange<'a>>,
    /// What several pieces are read through; a single one is read to where it is wanted.
    buffer: AlignedBuf,
}

/// Joins pieces to groups by `rule`.
fn merge(mut pieces: Vec<ReadRange<'_>>, rule: Coalesce) -> Vec<Group<'_>> {
    pieces.sort_by_key(|piece| piece.offset);
    let mut groups: Vec<Group<'_>> = Vec::new();
    for piece in pieces {
        let (offset, end) = (piece.offset, piece.end());
        if let Some(group) = groups.last_mut()
            && offset.saturating_sub(group.end) <= rule.gap
            && end.max(group.end) - group.offset <= rule.max
        {
            group.end = group.end.max(end);
            group.pieces.push(piece);
        } else {
            groups.push(Group { offset, end, pieces: vec![piece], buffer: AlignedBuf::new() });
        }
    }
    groups
}

impl Group<'_> {
    fn request(&mut self) -> ReadRange<'_> {
        let dst = match &mut self.pieces[..] {
            [single] => &mut *single.dst,
            _ => {
                self.buffer = AlignedBuf::zeroed((self.end - self.offset) as usize);
                &mut self.buffer[..]
            }
        };
        ReadRange { offset: self.offset, dst }
    }

    fn distribute(&mut self) {
        if self.pieces.len() > 1 {
            for piece in &mut self.pieces {
                let at = (piece.offset - self.offset) as usize;
                piece.dst.copy_from_slice(&self.buffer[at..at + piece.dst.len()]);
            }
        }
    }
}

// --- counting -------------------------------------------------------------------------------

/// What a source was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadStats {
    /// Calls of [`Source::read`]: round trips, if the source serves a call's ranges at once.
    pub round_trips: u64,
    /// Ranges in those calls.
    pub requests: u64,
    /// Bytes in those ranges.
    pub bytes: u64,
}

/// A source that counts the reads that reach it. Mapped bytes are not reads.
pub struct Counted<S> {
    inner: S,
    round_trips: AtomicU64,
    requests: AtomicU64,
    bytes: AtomicU64,
}

impl<S: Source> Counted<S> {
    /// Counts reads of `inner`.
    pub fn new(inner: S) -> Self {
        Counted {
            inner,
            round_trips: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        }
    }

    /// The counts so far; failed reads count too.
    pub fn stats(&self) -> ReadStats {
        ReadStats {
            round_trips: self.round_trips.load(Relaxed),
            requests: self.requests.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
        }
    }
}

impl<S: Source> Source for Counted<S> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn len(&self) -> u64 {
        self.inner.len()
    }

    fn map(&self) -> Option<Bytes> {
        self.inner.map()
    }

    fn read(&self, ranges: &mut [ReadRange<'_>]) -> Result<()> {
        let bytes = ranges.iter().map(|range| range.dst.len() as u64).sum();
        self.round_trips.fetch_add(1, Relaxed);
        self.requests.fetch_add(ranges.len() as u64, Relaxed);
        self.bytes.fetch_add(bytes, Relaxed);
        self.inner.read(ranges)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::ByteOwner;
    use proptest::prelude::*;

    fn content(len: usize) -> Vec<u8> {
        (0..len).map(|i| (i * 7 + i / 256) as u8).collect()
    }

    fn memory(len: usize) -> Memory {
        Memory::new(Bytes::copy_from_slice(&content(len)))
    }

    /// Refuses requests that `rule` forbids.
    struct Strict(Memory, Coalesce);
    impl Source for Strict {
        fn name(&self) -> &str {
            "strict"
        }
        fn len(&self) -> u64 {
            self.0.len()
        }
        fn read(&self, ranges: &mut [ReadRange<'_>]) -> Result<()> {
            for range in ranges.iter() {
                assert!(range.dst.len() as u64 <= self.1.max && !range.dst.is_empty());
            }
            for pair in ranges.windows(2) {
                assert!(pair[0].offset <= pair[1].offset, "requests come in order");
            }
            self.0.read(ranges)
        }
    }

    proptest! {
        #[test]
        fn coalesced_reads_give_the_same_bytes(
            wanted in proptest::collection::vec((0u64..1000, 0usize..300), 0..12),
            gap in 0u64..100,
            max in 1u64..400,
        ) {
            let rule = Coalesce { gap, max };
            let source = Coalesced::new(Counted::new(Strict(memory(1300), rule)), rule);
            let mut bufs: Vec<Vec<u8>> = wanted.iter().map(|&(_, len)| vec![0xee; len]).collect();
            let mut ranges: Vec<ReadRange<'_>> = wanted
                .iter()
                .zip(&mut bufs)
                .map(|(&(offset, _), dst)| ReadRange { offset, dst })
                .collect();
            source.read(&mut ranges).unwrap();
            let all = content(1300);
            for (&(offset, len), buf) in wanted.iter().zip(&bufs) {
                prop_assert_eq!(&buf[..], &all[offset as usize..offset as usize + len]);
            }
            prop_assert_eq!(source.inner.stats().round_trips, 1);
        }

        #[test]
        fn a_range_past_the_end_is_a_short_read(offset in any::<u64>(), len in 0usize..200) {
            let source = Coalesced::new(memory(100), Coalesce::default());
            let inside = offset.checked_add(len as u64).is_some_and(|end| end <= 100);
            let mut dst = vec![0; len];
            for source in [&source as &dyn Source, &source.inner] {
                match source.read(&mut [ReadRange { offset, dst: &mut dst }]) {
                    Ok(()) => prop_assert!(inside),
                    Err(e) => {
                        prop_assert!(!inside);
                        prop_assert_eq!(e.kind(), ErrorKind::ShortRead);
                    }
                }
                prop_assert_eq!(read_at(source, offset, len as u64).is_ok(), inside);
            }
        }
    }

    #[test]
    fn neighbours_become_one_request_and_far_ranges_stay_apart() {
        let source = Coalesced::new(Counted::new(memory(10_000)), Coalesce { gap: 10, max: 1000 });
        let (mut a, mut b, mut c) = ([0; 100], [0; 100], [0; 100]);
        source
            .read(&mut [
                ReadRange { offset: 5000, dst: &mut c },
                ReadRange { offset: 0, dst: &mut a },
                ReadRange { offset: 110, dst: &mut b },
            ])
            .unwrap();
        let stats = source.inner.stats();
        assert_eq!(stats, ReadStats { round_trips: 1, requests: 2, bytes: 310 });
    }

    #[test]
    fn absurd_lengths_are_refused_before_memory_is_taken() {
        let source = memory(100);
        for (offset, len) in [(0, u64::MAX), (u64::MAX, 1), (1, u64::MAX - 1), (0, 1 << 60)] {
            let e = read_at(&source, offset, len).unwrap_err();
            assert_eq!(e.kind(), ErrorKind::ShortRead, "{e}");
        }
    }

    #[test]
    fn misaligned_memory_is_read_and_not_mapped() {
        struct Shifted(AlignedBuf);
        impl ByteOwner for Shifted {
            fn bytes(&self) -> &[u8] {
                &self.0[1..]
            }
        }
        let shifted = Bytes::from_owner(Arc::new(Shifted(AlignedBuf::from(&content(101)[..]))));
        let source = Memory::new(shifted);
        assert!(source.map().is_none());
        let part = read_at(&source, 8, 16).unwrap();
        assert!(part.is_aligned(64));
        assert_eq!(&part[..], &content(101)[9..25]);
    }
}
