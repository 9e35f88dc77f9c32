//! Spans on their way into blocks: kept encoded, as they came, until their order is known.
//!
//! A block wants its spans in trace order, and a trace's spans arrive in many requests. So the
//! buffer keeps each span's encoded bytes and only what ordering needs; a span is decoded once, in
//! its final place, straight into the columns. Resources and scopes are kept once each.

use super::interner::Interner;
use super::order::Node;
use crate::error::{Error, ErrorKind, Result};
use crate::otlp::{ResourceRef, ScopeRef, SpanHead, SpanSink};
use crate::wire::WriteExt;

/// Spans are kept in chunks of about this many bytes.
const CHUNK: usize = 4 << 20;

/// End of a list of spans.
const END: u32 = u32::MAX;

/// Spans that wait to be put into blocks. Takes them as an [`SpanSink`].
#[derive(Default)]
pub struct SpanBuffer {
    chunks: Vec<Vec<u8>>,
    spans: Vec<SpanEntry>,
    traces: Vec<TraceEntry>,
    trace_ids: Interner,
    /// Trace of each id in `trace_ids`.
    trace_of_id: Vec<u32>,
    pub(super) resources: Interner,
    pub(super) scopes: Interner,
    resource: u32,
    scope: u32,
    scratch: Vec<u8>,
    bytes: usize,
}

struct SpanEntry {
    chunk: u32,
    offset: u32,
    len: u32,
    resource: u32,
    scope: u32,
    next: u32,
    node: Node,
}

struct TraceEntry {
    first: u32,
    last: u32,
    spans: u32,
    start: u64,
    end: u64,
    bytes: u64,
}

/// One buffered span.
pub(super) struct BufferedSpan<'a> {
    /// The encoded OTLP `Span`.
    pub raw: &'a [u8],
    pub resource: u32,
    pub scope: u32,
}

/// The traces of one block, in their order, as numbers of the buffer's traces.
pub struct BlockPlan {
    pub(super) traces: Vec<u32>,
}

impl SpanBuffer {
    /// How many spans wait.
    pub fn span_count(&self) -> usize {
        self.spans.len()
    }

    /// How many traces they belong to.
    pub fn trace_count(&self) -> usize {
        self.traces.len()
    }

    /// Bytes the buffer holds, nearly.
    pub fn bytes(&self) -> usize {
        self.bytes + self.spans.len() * size_of::<SpanEntry>()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Forgets all spans; keeps some memory for the next.
    pub fn clear(&mut self) {
        let mut chunks = std::mem::take(&mut self.chunks);
        let mut spans = std::mem::take(&mut self.spans);
        chunks.retain(|c| c.capacity() <= 2 * CHUNK);
        chunks.truncate(1);
        chunks.iter_mut().for_each(Vec::clear);
        spans.clear();
        *self = SpanBuffer { chunks, spans, ..SpanBuffer::default() };
    }

    /// Cuts the traces, by start, into blocks of up to `max_rows` spans and `max_bytes` encoded
    /// bytes. A trace is never cut: one that is larger gets a block of its own.
    pub fn plan(&self, max_rows: usize, max_bytes: u64) -> Vec<BlockPlan> {
        let mut order: Vec<u32> = (0..self.traces.len() as u32).collect();
        order.sort_by_key(|&t| self.traces[t as usize].start);
        let mut plans = Vec::new();
        let mut traces = Vec::new();
        let (mut rows, mut bytes) = (0, 0);
        for trace in order {
            let entry = &self.traces[trace as usize];
            let full = rows + entry.spans as usize > max_rows || bytes + entry.bytes > max_bytes;
            if full && !traces.is_empty() {
                plans.push(BlockPlan { traces: std::mem::take(&mut traces) });
                (rows, bytes) = (0, 0);
            }
            traces.push(trace);
            rows += entry.spans as usize;
            bytes += entry.bytes;
        }
        if !traces.is_empty() {
            plans.push(BlockPlan { traces });
        }
        plans
    }

    /// Spans of `trace`, as they arrived.
    pub(super) fn spans_of(&self, trace: u32) -> impl Iterator<Item = u32> {
        let mut at = self.traces[trace as usize].first;
        std::iter::from_fn(move || {
            let span = at;
            at = self.spans.get(span as usize)?.next;
            Some(span)
        })
    }

    /// Earliest start and latest end of `trace`.
    pub(super) fn trace_time(&self, trace: u32) -> (u64, u64) {
        let entry = &self.traces[trace as usize];
        (entry.start, entry.end)
    }

    /// What ordering `span` depends on.
    pub(super) fn node(&self, span: u32) -> Node {
        self.spans[span as usize].node
    }

    pub(super) fn span(&self, span: u32) -> BufferedSpan<'_> {
        let entry = &self.spans[span as usize];
        let start = entry.offset as usize;
        BufferedSpan {
            raw: &self.chunks[entry.chunk as usize][start..start + entry.len as usize],
            resource: entry.resource,
            scope: entry.scope,
        }
    }

    /// Copies `raw` into a chunk; returns the chunk and the offset in it.
    fn keep(&mut self, raw: &[u8]) -> (u32, u32) {
        let fits = |c: &Vec<u8>| c.len() + raw.len() <= c.capacity().max(CHUNK);
        if !self.chunks.last().is_some_and(fits) {
            self.chunks.push(Vec::with_capacity(CHUNK.max(raw.len())));
        }
        let last = self.chunks.len() - 1;
        let chunk = &mut self.chunks[last];
        let offset = chunk.len() as u32;
        chunk.extend_from_slice(raw);
        self.bytes += raw.len();
        (last as u32, offset)
    }

    /// The trace of `id`. Spans without a trace id do not belong together: each is a trace.
    fn trace(&mut self, id: &[u8]) -> usize {
        let new = TraceEntry { first: END, last: END, spans: 0, start: u64::MAX, end: 0, bytes: 0 };
        let known = if id.is_empty() {
            self.traces.len()
        } else {
            let code = self.trace_ids.intern(id) as usize;
            if code == self.trace_of_id.len() {
                self.trace_of_id.push(self.traces.len() as u32);
            }
            self.trace_of_id[code] as usize
        };
        if known == self.traces.len() {
            self.traces.push(new);
        }
        known
    }
}

/// A resource or scope as interned bytes: a flag for presence, the schema URL, the message.
pub(super) fn group_key(out: &mut Vec<u8>, present: bool, schema_url: &[u8], raw: &[u8]) {
    out.clear();
    out.push(u8::from(present));
    out.put_varint(schema_url.len() as u64);
    out.extend_from_slice(schema_url);
    out.extend_from_slice(raw);
}

/// The parts of [`group_key`].
pub(super) fn split_group_key(key: &[u8]) -> Option<(bool, &[u8], &[u8])> {
    let (&present, rest) = key.split_first()?;
    let mut reader = crate::wire::Reader::new(rest);
    let schema_url = reader.bytes().ok()?;
    Some((present != 0, schema_url, reader.rest()))
}

impl SpanSink for SpanBuffer {
    fn resource(&mut self, resource: &ResourceRef<'_>) -> Result<()> {
        group_key(&mut self.scratch, resource.present, resource.schema_url, resource.raw);
        self.resource = self.resources.intern(&self.scratch);
        Ok(())
    }

    fn scope(&mut self, scope: &ScopeRef<'_>) -> Result<()> {
        group_key(&mut self.scratch, scope.present, scope.schema_url, scope.raw);
        self.scope = self.scopes.intern(&self.scratch);
        Ok(())
    }

    fn span(&mut self, raw: &[u8]) -> Result<()> {
        let head = SpanHead::decode(raw)?;
        if raw.len() > u32::MAX as usize || self.spans.len() >= END as usize {
            let message = "a span cannot be larger than 4 GiB, nor a buffer hold 2^32 spans";
            return Err(Error::new(ErrorKind::Limit, message));
        }
        let (chunk, offset) = self.keep(raw);
        let number = self.spans.len() as u32;
        let trace = self.trace(head.trace_id);
        self.spans.push(SpanEntry {
            chunk,
            offset,
            len: raw.len() as u32,
            resource: self.resource,
            scope: self.scope,
            next: END,
            node: Node::new(head.span_id, head.parent_span_id, head.start_ns, head.kind),
        });
        let entry = &mut self.traces[trace];
        match entry.last {
            END => entry.first = number,
            last => self.spans[last as usize].next = number,
        }
        entry.last = number;
        entry.spans += 1;
        entry.start = entry.start.min(head.start_ns);
        entry.end = entry.end.max(head.end_ns.max(head.start_ns));
        entry.bytes += raw.len() as u64;
        Ok(())
    }
}
