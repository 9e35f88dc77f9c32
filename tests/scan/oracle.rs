//! What a condition on a name means for one span, worked out slowly from decoded OTLP.

use blockpack::Result;
use blockpack::name::{Intrinsic, Name, Scope};
use blockpack::otlp::{ResourceRef, ScopeRef, SpanRef, SpanSink};
use blockpack::scan::{Comparison, Condition};
use blockpack::value::{AnyKind, AnyRef, KeyValueRef, ValueRef};
use regex::bytes::Regex;
use std::cmp::Ordering;
use std::rc::Rc;

/// A value, or a literal to compare with.
#[derive(Clone, Debug, PartialEq)]
pub enum Val {
    Empty,
    Str(Vec<u8>),
    Bytes(Vec<u8>),
    I64(i64),
    U64(u64),
    F64(f64),
    Bool(bool),
    Time(u64),
    Duration(u64),
    Id(Vec<u8>),
    Kind(i32),
    Status(i32),
    List(Vec<Val>),
    Nested,
}

impl Val {
    /// As a literal of a condition; lists and the like are none.
    pub fn literal(&self) -> Option<ValueRef<'_>> {
        Some(match self {
            Val::Str(v) => ValueRef::Str(v),
            Val::Bytes(v) => ValueRef::Bytes(v),
            Val::I64(v) => ValueRef::I64(*v),
            Val::U64(v) => ValueRef::U64(*v),
            Val::F64(v) => ValueRef::F64(*v),
            Val::Bool(v) => ValueRef::Bool(*v),
            Val::Time(v) => ValueRef::TimeNs(*v),
            Val::Duration(v) => ValueRef::DurationNs(*v),
            Val::Id(v) => ValueRef::Id(v),
            Val::Kind(v) => ValueRef::SpanKind(*v),
            Val::Status(v) => ValueRef::Status(*v),
            Val::Empty | Val::List(_) | Val::Nested => return None,
        })
    }

    fn of_literal(value: ValueRef<'_>) -> Val {
        match value {
            ValueRef::Str(v) => Val::Str(v.into()),
            ValueRef::Bytes(v) => Val::Bytes(v.into()),
            ValueRef::I64(v) => Val::I64(v),
            ValueRef::U64(v) => Val::U64(v),
            ValueRef::F64(v) => Val::F64(v),
            ValueRef::Bool(v) => Val::Bool(v),
            ValueRef::TimeNs(v) => Val::Time(v),
            ValueRef::DurationNs(v) => Val::Duration(v),
            ValueRef::Id(v) => Val::Id(v.into()),
            ValueRef::SpanKind(v) => Val::Kind(v),
            ValueRef::Status(v) => Val::Status(v),
            ValueRef::Empty | ValueRef::List(_) | ValueRef::Nested(_) => Val::Empty,
        }
    }

    fn of_encoded(value: AnyRef<'_>) -> Val {
        match value.kind().unwrap() {
            AnyKind::Empty if value.0.is_empty() => Val::Empty,
            AnyKind::Empty | AnyKind::Map(_) => Val::Nested,
            AnyKind::Str(v) => Val::Str(v.into()),
            AnyKind::Bytes(v) => Val::Bytes(v.into()),
            AnyKind::I64(v) => Val::I64(v),
            AnyKind::F64(v) => Val::F64(v),
            AnyKind::Bool(v) => Val::Bool(v),
            AnyKind::Array(_) => {
                let items: Vec<Val> =
                    value.items().map(|item| Val::of_encoded(item.unwrap())).collect();
                let same = items
                    .windows(2)
                    .all(|w| std::mem::discriminant(&w[0]) == std::mem::discriminant(&w[1]));
                let scalar =
                    |v: &Val| matches!(v, Val::Str(_) | Val::I64(_) | Val::F64(_) | Val::Bool(_));
                match items.first() {
                    Some(first) if same && scalar(first) => Val::List(items),
                    _ => Val::Nested,
                }
            }
        }
    }
}

type Attributes = Vec<(Vec<u8>, Val)>;

fn attributes(list: &[KeyValueRef<'_>]) -> Attributes {
    let value = |kv: &KeyValueRef<'_>| kv.value.map_or(Val::Empty, Val::of_encoded);
    list.iter().map(|kv| (kv.key.to_vec(), value(kv))).collect()
}

/// Of a repeated key the first counts.
fn find(attributes: &Attributes, key: &[u8]) -> Option<Val> {
    attributes.iter().find(|(k, _)| k == key).map(|(_, value)| value.clone())
}

/// What spans share.
#[derive(Debug, Default)]
pub struct Group {
    name: Vec<u8>,
    version: Vec<u8>,
    schema_url: Vec<u8>,
    dropped: u32,
    attributes: Attributes,
}

/// An event or link.
#[derive(Debug)]
struct Item {
    intrinsics: Vec<(Intrinsic, Val)>,
    attributes: Attributes,
}

/// One span, decoded.
#[derive(Debug)]
pub struct Row {
    resource: Rc<Group>,
    scope: Rc<Group>,
    intrinsics: Vec<(Intrinsic, Val)>,
    attributes: Attributes,
    events: Vec<Item>,
    links: Vec<Item>,
}

/// Decodes all spans of what is sent to it.
#[derive(Default)]
pub struct Rows {
    resource: Rc<Group>,
    scope: Rc<Group>,
    pub rows: Vec<Row>,
}

impl SpanSink for Rows {
    fn resource(&mut self, r: &ResourceRef<'_>) -> Result<()> {
        self.resource = Rc::new(Group {
            schema_url: r.schema_url.into(),
            dropped: r.dropped_attributes,
            attributes: attributes(&r.attributes),
            ..Group::default()
        });
        Ok(())
    }

    fn scope(&mut self, s: &ScopeRef<'_>) -> Result<()> {
        self.scope = Rc::new(Group {
            name: s.name.into(),
            version: s.version.into(),
            schema_url: s.schema_url.into(),
            dropped: s.dropped_attributes,
            attributes: attributes(&s.attributes),
        });
        Ok(())
    }

    fn span(&mut self, raw: &[u8]) -> Result<()> {
        let mut span = SpanRef::default();
        span.decode(raw)?;
        self.rows.push(Row::new(&span, self.resource.clone(), self.scope.clone()));
        Ok(())
    }
}

/// Collects intrinsics that are there, leaving out what says nothing.
#[derive(Default)]
struct Intrinsics(Vec<(Intrinsic, Val)>);

impl Intrinsics {
    fn set(mut self, intrinsic: Intrinsic, value: Val) -> Self {
        self.0.push((intrinsic, value));
        self
    }

    fn text(self, intrinsic: Intrinsic, text: &[u8]) -> Self {
        if text.is_empty() { self } else { self.set(intrinsic, Val::Str(text.into())) }
    }

    fn count(self, intrinsic: Intrinsic, count: u32) -> Self {
        if count == 0 { self } else { self.set(intrinsic, Val::U64(count.into())) }
    }
}

impl Row {
    fn new(span: &SpanRef<'_>, resource: Rc<Group>, scope: Rc<Group>) -> Row {
        use Intrinsic::*;
        let mut intrinsics = Intrinsics::default()
            .set(TraceId, Val::Id(span.trace_id.into()))
            .set(SpanId, Val::Id(span.span_id.into()))
            .set(SpanName, Val::Str(span.name.into()))
            .set(SpanKind, Val::Kind(span.kind))
            .set(SpanStatus, Val::Status(span.status_code))
            .set(SpanStart, Val::Time(span.start_ns))
            .set(SpanEnd, Val::Time(span.end_ns))
            .set(SpanDuration, Val::Duration(span.end_ns.saturating_sub(span.start_ns)))
            .text(SpanStatusMessage, span.status_message)
            .text(SpanTraceState, span.trace_state)
            .count(SpanFlags, span.flags)
            .count(SpanDroppedAttributes, span.dropped_attributes)
            .count(SpanDroppedEvents, span.dropped_events)
            .count(SpanDroppedLinks, span.dropped_links)
            .text(ResourceSchemaUrl, &resource.schema_url)
            .count(ResourceDroppedAttributes, resource.dropped)
            .text(InstrumentationName, &scope.name)
            .text(InstrumentationVersion, &scope.version)
            .text(InstrumentationSchemaUrl, &scope.schema_url)
            .count(InstrumentationDroppedAttributes, scope.dropped);
        if !span.parent_span_id.is_empty() {
            intrinsics = intrinsics.set(SpanParentId, Val::Id(span.parent_span_id.into()));
        }
        let event = |event: &blockpack::otlp::EventRef<'_>| Item {
            intrinsics: Intrinsics::default()
                .set(EventName, Val::Str(event.name.into()))
                .set(EventTime, Val::Time(event.time_ns))
                .set(
                    EventTimeSinceStart,
                    Val::Duration(event.time_ns.saturating_sub(span.start_ns)),
                )
                .count(EventDroppedAttributes, event.dropped_attributes)
                .0,
            attributes: attributes(&event.attributes),
        };
        let link = |link: &blockpack::otlp::LinkRef<'_>| Item {
            intrinsics: Intrinsics::default()
                .set(LinkTraceId, Val::Id(link.trace_id.into()))
                .set(LinkSpanId, Val::Id(link.span_id.into()))
                .text(LinkTraceState, link.trace_state)
                .count(LinkFlags, link.flags)
                .count(LinkDroppedAttributes, link.dropped_attributes)
                .0,
            attributes: attributes(&link.attributes),
        };
        Row {
            intrinsics: intrinsics.0,
            attributes: attributes(&span.attributes),
            events: span.events.iter().map(event).collect(),
            links: span.links.iter().map(link).collect(),
            resource,
            scope,
        }
    }

    /// The values of `name`: one, or one for each event or link; `None` where there is none.
    pub fn values(&self, name: &Name) -> Vec<Option<Val>> {
        let of_items = |items: &[Item]| -> Vec<Option<Val>> {
            let value = |item: &Item| match name {
                Name::Attribute { key, .. } => find(&item.attributes, key),
                Name::Intrinsic(intrinsic) => {
                    item.intrinsics.iter().find(|(i, _)| i == intrinsic).map(|(_, v)| v.clone())
                }
            };
            items.iter().map(value).collect()
        };
        match (name.scope(), name) {
            (Scope::Event, _) => of_items(&self.events),
            (Scope::Link, _) => of_items(&self.links),
            (_, Name::Intrinsic(intrinsic)) => {
                let found = self.intrinsics.iter().find(|(i, _)| i == intrinsic);
                vec![found.map(|(_, value)| value.clone())]
            }
            (scope, Name::Attribute { key, .. }) => vec![match scope {
                Scope::Span => find(&self.attributes, key),
                Scope::Resource => find(&self.resource.attributes, key),
                Scope::Instrumentation => find(&self.scope.attributes, key),
                _ => find(&self.attributes, key).or_else(|| find(&self.resource.attributes, key)),
            }],
        }
    }

    /// Every name that the row has a value for, scoped, and its attributes without scope.
    pub fn names(&self) -> Vec<Name> {
        let of = |scope: Scope, attributes: &Attributes| -> Vec<Name> {
            attributes.iter().map(|(key, _)| Name::attribute(scope, key)).collect()
        };
        let mut names = of(Scope::Span, &self.attributes);
        names.extend(of(Scope::Any, &self.attributes));
        names.extend(of(Scope::Resource, &self.resource.attributes));
        names.extend(of(Scope::Any, &self.resource.attributes));
        names.extend(of(Scope::Instrumentation, &self.scope.attributes));
        for (scope, items) in [(Scope::Event, &self.events), (Scope::Link, &self.links)] {
            names.extend(items.iter().flat_map(|item| of(scope, &item.attributes)));
        }
        names
    }

    /// Whether the span satisfies `condition` on `name`.
    pub fn satisfies(&self, name: &Name, condition: &Condition<'_>) -> bool {
        self.values(name).iter().any(|value| holds(condition, value.as_ref()))
    }
}

/// Whether a value satisfies a condition: the table in `docs/semantics.md`, cell by cell.
pub fn holds(condition: &Condition<'_>, value: Option<&Val>) -> bool {
    let Some(value) = value else { return matches!(condition, Condition::IsNull) };
    match value {
        Val::List(items) => {
            let any = |c: &Condition<'_>| items.iter().any(|item| holds(c, Some(item)));
            // Of a list, "not equal" says that no item is equal.
            match *condition {
                Condition::Compare(Comparison::NotEqual, _)
                | Condition::NotIn(_)
                | Condition::NotRegex(_) => items.iter().all(|item| holds(condition, Some(item))),
                _ => any(condition),
            }
        }
        value => scalar_holds(condition, value),
    }
}

fn scalar_holds(condition: &Condition<'_>, value: &Val) -> bool {
    let equal = |literal: &ValueRef<'_>| equal(value, &Val::of_literal(*literal));
    let order = |literal: ValueRef<'_>| order(value, &Val::of_literal(literal));
    match *condition {
        Condition::IsNull => false,
        Condition::IsNotNull => true,
        Condition::Compare(comparison, literal) => match comparison {
            Comparison::Equal => equal(&literal) == Some(true),
            Comparison::NotEqual => equal(&literal) == Some(false),
            Comparison::Less => order(literal) == Some(Ordering::Less),
            Comparison::LessOrEqual => {
                matches!(order(literal), Some(Ordering::Less | Ordering::Equal))
            }
            Comparison::Greater => order(literal) == Some(Ordering::Greater),
            Comparison::GreaterOrEqual => {
                matches!(order(literal), Some(Ordering::Greater | Ordering::Equal))
            }
        },
        Condition::In(literals) => literals.iter().any(|l| equal(l) == Some(true)),
        Condition::NotIn(literals) => {
            literals.iter().any(|l| equal(l).is_some())
                && literals.iter().all(|l| equal(l) != Some(true))
        }
        Condition::Between(low, high) => {
            matches!(order(low), Some(Ordering::Greater | Ordering::Equal))
                && matches!(order(high), Some(Ordering::Less | Ordering::Equal))
        }
        Condition::Regex(pattern) => {
            matches!(value, Val::Str(text) if Regex::new(pattern).unwrap().is_match(text))
        }
        Condition::NotRegex(pattern) => {
            matches!(value, Val::Str(text) if !Regex::new(pattern).unwrap().is_match(text))
        }
        Condition::Contains(part) => {
            parts(value, part, |v, p| p.is_empty() || v.windows(p.len()).any(|w| w == p))
        }
        Condition::StartsWith(part) => parts(value, part, |v, p| v.starts_with(p)),
        Condition::EndsWith(part) => parts(value, part, |v, p| v.ends_with(p)),
        Condition::EqualIgnoringCase(other) => match value {
            Val::Str(text) => std::str::from_utf8(text).is_ok_and(|text| fold(text) == fold(other)),
            _ => false,
        },
        Condition::Length(comparison, length) => match value {
            Val::Str(v) | Val::Bytes(v) => {
                let order = (v.len() as u64).cmp(&length);
                match comparison {
                    Comparison::Equal => order.is_eq(),
                    Comparison::NotEqual => order.is_ne(),
                    Comparison::Less => order.is_lt(),
                    Comparison::LessOrEqual => order.is_le(),
                    Comparison::Greater => order.is_gt(),
                    Comparison::GreaterOrEqual => order.is_ge(),
                }
            }
            _ => false,
        },
    }
}

fn parts(value: &Val, part: ValueRef<'_>, f: impl Fn(&[u8], &[u8]) -> bool) -> bool {
    match (value, part) {
        (Val::Str(v), ValueRef::Str(p)) | (Val::Bytes(v), ValueRef::Bytes(p)) => f(v, p),
        _ => false,
    }
}

/// Lower case, with the two letters outside of ASCII that fold into it. Enough for these tests.
fn fold(text: &str) -> String {
    let fold = |c: char| match c {
        'ſ' => 's',
        '\u{212a}' => 'k',
        c => c.to_lowercase().next().unwrap(),
    };
    text.chars().map(fold).collect()
}

fn number(value: &Val) -> Option<Val> {
    Some(match *value {
        Val::I64(_) | Val::U64(_) | Val::F64(_) => value.clone(),
        Val::Time(v) | Val::Duration(v) => Val::U64(v),
        _ => return None,
    })
}

/// Exact; `None` for what is no pair of numbers, and the inner one for NaN.
fn compare_numbers(a: &Val, b: &Val) -> Option<Option<Ordering>> {
    let (a, b) = (number(a)?, number(b)?);
    let integer = |v: &Val| match *v {
        Val::I64(v) => Some(i128::from(v)),
        Val::U64(v) => Some(i128::from(v)),
        _ => None,
    };
    let with_double = |i: i128, d: f64| -> Option<Ordering> {
        if d.is_nan() {
            return None;
        }
        if d.abs() > 1e30 {
            return Some(if d > 0.0 { Ordering::Less } else { Ordering::Greater });
        }
        let whole = i.cmp(&(d.trunc() as i128));
        Some(whole.then(0.0.partial_cmp(&d.fract()).unwrap()))
    };
    Some(match (integer(&a), integer(&b), &a, &b) {
        (Some(a), Some(b), ..) => Some(a.cmp(&b)),
        (Some(a), None, _, Val::F64(b)) => with_double(a, *b),
        (None, Some(b), Val::F64(a), _) => with_double(b, *a).map(Ordering::reverse),
        (None, None, Val::F64(a), Val::F64(b)) => a.partial_cmp(b),
        _ => unreachable!(),
    })
}

/// Whether a value equals a literal; `None` if they cannot be compared.
fn equal(value: &Val, literal: &Val) -> Option<bool> {
    let names = |names: &[&str], text: &[u8], number: i32| {
        let at = names.iter().position(|name| name.as_bytes() == text)?;
        Some(at as i32 == number)
    };
    match (value, literal) {
        (Val::Str(a), Val::Str(b)) | (Val::Bytes(a), Val::Bytes(b)) => Some(a == b),
        (Val::Bool(a), Val::Bool(b)) => Some(a == b),
        (Val::Kind(a), Val::Kind(b)) | (Val::Status(a), Val::Status(b)) => Some(a == b),
        (Val::Kind(kind), Val::Str(name)) => {
            let kinds = ["unspecified", "internal", "server", "client", "producer", "consumer"];
            names(&kinds, name, *kind)
        }
        (Val::Status(status), Val::Str(name)) => names(&["unset", "ok", "error"], name, *status),
        (Val::Kind(v) | Val::Status(v), other) => {
            compare_numbers(&Val::I64((*v).into()), other).map(|o| o == Some(Ordering::Equal))
        }
        (Val::Id(a), Val::Id(b) | Val::Bytes(b)) => Some(strip(a) == strip(b)),
        (Val::Id(id), Val::Str(hex)) => {
            let hex = std::str::from_utf8(hex).ok().filter(|hex| !hex.is_empty())?;
            let padded = format!("{}{hex}", if hex.len() % 2 == 1 { "0" } else { "" });
            Some(strip(id) == strip(&blockpack::value::parse_hex(&padded)?))
        }
        (a, b) => compare_numbers(a, b).map(|o| o == Some(Ordering::Equal)),
    }
}

fn strip(id: &[u8]) -> Vec<u8> {
    id.iter().copied().skip_while(|&b| b == 0).collect()
}

/// How a value compares to a literal; `None` if it does not.
fn order(value: &Val, literal: &Val) -> Option<Ordering> {
    match (value, literal) {
        (Val::Str(a), Val::Str(b)) | (Val::Bytes(a), Val::Bytes(b)) => Some(a.cmp(b)),
        (Val::Kind(v) | Val::Status(v), other) => compare_numbers(&Val::I64((*v).into()), other)?,
        (a, b) => compare_numbers(a, b)?,
    }
}
