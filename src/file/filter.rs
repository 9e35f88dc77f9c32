//! Filters: whether a block can have a value in a column, when there are too many to keep them.
//!
//! A split-block Bloom filter is a run of 256-bit blocks. The upper half of a value's hash chooses
//! the block, the lower half one bit in each of the block's eight words; a value is in the filter
//! if its eight bits are set. The algorithm and its constants are those of Apache Parquet
//! (<https://github.com/apache/parquet-format/blob/master/BloomFilter.md>), but for the hash, which
//! here is xxh3-64 of the value's bytes. A filter never denies a value that it was built of; of
//! others it affirms about one in two hundred.

use crate::bytes::AlignedBuf;
use xxhash_rust::xxh3::xxh3_64;

/// Bits of a filter for each value, at least.
const BITS_PER_VALUE: usize = 12;

/// Bytes of a block of a filter; filters are a multiple of it.
pub const FILTER_BLOCK: usize = 32;

/// Odd numbers that spread the lower half of a hash over the words of a block.
const SALT: [u32; 8] = [
    0x47b6_137b,
    0x4497_4d91,
    0x8824_ad5b,
    0xa2b7_289d,
    0x7054_95c7,
    0x2df1_424b,
    0x9efc_4947,
    0x5c6b_fb31,
];

/// The hash by which a value is looked for.
#[inline]
pub fn filter_hash(value: &[u8]) -> u64 {
    xxh3_64(value)
}

/// The filter of the values with these hashes.
pub fn build_filter(mut hashes: Vec<u64>) -> AlignedBuf {
    hashes.sort_unstable();
    hashes.dedup();
    let blocks = (hashes.len() * BITS_PER_VALUE).div_ceil(8 * FILTER_BLOCK);
    let mut filter = AlignedBuf::zeroed(blocks * FILTER_BLOCK);
    for hash in hashes {
        let at = block_of(hash, blocks) * FILTER_BLOCK;
        for (word, bit) in filter[at..].chunks_exact_mut(4).zip(bits_of(hash)) {
            // Little-endian: bit n of a word is bit n % 8 of byte n / 8.
            word[bit as usize / 8] |= 1 << (bit % 8);
        }
    }
    filter
}

/// Whether the value with this hash can be one that `filter` was built of; an empty filter was
/// built of none.
pub fn filter_may_have(filter: &[u8], hash: u64) -> bool {
    let at = block_of(hash, filter.len() / FILTER_BLOCK) * FILTER_BLOCK;
    let block = filter.get(at..at + FILTER_BLOCK).unwrap_or(&[0; FILTER_BLOCK]);
    let mut words = block.chunks_exact(4).zip(bits_of(hash));
    words.all(|(word, bit)| word[bit as usize / 8] >> (bit % 8) & 1 == 1)
}

fn block_of(hash: u64, blocks: usize) -> usize {
    // Both factors are less than 2^32: offsets of filters are stored in units of their blocks.
    ((hash >> 32).wrapping_mul(blocks as u64) >> 32) as usize
}

/// The bit to set in each word.
fn bits_of(hash: u64) -> impl Iterator<Item = u32> {
    SALT.iter().map(move |salt| (hash as u32).wrapping_mul(*salt) >> 27)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_filter_affirms_every_value_it_has(
            values in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..4), 0..300)
        ) {
            let filter = build_filter(values.iter().map(|v| filter_hash(v)).collect());
            prop_assert_eq!(filter.len() % FILTER_BLOCK, 0);
            for value in &values {
                prop_assert!(filter_may_have(&filter, filter_hash(value)));
            }
        }
    }

    #[test]
    fn a_filter_denies_most_others() {
        let hash = |i: u32| filter_hash(&i.to_le_bytes());
        for count in [100, 5_000, 40_000] {
            let filter = build_filter((0..count).map(hash).collect());
            assert!(filter.len() * 8 < count as usize * BITS_PER_VALUE + 256);
            let strangers = 100_000;
            let affirmed =
                (count..count + strangers).filter(|&i| filter_may_have(&filter, hash(i))).count();
            assert!(affirmed < strangers as usize / 150, "{affirmed} of {strangers}");
        }
        assert!(!filter_may_have(&build_filter(Vec::new()), hash(1)));
    }

    #[test]
    fn bits_are_where_parquet_has_them() {
        // Worked out by the text of Parquet's specification, with the hash 0x8000000000000001: of
        // four blocks the third, in each word the upper five bits of the salt.
        let mut filter = vec![0; 4 * FILTER_BLOCK];
        let hash = 1 << 63 | 1;
        assert_eq!(block_of(hash, 4), 2);
        for (i, bit) in [8, 8, 17, 20, 14, 5, 19, 11].into_iter().enumerate() {
            assert!(!filter_may_have(&filter, hash));
            let word = &mut filter[2 * FILTER_BLOCK + 4 * i..][..4];
            word.copy_from_slice(&(1u32 << bit).to_le_bytes());
        }
        assert!(filter_may_have(&filter, hash));
    }
}
