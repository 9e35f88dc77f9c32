//! Queries in TraceQL.

use crate::error::bp_error;
use crate::explanation::{Explained, bp_explanation};
use crate::guard::{entry, fact, free};
use crate::handle::{BP_HANDLE_QUERY, Handle, bp_handle_kind};
use crate::status::*;
use crate::value::bp_str;
use blockpack_engine::traceql::{Query, QueryContext};

/// A query in TraceQL, read and checked. Immutable, shared by threads: one serves any number of
/// searches of any blocks.
pub struct bp_query {
    _opaque: [u8; 0],
}

/// What a `bp_query` holds.
pub struct Compiled {
    /// The query.
    pub query: Query,
    text: String,
}

impl Handle for bp_query {
    const KIND: bp_handle_kind = BP_HANDLE_QUERY;
    const NAME: &'static str = "bp_query";
    type Body = Compiled;
}

/// The query finds spans.
pub const BP_QUERY_SPANS: u32 = 1;
/// The query makes series of the spans that it finds.
pub const BP_QUERY_SERIES: u32 = 2;

/// Reads a query and checks that it makes sense.
///
/// Parameters: text in TraceQL.
/// Ownership: the caller frees the query.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT; BP_ERR_PARSE for what is not TraceQL, BP_ERR_TYPE for operands that do
/// not fit together, BP_ERR_UNSUPPORTED for what cannot be answered, each with the position;
/// BP_ERR_LIMIT for a text that is too long, BP_ERR_DEPTH for one that is nested too deep.
/// Cost: linear in the text.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_query_compile(
    text: bp_str,
    out: *mut *mut bp_query,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let query = Query::compile_bytes(c.text_bytes(text, "text")?)?;
        let text = query.to_string();
        out.give(Compiled { query, text });
        Ok(BP_OK)
    })
}

/// Gives the query in one spelling: queries that mean the same by their structure read the same.
///
/// Valid until: free of query.
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_query_text(query: *const bp_query) -> bp_str {
    fact!(bp_str::EMPTY, |c| Ok(bp_str::view(c.shared(query)?.text.as_bytes())))
}

/// Tells what the query gives: BP_QUERY_SPANS or BP_QUERY_SERIES; 0 if query is none.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_query_kind(query: *const bp_query) -> u32 {
    fact!(0, |c| Ok(match c.shared(query)?.query.is_metrics() {
        true => BP_QUERY_SERIES,
        false => BP_QUERY_SPANS,
    }))
}

/// Says how a query would be answered, without running it.
///
/// Ownership: the caller frees the explanation.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT.
/// Cost: linear in the query.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_query_explain(
    query: *const bp_query,
    out: *mut *mut bp_explanation,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let explain = c.shared(query)?.query.explain(&QueryContext::new())?;
        out.give(Explained::new(explain));
        Ok(BP_OK)
    })
}

/// Frees the query. NULL is allowed.
///
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_query_free(query: *mut bp_query) {
    free!(query)
}
