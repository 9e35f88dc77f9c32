//! A predicate over one column: values first, then the rows that have them.

use super::codes::{CodeFinder, CodeSet, fill};
use super::context::ScanContext;
use super::kernels::{Kernels, words_for};
use super::predicate::{Numbers, ValueTest};
use super::pruned::Decided;
use super::strings::find_strings;
use super::zones::Place;
use crate::block::{Column, Integers, Packed, Presence, RowIds, Strings, Values};
use crate::error::Result;
use crate::rowset::{Pool, RowSet, Words};
use crate::value::{AnyRef, ValueRef, ValueType};

/// Which of a column's values match.
pub enum Found {
    None,
    All,
    /// A bit per value.
    Bits(Words),
}

/// Tests columns, and counts what that touches.
pub struct Probe<'a> {
    pub kernels: Kernels,
    pub pool: &'a Pool,
    /// Whether to leave out what bounds and zones say cannot match.
    pub prunes: bool,
    pub touched: Touched,
}

/// What testing columns touched.
#[derive(Clone, Copy, Debug, Default)]
pub struct Touched {
    /// Bytes of values, codes, dictionaries and presence that were read.
    pub bytes: u64,
    /// Zones of the columns that were asked for their zones.
    pub zones: u64,
    /// Of these, those whose values were left out.
    pub zones_pruned: u64,
    /// What told the answer.
    pub decided: Decided,
}

impl Touched {
    /// Takes in that `decided` was asked, too.
    #[inline]
    pub fn asked(&mut self, decided: Decided) {
        self.decided = self.decided.max(decided);
    }
}

impl<'a> Probe<'a> {
    pub fn new(context: &'a ScanContext) -> Self {
        Probe {
            kernels: context.kernels(),
            pool: context.pool(),
            prunes: context.prunes(),
            touched: Touched::default(),
        }
    }

    /// The rows of the column whose value matches.
    pub fn rows(&mut self, column: &Column<'_>, test: &ValueTest) -> Result<RowSet> {
        let found = self.values(column, test)?;
        Ok(self.rows_of(column.presence, found))
    }

    /// The rows that have a value.
    pub fn present(&mut self, column: &Column<'_>) -> RowSet {
        self.rows_of(column.presence, Found::All)
    }

    /// Which values match.
    fn values(&mut self, column: &Column<'_>, test: &ValueTest) -> Result<Found> {
        let negate = test.negated;
        let count = column.entry.present as usize;
        if !test.applies_to(column.value_type) || count == 0 {
            return Ok(Found::None);
        }
        Ok(match column.values {
            Values::None => Found::None,
            Values::Dictionary { codes, entries } => {
                let (set, negate) = self.strings(column, entries, true, test)?;
                self.touched.asked(match codes {
                    Packed::Zero(_) => Decided::Constant,
                    _ => Decided::Dictionary,
                });
                let zones = self.zones_of_codes(column, &set);
                self.codes_in(Some((column, zones)), codes, &set, negate)
            }
            Values::Arena(strings) => {
                let (set, negate) = self.strings(column, strings, false, test)?;
                self.touched.asked(Decided::Values);
                self.members(set, count, negate)
            }
            Values::Integers(integers) => {
                let numbers = match column.value_type {
                    ValueType::SpanKind => &test.kinds,
                    ValueType::Status => &test.statuses,
                    _ => &test.numbers,
                };
                let Some(numbers) = numbers else { return Ok(Found::None) };
                let limits = (column.entry.min, column.entry.max);
                let signed = column.value_type.is_signed();
                self.integers(integers, Some(column), signed, limits, numbers, negate)
            }
            Values::Doubles(values) => {
                let Some(numbers) = &test.numbers else { return Ok(Found::None) };
                let limits = (column.entry.min, column.entry.max);
                let limits = (f64::from_bits(limits.0), f64::from_bits(limits.1));
                self.doubles(column, values, limits, &numbers.doubles, negate)
            }
            Values::Bits(bits) => {
                self.touched.asked(Decided::Bounds);
                let [no, yes] = test.bools.unwrap_or_default();
                match (no != negate, yes != negate) {
                    (false, false) => Found::None,
                    (true, true) => Found::All,
                    (no, _) => {
                        let mut out = self.pool.words(words_for(count));
                        fill(&mut out, count, no);
                        out.iter_mut().zip(bits.words).for_each(|(out, word)| *out ^= word);
                        self.touched.bytes += size_of_val(bits.words) as u64;
                        self.touched.asked(Decided::Values);
                        Found::Bits(out)
                    }
                }
            }
            Values::Fixed(width, bytes) => {
                let ids = test.ids.as_deref().unwrap_or_default();
                self.fixed(width, bytes, count, ids, negate)
            }
        })
    }

    /// The strings of a dictionary or arena that match, or, if the flag says so, all others.
    fn strings(
        &mut self,
        column: &Column<'_>,
        strings: Strings<'_>,
        sorted: bool,
        test: &ValueTest,
    ) -> Result<(CodeSet, bool)> {
        let string_test = match column.value_type {
            ValueType::Str => &test.text,
            ValueType::Bytes => &test.bytes,
            _ => {
                self.touched.bytes += strings.bytes.len() as u64;
                let set = CodeSet::try_from_fn(strings.len(), |i| {
                    let list = strings.get(i).unwrap_or_default();
                    test.matches(ValueRef::List(AnyRef(list)))
                })?;
                return Ok((set, false));
            }
        };
        let Some(string_test) = string_test else { return Ok((CodeSet::None, false)) };
        if !sorted || !string_test.is_search() {
            self.touched.bytes += (strings.bytes.len() + size_of_val(strings.ends)) as u64;
        }
        Ok((find_strings(strings, sorted, string_test), test.negated))
    }

    /// Codes in `set`, or, with `negate`, all others.
    pub fn codes(&mut self, codes: Packed<'_>, set: &CodeSet, negate: bool) -> Found {
        self.codes_in(None, codes, set, negate)
    }

    fn codes_in(
        &mut self,
        place: Place<'_, '_>,
        codes: Packed<'_>,
        set: &CodeSet,
        negate: bool,
    ) -> Found {
        match (set, codes) {
            (CodeSet::None, _) => return all_if(negate),
            (CodeSet::All, _) => return all_if(!negate),
            (set, Packed::Zero(_)) => return all_if(set.has(0) != negate),
            _ => {}
        }
        let width = packed_width(codes);
        let finder = CodeFinder { kernels: self.kernels, pool: self.pool };
        self.find_in(place, codes.len(), width, negate, |values, out| {
            finder.find(codes.slice(values), set, negate, out);
        })
    }

    /// A set of values by number.
    fn members(&mut self, set: CodeSet, count: usize, negate: bool) -> Found {
        let mut out = match set {
            CodeSet::None => return all_if(negate),
            CodeSet::All => return all_if(!negate),
            CodeSet::Bits(words) => Words::from(words),
            CodeSet::Range(low, high) => {
                let mut out = self.pool.zeroed(words_for(count));
                (low..=high).for_each(|i| out[i as usize / 64] |= 1 << (i % 64));
                out
            }
        };
        if negate {
            let mut all = self.pool.words(out.len());
            fill(&mut all, count, true);
            out.iter_mut().zip(all.iter()).for_each(|(out, all)| *out ^= all);
        }
        Found::Bits(out)
    }

    /// Integers that are in `numbers`, of a column if there is one. `limits` are the smallest and
    /// the largest value.
    pub fn integers(
        &mut self,
        integers: Integers<'_>,
        column: Option<&Column<'_>>,
        signed: bool,
        limits: (u64, u64),
        numbers: &Numbers,
        negate: bool,
    ) -> Found {
        self.touched.asked(Decided::Bounds);
        let exact = |bits: u64| if signed { i128::from(bits as i64) } else { i128::from(bits) };
        let (min, max) = (exact(limits.0), exact(limits.1));
        let inside = |&(low, high): &(i128, i128)| (low.max(min), high.min(max));
        let ranges: Vec<_> =
            numbers.integers.iter().map(inside).filter(|(low, high)| low <= high).collect();
        match ranges[..] {
            [] => return all_if(negate),
            [(low, high)] if (low, high) == (min, max) => return all_if(!negate),
            _ => {}
        }
        let base = integers.base;
        let offset = |value: i128| (value as u64).wrapping_sub(base);
        let runs: Vec<_> = ranges.iter().map(|&(low, high)| (offset(low), offset(high))).collect();
        if let Packed::Zero(_) = integers.offsets {
            self.touched.asked(Decided::Constant);
            return all_if(runs.iter().any(|&(low, _)| low == 0) != negate);
        }
        let place = column.map(|column| (column, self.zones_of_runs(column, &runs)));
        let width = packed_width(integers.offsets);
        let finder = CodeFinder { kernels: self.kernels, pool: self.pool };
        self.find_in(place, integers.offsets.len(), width, negate, |values, out| {
            finder.find_runs(integers.offsets.slice(values), &runs, negate, out);
        })
    }

    /// Doubles of `column` that are in one of `ranges`. `limits` are those of all that are numbers.
    fn doubles(
        &mut self,
        column: &Column<'_>,
        values: &[f64],
        limits: (f64, f64),
        ranges: &[(f64, f64)],
        negate: bool,
    ) -> Found {
        self.touched.asked(Decided::Bounds);
        let inside = |&&(low, high): &&(f64, f64)| low <= limits.1 && limits.0 <= high;
        let inside = || ranges.iter().filter(inside);
        if inside().next().is_none() {
            return all_if(negate);
        }
        let zones = inside().fold(0, |zones, &(low, high)| {
            zones | self.zones_if_pruning(column, || column.zones_of_doubles(low, high))
        });
        let (kernels, pool) = (self.kernels, self.pool);
        self.find_in(Some((column, zones)), values.len(), size_of::<f64>(), negate, |run, out| {
            let values = values.get(run).unwrap_or_default();
            let mut one = pool.words(out.len());
            out.fill(0);
            for &(low, high) in inside() {
                kernels.doubles_in_range(values, low, high, false, &mut one);
                out.iter_mut().zip(one.iter()).for_each(|(out, one)| *out |= one);
            }
            if negate {
                fill(&mut one, values.len(), true);
                out.iter_mut().zip(one.iter()).for_each(|(out, all)| *out ^= all);
            }
        })
    }

    /// Ids of `width` bytes that are one of `wanted`.
    fn fixed(
        &mut self,
        width: usize,
        bytes: &[u8],
        count: usize,
        wanted: &[Box<[u8]>],
        negate: bool,
    ) -> Found {
        self.touched.asked(Decided::Bounds);
        let mut out = self.pool.zeroed(words_for(count));
        for id in wanted.iter().filter(|id| id.len() <= width) {
            let mut padded = vec![0; width - id.len()];
            padded.extend_from_slice(id);
            self.touched.bytes += bytes.len() as u64;
            self.touched.asked(Decided::Values);
            self.find_id(&padded, bytes, &mut out);
        }
        if negate {
            let mut all = self.pool.words(out.len());
            fill(&mut all, count, true);
            out.iter_mut().zip(all.iter()).for_each(|(out, all)| *out ^= all);
        }
        Found::Bits(out)
    }

    /// Sets the bit of each id that is `id`.
    fn find_id(&mut self, id: &[u8], ids: &[u8], out: &mut [u64]) {
        if let (Ok(id), Ok(ids)) = (id.try_into(), bytemuck::try_cast_slice::<u8, u64>(ids)) {
            let mut one = self.pool.words(out.len());
            self.kernels.equal(ids, u64::from_le_bytes(id), false, &mut one);
            out.iter_mut().zip(one.iter()).for_each(|(out, one)| *out |= one);
            return;
        }
        if let (Ok(id), Ok(halves)) =
            (<[u8; 16]>::try_from(id), bytemuck::try_cast_slice::<u8, u64>(ids))
        {
            return self.find_wide_id(id, halves, out);
        }
        for (i, other) in ids.chunks_exact(id.len()).enumerate() {
            out[i / 64] |= u64::from(other == id) << (i % 64);
        }
    }

    /// As [`Probe::find_id`], for ids of 16 bytes, as two halves each. The second is looked for:
    /// the first is all zeros where ids have 64 bits.
    fn find_wide_id(&mut self, id: [u8; 16], halves: &[u64], out: &mut [u64]) {
        const SECOND_HALVES: u64 = 0xaaaa_aaaa_aaaa_aaaa;
        let [first, second] = bytemuck::cast::<[u8; 16], [u64; 2]>(id);
        let mut found = self.pool.words(words_for(halves.len()));
        self.kernels.equal(halves, second, false, &mut found);
        for (i, word) in found.iter().enumerate() {
            let mut rest = word & SECOND_HALVES;
            while rest != 0 {
                let at = i * 64 + rest.trailing_zeros() as usize;
                out[at / 128] |= u64::from(halves[at - 1] == first) << (at / 2 % 64);
                rest &= rest - 1;
            }
        }
    }

    /// The rows that have the values found.
    pub fn rows_of(&mut self, presence: Presence<'_>, found: Found) -> RowSet {
        let rows = presence.rows();
        match (presence, found) {
            (_, Found::None) => RowSet::none(rows),
            (Presence::Dense { .. }, Found::All) => RowSet::all(rows),
            (Presence::Dense { .. }, Found::Bits(bits)) => {
                let count = self.kernels.count(&bits);
                RowSet::from_counted(rows, bits, count)
            }
            (Presence::Optional { words, .. }, Found::All) => {
                let mut out = self.pool.words(words.len());
                out.copy_from_slice(words);
                self.touched.bytes += size_of_val(words) as u64;
                RowSet::from_bits(rows, out)
            }
            (Presence::Optional { words, .. }, Found::Bits(bits)) => {
                let mut out = self.pool.words(words.len());
                self.kernels.expand(&bits, words, &mut out);
                self.touched.bytes += size_of_val(words) as u64;
                let count = self.kernels.count(&out);
                RowSet::from_counted(rows, out, count)
            }
            (Presence::Sparse { ids, .. }, found) => {
                let list = match found {
                    Found::Bits(bits) => listed(ids, &RowSet::from_bits(ids.len() as u32, bits)),
                    _ => (0..ids.len()).map(|i| ids.get(i)).collect(),
                };
                self.touched.bytes += (ids.len() * 4) as u64;
                RowSet::from_sorted(rows, list, self.pool)
            }
        }
    }
}

/// The row numbers of the values in `set`.
fn listed(ids: RowIds<'_>, set: &RowSet) -> Vec<u32> {
    set.iter().map(|i| ids.get(i as usize)).collect()
}

pub fn all_if(all: bool) -> Found {
    if all { Found::All } else { Found::None }
}

/// Bytes that a value takes.
fn packed_width(codes: Packed<'_>) -> usize {
    let split = codes.split_bits() / 8;
    (codes.element_width() + split) as usize
}
