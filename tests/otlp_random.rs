//! Random traces through every way in and out, and hostile bytes.

#[path = "common/random.rs"]
mod random;

use blockpack::otlp::{
    Canonical, Decoded, InputOptions, Records, ResourceRef, ScopeRef, SpanHead, SpanRef, SpanSink,
    TracesEncoder, decode_traces, encode_resource, encode_scope, encode_span, json_to_traces,
    traces_to_json, validate_span,
};
use blockpack::wire::WriteExt;
use blockpack::{ErrorKind, Result};
use proptest::collection::vec;
use proptest::prelude::*;
use random::{Wildness, encode, resources, span};

fn canonical(message: &[u8]) -> Vec<u8> {
    let mut canonical = Canonical::new();
    canonical.add(message).unwrap();
    canonical.finish()
}

/// A message with one span.
fn traces_of(span: &[u8]) -> Vec<u8> {
    let mut encoder = TracesEncoder::new();
    encoder.raw_span(span);
    encoder.finish()
}

/// Writes everything again from views.
#[derive(Default)]
struct Rewrite(TracesEncoder);

impl SpanSink for Rewrite {
    fn resource(&mut self, resource: &ResourceRef<'_>) -> Result<()> {
        let mut raw = Vec::new();
        encode_resource(resource, &mut raw);
        let mut again = ResourceRef::default();
        again.decode(&raw)?;
        assert_eq!(again.attributes, resource.attributes);
        assert_eq!(again.unknown, resource.unknown);
        self.0.resource(resource);
        Ok(())
    }

    fn scope(&mut self, scope: &ScopeRef<'_>) -> Result<()> {
        let mut raw = Vec::new();
        encode_scope(scope, &mut raw);
        let mut again = ScopeRef::default();
        again.decode(&raw)?;
        assert_eq!((again.name, again.version), (scope.name, scope.version));
        self.0.scope(scope);
        Ok(())
    }

    fn span(&mut self, raw: &[u8]) -> Result<()> {
        let mut span = SpanRef::default();
        span.decode(raw)?;
        self.0.span(&span);
        Ok(())
    }
}

/// Fields in any order and number, of any wire type, with contents that may fit or not.
fn fields() -> impl Strategy<Value = Vec<u8>> {
    let small = prop_oneof![
        Just(Vec::new()),
        vec(0u8..4, 0..6),
        Just(vec![1 << 3 | 2, 1, b'm', 2 << 3 | 2, 1, b'n', 3 << 3, 2]),
        Just(vec![3 << 3 | 2, 0, 9 << 3, 1]),
    ];
    let field = (1u32..20, 0u8..4, any::<u64>(), small).prop_map(|(number, kind, value, bytes)| {
        let mut out = Vec::new();
        match kind {
            0 => out.put_varint_field(number, value),
            1 => out.put_fixed64_field(number, value),
            2 => out.put_fixed32_field(number, value as u32),
            // Views keep no unknown fields of attributes.
            _ if number == 9 => out.put_bytes_field(number, &bytes[..bytes.len().min(3)]),
            _ => out.put_bytes_field(number, &bytes),
        }
        out
    });
    vec(field, 0..12).prop_map(|fields| fields.concat())
}

proptest! {
    #[test]
    fn a_span_comes_back_from_its_bytes(owned in span(Wildness::Any), other in span(Wildness::Any)) {
        let view = owned.view();
        let (mut raw, mut before) = (Vec::new(), Vec::new());
        encode_span(&view, &mut raw);
        encode_span(&other.view(), &mut before);
        validate_span(&raw).unwrap();
        // The scratch was used for another span, and nothing of that may show.
        let mut decoded = SpanRef::default();
        decoded.decode(&before).unwrap();
        decoded.decode(&raw).unwrap();
        prop_assert_eq!(&decoded, &view);
        let head = SpanHead::decode(&raw).unwrap();
        prop_assert_eq!(
            (head.trace_id, head.span_id, head.parent_span_id),
            (view.trace_id, view.span_id, view.parent_span_id)
        );
        prop_assert_eq!((head.start_ns, head.end_ns, head.kind), (view.start_ns, view.end_ns, view.kind));
    }

    #[test]
    fn rewriting_traces_changes_nothing(resources in resources(Wildness::Any)) {
        let message = encode(&resources);
        let mut rewrite = Rewrite::default();
        let found = decode_traces(&message, &mut rewrite).unwrap();
        let scopes = resources.iter().flat_map(|r| &r.scopes);
        prop_assert_eq!(found, Decoded {
            resources: resources.len() as u64,
            scopes: scopes.clone().count() as u64,
            spans: scopes.map(|s| s.spans.len() as u64).sum(),
            skipped_fields: 0,
        });
        let rewritten = rewrite.0.finish();
        prop_assert_eq!(&rewritten, &message);
        prop_assert_eq!(canonical(&rewritten), canonical(&message));
    }

    #[test]
    fn the_canonical_form_is_its_own_and_ignores_order(
        resources in resources(Wildness::Any),
        seed in any::<u64>(),
    ) {
        let form = canonical(&encode(&resources));
        prop_assert_eq!(&canonical(&form), &form);
        // One request a resource, resources, scopes and spans turned around.
        let mut turned = resources;
        for resource in &mut turned {
            resource.scopes.reverse();
            for scope in &mut resource.scopes {
                let middle = seed as usize % (scope.spans.len() + 1);
                scope.spans.rotate_left(middle);
            }
        }
        let mut pieces = Canonical::new();
        for resource in turned.chunks(1).rev() {
            pieces.add(&encode(resource)).unwrap();
        }
        prop_assert_eq!(pieces.finish(), form);
    }

    #[test]
    fn json_says_the_same(resources in resources(Wildness::Sayable)) {
        let message = encode(&resources);
        let (mut json, mut back) = (Vec::new(), Vec::new());
        traces_to_json(&message, &mut json).unwrap();
        json_to_traces(&json, &mut back).unwrap();
        prop_assert_eq!(canonical(&back), canonical(&message));

        let mut lines = json.clone();
        lines.push(b'\n');
        lines.extend(&json);
        let mut records = Records::new(&lines[..], InputOptions::default()).unwrap();
        while records.next(&mut back).unwrap() {
            prop_assert_eq!(canonical(&back), canonical(&message));
        }
        prop_assert_eq!(records.count(), 2);
    }

    #[test]
    fn fields_in_any_order_mean_the_same_to_views_and_tables(raw in fields()) {
        let mut span = SpanRef::default();
        if validate_span(&raw).is_err() {
            return Ok(());
        }
        span.decode(&raw).unwrap();
        let mut again = Vec::new();
        encode_span(&span, &mut again);
        prop_assert_eq!(canonical(&traces_of(&again)), canonical(&traces_of(&raw)));
    }

    #[test]
    fn hostile_bytes_are_an_error_or_a_message(
        resources in resources(Wildness::Any),
        cut in any::<prop::sample::Index>(),
        flips in vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let mut message = encode(&resources);
        message.truncate(cut.index(message.len() + 1));
        if !message.is_empty() {
            for (index, byte) in flips {
                let at = index.index(message.len());
                message[at] ^= byte;
            }
        }
        let mut rewrite = Rewrite::default();
        match decode_traces(&message, &mut rewrite) {
            // What was let in can be decoded, written and printed.
            Ok(_) => {
                canonical(&rewrite.0.finish());
                traces_to_json(&message, &mut Vec::new()).unwrap();
            }
            Err(e) => {
                prop_assert!(matches!(e.kind(), ErrorKind::Otlp | ErrorKind::Depth));
                prop_assert!(e.position().unwrap() <= message.len() as u64);
                prop_assert!(rewrite.0.is_empty());
            }
        }
        let mut records = Records::new(&message[..], InputOptions::default());
        if let Ok(records) = &mut records {
            let mut record = Vec::new();
            while let Ok(true) = records.next(&mut record) {}
        }
    }

    #[test]
    fn hostile_json_is_an_error_or_a_message(
        resources in resources(Wildness::Sayable),
        edits in vec((any::<prop::sample::Index>(), "[\\[\\]{}\",:0-9a-z\\\\ ]"), 1..4),
    ) {
        let mut json = Vec::new();
        traces_to_json(&encode(&resources), &mut json).unwrap();
        for (index, text) in edits {
            let at = index.index(json.len());
            json[at] = text.as_bytes()[0];
        }
        let mut out = Vec::new();
        match json_to_traces(&json, &mut out) {
            Ok(()) => drop(canonical(&out)),
            Err(e) => prop_assert!(e.position().unwrap() <= json.len() as u64),
        }
    }
}
