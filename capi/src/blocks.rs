//! Lists of blocks: what scans, sets, fields and graphs work on.

use crate::error::{Failure, bp_error};
use crate::foreign::bp_drop_fn;
use crate::guard::{Zero, entry, fact, free};
use crate::handle::{BP_HANDLE_BLOCKS, Handle, bp_handle_kind};
use crate::list::{Held, List};
use crate::options::Growing;
use crate::status::*;
use crate::value::{BP_KIND_ABSENT, bp_bytes, bp_kind, bp_str, kind_of};
use blockpack_engine::Blocks;
use blockpack_engine::block::{Block, BlockBytes, ColumnInfo};
use blockpack_engine::scan::ScanContext;
use std::ffi::c_void;
use std::sync::Arc;

/// A list of blocks, of one or several files and builders. Spans are addressed by their block's
/// index in the list and their row in the block.
///
/// Shared by threads. The memory of a block goes when the last handle that holds it is released or
/// freed: lists, scanners, sets, fields and graphs made from the list.
pub struct bp_blocks {
    _opaque: [u8; 0],
}

/// What a `bp_blocks` holds.
pub struct BlockList {
    len: usize,
    spans: u64,
    held: Held,
    /// The list's; it answers after release, too.
    context: Arc<ScanContext>,
}

impl Handle for bp_blocks {
    const KIND: bp_handle_kind = BP_HANDLE_BLOCKS;
    const NAME: &'static str = "bp_blocks";
    type Body = BlockList;
}

impl BlockList {
    /// A handle's body around a new list of `blocks`.
    pub fn new(blocks: Blocks) -> Self {
        BlockList::of(&List::new(blocks))
    }

    /// A handle's body around a list that other handles have, too.
    pub fn of(list: &Arc<List>) -> Self {
        BlockList {
            len: list.len(),
            spans: list.rows(),
            held: Held::new(list),
            context: list.context().clone(),
        }
    }

    /// The list, unless it was released.
    pub fn get(&self) -> Result<&Arc<List>, Failure> {
        self.held.get()
    }

    /// Buffers and statistics of the scans of the list.
    pub fn context(&self) -> &Arc<ScanContext> {
        &self.context
    }
}

/// What a block holds.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_block_info {
    /// sizeof(bp_block_info).
    pub struct_size: usize,
    /// Spans; rows are numbered from 0.
    pub spans: u64,
    /// Traces, or fragments of traces that continue in other blocks.
    pub traces: u64,
    /// Columns, see bp_blocks_columns().
    pub columns: u64,
    /// Earliest start of a span.
    pub min_start_ns: u64,
    /// Latest end of a span.
    pub max_end_ns: u64,
    /// Length of the block.
    pub bytes: u64,
    /// Heap memory that the block holds at present, as in bp_blocks_memory_stats; of a mapped block
    /// little unless its sections are compressed.
    pub heap_bytes: u64,
}

// SAFETY: `repr(C)`, a size first, all integers.
unsafe impl Growing for bp_block_info {
    const NAME: &'static str = "bp_block_info";
    const MIN: usize = 64;
}

/// A column of a block.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_column_info {
    /// Name as a scan takes it, as in "span.http.method" or "span:name".
    pub name: bp_str,
    /// Type of the values, for people, as in "string" or "int[]".
    pub type_name: bp_str,
    /// Kind of the values; BP_KIND_ABSENT if this version does not know it.
    pub kind: bp_kind,
    /// 1 for an attribute, 0 for a property that every span, event and so on has.
    pub is_attribute: u32,
    /// Rows of the column's table that have a value.
    pub present: u64,
    /// Distinct values if the column has a dictionary, else 0.
    pub distinct: u64,
}

// SAFETY: null views and zeroes are valid.
unsafe impl Zero for bp_column_info {}

/// Opens one block as a list, from memory that the caller manages: for storage engines that keep
/// blocks in files of their own.
///
/// Parameters: bytes as bp_blocks_bytes() gave them. Without drop they are copied; otherwise they
/// are used in place if their alignment is 8 or better (64 is best), else copied too.
/// Ownership: the caller frees the list. With drop, the bytes must stay as they are until drop(ctx) is
/// called: once, on any thread, when the last handle that uses them ends. If this call fails drop is
/// not called.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_NOT_BLOCKPACK,
/// BP_ERR_FORMAT_VERSION, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: reads the block's directory.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_blocks_open_memory(
    bytes: bp_bytes,
    drop: bp_drop_fn,
    ctx: *mut c_void,
    out: *mut *mut bp_blocks,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let (bytes, ending) = c.lend(bytes, drop, ctx)?;
        let block = Block::open(BlockBytes::Whole(bytes))?;
        ending.accept();
        out.give(BlockList::new(Blocks::new([Arc::new(block)])));
        Ok(BP_OK)
    })
}

/// Joins lists into a new one: blocks of several files and builders, in the order of the lists.
///
/// Parameters: n lists.
/// Ownership: the caller frees the new list; the given ones stay.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED.
/// Cost: linear in the blocks; nothing is read.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_blocks_join(
    lists: *const *const bp_blocks,
    n: usize,
    out: *mut *mut bp_blocks,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let lists = c.items(lists, n, "lists")?.iter();
        let lists = lists.map(|&list| Ok(c.shared(list)?.get()?.clone()));
        let lists = lists.collect::<Result<Vec<_>, Failure>>()?;
        out.give(BlockList::new(Blocks::join(lists.iter().map(|list| &***list))));
        Ok(BP_OK)
    })
}

/// Counts the blocks of the list; also after release.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_blocks_len(blocks: *const bp_blocks) -> usize {
    fact!(0, |c| Ok(c.shared(blocks)?.len))
}

/// Counts the spans of all blocks of the list; also after release.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_blocks_span_count(blocks: *const bp_blocks) -> u64 {
    fact!(0, |c| Ok(c.shared(blocks)?.spans))
}

/// Sums up the heap memory in bytes that the blocks of the list hold at present; 0 after release.
/// Pages of a mapped file are not heap memory.
///
/// Threads: any.
/// Cost: linear in the blocks of the list.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_blocks_bytes_held(blocks: *const bp_blocks) -> u64 {
    fact!(0, |c| Ok(c.shared(blocks)?.get()?.heap_bytes()))
}

/// Tells what block index of the list holds.
///
/// Parameters: out.struct_size is set by the caller.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_blocks_info(
    blocks: *const bp_blocks,
    index: usize,
    out: *mut bp_block_info,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let out = c.growing_out(out)?;
        let blocks = c.shared(blocks)?;
        let block = blocks.get()?.get(index)?;
        out.set(&bp_block_info {
            struct_size: 0,
            spans: u64::from(block.rows()),
            traces: u64::from(block.trace_count()),
            columns: u64::from(block.column_count()),
            min_start_ns: block.min_start_ns(),
            max_end_ns: block.max_end_ns(),
            bytes: block.bytes().len(),
            heap_bytes: block.heap_bytes(),
        });
        Ok(BP_OK)
    })
}

/// Gives the bytes of block index of the list, for storage engines that keep blocks in files of
/// their own; bp_blocks_open_memory() opens them again.
///
/// Valid until: release or free of blocks.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED, BP_ERR_UNSUPPORTED if
/// the block is fetched in pieces.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_blocks_bytes(
    blocks: *const bp_blocks,
    index: usize,
    out: *mut bp_bytes,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let blocks = c.shared(blocks)?;
        match blocks.get()?.get(index)?.bytes() {
            BlockBytes::Whole(bytes) => out.set(bp_bytes::view(bytes)),
            BlockBytes::Remote(..) => {
                let message = "the block is fetched in pieces; open the file with a map or copy";
                return Err(Failure::new(BP_ERR_UNSUPPORTED, message));
            }
        }
        Ok(BP_OK)
    })
}

/// Lists the columns of block index of the list, from column first on. One name may have a
/// column for each type of its values.
///
/// Parameters: out has room for cap columns.
/// Valid until: release or free of blocks.
/// Threads: any.
/// Errors: BP_DONE when there is no column first, BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT,
/// BP_ERR_RELEASED.
/// Cost: linear in the columns given.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_blocks_columns(
    blocks: *const bp_blocks,
    index: usize,
    first: usize,
    out: *mut bp_column_info,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out_count], |c, out_count| {
        let blocks = c.shared(blocks)?;
        let block = blocks.get()?.get(index)?;
        let mut out = c.out_array(out, cap)?;
        for info in block.columns().skip(first).take(cap) {
            out.put(column_info(&info));
        }
        out_count.set(out.filled());
        Ok(if out.filled() == 0 && cap > 0 { BP_DONE } else { BP_OK })
    })
}

fn column_info(info: &ColumnInfo<'_>) -> bp_column_info {
    bp_column_info {
        name: bp_str::view(info.name),
        type_name: bp_str::view(info.value_type.map_or("", |t| t.name()).as_bytes()),
        kind: info.value_type.map_or(BP_KIND_ABSENT, kind_of),
        is_attribute: u32::from(info.attribute),
        present: u64::from(info.entry.present),
        distinct: u64::from(info.entry.distinct),
    }
}

/// Gives back the blocks that this handle holds. Doing so again does nothing.
///
/// Threads: any, while no other call on blocks is running.
/// Cost: constant, and what it takes to free what nobody else holds.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_blocks_release(blocks: *mut bp_blocks) {
    fact!((), |c| {
        c.exclusive(blocks)?.held.release();
        Ok(())
    })
}

/// Tells whether the list was released.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_blocks_is_released(blocks: *const bp_blocks) -> bool {
    fact!(false, |c| Ok(c.shared(blocks)?.held.is_released()))
}

/// Frees the list. NULL is allowed.
///
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_blocks_free(blocks: *mut bp_blocks) {
    free!(blocks)
}
