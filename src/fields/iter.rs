//! All fields of a span, one after another.

use super::columns::Projection;
use super::items::{Event, Link};
use super::span::SpanRow;
use super::{EVENT, LINK, LISTED, OF_SPAN};
use crate::block::{Attribute, Attributes, Table};
use crate::error::Result;
use crate::name::{Intrinsic, Name, Scope};
use crate::value::ValueRef;
use std::ops::Range;

/// What a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldId {
    /// A property that is not an attribute.
    Intrinsic(Intrinsic),
    /// An attribute of this scope, never [`Scope::Any`].
    Attribute(Scope),
}

/// A field of a span, borrowed from its block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FieldRef<'a> {
    /// Full name without quotes (bytes that should be UTF-8): `span:name`, `span.http.method`.
    pub name: &'a [u8],
    /// What it is.
    pub id: FieldId,
    /// Of events and links, which one of the span it belongs to, from 0; else 0.
    pub item: u32,
    /// Its value.
    pub value: ValueRef<'a>,
}

impl<'a> FieldRef<'a> {
    /// The key of an attribute: the name without its scope. Of an intrinsic the whole name.
    pub fn key(&self) -> &'a [u8] {
        match self.id {
            FieldId::Intrinsic(_) => self.name,
            FieldId::Attribute(scope) => self.name.get(scope.prefix().len()..).unwrap_or_default(),
        }
    }

    /// The name, owned.
    pub fn to_name(&self) -> Name {
        match self.id {
            FieldId::Intrinsic(intrinsic) => Name::Intrinsic(intrinsic),
            FieldId::Attribute(scope) => Name::attribute(scope, self.key()),
        }
    }
}

/// A place between two fields of a span, to go on from later. The default is before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    pub(super) part: Part,
    /// Which event or link.
    pub(super) item: u32,
    /// How many fields of the part or item lie behind, shown or not.
    pub(super) at: u32,
}

/// The parts of a span, in the order of iteration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Part {
    #[default]
    Span,
    Resource,
    Scope,
    Events,
    Links,
    End,
}

/// The fields of a span in the order that [`crate::fields`] describes. After an error it ends.
#[derive(Clone, Debug)]
pub struct FieldIter<'a> {
    span: SpanRow<'a>,
    projection: Option<&'a Projection>,
    cursor: Cursor,
    opened: bool,
    /// Rows of the part's items from the current one on; empty for parts without items.
    items: Range<u32>,
    intrinsics: &'static [Intrinsic],
    scope: Scope,
    attributes: Attributes<'a>,
}

impl<'a> FieldIter<'a> {
    pub(super) fn new(
        span: SpanRow<'a>,
        projection: Option<&'a Projection>,
        cursor: Cursor,
    ) -> Self {
        FieldIter {
            span,
            projection,
            cursor,
            opened: false,
            items: 0..0,
            intrinsics: &[],
            scope: Scope::Span,
            attributes: Attributes::none(span.block),
        }
    }

    /// Where the iteration is.
    pub fn cursor(&self) -> Cursor {
        self.cursor
    }

    #[inline]
    fn step(&mut self) -> Result<Option<FieldRef<'a>>> {
        if !self.opened {
            self.open_part()?;
            self.skip_seen()?;
        }
        loop {
            if let Some((&intrinsic, rest)) = self.intrinsics.split_first() {
                self.intrinsics = rest;
                self.cursor.at += 1;
                if let Some(field) = self.intrinsic(intrinsic)? {
                    return Ok(Some(field));
                }
            } else if let Some(attribute) = self.attributes.next() {
                self.cursor.at += 1;
                if let Some(field) = self.attribute(attribute?)? {
                    return Ok(Some(field));
                }
            } else if !self.advance()? {
                return Ok(None);
            }
        }
    }

    #[inline]
    fn intrinsic(&self, intrinsic: Intrinsic) -> Result<Option<FieldRef<'a>>> {
        if self.projection.is_some_and(|p| !p.shows_intrinsic(intrinsic)) {
            return Ok(None);
        }
        let value = match self.cursor.part {
            Part::Events => Event::new(self.span, self.items.start).intrinsic(intrinsic)?,
            Part::Links => Link::new(self.span, self.items.start).intrinsic(intrinsic)?,
            _ => self.span.intrinsic(intrinsic)?,
        };
        Ok(value.map(|value| FieldRef {
            name: intrinsic.name().as_bytes(),
            id: FieldId::Intrinsic(intrinsic),
            item: self.cursor.item,
            value,
        }))
    }

    #[inline]
    fn attribute(&self, attribute: Attribute<'a>) -> Result<Option<FieldRef<'a>>> {
        if let Some(projection) = self.projection {
            let table = self.table();
            if !projection.shows_attribute(self.span, table, attribute.key)? {
                return Ok(None);
            }
        }
        Ok(Some(FieldRef {
            name: attribute.name,
            id: FieldId::Attribute(self.scope),
            item: self.cursor.item,
            value: attribute.value.unwrap_or(ValueRef::Empty),
        }))
    }

    fn table(&self) -> Table {
        match self.cursor.part {
            Part::Span | Part::End => Table::Span,
            Part::Resource => Table::Resource,
            Part::Scope => Table::Scope,
            Part::Events => Table::Event,
            Part::Links => Table::Link,
        }
    }

    /// Goes to the next item of the part, or to the next part; false at the end.
    fn advance(&mut self) -> Result<bool> {
        self.cursor.at = 0;
        if self.items.len() > 1 {
            self.items.start += 1;
            self.cursor.item += 1;
            self.open_row(self.items.start)?;
            return Ok(true);
        }
        self.cursor.item = 0;
        self.cursor.part = match self.cursor.part {
            Part::Span => Part::Resource,
            Part::Resource => Part::Scope,
            Part::Scope => Part::Events,
            Part::Events => Part::Links,
            Part::Links | Part::End => Part::End,
        };
        self.open_part()?;
        Ok(self.cursor.part != Part::End)
    }

    /// Opens the cursor's part, at its item.
    fn open_part(&mut self) -> Result<()> {
        self.opened = true;
        self.items = 0..0;
        (self.scope, self.intrinsics) = match self.cursor.part {
            Part::Span if self.projection.is_some() => (Scope::Span, OF_SPAN),
            Part::Span => (Scope::Span, LISTED),
            Part::Resource => (Scope::Resource, &[][..]),
            Part::Scope => (Scope::Instrumentation, &[][..]),
            Part::Events => (Scope::Event, EVENT),
            Part::Links => (Scope::Link, LINK),
            Part::End => (Scope::Span, &[][..]),
        };
        match self.cursor.part {
            Part::End => self.attributes = Attributes::none(self.span.block),
            Part::Span | Part::Resource | Part::Scope => {
                self.attributes = self.span.attributes(self.table())?;
            }
            Part::Events | Part::Links => {
                let rows = self.span.owned_rows(self.table())?;
                self.items = rows.start.saturating_add(self.cursor.item).min(rows.end)..rows.end;
                match self.items.is_empty() {
                    true => self.intrinsics = &[],
                    false => self.open_row(self.items.start)?,
                }
            }
        }
        Ok(())
    }

    /// Opens `row` of the part's items.
    fn open_row(&mut self, row: u32) -> Result<()> {
        self.intrinsics = if self.cursor.part == Part::Events { EVENT } else { LINK };
        self.attributes = self.span.block.attributes(self.table(), row)?;
        Ok(())
    }

    /// Skips what lies behind the cursor in the part that was just opened.
    fn skip_seen(&mut self) -> Result<()> {
        let seen = self.cursor.at as usize;
        let (skipped, rest) = self.intrinsics.split_at(seen.min(self.intrinsics.len()));
        self.intrinsics = rest;
        self.attributes.skip_items(seen - skipped.len())
    }
}

impl<'a> Iterator for FieldIter<'a> {
    type Item = Result<FieldRef<'a>>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let field = self.step();
        if field.is_err() {
            self.cursor = Cursor { part: Part::End, item: 0, at: 0 };
            self.opened = false;
        }
        field.transpose()
    }
}
