//! Memory of handles, used again: once there were as many handles as at present, making one
//! allocates nothing.
//!
//! Freed slots wait on a shelf of the thread that freed them, without a lock. A thread with too
//! many carries some to a shelf that all threads share, a thread without any fetches some there.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::cell::Cell;
use std::ptr;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Size in bytes of a slot. What is larger has no use of slots.
pub(crate) const SIZE: usize = 192;

const ALIGN: usize = 16;
const LAYOUT: Layout = match Layout::from_size_align(SIZE, ALIGN) {
    Ok(layout) => layout,
    Err(_) => panic!("no layout"),
};

/// Slots that a thread keeps, and how many it carries at a time.
const OWN: usize = 64;
const LOAD: usize = OWN / 2;

/// Slots on the shared shelf, at most.
const SHARED: usize = 8192;

/// Slots allocated, and given back to the system.
static ALLOCATED: AtomicU64 = AtomicU64::new(0);
static RETURNED: AtomicU64 = AtomicU64::new(0);

/// How often unused slots were asked back. A thread that finds another number than its own empties
/// its shelf.
static TRIMS: AtomicU64 = AtomicU64::new(0);

struct Slot(*mut u8);

// SAFETY: an unused slot is memory that only its shelf knows.
unsafe impl Send for Slot {}

static SHELF: Mutex<Vec<Slot>> = Mutex::new(Vec::new());

fn shelf() -> MutexGuard<'static, Vec<Slot>> {
    // A panic while the lock is held leaves a list of slots like any other.
    SHELF.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A thread's shelf.
struct Own {
    slots: [Cell<*mut u8>; OWN],
    len: Cell<usize>,
    trims: Cell<u64>,
}

thread_local! {
    static SLOTS: Own = const {
        Own {
            slots: [const { Cell::new(ptr::null_mut()) }; OWN],
            len: Cell::new(0),
            trims: Cell::new(0),
        }
    };
}

impl Own {
    fn pop(&self) -> Option<*mut u8> {
        let len = self.len.get().checked_sub(1)?;
        self.len.set(len);
        Some(self.slots[len].get())
    }

    /// There must be room.
    fn push(&self, slot: *mut u8) {
        self.slots[self.len.get()].set(slot);
        self.len.set(self.len.get() + 1);
    }

    /// Gives all slots back to the system if somebody asked for that.
    #[inline]
    fn obey(&self) {
        let trims = TRIMS.load(Relaxed);
        if self.trims.get() != trims {
            self.trims.set(trims);
            self.clear();
        }
    }

    #[cold]
    fn clear(&self) {
        while let Some(slot) = self.pop() {
            give_back(slot);
        }
    }

    #[cold]
    fn fetch(&self) -> *mut u8 {
        let mut shelf = shelf();
        let from = shelf.len().saturating_sub(LOAD);
        shelf.drain(from..).for_each(|slot| self.push(slot.0));
        drop(shelf);
        self.pop().unwrap_or_else(allocate)
    }

    #[cold]
    fn carry(&self) {
        let mut shelf = shelf();
        while self.len.get() > OWN - LOAD
            && let Some(slot) = self.pop()
        {
            match shelf.len() < SHARED {
                true => shelf.push(Slot(slot)),
                false => give_back(slot),
            }
        }
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cold]
fn allocate() -> *mut u8 {
    ALLOCATED.fetch_add(1, Relaxed);
    // SAFETY: the layout's size is not 0.
    let slot = unsafe { alloc(LAYOUT) };
    if slot.is_null() {
        handle_alloc_error(LAYOUT)
    }
    slot
}

#[cold]
fn give_back(slot: *mut u8) {
    RETURNED.fetch_add(1, Relaxed);
    // SAFETY: `allocate` made every slot, with this layout, and the caller was the last to know it.
    unsafe { dealloc(slot, LAYOUT) }
}

/// Whether a `T` fits a slot.
pub const fn fits<T>() -> bool {
    size_of::<T>() <= SIZE && align_of::<T>() <= ALIGN
}

/// Memory for a `T` that fits a slot; uninitialised.
#[inline]
pub fn take<T>() -> *mut T {
    assert!(fits::<T>());
    let slot = SLOTS.try_with(|own| {
        own.obey();
        own.pop().unwrap_or_else(|| own.fetch())
    });
    // A thread that is about to end has no shelf any more.
    slot.unwrap_or_else(|_| allocate()).cast()
}

/// Gives back memory that [`take`] gave, and in which nothing is alive any more.
///
/// # Safety
/// `take` gave it, and this is the last use of it.
#[inline]
pub unsafe fn give<T>(slot: *mut T) {
    let slot = slot.cast::<u8>();
    let kept = SLOTS.try_with(|own| {
        own.obey();
        if own.len.get() == OWN {
            own.carry();
        }
        own.push(slot);
    });
    if kept.is_err() {
        give_back(slot);
    }
}

/// Gives the unused slots back to the system: the shared ones and the calling thread's now, those
/// of another thread when it next makes or frees a handle, or ends.
pub fn trim() {
    TRIMS.fetch_add(1, Relaxed);
    let unused = std::mem::take(&mut *shelf());
    unused.into_iter().for_each(|slot| give_back(slot.0));
    let _ = SLOTS.try_with(Own::obey);
}

/// How many slots were ever allocated.
pub fn allocated() -> u64 {
    ALLOCATED.load(Relaxed)
}

/// How many slots there are, in use or not.
pub fn present() -> u64 {
    let returned = RETURNED.load(Relaxed);
    ALLOCATED.load(Relaxed).saturating_sub(returned)
}
