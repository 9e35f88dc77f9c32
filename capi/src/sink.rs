//! Bytes that the caller writes for the library.

use crate::error::Failure;
use crate::foreign::{Ending, bp_drop_fn};
use crate::guard::Call;
use crate::options::Growing;
use std::ffi::c_void;
use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

/// Appends bytes. Returns 0, or a number of the caller's for a failure.
pub type bp_sink_write_fn =
    Option<unsafe extern "C" fn(ctx: *mut c_void, bytes: *const u8, len: usize) -> i32>;

/// Completes what was written. Returns 0, or a number of the caller's for a failure.
pub type bp_sink_finish_fn = Option<unsafe extern "C" fn(ctx: *mut c_void) -> i32>;

/// How the library writes a file that only the caller can reach. The functions get ctx first; they
/// must not throw, unwind or longjmp, and must not use the writer.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_sink_vtable {
    /// sizeof(bp_sink_vtable).
    pub struct_size: usize,
    /// Appends bytes.
    pub write: bp_sink_write_fn,
    /// Called once by bp_writer_finish(), after all bytes. May be NULL.
    pub finish: bp_sink_finish_fn,
    /// May be NULL.
    pub drop: bp_drop_fn,
}

// SAFETY: `repr(C)`, a size first; all zero bytes are "no function", and what is not zero is a
// function by the header.
unsafe impl Growing for bp_sink_vtable {
    const NAME: &'static str = "bp_sink_vtable";
    const MIN: usize = 32;
}

/// A sink behind the caller's functions.
pub struct CallerSink {
    write: unsafe extern "C" fn(*mut c_void, *const u8, usize) -> i32,
    finish: bp_sink_finish_fn,
    ending: Arc<Ending>,
}

impl Call<'_> {
    /// A sink of the caller's, and what to accept when all went well.
    pub fn sink(
        &self,
        vtable: *const bp_sink_vtable,
        ctx: *mut c_void,
    ) -> Result<(CallerSink, Arc<Ending>), Failure> {
        let vtable = self.options(vtable)?;
        let Some(write) = vtable.write else {
            return Err(Failure::null("bp_sink_vtable.write"));
        };
        let ending = Ending::new(vtable.drop, ctx);
        Ok((CallerSink { write, finish: vtable.finish, ending: ending.clone() }, ending))
    }
}

impl CallerSink {
    /// Tells the caller that all was written.
    pub fn finish(&self) -> io::Result<()> {
        match self.finish {
            // SAFETY: the caller gave function and context together.
            Some(finish) => answer(unsafe { finish(self.ending.ctx()) }),
            None => Ok(()),
        }
    }
}

impl Write for CallerSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // SAFETY: the caller gave function and context together, and the bytes live for the call.
        answer(unsafe { (self.write)(self.ending.ctx(), bytes.as_ptr(), bytes.len()) })?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn answer(code: i32) -> io::Result<()> {
    if code == 0 { Ok(()) } else { Err(io::Error::other(CallbackFailure(code))) }
}

/// The number that a callback returned, on its way through [`io::Error`].
#[derive(Debug)]
pub struct CallbackFailure(pub i32);

impl fmt::Display for CallbackFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the sink returned {}", self.0)
    }
}

impl std::error::Error for CallbackFailure {}
