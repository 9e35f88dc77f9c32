//! What is shown of traces that matched.

use super::{OfWhole, SearchOptions, ServiceCount, Spanset, TraceMatch};
use crate::blocks::SpanAt;
use crate::error::Result;
use crate::fields::Compiled;
use crate::graph::{SpanColumns, TraceGraph, TraceGraphs};
use crate::name::Name;
use crate::rowset::{RowSet, SpanSet};
use crate::traceql::ast::{Expr, ExprKind, Field, Pipeline, SpansetExpr, Stage};
use crate::traceql::eval::{Operand, Span, Value};
use crate::traceql::exec::{Charge, Chunk, Control, Plan, RunContext, State};
use crate::traceql::filter::needs_trace;

/// What was found in a chunk.
pub struct Found<'a> {
    pub chunk: Chunk<'a>,
    pub state: State,
    /// The traces that have a span in it, if they are asked for.
    pub traces: Vec<FoundTrace>,
    /// Spans in the blocks of the chunk.
    pub searched: u64,
    /// What it all takes.
    _charge: Charge<'a>,
}

/// A trace that matched.
#[derive(Clone, Copy, Debug)]
pub struct FoundTrace {
    /// Its number in the chunk.
    pub number: u32,
    /// Its first matching span.
    pub first: (usize, u32),
    /// When it starts.
    pub start_ns: u64,
}

impl<'a> Found<'a> {
    /// What the stages left of a chunk; with the traces, if they are asked for.
    pub fn new(
        chunk: Chunk<'a>,
        state: State,
        with_traces: bool,
        control: &'a Control,
    ) -> Result<Self> {
        let mut charge = control.charge(state.heap_bytes())?;
        let searched = chunk.blocks().rows();
        let traces = match with_traces && !state.spans.is_empty() {
            true => traces_of(&chunk, &state)?,
            false => Vec::new(),
        };
        charge.grow(size_of_val(&traces[..]))?;
        Ok(Found { chunk, state, traces, searched, _charge: charge })
    }

    /// The id of a trace that was found; empty if it cannot be read.
    fn trace_id(&self, trace: &FoundTrace) -> &[u8] {
        let (block, row) = trace.first;
        let id = self.chunk.block(block).and_then(|block| block.trace_id(block.trace_of(row)?));
        id.ok().flatten().unwrap_or_default()
    }
}

/// The traces that have a span in `state`, in the order of these.
fn traces_of(chunk: &Chunk<'_>, state: &State) -> Result<Vec<FoundTrace>> {
    let mut seen = vec![false; chunk.trace_count()];
    let mut traces = Vec::new();
    for (number, first) in chunk.traces_of(&state.spans)?.into_iter().zip(&state.spans) {
        let Some(seen) = seen.get_mut(number as usize) else { continue };
        if !std::mem::replace(seen, true) {
            let start_ns = chunk.start_of_trace(first.0, first.1)?;
            traces.push(FoundTrace { number, first, start_ns });
        }
    }
    Ok(traces)
}

/// Chooses up to `limit` traces and says what is shown of them: the first that were found, or those
/// that start last, of equal ones those with the smaller id. They are given by start, the last one
/// first, and by id.
pub fn choose(
    found: &[Found<'_>],
    limit: usize,
    most_recent: bool,
    options: &SearchOptions,
    fields: &[Field],
    run: &RunContext<'_>,
) -> Result<Vec<TraceMatch>> {
    let mut candidates: Vec<(usize, FoundTrace)> = Vec::new();
    for (at, found) in found.iter().enumerate() {
        candidates.extend(found.traces.iter().map(|&trace| (at, trace)));
    }
    if most_recent {
        let id = |(at, trace): &(usize, FoundTrace)| found[*at].trace_id(trace);
        candidates.sort_by(|a, b| b.1.start_ns.cmp(&a.1.start_ns).then_with(|| id(a).cmp(id(b))));
    }
    candidates.truncate(limit);
    candidates.sort_by_key(|(at, _)| *at);
    let mut traces = Vec::with_capacity(candidates.len());
    let mut charge = run.control.charge(0)?;
    for of_chunk in candidates.chunk_by(|a, b| a.0 == b.0) {
        run.control.check()?;
        let chosen: Vec<FoundTrace> = of_chunk.iter().map(|(_, trace)| *trace).collect();
        let before = traces.len();
        shown(&found[of_chunk[0].0], &chosen, options, fields, &mut traces)?;
        charge.grow(traces[before..].iter().map(heap_bytes).sum())?;
    }
    traces.sort_by(|a, b| b.start_ns.cmp(&a.start_ns).then_with(|| a.trace_id.cmp(&b.trace_id)));
    Ok(traces)
}

fn heap_bytes(trace: &TraceMatch) -> usize {
    let spansets = trace.spansets.iter().map(|spanset| {
        let values = spanset.attributes.len() + spanset.values.len();
        let of_wholes = size_of_val(&spanset.of_wholes[..]);
        size_of::<Spanset>() + size_of_val(&spanset.spans[..]) + 64 * values + of_wholes
    });
    size_of::<TraceMatch>() + trace.services.len() * 48 + spansets.sum::<usize>()
}

/// Adds what is shown of the traces `chosen` of a chunk.
fn shown(
    found: &Found<'_>,
    chosen: &[FoundTrace],
    options: &SearchOptions,
    fields: &[Field],
    out: &mut Vec<TraceMatch>,
) -> Result<()> {
    let Found { chunk, state, .. } = found;
    let mut place = vec![usize::MAX; chunk.trace_count()];
    for (at, trace) in chosen.iter().enumerate() {
        place[trace.number as usize] = at;
    }
    let mut touched: Vec<Vec<u32>> = vec![Vec::new(); chunk.blocks().len()];
    chosen.iter().for_each(|trace| touched[trace.first.0].push(trace.first.1));
    let touched = chunk.blocks().iter().zip(touched);
    let touched = SpanSet::new(touched.map(|(b, ids)| RowSet::from_ids(b.rows(), ids)).collect());
    let graphs = TraceGraphs::of_trees(chunk.trees()?, Some(&touched))?;
    let columns = graphs.columns()?;
    let mut spansets = spansets(chunk, state, &place, chosen.len(), &columns, options)?;
    for spanset in spansets.iter_mut().flatten() {
        spanset.of_wholes = of_wholes(chunk, &spanset.spans, fields)?;
        if options.with_values {
            spanset.values = values(chunk, &spanset.spans, fields)?;
        }
    }
    let numbers = chunk.numbers();
    for span in spansets.iter_mut().flatten().flat_map(|spanset| &mut spanset.spans) {
        span.block = numbers.get(span.block as usize).copied().unwrap_or(u32::MAX);
    }
    for graph in graphs.iter() {
        let Some(first) = graph.place(0) else { continue };
        let number = chunk.trace_of(first)?;
        let Some(spansets) = place.get(number as usize).and_then(|&at| spansets.get_mut(at)) else {
            continue;
        };
        out.push(trace_match(graph, &columns, std::mem::take(spansets))?);
    }
    Ok(())
}

fn trace_match(
    graph: TraceGraph<'_>,
    columns: &SpanColumns<'_>,
    spansets: Vec<Spanset>,
) -> Result<TraceMatch> {
    let summary = graph.summary(columns)?;
    let service = |part: &crate::graph::ServiceSpans<'_>| ServiceCount {
        service: part.service.into(),
        spans: part.spans,
        errors: part.errors,
    };
    Ok(TraceMatch {
        trace_id: summary.trace_id.into(),
        root_service: summary.root_service.into(),
        root_name: summary.root_name.into(),
        start_ns: summary.start_ns,
        duration_ns: summary.duration_ns,
        services: summary.services.iter().map(service).collect(),
        flags: summary.flags,
        spansets,
    })
}

/// The spansets of the traces that have a place in `place`, by that place; spans are in the blocks of
/// the chunk.
fn spansets(
    chunk: &Chunk<'_>,
    state: &State,
    place: &[usize],
    count: usize,
    columns: &SpanColumns<'_>,
    options: &SearchOptions,
) -> Result<Vec<Vec<Spanset>>> {
    let traces = chunk.traces_of(&state.spans)?;
    let groups = state.groups.as_ref();
    let mut spans: Vec<(usize, u32, SpanAt)> = Vec::new();
    for (at, (&trace, (block, row))) in traces.iter().zip(&state.spans).enumerate() {
        let place = place.get(trace as usize).copied().unwrap_or(usize::MAX);
        if place != usize::MAX {
            let group = groups.and_then(|groups| groups.of.get(at)).copied().unwrap_or(0);
            spans.push((place, group, SpanAt { block: block as u32, row }));
        }
    }
    // Of equal ones by id, so that it does not matter in which block a span lies.
    let by_start = |span: &SpanAt| (columns.start_ns(*span), columns.id(*span), *span);
    spans.sort_by_cached_key(|(place, group, span)| (*place, *group, by_start(span)));
    let mut all: Vec<Vec<Spanset>> = vec![Vec::new(); count];
    for spanset in spans.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let (place, group, _) = spanset[0];
        let shown = match options.spans_per_spanset {
            0 => spanset.len(),
            most => most.min(spanset.len()),
        };
        let attributes = groups.map_or(Vec::new(), |groups| {
            let attributes = groups.table.attributes.iter();
            attributes.filter_map(|a| Some((a.text.clone(), a.value(group)?.clone()))).collect()
        });
        all[place].push(Spanset {
            attributes,
            matched: spanset.len() as u64,
            spans: spanset[..shown].iter().map(|(_, _, span)| *span).collect(),
            values: Vec::new(),
            of_wholes: Vec::new(),
        });
    }
    let first = |spanset: &Spanset| by_start(&spanset.spans.first().copied().unwrap_or_default());
    all.iter_mut().for_each(|spansets| spansets.sort_by_key(first));
    Ok(all)
}

/// Those of `fields` that depend on whole traces, of `spans` whose trace lies in several blocks.
fn of_wholes(chunk: &Chunk<'_>, spans: &[SpanAt], fields: &[Field]) -> Result<Vec<OfWhole>> {
    let mut found = Vec::new();
    let of_traces = || fields.iter().enumerate().filter(|(_, field)| needs_trace(&field.name));
    if of_traces().next().is_none() {
        return Ok(found);
    }
    let Some(wholes) = chunk.wholes()? else { return Ok(found) };
    for (span, place) in spans.iter().enumerate() {
        for (number, field) in of_traces() {
            let Name::Intrinsic(intrinsic) = field.name else { continue };
            let value = wholes.value(place.block as usize, place.row, intrinsic);
            found.extend(value.and_then(|value| OfWhole::new(span, number, value)));
        }
    }
    Ok(found)
}

/// The values of `fields` of each of `spans`, one after another.
fn values(chunk: &Chunk<'_>, spans: &[SpanAt], fields: &[Field]) -> Result<Vec<Value>> {
    let wholes = match fields.iter().any(|field| needs_trace(&field.name)) {
        true => chunk.wholes()?,
        false => None,
    };
    let compiled: Vec<Compiled> =
        fields.iter().map(|field| Compiled::new(field.name.clone())).collect();
    let mut values = Vec::with_capacity(spans.len() * fields.len());
    for span in spans {
        let number = span.block as usize;
        let data = Span::new(chunk.block(number)?, number, span.row, wholes)?;
        for field in &compiled {
            let mut first = None;
            data.each(field, |value| first = first.or(Some(value)))?;
            values.push(first.map_or(Value::Nil, Operand::to_value));
        }
    }
    Ok(values)
}

// --- fields ---------------------------------------------------------------------------------

/// The fields that a query selects or mentions, each once.
pub fn fields(pipeline: &Pipeline, plan: &Plan) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    let mut add = |field: Field| {
        if fields.iter().all(|known| known.name != field.name) {
            fields.push(field);
        }
    };
    plan.selected().for_each(|field| add(field.clone()));
    mentioned(pipeline, &mut add);
    fields
}

fn mentioned(pipeline: &Pipeline, add: &mut impl FnMut(Field)) {
    for stage in &pipeline.stages {
        match stage {
            Stage::Spansets(spansets) => in_spansets(spansets, add),
            Stage::GroupBy(expr) => in_expr(expr, add),
            Stage::Aggregate(_) | Stage::Coalesce | Stage::Select(_) => {}
        }
    }
}

fn in_spansets(expr: &SpansetExpr, add: &mut impl FnMut(Field)) {
    match expr {
        SpansetExpr::Filter(expr) => in_expr(expr, add),
        SpansetExpr::Pipeline(pipeline) => mentioned(pipeline, add),
        SpansetExpr::Binary { left, right, .. } => {
            in_spansets(left, add);
            in_spansets(right, add);
        }
    }
}

fn in_expr(expr: &Expr, add: &mut impl FnMut(Field)) {
    match &expr.kind {
        ExprKind::Field(name) => {
            add(Field { name: name.clone(), text: text_of(name), place: expr.place })
        }
        ExprKind::Literal(_) | ExprKind::Parent(_) => {}
        ExprKind::Not(operand) | ExprKind::Negate(operand) | ExprKind::Nil { operand, .. } => {
            in_expr(operand, add);
        }
        ExprKind::Binary { left, right, .. } => {
            in_expr(left, add);
            in_expr(right, add);
        }
    }
}

fn text_of(name: &Name) -> Box<str> {
    name.to_string().into()
}
