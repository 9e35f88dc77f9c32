//! Loops over words of bits, written once. They are inlined into the functions of each level,
//! where the compiler turns them into that level's instructions.

/// Applies `f` word by word and counts the bits of what it gives.
#[inline(always)]
fn combine(a: &[u64], b: &[u64], out: &mut [u64], f: impl Fn(u64, u64) -> u64) -> usize {
    let mut count = 0;
    for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
        *out = f(a, b);
        count += u64::from(out.count_ones());
    }
    count as usize
}

#[inline(always)]
pub fn and(a: &[u64], b: &[u64], out: &mut [u64]) -> usize {
    combine(a, b, out, |a, b| a & b)
}

#[inline(always)]
pub fn or(a: &[u64], b: &[u64], out: &mut [u64]) -> usize {
    combine(a, b, out, |a, b| a | b)
}

#[inline(always)]
pub fn and_not(a: &[u64], b: &[u64], out: &mut [u64]) -> usize {
    combine(a, b, out, |a, b| a & !b)
}

#[inline(always)]
pub fn count(words: &[u64]) -> usize {
    words.iter().map(|w| u64::from(w.count_ones())).sum::<u64>() as usize
}

/// 64 bits of `words` from bit `at` on; past the end they are 0.
#[inline(always)]
fn window(words: &[u64], at: usize) -> u64 {
    let word = |i: usize| words.get(i).copied().unwrap_or(0);
    let (index, shift) = (at / 64, at % 64);
    if shift == 0 { word(index) } else { word(index) >> shift | word(index + 1) << (64 - shift) }
}

/// See [`super::Kernels::expand`]; `deposit` does it for one word.
#[inline(always)]
pub fn expand(values: &[u64], present: &[u64], out: &mut [u64], deposit: impl Fn(u64, u64) -> u64) {
    let mut at = 0;
    for (out, &mask) in out.iter_mut().zip(present) {
        *out = if mask == 0 { 0 } else { deposit(window(values, at), mask) };
        at += mask.count_ones() as usize;
    }
}

/// See [`super::Kernels::compact`]; `extract` does it for one word.
#[inline(always)]
pub fn compact(rows: &[u64], present: &[u64], out: &mut [u64], extract: impl Fn(u64, u64) -> u64) {
    out.fill(0);
    let mut at = 0;
    for (&row, &mask) in rows.iter().zip(present) {
        let bits = extract(row, mask);
        let (index, shift) = (at / 64, at % 64);
        if let Some(out) = out.get_mut(index) {
            *out |= bits << shift;
        }
        if shift != 0
            && let Some(out) = out.get_mut(index + 1)
        {
            *out |= bits >> (64 - shift);
        }
        at += mask.count_ones() as usize;
    }
}

/// By byte: a byte of 0xff for each bit of it that is set.
static SPREAD: [u64; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut bit = 0;
        while bit < 8 {
            if byte >> bit & 1 == 1 {
                table[byte] |= 0xff << (8 * bit);
            }
            bit += 1;
        }
        byte += 1;
    }
    table
};

/// By byte: the values of its bits, lowest first, a byte each.
static PLACES: [u64; 256] = {
    let mut table = [0; 256];
    let mut byte: usize = 0;
    while byte < 256 {
        let (mut bit, mut place) = (0, 0);
        while bit < 8 {
            if byte >> bit & 1 == 1 {
                table[byte] |= 1 << bit << (8 * place);
                place += 1;
            }
            bit += 1;
        }
        byte += 1;
    }
    table
};

/// Sum of the eight bytes, which must be at most 255.
#[inline(always)]
fn sum_of_bytes(bytes: u64) -> u64 {
    bytes.wrapping_mul(0x0101_0101_0101_0101) >> 56
}

/// Moves the lowest bits of `bits` to the places of the bits of `mask`, by tables: for CPUs without
/// a (fast) instruction for it.
#[inline(always)]
pub fn deposit(mut bits: u64, mask: u64) -> u64 {
    let mut out = 0;
    for byte in 0..8 {
        let places = (mask >> (8 * byte) & 0xff) as u8;
        // Places are different bits of a byte, so that their sum is their union.
        let chosen = PLACES[usize::from(places)] & SPREAD[(bits & 0xff) as usize];
        out |= sum_of_bytes(chosen) << (8 * byte);
        bits >>= places.count_ones();
    }
    out
}

/// Puts the bits of `bits` at the places of the bits of `mask` together, one at a time.
#[inline(always)]
pub fn extract(bits: u64, mask: u64) -> u64 {
    let (mut out, mut rest, mut place) = (0, mask, 0);
    while rest != 0 {
        out |= (bits >> rest.trailing_zeros() & 1) << place;
        place += 1;
        rest &= rest - 1;
    }
    out
}

/// See [`super::Kernels::row_ids`]. Numbers are written eight at a time, whether there are eight or
/// not: what is too much is written over by the next word, and no branch has to guess the count.
#[inline(always)]
pub fn row_ids(words: &[u64], base: u32, out: &mut [u32]) -> usize {
    let mut len = 0;
    for (i, &word) in words.iter().enumerate() {
        let first = base.wrapping_add((i as u32).wrapping_mul(64));
        let count = word.count_ones() as usize;
        let Some(room) = out.get_mut(len..).and_then(|o| o.first_chunk_mut::<64>()) else {
            len += row_ids_exactly(word, first, &mut out[len..]);
            continue;
        };
        let mut rest = word;
        for group in room.chunks_exact_mut(8).take(count.div_ceil(8)) {
            for id in group {
                *id = first.wrapping_add(rest.trailing_zeros());
                rest &= rest.wrapping_sub(1);
            }
        }
        len += count;
    }
    len
}

/// Row numbers of one word, into a slice that may be too short for them.
#[inline(always)]
pub fn row_ids_exactly(word: u64, first: u32, out: &mut [u32]) -> usize {
    let (mut rest, mut len) = (word, 0);
    while rest != 0
        && let Some(id) = out.get_mut(len)
    {
        *id = first.wrapping_add(rest.trailing_zeros());
        rest &= rest - 1;
        len += 1;
    }
    len
}
