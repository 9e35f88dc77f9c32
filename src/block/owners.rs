//! Which events and links belong to a span.

use super::{Block, Field, Integers, Packed, Values};
use crate::bytes::Kept;
use crate::error::Result;
use std::ops::Range;

/// The sorted column of owners of a child table, turned round: a bit for each span that owns rows, how
/// many such spans are before each 64 spans, and the first row of each, with the end behind them. Owners
/// are looked for at every event that is read; a search of the column would take most of that time.
pub(super) struct Owners {
    bits: Kept<u64>,
    ranks: Kept<u32>,
    firsts: Kept<u32>,
}

impl Owners {
    /// Turns the owners of `rows` rows round, each of which is below `spans`; rows out of order are
    /// left out.
    fn of(rows: u32, spans: u32, owner_of: impl Fn(u32) -> Option<u64>) -> Self {
        let owned = (0..rows).filter_map(|row| Some((row, owner_of(row)?)));
        let mut next = 0;
        let ascending = owned.filter(|&(_, owner)| {
            let begins = owner >= next && owner < u64::from(spans);
            next = if begins { owner + 1 } else { next };
            begins
        });
        let mut bits = vec![0u64; (spans as usize).div_ceil(64)];
        let mut firsts = Vec::new();
        for (row, owner) in ascending {
            firsts.push(row);
            bits[owner as usize / 64] |= 1 << (owner % 64);
        }
        firsts.push(rows);
        let before = bits.iter().scan(0, |before, word| {
            let here = *before;
            *before += word.count_ones();
            Some(here)
        });
        let ranks = Kept::new(before.collect());
        Owners { bits: Kept::new(bits), ranks, firsts: Kept::new(firsts) }
    }

    /// Bytes of heap memory.
    pub fn heap_bytes(&self) -> u64 {
        self.bits.heap_bytes() + self.ranks.heap_bytes() + self.firsts.heap_bytes()
    }

    /// The rows that belong to `span`.
    #[inline]
    fn rows_of(&self, span: u32) -> Option<Range<u32>> {
        let at = span as usize / 64;
        let word = *self.bits.get(at)?;
        let bit = 1u64 << (span % 64);
        if word & bit == 0 {
            return None;
        }
        let owner = *self.ranks.get(at)? as usize + (word & (bit - 1)).count_ones() as usize;
        match self.firsts.get(owner..owner + 2) {
            Some(&[first, end]) => Some(first..end),
            _ => None,
        }
    }
}

impl Block {
    /// Rows of a child table (events or links) that belong to span `row`; `owner` is
    /// [`Field::EventOwner`] or [`Field::LinkOwner`], of which every row has a value. The first call
    /// reads the whole column; three bits for each span are kept, and four bytes for each that owns rows.
    pub fn owned_rows(&self, owner: Field, row: u32) -> Result<Range<u32>> {
        let owners = &self.owners[usize::from(owner == Field::LinkOwner)];
        let owners = match owners.get() {
            Some(owners) => owners,
            None => {
                let Some(column) = self.field(owner)? else { return Ok(0..0) };
                let Values::Integers(Integers { base, offsets }) = column.values else {
                    return Ok(0..0);
                };
                if let Packed::Zero(rows) = offsets {
                    // One span owns them all, however many they are said to be.
                    return Ok(if u64::from(row) == base { 0..rows } else { 0..0 });
                }
                let owner_of = |row: u32| Some(base.wrapping_add(offsets.get(row as usize)?));
                owners.get_or_init(|| Owners::of(offsets.len() as u32, self.rows(), owner_of))
            }
        };
        Ok(owners.rows_of(row).unwrap_or(0..0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn owners(list: &[u32], spans: u32) -> Owners {
        Owners::of(list.len() as u32, spans, |row| list.get(row as usize).map(|&span| span.into()))
    }

    proptest! {
        #[test]
        fn each_span_owns_the_rows_that_name_it(
            spans in prop_oneof![1..70u32, 300..500u32],
            shares in vec(prop_oneof![0.0..1.0, 0.49..0.51], 0..200),
        ) {
            let mut list: Vec<u32> =
                shares.iter().map(|share| (share * f64::from(spans)) as u32).collect();
            list.sort_unstable();
            let owners = owners(&list, spans);
            for span in 0..spans + 70 {
                let rows = list.partition_point(|&owner| owner < span) as u32
                    ..list.partition_point(|&owner| owner <= span) as u32;
                let found = owners.rows_of(span);
                prop_assert_eq!(found, (!rows.is_empty()).then_some(rows), "{} in {:?}", span, list);
            }
            prop_assert!(owners.heap_bytes() <= u64::from(spans) + 4 * list.len() as u64 + 16);
        }

        #[test]
        fn owners_out_of_order_or_past_the_spans_are_no_danger(
            list in vec(prop_oneof![0..30u32, any::<u32>()], 0..50),
            spans in 0..20u32,
        ) {
            let owners = owners(&list, spans);
            for span in 0..spans + 3 {
                let rows = owners.rows_of(span).unwrap_or(0..0);
                prop_assert!(rows.start <= rows.end && rows.end as usize <= list.len());
                prop_assert!(rows.is_empty() || list[rows.start as usize] == span);
            }
        }
    }
}
