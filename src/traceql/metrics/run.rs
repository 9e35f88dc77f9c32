//! Running the pipeline of a query that makes series, chunk by chunk.

use super::plan::QueryPlan;
use super::steps::Steps;
use super::worker::{Worker, field_of};
use crate::blocks::Blocks;
use crate::error::{ErrorKind, Result};
use crate::name::Name;
use crate::traceql::exec::{Chunk, Layout, Outside, QueryContext, RunContext, State};
use crate::traceql::filter::needs_trace;
use crate::traceql::keys::for_each_site;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

/// A query that makes series of spans in a list of blocks.
pub struct Job<'a> {
    /// The query.
    pub plan: &'a QueryPlan<'a>,
    /// Where spans are looked for.
    pub blocks: &'a Blocks,
    /// The intervals.
    pub steps: Steps,
    /// Most exemplars.
    pub exemplars: u32,
    /// The blocks that traces have to begin in; `None` for all.
    pub shard: Option<&'a Range<usize>>,
    /// Threads.
    pub threads: usize,
    /// What the run shares.
    pub run: &'a RunContext<'a>,
    /// What queries share.
    pub context: &'a Arc<QueryContext>,
}

impl<'a> Job<'a> {
    /// What all threads added up of `chunks`.
    pub fn run(&self, layout: &Layout, chunks: &[usize]) -> Result<Worker<'a>> {
        let next = AtomicUsize::new(0);
        let work = || -> Result<Worker<'a>> {
            let mut worker = Worker::new(self.plan, &self.steps, self.exemplars, self.run.control)?;
            while let Some(&chunk) = chunks.get(next.fetch_add(1, Relaxed)) {
                let added = self.add(&layout.chunk(self.blocks, chunk)?, &mut worker);
                if added.is_err() {
                    next.store(chunks.len(), Relaxed);
                }
                added?;
            }
            Ok(worker)
        };
        let threads = self.threads.clamp(1, chunks.len().max(1));
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            let mut worker = work();
            for other in others {
                // A panic is a defect, and goes on as one.
                let other = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                worker = worker.and_then(|mut worker| {
                    worker.merge(&other?)?;
                    Ok(worker)
                });
            }
            worker
        })
    }

    /// How blocks are run over together. Without questions about traces, each is by itself.
    /// The names of root spans are compared, which can be in other blocks.
    pub fn layout(&self) -> Result<Arc<Layout>> {
        let compares = self.plan.selection.is_some();
        match self.plan.pipeline.is_filter() && !compares && !self.names().any(needs_trace) {
            true => Ok(Arc::new(Layout::apart(self.blocks))),
            false => self.context.layout(self.blocks),
        }
    }

    /// The chunks that are asked about, and have spans in the time, and how many do not.
    pub fn chunks(&self, layout: &Layout) -> (Vec<usize>, Outside) {
        layout.asked_for(self.shard, |chunk| {
            let numbers = layout.blocks_of(chunk).iter();
            let mut blocks = numbers.filter_map(|&n| self.blocks.get(n as usize).ok());
            blocks.any(|block| self.steps.overlap(block.min_start_ns(), block.max_end_ns()))
        })
    }

    /// The fields that are asked for of spans.
    fn names(&self) -> impl Iterator<Item = &'a Name> {
        let query = self.plan.query;
        query.by.iter().map(|field| &field.name).chain(field_of(&query.function))
    }

    fn add(&self, chunk: &Chunk<'_>, worker: &mut Worker<'_>) -> Result<()> {
        self.run.control.check()?;
        let (start, before) = (Instant::now(), worker.spans);
        let spans = self.plan.pipeline.run(self.run, chunk, State::new(chunk.all()))?.spans;
        let needs_traces = self.names().any(needs_trace);
        for_each_site(chunk, needs_traces, &spans, |site, rows| {
            worker.add(site, rows).map_err(|e| match e.kind() {
                ErrorKind::Cancelled | ErrorKind::Budget => e,
                _ => e.context(format_args!("block {}", site.place)),
            })
        })?;
        self.plan.counters.add(spans.count(), worker.spans - before, start.elapsed());
        Ok(())
    }
}
