//! What memory the library holds, and giving back what it keeps for later.

use crate::blocks::bp_blocks;
use crate::error::bp_error;
use crate::guard::{entry, fact};
use crate::handle::BP_HANDLE_ANY;
use crate::options::Growing;
use crate::status::*;
use crate::{slots, tally};
use blockpack_engine::{bytes, graph};

/// What memory the library holds in this process.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_memory_stats {
    /// sizeof(bp_memory_stats).
    pub struct_size: usize,
    /// Heap memory of blocks, as bp_bytes_held() tells.
    pub heap_bytes: u64,
    /// The most that it was since the process began, or since bp_memory_reset_peak().
    pub peak_heap_bytes: u64,
    /// Files that are mapped at present, in memory or not.
    pub mapped_bytes: u64,
    /// Handles that are alive, as bp_live_handles() tells.
    pub handles: u64,
    /// Handles that were ever made.
    pub handles_made: u64,
    /// How many of these needed memory that was not there, from a handle freed before.
    pub handles_grown: u64,
    /// Memory of handles, alive or kept for the next ones. Large ones are not counted: writers,
    /// builders and readers.
    pub handle_bytes: u64,
    /// Memory that is kept for joining the traces of the next list of blocks, 8 MiB at most.
    pub pooled_bytes: u64,
    /// How often such memory was needed: when spans of a list were first related, and graphs first
    /// built.
    pub pool_taken: u64,
    /// How often of these it had to be allocated or to grow.
    pub pool_grown: u64,
}

// SAFETY: `repr(C)`, a size first, all integers.
unsafe impl Growing for bp_memory_stats {
    const NAME: &'static str = "bp_memory_stats";
    const MIN: usize = 64;
}

/// What memory a list of blocks holds.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_blocks_memory_stats {
    /// sizeof(bp_blocks_memory_stats).
    pub struct_size: usize,
    /// Heap memory: blocks that were built or copied, what was fetched or decoded of others, and what
    /// they keep to find events, links and nested-set numbers faster.
    pub heap_bytes: u64,
    /// Blocks of mapped files, in memory or not.
    pub mapped_bytes: u64,
    /// Buffers of scans and arrays of graphs that are kept for the next ones.
    pub pooled_bytes: u64,
    /// How often such buffers and arrays were needed.
    pub pool_taken: u64,
    /// How often of these they had to be allocated or to grow.
    pub pool_grown: u64,
}

// SAFETY: `repr(C)`, a size first, all integers.
unsafe impl Growing for bp_blocks_memory_stats {
    const NAME: &'static str = "bp_blocks_memory_stats";
    const MIN: usize = 32;
}

/// Tells what memory the library holds in this process.
///
/// Parameters: out.struct_size is set by the caller.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
/// Cost: linear in the threads that used the library at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_memory(
    out: *mut bp_memory_stats,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let joins = graph::join_pool_stats();
        c.growing_out(out)?.set(&bp_memory_stats {
            struct_size: 0,
            heap_bytes: bytes::bytes_held(),
            peak_heap_bytes: bytes::peak_bytes_held(),
            mapped_bytes: bytes::bytes_mapped(),
            handles: tally::live(BP_HANDLE_ANY),
            handles_made: tally::made(BP_HANDLE_ANY),
            handles_grown: slots::allocated(),
            handle_bytes: slots::present() * slots::SIZE as u64,
            pooled_bytes: joins.idle_bytes,
            pool_taken: joins.taken,
            pool_grown: joins.grown,
        });
        Ok(BP_OK)
    })
}

/// Lets the peak of bp_memory() begin anew, from what is held at present.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn bp_memory_reset_peak() {
    bytes::reset_peak_bytes_held();
}

/// Gives memory that is kept for later back to the system: that for joining traces, and that of freed
/// handles: what all threads share and what the calling thread keeps at once, what another thread
/// keeps when it next makes or frees a handle, or ends. What lists keep is for bp_blocks_trim().
///
/// Threads: any.
/// Cost: linear in the memory kept.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn bp_memory_trim() {
    fact!((), |_c| {
        slots::trim();
        graph::trim_join_pool();
        Ok(())
    })
}

/// Tells what memory a list of blocks holds. Blocks that other lists have, too, count in each.
///
/// Parameters: out.struct_size is set by the caller.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED.
/// Cost: linear in the blocks of the list.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_blocks_memory(
    blocks: *const bp_blocks,
    out: *mut bp_blocks_memory_stats,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let out = c.growing_out(out)?;
        let blocks = c.shared(blocks)?;
        let list = blocks.get()?;
        let pool = list.pool_stats();
        out.set(&bp_blocks_memory_stats {
            struct_size: 0,
            heap_bytes: list.heap_bytes(),
            mapped_bytes: list.mapped_bytes(),
            pooled_bytes: pool.idle_bytes,
            pool_taken: pool.taken,
            pool_grown: pool.grown,
        });
        Ok(BP_OK)
    })
}

/// Gives the buffers of scans and the arrays of graphs back to the system that the list keeps for the
/// next ones; after release, the buffers alone.
///
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT.
/// Cost: linear in what is kept.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_blocks_trim(
    blocks: *const bp_blocks,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let blocks = c.shared(blocks)?;
        match blocks.get() {
            Ok(list) => list.trim(),
            Err(_) => blocks.context().pool().trim(),
        }
        Ok(BP_OK)
    })
}
