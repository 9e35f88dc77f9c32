//! Zones and smallest and largest values leave out no row that matches.

#[path = "common/blocks.rs"]
mod blocks;
#[path = "common/drifting.rs"]
mod drifting;
#[path = "common/random.rs"]
mod random;

use blockpack::ErrorKind;
use blockpack::block::build::{BlockOptions, Profile};
use blockpack::block::{Block, BlockBytes, Bounds, Column, Sought, Values, Zones};
use blockpack::bytes::{AlignedBuf, Bytes};
use blockpack::value::ValueRef;
use drifting::Rng;
use proptest::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

/// How many columns had zones of each kind.
#[derive(Default)]
struct Seen {
    integers: usize,
    split: usize,
    doubles: usize,
    entries: usize,
}

/// The values of all rows.
fn values<'a>(column: &Column<'a>) -> Vec<Option<ValueRef<'a>>> {
    (0..column.presence.rows()).map(|row| column.get(row)).collect()
}

/// The zones that a row with a value that `matches` is in.
fn zones_of<'a>(column: &Column<'a>, matches: impl Fn(ValueRef<'a>) -> bool) -> u64 {
    let zoning = column.zoning();
    let rows = values(column).into_iter().enumerate();
    let found = rows.filter(|(_, value)| value.is_some_and(&matches));
    found.fold(0, |set, (row, _)| set | 1 << zoning.of_row(row as u32))
}

fn check_zones(column: &Column<'_>, rng: &mut Rng, seen: &mut Seen) {
    match (column.zones, column.values) {
        (Zones::Integers(_), Values::Integers(integers)) => {
            seen.integers += 1;
            seen.split += usize::from(integers.offsets.split_bits() > 0);
            for _ in 0..20 {
                let pick = |rng: &mut Rng| {
                    let at = rng.below(integers.offsets.len() as u64) as usize;
                    integers.offsets.get(at).unwrap().wrapping_add(rng.below(3)).wrapping_sub(1)
                };
                let (a, b) = (pick(rng), pick(rng));
                let (low, high) = if rng.below(2) == 0 { (a, a) } else { (a.min(b), a.max(b)) };
                let wanted = zones_of(column, |value| {
                    let bits = match value {
                        ValueRef::I64(v) => v as u64,
                        ValueRef::U64(v) | ValueRef::TimeNs(v) | ValueRef::DurationNs(v) => v,
                        ValueRef::SpanKind(v) | ValueRef::Status(v) => i64::from(v) as u64,
                        other => panic!("{other:?}"),
                    };
                    (low..=high).contains(&bits.wrapping_sub(integers.base))
                });
                let found = column.zones_of_integers(low, high);
                assert_eq!(wanted & !found, 0, "{low}..={high}");
                assert_eq!(found & !column.zoning().all(), 0);
            }
            assert_eq!(column.zones_of_integers(1, 0) & !column.zoning().all(), 0);
        }
        (Zones::Doubles(_), Values::Doubles(values)) => {
            seen.doubles += 1;
            for _ in 0..20 {
                let low = values[rng.below(values.len() as u64) as usize];
                let high = *rng.pick(&[low, low + 1.0, 0.0, -0.0, f64::INFINITY]);
                let wanted = zones_of(
                    column,
                    |value| matches!(value, ValueRef::F64(v) if low <= v && v <= high),
                );
                assert_eq!(wanted & !column.zones_of_doubles(low, high), 0, "{low}..={high}");
            }
        }
        (Zones::Entries(_), Values::Dictionary { entries, .. }) => {
            seen.entries += 1;
            for (code, entry) in entries.iter().enumerate() {
                let wanted = zones_of(
                    column,
                    |value| matches!(value, ValueRef::Str(v) | ValueRef::Bytes(v) if v == entry),
                );
                assert_eq!(column.zones_of_entry(code as u32), wanted, "exact");
            }
        }
        (Zones::None, _) => {
            let all = column.zoning().all();
            assert_eq!(column.zones_of_integers(5, 6), all);
            assert_eq!(column.zones_of_doubles(5.0, 6.0), all);
            assert_eq!(column.zones_of_entry(5), all);
        }
        (zones, values) => panic!("{zones:?} {values:?}"),
    }
}

/// Whether one of the values is sought, by looking at each.
fn has(column: &Column<'_>, sought: &Sought<'_>) -> bool {
    values(column).into_iter().flatten().any(|value| {
        let integer = match value {
            ValueRef::I64(v) => Some(i128::from(v)),
            ValueRef::U64(v) | ValueRef::TimeNs(v) | ValueRef::DurationNs(v) => Some(v.into()),
            ValueRef::SpanKind(v) | ValueRef::Status(v) => Some(v.into()),
            _ => None,
        };
        let bytes = match value {
            ValueRef::Str(v) | ValueRef::Bytes(v) | ValueRef::Id(v) => Some(v),
            _ => None,
        };
        match *sought {
            Sought::Any => true,
            Sought::Integers(low, high) => integer.is_some_and(|v| low <= v && v <= high),
            Sought::Doubles(low, high) => {
                matches!(value, ValueRef::F64(v) if low <= v && v <= high)
            }
            Sought::Bool(wanted) => matches!(value, ValueRef::Bool(v) if v == wanted),
            Sought::Equal(wanted) => bytes == Some(wanted),
            Sought::StartsWith(part) => bytes.is_some_and(|v| v.starts_with(part)),
            Sought::Between(low, high) => bytes.is_some_and(|v| {
                low.is_none_or(|low| low <= v) && high.is_none_or(|high| v <= high)
            }),
        }
    })
}

/// Whether bounds let through what is there, and, of some, keep out what is not.
fn check_bounds(column: &Column<'_>, rng: &mut Rng) -> usize {
    let bounds = Bounds::of(column.entry).unwrap();
    let number = rng.next() as i64 >> rng.below(64);
    let double = f64::from_bits(rng.next());
    let text = format!("item {}", rng.below(300)).into_bytes();
    let some = values(column).into_iter().flatten().nth(rng.below(100) as usize);
    let there = match some {
        Some(ValueRef::Str(v) | ValueRef::Bytes(v) | ValueRef::Id(v)) => v,
        _ => b"",
    };
    let mut long = there.to_vec();
    long.push(0);
    let mut kept_out = 0;
    for sought in [
        Sought::Any,
        Sought::Integers(number.into(), i128::from(number) + i128::from(rng.next())),
        Sought::Integers(i128::MIN, -1),
        Sought::Doubles(double, f64::INFINITY),
        Sought::Doubles(0.0, 0.0),
        Sought::Doubles(-0.0, -0.0),
        Sought::Bool(true),
        Sought::Bool(false),
        Sought::Equal(&text),
        Sought::Equal(there),
        Sought::Equal(&long),
        Sought::Equal(b""),
        Sought::StartsWith(&there[..there.len() / 2]),
        Sought::StartsWith(&long),
        Sought::StartsWith(b"\xff\xff"),
        Sought::StartsWith(b""),
        Sought::Between(Some(&text), None),
        Sought::Between(None, Some(&text)),
        Sought::Between(Some(there), Some(&long)),
        Sought::Between(None, None),
    ] {
        let may = bounds.may_have(&sought);
        assert!(may || !has(column, &sought), "{sought:?} {bounds:?}");
        kept_out += usize::from(!may);
    }
    kept_out
}

fn check_block(block: &Block, rng: &mut Rng, seen: &mut Seen) -> usize {
    block.verify().unwrap();
    let mut kept_out = 0;
    for index in 0..block.column_count() {
        let column = block.column(index).unwrap();
        check_zones(column, rng, seen);
        kept_out += check_bounds(column, rng);
    }
    kept_out
}

#[test]
fn drifting_values_are_found_in_their_zones() {
    let mut seen = Seen::default();
    let mut kept_out = 0;
    let mut rng = Rng(3);
    for round in 0..40 {
        let message = drifting::message(&mut rng, *Rng(round + 1).pick(&[500, 5_000, 9_000]));
        let profile = if round % 4 == 0 { Profile::Archive } else { Profile::Hot };
        let options = BlockOptions { profile, ..BlockOptions::default() };
        for block in &blocks::build(&[message], &options) {
            kept_out += check_block(block, &mut rng, &mut seen);
        }
    }
    let Seen { integers, split, doubles, entries } = seen;
    assert!(
        integers > 20 && split > 5 && doubles > 5 && entries > 5,
        "{integers} {split} {doubles} {entries}"
    );
    assert!(kept_out > 1_000, "{kept_out}");
}

#[test]
fn recorded_values_are_found_in_their_zones() {
    let mut seen = Seen::default();
    for block in &blocks::build(&blocks::recording(), &BlockOptions::default()) {
        check_block(block, &mut Rng(5), &mut seen);
    }
    assert!(seen.integers > 0 && seen.entries > 0);
}

/// A block with bytes changed by `edit`, given where its sections' and columns' entries begin, and
/// with hashes that fit: made by somebody who means harm.
fn forged(block: &Block, edit: impl FnOnce(&mut [u8], usize, usize)) -> Block {
    let mut bytes = AlignedBuf::from(&block.bytes().to_bytes().unwrap()[..]);
    let number = |bytes: &[u8], at: usize| {
        u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
    };
    let (sections, columns) = (number(&bytes, 48), number(&bytes, 52));
    let columns_at = 128 + 32 * sections;
    edit(&mut bytes, 128, columns_at);
    for entry in (0..sections).map(|i| 128 + 32 * i) {
        let start = number(&bytes, entry) * 64;
        let hash = xxh3_64(&bytes[start..start + number(&bytes, entry + 8)]);
        bytes[entry + 24..entry + 32].copy_from_slice(&hash.to_le_bytes());
    }
    let names_end = columns_at + 80 * columns + number(&bytes, 12);
    let hash = xxh3_64(&bytes[128..names_end]);
    bytes[112..120].copy_from_slice(&hash.to_le_bytes());
    let hash = xxh3_64(&bytes[..120]);
    bytes[120..128].copy_from_slice(&hash.to_le_bytes());
    Block::open(BlockBytes::Whole(Bytes::from_aligned(bytes))).unwrap()
}

#[test]
fn zones_and_bounds_that_contradict_the_values_are_found_by_verifying() {
    const MIN_AT: usize = 64;
    const ZONES_AT: usize = 36;
    const MASKS_AT: usize = 40;
    let blocks = blocks::build(&blocks::recording(), &BlockOptions::default());
    let block = blocks.get(0).unwrap();
    forged(block, |_, _, _| {}).verify().unwrap();
    let mut forgeries = 0;
    for info in block.columns() {
        let entry_at = |columns: usize| columns + 80 * info.index as usize;
        if info.entry.encoding > 0 {
            let bad = forged(block, |bytes, _, columns| bytes[entry_at(columns) + MIN_AT] ^= 1);
            bad.column(info.index).unwrap();
            assert_eq!(bad.verify().unwrap_err().kind(), ErrorKind::Corrupt);
        }
        for (at, section) in [(ZONES_AT, info.entry.zones), (MASKS_AT, info.entry.zone_masks)] {
            if section == u32::MAX {
                continue;
            }
            forgeries += 1;
            let wrong = forged(block, |bytes, sections, _| {
                let entry = sections + 32 * section as usize;
                let start = u32::from_le_bytes(bytes[entry..entry + 4].try_into().unwrap());
                bytes[start as usize * 64] ^= 1;
            });
            wrong.column(info.index).unwrap();
            assert_eq!(wrong.verify().unwrap_err().kind(), ErrorKind::Corrupt);
            // Sections of another length, or none.
            for other in [info.entry.values, 0, u32::MAX - 1] {
                let strange = forged(block, |bytes, _, columns| {
                    let at = entry_at(columns) + at;
                    bytes[at..at + 4].copy_from_slice(&other.to_le_bytes());
                });
                let e = strange.column(info.index).unwrap_err();
                assert_eq!(e.kind(), ErrorKind::Corrupt, "{e}");
            }
        }
    }
    assert!(forgeries > 5, "{forgeries}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]
    #[test]
    fn odd_values_are_within_their_bounds(
        resources in random::resources(random::Wildness::Any),
        seed in 1..u64::MAX,
    ) {
        let message = random::encode(&resources);
        for block in &blocks::build(&[message], &BlockOptions::default()) {
            check_block(block, &mut Rng(seed), &mut Seen::default());
        }
    }
}
