//! Values of many spans, column by column, in memory of their own.

use super::columns::Columns;
use super::gather::{Filling, Scratch};
use super::source;
use crate::blocks::{Blocks, SpanAt};
use crate::error::{Error, ErrorKind, Result};
use crate::value::{Kind, ValueRef};
use std::fmt;
use std::ops::Range;

/// Fields of many spans as arrays, a few per name: what programs in other languages read without a
/// call per value. It holds no blocks, and its memory is used again at every fill.
#[derive(Debug, Default)]
pub struct Matrix {
    spans: Vec<SpanAt>,
    columns: Vec<MatrixColumn>,
    scratch: Scratch,
}

/// The values of one name. All arrays but the entries' have a place per span.
#[derive(Default)]
pub struct MatrixColumn {
    pub(super) kinds: Vec<u8>,
    pub(super) numbers: Vec<u64>,
    pub(super) entries: Entries,
    present: usize,
    kind: Option<Kind>,
    recent: Recent,
}

impl Matrix {
    /// A matrix without spans and columns.
    pub fn new() -> Self {
        Matrix::default()
    }

    /// Puts the fields named by `columns` of `spans` in the place of what it held. After an error it
    /// is empty. Spans of one block next to each other are read fastest.
    pub fn fill(
        &mut self,
        blocks: &Blocks,
        spans: impl IntoIterator<Item = SpanAt>,
        columns: &Columns,
    ) -> Result<()> {
        self.clear();
        // Sets give their spans faster to a loop of their own than one by one.
        spans.into_iter().for_each(|at| self.spans.push(at));
        self.columns.resize_with(columns.len(), MatrixColumn::default);
        self.columns.iter_mut().for_each(|column| column.clear(self.spans.len()));
        let mut filling = Filling { columns: &mut self.columns, scratch: &mut self.scratch };
        let result = source::read(blocks, &self.spans, columns.compiled(), &mut filling);
        if result.is_err() {
            self.clear();
        }
        result
    }

    /// Takes all spans out. Memory stays, for the next ones.
    pub fn clear(&mut self) {
        self.spans.clear();
        self.columns.iter_mut().for_each(|column| column.clear(0));
    }

    /// Number of spans.
    pub fn rows(&self) -> usize {
        self.spans.len()
    }

    /// Where the spans are.
    pub fn spans(&self) -> &[SpanAt] {
        &self.spans
    }

    /// Number of columns.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// Column `index`; an error of kind [`ErrorKind::InvalidArgument`] if there is none.
    pub fn column(&self, index: usize) -> Result<&MatrixColumn> {
        self.columns.get(index).ok_or_else(|| {
            let message = format!("there is no column {index}; the matrix has {}", self.width());
            Error::new(ErrorKind::InvalidArgument, message)
        })
    }
}

impl MatrixColumn {
    fn clear(&mut self, rows: usize) {
        self.kinds.clear();
        self.kinds.resize(rows, Kind::Absent as u8);
        self.numbers.clear();
        self.numbers.resize(rows, 0);
        self.entries.clear();
        (self.present, self.kind) = (0, None);
        self.recent.clear();
    }

    /// Puts the value of a span, whatever it is.
    #[inline]
    pub(super) fn put(&mut self, span: usize, value: ValueRef<'_>) {
        let number = self.number(value);
        if let (Some(k), Some(n)) = (self.kinds.get_mut(span), self.numbers.get_mut(span)) {
            (*k, *n) = (value.kind() as u8, number);
        }
        self.count(value.kind(), 1);
    }

    /// Puts a value that several spans have.
    pub(super) fn put_same(&mut self, spans: Range<usize>, value: ValueRef<'_>) {
        let number = self.number(value);
        let kinds = self.kinds.get_mut(spans.clone());
        if let (Some(kinds), Some(numbers)) = (kinds, self.numbers.get_mut(spans)) {
            kinds.fill(value.kind() as u8);
            numbers.fill(number);
            let count = numbers.len();
            self.count(value.kind(), count);
        }
    }

    /// What stands for the value among the numbers.
    #[inline]
    fn number(&mut self, value: ValueRef<'_>) -> u64 {
        match value.number() {
            Some(number) => number,
            None => self.entry(value.bytes()),
        }
    }

    /// Counts values of a kind that were put.
    #[inline]
    pub(super) fn count(&mut self, kind: Kind, values: usize) {
        match self.present {
            _ if values == 0 => {}
            0 => self.kind = Some(kind),
            _ if self.kind != Some(kind) => self.kind = None,
            _ => {}
        }
        self.present += values;
    }

    /// The number of an entry with these bytes, a new one if need be.
    #[inline]
    fn entry(&mut self, bytes: &[u8]) -> u64 {
        let MatrixColumn { entries, recent, .. } = self;
        recent.number(bytes, || entries.add(bytes))
    }

    /// Kind of each span's value, a [`Kind`] number; [`Kind::Absent`] if it has none.
    pub fn kinds(&self) -> &[u8] {
        &self.kinds
    }

    /// Each span's value: of a number its 64 bits as in [`ValueRef::number`], of text, bytes, ids and
    /// encoded values the number of an entry; 0 where there is none. Equal numbers of entries mean
    /// equal bytes; equal bytes may have several numbers.
    pub fn numbers(&self) -> &[u64] {
        &self.numbers
    }

    /// Ends of the entries in [`MatrixColumn::bytes`], with a 0 before the first: entry `i` is
    /// `bytes[ends[i] .. ends[i + 1]]`.
    pub fn ends(&self) -> &[u64] {
        &self.entries.ends
    }

    /// The bytes of all entries.
    pub fn bytes(&self) -> &[u8] {
        &self.entries.bytes
    }

    /// How many spans have a value.
    pub fn present(&self) -> usize {
        self.present
    }

    /// The kind that all values have; `None` if they have several, or there is none.
    pub fn kind(&self) -> Option<Kind> {
        self.kind
    }
}

impl fmt::Debug for MatrixColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MatrixColumn")
            .field("present", &self.present)
            .field("kind", &self.kind)
            .field("entries", &self.entries.ends.len().saturating_sub(1))
            .finish()
    }
}

/// Byte strings one after another.
#[derive(Default)]
pub(super) struct Entries {
    ends: Vec<u64>,
    bytes: Vec<u8>,
}

impl Entries {
    fn clear(&mut self) {
        self.ends.clear();
        self.ends.push(0);
        self.bytes.clear();
    }

    /// A new entry with these bytes; gives its number.
    #[inline]
    pub(super) fn add(&mut self, bytes: &[u8]) -> u64 {
        self.bytes.extend_from_slice(bytes);
        self.ends.push(self.bytes.len() as u64);
        self.ends.len() as u64 - 2
    }
}

/// Entries by the place of the bytes they are copies of: in a block, the same text is mostly at the
/// same place, its entry in a dictionary.
#[derive(Default)]
struct Recent(Vec<Seen>);

#[derive(Clone, Copy, Default)]
struct Seen {
    address: usize,
    len: usize,
    number: u64,
}

impl Recent {
    /// Places, a power of two.
    const PLACES: usize = 256;

    fn clear(&mut self) {
        self.0.clear();
    }

    #[inline]
    fn number(&mut self, bytes: &[u8], new: impl FnOnce() -> u64) -> u64 {
        if self.0.is_empty() {
            self.0.resize(Self::PLACES, Seen::default());
        }
        let address = bytes.as_ptr().addr();
        let seen = &mut self.0[(address ^ address >> 8) % Self::PLACES];
        if (seen.address, seen.len) != (address, bytes.len()) {
            *seen = Seen { address, len: bytes.len(), number: new() };
        }
        seen.number
    }
}
