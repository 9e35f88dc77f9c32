//! Questions in TraceQL: what they are asked of, and how answers are shown.
//!
//! - `input`: files as blocks. `check`: queries that make no sense, with a mark where. `time`, `shard`:
//!   times and blocks as arguments.
//! - `table`, `json`, `arrow`: what a search found. `explained`: how a query was answered.

pub mod arrow;
pub mod check;
pub mod explained;
pub mod input;
mod json;
pub mod shard;
pub mod table;
pub mod time;

use crate::failure::Result;
use crate::human;
use crate::print::Pieces;
use crate::progress::Progress;
use blockpack::Blocks;
use blockpack::fields::{LazyFields, SpanRow};
use blockpack::rowset::SpanSet;
use blockpack::traceql::{Search, Spanset, TraceMatch};
use blockpack::value::{Hex, ValueRef};

/// What a search found, and where.
pub struct Found<'a> {
    pub blocks: &'a Blocks,
    pub search: &'a Search,
}

/// What is shown of a span.
struct Row<'a> {
    span_id: String,
    service: String,
    name: String,
    status: String,
    start_ns: u64,
    duration_ns: u64,
    /// The fields that the query mentions, and which the span has.
    fields: Vec<(&'a str, String, serde_json::Value)>,
}

impl<'a> Found<'a> {
    /// Prints the traces as they are read, each as `shown`; of many, all would not fit into memory.
    pub fn print(&self, shown: impl Fn(&TraceMatch) -> Result<String>) -> Result<()> {
        let traces = &self.search.traces;
        let mut progress = Progress::new(traces.len() as u64, "traces").beside_stdout();
        let mut out = Pieces::new();
        for trace in traces {
            out.put(&shown(trace)?)?;
            progress.advance(1);
        }
        out.finish()
    }

    /// Span number `index` of those of `spanset`.
    fn row(&self, spanset: &Spanset, index: usize) -> Result<Row<'a>> {
        let span = spanset.spans.get(index).copied().unwrap_or_default();
        let fields = LazyFields::new(self.blocks, span.block as usize, span.row)?;
        let text = |name: &str| -> Result<String> {
            Ok(fields.get(name)?.map(|v| v.to_string()).unwrap_or_default())
        };
        let number = |name: &str| -> Result<u64> {
            Ok(match fields.get(name)? {
                Some(ValueRef::TimeNs(ns) | ValueRef::DurationNs(ns)) => ns,
                _ => 0,
            })
        };
        let mut shown = Vec::new();
        for (number, field) in self.search.fields.iter().enumerate() {
            let value = match spanset.of_whole(index, number) {
                Some(value) => Some(value),
                None => fields.get_name(&field.name)?,
            };
            if let Some(value) = value {
                shown.push((&*field.text, human::value(value), crate::json::value(value)));
            }
        }
        Ok(Row {
            span_id: text("span:id")?,
            service: text("resource.service.name")?,
            name: text("span:name")?,
            status: text("span:status")?,
            start_ns: number("span:start")?,
            duration_ns: number("span:duration")?,
            fields: shown,
        })
    }
}

/// The ids of `spans` in hex, a line each, sorted.
pub fn ids(blocks: &Blocks, spans: &SpanSet) -> Result<String> {
    let mut ids = Vec::new();
    for (block, row) in spans {
        ids.push(SpanRow::new(blocks.get(block)?, row)?.span_id()?);
    }
    ids.sort_unstable();
    Ok(ids.iter().map(|id| format!("{}\n", Hex(id))).collect())
}
