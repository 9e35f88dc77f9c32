//! Names compiled once, and projections made of them.

use super::span::SpanRow;
use super::{ALWAYS_VISIBLE, LISTED};
use crate::block::{Table, key_hash};
use crate::error::Result;
use crate::name::{Intrinsic, Name, NameRef, Scope};
use crate::value::ValueRef;
use std::sync::Arc;

/// A list of names, made ready once for look-ups in any number of blocks. `Send` and `Sync`.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    list: Vec<Compiled>,
}

/// A name, with the hash of its key if it is an attribute.
#[derive(Clone, Debug)]
pub(crate) struct Compiled {
    pub name: Name,
    pub hash: u64,
}

impl Compiled {
    pub fn new(name: Name) -> Self {
        let hash = match &name {
            Name::Attribute { key, .. } => key_hash(key),
            Name::Intrinsic(_) => 0,
        };
        Compiled { name, hash }
    }
}

impl Columns {
    /// The columns with these names, in this order.
    pub fn new(names: impl IntoIterator<Item = Name>) -> Self {
        Columns { list: names.into_iter().map(Compiled::new).collect() }
    }

    /// The columns with these names in any accepted spelling, in this order.
    pub fn parse(names: &[&str]) -> Result<Self> {
        let names: Result<Vec<Name>> = names.iter().map(|name| Name::parse(name)).collect();
        Ok(Columns::new(names?))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The names in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &Name> {
        self.list.iter().map(|compiled| &compiled.name)
    }

    pub(crate) fn compiled(&self) -> &[Compiled] {
        &self.list
    }
}

/// Which fields of a span can be seen: the columns that made it match, and those that are always
/// visible ([`ALWAYS_VISIBLE`], `resource.service.name`).
///
/// A column is known by what it resolves to, not by its spelling: if `.x` matched and the span has
/// `x`, then `span.x` is visible.
#[derive(Clone, Debug)]
pub struct Projection {
    columns: Arc<Columns>,
    matched: Matched,
}

#[derive(Clone, Debug)]
enum Matched {
    All,
    /// A bit per column.
    Few(u64),
    Many(Box<[u64]>),
}

impl Projection {
    /// All of `columns`.
    pub fn all(columns: Arc<Columns>) -> Self {
        Projection { columns, matched: Matched::All }
    }

    /// Those of `columns` whose place `matched` says matched. Up to 64 columns allocate nothing.
    pub fn matched(columns: Arc<Columns>, matched: impl Fn(usize) -> bool) -> Self {
        let word = |first: usize| {
            let places = first..columns.len().min(first + 64);
            places.filter(|&at| matched(at)).fold(0u64, |word, at| word | 1 << (at % 64))
        };
        let matched = match columns.len() {
            0..=64 => Matched::Few(word(0)),
            len => Matched::Many((0..len).step_by(64).map(word).collect()),
        };
        Projection { columns, matched }
    }

    /// The names that matched, in the order of the columns.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.columns.names().enumerate().filter(|(at, _)| self.has(*at)).map(|(_, name)| name)
    }

    fn has(&self, at: usize) -> bool {
        match &self.matched {
            Matched::All => true,
            Matched::Few(word) => word >> at & 1 == 1,
            Matched::Many(words) => words.get(at / 64).is_some_and(|w| w >> (at % 64) & 1 == 1),
        }
    }

    /// The field of `span` with this name, if it is visible.
    pub(super) fn get<'a>(
        &self,
        span: SpanRow<'a>,
        name: NameRef<'_>,
    ) -> Result<Option<ValueRef<'a>>> {
        match name {
            NameRef::Intrinsic(intrinsic) if self.shows_intrinsic(intrinsic) => {
                span.intrinsic(intrinsic)
            }
            NameRef::Intrinsic(_) => Ok(None),
            NameRef::Attribute { scope, key } => match span.find(scope, key, key_hash(key))? {
                Some((table, value)) if self.shows_attribute(span, table, key)? => Ok(Some(value)),
                _ => Ok(None),
            },
        }
    }

    /// Whether an intrinsic is visible.
    pub(super) fn shows_intrinsic(&self, intrinsic: Intrinsic) -> bool {
        LISTED[..ALWAYS_VISIBLE].contains(&intrinsic)
            || self.names().any(|name| *name == Name::Intrinsic(intrinsic))
    }

    /// Whether attribute `key` of `table` is visible for `span`.
    pub(super) fn shows_attribute(
        &self,
        span: SpanRow<'_>,
        table: Table,
        key: &[u8],
    ) -> Result<bool> {
        if table == Table::Resource && key == b"service.name" {
            return Ok(true);
        }
        for name in self.names() {
            let Name::Attribute { scope, key: named } = name else { continue };
            let shows = **named == *key
                && match scope {
                    Scope::Any if table == Table::Resource => {
                        span.find(Scope::Span, key, key_hash(key))?.is_none()
                    }
                    Scope::Any => table == Table::Span,
                    scope => Table::of_scope(*scope).contains(&table),
                };
            if shows {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
