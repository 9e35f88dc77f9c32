//! What scans learned about predicates: the share of rows that match.
//!
//! The original engine guesses sizes before it scans: a tenth of the rows match, a result has 32
//! rows, a row matches by 4 columns. Here the first is the first guess as well, and only orders
//! conditions; observation replaces it. The other two have no counterpart: a bitmap has a bit per
//! row whatever matches, lists and masks are counted before they are made.

use super::predicate::PredicateKind;
use crate::name::Name;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use std::hash::BuildHasher;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The share of rows that is taken to match as long as nothing was observed: what the original
/// engine takes.
pub const FIRST_GUESS: f64 = 0.1;
/// Weight of the latest scan in the average.
const WEIGHT: f64 = 0.125;
/// Most columns and kinds that are remembered; what comes later is not.
const MAX_OBSERVATIONS: usize = 4096;

/// How many rows matched a kind of predicate on a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// The name.
    pub name: Name,
    /// The kind of predicate.
    pub kind: PredicateKind,
    /// Share of rows that matched, from 0 to 1: an exponential average in which the latest scan
    /// weighs an eighth.
    pub selectivity: f64,
    /// Scans observed.
    pub scans: u64,
}

/// All observations of a context.
#[derive(Default)]
pub(super) struct Observations {
    table: Mutex<HashTable<Observation>>,
}

fn hash(name: &Name, kind: PredicateKind) -> u64 {
    FixedState::default().hash_one((name, kind))
}

impl Observations {
    fn lock(&self) -> MutexGuard<'_, HashTable<Observation>> {
        // A panic while the lock is held leaves averages like any others.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in that `matched` of `rows` rows matched.
    pub fn add(&self, name: &Name, kind: PredicateKind, rows: u64, matched: u64) {
        if rows == 0 {
            return;
        }
        let share = matched as f64 / rows as f64;
        let mut table = self.lock();
        let full = table.len() >= MAX_OBSERVATIONS;
        let same = |o: &Observation| o.kind == kind && o.name == *name;
        match table.entry(hash(name, kind), same, |o| hash(&o.name, o.kind)) {
            Entry::Occupied(mut known) => {
                let known = known.get_mut();
                known.selectivity += WEIGHT * (share - known.selectivity);
                known.scans += 1;
            }
            Entry::Vacant(_) if full => {}
            Entry::Vacant(new) => {
                new.insert(Observation { name: name.clone(), kind, selectivity: share, scans: 1 });
            }
        }
    }

    /// The share of rows that is to be expected.
    pub fn expected(&self, name: &Name, kind: PredicateKind) -> f64 {
        Self::find(&self.lock(), name, kind).map_or(FIRST_GUESS, |o| o.selectivity)
    }

    pub fn of(&self, name: &Name, kind: PredicateKind) -> Option<Observation> {
        Self::find(&self.lock(), name, kind).cloned()
    }

    fn find<'t>(
        table: &'t HashTable<Observation>,
        name: &Name,
        kind: PredicateKind,
    ) -> Option<&'t Observation> {
        table.find(hash(name, kind), |o| o.kind == kind && o.name == *name)
    }

    pub fn all(&self) -> Vec<Observation> {
        let mut all: Vec<_> = self.lock().iter().cloned().collect();
        all.sort_by(|a, b| (&a.name, a.kind).cmp(&(&b.name, b.kind)));
        all
    }

    pub fn clear(&self) {
        self.lock().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_average_starts_with_the_first_scan_and_follows_the_latest() {
        let (observed, name) = (Observations::default(), Name::parse("span:name").unwrap());
        let expected = || observed.expected(&name, PredicateKind::Equal);
        assert_eq!(expected(), FIRST_GUESS);
        observed.add(&name, PredicateKind::Equal, 0, 0);
        assert_eq!(expected(), FIRST_GUESS);
        observed.add(&name, PredicateKind::Equal, 100, 50);
        assert_eq!(expected(), 0.5);
        observed.add(&name, PredicateKind::Equal, 100, 0);
        assert_eq!(expected(), 0.5 - 0.5 / 8.0);
        (0..200).for_each(|_| observed.add(&name, PredicateKind::Equal, 1000, 1));
        assert!((expected() - 0.001).abs() < 1e-6);
        assert_eq!(observed.expected(&name, PredicateKind::Range), FIRST_GUESS);
        assert_eq!(observed.all()[0].scans, 202);
        observed.clear();
        assert_eq!(expected(), FIRST_GUESS);
    }

    #[test]
    fn memory_for_observations_is_bounded() {
        let observed = Observations::default();
        for i in 0..MAX_OBSERVATIONS + 100 {
            let name = Name::parse(&format!(".key{i}")).unwrap();
            observed.add(&name, PredicateKind::Equal, 1, 1);
        }
        assert_eq!(observed.all().len(), MAX_OBSERVATIONS);
    }
}
