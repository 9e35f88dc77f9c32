//! A search that gives its traces a batch at a time.

use super::matches;
use super::run::{Next, Setup, search};
use super::{SearchOptions, TraceMatch};
use crate::blocks::Blocks;
use crate::error::Result;
use crate::traceql::ast::{Field, Pipeline};

/// Traces that match, batch by batch: those of blocks that share traces, when they are asked for.
/// So any number of traces takes no more memory than those of a few blocks. To stop early, drop it.
///
/// In a batch, traces are ordered as in [`super::Search`]; batches are in the order of blocks. If
/// the most recent traces are asked for, all are found first, and given as one batch. Threads are
/// used for that alone. `Send`.
pub struct SearchCursor {
    setup: Setup,
    pipeline: Pipeline,
    most_recent: bool,
    chunks: Vec<Next>,
    /// How many of them were searched.
    searched: usize,
    /// Traces that may still be given.
    left: usize,
    matched_spans: u64,
    cut_off: bool,
}

impl SearchCursor {
    pub(super) fn new(
        pipeline: &Pipeline,
        blocks: &Blocks,
        options: &SearchOptions,
        most_recent: bool,
    ) -> Result<SearchCursor> {
        let setup = Setup::new(pipeline, blocks, options, most_recent)?;
        let chunks = setup.job(&setup.run_context()).chunks();
        Ok(SearchCursor {
            pipeline: pipeline.clone(),
            most_recent,
            chunks,
            searched: 0,
            left: options.limit,
            matched_spans: 0,
            cut_off: false,
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

    /// The next batch; never empty. `None` when there are no more, or the limit of traces is
    /// reached. After an error there is nothing more.
    pub fn next_batch(&mut self) -> Result<Option<Vec<TraceMatch>>> {
        let batch = if self.most_recent { self.all() } else { self.next_chunk() };
        if !matches!(batch, Ok(Some(_))) {
            self.searched = self.chunks.len();
        }
        batch
    }

    fn next_chunk(&mut self) -> Result<Option<Vec<TraceMatch>>> {
        let run = self.setup.run_context();
        let job = self.setup.job(&run);
        while self.left > 0 {
            let Some(next) = self.chunks.get(self.searched) else { return Ok(None) };
            job.fetch(&self.chunks, self.searched)?;
            self.searched += 1;
            let found = job.search_chunk(next.chunk)?;
            if found.traces.is_empty() {
                continue;
            }
            self.matched_spans += found.state.spans.count();
            let count = found.traces.len();
            let Setup { options, fields, .. } = &self.setup;
            let traces = matches::choose(&[found], self.left, false, options, fields, &run)?;
            self.left -= traces.len();
            self.cut_off =
                traces.len() < count || self.left == 0 && self.searched < self.chunks.len();
            return Ok(Some(traces));
        }
        Ok(None)
    }

    fn all(&mut self) -> Result<Option<Vec<TraceMatch>>> {
        if self.searched == self.chunks.len() {
            return Ok(None);
        }
        self.searched = self.chunks.len();
        let Setup { blocks, options, .. } = &self.setup;
        let found = search(&self.pipeline, blocks, options, true)?;
        (self.matched_spans, self.cut_off) = (found.spans.count(), found.cut_off);
        Ok(Some(found.traces).filter(|traces| !traces.is_empty()))
    }
}

impl Iterator for SearchCursor {
    type Item = Result<Vec<TraceMatch>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_batch().transpose()
    }
}
