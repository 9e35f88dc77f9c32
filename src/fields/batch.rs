//! Many spans at once.

use super::columns::Columns;
use super::lazy::{LazyFields, check_room, released};
use super::source::{self, Sink};
use super::span::SpanRow;
use crate::blocks::{Blocks, SpanAt};
use crate::error::{Error, ErrorKind, Result};
use crate::value::ValueRef;
use std::ops::Range;

/// A list of spans of the same blocks, read and released together.
///
/// Holds one reference to the list of blocks, however many spans there are.
#[derive(Clone, Debug)]
pub struct LazyBatch {
    blocks: Option<Blocks>,
    spans: Vec<SpanAt>,
}

impl LazyBatch {
    /// The spans at these places; an error of kind [`ErrorKind::InvalidArgument`] names the first
    /// place that does not exist. Spans of one block next to each other are read fastest.
    pub fn new(blocks: &Blocks, spans: impl Into<Vec<SpanAt>>) -> Result<Self> {
        let spans = spans.into();
        for (index, at) in spans.iter().enumerate() {
            let found = blocks.get(at.block as usize).and_then(|b| SpanRow::new(b, at.row));
            found.map_err(|e| e.context(format_args!("span {index} of the batch")))?;
        }
        Ok(LazyBatch { blocks: Some(blocks.clone()), spans })
    }

    /// Number of spans. Answers after release too.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there are no spans. Answers after release too.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Where the spans are. Answers after release too.
    pub fn spans(&self) -> &[SpanAt] {
        &self.spans
    }

    /// Drops the reference to the blocks now; see [`LazyFields::release`].
    pub fn release(&mut self) {
        self.blocks = None;
    }

    /// Whether it was released.
    pub fn is_released(&self) -> bool {
        self.blocks.is_none()
    }

    /// The fields of span `index` alone, with a reference of their own.
    pub fn fields(&self, index: usize) -> Result<LazyFields> {
        let blocks = self.blocks()?;
        match self.spans.get(index) {
            Some(at) => LazyFields::new(blocks, at.block as usize, at.row),
            None => Err(self.outside(index..index + 1)),
        }
    }

    /// The fields named by `columns` of the spans in `range`: a row of `out` per span, a place of
    /// the row per column. `out` must have as many places as that makes.
    pub fn values<'a>(
        &'a self,
        range: Range<usize>,
        columns: &Columns,
        out: &mut [Option<ValueRef<'a>>],
    ) -> Result<()> {
        let blocks = self.blocks()?;
        let spans = self.spans.get(range.clone()).ok_or_else(|| self.outside(range))?;
        let width = columns.len();
        check_room(spans.len().saturating_mul(width), out.len())?;
        out.fill(None);
        source::read(blocks, spans, columns.compiled(), &mut |span, column, value| {
            if let Some(place) = out.get_mut(span * width + column) {
                *place = Some(value);
            }
        })
    }

    fn blocks(&self) -> Result<&Blocks> {
        self.blocks.as_ref().ok_or_else(released)
    }

    #[cold]
    fn outside(&self, range: Range<usize>) -> Error {
        let message = format!(
            "spans {} to {} were asked for; the batch has {}",
            range.start,
            range.end,
            self.len()
        );
        Error::new(ErrorKind::InvalidArgument, message)
    }
}

/// Reads the fields named by `columns` of `spans`: gives `sink` the number of the span, that of the
/// column, and the value, if there is one. Spans of one block next to each other are read column by
/// column, which is fastest. An error of kind [`ErrorKind::InvalidArgument`] names a span that does not
/// exist.
#[inline]
pub fn read_many<'a>(
    blocks: &'a Blocks,
    spans: &[SpanAt],
    columns: &Columns,
    mut sink: impl Sink<'a>,
) -> Result<()> {
    source::read(blocks, spans, columns.compiled(), &mut sink)
}
