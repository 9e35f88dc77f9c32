//! What is stored of zones, and when it is worth its bytes.

use crate::block::Zoning;
use crate::block::format::{ALIGN, SectionEntry};

/// Zones are stored if they take at most one byte for this many of the values or codes.
const BYTES_SHARE: usize = 16;

/// Zones are stored if they cover at most this much of what they would if every value were in every
/// zone, on average over the zones or the dictionary entries.
const MAX_COVERED: f64 = 0.75;

/// The rows of a column being encoded.
#[derive(Clone, Copy)]
pub struct Zoned<'a> {
    zoning: Zoning,
    /// Row of each value.
    rows: &'a [u32],
}

impl<'a> Zoned<'a> {
    /// The values in `rows` of a table with `table_rows` rows.
    pub fn new(rows: &'a [u32], table_rows: u32) -> Self {
        Zoned { zoning: Zoning::of(table_rows), rows }
    }

    /// Whether a section of `bytes` is little against values of `width` bytes.
    fn affordable(self, bytes: usize, width: u8) -> bool {
        let stored = bytes.next_multiple_of(ALIGN) + size_of::<SectionEntry>();
        self.zoning.count() > 1 && stored * BYTES_SHARE <= self.rows.len() * usize::from(width)
    }

    /// Smallest elements of all zones, then largest ones, of `width` bytes each; `None` if they are
    /// not worth it. All elements are between 0 and `largest`.
    pub fn integers(
        self,
        elements: impl Iterator<Item = u64>,
        largest: u64,
        width: u8,
    ) -> Option<Vec<u64>> {
        let ones = u64::MAX >> (64 - 8 * u32::from(width.clamp(1, 8)));
        let span = |min: u64, max: u64| max.saturating_sub(min) as f64;
        self.bounds(elements, (ones, 0), width, span, largest as f64)
    }

    /// As [`Zoned::integers`], for doubles; those that are not numbers are left out.
    pub fn doubles(self, values: &[f64], min: f64, max: f64) -> Option<Vec<f64>> {
        let none = (f64::INFINITY, f64::NEG_INFINITY);
        // Halves, since the difference of the whole ones may be infinite.
        let span = |min: f64, max: f64| (max / 2.0 - min / 2.0).max(0.0);
        self.bounds(values.iter().copied(), none, 8, span, span(min, max))
    }

    fn bounds<T: PartialOrd + Copy>(
        self,
        values: impl Iterator<Item = T>,
        none: (T, T),
        width: u8,
        span: impl Fn(T, T) -> f64,
        whole_span: f64,
    ) -> Option<Vec<T>> {
        let count = self.zoning.count() as usize;
        if !self.affordable(2 * count * usize::from(width), width) {
            return None;
        }
        let bounds = self.zoning.bounds(self.rows, values, none);
        let covered: f64 = (0..count).map(|zone| span(bounds[zone], bounds[count + zone])).sum();
        // Zones that each hold nearly all there is tell nothing.
        (covered <= MAX_COVERED * whole_span * count as f64).then_some(bounds)
    }

    /// Zones in which each of `distinct` dictionary entries occurs, given the codes; `None` if that
    /// is not worth it.
    pub fn entries(
        self,
        codes: impl Iterator<Item = u64>,
        distinct: usize,
        width: u8,
    ) -> Option<Vec<u64>> {
        if !self.affordable(distinct * size_of::<u64>(), width) {
            return None;
        }
        let masks = self.zoning.masks(self.rows, codes, distinct);
        let covered: u32 = masks.iter().map(|mask| mask.count_ones()).sum();
        let all = distinct as f64 * f64::from(self.zoning.count());
        // Entries that occur nearly everywhere are found nearly everywhere.
        (f64::from(covered) <= MAX_COVERED * all).then_some(masks)
    }
}
