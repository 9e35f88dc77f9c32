//! Pairs of numbers, numbered.

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// Pairs of numbers, numbered as they come.
#[derive(Default)]
pub struct Pairs {
    /// The pairs.
    pub list: Vec<(u32, u32)>,
    /// Numbers of those that have a place there.
    near: Near,
    /// Numbers of all others.
    far: HashTable<u32>,
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
        if self.near.widen(pair.1) {
            (0..self.list.len() as u32).for_each(|number| self.put(number));
        }
        if self.near.place(pair).is_none()
            && let Some(&known) = self.far.find(hash(pair), |&n| self.is(n, pair))
        {
            return known;
        }
        let number = self.list.len() as u32;
        self.list.push(pair);
        self.put(number);
        number
    }

    fn is(&self, number: u32, pair: (u32, u32)) -> bool {
        self.list.get(number as usize) == Some(&pair)
    }

    /// Notes where a pair of the list is.
    fn put(&mut self, number: u32) {
        let pair = self.list[number as usize];
        if let Some(place) = self.near.place(pair) {
            self.near.put(place, number);
        } else if self.far.find(hash(pair), |&n| self.is(n, pair)).is_none() {
            let list = &self.list;
            self.far.insert_unique(hash(pair), number, |&n| hash(list[n as usize]));
        }
    }
}

fn hash(pair: (u32, u32)) -> u64 {
    FixedState::default().hash_one(u64::from(pair.0) << 32 | u64::from(pair.1))
}

impl Near {
    #[inline]
    fn place(&self, pair: (u32, u32)) -> Option<usize> {
        let place = (u64::from(pair.0) << self.bits) as usize | pair.1 as usize;
        (u64::from(pair.1) >> self.bits == 0 && place < MAX_NEAR).then_some(place)
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

    fn put(&mut self, place: usize, number: u32) {
        if place >= self.numbers.len() {
            self.numbers.resize(place + 1, NONE);
        }
        self.numbers[place] = number;
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
