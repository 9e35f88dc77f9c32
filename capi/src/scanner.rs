//! Scanning the columns of one block.

use crate::blocks::bp_blocks;
use crate::error::{Answer, Failure, bp_error};
use crate::guard::{Call, Out, entry, fact, free};
use crate::handle::{BP_HANDLE_COLUMN_SCANNER, Handle, bp_handle_kind};
use crate::predicate::*;
use crate::row_set::{Column, Place, Rows, bp_row_set};
use crate::scan::bp_rows_fn;
use crate::scan_stats::{bp_scan_stats, scan_stats};
use crate::status::*;
use crate::value::{bp_str, bp_value};
use blockpack_engine::name::Name;
use blockpack_engine::rowset::RowSet;
use blockpack_engine::scan::ScanContext;
use std::ffi::c_void;
use std::sync::Arc;

/// Scans columns of one block, one function for each predicate; what it finds is a bp_row_set. The
/// rules of comparing are at bp_op. Shared by threads.
pub struct bp_column_scanner {
    _opaque: [u8; 0],
}

/// What a `bp_column_scanner` holds.
pub struct Scanner {
    place: Place,
    /// Shared by all scanners of a list.
    context: Arc<ScanContext>,
}

impl Handle for bp_column_scanner {
    const KIND: bp_handle_kind = BP_HANDLE_COLUMN_SCANNER;
    const NAME: &'static str = "bp_column_scanner";
    type Body = Scanner;
}

impl Scanner {
    fn scan(
        &self,
        c: &Call<'_>,
        name: &Name,
        op: bp_op,
        operands: &[bp_value],
    ) -> Result<RowSet, Failure> {
        let predicate = c.predicate(op, operands)?;
        Ok(self.context.scan_block(self.place.list()?, self.place.block(), name, &predicate)?)
    }
}

impl Call<'static> {
    /// Scans one column and gives the caller the rows.
    fn scan_to(
        &self,
        scanner: *const bp_column_scanner,
        column: bp_str,
        op: bp_op,
        operands: &[bp_value],
        out: &Out<'static, *mut bp_row_set>,
    ) -> Answer {
        let scanner = self.shared(scanner)?;
        let name = self.name(column)?;
        let set = scanner.scan(self, &name, op, operands)?;
        let text = name.to_string().into();
        let column = Column { name: Arc::new(name), text };
        out.give(Rows::new(set, scanner.place.clone(), Some(column)));
        Ok(BP_OK)
    }
}

/// Makes a scanner of block block_index of the list.
///
/// Ownership: the caller frees the scanner. It keeps the blocks until it is released or freed.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED.
/// Cost: constant; nothing is read.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_column_scanner_new(
    blocks: *const bp_blocks,
    block_index: usize,
    out: *mut *mut bp_column_scanner,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let blocks = c.shared(blocks)?;
        let place = Place::new(blocks.get()?, block_index)?;
        out.give(Scanner { place, context: blocks.context().clone() });
        Ok(BP_OK)
    })
}

/// Finds the rows whose value is literal.
///
/// Parameters: column in any accepted spelling, see bp_columns.
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_RELEASED,
/// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_column_scanner_equal(
    scanner: *const bp_column_scanner,
    column: bp_str,
    literal: bp_value,
    out: *mut *mut bp_row_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| c.scan_to(scanner, column, BP_OP_EQUAL, &[literal], &out))
}

/// Finds the rows that have a value other than literal.
///
/// Parameters: column in any accepted spelling, see bp_columns.
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_RELEASED,
/// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_column_scanner_not_equal(
    scanner: *const bp_column_scanner,
    column: bp_str,
    literal: bp_value,
    out: *mut *mut bp_row_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| c.scan_to(scanner, column, BP_OP_NOT_EQUAL, &[literal], &out))
}

/// Finds the rows whose value is less than literal.
///
/// Parameters: column in any accepted spelling, see bp_columns.
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_RELEASED,
/// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_column_scanner_less(
    scanner: *const bp_column_scanner,
    column: bp_str,
    literal: bp_value,
    out: *mut *mut bp_row_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| c.scan_to(scanner, column, BP_OP_LESS, &[literal], &out))
}

/// Finds the rows whose value is less than literal, or equal.
///
/// Parameters: column in any accepted spelling, see bp_columns.
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_RELEASED,
/// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_column_scanner_less_equal(
    scanner: *const bp_column_scanner,
    column: bp_str,
    literal: bp_value,
    out: *mut *mut bp_row_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| c.scan_to(scanner, column, BP_OP_LESS_EQUAL, &[literal], &out))
}

/// Finds the rows whose value is greater than literal.
///
/// Parameters: column in any accepted spelling, see bp_columns.
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_RELEASED,
/// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_column_scanner_greater(
    scanner: *const bp_column_scanner,
    column: bp_str,
    literal: bp_value,
    out: *mut *mut bp_row_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| c.scan_to(scanner, column, BP_OP_GREATER, &[literal], &out))
}

/// Finds the rows whose value is greater than literal, or equal.
///
/// Parameters: column in any accepted spelling, see bp_columns.
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_RELEASED,
/// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_column_scanner_greater_equal(
    scanner: *const bp_column_scanner,
    column: bp_str,
    literal: bp_value,
    out: *mut *mut bp_row_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| c.scan_to(scanner, column, BP_OP_GREATER_EQUAL, &[literal], &out))
}

/// Finds the rows whose value is at least from and at most to.
///
/// Parameters: column in any accepted spelling, see bp_columns.
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_RELEASED,
/// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_column_scanner_between(
    scanner: *const bp_column_scanner,
    column: bp_str,
    from: bp_value,
    to: bp_value,
    out: *mut *mut bp_row_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| c.scan_to(scanner, column, BP_OP_BETWEEN, &[from, to], &out))
}

/// Finds the rows whose value is one of n literals.
///
/// Parameters: column in any accepted spelling, see bp_columns.
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_RELEASED,
/// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_column_scanner_in(
    scanner: *const bp_column_scanner,
    column: bp_str,
    literals: *const bp_value,
    n: usize,
    out: *mut *mut bp_row_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| c.scan_to(
        scanner,
        column,
        BP_OP_IN,
        c.items(literals, n, "literals")?,
        &out
    ))
}

/// Finds the rows that have a value that is none of n literals.
///
/// Parameters: column in any accepted spelling, see bp_columns.
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_RELEASED,
/// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_column_scanner_not_in(
    scanner: *const bp_column_scanner,
    column: bp_str,
    literals: *const bp_value,
    n: usize,
    out: *mut *mut bp_row_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| c.scan_to(
        scanner,
        column,
        BP_OP_NOT_IN,
        c.items(literals, n, "literals")?,
        &out
    ))
}

/// Finds the rows whose text has a match of pattern somewhere in it.
///
/// Parameters: column in any accepted spelling, see bp_columns.
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_LIMIT, BP_ERR_RELEASED,
/// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_column_scanner_regex(
    scanner: *const bp_column_scanner,
    column: bp_str,
    pattern: bp_str,
    out: *mut *mut bp_row_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| c.scan_to(
        scanner,
        column,
        BP_OP_REGEX,
        &[bp_value::text(pattern)],
        &out
    ))
}

/// Finds the rows that have a text without a match of pattern.
///
/// Parameters: column in any accepted spelling, see bp_columns.
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_LIMIT, BP_ERR_RELEASED,
/// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_column_scanner_not_regex(
    scanner: *const bp_column_scanner,
    column: bp_str,
    pattern: bp_str,
    out: *mut *mut bp_row_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| c.scan_to(
        scanner,
        column,
        BP_OP_NOT_REGEX,
        &[bp_value::text(pattern)],
        &out
    ))
}

/// Finds the rows whose text or bytes have part somewhere in them.
///
/// Parameters: column in any accepted spelling, see bp_columns.
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_RELEASED,
/// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_column_scanner_contains(
    scanner: *const bp_column_scanner,
    column: bp_str,
    part: bp_value,
    out: *mut *mut bp_row_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| c.scan_to(scanner, column, BP_OP_CONTAINS, &[part], &out))
}

/// Finds the rows whose text or bytes begin with part.
///
/// Parameters: column in any accepted spelling, see bp_columns.
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_RELEASED,
/// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_column_scanner_starts_with(
    scanner: *const bp_column_scanner,
    column: bp_str,
    part: bp_value,
    out: *mut *mut bp_row_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| c.scan_to(scanner, column, BP_OP_STARTS_WITH, &[part], &out))
}

/// Finds the rows whose text or bytes end with part.
///
/// Parameters: column in any accepted spelling, see bp_columns.
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_RELEASED,
/// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_column_scanner_ends_with(
    scanner: *const bp_column_scanner,
    column: bp_str,
    part: bp_value,
    out: *mut *mut bp_row_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| c.scan_to(scanner, column, BP_OP_ENDS_WITH, &[part], &out))
}

/// Finds the rows whose text is this one but for upper and lower case.
///
/// Parameters: column in any accepted spelling, see bp_columns.
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_RELEASED,
/// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_column_scanner_equal_ignoring_case(
    scanner: *const bp_column_scanner,
    column: bp_str,
    text: bp_str,
    out: *mut *mut bp_row_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| c.scan_to(
        scanner,
        column,
        BP_OP_EQUAL_IGNORING_CASE,
        &[bp_value::text(text)],
        &out
    ))
}

/// Finds the rows that have no value.
///
/// Parameters: column in any accepted spelling, see bp_columns.
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_RELEASED,
/// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_column_scanner_is_null(
    scanner: *const bp_column_scanner,
    column: bp_str,
    out: *mut *mut bp_row_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| c.scan_to(scanner, column, BP_OP_IS_NULL, &[], &out))
}

/// Finds the rows that have a value, of whatever type.
///
/// Parameters: column in any accepted spelling, see bp_columns.
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_RELEASED,
/// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_column_scanner_is_not_null(
    scanner: *const bp_column_scanner,
    column: bp_str,
    out: *mut *mut bp_row_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| c.scan_to(scanner, column, BP_OP_IS_NOT_NULL, &[], &out))
}

/// Scans with the operator op: what the functions for single predicates do, and the operators that
/// have none of their own (on lengths).
///
/// Parameters: column in any accepted spelling, see bp_columns; n operands as op has.
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_LIMIT,
/// BP_ERR_RELEASED, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_column_scanner_scan(
    scanner: *const bp_column_scanner,
    column: bp_str,
    op: bp_op,
    operands: *const bp_value,
    n: usize,
    out: *mut *mut bp_row_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        c.scan_to(scanner, column, op, c.items(operands, n, "operands")?, &out)
    })
}

/// Scans as bp_column_scanner_scan() does, and hands the rows to fn instead of making a set: batch
/// at a time, fewer in the last call, none if there are none. With a batch of 1 that is a
/// call per row, which costs little in C and C++, and about 100 ns in Go.
///
/// Parameters: batch 0 for 1,024. fn gets the rows for the duration of the call; it must not throw,
/// unwind or longjmp, and may use any handle.
/// Threads: any; fn is called on the thread that calls.
/// Errors: as bp_column_scanner_scan(), and BP_ERR_STOPPED when fn returns something other than 0,
/// which bp_error_callback_code() tells.
/// Cost: as bp_column_scanner_scan().
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_column_scanner_stream(
    scanner: *const bp_column_scanner,
    column: bp_str,
    op: bp_op,
    operands: *const bp_value,
    n: usize,
    batch: usize,
    r#fn: bp_rows_fn,
    ctx: *mut c_void,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let scanner = c.shared(scanner)?;
        let operands = c.items(operands, n, "operands")?;
        let set = scanner.scan(c, &c.name(column)?, op, operands)?;
        c.hand_out(scanner.place.block(), &set, batch, r#fn, ctx)?;
        Ok(BP_OK)
    })
}

/// Tells what the scans of all scanners of the list of blocks did, this one's among them.
///
/// Parameters: out.struct_size is set by the caller.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_column_scanner_stats(
    scanner: *const bp_column_scanner,
    out: *mut bp_scan_stats,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let out = c.growing_out(out)?;
        out.set(&scan_stats(c.shared(scanner)?.context.stats()));
        Ok(BP_OK)
    })
}

/// Gives back the blocks that this handle holds. Doing so again does nothing.
///
/// Threads: any, while no other call on scanner is running.
/// Cost: constant, and what it takes to free what nobody else holds.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_column_scanner_release(scanner: *mut bp_column_scanner) {
    fact!((), |c| {
        c.exclusive(scanner)?.place.held().release();
        Ok(())
    })
}

/// Tells whether the scanner was released.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_column_scanner_is_released(scanner: *const bp_column_scanner) -> bool {
    fact!(false, |c| Ok(c.shared(scanner)?.place.is_released()))
}

/// Frees a scanner. NULL is allowed.
///
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_column_scanner_free(scanner: *mut bp_column_scanner) {
    free!(scanner)
}
