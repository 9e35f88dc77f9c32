//! Building blocks from OTLP.
//!
//! ```text
//! OTLP bytes -> SpanBuffer -> plan (which traces go into which block)
//!                          -> Rows (columns, filled in final row order)
//!                          -> encode (layouts, encodings, sections) -> bytes of a block
//! ```
//!
//! Blocks of one buffer do not depend on each other: [`build_block`] may run for several plans at
//! once.

mod buffer;
mod columns;
mod encode;
mod interner;
pub mod order;
mod rows;
mod sections;
mod zones;

pub use buffer::{BlockPlan, SpanBuffer};
pub use sections::Profile;

use crate::block::{Block, BlockBytes};
use crate::bytes::{AlignedBuf, Bytes};
use crate::error::Result;

/// How blocks are cut and stored.
#[derive(Clone, Copy, Debug)]
pub struct BlockOptions {
    /// Spans in a block, at most; only a larger trace makes a larger block. The default is 32,768:
    /// half of that costs 4 % more bytes, double saves 1 %, and more than 65,536 double the width
    /// of row numbers.
    pub max_rows: usize,
    /// Encoded OTLP bytes in a block, at most; likewise.
    pub max_bytes: u64,
    /// How sections are stored.
    pub profile: Profile,
    /// Attribute columns of a block, at most; further keys go to the residual table, where queries
    /// find them too, but slowly.
    pub max_attribute_columns: usize,
}

impl Default for BlockOptions {
    fn default() -> Self {
        BlockOptions {
            max_rows: 32_768,
            max_bytes: 64 << 20,
            profile: Profile::Hot,
            max_attribute_columns: 1_024,
        }
    }
}

/// A block that was just built.
pub struct BuiltBlock {
    /// Its bytes.
    pub bytes: AlignedBuf,
    /// Spans in it.
    pub rows: u32,
    /// Earliest start of a span, nanoseconds since the epoch.
    pub min_start_ns: u64,
    /// Latest end of a span, nanoseconds since the epoch.
    pub max_end_ns: u64,
    /// Ids of its traces, in the order of the trace table.
    pub trace_ids: Vec<Box<[u8]>>,
}

impl BuiltBlock {
    /// Opens the block; its bytes are not copied.
    pub fn open(self) -> Result<Block> {
        Block::open(BlockBytes::Whole(Bytes::from_aligned(self.bytes)))
    }
}

impl SpanBuffer {
    /// The blocks that the buffered spans make.
    pub fn plan_blocks(&self, options: &BlockOptions) -> Vec<BlockPlan> {
        self.plan(options.max_rows, options.max_bytes)
    }
}

/// Builds one block of `plan`, a plan of this `buffer`.
pub fn build_block(
    buffer: &SpanBuffer,
    plan: &BlockPlan,
    options: &BlockOptions,
) -> Result<BuiltBlock> {
    let rows = rows::Rows::fill(buffer, plan, options.max_attribute_columns)?;
    Ok(BuiltBlock {
        bytes: encode::encode(&rows, options.profile)?,
        rows: rows.counts[crate::block::Table::Span as usize],
        min_start_ns: rows.min_start,
        max_end_ns: rows.max_end,
        trace_ids: rows.trace_ids,
    })
}
