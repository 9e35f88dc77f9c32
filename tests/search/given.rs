//! The traces that cases are about, in one piece or in many.

use crate::blocks::build;
use blockpack::Blocks;
use blockpack::block::build::BlockOptions;
use blockpack::blocks::SpanAt;
use blockpack::otlp::json_to_traces;
use blockpack::rowset::SpanSet;
use blockpack::traceql::{Query, Search, SearchOptions, TraceMatch};
use blockpack::value::{Hex, text};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A file that lies beside the tests.
pub fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traceql").join(name)
}

fn traces() -> Value {
    serde_json::from_slice(&std::fs::read(file("traces.json")).unwrap()).unwrap()
}

/// OTLP of a JSON document.
fn message(json: &Value) -> Vec<u8> {
    let mut message = Vec::new();
    json_to_traces(&serde_json::to_vec(json).unwrap(), &mut message).unwrap();
    message
}

/// All traces in one block.
pub fn whole() -> Blocks {
    build(&[message(&traces())], &BlockOptions::default())
}

/// The traces with each span in one of several lists of blocks, as `part` says for its number.
pub fn parts(count: usize, part: impl Fn(usize) -> usize) -> Vec<Blocks> {
    (0..count)
        .map(|wanted| {
            let mut json = traces();
            let mut number = 0;
            for resource in json["resourceSpans"].as_array_mut().unwrap() {
                for scope in resource["scopeSpans"].as_array_mut().unwrap() {
                    scope["spans"].as_array_mut().unwrap().retain(|_| {
                        number += 1;
                        part(number - 1) == wanted
                    });
                }
            }
            build(&[message(&json)], &BlockOptions::default())
        })
        .collect()
}

/// Ids of the spans of a set, in hex, sorted.
pub fn ids(blocks: &Blocks, spans: &SpanSet) -> Vec<String> {
    let id = |(block, row): (usize, u32)| {
        let id = blocks.get(block).unwrap().span_id(row).unwrap();
        Hex(id.unwrap_or_default()).to_string()
    };
    let mut ids: Vec<String> = spans.iter().map(id).collect();
    ids.sort_unstable();
    ids
}

/// What a query finds.
pub fn search(blocks: &Blocks, query: &str, options: &SearchOptions) -> Search {
    let compiled = Query::compile(query).unwrap_or_else(|e| panic!("{query}: {e}"));
    compiled.search(blocks, options).unwrap_or_else(|e| panic!("{query}: {e}"))
}

/// Ids of all spans that a query finds.
pub fn found(blocks: &Blocks, query: &str) -> Vec<String> {
    let options = SearchOptions { count_all: true, ..SearchOptions::default() };
    ids(blocks, &search(blocks, query, &options).spans)
}

/// A trace that was found, in a form that does not depend on where its spans are.
pub fn shown(blocks: &Blocks, trace: &TraceMatch) -> String {
    let id = |span: &SpanAt| {
        let id = blocks.get(span.block as usize).unwrap().span_id(span.row).unwrap();
        Hex(id.unwrap_or_default()).to_string()
    };
    let mut out = format!(
        "{} {:?} {:?} {} +{} {:?}",
        Hex(&trace.trace_id),
        text(&trace.root_service),
        text(&trace.root_name),
        trace.start_ns,
        trace.duration_ns,
        trace.flags
    );
    for part in &trace.services {
        out += &format!("\n  {} {}/{}", text(&part.service), part.errors, part.spans);
    }
    for spanset in &trace.spansets {
        let ids: Vec<String> = spanset.spans.iter().map(id).collect();
        out += &format!("\n  {:?} {} {ids:?}", spanset.attributes, spanset.matched);
        out += &format!(" {:?}", spanset.values);
    }
    out
}
