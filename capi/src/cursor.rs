//! Searches with queries.

use crate::blocks::bp_blocks;
use crate::error::{Failure, bp_error};
use crate::explanation::{Explained, bp_explanation};
use crate::guard::{Call, entry, free};
use crate::handle::{BP_HANDLE_CURSOR, Handle, bp_handle_kind};
use crate::limits::{bp_budget, bp_cancel};
use crate::list::List;
use crate::match_set::{Matches, Shown, bp_match_set};
use crate::options::Growing;
use crate::query::bp_query;
use crate::span_set::{Spans, bp_span_set};
use crate::status::*;
use blockpack_engine::traceql::{Ended, SearchCursor, SearchOptions, TraceMatch};
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

/// A search that runs: it gives the traces in which a query matched, a batch at a time, so that memory
/// does not grow with what is found. Keeps the blocks and what its options name.
///
/// For one thread at a time.
pub struct bp_cursor {
    _opaque: [u8; 0],
}

/// What a `bp_cursor` holds.
pub struct Search {
    cursor: SearchCursor,
    list: Arc<List>,
    shown: Arc<Shown>,
    /// Traces that were found and not given yet.
    waiting: VecDeque<TraceMatch>,
    given: u64,
}

impl Handle for bp_cursor {
    const KIND: bp_handle_kind = BP_HANDLE_CURSOR;
    const NAME: &'static str = "bp_cursor";
    type Body = Search;
}

/// As a limit: none.
pub const BP_NO_LIMIT: u64 = u64::MAX;

/// Gives the traces that start last, instead of those that are found first; of those that start
/// together, the ones with the smallest ids. All are searched before the first batch is given. The
/// query's hint most_recent does the same.
pub const BP_SEARCH_MOST_RECENT: u32 = 1;
/// Relates only spans that a root reaches.
pub const BP_SEARCH_ROOTED_ONLY: u32 = 2;

/// The search can go on.
pub const BP_ENDED_NOT_YET: u32 = 0;
/// All that matches was found.
pub const BP_ENDED_COMPLETE: u32 = 1;
/// As many traces were found as were asked for; there are, or can be, more.
pub const BP_ENDED_LIMIT: u32 = 2;
/// The search was cancelled.
pub const BP_ENDED_CANCELLED: u32 = 3;
/// Its time was up.
pub const BP_ENDED_TIMEOUT: u32 = 4;
/// It needed more memory than its budget.
pub const BP_ENDED_BUDGET: u32 = 5;
/// It failed otherwise: bp_cursor_next() told how.
pub const BP_ENDED_FAILED: u32 = 6;

/// What is asked besides the query. Zero is the default of every member.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_search_options {
    /// sizeof(bp_search_options).
    pub struct_size: usize,
    /// Traces that end before this do not count.
    pub start_ns: u64,
    /// Traces that start after this do not count; none is left out if 0.
    pub end_ns: u64,
    /// Traces to give at most; 20 if 0, all if BP_NO_LIMIT.
    pub limit: u64,
    /// Spans to give of each spanset at most; 3 if 0, all if BP_NO_LIMIT.
    pub spans_per_spanset: u64,
    /// The first block to search: only traces that begin in the blocks that are searched count, so that
    /// parts of a list find together what a search of the whole does, and nothing twice.
    pub first_block: u64,
    /// How many blocks to search from there on; all if 0.
    pub block_count: u64,
    /// Time from now on after which the search ends with BP_ERR_CANCELLED; none if 0.
    pub timeout_ns: u64,
    /// What stops the search, or NULL.
    pub cancel: *const bp_cancel,
    /// The memory that it may use while it runs; 2 GiB if NULL.
    pub budget: *const bp_budget,
    /// Threads to use; 1 if 0. They work while a batch is waited for, and some blocks ahead.
    pub threads: u32,
    /// BP_SEARCH_... bits.
    pub flags: u32,
}

// SAFETY: `repr(C)`, a size first, integers and pointers that are not followed unless checked.
unsafe impl Growing for bp_search_options {
    const NAME: &'static str = "bp_search_options";
    const MIN: usize = 88;
}

/// What a search took, and how far it came.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_search_stats {
    /// sizeof(bp_search_stats).
    pub struct_size: usize,
    /// Chunks that the blocks fall into: blocks that share traces.
    pub chunks: u64,
    /// Of these, chunks outside of the blocks and the time that were asked for.
    pub chunks_outside: u64,
    /// Of these, chunks that were asked for and not searched: ended says why.
    pub chunks_not_needed: u64,
    /// Spans in the chunks that were searched.
    pub spans_searched: u64,
    /// Spans that matched in them.
    pub spans_matched: u64,
    /// Traces that were given.
    pub traces: u64,
    /// The most bytes of sets, groups and results at a time, blocks not counted.
    pub peak_bytes: u64,
    /// Time that was spent searching.
    pub time_ns: u64,
    /// 1 if traces were left out because of the limit; known when the last batch was given.
    pub cut_off: u32,
    /// 0.
    pub reserved: u32,
    /// Of chunks_outside, those that do not begin in the blocks that were asked for.
    pub chunks_outside_blocks: u64,
    /// Of chunks_outside, those that do and have no span in the time that was asked for.
    pub chunks_outside_time: u64,
    /// Why no more is found: a BP_ENDED_... value.
    pub ended: u32,
    /// 0.
    pub reserved2: u32,
}

// SAFETY: `repr(C)`, a size first, all integers.
unsafe impl Growing for bp_search_stats {
    const NAME: &'static str = "bp_search_stats";
    const MIN: usize = 80;
}

/// A limit as the engine has it, which for 0 is `otherwise`.
fn limit(limit: u64, otherwise: usize) -> usize {
    match limit {
        0 => otherwise,
        limit => usize::try_from(limit).unwrap_or(usize::MAX),
    }
}

/// A `BP_ENDED_...` value.
fn ended(why: Ended) -> u32 {
    match why {
        Ended::NotYet => BP_ENDED_NOT_YET,
        Ended::Complete => BP_ENDED_COMPLETE,
        Ended::Limit => BP_ENDED_LIMIT,
        Ended::Cancelled => BP_ENDED_CANCELLED,
        Ended::Deadline => BP_ENDED_TIMEOUT,
        Ended::Budget => BP_ENDED_BUDGET,
        Ended::Failed => BP_ENDED_FAILED,
    }
}

/// The blocks from `first` on, so many or all if 0; `None` for all there are.
pub fn shard(first: u64, count: u64) -> Option<Range<usize>> {
    let start = usize::try_from(first).unwrap_or(usize::MAX);
    (first > 0 || count > 0).then(|| start..start.saturating_add(limit(count, usize::MAX)))
}

impl Call<'_> {
    /// The caller's options in the engine's words.
    pub fn search_options(
        &self,
        options: *const bp_search_options,
        list: &List,
    ) -> Result<SearchOptions, Failure> {
        let o = self.options(options)?;
        let known = BP_SEARCH_MOST_RECENT | BP_SEARCH_ROOTED_ONLY;
        if o.flags & !known != 0 {
            return Err(Failure::invalid(format!("there is no search flag {}", o.flags & !known)));
        }
        let default = SearchOptions::default();
        let spans = limit(o.spans_per_spanset, default.spans_per_spanset);
        Ok(SearchOptions {
            context: Some(list.queries().clone()),
            start_ns: (o.start_ns > 0).then_some(o.start_ns),
            end_ns: (o.end_ns > 0).then_some(o.end_ns),
            limit: limit(o.limit, default.limit),
            spans_per_spanset: if spans == usize::MAX { 0 } else { spans },
            most_recent: o.flags & BP_SEARCH_MOST_RECENT != 0,
            blocks: shard(o.first_block, o.block_count),
            threads: limit(o.threads.into(), 1),
            rooted_only: o.flags & BP_SEARCH_ROOTED_ONLY != 0,
            limits: self.limits(o.cancel, o.budget, o.timeout_ns)?,
            ..default
        })
    }
}

impl Search {
    /// The next traces, `most` at most; none when there are none left.
    fn next(&mut self, most: usize) -> Result<Vec<TraceMatch>, Failure> {
        if self.waiting.is_empty()
            && let Some(batch) = self.cursor.next_batch()?
        {
            self.waiting = batch.into();
        }
        let count = self.waiting.len().min(most);
        self.given += count as u64;
        Ok(self.waiting.drain(..count).collect())
    }
}

/// Starts a search of blocks, which may come from several files and from builders: a trace that lies in
/// several of them is one. Nothing is searched yet.
///
/// Parameters: options may be NULL.
/// Ownership: the caller frees the cursor, which keeps what it needs; blocks and query may go before it.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT also for a query that makes series and for
/// a time that ends before it begins, BP_ERR_RELEASED, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: the first search of a list of blocks looks which of them share traces: linear in the traces.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_cursor_new(
    query: *const bp_query,
    blocks: *const bp_blocks,
    options: *const bp_search_options,
    out: *mut *mut bp_cursor,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let query = c.shared(query)?;
        let blocks = c.shared(blocks)?;
        let list = blocks.get()?;
        let cursor = query.query.cursor(list, &c.search_options(options, list)?)?;
        let shown = Arc::new(Shown::new(cursor.fields()));
        let (list, waiting) = (list.clone(), VecDeque::new());
        out.give(Search { cursor, list, shown, waiting, given: 0 });
        Ok(BP_OK)
    })
}

/// Searches on, and gives the next traces that match.
///
/// Parameters: max_traces is the most to give; what was found together if 0.
/// Ownership: the caller frees the set, which does not depend on the cursor.
/// Threads: one at a time; bp_cancel_trigger() meanwhile on any.
/// Errors: BP_DONE, without a set, when there are no more; BP_ERR_NULL_ARGUMENT, BP_ERR_CANCELLED also
/// when the time is up, BP_ERR_BUDGET, BP_ERR_IO, BP_ERR_SHORT_READ, BP_ERR_CALLBACK, BP_ERR_CORRUPT,
/// BP_ERR_CHECKSUM. After an error there is nothing more.
/// Cost: searches blocks until something is found.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_cursor_next(
    cursor: *mut bp_cursor,
    max_traces: usize,
    out: *mut *mut bp_match_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let mut search = c.exclusive(cursor)?;
        let traces = search.next(if max_traces == 0 { usize::MAX } else { max_traces })?;
        if traces.is_empty() {
            return Ok(BP_DONE);
        }
        out.give(Matches::new(traces, &search.list, &search.shown)?);
        Ok(BP_OK)
    })
}

/// Tells what the search took so far.
///
/// Parameters: out.struct_size is set by the caller.
/// Threads: any, while no other call on cursor is running.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_cursor_stats(
    cursor: *const bp_cursor,
    out: *mut bp_search_stats,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let out = c.growing_out(out)?;
        let search = c.shared(cursor)?;
        let stats = search.cursor.stats();
        out.set(&bp_search_stats {
            struct_size: 0,
            chunks: stats.chunks as u64,
            chunks_outside: stats.outside.total() as u64,
            chunks_not_needed: stats.chunks_not_needed as u64,
            spans_searched: stats.spans_searched,
            spans_matched: search.cursor.matched_spans(),
            traces: search.given,
            peak_bytes: stats.peak_bytes,
            time_ns: u64::try_from(stats.time.as_nanos()).unwrap_or(u64::MAX),
            cut_off: u32::from(search.cursor.cut_off()),
            reserved: 0,
            chunks_outside_blocks: stats.outside.blocks as u64,
            chunks_outside_time: stats.outside.time as u64,
            ended: ended(stats.ended),
            reserved2: 0,
        });
        Ok(BP_OK)
    })
}

/// Says how the query is answered, and what its parts did so far.
///
/// Ownership: the caller frees the explanation.
/// Threads: any, while no other call on cursor is running.
/// Errors: BP_ERR_NULL_ARGUMENT.
/// Cost: linear in the query.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_cursor_explain(
    cursor: *const bp_cursor,
    out: *mut *mut bp_explanation,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        out.give(Explained::new(c.shared(cursor)?.cursor.explain()));
        Ok(BP_OK)
    })
}

/// Frees the cursor. NULL is allowed.
///
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_cursor_free(cursor: *mut bp_cursor) {
    free!(cursor)
}

/// Finds all spans that match, as a set; no traces are put together.
///
/// Parameters: options may be NULL; their limit and spans_per_spanset do not count.
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT also for a query that makes series and for
/// a time that ends before it begins, BP_ERR_RELEASED, BP_ERR_CANCELLED also when the time is up,
/// BP_ERR_BUDGET, BP_ERR_IO, BP_ERR_SHORT_READ, BP_ERR_CALLBACK, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: searches all blocks.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_query_spans(
    query: *const bp_query,
    blocks: *const bp_blocks,
    options: *const bp_search_options,
    out: *mut *mut bp_span_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let query = c.shared(query)?;
        let blocks = c.shared(blocks)?;
        let list = blocks.get()?;
        let options = SearchOptions { limit: 0, ..c.search_options(options, list)? };
        out.give(Spans::new(query.query.search(list, &options)?.spans, list));
        Ok(BP_OK)
    })
}
