//! Fields of one span, as expressions see them.

use super::value::Operand;
use crate::block::{Block, Table};
use crate::error::Result;
use crate::fields::{Compiled, Event, Link, SpanRow};
use crate::name::{Intrinsic, Name, Scope};
use crate::traceql::exec::Wholes;
use crate::value::ValueRef;

/// A span that expressions are evaluated for.
#[derive(Clone, Copy)]
pub struct Span<'a> {
    row: SpanRow<'a>,
    /// Number of the block among those of its chunk.
    block: usize,
    /// What is known of traces that do not lie in one block.
    wholes: Option<&'a Wholes>,
}

/// The event and the link that an expression is evaluated for; `None` where a span has none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Binding {
    /// Row of the event table.
    pub event: Option<u32>,
    /// Row of the link table.
    pub link: Option<u32>,
}

impl<'a> Span<'a> {
    /// Span `row` of `data`, which is block number `block` of its chunk.
    pub fn new(
        data: &'a Block,
        block: usize,
        row: u32,
        wholes: Option<&'a Wholes>,
    ) -> Result<Span<'a>> {
        Ok(Span { row: SpanRow::new(data, row)?, block, wholes })
    }

    /// The value of `field`; `None` if there is none.
    pub fn get(self, field: &Compiled, binding: Binding) -> Result<Option<Operand<'a>>> {
        let value = match (&field.name, field.name.scope()) {
            (name, Scope::Event) => self.of_event(name, binding.event)?,
            (name, Scope::Link) => self.of_link(name, binding.link)?,
            (Name::Intrinsic(intrinsic), _) => self.intrinsic(*intrinsic)?,
            _ => self.row.get_compiled(field)?,
        };
        Ok(value.map(Operand::of))
    }

    /// Calls `each` with the value of `field`; of fields of events and links, with that of each.
    pub fn each(self, field: &Compiled, mut each: impl FnMut(Operand<'a>)) -> Result<()> {
        let table = match field.name.scope() {
            Scope::Event => Table::Event,
            Scope::Link => Table::Link,
            _ => {
                if let Some(value) = self.get(field, Binding::default())? {
                    each(value);
                }
                return Ok(());
            }
        };
        for row in self.rows(table)? {
            if let Some(value) = self.get(field, Binding { event: Some(row), link: Some(row) })? {
                each(value);
            }
        }
        Ok(())
    }

    fn intrinsic(self, intrinsic: Intrinsic) -> Result<Option<ValueRef<'a>>> {
        if let Some(wholes) = self.wholes
            && let Some(value) = wholes.value(self.block, self.row.row(), intrinsic)
        {
            return Ok(Some(value));
        }
        let value = self.row.intrinsic(intrinsic)?;
        Ok(value.or_else(|| default_of(intrinsic)))
    }

    fn of_event(self, name: &Name, event: Option<u32>) -> Result<Option<ValueRef<'a>>> {
        let Some(event) = event.map(|row| Event::new(self.row, row)) else { return Ok(None) };
        match name {
            Name::Intrinsic(intrinsic) => event.intrinsic(*intrinsic),
            Name::Attribute { key, .. } => event.attribute(key),
        }
    }

    fn of_link(self, name: &Name, link: Option<u32>) -> Result<Option<ValueRef<'a>>> {
        let Some(link) = link.map(|row| Link::new(self.row, row)) else { return Ok(None) };
        match name {
            Name::Intrinsic(intrinsic) => link.intrinsic(*intrinsic),
            Name::Attribute { key, .. } => link.attribute(key),
        }
    }

    /// Rows of the event or link table that belong to the span.
    pub fn rows(self, table: Table) -> Result<std::ops::Range<u32>> {
        self.row.owned_rows(table)
    }
}

/// What an intrinsic is where the span has nothing: a text that was not sent is empty, and so is
/// the parent's id of a root.
pub fn default_of(intrinsic: Intrinsic) -> Option<ValueRef<'static>> {
    match intrinsic {
        Intrinsic::SpanStatusMessage
        | Intrinsic::SpanTraceState
        | Intrinsic::InstrumentationName
        | Intrinsic::InstrumentationVersion
        | Intrinsic::TraceRootName
        | Intrinsic::TraceRootService => Some(ValueRef::Str(b"")),
        Intrinsic::SpanParentId => Some(ValueRef::Id(b"")),
        _ => None,
    }
}
