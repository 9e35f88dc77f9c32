//! Traces as graphs: who is whose parent, in plain arrays.

use super::arrays::{Arrays, Spans, Spare, Trace};
use super::bits;
use super::columns::{TraceColumns, TreeColumns};
use super::groups::Fragment;
use super::relate::Trees;
use super::spans::SpanColumns;
use super::walk::{Forest, Step, Steps, by_width};
use crate::block::TraceFlags;
use crate::block::format::corrupt;
use crate::blocks::{Blocks, SpanAt};
use crate::error::{Error, ErrorKind, Result};
use crate::rowset::SpanSet;
use std::ops::Range;
use std::sync::Arc;

/// Stands in [`TraceGraph::parents`] for "none".
pub const NO_PARENT: u32 = u32::MAX;

/// The graphs of many traces, in the order of their first spans.
///
/// Holds a reference to the blocks, 12 bytes a span (20 of traces in several blocks) and 40 a trace.
/// When it is dropped, the reference goes; the memory is kept for the next graphs of the same
/// [`Trees`], if these are alive. `Send` and `Sync`.
pub struct TraceGraphs {
    blocks: Blocks,
    arrays: Arrays,
    /// Where the memory came from, and goes back to.
    spare: Arc<Spare>,
}

impl Drop for TraceGraphs {
    fn drop(&mut self) {
        self.spare.give(std::mem::take(&mut self.arrays));
    }
}

impl TraceGraphs {
    /// The graphs of all traces in `blocks`, or of those that have a span in `touched`. A trace is
    /// one graph whether it lies in one block or in several.
    pub fn build(blocks: &Blocks, touched: Option<&SpanSet>) -> Result<TraceGraphs> {
        TraceGraphs::of_trees(&Trees::new(blocks)?, touched)
    }

    /// As [`TraceGraphs::build`], where the trees are at hand. In the memory of graphs of the same
    /// trees that were dropped, if there are any; see [`Trees::trim`].
    pub fn of_trees(trees: &Trees, touched: Option<&SpanSet>) -> Result<TraceGraphs> {
        let spare = trees.spare().clone();
        let arrays = spare.take();
        let bytes = arrays.heap_bytes();
        let mut graphs = TraceGraphs { blocks: trees.blocks().clone(), arrays, spare };
        match touched {
            Some(set) => {
                let touched = trees.bitmaps(set)?;
                graphs.fill(trees, |block, row| bits::next(touched.block(block), row))?;
            }
            None => {
                let rows = trees.blocks().iter().map(|block| block.rows() as usize).sum();
                let arrays = &mut graphs.arrays;
                arrays.traces.reserve(trees.blocks().trace_count() as usize);
                arrays.parents.reserve(rows);
                arrays.subtree_lens.reserve(rows);
                arrays.depths.reserve(rows);
                graphs.fill(trees, |_, row| Some(row))?;
            }
        }
        if graphs.heap_bytes() > bytes {
            graphs.spare.note_growth();
        }
        Ok(graphs)
    }

    /// Adds every trace that has a touched row; `next_touched` gives the first one of a block that
    /// is not before a row.
    fn fill(
        &mut self,
        trees: &Trees,
        next_touched: impl Fn(usize, usize) -> Option<usize>,
    ) -> Result<()> {
        let joined = trees.joined();
        let is_touched = |place: &SpanAt| {
            let (block, row) = (place.block as usize, place.row as usize);
            next_touched(block, row) == Some(row)
        };
        let mut joined_traces = joined.traces.iter().enumerate().peekable();
        for (at, block) in trees.blocks().iter().enumerate() {
            if block.rows() == 0 {
                continue;
            }
            let (traces, tree) = (TraceColumns::read(block)?, TreeColumns::read(block)?);
            let mut replaced = joined.replaced[at].iter().peekable();
            let mut next = next_touched(at, 0);
            let mut run = Run::new(tree.forest());
            for number in 0..traces.len() {
                let fragment = Fragment { block: at as u32, trace: number };
                let rows = traces.span_rows(number);
                let (start, end) = (rows.start as usize, rows.end as usize);
                let touched = next.is_some_and(|row| row < end);
                if touched {
                    next = next_touched(at, end);
                }
                if replaced.next_if_eq(&&number).is_some() {
                    let begins = joined_traces.next_if(|(_, trace)| trace.fragment == fragment);
                    let Some((number, trace)) = begins else { continue };
                    let rows = joined.rows(number);
                    if joined.places[rows.clone()].iter().any(is_touched) {
                        run.append(self)?;
                        let spans = Spans::Listed(self.arrays.places.len() as u32);
                        self.arrays.places.extend(&joined.places[rows.clone()]);
                        let mut whole = Run::new(joined.forest());
                        whole.add(self, rows, fragment, spans, trace.rooted, trace.flags)?;
                        whole.append(self)?;
                    }
                } else if touched {
                    let (rooted, flags) = (traces.rooted(number), traces.flags(number));
                    run.add(self, start..end, fragment, Spans::Rows(rows.start), rooted, flags)?;
                }
            }
            run.append(self)?;
        }
        Ok(())
    }

    /// Number of traces.
    pub fn len(&self) -> usize {
        self.arrays.traces.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.arrays.traces.is_empty()
    }

    /// Spans in all graphs together.
    pub fn span_count(&self) -> usize {
        self.arrays.parents.len()
    }

    /// The blocks that hold the spans.
    pub fn blocks(&self) -> &Blocks {
        &self.blocks
    }

    /// Graph number `index`; an error of kind [`ErrorKind::InvalidArgument`] if there is none.
    pub fn get(&self, index: usize) -> Result<TraceGraph<'_>> {
        match self.arrays.traces.get(index) {
            Some(trace) => Ok(TraceGraph { graphs: self, trace, index }),
            None => {
                let message = format!("there is no trace graph {index} among {}", self.len());
                Err(Error::new(ErrorKind::InvalidArgument, message))
            }
        }
    }

    /// The graphs in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = TraceGraph<'_>> {
        let traces = self.arrays.traces.iter().enumerate();
        traces.map(|(index, trace)| TraceGraph { graphs: self, trace, index })
    }

    /// Numbers of the blocks that have spans in these graphs, ascending.
    pub(super) fn used_blocks(&self, graphs: Range<usize>) -> impl Iterator<Item = usize> + use<> {
        let mut used = vec![false; self.blocks.len()];
        for trace in self.arrays.traces.get(graphs).unwrap_or_default() {
            used[trace.fragment.block as usize] = true;
            if let Spans::Listed(first) = trace.spans {
                let places = self.arrays.places[first as usize..].iter().take(trace.len as usize);
                places.for_each(|place| used[place.block as usize] = true);
            }
        }
        used.into_iter().enumerate().filter(|used| used.1).map(|used| used.0)
    }

    /// Bytes of memory held besides the blocks.
    pub fn heap_bytes(&self) -> usize {
        self.arrays.heap_bytes()
    }
}

/// Traces that follow each other in a forest, and whose nodes are added at once.
struct Run<'a> {
    forest: Forest<'a>,
    rows: Range<usize>,
    /// How many traces they are.
    traces: usize,
}

impl<'a> Run<'a> {
    fn new(forest: Forest<'a>) -> Self {
        Run { forest, rows: 0..0, traces: 0 }
    }

    /// Adds the trace in `rows` to `graphs`, and to the run. If it is not the next one, the run is
    /// ended and begun anew.
    fn add(
        &mut self,
        graphs: &mut TraceGraphs,
        rows: Range<usize>,
        fragment: Fragment,
        spans: Spans,
        rooted: u32,
        flags: TraceFlags,
    ) -> Result<()> {
        if self.rows.end != rows.start {
            self.append(graphs)?;
            self.rows = rows.start..rows.start;
        }
        let first_node = graphs.arrays.parents.len() + self.rows.len();
        let len = rows.len() as u32;
        graphs.arrays.traces.push(Trace { first_node, len, rooted, flags, fragment, spans });
        self.rows.end = rows.end;
        self.traces += 1;
        Ok(())
    }

    /// Adds the nodes of the run's traces to `graphs`, and ends the run.
    fn append(&mut self, graphs: &mut TraceGraphs) -> Result<()> {
        let (rows, arrays) = (std::mem::replace(&mut self.rows, 0..0), &mut graphs.arrays);
        copy(self.forest.parent_delta, rows.clone(), &mut arrays.parents);
        copy(self.forest.subtree_len, rows.clone(), &mut arrays.subtree_lens);
        arrays.depths.resize(arrays.parents.len(), 0);
        let traces = arrays.traces.len() - std::mem::take(&mut self.traces)..;
        for trace in &arrays.traces[traces] {
            let nodes = trace.first_node..trace.first_node + trace.len as usize;
            let sound = find_parents(
                &mut arrays.parents[nodes.clone()],
                &arrays.subtree_lens[nodes.clone()],
                &mut arrays.depths[nodes],
            );
            if !sound {
                let Fragment { block, trace } = trace.fragment;
                let place = format!("trace {trace} of block {block}");
                return Err(corrupt("the tree columns contradict each other").context(place));
            }
        }
        Ok(())
    }
}

fn copy(steps: Steps<'_>, rows: Range<usize>, out: &mut Vec<u32>) {
    fn widen<S: Step>(steps: &[S], out: &mut Vec<u32>) {
        out.extend(steps.iter().map(|step| step.rows() as u32));
    }
    let len = out.len() + rows.len();
    by_width!(steps, |steps| widen(steps.get(rows).unwrap_or_default(), out), ());
    out.resize(len, 0);
}

/// Turns the distances in `parents` into nodes, and writes the depths. False if that and the
/// subtree lengths do not say the same.
#[inline]
fn find_parents(parents: &mut [u32], subtree_lens: &[u32], depths: &mut [u32]) -> bool {
    let nodes = parents.len();
    let (subtree_lens, depths) = (&subtree_lens[..nodes], &mut depths[..nodes]);
    // Every node is in the subtree of each of its ancestors. Then all subtrees together have at
    // least as many nodes as all nodes have ancestors, and more only if one has a wrong node.
    let mut inside = true;
    let (mut in_subtrees, mut ancestors) = (0u64, 0u64);
    for node in 0..nodes {
        let delta = parents[node] as usize;
        let end = node + subtree_lens[node] as usize;
        in_subtrees += u64::from(subtree_lens[node]);
        if delta == 0 || delta > node {
            inside &= delta == 0 && end < nodes;
            parents[node] = NO_PARENT;
        } else {
            let parent = node - delta;
            inside &= end <= parent + subtree_lens[parent] as usize;
            parents[node] = parent as u32;
            depths[node] = depths[parent] + 1;
            ancestors += u64::from(depths[node]);
        }
    }
    inside && in_subtrees == ancestors
}

/// The graph of one trace. Its nodes are its spans, numbered in pre-order: a span's descendants
/// follow it directly, siblings by start. The trees of roots come first.
#[derive(Clone, Copy)]
pub struct TraceGraph<'a> {
    graphs: &'a TraceGraphs,
    trace: &'a Trace,
    index: usize,
}

impl<'a> TraceGraph<'a> {
    /// Number of spans.
    #[allow(clippy::len_without_is_empty, reason = "a trace has spans")]
    #[inline]
    pub fn len(self) -> usize {
        self.trace.len as usize
    }

    /// The columns that analyses of this trace read.
    pub fn columns(self) -> Result<SpanColumns<'a>> {
        self.graphs.columns_of(self.index..self.index + 1)
    }

    fn nodes(self) -> Range<usize> {
        self.trace.first_node..self.trace.first_node + self.len()
    }

    /// Trace id: 16 bytes in valid OTLP.
    pub fn trace_id(self) -> Result<&'a [u8]> {
        let Fragment { block, trace } = self.trace.fragment;
        Ok(self.graphs.blocks.get(block as usize)?.trace_id(trace)?.unwrap_or_default())
    }

    /// What is wrong with the trace.
    pub fn flags(self) -> TraceFlags {
        self.trace.flags
    }

    /// Where span `node` is; `None` if there is no such node.
    #[inline]
    pub fn place(self, node: usize) -> Option<SpanAt> {
        if node >= self.len() {
            return None;
        }
        match self.trace.spans {
            Spans::Rows(first) => {
                Some(SpanAt { block: self.trace.fragment.block, row: first + node as u32 })
            }
            Spans::Listed(first) => self.graphs.arrays.places.get(first as usize + node).copied(),
        }
    }

    /// Where the spans are, by node.
    pub fn places(self) -> impl ExactSizeIterator<Item = SpanAt> + use<'a> {
        (0..self.len()).map(move |node| self.place(node).unwrap_or_default())
    }

    /// The node of the span at `place`; `None` if the span is not of this trace. Costs nothing
    /// where the trace lies in one block, else a look at every node.
    pub fn node_at(self, place: SpanAt) -> Option<usize> {
        match self.trace.spans {
            Spans::Rows(first) => {
                let node = place.row.checked_sub(first)?;
                (place.block == self.trace.fragment.block && node < self.trace.len)
                    .then_some(node as usize)
            }
            Spans::Listed(first) => {
                let first = first as usize;
                let places = self.graphs.arrays.places.get(first..first + self.len())?;
                places.iter().position(|&other| other == place)
            }
        }
    }

    /// Parent of every node, or [`NO_PARENT`]. A ring of parents is cut at its earliest span.
    #[inline]
    pub fn parents(self) -> &'a [u32] {
        &self.graphs.arrays.parents[self.nodes()]
    }

    /// How many nodes descend from every node; they follow it.
    #[inline]
    pub fn subtree_lens(self) -> &'a [u32] {
        &self.graphs.arrays.subtree_lens[self.nodes()]
    }

    /// Depth of every node; 0 without a parent.
    #[inline]
    pub fn depths(self) -> &'a [u32] {
        &self.graphs.arrays.depths[self.nodes()]
    }

    /// Parent of `node`; `None` if it has none here, or there is no such node.
    #[inline]
    pub fn parent(self, node: usize) -> Option<usize> {
        self.parents().get(node).filter(|&&parent| parent != NO_PARENT).map(|&p| p as usize)
    }

    /// Children of `node` by start.
    #[inline]
    pub fn children(self, node: usize) -> Children<'a> {
        let lens = self.subtree_lens();
        let len = lens.get(node).map_or(0, |&len| len as usize);
        Children { lens, next: node + 1, end: (node + 1 + len).min(lens.len()) }
    }

    /// Nodes without a parent: roots by start, then the heads of other trees by start. The trace
    /// falls into as many parts.
    #[inline]
    pub fn heads(self) -> Children<'a> {
        let lens = self.subtree_lens();
        Children { lens, next: 0, end: lens.len() }
    }

    /// Nodes whose span names no parent, by start.
    #[inline]
    pub fn roots(self) -> Children<'a> {
        Children { end: (self.trace.rooted as usize).min(self.len()), ..self.heads() }
    }

    /// Nodes without a parent whose span names one: a span that is not there, the span itself, or
    /// (where a ring was cut) a descendant.
    #[inline]
    pub fn orphans(self) -> Children<'a> {
        Children { next: (self.trace.rooted as usize).min(self.len()), ..self.heads() }
    }

    /// Whether a root reaches `node`.
    #[inline]
    pub fn is_rooted(self, node: usize) -> bool {
        node < self.trace.rooted as usize
    }
}

/// Nodes that are siblings in a [`TraceGraph`], in order.
#[derive(Clone, Debug)]
pub struct Children<'a> {
    lens: &'a [u32],
    next: usize,
    end: usize,
}

impl Iterator for Children<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        let node = self.next;
        if node >= self.end {
            return None;
        }
        self.next += 1 + *self.lens.get(node)? as usize;
        Some(node)
    }
}

const _: fn() = || {
    fn shared<T: Send + Sync>() {}
    shared::<TraceGraphs>();
    shared::<Trees>();
};

#[cfg(test)]
mod tests {
    use super::*;

    fn parents(deltas: &[u32], lens: &[u32]) -> Option<(Vec<u32>, Vec<u32>)> {
        let (mut parents, mut depths) = (deltas.to_vec(), vec![0; deltas.len()]);
        find_parents(&mut parents, lens, &mut depths).then_some((parents, depths))
    }

    #[test]
    fn columns_that_contradict_each_other_are_found() {
        const NO: u32 = NO_PARENT;
        let sound = parents(&[0, 1, 1, 3, 0], &[3, 1, 0, 0, 0]);
        assert_eq!(sound, Some((vec![NO, 0, 1, 0, NO], vec![0, 1, 2, 1, 0])));
        assert_eq!(parents(&[0, 1, 2], &[2, 1, 0]), None, "a subtree has a node too many");
        assert_eq!(parents(&[0, 1, 1], &[2, 0, 0]), None, "a subtree has a node too few");
        assert_eq!(parents(&[0, 1, 1], &[1, 1, 0]), None, "a subtree leaves its parent's");
        assert_eq!(parents(&[0, 1], &[2, 0]), None, "a subtree leaves the trace");
        assert_eq!(parents(&[0, 2], &[0, 0]), None, "a parent is before the trace");
        assert_eq!(parents(&[0, u32::MAX], &[u32::MAX, u32::MAX]), None);
        assert_eq!(parents(&[1], &[0]), None);
    }
}
