//! Sets of small integers (dictionary codes, rows of small tables), and where columns have one.

use super::kernels::{ByteSet, Kernels, Lane, words_for};
use crate::block::Packed;
use crate::error::Result;
use crate::rowset::Pool;
use std::ops::RangeInclusive;

/// A set of codes below some count.
#[derive(Clone, Debug, PartialEq)]
pub enum CodeSet {
    None,
    All,
    /// From the first to the last, both in it.
    Range(u64, u64),
    /// A bit per code. Has more than one run of bits.
    Bits(Vec<u64>),
}

impl CodeSet {
    /// The codes `from .. to` of `count`.
    pub fn range(from: usize, to: usize, count: usize) -> CodeSet {
        if from >= to {
            CodeSet::None
        } else if from == 0 && to >= count {
            CodeSet::All
        } else {
            CodeSet::Range(from as u64, to as u64 - 1)
        }
    }

    /// The codes whose bit is set in `words`; bits from `count` on must be 0.
    pub fn from_words(words: Vec<u64>, count: usize) -> CodeSet {
        match runs(&words, 1).as_deref() {
            Some([]) => CodeSet::None,
            Some([(from, to)]) => CodeSet::range(*from as usize, *to as usize + 1, count),
            _ => CodeSet::Bits(words),
        }
    }

    /// The set, or, with `true`, the codes below `count` that are not in it, if these are one range
    /// and the set is none.
    pub fn shorter(self, count: usize) -> (CodeSet, bool) {
        if let CodeSet::Bits(words) = &self {
            let mut others: Vec<u64> = words.iter().map(|word| !word).collect();
            if !count.is_multiple_of(64)
                && let Some(last) = others.last_mut()
            {
                *last &= (1 << (count % 64)) - 1;
            }
            if let range @ CodeSet::Range(..) = CodeSet::from_words(others, count) {
                return (range, true);
            }
        }
        (self, false)
    }

    /// Whether `code` is in the set.
    pub fn has(&self, code: u64) -> bool {
        match self {
            CodeSet::None => false,
            CodeSet::All => true,
            CodeSet::Range(low, high) => (*low..=*high).contains(&code),
            CodeSet::Bits(words) => has_bit(words, code),
        }
    }

    /// The codes of a set that has bits, ascending; none of any other.
    pub fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        let words: &[u64] = if let CodeSet::Bits(words) = self { words } else { &[] };
        words.iter().enumerate().flat_map(|(i, &word)| {
            let mut rest = word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| u64::from(rest.trailing_zeros()))?;
                rest &= rest - 1;
                Some(i as u64 * 64 + bit)
            })
        })
    }

    /// The codes below `count` that `has` holds for.
    pub fn from_fn(count: usize, mut has: impl FnMut(usize) -> bool) -> CodeSet {
        CodeSet::try_from_fn(count, |code| Ok(has(code))).unwrap_or(CodeSet::None)
    }

    /// As [`CodeSet::from_fn`], with the first error.
    pub fn try_from_fn(
        count: usize,
        mut has: impl FnMut(usize) -> Result<bool>,
    ) -> Result<CodeSet> {
        let mut words = vec![0; words_for(count)];
        for (i, word) in words.iter_mut().enumerate() {
            for code in i * 64..count.min(i * 64 + 64) {
                *word |= u64::from(has(code)?) << (code % 64);
            }
        }
        Ok(CodeSet::from_words(words, count))
    }
}

/// The runs of bits in `words`, as first and last bit; `None` if there are more than `limit`.
fn runs(words: &[u64], limit: usize) -> Option<Vec<(u64, u64)>> {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for (i, &word) in words.iter().enumerate() {
        let mut rest = word;
        while rest != 0 {
            let start = rest.trailing_zeros();
            let len = (rest >> start).trailing_ones();
            rest &= !(u64::MAX >> (64 - len) << start);
            let from = i as u64 * 64 + u64::from(start);
            let to = from + u64::from(len) - 1;
            if let Some(last) = runs.last_mut()
                && last.1 + 1 == from
            {
                last.1 = to;
            } else if runs.len() == limit {
                return None;
            } else {
                runs.push((from, to));
            }
        }
    }
    Some(runs)
}

/// More runs than this are looked up in a table instead of compared one after another.
const MAX_RUNS: usize = 4;

/// Sets `len` bits, or clears them.
pub fn fill(out: &mut [u64], len: usize, ones: bool) {
    out.fill(if ones { u64::MAX } else { 0 });
    if ones
        && !len.is_multiple_of(64)
        && let Some(last) = out.get_mut(len / 64)
    {
        *last = (1 << (len % 64)) - 1;
    }
}

/// Finds codes in columns of them. `out` has a bit per value; with `negate`, the bits of all other
/// values are set.
#[derive(Clone, Copy)]
pub struct CodeFinder<'a> {
    pub kernels: Kernels,
    pub pool: &'a Pool,
}

impl CodeFinder<'_> {
    /// Values in `set`.
    pub fn find(self, codes: Packed<'_>, set: &CodeSet, negate: bool, out: &mut [u64]) {
        match set {
            CodeSet::None => fill(out, codes.len(), negate),
            CodeSet::All => fill(out, codes.len(), !negate),
            CodeSet::Range(low, high) => self.find_range(codes, *low, *high, negate, out),
            CodeSet::Bits(words) => self.find_bits(codes, words, negate, out),
        }
    }

    /// Values from `low` to `high`.
    pub fn find_range(self, codes: Packed<'_>, low: u64, high: u64, negate: bool, out: &mut [u64]) {
        match codes {
            Packed::Zero(count) => fill(out, count as usize, (low == 0) != negate),
            Packed::U8(values) => self.find_in_lanes(values, low, high, negate, out),
            Packed::U16(values) => self.find_in_lanes(values, low, high, negate, out),
            Packed::U32(values) => self.find_in_lanes(values, low, high, negate, out),
            Packed::U64(values) => self.find_in_lanes(values, low, high, negate, out),
            Packed::Split8(tops, _) | Packed::Split16(tops, _) => {
                let bits = if matches!(codes, Packed::Split8(..)) { 8 } else { 16 };
                let Ok(top_of_low) = u32::try_from(low >> bits) else {
                    return fill(out, tops.len(), negate);
                };
                let top_of_high = u32::try_from(high >> bits).unwrap_or(u32::MAX);
                self.kernels.in_range(tops, top_of_low, top_of_high, negate, out);
                self.mend_edge(codes, tops, top_of_low, low..=high, out);
                if top_of_high != top_of_low {
                    self.mend_edge(codes, tops, top_of_high, low..=high, out);
                }
            }
        }
    }

    fn find_in_lanes<T: Lane + TryFrom<u64> + PartialEq>(
        self,
        values: &[T],
        low: u64,
        high: u64,
        negate: bool,
        out: &mut [u64],
    ) {
        // Every value is at most the largest of its type.
        match (T::try_from(low), T::try_from(high).unwrap_or(T::LARGEST)) {
            (Err(_), _) => fill(out, values.len(), negate),
            (Ok(low), high) if low == high => self.kernels.equal(values, low, negate, out),
            (Ok(low), high) => self.kernels.in_range(values, low, high, negate, out),
        }
    }

    /// Looks again at values whose upper part is `top`, an end of the range's: the upper part alone
    /// was taken for inside.
    fn mend_edge(
        self,
        codes: Packed<'_>,
        tops: &[u32],
        top: u32,
        range: RangeInclusive<u64>,
        out: &mut [u64],
    ) {
        let mut edge = self.pool.words(out.len());
        self.kernels.equal(tops, top, false, &mut edge);
        for (i, (&word, out)) in edge.iter().zip(out.iter_mut()).enumerate() {
            let mut rest = word;
            while rest != 0 {
                let at = i * 64 + rest.trailing_zeros() as usize;
                if !codes.get(at).is_some_and(|value| range.contains(&value)) {
                    *out ^= rest & rest.wrapping_neg();
                }
                rest &= rest - 1;
            }
        }
    }

    /// Values whose bit is set in `set`.
    fn find_bits(self, codes: Packed<'_>, set: &[u64], negate: bool, out: &mut [u64]) {
        if let Packed::U8(values) = codes {
            return self.kernels.in_byte_set(values, &ByteSet::new(set), negate, out);
        }
        if let Some(runs) = runs(set, MAX_RUNS) {
            return self.find_runs(codes, &runs, negate, out);
        }
        match codes {
            Packed::U16(values) => self.kernels.in_set_16(values, set, negate, out),
            Packed::U32(values) => self.kernels.in_set_32(values, set, negate, out),
            _ => {
                out.fill(0);
                for i in 0..codes.len() {
                    let found = codes.get(i).is_some_and(|v| has_bit(set, v));
                    out[i / 64] |= u64::from(found != negate) << (i % 64);
                }
            }
        }
    }

    /// Values in one of `runs`.
    pub fn find_runs(self, codes: Packed<'_>, runs: &[(u64, u64)], negate: bool, out: &mut [u64]) {
        let Some((&(low, high), rest)) = runs.split_first() else {
            return fill(out, codes.len(), negate);
        };
        self.find_range(codes, low, high, negate, out);
        if rest.is_empty() {
            return;
        }
        let mut one = self.pool.words(out.len());
        for &(low, high) in rest {
            self.find_range(codes, low, high, negate, &mut one);
            for (out, one) in out.iter_mut().zip(one.iter()) {
                *out = if negate { *out & one } else { *out | one };
            }
        }
    }
}

fn has_bit(words: &[u64], bit: u64) -> bool {
    let word = usize::try_from(bit / 64).ok().and_then(|w| words.get(w));
    word.is_some_and(|w| w >> (bit % 64) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_may_be_said_by_what_is_not_in_it() {
        let all_but = |gap: RangeInclusive<usize>| CodeSet::from_fn(100, |i| !gap.contains(&i));
        assert_eq!(all_but(7..=9).shorter(100), (CodeSet::Range(7, 9), true));
        assert_eq!(all_but(64..=64).shorter(100), (CodeSet::Range(64, 64), true));
        assert_eq!(all_but(90..=99).shorter(100), (CodeSet::Range(0, 89), false));
        let twos = CodeSet::from_fn(100, |i| i % 2 == 0);
        assert_eq!(twos.clone().shorter(100), (twos, false));
    }

    #[test]
    fn codes_are_found_in_every_width_as_one_by_one() {
        let pool = Pool::new();
        let values: Vec<u64> = (0..700).map(|i| i * i % 300).collect();
        let bytes: Vec<u8> = values.iter().map(|&v| v as u8).collect();
        let halves: Vec<u16> = values.iter().map(|&v| v as u16).collect();
        let words: Vec<u32> = values.iter().map(|&v| v as u32).collect();
        let tops: Vec<u32> = values.iter().map(|&v| v as u32 / 100).collect();
        let widths = [
            Packed::Zero(700),
            Packed::U8(&bytes),
            Packed::U16(&halves),
            Packed::U32(&words),
            Packed::U64(&values),
            Packed::Split8(&tops, &bytes),
            Packed::Split16(&tops, &halves),
        ];
        let sets = [
            CodeSet::None,
            CodeSet::All,
            CodeSet::range(0, 1, 300),
            CodeSet::range(3, 100, 300),
            CodeSet::range(257, 600, 70_000),
            CodeSet::from_fn(300, |i| i % 150 < 20),
            CodeSet::from_fn(300, |i| i % 7 == 1),
        ];
        for codes in widths {
            for set in &sets {
                for (kernels, negate) in Kernels::supported().flat_map(|k| [(k, false), (k, true)])
                {
                    let mut out = pool.words(words_for(codes.len()));
                    CodeFinder { kernels, pool: &pool }.find(codes, set, negate, &mut out);
                    // `All` says all codes there are, whatever they are.
                    let wanted = (0..codes.len())
                        .map(|i| set.has(codes.get(i).unwrap_or_default()) != negate);
                    let found = (0..codes.len()).map(|i| has_bit(&out, i as u64));
                    assert!(found.eq(wanted), "{set:?} {negate} {kernels:?}");
                }
            }
        }
    }
}
