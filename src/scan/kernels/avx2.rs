//! 256 bits at a time. Comparisons give lanes of all ones or zeros, whose top bits are gathered.

use super::bits;
use super::portable::{self, ByteSet};
use std::arch::x86_64::*;

/// The 32 bytes of vector number `vector` in a chunk of 64 values.
#[target_feature(enable = "avx2")]
#[inline]
fn load<T: bytemuck::Pod>(chunk: &[T; 64], vector: usize) -> __m256i {
    debug_assert!((vector + 1) * 32 <= size_of_val(chunk));
    // SAFETY: all callers pass `vector` below the number of whole vectors in the chunk, so the
    // 32 bytes at that place lie in it; the load needs no alignment.
    unsafe { _mm256_loadu_si256(chunk.as_ptr().cast::<__m256i>().add(vector)) }
}

/// A word of 64 bits from vectors of comparison results, `test(i)` being the i-th.
macro_rules! gather {
    (u8, $test:expr) => {
        gather!(2, 32, |i| _mm256_movemask_epi8($test(i)) as u32)
    };
    (u16, $test:expr) => {
        gather!(2, 32, |i: usize| {
            // Packing works on halves of 128 bits; the permutation puts them back in order.
            let halves = _mm256_packs_epi16($test(2 * i), $test(2 * i + 1));
            _mm256_movemask_epi8(_mm256_permute4x64_epi64::<0b11_01_10_00>(halves)) as u32
        })
    };
    (u32, $test:expr) => {
        gather!(8, 8, |i| _mm256_movemask_ps(_mm256_castsi256_ps($test(i))) as u32)
    };
    (u64, $test:expr) => {
        gather!(16, 4, |i| _mm256_movemask_pd(_mm256_castsi256_pd($test(i))) as u32)
    };
    ($vectors:literal, $bits:literal, $mask:expr) => {{
        let mut word = 0;
        for i in 0..$vectors {
            word |= u64::from($mask(i)) << (i * $bits);
        }
        word
    }};
}

/// Lanes of `above` that are at most those of `span`, unsigned.
macro_rules! at_most {
    (u8, $above:expr, $span:expr) => {
        _mm256_cmpeq_epi8(_mm256_min_epu8($above, $span), $above)
    };
    (u16, $above:expr, $span:expr) => {
        _mm256_cmpeq_epi16(_mm256_min_epu16($above, $span), $above)
    };
    (u32, $above:expr, $span:expr) => {
        _mm256_cmpeq_epi32(_mm256_min_epu32($above, $span), $above)
    };
    (u64, $above:expr, $span:expr) => {{
        // There is only a signed "greater"; flipping top bits makes it unsigned.
        let top = _mm256_set1_epi64x(i64::MIN);
        let greater =
            _mm256_cmpgt_epi64(_mm256_xor_si256($above, top), _mm256_xor_si256($span, top));
        _mm256_xor_si256(greater, _mm256_set1_epi64x(-1))
    }};
}

macro_rules! lanes {
    ($($module:ident $lane:ident $splat:ident $signed:ident $sub:ident $eq:ident;)*) => {$(
        pub mod $module {
            use super::*;

            #[target_feature(enable = "avx2")]
            pub fn equal(values: &[$lane], value: $lane, flip: u64, out: &mut [u64]) {
                let value = $splat(value as $signed);
                portable::each_word(values, flip, out, |chunk| {
                    gather!($lane, |i| $eq(load(chunk, i), value))
                });
            }

            #[target_feature(enable = "avx2")]
            pub fn in_range(
                values: &[$lane],
                low: $lane,
                high: $lane,
                flip: u64,
                out: &mut [u64],
            ) {
                let span = $splat(high.wrapping_sub(low) as $signed);
                let low = $splat(low as $signed);
                portable::each_word(values, flip, out, |chunk| {
                    gather!($lane, |i| {
                        let above = $sub(load(chunk, i), low);
                        at_most!($lane, above, span)
                    })
                });
            }
        }
    )*};
}

lanes! {
    lanes8 u8 _mm256_set1_epi8 i8 _mm256_sub_epi8 _mm256_cmpeq_epi8;
    lanes16 u16 _mm256_set1_epi16 i16 _mm256_sub_epi16 _mm256_cmpeq_epi16;
    lanes32 u32 _mm256_set1_epi32 i32 _mm256_sub_epi32 _mm256_cmpeq_epi32;
    lanes64 u64 _mm256_set1_epi64x i64 _mm256_sub_epi64 _mm256_cmpeq_epi64;
}

#[target_feature(enable = "avx2")]
pub fn doubles_in_range(values: &[f64], low: f64, high: f64, flip: u64, out: &mut [u64]) {
    let (low, high) = (_mm256_set1_pd(low), _mm256_set1_pd(high));
    portable::each_word(values, flip, out, |chunk| {
        gather!(u64, |i| {
            let lanes = _mm256_castsi256_pd(load(chunk, i));
            let from_low = _mm256_cmp_pd::<_CMP_LE_OQ>(low, lanes);
            let to_high = _mm256_cmp_pd::<_CMP_LE_OQ>(lanes, high);
            _mm256_castpd_si256(_mm256_and_pd(from_low, to_high))
        })
    });
}

/// Looks both halves of every byte up in 16-byte tables: the low half gives the bits of all high
/// halves that are in the set, the high half its own bit.
#[target_feature(enable = "avx2")]
pub fn in_byte_set(values: &[u8], set: &ByteSet, flip: u64, out: &mut [u64]) {
    let repeat = |table: &[u8; 16]| {
        // SAFETY: the table has 16 bytes; the load needs no alignment.
        _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(table.as_ptr().cast()) })
    };
    let (low, high) = (repeat(&set.low), repeat(&set.high));
    let bit_of_half = repeat(&[1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128]);
    let half = _mm256_set1_epi8(0x0f);
    portable::each_word(values, flip, out, |chunk| {
        gather!(u8, |i| {
            let bytes = load(chunk, i);
            let low_half = _mm256_and_si256(bytes, half);
            let high_half = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), half);
            let in_lower = _mm256_shuffle_epi8(low, low_half);
            let in_upper = _mm256_shuffle_epi8(high, low_half);
            // Chooses by the top bit of each byte.
            let bits = _mm256_blendv_epi8(in_lower, in_upper, bytes);
            let bit = _mm256_shuffle_epi8(bit_of_half, high_half);
            _mm256_cmpeq_epi8(_mm256_and_si256(bits, bit), bit)
        })
    });
}

#[target_feature(enable = "avx2")]
pub fn in_set_16(values: &[u16], set: &[u64], flip: u64, out: &mut [u64]) {
    portable::in_set(values, set, flip, out);
}

/// Loops over words of bits.
pub mod words {
    use super::*;

    #[target_feature(enable = "avx2,popcnt")]
    pub fn and(a: &[u64], b: &[u64], out: &mut [u64]) -> usize {
        bits::and(a, b, out)
    }

    #[target_feature(enable = "avx2,popcnt")]
    pub fn or(a: &[u64], b: &[u64], out: &mut [u64]) -> usize {
        bits::or(a, b, out)
    }

    #[target_feature(enable = "avx2,popcnt")]
    pub fn and_not(a: &[u64], b: &[u64], out: &mut [u64]) -> usize {
        bits::and_not(a, b, out)
    }

    #[target_feature(enable = "avx2,popcnt")]
    pub fn count(words: &[u64]) -> usize {
        bits::count(words)
    }

    /// With tables: the instruction takes hundreds of cycles on the AMD processors that have this
    /// level and not the next (before Zen 3), and the tables cost little more than it elsewhere.
    #[target_feature(enable = "avx2,bmi1,popcnt")]
    pub fn expand(values: &[u64], present: &[u64], out: &mut [u64]) {
        bits::expand(values, present, out, bits::deposit);
    }

    #[target_feature(enable = "avx2,bmi1,popcnt")]
    pub fn compact(rows: &[u64], present: &[u64], out: &mut [u64]) {
        bits::compact(rows, present, out, bits::extract);
    }

    #[target_feature(enable = "avx2,bmi1,popcnt")]
    pub fn row_ids(words: &[u64], base: u32, out: &mut [u32]) -> usize {
        bits::row_ids(words, base, out)
    }
}
