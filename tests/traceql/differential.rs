//! What queries find is what the slow evaluation finds, on random traces, wherever their spans lie.
//!
//! `TRACEQL_CASES` asks for another number of cases than a few hundred.

use crate::model::{Stored, Val};
use crate::naive::{self, Answer, Value};
use crate::random::{query, traces};
use blockpack::traceql::{self, Query, SearchOptions, TraceMatch};
use blockpack::value::Hex;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

/// So many cases, or as many as are asked for.
pub fn config(cases: u32) -> ProptestConfig {
    let asked = std::env::var("TRACEQL_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig {
        max_shrink_iters: 20_000,
        ..ProptestConfig::with_cases(asked.unwrap_or(cases))
    }
}

/// Everything, of all traces.
pub fn all() -> SearchOptions {
    SearchOptions { limit: 100, spans_per_spanset: 0, count_all: true, ..SearchOptions::default() }
}

/// A value in a form that the engine and the slow evaluation share.
fn shown(value: &traceql::Value) -> String {
    match value {
        traceql::Value::Nil => "nil".into(),
        traceql::Value::Bool(value) => value.to_string(),
        traceql::Value::Int(value) => value.to_string(),
        traceql::Value::Float(value) => format!("{:?}", value + 0.0),
        traceql::Value::Duration(value) => format!("{value}ns"),
        traceql::Value::Str(text) => format!("{:?}", Hex(text).to_string()),
        traceql::Value::Id(id) => format!("id {}", Hex(id)),
        traceql::Value::Status(value) => format!("status {value}"),
        traceql::Value::Kind(value) => format!("kind {value}"),
        traceql::Value::Bytes(bytes) => format!("bytes {}", Hex(bytes)),
        traceql::Value::Any(any) => format!("any {}", Hex(any)),
    }
}

fn expected_value(value: &Option<Value>) -> String {
    let any = |bytes: &[u8]| format!("any {}", Hex(bytes));
    let engine = match value {
        None => traceql::Value::Nil,
        Some(value) => match value.clone() {
            Value::Bool(value) => traceql::Value::Bool(value),
            Value::Int(value) => traceql::Value::Int(value),
            Value::Float(value) => traceql::Value::Float(value),
            Value::Duration(value) => traceql::Value::Duration(value),
            Value::Str(text) => traceql::Value::Str(text.into()),
            Value::Id(id) => traceql::Value::Id(id.into()),
            Value::Status(value) => traceql::Value::Status(value),
            Value::Kind(value) => traceql::Value::Kind(value),
            list @ Value::List(_) => return any(&list.encode()),
            Value::Other(Val::Bytes(bytes)) => traceql::Value::Bytes(bytes.into()),
            Value::Other(val) => return any(&val.encode()),
        },
    };
    shown(&engine)
}

/// One line for each spanset of a trace, in a fixed order.
fn lines(mut lines: Vec<String>) -> String {
    lines.sort_unstable();
    lines.join("\n")
}

fn expected(answer: &Answer) -> String {
    let trace = |found: &naive::Found| {
        let spanset = |set: &naive::Spanset| {
            let values = set.attributes.iter();
            let values: Vec<String> =
                values.map(|(name, value)| format!("{name} = {}", expected_value(value))).collect();
            format!("  [{}] {} {:?}", values.join(", "), set.spans.len(), set.spans)
        };
        format!(
            "{} {:?} {:?} {} +{}\n{}",
            Hex(&found.trace),
            String::from_utf8_lossy(&found.root_service),
            String::from_utf8_lossy(&found.root_name),
            found.start,
            found.duration,
            lines(found.spansets.iter().map(spanset).collect())
        )
    };
    lines(answer.traces.iter().map(trace).collect())
}

fn given(stored: &Stored, traces: &[TraceMatch]) -> String {
    let trace = |found: &TraceMatch| {
        let spanset = |set: &traceql::Spanset| {
            let values = set.attributes.iter();
            let values: Vec<String> =
                values.map(|(name, value)| format!("{name} = {}", shown(value))).collect();
            let mut spans: Vec<usize> =
                (set.spans.iter()).map(|at| stored.number(at.block as usize, at.row)).collect();
            spans.sort_unstable();
            format!("  [{}] {} {spans:?}", values.join(", "), set.matched)
        };
        format!(
            "{} {:?} {:?} {} +{}\n{}",
            Hex(&found.trace_id),
            String::from_utf8_lossy(&found.root_service),
            String::from_utf8_lossy(&found.root_name),
            found.start_ns,
            found.duration_ns,
            lines(found.spansets.iter().map(spanset).collect())
        )
    };
    lines(traces.iter().map(trace).collect())
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn queries_find_what_the_slow_evaluation_does(traces in traces(), queries in vec(query(), 4)) {
        let stored = traces.store();
        for query in queries {
            let Ok(query) = Query::compile(&query) else { continue };
            let answer = naive::search(query.ast(), &traces.spans);
            let search = query.search(&stored.blocks, &all()).unwrap();
            if answer.open || traces.pieces > 1 && answer.has_ties {
                continue;
            }
            prop_assert_eq!(given(&stored, &search.traces), expected(&answer), "{}", query);
            prop_assert_eq!(search.trace_count, answer.traces.len() as u64);
            prop_assert_eq!(stored.numbers(&search.spans), answer.spans(), "{}", query);
        }
    }
}

#[test]
fn most_random_queries_are_answered_and_many_find_something() {
    let mut runner = TestRunner::deterministic();
    let (mut compiled, mut open, mut found) = (0, 0, 0);
    for _ in 0..300 {
        let (traces, query) = (traces(), query()).new_tree(&mut runner).unwrap().current();
        let Ok(query) = Query::compile(&query) else { continue };
        let answer = naive::search(query.ast(), &traces.spans);
        compiled += 1;
        open += usize::from(answer.open);
        found += usize::from(!answer.traces.is_empty());
    }
    assert!(compiled > 270 && open < 40 && found > 90, "{compiled} {open} {found}");
}
