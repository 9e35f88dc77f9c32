//! All fields of a span, one after another.

use super::columns::Projection;
use super::items::{Event, Link};
use super::span::SpanRow;
use super::{EVENT, LINK, LISTED, OF_SPAN};
use crate::block::{Attributes, Table};
use crate::error::Result;
use crate::name::{Intrinsic, Name, Scope};
use crate::value::ValueRef;

/// What a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldId {
    /// A property that is not an attribute.
    Intrinsic(Intrinsic),
    /// An attribute of this scope, never [`Scope::Any`].
    Attribute(Scope),
}

/// A field of a span, borrowed from its block. [`super::LazyFields::walk`] gives the value as a
/// reference to where it was just read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FieldRef<'a, V = ValueRef<'a>> {
    /// Full name without quotes (bytes that should be UTF-8): `span:name`, `span.http.method`.
    pub name: &'a [u8],
    /// What it is.
    pub id: FieldId,
    /// Of events and links, which one of the span it belongs to, from 0; else 0.
    pub item: u32,
    /// Its value.
    pub value: V,
}

impl<'a, V> FieldRef<'a, V> {
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

impl<'a> FieldRef<'a, &ValueRef<'a>> {
    /// The same field with the value itself.
    #[inline]
    pub fn copied(self) -> FieldRef<'a> {
        let FieldRef { name, id, item, value } = self;
        FieldRef { name, id, item, value: *value }
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
#[repr(u32)]
pub(super) enum Part {
    #[default]
    Span,
    Resource,
    Scope,
    Events,
    Links,
    End,
}

impl Part {
    fn next(self) -> Part {
        match self {
            Part::Span => Part::Resource,
            Part::Resource => Part::Scope,
            Part::Scope => Part::Events,
            Part::Events => Part::Links,
            Part::Links | Part::End => Part::End,
        }
    }
}

/// What a walk calls with each field: whether to go on behind it. Values stay where they were read:
/// one that was written in parts and is then copied as a whole makes the processor wait.
pub(super) trait Each<'a>: FnMut(FieldRef<'a, &ValueRef<'a>>) -> bool {}

impl<'a, F: FnMut(FieldRef<'a, &ValueRef<'a>>) -> bool> Each<'a> for F {}

/// A walk over the fields of a span in the order that [`crate::fields`] describes.
pub(super) struct Walk<'a, 'p> {
    pub span: SpanRow<'a>,
    pub projection: Option<&'p Projection>,
    /// Behind the last field that was given.
    pub cursor: Cursor,
}

/// Calls the walk's `intrinsic` with one of [`LISTED`] after the other. Unrolled: each time the
/// compiler knows which, and leaves the look-up of one column.
macro_rules! each_listed {
    ($walk:ident, $each:ident: $($at:literal)*) => {
        const { assert!([$($at),*].len() == LISTED.len()) };
        $(if $walk.cursor.at <= $at {
            let value = $walk.span.intrinsic(LISTED[$at])?;
            $walk.cursor.at = $at + 1;
            if let Some(value) = &value
                && !$each($walk.field(LISTED[$at], value))
            {
                return Ok(false);
            }
        })*
    };
}

impl<'a> Walk<'a, '_> {
    /// Calls `each` with the fields behind the cursor until it has enough of them.
    #[inline]
    pub fn run(&mut self, each: &mut impl Each<'a>) -> Result<()> {
        loop {
            let goes_on = match self.cursor.part {
                Part::Span => self.listed(each)?,
                Part::Resource => self.attributes(Scope::Resource, Table::Resource, each)?,
                Part::Scope => self.attributes(Scope::Instrumentation, Table::Scope, each)?,
                Part::Events => self.items(Table::Event, each)?,
                Part::Links => self.items(Table::Link, each)?,
                Part::End => false,
            };
            if !goes_on {
                return Ok(());
            }
            self.cursor = Cursor { part: self.cursor.part.next(), item: 0, at: 0 };
        }
    }

    /// The span's properties, then its attributes.
    #[inline]
    fn listed(&mut self, each: &mut impl Each<'a>) -> Result<bool> {
        if self.projection.is_some() {
            return self.projected(each);
        }
        each_listed!(self, each: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20);
        self.attributes(Scope::Span, Table::Span, each)
    }

    /// As [`Walk::listed`], as far as the projection shows it.
    fn projected(&mut self, each: &mut impl Each<'a>) -> Result<bool> {
        let span = self.span;
        if !self.intrinsics(OF_SPAN, &|intrinsic| span.intrinsic(intrinsic), each)? {
            return Ok(false);
        }
        self.attributes(Scope::Span, Table::Span, each)
    }

    /// Those of `list` that are behind the cursor and visible.
    fn intrinsics(
        &mut self,
        list: &[Intrinsic],
        value: &impl Fn(Intrinsic) -> Result<Option<ValueRef<'a>>>,
        each: &mut impl Each<'a>,
    ) -> Result<bool> {
        for &intrinsic in list.get(self.cursor.at as usize..).unwrap_or_default() {
            let visible = self.projection.is_none_or(|p| p.shows_intrinsic(intrinsic));
            let value = if visible { value(intrinsic)? } else { None };
            self.cursor.at += 1;
            if let Some(value) = &value
                && !each(self.field(intrinsic, value))
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    #[inline]
    fn field<V>(&self, intrinsic: Intrinsic, value: V) -> FieldRef<'a, V> {
        FieldRef {
            name: intrinsic.name().as_bytes(),
            id: FieldId::Intrinsic(intrinsic),
            item: self.cursor.item,
            value,
        }
    }

    /// The attributes of the row of `table` that the span refers to.
    #[inline]
    fn attributes(&mut self, scope: Scope, table: Table, each: &mut impl Each<'a>) -> Result<bool> {
        let attributes = self.span.attributes(table)?;
        let before = match (table, self.projection) {
            (Table::Span, None) => LISTED.len(),
            (Table::Span, Some(_)) => OF_SPAN.len(),
            _ => 0,
        };
        self.attributes_of(attributes, before, scope, table, each)
    }

    /// `attributes`, which come behind so many other fields.
    #[inline]
    fn attributes_of(
        &mut self,
        mut attributes: Attributes<'a>,
        before: usize,
        scope: Scope,
        table: Table,
        each: &mut impl Each<'a>,
    ) -> Result<bool> {
        let seen = (self.cursor.at as usize).saturating_sub(before);
        if seen > 0 {
            attributes.skip_items(seen)?;
        }
        attributes.walk(|name, value| {
            let visible = match self.projection {
                Some(projection) => {
                    let key = name.get(table.attribute_prefix().len()..).unwrap_or_default();
                    projection.shows_attribute(self.span, table, key)?
                }
                None => true,
            };
            self.cursor.at += 1;
            let id = FieldId::Attribute(scope);
            Ok(!visible || each(FieldRef { name, id, item: self.cursor.item, value }))
        })
    }

    /// What each event or link has, with its attributes.
    #[inline]
    fn items(&mut self, table: Table, each: &mut impl Each<'a>) -> Result<bool> {
        let rows = self.span.owned_rows(table)?;
        while let Some(row) = rows.clone().nth(self.cursor.item as usize) {
            if !self.item(table, row, each)? {
                return Ok(false);
            }
            self.cursor = Cursor { item: self.cursor.item + 1, at: 0, ..self.cursor };
        }
        Ok(true)
    }

    fn item(&mut self, table: Table, row: u32, each: &mut impl Each<'a>) -> Result<bool> {
        let span = self.span;
        let attributes = span.block.attributes(table, row)?;
        let (goes_on, before, scope) = match table {
            Table::Event => {
                let event = Event::new(span, row);
                (self.intrinsics(EVENT, &|i| event.intrinsic(i), each)?, EVENT.len(), Scope::Event)
            }
            _ => {
                let link = Link::new(span, row);
                (self.intrinsics(LINK, &|i| link.intrinsic(i), each)?, LINK.len(), Scope::Link)
            }
        };
        Ok(goes_on && self.attributes_of(attributes, before, scope, table, each)?)
    }
}

/// How many fields an iterator reads at a time.
const AT_ONCE: usize = 8;

/// The fields of a span in the order that [`crate::fields`] describes. After an error it ends.
#[derive(Clone, Debug)]
pub struct FieldIter<'a> {
    span: SpanRow<'a>,
    projection: Option<&'a Projection>,
    /// Behind the fields that were read ahead.
    cursor: Cursor,
    ahead: [Option<FieldRef<'a>>; AT_ONCE],
    /// How many of those ahead were given.
    given: usize,
}

impl<'a> FieldIter<'a> {
    pub(super) fn new(
        span: SpanRow<'a>,
        projection: Option<&'a Projection>,
        cursor: Cursor,
    ) -> Self {
        FieldIter { span, projection, cursor, ahead: [None; AT_ONCE], given: AT_ONCE }
    }

    /// Reads ahead. Fields before an error are put last, so that it comes up again behind them.
    fn read(&mut self) -> Result<()> {
        let FieldIter { span, projection, cursor, .. } = *self;
        let mut walk = Walk { span, projection, cursor };
        let mut len = 0;
        self.ahead = [None; AT_ONCE];
        let result = walk.run(&mut |field: FieldRef<'a, &ValueRef<'a>>| {
            self.ahead[len] = Some(field.copied());
            len += 1;
            len < AT_ONCE
        });
        (self.cursor, self.given) = (walk.cursor, 0);
        match result {
            Err(e) if len == 0 => return Err(e),
            Err(_) => {
                self.given = AT_ONCE - len;
                self.ahead.rotate_right(self.given);
            }
            Ok(()) => {}
        }
        Ok(())
    }
}

impl<'a> Iterator for FieldIter<'a> {
    type Item = Result<FieldRef<'a>>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.given == AT_ONCE
            && let Err(e) = self.read()
        {
            self.cursor.part = Part::End;
            return Some(Err(e));
        }
        let field = self.ahead.get(self.given)?.as_ref().copied()?;
        self.given += 1;
        Some(Ok(field))
    }
}
