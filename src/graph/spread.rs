//! Traces that no single block shows in full, for those who ask about whole traces.

use super::groups::Groups;
use super::join::Joined;
use super::join_memory;
use super::relate::Trees;
use crate::block::TraceFlags;
use crate::blocks::{Blocks, SpanAt};
use crate::error::{Error, ErrorKind, Result};
use std::sync::Arc;

/// What [`Trees`] found out about a list of blocks, without a reference to them: which traces had
/// to be put together, and how. Worth keeping where a list is asked about more than once.
#[derive(Clone, Debug)]
pub struct Joins(Arc<Joined>);

/// Blocks that share traces, put together: groups of block numbers. Numbers ascend in a group, and
/// groups by their first number. A trace lies in the blocks of one group.
///
/// Costs a few nanoseconds a trace.
pub fn connected_blocks(blocks: &Blocks) -> Result<Vec<Vec<u32>>> {
    let mut first: Vec<u32> = (0..blocks.len() as u32).collect();
    if blocks.len() > 1 {
        let mut memory = join_memory::lease();
        for fragments in Groups::find(blocks, &mut memory.groups)?.iter() {
            for pair in fragments.windows(2) {
                unite(&mut first, pair[0].block, pair[1].block);
            }
        }
    }
    let mut groups: Vec<Vec<u32>> = vec![Vec::new(); blocks.len()];
    for block in 0..blocks.len() as u32 {
        groups[first_of(&mut first, block) as usize].push(block);
    }
    groups.retain(|group| !group.is_empty());
    Ok(groups)
}

/// Makes one group of those of `a` and `b`.
fn unite(first: &mut [u32], a: u32, b: u32) {
    let (a, b) = (first_of(first, a), first_of(first, b));
    first[a.max(b) as usize] = a.min(b);
}

/// The first block of the group of `block`.
fn first_of(first: &mut [u32], mut block: u32) -> u32 {
    while first[block as usize] != block {
        let next = first[block as usize];
        first[block as usize] = first[next as usize];
        block = next;
    }
    block
}

impl Trees {
    /// What was found out about the blocks.
    pub fn joins(&self) -> Joins {
        Joins(self.joined.clone())
    }

    /// The trees of `blocks`, a list for which `joins` were found out before. An error of kind
    /// [`ErrorKind::InvalidArgument`] if that list had another length.
    pub fn with_joins(blocks: &Blocks, joins: &Joins) -> Result<Trees> {
        if joins.0.replaced.len() == blocks.len() {
            return Ok(Trees::of(blocks, joins.0.clone()));
        }
        let message = "joins of another list of blocks were given";
        Err(Error::new(ErrorKind::InvalidArgument, message))
    }

    /// The traces that were put together: those in several blocks, and those whose parents form a
    /// ring.
    pub fn spread_traces(&self) -> impl ExactSizeIterator<Item = SpreadTrace<'_>> {
        let joined = &*self.joined;
        (0..joined.traces.len()).map(move |number| SpreadTrace { joined, number })
    }

    /// Rows in the trace table of block `block` that belong to such traces, ascending.
    pub fn spread_in(&self, block: usize) -> &[u32] {
        self.joined.replaced.get(block).map_or(&[], |traces| traces)
    }
}

/// A trace that was put together. Its spans are nodes in pre-order, as in
/// [`super::TraceGraph`].
#[derive(Clone, Copy)]
pub struct SpreadTrace<'a> {
    joined: &'a Joined,
    number: usize,
}

impl<'a> SpreadTrace<'a> {
    /// Where its spans are.
    pub fn places(self) -> &'a [SpanAt] {
        &self.joined.places[self.joined.rows(self.number)]
    }

    /// How many of its first nodes a root reaches.
    pub fn rooted(self) -> usize {
        (self.joined.traces[self.number].rooted as usize).min(self.places().len())
    }

    /// What is wrong with it.
    pub fn flags(self) -> TraceFlags {
        self.joined.traces[self.number].flags
    }

    /// How many nodes descend from `node`; they follow it.
    pub fn descendants(self, node: usize) -> usize {
        let rows = self.joined.rows(self.number);
        let len = self.joined.forest().subtree_len.get(rows.start + node);
        len.min(rows.len().saturating_sub(node + 1))
    }

    /// Parent of `node`, as long as it is in this trace. Rings are cut.
    pub fn parent(self, node: usize) -> Option<usize> {
        let start = self.joined.rows(self.number).start;
        let delta = self.joined.forest().parent_delta.get(start + node);
        if delta == 0 { None } else { node.checked_sub(delta) }
    }

    /// Nodes that are parents of a node by a link that was cut to break a ring.
    pub fn cut_parents(self) -> impl Iterator<Item = usize> + use<'a> {
        let rows = self.joined.rows(self.number);
        // Rings are in the order of their traces.
        let rings = &self.joined.rings;
        let rings = &rings[rings.partition_point(|ring| ring.last() < rows.start)..];
        rings
            .iter()
            .map(|ring| ring.last())
            .take_while(move |&l| l < rows.end)
            .map(move |last| last - rows.start)
    }
}
