//! Blocks that an index leaves out have no value that was sought, and the index tells what the
//! blocks tell.

#[path = "common/blocks.rs"]
mod blocks;
mod common;
#[path = "common/drifting.rs"]
mod drifting;
#[path = "common/random.rs"]
mod random;

use blockpack::block::build::BlockOptions;
use blockpack::block::{Block, Field, Sought, Table};
use blockpack::bytes::Bytes;
use blockpack::file::column_index::ColumnName;
use blockpack::file::format::{TRAILER_LEN, Tail, Trailer, region};
use blockpack::file::reader::{Reader, Verify};
use blockpack::file::source::{Counted, Memory, ReadRange, Source};
use blockpack::file::writer::Writer;
use blockpack::value::{ValueRef, ValueType};
use blockpack::wire::WriteExt;
use blockpack::{Blocks, ErrorKind, Result};
use drifting::Rng;
use proptest::prelude::*;
use random::{Attributes, Resource, Scope, Span};
use std::collections::BTreeMap;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// A source that is never mapped, as an object store is not.
struct Remote(Memory);

impl Source for Remote {
    fn name(&self) -> &str {
        "bucket/object"
    }
    fn len(&self) -> u64 {
        self.0.len()
    }
    fn read(&self, ranges: &mut [ReadRange<'_>]) -> Result<()> {
        self.0.read(ranges)
    }
}

fn file_of(blocks: &Blocks) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), "memory").unwrap();
    blocks.iter().for_each(|block| writer.append_block(block).unwrap());
    writer.finish().unwrap().0
}

fn open(file: &[u8]) -> Result<Reader> {
    let memory = Memory::new(Bytes::copy_from_slice(file));
    Reader::open_source(Arc::new(memory), Verify::Lazy)
}

/// The file with its tail changed, and a trailer that fits.
fn edit_tail(file: &[u8], edit: impl FnOnce(&mut Tail)) -> Vec<u8> {
    let at = file.len() - TRAILER_LEN as usize;
    let trailer: Trailer = bytemuck::pod_read_unaligned(&file[at..]);
    let tail_at = trailer.tail_offset as usize;
    let mut tail = Tail::parse(&file[tail_at..at], trailer.tail_offset).unwrap();
    edit(&mut tail);
    let tail = tail.to_bytes().unwrap();
    let trailer = Trailer::new(trailer.header, trailer.tail_offset, &tail);
    [&file[..tail_at], &tail, bytemuck::bytes_of(&trailer)].concat()
}

/// A value that owns its bytes.
#[derive(Clone, Debug)]
enum Literal {
    Any,
    Integers(i128, i128),
    Doubles(f64, f64),
    Bool(bool),
    Equal(Vec<u8>),
    StartsWith(Vec<u8>),
    Between(Option<Vec<u8>>, Option<Vec<u8>>),
}

impl Literal {
    fn sought(&self) -> Sought<'_> {
        match self {
            Literal::Any => Sought::Any,
            Literal::Integers(low, high) => Sought::Integers(*low, *high),
            Literal::Doubles(low, high) => Sought::Doubles(*low, *high),
            Literal::Bool(value) => Sought::Bool(*value),
            Literal::Equal(value) => Sought::Equal(value),
            Literal::StartsWith(part) => Sought::StartsWith(part),
            Literal::Between(low, high) => Sought::Between(low.as_deref(), high.as_deref()),
        }
    }

    /// Something to seek that `value` may be or not.
    fn near(value: ValueRef<'_>, rng: &mut Rng) -> Literal {
        let integers = |v: i128, rng: &mut Rng| {
            let low = v + i128::from(rng.below(3)) - 1;
            Literal::Integers(low, low + i128::from(rng.below(2) * rng.below(1 << 20)))
        };
        if rng.below(8) == 0 {
            return Literal::Any;
        }
        match value {
            ValueRef::I64(v) => integers(v.into(), rng),
            ValueRef::U64(v) | ValueRef::TimeNs(v) | ValueRef::DurationNs(v) => {
                integers(v.into(), rng)
            }
            ValueRef::SpanKind(v) | ValueRef::Status(v) => integers(v.into(), rng),
            ValueRef::F64(v) => {
                let low = v + rng.pick(&[0.0, 0.0, -0.5, 1e9]);
                Literal::Doubles(low, *rng.pick(&[low, low + 1.0, -0.0, f64::INFINITY]))
            }
            ValueRef::Bool(v) => Literal::Bool(v != (rng.below(3) == 0)),
            ValueRef::Str(v) | ValueRef::Bytes(v) | ValueRef::Id(v) => {
                let mut text = v.to_vec();
                if rng.below(3) == 0 {
                    text.push(rng.below(256) as u8);
                }
                match rng.below(5) {
                    0 => Literal::StartsWith(
                        text[..rng.below(text.len() as u64 + 1) as usize].into(),
                    ),
                    1 => Literal::Between(Some(text), None),
                    2 => Literal::Between(None, Some(text)),
                    _ => Literal::Equal(text),
                }
            }
            ValueRef::Empty | ValueRef::List(_) | ValueRef::Nested(_) => Literal::Any,
        }
    }

    fn has(&self, value: ValueRef<'_>) -> bool {
        let bytes = match value {
            ValueRef::Str(v) | ValueRef::Bytes(v) | ValueRef::Id(v) => v,
            _ => b"",
        };
        match (self, value) {
            (Literal::Any, _) => true,
            (Literal::Integers(low, high), _) => {
                let integer = match value {
                    ValueRef::I64(v) => v.into(),
                    ValueRef::U64(v) | ValueRef::TimeNs(v) | ValueRef::DurationNs(v) => v.into(),
                    ValueRef::SpanKind(v) | ValueRef::Status(v) => v.into(),
                    _ => return false,
                };
                (*low..=*high).contains(&integer)
            }
            (Literal::Doubles(low, high), ValueRef::F64(v)) => *low <= v && v <= *high,
            (Literal::Bool(wanted), ValueRef::Bool(v)) => *wanted == v,
            (Literal::Equal(wanted), _) => wanted == bytes,
            (Literal::StartsWith(part), _) => bytes.starts_with(part),
            (Literal::Between(low, high), _) => {
                low.as_ref().is_none_or(|low| &low[..] <= bytes)
                    && high.as_ref().is_none_or(|high| bytes <= high)
            }
            _ => false,
        }
    }
}

/// A name that is sought: a fixed column or an attribute.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    table: Table,
    attribute: bool,
    key: Vec<u8>,
}

impl Name {
    fn column(&self) -> ColumnName<'_> {
        ColumnName { table: self.table, attribute: self.attribute, key: &self.key }
    }

    /// Values of all rows, those in the residual table too.
    fn values<'a>(&self, block: &'a Block) -> Vec<ValueRef<'a>> {
        let rows = 0..block.table_rows(self.table);
        if self.attribute {
            let value = |row| block.attribute_value(self.table, row, &self.key).unwrap();
            return rows.filter_map(value).collect();
        }
        let field = Field::ALL.iter().find(|field| field.key().as_bytes() == self.key).unwrap();
        let column = block.field(*field).unwrap();
        rows.filter_map(|row| column?.get(row)).collect()
    }
}

/// All names of the blocks, and one that none has.
fn names(blocks: &Blocks) -> Vec<Name> {
    let mut names = vec![Name { table: Table::Span, attribute: true, key: b"nobody's".into() }];
    for block in blocks {
        for info in block.columns() {
            names.push(Name { table: info.table, attribute: info.attribute, key: info.key.into() });
        }
        for table in [Table::Span, Table::Resource, Table::Scope, Table::Event, Table::Link] {
            for row in 0..block.table_rows(table) {
                for attribute in block.attributes(table, row).unwrap() {
                    let key = attribute.unwrap().key.to_vec();
                    names.push(Name { table, attribute: true, key });
                }
            }
        }
    }
    names.sort();
    names.dedup();
    names
}

/// How often blocks were asked about, and left out.
#[derive(Default)]
struct Tally {
    asked: usize,
    left_out: usize,
}

/// Asks readers of the file of `blocks`, in memory, far away and without index, about random values.
fn check(blocks: &Blocks, rng: &mut Rng, rounds: usize, tally: &mut Tally) {
    let file = file_of(blocks);
    let memory = Memory::new(Bytes::copy_from_slice(&file));
    let blind = edit_tail(&file, |tail| tail.regions.clear());
    let readers = [
        open(&file).unwrap(),
        Reader::open_source(Arc::new(Remote(memory)), Verify::Full).unwrap(),
        open(&blind).unwrap(),
    ];
    check_columns(blocks, &readers);
    let names = names(blocks);
    for _ in 0..rounds {
        let asked = [rng.pick(&names), rng.pick(&names)];
        let mut sought: Vec<(ValueType, Literal)> = Vec::new();
        for name in asked {
            let values: Vec<_> = blocks.iter().flat_map(|block| name.values(block)).collect();
            if !values.is_empty() {
                let value = *rng.pick(&values);
                sought.push((value.value_type(), Literal::near(value, rng)));
            }
        }
        let question: Vec<_> = sought.iter().map(|(t, l)| (*t, l.sought())).collect();
        let found = readers
            .each_ref()
            .map(|reader| reader.blocks_that_may(&asked.map(Name::column), &question).unwrap());
        assert_eq!(found[0], found[1]);
        for (number, block) in blocks.iter().enumerate() {
            let values = asked.iter().flat_map(|name| name.values(block));
            let has = |v: ValueRef<'_>| {
                sought.iter().any(|(of, literal)| *of == v.value_type() && literal.has(v))
            };
            let wanted = values.into_iter().any(has);
            for found in &found {
                assert!(found.contains(number) || !wanted, "{asked:?} {sought:?}");
            }
            // Filters only leave out more.
            assert!(found[2].contains(number) || !found[0].contains(number));
            tally.asked += 1;
            tally.left_out += usize::from(!found[0].contains(number));
        }
    }
}

/// Compares the columns that readers list with those of the blocks.
fn check_columns(blocks: &Blocks, readers: &[Reader]) {
    let mut wanted = BTreeMap::new();
    for block in blocks {
        for info in block.columns() {
            let key = (info.table, info.attribute, info.name.to_vec(), info.value_type);
            let (blocks, present) = wanted.entry(key).or_insert((0, 0));
            *blocks += 1u64;
            *present += u64::from(info.entry.present);
        }
    }
    let wanted: Vec<_> = wanted.into_iter().collect();
    for reader in readers {
        let columns = reader.columns().unwrap().map(|column| {
            let key = (column.table, column.attribute, column.name.to_vec(), column.value_type);
            (key, (column.blocks, column.present))
        });
        assert_eq!(columns.collect::<Vec<_>>(), wanted);
    }
}

#[test]
fn blocks_left_out_have_no_drifting_value_that_was_sought() {
    let mut rng = Rng(11);
    let mut tally = Tally::default();
    for _ in 0..8 {
        let message = drifting::message(&mut rng, 4_000);
        let options = BlockOptions {
            max_rows: 200 + rng.below(900) as usize,
            max_attribute_columns: *rng.pick(&[1_000, 3]),
            ..BlockOptions::default()
        };
        check(&blocks::build(&[message], &options), &mut rng, 120, &mut tally);
    }
    assert!(tally.left_out * 20 > tally.asked, "{} of {}", tally.left_out, tally.asked);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]
    #[test]
    fn blocks_left_out_have_no_odd_value_that_was_sought(
        resources in random::resources(random::Wildness::Any),
        seed in 1..u64::MAX,
    ) {
        let mut rng = Rng(seed);
        let options = BlockOptions {
            max_rows: 1 + rng.below(5) as usize,
            max_attribute_columns: rng.below(20) as usize,
            ..BlockOptions::default()
        };
        let blocks = blocks::build(&[random::encode(&resources)], &options);
        check(&blocks, &mut rng, 30, &mut Tally::default());
    }
}

#[test]
fn blocks_left_out_have_no_recorded_value_that_was_sought() {
    let mut rng = Rng(13);
    let mut tally = Tally::default();
    let options = BlockOptions { max_rows: 1_000, ..BlockOptions::default() };
    check(&blocks::build(&blocks::recording(), &options), &mut rng, 100, &mut tally);
    assert!(tally.left_out > 5, "{} of {}", tally.left_out, tally.asked);
}

#[test]
fn blocks_left_out_have_no_real_value_that_was_sought() {
    for set in ["small-mixed.pbd", "essvt.pbd.zst", "buildx.pbd", "savant.pbd"] {
        if let Some(path) = common::real_data(set) {
            let options = BlockOptions { max_rows: 50, ..BlockOptions::default() };
            let blocks = blocks::build(&blocks::read_records(&path), &options);
            check(&blocks, &mut Rng(17), 50, &mut Tally::default());
        }
    }
}

// --- filters --------------------------------------------------------------------------------

/// Blocks of 5,000 spans each; each span has a user of its own, kept in a dictionary, and a token
/// of its own, kept in an arena.
fn many_users() -> Blocks {
    let span = |number: u64| {
        let id = |len: usize| [number.to_be_bytes(), [7; 8]].concat()[..len].to_vec();
        let text = |text: String| {
            let mut value = Vec::new();
            value.put_bytes_field(1, text.as_bytes());
            Some(value)
        };
        let user =
            text(format!("user {:08x}", (number as u32 / 2 * 2).wrapping_mul(2_654_435_761)));
        let token = text(format!("{:016x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        Span {
            ids: [id(16), id(8), Vec::new()],
            trace_state: Vec::new(),
            name: b"get".to_vec(),
            kind: 2,
            times: [1_000 + number, 2_000 + number],
            flags: 0,
            attributes: vec![(b"user".to_vec(), user), (b"token".to_vec(), token)],
            dropped: [0; 3],
            events: Vec::new(),
            links: Vec::new(),
            status: None,
            unknown: Vec::new(),
        }
    };
    let scope = Scope {
        present: true,
        name: Vec::new(),
        version: Vec::new(),
        attributes: Attributes::new(),
        schema_url: Vec::new(),
        spans: (0..40_000).map(span).collect(),
    };
    let resource = Resource {
        present: true,
        attributes: Attributes::new(),
        dropped: 0,
        schema_url: Vec::new(),
        unknown: Vec::new(),
        scopes: vec![scope],
    };
    let options = BlockOptions { max_rows: 10_000, ..BlockOptions::default() };
    blocks::build(&[random::encode(&[resource])], &options)
}

#[test]
fn filters_find_the_one_block_that_has_a_user() {
    let blocks = many_users();
    let file = file_of(&blocks);
    let source = Arc::new(Counted::new(Remote(Memory::new(Bytes::copy_from_slice(&file)))));
    let reader = Reader::open_source(source.clone(), Verify::Lazy).unwrap();
    assert_eq!(source.stats().round_trips, 1);
    for (key, column) in [(&b"user"[..], "span.user"), (b"token", "span.token")] {
        let names = [ColumnName { table: Table::Span, attribute: true, key }];
        let found = |value: &[u8]| {
            reader.blocks_that_may(&names, &[(ValueType::Str, Sought::Equal(value))]).unwrap()
        };
        let mut wrong = 0;
        for (number, block) in blocks.iter().enumerate() {
            let index = block.attribute(Table::Span, key).start;
            assert_eq!(block.column_info(index).name, column.as_bytes());
            let column = block.column(index).unwrap();
            for row in (0..block.rows()).step_by(97) {
                let found = found(column.bytes(row).unwrap());
                assert!(found.contains(number));
                wrong += found.len() - 1;
            }
        }
        assert!(wrong < 20, "{wrong}");
        assert!(
            (0..50).filter(|i| !found(format!("stranger {i}").as_bytes()).is_empty()).count() < 5
        );
    }
    let before = source.stats().round_trips;
    let names = [ColumnName { table: Table::Span, attribute: true, key: b"user" }];
    let user = [(ValueType::Str, Sought::Equal(&b"user 7"[..]))];
    reader.blocks_that_may(&names, &user).unwrap();
    assert_eq!(source.stats().round_trips, before + 1, "the index is at hand, filters are not");
    reader.verify().unwrap();
}

// --- damage ---------------------------------------------------------------------------------

/// Where the region of a kind is in the file.
fn region_of(file: &[u8], kind: u32) -> std::ops::Range<usize> {
    let reader = open(file).unwrap();
    let entry = reader.regions().iter().find(|entry| entry.kind == kind).unwrap();
    entry.offset as usize..(entry.offset + entry.len) as usize
}

fn ask_everything(reader: &Reader) -> Result<Vec<Vec<usize>>> {
    let mut answers = Vec::new();
    for column in reader.columns()? {
        let name =
            ColumnName { table: column.table, attribute: column.attribute, key: column.key() };
        for sought in [Sought::Any, Sought::Equal(b"user 7"), Sought::Integers(1, 5)] {
            if let Some(value_type) = column.value_type {
                let found = reader.blocks_that_may(&[name], &[(value_type, sought)])?;
                answers.push(found.iter().collect());
            }
        }
    }
    Ok(answers)
}

#[test]
fn damage_to_the_index_is_told_or_changes_no_answer() {
    let options = BlockOptions { max_rows: 3_000, ..BlockOptions::default() };
    let blocks = blocks::build(&blocks::recording(), &options);
    let file = file_of(&blocks);
    let wanted = ask_everything(&open(&file).unwrap()).unwrap();
    let mut told = 0;
    for kind in [region::COLUMNS, region::FILTERS] {
        let region = region_of(&file, kind);
        let step = (region.len() / 1_500).max(1) | 1;
        for at in region.step_by(step) {
            let mut damaged = file.clone();
            damaged[at] ^= 0x21;
            match ask_everything(&open(&damaged).unwrap()) {
                Ok(found) => assert_eq!(found, wanted, "byte {at}"),
                Err(e) => {
                    assert!(matches!(e.kind(), ErrorKind::Checksum | ErrorKind::Corrupt), "{e}");
                    assert!(e.message().starts_with("memory, column index"), "{e}");
                    told += 1;
                }
            }
        }
    }
    assert!(told > 1_000, "{told}");
}

/// The file with its column index changed by `edit`, which is given where chunks begin, and with
/// hashes that fit: made by somebody who means harm.
fn forged(file: &[u8], edit: impl FnOnce(&mut [u8], usize)) -> Vec<u8> {
    let place = region_of(file, region::COLUMNS);
    let entries = open(file).unwrap().regions().to_vec();
    let head_len = entries.iter().find(|e| e.kind == region::COLUMNS).unwrap().head_len as usize;
    let mut forged = file.to_vec();
    let index = &mut forged[place];
    edit(index, head_len);
    let number = |index: &[u8], at: usize| {
        u64::from_le_bytes(index[at..at + 8].try_into().unwrap()) as usize
    };
    let mut start = 0;
    for record in (64..head_len - 47).step_by(48).take(number(index, 16) as u32 as usize) {
        let end = number(index, record + 16);
        let chunk = |n: usize| n.checked_mul(48)?.checked_add(head_len);
        if let Some(own) = chunk(start).zip(chunk(end)).and_then(|(a, b)| index.get(a..b)) {
            let hash = xxh3_64(own);
            index[record + 40..record + 48].copy_from_slice(&hash.to_le_bytes());
        }
        start = end;
    }
    let hash = xxh3_64(&index[8..head_len]);
    index[..8].copy_from_slice(&hash.to_le_bytes());
    let hash = xxh3_64(index);
    edit_tail(&forged, |tail| {
        let mut entries = tail.regions.iter_mut();
        entries.find(|entry| entry.kind == region::COLUMNS).unwrap().hash = hash;
    })
}

#[test]
fn a_hostile_index_gives_errors_or_answers() {
    let options = BlockOptions { max_rows: 3_000, ..BlockOptions::default() };
    let file = file_of(&blocks::build(&blocks::recording(), &options));
    open(&forged(&file, |_, _| {})).unwrap().verify().unwrap();
    let len = region_of(&file, region::COLUMNS).len();
    let mut rng = Rng(19);
    let (mut refused, mut contradictions) = (0, 0);
    for _ in 0..1_200 {
        let hostile = forged(&file, |index, head_len| {
            let end = *rng.pick(&[64, head_len, len]);
            let at = rng.below(end as u64) as usize;
            let n = *rng.pick(&[0u8, 1, 0x7f, 0x80, 0xff]);
            index[at] = if rng.below(2) == 0 { n } else { index[at].wrapping_add(n) };
        });
        let reader = open(&hostile).unwrap();
        let typed = |e: blockpack::Error| {
            assert!(matches!(e.kind(), ErrorKind::Checksum | ErrorKind::Corrupt), "{e}");
            1
        };
        refused += ask_everything(&reader).map_or_else(typed, |_| 0);
        contradictions += reader.verify().map_or_else(typed, |()| 0);
    }
    assert!(refused > 150 && contradictions > refused, "{refused} {contradictions}");
}

#[test]
fn an_index_of_other_blocks_is_told_when_all_is_verified() {
    let records = blocks::recording();
    let half = records.len() / 2;
    let file_of = |records: &[Vec<u8>]| file_of(&blocks::build(records, &BlockOptions::default()));
    let (file, other) = (file_of(&records[..half]), file_of(&records[half..]));
    open(&file).unwrap().verify().unwrap();
    for kind in [region::COLUMNS, region::FILTERS] {
        // The other file's region behind the blocks of this one.
        let at = file.len() - TRAILER_LEN as usize;
        let trailer: Trailer = bytemuck::pod_read_unaligned(&file[at..]);
        let tail_at = trailer.tail_offset as usize;
        let region = &other[region_of(&other, kind)];
        let mut mixed = [&file[..tail_at], region].concat();
        let offset = tail_at as u64;
        mixed.resize(mixed.len().next_multiple_of(64), 0);
        let mut tail = Tail::parse(&file[tail_at..at], trailer.tail_offset).unwrap();
        let head_len =
            open(&other).unwrap().regions().iter().find(|r| r.kind == kind).unwrap().head_len;
        let entry = tail.regions.iter_mut().find(|entry| entry.kind == kind).unwrap();
        *entry = blockpack::file::format::RegionEntry {
            kind,
            head_len,
            offset,
            len: region.len() as u64,
            hash: xxh3_64(region),
        };
        let tail = tail.to_bytes().unwrap();
        let trailer = Trailer::new(trailer.header, mixed.len() as u64, &tail);
        mixed.extend_from_slice(&tail);
        mixed.extend_from_slice(bytemuck::bytes_of(&trailer));
        let e = open(&mixed).unwrap().verify().unwrap_err();
        assert!(matches!(e.kind(), ErrorKind::Corrupt | ErrorKind::Checksum), "{e}");
    }
}
