//! Status codes: what every function that can fail returns.

use blockpack_engine::ErrorKind;
use std::ffi::{CStr, c_char};

/// Result of a call. 0 to 15 are answers, from 16 on errors, in groups of 16: caller, input and
/// output, data, query, run, bugs. The numbers are frozen.
pub type bp_status = i32;

/// Done as asked.
pub const BP_OK: bp_status = 0;
/// A cursor is at its end; it stays there.
pub const BP_DONE: bp_status = 1;
/// There is no such field, column or trace.
pub const BP_ABSENT: bp_status = 2;
/// The first error; everything below is an answer.
pub const BP_ERR_FIRST: bp_status = 16;
/// A pointer that must not be NULL is NULL.
pub const BP_ERR_NULL_ARGUMENT: bp_status = 16;
/// An argument is outside what the function accepts.
pub const BP_ERR_INVALID_ARGUMENT: bp_status = 17;
/// The handle is of another kind, or was freed (the latter is seen in checked builds).
pub const BP_ERR_BAD_HANDLE: bp_status = 18;
/// A handle for one thread at a time was entered twice.
pub const BP_ERR_BUSY: bp_status = 19;
/// The handle was released.
pub const BP_ERR_RELEASED: bp_status = 20;
/// Not allowed in the handle's present state, as adding after finish.
pub const BP_ERR_STATE: bp_status = 21;
/// The operating system reported a failure.
pub const BP_ERR_IO: bp_status = 32;
/// A source gave fewer bytes than asked for.
pub const BP_ERR_SHORT_READ: bp_status = 33;
/// A callback of the caller reported a failure; bp_error_callback_code() tells its number.
pub const BP_ERR_CALLBACK: bp_status = 34;
/// The bytes are not a block file.
pub const BP_ERR_NOT_BLOCKPACK: bp_status = 48;
/// The file needs a newer library.
pub const BP_ERR_FORMAT_VERSION: bp_status = 49;
/// The file contradicts itself.
pub const BP_ERR_CORRUPT: bp_status = 50;
/// A section does not match its checksum.
pub const BP_ERR_CHECKSUM: bp_status = 51;
/// The bytes are not valid OTLP; bp_error_position() tells where.
pub const BP_ERR_OTLP: bp_status = 52;
/// A query, name or literal cannot be parsed; bp_error_position() tells where.
pub const BP_ERR_PARSE: bp_status = 64;
/// Valid, but not something this version can do.
pub const BP_ERR_UNSUPPORTED: bp_status = 65;
/// Types do not fit together.
pub const BP_ERR_TYPE: bp_status = 66;
/// Cancelled through a bp_cancel.
pub const BP_ERR_CANCELLED: bp_status = 80;
/// A callback asked to stop; bp_error_callback_code() tells its number.
pub const BP_ERR_STOPPED: bp_status = 81;
/// A memory or time budget was exceeded.
pub const BP_ERR_BUDGET: bp_status = 82;
/// A fixed limit was exceeded.
pub const BP_ERR_LIMIT: bp_status = 83;
/// Nesting is deeper than allowed.
pub const BP_ERR_DEPTH: bp_status = 84;
/// A bug in this library was caught at its boundary. The handle answers BP_ERR_POISONED from now on.
pub const BP_ERR_PANIC: bp_status = 96;
/// An earlier call on this handle ended in BP_ERR_PANIC; the message is that call's.
pub const BP_ERR_POISONED: bp_status = 97;

/// The status of an engine error.
pub fn of_kind(kind: ErrorKind) -> bp_status {
    match kind {
        ErrorKind::InvalidArgument => BP_ERR_INVALID_ARGUMENT,
        ErrorKind::Released => BP_ERR_RELEASED,
        ErrorKind::State => BP_ERR_STATE,
        ErrorKind::Io => BP_ERR_IO,
        ErrorKind::ShortRead => BP_ERR_SHORT_READ,
        ErrorKind::Callback => BP_ERR_CALLBACK,
        ErrorKind::NotBlockpack => BP_ERR_NOT_BLOCKPACK,
        ErrorKind::FormatVersion => BP_ERR_FORMAT_VERSION,
        ErrorKind::Corrupt => BP_ERR_CORRUPT,
        ErrorKind::Checksum => BP_ERR_CHECKSUM,
        ErrorKind::Otlp => BP_ERR_OTLP,
        ErrorKind::Parse => BP_ERR_PARSE,
        ErrorKind::Type => BP_ERR_TYPE,
        ErrorKind::Unsupported => BP_ERR_UNSUPPORTED,
        ErrorKind::Cancelled => BP_ERR_CANCELLED,
        ErrorKind::Stopped => BP_ERR_STOPPED,
        ErrorKind::Budget => BP_ERR_BUDGET,
        ErrorKind::Limit => BP_ERR_LIMIT,
        ErrorKind::Depth => BP_ERR_DEPTH,
    }
}

/// The name of a status as the header spells it.
fn name(status: bp_status) -> &'static CStr {
    match status {
        BP_OK => c"BP_OK",
        BP_DONE => c"BP_DONE",
        BP_ABSENT => c"BP_ABSENT",
        BP_ERR_NULL_ARGUMENT => c"BP_ERR_NULL_ARGUMENT",
        BP_ERR_INVALID_ARGUMENT => c"BP_ERR_INVALID_ARGUMENT",
        BP_ERR_BAD_HANDLE => c"BP_ERR_BAD_HANDLE",
        BP_ERR_BUSY => c"BP_ERR_BUSY",
        BP_ERR_RELEASED => c"BP_ERR_RELEASED",
        BP_ERR_STATE => c"BP_ERR_STATE",
        BP_ERR_IO => c"BP_ERR_IO",
        BP_ERR_SHORT_READ => c"BP_ERR_SHORT_READ",
        BP_ERR_CALLBACK => c"BP_ERR_CALLBACK",
        BP_ERR_NOT_BLOCKPACK => c"BP_ERR_NOT_BLOCKPACK",
        BP_ERR_FORMAT_VERSION => c"BP_ERR_FORMAT_VERSION",
        BP_ERR_CORRUPT => c"BP_ERR_CORRUPT",
        BP_ERR_CHECKSUM => c"BP_ERR_CHECKSUM",
        BP_ERR_OTLP => c"BP_ERR_OTLP",
        BP_ERR_PARSE => c"BP_ERR_PARSE",
        BP_ERR_UNSUPPORTED => c"BP_ERR_UNSUPPORTED",
        BP_ERR_TYPE => c"BP_ERR_TYPE",
        BP_ERR_CANCELLED => c"BP_ERR_CANCELLED",
        BP_ERR_STOPPED => c"BP_ERR_STOPPED",
        BP_ERR_BUDGET => c"BP_ERR_BUDGET",
        BP_ERR_LIMIT => c"BP_ERR_LIMIT",
        BP_ERR_DEPTH => c"BP_ERR_DEPTH",
        BP_ERR_PANIC => c"BP_ERR_PANIC",
        BP_ERR_POISONED => c"BP_ERR_POISONED",
        _ => c"BP_UNKNOWN",
    }
}

/// Names a status, as in "BP_ERR_IO"; "BP_UNKNOWN" for a number that is none.
///
/// Valid until: the library is unloaded.
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn bp_status_name(status: bp_status) -> *const c_char {
    name(status).as_ptr()
}
