//! The traces and the cases that lie beside the tests.

use crate::model::{Span, spans};
use blockpack::otlp::json_to_traces;
use serde_json::Value;

/// The traces that cases are about.
pub fn traces() -> Vec<Span> {
    let mut message = Vec::new();
    json_to_traces(include_bytes!("traces.json"), &mut message).unwrap();
    spans(&message)
}

/// Queries with the ids of the spans that they find, in hex, and what each is about.
pub fn cases() -> Vec<(String, Vec<String>, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let case = |line: &str| {
        let case: Value = serde_json::from_str(line).unwrap();
        let spans = case["spans"].as_array().unwrap().iter().map(text).collect();
        (text(&case["query"]), spans, text(&case["note"]))
    };
    include_str!("eval.jsonl").lines().map(case).collect()
}
