//! Pairs of numbers, numbered.

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// Pairs of numbers, numbered as they come.
#[derive(Default)]
pub struct Pairs {
    /// The pairs.
    pub list: Vec<(u32, u32)>,
    table: HashTable<u32>,
    near: Near,
}

/// Numbers of pairs of small numbers, by place: a look-up without a hash.
#[derive(Default)]
struct Near {
    /// Bits of the second number in a place; the first is above.
    bits: u32,
    numbers: Vec<u32>,
}

/// Places of [`Near`], at most.
const MAX_NEAR: usize = 1 << 20;

/// The number of no pair.
const NONE: u32 = u32::MAX;

impl Pairs {
    /// The number of a pair.
    #[inline]
    pub fn number(&mut self, pair: (u32, u32)) -> u32 {
        let place = self.near.place(pair);
        match place.and_then(|place| self.near.numbers.get(place)) {
            Some(&number) if number != NONE => number,
            _ => self.find(pair),
        }
    }

    fn find(&mut self, pair: (u32, u32)) -> u32 {
        let hash = |pair: (u32, u32)| {
            FixedState::default().hash_one(u64::from(pair.0) << 32 | u64::from(pair.1))
        };
        let list = &self.list;
        let own = hash(pair);
        if let Some(&known) = self.table.find(own, |&n| list.get(n as usize) == Some(&pair)) {
            return known;
        }
        let number = list.len() as u32;
        self.list.push(pair);
        let list = &self.list;
        self.table.insert_unique(own, number, |&n| hash(list[n as usize]));
        if self.near.widen(pair.1) {
            list.iter().zip(0..).for_each(|(&pair, number)| self.near.put(pair, number));
        }
        self.near.put(pair, number);
        number
    }
}

impl Near {
    #[inline]
    fn place(&self, pair: (u32, u32)) -> Option<usize> {
        let place = (u64::from(pair.0) << self.bits) as usize | pair.1 as usize;
        (u64::from(pair.1) >> self.bits == 0).then_some(place)
    }

    /// Makes room for second numbers of this size, unless they are too large; whether what was put
    /// before is gone.
    fn widen(&mut self, second: u32) -> bool {
        let bits = u32::BITS - second.leading_zeros();
        let widens = bits > self.bits && 1 << bits <= MAX_NEAR;
        if widens {
            self.bits = bits;
            self.numbers.clear();
        }
        widens
    }

    fn put(&mut self, pair: (u32, u32), number: u32) {
        if let Some(place) = self.place(pair).filter(|&place| place < MAX_NEAR) {
            if place >= self.numbers.len() {
                self.numbers.resize(place + 1, NONE);
            }
            self.numbers[place] = number;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn pairs_of_any_size_keep_their_numbers() {
        let mut pairs = Pairs::default();
        let mut known = HashMap::new();
        let mut x = 0x9e37_79b9_7f4a_7c15u64;
        for _ in 0..50_000 {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            let small = x & 3 > 0;
            let of = |x: u64| if small { x as u32 % 100 } else { x as u32 };
            let pair = (of(x >> 8), of(x >> 32));
            let next = known.len() as u32;
            let number = *known.entry(pair).or_insert(next);
            assert_eq!(pairs.number(pair), number);
            assert_eq!(pairs.list[number as usize], pair);
        }
    }
}
