//! Bytes that the caller reads for the library, as from object storage.

use crate::error::Failure;
use crate::foreign::{Ending, bp_drop_fn};
use crate::guard::Call;
use crate::options::Growing;
use blockpack_engine::file::source::{ReadRange, Source};
use blockpack_engine::{Error, ErrorKind};
use std::ffi::c_void;
use std::sync::Arc;

/// Bytes that a source is asked for, and where they go.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_range {
    /// Where they start in the source.
    pub offset: u64,
    /// How many there are.
    pub len: usize,
    /// Memory of the library's to be filled.
    pub dst: *mut u8,
    /// 0 in this version.
    pub hint: u32,
    /// 0.
    pub reserved: u32,
}

/// Tells the length of a source in bytes. Returns 0, or a number of the caller's for a failure.
pub type bp_source_size_fn =
    Option<unsafe extern "C" fn(ctx: *mut c_void, out_size: *mut u64) -> i32>;

/// Fills every range, or fails: returns 0, or a number of the caller's. Several threads may be in
/// it at once. The ranges of one call are meant to be fetched at once.
pub type bp_source_read_fn =
    Option<unsafe extern "C" fn(ctx: *mut c_void, ranges: *const bp_range, count: usize) -> i32>;

/// How the library reads a file that only the caller can reach. The functions get ctx first; they
/// must not throw, unwind or longjmp, and must not use the handle that is being opened.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_source_vtable {
    /// sizeof(bp_source_vtable).
    pub struct_size: usize,
    /// Tells the length of the file; it must not change.
    pub size: bp_source_size_fn,
    /// Reads.
    pub read: bp_source_read_fn,
    /// May be NULL.
    pub drop: bp_drop_fn,
}

// SAFETY: `repr(C)`, a size first; all zero bytes are "no function", and what is not zero is a
// function by the header.
unsafe impl Growing for bp_source_vtable {
    const NAME: &'static str = "bp_source_vtable";
    const MIN: usize = 32;
}

/// A source behind the caller's functions.
pub struct CallerSource {
    read: unsafe extern "C" fn(*mut c_void, *const bp_range, usize) -> i32,
    ending: Arc<Ending>,
    len: u64,
}

impl Call<'_> {
    /// A source of the caller's, whose length is asked at once, and what to accept when all went
    /// well.
    pub fn source(
        &self,
        vtable: *const bp_source_vtable,
        ctx: *mut c_void,
    ) -> Result<(CallerSource, Arc<Ending>), Failure> {
        let vtable = self.options(vtable)?;
        let (Some(size), Some(read)) = (vtable.size, vtable.read) else {
            return Err(Failure::null("bp_source_vtable.size or read"));
        };
        let ending = Ending::new(vtable.drop, ctx);
        let mut len = 0;
        // SAFETY: the caller gave function and context together.
        match unsafe { size(ctx, &raw mut len) } {
            0 => Ok((CallerSource { read, ending: ending.clone(), len }, ending)),
            code => Err(failed("size", code).into()),
        }
    }
}

#[cold]
fn failed(what: &str, code: i32) -> Error {
    let message = format!("the source's {what} function returned {code}");
    Error::new(ErrorKind::Callback, message).with_callback_code(code)
}

impl Source for CallerSource {
    fn name(&self) -> &str {
        "source"
    }

    fn len(&self) -> u64 {
        self.len
    }

    fn read(&self, ranges: &mut [ReadRange<'_>]) -> Result<(), Error> {
        let asked: Vec<bp_range> = ranges
            .iter_mut()
            .map(|range| bp_range {
                offset: range.offset,
                len: range.dst.len(),
                dst: range.dst.as_mut_ptr(),
                hint: 0,
                reserved: 0,
            })
            .collect();
        // SAFETY: the caller gave function and context together, and the ranges live for the call.
        match unsafe { (self.read)(self.ending.ctx(), asked.as_ptr(), asked.len()) } {
            0 => Ok(()),
            code => Err(failed("read", code)),
        }
    }
}
