//! Spans in a form that says no more than tests need, as OTLP and as blocks.

use crate::blocks::build;
use blockpack::Blocks;
use blockpack::block::build::BlockOptions;
use blockpack::otlp::json_to_traces;
use blockpack::traceql::{MetricsOptions, Query, SeriesSet};
use serde_json::{Value as Json, json};

/// A value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Val {
    Str(&'static str),
    Int(i64),
    Float(f64),
    Bool(bool),
    /// An array of one or more whole numbers.
    Ints(Vec<i64>),
    /// A key that came without a value.
    Empty,
}

/// Attributes of a span, an event or a resource.
pub type Attributes = Vec<(&'static str, Val)>;

/// A span. The first of a trace is its root, the others are its children.
#[derive(Clone, Debug)]
pub struct Span {
    pub trace: u8,
    pub number: u8,
    pub name: &'static str,
    pub kind: i32,
    pub status: i32,
    pub start: u64,
    pub duration: u64,
    pub resource: Attributes,
    pub attributes: Attributes,
    pub events: Vec<Attributes>,
}

/// A span of trace `trace` that begins at `start` and has nothing else.
pub fn span(trace: u8, number: u8, start: u64) -> Span {
    Span {
        trace,
        number,
        name: "op",
        kind: 1,
        status: 0,
        start,
        duration: 0,
        resource: Vec::new(),
        attributes: Vec::new(),
        events: Vec::new(),
    }
}

impl Span {
    pub fn is_root(&self) -> bool {
        self.number == 0
    }

    fn json(&self) -> Json {
        let id = |number: u8| format!("{:014x}{number:02x}", self.trace);
        let events = self.events.iter().map(|attributes| {
            json!({ "name": "e", "timeUnixNano": self.start, "attributes": pairs(attributes) })
        });
        json!({
            "traceId": format!("{:032x}", u64::from(self.trace) + 1),
            "spanId": id(self.number + 1),
            "parentSpanId": if self.is_root() { String::new() } else { id(1) },
            "name": self.name,
            "kind": self.kind,
            "startTimeUnixNano": self.start.to_string(),
            "endTimeUnixNano": (self.start + self.duration).to_string(),
            "status": { "code": self.status },
            "attributes": pairs(&self.attributes),
            "events": events.collect::<Vec<_>>(),
        })
    }
}

fn pairs(attributes: &Attributes) -> Json {
    let pair = |(key, value): &(&str, Val)| json!({ "key": key, "value": any(value) });
    attributes.iter().map(pair).collect()
}

fn any(value: &Val) -> Json {
    match value {
        Val::Str(v) => json!({ "stringValue": v }),
        Val::Int(v) => json!({ "intValue": v.to_string() }),
        Val::Float(v) => json!({ "doubleValue": v }),
        Val::Bool(v) => json!({ "boolValue": v }),
        Val::Ints(v) => {
            let values: Vec<Json> = v.iter().map(|v| any(&Val::Int(*v))).collect();
            json!({ "arrayValue": { "values": values } })
        }
        Val::Empty => json!({}),
    }
}

/// One OTLP message of these spans.
pub fn message(spans: &[Span]) -> Vec<u8> {
    let resources: Vec<Json> = spans
        .iter()
        .map(|span| {
            json!({
                "resource": { "attributes": pairs(&span.resource) },
                "scopeSpans": [{ "spans": [span.json()] }],
            })
        })
        .collect();
    let document = serde_json::to_vec(&json!({ "resourceSpans": resources })).unwrap();
    let mut message = Vec::new();
    json_to_traces(&document, &mut message).unwrap();
    message
}

/// Blocks of these spans.
pub fn blocks(spans: &[Span], options: &BlockOptions) -> Blocks {
    build(&[message(spans)], options)
}

/// What a query makes.
pub fn metrics(blocks: &Blocks, query: &str, options: &MetricsOptions) -> SeriesSet {
    let compiled = Query::compile(query).unwrap_or_else(|e| panic!("{query}: {e}"));
    compiled.metrics(blocks, options).unwrap_or_else(|e| panic!("{query}: {e}"))
}

/// Options for the time from `start` to `end`, with a sample every `step`.
pub fn over(start: u64, end: u64, step: u64) -> MetricsOptions {
    MetricsOptions {
        start_ns: Some(start),
        end_ns: Some(end),
        step_ns: Some(step),
        ..MetricsOptions::default()
    }
}

/// The series as text: labels, then samples; `-` for gaps.
pub fn shown(set: &SeriesSet) -> Vec<String> {
    let sample = |value: &Option<f64>| value.map_or("-".to_owned(), |value| format!("{value}"));
    let line = |series: &blockpack::traceql::Series| {
        let samples: Vec<String> = series.values.iter().map(sample).collect();
        format!("{series} {}", samples.join(" "))
    };
    set.series.iter().map(line).collect()
}
