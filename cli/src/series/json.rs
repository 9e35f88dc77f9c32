//! Series as JSON.

use super::Plot;
use crate::failure::Result;
use crate::json::value;
use blockpack::fields::SpanRow;
use blockpack::traceql::{Exemplar, Series};
use blockpack::value::Hex;
use serde_json::{Map, Value, json};

impl Plot<'_> {
    /// A line for each series.
    pub fn as_json_lines(&self) -> Result<String> {
        let mut out = String::new();
        for series in &self.set.series {
            out.push_str(&self.series_as_json(series)?.to_string());
            out.push('\n');
        }
        Ok(out)
    }

    fn series_as_json(&self, series: &Series) -> Result<Value> {
        let labels: Map<String, Value> = series
            .labels
            .iter()
            .map(|label| (label.name.to_string(), label.value.view().map_or(Value::Null, value)))
            .collect();
        let samples: Vec<Value> = self
            .set
            .times
            .iter()
            .zip(&series.values)
            .filter_map(|(time, value)| Some(json!([time, (*value)?])))
            .collect();
        let exemplars = series.exemplars.iter().map(|exemplar| self.exemplar_as_json(exemplar));
        Ok(json!({
            "labels": labels,
            "step_ns": self.set.step_ns,
            "samples": samples,
            "exemplars": exemplars.collect::<Result<Vec<_>>>()?,
        }))
    }

    fn exemplar_as_json(&self, exemplar: &Exemplar) -> Result<Value> {
        let block = self.blocks.get(exemplar.span.block as usize)?;
        let span_id = SpanRow::new(block, exemplar.span.row)?.span_id()?;
        Ok(json!({
            "trace_id": Hex(&exemplar.trace_id).to_string(),
            "span_id": Hex(span_id).to_string(),
            "time_ns": exemplar.time_ns,
            "value": exemplar.value,
        }))
    }
}
