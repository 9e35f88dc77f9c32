//! How queries are answered.

use crate::error::bp_error;
use crate::guard::{Zero, entry, fact, free};
use crate::handle::{BP_HANDLE_EXPLANATION, Handle, bp_handle_kind};
use crate::status::*;
use crate::value::bp_str;
use blockpack_engine::traceql::Explain;

/// How a query is answered: its parts, in the order in which they are asked, and what each did if the
/// query was run. Owns what it says. Immutable, shared by threads.
pub struct bp_explanation {
    _opaque: [u8; 0],
}

/// What a `bp_explanation` holds.
pub struct Explained {
    explain: Explain,
    text: String,
}

impl Handle for bp_explanation {
    const KIND: bp_handle_kind = BP_HANDLE_EXPLANATION;
    const NAME: &'static str = "bp_explanation";
    type Body = Explained;
}

impl Explained {
    /// A handle's body.
    pub fn new(explain: Explain) -> Self {
        Explained { text: explain.to_string(), explain }
    }
}

/// A part of a query. What it did is 0 if the query was not run, and where only its parts are counted.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_query_part {
    /// How it is answered, for people: "scan", "structure", "row by row" and so on.
    pub how: bp_str,
    /// What it asks.
    pub text: bp_str,
    /// How often it was asked: once a block, or once for blocks that share traces.
    pub calls: u64,
    /// Spans that it was asked about.
    pub spans_in: u64,
    /// Spans that it left.
    pub spans_out: u64,
    /// Time that it took, with that of its parts.
    pub time_ns: u64,
    /// Scans of one predicate over one block that it made.
    pub scans: u64,
    /// Of these, scans that read no values: indexes, dictionaries or bounds decide.
    pub blocks_pruned: u64,
    /// Zones of the columns that were scanned: up to 64 a block.
    pub zones: u64,
    /// Of these, zones whose values were left out, because they have no match.
    pub zones_pruned: u64,
    /// How many parts it is inside of: those that a part is made of follow it, one deeper.
    pub depth: u32,
    /// 0.
    pub reserved: u32,
}

// SAFETY: integers and null views.
unsafe impl Zero for bp_query_part {}

/// Gives the explanation for people, a part a line.
///
/// Valid until: free of explanation.
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_explanation_text(explanation: *const bp_explanation) -> bp_str {
    fact!(bp_str::EMPTY, |c| Ok(bp_str::view(c.shared(explanation)?.text.as_bytes())))
}

/// Counts the parts.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_explanation_len(explanation: *const bp_explanation) -> usize {
    fact!(0, |c| Ok(c.shared(explanation)?.explain.parts.len()))
}

/// Copies the parts from part number first on.
///
/// Parameters: out has room for cap parts.
/// Valid until: free of explanation, for the texts in the parts.
/// Threads: any.
/// Errors: BP_DONE when there is no part first, BP_ERR_NULL_ARGUMENT.
/// Cost: linear in the parts given.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_explanation_parts(
    explanation: *const bp_explanation,
    first: usize,
    out: *mut bp_query_part,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out_count], |c, out_count| {
        let mut out = c.out_array(out, cap)?;
        let explanation = c.shared(explanation)?;
        for part in explanation.explain.parts.iter().skip(first).take(cap) {
            out.put(bp_query_part {
                how: bp_str::view(part.how.text().as_bytes()),
                text: bp_str::view(part.text.as_bytes()),
                calls: part.counted.calls,
                spans_in: part.counted.spans_in,
                spans_out: part.counted.spans_out,
                time_ns: u64::try_from(part.counted.time.as_nanos()).unwrap_or(u64::MAX),
                scans: part.counted.scans.scans,
                blocks_pruned: part.counted.scans.blocks_pruned(),
                zones: part.counted.scans.zones,
                zones_pruned: part.counted.scans.zones_pruned,
                depth: part.depth as u32,
                reserved: 0,
            });
        }
        out_count.set(out.filled());
        Ok(if out.filled() == 0 && cap > 0 { BP_DONE } else { BP_OK })
    })
}

/// Frees the explanation. NULL is allowed.
///
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_explanation_free(explanation: *mut bp_explanation) {
    free!(explanation)
}
