//! Fills the columns of one block, row by row, in the block's order.

use super::buffer::{BlockPlan, SpanBuffer, split_group_key};
use super::columns::{AttributeColumns, ColumnBuilder, NONE, Place};
use super::interner::Interner;
use super::order::{Node, Tree};
use crate::block::format::{MAX_ROWS, RESIDUAL_ITEM, corrupt};
use crate::block::{Field, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::otlp::{EventRef, LinkRef, ResourceRef, ScopeRef, SpanRef};
use crate::value::{AnyKind, AnyRef, KeyValueRef, ValueRef, ValueType};
use std::ops::Range;

/// The tables of a block while they are filled.
pub struct Rows {
    pub fields: Vec<ColumnBuilder>,
    pub attributes: AttributeColumns,
    pub shapes: Shapes,
    pub counts: [u32; Table::COUNT],
    pub min_start: u64,
    pub max_end: u64,
    /// The traces' ids, in their order.
    pub trace_ids: Vec<Box<[u8]>>,
    items: Vec<u32>,
    residuals: [Vec<Residual>; Table::COUNT],
    residual_bytes: Vec<u8>,
}

/// An attribute value that no column holds, until all of its table are known.
struct Residual {
    owner: u32,
    repeated: bool,
    /// In the bytes: name, then value, if there is one.
    name: Range<usize>,
    value: Option<Range<usize>>,
}

/// Distinct lists of column numbers.
#[derive(Default)]
pub struct Shapes {
    lists: Interner,
}

impl Shapes {
    fn intern(&mut self, items: &[u32]) -> u32 {
        self.lists.intern(bytemuck::cast_slice(items))
    }

    /// The lists, by shape number.
    pub fn iter(&self) -> impl Iterator<Item = Vec<u32>> {
        (0..self.lists.len() as u32).map(|s| bytemuck::pod_collect_to_vec(self.lists.get(s)))
    }
}

impl Rows {
    /// Fills all tables with the traces of `plan`.
    pub fn fill(buffer: &SpanBuffer, plan: &BlockPlan, column_cap: usize) -> Result<Rows> {
        let mut rows = Rows {
            fields: Field::ALL.iter().map(|&f| ColumnBuilder::fixed(f)).collect(),
            attributes: AttributeColumns::new(column_cap),
            shapes: Shapes::default(),
            counts: [0; Table::COUNT],
            min_start: u64::MAX,
            max_end: 0,
            trace_ids: Vec::with_capacity(plan.traces.len()),
            items: Vec::new(),
            residuals: Default::default(),
            residual_bytes: Vec::new(),
        };
        let resources = rows.fill_resources(buffer, plan)?;
        let scopes = rows.fill_scopes(buffer, plan)?;
        let mut tree = Tree::default();
        let mut arrived: Vec<u32> = Vec::new();
        let mut nodes: Vec<Node> = Vec::new();
        let mut view = SpanRef::default();
        for &trace in &plan.traces {
            arrived.clear();
            arrived.extend(buffer.spans_of(trace));
            nodes.clear();
            nodes.extend(arrived.iter().map(|&s| buffer.node(s)));
            tree.build(&nodes);
            rows.push_trace(buffer.trace_time(trace), &tree)?;
            for (at, &n) in tree.order.iter().enumerate() {
                let buffered = buffer.span(arrived[n as usize]);
                view.decode(buffered.raw)?;
                if at == 0 {
                    rows.push_trace_id(view.trace_id);
                }
                let row = rows.next_row(Table::Span)?;
                rows.set(Field::SpanResource, row, resources[buffered.resource as usize].into());
                rows.set(Field::SpanScope, row, scopes[buffered.scope as usize].into());
                rows.set(Field::ParentDelta, row, tree.parent_delta[at].into());
                rows.set(Field::SubtreeLen, row, tree.subtree_len[at].into());
                rows.push_span(row, &view, tree.parent_delta[at] == 0)?;
            }
        }
        rows.fill_residuals()?;
        Ok(rows)
    }

    fn next_row(&mut self, table: Table) -> Result<u32> {
        let count = &mut self.counts[table as usize];
        if *count as usize >= MAX_ROWS {
            let message = "a block cannot hold more than 2^32 rows of one kind; write smaller ones";
            return Err(Error::new(ErrorKind::Limit, message));
        }
        *count += 1;
        Ok(*count - 1)
    }

    #[inline]
    fn set(&mut self, field: Field, row: u32, value: u64) {
        self.fields[field as usize].push_integer(row, value);
    }

    /// Sets an integer that is usually 0, and then not kept.
    #[inline]
    fn set_if(&mut self, field: Field, row: u32, value: u64) {
        if value != 0 {
            self.set(field, row, value);
        }
    }

    #[inline]
    fn set_bytes(&mut self, field: Field, row: u32, value: &[u8]) {
        self.fields[field as usize].push_bytes(row, value);
    }

    /// Sets bytes that are usually empty, and then not kept.
    #[inline]
    fn set_bytes_if(&mut self, field: Field, row: u32, value: &[u8]) {
        if !value.is_empty() {
            self.set_bytes(field, row, value);
        }
    }

    /// Sets an id of `N` bytes; one of another length is kept beside it.
    #[inline]
    fn set_id<const N: usize>(&mut self, field: Field, odd: Field, row: u32, id: &[u8]) {
        if id.len() == N {
            self.set_bytes(field, row, id);
        } else {
            self.set_bytes(field, row, &[0; N]);
            self.set_bytes(odd, row, id);
        }
    }

    /// The resources of the plan's spans, each once, sorted by service name. Returns the row of
    /// each of the buffer's resources.
    fn fill_resources(&mut self, buffer: &SpanBuffer, plan: &BlockPlan) -> Result<Vec<u32>> {
        let used = used(buffer, plan, buffer.resources.len(), |s| buffer.span(s).resource);
        let mut sorted: Vec<(Vec<u8>, u32)> = Vec::new();
        let mut view = ResourceRef::default();
        for &number in &used {
            decode_resource(&mut view, buffer.resources.get(number))?;
            sorted.push((service_name(&view.attributes), number));
        }
        // Stable, so that a block depends on its own spans alone.
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        let mut places = vec![NONE; buffer.resources.len()];
        for (_, number) in sorted {
            let row = self.next_row(Table::Resource)?;
            places[number as usize] = row;
            decode_resource(&mut view, buffer.resources.get(number))?;
            if !view.present {
                self.fields[Field::ResourceAbsent as usize].push_presence(row);
            }
            self.set_bytes_if(Field::ResourceSchemaUrl, row, view.schema_url);
            let dropped = view.dropped_attributes.into();
            self.set_if(Field::ResourceDroppedAttributes, row, dropped);
            self.set_bytes_if(Field::ResourceUnknown, row, &view.unknown);
            self.push_attributes(Table::Resource, Field::ResourceShape, row, &view.attributes)?;
        }
        Ok(places)
    }

    /// The scopes of the plan's spans, each once, in the order of their first span.
    fn fill_scopes(&mut self, buffer: &SpanBuffer, plan: &BlockPlan) -> Result<Vec<u32>> {
        let mut places = vec![NONE; buffer.scopes.len()];
        let mut view = ScopeRef::default();
        for number in used(buffer, plan, buffer.scopes.len(), |s| buffer.span(s).scope) {
            let row = self.next_row(Table::Scope)?;
            places[number as usize] = row;
            decode_scope(&mut view, buffer.scopes.get(number))?;
            if !view.present {
                self.fields[Field::ScopeAbsent as usize].push_presence(row);
            }
            self.set_bytes_if(Field::ScopeName, row, view.name);
            self.set_bytes_if(Field::ScopeVersion, row, view.version);
            self.set_bytes_if(Field::ScopeSchemaUrl, row, view.schema_url);
            self.set_if(Field::ScopeDroppedAttributes, row, view.dropped_attributes.into());
            self.set_bytes_if(Field::ScopeUnknown, row, &view.unknown);
            self.push_attributes(Table::Scope, Field::ScopeShape, row, &view.attributes)?;
        }
        Ok(places)
    }

    fn push_trace(&mut self, (start, end): (u64, u64), tree: &Tree) -> Result<()> {
        let row = self.next_row(Table::Trace)?;
        let first_row = self.counts[Table::Span as usize];
        self.fields[Field::TraceStart as usize].push_presence(first_row);
        self.set(Field::TraceFirstRow, row, first_row.into());
        self.set(Field::TraceStartTime, row, start);
        self.set(Field::TraceEndTime, row, end);
        self.set(Field::TraceRooted, row, tree.rooted.into());
        self.set_if(Field::TraceFlags, row, tree.flags.0);
        self.min_start = self.min_start.min(start);
        self.max_end = self.max_end.max(end);
        Ok(())
    }

    fn push_trace_id(&mut self, id: &[u8]) {
        let row = self.counts[Table::Trace as usize] - 1;
        self.set_id::<16>(Field::TraceId, Field::OddTraceId, row, id);
        self.trace_ids.push(id.into());
    }

    fn push_span(&mut self, row: u32, span: &SpanRef<'_>, keep_parent: bool) -> Result<()> {
        self.set_id::<8>(Field::SpanId, Field::OddSpanId, row, span.span_id);
        if keep_parent && !span.parent_span_id.is_empty() {
            let id = span.parent_span_id;
            let field = if id.len() == 8 { Field::ParentId } else { Field::OddParentId };
            self.set_bytes(field, row, id);
        }
        self.set_bytes(Field::SpanName, row, span.name);
        self.set(Field::SpanKind, row, i64::from(span.kind) as u64);
        self.set(Field::SpanStatus, row, i64::from(span.status_code) as u64);
        self.set_bytes_if(Field::StatusMessage, row, span.status_message);
        if span.status_present && span.status_code == 0 && span.status_message.is_empty() {
            self.fields[Field::StatusEmpty as usize].push_presence(row);
        }
        self.set(Field::SpanStart, row, span.start_ns);
        self.set(Field::SpanDuration, row, span.end_ns.saturating_sub(span.start_ns));
        if span.end_ns < span.start_ns {
            self.set(Field::SpanEnd, row, span.end_ns);
        }
        self.set_bytes_if(Field::TraceState, row, span.trace_state);
        self.set_if(Field::SpanFlags, row, span.flags.into());
        self.set_if(Field::SpanDroppedAttributes, row, span.dropped_attributes.into());
        self.set_if(Field::SpanDroppedEvents, row, span.dropped_events.into());
        self.set_if(Field::SpanDroppedLinks, row, span.dropped_links.into());
        self.set_bytes_if(Field::SpanUnknown, row, &span.unknown);
        self.push_attributes(Table::Span, Field::SpanShape, row, &span.attributes)?;
        span.events.iter().try_for_each(|e| self.push_event(row, span.start_ns, e))?;
        span.links.iter().try_for_each(|l| self.push_link(row, l))
    }

    fn push_event(&mut self, owner: u32, start: u64, event: &EventRef<'_>) -> Result<()> {
        let row = self.next_row(Table::Event)?;
        self.set(Field::EventOwner, row, owner.into());
        self.set_bytes(Field::EventName, row, event.name);
        self.set(Field::EventTime, row, event.time_ns.wrapping_sub(start));
        self.set_if(Field::EventDroppedAttributes, row, event.dropped_attributes.into());
        self.set_bytes_if(Field::EventUnknown, row, &event.unknown);
        self.push_attributes(Table::Event, Field::EventShape, row, &event.attributes)
    }

    fn push_link(&mut self, owner: u32, link: &LinkRef<'_>) -> Result<()> {
        let row = self.next_row(Table::Link)?;
        self.set(Field::LinkOwner, row, owner.into());
        self.set_id::<16>(Field::LinkTraceId, Field::OddLinkTraceId, row, link.trace_id);
        self.set_id::<8>(Field::LinkSpanId, Field::OddLinkSpanId, row, link.span_id);
        self.set_bytes_if(Field::LinkTraceState, row, link.trace_state);
        self.set_if(Field::LinkFlags, row, link.flags.into());
        self.set_if(Field::LinkDroppedAttributes, row, link.dropped_attributes.into());
        self.set_bytes_if(Field::LinkUnknown, row, &link.unknown);
        self.push_attributes(Table::Link, Field::LinkShape, row, &link.attributes)
    }

    fn push_attributes(
        &mut self,
        table: Table,
        shape: Field,
        row: u32,
        attributes: &[KeyValueRef<'_>],
    ) -> Result<()> {
        self.items.clear();
        let mut cursor = self.attributes.begin(table, row);
        for attribute in attributes {
            let value = attribute.value.map(ValueRef::of_any).transpose()?;
            let value_type = value.map_or(ValueType::Nested, |v| v.value_type());
            let place = self.attributes.place(&mut cursor, attribute.key, value_type);
            if let (Place::Column(column), Some(value)) = (&place, value) {
                self.attributes.columns[*column as usize].push(row, value);
                self.items.push(*column);
            } else {
                self.keep_residual(table, row, attribute, matches!(place, Place::Repeated));
                self.items.push(RESIDUAL_ITEM);
            }
        }
        let number = self.shapes.intern(&self.items);
        self.set(shape, row, number.into());
        Ok(())
    }

    fn keep_residual(
        &mut self,
        table: Table,
        owner: u32,
        attribute: &KeyValueRef<'_>,
        repeated: bool,
    ) {
        let bytes = &mut self.residual_bytes;
        let mut keep = |parts: [&[u8]; 2]| {
            let start = bytes.len();
            parts.iter().for_each(|part| bytes.extend_from_slice(part));
            start..bytes.len()
        };
        let name = keep([table.attribute_prefix().as_bytes(), attribute.key]);
        let value = attribute.value.map(|value| keep([value.0, b""]));
        self.residuals[table as usize].push(Residual { owner, repeated, name, value });
    }

    /// Fills the residual table: sorted by owner, and those of an owner in their order.
    fn fill_residuals(&mut self) -> Result<()> {
        let bytes = std::mem::take(&mut self.residual_bytes);
        for (table, list) in std::mem::take(&mut self.residuals).iter().enumerate() {
            for residual in list {
                let row = self.next_row(Table::Residual)?;
                self.set(Field::ResidualTable, row, table as u64);
                self.set(Field::ResidualOwner, row, residual.owner.into());
                self.set_bytes(Field::ResidualName, row, &bytes[residual.name.clone()]);
                match &residual.value {
                    Some(value) => self.set_bytes(Field::ResidualValue, row, &bytes[value.clone()]),
                    None => self.fields[Field::ResidualMissing as usize].push_presence(row),
                }
                if residual.repeated {
                    self.fields[Field::ResidualRepeated as usize].push_presence(row);
                }
            }
        }
        Ok(())
    }
}

/// The numbers that the plan's spans use, each once, in the order of their first span.
fn used(
    buffer: &SpanBuffer,
    plan: &BlockPlan,
    count: usize,
    number: impl Fn(u32) -> u32,
) -> Vec<u32> {
    let mut seen = vec![false; count];
    let mut used = Vec::new();
    for span in plan.traces.iter().flat_map(|&t| buffer.spans_of(t)) {
        let number = number(span);
        if !std::mem::replace(&mut seen[number as usize], true) {
            used.push(number);
        }
    }
    used
}

fn decode_resource<'a>(view: &mut ResourceRef<'a>, key: &'a [u8]) -> Result<()> {
    let (present, schema_url, raw) =
        split_group_key(key).ok_or_else(|| corrupt("a buffered resource is damaged"))?;
    view.decode(raw)?;
    view.present = present;
    view.schema_url = schema_url;
    Ok(())
}

fn decode_scope<'a>(view: &mut ScopeRef<'a>, key: &'a [u8]) -> Result<()> {
    let (present, schema_url, raw) =
        split_group_key(key).ok_or_else(|| corrupt("a buffered scope is damaged"))?;
    view.decode(raw)?;
    view.present = present;
    view.schema_url = schema_url;
    Ok(())
}

fn service_name(attributes: &[KeyValueRef<'_>]) -> Vec<u8> {
    let found = attributes.iter().find(|a| a.key == b"service.name").and_then(|a| a.value);
    match found.map(AnyRef::kind) {
        Some(Ok(AnyKind::Str(name))) => name.to_vec(),
        _ => Vec::new(),
    }
}
