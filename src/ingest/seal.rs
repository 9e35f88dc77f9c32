//! Builds the blocks of full buffers, on other threads if there are any.

use super::BlockSink;
use crate::block::build::{BlockOptions, BlockPlan, BuiltBlock, SpanBuffer, build_block};
use crate::error::{Error, ErrorKind, Result};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
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

struct Workers {
    jobs: Option<Sender<Job>>,
    built: Receiver<Built>,
    /// Nobody wants the blocks any more.
    abandoned: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Sealer {
    pub fn new(threads: usize, options: BlockOptions) -> Self {
        let workers = (threads > 1).then(|| Workers::start(threads, options));
        Sealer { options, workers, given: 0, appended: 0, waiting: BTreeMap::new() }
    }

    /// Builds the blocks of `full`, or has them built; returns an empty buffer to go on with.
    pub fn seal(&mut self, mut full: SpanBuffer, sink: &mut impl BlockSink) -> Result<SpanBuffer> {
        let plans = full.plan_blocks(&self.options);
        if self.workers.is_none() {
            for plan in &plans {
                sink.append(build_block(&full, plan, &self.options)?)?;
            }
            full.clear();
            return Ok(full);
        }
        // At most two buffers live: the one being filled and the one whose blocks are built.
        self.drain(sink)?;
        let buffer = Arc::new(full);
        for plan in plans {
            let job = Job { number: self.given, buffer: Arc::clone(&buffer), plan };
            let jobs = self.workers.as_ref().and_then(|w| w.jobs.as_ref());
            if jobs.is_none_or(|jobs| jobs.send(job).is_err()) {
                return Err(gone());
            }
            self.given += 1;
        }
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

    /// Waits for all blocks that were given, and appends them.
    pub fn drain(&mut self, sink: &mut impl BlockSink) -> Result<()> {
        while self.appended < self.given {
            let workers = self.workers.as_ref().ok_or_else(gone)?;
            let built = workers.built.recv().map_err(|_| gone())?;
            self.take(built, sink)?;
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

impl Workers {
    fn start(threads: usize, options: BlockOptions) -> Self {
        let (jobs, queue) = channel::<Job>();
        let (done, built) = channel();
        let queue = Arc::new(Mutex::new(queue));
        let abandoned = Arc::new(AtomicBool::new(false));
        let threads = (0..threads)
            .map(|_| {
                let (queue, done) = (Arc::clone(&queue), done.clone());
                let abandoned = Arc::clone(&abandoned);
                std::thread::spawn(move || work(&queue, &done, &abandoned, &options))
            })
            .collect();
        Workers { jobs: Some(jobs), built, abandoned, threads }
    }
}

fn work(
    queue: &Mutex<Receiver<Job>>,
    done: &Sender<Built>,
    abandoned: &AtomicBool,
    options: &BlockOptions,
) {
    loop {
        // The lock is held while waiting for a job; it is let go before the job is done.
        let job = match queue.lock() {
            Ok(queue) => queue.recv(),
            Err(_) => return,
        };
        let Ok(Job { number, buffer, plan }) = job else { return };
        if abandoned.load(Relaxed) {
            return;
        }
        // Whoever waits for this block must hear of it, even if building it panics.
        let build = AssertUnwindSafe(|| build_block(&buffer, &plan, options));
        let block = catch_unwind(build).unwrap_or_else(|_| Err(gone()));
        drop(buffer);
        if done.send((number, block)).is_err() {
            return;
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.abandoned.store(true, Relaxed);
        self.jobs = None;
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
