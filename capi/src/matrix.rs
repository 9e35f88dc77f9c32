//! Fields of many spans at once.

use crate::error::Failure;
use crate::guard::OutArray;
use crate::value::bp_value;
use blockpack_engine::Blocks;
use blockpack_engine::blocks::SpanAt;
use blockpack_engine::fields::{Columns, LazyBatch};

/// Values that are read at a time: what the engine gives fits the nearer caches.
const AT_ONCE: usize = 4096;

/// Fills the caller's matrix, a row for each of `spans`, with the values of `columns`. There is room
/// for them: see [`Call::columns`](crate::guard::Call::columns).
pub fn fill(
    blocks: &Blocks,
    mut spans: impl Iterator<Item = SpanAt>,
    columns: &Columns,
    out: &mut OutArray<'_, bp_value>,
) -> Result<(), Failure> {
    let width = columns.len();
    let step = (AT_ONCE / width.max(1)).max(1);
    loop {
        let part: Vec<SpanAt> = spans.by_ref().take(step).collect();
        if part.is_empty() {
            return Ok(());
        }
        let batch = LazyBatch::new(blocks, part)?;
        let mut values = vec![None; batch.len() * width];
        batch.values(0..batch.len(), columns, &mut values)?;
        for value in values {
            out.put(bp_value::maybe(value));
        }
    }
}
