//! One form for all messages that say the same.

use super::decode::{SpanSink, decode_traces};
use super::dynamic::{Fields, Value};
use super::model::{ResourceRef, ScopeRef};
use super::number::{group, traces_data};
use super::schema::{Kind, Message, RESOURCE, SCOPE, SPAN};
use crate::error::Result;
use crate::wire::{FIXED32, FIXED64, WriteExt};
use std::collections::BTreeMap;

/// Brings traces into a canonical form, so that two collections of them can be compared by bytes.
///
/// The form is one `TracesData` message: spans are grouped by resource, scope and schema URLs;
/// groups and spans are sorted by their bytes; messages are encoded with their fields in order,
/// without defaults where presence makes no difference. Attributes, events and links keep their
/// order, duplicates of spans stay, and so do unknown fields of resources, scopes, spans and what is
/// inside them. Groups without spans vanish.
#[derive(Debug, Default)]
pub struct Canonical {
    /// Scopes by the encoded heads of their `ResourceSpans`.
    groups: BTreeMap<Vec<u8>, Scopes>,
    resource: Vec<u8>,
    scope: Vec<u8>,
}

/// Encoded spans by the encoded heads of their `ScopeSpans`.
type Scopes = BTreeMap<Vec<u8>, Vec<Vec<u8>>>;

impl Canonical {
    /// An empty collection.
    pub fn new() -> Self {
        Canonical::default()
    }

    /// Adds the spans of a `TracesData` message.
    pub fn add(&mut self, message: &[u8]) -> Result<()> {
        decode_traces(message, self).map(drop)
    }

    /// The canonical `TracesData` message of all that was added.
    pub fn finish(self) -> Vec<u8> {
        let mut out = Vec::new();
        for (resource, scopes) in self.groups {
            out.put_message_field(traces_data::RESOURCE_SPANS, |out| {
                out.extend(resource);
                for (scope, mut spans) in scopes {
                    spans.sort_unstable();
                    out.put_message_field(group::ITEMS, |out| {
                        out.extend(scope);
                        spans.iter().for_each(|span| out.put_bytes_field(group::ITEMS, span));
                    });
                }
            });
        }
        out
    }
}

impl SpanSink for Canonical {
    fn resource(&mut self, resource: &ResourceRef<'_>) -> Result<()> {
        let owner = resource.present.then_some(resource.raw);
        self.resource = group_head(&RESOURCE, owner, resource.schema_url)?;
        Ok(())
    }

    fn scope(&mut self, scope: &ScopeRef<'_>) -> Result<()> {
        let owner = scope.present.then_some(scope.raw);
        self.scope = group_head(&SCOPE, owner, scope.schema_url)?;
        Ok(())
    }

    fn span(&mut self, raw: &[u8]) -> Result<()> {
        let span = normal(&SPAN, raw)?;
        let scopes = match self.groups.get_mut(&self.resource) {
            Some(scopes) => scopes,
            None => self.groups.entry(self.resource.clone()).or_default(),
        };
        match scopes.get_mut(&self.scope) {
            Some(spans) => spans.push(span),
            None => drop(scopes.insert(self.scope.clone(), vec![span])),
        }
        Ok(())
    }
}

fn group_head(message: &Message, owner: Option<&[u8]>, schema_url: &[u8]) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    if let Some(owner) = owner {
        head.put_bytes_field(group::OWNER, &normal(message, owner)?);
    }
    if !schema_url.is_empty() {
        head.put_bytes_field(group::SCHEMA_URL, schema_url);
    }
    Ok(head)
}

/// The message encoded in the one way that counts, down to the innermost value.
fn normal(message: &Message, raw: &[u8]) -> Result<Vec<u8>> {
    let fields = Fields::parse(message, raw)?;
    let mut out = Vec::with_capacity(raw.len());
    for (field, value) in fields.known {
        match (field.kind, value) {
            (Kind::One(inner) | Kind::Many(inner), Value::Bytes(bytes)) => {
                out.put_bytes_field(field.number, &normal(inner, &bytes)?);
            }
            (_, Value::Bytes(bytes)) => out.put_bytes_field(field.number, &bytes),
            (kind, Value::Number(number)) => match kind.wire_type() {
                FIXED32 => out.put_fixed32_field(field.number, number as u32),
                FIXED64 => out.put_fixed64_field(field.number, number),
                _ => out.put_varint_field(field.number, number),
            },
        }
    }
    out.extend_from_slice(&fields.unknown);
    Ok(out)
}
