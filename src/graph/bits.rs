//! Bitmaps as plain words: a bit per row, lowest first.

/// Words that hold `rows` bits.
#[inline]
pub(super) fn words(rows: usize) -> usize {
    rows.div_ceil(64)
}

/// Bit `row`; false past the end.
#[inline(always)]
pub(super) fn get(bits: &[u64], row: usize) -> bool {
    bits.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
}

/// Sets bit `row`; nothing past the end.
#[inline(always)]
pub(super) fn set(bits: &mut [u64], row: usize) {
    if let Some(word) = bits.get_mut(row / 64) {
        *word |= 1 << (row % 64);
    }
}

/// The bits of word `word` that are rows `start..end`.
#[inline(always)]
fn part(word: usize, start: usize, end: usize) -> u64 {
    let first = word * 64;
    let from = if start > first { u64::MAX << ((start - first).min(63)) } else { u64::MAX };
    let to = if end < first + 64 { (1 << (end.saturating_sub(first))) - 1 } else { u64::MAX };
    from & to
}

/// Words that rows `start..end` lie in, each with the bits of it that are meant.
#[inline(always)]
fn parts(
    len: usize,
    start: usize,
    end: usize,
) -> impl DoubleEndedIterator<Item = (usize, u64)> + use<> {
    let last = if start < end { end.div_ceil(64).min(len) } else { 0 };
    (start / 64..last).map(move |word| (word, part(word, start, end)))
}

/// Sets bits `start..end`.
#[inline(always)]
pub(super) fn set_range(bits: &mut [u64], start: usize, end: usize) {
    for (word, mask) in parts(bits.len(), start, end) {
        bits[word] |= mask;
    }
}

/// Sets those of bits `start..end` that are set in `within`.
pub(super) fn set_range_within(bits: &mut [u64], within: &[u64], start: usize, end: usize) {
    for (word, mask) in parts(bits.len().min(within.len()), start, end) {
        bits[word] |= mask & within[word];
    }
}

/// Clears bits `start..end`.
pub(super) fn clear_range(bits: &mut [u64], start: usize, end: usize) {
    for (word, mask) in parts(bits.len(), start, end) {
        bits[word] &= !mask;
    }
}

/// Clears the bits that are not set in `other`.
pub(super) fn intersect(bits: &mut [u64], other: &[u64]) {
    bits.iter_mut().zip(other).for_each(|(bits, other)| *bits &= other);
}

/// How many of bits `start..end` are set.
pub(super) fn count_range(bits: &[u64], start: usize, end: usize) -> usize {
    parts(bits.len(), start, end)
        .map(|(word, mask)| (bits[word] & mask).count_ones() as usize)
        .sum()
}

/// The first set bit at or behind `row`.
#[inline(always)]
pub(super) fn next(bits: &[u64], row: usize) -> Option<usize> {
    let mut at = row / 64;
    let mut word = *bits.get(at)? & u64::MAX << (row % 64);
    while word == 0 {
        at += 1;
        word = *bits.get(at)?;
    }
    Some(at * 64 + word.trailing_zeros() as usize)
}

/// Whether the first `rows` bits are all set.
#[inline]
pub(super) fn is_full(bits: &[u64], rows: usize) -> bool {
    let (whole, rest) = (rows / 64, rows % 64);
    let tail = (1u64 << rest) - 1;
    bits.len() >= words(rows)
        && bits[..whole].iter().all(|&word| word == u64::MAX)
        && (rest == 0 || bits[whole] & tail == tail)
}

/// Calls `each` with every set bit, ascending.
#[inline(always)]
pub(super) fn for_each(bits: &[u64], mut each: impl FnMut(usize)) {
    for (at, &word) in bits.iter().enumerate() {
        let mut rest = word;
        while rest != 0 {
            each(at * 64 + rest.trailing_zeros() as usize);
            rest &= rest - 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ranges_touch_their_bits_and_no_others(
            len in 0usize..5,
            start in 0usize..330,
            end in 0usize..330,
            word in any::<u64>(),
        ) {
            let inside = |row: usize| start <= row && row < end;
            let (mut on, mut off) = (vec![0; len], vec![u64::MAX; len]);
            set_range(&mut on, start, end);
            clear_range(&mut off, start, end);
            for row in 0..len * 64 {
                prop_assert_eq!(get(&on, row), inside(row));
                prop_assert_eq!(get(&off, row), !inside(row));
            }
            let some = vec![word; len];
            let mut masked = vec![0; len];
            set_range_within(&mut masked, &some, start, end);
            prop_assert!((0..len * 64).all(|r| get(&masked, r) == (inside(r) && get(&some, r))));
            let expected = (0..len * 64).filter(|&row| inside(row) && get(&some, row)).count();
            prop_assert_eq!(count_range(&some, start, end), expected);
            prop_assert_eq!(is_full(&on, end), start == 0 && end <= len * 64 || end == 0);
            let following = (start..len * 64).find(|&row| get(&some, row));
            prop_assert_eq!(next(&some, start), following);
        }
    }
}
