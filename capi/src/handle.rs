//! Handle shells: what an opaque pointer of the header points at.
//!
//! A shell is a head, the same for all kinds, and a body. The head's word says which kind the
//! handle is and whether it is alive, so a handle of another kind is told from the right one by
//! one load and one compare. In checked builds (debug builds, and the feature `handle-checks`)
//! freed shells are parked for a while, so that use after free and double free are told too.

use crate::error::Failure;
use crate::slots;
use crate::status::*;
use crate::tally;
use std::cell::UnsafeCell;
use std::collections::VecDeque;
use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut};
use std::ptr::{self, NonNull};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU32, AtomicU64};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Which kind of handle; for bp_live_handles().
pub type bp_handle_kind = u32;

/// All kinds together.
pub const BP_HANDLE_ANY: bp_handle_kind = 0;
/// A bp_error.
pub const BP_HANDLE_ERROR: bp_handle_kind = 1;
/// A bp_cancel.
pub const BP_HANDLE_CANCEL: bp_handle_kind = 2;
/// A bp_budget.
pub const BP_HANDLE_BUDGET: bp_handle_kind = 3;
/// A bp_writer.
pub const BP_HANDLE_WRITER: bp_handle_kind = 4;
/// A bp_builder.
pub const BP_HANDLE_BUILDER: bp_handle_kind = 5;
/// A bp_reader.
pub const BP_HANDLE_READER: bp_handle_kind = 6;
/// A bp_blocks.
pub const BP_HANDLE_BLOCKS: bp_handle_kind = 7;
/// A bp_columns.
pub const BP_HANDLE_COLUMNS: bp_handle_kind = 8;
/// A bp_column_scanner.
pub const BP_HANDLE_COLUMN_SCANNER: bp_handle_kind = 9;
/// A bp_row_set.
pub const BP_HANDLE_ROW_SET: bp_handle_kind = 10;
/// A bp_span_matches.
pub const BP_HANDLE_SPAN_MATCHES: bp_handle_kind = 11;
/// A bp_span_set.
pub const BP_HANDLE_SPAN_SET: bp_handle_kind = 12;
/// A bp_lazy_fields.
pub const BP_HANDLE_LAZY_FIELDS: bp_handle_kind = 13;
/// A bp_trace_graphs.
pub const BP_HANDLE_TRACE_GRAPHS: bp_handle_kind = 14;
/// A bp_trace_graph.
pub const BP_HANDLE_TRACE_GRAPH: bp_handle_kind = 15;
/// A bp_query.
pub const BP_HANDLE_QUERY: bp_handle_kind = 16;
/// A bp_cursor.
pub const BP_HANDLE_CURSOR: bp_handle_kind = 17;
/// A bp_match_set.
pub const BP_HANDLE_MATCH_SET: bp_handle_kind = 18;
/// A bp_series.
pub const BP_HANDLE_SERIES: bp_handle_kind = 19;
/// A bp_service_graph.
pub const BP_HANDLE_SERVICE_GRAPH: bp_handle_kind = 20;
/// A bp_matrix.
pub const BP_HANDLE_MATRIX: bp_handle_kind = 21;
/// A bp_explanation.
pub const BP_HANDLE_EXPLANATION: bp_handle_kind = 22;
/// A bp_tag_names.
pub const BP_HANDLE_TAG_NAMES: bp_handle_kind = 23;
/// An Arrow stream, schema or array that was not released; those in another one count, too.
pub const BP_HANDLE_ARROW: bp_handle_kind = 24;
/// A bp_tag_values.
pub const BP_HANDLE_TAG_VALUES: bp_handle_kind = 25;
/// A bp_buffer.
pub const BP_HANDLE_BUFFER: bp_handle_kind = 26;

/// The handle of the tests of this boundary; not in the header.
#[cfg(feature = "test-hooks")]
pub const BP_HANDLE_TEST: bp_handle_kind = 31;

/// One more than the highest kind.
pub(crate) const KINDS: usize = 32;

/// Whether misuse that costs time to detect is detected.
pub const CHECKED: bool = cfg!(any(debug_assertions, feature = "handle-checks"));

/// How many freed shells a checked build keeps.
const PARKED: usize = 4096;

/// First halves of the head's word.
const LIVE: u32 = 0x6270_4c49;
const POISONED: u32 = 0x6270_504f;
const DEAD: u32 = 0x6270_4445;

/// `Head::entered` while one thread has the body for itself.
const EXCLUSIVE: u32 = u32::MAX;

/// Says what an opaque type of the header is: its kind, and what a handle of it holds.
pub trait Handle {
    /// The kind's number.
    const KIND: bp_handle_kind;
    /// The type's name in the header.
    const NAME: &'static str;
    /// Whether builds that are not checked, too, see that two threads change a handle at once. Calls
    /// that take no longer than that check do without.
    const SEES_THREADS: bool = true;
    /// What the shell holds. Any thread may free it.
    type Body: Send + 'static;
}

/// What all shells begin with.
pub struct Head {
    /// `LIVE`, `POISONED` or `DEAD`, and the kind below.
    word: AtomicU64,
    /// How many calls are inside; `EXCLUSIVE` while one may change the body.
    entered: AtomicU32,
    /// The message of the panic that poisoned the handle.
    poison: OnceLock<Box<str>>,
}

/// A head and a body; the head is first, so a pointer to a shell is a pointer to its head.
#[repr(C)]
struct Shell<B> {
    head: Head,
    body: UnsafeCell<MaybeUninit<B>>,
}

const fn word(state: u32, kind: bp_handle_kind) -> u64 {
    (state as u64) << 32 | kind as u64
}

/// Makes a handle around what `body` makes; [`free`] takes it back.
#[inline]
pub fn new<H: Handle>(body: impl FnOnce() -> H::Body) -> *mut H {
    tally::count_made(H::KIND);
    if !slots::fits::<Shell<H::Body>>() {
        let (head, body) = (Head::new::<H>(), UnsafeCell::new(MaybeUninit::new(body())));
        return Box::into_raw(Box::new(Shell { head, body })).cast();
    }
    let slot = slots::take::<Shell<H::Body>>();
    // SAFETY: `take` gives memory that fits a shell and that nobody else has. Head and body are made
    // where they stay: small handles are made more often than moving them about would be worth.
    unsafe {
        ptr::write(&raw mut (*slot).head, Head::new::<H>());
        ptr::write((&raw mut (*slot).body).cast(), body());
    }
    slot.cast()
}

impl Head {
    #[inline(always)]
    fn new<H: Handle>() -> Self {
        Head {
            word: AtomicU64::new(word(LIVE, H::KIND)),
            entered: AtomicU32::new(0),
            poison: OnceLock::new(),
        }
    }

    /// Whether the handle is alive and of `H`'s kind.
    fn check<H: Handle>(&self) -> Result<(), Failure> {
        let found = self.word.load(Acquire);
        if found == word(LIVE, H::KIND) { Ok(()) } else { Err(self.misuse::<H>(found)) }
    }

    #[cold]
    fn misuse<H: Handle>(&self, found: u64) -> Failure {
        if found == word(POISONED, H::KIND) {
            let first = self.poison.get().map_or("", |m| m);
            return Failure::new(BP_ERR_POISONED, first.to_owned());
        }
        let what = match (found >> 32) as u32 {
            DEAD => "was freed",
            LIVE | POISONED => "is a handle of another kind",
            _ => "is not a handle",
        };
        Failure::new(BP_ERR_BAD_HANDLE, format!("the {} {what}", H::NAME))
    }

    /// Makes the handle answer `BP_ERR_POISONED` with `message` from now on.
    pub fn poison(&self, message: &str) {
        if self.poison.set(message.into()).is_ok() {
            let kind = self.word.load(Relaxed) as u32;
            self.word.store(word(POISONED, kind), Release);
        }
    }

    fn enter_shared(&self) -> Result<(), Failure> {
        #[cfg(feature = "test-hooks")]
        crate::hooks::before_entering();
        let step = |n| (n < EXCLUSIVE - 1).then(|| n + 1);
        match self.entered.fetch_update(Acquire, Relaxed, step) {
            Ok(_) => Ok(()),
            Err(_) => Err(busy()),
        }
    }

    fn enter_exclusive<H: Handle>(&self) -> Result<(), Failure> {
        #[cfg(feature = "test-hooks")]
        crate::hooks::before_entering();
        if !CHECKED && !H::SEES_THREADS {
            return match self.entered.load(Relaxed) {
                0 => {
                    self.entered.store(EXCLUSIVE, Relaxed);
                    Ok(())
                }
                _ => Err(busy()),
            };
        }
        match self.entered.compare_exchange(0, EXCLUSIVE, Acquire, Relaxed) {
            Ok(_) => Ok(()),
            Err(_) => Err(busy()),
        }
    }
}

#[cold]
fn busy() -> Failure {
    Failure::new(BP_ERR_BUSY, "another call on this handle is still running")
}

/// A body in use by a call that only looks.
pub struct Shared<'c, H: Handle> {
    shell: &'c Shell<H::Body>,
}

/// A body in use by the only call that may change it.
pub struct Exclusive<'c, H: Handle> {
    shell: &'c Shell<H::Body>,
}

/// Enters the handle `ptr` to look at its body.
///
/// # Safety
/// `ptr` is NULL or points at a handle that nobody frees for `'c`, and which in builds that are not
/// checked was not freed. No call of another thread changes it meanwhile.
pub unsafe fn shared<'c, H: Handle>(
    ptr: *const H,
) -> Result<(Shared<'c, H>, NonNull<Head>), Failure> {
    let head = NonNull::new(ptr.cast_mut()).ok_or_else(|| Failure::null(H::NAME))?.cast::<Head>();
    // SAFETY: by the contract `ptr` points at a shell, and all shells begin with a head.
    unsafe { head.as_ref() }.check::<H>()?;
    // SAFETY: the head says that this is a live shell of H's kind, and its body is initialised
    // until the handle is freed.
    let shell = unsafe { &*ptr.cast::<Shell<H::Body>>() };
    if CHECKED {
        shell.head.enter_shared()?;
    }
    let entered = Shared { shell };
    if CHECKED {
        // From here on nobody frees it, but somebody may have before.
        shell.head.check::<H>()?;
    }
    Ok((entered, head))
}

/// Enters the handle `ptr` to change its body; `BP_ERR_BUSY` while another call has it.
///
/// # Safety
/// As for [`shared`].
pub unsafe fn exclusive<'c, H: Handle>(
    ptr: *mut H,
) -> Result<(Exclusive<'c, H>, NonNull<Head>), Failure> {
    let head = NonNull::new(ptr).ok_or_else(|| Failure::null(H::NAME))?.cast::<Head>();
    // SAFETY: by the contract `ptr` points at a shell, and all shells begin with a head.
    unsafe { head.as_ref() }.check::<H>()?;
    // SAFETY: the head says that this is a live shell of H's kind.
    let shell = unsafe { &*ptr.cast_const().cast::<Shell<H::Body>>() };
    shell.head.enter_exclusive::<H>()?;
    let entered = Exclusive { shell };
    if CHECKED {
        // As in `shared`.
        shell.head.check::<H>()?;
    }
    Ok((entered, head))
}

impl<H: Handle> Deref for Shared<'_, H> {
    type Target = H::Body;

    fn deref(&self) -> &H::Body {
        // SAFETY: the body of a live shell is initialised; `shared` was promised that no other
        // call changes it meanwhile, and checked builds make sure.
        unsafe { (*self.shell.body.get()).assume_init_ref() }
    }
}

impl<H: Handle> Deref for Exclusive<'_, H> {
    type Target = H::Body;

    fn deref(&self) -> &H::Body {
        // SAFETY: the body of a live shell is initialised, and `entered` keeps others out.
        unsafe { (*self.shell.body.get()).assume_init_ref() }
    }
}

impl<H: Handle> DerefMut for Exclusive<'_, H> {
    fn deref_mut(&mut self) -> &mut H::Body {
        // SAFETY: the body of a live shell is initialised, and `entered` keeps others out.
        unsafe { (*self.shell.body.get()).assume_init_mut() }
    }
}

impl<H: Handle> Drop for Shared<'_, H> {
    fn drop(&mut self) {
        if CHECKED {
            self.shell.head.entered.fetch_sub(1, Release);
        }
    }
}

impl<H: Handle> Drop for Exclusive<'_, H> {
    fn drop(&mut self) {
        self.shell.head.entered.store(0, Release);
    }
}

/// Frees the handle `ptr`; NULL is allowed. A handle of another kind is left alone.
///
/// # Safety
/// As for [`shared`]; afterwards `ptr` is no handle any more.
pub unsafe fn free<H: Handle>(ptr: *mut H) {
    let Some(head) = NonNull::new(ptr).map(|p| p.cast::<Head>()) else { return };
    // SAFETY: by the contract `ptr` points at a shell, and all shells begin with a head.
    let head = unsafe { head.as_ref() };
    let is_live = || {
        let found = head.word.load(Acquire);
        found == word(LIVE, H::KIND) || found == word(POISONED, H::KIND)
    };
    const NOT_LIVE: &str = "is freed, but it is no live handle of this kind";
    if !is_live() {
        return complain::<H>(NOT_LIVE);
    }
    if CHECKED {
        if head.enter_exclusive::<H>().is_err() {
            return complain::<H>("is freed while a call on it is running");
        }
        if !is_live() {
            // Another thread freed it just before.
            head.entered.store(0, Release);
            return complain::<H>(NOT_LIVE);
        }
    }
    head.word.store(word(DEAD, H::KIND), Relaxed);
    tally::count_freed(H::KIND);
    let shell = ptr.cast::<Shell<H::Body>>();
    // SAFETY: the shell was alive until just now, so its body is initialised. Nobody else drops it:
    // by the contract a handle is freed once, and checked builds let only the first come here.
    unsafe { (*(*shell).body.get()).assume_init_drop() };
    if CHECKED {
        head.entered.store(0, Release);
        park(Parked { shell: shell.cast(), delete: delete::<H::Body> });
    } else {
        // SAFETY: `new` made the shell from a box, and its body is gone.
        unsafe { delete::<H::Body>(shell.cast()) };
    }
}

/// Misuse of `free` cannot be answered; checked builds say it on standard error and go on.
#[cold]
fn complain<H: Handle>(what: &str) {
    if CHECKED {
        eprintln!("libblockpack: a {} {what}; nothing was done", H::NAME);
    }
}

/// Gives back the memory of a shell whose body is gone.
///
/// # Safety
/// `shell` is a `Shell<B>` made by [`new`], and this is the last use of it.
unsafe fn delete<B>(shell: *mut u8) {
    let shell = shell.cast::<Shell<B>>();
    if !slots::fits::<Shell<B>>() {
        // SAFETY: by the contract `new` made it a box; dropping it does not drop the body.
        return drop(unsafe { Box::from_raw(shell) });
    }
    // SAFETY: by the contract the shell is whole but for its body, which is not dropped again, and
    // `new` put it into a slot.
    unsafe {
        ptr::drop_in_place(shell);
        slots::give(shell);
    }
}

/// A freed shell whose head still answers.
struct Parked {
    shell: *mut u8,
    delete: unsafe fn(*mut u8),
}

// SAFETY: a parked shell has no body, and its head is atomics.
unsafe impl Send for Parked {}

static RING: Mutex<VecDeque<Parked>> = Mutex::new(VecDeque::new());

/// Keeps a freed shell readable until `PARKED` others were freed after it.
fn park(shell: Parked) {
    let mut ring = RING.lock().unwrap_or_else(PoisonError::into_inner);
    ring.push_back(shell);
    if ring.len() > PARKED
        && let Some(oldest) = ring.pop_front()
    {
        // SAFETY: the ring owns the shell, and it just left the ring.
        unsafe { (oldest.delete)(oldest.shell) };
    }
}
