//! The loops that turn values into bits, for the vector units of the machine at hand.
//!
//! Everything a scan does to many rows at once is one of a few loops: compare integers of one
//! width with a value, a range or a set; compare doubles with a range; combine, count and spread
//! bits; list the bits that are set. Each exists once in plain Rust ([`Level::Portable`]) and once
//! per family of vector instructions; which one runs is decided when the program runs, not when it
//! is compiled. Compiled for the oldest 64-bit x86 and left to the compiler, the same loops take
//! 6 to 40 times as long.
//!
//! ```text
//!   values   u8 u16 u32 u64 f64          bits   u64 words, lowest bit = lowest row
//!   -------------------------            ----------------------------------------
//!   equal  in_range  in_set   -- words -->  and or and_not count expand row_ids
//! ```
//!
//! Compare loops write one bit a value. Bits past the last value are 0, also when the result is
//! negated: a negated comparison is "present and not", never "not".
//!
//! This is the one place of the engine with vector instructions, and (besides mappings) the one
//! place with `unsafe`. The vector variants are safe functions that need certain CPU features; the
//! `unsafe` is in calling them, and [`Kernels`] proves that it is right: one of a level can be had
//! only where the CPU has the level.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod bits;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
#[cfg(target_arch = "x86_64")]
mod sse2;
#[cfg(test)]
mod tests;

pub use portable::ByteSet;

use std::sync::OnceLock;

/// A family of vector instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Plain Rust, one value at a time. The others are tested against it.
    Portable,
    /// 128 bits; every 64-bit x86 has it.
    Sse2,
    /// 256 bits, with bit manipulation; x86 since 2013 (Haswell) or 2017 (Zen).
    Avx2,
    /// 512 bits, with byte compress and population count; x86 since 2019 (Ice Lake) or 2022
    /// (Zen 4). The first CPUs with AVX-512 lack these and run [`Level::Avx2`], which is about as
    /// fast there, because they lower their clock for 512 bits.
    Avx512,
    /// 128 bits; every 64-bit ARM has it.
    Neon,
}

impl Level {
    /// All of them, slowest first.
    pub const ALL: [Level; 5] =
        [Level::Portable, Level::Sse2, Level::Avx2, Level::Avx512, Level::Neon];

    /// Whether the CPU at hand has it.
    pub fn is_supported(self) -> bool {
        match self {
            Level::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Level::Sse2 => true,
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => {
                is_x86_feature_detected!("avx2")
                    && is_x86_feature_detected!("bmi1")
                    && is_x86_feature_detected!("bmi2")
                    && is_x86_feature_detected!("popcnt")
            }
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => {
                Level::Avx2.is_supported()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512vbmi")
                    && is_x86_feature_detected!("avx512vbmi2")
                    && is_x86_feature_detected!("avx512vpopcntdq")
            }
            #[cfg(target_arch = "aarch64")]
            Level::Neon => true,
            #[allow(unreachable_patterns)]
            _ => false,
        }
    }
}

/// The loops of one [`Level`]. That there is one proves that the CPU has the level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kernels {
    level: Level,
}

impl Default for Kernels {
    /// The loops of the best level that the CPU has.
    #[inline]
    fn default() -> Self {
        static BEST: OnceLock<Kernels> = OnceLock::new();
        *BEST.get_or_init(|| {
            let best = Level::ALL.into_iter().rev().find_map(Kernels::of_level);
            best.unwrap_or(Kernels { level: Level::Portable })
        })
    }
}

/// Calls a function of the module that belongs to the level of `$kernels`.
macro_rules! dispatch {
    ($kernels:expr, $($function:ident)::+ ($($argument:expr),*)) => {
        match $kernels.level {
            Level::Portable => portable::$($function)::+($($argument),*),
            // SAFETY: the function needs the CPU features of its level and nothing else, and
            // `Kernels` of a level are made only where `Level::is_supported` saw all of them.
            #[cfg(target_arch = "x86_64")]
            #[allow(unused_unsafe, reason = "some functions of this level are the portable ones")]
            Level::Sse2 => unsafe { sse2::$($function)::+($($argument),*) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { avx2::$($function)::+($($argument),*) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => unsafe { avx512::$($function)::+($($argument),*) },
            // SAFETY: as above.
            #[cfg(target_arch = "aarch64")]
            #[allow(unused_unsafe, reason = "some functions of this level are the portable ones")]
            Level::Neon => unsafe { neon::$($function)::+($($argument),*) },
            // Levels of other architectures are not supported, so there are no kernels of them.
            #[allow(unreachable_patterns)]
            _ => portable::$($function)::+($($argument),*),
        }
    };
}

/// An unsigned integer that columns are packed into.
pub trait Lane: Copy + private::Sealed {
    /// The largest value.
    const LARGEST: Self;
    #[doc(hidden)]
    fn equal(kernels: Kernels, values: &[Self], value: Self, flip: u64, out: &mut [u64]);
    #[doc(hidden)]
    fn in_range(
        kernels: Kernels,
        values: &[Self],
        low: Self,
        high: Self,
        flip: u64,
        out: &mut [u64],
    );
}

mod private {
    pub trait Sealed {}
}

macro_rules! lanes {
    ($($lane:ident $module:ident;)*) => {$(
        impl private::Sealed for $lane {}
        impl Lane for $lane {
            const LARGEST: Self = $lane::MAX;

            #[inline]
            fn equal(kernels: Kernels, values: &[Self], value: Self, flip: u64, out: &mut [u64]) {
                dispatch!(kernels, $module::equal(values, value, flip, out))
            }

            #[inline]
            fn in_range(
                kernels: Kernels,
                values: &[Self],
                low: Self,
                high: Self,
                flip: u64,
                out: &mut [u64],
            ) {
                dispatch!(kernels, $module::in_range(values, low, high, flip, out))
            }
        }
    )*};
}

lanes! {
    u8 lanes8;
    u16 lanes16;
    u32 lanes32;
    u64 lanes64;
}

/// Words that hold `len` bits.
#[inline]
pub const fn words_for(len: usize) -> usize {
    len.div_ceil(64)
}

fn flip(negate: bool) -> u64 {
    if negate { u64::MAX } else { 0 }
}

impl Kernels {
    /// The loops of `level`; `None` if the CPU does not have it.
    pub fn of_level(level: Level) -> Option<Kernels> {
        level.is_supported().then_some(Kernels { level })
    }

    /// The loops of every level that the CPU has.
    pub fn supported() -> impl Iterator<Item = Kernels> {
        Level::ALL.into_iter().filter_map(Kernels::of_level)
    }

    /// The level.
    pub fn level(self) -> Level {
        self.level
    }

    /// Sets bit `i` of `out` where `values[i] == value`, or where not if `negate`. `out` must have
    /// [`words_for`] all values; more words are left alone, and of fewer the rest is left out.
    #[inline]
    pub fn equal<T: Lane>(self, values: &[T], value: T, negate: bool, out: &mut [u64]) {
        T::equal(self, values, value, flip(negate), out);
    }

    /// As [`Kernels::equal`], for `low <= values[i] && values[i] <= high`; `low <= high` must hold.
    #[inline]
    pub fn in_range<T: Lane>(self, values: &[T], low: T, high: T, negate: bool, out: &mut [u64]) {
        T::in_range(self, values, low, high, flip(negate), out);
    }

    /// As [`Kernels::equal`], for `set` having `values[i]`.
    #[inline]
    pub fn in_byte_set(self, values: &[u8], set: &ByteSet, negate: bool, out: &mut [u64]) {
        dispatch!(self, in_byte_set(values, set, flip(negate), out))
    }

    /// As [`Kernels::equal`], for bit `values[i]` of `set` being set. Values past the end of `set`
    /// are not in it.
    #[inline]
    pub fn in_set_16(self, values: &[u16], set: &[u64], negate: bool, out: &mut [u64]) {
        dispatch!(self, in_set_16(values, set, flip(negate), out))
    }

    /// As [`Kernels::in_set_16`].
    #[inline]
    pub fn in_set_32(self, values: &[u32], set: &[u64], negate: bool, out: &mut [u64]) {
        portable::in_set(values, set, flip(negate), out);
    }

    /// As [`Kernels::equal`], for `low <= values[i] && values[i] <= high` as IEEE 754 compares: NaN
    /// is in no range, and -0.0 equals 0.0.
    #[inline]
    pub fn doubles_in_range(
        self,
        values: &[f64],
        low: f64,
        high: f64,
        negate: bool,
        out: &mut [u64],
    ) {
        dispatch!(self, doubles_in_range(values, low, high, flip(negate), out))
    }

    /// `out[i] = a[i] & b[i]`, over the shortest of the three; gives the number of bits set.
    #[inline]
    pub fn and(self, a: &[u64], b: &[u64], out: &mut [u64]) -> usize {
        dispatch!(self, words::and(a, b, out))
    }

    /// `out[i] = a[i] | b[i]`, likewise.
    #[inline]
    pub fn or(self, a: &[u64], b: &[u64], out: &mut [u64]) -> usize {
        dispatch!(self, words::or(a, b, out))
    }

    /// `out[i] = a[i] & !b[i]`, likewise.
    #[inline]
    pub fn and_not(self, a: &[u64], b: &[u64], out: &mut [u64]) -> usize {
        dispatch!(self, words::and_not(a, b, out))
    }

    /// Number of bits set.
    #[inline]
    pub fn count(self, words: &[u64]) -> usize {
        dispatch!(self, words::count(words))
    }

    /// Moves bits from value space to row space: bit `i` of `values` goes to the place of the
    /// `i`-th bit set in `present`. What `values` lacks counts as 0. `out` must be as long as
    /// `present`.
    #[inline]
    pub fn expand(self, values: &[u64], present: &[u64], out: &mut [u64]) {
        dispatch!(self, words::expand(values, present, out))
    }

    /// Moves bits from row space to value space, the other way: bits of `rows` where `present` has
    /// one are put together. `out` must have room for the bits of `present`.
    #[inline]
    pub fn compact(self, rows: &[u64], present: &[u64], out: &mut [u64]) {
        dispatch!(self, words::compact(rows, present, out))
    }

    /// Writes the numbers of the bits set, ascending, plus `base`, until `out` is full or there are
    /// no more; gives how many. Numbers that exceed 32 bits wrap.
    #[inline]
    pub fn row_ids(self, words: &[u64], base: u32, out: &mut [u32]) -> usize {
        dispatch!(self, words::row_ids(words, base, out))
    }
}
