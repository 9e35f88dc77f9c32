//! Places in sorted lists of rows, for a search of a whole list to become one of a few.

use super::RowIds;
use crate::bytes::Kept;
use std::ops::Range;
use std::sync::OnceLock;

/// Where in a sorted list the rows of every so many start, and the end of the list. Worked out when a
/// row is looked for, which scans do not do; up to four bytes for each item then.
#[derive(Debug, Default)]
pub struct Starts(OnceLock<Found>);

#[derive(Debug)]
struct Found {
    /// A start is for `1 << shift` rows.
    shift: u32,
    starts: Kept<u32>,
}

impl Starts {
    /// Bytes of heap memory.
    pub(super) fn heap_bytes(&self) -> u64 {
        self.0.get().map_or(0, |found| found.starts.heap_bytes())
    }

    /// Where in `list`, which is always the same one and of rows below `rows`, `row` is or would be:
    /// among these items or right behind them.
    #[inline]
    pub(super) fn around(&self, list: RowIds<'_>, rows: u32, row: u32) -> Range<usize> {
        let Found { shift, starts } = match self.0.get() {
            Some(found) => found,
            None => self.0.get_or_init(|| find(list, rows)),
        };
        let at = (row >> shift) as usize;
        match starts.get(at..at + 2) {
            Some(&[start, end]) => start as usize..end as usize,
            _ => list.len()..list.len(),
        }
    }
}

#[cold]
fn find(list: RowIds<'_>, rows: u32) -> Found {
    let len = list.len() as u32;
    // One item or less from a start to the next, on average.
    let shift = rows.div_ceil(len.max(1)).checked_next_power_of_two().map_or(31, u32::ilog2);
    let count = (rows >> shift) as usize + 2;
    let mut starts = Vec::with_capacity(count);
    for item in 0..len {
        let at = (list.get(item as usize) >> shift) as usize;
        while starts.len() <= at && starts.len() < count {
            starts.push(item);
        }
    }
    starts.resize(count, len);
    Found { shift, starts: Kept::new(starts) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn around_a_row_are_all_items_that_have_it(
            rows in prop_oneof![1..20u32, 900..1100u32, Just(u32::MAX)],
            shares in vec(prop_oneof![0.0..1.0, 0.49..0.51], 1..200),
        ) {
            let place = |share: f64| (share * f64::from(rows - 1)) as u32;
            let mut list: Vec<u32> = shares.into_iter().map(place).collect();
            list.sort_unstable();
            let (starts, ids) = (Starts::default(), RowIds::U32(&list));
            for row in list.iter().copied().chain([0, rows / 2, rows - 1, rows, u32::MAX]) {
                let found = list.partition_point(|&item| item < row)
                    ..list.partition_point(|&item| item <= row);
                let around = starts.around(ids, rows, row);
                prop_assert!(around.start <= found.start && found.end <= around.end);
            }
            prop_assert!(starts.heap_bytes() <= 4 * list.len() as u64 + 16);
        }

        #[test]
        fn lists_that_are_not_sorted_or_leave_their_table_are_no_danger(
            list in vec(prop_oneof![0..30u32, any::<u32>()], 0..50),
            rows in 0..20u32,
        ) {
            let (starts, ids) = (Starts::default(), RowIds::U32(&list));
            for row in 0..rows + 3 {
                let around = starts.around(ids, rows, row);
                prop_assert!(around.start <= around.end && around.end <= list.len());
            }
        }
    }
}
