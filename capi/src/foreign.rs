//! Memory of the caller's that the library reads in place until it says that it is done.

use crate::error::Failure;
use crate::guard::Call;
use crate::value::bp_bytes;
use blockpack_engine::bytes::{ByteOwner, Bytes};
use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Memory aligned to less cannot be used in place: the widest element of a section.
const MIN_ALIGN: usize = 8;

/// Called once when the library is done with what ctx stands for; on any thread.
pub type bp_drop_fn = Option<unsafe extern "C" fn(ctx: *mut c_void)>;

/// The caller's bytes, and how to say that they are not used any more.
struct Lent {
    bytes: bp_bytes,
    drop: unsafe extern "C" fn(ctx: *mut c_void),
    ctx: *mut c_void,
    /// Whether the call that lends succeeded: only then is the loan ours to end.
    accepted: AtomicBool,
}

// SAFETY: the header says that lent bytes do not change while they are lent, and that the callback
// is called on any thread; `ctx` is only handed on.
unsafe impl Send for Lent {}
// SAFETY: as above; nothing but an atomic is changed through a shared reference.
unsafe impl Sync for Lent {}

impl ByteOwner for Lent {
    fn bytes(&self) -> &[u8] {
        // SAFETY: `Call::lend` saw these bytes as a slice, and the header says that they stay.
        unsafe { std::slice::from_raw_parts(self.bytes.ptr, self.bytes.len) }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if self.accepted.load(Relaxed) {
            // SAFETY: the caller gave the two together; this is the only call.
            unsafe { (self.drop)(self.ctx) }
        }
    }
}

/// Bytes of the caller's as the engine takes them, on probation.
pub struct Loan {
    bytes: Bytes,
    lent: Option<Arc<Lent>>,
}

impl Loan {
    /// The bytes.
    pub fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }

    /// The call succeeded: from now on the end of the last use calls the caller's drop.
    pub fn accept(self) {
        if let Some(lent) = &self.lent {
            lent.accepted.store(true, Relaxed);
        }
    }
}

impl<'c> Call<'c> {
    /// Takes bytes of the caller's into the engine: in place until `drop` is called, or copied if
    /// there is no `drop` or their alignment is too small.
    pub fn lend(
        &self,
        view: bp_bytes,
        drop: bp_drop_fn,
        ctx: *mut c_void,
    ) -> Result<Loan, Failure> {
        let bytes = self.bytes(view, "bytes")?;
        let Some(drop) = drop else {
            return Ok(Loan { bytes: Bytes::copy_from_slice(bytes), lent: None });
        };
        // An empty view may be NULL, which no slice is.
        let bytes = bp_bytes::view(bytes);
        let accepted = AtomicBool::new(false);
        let lent = Arc::new(Lent { bytes, drop, ctx, accepted });
        let bytes = Bytes::from_owner(lent.clone());
        let aligned = bytes.is_aligned(MIN_ALIGN);
        let bytes = if aligned { bytes } else { Bytes::copy_from_slice(&bytes) };
        Ok(Loan { bytes, lent: Some(lent) })
    }
}
