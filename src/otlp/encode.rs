//! Writing messages from views: the way back.
//!
//! Fields come in the order of their numbers, as from other encoders, then the unknown ones; fields
//! with default values are left out, as proto3 says. What a view holds comes back equal when
//! the bytes are decoded again.

use super::decode::SpanSink;
use super::model::{EventRef, LinkRef, ResourceRef, ScopeRef, SpanRef};
use super::number::{event, group, link, resource, scope, span, status, traces_data};
use crate::error::Result;
use crate::value::KeyValueRef;
use crate::wire::{BYTES, WriteExt};

/// Appends the `Resource` message of a view, made from its fields ([`ResourceRef::raw`] is ignored).
pub fn encode_resource(resource: &ResourceRef<'_>, out: &mut Vec<u8>) {
    attributes(out, resource::ATTRIBUTES, &resource.attributes);
    uint(out, resource::DROPPED_ATTRIBUTES, resource.dropped_attributes.into());
    out.extend_from_slice(&resource.unknown);
}

/// Appends the `InstrumentationScope` message of a view, made from its fields.
pub fn encode_scope(scope: &ScopeRef<'_>, out: &mut Vec<u8>) {
    bytes(out, scope::NAME, scope.name);
    bytes(out, scope::VERSION, scope.version);
    attributes(out, scope::ATTRIBUTES, &scope.attributes);
    uint(out, scope::DROPPED_ATTRIBUTES, scope.dropped_attributes.into());
    out.extend_from_slice(&scope.unknown);
}

/// Appends the `Span` message of a view.
pub fn encode_span(span: &SpanRef<'_>, out: &mut Vec<u8>) {
    bytes(out, span::TRACE_ID, span.trace_id);
    bytes(out, span::SPAN_ID, span.span_id);
    bytes(out, span::TRACE_STATE, span.trace_state);
    bytes(out, span::PARENT_SPAN_ID, span.parent_span_id);
    bytes(out, span::NAME, span.name);
    uint(out, span::KIND, enum_bits(span.kind));
    fixed64(out, span::START, span.start_ns);
    fixed64(out, span::END, span.end_ns);
    attributes(out, span::ATTRIBUTES, &span.attributes);
    uint(out, span::DROPPED_ATTRIBUTES, span.dropped_attributes.into());
    for event in &span.events {
        out.put_message_field(span::EVENTS, |out| encode_event(event, out));
    }
    uint(out, span::DROPPED_EVENTS, span.dropped_events.into());
    for link in &span.links {
        out.put_message_field(span::LINKS, |out| encode_link(link, out));
    }
    uint(out, span::DROPPED_LINKS, span.dropped_links.into());
    if span.status_present {
        out.put_message_field(span::STATUS, |out| {
            bytes(out, status::MESSAGE, span.status_message);
            uint(out, status::CODE, enum_bits(span.status_code));
        });
    }
    fixed32(out, span::FLAGS, span.flags);
    out.extend_from_slice(&span.unknown);
}

fn encode_event(event: &EventRef<'_>, out: &mut Vec<u8>) {
    fixed64(out, event::TIME, event.time_ns);
    bytes(out, event::NAME, event.name);
    attributes(out, event::ATTRIBUTES, &event.attributes);
    uint(out, event::DROPPED_ATTRIBUTES, event.dropped_attributes.into());
    out.extend_from_slice(&event.unknown);
}

fn encode_link(link: &LinkRef<'_>, out: &mut Vec<u8>) {
    bytes(out, link::TRACE_ID, link.trace_id);
    bytes(out, link::SPAN_ID, link.span_id);
    bytes(out, link::TRACE_STATE, link.trace_state);
    attributes(out, link::ATTRIBUTES, &link.attributes);
    uint(out, link::DROPPED_ATTRIBUTES, link.dropped_attributes.into());
    fixed32(out, link::FLAGS, link.flags);
    out.extend_from_slice(&link.unknown);
}

/// Appends attributes as `KeyValue` messages in the field `number`.
fn attributes(out: &mut Vec<u8>, number: u32, attributes: &[KeyValueRef<'_>]) {
    for attribute in attributes {
        out.put_message_field(number, |out| {
            bytes(out, 1, attribute.key);
            if let Some(value) = attribute.value {
                out.put_bytes_field(2, value.0);
            }
        });
    }
}

/// The varint of an enum number: negative ones are sign-extended to 64 bits.
fn enum_bits(number: i32) -> u64 {
    i64::from(number) as u64
}

fn bytes(out: &mut Vec<u8>, number: u32, value: &[u8]) {
    if !value.is_empty() {
        out.put_bytes_field(number, value);
    }
}

fn uint(out: &mut Vec<u8>, number: u32, value: u64) {
    if value != 0 {
        out.put_varint_field(number, value);
    }
}

fn fixed64(out: &mut Vec<u8>, number: u32, value: u64) {
    if value != 0 {
        out.put_fixed64_field(number, value);
    }
}

fn fixed32(out: &mut Vec<u8>, number: u32, value: u32) {
    if value != 0 {
        out.put_fixed32_field(number, value);
    }
}

/// Builds a `TracesData` message: announce a resource, then a scope, then its spans.
///
/// A scope without a resource, or a span without a scope, goes below one without attributes. As a
/// [`SpanSink`] it never fails. The schema URLs are written ahead of the items, so that a reader
/// learns them first.
#[derive(Clone, Debug, Default)]
pub struct TracesEncoder {
    out: Vec<u8>,
    /// Where the bodies of the open `ResourceSpans` and `ScopeSpans` begin.
    resource: Option<usize>,
    scope: Option<usize>,
    /// A span between its encoding and its frame.
    span: Vec<u8>,
}

impl TracesEncoder {
    /// An empty message.
    pub fn new() -> Self {
        TracesEncoder::default()
    }

    /// Begins a `ResourceSpans`.
    pub fn resource(&mut self, resource: &ResourceRef<'_>) {
        self.close_resource();
        self.resource = Some(self.out.len());
        if resource.present {
            self.out.put_message_field(group::OWNER, |out| encode_resource(resource, out));
        }
        bytes(&mut self.out, group::SCHEMA_URL, resource.schema_url);
    }

    /// Begins a `ScopeSpans` of the last resource.
    pub fn scope(&mut self, scope: &ScopeRef<'_>) {
        if self.resource.is_none() {
            self.resource(&ResourceRef::default());
        }
        self.close_scope();
        self.scope = Some(self.out.len());
        if scope.present {
            self.out.put_message_field(group::OWNER, |out| encode_scope(scope, out));
        }
        bytes(&mut self.out, group::SCHEMA_URL, scope.schema_url);
    }

    /// Adds a span to the last scope.
    pub fn span(&mut self, span: &SpanRef<'_>) {
        let mut raw = std::mem::take(&mut self.span);
        raw.clear();
        encode_span(span, &mut raw);
        self.raw_span(&raw);
        self.span = raw;
    }

    /// Adds an encoded span to the last scope.
    pub fn raw_span(&mut self, raw: &[u8]) {
        if self.scope.is_none() {
            self.scope(&ScopeRef::default());
        }
        self.out.put_bytes_field(group::ITEMS, raw);
    }

    /// Length so far in bytes, without what closing open groups adds.
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// Whether nothing was added yet.
    pub fn is_empty(&self) -> bool {
        self.out.is_empty() && self.resource.is_none()
    }

    /// Completes the message and takes it; the encoder is empty again.
    pub fn finish(&mut self) -> Vec<u8> {
        self.close_resource();
        std::mem::take(&mut self.out)
    }

    fn close_resource(&mut self) {
        self.close_scope();
        if let Some(start) = self.resource.take() {
            frame(&mut self.out, traces_data::RESOURCE_SPANS, start);
        }
    }

    fn close_scope(&mut self) {
        if let Some(start) = self.scope.take() {
            frame(&mut self.out, group::ITEMS, start);
        }
    }
}

/// Makes what was written from `start` on the body of a message field.
pub(super) fn frame(out: &mut Vec<u8>, number: u32, start: usize) {
    let body = out.len() - start;
    out.put_tag(number, BYTES);
    out.put_varint(body as u64);
    out[start..].rotate_left(body);
}

impl SpanSink for TracesEncoder {
    fn resource(&mut self, resource: &ResourceRef<'_>) -> Result<()> {
        TracesEncoder::resource(self, resource);
        Ok(())
    }

    fn scope(&mut self, scope: &ScopeRef<'_>) -> Result<()> {
        TracesEncoder::scope(self, scope);
        Ok(())
    }

    fn span(&mut self, raw: &[u8]) -> Result<()> {
        self.raw_span(raw);
        Ok(())
    }
}
