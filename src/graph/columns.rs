//! The columns of a block that trees are read from.

use super::bits;
use super::damage::Orphan;
use super::walk::{Forest, Steps};
use crate::block::build::order::{Node, ParentId};
use crate::block::format::corrupt;
use crate::block::{Block, Column, Field, Packed, Presence, TraceFlags, Values};
use crate::error::Result;
use std::ops::Range;

/// Columns that say how a block's spans hang together.
pub(super) struct TreeColumns<'a> {
    parent_delta: StepColumn<'a>,
    subtree_len: StepColumn<'a>,
}

/// One tree column: its numbers as they lie in the block, or widened where they lie otherwise.
enum StepColumn<'a> {
    InPlace(Steps<'a>),
    Widened(Vec<u32>),
}

impl<'a> StepColumn<'a> {
    fn read(block: &'a Block, field: Field) -> Result<Self> {
        let column = block.required(field)?;
        let (Presence::Dense { rows }, Values::Integers(integers)) =
            (column.presence, column.values)
        else {
            return Err(corrupt(format_args!("{} is not a column of integers", field.key())));
        };
        let in_place = match integers.offsets {
            _ if integers.base != 0 => None,
            Packed::Zero(_) => Some(Steps::Zero(rows as usize)),
            Packed::U8(steps) => Some(Steps::U8(steps)),
            Packed::U16(steps) => Some(Steps::U16(steps)),
            Packed::U32(steps) => Some(Steps::U32(steps)),
            _ => None,
        };
        Ok(match in_place {
            Some(steps) => StepColumn::InPlace(steps),
            None => {
                let step = |row| integers.get(row as usize).unwrap_or(0);
                let widened = (0..rows).map(|row| step(row).try_into().unwrap_or(u32::MAX));
                StepColumn::Widened(widened.collect())
            }
        })
    }

    fn steps(&self) -> Steps<'_> {
        match self {
            StepColumn::InPlace(steps) => *steps,
            StepColumn::Widened(steps) => Steps::U32(steps),
        }
    }
}

impl<'a> TreeColumns<'a> {
    pub(super) fn read(block: &'a Block) -> Result<Self> {
        Ok(TreeColumns {
            parent_delta: StepColumn::read(block, Field::ParentDelta)?,
            subtree_len: StepColumn::read(block, Field::SubtreeLen)?,
        })
    }

    /// The block's trees.
    pub(super) fn forest(&self) -> Forest<'_> {
        Forest { parent_delta: self.parent_delta.steps(), subtree_len: self.subtree_len.steps() }
    }
}

/// Columns that spans are related by anew, without trusting their trees.
pub(super) struct NodeColumns<'a> {
    tree: TreeColumns<'a>,
    parent_id: Option<&'a Column<'a>>,
    odd_parent_id: Option<&'a Column<'a>>,
    span_id: &'a Column<'a>,
    odd_span_id: Option<&'a Column<'a>>,
    start: &'a Column<'a>,
    kind: &'a Column<'a>,
}

impl<'a> NodeColumns<'a> {
    pub(super) fn read(block: &'a Block) -> Result<Self> {
        Ok(NodeColumns {
            tree: TreeColumns::read(block)?,
            parent_id: block.field(Field::ParentId)?,
            odd_parent_id: block.field(Field::OddParentId)?,
            span_id: block.required(Field::SpanId)?,
            odd_span_id: block.field(Field::OddSpanId)?,
            start: block.required(Field::SpanStart)?,
            kind: block.required(Field::SpanKind)?,
        })
    }

    /// Span id of `row`; `None` if its length is not 8 bytes.
    fn span_id(&self, row: u32) -> Option<u64> {
        if self.odd_span_id.is_some_and(|odd| odd.presence.contains(row)) {
            return None;
        }
        self.span_id.bytes(row).and_then(number)
    }

    /// What `row` names as its parent, as it was sent.
    fn parent_id(&self, row: u32) -> ParentId {
        if let Some(parent) = self.tree.forest().parent(row as usize) {
            return self.span_id(parent as u32).map_or(ParentId::Odd, ParentId::Id);
        }
        if self.odd_parent_id.is_some_and(|odd| odd.presence.contains(row)) {
            return ParentId::Odd;
        }
        match self.parent_id.and_then(|ids| ids.bytes(row)).and_then(number) {
            None | Some(0) => ParentId::Absent,
            Some(id) => ParentId::Id(id),
        }
    }

    /// What ordering span `row` depends on.
    pub(super) fn node(&self, row: u32) -> Node {
        Node {
            id: self.span_id(row),
            parent: self.parent_id(row),
            start: self.start.integer(row).unwrap_or(0),
            kind: self.kind.integer(row).unwrap_or(0) as i32,
        }
    }
}

/// An id of 8 bytes as a number.
fn number(id: &[u8]) -> Option<u64> {
    id.try_into().ok().map(u64::from_be_bytes)
}

/// Spans of `block` that name a parent which is not there; rows ascend. Where parents form a ring,
/// the span at which it is cut is one too. Unless `kept` is empty, spans whose bit in it is not set
/// are not looked at.
pub(super) fn orphans(block: &Block, kept: &[u64]) -> Result<Vec<Orphan>> {
    let mut found = Vec::new();
    let Some(ids) = block.field(Field::ParentId)? else { return Ok(found) };
    let columns = NodeColumns::read(block)?;
    // Few spans have no parent, and fewer of these name one.
    let mut heads = columns.tree.forest().heads();
    keep_present(&ids.presence, &mut heads);
    if !kept.is_empty() {
        bits::intersect(&mut heads, kept);
    }
    if heads.iter().all(|&word| word == 0) {
        return Ok(found);
    }
    let traces = TraceColumns::read(block)?;
    let mut trace = 0;
    bits::for_each(&heads, |row| {
        let row = row as u32;
        if let ParentId::Id(parent_id) = columns.parent_id(row)
            && columns.span_id(row) != Some(parent_id)
        {
            while traces.span_rows(trace).end <= row && trace + 1 < traces.len() {
                trace += 1;
            }
            found.push(Orphan { trace, parent_id, row });
        }
    });
    Ok(found)
}

/// Clears the bits of rows that have no value.
fn keep_present(presence: &Presence<'_>, rows: &mut [u64]) {
    match *presence {
        Presence::Dense { .. } => {}
        Presence::Optional { words, .. } => {
            bits::intersect(rows, words);
        }
        Presence::Sparse { .. } => {
            let mut present = vec![0; rows.len()];
            presence.for_each(|row| bits::set(&mut present, row as usize));
            bits::intersect(rows, &present);
        }
    }
}

/// Ids of a block's traces.
#[derive(Clone, Copy)]
pub(super) struct TraceIds<'a> {
    ids: &'a [[u8; 16]],
    odd: Option<&'a Column<'a>>,
}

impl<'a> TraceIds<'a> {
    pub(super) fn read(block: &'a Block) -> Result<Self> {
        if block.rows() == 0 {
            return Ok(TraceIds { ids: &[], odd: None });
        }
        let column = block.required(Field::TraceId)?;
        match (column.presence, column.values) {
            (Presence::Dense { .. }, Values::Fixed(16, bytes)) => {
                Ok(TraceIds { ids: bytes.as_chunks().0, odd: block.field(Field::OddTraceId)? })
            }
            _ => Err(corrupt("trace ids are not 16 bytes each")),
        }
    }

    /// All ids as they lie in the block: those of a wrong length are zeros.
    pub(super) fn plain(&self) -> &'a [[u8; 16]] {
        self.ids
    }

    /// Trace id of `trace`, of whatever length it is.
    pub(super) fn get(&self, trace: u32) -> &'a [u8] {
        match self.odd.and_then(|odd| odd.bytes(trace)) {
            Some(odd) => odd,
            None => self.ids.get(trace as usize).map_or(&[], |id| id),
        }
    }
}

/// The other columns of a block's trace table that graphs need.
pub(super) struct TraceColumns<'a> {
    /// First row of each trace; then the number of rows.
    first_rows: Vec<u32>,
    rooted: &'a Column<'a>,
    flags: Option<&'a Column<'a>>,
}

impl<'a> TraceColumns<'a> {
    pub(super) fn read(block: &'a Block) -> Result<Self> {
        let first_row = block.required(Field::TraceFirstRow)?;
        let row = |trace| first_row.integer(trace).and_then(|row| row.try_into().ok());
        let mut first_rows: Vec<u32> =
            (0..block.trace_count()).map(|trace| row(trace).unwrap_or(u32::MAX)).collect();
        first_rows.push(block.rows());
        if first_rows[0] != 0 || !first_rows.is_sorted_by(|a, b| a < b) {
            return Err(corrupt("rows of a trace are out of order"));
        }
        Ok(TraceColumns {
            first_rows,
            rooted: block.required(Field::TraceRooted)?,
            flags: block.field(Field::TraceFlags)?,
        })
    }

    /// Number of traces.
    pub(super) fn len(&self) -> u32 {
        self.first_rows.len() as u32 - 1
    }

    /// Span rows of `trace`; none if there is no such trace.
    #[inline]
    pub(super) fn span_rows(&self, trace: u32) -> Range<u32> {
        match self.first_rows.get(trace as usize..).unwrap_or_default() {
            [first, end, ..] => *first..*end,
            _ => 0..0,
        }
    }

    /// How many of the trace's first rows a root reaches.
    #[inline]
    pub(super) fn rooted(&self, trace: u32) -> u32 {
        let rooted = self.rooted.integer(trace).unwrap_or(0);
        rooted.min(self.span_rows(trace).len() as u64) as u32
    }

    /// What is wrong with `trace`.
    pub(super) fn flags(&self, trace: u32) -> TraceFlags {
        TraceFlags(self.flags.and_then(|flags| flags.integer(trace)).unwrap_or(0))
    }
}

/// Calls `each` with every trace of `block` that has something wrong with it.
pub(super) fn for_each_damaged(block: &Block, mut each: impl FnMut(u32, TraceFlags)) -> Result<()> {
    if let Some(flags) = block.field(Field::TraceFlags)? {
        let of = |trace| TraceFlags(flags.integer(trace).unwrap_or(0));
        flags.presence.for_each(|trace| each(trace, of(trace)));
    }
    Ok(())
}
