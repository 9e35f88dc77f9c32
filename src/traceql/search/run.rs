//! Running a search: chunk by chunk, until enough is found.

use super::enough::Enough;
use super::fetch;
use super::matches::{self, Found};
use super::{Ended, Search, SearchOptions, SearchStats};
use crate::block::Field as Column;
use crate::blocks::Blocks;
use crate::error::{Error, ErrorKind, Result};
use crate::graph::StructuralOptions;
use crate::rowset::{RowSet, SpanSet};
use crate::traceql::ast::{Field, Pipeline};
use crate::traceql::exec::{Control, Layout, Outside, Plan, QueryContext, RunContext, State};
use crate::traceql::explain::Explain;
use std::ops::Range;
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
    let (chunks, outside) = job.chunks();
    let mut stats = SearchStats { chunks: setup.layout.len(), outside, ..SearchStats::default() };
    let all = options.count_all || options.limit == 0;
    let found = job.run(&chunks, 0..chunks.len(), (!all).then_some(options.limit), |_| Ok(()));
    let found =
        found.into_iter().map(|result| Ok(result?.1)).collect::<Result<Vec<Found<'_>>>>()?;
    stats.chunks_not_needed = chunks.len() - found.len();
    let mut search = job.assemble(&found)?;
    stats.spans_searched = found.iter().map(|found| found.searched).sum();
    stats.peak_bytes = setup.control.peak();
    stats.time = begin.elapsed();
    search.complete = stats.chunks_not_needed == 0;
    search.cut_off |= !search.complete;
    stats.ended = if search.cut_off { Ended::Limit } else { Ended::Complete };
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
        if let (Some(start), Some(end)) = (options.start_ns, options.end_ns)
            && end < start
        {
            let message = format!("the time range ends at {end}, before it begins at {start}");
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
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
    /// The chunks that are asked about, in the order in which they are to be searched, and how many
    /// are not.
    pub fn chunks(&self) -> (Vec<Next>, Outside) {
        let asked_for = |chunk| self.overlaps_time(chunk);
        let (chunks, outside) = self.layout.asked_for(self.options.blocks.as_ref(), asked_for);
        let next = |chunk| Next { chunk, latest: self.latest_start(chunk) };
        let mut chunks: Vec<Next> = chunks.into_iter().map(next).collect();
        if self.most_recent {
            chunks.sort_by_key(|next| std::cmp::Reverse(next.latest));
        }
        (chunks, outside)
    }

    fn overlaps_time(&self, chunk: usize) -> bool {
        let numbers = self.layout.blocks_of(chunk);
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

    /// Searches those of `chunks` that are at `range`, until `wanted` traces are found; all if that
    /// is `None`. Gives those that were searched and count, in order, each with what `each` makes
    /// of it. A failure is the last.
    pub fn run<T: Send>(
        &self,
        chunks: &[Next],
        range: Range<usize>,
        wanted: Option<usize>,
        each: impl Fn(&Found<'a>) -> Result<T> + Sync,
    ) -> Vec<Searched<'a, T>> {
        let threads = self.options.threads.clamp(1, range.len().max(1));
        let work = Work {
            next: AtomicUsize::new(range.start),
            stop: AtomicBool::new(false),
            results: Mutex::new(range.clone().map(|_| None).collect()),
            enough: Enough::new(wanted, self.most_recent),
            chunks,
            range,
        };
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(|| self.work(&work, &each));
            }
            self.work(&work, &each);
        });
        work.into_results()
    }

    /// Searches one chunk after another, as long as there is one and it is needed.
    fn work<T>(&self, work: &Work<'_, 'a, T>, each: &impl Fn(&Found<'a>) -> Result<T>) {
        while !work.stop.load(Relaxed) {
            let at = work.next.fetch_add(1, Relaxed);
            let Some(next) = work.chunks.get(at).filter(|_| work.range.contains(&at)) else {
                break;
            };
            let fetched =
                fetch::columns(self.blocks, self.layout, self.plan, self.run.scan, work.chunks, at);
            let found = fetched.and_then(|()| self.search_chunk(next.chunk));
            work.done(at, found.and_then(|found| Ok((each(&found)?, found))));
        }
    }

    /// Searches chunk `index` of the layout.
    fn search_chunk(&self, index: usize) -> Result<Found<'a>> {
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

/// A chunk that was searched: what was made of it, and what was found.
type Searched<'a, T> = Result<(T, Found<'a>)>;

/// What the threads of a search share.
struct Work<'w, 'a, T> {
    chunks: &'w [Next],
    range: Range<usize>,
    next: AtomicUsize,
    stop: AtomicBool,
    /// Of the chunks at `range`.
    results: Mutex<Vec<Option<Searched<'a, T>>>>,
    /// When nothing was found yet.
    enough: Enough,
}

impl<'a, T> Work<'_, 'a, T> {
    /// Takes in the result of chunk number `at`.
    fn done(&self, at: usize, result: Searched<'a, T>) {
        let failed = result.is_err();
        let mut results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = results.get_mut(at - self.range.start) {
            *place = Some(result);
        }
        if failed || self.is_enough(&results) {
            self.stop.store(true, Relaxed);
        }
    }

    /// Whether the chunks that were searched without a gap are enough.
    fn is_enough(&self, results: &[Option<Searched<'a, T>>]) -> bool {
        let mut enough = self.enough.clone();
        if enough.wanted.is_none() {
            return false;
        }
        for (result, next) in results.iter().zip(self.of_range()) {
            if enough.reached(next.latest) {
                return true;
            }
            let Some(Ok((_, found))) = result else { return false };
            enough.add(found);
        }
        false
    }

    /// The results that count.
    fn into_results(mut self) -> Vec<Searched<'a, T>> {
        let results = std::mem::take(&mut self.results);
        let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut enough = self.enough.clone();
        let mut out = Vec::new();
        for (result, next) in results.into_iter().zip(self.of_range()) {
            if enough.reached(next.latest) {
                break;
            }
            let Some(result) = result else { break };
            match &result {
                Ok((_, found)) => enough.add(found),
                Err(_) => {
                    out.push(result);
                    break;
                }
            }
            out.push(result);
        }
        out
    }

    fn of_range(&self) -> &[Next] {
        self.chunks.get(self.range.clone()).unwrap_or_default()
    }
}
