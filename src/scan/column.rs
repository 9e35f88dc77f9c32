//! A predicate over one column: values first, then the rows that have them.

use super::codes::{CodeFinder, CodeSet, fill};
use super::kernels::{Kernels, words_for};
use super::predicate::{Numbers, ValueTest};
use super::strings::find_strings;
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
    /// Bytes of values, codes, dictionaries and presence that were read.
    pub bytes: u64,
}

impl<'a> Probe<'a> {
    pub fn new(kernels: Kernels, pool: &'a Pool) -> Self {
        Probe { kernels, pool, bytes: 0 }
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
                self.codes(codes, &set, negate)
            }
            Values::Arena(strings) => {
                let (set, negate) = self.strings(column, strings, false, test)?;
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
                self.integers(integers, column.value_type.is_signed(), limits, numbers, negate)
            }
            Values::Doubles(values) => {
                let Some(numbers) = &test.numbers else { return Ok(Found::None) };
                let limits = (column.entry.min, column.entry.max);
                let limits = (f64::from_bits(limits.0), f64::from_bits(limits.1));
                self.doubles(values, limits, &numbers.doubles, negate)
            }
            Values::Bits(bits) => {
                let [no, yes] = test.bools.unwrap_or_default();
                match (no != negate, yes != negate) {
                    (false, false) => Found::None,
                    (true, true) => Found::All,
                    (no, _) => {
                        let mut out = self.pool.words(words_for(count));
                        fill(&mut out, count, no);
                        out.iter_mut().zip(bits.words).for_each(|(out, word)| *out ^= word);
                        self.bytes += size_of_val(bits.words) as u64;
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
                self.bytes += strings.bytes.len() as u64;
                let set = CodeSet::try_from_fn(strings.len(), |i| {
                    let list = strings.get(i).unwrap_or_default();
                    test.matches(ValueRef::List(AnyRef(list)))
                })?;
                return Ok((set, false));
            }
        };
        let Some(string_test) = string_test else { return Ok((CodeSet::None, false)) };
        if !sorted || !string_test.is_search() {
            self.bytes += (strings.bytes.len() + size_of_val(strings.ends)) as u64;
        }
        Ok((find_strings(strings, sorted, string_test), test.negated))
    }

    /// Codes in `set`, or, with `negate`, all others.
    pub fn codes(&mut self, codes: Packed<'_>, set: &CodeSet, negate: bool) -> Found {
        match (set, codes) {
            (CodeSet::None, _) => return all_if(negate),
            (CodeSet::All, _) => return all_if(!negate),
            (set, Packed::Zero(_)) => return all_if(set.has(0) != negate),
            _ => {}
        }
        self.find(codes, |finder, out| finder.find(codes, set, negate, out))
    }

    /// Runs `find` over `codes` with a buffer for the bits.
    fn find(&mut self, codes: Packed<'_>, find: impl FnOnce(CodeFinder<'_>, &mut [u64])) -> Found {
        let mut out = self.pool.words(words_for(codes.len()));
        find(CodeFinder { kernels: self.kernels, pool: self.pool }, &mut out);
        self.bytes += packed_bytes(codes);
        Found::Bits(out)
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

    /// Integers that are in `numbers`. `limits` are the smallest and the largest value.
    pub fn integers(
        &mut self,
        integers: Integers<'_>,
        signed: bool,
        limits: (u64, u64),
        numbers: &Numbers,
        negate: bool,
    ) -> Found {
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
            return all_if(runs.iter().any(|&(low, _)| low == 0) != negate);
        }
        self.find(integers.offsets, |finder, out| {
            finder.find_runs(integers.offsets, &runs, negate, out)
        })
    }

    /// Doubles that are in one of `ranges`. `limits` are those of all that are numbers.
    fn doubles(
        &mut self,
        values: &[f64],
        limits: (f64, f64),
        ranges: &[(f64, f64)],
        negate: bool,
    ) -> Found {
        let mut inside =
            ranges.iter().filter(|(low, high)| *low <= limits.1 && limits.0 <= *high).peekable();
        if inside.peek().is_none() {
            return all_if(negate);
        }
        let mut out = self.pool.zeroed(words_for(values.len()));
        let mut one = self.pool.words(out.len());
        for &(low, high) in inside {
            self.kernels.doubles_in_range(values, low, high, false, &mut one);
            out.iter_mut().zip(one.iter()).for_each(|(out, one)| *out |= one);
            self.bytes += size_of_val(values) as u64;
        }
        if negate {
            fill(&mut one, values.len(), true);
            out.iter_mut().zip(one.iter()).for_each(|(out, all)| *out ^= all);
        }
        Found::Bits(out)
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
        let mut out = self.pool.zeroed(words_for(count));
        for id in wanted.iter().filter(|id| id.len() <= width) {
            let mut padded = vec![0; width - id.len()];
            padded.extend_from_slice(id);
            self.bytes += bytes.len() as u64;
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
                self.bytes += size_of_val(words) as u64;
                RowSet::from_bits(rows, out)
            }
            (Presence::Optional { words, .. }, Found::Bits(bits)) => {
                let mut out = self.pool.words(words.len());
                self.kernels.expand(&bits, words, &mut out);
                self.bytes += size_of_val(words) as u64;
                let count = self.kernels.count(&out);
                RowSet::from_counted(rows, out, count)
            }
            (Presence::Sparse { ids, .. }, found) => {
                let list = match found {
                    Found::Bits(bits) => listed(ids, &RowSet::from_bits(ids.len() as u32, bits)),
                    _ => (0..ids.len()).map(|i| ids.get(i)).collect(),
                };
                self.bytes += (ids.len() * 4) as u64;
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

fn packed_bytes(codes: Packed<'_>) -> u64 {
    let width = match codes {
        Packed::Zero(_) => 0,
        Packed::U8(_) => 1,
        Packed::U16(_) => 2,
        Packed::U32(_) => 4,
        Packed::Split8(..) => 5,
        Packed::Split16(..) => 6,
        Packed::U64(_) => 8,
    };
    codes.len() as u64 * width
}
