//! The way back: rows of a block as OTLP views and messages.
//!
//! What goes in comes out: a view made here equals the one that was decoded from what was sent. Only
//! which request a span came in is not kept, nor resources and scopes that had no span.

use super::format::corrupt;
use super::{Block, Field, Table};
use crate::error::Result;
use crate::otlp::{EventRef, LinkRef, Recycle, ResourceRef, ScopeRef, SpanRef, TracesEncoder};
use crate::value::{AnyRef, KeyValueRef, ValueRef};
use crate::wire::WriteExt;
use std::ops::Range;

/// Reads rows of one block as OTLP views; reuses its memory from row to row.
pub struct Exporter<'b> {
    block: &'b Block,
    /// Encoded scalar values of the row at hand.
    values: Vec<u8>,
    /// Attributes of the row at hand and of what it owns.
    attributes: Vec<Attribute<'b>>,
    events: Vec<Range<usize>>,
    links: Vec<Range<usize>>,
    span: SpanRef<'static>,
}

struct Attribute<'b> {
    key: &'b [u8],
    value: Option<Encoded<'b>>,
}

/// An encoded `AnyValue`: in the block, or in `values`.
enum Encoded<'b> {
    InBlock(&'b [u8]),
    Scratch(Range<usize>),
}

impl<'b> Exporter<'b> {
    /// An exporter of `block`.
    pub fn new(block: &'b Block) -> Self {
        Exporter {
            block,
            values: Vec::new(),
            attributes: Vec::new(),
            events: Vec::new(),
            links: Vec::new(),
            span: SpanRef::default(),
        }
    }

    /// Calls `each` with the view of span `row`.
    pub fn span<T>(&mut self, row: u32, each: impl FnOnce(&SpanRef<'_>) -> T) -> Result<T> {
        let block = self.block;
        self.values.clear();
        self.attributes.clear();
        let own = self.collect(Table::Span, row)?;
        let event_rows = block.owned_rows(Field::EventOwner, row)?;
        let link_rows = block.owned_rows(Field::LinkOwner, row)?;
        self.events.clear();
        for event in event_rows.clone() {
            let range = self.collect(Table::Event, event)?;
            self.events.push(range);
        }
        self.links.clear();
        for link in link_rows.clone() {
            let range = self.collect(Table::Link, link)?;
            self.links.push(range);
        }
        let mut view = std::mem::take(&mut self.span).recycle();
        self.fill_span(row, &mut view)?;
        view.attributes.extend(self.views(&own));
        let start = view.start_ns;
        for (event, range) in event_rows.zip(&self.events) {
            let out = view.events.grow();
            out.clear();
            self.fill_event(event, start, out)?;
            out.attributes.extend(self.views(range));
        }
        for (link, range) in link_rows.zip(&self.links) {
            let out = view.links.grow();
            out.clear();
            self.fill_link(link, out)?;
            out.attributes.extend(self.views(range));
        }
        let result = each(&view);
        self.span = view.recycle();
        Ok(result)
    }

    /// Calls `each` with the view of a resource (a row of the resource table).
    pub fn resource<T>(&mut self, row: u32, each: impl FnOnce(&ResourceRef<'_>) -> T) -> Result<T> {
        let block = self.block;
        self.values.clear();
        self.attributes.clear();
        let own = self.collect(Table::Resource, row)?;
        let view = ResourceRef {
            present: !contains(block, Field::ResourceAbsent, row)?,
            schema_url: text(block, Field::ResourceSchemaUrl, row)?,
            dropped_attributes: number(block, Field::ResourceDroppedAttributes, row)? as u32,
            unknown: text(block, Field::ResourceUnknown, row)?.to_vec(),
            attributes: self.views(&own).collect(),
            raw: b"",
        };
        Ok(each(&view))
    }

    /// Calls `each` with the view of an instrumentation scope (a row of the scope table).
    pub fn scope<T>(&mut self, row: u32, each: impl FnOnce(&ScopeRef<'_>) -> T) -> Result<T> {
        let block = self.block;
        self.values.clear();
        self.attributes.clear();
        let own = self.collect(Table::Scope, row)?;
        let view = ScopeRef {
            present: !contains(block, Field::ScopeAbsent, row)?,
            name: text(block, Field::ScopeName, row)?,
            version: text(block, Field::ScopeVersion, row)?,
            schema_url: text(block, Field::ScopeSchemaUrl, row)?,
            dropped_attributes: number(block, Field::ScopeDroppedAttributes, row)? as u32,
            unknown: text(block, Field::ScopeUnknown, row)?.to_vec(),
            attributes: self.views(&own).collect(),
            raw: b"",
        };
        Ok(each(&view))
    }

    /// Hands the spans of `rows` to `out`, each run of one resource and scope below these.
    pub fn write(
        &mut self,
        rows: impl IntoIterator<Item = u32>,
        out: &mut TracesEncoder,
    ) -> Result<()> {
        let mut last = None;
        for row in rows {
            let (resource, scope) = self.owners(row)?;
            if last.map(|(r, _)| r) != Some(resource) {
                self.resource(resource, |r| out.resource(r))?;
                last = None;
            }
            if last != Some((resource, scope)) {
                self.scope(scope, |s| out.scope(s))?;
                last = Some((resource, scope));
            }
            self.span(row, |s| out.span(s))?;
        }
        Ok(())
    }

    /// Like [`Exporter::write`], but each resource and scope comes once: the spans of a trace take
    /// turns in them.
    pub fn write_grouped(
        &mut self,
        rows: impl IntoIterator<Item = u32>,
        out: &mut TracesEncoder,
    ) -> Result<()> {
        let keyed = rows.into_iter().map(|row| Ok((self.owners(row)?, row)));
        let mut keyed = keyed.collect::<Result<Vec<_>>>()?;
        keyed.sort_unstable();
        self.write(keyed.into_iter().map(|(_, row)| row), out)
    }

    /// The resource and the scope that span `row` comes from.
    fn owners(&self, row: u32) -> Result<(u32, u32)> {
        let code = |field| {
            let code = self.block.field_integer(field, row)?.and_then(|c| u32::try_from(c).ok());
            code.ok_or_else(|| corrupt("a span has no resource or scope"))
        };
        Ok((code(Field::SpanResource)?, code(Field::SpanScope)?))
    }

    /// Collects the attributes of one row; returns where they are in the list.
    fn collect(&mut self, table: Table, row: u32) -> Result<Range<usize>> {
        let start = self.attributes.len();
        for attribute in self.block.attributes(table, row)? {
            let attribute = attribute?;
            let value = attribute.value.map(|value| encode_value(value, &mut self.values));
            self.attributes.push(Attribute { key: attribute.key, value });
        }
        Ok(start..self.attributes.len())
    }

    /// Collected attributes as views.
    fn views<'a>(&'a self, range: &Range<usize>) -> impl Iterator<Item = KeyValueRef<'a>> {
        self.attributes[range.clone()].iter().map(|attribute| KeyValueRef {
            key: attribute.key,
            value: attribute.value.as_ref().map(|value| match value {
                Encoded::InBlock(bytes) => AnyRef(bytes),
                Encoded::Scratch(range) => AnyRef(&self.values[range.clone()]),
            }),
        })
    }

    fn fill_span<'a>(&self, row: u32, view: &mut SpanRef<'a>) -> Result<()>
    where
        'b: 'a,
    {
        let block = self.block;
        let trace = block.trace_of(row)?;
        view.trace_id = block.trace_id(trace)?.unwrap_or_default();
        view.span_id = block.span_id(row)?.unwrap_or_default();
        view.parent_span_id = block.parent_id(row)?.unwrap_or_default();
        view.trace_state = text(block, Field::TraceState, row)?;
        view.name = text(block, Field::SpanName, row)?;
        view.flags = number(block, Field::SpanFlags, row)? as u32;
        view.kind = number(block, Field::SpanKind, row)? as i32;
        view.start_ns = block.start_ns(row)?;
        view.end_ns = block.end_ns(row)?;
        view.dropped_attributes = number(block, Field::SpanDroppedAttributes, row)? as u32;
        view.dropped_events = number(block, Field::SpanDroppedEvents, row)? as u32;
        view.dropped_links = number(block, Field::SpanDroppedLinks, row)? as u32;
        view.status_code = number(block, Field::SpanStatus, row)? as i32;
        view.status_message = text(block, Field::StatusMessage, row)?;
        view.status_present = view.status_code != 0
            || !view.status_message.is_empty()
            || contains(block, Field::StatusEmpty, row)?;
        view.unknown.extend_from_slice(text(block, Field::SpanUnknown, row)?);
        Ok(())
    }

    fn fill_event<'a>(&self, row: u32, start: u64, view: &mut EventRef<'a>) -> Result<()>
    where
        'b: 'a,
    {
        let block = self.block;
        view.time_ns = start.wrapping_add(number(block, Field::EventTime, row)?);
        view.name = text(block, Field::EventName, row)?;
        view.dropped_attributes = number(block, Field::EventDroppedAttributes, row)? as u32;
        view.unknown.extend_from_slice(text(block, Field::EventUnknown, row)?);
        Ok(())
    }

    fn fill_link<'a>(&self, row: u32, view: &mut LinkRef<'a>) -> Result<()>
    where
        'b: 'a,
    {
        let block = self.block;
        view.trace_id =
            block.id(Field::LinkTraceId, Field::OddLinkTraceId, row)?.unwrap_or_default();
        view.span_id = block.id(Field::LinkSpanId, Field::OddLinkSpanId, row)?.unwrap_or_default();
        view.trace_state = text(block, Field::LinkTraceState, row)?;
        view.flags = number(block, Field::LinkFlags, row)? as u32;
        view.dropped_attributes = number(block, Field::LinkDroppedAttributes, row)? as u32;
        view.unknown.extend_from_slice(text(block, Field::LinkUnknown, row)?);
        Ok(())
    }
}

/// Bytes of a field; empty if the row has none.
fn text(block: &Block, field: Field, row: u32) -> Result<&[u8]> {
    Ok(block.field_bytes(field, row)?.unwrap_or_default())
}

/// Integer of a field, as its bits; 0 if the row has none.
fn number(block: &Block, field: Field, row: u32) -> Result<u64> {
    Ok(block.field_integer(field, row)?.unwrap_or(0))
}

fn contains(block: &Block, field: Field, row: u32) -> Result<bool> {
    Ok(block.field(field)?.is_some_and(|c| c.presence.contains(row)))
}

/// A value as an encoded `AnyValue`, written to `out` unless the block has it so.
fn encode_value<'b>(value: ValueRef<'b>, out: &mut Vec<u8>) -> Encoded<'b> {
    let start = out.len();
    match value {
        ValueRef::List(any) | ValueRef::Nested(any) => return Encoded::InBlock(any.0),
        ValueRef::Empty => return Encoded::InBlock(b""),
        ValueRef::Str(v) => out.put_bytes_field(1, v),
        ValueRef::Bool(v) => out.put_varint_field(2, v.into()),
        ValueRef::I64(v) => out.put_varint_field(3, v as u64),
        ValueRef::SpanKind(v) | ValueRef::Status(v) => out.put_varint_field(3, i64::from(v) as u64),
        ValueRef::U64(v) | ValueRef::TimeNs(v) | ValueRef::DurationNs(v) => {
            out.put_varint_field(3, v);
        }
        ValueRef::F64(v) => out.put_fixed64_field(4, v.to_bits()),
        ValueRef::Bytes(v) | ValueRef::Id(v) => out.put_bytes_field(7, v),
    }
    Encoded::Scratch(start..out.len())
}
