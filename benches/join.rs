//! Finding the traces that lie in several blocks, three ways over the same ids: `cargo bench --bench join`.
//!
//! The library marks ids in tables of bits, at the place that bits of the id are, and puts those that met
//! another in all of them into a hash table. The other ways are to mark hashes of all ids and to sort those
//! that met a mark, and one hash map of all ids, sized for them. Every figure is the median of several runs,
//! on one thread.

use hashbrown::{HashMap, HashTable};
use std::hash::{BuildHasher, Hasher};
use std::hint::black_box;
use std::time::Instant;

const FRAGMENTS: usize = 200_000;
const RUNS: usize = 25;

type Id = [u8; 16];

fn main() {
    println!("{FRAGMENTS} fragments of traces");
    println!("{:24} {:>14} {:>14} {:>14}", "", "bits, table", "hashes, sort", "hash map");
    for (what, share) in
        [("no trace in two blocks", 0), ("1 % in two", 1), ("10 %", 10), ("half", 50), ("all", 100)]
    {
        let ids = ids(share);
        assert_eq!(by_bits(&ids), by_hashing(&ids));
        assert_eq!(by_sorting(&ids), by_hashing(&ids));
        print!("{what:24}");
        for way in [by_bits, by_sorting, by_hashing] {
            print!(" {:11.2} ms", median(|| way(&ids)) * 1e3);
        }
        println!();
    }
}

/// Ids of fragments; of the traces, this share in percent has two.
fn ids(share: usize) -> Vec<Id> {
    let id = |number: usize| {
        let mut hasher = foldhash::fast::FixedState::with_seed(7).build_hasher();
        hasher.write_usize(number);
        let half = hasher.finish();
        let other = half.rotate_left(29).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (u128::from(half) << 64 | u128::from(other)).to_le_bytes()
    };
    let mut ids = Vec::with_capacity(FRAGMENTS);
    for number in 0.. {
        let copies = if number % 100 < share { 2 } else { 1 };
        ids.extend(std::iter::repeat_n(id(number), copies.min(FRAGMENTS - ids.len())));
        if ids.len() == FRAGMENTS {
            break;
        }
    }
    // Fragments of a trace are in different blocks, far from each other.
    let (even, odd): (Vec<_>, Vec<_>) = ids.iter().enumerate().partition(|(at, _)| at % 2 == 0);
    even.into_iter().chain(odd).map(|(_, id)| *id).collect()
}

/// How many traces have several fragments, as the library finds them.
fn by_bits(ids: &[Id]) -> usize {
    let mut left: Vec<u32> = (0..ids.len() as u32).collect();
    let (mut seen, mut twice) = (Vec::new(), Vec::new());
    for window in [12, 8, 4, 0] {
        let words = (left.len() / 4).next_power_of_two();
        let place = |id: &Id| {
            let bytes = [id[window], id[window + 1], id[window + 2], id[window + 3]];
            let at = u32::from_be_bytes(bytes);
            ((at >> 6) as usize & (words - 1), 1u64 << (at % 64))
        };
        for table in [&mut seen, &mut twice] {
            table.clear();
            table.resize(words, 0);
        }
        for &fragment in &left {
            let (word, bit) = place(&ids[fragment as usize]);
            twice[word] |= seen[word] & bit;
            seen[word] |= bit;
        }
        let before = left.len();
        left.retain(|&fragment| {
            let (word, bit) = place(&ids[fragment as usize]);
            twice[word] & bit != 0
        });
        if left.len() == before {
            break;
        }
    }
    let state = foldhash::fast::RandomState::default();
    let hash = |fragment: u32| state.hash_one(&ids[fragment as usize][..]);
    let mut table: HashTable<(u32, u32)> = HashTable::with_capacity(left.len());
    for &fragment in &left {
        let same = |&(first, _): &(u32, u32)| ids[first as usize] == ids[fragment as usize];
        let rehash = |&(first, _): &(u32, u32)| hash(first);
        table.entry(hash(fragment), same, rehash).or_insert((fragment, 0)).get_mut().1 += 1;
    }
    table.iter().filter(|(_, fragments)| *fragments > 1).count()
}

/// The same by marks of hashes, and sorting the ids that met a mark.
fn by_sorting(ids: &[Id]) -> usize {
    let state = foldhash::fast::FixedState::default();
    let hash = |id: &Id| state.hash_one(u128::from_le_bytes(*id));
    let words = (ids.len() / 4).next_power_of_two();
    let place = |hash: u64| ((hash >> 6) as usize & (words - 1), 1u64 << (hash % 64));
    let (mut seen, mut twice) = (vec![0u64; words], vec![0u64; words]);
    for id in ids {
        let (word, bit) = place(hash(id));
        twice[word] |= seen[word] & bit;
        seen[word] |= bit;
    }
    let mut candidates = Vec::new();
    for (fragment, id) in ids.iter().enumerate() {
        let hash = hash(id);
        let (word, bit) = place(hash);
        if twice[word] & bit != 0 {
            candidates.push((hash, *id, fragment));
        }
    }
    candidates.sort_unstable();
    candidates.chunk_by(|a, b| a.1 == b.1).filter(|group| group.len() > 1).count()
}

/// The same by a hash map from ids to the numbers of their fragments.
fn by_hashing(ids: &[Id]) -> usize {
    let state = foldhash::fast::FixedState::default;
    let mut first: HashMap<Id, u32, _> = HashMap::with_capacity_and_hasher(ids.len(), state());
    let mut several: HashMap<Id, Vec<u32>, _> = HashMap::with_hasher(state());
    for (fragment, id) in ids.iter().enumerate() {
        if let Some(&before) = first.get(id) {
            several.entry(*id).or_insert_with(|| vec![before]).push(fragment as u32);
        } else {
            first.insert(*id, fragment as u32);
        }
    }
    black_box(&several);
    several.len()
}

fn median(mut run: impl FnMut() -> usize) -> f64 {
    let mut seconds: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            black_box(run());
            start.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    seconds[RUNS / 2]
}
