//! Structural operators: relations between two sets of spans, over all blocks of a list.

use super::arrays::Spare;
use super::bitmaps::Bitmaps;
use super::bits;
use super::columns::{TraceColumns, TreeColumns, orphans};
use super::damage::Families;
use super::join::Joined;
use super::walk::{Relation, Scratch};
use crate::block::Block;
use crate::blocks::Blocks;
use crate::error::{Error, ErrorKind, Result};
use crate::rowset::{PoolStats, RowSet, SpanSet};
use std::sync::Arc;

/// Which spans of a relation's pairs a structural operator gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Form {
    /// `>`: right-hand spans that are in some pair.
    Right = 0,
    /// `!>`: right-hand spans that are in no pair.
    Negated = 1,
    /// `&>`: spans of both sides that are in some pair.
    Both = 2,
}

/// A structural operator: one of five relations in one of three forms. A span is never related to
/// itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StructuralOp {
    /// What the right-hand span of a pair is to the left-hand one.
    pub relation: Relation,
    /// Which spans are given.
    pub form: Form,
}

impl StructuralOp {
    /// All 15.
    pub fn all() -> impl Iterator<Item = StructuralOp> {
        let forms = [Form::Right, Form::Negated, Form::Both];
        let op = |form| move |relation| StructuralOp { relation, form };
        forms.into_iter().flat_map(move |form| Relation::ALL.into_iter().map(op(form)))
    }

    /// How TraceQL writes it.
    pub const fn symbol(self) -> &'static str {
        const SYMBOLS: [[&str; 5]; 3] = [
            [">", "<", ">>", "<<", "~"],
            ["!>", "!<", "!>>", "!<<", "!~"],
            ["&>", "&<", "&>>", "&<<", "&~"],
        ];
        SYMBOLS[self.form as usize][self.relation as usize]
    }
}

/// How damaged traces are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StructuralOptions {
    /// Relates only spans that a root reaches (a span without a parent id), as Tempo does. If not
    /// set, orphans head trees of their own, orphans of one lost parent are siblings, and traces
    /// without any root are related like others.
    pub rooted_only: bool,
}

/// How the spans of a list of blocks hang together: the blocks' own trees, and those of traces that
/// are spread over several blocks, which were joined by their ids.
///
/// Holds a reference to the blocks. `Send` and `Sync`.
pub struct Trees {
    pub(super) blocks: Blocks,
    pub(super) joined: Arc<Joined>,
    spare: Arc<Spare>,
}

impl Trees {
    /// Looks for traces that lie in more than one of `blocks`, and joins them. Costs a few
    /// nanoseconds a trace, and for spans of traces that are joined about 100 each.
    pub fn new(blocks: &Blocks) -> Result<Trees> {
        Ok(Trees::of(blocks, Arc::new(Joined::find(blocks)?)))
    }

    pub(super) fn of(blocks: &Blocks, joined: Arc<Joined>) -> Trees {
        Trees { blocks: blocks.clone(), joined, spare: Arc::default() }
    }

    /// The blocks.
    pub fn blocks(&self) -> &Blocks {
        &self.blocks
    }

    pub(super) fn spare(&self) -> &Arc<Spare> {
        &self.spare
    }

    /// How often graphs were built, how often that took memory which was not there from graphs that
    /// were dropped, and how much of this is kept for the next ones, 64 MiB at most.
    pub fn pool_stats(&self) -> PoolStats {
        self.spare.stats()
    }

    /// Gives the memory that is kept back to the system.
    pub fn trim(&self) {
        self.spare.trim();
    }

    pub(super) fn joined(&self) -> &Joined {
        &self.joined
    }

    /// The result of `left op right`; both are sets of spans of [`Trees::blocks`].
    ///
    /// Takes about a nanosecond a span. An error of kind [`ErrorKind::InvalidArgument`] if a set is
    /// over other blocks.
    pub fn relate(
        &self,
        left: &SpanSet,
        op: StructuralOp,
        right: &SpanSet,
        options: StructuralOptions,
    ) -> Result<SpanSet> {
        let set = left;
        let (left, right) = (self.bitmaps(left)?, self.bitmaps(right)?);
        let run = Run { trees: self, options };
        let mut result = run.related(op.relation, &left, &right)?;
        match op.form {
            Form::Right => {}
            Form::Negated => result.combine(&right, |related, right| right & !related),
            Form::Both => {
                let other = run.related(op.relation.inverse(), &right, &left)?;
                result.combine(&other, |a, b| a | b);
            }
        }
        Ok(result.into_set(set))
    }

    /// The sets as bitmaps, after checking that there is one for each block.
    pub(super) fn bitmaps(&self, set: &SpanSet) -> Result<Bitmaps> {
        let rows = set.blocks().iter().map(RowSet::rows);
        if !rows.eq(self.blocks.iter().map(|block| block.rows())) {
            let message = "a span set is over other blocks than the trees; scan the same list";
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        Ok(Bitmaps::of(set))
    }
}

struct Run<'a> {
    trees: &'a Trees,
    options: StructuralOptions,
}

impl Run<'_> {
    /// The spans of `right` that have `relation` to a span of `left`.
    fn related(&self, relation: Relation, left: &Bitmaps, right: &Bitmaps) -> Result<Bitmaps> {
        let mut scratch = Scratch::default();
        let mut out = left.none_of();
        for at in 0..self.trees.blocks.len() {
            let (left, right) = (left.block(at), right.block(at));
            let any = |words: &[u64]| words.iter().any(|&word| word != 0);
            if any(left) && any(right) {
                let out = out.block_mut(at);
                self.related_in_block(at, relation, left, right, out, &mut scratch)?;
            }
        }
        self.related_in_joined(relation, left, right, &mut out, &mut scratch);
        Ok(out)
    }

    fn related_in_block(
        &self,
        at: usize,
        relation: Relation,
        left: &[u64],
        right: &[u64],
        out: &mut [u64],
        scratch: &mut Scratch,
    ) -> Result<()> {
        let (block, kept) = (self.trees.blocks.get(at)?, &self.trees.joined.kept[at]);
        let columns = TreeColumns::read(block)?;
        columns.forest().related(relation, left, right, out, scratch);
        if relation == Relation::Sibling && !self.options.rooted_only {
            let mut families = Families::default();
            families.add_orphans(orphans(block, kept)?);
            families.relate(left, right, out);
        }
        if self.options.rooted_only {
            clear_unrooted(block, out)?;
        }
        if !kept.is_empty() {
            bits::intersect(out, kept);
        }
        Ok(())
    }

    /// Adds what is related in traces that were joined.
    fn related_in_joined(
        &self,
        relation: Relation,
        left: &Bitmaps,
        right: &Bitmaps,
        out: &mut Bitmaps,
        scratch: &mut Scratch,
    ) {
        let joined = &self.trees.joined;
        if joined.places.is_empty() {
            return;
        }
        let (left, right) = (left.gather(&joined.places), right.gather(&joined.places));
        let mut result = vec![0; left.len()];
        let forest = joined.forest();
        forest.related(relation, &left, &right, &mut result, scratch);
        if self.options.rooted_only {
            for (number, trace) in joined.traces.iter().enumerate() {
                let rows = joined.rows(number);
                bits::clear_range(&mut result, rows.start + trace.rooted as usize, rows.end);
            }
        } else {
            for ring in &joined.rings {
                ring.relate(&forest, relation, &left, &right, &mut result);
            }
            if relation == Relation::Sibling {
                joined.families.relate(&left, &right, &mut result);
            }
        }
        out.scatter(&joined.places, &result);
    }
}

/// Clears the rows of `block` that no root reaches. What a root reaches is whole trees, so that no
/// pair of spans is cut apart.
fn clear_unrooted(block: &Block, out: &mut [u64]) -> Result<()> {
    let traces = TraceColumns::read(block)?;
    for trace in 0..traces.len() {
        let rows = traces.span_rows(trace);
        let rooted = rows.start + traces.rooted(trace);
        bits::clear_range(out, rooted as usize, rows.end as usize);
    }
    Ok(())
}
