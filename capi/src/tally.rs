//! How many handles of each kind were made and freed.
//!
//! Every thread counts on its own, without a lock; who wants to know adds up. A thread that ends
//! leaves its numbers to the next one, so there are as many tallies as there were threads at once.

use crate::handle::{BP_HANDLE_ANY, KINDS, bp_handle_kind};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Release};
use std::sync::{Mutex, MutexGuard, PoisonError};

type Counters = [AtomicU64; KINDS];

struct Tally {
    made: Counters,
    freed: Counters,
}

impl Tally {
    const fn new() -> Self {
        Tally {
            made: [const { AtomicU64::new(0) }; KINDS],
            freed: [const { AtomicU64::new(0) }; KINDS],
        }
    }
}

/// All tallies but the one of ending threads, and which of them no thread has.
struct Register {
    all: Vec<&'static Tally>,
    idle: Vec<&'static Tally>,
}

static REGISTER: Mutex<Register> = Mutex::new(Register { all: Vec::new(), idle: Vec::new() });

/// Of threads that are about to end and have no tally any more.
static ENDING: Tally = Tally::new();

fn register() -> MutexGuard<'static, Register> {
    // A panic while the lock is held leaves lists like any others.
    REGISTER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The tally of one thread, which alone changes it.
struct Own(&'static Tally);

impl Own {
    fn new() -> Self {
        let mut register = register();
        if let Some(tally) = register.idle.pop() {
            return Own(tally);
        }
        let tally = Box::leak(Box::new(Tally::new()));
        register.all.push(tally);
        Own(tally)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        register().idle.push(self.0);
    }
}

thread_local! {
    static TALLY: Own = Own::new();
}

#[inline]
fn count(kind: bp_handle_kind, which: impl Fn(&Tally) -> &Counters) {
    let kind = kind as usize;
    // Others only read it: a store is enough. It is a release, so that who sees a handle freed also
    // sees that it was made.
    let own = TALLY.try_with(|own| {
        let counter = &which(own.0)[kind];
        counter.store(counter.load(Acquire) + 1, Release);
    });
    if own.is_err() {
        which(&ENDING)[kind].fetch_add(1, AcqRel);
    }
}

/// Counts a handle that was made.
#[inline]
pub fn count_made(kind: bp_handle_kind) {
    count(kind, |tally| &tally.made);
}

/// Counts a handle that was freed.
#[inline]
pub fn count_freed(kind: bp_handle_kind) {
    count(kind, |tally| &tally.freed);
}

fn sum(kind: bp_handle_kind, which: impl Fn(&Tally) -> &Counters) -> u64 {
    let of = |tally: &Tally| match kind {
        BP_HANDLE_ANY => which(tally).iter().map(|n| n.load(Acquire)).sum(),
        _ => which(tally).get(kind as usize).map_or(0, |n| n.load(Acquire)),
    };
    register().all.iter().map(|tally| of(tally)).sum::<u64>() + of(&ENDING)
}

/// How many handles of `kind` (or of any) were ever made; 0 for a number that is no kind.
pub fn made(kind: bp_handle_kind) -> u64 {
    sum(kind, |tally| &tally.made)
}

/// How many handles of `kind` (or of any) are alive; 0 for a number that is no kind.
pub fn live(kind: bp_handle_kind) -> u64 {
    // What was freed is counted first: all of it is among what was made.
    let freed = sum(kind, |tally| &tally.freed);
    made(kind).saturating_sub(freed)
}

/// One of `kind` that is alive, for what is no handle of ours.
pub struct Counted(bp_handle_kind);

impl Counted {
    /// Counts one more.
    pub fn new(kind: bp_handle_kind) -> Self {
        count_made(kind);
        Counted(kind)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        count_freed(self.0);
    }
}
