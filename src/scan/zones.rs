//! Leaving out zones: values that cannot match are not looked at.
//!
//! ```text
//! zones of the table      |   0   |   1   |   2   |   3   |
//! that can have a match       -       x       x       -
//! their values, in words  |0 1 1 0|1 0 .. ..|.. 0 1|1 0 0 1|   "..": looked at
//! ```

use super::codes::{CodeSet, fill};
use super::column::{Found, Probe, all_if};
use super::kernels::words_for;
use super::pruned::Decided;
use crate::block::Column;
use std::ops::Range;

/// A column, and the zones of its table in which values can match; `None` where values are of no
/// column.
pub type Place<'c, 'a> = Option<(&'c Column<'a>, u64)>;

/// Zones are left out if at most one in so many is left. Otherwise one pass over all values is
/// quicker than many short ones.
const MAX_SHARE: u32 = 2;

impl Probe<'_> {
    /// The zones that `zones` says, or all if nothing is to be left out.
    pub fn zones_if_pruning(&self, column: &Column<'_>, zones: impl FnOnce() -> u64) -> u64 {
        if self.prunes { zones() } else { column.zoning().all() }
    }

    /// The zones that can have a code of `set`.
    pub fn zones_of_codes(&self, column: &Column<'_>, set: &CodeSet) -> u64 {
        self.zones_if_pruning(column, || match set {
            CodeSet::None => 0,
            CodeSet::All => column.zoning().all(),
            CodeSet::Range(low, high) => zones_of_entries(column, *low..=*high),
            CodeSet::Bits(_) => zones_of_entries(column, set.iter()),
        })
    }

    /// The zones that can have an integer in one of `runs`, which are differences to the column's
    /// base.
    pub fn zones_of_runs(&self, column: &Column<'_>, runs: &[(u64, u64)]) -> u64 {
        self.zones_if_pruning(column, || {
            runs.iter().fold(0, |zones, &(low, high)| zones | column.zones_of_integers(low, high))
        })
    }

    /// Which of `len` values of `width` bytes match, where only those in the zones of `place` can.
    /// `find` is given runs of values and writes their bits; with `negate` the bits of those that
    /// do not match, as all others then do. Runs begin at a multiple of 64.
    pub fn find_in(
        &mut self,
        place: Place<'_, '_>,
        len: usize,
        width: usize,
        negate: bool,
        mut find: impl FnMut(Range<usize>, &mut [u64]),
    ) -> Found {
        let Some((column, zones)) = place.filter(|(column, zones)| self.leave_out(column, *zones))
        else {
            let mut out = self.pool.words(words_for(len));
            find(0..len, &mut out);
            self.touched.bytes += (len * width) as u64;
            self.touched.asked(Decided::Values);
            return Found::Bits(out);
        };
        if zones == 0 {
            self.touched.asked(Decided::Zones);
            return all_if(negate);
        }
        self.touched.asked(Decided::Values);
        let mut out = self.pool.words(words_for(len));
        fill(&mut out, len, negate);
        for rows in column.zoning().runs(zones) {
            // Whole words: perhaps some values more than those of the zones.
            let start = column.presence.rank(rows.start) / 64 * 64;
            let end = column.presence.rank(rows.end).next_multiple_of(64).min(len);
            if let Some(out) = out.get_mut(start / 64..words_for(end)) {
                find(start..end, out);
                self.touched.bytes += ((end - start) * width) as u64;
            }
        }
        Found::Bits(out)
    }

    /// Whether values outside of `zones` are to be left out.
    fn leave_out(&mut self, column: &Column<'_>, zones: u64) -> bool {
        let count = column.zoning().count();
        let out = self.prunes && zones.count_ones() * MAX_SHARE <= count;
        self.touched.zones += u64::from(count);
        self.touched.zones_pruned += if out { u64::from(count - zones.count_ones()) } else { 0 };
        out
    }
}

/// The zones that can have one of `codes`; the rest is not asked once these are all.
fn zones_of_entries(column: &Column<'_>, codes: impl Iterator<Item = u64>) -> u64 {
    let (mut zones, all) = (0, column.zoning().all());
    for code in codes {
        zones |= column.zones_of_entry(u32::try_from(code).unwrap_or(u32::MAX));
        if zones == all {
            break;
        }
    }
    zones & all
}
