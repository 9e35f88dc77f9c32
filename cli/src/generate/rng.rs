//! Random numbers that are the same on every machine: a small generator and the distributions that
//! the shop needs, in integer arithmetic only.

/// xoshiro256++ by David Blackman and Sebastiano Vigna, seeded through splitmix64 as its authors
/// advise (<https://prng.di.unimi.it/>, public domain).
pub struct Rng([u64; 4]);

/// One step of splitmix64.
fn splitmix64(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Rng {
    /// The sequence that belongs to `seed`.
    pub fn new(mut seed: u64) -> Self {
        Rng(std::array::from_fn(|_| splitmix64(&mut seed)))
    }

    /// 64 random bits.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.0;
        let result = a.wrapping_add(*d).rotate_left(23).wrapping_add(*a);
        let t = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= t;
        *d = d.rotate_left(45);
        result
    }

    /// Uniform in `0..n`.
    #[inline]
    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(n)) >> 64) as u64
    }

    /// Uniform in `low..=high`.
    #[inline]
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// True `n` times in a thousand.
    #[inline]
    pub fn permille(&mut self, n: u32) -> bool {
        self.below(1000) < u64::from(n)
    }

    /// One of `choices`, all alike.
    #[inline]
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len() as u64) as usize]
    }

    /// In `0..n`, small numbers more often: the square of a uniform number, so that a tenth of the
    /// numbers gets about a third of the draws.
    #[inline]
    pub fn popular(&mut self, n: u64) -> u64 {
        let u = u128::from(self.bits() >> 32);
        ((u128::from(n) * u * u) >> 64) as u64
    }

    /// How often something repeats: `k` or more with probability `1 / k^2`, at most `max`.
    pub fn repeats(&mut self, max: u32) -> u32 {
        let u = (self.bits() >> 32).max(1);
        ((u64::MAX / u) >> 32).isqrt().clamp(1, u64::from(max)) as u32
    }

    /// A log-normal number with this median. Its logarithm to base 2 has a standard deviation of
    /// 1.15 and ends at 4: one number in fifty is beyond five times the median, none beyond 16 times.
    pub fn log_normal(&mut self, median: u64) -> u64 {
        // The sum of four uniform numbers stands for the normal one.
        let bits = self.bits();
        let sum: u64 = (0..4).map(|i| (bits >> (16 * i)) & 0xffff).sum();
        // Base-2 exponent, 16 fractional bits.
        let exponent = (sum as i64 - 2 * 0x1_0000) * 2;
        scale_by_power_of_two(median, exponent)
    }
}

/// `value * 2^exponent` where `exponent` has 16 fractional bits; between whole powers the parabola
/// `1 + 0.6565 f + 0.3435 f^2` stands for `2^f` (off by 0.3 % at most).
fn scale_by_power_of_two(value: u64, exponent: i64) -> u64 {
    let fraction = (exponent & 0xffff) as u64;
    let curve = 43_024 + ((22_512 * fraction) >> 16);
    let mantissa = 0x1_0000 + ((fraction * curve) >> 16);
    let scaled = value * mantissa;
    match exponent >> 16 {
        whole if whole >= 0 => (scaled << whole) >> 16,
        whole => scaled >> (16 - whole),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_of_a_seed_never_changes() {
        let mut state = 1234567;
        // From the reference implementation of splitmix64.
        assert_eq!(splitmix64(&mut state), 6457827717110365317);
        assert_eq!(splitmix64(&mut state), 3203168211198807973);
        let mut rng = Rng([1, 2, 3, 4]);
        // From the reference implementation of xoshiro256++.
        assert_eq!(
            [rng.bits(), rng.bits(), rng.bits(), rng.bits()],
            [41943041, 58720359, 3588806011781223, 3591011842654386]
        );
    }

    #[test]
    fn powers_of_two_are_near_and_grow() {
        assert_eq!(scale_by_power_of_two(1000, 0), 1000);
        assert_eq!(scale_by_power_of_two(1000, 3 << 16), 8000);
        assert_eq!(scale_by_power_of_two(1000, -(3 << 16)), 125);
        let half = scale_by_power_of_two(1_000_000, 1 << 15);
        assert!((1_410_000..1_419_000).contains(&half), "{half}");
        let steps: Vec<u64> =
            (-0x2_0000..0x2_0000).step_by(997).map(|e| scale_by_power_of_two(1 << 30, e)).collect();
        assert!(steps.is_sorted());
    }

    #[test]
    fn distributions_stay_in_range_and_have_their_shape() {
        let mut rng = Rng::new(1);
        let n = 100_000;
        let mut below_median = 0;
        let mut singles = 0;
        let mut popular = 0;
        for _ in 0..n {
            assert!(rng.below(7) < 7);
            assert!((3..=5).contains(&rng.between(3, 5)));
            let slow = rng.log_normal(1000);
            assert!((1..=16_000).contains(&slow));
            below_median += u32::from(slow < 1000);
            let repeats = rng.repeats(50);
            assert!((1..=50).contains(&repeats));
            singles += u32::from(repeats == 1);
            let place = rng.popular(1000);
            assert!(place < 1000);
            popular += u32::from(place < 100);
        }
        assert!((49_000..51_000).contains(&below_median), "{below_median}");
        assert!((74_000..76_000).contains(&singles), "{singles}");
        assert!((31_000..32_500).contains(&popular), "{popular}");
    }
}
