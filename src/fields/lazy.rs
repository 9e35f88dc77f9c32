//! Lazy fields: one span of a list of blocks, until it is released.

use super::columns::{Columns, Projection};
use super::items::{Events, Links};
use super::iter::{Cursor, FieldIter, FieldRef, Walk};
use super::owned::OwnedFields;
use super::span::SpanRow;
use crate::blocks::Blocks;
use crate::error::{Error, ErrorKind, Result};
use crate::name::{Name, NameRef};
use crate::value::ValueRef;

/// The fields of one span, read from its block when asked for.
///
/// Holds a reference to the whole list of blocks until it is released or dropped. Making, reading
/// and releasing one allocates nothing but what a block keeps ([`crate::block::Block::heap_bytes`]).
/// After [`LazyFields::release`] every access answers an error of kind [`ErrorKind::Released`].
/// Values are borrowed: the compiler sees to it that none is used after the release.
#[derive(Clone, Debug)]
pub struct LazyFields {
    blocks: Option<Blocks>,
    block: u32,
    row: u32,
    projection: Option<Projection>,
}

impl LazyFields {
    /// The fields of span `row` of block `block`; an error of kind [`ErrorKind::InvalidArgument`]
    /// if the list has no such block or the block no such row.
    #[inline]
    pub fn new(blocks: &Blocks, block: usize, row: u32) -> Result<Self> {
        SpanRow::new(blocks.get(block)?, row)?;
        Ok(LazyFields::at(blocks, block, row))
    }

    /// The fields of a span that is known to exist. One that does not answers with errors or has no
    /// fields.
    #[inline]
    pub fn at(blocks: &Blocks, block: usize, row: u32) -> Self {
        LazyFields { blocks: Some(blocks.clone()), block: block as u32, row, projection: None }
    }

    /// Turns to another span, of which all fields are visible; also after release. After an error it
    /// is where it was. Cheaper than a new one if it is a span of the same list.
    #[inline]
    pub fn seek(&mut self, blocks: &Blocks, block: usize, row: u32) -> Result<()> {
        SpanRow::new(blocks.get(block)?, row)?;
        if !self.blocks.as_ref().is_some_and(|held| held.is(blocks)) {
            self.blocks = Some(blocks.clone());
        }
        (self.block, self.row) = (block as u32, row);
        self.projection = None;
        Ok(())
    }

    /// The same span with only the projection's fields visible.
    #[must_use]
    pub fn with_projection(mut self, projection: Projection) -> Self {
        self.projection = Some(projection);
        self
    }

    /// Number of the block in the list. Answers after release too.
    pub fn block_index(&self) -> usize {
        self.block as usize
    }

    /// Row in the block. Answers after release too.
    pub fn row(&self) -> u32 {
        self.row
    }

    /// Drops the reference to the blocks now. If it was the last, their heap memory is free when
    /// this returns. Releasing again does nothing.
    #[inline]
    pub fn release(&mut self) {
        self.blocks = None;
        self.projection = None;
    }

    /// Whether it was released.
    pub fn is_released(&self) -> bool {
        self.blocks.is_none()
    }

    /// The span itself, of which every field can be seen whatever the projection says.
    #[inline]
    pub fn span(&self) -> Result<SpanRow<'_>> {
        match &self.blocks {
            Some(blocks) => Ok(SpanRow { block: blocks.get(self.block as usize)?, row: self.row }),
            None => Err(released()),
        }
    }

    /// The field with this name in any accepted spelling; `None` if the span does not have it or
    /// the projection hides it.
    #[inline]
    pub fn get(&self, name: &str) -> Result<Option<ValueRef<'_>>> {
        self.get_bytes(name.as_bytes())
    }

    /// As [`LazyFields::get`], for bytes that should be UTF-8.
    #[inline]
    pub fn get_bytes(&self, name: &[u8]) -> Result<Option<ValueRef<'_>>> {
        let span = self.span()?;
        NameRef::with(name, |name| self.of_span(span, name))
    }

    /// As [`LazyFields::get`], by a name that was read before.
    pub fn get_name(&self, name: &Name) -> Result<Option<ValueRef<'_>>> {
        self.of_span(self.span()?, name.into())
    }

    #[inline]
    fn of_span<'a>(&self, span: SpanRow<'a>, name: NameRef<'_>) -> Result<Option<ValueRef<'a>>> {
        match &self.projection {
            None => span.get_ref(name),
            Some(projection) => projection.get(span, name),
        }
    }

    /// The fields named by `columns`, one for each place of `out`, which must be as many.
    #[inline]
    pub fn get_many<'a>(
        &'a self,
        columns: &Columns,
        out: &mut [Option<ValueRef<'a>>],
    ) -> Result<()> {
        self.span()?;
        check_room(columns.len(), out.len())?;
        let mut places = out.iter_mut();
        self.each_of(columns, |value| {
            if let Some(place) = places.next() {
                *place = *value;
            }
        })
    }

    /// Calls `each` with the fields named by `columns`, one after another, as references to where
    /// they were just read.
    #[inline]
    pub fn each_of<'a>(
        &'a self,
        columns: &Columns,
        mut each: impl FnMut(&Option<ValueRef<'a>>),
    ) -> Result<()> {
        let span = self.span()?;
        for compiled in columns.compiled() {
            let value = match &self.projection {
                None => span.get_compiled(compiled)?,
                Some(projection) => projection.get(span, (&compiled.name).into())?,
            };
            each(&value);
        }
        Ok(())
    }

    /// All visible fields; see [`crate::fields`] for their order.
    #[inline]
    pub fn iter(&self) -> Result<FieldIter<'_>> {
        self.iter_from(Cursor::default())
    }

    /// The visible fields behind `cursor`, a place in the iteration of the same span.
    #[inline]
    pub fn iter_from(&self, cursor: Cursor) -> Result<FieldIter<'_>> {
        Ok(FieldIter::new(self.span()?, self.projection.as_ref(), cursor))
    }

    /// Calls `each` with the fields behind `cursor` until it returns false, and moves the cursor
    /// behind the last one given, also before an error. The fastest way to read all fields.
    #[inline]
    pub fn walk<'a>(
        &'a self,
        cursor: &mut Cursor,
        mut each: impl FnMut(FieldRef<'a, &ValueRef<'a>>) -> bool,
    ) -> Result<()> {
        let projection = self.projection.as_ref();
        let mut walk = Walk { span: self.span()?, projection, cursor: *cursor };
        let result = walk.run(&mut each);
        *cursor = walk.cursor;
        result
    }

    /// Appends up to `count` fields behind `cursor` to `out` and moves the cursor behind them. None
    /// are appended at the end only. Starting over is a new cursor.
    pub fn next<'a>(
        &'a self,
        cursor: &mut Cursor,
        count: usize,
        out: &mut Vec<FieldRef<'a>>,
    ) -> Result<()> {
        let end = out.len().saturating_add(count);
        if count == 0 {
            return self.span().map(drop);
        }
        self.walk(cursor, |field| {
            out.push(field.copied());
            out.len() < end
        })
    }

    /// The span's events. A projection does not hide any.
    pub fn events(&self) -> Result<Events<'_>> {
        self.span()?.events()
    }

    /// The span's links. A projection does not hide any.
    pub fn links(&self) -> Result<Links<'_>> {
        self.span()?.links()
    }

    /// A copy of all visible fields that outlives the blocks.
    pub fn materialize(&self) -> Result<OwnedFields> {
        OwnedFields::copy(self)
    }
}

/// Checks that there is a place for each column.
pub(super) fn check_room(needed: usize, given: usize) -> Result<()> {
    if needed == given {
        return Ok(());
    }
    let message = format!("there are {needed} values to give and {given} places for them");
    Err(Error::new(ErrorKind::InvalidArgument, message))
}

#[cold]
pub(super) fn released() -> Error {
    let message = "these fields were released; take what is needed before the release";
    Error::new(ErrorKind::Released, message)
}
