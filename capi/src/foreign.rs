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

/// How to tell the caller that what `ctx` stands for is not used any more.
pub struct Ending {
    drop: bp_drop_fn,
    ctx: *mut c_void,
    /// Whether the call that got it succeeded: only then is it ours to end.
    accepted: AtomicBool,
}

// SAFETY: the header says that the callback is called on any thread; `ctx` is only handed on.
unsafe impl Send for Ending {}
// SAFETY: as above; nothing but an atomic is changed through a shared reference.
unsafe impl Sync for Ending {}

impl Ending {
    /// On probation until [`Ending::accept`].
    pub fn new(drop: bp_drop_fn, ctx: *mut c_void) -> Arc<Self> {
        Arc::new(Ending { drop, ctx, accepted: AtomicBool::new(false) })
    }

    /// The call succeeded: from now on the last reference to go tells the caller.
    pub fn accept(&self) {
        self.accepted.store(true, Relaxed);
    }

    /// What callbacks get as their first argument.
    pub fn ctx(&self) -> *mut c_void {
        self.ctx
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(drop) = self.drop
            && self.accepted.load(Relaxed)
        {
            // SAFETY: the caller gave the two together; this is the only call.
            unsafe { drop(self.ctx) }
        }
    }
}

/// Bytes of the caller's, used in place.
struct Lent {
    bytes: bp_bytes,
    _ending: Arc<Ending>,
}

// SAFETY: the header says that lent bytes do not change while they are lent.
unsafe impl Send for Lent {}
// SAFETY: as above.
unsafe impl Sync for Lent {}

impl ByteOwner for Lent {
    fn bytes(&self) -> &[u8] {
        // SAFETY: `Call::lend` saw these bytes as a slice, and the header says that they stay
        // until the ending, which this object keeps away.
        unsafe { std::slice::from_raw_parts(self.bytes.ptr, self.bytes.len) }
    }
}

impl<'c> Call<'c> {
    /// Takes bytes of the caller's into the engine: in place until the ending, or copied if there
    /// is no `drop` or their alignment is too small.
    pub fn lend(
        &self,
        view: bp_bytes,
        drop: bp_drop_fn,
        ctx: *mut c_void,
    ) -> Result<(Bytes, Arc<Ending>), Failure> {
        let bytes = self.bytes(view, "bytes")?;
        let ending = Ending::new(drop, ctx);
        if drop.is_none() || !bytes.as_ptr().addr().is_multiple_of(MIN_ALIGN) {
            return Ok((Bytes::copy_from_slice(bytes), ending));
        }
        // Viewed again: an empty view of the caller's may be NULL, which no slice is.
        let lent = Lent { bytes: bp_bytes::view(bytes), _ending: ending.clone() };
        Ok((Bytes::from_owner(Arc::new(lent)), ending))
    }
}
