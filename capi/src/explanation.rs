//! How queries are answered.

use crate::error::{Failure, bp_error};
use crate::guard::{Zero, entry, fact, free};
use crate::handle::{BP_HANDLE_EXPLANATION, Handle, bp_handle_kind};
use crate::options::Growing;
use crate::status::*;
use crate::value::bp_str;
use blockpack_engine::traceql::{Explain, Part};

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

    fn part(&self, index: usize) -> Result<&Part, Failure> {
        self.explain.parts.get(index).ok_or_else(|| {
            let count = self.explain.parts.len();
            Failure::invalid(format!("there is no part {index}, there are {count}"))
        })
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
    /// Of these, scans that read no values; bp_explanation_part_details() says why.
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

/// More of what a part of a query did. All is 0 if the query was not run, and where only its parts are
/// counted, but for makes_series.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_part_details {
    /// sizeof(bp_part_details).
    pub struct_size: usize,
    /// Series that came of it, if it makes series.
    pub series: u64,
    /// Rows of the tables that its scans were about: of spans, resources, events and so on.
    pub rows_scanned: u64,
    /// Rows that matched.
    pub rows_matched: u64,
    /// Bytes of values, codes, dictionaries and presence that its scans read.
    pub bytes: u64,
    /// Scans that read no values because the index of the file, or a filter in it, says that nothing
    /// in the block matches. Each scan has at most one reason: the last of those here that any of the
    /// columns of the name needed. They add up to blocks_pruned of bp_query_part.
    pub pruned_by_index: u64,
    /// The same because the block has no column of the name, or none of a type that the value can be
    /// in.
    pub pruned_no_column: u64,
    /// The same because the smallest and largest value of the columns say that none matches, or all.
    pub pruned_by_bounds: u64,
    /// The same because all rows are alike: a dictionary of one text, or each has a value and that is
    /// all that was asked.
    pub pruned_constant: u64,
    /// The same because no text of the dictionary matches, or all do.
    pub pruned_by_dictionary: u64,
    /// The same because the bounds of all zones say that none matches.
    pub pruned_by_zones: u64,
    /// 1 if it makes series, 0 if it finds spans or is a number.
    pub makes_series: u32,
    /// 0.
    pub reserved: u32,
}

// SAFETY: `repr(C)`, a size first, all integers.
unsafe impl Growing for bp_part_details {
    const NAME: &'static str = "bp_part_details";
    const MIN: usize = 96;
}

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

/// Tells more of part number part: the series that came of it, what its scans read, and why they left
/// blocks out.
///
/// Parameters: out.struct_size is set by the caller.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT also when there is no such part.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_explanation_part_details(
    explanation: *const bp_explanation,
    part: usize,
    out: *mut bp_part_details,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let out = c.growing_out(out)?;
        let explanation = c.shared(explanation)?;
        let part = explanation.part(part)?;
        let scans = part.counted.scans;
        out.set(&bp_part_details {
            struct_size: 0,
            series: part.series.unwrap_or(0) as u64,
            rows_scanned: scans.rows_scanned,
            rows_matched: scans.rows_matched,
            bytes: scans.bytes,
            pruned_by_index: scans.pruned.index,
            pruned_no_column: scans.pruned.no_column,
            pruned_by_bounds: scans.pruned.bounds,
            pruned_constant: scans.pruned.constant,
            pruned_by_dictionary: scans.pruned.dictionary,
            pruned_by_zones: scans.pruned.zones,
            makes_series: u32::from(part.how.makes_series()),
            reserved: 0,
        });
        Ok(BP_OK)
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
