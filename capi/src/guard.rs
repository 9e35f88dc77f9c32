//! The way into and out of every export.
//!
//! An export's body is one of three macros: [`entry`] for what can fail, [`fact`] for what cannot,
//! [`free`]. They catch panics, zero the outputs before anything else happens, and hand the body a
//! [`Call`]: the permission to follow the pointers that the caller passed. So bodies are safe code.

use crate::error::{Answer, Failure, bp_error};
use crate::handle::{self, Exclusive, Handle, Head, Shared};
use crate::options::Growing;
use crate::status::*;
use crate::value::{bp_bytes, bp_str, bp_value};
use std::any::Any;
use std::cell::Cell;
use std::marker::PhantomData;
use std::mem::{align_of, size_of};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::ptr::{self, NonNull};

/// Types that the library writes into the caller's memory.
///
/// # Safety
/// All bytes zero is a valid value.
pub unsafe trait Zero: Copy {}

macro_rules! zero {
    ($($t:ty),*) => { $(
        // SAFETY: integers, floats, `false` and null views may be all zero bytes.
        unsafe impl Zero for $t {}
    )* };
}
zero!(bool, u8, u32, i32, u64, usize, f64, bp_str, bp_bytes, bp_value);

// SAFETY: the null pointer is all zero bytes on every target Rust supports.
unsafe impl<T> Zero for *mut T {}
// SAFETY: an array of zeroes is all zero bytes.
unsafe impl<T: Zero, const N: usize> Zero for [T; N] {}

/// One call of an export: the permission to follow the caller's pointers.
pub struct Call<'c> {
    /// The first handle that was entered: the one a panic poisons.
    first: Cell<Option<NonNull<Head>>>,
    lifetime: PhantomData<&'c ()>,
}

impl<'c> Call<'c> {
    /// Begins a call.
    ///
    /// # Safety
    /// For `'c`, every pointer that is passed to this object's methods is what the header asks of
    /// the caller: NULL, or a live handle, or memory of the size that goes with it, not written by
    /// others (if an input) or not touched by others (if an output).
    unsafe fn begin() -> Self {
        Call { first: Cell::new(None), lifetime: PhantomData }
    }

    fn entered(&self, head: NonNull<Head>) {
        if self.first.get().is_none() {
            self.first.set(Some(head));
        }
    }

    /// The body of a `const` handle.
    pub fn shared<H: Handle>(&self, handle: *const H) -> Result<Shared<'c, H>, Failure> {
        // SAFETY: the contract of `begin`.
        let (body, head) = unsafe { handle::shared(handle) }?;
        self.entered(head);
        Ok(body)
    }

    /// The body of a handle for one thread at a time.
    pub fn exclusive<H: Handle>(&self, handle: *mut H) -> Result<Exclusive<'c, H>, Failure> {
        // SAFETY: the contract of `begin`.
        let (body, head) = unsafe { handle::exclusive(handle) }?;
        self.entered(head);
        Ok(body)
    }

    /// Frees a handle.
    pub fn free<H: Handle>(&self, handle: *mut H) {
        // SAFETY: the contract of `begin`.
        unsafe { handle::free(handle) }
    }

    /// `len` items at `ptr`; `what` names the parameter.
    pub fn items<T: Copy>(
        &self,
        ptr: *const T,
        len: usize,
        what: &'static str,
    ) -> Result<&'c [T], Failure> {
        if len == 0 {
            return Ok(&[]);
        }
        if ptr.is_null() {
            return Err(Failure::null(what));
        }
        if len > isize::MAX as usize / size_of::<T>().max(1) {
            return Err(Failure::invalid(format!("{what} has an impossible length of {len}")));
        }
        if !ptr.addr().is_multiple_of(align_of::<T>()) {
            return Err(Failure::invalid(format!("{what} is not aligned")));
        }
        // SAFETY: the contract of `begin`; not NULL, aligned, and no longer than memory can be.
        Ok(unsafe { std::slice::from_raw_parts(ptr, len) })
    }

    /// The bytes of a view.
    pub fn bytes(&self, view: bp_bytes, what: &'static str) -> Result<&'c [u8], Failure> {
        self.items(view.ptr, view.len, what)
    }

    /// The bytes of a text view; for text that is compared with stored text.
    pub fn text_bytes(&self, view: bp_str, what: &'static str) -> Result<&'c [u8], Failure> {
        self.items(view.ptr.cast::<u8>(), view.len, what)
    }

    /// The text of a text view.
    pub fn text(&self, view: bp_str, what: &'static str) -> Result<&'c str, Failure> {
        let bytes = self.text_bytes(view, what)?;
        std::str::from_utf8(bytes).map_err(|e| {
            Failure::invalid(format!("{what} is not UTF-8 from byte {} on", e.valid_up_to()))
        })
    }

    /// The path that a text view spells. It need not be UTF-8 where the system does not ask for it.
    pub fn path(&self, view: bp_str, what: &'static str) -> Result<&'c Path, Failure> {
        #[cfg(unix)]
        let path = {
            use std::os::unix::ffi::OsStrExt;
            Path::new(std::ffi::OsStr::from_bytes(self.text_bytes(view, what)?))
        };
        #[cfg(not(unix))]
        let path = Path::new(self.text(view, what)?);
        match path.as_os_str().is_empty() {
            false => Ok(path),
            true => Err(Failure::invalid(format!("{what} is empty"))),
        }
    }

    /// A pointer to one thing of the caller's.
    pub fn one<T: Copy>(&self, ptr: *const T, what: &'static str) -> Result<&'c T, Failure> {
        self.items(ptr, 1, what)?.first().ok_or_else(|| Failure::null(what))
    }

    /// A mandatory output, zeroed.
    pub fn out<T: Zero>(&self, ptr: *mut T) -> Result<Out<'c, T>, Failure> {
        if ptr.is_null() {
            return Err(Failure::null("an output"));
        }
        let out = Out { ptr, lifetime: PhantomData };
        // SAFETY: the contract of `begin`; all zero bytes are a valid `T`.
        unsafe { ptr::write_bytes(ptr, 0, 1) };
        Ok(out)
    }

    /// An output array of `cap` items; what is not put stays as it was.
    pub fn out_array<T: Zero>(&self, ptr: *mut T, cap: usize) -> Result<OutArray<'c, T>, Failure> {
        if ptr.is_null() && cap > 0 {
            return Err(Failure::null("an output array"));
        }
        Ok(OutArray { ptr, cap, len: 0, lifetime: PhantomData })
    }

    /// An output array of exactly `len` values, all absent at first.
    pub fn out_values(
        &self,
        ptr: *mut bp_value,
        len: usize,
    ) -> Result<OutArray<'c, bp_value>, Failure> {
        let out = self.out_array(ptr, len)?;
        if len > isize::MAX as usize / size_of::<bp_value>() {
            return Err(Failure::invalid(format!("there cannot be room for {len} values")));
        }
        if len > 0 {
            // SAFETY: the contract of `begin`; all zero bytes are an absent value.
            unsafe { ptr::write_bytes(ptr, 0, len) };
        }
        Ok(out)
    }

    /// A growing struct of the caller's as this library knows it; NULL gives the defaults.
    pub fn options<T: Growing>(&self, ptr: *const T) -> Result<T, Failure> {
        // SAFETY: the contract of `begin`: NULL, or a struct as long as its first member says.
        unsafe { crate::options::read(ptr) }
    }

    /// A growing struct of the caller's to be filled.
    pub fn growing_out<T: Growing>(&self, ptr: *mut T) -> Result<GrowingOut<'c, T>, Failure> {
        // SAFETY: the contract of `begin`: NULL, or a struct as long as its first member says.
        unsafe { crate::options::clear(ptr) }?;
        Ok(GrowingOut { ptr, lifetime: PhantomData })
    }
}

/// An output of the caller's; zero until set.
pub struct Out<'c, T> {
    ptr: *mut T,
    lifetime: PhantomData<&'c ()>,
}

impl<T: Zero> Out<'_, T> {
    /// Writes the output.
    pub fn set(&self, value: T) {
        // SAFETY: only `Call` and `entry` make outputs, of pointers that are not NULL and that
        // the caller promised to be good for writing.
        unsafe { ptr::write(self.ptr, value) }
    }
}

impl<H: Handle> Out<'_, *mut H> {
    /// Makes a handle around `body` and gives it to the caller.
    pub fn give(&self, body: H::Body) {
        self.give_made(|| body);
    }

    /// Makes a handle around what `body` makes and gives it to the caller.
    #[inline]
    pub fn give_made(&self, body: impl FnOnce() -> H::Body) {
        self.set(handle::new(body));
    }
}

/// An array of the caller's, filled from the front.
pub struct OutArray<'c, T> {
    ptr: *mut T,
    cap: usize,
    len: usize,
    lifetime: PhantomData<&'c ()>,
}

impl<T: Zero> OutArray<'_, T> {
    /// Room that is left.
    pub fn room(&self) -> usize {
        self.cap - self.len
    }

    /// How many items were put.
    pub fn filled(&self) -> usize {
        self.len
    }

    /// What was put.
    pub fn as_filled(&self) -> &[T] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: the first `len` items were written by `put` and `put_slice`, and no other call
        // touches them meanwhile.
        unsafe { std::slice::from_raw_parts(self.ptr, self.len) }
    }

    /// Puts one item behind the last; whether there was room.
    pub fn put(&mut self, item: T) -> bool {
        if self.len == self.cap {
            return false;
        }
        // SAFETY: `len < cap`, and the caller promised `cap` items good for writing.
        unsafe { ptr::write(self.ptr.add(self.len), item) };
        self.len += 1;
        true
    }

    /// Makes an array zero again that [`Call::out_values`] gave.
    #[cold]
    pub fn clear(&mut self) {
        if self.cap > 0 {
            // SAFETY: the caller promised `cap` items good for writing, and all zero bytes are a
            // valid `T`.
            unsafe { ptr::write_bytes(self.ptr, 0, self.cap) };
        }
        self.len = 0;
    }

    /// Puts an item at a place; nothing if it is behind the end. Items that were never put are zero,
    /// as [`Call::out_values`] left them.
    #[inline]
    pub fn put_at(&mut self, index: usize, item: T) {
        if index < self.cap {
            // SAFETY: `index < cap`, and the caller promised `cap` items good for writing.
            unsafe { ptr::write(self.ptr.add(index), item) };
        }
    }

    /// Puts as many of `items` as there is room for.
    pub fn put_slice(&mut self, items: &[T]) {
        let n = items.len().min(self.room());
        if n > 0 {
            // SAFETY: `len + n <= cap`; the engine's memory and the caller's are apart.
            unsafe { ptr::copy_nonoverlapping(items.as_ptr(), self.ptr.add(self.len), n) };
            self.len += n;
        }
    }
}

/// A growing struct of the caller's; zero but for its size until set.
pub struct GrowingOut<'c, T> {
    ptr: *mut T,
    lifetime: PhantomData<&'c ()>,
}

impl<T: Growing> GrowingOut<'_, T> {
    /// Writes as much of `value` as the caller's struct has room for.
    pub fn set(&self, value: &T) {
        // SAFETY: only `Call` makes these, after `clear` looked at the pointer and the size.
        unsafe { crate::options::write(self.ptr, value) }
    }
}

/// Outputs as raw pointers: zeroed together, checked together, then given to the body.
pub trait Outs {
    /// The outputs, ready to be set.
    type Ready;
    /// Zeroes all that are not NULL; `None` if one is.
    ///
    /// # Safety
    /// Each is NULL or good for writing.
    unsafe fn ready(self) -> Option<Self::Ready>;
}

/// # Safety
/// `ptr` is NULL or good for writing.
unsafe fn ready<'c, T: Zero>(ptr: *mut T) -> Option<Out<'c, T>> {
    let out = NonNull::new(ptr)?;
    // SAFETY: the contract; all zero bytes are a valid `T`.
    unsafe { ptr::write_bytes(out.as_ptr(), 0, 1) };
    Some(Out { ptr, lifetime: PhantomData })
}

macro_rules! outs {
    ($($name:ident: $t:ident),*) => {
        impl<$($t: Zero + 'static),*> Outs for ($(*mut $t,)*) {
            type Ready = ($(Out<'static, $t>,)*);
            unsafe fn ready(self) -> Option<Self::Ready> {
                let ($($name,)*) = self;
                // SAFETY: the contract of this function. All are zeroed before one is missed.
                $(let $name = unsafe { ready($name) };)*
                Some(($($name?,)*))
            }
        }
    };
}
outs!();
outs!(a: A);
outs!(a: A, b: B);
outs!(a: A, b: B, c: C);

/// Gives a closure the signature of an export's body.
pub fn body<O: Outs, F: FnOnce(&Call<'static>, O::Ready) -> Answer>(_: &O, body: F) -> F {
    body
}

/// Runs the body of an export that can fail. See [`entry!`](entry).
///
/// # Safety
/// As for [`Call::begin`]; `err` is NULL or good for writing.
pub unsafe fn enter<O: Outs>(
    err: *mut *mut bp_error,
    outs: O,
    body: impl FnOnce(&Call<'static>, O::Ready) -> Answer,
) -> bp_status {
    // SAFETY: the contract of this function.
    let (err, outs, call) = unsafe { (ready(err), outs.ready(), Call::begin()) };
    let mut failure = None;
    let mut failed = |why: Failure| {
        let status = why.status();
        failure = Some(why);
        status
    };
    let status = match outs {
        // Only a number comes out of `run`: a result is written in parts and read as a whole, which
        // makes the processor wait.
        Some(outs) => run(&call, || body(&call, outs).unwrap_or_else(&mut failed)),
        None => Err(Failure::null("an output")),
    };
    let status = status.unwrap_or_else(failed);
    if let (Some(why), Some(err)) = (failure, err) {
        err.give(why);
    }
    status
}

/// Runs the body of an export that cannot fail. See [`fact!`](fact).
///
/// # Safety
/// As for [`Call::begin`].
pub unsafe fn know<T: Copy>(
    otherwise: T,
    body: impl FnOnce(&Call<'static>) -> Result<T, Failure>,
) -> T {
    // SAFETY: the contract of this function.
    let call = unsafe { Call::begin() };
    run(&call, || body(&call).unwrap_or(otherwise)).unwrap_or(otherwise)
}

/// Runs `body`; a panic becomes a failure and poisons the call's first handle.
fn run<T>(call: &Call, body: impl FnOnce() -> T) -> Result<T, Failure> {
    let body = || {
        #[cfg(feature = "test-hooks")]
        crate::hooks::panic_if_asked();
        body()
    };
    catch_unwind(AssertUnwindSafe(body)).map_err(|payload| {
        let message = format!("a bug in libblockpack was caught: {}", panic_text(&*payload));
        if let Some(head) = call.first.get() {
            // SAFETY: the head belongs to a handle that by the contract of `begin` lives for the call.
            unsafe { head.as_ref() }.poison(&message);
        }
        // A payload may panic when dropped; what that panic carries is given up on.
        if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            std::mem::forget(again);
        }
        Failure::new(BP_ERR_PANIC, message)
    })
}

/// What a panic said.
pub fn panic_text(payload: &(dyn Any + Send)) -> &str {
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (_, Some(text)) => text,
        _ => "a panic without a text",
    }
}

/// `entry!(err, [outputs], |call, output, ...| body)`: an export that returns a status.
macro_rules! entry {
    ($err:expr, [$($out:expr),*], |$call:ident $(, $name:ident)*| $body:expr) => {{
        let outs = ($($out,)*);
        let body = $crate::guard::body(&outs, |$call, ($($name,)*)| $body);
        // SAFETY: the exports are unsafe: their callers keep the header's conventions.
        unsafe { $crate::guard::enter($err, outs, body) }
    }};
}

/// `fact!(otherwise, |call| body)`: an export that returns a value, `otherwise` when it cannot.
macro_rules! fact {
    ($otherwise:expr, |$call:ident| $body:expr) => {{
        let body = |$call: &$crate::guard::Call<'static>| $body;
        // SAFETY: the exports are unsafe: their callers keep the header's conventions.
        unsafe { $crate::guard::know($otherwise, body) }
    }};
}

/// `free!(handle)`: an export that frees a handle.
macro_rules! free {
    ($handle:expr) => {
        $crate::guard::fact!((), |call| {
            call.free($handle);
            Ok(())
        })
    };
}

pub(crate) use {entry, fact, free};
