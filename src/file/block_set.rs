//! Sets of blocks of a file.

/// Some of the blocks of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockSet {
    /// A bit per block, lowest first; bits past the last block are 0.
    words: Vec<u64>,
    blocks: usize,
}

impl BlockSet {
    /// None of `blocks` blocks.
    pub fn none(blocks: usize) -> BlockSet {
        BlockSet { words: vec![0; blocks.div_ceil(64)], blocks }
    }

    /// All of `blocks` blocks.
    pub fn all(blocks: usize) -> BlockSet {
        let mut set = BlockSet::none(blocks);
        set.words.fill(u64::MAX);
        if !blocks.is_multiple_of(64)
            && let Some(last) = set.words.last_mut()
        {
            *last = (1 << (blocks % 64)) - 1;
        }
        set
    }

    /// Adds block `number`; one that the file does not have is ignored.
    pub fn insert(&mut self, number: usize) {
        if number < self.blocks
            && let Some(word) = self.words.get_mut(number / 64)
        {
            *word |= 1 << (number % 64);
        }
    }

    /// Whether block `number` is in the set.
    pub fn contains(&self, number: usize) -> bool {
        self.words.get(number / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    /// How many blocks are in the set.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether no block is.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    /// Keeps the blocks that are also in `other`, a set of the same file's.
    pub fn intersect(&mut self, other: &BlockSet) {
        let others = other.words.iter().chain(std::iter::repeat(&0));
        self.words.iter_mut().zip(others).for_each(|(word, other)| *word &= other);
    }

    /// Adds the blocks that are in `other`, a set of the same file's.
    pub fn unite(&mut self, other: &BlockSet) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word |= other);
    }

    /// The numbers of the blocks in the set, ascending.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(i, &word)| {
            let mut rest = word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
                rest &= rest - 1;
                Some(64 * i + bit)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn sets_of_blocks_are_sets_of_numbers() {
        for blocks in [0, 1, 63, 64, 65, 200] {
            let threes: BTreeSet<usize> = (0..blocks).step_by(3).collect();
            let fives: BTreeSet<usize> = (0..blocks).step_by(5).collect();
            let set = |numbers: &BTreeSet<usize>| {
                let mut set = BlockSet::none(blocks);
                numbers.iter().for_each(|&n| set.insert(n));
                assert_eq!(set.len(), numbers.len());
                set
            };
            let (mut both, mut any) = (set(&threes), set(&threes));
            both.intersect(&set(&fives));
            any.unite(&set(&fives));
            assert!(both.iter().eq(threes.intersection(&fives).copied()));
            assert!(any.iter().eq(threes.union(&fives).copied()));
            assert!(
                (0..300).all(|n| any.contains(n) == (threes.contains(&n) || fives.contains(&n)))
            );
            let mut all = BlockSet::all(blocks);
            assert!(all.iter().eq(0..blocks));
            all.insert(blocks);
            assert_eq!(all.len(), blocks);
            assert!(BlockSet::none(blocks).is_empty());
        }
    }
}
