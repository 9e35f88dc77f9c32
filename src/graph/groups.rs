//! Finding the traces that lie in several blocks.
//!
//! Most traces lie in one block, and their ids are not hashed: trace ids are random, or random in
//! part, so bits of an id are a place in a table of bits as they are. Only traces that meet another
//! in all of these tables are joined by a hash table.
//!
//! ```text
//! bytes 12 to 16 of all ids  -->  those at whose place there is another
//! bytes  8 to 12 of these    -->  those at whose place there is another
//! ...                        -->  hash table of these: traces and their fragments
//! ```

use super::columns::{TraceIds, for_each_damaged};
use super::join_memory::GroupMemory;
use crate::block::TraceFlags;
use crate::blocks::Blocks;
use crate::error::Result;
use std::hash::BuildHasher;

/// The part of a trace that lies in one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fragment {
    /// Number of the block in its list.
    pub block: u32,
    /// Row in the block's trace table.
    pub trace: u32,
}

/// Fragments of the traces to join, those of a trace together; traces by first fragment.
#[derive(Debug, Default)]
pub(super) struct Groups {
    fragments: Vec<Fragment>,
    ends: Vec<usize>,
}

impl Groups {
    /// Finds the traces that lie in several of `blocks`, and those whose parents form a ring.
    pub fn find(blocks: &Blocks, memory: &mut GroupMemory) -> Result<Groups> {
        let ids = blocks.iter().map(|b| TraceIds::read(b)).collect::<Result<Vec<_>>>()?;
        let rings = rings(blocks, &ids)?;
        if blocks.len() > 1 {
            repeated(&ids, memory);
        } else {
            memory.candidates.clear();
        }
        if !rings.is_empty() {
            memory.candidates.extend(&rings);
            memory.candidates.sort_unstable();
            memory.candidates.dedup();
        }
        number(&ids, memory);
        Ok(Groups::gather(memory, &rings))
    }

    /// The fragments by the numbers of their groups. Groups of one are left out unless it is a ring.
    fn gather(memory: &mut GroupMemory, rings: &[Fragment]) -> Groups {
        let GroupMemory { candidates, group_of, firsts, sizes, .. } = memory;
        let mut groups = Groups::default();
        let mut end = 0;
        for (size, first) in sizes.iter_mut().zip(&*firsts) {
            let joined = *size > 1 || rings.binary_search(first).is_ok();
            if joined {
                end += *size as usize;
                groups.ends.push(end);
            }
            // From here on it is where the group's next fragment goes.
            *size = if joined { (end - *size as usize) as u32 } else { u32::MAX };
        }
        groups.fragments.resize(end, Fragment { block: 0, trace: 0 });
        for (fragment, &group) in candidates.iter().zip(&*group_of) {
            let Some(next) = sizes.get_mut(group as usize) else { continue };
            if let Some(place) = groups.fragments.get_mut(*next as usize) {
                *place = *fragment;
                *next += 1;
            }
        }
        groups
    }

    /// The fragments of each trace.
    pub fn iter(&self) -> impl Iterator<Item = &[Fragment]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.fragments[start..end])
    }

    /// The fragments of all traces.
    pub fn fragments(&self) -> &[Fragment] {
        &self.fragments
    }
}

/// Traces whose parents form a ring, by fragment.
fn rings(blocks: &Blocks, ids: &[TraceIds<'_>]) -> Result<Vec<Fragment>> {
    let mut found = Vec::new();
    for (at, (block, ids)) in blocks.iter().zip(ids).enumerate() {
        for_each_damaged(block, |trace, flags| {
            if (trace as usize) < ids.plain().len() && flags.contains(TraceFlags::CYCLE) {
                found.push(Fragment { block: at as u32, trace });
            }
        })?;
    }
    found.sort_unstable();
    Ok(found)
}

/// Bytes of an id from this one on are a place.
const WINDOWS: [usize; 4] = [12, 8, 4, 0];

/// Makes candidates of all fragments whose id may be there more than once. By chance one id in 16
/// meets another in a table of bits, so of ids that are there once one in 65,536 is among them.
fn repeated(ids: &[TraceIds<'_>], memory: &mut GroupMemory) {
    let all: usize = ids.iter().map(|ids| ids.plain().len()).sum();
    let GroupMemory { candidates, marks, .. } = memory;
    candidates.clear();
    let meets = marks.mark(all, ids.iter().flat_map(|ids| ids.plain()), WINDOWS[0]);
    for (block, ids) in ids.iter().enumerate() {
        for (trace, id) in ids.plain().iter().enumerate() {
            if meets.contains(id) {
                candidates.push(Fragment { block: block as u32, trace: trace as u32 });
            }
        }
    }
    let id = |f: &Fragment| &ids[f.block as usize].plain()[f.trace as usize];
    let mut before = all;
    for &window in &WINDOWS[1..] {
        // What is left now meets others in truth, or by more than chance.
        if candidates.len() == before {
            break;
        }
        before = candidates.len();
        let meets = marks.mark(before, candidates.iter().map(id), window);
        candidates.retain(|candidate| meets.contains(id(candidate)));
    }
}

/// Gives each candidate the number of its trace, in the order of first fragments.
fn number(ids: &[TraceIds<'_>], memory: &mut GroupMemory) {
    let GroupMemory { candidates, table, hasher, group_of, firsts, sizes, .. } = memory;
    for numbers in [&mut *group_of, &mut *sizes] {
        numbers.clear();
        numbers.reserve(candidates.len());
    }
    firsts.clear();
    table.clear();
    let id = |f: &Fragment| ids[f.block as usize].get(f.trace);
    let hash = |f: &Fragment| hasher.hash_one(id(f));
    table.reserve(candidates.len(), |&group: &u32| hash(&firsts[group as usize]));
    for fragment in &*candidates {
        let new = firsts.len() as u32;
        // Spans without a trace id do not belong together.
        let group = match id(fragment) {
            [] => new,
            own => {
                let same = |&group: &u32| id(&firsts[group as usize]) == own;
                let rehash = |&group: &u32| hash(&firsts[group as usize]);
                *table.entry(hash(fragment), same, rehash).or_insert(new).get()
            }
        };
        if group == new {
            firsts.push(*fragment);
            sizes.push(0);
        }
        sizes[group as usize] += 1;
        group_of.push(group);
    }
}
