//! The error object that explains a status.

use crate::guard::{fact, free};
use crate::handle::{BP_HANDLE_ERROR, Handle, bp_handle_kind};
use crate::sink::CallbackFailure;
use crate::status::*;
use crate::value::bp_str;
use std::borrow::Cow;
use std::io;

/// What an export reports instead of an answer.
#[derive(Debug)]
pub struct Failure {
    status: bp_status,
    message: Cow<'static, str>,
    position: Option<u64>,
    retriable: bool,
    callback_code: i32,
}

/// What an export's body gives back: one of the answers below `BP_ERR_FIRST`, or why not.
pub type Answer = Result<bp_status, Failure>;

impl Failure {
    /// A failure with `status`; the message says what was found and what to do.
    #[cold]
    pub fn new(status: bp_status, message: impl Into<Cow<'static, str>>) -> Self {
        let retriable = status == BP_ERR_BUSY;
        Failure { status, message: message.into(), position: None, retriable, callback_code: 0 }
    }

    /// An argument outside what the function accepts.
    #[cold]
    pub fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Failure::new(BP_ERR_INVALID_ARGUMENT, message)
    }

    /// `what` is NULL and must not be.
    #[cold]
    pub fn null(what: &'static str) -> Self {
        Failure::new(BP_ERR_NULL_ARGUMENT, format!("{what} is NULL"))
    }

    /// A callback of the caller asked to stop, with this number.
    #[cold]
    pub fn stopped(code: i32) -> Self {
        let message = format!("the callback asked to stop with {code}");
        Failure { callback_code: code, ..Failure::new(BP_ERR_STOPPED, message) }
    }

    /// The status to return.
    pub fn status(&self) -> bp_status {
        self.status
    }
}

impl From<blockpack_engine::Error> for Failure {
    #[cold]
    fn from(error: blockpack_engine::Error) -> Self {
        let io = std::error::Error::source(&error).and_then(|e| e.downcast_ref::<io::Error>());
        let retriable = io.is_some_and(|e| {
            use io::ErrorKind::{Interrupted, ResourceBusy, TimedOut, WouldBlock};
            matches!(e.kind(), Interrupted | ResourceBusy | TimedOut | WouldBlock)
        });
        // A sink's number travels inside of an I/O error, that of a source in the engine's own.
        let of_sink = io.and_then(|e| e.get_ref()?.downcast_ref::<CallbackFailure>());
        Failure {
            status: of_sink.map_or(of_kind(error.kind()), |_| BP_ERR_CALLBACK),
            message: error.message().to_owned().into(),
            position: error.position(),
            retriable,
            callback_code: of_sink.map_or(error.callback_code(), |failure| failure.0),
        }
    }
}

/// Why a call failed. Immutable; made by a failing call that was given an err, owned by the caller.
pub struct bp_error {
    _opaque: [u8; 0],
}

impl Handle for bp_error {
    const KIND: bp_handle_kind = BP_HANDLE_ERROR;
    const NAME: &'static str = "bp_error";
    type Body = Failure;
}

/// Tells the status that the failing call returned.
///
/// Parameters: err may be NULL, which answers BP_OK.
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_error_status(err: *const bp_error) -> bp_status {
    if err.is_null() {
        return BP_OK;
    }
    fact!(BP_ERR_BAD_HANDLE, |c| Ok(c.shared(err)?.status))
}

/// Tells what went wrong, where, and what to do, for people.
///
/// Parameters: err may be NULL, which answers an empty text.
/// Valid until: free of err.
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_error_message(err: *const bp_error) -> bp_str {
    fact!(bp_str::EMPTY, |c| Ok(bp_str::view(c.shared(err)?.message.as_bytes())))
}

/// Tells the byte position in the OTLP bytes, query text or file where the error was found.
/// Answers false and 0 when there is none.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_error_position(err: *const bp_error, out_offset: *mut u64) -> bool {
    fact!(false, |c| {
        let out = c.out(out_offset)?;
        let position = c.shared(err)?.position;
        out.set(position.unwrap_or(0));
        Ok(position.is_some())
    })
}

/// Tells whether the same call may succeed later without anything being changed.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_error_is_retriable(err: *const bp_error) -> bool {
    fact!(false, |c| Ok(c.shared(err)?.retriable))
}

/// Tells the number that the caller's callback returned, after BP_ERR_CALLBACK and BP_ERR_STOPPED.
/// 0 after any other status.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_error_callback_code(err: *const bp_error) -> i32 {
    fact!(0, |c| Ok(c.shared(err)?.callback_code))
}

/// Frees an error. NULL is allowed.
///
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_error_free(err: *mut bp_error) {
    free!(err)
}
