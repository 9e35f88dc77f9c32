//! Zones: the rows of a table in up to 64 runs of equal length, so that a set of zones is one word.
//!
//! A column can say of each zone between which values its values there lie ([`Zones::Integers`],
//! [`Zones::Doubles`]), and of each dictionary entry in which zones it occurs ([`Zones::Entries`]).
//! Zones are those of the table's rows, not of the column's values: sets of zones of different
//! columns can be combined before a value is read.
//!
//! What zones say is trusted when they are used: only their lengths are checked then. A file whose
//! checksums hold and whose zones are wrong was made to be wrong, and gives answers without some
//! of its spans; [`super::Block::verify`] compares zones with the values.

use super::Column;
use super::format::{cast, corrupt};
use super::values::{Integers, Packed, Values};
use crate::error::Result;
use std::ops::Range;

/// Most zones of a table: the bits of a word.
pub const MAX_ZONES: u32 = u64::BITS;
/// Fewest rows of a zone: the rows that a word of a bitmap stands for.
pub const MIN_ZONE_ROWS: u32 = 64;

/// How the rows of a table are cut into zones: all of them have the same power of two of rows, but
/// for the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zoning {
    rows: u32,
    /// Zones have two to the power of this rows.
    shift: u32,
}

impl Zoning {
    /// Zones of a table of `rows` rows.
    #[inline]
    pub const fn of(rows: u32) -> Zoning {
        let zone = rows.div_ceil(MAX_ZONES).next_power_of_two();
        let zone = if zone < MIN_ZONE_ROWS { MIN_ZONE_ROWS } else { zone };
        Zoning { rows, shift: zone.trailing_zeros() }
    }

    /// How many there are.
    #[inline]
    pub const fn count(self) -> u32 {
        self.rows.div_ceil(1 << self.shift)
    }

    /// The set of all.
    #[inline]
    pub const fn all(self) -> u64 {
        match self.count() {
            0 => 0,
            count => u64::MAX >> (MAX_ZONES - count),
        }
    }

    /// The zone that `row` is in.
    #[inline]
    pub const fn of_row(self, row: u32) -> u32 {
        row >> self.shift
    }

    /// The runs of rows that the zones of `set` are: neighbours are one run. Ascending.
    pub fn runs(self, set: u64) -> impl Iterator<Item = Range<u32>> {
        let mut rest = set & self.all();
        std::iter::from_fn(move || {
            if rest == 0 {
                return None;
            }
            let first = rest.trailing_zeros();
            let behind = first + (rest >> first).trailing_ones();
            rest &= u64::MAX.checked_shl(behind).unwrap_or(0);
            let end = (u64::from(behind) << self.shift).min(self.rows.into());
            Some(first << self.shift..end as u32)
        })
    }

    /// Smallest values of all zones, then largest ones, given the row of each value; of a zone
    /// without values those of `none`. Values that do not compare are left out.
    pub(super) fn bounds<T: PartialOrd + Copy>(
        self,
        rows: &[u32],
        values: impl Iterator<Item = T>,
        none: (T, T),
    ) -> Vec<T> {
        let count = self.count() as usize;
        let mut bounds = vec![none.0; count];
        bounds.resize(2 * count, none.1);
        for (&row, value) in rows.iter().zip(values) {
            let zone = self.of_row(row) as usize;
            if value < bounds[zone] {
                bounds[zone] = value;
            }
            if value > bounds[count + zone] {
                bounds[count + zone] = value;
            }
        }
        bounds
    }

    /// Zones in which each of `distinct` codes occurs, given the row of each value.
    pub(super) fn masks(
        self,
        rows: &[u32],
        codes: impl Iterator<Item = u64>,
        distinct: usize,
    ) -> Vec<u64> {
        let mut masks = vec![0; distinct];
        for (&row, code) in rows.iter().zip(codes) {
            masks[code as usize] |= 1 << self.of_row(row);
        }
        masks
    }
}

/// What a column says of its values zone by zone.
#[derive(Clone, Copy, Debug)]
pub enum Zones<'a> {
    /// Nothing.
    None,
    /// Of each zone the smallest element of the values section, then of each the largest. Elements
    /// are differences to the column's base; of split integers only the high part. A zone without
    /// values has a smallest that is greater than its largest.
    Integers(Packed<'a>),
    /// Of each zone the smallest double, then of each the largest, NaN left out.
    Doubles(&'a [f64]),
    /// Of each dictionary entry the set of zones in which it occurs.
    Entries(&'a [u64]),
}

impl<'a> Zones<'a> {
    /// Views the zones of a column with `values`, given the content of its sections. Lengths are
    /// checked here, since nothing else is checked of them.
    pub(super) fn view(
        values: &Values<'a>,
        zoning: Zoning,
        bounds: Option<&'a [u8]>,
        masks: Option<&'a [u8]>,
    ) -> Result<Self> {
        let (zones, len, wanted) = match (values, bounds, masks) {
            (_, None, None) => return Ok(Zones::None),
            (Values::Integers(integers), Some(bounds), None) => {
                let width = integers.offsets.element_width() as u8;
                let bounds = Packed::view(bounds, width)?;
                (Zones::Integers(bounds), bounds.len(), 2 * zoning.count() as usize)
            }
            (Values::Doubles(_), Some(bounds), None) => {
                let bounds = cast(bounds)?;
                (Zones::Doubles(bounds), bounds.len(), 2 * zoning.count() as usize)
            }
            (Values::Dictionary { entries, .. }, None, Some(masks)) => {
                let masks = cast(masks)?;
                (Zones::Entries(masks), masks.len(), entries.len())
            }
            _ => return Err(corrupt("a column has zones of another encoding")),
        };
        if len == wanted { Ok(zones) } else { Err(corrupt("zones have the wrong length")) }
    }

    /// The zones whose bounds meet the range: of each zone the smallest of `bounds`, then of each
    /// the largest. A loop without branches: most scans run through it once a block.
    fn meeting<T: PartialOrd + Copy>(bounds: &[T], low: T, high: T) -> u64 {
        let (smallest, largest) = bounds.split_at(bounds.len() / 2);
        let zones = smallest.iter().zip(largest).take(MAX_ZONES as usize).enumerate();
        zones.fold(0, |set, (zone, (&min, &max))| {
            set | (u64::from(min <= high) & u64::from(low <= max)) << zone
        })
    }
}

impl Column<'_> {
    /// The zones of the column's table.
    #[inline]
    pub fn zoning(&self) -> Zoning {
        Zoning::of(self.presence.rows())
    }

    /// Zones that can have an integer whose difference to the column's base is from `low` to
    /// `high`; no other zone has one.
    pub fn zones_of_integers(&self, low: u64, high: u64) -> u64 {
        fn meeting<T>(bounds: &[T], largest: T, low: u64, high: u64) -> u64
        where
            T: PartialOrd + Copy + TryFrom<u64>,
        {
            match (T::try_from(low), T::try_from(high).unwrap_or(largest)) {
                (Ok(low), high) => Zones::meeting(bounds, low, high),
                (Err(_), _) => 0,
            }
        }
        let (Zones::Integers(bounds), Values::Integers(integers)) = (self.zones, self.values)
        else {
            return self.zoning().all();
        };
        let shift = integers.offsets.split_bits();
        let (low, high) = (low >> shift, high >> shift);
        match bounds {
            Packed::U8(bounds) => meeting(bounds, u8::MAX, low, high),
            Packed::U16(bounds) => meeting(bounds, u16::MAX, low, high),
            Packed::U32(bounds) => meeting(bounds, u32::MAX, low, high),
            Packed::U64(bounds) => meeting(bounds, u64::MAX, low, high),
            Packed::Zero(_) | Packed::Split8(..) | Packed::Split16(..) => self.zoning().all(),
        }
    }

    /// Zones that can have a double from `low` to `high`; no other zone has one.
    pub fn zones_of_doubles(&self, low: f64, high: f64) -> u64 {
        match self.zones {
            Zones::Doubles(bounds) => Zones::meeting(bounds, low, high),
            _ => self.zoning().all(),
        }
    }

    /// Zones in which dictionary entry `code` can occur; in no other does it.
    #[inline]
    pub fn zones_of_entry(&self, code: u32) -> u64 {
        match self.zones {
            Zones::Entries(masks) => masks.get(code as usize).copied().unwrap_or(0),
            _ => self.zoning().all(),
        }
    }

    /// Compares zones with the values.
    pub(super) fn verify_zones(&self) -> Result<()> {
        let zoning = self.zoning();
        let mut rows = Vec::with_capacity(self.entry.present as usize);
        self.presence.for_each(|row| rows.push(row));
        let right = match (self.zones, self.values) {
            (Zones::Integers(bounds), Values::Integers(Integers { offsets, .. })) => {
                let shift = offsets.split_bits();
                let ones = u64::MAX.checked_shr(64 - 8 * offsets.element_width());
                let elements = (0..rows.len()).filter_map(|i| offsets.get(i).map(|o| o >> shift));
                let wanted = zoning.bounds(&rows, elements, (ones.unwrap_or(0), 0));
                wanted.iter().enumerate().all(|(i, &wanted)| bounds.get(i) == Some(wanted))
            }
            (Zones::Doubles(bounds), Values::Doubles(values)) => {
                let none = (f64::INFINITY, f64::NEG_INFINITY);
                zoning.bounds(&rows, values.iter().copied(), none) == bounds
            }
            (Zones::Entries(masks), Values::Dictionary { codes, .. }) => {
                let codes = (0..rows.len()).filter_map(|i| codes.get(i));
                zoning.masks(&rows, codes, masks.len()) == masks
            }
            _ => true,
        };
        if right { Ok(()) } else { Err(corrupt("zones contradict the values")) }
    }
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init, reason = "a list of one run")]
mod tests {
    use super::*;

    #[test]
    fn zones_cover_every_row_once() {
        let sizes = [0, 1, 63, 64, 65, 4095, 4096, 4097, 32_768, 32_769, 65_536, 3_000_000];
        for rows in sizes {
            let zoning = Zoning::of(rows);
            assert!(zoning.count() <= MAX_ZONES, "{rows}");
            let zone_rows = 1u32 << zoning.shift;
            assert!(zone_rows >= MIN_ZONE_ROWS);
            let runs: Vec<_> = zoning.runs(zoning.all()).collect();
            assert_eq!(runs, if rows == 0 { vec![] } else { vec![0..rows] }, "{rows}");
            let mut next = 0;
            for zone in 0..zoning.count() {
                let run: Vec<_> = zoning.runs(1 << zone).collect();
                assert_eq!(run.len(), 1);
                assert_eq!(run[0].start, next);
                next = run[0].end;
                assert_eq!(zoning.of_row(run[0].start), zone);
                assert_eq!(zoning.of_row(run[0].end - 1), zone);
            }
            assert_eq!(next, rows);
        }
        assert_eq!(Zoning::of(32_768), Zoning { rows: 32_768, shift: 9 });
        assert_eq!(Zoning::of(u32::MAX - 1).count(), 64);
    }

    #[test]
    fn neighbouring_zones_are_one_run() {
        let zoning = Zoning::of(64 * 100);
        let runs: Vec<_> = zoning.runs(0b1011).collect();
        assert_eq!(runs, [0..256, 384..512]);
        let last = 1 << (zoning.count() - 1) | 1 << 63;
        assert_eq!(zoning.runs(last).collect::<Vec<_>>(), [6400 - 128..6400]);
    }
}
