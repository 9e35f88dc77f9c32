//! A search that gives its traces a batch at a time.

use super::matches::{self, Found};
use super::run::{Next, Setup, search};
use super::{Ended, SearchOptions, SearchStats, TraceMatch};
use crate::blocks::Blocks;
use crate::error::Result;
use crate::traceql::ast::{Field, Pipeline};
use crate::traceql::explain::Explain;
use std::collections::VecDeque;
use std::time::Instant;

/// Traces that match, batch by batch: those of blocks that share traces, when they are asked for.
/// So any number of traces takes no more memory than those of a few blocks. To stop early, drop it.
///
/// In a batch, traces are ordered as in [`super::Search`]; batches are in the order of blocks,
/// whatever the number of threads. If there are several, they work while a batch is waited for, and
/// search some blocks ahead. If the most recent traces are asked for, all are found first, and
/// given as one batch. `Send`.
pub struct SearchCursor {
    setup: Setup,
    pipeline: Pipeline,
    most_recent: bool,
    chunks: Vec<Next>,
    /// How many of them were searched.
    searched: usize,
    /// How many are searched next, at once.
    ahead: usize,
    /// What was found in those of them that were searched ahead. A failure is the last.
    ready: VecDeque<Result<Batch>>,
    /// Traces that may still be given.
    left: usize,
    matched_spans: u64,
    cut_off: bool,
    stats: SearchStats,
    /// How the most recent traces were found: that was another run.
    explain: Option<Explain>,
}

/// What is given of a chunk.
struct Batch {
    traces: Vec<TraceMatch>,
    /// Spans that matched.
    spans: u64,
    /// Whether more traces did.
    cut_off: bool,
}

/// Chunks that several threads search at once, for each of them: at first so few, then ever more
/// up to so many. Threads are started anew each time, which takes as long as searching a small
/// chunk. The very first chunk is searched without: often it is enough, or else it is given soon.
const AHEAD: [usize; 2] = [4, 16];

impl SearchCursor {
    pub(super) fn new(
        pipeline: &Pipeline,
        blocks: &Blocks,
        options: &SearchOptions,
        most_recent: bool,
    ) -> Result<SearchCursor> {
        let setup = Setup::new(pipeline, blocks, options, most_recent)?;
        let (chunks, outside) = setup.job(&setup.run_context()).chunks();
        let stats = SearchStats { chunks: setup.layout.len(), outside, ..SearchStats::default() };
        Ok(SearchCursor {
            pipeline: pipeline.clone(),
            most_recent,
            chunks,
            searched: 0,
            ahead: 1,
            ready: VecDeque::new(),
            left: options.limit,
            matched_spans: 0,
            cut_off: false,
            stats,
            explain: None,
            setup,
        })
    }

    /// The fields to show of spans, as in [`super::Search::fields`].
    pub fn fields(&self) -> &[Field] {
        &self.setup.fields
    }

    /// The blocks that are searched: what spans are places in.
    pub fn blocks(&self) -> &Blocks {
        &self.setup.blocks
    }

    /// Spans that matched in the batches so far.
    pub fn matched_spans(&self) -> u64 {
        self.matched_spans
    }

    /// Whether traces were left out because of the limit; known when the last batch was given.
    pub fn cut_off(&self) -> bool {
        self.cut_off
    }

    /// What it took so far. Chunks that were not searched yet count as not needed.
    pub fn stats(&self) -> SearchStats {
        match self.explain {
            Some(_) => self.stats,
            None => SearchStats {
                chunks_not_needed: self.chunks.len() - self.searched,
                peak_bytes: self.setup.control.peak(),
                ..self.stats
            },
        }
    }

    /// How the query is answered, and what its parts did so far.
    pub fn explain(&self) -> Explain {
        match &self.explain {
            Some(explain) => explain.clone(),
            None => Explain::of(&self.setup.plan, Some(self.stats())),
        }
    }

    /// The next batch; never empty. `None` when there are no more, or the limit of traces is
    /// reached. After an error there is nothing more.
    pub fn next_batch(&mut self) -> Result<Option<Vec<TraceMatch>>> {
        let begin = Instant::now();
        let batch = if self.most_recent { self.all() } else { self.next_chunk() };
        // After the last batch the chunks that are left stay, to be counted; no more are searched.
        if !matches!(batch, Ok(Some(_))) {
            self.left = 0;
        }
        self.stats.time += begin.elapsed();
        if self.left == 0 && self.stats.ended == Ended::NotYet {
            self.stats.ended = match &batch {
                Err(e) => Ended::by(e, &self.setup.control),
                Ok(_) if self.cut_off || self.stats().chunks_not_needed > 0 => Ended::Limit,
                Ok(_) => Ended::Complete,
            };
        }
        batch
    }

    fn next_chunk(&mut self) -> Result<Option<Vec<TraceMatch>>> {
        while self.left > 0 {
            self.setup.control.check()?;
            if let Some(batch) = self.ready.pop_front() {
                let Batch { traces, spans, cut_off } = batch?;
                self.matched_spans += spans;
                self.left -= traces.len();
                self.cut_off = cut_off || self.left == 0 && self.searched < self.chunks.len();
                return Ok(Some(traces));
            }
            if self.searched == self.chunks.len() {
                break;
            }
            self.search_ahead();
        }
        Ok(None)
    }

    /// Searches the next chunks.
    fn search_ahead(&mut self) {
        let run = self.setup.run_context();
        let job = self.setup.job(&run);
        let Setup { options, fields, .. } = &self.setup;
        let end = self.searched.saturating_add(self.ahead).min(self.chunks.len());
        if options.threads > 1 {
            let [least, most] = AHEAD.map(|chunks| options.threads.saturating_mul(chunks));
            self.ahead = self.ahead.saturating_mul(2).clamp(least, most);
        }
        let mut left = self.left;
        let choose = |found: &Found<'_>, limit| {
            matches::choose(std::slice::from_ref(found), limit, false, options, fields, &run)
        };
        let results =
            job.run(&self.chunks, self.searched..end, Some(left), |found| choose(found, left));
        for result in results {
            self.searched += 1;
            let batch = result.and_then(|(mut traces, found)| {
                self.stats.spans_searched += found.searched;
                if traces.len() > left {
                    traces = choose(&found, left)?;
                }
                left -= traces.len();
                let cut_off = traces.len() < found.traces.len();
                Ok(Batch { traces, spans: found.state.spans.count(), cut_off })
            });
            if !matches!(&batch, Ok(batch) if batch.traces.is_empty()) {
                self.ready.push_back(batch);
            }
        }
    }

    fn all(&mut self) -> Result<Option<Vec<TraceMatch>>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left = 0;
        let Setup { blocks, options, .. } = &self.setup;
        let found = search(&self.pipeline, blocks, options, true)?;
        (self.matched_spans, self.cut_off) = (found.spans.count(), found.cut_off);
        self.stats = SearchStats { time: self.stats.time, ..found.stats };
        self.explain = Some(found.explain);
        Ok(Some(found.traces).filter(|traces| !traces.is_empty()))
    }
}

impl Iterator for SearchCursor {
    type Item = Result<Vec<TraceMatch>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_batch().transpose()
    }
}
