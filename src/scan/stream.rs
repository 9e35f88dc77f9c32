//! A predicate over a list of blocks.

use super::column::Touched;
use super::context::{ScanContext, ScanCounters};
use super::plan::Plan;
use super::predicate::Predicate;
use super::pruned::Decided;
use super::scanner::ColumnScanner;
use crate::Blocks;
use crate::block::Block;
use crate::error::{Error, Result};
use crate::name::Name;
use crate::rowset::{RowSet, SpanSet};
use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

impl ScanContext {
    /// The spans of all `blocks` for which `name` satisfies `predicate`.
    pub fn scan_blocks(
        &self,
        blocks: &Blocks,
        name: &Name,
        predicate: &Predicate,
    ) -> Result<SpanSet> {
        let sets = self.scan_stream(blocks, name, predicate).map(|found| found.map(|(_, set)| set));
        sets.collect::<Result<_>>().map(SpanSet::new)
    }

    /// As [`ScanContext::scan_blocks`], block by block, when asked for the next.
    pub fn scan_stream<'a>(
        &'a self,
        blocks: &'a Blocks,
        name: &'a Name,
        predicate: &'a Predicate,
    ) -> ScanStream<'a> {
        let scan = Scan { context: self, blocks, name, predicate };
        let plan = Mutex::new(Plan::new(self, blocks, name, predicate));
        ScanStream { scan, plan, next: 0, ahead: Vec::new().into_iter(), rows: 0, matched: 0 }
    }

    /// The spans of all `blocks` that satisfy all `conditions`, each on its own: two on events may
    /// be satisfied by different events of a span. In each block those that are expected to match
    /// fewest rows come first, and the rest is left out as soon as no span is left.
    pub fn scan_blocks_all(
        &self,
        blocks: &Blocks,
        conditions: &[(&Name, &Predicate)],
    ) -> Result<SpanSet> {
        let order = self.in_order(conditions);
        let plan = |&(name, predicate)| Mutex::new(Plan::new(self, blocks, name, predicate));
        let plans: Vec<_> = order.iter().map(plan).collect();
        let scan = |place, own: &[Option<Predicate>]| {
            let mut all = RowSet::all(blocks.get(place)?.rows());
            for ((&(name, predicate), own), plan) in order.iter().zip(own).zip(&plans) {
                if all.is_empty() {
                    break;
                }
                let predicate = own.as_ref().unwrap_or(predicate);
                let scan = Scan { context: self, blocks, name, predicate };
                let set =
                    scan.scan(place, prepare(plan, place)).map_err(|e| scan.locate(place, e))?;
                self.observe(name, predicate, set.rows().into(), set.count().into());
                all = if all.is_all() { set } else { all.and(&set) };
            }
            Ok(all)
        };
        let threads = self.threads();
        let worker = || {
            let own: Vec<_> = order.iter().map(|(_, it)| own_copy(it, threads)).collect();
            move |place| scan(place, &own)
        };
        let found = in_parallel(0..blocks.len(), threads, worker);
        found.into_iter().map(|(_, set)| set).collect::<Result<_>>().map(SpanSet::new)
    }

    /// Fetches what scans of the blocks at `places` for `predicate` on `name` need, if it is far
    /// away: that of many blocks at once, without those that indexes tell have no match.
    ///
    /// Errors: what the source of a file reports.
    pub fn prefetch(
        &self,
        blocks: &Blocks,
        places: Range<usize>,
        name: &Name,
        predicate: &Predicate,
    ) -> Result<()> {
        let mut plan = Plan::new(self, blocks, name, predicate);
        places.map(|place| plan.prepare(place)).try_for_each(|prepared| prepared.map(drop))
    }

    /// The spans of block `place` of the list for which `name` satisfies `predicate`.
    ///
    /// Errors: [`crate::ErrorKind::InvalidArgument`] if there is no such block, and those of
    /// [`ColumnScanner::scan`].
    pub fn scan_block(
        &self,
        blocks: &Blocks,
        place: usize,
        name: &Name,
        predicate: &Predicate,
    ) -> Result<RowSet> {
        self.scan_block_counted(blocks, place, name, predicate, &ScanCounters::new())
    }

    /// As [`ScanContext::scan_block`]; what is done is counted by `counters`, too.
    pub fn scan_block_counted(
        &self,
        blocks: &Blocks,
        place: usize,
        name: &Name,
        predicate: &Predicate,
        counters: &ScanCounters,
    ) -> Result<RowSet> {
        let block = blocks.get(place)?;
        match Plan::new(self, blocks, name, predicate).prepare_one(place)? {
            true => ColumnScanner::new(block, self).counted_by(counters).scan(name, predicate),
            false => {
                let none = self.pass_over(block);
                counters.count(&none, &PASSED_OVER);
                self.observe(name, predicate, none.rows().into(), 0);
                Ok(none)
            }
        }
    }

    /// No row of a block that is known to have no match.
    fn pass_over(&self, block: &Block) -> RowSet {
        let none = RowSet::none(block.rows());
        self.count(&none, &PASSED_OVER);
        none
    }
}

/// What is touched of a block that the index says has no match.
const PASSED_OVER: Touched =
    Touched { bytes: 0, zones: 0, zones_pruned: 0, decided: Decided::Index };

/// Blocks that each thread scans before their results are handed out, if there are several threads:
/// enough to make up for starting them, and what is held at most.
const BLOCKS_PER_THREAD: usize = 64;

/// A predicate over a list of blocks.
#[derive(Clone, Copy)]
struct Scan<'a> {
    context: &'a ScanContext,
    blocks: &'a Blocks,
    name: &'a Name,
    predicate: &'a Predicate,
}

/// A block's number, and what was found in it.
type Found = (usize, Result<RowSet>);

impl Scan<'_> {
    /// Scans block `place`, unless preparing it failed or told that nothing can match.
    fn scan(self, place: usize, prepared: Result<bool>) -> Result<RowSet> {
        let block = self.blocks.get(place)?;
        match prepared {
            Ok(true) => {
                ColumnScanner::new(block, self.context).scan_uncounted(self.name, self.predicate)
            }
            Ok(false) => Ok(self.context.pass_over(block)),
            Err(e) => Err(e),
        }
    }

    /// Says which block and name an error is of.
    fn locate(self, place: usize, e: Error) -> Error {
        e.context(format_args!("block {place}: {}", self.name))
    }
}

/// [`Plan::prepare`], for several threads.
fn prepare(plan: &Mutex<Plan<'_>>, place: usize) -> Result<bool> {
    // A panic while the lock is held ends the scan.
    plan.lock().unwrap_or_else(PoisonError::into_inner).prepare(place)
}

/// A predicate for one of several threads: regular expressions keep a cache for the thread that uses
/// them first, and others wait for each other.
fn own_copy(predicate: &Predicate, threads: usize) -> Option<Predicate> {
    (threads > 1).then(|| predicate.clone())
}

/// So long the calling thread scans alone, then others help if what is left takes twice as long:
/// starting one takes a good part of it. Where assertions are on they always do, so that tests of
/// small blocks have threads.
const ALONE: Duration = Duration::from_micros(if cfg!(debug_assertions) { 0 } else { 50 });

/// Scans the blocks at `places` with up to so many threads, each with a `worker` of its own, and
/// each taking the next block when it is done with one. What is soon done is done by one.
fn in_parallel<W: Fn(usize) -> Result<RowSet>>(
    places: Range<usize>,
    threads: usize,
    worker: impl Fn() -> W + Sync,
) -> Vec<Found> {
    let (begin, next) = (Instant::now(), AtomicUsize::new(places.start));
    let take = || Some(next.fetch_add(1, Relaxed)).filter(|place| *place < places.end);
    let help = || -> Vec<Found> {
        let scan = worker();
        std::iter::from_fn(take).map(|place| (place, scan(place))).collect()
    };
    let scan = worker();
    let mut found = Vec::with_capacity(places.len());
    while (threads == 1 || begin.elapsed() < ALONE)
        && let Some(place) = take()
    {
        found.push((place, scan(place)));
    }
    let left = places.end.saturating_sub(next.load(Relaxed));
    let rest = begin.elapsed().mul_f64(left as f64 / found.len().max(1) as f64);
    let threads = if rest < 2 * ALONE { 1 } else { threads.min(left) };
    thread::scope(|scope| {
        let spawn = |_| thread::Builder::new().spawn_scoped(scope, help).ok();
        // Where no more threads are to be had, those there are do the work.
        let helpers: Vec<_> = (1..threads).map_while(spawn).collect();
        found.extend(std::iter::from_fn(take).map(|place| (place, scan(place))));
        for helper in helpers {
            found.extend(helper.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
    });
    found.sort_unstable_by_key(|(place, _)| *place);
    found
}

/// Scans a list of blocks in order: the number of each block, and its spans that match. Blocks
/// without a match are given too. To stop early, drop it. After an error the next block can still
/// be asked for.
///
/// Scans one block at a time and holds no result; if the context has several threads, as many
/// blocks as they do at once.
pub struct ScanStream<'a> {
    scan: Scan<'a>,
    plan: Mutex<Plan<'a>>,
    /// The next block to be scanned.
    next: usize,
    /// Scanned and not yet handed out.
    ahead: std::vec::IntoIter<Found>,
    rows: u64,
    matched: u64,
}

impl ScanStream<'_> {
    fn take_next(&mut self) -> Option<Found> {
        if let Some(found) = self.ahead.next() {
            return Some(found);
        }
        let left = self.scan.blocks.len() - self.next;
        let threads = self.scan.context.threads().min(left);
        if threads > 1 {
            let places = self.next..self.next + left.min(threads * BLOCKS_PER_THREAD);
            self.next = places.end;
            let (scan, plan) = (self.scan, &self.plan);
            let worker = || {
                let own = own_copy(scan.predicate, threads);
                move |place| {
                    let predicate = own.as_ref().unwrap_or(scan.predicate);
                    Scan { predicate, ..scan }.scan(place, prepare(plan, place))
                }
            };
            self.ahead = in_parallel(places, threads, worker).into_iter();
            return self.ahead.next();
        }
        let place = self.next;
        (left > 0).then(|| {
            self.next += 1;
            (place, self.scan.scan(place, prepare(&self.plan, place)))
        })
    }
}

impl Drop for ScanStream<'_> {
    /// What was observed over all blocks is taken in at once.
    fn drop(&mut self) {
        let Scan { context, name, predicate, .. } = self.scan;
        context.observe(name, predicate, self.rows, self.matched);
    }
}

impl Iterator for ScanStream<'_> {
    type Item = Result<(usize, RowSet)>;

    fn next(&mut self) -> Option<Self::Item> {
        let (place, found) = self.take_next()?;
        Some(match found {
            Ok(set) => {
                self.rows += u64::from(set.rows());
                self.matched += u64::from(set.count());
                Ok((place, set))
            }
            Err(e) => Err(self.scan.locate(place, e)),
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.scan.blocks.len() - self.next + self.ahead.len();
        (left, Some(left))
    }
}

impl ExactSizeIterator for ScanStream<'_> {}
