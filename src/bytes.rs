//! Shared immutable bytes: the one form in which file content travels through the engine.
//!
//! A [`Bytes`] is a window on memory that somebody owns: a heap buffer of ours ([`AlignedBuf`]), a
//! mapped file, or a caller's memory ([`ByteOwner`]). Clones and slices share the owner, and the
//! last one to go frees it. Heap memory behind live `Bytes` is counted, see [`bytes_held`].

use crate::error::Result;
use std::fmt;
use std::ops::{Deref, DerefMut, Range};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Alignment in bytes of every heap buffer and every section of a file: one cache line, and the
/// widest vector register.
pub const ALIGN: usize = 64;

/// Heap bytes behind live [`Bytes`] and [`Kept`] numbers, process-wide; the most there were; bytes of mapped files.
static HELD: AtomicU64 = AtomicU64::new(0);
static PEAK: AtomicU64 = AtomicU64::new(0);
static MAPPED: AtomicU64 = AtomicU64::new(0);

/// Heap memory in bytes that live [`Bytes`] of this process keep allocated. Mappings and callers'
/// memory don't count.
pub fn bytes_held() -> u64 {
    HELD.load(Ordering::Relaxed)
}

/// The most that [`bytes_held`] was since the process began, or since [`reset_peak_bytes_held`].
pub fn peak_bytes_held() -> u64 {
    PEAK.load(Ordering::Relaxed)
}

/// Lets [`peak_bytes_held`] begin anew, from what is held at present.
pub fn reset_peak_bytes_held() {
    PEAK.store(bytes_held(), Ordering::Relaxed);
}

/// Bytes of the files that this process has mapped at present, in memory or not.
pub fn bytes_mapped() -> u64 {
    MAPPED.load(Ordering::Relaxed)
}

/// Bytes of a mapped file, counted while it lives.
pub(crate) struct CountedMapping(u64);

impl CountedMapping {
    pub(crate) fn new(len: usize) -> Self {
        MAPPED.fetch_add(len as u64, Ordering::Relaxed);
        CountedMapping(len as u64)
    }
}

impl Drop for CountedMapping {
    fn drop(&mut self) {
        MAPPED.fetch_sub(self.0, Ordering::Relaxed);
    }
}

/// Rounds `n` up to a multiple of [`ALIGN`]; `None` on overflow.
pub fn align_up(n: usize) -> Option<usize> {
    n.checked_next_multiple_of(ALIGN)
}

// --- owned ----------------------------------------------------------------------------------

/// A growable byte buffer whose first byte is aligned to [`ALIGN`].
///
/// The alignment comes from skipping the first bytes of an ordinary vector, which is only ever
/// grown by moving into a new one.
#[derive(Default)]
pub struct AlignedBuf {
    raw: Vec<u8>,
    /// Where the content starts in `raw`.
    start: usize,
}

impl AlignedBuf {
    /// An empty buffer without memory.
    pub const fn new() -> Self {
        AlignedBuf { raw: Vec::new(), start: 0 }
    }

    /// An empty buffer with room for `capacity` bytes.
    pub fn with_capacity(capacity: usize) -> Self {
        if capacity == 0 {
            return AlignedBuf::new();
        }
        let mut raw = Vec::with_capacity(capacity.saturating_add(ALIGN - 1));
        let start = gap_to_align(&raw);
        raw.resize(start, 0);
        AlignedBuf { raw, start }
    }

    /// A buffer of `len` zero bytes, taken from the system without touching them.
    pub fn zeroed(len: usize) -> Self {
        if len == 0 {
            return AlignedBuf::new();
        }
        let mut raw = vec![0; len.saturating_add(ALIGN - 1)];
        let start = gap_to_align(&raw);
        raw.truncate(start + len);
        AlignedBuf { raw, start }
    }

    /// Bytes the buffer can hold without growing.
    pub fn capacity(&self) -> usize {
        self.raw.capacity() - self.start
    }

    /// Makes room for `additional` more bytes; growth is geometric.
    pub fn reserve(&mut self, additional: usize) {
        let needed = self.len().saturating_add(additional);
        if needed > self.capacity() {
            self.grow(needed);
        }
    }

    #[cold]
    fn grow(&mut self, needed: usize) {
        let mut grown = AlignedBuf::with_capacity(needed.max(self.capacity().saturating_mul(2)));
        grown.raw.extend_from_slice(self);
        *self = grown;
    }

    /// Appends `bytes`.
    pub fn extend_from_slice(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        self.raw.extend_from_slice(bytes);
    }

    /// Appends zero bytes until the length is a multiple of [`ALIGN`].
    pub fn pad(&mut self) {
        self.resize(self.len().next_multiple_of(ALIGN));
    }

    /// Makes the length `len`, appending zero bytes or cutting the end off.
    pub fn resize(&mut self, len: usize) {
        self.reserve(len.saturating_sub(self.len()));
        self.raw.resize(self.start + len, 0);
    }

    /// Empties the buffer and keeps its memory.
    pub fn clear(&mut self) {
        self.raw.truncate(self.start);
    }
}

/// How many bytes to skip from the start of `raw` to reach an aligned address.
fn gap_to_align(raw: &[u8]) -> usize {
    raw.as_ptr().addr().wrapping_neg() % ALIGN
}

impl Deref for AlignedBuf {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.raw[self.start..]
    }
}

impl DerefMut for AlignedBuf {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.raw[self.start..]
    }
}

impl Clone for AlignedBuf {
    fn clone(&self) -> Self {
        AlignedBuf::from(&self[..])
    }
}

impl From<&[u8]> for AlignedBuf {
    fn from(bytes: &[u8]) -> Self {
        let mut buf = AlignedBuf::with_capacity(bytes.len());
        buf.extend_from_slice(bytes);
        buf
    }
}

impl fmt::Debug for AlignedBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AlignedBuf({} bytes)", self.len())
    }
}

impl std::io::Write for AlignedBuf {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

// --- shared ---------------------------------------------------------------------------------

/// Owner of memory that is not ours: a mapped file or a caller's buffer.
///
/// [`ByteOwner::bytes`] must give the same slice for as long as the owner lives. An owner that
/// breaks this makes windows on it empty or wrong, never unsound.
pub trait ByteOwner: Send + Sync {
    /// The memory.
    fn bytes(&self) -> &[u8];

    /// Brings `range` of the memory in before it is read, see [`Bytes::populate`].
    fn populate(&self, range: Range<usize>) -> Result<()> {
        let _ = range;
        Ok(())
    }

    /// Whether the memory is a mapped file.
    fn is_mapping(&self) -> bool {
        false
    }

    /// Gives pages of `range` back to the system, which brings them in again when they are read, see
    /// [`Bytes::discard`].
    fn discard(&self, range: Range<usize>) {
        let _ = range;
    }
}

/// A heap buffer that is counted while it lives.
struct Heap(AlignedBuf);

impl Heap {
    fn new(buf: AlignedBuf) -> Self {
        hold(buf.raw.capacity());
        Heap(buf)
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        HELD.fetch_sub(self.0.raw.capacity() as u64, Ordering::Relaxed);
    }
}

/// Counts bytes of heap memory that are held from now on.
fn hold(bytes: usize) {
    let held = HELD.fetch_add(bytes as u64, Ordering::Relaxed) + bytes as u64;
    PEAK.fetch_max(held, Ordering::Relaxed);
}

/// Numbers that were worked out of a block and are kept with it, counted while they live.
#[derive(Debug)]
pub(crate) struct Kept<T>(Box<[T]>);

impl<T> Kept<T> {
    pub(crate) fn new(numbers: Vec<T>) -> Self {
        let numbers = numbers.into_boxed_slice();
        hold(size_of_val(&*numbers));
        Kept(numbers)
    }

    /// Bytes of heap memory.
    pub(crate) fn heap_bytes(&self) -> u64 {
        size_of_val(&*self.0) as u64
    }
}

impl<T> Deref for Kept<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T> Drop for Kept<T> {
    fn drop(&mut self) {
        HELD.fetch_sub(self.heap_bytes(), Ordering::Relaxed);
    }
}

#[derive(Clone)]
enum Owner {
    Empty,
    Heap(Arc<Heap>),
    Foreign(Arc<dyn ByteOwner>),
}

/// Immutable bytes shared by reference count; heap, mapping or a caller's memory.
///
/// Heap memory is aligned to [`ALIGN`], a mapping to a page, a caller's memory as the caller made
/// it ([`Bytes::is_aligned`]). Cloning and slicing copy no bytes. `Send` and `Sync`.
#[derive(Clone)]
pub struct Bytes {
    owner: Owner,
    start: usize,
    end: usize,
}

/// What an empty window dereferences to: aligned, so that casts to wider elements hold.
#[repr(align(64))]
struct AlignedNothing([u8; 0]);
static NOTHING: AlignedNothing = AlignedNothing([]);

impl Bytes {
    /// No bytes; allocates nothing.
    pub const fn new() -> Self {
        Bytes { owner: Owner::Empty, start: 0, end: 0 }
    }

    /// Takes over a heap buffer without copying.
    pub fn from_aligned(buf: AlignedBuf) -> Self {
        if buf.is_empty() {
            return Bytes::new();
        }
        let (start, end) = (buf.start, buf.raw.len());
        Bytes { owner: Owner::Heap(Arc::new(Heap::new(buf))), start, end }
    }

    /// Copies `bytes` to an aligned heap buffer.
    pub fn copy_from_slice(bytes: &[u8]) -> Self {
        Bytes::from_aligned(AlignedBuf::from(bytes))
    }

    /// All bytes of `owner`, kept alive by the result.
    pub fn from_owner(owner: Arc<dyn ByteOwner>) -> Self {
        let end = owner.bytes().len();
        Bytes { owner: Owner::Foreign(owner), start: 0, end }
    }

    /// The `len` bytes from `offset` on, sharing the owner; `None` when they are not all inside.
    pub fn slice(&self, offset: usize, len: usize) -> Option<Bytes> {
        let start = self.start.checked_add(offset)?;
        let end = start.checked_add(len)?;
        (end <= self.end).then(|| Bytes { owner: self.owner.clone(), start, end })
    }

    /// Brings the bytes into memory before they are read for the first time. For a mapped file
    /// this is one system call instead of a fault per page, and turns missing pages (a file that
    /// was cut short) into [`crate::ErrorKind::ShortRead`] where reading them would be a signal.
    /// Does nothing for other memory.
    pub fn populate(&self) -> Result<()> {
        match &self.owner {
            Owner::Foreign(owner) => owner.populate(self.start..self.end),
            Owner::Empty | Owner::Heap(_) => Ok(()),
        }
    }

    /// Lets the system have the memory back of whole pages of a mapped file, until they are read
    /// again. Does nothing for other memory.
    pub fn discard(&self) {
        if let Owner::Foreign(owner) = &self.owner {
            owner.discard(self.start..self.end);
        }
    }

    /// Whether the memory is a mapped file.
    pub fn is_mapping(&self) -> bool {
        matches!(&self.owner, Owner::Foreign(owner) if owner.is_mapping())
    }

    /// Whether the memory is a heap buffer of ours (and so counted by [`bytes_held`]).
    pub fn is_heap(&self) -> bool {
        matches!(self.owner, Owner::Heap(_))
    }

    /// Whether the first byte's address is a multiple of `align`, a power of two.
    pub fn is_aligned(&self, align: usize) -> bool {
        self.as_ptr().addr() & (align - 1) == 0
    }
}

impl Deref for Bytes {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        let all: &[u8] = match &self.owner {
            Owner::Empty => &NOTHING.0,
            Owner::Heap(heap) => &heap.0.raw,
            Owner::Foreign(owner) => owner.bytes(),
        };
        all.get(self.start..self.end).unwrap_or(&NOTHING.0)
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl Default for Bytes {
    fn default() -> Self {
        Bytes::new()
    }
}

impl From<AlignedBuf> for Bytes {
    fn from(buf: AlignedBuf) -> Self {
        Bytes::from_aligned(buf)
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let owner = match self.owner {
            Owner::Empty => "empty",
            Owner::Heap(_) => "heap",
            Owner::Foreign(_) => "foreign",
        };
        write!(f, "Bytes({} bytes, {owner})", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Lent(Vec<u8>);
    impl ByteOwner for Lent {
        fn bytes(&self) -> &[u8] {
            &self.0
        }
    }

    proptest! {
        #[test]
        fn a_buffer_grows_like_a_vector_and_stays_aligned(
            parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..20),
            pads in any::<u32>(),
        ) {
            let (mut buf, mut oracle) = (AlignedBuf::new(), Vec::new());
            for (i, part) in parts.iter().enumerate() {
                buf.extend_from_slice(part);
                oracle.extend_from_slice(part);
                if pads >> (i % 32) & 1 == 1 {
                    buf.pad();
                    oracle.resize(oracle.len().next_multiple_of(ALIGN), 0);
                }
                prop_assert_eq!(&buf[..], &oracle[..]);
                prop_assert!(buf.is_empty() || buf.as_ptr().addr() % ALIGN == 0);
            }
            buf.resize(oracle.len() / 2);
            prop_assert_eq!(&buf[..], &oracle[..oracle.len() / 2]);
            let bytes = Bytes::from_aligned(buf);
            prop_assert_eq!(&bytes[..], &oracle[..oracle.len() / 2]);
        }

        #[test]
        fn a_slice_is_inside_or_refused(len in 0usize..200, offset in 0usize..220, part in 0usize..220) {
            let content: Vec<u8> = (0..len).map(|i| i as u8).collect();
            let want = offset.checked_add(part).and_then(|end| content.get(offset..end));
            for bytes in [
                Bytes::copy_from_slice(&content),
                Bytes::from_owner(Arc::new(Lent(content.clone()))),
            ] {
                let got = bytes.slice(offset, part);
                prop_assert_eq!(got.as_deref(), want);
            }
        }
    }

    #[test]
    fn slices_of_slices_stay_inside_their_window() {
        let bytes = Bytes::copy_from_slice(b"0123456789");
        let middle = bytes.slice(2, 5).unwrap();
        assert_eq!(&middle[..], b"23456");
        assert_eq!(&middle.slice(1, 4).unwrap()[..], b"3456");
        assert!(middle.slice(1, 5).is_none());
        assert!(middle.slice(usize::MAX, 2).is_none());
        assert!(middle.slice(1, usize::MAX).is_none());
    }

    #[test]
    fn empty_bytes_are_aligned_and_own_nothing() {
        for bytes in [Bytes::new(), Bytes::copy_from_slice(b""), AlignedBuf::zeroed(0).into()] {
            assert!(bytes.is_empty() && bytes.is_aligned(ALIGN) && !bytes.is_heap());
        }
    }

    #[test]
    fn the_last_slice_frees_its_owner() {
        let owner = Arc::new(Lent(vec![7; 100]));
        let bytes = Bytes::from_owner(owner.clone());
        let part = bytes.slice(50, 10).unwrap();
        drop(bytes);
        assert_eq!(Arc::strong_count(&owner), 2);
        assert_eq!(&part[..], &[7; 10]);
        drop(part);
        assert_eq!(Arc::strong_count(&owner), 1);
    }

    #[test]
    fn an_owner_that_shrinks_leaves_empty_windows_and_does_not_panic() {
        struct Shrinking(AtomicU64);
        impl ByteOwner for Shrinking {
            fn bytes(&self) -> &[u8] {
                if self.0.fetch_add(1, Ordering::Relaxed) == 0 { &[1, 2, 3] } else { &[1] }
            }
        }
        let bytes = Bytes::from_owner(Arc::new(Shrinking(AtomicU64::new(0))));
        assert_eq!(bytes.len(), 0);
    }

    #[test]
    fn zeroed_buffers_are_zero_and_aligned() {
        for len in [1, 63, 64, 65, 5000] {
            let buf = AlignedBuf::zeroed(len);
            assert_eq!(&buf[..], vec![0; len]);
            assert_eq!(buf.as_ptr().addr() % ALIGN, 0);
        }
    }
}
