//! Names compiled once.

use crate::error::{Failure, bp_error};
use crate::guard::{Call, entry, fact, free};
use crate::handle::{BP_HANDLE_COLUMNS, Handle, Shared, bp_handle_kind};
use crate::status::*;
use crate::value::bp_str;
use blockpack_engine::fields::Columns;
use blockpack_engine::name::Name;
use std::sync::{Arc, OnceLock};

/// Names of fields, compiled once for reading many spans in any blocks. A name is an intrinsic
/// ("span:name"), an attribute with its scope ("span.http.method", "resource.service.name") or one
/// without (".http.method": of the span, else of its resource).
///
/// What is worked out of a trace (trace:duration, trace:rootName, nestedSetLeft, span:childCount and
/// the like) is read from the part of the trace that is in the span's block. Of a trace that lies in
/// several, bp_trace_graphs_summaries() and bp_trace_graph_nodes() tell the same as a whole, and so
/// do queries: conditions, and the fields that bp_match_set_fields() names.
///
/// Shared by threads once the names are added.
pub struct bp_columns {
    _opaque: [u8; 0],
}

/// What a `bp_columns` holds.
pub struct Names {
    names: Vec<Name>,
    /// Made when the names are first used; then none can be added.
    compiled: OnceLock<Arc<Columns>>,
}

impl Handle for bp_columns {
    const KIND: bp_handle_kind = BP_HANDLE_COLUMNS;
    const NAME: &'static str = "bp_columns";
    type Body = Names;
}

impl Names {
    /// The names, compiled.
    pub fn columns(&self) -> &Arc<Columns> {
        self.compiled.get_or_init(|| Arc::new(Columns::new(self.names.iter().cloned())))
    }
}

impl<'c> Call<'c> {
    /// The columns of the caller's, and whether `len` values are what they need for each of `rows`.
    pub fn columns(
        &self,
        columns: *const bp_columns,
        rows: usize,
        len: usize,
    ) -> Result<Shared<'c, bp_columns>, Failure> {
        let names = self.shared(columns)?;
        let columns = names.columns().len();
        match columns.checked_mul(rows) == Some(len) {
            true => Ok(names),
            false => Err(Failure::invalid(format!(
                "there is room for {len} values; {rows} rows of {columns} columns have {}",
                rows.saturating_mul(columns)
            ))),
        }
    }
}

/// Makes an empty list of names.
///
/// Ownership: the caller frees it.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_columns_new(
    out: *mut *mut bp_columns,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |_c, out| {
        out.give(Names { names: Vec::new(), compiled: OnceLock::new() });
        Ok(BP_OK)
    })
}

/// Adds a name behind the others. The list is closed once it is used.
///
/// Threads: one at a time.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE with the position,
/// BP_ERR_STATE if the list was used already.
/// Cost: linear in the name.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_columns_add(
    columns: *mut bp_columns,
    name: bp_str,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let mut columns = c.exclusive(columns)?;
        if columns.compiled.get().is_some() {
            let message = "the columns were used already; make another list";
            return Err(Failure::new(BP_ERR_STATE, message));
        }
        let name = Name::parse_bytes(c.text_bytes(name, "name")?)?;
        columns.names.push(name);
        Ok(BP_OK)
    })
}

/// Counts the names.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_columns_len(columns: *const bp_columns) -> usize {
    fact!(0, |c| Ok(c.shared(columns)?.names.len()))
}

/// Frees a list of names. NULL is allowed.
///
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_columns_free(columns: *mut bp_columns) {
    free!(columns)
}
