//! Filling views from encoded messages.
//!
//! As protobuf says, of a scalar field that comes several times the last counts, and singular
//! messages that come several times are merged. A known field with an unexpected wire type counts as
//! unknown. Values inside attributes are checked one level deep only: see [`super::validate_span`].

use super::model::{EventRef, LinkRef, ResourceRef, ScopeRef, SpanRef};
use super::number::{event, link, resource, scope, span, status};
use crate::error::Result;
use crate::value::KeyValueRef;
use crate::wire::{BYTES, FIXED32, FIXED64, Reader, VARINT, WriteExt};

/// Skips a field's value and appends the field, from `before` its tag on, to `unknown`.
#[cold]
fn keep(
    reader: &mut Reader<'_>,
    wire_type: u8,
    before: &[u8],
    unknown: &mut Vec<u8>,
) -> Result<()> {
    reader.skip(wire_type)?;
    unknown.extend_from_slice(&before[..before.len() - reader.rest().len()]);
    Ok(())
}

/// An unsigned 32-bit field; like every protobuf reader this drops the bits above.
#[inline]
fn u32_of(reader: &mut Reader<'_>) -> Result<u32> {
    reader.varint().map(|v| v as u32)
}

#[inline]
fn push_attribute<'a>(attributes: &mut Vec<KeyValueRef<'a>>, r: &mut Reader<'a>) -> Result<()> {
    attributes.push(KeyValueRef::decode(r.bytes()?)?);
    Ok(())
}

impl<'a> ResourceRef<'a> {
    /// Fills this view from an encoded `Resource`. The schema URL, which is not part of that
    /// message, becomes empty. After an error the contents are unspecified.
    pub fn decode(&mut self, raw: &'a [u8]) -> Result<()> {
        self.clear();
        self.raw = raw;
        self.present = true;
        let mut r = Reader::new(raw);
        let mut before = raw;
        while let Some((number, wire_type)) = r.tag()? {
            match (number, wire_type) {
                (resource::ATTRIBUTES, BYTES) => push_attribute(&mut self.attributes, &mut r)?,
                (resource::DROPPED_ATTRIBUTES, VARINT) => {
                    self.dropped_attributes = u32_of(&mut r)?;
                }
                _ => keep(&mut r, wire_type, before, &mut self.unknown)?,
            }
            before = r.rest();
        }
        Ok(())
    }
}

impl<'a> ScopeRef<'a> {
    /// Fills this view from an encoded `InstrumentationScope`. The schema URL, which is not part of
    /// that message, becomes empty. After an error the contents are unspecified.
    pub fn decode(&mut self, raw: &'a [u8]) -> Result<()> {
        self.clear();
        self.raw = raw;
        self.present = true;
        let mut r = Reader::new(raw);
        let mut before = raw;
        while let Some((number, wire_type)) = r.tag()? {
            match (number, wire_type) {
                (scope::NAME, BYTES) => self.name = r.bytes()?,
                (scope::VERSION, BYTES) => self.version = r.bytes()?,
                (scope::ATTRIBUTES, BYTES) => push_attribute(&mut self.attributes, &mut r)?,
                (scope::DROPPED_ATTRIBUTES, VARINT) => self.dropped_attributes = u32_of(&mut r)?,
                _ => keep(&mut r, wire_type, before, &mut self.unknown)?,
            }
            before = r.rest();
        }
        Ok(())
    }
}

impl<'a> SpanRef<'a> {
    /// Fills this view from an encoded `Span`. After an error the contents are unspecified.
    pub fn decode(&mut self, raw: &'a [u8]) -> Result<()> {
        self.clear();
        let mut r = Reader::new(raw);
        let mut before = raw;
        while let Some((number, wire_type)) = r.tag()? {
            match (number, wire_type) {
                (span::TRACE_ID, BYTES) => self.trace_id = r.bytes()?,
                (span::SPAN_ID, BYTES) => self.span_id = r.bytes()?,
                (span::TRACE_STATE, BYTES) => self.trace_state = r.bytes()?,
                (span::PARENT_SPAN_ID, BYTES) => self.parent_span_id = r.bytes()?,
                (span::NAME, BYTES) => self.name = r.bytes()?,
                (span::KIND, VARINT) => self.kind = r.varint()? as i32,
                (span::START, FIXED64) => self.start_ns = r.fixed64()?,
                (span::END, FIXED64) => self.end_ns = r.fixed64()?,
                (span::ATTRIBUTES, BYTES) => push_attribute(&mut self.attributes, &mut r)?,
                (span::DROPPED_ATTRIBUTES, VARINT) => self.dropped_attributes = u32_of(&mut r)?,
                (span::EVENTS, BYTES) => self.events.grow().decode(r.bytes()?)?,
                (span::DROPPED_EVENTS, VARINT) => self.dropped_events = u32_of(&mut r)?,
                (span::LINKS, BYTES) => self.links.grow().decode(r.bytes()?)?,
                (span::DROPPED_LINKS, VARINT) => self.dropped_links = u32_of(&mut r)?,
                (span::STATUS, BYTES) => self.merge_status(r.bytes()?)?,
                (span::FLAGS, FIXED32) => self.flags = r.fixed32()?,
                _ => keep(&mut r, wire_type, before, &mut self.unknown)?,
            }
            before = r.rest();
        }
        Ok(())
    }

    fn merge_status(&mut self, raw: &'a [u8]) -> Result<()> {
        self.status_present = true;
        let mut r = Reader::new(raw);
        let mut before = raw;
        while let Some((number, wire_type)) = r.tag()? {
            match (number, wire_type) {
                (status::MESSAGE, BYTES) => self.status_message = r.bytes()?,
                (status::CODE, VARINT) => self.status_code = r.varint()? as i32,
                _ => {
                    let mut field = Vec::new();
                    keep(&mut r, wire_type, before, &mut field)?;
                    self.unknown.put_bytes_field(span::STATUS, &field);
                }
            }
            before = r.rest();
        }
        Ok(())
    }
}

impl<'a> EventRef<'a> {
    /// Fills this view from an encoded `Event`. After an error the contents are unspecified.
    pub fn decode(&mut self, raw: &'a [u8]) -> Result<()> {
        self.clear();
        let mut r = Reader::new(raw);
        let mut before = raw;
        while let Some((number, wire_type)) = r.tag()? {
            match (number, wire_type) {
                (event::TIME, FIXED64) => self.time_ns = r.fixed64()?,
                (event::NAME, BYTES) => self.name = r.bytes()?,
                (event::ATTRIBUTES, BYTES) => push_attribute(&mut self.attributes, &mut r)?,
                (event::DROPPED_ATTRIBUTES, VARINT) => self.dropped_attributes = u32_of(&mut r)?,
                _ => keep(&mut r, wire_type, before, &mut self.unknown)?,
            }
            before = r.rest();
        }
        Ok(())
    }
}

impl<'a> LinkRef<'a> {
    /// Fills this view from an encoded `Link`. After an error the contents are unspecified.
    pub fn decode(&mut self, raw: &'a [u8]) -> Result<()> {
        self.clear();
        let mut r = Reader::new(raw);
        let mut before = raw;
        while let Some((number, wire_type)) = r.tag()? {
            match (number, wire_type) {
                (link::TRACE_ID, BYTES) => self.trace_id = r.bytes()?,
                (link::SPAN_ID, BYTES) => self.span_id = r.bytes()?,
                (link::TRACE_STATE, BYTES) => self.trace_state = r.bytes()?,
                (link::ATTRIBUTES, BYTES) => push_attribute(&mut self.attributes, &mut r)?,
                (link::DROPPED_ATTRIBUTES, VARINT) => self.dropped_attributes = u32_of(&mut r)?,
                (link::FLAGS, FIXED32) => self.flags = r.fixed32()?,
                _ => keep(&mut r, wire_type, before, &mut self.unknown)?,
            }
            before = r.rest();
        }
        Ok(())
    }
}
