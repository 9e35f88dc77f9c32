//! What stops calls that take long.

use crate::error::{Failure, bp_error};
use crate::guard::{Call, entry, fact, free};
use crate::handle::{BP_HANDLE_BUDGET, BP_HANDLE_CANCEL, Handle, bp_handle_kind};
use crate::status::*;
use blockpack_engine::traceql::{Budget, Limits};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// A flag that stops what was given it, from any thread. It may be given to any number of calls and
/// cursors, which keep it on their own.
pub struct bp_cancel {
    _opaque: [u8; 0],
}

impl Handle for bp_cancel {
    const KIND: bp_handle_kind = BP_HANDLE_CANCEL;
    const NAME: &'static str = "bp_cancel";
    type Body = Arc<AtomicBool>;
}

/// A number of bytes that the queries that it is given to may use together for sets of spans, groups
/// and results while they run. Queries keep it on their own.
pub struct bp_budget {
    _opaque: [u8; 0],
}

impl Handle for bp_budget {
    const KIND: bp_handle_kind = BP_HANDLE_BUDGET;
    const NAME: &'static str = "bp_budget";
    type Body = Arc<Budget>;
}

impl Call<'_> {
    /// Limits that options state; NULL and 0 for none.
    pub fn limits(
        &self,
        cancel: *const bp_cancel,
        budget: *const bp_budget,
        timeout_ns: u64,
    ) -> Result<Limits, Failure> {
        let mut limits = Limits::default();
        if !cancel.is_null() {
            limits.cancel = Some(self.shared(cancel)?.clone());
        }
        if !budget.is_null() {
            limits.budget = Some(self.shared(budget)?.clone());
        }
        if timeout_ns > 0 {
            limits.deadline = Instant::now().checked_add(Duration::from_nanos(timeout_ns));
        }
        Ok(limits)
    }
}

/// Makes a flag that is not set.
///
/// Ownership: the caller frees it.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_cancel_new(
    out: *mut *mut bp_cancel,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |_c, out| {
        out.give(Arc::default());
        Ok(BP_OK)
    })
}

/// Sets the flag for good: what was given it ends with BP_ERR_CANCELLED, soon.
///
/// Threads: any, also while calls that were given it are running.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_cancel_trigger(cancel: *const bp_cancel) {
    fact!((), |c| {
        c.shared(cancel)?.store(true, Relaxed);
        Ok(())
    })
}

/// Tells whether the flag was set.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_cancel_is_triggered(cancel: *const bp_cancel) -> bool {
    fact!(false, |c| Ok(c.shared(cancel)?.load(Relaxed)))
}

/// Frees the flag. NULL is allowed.
///
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_cancel_free(cancel: *mut bp_cancel) {
    free!(cancel)
}

/// Makes a budget.
///
/// Parameters: limit in bytes.
/// Ownership: the caller frees it.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_budget_new(
    limit: u64,
    out: *mut *mut bp_budget,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |_c, out| {
        out.give(Arc::new(Budget::new(limit)));
        Ok(BP_OK)
    })
}

/// Tells the most bytes to use at a time.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_budget_limit(budget: *const bp_budget) -> u64 {
    fact!(0, |c| Ok(c.shared(budget)?.limit()))
}

/// Tells how many bytes are used now.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_budget_used(budget: *const bp_budget) -> u64 {
    fact!(0, |c| Ok(c.shared(budget)?.used()))
}

/// Tells the most bytes that were used at a time, what was refused included.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_budget_peak(budget: *const bp_budget) -> u64 {
    fact!(0, |c| Ok(c.shared(budget)?.peak()))
}

/// Frees the budget. NULL is allowed.
///
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_budget_free(budget: *mut bp_budget) {
    free!(budget)
}
