//! Tuples of numbers, numbered: the groups of `by`.

use crate::traceql::keys::{Numbering, Pairs};

/// Groups of spans by a number of keys.
pub struct Groups {
    /// For every key but the first: pairs of a group by the keys before it, and a number.
    levels: Vec<Pairs>,
    keys: usize,
}

impl Groups {
    /// Groups by `keys` keys; by none there is one.
    pub fn new(keys: usize) -> Groups {
        let levels = (1..keys).map(|_| Pairs::default()).collect();
        Groups { levels, keys }
    }

    /// One more than the largest number of a group.
    pub fn len(&self, numbering: &Numbering) -> usize {
        match (self.keys, self.levels.last()) {
            (0, _) => 1,
            (_, None) => numbering.len(),
            (_, Some(pairs)) => pairs.list.len(),
        }
    }

    /// Turns groups by the first `level` keys into groups by one more, whose numbers are `next`.
    pub fn refine(&mut self, level: usize, groups: &mut [u32], next: &[u32]) {
        let Some(pairs) = level.checked_sub(1).and_then(|level| self.levels.get_mut(level)) else {
            groups.copy_from_slice(next);
            return;
        };
        for (group, &next) in groups.iter_mut().zip(next) {
            *group = pairs.number((*group, next));
        }
    }

    /// The numbers of the keys of a group.
    pub fn tuple(&self, group: u32) -> Vec<u32> {
        let mut tuple = vec![0; self.keys];
        let mut rest = group;
        for (place, pairs) in tuple.iter_mut().skip(1).zip(&self.levels).rev() {
            let pair = pairs.list.get(rest as usize).copied().unwrap_or_default();
            (rest, *place) = pair;
        }
        if let Some(first) = tuple.first_mut() {
            *first = rest;
        }
        tuple
    }
}
