//! How a query was answered, as JSON.

use blockpack::scan::Pruned;
use blockpack::traceql::{Explain, Part};
use serde_json::{Value, json};

/// A line for each part.
pub fn as_json_lines(explain: &Explain) -> String {
    explain.parts.iter().map(|part| format!("{}\n", part_as_json(part))).collect()
}

fn part_as_json(part: &Part) -> Value {
    let Part { depth, how, text, counted, series } = part;
    json!({
        "depth": depth,
        "how": how.text(),
        "text": text,
        "calls": counted.calls,
        "spans_in": counted.spans_in,
        "spans_out": counted.spans_out,
        "time_ns": u64::try_from(counted.time.as_nanos()).unwrap_or(u64::MAX),
        "scans": counted.scans.scans,
        "rows_scanned": counted.scans.rows_scanned,
        "rows_matched": counted.scans.rows_matched,
        "blocks_pruned": counted.scans.blocks_pruned(),
        "pruned": pruned_as_json(&counted.scans.pruned),
        "zones": counted.scans.zones,
        "zones_pruned": counted.scans.zones_pruned,
        "bytes": counted.scans.bytes,
        "series": series,
    })
}

fn pruned_as_json(pruned: &Pruned) -> Value {
    let Pruned { index, no_column, bounds, constant, dictionary, zones } = pruned;
    json!({
        "index": index,
        "no_column": no_column,
        "bounds": bounds,
        "constant": constant,
        "dictionary": dictionary,
        "zones": zones,
    })
}
