//! Distinct byte strings, numbered in the order they came.

use crate::block::string_prefix;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// A set of byte strings; each has the number of strings that were there before it.
#[derive(Default)]
pub struct Interner {
    table: HashTable<u32>,
    /// Where each string ends in `bytes`; it begins where the one before ends.
    ends: Vec<usize>,
    bytes: Vec<u8>,
    hasher: foldhash::fast::FixedState,
    last: u32,
}

impl Interner {
    /// Number of `value`, which is added if it is new.
    #[inline]
    pub fn intern(&mut self, value: &[u8]) -> u32 {
        // Values come in runs: the same service, the same method.
        if (self.last as usize) < self.ends.len() && self.get(self.last) == value {
            return self.last;
        }
        self.last = self.intern_slow(value);
        self.last
    }

    fn intern_slow(&mut self, value: &[u8]) -> u32 {
        let Interner { table, ends, bytes, hasher, .. } = self;
        let hash = hasher.hash_one(value);
        let string = |code: u32| slice(ends, bytes, code);
        let entry = table.entry(hash, |&c| string(c) == value, |&c| hasher.hash_one(string(c)));
        match entry {
            hashbrown::hash_table::Entry::Occupied(found) => *found.get(),
            hashbrown::hash_table::Entry::Vacant(free) => {
                let code = ends.len() as u32;
                free.insert(code);
                bytes.extend_from_slice(value);
                ends.push(bytes.len());
                code
            }
        }
    }

    /// String number `code`.
    #[inline]
    pub fn get(&self, code: u32) -> &[u8] {
        slice(&self.ends, &self.bytes, code)
    }

    /// How many strings there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes of all strings.
    pub fn total_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Numbers of the strings, sorted by the strings' bytes.
    pub fn sorted(&self) -> Vec<u32> {
        // Most comparisons end in the first 8 bytes, which are kept beside the number.
        let mut keyed: Vec<(u64, u32)> =
            (0..self.len() as u32).map(|code| (string_prefix(self.get(code)), code)).collect();
        keyed.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| self.get(a.1).cmp(self.get(b.1))));
        keyed.into_iter().map(|(_, code)| code).collect()
    }
}

#[inline]
fn slice<'a>(ends: &[usize], bytes: &'a [u8], code: u32) -> &'a [u8] {
    let start = match code {
        0 => 0,
        n => ends[n as usize - 1],
    };
    &bytes[start..ends[code as usize]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_stable_and_sorting_sorts(values: Vec<Vec<u8>>) {
            let mut interner = Interner::default();
            let codes: Vec<u32> = values.iter().map(|v| interner.intern(v)).collect();
            for (code, value) in codes.iter().zip(&values) {
                prop_assert_eq!(interner.get(*code), &value[..]);
                prop_assert_eq!(interner.intern(value), *code);
            }
            let sorted: Vec<&[u8]> =
                interner.sorted().into_iter().map(|c| interner.get(c)).collect();
            let oracle: std::collections::BTreeSet<&[u8]> =
                values.iter().map(|v| &v[..]).collect();
            prop_assert_eq!(sorted, oracle.into_iter().collect::<Vec<_>>());
        }
    }
}
