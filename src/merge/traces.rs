//! The traces of all inputs by start, each with all its fragments.
//!
//! The traces of a block are sorted by start, so a heap with the next traces of every block gives
//! all in order; a block is opened when the first of its traces can be due, and closed behind its
//! last. A trace is due with its earliest fragment; the others may lie anywhere and are found by the
//! files' trace indexes, then passed over when the heap comes to them.

use super::source::{BlockAt, OpenBlocks, SourceBlock};
use crate::error::{Error, ErrorKind, Result};
use crate::file::reader::Reader;
use crate::file::trace_index::TracePlace;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::rc::Rc;

/// A trace, or a part of one, in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Place {
    at: BlockAt,
    /// Row in the trace table.
    trace: u32,
}

/// A trace that is next in its block. Traces that start together go by their ids, so that it does
/// not matter where they come from.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Head {
    start: u64,
    id: Vec<u8>,
    place: Place,
}

/// Where the walk is in a block.
#[derive(Default)]
struct Cursor {
    /// The first trace that was not put into the heap.
    next: u32,
    /// How many are in the heap: as many as start together.
    heads: u32,
}

/// One fragment of the trace at hand.
pub struct Fragment {
    pub source: Rc<SourceBlock>,
    /// Row in the block's trace table.
    pub trace: u32,
}

/// Walks over the traces of all inputs.
pub struct Traces<'r> {
    inputs: &'r [Reader],
    /// Blocks that were not entered yet with the earliest start of each, latest first.
    waiting: Vec<(u64, BlockAt)>,
    blocks: OpenBlocks<'r>,
    cursors: HashMap<BlockAt, Cursor>,
    heads: BinaryHeap<Reverse<Head>>,
    /// Fragments that went with an earlier one.
    taken: HashSet<Place>,
    fragments: Vec<Fragment>,
}

impl<'r> Traces<'r> {
    pub fn new(inputs: &'r [Reader]) -> Self {
        let mut waiting = Vec::new();
        for (file, input) in (0..).zip(inputs) {
            for (block, entry) in (0..).zip(input.block_entries()) {
                waiting.push((entry.min_start, BlockAt { file, block }));
            }
        }
        waiting.sort_unstable_by_key(|&block| Reverse(block));
        Traces {
            inputs,
            waiting,
            blocks: OpenBlocks::new(inputs),
            cursors: HashMap::new(),
            heads: BinaryHeap::new(),
            taken: HashSet::new(),
            fragments: Vec::new(),
        }
    }

    /// The fragments of the next trace; `None` behind the last.
    pub fn next(&mut self) -> Result<Option<&[Fragment]>> {
        self.fragments.clear();
        loop {
            self.enter_due_blocks()?;
            let Some(Reverse(head)) = self.heads.pop() else { return Ok(None) };
            if !self.taken.remove(&head.place) {
                self.collect(&head)?;
            }
            self.advance(head.place.at)?;
            if !self.fragments.is_empty() {
                return Ok(Some(&self.fragments));
            }
        }
    }

    fn enter_due_blocks(&mut self) -> Result<()> {
        while let Some(&(start, at)) = self.waiting.last()
            && self.heads.peek().is_none_or(|Reverse(head)| start <= head.start)
        {
            self.waiting.pop();
            self.blocks.enter(at)?;
            self.push_heads(at)?;
        }
        Ok(())
    }

    /// Moves on in a block of which a head was popped.
    fn advance(&mut self, at: BlockAt) -> Result<()> {
        let cursor = self.cursors.entry(at).or_default();
        cursor.heads = cursor.heads.saturating_sub(1);
        if cursor.heads == 0 { self.push_heads(at) } else { Ok(()) }
    }

    /// Puts the next traces of a block that start together into the heap, or leaves the block if it
    /// has no more.
    fn push_heads(&mut self, at: BlockAt) -> Result<()> {
        let source = self.blocks.get(at)?;
        let block = &source.block;
        let cursor = self.cursors.entry(at).or_default();
        if cursor.next >= block.trace_count() {
            self.cursors.remove(&at);
            self.blocks.leave(at);
            return Ok(());
        }
        let start = block.trace_start(cursor.next)?;
        while cursor.next < block.trace_count() && block.trace_start(cursor.next)? == start {
            let id = block.trace_id(cursor.next)?.unwrap_or_default().to_vec();
            let place = Place { at, trace: cursor.next };
            self.heads.push(Reverse(Head { start, id, place }));
            cursor.next += 1;
            cursor.heads += 1;
        }
        Ok(())
    }

    /// Finds the fragments of the trace that is due.
    fn collect(&mut self, head: &Head) -> Result<()> {
        let Place { at, trace } = head.place;
        self.fragments.push(Fragment { source: self.blocks.get(at)?, trace });
        if head.id.is_empty() {
            return Ok(());
        }
        let mut complete = false;
        for (file, input) in (0..).zip(self.inputs) {
            for TracePlace { block, trace } in input.trace_candidates(&head.id)? {
                let place = Place { at: BlockAt { file, block }, trace };
                if place == head.place {
                    complete = true;
                    continue;
                }
                let source = self.blocks.get(place.at)?;
                if source.block.trace_id(trace)? == Some(&head.id) && self.taken.insert(place) {
                    self.fragments.push(Fragment { source, trace });
                }
            }
        }
        // Of an index that leaves out traces, some would be written twice.
        if complete { Ok(()) } else { Err(self.not_indexed(head.place)) }
    }

    #[cold]
    fn not_indexed(&self, Place { at, trace }: Place) -> Error {
        let file = self.inputs.get(at.file as usize).map_or("", |input| input.name());
        let message = format!(
            "{file}: the trace index leaves out trace {trace} of block {}: recover the file first",
            at.block
        );
        Error::new(ErrorKind::Corrupt, message)
    }
}
