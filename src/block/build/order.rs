//! The tree of one trace, and the order of its spans.
//!
//! Spans go in pre-order: a parent before its children, siblings by start, of equal ones by id; so
//! the first span of a trace with a root is the one that the trace is named after. Real traces are
//! broken in many ways, so the rules are fixed here, for every part that relates spans:
//!
//! - A span without a parent id (or with one of zeros) is a root. Roots come first, by start.
//! - A span whose parent is not there is an orphan and heads its own tree, behind the roots' trees.
//! - A span that names itself has no parent, and is no root.
//! - A ring of parents is cut at its earliest span, which then heads a tree.
//! - Of two spans that share an id, one of kind client and the other server (as Zipkin records a
//!   call), a server child belongs to the client span, any other child to the server span. Of
//!   other spans that share an id the first is the parent: by start, then by what they name as their
//!   own parent (nothing before ids), then by kind, then by arrival. All but the last are kept, and
//!   it is kept where all else is equal, so that spans are related alike when they are looked at again.
//! - An id whose length is not 8 bytes never links.

use crate::block::TraceFlags;

/// OTLP numbers of the span kinds that sharing an id depends on.
const SERVER: i32 = 2;
const CLIENT: i32 = 3;

/// No parent.
pub const NONE: u32 = u32::MAX;

/// What a span names as its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ParentId {
    /// Nothing: the span is a root.
    Absent,
    /// A span id.
    Id(u64),
    /// An id of a wrong length.
    Odd,
}

/// What ordering a span depends on.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// Span id, big-endian; `None` if its length is not 8 bytes.
    pub id: Option<u64>,
    /// Parent's span id.
    pub parent: ParentId,
    /// Start, nanoseconds since the epoch.
    pub start: u64,
    /// OTLP span kind number.
    pub kind: i32,
}

impl Node {
    /// A node from ids as they came.
    pub fn new(span_id: &[u8], parent_span_id: &[u8], start: u64, kind: i32) -> Self {
        let number = |id: &[u8]| id.try_into().ok().map(u64::from_be_bytes);
        let parent = match number(parent_span_id) {
            Some(0) => ParentId::Absent,
            Some(id) => ParentId::Id(id),
            None if parent_span_id.is_empty() => ParentId::Absent,
            None => ParentId::Odd,
        };
        Node { id: number(span_id), parent, start, kind }
    }
}

/// Orders the spans of one trace after another; reuses its memory. After [`Tree::build`] the
/// results of the last trace are in the public fields.
#[derive(Default)]
pub struct Tree {
    /// Spans (indexes into the nodes) in pre-order.
    pub order: Vec<u32>,
    /// By position in `order`: positions back to the parent, 0 if there is none.
    pub parent_delta: Vec<u32>,
    /// By position in `order`: how many of the next positions descend from this one.
    pub subtree_len: Vec<u32>,
    /// How many of the first positions a root reaches.
    pub rooted: u32,
    /// What is wrong with the trace.
    pub flags: TraceFlags,
    /// Rings that were cut: the position of the span that lost its parent, and of that parent.
    pub rings: Vec<(u32, u32)>,

    by_id: Vec<(u64, u32)>,
    by_start: Vec<u32>,
    parents: Vec<u32>,
    mark: Vec<u32>,
    child_ends: Vec<u32>,
    children: Vec<u32>,
    position: Vec<u32>,
    stack: Vec<u32>,
}

impl Tree {
    /// Orders `nodes`, the spans of one trace in the order they arrived.
    pub fn build(&mut self, nodes: &[Node]) {
        self.flags = TraceFlags::default();
        self.rings.clear();
        self.by_start.clear();
        self.by_start.extend(0..nodes.len() as u32);
        self.by_start.sort_by_key(|&n| (nodes[n as usize].start, nodes[n as usize].id));
        self.index_ids(nodes);
        self.find_parents(nodes);
        self.cut_rings();
        self.list_children(nodes.len());
        self.walk(nodes);
        self.measure();
    }

    /// Bytes of memory, used or not.
    pub fn heap_bytes(&self) -> usize {
        let numbers = [
            &self.order,
            &self.parent_delta,
            &self.subtree_len,
            &self.by_start,
            &self.parents,
            &self.mark,
            &self.child_ends,
            &self.children,
            &self.position,
            &self.stack,
        ];
        numbers.iter().map(|numbers| size_of::<u32>() * numbers.capacity()).sum::<usize>()
            + size_of::<(u64, u32)>() * self.by_id.capacity()
            + size_of::<(u32, u32)>() * self.rings.capacity()
    }

    /// Parent of each node, by node index, or [`NONE`]; rings are cut.
    pub fn parents(&self) -> &[u32] {
        &self.parents
    }

    /// Sorts ids; of equal ones, the span first that has the children.
    fn index_ids(&mut self, nodes: &[Node]) {
        self.by_id.clear();
        let by_start = self.by_start.iter();
        self.by_id.extend(by_start.filter_map(|&n| Some((nodes[n as usize].id?, n))));
        let rank = |n: u32| {
            let Node { start, parent, kind, .. } = nodes[n as usize];
            (start, parent, kind)
        };
        self.by_id.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| rank(a.1).cmp(&rank(b.1))));
        if self.by_id.windows(2).any(|w| w[0].0 == w[1].0) {
            self.flags.insert(TraceFlags::SHARED_IDS);
        }
        if self.by_id.len() < nodes.len() {
            self.flags.insert(TraceFlags::ODD_IDS);
        }
    }

    fn find_parents(&mut self, nodes: &[Node]) {
        self.parents.clear();
        let mut roots = 0;
        for (n, node) in nodes.iter().enumerate() {
            let parent = match node.parent {
                ParentId::Absent => {
                    roots += 1;
                    NONE
                }
                ParentId::Odd => {
                    self.flags.insert(TraceFlags::ODD_IDS);
                    self.flags.insert(TraceFlags::ORPHANS);
                    NONE
                }
                ParentId::Id(id) if node.id == Some(id) => {
                    self.flags.insert(TraceFlags::SELF_PARENT);
                    NONE
                }
                ParentId::Id(id) => {
                    let parent = self.pick(id, node.kind, nodes);
                    if parent == NONE {
                        self.flags.insert(TraceFlags::ORPHANS);
                    }
                    parent
                }
            };
            debug_assert_ne!(parent, n as u32);
            self.parents.push(parent);
        }
        match roots {
            0 => self.flags.insert(TraceFlags::NO_ROOT),
            1 => {}
            _ => self.flags.insert(TraceFlags::SEVERAL_ROOTS),
        }
    }

    /// The span with `id` that a child of `kind` belongs to.
    fn pick(&self, id: u64, kind: i32, nodes: &[Node]) -> u32 {
        let at = self.by_id.partition_point(|&(other, _)| other < id);
        // Three say as much as all of them, which may be half of the trace.
        let same = &self.by_id[at..self.by_id.len().min(at + 3)];
        let same = &same[..same.iter().take_while(|&&(other, _)| other == id).count()];
        let kind_of = |n: u32| nodes[n as usize].kind;
        match *same {
            [] => NONE,
            [(_, a), (_, b)] => match (kind_of(a), kind_of(b), kind == SERVER) {
                (CLIENT, SERVER, true) | (SERVER, CLIENT, false) => a,
                (CLIENT, SERVER, false) | (SERVER, CLIENT, true) => b,
                _ => a,
            },
            [(_, first), ..] => first,
        }
    }

    /// Follows parents from every span; where that comes back to the path it is on, the ring's
    /// earliest span loses its parent.
    fn cut_rings(&mut self) {
        const UNSEEN: u32 = 0;
        self.mark.clear();
        self.mark.resize(self.parents.len(), UNSEEN);
        // In order of start, so that the first span of a ring to be reached by `position` below is
        // found by comparing places in this order.
        self.position.clear();
        self.position.resize(self.parents.len(), 0);
        for (place, &n) in self.by_start.iter().enumerate() {
            self.position[n as usize] = place as u32;
        }
        for start in 0..self.parents.len() as u32 {
            let path = start + 1;
            let mut n = start;
            while n != NONE && self.mark[n as usize] == UNSEEN {
                self.mark[n as usize] = path;
                n = self.parents[n as usize];
            }
            if n != NONE && self.mark[n as usize] == path {
                self.cut_ring(n);
            }
        }
    }

    fn cut_ring(&mut self, member: u32) {
        let mut earliest = member;
        let mut n = self.parents[member as usize];
        while n != member {
            if self.position[n as usize] < self.position[earliest as usize] {
                earliest = n;
            }
            n = self.parents[n as usize];
        }
        self.rings.push((earliest, self.parents[earliest as usize]));
        self.parents[earliest as usize] = NONE;
        self.flags.insert(TraceFlags::CYCLE);
    }

    /// Children of each span by start, as ranges of one list.
    fn list_children(&mut self, count: usize) {
        self.child_ends.clear();
        self.child_ends.resize(count + 1, 0);
        for &parent in self.parents.iter().filter(|&&p| p != NONE) {
            self.child_ends[parent as usize + 1] += 1;
        }
        for i in 1..=count {
            self.child_ends[i] += self.child_ends[i - 1];
        }
        self.children.clear();
        self.children.resize(self.child_ends[count] as usize, 0);
        // `child_ends[p]` is where p's children begin; filling moves it to where they end, which is
        // where those of p + 1 began.
        for &n in &self.by_start {
            let parent = self.parents[n as usize];
            if parent != NONE {
                let slot = &mut self.child_ends[parent as usize];
                self.children[*slot as usize] = n;
                *slot += 1;
            }
        }
    }

    fn children_of(&self, n: u32) -> &[u32] {
        let start = if n == 0 { 0 } else { self.child_ends[n as usize - 1] };
        &self.children[start as usize..self.child_ends[n as usize] as usize]
    }

    /// Pre-order over the roots' trees, then over those of orphans and other heads.
    fn walk(&mut self, nodes: &[Node]) {
        self.order.clear();
        self.position.clear();
        self.position.resize(nodes.len(), 0);
        for roots in [true, false] {
            for i in 0..self.by_start.len() {
                let n = self.by_start[i];
                let is_root = nodes[n as usize].parent == ParentId::Absent;
                if self.parents[n as usize] == NONE && is_root == roots {
                    self.walk_from(n);
                }
            }
            if roots {
                self.rooted = self.order.len() as u32;
            }
        }
        for (head, parent) in &mut self.rings {
            *head = self.position[*head as usize];
            *parent = self.position[*parent as usize];
        }
    }

    fn walk_from(&mut self, head: u32) {
        let mut stack = std::mem::take(&mut self.stack);
        stack.clear();
        stack.push(head);
        while let Some(n) = stack.pop() {
            self.position[n as usize] = self.order.len() as u32;
            self.order.push(n);
            stack.extend(self.children_of(n).iter().rev());
        }
        self.stack = stack;
    }

    fn measure(&mut self) {
        let count = self.order.len();
        self.parent_delta.clear();
        self.parent_delta.resize(count, 0);
        self.subtree_len.clear();
        self.subtree_len.resize(count, 0);
        for at in (0..count).rev() {
            let parent = self.parents[self.order[at] as usize];
            if parent != NONE {
                let parent_at = self.position[parent as usize] as usize;
                self.parent_delta[at] = (at - parent_at) as u32;
                self.subtree_len[parent_at] += self.subtree_len[at] + 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: u64, parent: u64, start: u64, kind: i32) -> Node {
        let parent = if parent == 0 { ParentId::Absent } else { ParentId::Id(parent) };
        Node { id: Some(id), parent, start, kind }
    }

    fn build(nodes: &[Node]) -> Tree {
        let mut tree = Tree::default();
        tree.build(nodes);
        tree
    }

    #[test]
    fn spans_go_in_pre_order_with_siblings_by_start() {
        let tree = build(&[
            node(4, 2, 40, 0),
            node(3, 1, 30, 0),
            node(2, 1, 20, 0),
            node(1, 0, 10, 0),
            node(5, 1, 25, 0),
        ]);
        assert_eq!(tree.order, [3, 2, 0, 4, 1]);
        assert_eq!(tree.parent_delta, [0, 1, 1, 3, 4]);
        assert_eq!(tree.subtree_len, [4, 1, 0, 0, 0]);
        assert_eq!(tree.rooted, 5);
        assert_eq!(tree.flags, TraceFlags::default());
    }

    #[test]
    fn orphans_come_behind_the_roots() {
        let tree = build(&[node(2, 99, 1, 0), node(1, 0, 5, 0), node(3, 2, 9, 0)]);
        assert_eq!(tree.order, [1, 0, 2]);
        assert_eq!(tree.rooted, 1);
        assert_eq!(tree.flags, TraceFlags::ORPHANS);
    }

    #[test]
    fn a_ring_is_cut_at_its_earliest_span() {
        let tree = build(&[node(1, 3, 30, 0), node(2, 1, 10, 0), node(3, 2, 20, 0)]);
        assert_eq!(tree.order, [1, 2, 0]);
        assert_eq!(tree.parent_delta, [0, 1, 1]);
        assert_eq!(tree.rooted, 0);
        assert_eq!(tree.rings, [(0, 2)]);
        assert!(tree.flags.contains(TraceFlags::CYCLE));
        assert!(tree.flags.contains(TraceFlags::NO_ROOT));
    }

    #[test]
    fn a_ring_with_a_tail_is_cut_once_and_keeps_the_tail() {
        let tree = build(&[node(9, 1, 1, 0), node(1, 2, 5, 0), node(2, 1, 3, 0)]);
        assert_eq!(tree.order, [2, 1, 0]);
        assert_eq!(tree.subtree_len, [2, 1, 0]);
        assert_eq!(tree.rings, [(0, 1)]);
    }

    #[test]
    fn a_span_that_names_itself_has_no_parent_and_is_no_root() {
        let tree = build(&[node(7, 7, 1, 0), node(8, 7, 2, 0)]);
        assert_eq!(tree.parent_delta, [0, 1]);
        assert_eq!(tree.rooted, 0);
        assert!(tree.flags.contains(TraceFlags::SELF_PARENT));
        assert!(!tree.flags.contains(TraceFlags::CYCLE));
    }

    #[test]
    fn a_shared_id_is_told_apart_by_kind() {
        let tree = build(&[
            node(1, 0, 0, 0),
            node(2, 1, 1, CLIENT),
            node(2, 1, 2, SERVER),
            node(3, 2, 3, SERVER),
            node(4, 2, 4, CLIENT),
        ]);
        let parent_of = |n: u32| tree.parents()[n as usize];
        assert_eq!(parent_of(3), 1, "a server child hangs off the client span");
        assert_eq!(parent_of(4), 2, "any other child hangs off the server span");
        assert!(tree.flags.contains(TraceFlags::SHARED_IDS));
    }

    #[test]
    fn a_span_delivered_twice_gives_its_children_to_the_first() {
        let tree = build(&[node(1, 0, 0, 0), node(2, 1, 5, 1), node(2, 1, 5, 1), node(3, 2, 6, 1)]);
        assert_eq!(tree.parents(), [NONE, 0, 0, 1]);
    }

    #[test]
    fn of_spans_that_share_id_and_start_the_order_of_arrival_does_not_choose() {
        // 1 and 3 share an id. If 1 had the children, 0 and 1 were a ring, and 3 a root before it.
        let nodes = [node(1, 2, 0, 0), node(2, 1, 4, 0), node(3, 1, 0, 0), node(2, 0, 4, 0)];
        let tree = build(&nodes);
        assert_eq!(tree.parents(), [3, 0, 0, NONE]);
        let stored: Vec<Node> = tree.order.iter().map(|&n| nodes[n as usize]).collect();
        let parents: Vec<u32> = build(&stored)
            .parents()
            .iter()
            .map(|&p| match p {
                NONE => NONE,
                p => tree.order[p as usize],
            })
            .collect();
        for (at, &n) in tree.order.iter().enumerate() {
            assert_eq!(parents[at], tree.parents()[n as usize]);
        }
    }

    #[test]
    fn many_children_of_an_id_that_many_spans_share_take_no_longer_than_others() {
        // To compare each child with each of these would take minutes.
        let shared = (0..200_000).map(|i| node(1, 0, i, 0));
        let nodes: Vec<Node> = shared.chain((2..200_002).map(|i| node(i, 1, i, 0))).collect();
        let tree = build(&nodes);
        assert_eq!(tree.subtree_len[0], 200_000);
    }

    #[test]
    fn a_chain_of_a_million_spans_needs_no_recursion() {
        let nodes: Vec<Node> = (0..1_000_000).map(|i| node(i + 1, i, i, 0)).collect();
        let tree = build(&nodes);
        assert_eq!(tree.subtree_len[0], 999_999);
        assert_eq!(tree.rooted, 1_000_000);
    }
}
