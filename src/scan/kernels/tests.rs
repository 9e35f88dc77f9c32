//! Every level against plain Rust, and plain Rust against one value at a time.

use super::*;
use proptest::prelude::*;

const LENGTHS: std::ops::Range<usize> = 0..300;

/// The bits a comparison should give, in the simplest way.
fn expected<T: Copy>(values: &[T], test: impl Fn(T) -> bool) -> Vec<u64> {
    let mut words = vec![0; words_for(values.len())];
    for (i, &value) in values.iter().enumerate() {
        words[i / 64] |= u64::from(test(value)) << (i % 64);
    }
    words
}

/// Runs `run` at every level on words that hold rubbish, and compares with `want`.
fn check(want: &[u64], run: impl Fn(Kernels, &mut [u64])) {
    for kernels in Kernels::supported() {
        let mut out = vec![0x5555_aaaa_5555_aaaa; want.len()];
        run(kernels, &mut out);
        assert_eq!(out, want, "{:?}", kernels.level());
    }
}

/// Few different values, near each other and near the ends of the type, so that most comparisons
/// have something to find.
fn numbers(bits: u32) -> impl Strategy<Value = u64> {
    let max = u64::MAX >> (64 - bits);
    prop_oneof![
        4 => 0..8u64,
        2 => (0..8u64).prop_map(move |n| max - n),
        2 => (0..8u64).prop_map(move |n| (max >> 1) - 3 + n),
        1 => 0..=max,
    ]
}

fn doubles() -> impl Strategy<Value = f64> {
    const ODD: [f64; 12] = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        1.5,
        f64::NAN,
        -f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MIN_POSITIVE,
        5e-324,
        f64::MAX,
    ];
    prop_oneof![3 => proptest::sample::select(&ODD[..]), 1 => any::<f64>()]
}

fn words(len: impl Into<proptest::collection::SizeRange>) -> impl Strategy<Value = Vec<u64>> {
    let word = prop_oneof![
        Just(0),
        Just(u64::MAX),
        any::<u64>(),
        (any::<u64>(), any::<u64>()).prop_map(|(a, b)| a & b),
    ];
    proptest::collection::vec(word, len)
}

macro_rules! integer_tests {
    ($($name:ident $lane:ident;)*) => {
        proptest! {$(
            #[test]
            fn $name(
                values in proptest::collection::vec(numbers($lane::BITS), LENGTHS),
                value in numbers($lane::BITS),
                other in numbers($lane::BITS),
                negate: bool,
            ) {
                let values: Vec<_> = values.into_iter().map(|v| v as $lane).collect();
                let (value, other) = (value as $lane, other as $lane);
                let want = expected(&values, |v| (v == value) != negate);
                check(&want, |k, out| k.equal(&values, value, negate, out));
                let (low, high) = (value.min(other), value.max(other));
                let want = expected(&values, |v| (low <= v && v <= high) != negate);
                check(&want, |k, out| k.in_range(&values, low, high, negate, out));
            }
        )*}
    };
}

integer_tests! {
    bytes_compare u8;
    integers_of_16_bits_compare u16;
    integers_of_32_bits_compare u32;
    integers_of_64_bits_compare u64;
}

proptest! {
    #[test]
    fn doubles_compare(
        values in proptest::collection::vec(doubles(), LENGTHS),
        low in doubles(),
        high in doubles(),
        negate: bool,
    ) {
        let want = expected(&values, |v| (low <= v && v <= high) != negate);
        check(&want, |k, out| k.doubles_in_range(&values, low, high, negate, out));
    }

    #[test]
    fn bytes_are_found_in_sets(
        values in proptest::collection::vec(any::<u8>(), LENGTHS),
        set in words(0..6),
        negate: bool,
    ) {
        let has = |v: u8| set.get(usize::from(v) / 64).is_some_and(|w| w >> (v % 64) & 1 == 1);
        let set = ByteSet::new(&set);
        prop_assert!((0..=255).all(|byte| set.contains(byte) == has(byte)));
        let want = expected(&values, |v| has(v) != negate);
        check(&want, |k, out| k.in_byte_set(&values, &set, negate, out));
    }

    #[test]
    fn codes_are_found_in_sets(
        values in proptest::collection::vec(
            prop_oneof![3 => 0..1100u16, 1 => any::<u16>()], LENGTHS),
        set in prop_oneof![words(0..20), words(1000..1030)],
        negate: bool,
    ) {
        let has = |v: u32| set.get(v as usize / 64).is_some_and(|w| w >> (v % 64) & 1 == 1);
        let want = expected(&values, |v| has(v.into()) != negate);
        check(&want, |k, out| k.in_set_16(&values, &set, negate, out));
        let wide: Vec<u32> = values.iter().map(|&v| u32::from(v)).collect();
        check(&want, |k, out| k.in_set_32(&wide, &set, negate, out));
    }

    #[test]
    fn words_combine_and_count(a in words(0..70), b in words(0..70)) {
        let len = a.len().min(b.len());
        for (run, f) in [
            (Kernels::and as fn(Kernels, &[u64], &[u64], &mut [u64]) -> usize,
                (|a, b| a & b) as fn(u64, u64) -> u64),
            (Kernels::or, |a, b| a | b),
            (Kernels::and_not, |a, b| a & !b),
        ] {
            let want: Vec<u64> = (0..len).map(|i| f(a[i], b[i])).collect();
            let count = want.iter().map(|w| w.count_ones() as usize).sum::<usize>();
            check(&want, |k, out| assert_eq!(run(k, &a, &b, out), count));
            for kernels in Kernels::supported() {
                assert_eq!(kernels.count(&want), count, "{:?}", kernels.level());
            }
        }
    }

    #[test]
    fn bits_move_between_value_space_and_row_space(
        (present, rows) in (0..40usize).prop_flat_map(|n| (words(n), words(n))),
    ) {
        let bit = |words: &[u64], i: usize| words[i / 64] >> (i % 64) & 1 == 1;
        let places: Vec<usize> = (0..present.len() * 64).filter(|&i| bit(&present, i)).collect();
        let values = expected(&places, |row| bit(&rows, row));
        check(&values, |k, out| k.compact(&rows, &present, out));
        let back: Vec<u64> = rows.iter().zip(&present).map(|(r, p)| r & p).collect();
        check(&back, |k, out| k.expand(&values, &present, out));
    }

    #[test]
    fn row_ids_are_listed_until_the_slice_is_full(
        words in words(0..40),
        base in prop_oneof![0..1000u32, Just(u32::MAX - 10_000)],
        room in 0..3000usize,
    ) {
        let all = (0..words.len() * 64).filter(|&i| words[i / 64] >> (i % 64) & 1 == 1);
        let want: Vec<u32> = all.map(|i| base + i as u32).take(room).collect();
        for kernels in Kernels::supported() {
            let mut out = vec![7; room];
            let len = kernels.row_ids(&words, base, &mut out);
            assert_eq!(&out[..len], &want, "{:?}", kernels.level());
        }
    }
}

#[test]
fn the_best_level_is_supported_and_the_plain_one_always() {
    assert!(Kernels::default().level().is_supported());
    assert!(Kernels::of_level(Level::Portable).is_some());
    let best = Kernels::supported().last().map(Kernels::level);
    assert_eq!(best, Some(Kernels::default().level()));
}

#[test]
fn words_past_the_values_are_left_alone() {
    for kernels in Kernels::supported() {
        let mut out = [7; 3];
        kernels.equal(&[1u8; 65], 1, false, &mut out);
        assert_eq!(out, [u64::MAX, 1, 7]);
    }
}
