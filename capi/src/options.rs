//! Structs that grow with versions: their first member is their size as the caller compiled them.

use crate::error::Failure;
use std::mem::size_of;
use std::ptr;

/// A size beyond any struct this library will ever have: what an uninitialised size looks like.
const ABSURD: usize = 4096;

/// A struct that begins with `size_t struct_size`.
///
/// # Safety
/// `repr(C)` with a `usize` first; made of members for which all bytes zero is valid and which have
/// no invalid bytes (no `bool`, no reference).
pub unsafe trait Growing: Copy {
    /// Name in the header.
    const NAME: &'static str;
    /// The struct's size in its first version: a literal, never `size_of`, so that it cannot grow.
    const MIN: usize;
}

/// Reads the caller's size and checks it.
///
/// # Safety
/// `ptr` points at a `size_t`.
unsafe fn size<T: Growing>(ptr: *const T) -> Result<usize, Failure> {
    // SAFETY: the contract; unaligned, because nothing is known about the caller's alignment.
    let size = unsafe { ptr::read_unaligned(ptr.cast::<usize>()) };
    if (T::MIN..=ABSURD).contains(&size) {
        return Ok(size);
    }
    let min = T::MIN;
    Err(Failure::invalid(format!(
        "{name}.struct_size is {size}, at least {min} is expected: set it to sizeof({name})",
        name = T::NAME
    )))
}

/// Reads options; members that the caller's version does not have are zero, and NULL is all zero.
/// Members that this version does not know must be zero.
///
/// # Safety
/// `ptr` is NULL or points at as many bytes as its first member says.
pub unsafe fn read<T: Growing>(ptr: *const T) -> Result<T, Failure> {
    // SAFETY: all zero bytes are valid for a growing struct.
    let mut options: T = unsafe { std::mem::zeroed() };
    if ptr.is_null() {
        return Ok(options);
    }
    // SAFETY: not NULL, and the contract.
    let theirs = unsafe { size(ptr) }?;
    let known = theirs.min(size_of::<T>());
    let bytes = ptr.cast::<u8>();
    for i in known..theirs {
        // SAFETY: `i` is inside the caller's struct.
        if unsafe { *bytes.add(i) } != 0 {
            let message = format!("{} sets a member this version does not know", T::NAME);
            return Err(Failure::invalid(message));
        }
    }
    // SAFETY: `known` bytes are inside both structs, and any bytes are valid members.
    unsafe { ptr::copy_nonoverlapping(bytes, (&raw mut options).cast::<u8>(), known) };
    Ok(options)
}

/// Zeroes a struct that is to be filled, but for its size.
///
/// # Safety
/// As for [`read`], and good for writing.
pub unsafe fn clear<T: Growing>(ptr: *mut T) -> Result<(), Failure> {
    if ptr.is_null() {
        return Err(Failure::null(T::NAME));
    }
    // SAFETY: not NULL, and the contract.
    let theirs = unsafe { size(ptr.cast_const()) }?;
    let head = size_of::<usize>();
    // SAFETY: the range from `head` to `theirs` is inside the caller's struct.
    unsafe { ptr::write_bytes(ptr.cast::<u8>().add(head), 0, theirs - head) };
    Ok(())
}

/// Fills as much of the caller's struct as both versions know; its size stays.
///
/// # Safety
/// [`clear`] accepted `ptr` in this call.
pub unsafe fn write<T: Growing>(ptr: *mut T, value: &T) {
    // SAFETY: `clear` read this size and found it good.
    let theirs = unsafe { ptr::read_unaligned(ptr.cast_const().cast::<usize>()) };
    let head = size_of::<usize>();
    let known = theirs.min(size_of::<T>());
    let from = ptr::from_ref(value).cast::<u8>();
    // SAFETY: the range from `head` to `known` is inside both structs.
    unsafe { ptr::copy_nonoverlapping(from.add(head), ptr.cast::<u8>().add(head), known - head) };
}
