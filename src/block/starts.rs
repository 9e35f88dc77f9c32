//! Places in sorted lists of rows, for a search of a whole list to become one of a few.

use crate::bytes::{AlignedBuf, Bytes};
use std::ops::Range;

/// So many items of a list are between two starts, on average.
const BETWEEN: u64 = 2;

/// Where in a sorted list the rows of every `1 << shift` start, and the end of the list. Up to two
/// bytes for each item.
#[derive(Debug, Default)]
pub(super) struct Starts {
    shift: u32,
    starts: Bytes,
}

/// A view of [`Starts`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Around<'a> {
    shift: u32,
    starts: &'a [u32],
}

impl Starts {
    /// The starts of a list of `len` rows that are below `rows`, given the row of each item.
    pub fn of(len: usize, rows: u32, row_of: impl Fn(usize) -> Option<u64>) -> Self {
        let len = len as u32;
        let rows_between = (u64::from(rows) * BETWEEN).div_ceil(u64::from(len.max(1)));
        let shift = rows_between.next_power_of_two().ilog2().min(31);
        let mut buf = AlignedBuf::zeroed(size_of::<u32>() * ((rows >> shift) as usize + 2));
        let starts: &mut [u32] = bytemuck::try_cast_slice_mut(&mut buf).unwrap_or_default();
        let mut found = 0;
        for item in 0..len {
            let row = row_of(item as usize).unwrap_or(u64::MAX) >> shift;
            while found as u64 <= row && found < starts.len() {
                starts[found] = item;
                found += 1;
            }
        }
        starts[found..].fill(len);
        Starts { shift, starts: Bytes::from_aligned(buf) }
    }

    /// Bytes of heap memory.
    pub fn heap_bytes(&self) -> u64 {
        self.starts.len() as u64
    }

    /// The starts, to be asked.
    #[inline]
    pub fn view(&self) -> Around<'_> {
        let starts = bytemuck::try_cast_slice(&self.starts).unwrap_or_default();
        Around { shift: self.shift, starts }
    }
}

impl Around<'_> {
    /// Items among which all are that have `row`, or between which they would be.
    #[inline]
    pub fn around(&self, row: u32) -> Range<usize> {
        let at = (row >> self.shift) as usize;
        match self.starts.get(at..at + 2) {
            Some(&[start, end]) => start as usize..end as usize,
            _ => {
                let end = self.starts.last().map_or(0, |&end| end as usize);
                end..end
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn starts(list: &[u32], rows: u32) -> Starts {
        Starts::of(list.len(), rows, |item| list.get(item).map(|&row| row.into()))
    }

    proptest! {
        #[test]
        fn around_a_row_are_all_items_that_have_it(
            rows in prop_oneof![1..20u32, 900..1100u32, Just(u32::MAX)],
            shares in vec(prop_oneof![0.0..1.0, 0.49..0.51], 1..200),
        ) {
            let place = |share: f64| (share * f64::from(rows - 1)) as u32;
            let mut list: Vec<u32> = shares.into_iter().map(place).collect();
            list.sort_unstable();
            let starts = starts(&list, rows);
            for row in list.iter().copied().chain([0, rows / 2, rows - 1, rows, u32::MAX]) {
                let found = list.partition_point(|&item| item < row)
                    ..list.partition_point(|&item| item <= row);
                let around = starts.view().around(row);
                prop_assert!(around.start <= found.start && found.end <= around.end);
            }
            prop_assert!(starts.heap_bytes() <= 2 * list.len() as u64 + 16);
        }

        #[test]
        fn lists_that_are_not_sorted_or_leave_their_table_are_no_danger(
            list in vec(prop_oneof![0..30u32, any::<u32>()], 0..50),
            rows in 0..20u32,
        ) {
            let starts = starts(&list, rows);
            for row in 0..rows + 3 {
                let around = starts.view().around(row);
                prop_assert!(around.start <= around.end && around.end <= list.len());
            }
        }
    }
}
