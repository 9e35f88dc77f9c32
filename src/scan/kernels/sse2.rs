//! 128 bits at a time, with what every 64-bit x86 has.

use super::portable;
use std::arch::x86_64::*;

pub use super::portable::{in_byte_set, in_set_16, words};

/// The 16 bytes of vector number `vector` in a chunk of 64 values.
#[target_feature(enable = "sse2")]
#[inline]
fn load<T: bytemuck::Pod>(chunk: &[T; 64], vector: usize) -> __m128i {
    debug_assert!((vector + 1) * 16 <= size_of_val(chunk));
    // SAFETY: all callers pass `vector` below the number of whole vectors in the chunk, so the
    // 16 bytes at that place lie in it; the load needs no alignment.
    unsafe { _mm_loadu_si128(chunk.as_ptr().cast::<__m128i>().add(vector)) }
}

/// A word of 64 bits from vectors of comparison results, `test(i)` being the i-th.
macro_rules! gather {
    (u8, $test:expr) => {
        gather!(4, 16, |i| _mm_movemask_epi8($test(i)) as u32)
    };
    (u16, $test:expr) => {
        gather!(4, 16, |i: usize| {
            _mm_movemask_epi8(_mm_packs_epi16($test(2 * i), $test(2 * i + 1))) as u32
        })
    };
    (u32, $test:expr) => {
        gather!(16, 4, |i| _mm_movemask_ps(_mm_castsi128_ps($test(i))) as u32)
    };
    (u64, $test:expr) => {
        gather!(32, 2, |i| _mm_movemask_pd(_mm_castsi128_pd($test(i))) as u32)
    };
    ($vectors:literal, $bits:literal, $mask:expr) => {{
        let mut word = 0;
        for i in 0..$vectors {
            word |= u64::from($mask(i)) << (i * $bits);
        }
        word
    }};
}

/// Lanes that are equal. 64-bit lanes are two equal 32-bit ones.
macro_rules! same {
    (u8, $a:expr, $b:expr) => {
        _mm_cmpeq_epi8($a, $b)
    };
    (u16, $a:expr, $b:expr) => {
        _mm_cmpeq_epi16($a, $b)
    };
    (u32, $a:expr, $b:expr) => {
        _mm_cmpeq_epi32($a, $b)
    };
    (u64, $a:expr, $b:expr) => {{
        let halves = _mm_cmpeq_epi32($a, $b);
        _mm_and_si128(halves, _mm_shuffle_epi32::<0b10_11_00_01>(halves))
    }};
}

macro_rules! equal {
    ($($module:ident $lane:ident $splat:ident $signed:ident;)*) => {$(
        pub mod $module {
            use super::*;

            #[target_feature(enable = "sse2")]
            pub fn equal(values: &[$lane], value: $lane, flip: u64, out: &mut [u64]) {
                let value = $splat(value as $signed);
                portable::each_word(values, flip, out, |chunk| {
                    gather!($lane, |i| same!($lane, load(chunk, i), value))
                });
            }

            pub use super::ranges::$module as in_range;
        }
    )*};
}

equal! {
    lanes8 u8 _mm_set1_epi8 i8;
    lanes16 u16 _mm_set1_epi16 i16;
    lanes32 u32 _mm_set1_epi32 i32;
    lanes64 u64 _mm_set1_epi64x i64;
}

/// Comparisons with a range. Unsigned order is not among the instructions: for small lanes a
/// subtraction that stops at 0 tells it, for larger ones a signed comparison with top bits flipped.
mod ranges {
    use super::*;

    #[target_feature(enable = "sse2")]
    pub fn lanes8(values: &[u8], low: u8, high: u8, flip: u64, out: &mut [u64]) {
        let span = _mm_set1_epi8(high.wrapping_sub(low) as i8);
        let low = _mm_set1_epi8(low as i8);
        portable::each_word(values, flip, out, |chunk| {
            gather!(u8, |i| {
                let excess = _mm_subs_epu8(_mm_sub_epi8(load(chunk, i), low), span);
                _mm_cmpeq_epi8(excess, _mm_setzero_si128())
            })
        });
    }

    #[target_feature(enable = "sse2")]
    pub fn lanes16(values: &[u16], low: u16, high: u16, flip: u64, out: &mut [u64]) {
        let span = _mm_set1_epi16(high.wrapping_sub(low) as i16);
        let low = _mm_set1_epi16(low as i16);
        portable::each_word(values, flip, out, |chunk| {
            gather!(u16, |i| {
                let excess = _mm_subs_epu16(_mm_sub_epi16(load(chunk, i), low), span);
                _mm_cmpeq_epi16(excess, _mm_setzero_si128())
            })
        });
    }

    #[target_feature(enable = "sse2")]
    pub fn lanes32(values: &[u32], low: u32, high: u32, flip: u64, out: &mut [u64]) {
        let top = _mm_set1_epi32(i32::MIN);
        let span = _mm_xor_si128(_mm_set1_epi32(high.wrapping_sub(low) as i32), top);
        let low = _mm_set1_epi32(low as i32);
        // What is greater is outside, hence the flip.
        portable::each_word(values, !flip, out, |chunk| {
            gather!(u32, |i| {
                let above = _mm_xor_si128(_mm_sub_epi32(load(chunk, i), low), top);
                _mm_cmpgt_epi32(above, span)
            })
        });
    }

    #[target_feature(enable = "sse2")]
    pub fn lanes64(values: &[u64], low: u64, high: u64, flip: u64, out: &mut [u64]) {
        portable::lanes64::in_range(values, low, high, flip, out);
    }
}

#[target_feature(enable = "sse2")]
pub fn doubles_in_range(values: &[f64], low: f64, high: f64, flip: u64, out: &mut [u64]) {
    let (low, high) = (_mm_set1_pd(low), _mm_set1_pd(high));
    portable::each_word(values, flip, out, |chunk| {
        gather!(u64, |i| {
            let lanes = _mm_castsi128_pd(load(chunk, i));
            let inside = _mm_and_pd(_mm_cmple_pd(low, lanes), _mm_cmple_pd(lanes, high));
            _mm_castpd_si128(inside)
        })
    });
}
