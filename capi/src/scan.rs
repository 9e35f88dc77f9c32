//! Scanning one column of many blocks, and how rows are handed out.

use crate::blocks::bp_blocks;
use crate::error::{Failure, bp_error};
use crate::guard::{Call, entry};
use crate::predicate::bp_op;
use crate::span_set::{Spans, bp_span_set};
use crate::status::*;
use crate::value::{bp_str, bp_value};
use blockpack_engine::name::Name;
use blockpack_engine::rowset::RowSet;
use std::ffi::c_void;
use std::num::NonZero;

/// A condition on one column.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_condition {
    /// The column, in any accepted spelling, see bp_columns.
    pub column: bp_str,
    /// What is asked.
    pub op: bp_op,
    /// 0.
    pub reserved: u32,
    /// As many as op has.
    pub operands: *const bp_value,
    /// How many operands there are.
    pub n: usize,
}

/// Gets rows of a block in ascending order. Returns 0 to go on, anything else to stop.
pub type bp_rows_fn = Option<
    unsafe extern "C" fn(ctx: *mut c_void, block: u32, rows: *const u32, count: usize) -> i32,
>;

/// Rows in a batch when the caller does not say.
const BATCH: usize = 1024;
/// Rows in a batch at most.
const MAX_BATCH: usize = 1 << 20;
/// Threads of a scan at most.
const MAX_THREADS: usize = 1024;

impl Call<'_> {
    /// The name of a column or field.
    pub fn name(&self, name: bp_str) -> Result<Name, Failure> {
        Ok(Name::parse_bytes(self.text_bytes(name, "column")?)?)
    }

    /// Hands the rows of a set to the caller's function.
    pub fn hand_out(
        &self,
        block: usize,
        set: &RowSet,
        batch: usize,
        function: bp_rows_fn,
        ctx: *mut c_void,
    ) -> Result<(), Failure> {
        let function = function.ok_or_else(|| Failure::null("fn"))?;
        let batch = if batch == 0 { BATCH } else { batch.min(MAX_BATCH) };
        let mut rows = vec![0; batch.min(set.count() as usize)];
        let mut from = Some(0);
        while let Some(start) = from {
            let count = set.copy_ids(start, &mut rows);
            let Some(last) = rows[..count].last() else { break };
            // SAFETY: the caller gave function and context together; the rows live for the call.
            match unsafe { function(ctx, block as u32, rows.as_ptr(), count) } {
                0 => from = last.checked_add(1),
                code => return Err(Failure::stopped(code)),
            }
        }
        Ok(())
    }
}

/// Scans one column of all blocks of a list.
///
/// Parameters: column in any accepted spelling, see bp_columns; n operands as op has.
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_LIMIT,
/// BP_ERR_RELEASED, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_blocks_scan(
    blocks: *const bp_blocks,
    column: bp_str,
    op: bp_op,
    operands: *const bp_value,
    n: usize,
    out: *mut *mut bp_span_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let list = c.shared(blocks)?;
        let predicate = c.predicate(op, c.items(operands, n, "operands")?)?;
        let name = c.name(column)?;
        let set = list.context().scan_blocks(list.get()?, &name, &predicate)?;
        out.give(Spans::new(set, list.get()?));
        Ok(BP_OK)
    })
}

/// Scans all blocks of a list for the spans that satisfy n conditions, each on its own: two on events
/// may be satisfied by different events of a span. In each block those are asked first that are
/// expected to match least, by what bp_blocks_observed() tells; the rest is not asked once no span is
/// left.
///
/// Parameters: with no conditions, all spans.
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: as bp_blocks_scan().
/// Cost: as one bp_blocks_scan() for each condition, or less.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_blocks_scan_all(
    blocks: *const bp_blocks,
    conditions: *const bp_condition,
    n: usize,
    out: *mut *mut bp_span_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let list = c.shared(blocks)?;
        let compile = |condition: &bp_condition| {
            let operands = c.items(condition.operands, condition.n, "operands")?;
            Ok((c.name(condition.column)?, c.predicate(condition.op, operands)?))
        };
        let conditions = c.items(conditions, n, "conditions")?.iter().map(compile);
        let conditions = conditions.collect::<Result<Vec<_>, Failure>>()?;
        let conditions: Vec<_> = conditions.iter().map(|(name, it)| (name, it)).collect();
        let set = list.context().scan_blocks_all(list.get()?, &conditions)?;
        out.give(Spans::new(set, list.get()?));
        Ok(BP_OK)
    })
}

/// Scans one column of all blocks of a list, and hands the rows to fn, block by block as they are
/// scanned, and with one thread never holds more than the result of one: batch at a time, fewer in the
/// last call for a block.
///
/// Parameters: as bp_blocks_scan() and bp_column_scanner_stream().
/// Threads: any; fn is called on the thread that calls.
/// Errors: as bp_blocks_scan(), and BP_ERR_STOPPED when fn returns something other than 0, which
/// bp_error_callback_code() tells.
/// Cost: as bp_blocks_scan(), as far as it gets.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_blocks_stream(
    blocks: *const bp_blocks,
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
        let list = c.shared(blocks)?;
        let predicate = c.predicate(op, c.items(operands, n, "operands")?)?;
        let name = c.name(column)?;
        for found in list.context().scan_stream(list.get()?, &name, &predicate) {
            let (block, set) = found?;
            c.hand_out(block, &set, batch, r#fn, ctx)?;
        }
        Ok(BP_OK)
    })
}

/// Lets scans of all blocks of the list (bp_blocks_scan(), bp_blocks_stream()) use up to threads
/// threads, the one that calls among them. Results come in the order of the blocks all the same; of a
/// stream, up to 64 blocks a thread are scanned ahead. Threads pay where a scan takes milliseconds:
/// starting one takes some tens of microseconds, at each scan. What is soon done starts none.
///
/// Parameters: threads, 1 as it is at first; 0 stands for as many as there are processors.
/// Threads: any; scans that are running go on as they began.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_LIMIT.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_blocks_set_scan_threads(
    blocks: *const bp_blocks,
    threads: usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let blocks = c.shared(blocks)?;
        let threads = match threads {
            0 => std::thread::available_parallelism().map_or(1, NonZero::get),
            threads if threads <= MAX_THREADS => threads,
            threads => {
                let message =
                    format!("{threads} threads were asked for; {MAX_THREADS} is the most");
                return Err(Failure::new(BP_ERR_LIMIT, message));
            }
        };
        blocks.context().set_threads(threads);
        Ok(BP_OK)
    })
}
