//! What traces that lie in several blocks are as a whole.

use crate::block::{Field, TraceFlags, has_crowded_id};
use crate::blocks::{Blocks, SpanAt};
use crate::error::Result;
use crate::fields::SpanRow;
use crate::graph::{SpreadTrace, Trees};
use crate::name::{Intrinsic, Name, Scope};
use crate::value::ValueRef;

/// Properties of traces which no block shows in full, and of their spans. Holds no block.
#[derive(Debug, Default)]
pub struct Wholes {
    traces: Vec<WholeTrace>,
    /// Spans of these traces in each block of the chunk, by row.
    spans: Vec<Vec<WholeSpan>>,
}

#[derive(Debug)]
struct WholeTrace {
    start: u64,
    end: u64,
    root_name: Box<[u8]>,
    root_service: Box<[u8]>,
}

#[derive(Clone, Copy, Debug)]
struct WholeSpan {
    row: u32,
    trace: u32,
    children: u32,
    /// Numbers on entry and on leaving, and the parent's on entry.
    nested: [i64; 3],
}

impl Wholes {
    /// Works them out; `None` if there are no such traces.
    pub fn find(trees: &Trees) -> Result<Option<Wholes>> {
        if trees.spread_traces().len() == 0 {
            return Ok(None);
        }
        let blocks = trees.blocks();
        let mut wholes = Wholes { traces: Vec::new(), spans: vec![Vec::new(); blocks.len()] };
        for trace in trees.spread_traces() {
            wholes.add(blocks, trace)?;
        }
        for spans in &mut wholes.spans {
            spans.sort_unstable_by_key(|span| span.row);
        }
        Ok(Some(wholes))
    }

    fn add(&mut self, blocks: &Blocks, trace: SpreadTrace<'_>) -> Result<()> {
        let number = self.traces.len() as u32;
        self.traces.push(WholeTrace::of(blocks, trace)?);
        let places = trace.places();
        let mut children = vec![0; places.len()];
        let mut depths = vec![0i64; places.len()];
        for node in 0..places.len() {
            if let Some(parent) = trace.parent(node) {
                children[parent] += 1;
                depths[node] = depths[parent] + 1;
            }
        }
        trace.cut_parents().for_each(|parent| children[parent] += 1);
        // Of the spans before one all were entered, and all but its ancestors were left.
        let left = |node: usize| 2 * node as i64 + 1 - depths[node];
        let numbered = if is_crowded(blocks, trace)? { 0 } else { trace.rooted() };
        for (node, place) in places.iter().enumerate() {
            let nested = if node < numbered {
                let right = left(node) + 2 * trace.descendants(node) as i64 + 1;
                [left(node), right, trace.parent(node).map_or(-1, left)]
            } else {
                [0; 3]
            };
            let span =
                WholeSpan { row: place.row, trace: number, children: children[node], nested };
            if let Some(spans) = self.spans.get_mut(place.block as usize) {
                spans.push(span);
            }
        }
        Ok(())
    }

    /// Such spans of block number `block`, by row, with the value of an intrinsic: see [`Wholes::value`].
    pub fn values(
        &self,
        block: usize,
        intrinsic: Intrinsic,
    ) -> impl Iterator<Item = (u32, Option<ValueRef<'_>>)> {
        self.in_block(block).iter().map(move |span| (span.row, self.value_of(span, intrinsic)))
    }

    fn in_block(&self, block: usize) -> &[WholeSpan] {
        self.spans.get(block).map_or(&[], |spans| spans)
    }

    /// The value of an intrinsic that depends on the whole trace; `None` if the span is of no such
    /// trace, or the intrinsic does not depend on it.
    pub fn value(&self, block: usize, row: u32, intrinsic: Intrinsic) -> Option<ValueRef<'_>> {
        let spans = self.in_block(block);
        let at = spans.binary_search_by_key(&row, |span| span.row).ok()?;
        self.value_of(spans.get(at)?, intrinsic)
    }

    fn value_of(&self, span: &WholeSpan, intrinsic: Intrinsic) -> Option<ValueRef<'_>> {
        let trace = self.traces.get(span.trace as usize)?;
        Some(match intrinsic {
            Intrinsic::SpanChildCount => ValueRef::I64(span.children.into()),
            Intrinsic::NestedSetLeft => ValueRef::I64(span.nested[0]),
            Intrinsic::NestedSetRight => ValueRef::I64(span.nested[1]),
            Intrinsic::NestedSetParent => ValueRef::I64(span.nested[2]),
            Intrinsic::TraceStart => ValueRef::TimeNs(trace.start),
            Intrinsic::TraceEnd => ValueRef::TimeNs(trace.end),
            Intrinsic::TraceDuration => ValueRef::DurationNs(trace.end.saturating_sub(trace.start)),
            Intrinsic::TraceRootName => ValueRef::Str(&trace.root_name),
            Intrinsic::TraceRootService => ValueRef::Str(&trace.root_service),
            _ => return None,
        })
    }

    /// Start and end of the trace that span `row` of block number `block` is of, if it is of such
    /// a trace.
    pub fn extent(&self, block: usize, row: u32) -> Option<(u64, u64)> {
        let spans = self.in_block(block);
        let at = spans.binary_search_by_key(&row, |span| span.row).ok()?;
        let trace = self.traces.get(spans.get(at)?.trace as usize)?;
        Some((trace.start, trace.end))
    }
}

impl WholeTrace {
    fn of(blocks: &Blocks, trace: SpreadTrace<'_>) -> Result<WholeTrace> {
        let (mut start, mut end) = (u64::MAX, 0);
        let mut fragments: Vec<(u32, u32)> = Vec::new();
        for place in trace.places() {
            let fragment = (place.block, blocks.get(place.block as usize)?.trace_of(place.row)?);
            if fragments.last() != Some(&fragment) {
                fragments.push(fragment);
            }
        }
        fragments.sort_unstable();
        fragments.dedup();
        for (block, trace) in fragments {
            let block = blocks.get(block as usize)?;
            start = start.min(block.trace_start(trace)?);
            end = end.max(block.field_integer(Field::TraceEndTime, trace)?.unwrap_or(0));
        }
        let (mut root_name, mut root_service) = (Box::default(), Box::default());
        if let Some(root) = main_root(blocks, trace)? {
            let span = SpanRow::new(blocks.get(root.block as usize)?, root.row)?;
            if let Some(ValueRef::Str(name)) = span.intrinsic(Intrinsic::SpanName)? {
                root_name = name.into();
            }
            let service = span.get(&Name::attribute(Scope::Resource, b"service.name"))?;
            if let Some(ValueRef::Str(service)) = service {
                root_service = service.into();
            }
        }
        Ok(WholeTrace { start, end, root_name, root_service })
    }
}

/// Whether three of its spans or more share an id; see [`crate::block::Block::crowded_traces`].
fn is_crowded(blocks: &Blocks, trace: SpreadTrace<'_>) -> Result<bool> {
    if !trace.flags().contains(TraceFlags::SHARED_IDS) {
        return Ok(false);
    }
    let id = |place: &SpanAt| blocks.get(place.block as usize)?.span_id(place.row);
    Ok(has_crowded_id(trace.places().iter().map(id).collect::<Result<_>>()?))
}

/// The root that starts first, of several the one with the smallest id.
fn main_root(blocks: &Blocks, trace: SpreadTrace<'_>) -> Result<Option<SpanAt>> {
    let mut first: Option<((u64, &[u8]), SpanAt)> = None;
    let mut node = 0;
    while node < trace.rooted() {
        let Some(&place) = trace.places().get(node) else { break };
        let block = blocks.get(place.block as usize)?;
        let key = (block.start_ns(place.row)?, block.span_id(place.row)?.unwrap_or_default());
        if first.is_none_or(|(least, _)| key < least) {
            first = Some((key, place));
        }
        node += 1 + trace.descendants(node);
    }
    Ok(first.map(|(_, place)| place))
}
