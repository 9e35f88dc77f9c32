//! What searches find.

use crate::columns::bp_columns;
use crate::error::{Failure, bp_error};
use crate::guard::{OutArray, Zero, entry, fact, free};
use crate::handle::{BP_HANDLE_MATCH_SET, Handle, bp_handle_kind};
use crate::list::{Held, List};
use crate::matrix;
use crate::span_set::{Spans, bp_span_ids, bp_span_set, fixed, ids_of};
use crate::status::*;
use crate::summaries::bp_trace_service;
use crate::value::{bp_field, bp_str, bp_value};
use blockpack_engine::blocks::SpanAt;
use blockpack_engine::fields::Columns;
use blockpack_engine::rowset::{RowSet, SpanSet};
use blockpack_engine::traceql::ast::Field;
use blockpack_engine::traceql::{ServiceCount, Spanset, TraceMatch, Value};
use std::sync::Arc;

/// Traces in which a query matched. They have services and spansets, spans that belong together; these
/// have attributes and spans. All are numbered from 0 each, through all traces, so that one call reads
/// those of many. Immutable, shared by threads.
///
/// It keeps the blocks, so that fields of the spans can be read, until it is released; all else
/// answers after release, too.
pub struct bp_match_set {
    _opaque: [u8; 0],
}

/// What a `bp_match_set` holds.
pub struct Matches {
    traces: Vec<TraceMatch>,
    /// Where each trace begins.
    starts: Vec<Start>,
    /// The trace of each spanset, and where it begins.
    spansets: Vec<(usize, Start)>,
    spans: Vec<bp_span_ids>,
    shown: Arc<Shown>,
    blocks: Held,
}

impl Handle for bp_match_set {
    const KIND: bp_handle_kind = BP_HANDLE_MATCH_SET;
    const NAME: &'static str = "bp_match_set";
    type Body = Matches;
}

/// Numbers of the first things of a trace or spanset.
#[derive(Clone, Copy, Default)]
struct Start {
    service: usize,
    spanset: usize,
    attribute: usize,
    span: usize,
}

/// The fields that a query asks for: what is to be shown of spans.
pub struct Shown {
    names: Vec<Box<str>>,
    columns: Columns,
}

/// A trace in which a query matched.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_trace_match {
    /// Of an id of another length, the last 16 bytes, or zeros in front.
    pub trace_id: [u8; 16],
    /// Service of the root span; empty if there is none.
    pub root_service: bp_str,
    /// Name of the root span; empty if there is none.
    pub root_name: bp_str,
    /// When the first span starts.
    pub start_ns: u64,
    /// From then until the last span ends.
    pub duration_ns: u64,
    /// Spans that matched.
    pub matched: u64,
    /// Its first spanset.
    pub first_spanset: u64,
    /// The first of the services that took part.
    pub first_service: u64,
    /// How many spansets it has from there on, at least one.
    pub spansets: u32,
    /// How many services took part.
    pub services: u32,
    /// BP_TRACE_... bits: what is wrong with the trace.
    pub flags: u32,
    /// 0.
    pub reserved: u32,
}

// SAFETY: integers and null views.
unsafe impl Zero for bp_trace_match {}

/// Spans of a trace that belong together.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_spanset {
    /// Its trace.
    pub trace: u64,
    /// How many spans it has.
    pub matched: u64,
    /// The first of its spans that are given.
    pub first_span: u64,
    /// The first of its attributes: values of by() and of aggregates.
    pub first_attribute: u64,
    /// How many spans are given: the first by start, as many as the options of the search say.
    pub spans: u32,
    /// How many attributes it has.
    pub attributes: u32,
}

// SAFETY: integers.
unsafe impl Zero for bp_spanset {}

impl Shown {
    /// These fields.
    pub fn new(fields: &[Field]) -> Self {
        Shown {
            names: fields.iter().map(|field| field.text.clone()).collect(),
            columns: Columns::new(fields.iter().map(|field| field.name.clone())),
        }
    }
}

impl Matches {
    /// A handle's body.
    pub fn new(
        traces: Vec<TraceMatch>,
        list: &Arc<List>,
        shown: &Arc<Shown>,
    ) -> Result<Self, Failure> {
        let (mut starts, mut spansets, mut spans) = (Vec::new(), Vec::new(), Vec::new());
        let mut at = Start::default();
        for (trace, found) in traces.iter().enumerate() {
            starts.push(at);
            for spanset in &found.spansets {
                spansets.push((trace, at));
                for &span in &spanset.spans {
                    spans.push(ids_of(list, span)?);
                }
                at.spanset += 1;
                at.attribute += spanset.attributes.len();
                at.span = spans.len();
            }
            at.service += found.services.len();
        }
        let (shown, blocks) = (shown.clone(), Held::new(list));
        Ok(Matches { traces, starts, spansets, spans, shown, blocks })
    }

    /// The services of all traces.
    fn services(&self) -> impl Iterator<Item = &ServiceCount> {
        self.traces.iter().flat_map(|trace| &trace.services)
    }

    /// The spansets of all traces.
    fn each_spanset(&self) -> impl Iterator<Item = &Spanset> {
        self.traces.iter().flat_map(|trace| &trace.spansets)
    }

    /// The attributes of all spansets.
    fn attributes(&self) -> impl Iterator<Item = &(Arc<str>, Value)> {
        self.each_spanset().flat_map(|spanset| &spanset.attributes)
    }

    /// Puts the values that depend on traces which lie in several blocks, for `count` spans from
    /// `first` on: what was read of the blocks is about parts of these traces.
    fn put_wholes(&self, first: usize, count: usize, out: &mut OutArray<'_, bp_value>) {
        let width = self.shown.names.len();
        let spansets = self.each_spanset().zip(&self.spansets);
        for (spanset, (_, start)) in spansets {
            for of in &spanset.of_wholes {
                let row = (start.span + of.span).checked_sub(first).filter(|&row| row < count);
                if let Some(row) = row {
                    out.put_at(row * width + of.field, bp_value::view(of.value()));
                }
            }
        }
    }

    /// Where the spans are, from `first` on.
    fn places(&self, first: u64) -> impl Iterator<Item = SpanAt> {
        let first = usize::try_from(first).unwrap_or(usize::MAX);
        let places = self.spans.iter().skip(first).map(|ids| ids.span);
        places.map(|span| SpanAt { block: span.block, row: span.row })
    }
}

fn trace_match(start: &Start, trace: &TraceMatch) -> bp_trace_match {
    bp_trace_match {
        trace_id: fixed(&trace.trace_id),
        root_service: bp_str::view(&trace.root_service),
        root_name: bp_str::view(&trace.root_name),
        start_ns: trace.start_ns,
        duration_ns: trace.duration_ns,
        matched: trace.spansets.iter().map(|spanset| spanset.matched).sum(),
        first_spanset: start.spanset as u64,
        first_service: start.service as u64,
        spansets: trace.spansets.len() as u32,
        services: trace.services.len() as u32,
        flags: trace.flags.0 as u32,
        reserved: 0,
    }
}

/// Counts the traces; also after release.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_match_set_len(set: *const bp_match_set) -> usize {
    fact!(0, |c| Ok(c.shared(set)?.traces.len()))
}

/// Counts the spansets of all traces together; also after release.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_match_set_spanset_count(set: *const bp_match_set) -> usize {
    fact!(0, |c| Ok(c.shared(set)?.spansets.len()))
}

/// Counts the spans that are given of all spansets together; also after release.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_match_set_span_count(set: *const bp_match_set) -> usize {
    fact!(0, |c| Ok(c.shared(set)?.spans.len()))
}

/// Counts the services of all traces together; also after release.
///
/// Threads: any.
/// Cost: linear in the traces.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_match_set_service_count(set: *const bp_match_set) -> usize {
    fact!(0, |c| Ok(c.shared(set)?.traces.iter().map(|trace| trace.services.len()).sum()))
}

/// Counts the attributes of all spansets together; also after release.
///
/// Threads: any.
/// Cost: linear in the spansets.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_match_set_attribute_count(set: *const bp_match_set) -> usize {
    fact!(0, |c| Ok(c.shared(set)?.each_spanset().map(|spanset| spanset.attributes.len()).sum()))
}

/// Copies traces, from number first on; also after release.
///
/// Parameters: out has room for cap traces.
/// Valid until: free of set, for the texts in the traces.
/// Threads: any.
/// Errors: BP_DONE when there is no trace first, BP_ERR_NULL_ARGUMENT.
/// Cost: linear in the traces given.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_match_set_traces(
    set: *const bp_match_set,
    first: usize,
    out: *mut bp_trace_match,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out_count], |c, out_count| {
        let mut out = c.out_array(out, cap)?;
        let set = c.shared(set)?;
        for (start, trace) in set.starts.iter().zip(&set.traces).skip(first).take(cap) {
            out.put(trace_match(start, trace));
        }
        out_count.set(out.filled());
        Ok(if out.filled() == 0 && cap > 0 { BP_DONE } else { BP_OK })
    })
}

/// Copies services of the traces, from number first on; also after release. Those of a trace stand
/// together, by their number of spans, most first.
///
/// Parameters: out has room for cap services.
/// Valid until: free of set, for the names.
/// Threads: any.
/// Errors: BP_DONE when there is no service first, BP_ERR_NULL_ARGUMENT.
/// Cost: linear in the services up to the last one given.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_match_set_services(
    set: *const bp_match_set,
    first: usize,
    out: *mut bp_trace_service,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out_count], |c, out_count| {
        let mut out = c.out_array(out, cap)?;
        let set = c.shared(set)?;
        for part in set.services().skip(first).take(cap) {
            let service = bp_str::view(&part.service);
            out.put(bp_trace_service { service, spans: part.spans, errors: part.errors });
        }
        out_count.set(out.filled());
        Ok(if out.filled() == 0 && cap > 0 { BP_DONE } else { BP_OK })
    })
}

/// Copies spansets, from number first on; also after release.
///
/// Parameters: out has room for cap spansets.
/// Threads: any.
/// Errors: BP_DONE when there is no spanset first, BP_ERR_NULL_ARGUMENT.
/// Cost: linear in the spansets given.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_match_set_spansets(
    set: *const bp_match_set,
    first: usize,
    out: *mut bp_spanset,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out_count], |c, out_count| {
        let mut out = c.out_array(out, cap)?;
        let set = c.shared(set)?;
        for (&(trace, start), spanset) in
            set.spansets.iter().zip(set.each_spanset()).skip(first).take(cap)
        {
            out.put(bp_spanset {
                trace: trace as u64,
                matched: spanset.matched,
                first_span: start.span as u64,
                first_attribute: start.attribute as u64,
                spans: spanset.spans.len() as u32,
                attributes: spanset.attributes.len() as u32,
            });
        }
        out_count.set(out.filled());
        Ok(if out.filled() == 0 && cap > 0 { BP_DONE } else { BP_OK })
    })
}

/// Copies attributes of the spansets, from number first on: values of by() and of aggregates under their
/// texts, as "by(resource.service.name)" and "count()"; also after release.
///
/// Parameters: out has room for cap fields.
/// Valid until: free of set.
/// Threads: any.
/// Errors: BP_DONE when there is no attribute first, BP_ERR_NULL_ARGUMENT.
/// Cost: linear in the attributes up to the last one given.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_match_set_attributes(
    set: *const bp_match_set,
    first: usize,
    out: *mut bp_field,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out_count], |c, out_count| {
        let mut out = c.out_array(out, cap)?;
        let set = c.shared(set)?;
        for (name, value) in set.attributes().skip(first).take(cap) {
            let name = bp_str::view(name.as_bytes());
            out.put(bp_field { name, value: bp_value::maybe(value.view()) });
        }
        out_count.set(out.filled());
        Ok(if out.filled() == 0 && cap > 0 { BP_DONE } else { BP_OK })
    })
}

/// Copies ids and places of spans, from number first on; also after release.
///
/// Parameters: out has room for cap spans.
/// Threads: any.
/// Errors: BP_DONE when there is no span first, BP_ERR_NULL_ARGUMENT.
/// Cost: linear in the spans given.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_match_set_spans(
    set: *const bp_match_set,
    first: usize,
    out: *mut bp_span_ids,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out_count], |c, out_count| {
        let mut out = c.out_array(out, cap)?;
        let set = c.shared(set)?;
        out.put_slice(set.spans.get(first..).unwrap_or_default());
        out_count.set(out.filled());
        Ok(if out.filled() == 0 && cap > 0 { BP_DONE } else { BP_OK })
    })
}

/// Gives the names of the fields that the query selects or mentions, without the first skip of them;
/// also after release.
///
/// Parameters: out has room for cap names.
/// Valid until: free of set.
/// Threads: any.
/// Errors: BP_DONE when there are none, BP_ERR_NULL_ARGUMENT.
/// Cost: linear in the names given.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_match_set_fields(
    set: *const bp_match_set,
    skip: usize,
    out: *mut bp_str,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out_count], |c, out_count| {
        let mut out = c.out_array(out, cap)?;
        let set = c.shared(set)?;
        for name in set.shown.names.iter().skip(skip).take(cap) {
            out.put(bp_str::view(name.as_bytes()));
        }
        out_count.set(out.filled());
        Ok(if out.filled() == 0 && cap > 0 { BP_DONE } else { BP_OK })
    })
}

/// Reads fields of many spans at once: of count spans from number first on, the values of columns, or
/// of the fields that bp_match_set_fields() names; row by row, absent where a span has no such field.
/// Of the latter, those that depend on a trace (trace:duration and the like) are of the whole trace
/// also if it lies in several blocks.
///
/// Parameters: columns may be NULL; out has room for out_len values, count times the number of fields.
/// Valid until: release or free of set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT also if the set has fewer spans,
/// BP_ERR_RELEASED, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: linear in the values.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_match_set_values(
    set: *const bp_match_set,
    first: usize,
    count: usize,
    columns: *const bp_columns,
    out: *mut bp_value,
    out_len: usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let mut out = c.out_values(out, out_len)?;
        let set = c.shared(set)?;
        if first.checked_add(count).is_none_or(|end| end > set.spans.len()) {
            let message = format!("{count} spans from {first} on, the set has {}", set.spans.len());
            return Err(Failure::invalid(message));
        }
        let places = set.places(first as u64).take(count);
        if !columns.is_null() {
            let names = c.columns(columns, count, out_len)?;
            matrix::fill(set.blocks.get()?, places, names.columns(), &mut out)?;
        } else if set.shown.names.len().checked_mul(count) == Some(out_len) {
            matrix::fill(set.blocks.get()?, places, &set.shown.columns, &mut out)?;
            set.put_wholes(first, count, &mut out);
        } else {
            let fields = set.shown.names.len();
            let message =
                format!("there is room for {out_len} values; {count} rows have {fields} each");
            return Err(Failure::invalid(message));
        }
        Ok(BP_OK)
    })
}

/// Makes the set of the spans that are given, over the blocks that were searched.
///
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED.
/// Cost: sorts the spans.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_match_set_span_set(
    set: *const bp_match_set,
    out: *mut *mut bp_span_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let set = c.shared(set)?;
        let blocks = set.blocks.get()?;
        let mut rows = vec![Vec::new(); blocks.len()];
        for span in set.places(0) {
            if let Some(rows) = rows.get_mut(span.block as usize) {
                rows.push(span.row);
            }
        }
        let sets = blocks.iter().zip(rows).map(|(b, rows)| RowSet::from_ids(b.rows(), rows));
        out.give(Spans::new(SpanSet::new(sets.collect()), blocks));
        Ok(BP_OK)
    })
}

/// Gives back the blocks that this handle holds. Doing so again does nothing. What is not read from
/// them stays.
///
/// Threads: any, while no other call on set is running.
/// Cost: constant, and what it takes to free what nobody else holds.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_match_set_release(set: *mut bp_match_set) {
    fact!((), |c| {
        c.exclusive(set)?.blocks.release();
        Ok(())
    })
}

/// Tells whether the set was released.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_match_set_is_released(set: *const bp_match_set) -> bool {
    fact!(false, |c| Ok(c.shared(set)?.blocks.is_released()))
}

/// Frees the set. NULL is allowed.
///
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_match_set_free(set: *mut bp_match_set) {
    free!(set)
}
