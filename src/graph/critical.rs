//! The critical path of a trace: at every moment, the span that its end was waiting for.

use super::graphs::TraceGraph;
use super::spans::SpanColumns;

/// A stretch of a critical path: time in which `node` was at work itself, not waiting for a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The span.
    pub node: usize,
    /// Begin, in nanoseconds since the epoch.
    pub start_ns: u64,
    /// End, in nanoseconds since the epoch.
    pub end_ns: u64,
}

/// A span on the path that was entered.
struct Frame {
    node: usize,
    /// The path before this moment is not this span's.
    start: u64,
    /// The path from here on is known.
    known_from: u64,
    /// How many children were pending when it was entered.
    pending_before: usize,
}

/// A child that may be on the path, with its time cut to its parent's.
#[derive(Clone, Copy)]
struct Pending {
    node: usize,
    start: u64,
    end: u64,
}

impl<'a> TraceGraph<'a> {
    /// The critical path of `head`, usually a root, in order of time: a span's time is its own but
    /// for the time of the child that ended last, before that child began but for the child that
    /// had ended last then, and so on; a child's time is shared out in the same way. Children that
    /// ran beside the one on the path are not on it. Of a child that begins before its parent or
    /// ends after it (clocks differ, or nobody waited) counts what is inside.
    ///
    /// The segments fill the span's time from start to end without gaps. Takes `n log n` for `n`
    /// spans.
    pub fn critical_path(self, head: usize, columns: &SpanColumns<'a>) -> Vec<Segment> {
        let mut path = Vec::new();
        let Some(place) = self.place(head) else { return path };
        let mut pending = Vec::new();
        let whole =
            Pending { node: head, start: columns.start_ns(place), end: columns.end_ns(place) };
        let mut frames = vec![self.enter(whole, columns, &mut pending)];
        // Goes from the end to the start.
        while let Some(frame) = frames.last_mut() {
            let mut segment = |start_ns: u64| {
                let Frame { node, known_from, .. } = *frame;
                if start_ns < known_from {
                    path.push(Segment { node, start_ns, end_ns: known_from });
                }
            };
            if pending.len() == frame.pending_before {
                segment(frame.start);
                frames.pop();
            } else if let Some(child) = pending.pop().filter(|child| child.end <= frame.known_from)
            {
                segment(child.end);
                frame.known_from = child.start;
                frames.push(self.enter(child, columns, &mut pending));
            }
        }
        path.reverse();
        path
    }

    /// Adds the children of `span` to `pending`, the one that ends last on top.
    fn enter(self, span: Pending, columns: &SpanColumns<'a>, pending: &mut Vec<Pending>) -> Frame {
        let pending_before = pending.len();
        pending.extend(self.children(span.node).filter_map(|node| {
            let place = self.place(node)?;
            let start = columns.start_ns(place).max(span.start);
            let end = columns.end_ns(place).min(span.end);
            (start < end).then_some(Pending { node, start, end })
        }));
        // Of several that end together, the one that began first.
        pending[pending_before..]
            .sort_by_key(|child| (child.end, std::cmp::Reverse((child.start, child.node))));
        Frame { node: span.node, start: span.start, known_from: span.end, pending_before }
    }
}
