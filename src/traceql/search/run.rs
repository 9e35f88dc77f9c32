//! Running a search: chunk by chunk, until enough is found.

use super::enough::Enough;
use super::fetch;
use super::matches::{self, Found};
use super::{Search, SearchOptions, SearchStats};
use crate::block::Field as Column;
use crate::blocks::Blocks;
use crate::error::Result;
use crate::graph::StructuralOptions;
use crate::rowset::{RowSet, SpanSet};
use crate::traceql::ast::{Field, Pipeline};
use crate::traceql::exec::{Control, Layout, Plan, QueryContext, RunContext, State};
use crate::traceql::explain::Explain;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Searches `blocks` for what `pipeline` leaves.
pub fn search(
    pipeline: &Pipeline,
    blocks: &Blocks,
    options: &SearchOptions,
    most_recent: bool,
) -> Result<Search> {
    let begin = Instant::now();
    let setup = Setup::new(pipeline, blocks, options, most_recent)?;
    let run = setup.run_context();
    let job = setup.job(&run);
    let chunks = job.chunks();
    let mut stats = SearchStats {
        chunks: setup.layout.len(),
        chunks_outside: setup.layout.len() - chunks.len(),
        ..SearchStats::default()
    };
    let found = job.run(&chunks)?;
    stats.chunks_not_needed = chunks.len() - found.len();
    let mut search = job.assemble(&found)?;
    stats.spans_searched = found.iter().map(|found| found.searched).sum();
    stats.peak_bytes = setup.control.peak();
    stats.time = begin.elapsed();
    search.complete = stats.chunks_not_needed == 0;
    search.cut_off |= !search.complete;
    search.stats = stats;
    search.fields = setup.fields.clone();
    search.explain = Explain::of(&setup.plan, Some(stats));
    Ok(search)
}

/// All that a search needs, and that its threads borrow.
pub struct Setup {
    pub plan: Plan,
    pub blocks: Blocks,
    pub layout: Arc<Layout>,
    pub options: SearchOptions,
    pub fields: Vec<Field>,
    pub control: Control,
    context: Arc<QueryContext>,
    most_recent: bool,
}

impl Setup {
    pub fn new(
        pipeline: &Pipeline,
        blocks: &Blocks,
        options: &SearchOptions,
        most_recent: bool,
    ) -> Result<Setup> {
        let context = options.context.clone().unwrap_or_default();
        let plan = Plan::compile(pipeline, context.scan())?;
        let timed = options.start_ns.is_some() || options.end_ns.is_some();
        // Who asks for spans alone and not for traces, need not know how blocks share these.
        let apart = options.limit == 0 && options.blocks.is_none() && !timed && plan.is_filter();
        let layout = match apart {
            true => Arc::new(Layout::apart(blocks)),
            false => {
                fetch::traces(blocks, &plan)?;
                context.layout(blocks)?
            }
        };
        Ok(Setup {
            fields: matches::fields(pipeline, &plan),
            plan,
            blocks: blocks.clone(),
            layout,
            options: options.clone(),
            control: Control::new(options.limits.clone()),
            context,
            most_recent,
        })
    }

    pub fn run_context(&self) -> RunContext<'_> {
        RunContext {
            scan: self.context.scan(),
            control: &self.control,
            structural: StructuralOptions { rooted_only: self.options.rooted_only },
        }
    }

    pub fn job<'a>(&'a self, run: &'a RunContext<'a>) -> Job<'a> {
        Job {
            plan: &self.plan,
            blocks: &self.blocks,
            layout: &self.layout,
            options: &self.options,
            fields: &self.fields,
            most_recent: self.most_recent,
            run,
        }
    }
}

/// A search that runs.
pub struct Job<'a> {
    plan: &'a Plan,
    blocks: &'a Blocks,
    layout: &'a Layout,
    options: &'a SearchOptions,
    fields: &'a [Field],
    most_recent: bool,
    run: &'a RunContext<'a>,
}

/// A chunk to be searched.
#[derive(Clone, Copy)]
pub struct Next {
    pub chunk: usize,
    /// No trace of it starts after this.
    latest: u64,
}

impl<'a> Job<'a> {
    /// The chunks that are asked about, in the order in which they are to be searched.
    pub fn chunks(&self) -> Vec<Next> {
        let mut chunks: Vec<Next> = (0..self.layout.len())
            .filter(|&chunk| self.is_asked_for(chunk))
            .map(|chunk| Next { chunk, latest: self.latest_start(chunk) })
            .collect();
        if self.most_recent {
            chunks.sort_by_key(|next| std::cmp::Reverse(next.latest));
        }
        chunks
    }

    fn is_asked_for(&self, chunk: usize) -> bool {
        let numbers = self.layout.blocks_of(chunk);
        let first = numbers.first().map_or(0, |&first| first as usize);
        if self.options.blocks.as_ref().is_some_and(|blocks| !blocks.contains(&first)) {
            return false;
        }
        let blocks = || numbers.iter().filter_map(|&number| self.blocks.get(number as usize).ok());
        let start = blocks().map(|block| block.min_start_ns()).min().unwrap_or(0);
        let end = blocks().map(|block| block.max_end_ns()).max().unwrap_or(0);
        self.options.start_ns.is_none_or(|from| from <= end)
            && self.options.end_ns.is_none_or(|to| start <= to)
    }

    fn latest_start(&self, chunk: usize) -> u64 {
        let numbers = self.layout.blocks_of(chunk).iter();
        let latest = numbers.filter_map(|&number| {
            let block = self.blocks.get(number as usize).ok()?;
            let column = block.field_columns(Column::TraceStartTime).next()?;
            Some(block.column_info(column).entry.max)
        });
        latest.max().unwrap_or(0)
    }

    /// Searches chunks until enough is found; those that were searched and count, in order.
    fn run(&self, chunks: &[Next]) -> Result<Vec<Found<'a>>> {
        let threads = self.options.threads.clamp(1, chunks.len().max(1));
        let shared = Shared {
            next: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            results: Mutex::new((0..chunks.len()).map(|_| None).collect()),
        };
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(|| self.work(chunks, &shared));
            }
            self.work(chunks, &shared);
        });
        let results = shared.results.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut found = Vec::new();
        let mut enough = Enough::new(self.options, self.most_recent);
        for (result, next) in results.into_iter().zip(chunks) {
            if enough.reached(next.latest) {
                break;
            }
            let Some(result) = result else { break };
            let result = result?;
            enough.add(&result);
            found.push(result);
        }
        Ok(found)
    }

    /// Searches one chunk after another, as long as there is one and it is needed.
    fn work(&self, chunks: &[Next], shared: &Shared<'a>) {
        while !shared.stop.load(Relaxed) {
            let at = shared.next.fetch_add(1, Relaxed);
            let Some(next) = chunks.get(at) else { break };
            let result = self.fetch(chunks, at).and_then(|()| self.search_chunk(next.chunk));
            let failed = result.is_err();
            let mut results = shared.results.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(place) = results.get_mut(at) {
                *place = Some(result);
            }
            if failed || self.is_enough(&results, chunks) {
                shared.stop.store(true, Relaxed);
            }
        }
    }

    /// Whether the chunks that were searched without a gap are enough.
    fn is_enough(&self, results: &[Option<Result<Found<'a>>>], chunks: &[Next]) -> bool {
        let mut enough = Enough::new(self.options, self.most_recent);
        if enough.wanted.is_none() {
            return false;
        }
        for (result, next) in results.iter().zip(chunks) {
            if enough.reached(next.latest) {
                return true;
            }
            let Some(Ok(found)) = result else { return false };
            enough.add(found);
        }
        false
    }

    /// Fetches what searching the next of `chunks`, number `at`, needs.
    pub fn fetch(&self, chunks: &[Next], at: usize) -> Result<()> {
        fetch::columns(self.blocks, self.layout, self.plan, self.run.scan, chunks, at)
    }

    /// Searches chunk `index` of the layout.
    pub fn search_chunk(&self, index: usize) -> Result<Found<'a>> {
        self.run.control.check()?;
        let chunk = self.layout.chunk(self.blocks, index)?;
        let (start, end) = (self.options.start_ns, self.options.end_ns);
        let spans = match (start, end) {
            (None, None) => chunk.all(),
            _ => chunk.in_time(start.unwrap_or(0), end.unwrap_or(u64::MAX))?,
        };
        let state = self.plan.run(self.run, &chunk, State::new(spans))?;
        Found::new(chunk, state, self.options.limit > 0, self.run.control)
    }

    /// Puts together what was found.
    fn assemble(&self, found: &[Found<'_>]) -> Result<Search> {
        let mut sets: Vec<RowSet> =
            self.blocks.iter().map(|block| RowSet::none(block.rows())).collect();
        for found in found {
            for (&number, set) in found.chunk.numbers().iter().zip(found.state.spans.blocks()) {
                if let Some(place) = sets.get_mut(number as usize) {
                    *place = set.clone();
                }
            }
        }
        let trace_count = found.iter().map(|found| found.traces.len() as u64).sum();
        let traces = {
            let Job { options, fields, run, .. } = self;
            matches::choose(found, options.limit, self.most_recent, options, fields, run)?
        };
        Ok(Search {
            cut_off: (traces.len() as u64) < trace_count,
            traces,
            spans: SpanSet::new(sets),
            trace_count,
            complete: true,
            fields: Vec::new(),
            stats: SearchStats::default(),
            explain: Explain::default(),
        })
    }
}

/// What the threads of a search share.
struct Shared<'a> {
    next: AtomicUsize,
    stop: AtomicBool,
    results: Mutex<Vec<Option<Result<Found<'a>>>>>,
}
