//! Checking a file as a whole.

use super::format::{corrupt, mismatch};
use super::pruning::IndexCheck;
use super::reader::{Reader, open_block};
use super::trace_index::TracePlace;
use crate::block::{Block, BlockBytes};
use crate::error::Result;
use std::collections::HashSet;
use xxhash_rust::xxh3::xxh3_64;

impl Reader {
    /// Reads the whole file and checks everything that the format promises: every checksum, the
    /// content of every block ([`crate::block::Block::verify`]), and that the indexes say of the blocks
    /// what is so. Costs about a second for a million spans.
    ///
    /// Errors: the first damage found. [`Reader::verify_block`], [`Reader::verify_regions`] and
    /// [`Reader::verify_indexes`] are the parts, for those who want to hear of all.
    pub fn verify(&self) -> Result<()> {
        (0..self.block_count()).try_for_each(|index| self.verify_block(index))?;
        self.verify_regions()?;
        self.verify_indexes()
    }

    /// Reads block `index` and checks everything in it.
    ///
    /// Errors: the first damage found; of kind [`crate::ErrorKind::InvalidArgument`] if there is no
    /// such block.
    pub fn verify_block(&self, index: usize) -> Result<()> {
        let entry = self.block_entries().get(index).ok_or_else(|| self.no_block(index))?;
        let check = || {
            let bytes = self.bytes(entry.offset, entry.len)?;
            bytes.populate()?;
            let whole = compare(&bytes, entry.hash);
            // Says more, unless the damage is where nothing is.
            open_block(entry, BlockBytes::Whole(bytes))?.verify()?;
            whole
        };
        check().map_err(|e| self.in_block(index, e))
    }

    /// Reads the index regions and compares their checksums.
    pub fn verify_regions(&self) -> Result<()> {
        for entry in self.regions() {
            let check = || {
                let bytes = self.bytes(entry.offset, entry.len)?;
                bytes.populate()?;
                compare(&bytes, entry.hash)
            };
            check().map_err(|e| {
                let (kind, offset) = (entry.kind, entry.offset);
                e.context(format_args!("{}, index region {kind} at {offset}", self.name()))
            })?;
        }
        Ok(())
    }

    /// Checks that the indexes say of the blocks what is so, and that the tail counts the traces
    /// right. Makes sense if blocks and regions are in order.
    pub fn verify_indexes(&self) -> Result<()> {
        let mut columns = IndexCheck::new(self)?;
        let mut traces = Traces::default();
        for index in 0..self.block_count() {
            let number = index as u32;
            let block = self.block(index)?;
            self.verify_traces(number, &block, &mut traces)?;
            columns.next_block(number, &block).map_err(|e| self.in_block(index, e))?;
        }
        columns.finish()?;
        match (traces.ids.len() as u64, self.trace_count()) {
            (found, stated) if found == stated => Ok(()),
            (found, stated) => {
                let what = format!("it states {stated} traces, and the blocks have {found}");
                Err(corrupt(what).context(format_args!("{}, tail", self.name())))
            }
        }
    }

    /// Checks that the trace index has every trace of a block.
    fn verify_traces(&self, number: u32, block: &Block, traces: &mut Traces) -> Result<()> {
        for trace in 0..block.trace_count() {
            let id = block.trace_id(trace)?.unwrap_or_default();
            let place = TracePlace { block: number, trace };
            let indexed = match (id, &mut traces.unnamed) {
                ([], Some(places)) => places.contains(&place),
                ([], unasked) => {
                    let places: HashSet<_> = self.trace_candidates(id)?.into_iter().collect();
                    unasked.insert(places).contains(&place)
                }
                _ => self.trace_candidates(id)?.contains(&place),
            };
            if !indexed {
                let e = corrupt(format!("trace {trace} is missing from the trace index"));
                return Err(self.in_block(number as usize, e));
            }
            traces.ids.insert(xxh3_64(id));
        }
        Ok(())
    }
}

/// What is known of a file's traces while they are compared with the index.
#[derive(Default)]
struct Traces {
    /// Hashes of the ids so far.
    ids: HashSet<u64>,
    /// Where the index has traces without an id. There may be as many as spans, each its own trace,
    /// so that the index is asked once.
    unnamed: Option<HashSet<TracePlace>>,
}

fn compare(bytes: &[u8], hash: u64) -> Result<()> {
    if xxh3_64(bytes) == hash { Ok(()) } else { Err(mismatch("its content")) }
}
