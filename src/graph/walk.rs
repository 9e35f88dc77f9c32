//! The five relations between spans, as walks over the tree columns.
//!
//! Rows lie in pre-order, so a span's descendants are the `subtree_len` rows behind it and its
//! parent is `parent_delta` rows before it. Spans are related in bulk: given the rows of the left
//! side and of the right side as bitmaps, a walk gives the right-hand rows that some left-hand row
//! is related to. Every walk is linear in the rows and allocates nothing per row.
//!
//! Numbers are taken as they come: in a damaged block the answer is meaningless, but every walk
//! ends and stays inside its bitmaps.

use super::bits;
use crate::scan::kernels::{Kernels, Lane};

/// A relation between two spans, named by what the right-hand span is to the left-hand one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Relation {
    /// `>`: the left one is its parent.
    Child = 0,
    /// `<`: it is the left one's parent.
    Parent = 1,
    /// `>>`: the left one is its parent, its parent's parent and so on.
    Descendant = 2,
    /// `<<`: it is the left one's parent, its parent's parent and so on.
    Ancestor = 3,
    /// `~`: they are two spans with the same parent.
    Sibling = 4,
}

impl Relation {
    /// All relations, in the order of their numbers.
    pub const ALL: [Relation; 5] = [
        Relation::Child,
        Relation::Parent,
        Relation::Descendant,
        Relation::Ancestor,
        Relation::Sibling,
    ];

    /// The relation seen from the other side.
    pub fn inverse(self) -> Relation {
        match self {
            Relation::Child => Relation::Parent,
            Relation::Parent => Relation::Child,
            Relation::Descendant => Relation::Ancestor,
            Relation::Ancestor => Relation::Descendant,
            Relation::Sibling => Relation::Sibling,
        }
    }
}

/// One of the tree columns, a number a row.
#[derive(Clone, Copy, Debug)]
pub enum Steps<'a> {
    /// 0 for this many rows.
    Zero(usize),
    /// 8 bits each.
    U8(&'a [u8]),
    /// 16 bits each.
    U16(&'a [u16]),
    /// 32 bits each.
    U32(&'a [u32]),
}

impl Steps<'_> {
    /// Number of rows.
    #[inline]
    pub fn len(&self) -> usize {
        match self {
            Steps::Zero(rows) => *rows,
            Steps::U8(steps) => steps.len(),
            Steps::U16(steps) => steps.len(),
            Steps::U32(steps) => steps.len(),
        }
    }

    /// Whether there are no rows.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of `row`; 0 past the end.
    #[inline]
    pub fn get(&self, row: usize) -> usize {
        match self {
            Steps::Zero(_) => 0,
            Steps::U8(steps) => steps.get(row).map_or(0, |&s| s.into()),
            Steps::U16(steps) => steps.get(row).map_or(0, |&s| s.into()),
            Steps::U32(steps) => steps.get(row).map_or(0, |&s| s as usize),
        }
    }
}

/// Calls a function that is generic over the width of the numbers; `$otherwise` if all are 0.
macro_rules! by_width {
    ($steps:expr, |$slice:ident| $call:expr, $otherwise:expr) => {
        match $steps {
            Steps::Zero(_) => $otherwise,
            Steps::U8($slice) => $call,
            Steps::U16($slice) => $call,
            Steps::U32($slice) => $call,
        }
    };
}
pub(super) use by_width;

/// The width of a tree column's numbers.
pub(super) trait Step: Lane + Default {
    /// The number.
    fn rows(self) -> usize;
}

macro_rules! step {
    ($($width:ty)*) => {$(
        impl Step for $width {
            #[inline(always)]
            fn rows(self) -> usize {
                self as usize
            }
        }
    )*};
}
step!(u8 u16 u32);

/// Spans in pre-order and how they hang together; rows are places in it.
#[derive(Clone, Copy, Debug)]
pub struct Forest<'a> {
    /// Rows back to the parent; 0 for the head of a tree.
    pub parent_delta: Steps<'a>,
    /// Rows behind this one that descend from it.
    pub subtree_len: Steps<'a>,
}

/// Memory that walks use between rows, kept for the next.
#[derive(Default)]
pub struct Scratch {
    /// Children of each row.
    counts: Vec<u8>,
    /// A bitmap.
    words: Vec<u64>,
    /// The next row behind each word.
    next: Vec<usize>,
}

impl Forest<'_> {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.parent_delta.len()
    }

    /// The row's parent; `None` for the head of a tree.
    #[inline]
    pub fn parent(&self, row: usize) -> Option<usize> {
        match self.parent_delta.get(row) {
            0 => None,
            delta => row.checked_sub(delta),
        }
    }

    /// The rows without a parent, as bits.
    pub(super) fn heads(&self) -> Vec<u64> {
        let mut out = vec![0; bits::words(self.rows())];
        bits::set_range(&mut out, 0, self.rows());
        by_width!(self.parent_delta, |deltas| keep_zero(deltas, &mut out), ());
        out
    }

    /// Writes to `out` the rows of `right` that have `relation` to some other row of `left`. All
    /// three are bitmaps of [`Forest::rows`] bits in whole words, with no bit set past the last row.
    pub fn related(
        &self,
        relation: Relation,
        left: &[u64],
        right: &[u64],
        out: &mut [u64],
        scratch: &mut Scratch,
    ) {
        if bits::is_full(left, self.rows()) {
            return self.related_to_any(relation, right, out);
        }
        let (deltas, lens) = (self.parent_delta, self.subtree_len);
        match relation {
            Relation::Child => by_width!(deltas, |d| children(d, left, right, out), out.fill(0)),
            Relation::Parent => {
                by_width!(deltas, |d| parents(d, left, right, out, scratch), out.fill(0));
            }
            Relation::Descendant => {
                by_width!(lens, |l| descendants(l, left, right, out), out.fill(0));
            }
            Relation::Ancestor => {
                by_width!(lens, |l| ancestors(l, left, right, out, scratch), out.fill(0));
            }
            Relation::Sibling => {
                by_width!(deltas, |d| siblings(d, left, right, out, scratch), out.fill(0));
            }
        }
    }

    /// [`Forest::related`] where every row is on the left side: to have a parent or a child says
    /// it all, and without siblings are those that make up their parent's whole subtree.
    fn related_to_any(&self, relation: Relation, right: &[u64], out: &mut [u64]) {
        let (deltas, lens) = (self.parent_delta, self.subtree_len);
        match relation {
            Relation::Child | Relation::Descendant => {
                by_width!(deltas, |d| not_zero(d, right, out), out.fill(0));
            }
            Relation::Parent | Relation::Ancestor => {
                by_width!(lens, |l| not_zero(l, right, out), out.fill(0));
            }
            Relation::Sibling => {
                by_width!(deltas, |d| not_zero(d, right, out), out.fill(0));
                by_width!(deltas, |d| by_width!(lens, |l| drop_only(d, l, out), ()), ());
            }
        }
    }
}

/// Rows of `right` whose parent is in `left`.
fn children<S: Step>(deltas: &[S], left: &[u64], right: &[u64], out: &mut [u64]) {
    not_zero(deltas, right, out);
    retain(deltas, out, |row, delta| bits::get(left, row.wrapping_sub(delta)));
}

/// Rows of `right` that are the parent of a row of `left`.
fn parents<S: Step>(
    deltas: &[S],
    left: &[u64],
    right: &[u64],
    out: &mut [u64],
    scratch: &mut Scratch,
) {
    count_children(deltas, left, scratch);
    pack(&scratch.counts, right, out);
}

/// Rows of `right` below a row of `left`: sweeps over the rows of `left`, and behind each over its
/// whole subtree at once, since a left row inside of it adds nothing.
fn descendants<S: Step>(lens: &[S], left: &[u64], right: &[u64], out: &mut [u64]) {
    out.fill(0);
    let mut row = 0;
    while let Some(top) = bits::next(left, row) {
        let len = lens.get(top).map_or(0, |len| len.rows());
        row = top.saturating_add(len).saturating_add(1);
        bits::set_range(out, top + 1, row);
    }
    bits::intersect(out, right);
}

/// Rows of `right` with a row of `left` in their subtree: that is so if the next left row behind
/// is in it.
fn ancestors<S: Step>(
    lens: &[S],
    left: &[u64],
    right: &[u64],
    out: &mut [u64],
    scratch: &mut Scratch,
) {
    let next_word = &mut scratch.next;
    next_word.clear();
    next_word.resize(left.len(), usize::MAX);
    let mut next = usize::MAX;
    for (at, (&word, slot)) in left.iter().zip(&mut *next_word).enumerate().rev() {
        *slot = next;
        if word != 0 {
            next = at * 64 + word.trailing_zeros() as usize;
        }
    }
    let next_word = &next_word[..];
    not_zero(lens, right, out);
    retain(lens, out, |row, len| {
        let (at, bit) = (row / 64, row % 64);
        let behind = left.get(at).map_or(0, |word| word & (u64::MAX - 1) << bit);
        let in_word = at * 64 + behind.trailing_zeros() as usize;
        let in_others = next_word.get(at).copied().unwrap_or(usize::MAX);
        let next = if behind != 0 { in_word } else { in_others };
        next <= row + len
    });
}

/// Rows of `right` whose parent has a child in `left` that is another row.
fn siblings<S: Step>(
    deltas: &[S],
    left: &[u64],
    right: &[u64],
    out: &mut [u64],
    scratch: &mut Scratch,
) {
    count_children(deltas, left, scratch);
    let counts = &scratch.counts[..];
    not_zero(deltas, right, out);
    retain(deltas, out, |row, delta| {
        let itself = u8::from(bits::get(left, row));
        counts.get(row.wrapping_sub(delta)).is_some_and(|&count| count > itself)
    });
}

/// Takes from `rows` those that are their parent's only child.
fn drop_only<S: Step, L: Step>(deltas: &[S], lens: &[L], rows: &mut [u64]) {
    let len = |row: usize| lens.get(row).map_or(0, |len| len.rows());
    retain(deltas, rows, |row, delta| len(row.wrapping_sub(delta)) != len(row) + 1);
}

/// Counts each row's children in `left`, into `scratch.counts`: 0, 1, or more than 1. Shifting in
/// ones instead of adding saturates without a branch.
fn count_children<S: Step>(deltas: &[S], left: &[u64], scratch: &mut Scratch) {
    scratch.counts.clear();
    scratch.counts.resize(left.len() * 64, 0);
    scratch.words.resize(left.len(), 0);
    not_zero(deltas, left, &mut scratch.words);
    let counts = &mut scratch.counts[..];
    bits::for_each(&scratch.words, |row| {
        let delta = deltas.get(row).map_or(0, |delta| delta.rows());
        if let Some(count) = counts.get_mut(row.wrapping_sub(delta)) {
            *count = *count << 1 | 1;
        }
    });
}

/// Writes to `out` the rows of `within` whose step is not 0.
fn not_zero<S: Step>(steps: &[S], within: &[u64], out: &mut [u64]) {
    Kernels::default().equal(steps, S::default(), true, out);
    bits::intersect(out, within);
}

/// Takes from `rows` those whose step is not 0.
fn keep_zero<S: Step>(steps: &[S], rows: &mut [u64]) {
    let mut zero = vec![0; rows.len()];
    Kernels::default().equal(steps, S::default(), false, &mut zero);
    bits::intersect(rows, &zero);
}

/// Takes from `rows` those for which `holds(row, step of the row)` is false. Words with many rows
/// are done row by row without branches, others by their set bits.
#[inline(always)]
fn retain<S: Step>(steps: &[S], rows: &mut [u64], holds: impl Fn(usize, usize) -> bool) {
    const MANY: u32 = 32;
    for (at, (rows, steps)) in rows.iter_mut().zip(steps.chunks(64)).enumerate() {
        let first = at * 64;
        let mut found = 0;
        if let (Ok(steps), true) = (<&[S; 64]>::try_from(steps), rows.count_ones() > MANY) {
            for (bit, step) in steps.iter().enumerate() {
                found |= u64::from(holds(first + bit, step.rows())) << bit;
            }
            *rows &= found;
        } else {
            let mut rest = *rows;
            while rest != 0 {
                let bit = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                let step = steps.get(bit).map_or(0, |step| step.rows());
                found |= u64::from(holds(first + bit, step)) << bit;
            }
            *rows = found;
        }
    }
}

/// Writes to `out` the rows of `right` whose byte is not 0; bytes are 0 or have their lowest bit
/// set.
fn pack(bytes: &[u8], right: &[u64], out: &mut [u64]) {
    // Moves the lowest bits of eight bytes into the highest byte, in order.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    const LOWEST: u64 = 0x0101_0101_0101_0101;
    let (chunks, _) = bytes.as_chunks::<64>();
    for ((out, &right), chunk) in out.iter_mut().zip(right).zip(chunks) {
        let (eights, _) = chunk.as_chunks::<8>();
        let mut word = 0;
        for (i, &eight) in eights.iter().enumerate() {
            let low = u64::from_le_bytes(eight) & LOWEST;
            word |= (low.wrapping_mul(GATHER) >> 56) << (i * 8);
        }
        *out = word & right;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Tree columns of a forest given by parents, where every parent comes before its children and
    /// rows are in pre-order.
    fn columns(depths: &[u32]) -> (Vec<u32>, Vec<u32>) {
        let mut path: Vec<usize> = Vec::new();
        let (mut deltas, mut lens) = (Vec::new(), vec![0; depths.len()]);
        for (row, &depth) in depths.iter().enumerate() {
            path.truncate(depth as usize);
            deltas.push(path.last().map_or(0, |&parent| (row - parent) as u32));
            path.iter().for_each(|&above| lens[above] += 1);
            path.push(row);
        }
        (deltas, lens)
    }

    fn naive(relation: Relation, deltas: &[u32], l: usize, r: usize) -> bool {
        let parent = |row: usize| match deltas[row] {
            0 => None,
            delta => Some(row - delta as usize),
        };
        let above = |row| std::iter::successors(parent(row), |&row| parent(row));
        match relation {
            Relation::Child => parent(r) == Some(l),
            Relation::Parent => parent(l) == Some(r),
            Relation::Descendant => above(r).any(|row| row == l),
            Relation::Ancestor => above(l).any(|row| row == r),
            Relation::Sibling => l != r && parent(l).is_some() && parent(l) == parent(r),
        }
    }

    fn bitmap(rows: impl Iterator<Item = bool>) -> Vec<u64> {
        let rows: Vec<bool> = rows.collect();
        let mut out = vec![0; bits::words(rows.len())];
        rows.iter().enumerate().filter(|r| *r.1).for_each(|(row, _)| bits::set(&mut out, row));
        out
    }

    /// Depths of rows in pre-order: each at most one more than the one before.
    fn depths() -> impl Strategy<Value = Vec<u32>> {
        prop::collection::vec(0u32..6, 0..300).prop_map(|steps| {
            let mut depth = 0u32;
            let mut first = true;
            let mut next = |step: u32| {
                depth = if first || step == 5 { 0 } else { (depth + 1).saturating_sub(step) };
                first = false;
                depth
            };
            steps.into_iter().map(&mut next).collect()
        })
    }

    /// A set of about `density` eighths of the rows.
    fn choose(seed: u64, density: u64) -> impl Fn(usize) -> bool {
        move |row| {
            let mixed = (seed ^ row as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            (mixed >> 40) % 8 < density
        }
    }

    proptest! {
        #[test]
        fn walks_equal_comparing_every_pair(
            depths in depths(),
            seeds in any::<(u64, u64)>(),
            densities in (0u64..9, 0u64..9),
        ) {
            let rows = depths.len();
            let (deltas, lens) = columns(&depths);
            let left = choose(seeds.0, densities.0);
            let right = choose(seeds.1, densities.1);
            let (a, b) = (bitmap((0..rows).map(&left)), bitmap((0..rows).map(&right)));
            let narrow = |steps: &[u32]| steps.iter().map(|&s| s as u16).collect::<Vec<u16>>();
            let (deltas16, lens16) = (narrow(&deltas), narrow(&lens));
            let forests = [
                Forest { parent_delta: Steps::U32(&deltas), subtree_len: Steps::U32(&lens) },
                Forest { parent_delta: Steps::U16(&deltas16), subtree_len: Steps::U16(&lens16) },
            ];
            let mut scratch = Scratch::default();
            for relation in Relation::ALL {
                let expected = bitmap((0..rows).map(|r| {
                    right(r) && (0..rows).any(|l| left(l) && naive(relation, &deltas, l, r))
                }));
                for forest in forests {
                    let mut out = vec![u64::MAX; a.len()];
                    forest.related(relation, &a, &b, &mut out, &mut scratch);
                    prop_assert_eq!(&out, &expected, "{:?}", relation);
                }
            }
        }

        #[test]
        fn walks_over_damaged_columns_end(
            rows in prop::collection::vec(any::<(u32, u32)>(), 0..200),
            word in any::<u64>(),
        ) {
            let (deltas, lens): (Vec<u32>, Vec<u32>) = rows.into_iter().unzip();
            let forest =
                Forest { parent_delta: Steps::U32(&deltas), subtree_len: Steps::U32(&lens) };
            let all = vec![word; bits::words(forest.rows())];
            let mut out = all.clone();
            for relation in Relation::ALL {
                forest.related(relation, &all, &all, &mut out, &mut Scratch::default());
                prop_assert!(out.iter().zip(&all).all(|(out, all)| out & !all == 0));
            }
        }
    }

    #[test]
    fn rows_without_any_tree_are_unrelated() {
        let forest = Forest { parent_delta: Steps::Zero(70), subtree_len: Steps::Zero(70) };
        let all = bitmap((0..70).map(|_| true));
        for relation in Relation::ALL {
            let mut out = all.clone();
            forest.related(relation, &all, &all, &mut out, &mut Scratch::default());
            assert_eq!(out, [0, 0], "{relation:?}");
        }
    }
}
