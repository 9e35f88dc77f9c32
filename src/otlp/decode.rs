//! From a `TracesData` message to its spans.

use super::model::{ResourceRef, ScopeRef};
use super::number::{group, span, traces_data};
use super::pool::Recycle;
use super::validate::{located, validate_resource, validate_scope, validate_span};
use crate::error::Result;
use crate::wire::{BYTES, FIXED64, Reader, VARINT};
use std::borrow::Cow;

/// Takes the spans of a message in their order, each below its resource and scope.
///
/// Everything that a sink gets was checked in depth. An error of the sink ends the walk and is
/// returned as it is.
pub trait SpanSink {
    /// A `ResourceSpans` begins, even if no span follows. Without a `Resource` message,
    /// [`ResourceRef::present`] is false.
    fn resource(&mut self, resource: &ResourceRef<'_>) -> Result<()>;
    /// A `ScopeSpans` of the last resource begins, even if no span follows.
    fn scope(&mut self, scope: &ScopeRef<'_>) -> Result<()>;
    /// An encoded `Span` of the last scope: see [`SpanHead::decode`] and
    /// [`SpanRef::decode`](super::SpanRef::decode).
    fn span(&mut self, raw: &[u8]) -> Result<()>;
}

/// What [`decode_traces`] found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// `ResourceSpans` messages.
    pub resources: u64,
    /// `ScopeSpans` messages.
    pub scopes: u64,
    /// Spans.
    pub spans: u64,
    /// Fields of `TracesData`, `ResourceSpans` and `ScopeSpans` that this version does not know.
    /// They are not kept; unknown fields of resources, scopes and spans are.
    pub skipped_fields: u64,
}

/// Hands the spans of a `TracesData` (or `ExportTraceServiceRequest`) message to `sink`.
///
/// The whole message is checked first, in depth, so a refused message leaves the sink untouched.
/// Errors ([`ErrorKind::Otlp`](crate::ErrorKind::Otlp), or `Depth` for values nested too deeply) name
/// the part and give the byte position in `message`.
pub fn decode_traces(message: &[u8], sink: &mut impl SpanSink) -> Result<Decoded> {
    let found = validate_traces(message)?;
    let mut scratch = Scratch::default();
    let mut r = Reader::new(message);
    while let Some(part) = next_message(&mut r, traces_data::RESOURCE_SPANS)? {
        walk_resource(part, &mut scratch, sink)?;
    }
    Ok(found)
}

/// Checks a `TracesData` message in depth, as [`decode_traces`] does before anything else.
pub fn validate_traces(message: &[u8]) -> Result<Decoded> {
    let mut found = Decoded::default();
    check_traces(message, &mut found).map_err(|e| {
        let position = e.position().unwrap_or(0);
        e.context(format_args!("OTLP traces, byte {position}"))
    })?;
    Ok(found)
}

fn check_traces(message: &[u8], found: &mut Decoded) -> Result<()> {
    let mut r = Reader::new(message);
    while let Some(field) = r.tag()? {
        if field != (traces_data::RESOURCE_SPANS, BYTES) {
            skip(&mut r, field.1, found)?;
            continue;
        }
        let (part, index) = (r.bytes()?, found.resources);
        check_resource_spans(part, found)
            .map_err(|e| located(e, message, part, format_args!("resourceSpans[{index}]")))?;
        found.resources += 1;
    }
    Ok(())
}

fn check_resource_spans(message: &[u8], found: &mut Decoded) -> Result<()> {
    let first = found.scopes;
    let mut r = Reader::new(message);
    while let Some(field) = r.tag()? {
        match field {
            (group::OWNER, BYTES) => {
                let part = r.bytes()?;
                validate_resource(part).map_err(|e| located(e, message, part, "resource"))?;
            }
            (group::ITEMS, BYTES) => {
                let (part, index) = (r.bytes()?, found.scopes - first);
                check_scope_spans(part, found)
                    .map_err(|e| located(e, message, part, format_args!("scopeSpans[{index}]")))?;
                found.scopes += 1;
            }
            (group::SCHEMA_URL, BYTES) => drop(r.bytes()?),
            (_, wire_type) => skip(&mut r, wire_type, found)?,
        }
    }
    Ok(())
}

fn check_scope_spans(message: &[u8], found: &mut Decoded) -> Result<()> {
    let first = found.spans;
    let mut r = Reader::new(message);
    while let Some(field) = r.tag()? {
        match field {
            (group::OWNER, BYTES) => {
                let part = r.bytes()?;
                validate_scope(part).map_err(|e| located(e, message, part, "scope"))?;
            }
            (group::ITEMS, BYTES) => {
                let (part, index) = (r.bytes()?, found.spans - first);
                validate_span(part)
                    .map_err(|e| located(e, message, part, format_args!("spans[{index}]")))?;
                found.spans += 1;
            }
            (group::SCHEMA_URL, BYTES) => drop(r.bytes()?),
            (_, wire_type) => skip(&mut r, wire_type, found)?,
        }
    }
    Ok(())
}

fn skip(r: &mut Reader<'_>, wire_type: u8, found: &mut Decoded) -> Result<()> {
    found.skipped_fields += 1;
    r.skip(wire_type)
}

/// Views that are filled again and again.
#[derive(Default)]
struct Scratch {
    resource: ResourceRef<'static>,
    scope: ScopeRef<'static>,
}

fn walk_resource(message: &[u8], scratch: &mut Scratch, sink: &mut impl SpanSink) -> Result<()> {
    let head = GroupHead::of(message)?;
    let mut resource = std::mem::take(&mut scratch.resource).recycle();
    if let Some(owner) = &head.owner {
        resource.decode(owner)?;
    }
    resource.schema_url = head.schema_url;
    sink.resource(&resource)?;
    scratch.resource = resource.recycle();

    let mut r = Reader::new(message);
    while let Some(part) = next_message(&mut r, group::ITEMS)? {
        walk_scope(part, scratch, sink)?;
    }
    Ok(())
}

fn walk_scope(message: &[u8], scratch: &mut Scratch, sink: &mut impl SpanSink) -> Result<()> {
    let head = GroupHead::of(message)?;
    let mut scope = std::mem::take(&mut scratch.scope).recycle();
    if let Some(owner) = &head.owner {
        scope.decode(owner)?;
    }
    scope.schema_url = head.schema_url;
    sink.scope(&scope)?;
    scratch.scope = scope.recycle();

    let mut r = Reader::new(message);
    while let Some(raw) = next_message(&mut r, group::ITEMS)? {
        sink.span(raw)?;
    }
    Ok(())
}

/// What `ResourceSpans` and `ScopeSpans` say about all their items. It may come after them.
struct GroupHead<'a> {
    owner: Option<Cow<'a, [u8]>>,
    schema_url: &'a [u8],
}

impl<'a> GroupHead<'a> {
    fn of(message: &'a [u8]) -> Result<Self> {
        let mut head = GroupHead { owner: None, schema_url: b"" };
        let mut r = Reader::new(message);
        while let Some((number, wire_type)) = r.tag()? {
            match (number, wire_type) {
                (group::OWNER, BYTES) => {
                    let part = r.bytes()?;
                    match &mut head.owner {
                        None => head.owner = Some(Cow::Borrowed(part)),
                        Some(owner) => owner.to_mut().extend_from_slice(part),
                    }
                }
                (group::SCHEMA_URL, BYTES) => head.schema_url = r.bytes()?,
                _ => r.skip(wire_type)?,
            }
        }
        Ok(head)
    }
}

/// The next length-delimited field with this `number`.
fn next_message<'a>(r: &mut Reader<'a>, number: u32) -> Result<Option<&'a [u8]>> {
    while let Some(field) = r.tag()? {
        if field == (number, BYTES) {
            return r.bytes().map(Some);
        }
        r.skip(field.1)?;
    }
    Ok(None)
}

/// The fields of a span that say where it belongs in a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpanHead<'a> {
    /// Trace id, of whatever length.
    pub trace_id: &'a [u8],
    /// Span id, of whatever length.
    pub span_id: &'a [u8],
    /// Span id of the parent; empty for a root span.
    pub parent_span_id: &'a [u8],
    /// Start, nanoseconds since the Unix epoch.
    pub start_ns: u64,
    /// End, nanoseconds since the Unix epoch.
    pub end_ns: u64,
    /// OTLP span kind number.
    pub kind: i32,
}

impl<'a> SpanHead<'a> {
    /// Reads these fields from an encoded `Span` and skips all others, without looking into them.
    pub fn decode(raw: &'a [u8]) -> Result<Self> {
        let mut head = SpanHead::default();
        let mut r = Reader::new(raw);
        while let Some((number, wire_type)) = r.tag()? {
            match (number, wire_type) {
                (span::TRACE_ID, BYTES) => head.trace_id = r.bytes()?,
                (span::SPAN_ID, BYTES) => head.span_id = r.bytes()?,
                (span::PARENT_SPAN_ID, BYTES) => head.parent_span_id = r.bytes()?,
                (span::KIND, VARINT) => head.kind = r.varint()? as i32,
                (span::START, FIXED64) => head.start_ns = r.fixed64()?,
                (span::END, FIXED64) => head.end_ns = r.fixed64()?,
                // Most of what is skipped; without going through the cases of `skip`.
                (_, BYTES) => drop(r.bytes()?),
                _ => r.skip(wire_type)?,
            }
        }
        Ok(head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::otlp::SpanRef;
    use crate::value::{AnyRef, KeyValueRef};
    use crate::wire::WriteExt;

    /// Notes what it gets, a line each.
    #[derive(Default)]
    struct Notes(Vec<String>);

    impl SpanSink for Notes {
        fn resource(&mut self, r: &ResourceRef<'_>) -> Result<()> {
            let keys: Vec<_> = r.attributes.iter().map(|a| text(a.key)).collect();
            let url = text(r.schema_url);
            self.0.push(format!("resource {} {keys:?} {url}", r.present));
            Ok(())
        }

        fn scope(&mut self, s: &ScopeRef<'_>) -> Result<()> {
            let (name, url) = (text(s.name), text(s.schema_url));
            self.0.push(format!("scope {} {name} {url}", s.present));
            Ok(())
        }

        fn span(&mut self, raw: &[u8]) -> Result<()> {
            self.0.push(format!("span {:?}", SpanHead::decode(raw)?.span_id));
            Ok(())
        }
    }

    fn text(bytes: &[u8]) -> String {
        String::from_utf8_lossy(bytes).into_owned()
    }

    fn put_attribute(out: &mut Vec<u8>, number: u32, key: &str, value: &str) {
        out.put_message_field(number, |kv| {
            kv.put_bytes_field(1, key.as_bytes());
            kv.put_message_field(2, |v| v.put_bytes_field(1, value.as_bytes()));
        });
    }

    /// One span that sets every field to something.
    fn full_span() -> Vec<u8> {
        let mut out = Vec::new();
        out.put_bytes_field(span::TRACE_ID, &[1; 16]);
        out.put_bytes_field(span::SPAN_ID, &[2; 8]);
        out.put_bytes_field(span::TRACE_STATE, b"a=b");
        out.put_bytes_field(span::PARENT_SPAN_ID, &[3; 8]);
        out.put_bytes_field(span::NAME, b"GET /");
        out.put_varint_field(span::KIND, 2);
        out.put_fixed64_field(span::START, 100);
        out.put_fixed64_field(span::END, 250);
        put_attribute(&mut out, span::ATTRIBUTES, "k1", "v1");
        put_attribute(&mut out, span::ATTRIBUTES, "k2", "v2");
        out.put_varint_field(span::DROPPED_ATTRIBUTES, 4);
        out.put_message_field(span::EVENTS, |e| {
            e.put_fixed64_field(1, 120);
            e.put_bytes_field(2, b"retry");
            put_attribute(e, 3, "n", "1");
            e.put_varint_field(4, 300);
            e.put_varint_field(9, 1);
        });
        out.put_varint_field(span::DROPPED_EVENTS, 5);
        out.put_message_field(span::LINKS, |l| {
            l.put_bytes_field(1, &[7; 16]);
            l.put_bytes_field(2, &[8; 8]);
            l.put_bytes_field(3, b"c=d");
            put_attribute(l, 4, "why", "batch");
            l.put_varint_field(5, 1);
            l.put_fixed32_field(6, 0x101);
        });
        out.put_varint_field(span::DROPPED_LINKS, 6);
        out.put_message_field(span::STATUS, |s| {
            s.put_bytes_field(2, b"boom");
            s.put_varint_field(3, 2);
            s.put_varint_field(4, 9);
        });
        out.put_fixed32_field(span::FLAGS, 0x301);
        out.put_bytes_field(99, b"future");
        out
    }

    fn traces() -> Vec<u8> {
        let mut out = Vec::new();
        out.put_varint_field(77, 1);
        out.put_message_field(traces_data::RESOURCE_SPANS, |r| {
            r.put_message_field(group::ITEMS, |s| {
                s.put_message_field(group::ITEMS, |m| m.extend(full_span()));
                s.put_message_field(group::OWNER, |m| m.put_bytes_field(1, b"lib"));
            });
            r.put_message_field(group::ITEMS, |s| s.put_bytes_field(group::SCHEMA_URL, b"s-url"));
            r.put_bytes_field(group::SCHEMA_URL, b"r-url");
            r.put_message_field(group::OWNER, |m| put_attribute(m, 1, "a", "x"));
            r.put_message_field(group::OWNER, |m| put_attribute(m, 1, "b", "y"));
        });
        out.put_bytes_field(traces_data::RESOURCE_SPANS, b"");
        out
    }

    #[test]
    fn heads_are_found_behind_their_items_and_parts_are_merged() {
        let mut notes = Notes::default();
        let found = decode_traces(&traces(), &mut notes).unwrap();
        let expected = [
            r#"resource true ["a", "b"] r-url"#,
            "scope true lib ",
            "span [2, 2, 2, 2, 2, 2, 2, 2]",
            "scope false  s-url",
            "resource false [] ",
        ];
        assert_eq!(notes.0, expected);
        assert_eq!(found, Decoded { resources: 2, scopes: 2, spans: 1, skipped_fields: 1 });
    }

    #[test]
    fn every_field_of_a_span_is_read_and_unknown_ones_are_kept() {
        let raw = full_span();
        let mut span = SpanRef::default();
        // Twice: nothing of the first time may be left.
        span.decode(&raw).unwrap();
        span.decode(&raw).unwrap();
        assert_eq!(
            SpanHead::decode(&raw).unwrap(),
            SpanHead {
                trace_id: &[1; 16],
                span_id: &[2; 8],
                parent_span_id: &[3; 8],
                start_ns: 100,
                end_ns: 250,
                kind: 2
            }
        );
        assert_eq!((span.trace_id, span.span_id), (&[1; 16][..], &[2; 8][..]));
        assert_eq!((span.parent_span_id, span.trace_state), (&[3; 8][..], &b"a=b"[..]));
        assert_eq!((span.start_ns, span.end_ns, span.kind, span.flags), (100, 250, 2, 0x301));
        assert_eq!(span.name, b"GET /");
        let value = AnyRef(b"\x0a\x02v2");
        assert_eq!(span.attributes.len(), 2);
        assert_eq!(span.attributes[1], KeyValueRef { key: b"k2", value: Some(value) });
        assert_eq!((span.dropped_attributes, span.dropped_events, span.dropped_links), (4, 5, 6));
        assert_eq!((span.events.len(), span.links.len()), (1, 1));
        let event = &span.events[0];
        assert_eq!(
            (event.time_ns, event.name, event.dropped_attributes),
            (120, &b"retry"[..], 300)
        );
        assert_eq!((event.attributes.len(), &event.unknown[..]), (1, &[9 << 3, 1][..]));
        let link = &span.links[0];
        assert_eq!((link.trace_id, link.span_id), (&[7; 16][..], &[8; 8][..]));
        assert_eq!((link.trace_state, link.attributes.len()), (&b"c=d"[..], 1));
        assert_eq!((link.dropped_attributes, link.flags), (1, 0x101));
        assert_eq!((span.status_present, span.status_code), (true, 2));
        assert_eq!(span.status_message, b"boom");
        let mut unknown = Vec::new();
        unknown.put_bytes_field(span::STATUS, &[4 << 3, 9]);
        unknown.put_bytes_field(99, b"future");
        assert_eq!(span.unknown, unknown);
    }

    #[test]
    fn an_empty_status_differs_from_none() {
        let mut span = SpanRef::default();
        span.decode(b"\x7a\x00").unwrap();
        assert!(span.status_present);
        span.decode(b"").unwrap();
        assert!(!span.status_present);
    }

    #[test]
    fn truncated_messages_are_refused_or_shorter_and_never_panic() {
        let message = traces();
        let whole = validate_traces(&message).unwrap();
        for cut in 0..message.len() {
            let mut notes = Notes::default();
            match decode_traces(&message[..cut], &mut notes) {
                Ok(found) => assert!(found.resources < whole.resources, "cut at {cut}"),
                Err(e) => {
                    assert_eq!(e.kind(), ErrorKind::Otlp);
                    assert!(e.position().unwrap() <= cut as u64, "cut at {cut}: {e}");
                    assert!(notes.0.is_empty(), "cut at {cut}");
                }
            }
        }
    }

    #[test]
    fn errors_name_the_part_and_its_place_in_the_whole_input() {
        let mut message = traces();
        // The attribute value "v2" claims one byte more than its message has.
        let at = message.windows(4).position(|w| w == b"\x0a\x02v2").unwrap();
        message[at + 1] = 3;
        let error = decode_traces(&message, &mut Notes::default()).unwrap_err();
        assert_eq!(error.position(), Some(at as u64 + 2));
        let expected = format!(
            "OTLP traces, byte {}: resourceSpans[0]: scopeSpans[0]: spans[0]: attributes[1]: \
             length reaches past the end of the message",
            at + 2
        );
        assert_eq!(error.message(), expected);
    }

    #[test]
    fn values_nested_too_deeply_are_refused_wherever_attributes_are() {
        let mut deep = Vec::new();
        for _ in 0..=crate::value::MAX_DEPTH {
            let inner = std::mem::take(&mut deep);
            deep.put_message_field(5, |a| a.put_bytes_field(1, &inner));
        }
        let mut attribute = Vec::new();
        attribute.put_bytes_field(2, &deep);
        let in_field = |number, body: &[u8]| {
            let mut out = Vec::new();
            out.put_bytes_field(number, body);
            out
        };
        let bad_spans = [
            in_field(span::ATTRIBUTES, &attribute),
            in_field(span::EVENTS, &in_field(3, &attribute)),
            in_field(span::LINKS, &in_field(4, &attribute)),
        ];
        for raw in bad_spans {
            assert_eq!(validate_span(&raw).unwrap_err().kind(), ErrorKind::Depth);
        }
        for (number, validate) in [(1, validate_resource as fn(&[u8]) -> _), (3, validate_scope)] {
            let error = validate(&in_field(number, &attribute)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Depth);
        }
    }

    #[test]
    fn an_error_of_the_sink_ends_the_walk_as_it_is() {
        struct Full;
        impl SpanSink for Full {
            fn resource(&mut self, _: &ResourceRef<'_>) -> Result<()> {
                Ok(())
            }
            fn scope(&mut self, _: &ScopeRef<'_>) -> Result<()> {
                Ok(())
            }
            fn span(&mut self, _: &[u8]) -> Result<()> {
                Err(crate::Error::new(ErrorKind::Budget, "full"))
            }
        }
        assert_eq!(decode_traces(&traces(), &mut Full).unwrap_err().message(), "full");
    }
}
