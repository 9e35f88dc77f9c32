//! What scans did, and what they learned about columns.

use crate::blocks::bp_blocks;
use crate::error::bp_error;
use crate::guard::entry;
use crate::options::Growing;
use crate::predicate::{bp_op, kind_of_op};
use crate::status::*;
use crate::value::bp_str;
use blockpack_engine::scan::{FIRST_GUESS, ScanStats};

/// What scans did so far.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_scan_stats {
    /// sizeof(bp_scan_stats).
    pub struct_size: usize,
    /// Scans of one predicate over one block.
    pub scans: u64,
    /// Rows of the tables that were scanned.
    pub rows_scanned: u64,
    /// Rows that matched.
    pub rows_matched: u64,
    /// Bytes of values, codes, dictionaries and presence that were read.
    pub bytes: u64,
    /// Buffers that had to be allocated or to grow.
    pub buffers_grown: u64,
    /// Of the scans, those that read no value, code or id of any row; dictionaries may have been
    /// searched, and presence copied. Each has one of the reasons below: the last of them that any of
    /// the columns of the name needed. They add up to this.
    pub blocks_pruned: u64,
    /// Zones of the columns that were scanned: up to 64 a block.
    pub zones: u64,
    /// Of these, zones without a match whose values were left out.
    pub zones_pruned: u64,
    /// Scans that read no values because the index of the file, or a filter in it, says that nothing
    /// in the block matches.
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
}

// SAFETY: `repr(C)`, a size first, all integers.
unsafe impl Growing for bp_scan_stats {
    const NAME: &'static str = "bp_scan_stats";
    const MIN: usize = 48;
}

/// How many rows a kind of question to a column matches.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_observation {
    /// sizeof(bp_observation).
    pub struct_size: usize,
    /// Share of rows that matched, from 0 to 1: an average over the scans so far, in which the latest
    /// weighs an eighth; 0.1 if there were none.
    pub selectivity: f64,
    /// Scans that it is from.
    pub scans: u64,
}

// SAFETY: `repr(C)`, a size first, integers and doubles.
unsafe impl Growing for bp_observation {
    const NAME: &'static str = "bp_observation";
    const MIN: usize = 24;
}

/// The statistics as C has them.
pub fn scan_stats(stats: ScanStats) -> bp_scan_stats {
    bp_scan_stats {
        struct_size: 0,
        scans: stats.scans,
        rows_scanned: stats.rows_scanned,
        rows_matched: stats.rows_matched,
        bytes: stats.bytes,
        buffers_grown: stats.buffers_grown,
        blocks_pruned: stats.blocks_pruned(),
        zones: stats.zones,
        zones_pruned: stats.zones_pruned,
        pruned_by_index: stats.pruned.index,
        pruned_no_column: stats.pruned.no_column,
        pruned_by_bounds: stats.pruned.bounds,
        pruned_constant: stats.pruned.constant,
        pruned_by_dictionary: stats.pruned.dictionary,
        pruned_by_zones: stats.pruned.zones,
    }
}

/// Tells what the scans of the list of blocks and of its scanners did so far.
///
/// Parameters: out.struct_size is set by the caller.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_blocks_scan_stats(
    blocks: *const bp_blocks,
    out: *mut bp_scan_stats,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let out = c.growing_out(out)?;
        out.set(&scan_stats(c.shared(blocks)?.context().stats()));
        Ok(BP_OK)
    })
}

/// Tells what share of rows scans of the list and of its scanners matched in a column with operators
/// like op: equal and in-set; not equal and in no set; ranges and lengths; patterns and parts of text;
/// and each of not regex, null and not null. Conditions that are asked together are ordered by it.
///
/// Parameters: column in any accepted spelling, see bp_columns; out.struct_size is set by the caller.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_blocks_observed(
    blocks: *const bp_blocks,
    column: bp_str,
    op: bp_op,
    out: *mut bp_observation,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let out = c.growing_out(out)?;
        let blocks = c.shared(blocks)?;
        let observed = blocks.context().observation(&c.name(column)?, kind_of_op(op)?);
        out.set(&bp_observation {
            struct_size: 0,
            selectivity: observed.as_ref().map_or(FIRST_GUESS, |observed| observed.selectivity),
            scans: observed.as_ref().map_or(0, |observed| observed.scans),
        });
        Ok(BP_OK)
    })
}

/// Sets what bp_blocks_scan_stats() counts to 0, and forgets what bp_blocks_observed() tells.
///
/// Threads: any; scans that are running may count for either.
/// Errors: BP_ERR_NULL_ARGUMENT.
/// Cost: linear in the columns that were scanned.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_blocks_reset_scan_stats(
    blocks: *const bp_blocks,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        c.shared(blocks)?.context().reset();
        Ok(BP_OK)
    })
}
