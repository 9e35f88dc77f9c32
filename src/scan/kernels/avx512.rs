//! 512 bits at a time. Comparisons give one bit a lane, so that a word of 64 results comes straight
//! out of 1, 2, 4 or 8 of them.

use super::bits;
use super::portable::{self, ByteSet};
use std::arch::x86_64::*;

macro_rules! lanes {
    ($($module:ident $lane:ident $count:literal
       $splat:ident $signed:ident $sub:ident $eq:ident $le:ident;)*) => {$(
        pub mod $module {
            use super::*;

            const LANES: usize = $count;

            #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
            #[inline]
            fn load(chunk: &[$lane; 64], vector: usize) -> __m512i {
                debug_assert!(vector < 64 / LANES);
                // SAFETY: all callers pass `vector` below 64 / LANES, so the 64 bytes from value
                // `vector * LANES` on lie in the chunk; the load needs no alignment.
                unsafe { _mm512_loadu_si512(chunk.as_ptr().add(vector * LANES).cast()) }
            }

            #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
            pub fn equal(values: &[$lane], value: $lane, flip: u64, out: &mut [u64]) {
                let value = $splat(value as $signed);
                portable::each_word(values, flip, out, |chunk| {
                    let mut word = 0;
                    for i in 0..64 / LANES {
                        word |= u64::from($eq(load(chunk, i), value)) << (i * LANES);
                    }
                    word
                });
            }

            #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
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
                    let mut word = 0;
                    for i in 0..64 / LANES {
                        let above = $sub(load(chunk, i), low);
                        word |= u64::from($le(above, span)) << (i * LANES);
                    }
                    word
                });
            }
        }
    )*};
}

lanes! {
    lanes8 u8 64 _mm512_set1_epi8 i8 _mm512_sub_epi8 _mm512_cmpeq_epi8_mask _mm512_cmple_epu8_mask;
    lanes16 u16 32
        _mm512_set1_epi16 i16 _mm512_sub_epi16 _mm512_cmpeq_epi16_mask _mm512_cmple_epu16_mask;
    lanes32 u32 16
        _mm512_set1_epi32 i32 _mm512_sub_epi32 _mm512_cmpeq_epi32_mask _mm512_cmple_epu32_mask;
    lanes64 u64 8
        _mm512_set1_epi64 i64 _mm512_sub_epi64 _mm512_cmpeq_epi64_mask _mm512_cmple_epu64_mask;
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
pub fn doubles_in_range(values: &[f64], low: f64, high: f64, flip: u64, out: &mut [u64]) {
    let (low, high) = (_mm512_set1_pd(low), _mm512_set1_pd(high));
    portable::each_word(values, flip, out, |chunk| {
        let mut word = 0;
        for (i, lanes) in chunk.as_chunks::<8>().0.iter().enumerate() {
            // SAFETY: 8 doubles are 64 bytes; the load needs no alignment.
            let lanes = unsafe { _mm512_loadu_pd(lanes.as_ptr()) };
            let from_low = _mm512_cmp_pd_mask::<_CMP_LE_OQ>(low, lanes);
            let both = _mm512_mask_cmp_pd_mask::<_CMP_LE_OQ>(from_low, lanes, high);
            word |= u64::from(both) << (8 * i);
        }
        word
    });
}

/// Looks both halves of every byte up in 16-byte tables: the low half gives the bits of all high
/// halves that are in the set, the high half its own bit.
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
pub fn in_byte_set(values: &[u8], set: &ByteSet, flip: u64, out: &mut [u64]) {
    let repeat = |table: &[u8; 16]| {
        // SAFETY: the table has 16 bytes; the load needs no alignment.
        _mm512_broadcast_i32x4(unsafe { _mm_loadu_si128(table.as_ptr().cast()) })
    };
    let (low, high) = (repeat(&set.low), repeat(&set.high));
    let bit_of_half = repeat(&[1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128]);
    let half = _mm512_set1_epi8(0x0f);
    portable::each_word(values, flip, out, |chunk| {
        // SAFETY: the chunk has 64 bytes; the load needs no alignment.
        let bytes = unsafe { _mm512_loadu_si512(chunk.as_ptr().cast()) };
        let low_half = _mm512_and_si512(bytes, half);
        let high_half = _mm512_and_si512(_mm512_srli_epi16::<4>(bytes), half);
        let upper = _mm512_movepi8_mask(bytes);
        let in_lower = _mm512_shuffle_epi8(low, low_half);
        let bits = _mm512_mask_shuffle_epi8(in_lower, upper, high, low_half);
        _mm512_test_epi8_mask(bits, _mm512_shuffle_epi8(bit_of_half, high_half))
    });
}

/// Sets of up to 1024 values are kept in two registers; larger ones are looked up in memory.
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
pub fn in_set_16(values: &[u16], set: &[u64], flip: u64, out: &mut [u64]) {
    if set.len() > 16 {
        return portable::in_set(values, set, flip, out);
    }
    let mut table = [0u64; 16];
    table[..set.len()].copy_from_slice(set);
    // SAFETY: the table has 128 bytes, 64 from each of the two places; no alignment is needed.
    let (low, high) = unsafe {
        (_mm512_loadu_si512(table.as_ptr().cast()), _mm512_loadu_si512(table[8..].as_ptr().cast()))
    };
    let (bits, one) = (_mm512_set1_epi16(15), _mm512_set1_epi16(1));
    let end = _mm512_set1_epi16(1024);
    portable::each_word(values, flip, out, |chunk| {
        let mut word = 0;
        for (i, lanes) in chunk.as_chunks::<32>().0.iter().enumerate() {
            // SAFETY: 32 values are 64 bytes; the load needs no alignment.
            let lanes = unsafe { _mm512_loadu_si512(lanes.as_ptr().cast()) };
            let parts = _mm512_permutex2var_epi16(low, _mm512_srli_epi16::<4>(lanes), high);
            let bit = _mm512_sllv_epi16(one, _mm512_and_si512(lanes, bits));
            let inside = _mm512_cmplt_epu16_mask(lanes, end);
            let found = _mm512_mask_test_epi16_mask(inside, parts, bit);
            word |= u64::from(found) << (32 * i);
        }
        word
    });
}

/// Loops over words of bits.
pub mod words {
    use super::*;

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vpopcntdq,popcnt")]
    pub fn and(a: &[u64], b: &[u64], out: &mut [u64]) -> usize {
        bits::and(a, b, out)
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vpopcntdq,popcnt")]
    pub fn or(a: &[u64], b: &[u64], out: &mut [u64]) -> usize {
        bits::or(a, b, out)
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vpopcntdq,popcnt")]
    pub fn and_not(a: &[u64], b: &[u64], out: &mut [u64]) -> usize {
        bits::and_not(a, b, out)
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vpopcntdq,popcnt")]
    pub fn count(words: &[u64]) -> usize {
        bits::count(words)
    }

    #[target_feature(enable = "bmi1,bmi2,popcnt")]
    pub fn expand(values: &[u64], present: &[u64], out: &mut [u64]) {
        bits::expand(values, present, out, |bits, mask| _pdep_u64(bits, mask));
    }

    #[target_feature(enable = "bmi1,bmi2,popcnt")]
    pub fn compact(rows: &[u64], present: &[u64], out: &mut [u64]) {
        bits::compact(rows, present, out, |bits, mask| _pext_u64(bits, mask));
    }

    /// Of the numbers 0 to 63, those whose bit is set are put together by one instruction, then
    /// widened and written 16 at a time.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi1,popcnt")]
    pub fn row_ids(words: &[u64], base: u32, out: &mut [u32]) -> usize {
        let places: [u8; 64] = std::array::from_fn(|i| i as u8);
        // SAFETY: the array has 64 bytes; the load needs no alignment.
        let places = unsafe { _mm512_loadu_si512(places.as_ptr().cast()) };
        let mut len = 0;
        for (i, &word) in words.iter().enumerate() {
            let first = base.wrapping_add((i as u32).wrapping_mul(64));
            let Some(room) = out.get_mut(len..).and_then(|o| o.first_chunk_mut::<64>()) else {
                len += bits::row_ids_exactly(word, first, &mut out[len..]);
                continue;
            };
            let first = _mm512_set1_epi32(first as i32);
            let count = word.count_ones() as usize;
            let mut numbers = _mm512_maskz_compress_epi8(word, places);
            for part in room.as_chunks_mut::<16>().0.iter_mut().take(count.div_ceil(16)) {
                let ids = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(numbers));
                // SAFETY: 16 row numbers are 64 bytes; the store needs no alignment.
                unsafe {
                    _mm512_storeu_si512(part.as_mut_ptr().cast(), _mm512_add_epi32(ids, first));
                }
                numbers = _mm512_shuffle_i32x4::<0b00_11_10_01>(numbers, numbers);
            }
            len += count;
        }
        len
    }
}
