//! How the spans of a trace relate, by comparing their ids.

use crate::model::Span;
use std::collections::HashSet;

const SERVER: i32 = 2;
const CLIENT: i32 = 3;

/// What a span's parent id leads to.
#[derive(Clone, Debug, PartialEq)]
enum Parent {
    /// There is no parent id.
    Root,
    /// The span itself: it counts as having no parent, and is no root.
    Itself,
    /// A span of the trace.
    Span(usize),
    /// No span of the trace.
    Lost(Vec<u8>),
    /// An id of a wrong length leads nowhere.
    Odd,
}

/// Numbers of a span in a walk from the roots.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Nested {
    pub left: i64,
    pub right: i64,
    pub parent: i64,
}

pub struct Tree {
    parents: Vec<Parent>,
    nested: Vec<Nested>,
}

impl Tree {
    pub fn new(spans: &[&Span]) -> Tree {
        let parents: Vec<Parent> = spans.iter().map(|span| parent_of(span, spans)).collect();
        let nested = vec![Nested::default(); parents.len()];
        let mut tree = Tree { parents, nested };
        if !is_an_id_shared_by_three(spans) {
            tree.number();
        }
        tree
    }

    pub fn roots(&self) -> impl Iterator<Item = usize> {
        (0..self.parents.len()).filter(|&span| self.parents[span] == Parent::Root)
    }

    pub fn nested(&self, span: usize) -> Nested {
        self.nested[span]
    }

    pub fn children(&self, span: usize) -> impl Iterator<Item = usize> {
        (0..self.parents.len()).filter(move |&child| self.parents[child] == Parent::Span(span))
    }

    pub fn is_parent(&self, parent: usize, child: usize) -> bool {
        parent != child && self.parents[child] == Parent::Span(parent)
    }

    /// Whether one is a proper ancestor of the other. Parents can form rings.
    pub fn is_ancestor(&self, ancestor: usize, of: usize) -> bool {
        let mut visited = HashSet::new();
        let mut at = of;
        while let Parent::Span(parent) = self.parents[at] {
            if !visited.insert(parent) {
                return false;
            }
            if parent == ancestor {
                return ancestor != of;
            }
            at = parent;
        }
        false
    }

    /// Whether two spans have a parent in common, which may be lost.
    pub fn are_siblings(&self, a: usize, b: usize) -> bool {
        let has_parent = matches!(self.parents[a], Parent::Span(_) | Parent::Lost(_));
        a != b && has_parent && self.parents[a] == self.parents[b]
    }

    /// Numbers what the roots reach, depth first.
    fn number(&mut self) {
        let mut next = 1;
        let roots: Vec<usize> = self.roots().collect();
        for root in roots {
            self.number_from(root, -1, &mut next);
        }
    }

    fn number_from(&mut self, span: usize, parent: i64, next: &mut i64) {
        let left = *next;
        *next += 1;
        let children: Vec<usize> = self.children(span).collect();
        for child in children {
            self.number_from(child, left, next);
        }
        self.nested[span] = Nested { left, right: *next, parent };
        *next += 1;
    }
}

fn parent_of(span: &Span, spans: &[&Span]) -> Parent {
    let id = &span.parent;
    if id.is_empty() || id[..] == [0; 8] {
        return Parent::Root;
    }
    if id.len() != 8 {
        return Parent::Odd;
    }
    if *id == span.id {
        return Parent::Itself;
    }
    let named: Vec<usize> = (0..spans.len()).filter(|&other| spans[other].id == *id).collect();
    let with = |kind: i32| named.iter().copied().find(|&other| spans[other].kind == kind);
    match (&named[..], with(CLIENT), with(SERVER)) {
        ([], _, _) => Parent::Lost(id.clone()),
        ([_, _], Some(client), Some(_)) if span.kind == SERVER => Parent::Span(client),
        ([_, _], Some(_), Some(server)) => Parent::Span(server),
        (named, _, _) => {
            let rank = |&other: &usize| {
                let other = spans[other];
                (other.start, rank_of(&other.parent), other.kind)
            };
            named.iter().copied().min_by_key(rank).map_or(Parent::Odd, Parent::Span)
        }
    }
}

/// A place for what a span names as its parent: nothing comes first, then ids, then what is none.
fn rank_of(parent: &[u8]) -> (u8, &[u8]) {
    match parent {
        [] | [0, 0, 0, 0, 0, 0, 0, 0] => (0, &[]),
        id if id.len() == 8 => (1, id),
        _ => (2, &[]),
    }
}

/// Whether three spans or more have the same id. Nothing is known of spans with an id of a wrong
/// length, so these share none.
fn is_an_id_shared_by_three(spans: &[&Span]) -> bool {
    let shared = |id: &Vec<u8>| spans.iter().filter(|span| span.id == *id).count() > 2;
    spans.iter().any(|span| span.id.len() == 8 && shared(&span.id))
}
