//! Relations that tree columns alone do not show: orphans that name the same lost parent, and
//! parents that form a ring.

use super::bits;
use super::walk::{Forest, Relation};

/// A span that names a parent which is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Orphan {
    /// Which trace it belongs to; any number that no other trace has.
    pub trace: u32,
    /// Span id of the lost parent.
    pub parent_id: u64,
    /// Row of the span.
    pub row: u32,
}

/// Groups of rows that are siblings though their tree columns show no common parent.
#[derive(Debug, Default)]
pub(super) struct Families {
    members: Vec<u32>,
    ends: Vec<usize>,
}

impl Families {
    /// Puts together the orphans of one trace and lost parent.
    pub fn add_orphans(&mut self, mut orphans: Vec<Orphan>) {
        orphans.sort_unstable();
        for family in orphans.chunk_by(|a, b| (a.trace, a.parent_id) == (b.trace, b.parent_id)) {
            if family.len() > 1 {
                self.add(family.iter().map(|orphan| orphan.row));
            }
        }
    }

    /// Adds a family of its own.
    pub fn add(&mut self, members: impl Iterator<Item = u32>) {
        self.members.extend(members);
        self.ends.push(self.members.len());
    }

    /// Adds to `out` the members in `right` that have another member of their family in `left`.
    pub fn relate(&self, left: &[u64], right: &[u64], out: &mut [u64]) {
        let mut start = 0;
        for &end in &self.ends {
            let family = self.members[start..end].iter().map(|&row| row as usize);
            start = end;
            let count = family.clone().filter(|&row| bits::get(left, row)).count();
            for row in family {
                let others = count - usize::from(bits::get(left, row));
                if others > 0 && bits::get(right, row) {
                    bits::set(out, row);
                }
            }
        }
    }
}

/// Parents that form a ring. The tree columns show it cut: as a tree whose head lost its parent,
/// which is a span of that tree. The ring's members are the way from that span up to the head.
/// Each of them is a descendant and an ancestor of all others, though not of itself; what hangs
/// off the ring descends from all of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ring {
    /// The member at which the ring is cut; all rows of its subtree belong to the ring's tree.
    head: u32,
    /// The head's parent.
    last: u32,
}

impl Ring {
    pub fn new(head: u32, last: u32) -> Ring {
        Ring { head, last }
    }

    /// The member that is the parent of the one at which the ring is cut.
    pub fn last(&self) -> usize {
        self.last as usize
    }

    fn members<'a>(&self, forest: &'a Forest<'_>) -> impl Iterator<Item = usize> + use<'a> {
        std::iter::successors(Some(self.last as usize), |&row| forest.parent(row))
    }

    /// The head and the rows that the tree columns show as its siblings.
    pub fn family<'a>(&self, forest: &'a Forest<'_>) -> impl Iterator<Item = u32> + use<'a> {
        let last = self.last;
        let end = last as usize + forest.subtree_len.get(last as usize);
        let child = |row: usize| row + 1 + forest.subtree_len.get(row);
        let children = std::iter::successors(Some(last as usize + 1), move |&row| Some(child(row)))
            .take_while(move |&row| row <= end)
            .map(|row| row as u32);
        std::iter::once(self.head).chain(children)
    }

    /// Adds to `out` the rows of `right` that have `relation` to a row of `left` by way of the
    /// link that was cut. Siblings are left to [`Ring::family`].
    pub fn relate(
        &self,
        forest: &Forest<'_>,
        relation: Relation,
        left: &[u64],
        right: &[u64],
        out: &mut [u64],
    ) {
        let (head, last) = (self.head as usize, self.last as usize);
        let end = head + forest.subtree_len.get(head) + 1;
        let mut link = |parent_side: &[u64], child_side: &[u64], result: usize| {
            if bits::get(parent_side, last) && bits::get(child_side, head) {
                bits::set(out, result);
            }
        };
        match relation {
            Relation::Child => link(left, right, head),
            Relation::Parent => link(right, left, last),
            Relation::Descendant => {
                let mut in_left = self.members(forest).filter(|&row| bits::get(left, row));
                let Some(one) = in_left.next() else { return };
                let only = in_left.next().is_none();
                bits::set_range_within(out, right, head, end);
                if only {
                    bits::clear_range(out, one, one + 1);
                }
            }
            Relation::Ancestor => {
                let count = bits::count_range(left, head, end);
                for row in self.members(forest).filter(|&row| bits::get(right, row)) {
                    if count > usize::from(bits::get(left, row)) {
                        bits::set(out, row);
                    }
                }
            }
            Relation::Sibling => {}
        }
    }
}
