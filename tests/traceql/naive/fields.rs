//! What a span has for a name.

use super::{Trace, Value};
use crate::model::{Attributes, Event, Link, Val};
use blockpack::name::{Intrinsic, Name, Scope};

const SERVICE: &[u8] = b"service.name";

/// The event and the link that a filter looks at, if the span has any.
#[derive(Clone, Copy, Default)]
pub struct Bound<'a> {
    pub event: Option<&'a Event>,
    pub link: Option<&'a Link>,
}

/// The first value of a key.
fn first<'a>(attributes: &'a Attributes, key: &[u8]) -> Option<Option<&'a Val>> {
    let found = attributes.iter().find(|(name, _)| name == key);
    found.map(|(_, value)| value.as_ref())
}

/// Text that is there even if it was sent as none.
fn text(text: &[u8]) -> Option<Value> {
    Some(Value::Str(text.to_vec()))
}

impl Trace<'_> {
    pub fn field(&self, name: &Name, span: usize, bound: Bound<'_>) -> Option<Value> {
        match name {
            Name::Intrinsic(intrinsic) => self.intrinsic(*intrinsic, span, bound),
            Name::Attribute { scope, key } => {
                let of = self.spans[span];
                let found = match scope {
                    Scope::Any => first(&of.attributes, key).or_else(|| first(&of.resource, key)),
                    Scope::Span => first(&of.attributes, key),
                    Scope::Resource => first(&of.resource, key),
                    Scope::Instrumentation => first(&of.scope.attributes, key),
                    Scope::Event => bound.event.and_then(|event| first(&event.attributes, key)),
                    Scope::Link => bound.link.and_then(|link| first(&link.attributes, key)),
                };
                found.map(Value::of)
            }
        }
    }

    fn intrinsic(&self, intrinsic: Intrinsic, number: usize, bound: Bound<'_>) -> Option<Value> {
        let span = self.spans[number];
        let nested = self.tree.nested(number);
        match intrinsic {
            Intrinsic::SpanName => text(&span.name),
            Intrinsic::SpanDuration => duration(span.end.saturating_sub(span.start)),
            Intrinsic::SpanStatus => {
                Some(Value::Status(span.status.as_ref().map_or(0, |status| status.0)))
            }
            Intrinsic::SpanStatusMessage => {
                text(span.status.as_ref().map_or(b"", |status| &status.1))
            }
            Intrinsic::SpanKind => Some(Value::Kind(span.kind)),
            Intrinsic::SpanId => Some(Value::Id(span.id.clone())),
            Intrinsic::SpanParentId => Some(Value::Id(span.parent.clone())),
            Intrinsic::SpanChildCount => {
                Some(Value::Int(self.tree.children(number).count() as i64))
            }
            Intrinsic::NestedSetLeft => Some(Value::Int(nested.left)),
            Intrinsic::NestedSetRight => Some(Value::Int(nested.right)),
            Intrinsic::NestedSetParent => Some(Value::Int(nested.parent)),
            Intrinsic::TraceId => Some(Value::Id(span.trace.clone())),
            Intrinsic::TraceDuration => duration(self.duration()),
            Intrinsic::TraceRootName => text(&self.root_name()),
            Intrinsic::TraceRootService => text(&self.root_service()),
            Intrinsic::InstrumentationName => text(&span.scope.name),
            Intrinsic::InstrumentationVersion => text(&span.scope.version),
            Intrinsic::EventName => text(&bound.event?.name),
            Intrinsic::EventTimeSinceStart => {
                duration(bound.event?.time.saturating_sub(span.start))
            }
            Intrinsic::LinkTraceId => Some(Value::Id(bound.link?.trace.clone())),
            Intrinsic::LinkSpanId => Some(Value::Id(bound.link?.span.clone())),
            other => panic!("no query can ask for {other:?}"),
        }
    }

    /// The root that a trace is named after: the first, of several the one with the smallest id.
    fn root(&self) -> Option<usize> {
        let start = self.tree.roots().map(|root| self.spans[root].start).min()?;
        let first = self.tree.roots().filter(|&root| self.spans[root].start == start);
        let first: Vec<usize> = first.collect();
        if first.len() > 1 && first.iter().any(|&root| self.spans[root].id.len() != 8) {
            self.leave_open();
        }
        first.into_iter().min_by_key(|&root| &self.spans[root].id)
    }

    pub fn root_name(&self) -> Vec<u8> {
        self.root().map_or(Vec::new(), |root| self.spans[root].name.clone())
    }

    pub fn root_service(&self) -> Vec<u8> {
        let service = self.root().map(|root| first(&self.spans[root].resource, SERVICE));
        match service {
            Some(Some(Some(Val::Str(service)))) => service.clone(),
            _ => Vec::new(),
        }
    }
}

fn duration(ns: u64) -> Option<Value> {
    Some(Value::Duration(i64::try_from(ns).unwrap_or(i64::MAX)))
}
