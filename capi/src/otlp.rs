//! Spans as OTLP again.

use crate::error::{Failure, bp_error};
use crate::guard::{entry, fact, free};
use crate::handle::{BP_HANDLE_BUFFER, Handle, bp_handle_kind};
use crate::span_set::bp_span_set;
use crate::status::*;
use crate::value::bp_bytes;
use blockpack_engine::otlp::traces_to_json;

/// Bytes that the library made for the caller. Owns them and holds no blocks. Immutable, shared by
/// threads.
pub struct bp_buffer {
    _opaque: [u8; 0],
}

impl Handle for bp_buffer {
    const KIND: bp_handle_kind = BP_HANDLE_BUFFER;
    const NAME: &'static str = "bp_buffer";
    type Body = Vec<u8>;
}

/// How OTLP is written.
pub type bp_otlp_format = u32;

/// Protobuf: a TracesData message, whose bytes are also those of an ExportTraceServiceRequest. Such
/// messages one behind the other are again one.
pub const BP_OTLP_PROTOBUF: bp_otlp_format = 0;
/// OTLP/JSON: the same as one line of text, without the line break. Text that is not UTF-8 gets U+FFFD
/// in the bad places, and what only later versions of OTLP know is left out.
pub const BP_OTLP_JSON: bp_otlp_format = 1;

/// Gives spans as OTLP: all that was sent of each, with its resource and its scope. Which request a span
/// came in is not kept. With bp_reader_trace() it gives a whole trace, to a viewer or to another store.
///
/// Parameters: format is one of BP_OTLP_...
/// Ownership: the caller frees the buffer, which needs neither set nor blocks.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED, BP_ERR_IO,
/// BP_ERR_SHORT_READ, BP_ERR_CALLBACK, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: linear in what the spans hold, in time and memory; reads all columns of their blocks.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_set_otlp(
    set: *const bp_span_set,
    format: bp_otlp_format,
    out: *mut *mut bp_buffer,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let spans = c.shared(set)?;
        let message = || spans.set().to_otlp(spans.blocks()?).map_err(Failure::from);
        out.give(match format {
            BP_OTLP_PROTOBUF => message()?,
            BP_OTLP_JSON => {
                let mut json = Vec::new();
                traces_to_json(&message()?, &mut json)?;
                json
            }
            _ => return Err(Failure::invalid(format!("there is no OTLP format {format}"))),
        });
        Ok(BP_OK)
    })
}

/// Gives the bytes.
///
/// Valid until: free of buffer.
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_buffer_bytes(buffer: *const bp_buffer) -> bp_bytes {
    fact!(bp_bytes::view(b""), |c| Ok(bp_bytes::view(&c.shared(buffer)?)))
}

/// Frees the buffer. NULL is allowed.
///
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_buffer_free(buffer: *mut bp_buffer) {
    free!(buffer)
}
