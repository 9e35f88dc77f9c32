//! The loops in plain Rust: for CPUs without a variant of their own, and the twin that each variant
//! is tested against.

use super::bits;

/// Runs `word` over 64 values at a time and writes what it gives, flipped where `flip` has bits.
/// The rest is padded with zeros, and the bits of the padding are cleared.
#[inline(always)]
pub(super) fn each_word<T: Copy + Default>(
    values: &[T],
    flip: u64,
    out: &mut [u64],
    mut word: impl FnMut(&[T; 64]) -> u64,
) {
    let (chunks, rest) = values.as_chunks::<64>();
    for (chunk, out) in chunks.iter().zip(out.iter_mut()) {
        *out = word(chunk) ^ flip;
    }
    if let Some(out) = out.get_mut(chunks.len())
        && !rest.is_empty()
    {
        let mut last = [T::default(); 64];
        last[..rest.len()].copy_from_slice(rest);
        *out = (word(&last) ^ flip) & ((1 << rest.len()) - 1);
    }
}

#[inline(always)]
pub(super) fn test_each<T: Copy>(chunk: &[T; 64], test: impl Fn(T) -> bool) -> u64 {
    let mut word = 0;
    for (i, &value) in chunk.iter().enumerate() {
        word |= u64::from(test(value)) << i;
    }
    word
}

macro_rules! lanes {
    ($($module:ident $lane:ident;)*) => {$(
        pub mod $module {
            use super::{each_word, test_each};

            pub fn equal(values: &[$lane], value: $lane, flip: u64, out: &mut [u64]) {
                each_word(values, flip, out, |chunk| test_each(chunk, |v| v == value));
            }

            pub fn in_range(
                values: &[$lane],
                low: $lane,
                high: $lane,
                flip: u64,
                out: &mut [u64],
            ) {
                let span = high.wrapping_sub(low);
                each_word(values, flip, out, |chunk| {
                    test_each(chunk, |v| v.wrapping_sub(low) <= span)
                });
            }
        }
    )*};
}

lanes! {
    lanes8 u8;
    lanes16 u16;
    lanes32 u32;
    lanes64 u64;
}

pub fn doubles_in_range(values: &[f64], low: f64, high: f64, flip: u64, out: &mut [u64]) {
    each_word(values, flip, out, |chunk| test_each(chunk, |v| low <= v && v <= high));
}

/// A set of byte values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByteSet {
    /// By the low half of the byte: a bit for each high half from 0 to 7.
    pub(super) low: [u8; 16],
    /// Likewise, for high halves from 8 to 15.
    pub(super) high: [u8; 16],
}

impl ByteSet {
    /// The bytes whose bit is set in `words`, a bitmap of up to 256 bits.
    pub fn new(words: &[u64]) -> ByteSet {
        let mut set = ByteSet::default();
        for byte in 0..=u8::MAX {
            let word = words.get(usize::from(byte / 64)).copied().unwrap_or(0);
            if word >> (byte % 64) & 1 == 1 {
                let half = if byte < 0x80 { &mut set.low } else { &mut set.high };
                half[usize::from(byte & 0x0f)] |= 1 << (byte >> 4 & 7);
            }
        }
        set
    }

    /// Whether the set has `byte`.
    #[inline]
    pub fn contains(&self, byte: u8) -> bool {
        let half = if byte < 0x80 { &self.low } else { &self.high };
        half[usize::from(byte & 0x0f)] >> (byte >> 4 & 7) & 1 == 1
    }
}

pub fn in_byte_set(values: &[u8], set: &ByteSet, flip: u64, out: &mut [u64]) {
    each_word(values, flip, out, |chunk| test_each(chunk, |v| set.contains(v)));
}

pub fn in_set_16(values: &[u16], set: &[u64], flip: u64, out: &mut [u64]) {
    in_set(values, set, flip, out);
}

#[inline(always)]
pub fn in_set<T: Copy + Default + Into<u32>>(
    values: &[T],
    set: &[u64],
    flip: u64,
    out: &mut [u64],
) {
    each_word(values, flip, out, |chunk| {
        test_each(chunk, |v| {
            let v: u32 = v.into();
            set.get(v as usize / 64).is_some_and(|word| word >> (v % 64) & 1 == 1)
        })
    });
}

/// Loops over words of bits.
pub mod words {
    use super::bits;
    pub use super::bits::{and, and_not, count, or};

    pub fn expand(values: &[u64], present: &[u64], out: &mut [u64]) {
        bits::expand(values, present, out, bits::deposit);
    }

    pub fn compact(rows: &[u64], present: &[u64], out: &mut [u64]) {
        bits::compact(rows, present, out, bits::extract);
    }

    pub fn row_ids(words: &[u64], base: u32, out: &mut [u32]) -> usize {
        bits::row_ids(words, base, out)
    }
}
