//! Which events and links belong to a span.

use super::{Block, Field, Integers, Packed, Values};
use crate::bytes::{AlignedBuf, Bytes};
use crate::error::Result;
use std::ops::Range;
use std::sync::OnceLock;

/// So many rows of a child table are between two starts, on average.
const ROWS_BETWEEN: u64 = 4;

/// Where in the sorted column of owners those of every so many spans start. Owners are looked for at
/// every event that is read, and a search of the whole column would take most of that time.
#[derive(Default)]
pub(super) struct Starts(OnceLock<(u32, Bytes)>);

impl Starts {
    /// Bytes of heap memory.
    pub fn heap_bytes(&self) -> u64 {
        self.0.get().map_or(0, |(_, starts)| starts.len() as u64)
    }

    /// Rows among which all are that `span` owns, given the owner of each row.
    fn around(&self, span: u32, spans: u32, owners: Integers<'_>) -> Range<usize> {
        let (shift, starts) = self.0.get_or_init(|| find_starts(spans, owners));
        let starts: &[u32] = bytemuck::try_cast_slice(starts).unwrap_or_default();
        let at = (span >> shift) as usize;
        match starts.get(at..at + 2) {
            Some(&[start, end]) => start as usize..end as usize,
            _ => 0..0,
        }
    }
}

/// Finds the row where the owners of every `1 << shift` spans start, and the end of all.
#[cold]
fn find_starts(spans: u32, owners: Integers<'_>) -> (u32, Bytes) {
    let rows = owners.offsets.len() as u32;
    let spans_between = (u64::from(spans) * ROWS_BETWEEN).div_ceil(u64::from(rows.max(1)));
    let shift = spans_between.next_power_of_two().ilog2().min(31);
    let mut buf = AlignedBuf::zeroed(size_of::<u32>() * ((spans >> shift) as usize + 2));
    let starts: &mut [u32] = bytemuck::try_cast_slice_mut(&mut buf).unwrap_or_default();
    let mut found = 0;
    for row in 0..rows {
        let owner = owners.get(row as usize).unwrap_or(u64::MAX) >> shift;
        while found as u64 <= owner && found < starts.len() {
            starts[found] = row;
            found += 1;
        }
    }
    starts[found..].fill(rows);
    (shift, Bytes::from_aligned(buf))
}

impl Block {
    /// Rows of a child table (events or links) that belong to span `row`; `owner` is
    /// [`Field::EventOwner`] or [`Field::LinkOwner`], of which every row has a value. The first call
    /// reads the whole column and keeps up to a byte for each of its rows.
    pub fn owned_rows(&self, owner: Field, row: u32) -> Result<Range<u32>> {
        let Some(column) = self.field(owner)? else { return Ok(0..0) };
        let Values::Integers(owners) = column.values else { return Ok(0..0) };
        let Integers { base, offsets } = owners;
        let around = match offsets {
            // One span owns them all, however many they are said to be.
            Packed::Zero(rows) => 0..rows as usize,
            _ => {
                let starts = &self.starts[usize::from(owner == Field::LinkOwner)];
                starts.around(row, self.rows(), owners)
            }
        };
        let near = Integers { base, offsets: offsets.slice(around.clone()) };
        let found = near.equal_range(row.into());
        Ok((around.start + found.start) as u32..(around.start + found.end) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn integers(offsets: &[u32]) -> Integers<'_> {
        Integers { base: 0, offsets: Packed::U32(offsets) }
    }

    proptest! {
        #[test]
        fn around_a_span_are_all_rows_that_it_owns(
            spans in prop_oneof![1..20u32, 900..1100u32, Just(u32::MAX)],
            shares in vec(prop_oneof![0.0..1.0, 0.49..0.51], 1..200),
        ) {
            let mut owners: Vec<u32> =
                shares.iter().map(|share| (share * f64::from(spans - 1)) as u32).collect();
            owners.sort_unstable();
            let (starts, wanted) = (Starts::default(), owners.clone());
            for span in wanted.into_iter().chain([0, spans / 2, spans - 1]) {
                let found = owners.partition_point(|&owner| owner < span)
                    ..owners.partition_point(|&owner| owner <= span);
                let around = starts.around(span, spans, integers(&owners));
                prop_assert!(around.start <= found.start && found.end <= around.end || found.is_empty());
            }
            prop_assert!(starts.heap_bytes() <= owners.len() as u64 + 16);
        }

        #[test]
        fn owners_that_are_not_sorted_or_no_spans_are_no_danger(
            owners in vec(prop_oneof![0..30u32, any::<u32>()], 0..50),
            spans in 1..20u32,
        ) {
            let starts = Starts::default();
            for span in 0..spans + 3 {
                let around = starts.around(span, spans, integers(&owners));
                prop_assert!(around.start <= around.end && around.end <= owners.len());
            }
        }
    }
}
