//! Exports for the tests of the boundary itself; not in the header, never in a shipped library.

use crate::error::bp_error;
use crate::guard::{entry, free};
use crate::handle::{BP_HANDLE_TEST, Handle, bp_handle_kind};
use crate::status::*;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Whether every export panics.
static PANICS: AtomicBool = AtomicBool::new(false);

/// Panics if [`bp_test_panics`] asked for it.
pub fn panic_if_asked() {
    assert!(!PANICS.load(Ordering::Relaxed), "asked for by a test");
}

/// Lets the body of every export panic from now on, or not any more.
#[unsafe(no_mangle)]
pub extern "C" fn bp_test_panics(on: bool) {
    PANICS.store(on, Ordering::Relaxed);
}

/// What is called once, between a look whether a handle is alive and entering it.
static BEFORE_ENTERING: Mutex<Option<unsafe extern "C" fn()>> = Mutex::new(None);

/// Does what [`bp_test_before_entering`] asked for.
pub fn before_entering() {
    let asked = BEFORE_ENTERING.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(asked) = asked {
        // SAFETY: the test passes a function that may be called.
        unsafe { asked() };
    }
}

/// Calls `run` in the next call on a handle, when that was found alive and is not entered yet: as if
/// another thread did it.
#[unsafe(no_mangle)]
pub extern "C" fn bp_test_before_entering(run: Option<unsafe extern "C" fn()>) {
    *BEFORE_ENTERING.lock().unwrap_or_else(PoisonError::into_inner) = run;
}

/// A handle with nothing in it.
pub struct bp_test {
    _opaque: [u8; 0],
}

impl Handle for bp_test {
    const KIND: bp_handle_kind = BP_HANDLE_TEST;
    const NAME: &'static str = "bp_test";
    type Body = u32;
}

/// Makes a test handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_test_new(out: *mut *mut bp_test, err: *mut *mut bp_error) -> bp_status {
    entry!(err, [out], |_c, out| {
        out.give(0);
        Ok(BP_OK)
    })
}

/// Panics inside a call on a test handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_test_panic(test: *const bp_test, err: *mut *mut bp_error) -> bp_status {
    entry!(err, [], |c| {
        let test = c.shared(test)?;
        panic!("asked for by a test ({})", *test)
    })
}

/// Calls `during` while the handle is held for one thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_test_enter(
    test: *mut bp_test,
    during: Option<unsafe extern "C" fn(*mut bp_test)>,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let mut body = c.exclusive(test)?;
        if let Some(during) = during {
            // SAFETY: the test passes a function that accepts the handle.
            unsafe { during(test) };
        }
        *body += 1;
        Ok(BP_OK)
    })
}

/// Frees a test handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_test_free(test: *mut bp_test) {
    free!(test)
}
