//! Traces: where their rows are, what their table says of them, and the trees of their spans.

use crate::block::build::order::{NONE, Node, Tree};
use crate::block::format::corrupt;
use crate::block::{Block, Column, Field, Table, TraceFlags};
use crate::error::{Error, Result};
use std::collections::HashSet;
use std::ops::Range;

pub fn check(block: &Block) -> Result<()> {
    if block.rows() == 0 {
        return match block.trace_count() {
            0 => Ok(()),
            _ => Err(corrupt("there are traces without spans")),
        };
    }
    check_first_rows(block)?;
    check_ids(block)?;
    let mut traces = Traces::new(block)?;
    let (mut before, mut latest) = (0, 0);
    for trace in 0..block.trace_count() {
        let (start, end) =
            traces.check(trace).map_err(|e| e.context(format_args!("trace {trace}")))?;
        if start < before {
            return Err(in_field(Field::TraceStartTime, "traces are not sorted by start"));
        }
        if trace == 0 && start != block.min_start_ns() {
            return Err(corrupt("the first trace starts at another time than the block"));
        }
        before = start;
        latest = latest.max(end);
    }
    match latest == block.max_end_ns() {
        true => Ok(()),
        false => Err(corrupt("the last span ends at another time than the block")),
    }
}

fn in_field(field: Field, what: impl std::fmt::Display) -> Error {
    corrupt(what).context(field.key())
}

/// The trace table and the marks in the span table tell the same first rows.
fn check_first_rows(block: &Block) -> Result<()> {
    let marks = block.required(Field::TraceStart)?;
    let table = block.required(Field::TraceFirstRow)?;
    let (mut trace, mut same) = (0, true);
    marks.presence.for_each(|row| {
        same &= table.integer(trace) == Some(row.into()) && (trace > 0 || row == 0);
        trace += 1;
    });
    match same {
        true => Ok(()),
        false => Err(in_field(Field::TraceFirstRow, "traces do not begin where their marks are")),
    }
}

/// The spans of a trace lie together, so an id occurs once; but no id is no trace.
fn check_ids(block: &Block) -> Result<()> {
    let mut ids = HashSet::new();
    for trace in 0..block.table_rows(Table::Trace) {
        let id = block.trace_id(trace)?.unwrap_or_default();
        if !id.is_empty() && !ids.insert(id) {
            return Err(in_field(Field::TraceId, format_args!("trace {trace} occurs before")));
        }
    }
    Ok(())
}

/// Checks one trace after another.
struct Traces<'b> {
    block: &'b Block,
    delta: &'b Column<'b>,
    subtree: &'b Column<'b>,
    /// Spans whose descendants are being walked.
    open: Vec<Open>,
    /// The trace's rows in the order in which the rules look at them.
    fed: Vec<u32>,
    nodes: Vec<Node>,
    tree: Tree,
}

/// A span some of whose descendants are still to come.
struct Open {
    row: u32,
    /// The row behind its last descendant.
    end: u32,
    /// Start of the last child.
    child_start: u64,
}

/// The spans of the trace so far that have no parent.
struct Heads {
    /// The first row that no root reaches.
    rooted: u32,
    /// Of the last one, whether it is no root, and its start.
    last: (bool, u64),
}

impl<'b> Traces<'b> {
    fn new(block: &'b Block) -> Result<Self> {
        Ok(Traces {
            block,
            delta: block.required(Field::ParentDelta)?,
            subtree: block.required(Field::SubtreeLen)?,
            open: Vec::new(),
            fed: Vec::new(),
            nodes: Vec::new(),
            tree: Tree::default(),
        })
    }

    /// Returns start and end of the trace.
    fn check(&mut self, trace: u32) -> Result<(u64, u64)> {
        let block = self.block;
        let rows = block.trace_rows(trace)?;
        let (mut start, mut end) = (u64::MAX, 0);
        for row in rows.clone() {
            let span_start = block.start_ns(row)?;
            start = start.min(span_start);
            end = end.max(span_start).max(block.end_ns(row)?);
        }
        for (field, time) in [(Field::TraceStartTime, start), (Field::TraceEndTime, end)] {
            if block.field_integer(field, trace)? != Some(time) {
                return Err(in_field(field, "it is not that of the trace's spans"));
            }
        }
        let rooted = self.check_order(rows.clone())?;
        if block.field_integer(Field::TraceRooted, trace)? != Some(rooted.into()) {
            return Err(in_field(Field::TraceRooted, "roots reach another number of spans"));
        }
        self.check_rules(trace, rows)?;
        Ok((start, end))
    }

    /// Subtrees nest, and lie in the trace; what hangs off one span goes by start, and so do the
    /// roots and then the other heads. Returns how many rows the roots reach.
    fn check_order(&mut self, rows: Range<u32>) -> Result<u32> {
        self.open.clear();
        let mut heads = Heads { rooted: rows.end, last: (false, 0) };
        for row in rows.clone() {
            while self.open.pop_if(|open| open.end <= row).is_some() {}
            let limit = match self.open.is_empty() {
                true => self.check_head(row, &mut heads).map(|()| rows.end)?,
                false => self.check_child(row)?,
            };
            let behind = |len: u64| u64::from(row).checked_add(1)?.checked_add(len);
            let end = self.subtree.integer(row).and_then(behind);
            let Some(end) = end.filter(|&end| end <= limit.into()) else {
                let what = format_args!("descendants of span {row} leave its parent's");
                return Err(in_field(Field::SubtreeLen, what));
            };
            self.open.push(Open { row, end: end as u32, child_start: 0 });
        }
        Ok(heads.rooted - rows.start)
    }

    /// Checks a span that lies in no other's subtree.
    fn check_head(&self, row: u32, heads: &mut Heads) -> Result<()> {
        if self.delta.integer(row) != Some(0) {
            return Err(in_field(
                Field::ParentDelta,
                format_args!("span {row} is not below its parent"),
            ));
        }
        let head = (!self.is_root(row)?, self.block.start_ns(row)?);
        if head < heads.last {
            return Err(in_field(
                Field::SpanStart,
                format_args!("span {row} belongs before the tree above"),
            ));
        }
        heads.last = head;
        if head.0 {
            heads.rooted = heads.rooted.min(row);
        }
        Ok(())
    }

    /// Checks a span that lies in the subtree of the last open one; returns that one's end.
    fn check_child(&mut self, row: u32) -> Result<u32> {
        let start = self.block.start_ns(row)?;
        let delta = self.delta.integer(row);
        let parent = self.open.last_mut().filter(|open| delta == Some((row - open.row).into()));
        let Some(parent) = parent else {
            return Err(in_field(
                Field::ParentDelta,
                format_args!("span {row} is not below its parent"),
            ));
        };
        if start < parent.child_start {
            return Err(in_field(
                Field::SpanStart,
                format_args!("span {row} belongs before the child above"),
            ));
        }
        if self.block.id(Field::ParentId, Field::OddParentId, row)?.is_some() {
            return Err(in_field(
                Field::ParentId,
                format_args!("span {row} has its parent's id twice"),
            ));
        }
        parent.child_start = start;
        Ok(parent.end)
    }

    /// Whether a span that has no parent here names none.
    fn is_root(&self, row: u32) -> Result<bool> {
        Ok(self.block.parent_id(row)?.is_none_or(|id| id == [0; 8]))
    }

    /// Every span hangs off the parent that the rules give it, and the flags tell what is wrong.
    fn check_rules(&mut self, trace: u32, rows: Range<u32>) -> Result<()> {
        let block = self.block;
        // Of spans that start together the rules prefer the first that arrived. In a ring, that is
        // the one that has no parent now.
        let place = |&row: &u32| {
            (block.start_ns(row).unwrap_or(0), self.delta.integer(row) != Some(0), row)
        };
        self.fed.clear();
        self.fed.extend(rows);
        self.fed.sort_unstable_by_key(place);
        self.nodes.clear();
        for &row in &self.fed {
            let parent = block.parent_id(row)?.unwrap_or_default();
            let id = block.span_id(row)?.unwrap_or_default();
            let kind = block.field_integer(Field::SpanKind, row)?.unwrap_or(0) as i32;
            self.nodes.push(Node::new(id, parent, block.start_ns(row)?, kind));
        }
        self.tree.build(&self.nodes);
        if self.tree.flags.contains(TraceFlags::SHARED_IDS) && self.is_ambiguous() {
            return Ok(());
        }
        for (&row, &parent) in self.fed.iter().zip(self.tree.parents()) {
            let parent = (parent != NONE).then(|| self.fed[parent as usize]);
            if block.parent_row(row)? != parent {
                let what = format_args!("span {row} has another parent");
                return Err(in_field(Field::ParentDelta, what));
            }
        }
        let flags = TraceFlags(block.field_integer(Field::TraceFlags, trace)?.unwrap_or(0));
        match flags == self.tree.flags {
            true => Ok(()),
            false => Err(in_field(
                Field::TraceFlags,
                format_args!("{} is set, and should be {}", flags.0, self.tree.flags.0),
            )),
        }
    }

    /// Whether spans share both id and start: which of them arrived first is not kept.
    fn is_ambiguous(&self) -> bool {
        let mut seen = HashSet::new();
        let mut ids = self.nodes.iter().filter_map(|node| Some((node.id?, node.start)));
        ids.any(|id| !seen.insert(id))
    }
}
