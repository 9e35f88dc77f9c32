//! Traces whose spans lie in several blocks, and how they hang together.

use super::bits;
use super::columns::{NodeColumns, TraceColumns, TraceIds, for_each_damaged};
use super::damage::{Families, Orphan, Ring};
use super::walk::{Forest, Steps};
use crate::block::build::order::{Node, ParentId, Tree};
use crate::block::{Block, TraceFlags};
use crate::blocks::{Blocks, SpanAt};
use crate::error::{Error, ErrorKind, Result};
use std::hash::BuildHasher;
use std::ops::Range;

/// The part of a trace that lies in one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fragment {
    /// Number of the block in its list.
    pub block: u32,
    /// Row in the block's trace table.
    pub trace: u32,
}

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
        let groups = Groups::find(blocks)?;
        let mut replaced = vec![Vec::new(); blocks.len()];
        for fragment in &groups.fragments {
            replaced[fragment.block as usize].push(fragment.trace);
        }
        replaced.iter_mut().for_each(|traces| traces.sort_unstable());
        let kept = blocks.iter().zip(&replaced).map(|(block, traces)| kept(block, traces));
        let kept = kept.collect::<Result<_>>()?;
        let mut joined = Joined { replaced, kept, ..Joined::default() };
        if !groups.fragments.is_empty() {
            joined.order(blocks, &groups)?;
        }
        Ok(joined)
    }

    /// Orders the spans of every group.
    fn order(&mut self, blocks: &Blocks, groups: &Groups) -> Result<()> {
        let mut columns = Vec::with_capacity(blocks.len());
        for (block, traces) in blocks.iter().zip(&self.replaced) {
            columns.push(match traces[..] {
                [] => None,
                _ => Some((TraceColumns::read(block)?, NodeColumns::read(block)?)),
            });
        }
        let (mut nodes, mut places, mut orphans) = (Vec::new(), Vec::new(), Vec::new());
        let mut tree = Tree::default();
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
            tree.build(&nodes);
            self.add(group[0], &tree, &nodes, &places, &mut orphans);
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

/// Fragments of traces, those of a trace together.
#[derive(Debug, Default)]
pub(super) struct Groups {
    fragments: Vec<Fragment>,
    ends: Vec<usize>,
}

/// A fragment that may belong to a trace to join.
struct Candidate {
    hash: u64,
    fragment: Fragment,
    ring: bool,
}

impl Groups {
    /// Finds the traces to join. Most traces lie in one block, so their ids are first marked in a
    /// table of bits; only those that share a bit are compared.
    pub fn find(blocks: &Blocks) -> Result<Groups> {
        let ids = blocks.iter().map(|b| TraceIds::read(b)).collect::<Result<Vec<_>>>()?;
        let mut candidates = rings(blocks, &ids)?;
        if blocks.len() > 1 {
            repeated(&ids, &mut candidates);
        }
        let id = |c: &Candidate| ids[c.fragment.block as usize].get(c.fragment.trace);
        // Spans without a trace id do not belong together.
        candidates.retain(|candidate| candidate.ring || !id(candidate).is_empty());
        candidates.sort_unstable_by(|a, b| {
            let order = a.hash.cmp(&b.hash).then_with(|| id(a).cmp(id(b)));
            order.then(a.fragment.cmp(&b.fragment))
        });
        candidates.dedup_by(|later, kept| {
            kept.ring |= later.ring && later.fragment == kept.fragment;
            later.fragment == kept.fragment
        });
        let mut groups: Vec<&[Candidate]> = candidates
            .chunk_by(|a, b| a.hash == b.hash && id(a) == id(b))
            .filter(|group| group.len() > 1 || group[0].ring)
            .collect();
        groups.sort_unstable_by_key(|group| group[0].fragment);
        let mut out = Groups::default();
        for group in groups {
            out.fragments.extend(group.iter().map(|candidate| candidate.fragment));
            out.ends.push(out.fragments.len());
        }
        Ok(out)
    }

    pub fn iter(&self) -> impl Iterator<Item = &[Fragment]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.fragments[start..end])
    }
}

fn hash(id: &[u8; 16]) -> u64 {
    foldhash::fast::FixedState::default().hash_one(u128::from_le_bytes(*id))
}

/// Traces whose parents form a ring.
fn rings(blocks: &Blocks, ids: &[TraceIds<'_>]) -> Result<Vec<Candidate>> {
    let mut found = Vec::new();
    for (at, (block, ids)) in blocks.iter().zip(ids).enumerate() {
        for_each_damaged(block, |trace, flags| {
            if let Some(id) = ids.plain().get(trace as usize)
                && flags.contains(TraceFlags::CYCLE)
            {
                let fragment = Fragment { block: at as u32, trace };
                found.push(Candidate { hash: hash(id), fragment, ring: true });
            }
        })?;
    }
    Ok(found)
}

/// Adds all traces whose id is there more than once, and some others.
fn repeated(ids: &[TraceIds<'_>], found: &mut Vec<Candidate>) {
    let count: usize = ids.iter().map(|ids| ids.plain().len()).sum();
    // With 16 bits an id, one id in 16 meets another's bit by chance.
    let words = (count * 16).next_power_of_two().div_ceil(64);
    let place = |hash: u64| ((hash >> 6) as usize & (words - 1), 1 << (hash % 64));
    let (mut once, mut twice) = (vec![0u64; words], vec![0u64; words]);
    for id in ids.iter().flat_map(|ids| ids.plain()) {
        let (word, bit) = place(hash(id));
        twice[word] |= once[word] & bit;
        once[word] |= bit;
    }
    for (block, ids) in ids.iter().enumerate() {
        for (trace, id) in ids.plain().iter().enumerate() {
            let hash = hash(id);
            let (word, bit) = place(hash);
            if twice[word] & bit != 0 {
                let fragment = Fragment { block: block as u32, trace: trace as u32 };
                found.push(Candidate { hash, fragment, ring: false });
            }
        }
    }
}
