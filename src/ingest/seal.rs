//! Builds the blocks of full buffers, on other threads if there are any.

use super::BlockSink;
use crate::block::build::{BlockOptions, BlockPlan, BuiltBlock, SpanBuffer, build_block};
use crate::error::{Error, ErrorKind, Result};
use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// One block to build; its number says where it goes in the file.
struct Job {
    number: u64,
    buffer: Arc<SpanBuffer>,
    plan: BlockPlan,
}

type Built = (u64, Result<BuiltBlock>);

/// The threads that build blocks, and the blocks that wait for their turn.
pub(super) struct Sealer {
    options: BlockOptions,
    workers: Option<Workers>,
    /// Blocks given to the threads so far.
    given: u64,
    /// Blocks appended so far.
    appended: u64,
    waiting: BTreeMap<u64, BuiltBlock>,
}

/// All threads but the caller's.
struct Workers {
    queue: Arc<Queue>,
    built: Receiver<Built>,
    threads: Vec<JoinHandle<()>>,
}

/// Blocks to build, in their order; the caller's thread takes some, too.
#[derive(Default)]
struct Queue {
    jobs: Mutex<Jobs>,
    /// There are more, or there will be none any more.
    changed: Condvar,
}

#[derive(Default)]
struct Jobs {
    waiting: VecDeque<Job>,
    /// Nobody wants the blocks any more.
    closed: bool,
}

impl Sealer {
    pub fn new(threads: usize, options: BlockOptions) -> Self {
        let workers = (threads > 1).then(|| Workers::start(threads - 1, options));
        Sealer { options, workers, given: 0, appended: 0, waiting: BTreeMap::new() }
    }

    /// Builds the blocks of `full`, or has them built; returns an empty buffer to go on with.
    pub fn seal(&mut self, mut full: SpanBuffer, sink: &mut impl BlockSink) -> Result<SpanBuffer> {
        let plans = full.plan_blocks(&self.options);
        let Some(workers) = &self.workers else {
            for plan in &plans {
                sink.append(build_block(&full, plan, &self.options)?)?;
            }
            full.clear();
            return Ok(full);
        };
        let (first, count) = (self.given, plans.len() as u64);
        let buffer = Arc::new(full);
        let job = |(number, plan)| Job { number, buffer: Arc::clone(&buffer), plan };
        workers.queue.add((first..).zip(plans).map(job));
        self.given += count;
        // At most two buffers live: the one that is filled next and the one whose blocks are built.
        drop(buffer);
        self.append_until(first, sink)?;
        Ok(SpanBuffer::default())
    }

    /// Appends the blocks that are ready, without waiting.
    pub fn collect(&mut self, sink: &mut impl BlockSink) -> Result<()> {
        while self.appended < self.given {
            match self.workers.as_ref().and_then(|w| w.built.try_recv().ok()) {
                Some(built) => self.take(built, sink)?,
                None => break,
            }
        }
        Ok(())
    }

    /// Appends all blocks that were given.
    pub fn drain(&mut self, sink: &mut impl BlockSink) -> Result<()> {
        self.append_until(self.given, sink)
    }

    /// Appends the first `count` blocks, and builds some meanwhile: also later ones, rather than wait.
    fn append_until(&mut self, count: u64, sink: &mut impl BlockSink) -> Result<()> {
        self.collect(sink)?;
        while self.appended < count {
            let workers = self.workers.as_ref().ok_or_else(gone)?;
            let built = match workers.queue.try_next() {
                Some(job) => job.build(&self.options),
                None => workers.built.recv().map_err(|_| gone())?,
            };
            self.take(built, sink)?;
            self.collect(sink)?;
        }
        Ok(())
    }

    fn take(&mut self, (number, block): Built, sink: &mut impl BlockSink) -> Result<()> {
        self.waiting.insert(number, block?);
        while let Some(block) = self.waiting.remove(&self.appended) {
            sink.append(block)?;
            self.appended += 1;
        }
        Ok(())
    }
}

impl Job {
    fn build(self, options: &BlockOptions) -> Built {
        (self.number, build_block(&self.buffer, &self.plan, options))
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Jobs> {
        // Nothing that is done under the lock leaves it half done.
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, jobs: impl Iterator<Item = Job>) {
        self.lock().waiting.extend(jobs);
        self.changed.notify_all();
    }

    /// The next block, if there is one.
    fn try_next(&self) -> Option<Job> {
        self.lock().waiting.pop_front()
    }

    /// The next block, as soon as there is one; none once the queue is closed.
    fn next(&self) -> Option<Job> {
        let nothing = |jobs: &mut Jobs| jobs.waiting.is_empty() && !jobs.closed;
        let jobs = self.changed.wait_while(self.lock(), nothing);
        jobs.unwrap_or_else(PoisonError::into_inner).waiting.pop_front()
    }

    fn close(&self) {
        let mut jobs = self.lock();
        jobs.closed = true;
        jobs.waiting.clear();
        drop(jobs);
        self.changed.notify_all();
    }
}

impl Workers {
    fn start(threads: usize, options: BlockOptions) -> Self {
        let (done, built) = channel();
        let queue = Arc::new(Queue::default());
        let threads = (0..threads)
            .map(|_| {
                let (queue, done) = (Arc::clone(&queue), done.clone());
                std::thread::spawn(move || work(&queue, &done, &options))
            })
            .collect();
        Workers { queue, built, threads }
    }
}

fn work(queue: &Queue, done: &Sender<Built>, options: &BlockOptions) {
    while let Some(job) = queue.next() {
        let number = job.number;
        // Whoever waits for this block must hear of it, even if building it panics.
        let build = AssertUnwindSafe(|| job.build(options));
        let built = catch_unwind(build).unwrap_or_else(|_| (number, Err(gone())));
        if done.send(built).is_err() {
            return;
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.queue.close();
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so; there is nothing to add here.
            let _ = thread.join();
        }
    }
}

#[cold]
fn gone() -> Error {
    Error::new(
        ErrorKind::State,
        "building a block panicked; the message on standard error says where",
    )
}
