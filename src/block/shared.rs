//! Span ids that several spans of a trace have.

use super::{Block, Field, TraceFlags};
use crate::error::Result;

impl Block {
    /// Rows of the trace table, ascending, whose traces have an id that three spans or more share:
    /// nested-set numbers cannot tell such spans apart, so nothing in these traces has any. Worked
    /// out at the first call, of traces that are marked to have shared ids.
    pub fn crowded_traces(&self) -> Result<&[u32]> {
        if let Some(traces) = self.crowded.get() {
            return Ok(traces);
        }
        let traces = self.find_crowded()?;
        Ok(self.crowded.get_or_init(|| traces.into()))
    }

    fn find_crowded(&self) -> Result<Vec<u32>> {
        let mut traces = Vec::new();
        if let Some(flags) = self.field(Field::TraceFlags)? {
            flags.presence.for_each(|trace| {
                let flags = TraceFlags(flags.integer(trace).unwrap_or(0));
                if flags.contains(TraceFlags::SHARED_IDS) {
                    traces.push(trace);
                }
            });
        }
        let mut crowded = Vec::new();
        for trace in traces {
            let ids = self.trace_rows(trace)?.map(|row| self.span_id(row));
            if has_crowded_id(ids.collect::<Result<_>>()?) {
                crowded.push(trace);
            }
        }
        Ok(crowded)
    }
}

/// Whether three of these ids or more are the same. Those of an unusual length do not count: no
/// span can be related by them.
pub fn has_crowded_id(mut ids: Vec<Option<&[u8]>>) -> bool {
    ids.retain(|id| id.is_some_and(|id| id.len() == 8));
    ids.sort_unstable();
    ids.windows(3).any(|ids| ids[0] == ids[2])
}
