//! 128 bits at a time on 64-bit ARM. There is no instruction that gathers top bits; comparison
//! results are narrowed to bytes, each byte keeps the bit of its place, and sums of neighbours put
//! the bits of 64 bytes into one word.

use super::portable::{self, ByteSet};
use std::arch::aarch64::*;

pub use super::portable::{in_set_16, words};

/// The 16 bytes of vector number `vector` in a chunk of 64 values.
#[target_feature(enable = "neon")]
#[inline]
fn load<T: bytemuck::Pod>(chunk: &[T; 64], vector: usize) -> uint8x16_t {
    debug_assert!((vector + 1) * 16 <= size_of_val(chunk));
    // SAFETY: all callers pass `vector` below the number of whole vectors in the chunk, so the
    // 16 bytes at that place lie in it; the load needs no alignment beyond that of bytes.
    unsafe { vld1q_u8(chunk.as_ptr().cast::<u8>().add(16 * vector)) }
}

#[target_feature(enable = "neon")]
#[inline]
fn table(bytes: &[u8; 16]) -> uint8x16_t {
    // SAFETY: the array has 16 bytes.
    unsafe { vld1q_u8(bytes.as_ptr()) }
}

/// A word of 64 bits from 64 bytes that are all ones or zeros, `bytes(i)` being 16 of them.
#[target_feature(enable = "neon")]
#[inline]
fn word_of_bytes(bytes: impl Fn(usize) -> uint8x16_t) -> u64 {
    let place = table(&[1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128]);
    let quarter = |i| vandq_u8(bytes(i), place);
    let first = vpaddq_u8(quarter(0), quarter(1));
    let second = vpaddq_u8(quarter(2), quarter(3));
    let sum = vpaddq_u8(first, second);
    vgetq_lane_u64::<0>(vreinterpretq_u64_u8(vpaddq_u8(sum, sum)))
}

/// As [`word_of_bytes`], from lanes of 16 bits.
#[target_feature(enable = "neon")]
#[inline]
fn word_of_16(lanes: impl Fn(usize) -> uint16x8_t) -> u64 {
    word_of_bytes(|i| {
        let (low, high) = (lanes(2 * i), lanes(2 * i + 1));
        vuzp1q_u8(vreinterpretq_u8_u16(low), vreinterpretq_u8_u16(high))
    })
}

/// As [`word_of_bytes`], from lanes of 32 bits.
#[target_feature(enable = "neon")]
#[inline]
fn word_of_32(lanes: impl Fn(usize) -> uint32x4_t) -> u64 {
    word_of_16(|i| {
        let (low, high) = (lanes(2 * i), lanes(2 * i + 1));
        vuzp1q_u16(vreinterpretq_u16_u32(low), vreinterpretq_u16_u32(high))
    })
}

/// As [`word_of_bytes`], from lanes of 64 bits.
#[target_feature(enable = "neon")]
#[inline]
fn word_of_64(lanes: impl Fn(usize) -> uint64x2_t) -> u64 {
    word_of_32(|i| {
        let (low, high) = (lanes(2 * i), lanes(2 * i + 1));
        vuzp1q_u32(vreinterpretq_u32_u64(low), vreinterpretq_u32_u64(high))
    })
}

macro_rules! lanes {
    ($($module:ident $lane:ident $splat:ident $cast:path, $sub:ident $eq:ident $le:ident $word:ident;)*) => {$(
        pub mod $module {
            use super::*;

            #[target_feature(enable = "neon")]
            pub fn equal(values: &[$lane], value: $lane, flip: u64, out: &mut [u64]) {
                let value = $splat(value);
                portable::each_word(values, flip, out, |chunk| {
                    $word(|i| $eq($cast(load(chunk, i)), value))
                });
            }

            #[target_feature(enable = "neon")]
            pub fn in_range(
                values: &[$lane],
                low: $lane,
                high: $lane,
                flip: u64,
                out: &mut [u64],
            ) {
                let span = $splat(high.wrapping_sub(low));
                let low = $splat(low);
                portable::each_word(values, flip, out, |chunk| {
                    $word(|i| $le($sub($cast(load(chunk, i)), low), span))
                });
            }
        }
    )*};
}

lanes! {
    lanes8 u8 vdupq_n_u8 std::convert::identity, vsubq_u8 vceqq_u8 vcleq_u8 word_of_bytes;
    lanes16 u16 vdupq_n_u16 vreinterpretq_u16_u8, vsubq_u16 vceqq_u16 vcleq_u16 word_of_16;
    lanes32 u32 vdupq_n_u32 vreinterpretq_u32_u8, vsubq_u32 vceqq_u32 vcleq_u32 word_of_32;
    lanes64 u64 vdupq_n_u64 vreinterpretq_u64_u8, vsubq_u64 vceqq_u64 vcleq_u64 word_of_64;
}

#[target_feature(enable = "neon")]
pub fn doubles_in_range(values: &[f64], low: f64, high: f64, flip: u64, out: &mut [u64]) {
    let (low, high) = (vdupq_n_f64(low), vdupq_n_f64(high));
    portable::each_word(values, flip, out, |chunk| {
        word_of_64(|i| {
            let lanes = vreinterpretq_f64_u8(load(chunk, i));
            vandq_u64(vcleq_f64(low, lanes), vcleq_f64(lanes, high))
        })
    });
}

/// Looks both halves of every byte up in 16-byte tables: the low half gives the bits of all high
/// halves that are in the set, the high half its own bit.
#[target_feature(enable = "neon")]
pub fn in_byte_set(values: &[u8], set: &ByteSet, flip: u64, out: &mut [u64]) {
    let (low, high) = (table(&set.low), table(&set.high));
    let bit_of_half = table(&[1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128]);
    portable::each_word(values, flip, out, |chunk| {
        word_of_bytes(|i| {
            let bytes = load(chunk, i);
            let low_half = vandq_u8(bytes, vdupq_n_u8(0x0f));
            let upper = vcgeq_u8(bytes, vdupq_n_u8(0x80));
            let bits = vbslq_u8(upper, vqtbl1q_u8(high, low_half), vqtbl1q_u8(low, low_half));
            vtstq_u8(bits, vqtbl1q_u8(bit_of_half, vshrq_n_u8::<4>(bytes)))
        })
    });
}
