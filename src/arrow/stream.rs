//! Spans batch by batch.

use super::array::Array;
use super::batch::Batch;
use super::plan::Plan;
use super::schema::Schema;
use super::view::BlockView;
use crate::block::Block;
use crate::blocks::{Blocks, FileBlocks};
use crate::error::{Error, ErrorKind, Result};
use crate::fields::Columns;
use crate::rowset::{RowSet, SpanSet};
use std::sync::Arc;

/// What a stream has, and in what portions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// The fields that become columns, in this order; without, all that the blocks have a column
    /// for, with events and links.
    pub columns: Option<&'a Columns>,
    /// Whether there is a column `event` beside chosen columns.
    pub events: bool,
    /// Whether there is a column `link` beside chosen columns.
    pub links: bool,
    /// Most rows of a batch; 0 stands for no limit. A batch never has rows of two blocks.
    pub batch_rows: u32,
}

/// Spans of a list of blocks as batches. `Send` and `Sync`; holds the blocks.
pub struct Stream {
    blocks: Blocks,
    spans: SpanSet,
    plan: Plan,
    schema: Schema,
    batch_rows: u32,
    /// Number of the block that is next, and its first row that is.
    block: usize,
    row: u32,
}

impl Stream {
    /// A stream of `spans`, which are of `blocks`, in their order.
    ///
    /// The schema follows from the directories of all blocks, also of those without spans in the
    /// set, so that it is the same for every set. Values are looked at only in the residual table
    /// of blocks that have one. Errors: [`ErrorKind::InvalidArgument`] if the set is of another
    /// number of blocks, or of blocks with other rows.
    pub fn new(blocks: &Blocks, spans: SpanSet, options: &Options<'_>) -> Result<Stream> {
        let fits = |(set, rows): (&RowSet, u32)| set.rows() == rows;
        let rows = blocks.iter().map(|block| block.rows());
        if spans.blocks().len() != blocks.len() || !spans.blocks().iter().zip(rows).all(fits) {
            let message = "the set of spans is over another list of blocks";
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        let plan = Plan::new(blocks, options.columns, options.events, options.links)?;
        Ok(Stream {
            schema: plan.schema(),
            blocks: blocks.clone(),
            spans,
            plan,
            batch_rows: options.batch_rows,
            block: 0,
            row: 0,
        })
    }

    /// What each batch is: a struct, of which each member is a column.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The next batch; `None` at the end, and from then on.
    ///
    /// A batch whose texts or lists do not fit into one array becomes several. After an error the
    /// same batch is tried again.
    pub fn next_batch(&mut self) -> Result<Option<Array>> {
        let mut rows = self.next_rows();
        if rows.is_empty() {
            return Ok(None);
        }
        let block = self.blocks.get(self.block)?;
        if self.row == 0 {
            self.fetch(block)?;
        }
        loop {
            match Batch::new(block, &rows)?.record(&self.plan) {
                Err(e) if e.kind() == ErrorKind::Limit && rows.len() > 1 => {
                    rows.truncate(rows.len() / 2);
                }
                Err(e) => return Err(e.context(format_args!("block {}", self.block))),
                Ok(batch) => {
                    self.row = rows.last().map_or(0, |&last| last.saturating_add(1));
                    return Ok(Some(batch));
                }
            }
        }
    }

    /// Fetches what batches of `block`, which is next, read, if it is far away.
    fn fetch(&self, block: &Arc<Block>) -> Result<()> {
        let is_there = |part: &&FileBlocks| part.places.contains(&self.block);
        let Some(part) = self.blocks.files().iter().find(is_there) else { return Ok(()) };
        if part.file.is_mapped() {
            return Ok(());
        }
        let needs = self.plan.needs(&BlockView::new(block)?);
        part.file.prefetch(&[(part.number(self.block), block.clone())], |_| needs.clone())
    }

    /// The rows of the next batch, of the block that it goes on to; none at the end.
    fn next_rows(&mut self) -> Vec<u32> {
        while let Some(set) = self.spans.blocks().get(self.block) {
            let left = set.count().saturating_sub(set.rank(self.row));
            if left > 0 {
                let most = if self.batch_rows == 0 { left } else { left.min(self.batch_rows) };
                let mut rows = vec![0; most as usize];
                let count = set.copy_ids(self.row, &mut rows);
                rows.truncate(count);
                return rows;
            }
            (self.block, self.row) = (self.block + 1, 0);
        }
        Vec::new()
    }
}
