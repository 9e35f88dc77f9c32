//! Traces whose spans lie in several blocks, and how they hang together.

use super::bits;
use super::columns::{NodeColumns, TraceColumns};
use super::damage::{Families, Orphan, Ring};
use super::groups::{Fragment, Groups};
use super::join_memory::{self, JoinMemory};
use super::walk::{Forest, Steps};
use crate::block::build::order::{Node, ParentId, Tree};
use crate::block::{Block, TraceFlags};
use crate::blocks::{Blocks, SpanAt};
use crate::error::{Error, ErrorKind, Result};
use std::ops::Range;

/// A trace that was put together anew.
#[derive(Clone, Copy, Debug)]
pub(super) struct JoinedTrace {
    /// Its first fragment.
    pub fragment: Fragment,
    /// Its first row in [`Joined`].
    pub first_row: u32,
    /// How many of its first rows a root reaches.
    pub rooted: u32,
    /// What is wrong with it.
    pub flags: TraceFlags,
}

/// Traces that the tree columns of one block do not show in full: those in several blocks, and
/// those whose parents form a ring. Their spans have rows of their own here, in trace order as in
/// a block.
#[derive(Debug, Default)]
pub(super) struct Joined {
    /// Where every span is.
    pub places: Vec<SpanAt>,
    parent_delta: Vec<u32>,
    subtree_len: Vec<u32>,
    /// The traces, by first row and by first fragment.
    pub traces: Vec<JoinedTrace>,
    /// Siblings, and members of rings, that `forest` does not show.
    pub families: Families,
    /// Rings that were cut.
    pub rings: Vec<Ring>,
    /// Per block the rows in the trace table that belong to these traces, ascending.
    pub replaced: Vec<Vec<u32>>,
    /// Per block the spans of all other traces, as bits; empty if there are no such traces in it.
    pub kept: Vec<Vec<u64>>,
}

impl Joined {
    /// Finds such traces in `blocks` and orders their spans.
    pub fn find(blocks: &Blocks) -> Result<Joined> {
        let mut memory = join_memory::lease();
        let groups = Groups::find(blocks, &mut memory.groups)?;
        let mut replaced = vec![Vec::new(); blocks.len()];
        for fragment in groups.fragments() {
            replaced[fragment.block as usize].push(fragment.trace);
        }
        replaced.iter_mut().for_each(|traces| traces.sort_unstable());
        let kept = blocks.iter().zip(&replaced).map(|(block, traces)| kept(block, traces));
        let kept = kept.collect::<Result<_>>()?;
        let mut joined = Joined { replaced, kept, ..Joined::default() };
        if !groups.fragments().is_empty() {
            joined.order(blocks, &groups, &mut memory)?;
        }
        Ok(joined)
    }

    /// Orders the spans of every group.
    fn order(&mut self, blocks: &Blocks, groups: &Groups, memory: &mut JoinMemory) -> Result<()> {
        let mut columns = Vec::with_capacity(blocks.len());
        for (block, traces) in blocks.iter().zip(&self.replaced) {
            columns.push(match traces[..] {
                [] => None,
                _ => Some((TraceColumns::read(block)?, NodeColumns::read(block)?)),
            });
        }
        let JoinMemory { nodes, places, tree, .. } = memory;
        let mut orphans = Vec::new();
        for group in groups.iter() {
            nodes.clear();
            places.clear();
            for fragment in group {
                let Some((traces, columns)) = &columns[fragment.block as usize] else { continue };
                let rows = traces.span_rows(fragment.trace);
                nodes.extend(rows.clone().map(|row| columns.node(row)));
                places.extend(rows.map(|row| SpanAt { block: fragment.block, row }));
            }
            if self.places.len() + nodes.len() > u32::MAX as usize {
                let message = "traces that are spread over several blocks have 2^32 spans or \
                               more; take fewer blocks at once";
                return Err(Error::new(ErrorKind::Limit, message));
            }
            tree.build(nodes);
            self.add(group[0], tree, nodes, places, &mut orphans);
        }
        self.families.add_orphans(orphans);
        let forest = Forest {
            parent_delta: Steps::U32(&self.parent_delta),
            subtree_len: Steps::U32(&self.subtree_len),
        };
        self.rings.iter().for_each(|ring| self.families.add(ring.family(&forest)));
        Ok(())
    }

    /// Adds the trace that begins with `fragment`, ordered by `tree`.
    fn add(
        &mut self,
        fragment: Fragment,
        tree: &Tree,
        nodes: &[Node],
        places: &[SpanAt],
        orphans: &mut Vec<Orphan>,
    ) {
        let first_row = self.places.len() as u32;
        let (trace, rooted, flags) = (self.traces.len() as u32, tree.rooted, tree.flags);
        self.traces.push(JoinedTrace { fragment, first_row, rooted, flags });
        self.places.extend(tree.order.iter().map(|&n| places[n as usize]));
        self.parent_delta.extend(&tree.parent_delta);
        self.subtree_len.extend(&tree.subtree_len);
        self.rings.extend(
            tree.rings.iter().map(|&(head, last)| Ring::new(first_row + head, first_row + last)),
        );
        let mut cuts: Vec<u32> = tree.rings.iter().map(|&(head, _)| head).collect();
        cuts.sort_unstable();
        for (at, &n) in tree.order.iter().enumerate() {
            let node = &nodes[n as usize];
            if let ParentId::Id(parent_id) = node.parent
                && tree.parent_delta[at] == 0
                && node.id != Some(parent_id)
                && cuts.binary_search(&(at as u32)).is_err()
            {
                orphans.push(Orphan { trace, parent_id, row: first_row + at as u32 });
            }
        }
    }

    /// The trees.
    pub fn forest(&self) -> Forest<'_> {
        Forest {
            parent_delta: Steps::U32(&self.parent_delta),
            subtree_len: Steps::U32(&self.subtree_len),
        }
    }

    /// Rows of trace number `trace`.
    pub fn rows(&self, trace: usize) -> Range<usize> {
        let first = |trace: usize| self.traces.get(trace).map(|t| t.first_row as usize);
        let end = first(trace + 1).unwrap_or(self.places.len());
        first(trace).unwrap_or(end)..end
    }
}

/// The spans of `block` that are not in `traces`, as bits; empty if there are none of these.
fn kept(block: &Block, traces: &[u32]) -> Result<Vec<u64>> {
    if traces.is_empty() {
        return Ok(Vec::new());
    }
    let columns = TraceColumns::read(block)?;
    let mut kept = vec![u64::MAX; bits::words(block.rows() as usize)];
    for &trace in traces {
        let rows = columns.span_rows(trace);
        bits::clear_range(&mut kept, rows.start as usize, rows.end as usize);
    }
    Ok(kept)
}
