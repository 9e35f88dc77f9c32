//! What library this is, and what it holds.

use crate::handle::bp_handle_kind;
use crate::tally;
use std::ffi::{CStr, c_char};

/// Number of the binary interface; the shared library's name carries it too.
pub const BP_ABI_VERSION: u32 = 0;

const VERSION: &CStr =
    match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => c"",
    };

/// One decimal number of the version text.
const fn part(text: &str) -> u32 {
    let bytes = text.as_bytes();
    let mut value = 0;
    let mut i = 0;
    while i < bytes.len() {
        value = value * 10 + (bytes[i] - b'0') as u32;
        i += 1;
    }
    value
}

/// Names the version of the library that runs, as in "0.1.0".
///
/// Valid until: the library is unloaded.
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn bp_version() -> *const c_char {
    VERSION.as_ptr()
}

/// Tells the version of the library that runs, as BP_VERSION_NUMBER tells that of the header.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn bp_version_number() -> u32 {
    const MAJOR: u32 = part(env!("CARGO_PKG_VERSION_MAJOR"));
    const MINOR: u32 = part(env!("CARGO_PKG_VERSION_MINOR"));
    const PATCH: u32 = part(env!("CARGO_PKG_VERSION_PATCH"));
    MAJOR << 16 | MINOR << 8 | PATCH
}

/// Tells the number of the binary interface of the library that runs.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn bp_abi_version() -> u32 {
    BP_ABI_VERSION
}

/// Does nothing: a program that refers to it does not link with another binary interface.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn bp_abi_0() {}

/// Counts the handles of one kind (BP_HANDLE_...) that were made and not yet freed.
/// For tests: a program that freed everything ends with bp_live_handles(BP_HANDLE_ANY) = 0.
///
/// Threads: any.
/// Cost: linear in the threads that used the library at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn bp_live_handles(kind: bp_handle_kind) -> u64 {
    tally::live(kind)
}

/// Tells how many bytes of heap memory all blocks of this process hold, whatever handles hold them, with
/// the copies of files and the indexes of files that are not mapped, until their readers and blocks
/// go, and Arrow arrays. Pages of mapped files and memory lent by the caller are not counted. For tests
/// and gauges.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn bp_bytes_held() -> u64 {
    blockpack_engine::bytes::bytes_held()
}
