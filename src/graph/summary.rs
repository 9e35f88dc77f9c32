//! What a list of traces shows of each.

use super::graphs::TraceGraph;
use super::spans::SpanColumns;
use crate::block::TraceFlags;
use crate::error::Result;

/// A trace in brief. Texts are bytes that should be UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceSummary<'a> {
    /// Trace id: 16 bytes in valid OTLP.
    pub trace_id: &'a [u8],
    /// Node of the root that the trace is named after: the one that starts first, of several the
    /// one with the smallest span id. `None` if no span is without a parent id.
    pub root: Option<usize>,
    /// Service of that root; empty if there is none.
    pub root_service: &'a [u8],
    /// Name of that root; empty if there is none.
    pub root_name: &'a [u8],
    /// When the first span starts, in nanoseconds since the epoch.
    pub start_ns: u64,
    /// From then until the last span ends, in nanoseconds.
    pub duration_ns: u64,
    /// Number of spans.
    pub spans: u32,
    /// How many of them have the status "error".
    pub errors: u32,
    /// The services that took part, by their number of spans, most first; then by name.
    pub services: Vec<ServiceSpans<'a>>,
    /// What is wrong with the trace.
    pub flags: TraceFlags,
}

/// A service's part in a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceSpans<'a> {
    /// Name of the service.
    pub service: &'a [u8],
    /// Number of its spans.
    pub spans: u32,
    /// How many of them have the status "error".
    pub errors: u32,
}

impl<'a> TraceGraph<'a> {
    /// The trace in brief.
    pub fn summary(self, columns: &SpanColumns<'a>) -> Result<TraceSummary<'a>> {
        let (mut start, mut end) = (u64::MAX, 0);
        let mut spans = Vec::with_capacity(self.len());
        for place in self.places() {
            start = start.min(columns.start_ns(place));
            end = end.max(columns.end_ns(place));
            spans.push((columns.service(place), columns.is_error(place)));
        }
        spans.sort_unstable();
        let mut services: Vec<ServiceSpans<'a>> = spans
            .chunk_by(|a, b| a.0 == b.0)
            .map(|spans| ServiceSpans {
                service: columns.service_name(spans[0].0),
                spans: spans.len() as u32,
                errors: spans.iter().filter(|span| span.1).count() as u32,
            })
            .collect();
        services.sort_unstable_by(|a, b| b.spans.cmp(&a.spans).then(a.service.cmp(b.service)));
        let root = self.main_root(columns);
        let root_place = root.and_then(|root| self.place(root));
        let service = |place| columns.service_name(columns.service(place));
        Ok(TraceSummary {
            trace_id: self.trace_id()?,
            root,
            root_service: root_place.map(service).unwrap_or_default(),
            root_name: root_place.map(|place| columns.name(place)).unwrap_or_default(),
            start_ns: start,
            duration_ns: end.saturating_sub(start),
            spans: self.len() as u32,
            errors: services.iter().map(|service| service.errors).sum(),
            services,
            flags: self.flags(),
        })
    }

    /// The root that the trace is named after, see [`TraceSummary::root`].
    pub fn main_root(self, columns: &SpanColumns<'a>) -> Option<usize> {
        self.roots().min_by_key(|&node| {
            let place = self.place(node).unwrap_or_default();
            (columns.start_ns(place), columns.id(place))
        })
    }

    /// The node whose end the trace's end stands for: the root that it is named after; without a
    /// root, of the nodes without a parent the one that took longest, of several the first.
    pub fn main_head(self, columns: &SpanColumns<'a>) -> usize {
        let took = |node| columns.duration_ns(self.place(node).unwrap_or_default());
        let longest = || self.heads().min_by_key(|&node| std::cmp::Reverse(took(node)));
        self.main_root(columns).or_else(longest).unwrap_or(0)
    }
}
