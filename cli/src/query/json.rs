//! What was found, as JSON.

use super::{Found, Row};
use crate::commands::trace::damage;
use crate::failure::Result;
use crate::json::value;
use blockpack::traceql::{ServiceCount, Spanset, TraceMatch};
use blockpack::value::Hex;
use serde_json::{Map, Value, json};

/// Text that should be UTF-8.
fn text(bytes: &[u8]) -> Value {
    String::from_utf8_lossy(bytes).into()
}

impl Found<'_> {
    /// A trace as a line.
    pub fn as_json_line(&self, trace: &TraceMatch) -> Result<String> {
        Ok(format!("{}\n", self.trace_as_json(trace)?))
    }

    fn trace_as_json(&self, trace: &TraceMatch) -> Result<Value> {
        let service = |part: &ServiceCount| {
            json!({
                "service": text(&part.service),
                "spans": part.spans,
                "errors": part.errors,
            })
        };
        let spansets = trace.spansets.iter().map(|spanset| self.spanset_as_json(spanset));
        Ok(json!({
            "trace_id": Hex(&trace.trace_id).to_string(),
            "root_service": text(&trace.root_service),
            "root_name": text(&trace.root_name),
            "start_ns": trace.start_ns,
            "duration_ns": trace.duration_ns,
            "services": trace.services.iter().map(service).collect::<Vec<_>>(),
            "damage": damage(trace.flags),
            "spansets": spansets.collect::<Result<Vec<_>>>()?,
        }))
    }

    fn spanset_as_json(&self, spanset: &Spanset) -> Result<Value> {
        let attributes: Map<String, Value> = spanset
            .attributes
            .iter()
            .map(|(name, v)| (name.to_string(), v.view().map_or(Value::Null, value)))
            .collect();
        let rows = (0..spanset.spans.len()).map(|index| self.row(spanset, index));
        let spans = rows.map(|row| Ok(row?.as_json()));
        Ok(json!({
            "attributes": attributes,
            "matched": spanset.matched,
            "spans": spans.collect::<Result<Vec<_>>>()?,
        }))
    }
}

impl Row<'_> {
    fn as_json(&self) -> Value {
        let fields: Map<String, Value> =
            self.fields.iter().map(|(name, _, json)| ((*name).to_owned(), json.clone())).collect();
        json!({
            "span_id": self.span_id,
            "service": self.service,
            "name": self.name,
            "status": self.status,
            "start_ns": self.start_ns,
            "duration_ns": self.duration_ns,
            "fields": fields,
        })
    }
}
