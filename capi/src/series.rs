//! Series that queries make of spans.

use crate::blocks::bp_blocks;
use crate::cursor::shard;
use crate::error::{Failure, bp_error};
use crate::explanation::{Explained, bp_explanation};
use crate::guard::{Zero, entry, fact, free};
use crate::handle::{BP_HANDLE_SERIES, Handle, bp_handle_kind};
use crate::lazy_fields::bp_span;
use crate::limits::{bp_budget, bp_cancel};
use crate::options::Growing;
use crate::query::bp_query;
use crate::span_set::{bp_span_ids, fixed};
use crate::status::*;
use crate::value::{bp_field, bp_str, bp_value};
use blockpack_engine::Blocks;
use blockpack_engine::fields::SpanRow;
use blockpack_engine::traceql::{MetricsOptions, Series, SeriesSet};

/// Series with samples at the same times. Owns what it says and holds no blocks. Immutable, shared by
/// threads.
pub struct bp_series {
    _opaque: [u8; 0],
}

/// What a `bp_series` holds.
pub struct Made {
    set: SeriesSet,
    /// The labels of each series as text.
    names: Vec<String>,
    /// The exemplars of each series.
    exemplars: Vec<Vec<bp_exemplar>>,
}

impl Handle for bp_series {
    const KIND: bp_handle_kind = BP_HANDLE_SERIES;
    const NAME: &'static str = "bp_series";
    type Body = Made;
}

/// Makes one sample of the whole time; step_ns does not count.
pub const BP_METRICS_INSTANT: u32 = 1;
/// Relates only spans that a root reaches.
pub const BP_METRICS_ROOTED_ONLY: u32 = 2;

/// Over which time series are made, and how. Zero is the default of every member.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_metrics_options {
    /// sizeof(bp_metrics_options).
    pub struct_size: usize,
    /// Spans that start at this time or before do not count; all from the first on do if 0.
    pub start_ns: u64,
    /// Spans that start after this do not count; all up to the last do if 0.
    pub end_ns: u64,
    /// Time between two samples; about 240 samples at whole units of time if 0.
    pub step_ns: u64,
    /// Time from now on after which the run ends with BP_ERR_CANCELLED; none if 0.
    pub timeout_ns: u64,
    /// What stops the run, or NULL.
    pub cancel: *const bp_cancel,
    /// The memory that it may use while it runs; 2 GiB if NULL.
    pub budget: *const bp_budget,
    /// Exemplars to give at most; as the query's hint exemplars says if 0.
    pub exemplars: u32,
    /// Threads to use; 1 if 0.
    pub threads: u32,
    /// BP_METRICS_... bits.
    pub flags: u32,
    /// 0.
    pub reserved: u32,
    /// The first block to count spans of: only traces that begin in the blocks that are counted do, or
    /// the spans in them where nothing is asked about whole traces. So parts of a list count together
    /// what a run over the whole does, nothing twice, and at the same times.
    pub first_block: u64,
    /// How many blocks to count from there on; all if 0.
    pub block_count: u64,
}

// SAFETY: `repr(C)`, a size first, integers and pointers that are not followed unless checked.
unsafe impl Growing for bp_metrics_options {
    const NAME: &'static str = "bp_metrics_options";
    const MIN: usize = 72;
}

/// What the series of a query have in common.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_series_set_info {
    /// sizeof(bp_series_set_info).
    pub struct_size: usize,
    /// Series.
    pub series: u64,
    /// Samples of each.
    pub samples: u64,
    /// Time between two samples.
    pub step_ns: u64,
    /// Spans that the query found, and that start in the time.
    pub spans: u64,
    /// Chunks that the blocks fall into: blocks that share traces, or single blocks where nothing is
    /// asked about whole traces. A query that is made of several counts them for each.
    pub chunks: u64,
    /// Of these, chunks outside of the blocks and the time that were asked for.
    pub chunks_outside: u64,
    /// The most bytes of sets, groups and sums at a time, blocks not counted.
    pub peak_bytes: u64,
    /// Time that it took.
    pub time_ns: u64,
    /// Of chunks_outside, those that do not begin in the blocks that were asked for.
    pub chunks_outside_blocks: u64,
    /// Of chunks_outside, those that do and have no span in the time that was asked for.
    pub chunks_outside_time: u64,
}

// SAFETY: `repr(C)`, a size first, all integers.
unsafe impl Growing for bp_series_set_info {
    const NAME: &'static str = "bp_series_set_info";
    const MIN: usize = 40;
}

/// A span that stands for those of a series.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_exemplar {
    /// Its ids, and where it is in the blocks that were asked.
    pub ids: bp_span_ids,
    /// When it starts.
    pub time_ns: u64,
    /// Its value in the field that the query is about, durations in seconds; where spans are counted,
    /// or two sides of series combined, the sample of the series at that time.
    pub value: f64,
}

// SAFETY: bytes, integers and doubles.
unsafe impl Zero for bp_exemplar {}

impl Made {
    fn series(&self, index: usize) -> Result<&Series, Failure> {
        self.set.series.get(index).ok_or_else(|| {
            let count = self.set.series.len();
            Failure::invalid(format!("there is no series {index}, there are {count}"))
        })
    }
}

fn exemplars(blocks: &Blocks, series: &Series) -> Result<Vec<bp_exemplar>, Failure> {
    let exemplars = series.exemplars.iter().map(|exemplar| {
        let at = exemplar.span;
        let span = SpanRow::new(blocks.get(at.block as usize)?, at.row)?;
        let ids = bp_span_ids {
            trace_id: fixed(&exemplar.trace_id),
            span_id: fixed(span.span_id()?),
            span: bp_span { block: at.block, row: at.row },
        };
        Ok(bp_exemplar { ids, time_ns: exemplar.time_ns, value: exemplar.value })
    });
    exemplars.collect()
}

/// Runs a query that makes series of the spans in blocks, which may come from several files and from
/// builders: a trace that lies in several of them is one.
///
/// Parameters: options may be NULL.
/// Ownership: the caller frees the series.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT also for a query that finds spans and for a time
/// that makes no sense, BP_ERR_LIMIT for too many samples, BP_ERR_RELEASED, BP_ERR_CANCELLED also when
/// the time is up, BP_ERR_BUDGET, BP_ERR_IO, BP_ERR_SHORT_READ, BP_ERR_CALLBACK, BP_ERR_CORRUPT,
/// BP_ERR_CHECKSUM.
/// Cost: linear in the spans that match.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_series_new(
    query: *const bp_query,
    blocks: *const bp_blocks,
    options: *const bp_metrics_options,
    out: *mut *mut bp_series,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let query = c.shared(query)?;
        let blocks = c.shared(blocks)?;
        let list = blocks.get()?;
        let o = c.options(options)?;
        let known = BP_METRICS_INSTANT | BP_METRICS_ROOTED_ONLY;
        if o.flags & !known != 0 {
            return Err(Failure::invalid(format!("there is no flag {}", o.flags & !known)));
        }
        let options = MetricsOptions {
            context: Some(list.queries().clone()),
            start_ns: (o.start_ns > 0).then_some(o.start_ns),
            end_ns: (o.end_ns > 0).then_some(o.end_ns),
            step_ns: (o.step_ns > 0).then_some(o.step_ns),
            instant: o.flags & BP_METRICS_INSTANT != 0,
            blocks: shard(o.first_block, o.block_count),
            exemplars: (o.exemplars > 0).then_some(o.exemplars),
            threads: o.threads as usize,
            rooted_only: o.flags & BP_METRICS_ROOTED_ONLY != 0,
            limits: c.limits(o.cancel, o.budget, o.timeout_ns)?,
        };
        let set = query.query.metrics(list, &options)?;
        let names = set.series.iter().map(Series::to_string).collect();
        let exemplars = set.series.iter().map(|series| exemplars(list, series));
        let exemplars = exemplars.collect::<Result<_, _>>()?;
        out.give(Made { set, names, exemplars });
        Ok(BP_OK)
    })
}

/// Says how the query was answered, and what its parts did.
///
/// Ownership: the caller frees the explanation.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT.
/// Cost: linear in the query.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_series_explain(
    series: *const bp_series,
    out: *mut *mut bp_explanation,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let explain = c.shared(series)?.set.explain.clone();
        out.give(Explained::new(explain));
        Ok(BP_OK)
    })
}

/// Counts the series.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_series_len(series: *const bp_series) -> usize {
    fact!(0, |c| Ok(c.shared(series)?.set.series.len()))
}

/// Tells what the series have in common.
///
/// Parameters: out.struct_size is set by the caller.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_series_info(
    series: *const bp_series,
    out: *mut bp_series_set_info,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let out = c.growing_out(out)?;
        let set = &c.shared(series)?.set;
        out.set(&bp_series_set_info {
            struct_size: 0,
            series: set.series.len() as u64,
            samples: set.times.len() as u64,
            step_ns: set.step_ns,
            spans: set.spans,
            chunks: set.stats.chunks as u64,
            chunks_outside: set.stats.outside.total() as u64,
            peak_bytes: set.stats.peak_bytes,
            time_ns: u64::try_from(set.stats.time.as_nanos()).unwrap_or(u64::MAX),
            chunks_outside_blocks: set.stats.outside.blocks as u64,
            chunks_outside_time: set.stats.outside.time as u64,
        });
        Ok(BP_OK)
    })
}

/// Copies the times of samples, from number first on: the end of the interval that each is of.
///
/// Parameters: out has room for cap times, in nanoseconds since the epoch.
/// Threads: any.
/// Errors: BP_DONE when there is no sample first, BP_ERR_NULL_ARGUMENT.
/// Cost: linear in the times given.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_series_times(
    series: *const bp_series,
    first: usize,
    out: *mut u64,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out_count], |c, out_count| {
        let mut out = c.out_array(out, cap)?;
        let series = c.shared(series)?;
        out.put_slice(series.set.times.get(first..).unwrap_or_default());
        out_count.set(out.filled());
        Ok(if out.filled() == 0 && cap > 0 { BP_DONE } else { BP_OK })
    })
}

/// Copies samples of series number index, from number first on; a gap is NaN.
///
/// Parameters: out has room for cap samples.
/// Threads: any.
/// Errors: BP_DONE when there is no sample first, BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
/// Cost: linear in the samples given.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_series_values(
    series: *const bp_series,
    index: usize,
    first: usize,
    out: *mut f64,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out_count], |c, out_count| {
        let mut out = c.out_array(out, cap)?;
        let series = c.shared(series)?;
        for value in series.series(index)?.values.iter().skip(first).take(cap) {
            out.put(value.unwrap_or(f64::NAN));
        }
        out_count.set(out.filled());
        Ok(if out.filled() == 0 && cap > 0 { BP_DONE } else { BP_OK })
    })
}

/// Gives the labels of series number index as text, as in {resource.service.name="cart"}; nothing if
/// there is no such series.
///
/// Valid until: free of series.
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_series_text(series: *const bp_series, index: usize) -> bp_str {
    fact!(bp_str::EMPTY, |c| {
        let series = c.shared(series)?;
        let name = series.names.get(index);
        Ok(name.map_or(bp_str::EMPTY, |name| bp_str::view(name.as_bytes())))
    })
}

/// Copies the labels of series number index without the first skip of them: fields under the texts of
/// the query, or names like __name__, __bucket and p.
///
/// Parameters: out has room for cap fields.
/// Valid until: free of series.
/// Threads: any.
/// Errors: BP_DONE when there are none, BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
/// Cost: linear in the labels given.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_series_labels(
    series: *const bp_series,
    index: usize,
    skip: usize,
    out: *mut bp_field,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out_count], |c, out_count| {
        let mut out = c.out_array(out, cap)?;
        let series = c.shared(series)?;
        for label in series.series(index)?.labels.iter().skip(skip).take(cap) {
            let name = bp_str::view(label.name.as_bytes());
            out.put(bp_field { name, value: bp_value::maybe(label.value.view()) });
        }
        out_count.set(out.filled());
        Ok(if out.filled() == 0 && cap > 0 { BP_DONE } else { BP_OK })
    })
}

/// Copies the exemplars of series number index without the first skip of them, by time.
///
/// Parameters: out has room for cap exemplars.
/// Threads: any.
/// Errors: BP_DONE when there are none, BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
/// Cost: linear in the exemplars given.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_series_exemplars(
    series: *const bp_series,
    index: usize,
    skip: usize,
    out: *mut bp_exemplar,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out_count], |c, out_count| {
        let mut out = c.out_array(out, cap)?;
        let series = c.shared(series)?;
        series.series(index)?;
        let exemplars = series.exemplars.get(index).map_or(&[][..], |all| all);
        out.put_slice(exemplars.get(skip..).unwrap_or_default());
        out_count.set(out.filled());
        Ok(if out.filled() == 0 && cap > 0 { BP_DONE } else { BP_OK })
    })
}

/// Frees the series. NULL is allowed.
///
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_series_free(series: *mut bp_series) {
    free!(series)
}
