//! Building blocks in memory.

use crate::blocks::{BlockList, bp_blocks};
use crate::error::{Failure, bp_error};
use crate::guard::{entry, fact, free};
use crate::handle::{BP_HANDLE_BUILDER, Handle, bp_handle_kind};
use crate::input;
use crate::options::Growing;
use crate::status::*;
use crate::value::bp_bytes;
use blockpack_engine::Blocks;
use blockpack_engine::block::build::{BlockOptions, Profile, SpanBuffer, build_block};
use blockpack_engine::block::{Block, BlockBytes};
use blockpack_engine::bytes::Bytes;
use blockpack_engine::otlp::decode_traces;
use std::sync::Arc;

/// Makes blocks in memory of OTLP bytes, to be queried at once or kept elsewhere.
///
/// For one thread at a time.
pub struct bp_builder {
    _opaque: [u8; 0],
}

/// What a `bp_builder` holds.
pub struct Builder {
    spans: SpanBuffer,
    options: BlockOptions,
}

impl Handle for bp_builder {
    const KIND: bp_handle_kind = BP_HANDLE_BUILDER;
    const NAME: &'static str = "bp_builder";
    type Body = Builder;
}

/// How sections are stored: scanned in place, only long text compressed. The default.
pub const BP_PROFILE_HOT: u32 = 0;
/// How sections are stored: compressed, decoded once when they are first touched.
pub const BP_PROFILE_ARCHIVE: u32 = 1;

/// How blocks are cut and stored. Zero is the default of every member.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_block_options {
    /// sizeof(bp_block_options).
    pub struct_size: usize,
    /// Encoded OTLP bytes in a block, at most; 64 MiB if 0.
    pub max_bytes: u64,
    /// Spans in a block, at most; only a larger trace makes a larger block. 32,768 if 0.
    pub max_spans: u32,
    /// Attribute columns in a block, at most; what exceeds them is kept, and slow to query. 1,024 if 0.
    pub max_attribute_columns: u32,
    /// BP_PROFILE_...
    pub profile: u32,
    /// 0.
    pub reserved: u32,
}

// SAFETY: `repr(C)`, a size first, all integers.
unsafe impl Growing for bp_block_options {
    const NAME: &'static str = "bp_block_options";
    const MIN: usize = 32;
}

/// The members of `bp_block_options` in the engine's words.
pub fn block_options(
    max_spans: u32,
    max_bytes: u64,
    max_attribute_columns: u32,
    profile: u32,
) -> Result<BlockOptions, Failure> {
    let default = BlockOptions::default();
    let or = |value: u32, default: usize| if value == 0 { default } else { value as usize };
    Ok(BlockOptions {
        max_rows: or(max_spans, default.max_rows),
        max_bytes: if max_bytes == 0 { default.max_bytes } else { max_bytes },
        max_attribute_columns: or(max_attribute_columns, default.max_attribute_columns),
        profile: match profile {
            BP_PROFILE_HOT => Profile::Hot,
            BP_PROFILE_ARCHIVE => Profile::Archive,
            other => return Err(Failure::invalid(format!("there is no profile {other}"))),
        },
    })
}

impl Builder {
    /// Blocks of all spans that wait; then none wait.
    fn build(&mut self) -> Result<BlockList, Failure> {
        let mut list = Vec::new();
        for plan in self.spans.plan_blocks(&self.options) {
            let built = build_block(&self.spans, &plan, &self.options)?;
            let block = Block::open(BlockBytes::Whole(Bytes::from_aligned(built.bytes)))?;
            list.push(Arc::new(block));
        }
        self.spans.clear();
        Ok(BlockList::new(Blocks::new(list)))
    }
}

/// Makes a builder.
///
/// Parameters: options may be NULL.
/// Ownership: the caller frees the builder.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_builder_new(
    options: *const bp_block_options,
    out: *mut *mut bp_builder,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let o = c.options(options)?;
        let options = block_options(o.max_spans, o.max_bytes, o.max_attribute_columns, o.profile)?;
        out.give(Builder { spans: SpanBuffer::default(), options });
        Ok(BP_OK)
    })
}

/// Adds the spans of one OTLP message in protobuf: TracesData or ExportTraceServiceRequest.
/// All of them, or none if the call fails.
///
/// Ownership: the message is copied.
/// Threads: one at a time.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_OTLP with the position, BP_ERR_DEPTH, BP_ERR_LIMIT.
/// Cost: linear in the message.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_builder_add_otlp(
    builder: *mut bp_builder,
    message: bp_bytes,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let mut builder = c.exclusive(builder)?;
        decode_traces(c.bytes(message, "message")?, &mut builder.spans)?;
        Ok(BP_OK)
    })
}

/// Adds the spans of an input in any encoding of OTLP traces that the library reads: protobuf (one
/// message, or many each after its length as a varint), JSON (one object or one a line), plain or
/// compressed with gzip or zstd. Which one is told by the first bytes.
///
/// Ownership: the input is copied.
/// Threads: one at a time.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_OTLP with the position, BP_ERR_UNSUPPORTED, BP_ERR_DEPTH,
/// BP_ERR_LIMIT. The records in front of one that fails are added.
/// Cost: linear in the input.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_builder_add_input(
    builder: *mut bp_builder,
    input: bp_bytes,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let mut builder = c.exclusive(builder)?;
        let spans = &mut builder.spans;
        input::add_bytes(c.bytes(input, "input")?, |message| {
            decode_traces(message, spans).map(drop)
        })?;
        Ok(BP_OK)
    })
}

/// Counts the spans that were added and are in no block yet.
///
/// Threads: one at a time.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_builder_span_count(builder: *const bp_builder) -> u64 {
    fact!(0, |c| Ok(c.shared(builder)?.spans.span_count() as u64))
}

/// Makes blocks of the spans that were added, and empties the builder for further ones.
/// No spans give an empty list. bp_blocks_join() puts lists together.
///
/// Ownership: the caller frees the list, which does not need the builder any more.
/// Threads: one at a time.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_LIMIT; then the spans are still there.
/// Cost: decodes every span once.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_builder_blocks(
    builder: *mut bp_builder,
    out: *mut *mut bp_blocks,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        out.give(c.exclusive(builder)?.build()?);
        Ok(BP_OK)
    })
}

/// Frees a builder, with what was added and is in no block. NULL is allowed.
///
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_builder_free(builder: *mut bp_builder) {
    free!(builder)
}
