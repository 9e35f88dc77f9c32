//! Random traces with every kind of damage, and what the spans of any trace are to each other,
//! worked out from their ids by comparing every pair.

use crate::blocks::build;
use blockpack::block::Field;
use blockpack::block::build::BlockOptions;
use blockpack::blocks::SpanAt;
use blockpack::otlp::{Recycle, ResourceRef, ScopeRef, SpanRef, SpanSink, TracesEncoder};
use blockpack::rowset::{RowSet, SpanSet};
use blockpack::value::{AnyRef, KeyValueRef};
use blockpack::wire::WriteExt;
use blockpack::{Blocks, Result};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::{HashMap, HashSet};

/// What relating spans depends on. The name is the span's number in the list, so that a span of a
/// block is found again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TestSpan {
    pub trace: Vec<u8>,
    pub id: Vec<u8>,
    pub parent: Vec<u8>,
    pub start: u64,
    pub duration: u64,
    pub kind: i32,
    pub status: i32,
    pub service: Vec<u8>,
    pub name: Vec<u8>,
}

const SERVER: i32 = 2;
const CLIENT: i32 = 3;

/// One OTLP message with `spans`; those for which `take` holds.
pub fn message(spans: &[TestSpan], take: impl Fn(usize) -> bool) -> Vec<u8> {
    let mut encoder = TracesEncoder::new();
    for (_, span) in spans.iter().enumerate().filter(|(number, _)| take(*number)) {
        let mut service = Vec::new();
        service.put_bytes_field(1, &span.service);
        let named = KeyValueRef { key: b"service.name", value: Some(AnyRef(&service)) };
        let attributes = if span.service.is_empty() { vec![] } else { vec![named] };
        encoder.resource(&ResourceRef { present: true, attributes, ..ResourceRef::default() });
        encoder.scope(&ScopeRef::default());
        encoder.span(&SpanRef {
            trace_id: &span.trace,
            span_id: &span.id,
            parent_span_id: &span.parent,
            name: &span.name,
            start_ns: span.start,
            end_ns: span.start + span.duration,
            kind: span.kind,
            status_present: span.status != 0,
            status_code: span.status,
            ..SpanRef::default()
        });
    }
    encoder.finish()
}

/// Collects the spans of OTLP messages, without their services.
#[derive(Default)]
pub struct Collect(pub Vec<TestSpan>);

impl SpanSink for Collect {
    fn resource(&mut self, _: &ResourceRef<'_>) -> Result<()> {
        Ok(())
    }

    fn scope(&mut self, _: &ScopeRef<'_>) -> Result<()> {
        Ok(())
    }

    fn span(&mut self, raw: &[u8]) -> Result<()> {
        let mut span = SpanRef::default().recycle();
        span.decode(raw)?;
        self.0.push(TestSpan {
            trace: span.trace_id.to_vec(),
            id: span.span_id.to_vec(),
            parent: span.parent_span_id.to_vec(),
            start: span.start_ns,
            duration: span.end_ns.saturating_sub(span.start_ns),
            kind: span.kind,
            status: span.status_code,
            service: Vec::new(),
            name: span.name.to_vec(),
        });
        Ok(())
    }
}

/// Spans in blocks, and the way back.
pub struct Stored {
    pub blocks: Blocks,
    /// Number of the span in each row of each block.
    pub numbers: Vec<Vec<usize>>,
}

impl Stored {
    /// Stores `spans`, which are named by their numbers, in pieces that arrive one after another;
    /// no block is of several pieces.
    pub fn new(
        spans: &[TestSpan],
        options: &BlockOptions,
        pieces: usize,
        piece: impl Fn(usize) -> usize,
    ) -> Stored {
        let lists: Vec<Blocks> = (0..pieces)
            .map(|p| build(&[message(spans, |number| piece(number) == p)], options))
            .collect();
        let blocks = Blocks::join(&lists);
        let number = |name: &[u8]| std::str::from_utf8(name).unwrap().parse().unwrap();
        let numbers: Vec<Vec<usize>> = blocks
            .iter()
            .map(|block| {
                let names = block.required(Field::SpanName).unwrap();
                (0..block.rows()).map(|row| number(names.bytes(row).unwrap())).collect()
            })
            .collect();
        let mut all: Vec<usize> = numbers.concat();
        all.sort_unstable();
        assert!(all.into_iter().eq(0..spans.len()), "every span is stored once");
        Stored { blocks, numbers }
    }

    /// The spans for whose number `holds`.
    pub fn set(&self, holds: impl Fn(usize) -> bool) -> SpanSet {
        let set = |numbers: &Vec<usize>| {
            let rows = (0..numbers.len() as u32).filter(|&row| holds(numbers[row as usize]));
            RowSet::from_ids(numbers.len() as u32, rows)
        };
        SpanSet::new(self.numbers.iter().map(set).collect())
    }

    /// Numbers of the spans of a set.
    pub fn numbers(&self, set: &SpanSet) -> HashSet<usize> {
        set.iter().map(|(block, row)| self.numbers[block][row as usize]).collect()
    }

    /// Number of the span at a place.
    pub fn number(&self, place: SpanAt) -> usize {
        self.numbers[place.block as usize][place.row as usize]
    }
}

/// A choice of about `density` eighths of all numbers.
pub fn choose(seed: u64, density: u64) -> impl Fn(usize) -> bool {
    move |number| {
        let mixed = (seed ^ number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed >> 40) % 8 < density
    }
}

/// How spans hang together.
pub struct Oracle {
    /// The span each span belongs under, rings and all.
    pub parents: Vec<Option<usize>>,
    /// Spans that every span descends from.
    pub above: Vec<HashSet<usize>>,
    /// Those whose parent was not found though they name one: by trace and parent id.
    pub orphans: Vec<Option<(usize, Vec<u8>)>>,
    /// Whether a span without a parent id is reached by going up.
    pub rooted: Vec<bool>,
}

impl Oracle {
    /// Relates `spans`, listed in the order they arrived.
    pub fn new(spans: &[TestSpan]) -> Oracle {
        let traces = traces(spans);
        let none = Vec::new();
        let trace = |n: usize| traces.get(&spans[n].trace[..]).unwrap_or(&none);
        let parents: Vec<Option<usize>> =
            (0..spans.len()).map(|n| parent(spans, trace(n), n)).collect();
        let mut above = Vec::new();
        let mut rooted = Vec::new();
        for n in 0..spans.len() {
            let mut seen = HashSet::new();
            let mut top = n;
            while let Some(up) = parents[top].filter(|&up| up != n && seen.insert(up)) {
                top = up;
            }
            rooted.push(parents[top].is_none() && is_absent(&spans[top].parent));
            above.push(seen);
        }
        let orphans = (0..spans.len()).map(|n| {
            let span = &spans[n];
            let named = span.parent.len() == 8 && !is_absent(&span.parent);
            let lost = parents[n].is_none() && span.parent != span.id;
            let first = trace(n).first().copied().unwrap_or(n);
            (named && lost).then(|| (first, span.parent.clone()))
        });
        Oracle { orphans: orphans.collect(), parents, above, rooted }
    }

    /// Whether `r` is to `l` what `symbol` says (`>`, `<`, `>>`, `<<`, `~`).
    pub fn related(&self, symbol: &str, l: usize, r: usize, rooted_only: bool) -> bool {
        if l == r || (rooted_only && !(self.rooted[l] && self.rooted[r])) {
            return false;
        }
        match symbol {
            ">" => self.parents[r] == Some(l),
            "<" => self.parents[l] == Some(r),
            ">>" => self.above[r].contains(&l),
            "<<" => self.above[l].contains(&r),
            "~" => {
                let parent = |n: usize| self.parents[n].is_some().then_some(self.parents[n]);
                let both = parent(l).is_some() && parent(l) == parent(r);
                both || (self.orphans[l].is_some() && self.orphans[l] == self.orphans[r])
            }
            _ => unreachable!("{symbol}"),
        }
    }
}

/// Spans of each trace that has an id.
pub fn traces(spans: &[TestSpan]) -> HashMap<&[u8], Vec<usize>> {
    let mut traces: HashMap<&[u8], Vec<usize>> = HashMap::new();
    for (number, span) in spans.iter().enumerate() {
        if !span.trace.is_empty() {
            traces.entry(&span.trace).or_default().push(number);
        }
    }
    traces
}

/// Whether an id names no parent.
pub fn is_absent(parent: &[u8]) -> bool {
    parent.is_empty() || parent == [0; 8]
}

fn parent(spans: &[TestSpan], trace: &[usize], child: usize) -> Option<usize> {
    let span = &spans[child];
    if span.parent.len() != 8 || is_absent(&span.parent) || span.parent == span.id {
        return None;
    }
    let same: Vec<usize> = trace.iter().copied().filter(|&n| spans[n].id == span.parent).collect();
    let of_kind = |kind: i32| same.iter().copied().find(|&n| spans[n].kind == kind);
    match (same.len(), of_kind(CLIENT), of_kind(SERVER)) {
        (2, Some(client), Some(server)) => Some(if span.kind == SERVER { client } else { server }),
        _ => same.into_iter().min_by_key(|&n| spans[n].start),
    }
}

/// Traces whose spans name each other, themselves, nobody or the lost, whose ids repeat or have a
/// wrong length. Starts differ, except of spans that are delivered twice.
pub fn spans(max: usize) -> impl Strategy<Value = Vec<TestSpan>> {
    let links = (0u8..4, 0u8..20, 0u8..24, any::<u16>(), any::<u16>(), 0..6i32);
    let other = (any::<u32>(), 0..3i32, 0u8..5);
    vec((links, other), 0..max).prop_map(|rolls| {
        let mut spans: Vec<TestSpan> = Vec::new();
        for (number, (links, (duration, status, service))) in rolls.iter().copied().enumerate() {
            let (trace, id, parent, which, time, kind) = links;
            let other = (!spans.is_empty()).then(|| &spans[usize::from(which) % number.max(1)]);
            let mut span = TestSpan {
                trace: vec![trace; if (trace, which % 4) == (3, 0) { 0 } else { 16 }],
                id: (number as u64 + 1).to_be_bytes().to_vec(),
                parent: match parent {
                    0 => vec![],
                    1 => vec![0; 8],
                    2 => vec![7; 5],
                    3 | 4 => vec![200 + which as u8 % 2; 8],
                    // One that may come later.
                    5..=7 => (number as u64 + u64::from(which % 5)).to_be_bytes().to_vec(),
                    _ => other.map_or(vec![], |other| other.id.clone()),
                },
                start: (u64::from(time) << 16) + number as u64,
                duration: duration.into(),
                kind,
                status,
                service: vec![b'a' + service; usize::from(service.min(1))],
                name: Vec::new(),
            };
            match (id, other) {
                (0, _) => span.id = vec![7; 5],
                (1, _) => span.id = vec![],
                (2, _) => span.id = vec![200; 8],
                (3, _) => span.id = span.parent.clone(),
                (4 | 5, Some(other)) => span.id = other.id.clone(),
                // A call as Zipkin records it.
                (6 | 7, Some(other)) => {
                    let kind = if other.kind == SERVER { CLIENT } else { SERVER };
                    let (start, service) = (span.start, span.service);
                    span = TestSpan { kind, start, service, ..other.clone() };
                }
                (8, Some(other)) => span = other.clone(),
                _ => {}
            }
            span.name = number.to_string().into_bytes();
            spans.push(span);
        }
        spans
    })
}
