//! The spans of the trace at hand: gathered from its fragments, put in order, each one once.

use super::source::{Group, SourceBlock};
use super::traces::Fragment;
use crate::block::build::SpanBuffer;
use crate::block::format::corrupt;
use crate::block::{Exporter, Field};
use crate::error::Result;
use crate::otlp::{SpanSink, encode_span};
use std::cmp::Ordering;
use std::ops::Range;
use std::rc::Rc;

/// The spans of one trace as OTLP; reuses its memory from trace to trace.
#[derive(Default)]
pub struct TraceSpans {
    /// The blocks that the fragments lie in.
    sources: Vec<Rc<SourceBlock>>,
    spans: Vec<Span>,
    /// The encoded spans, one after another.
    encoded: Vec<u8>,
}

struct Span {
    start: u64,
    end: u64,
    /// Where in the encoded spans it is.
    raw: Range<usize>,
    /// Number of its block among the sources, and the rows of its resource and scope there.
    source: u32,
    resource: u32,
    scope: u32,
}

/// What [`TraceSpans::gather`] found.
pub struct Gathered {
    /// Spans of all fragments.
    pub spans: u64,
    /// Those that were dropped.
    pub duplicates: u64,
}

impl TraceSpans {
    /// Takes the spans of these fragments in place of those before. Of spans that say the same, one
    /// stays.
    ///
    /// Spans go by start, end and encoded bytes. Blocks order spans that start together as they
    /// arrive, so it is this order that makes a merge depend on the spans alone.
    pub fn gather(&mut self, fragments: &[Fragment]) -> Result<Gathered> {
        self.sources.clear();
        self.spans.clear();
        self.encoded.clear();
        for fragment in fragments {
            self.read(fragment)?;
        }
        let count = self.spans.len();
        let TraceSpans { sources, spans, encoded } = self;
        spans.sort_unstable_by(|a, b| order(sources, encoded, a, b));
        spans.dedup_by(|b, a| order(sources, encoded, a, b).is_eq());
        Ok(Gathered { spans: count as u64, duplicates: (count - spans.len()) as u64 })
    }

    fn read(&mut self, fragment: &Fragment) -> Result<()> {
        let number = self.sources.len() as u32;
        self.sources.push(Rc::clone(&fragment.source));
        let block = &*fragment.source.block;
        let code = |field, row| {
            let code = block.field_integer(field, row)?.and_then(|c| u32::try_from(c).ok());
            code.ok_or_else(|| corrupt("a span has no resource or scope"))
        };
        let mut exporter = Exporter::new(block);
        for row in block.trace_rows(fragment.trace)? {
            let begin = self.encoded.len();
            let encoded = &mut self.encoded;
            let (start, end) = exporter.span(row, |span| {
                encode_span(span, encoded);
                (span.start_ns, span.end_ns)
            })?;
            self.spans.push(Span {
                start,
                end,
                raw: begin..self.encoded.len(),
                source: number,
                resource: code(Field::SpanResource, row)?,
                scope: code(Field::SpanScope, row)?,
            });
        }
        Ok(())
    }

    /// How many spans there are.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Bytes of the encoded spans.
    pub fn bytes(&self) -> u64 {
        self.spans.iter().map(|span| span.raw.len() as u64).sum()
    }

    /// Adds the spans to `buffer`.
    pub fn write(&self, buffer: &mut SpanBuffer) -> Result<()> {
        let missing = || corrupt("a span's resource or scope does not exist");
        let mut last = None;
        for span in &self.spans {
            let groups = (span.source, span.resource, span.scope);
            if last != Some(groups) {
                let (resource, scope) = span.groups(&self.sources);
                buffer.resource(&resource.ok_or_else(missing)?.resource())?;
                buffer.scope(&scope.ok_or_else(missing)?.scope())?;
                last = Some(groups);
            }
            buffer.span(&self.encoded[span.raw.clone()])?;
        }
        Ok(())
    }
}

impl Span {
    /// Its resource and scope; a damaged block may lack them.
    fn groups<'a>(&self, sources: &'a [Rc<SourceBlock>]) -> (Option<&'a Group>, Option<&'a Group>) {
        let source = &sources[self.source as usize];
        (source.resources.get(self.resource as usize), source.scopes.get(self.scope as usize))
    }
}

fn order(sources: &[Rc<SourceBlock>], encoded: &[u8], a: &Span, b: &Span) -> Ordering {
    let bytes = |span: &Span| &encoded[span.raw.clone()];
    (a.start, a.end)
        .cmp(&(b.start, b.end))
        .then_with(|| bytes(a).cmp(bytes(b)))
        .then_with(|| a.groups(sources).cmp(&b.groups(sources)))
}
