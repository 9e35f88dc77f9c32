//! Scans that leave out blocks and zones find what scans that look at everything find; and scans of
//! files that are far away take few round trips.

use super::Data;
use crate::cases::{self, Case, Rng};
use crate::oracle::Val;
use crate::{blocks, drifting, thousands};
use blockpack::block::build::BlockOptions;
use blockpack::bytes::Bytes;
use blockpack::file::reader::{Reader, Verify};
use blockpack::file::source::{Coalesce, Coalesced, Counted, Memory, ReadRange, ReadStats, Source};
use blockpack::file::writer::Writer;
use blockpack::name::{Intrinsic, Name};
use blockpack::scan::{Comparison, Predicate, ScanContext, ScanCounters, ScanStats};
use blockpack::{Blocks, Error, ErrorKind, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// A source that is never mapped, and fails when told to.
struct Remote {
    memory: Memory,
    fails: Arc<AtomicBool>,
}

impl Source for Remote {
    fn name(&self) -> &str {
        "bucket/object"
    }
    fn len(&self) -> u64 {
        self.memory.len()
    }
    fn read(&self, ranges: &mut [ReadRange<'_>]) -> Result<()> {
        match self.fails.load(Relaxed) {
            true => Err(Error::new(ErrorKind::Callback, "told to fail")),
            false => self.memory.read(ranges),
        }
    }
}

/// A file in memory, to be opened over and over.
pub struct File(Bytes);

/// An open file that is far away.
pub struct Far {
    source: Arc<Counted<Remote>>,
    pub blocks: Blocks,
    fails: Arc<AtomicBool>,
}

impl File {
    pub fn of(blocks: &Blocks) -> File {
        let mut writer = Writer::new(Vec::new(), "memory").unwrap();
        blocks.iter().for_each(|block| writer.append_block(block).unwrap());
        File(Bytes::copy_from_slice(&writer.finish().unwrap().0))
    }

    fn open(&self, source: Arc<dyn Source>) -> Blocks {
        let reader = Arc::new(Reader::open_source(source, Verify::Lazy).unwrap());
        Blocks::of_file(&reader, 0..reader.block_count()).unwrap()
    }

    pub fn mapped(&self) -> Blocks {
        self.open(Arc::new(Memory::new(self.0.clone())))
    }

    pub fn far(&self) -> Far {
        self.far_by(Coalesce::default())
    }

    fn far_by(&self, rule: Coalesce) -> Far {
        let fails = Arc::<AtomicBool>::default();
        let remote = Remote { memory: Memory::new(self.0.clone()), fails: fails.clone() };
        let source = Arc::new(Counted::new(remote));
        let blocks = self.open(Arc::new(Coalesced::new(source.clone(), rule)));
        Far { source, blocks, fails }
    }
}

impl Far {
    fn stats(&self) -> ReadStats {
        self.source.stats()
    }
}

fn drifting_data(rng: &mut Rng, spans: u64, max_rows: usize) -> Data {
    let message = drifting::message(&mut drifting::Rng(rng.next()), spans);
    Data::new(&[message], &BlockOptions { max_rows, ..Default::default() })
}

/// Random questions, asked of blocks in memory, of a file, and of a file that is far away.
fn check_pruned(data: &Data, rng: &mut Rng, count: usize) -> ScanContext {
    let (context, full) = (ScanContext::new(), ScanContext::without_pruning());
    let threaded = ScanContext::new();
    threaded.set_threads(3);
    let file = File::of(&data.blocks);
    let mapped = file.mapped();
    let joined = Blocks::join([&data.blocks, &mapped, &file.far().blocks]);
    let names = cases::names(&data.rows, super::TREE);
    for _ in 0..count {
        let name = rng.pick(&names).clone();
        let case = cases::case(rng, &data.rows, &name);
        let predicate = case.with(|c| Predicate::compile(c).unwrap());
        let scan = |context: &ScanContext, blocks: &Blocks| {
            context.scan_blocks(blocks, &name, &predicate).unwrap()
        };
        let wanted = scan(&full, &data.blocks);
        for place in 0..mapped.len() {
            let own = ScanCounters::new();
            context.scan_block_counted(&mapped, place, &name, &predicate, &own).unwrap();
            let stats = own.stats();
            assert!(stats.pruned.total() <= 1, "{name} {case:?} {stats:?}");
            assert!(stats.bytes > 0 || stats.pruned.total() == 1, "{name} {case:?} {stats:?}");
        }
        assert_eq!(scan(&context, &data.blocks), wanted, "{name} {case:?}");
        assert_eq!(scan(&context, &mapped), wanted, "{name} {case:?}, of a file");
        assert_eq!(scan(&context, &file.far().blocks), wanted, "{name} {case:?}, from afar");
        assert_eq!(scan(&threaded, &mapped), wanted, "{name} {case:?}, with threads");
        let thrice = scan(&threaded, &joined);
        for (i, set) in thrice.blocks().iter().enumerate() {
            let place = i % wanted.blocks().len();
            assert_eq!(*set, wanted.blocks()[place], "{name} {case:?}, joined");
            assert_eq!(context.scan_block(&joined, i, &name, &predicate).unwrap(), *set);
        }
    }
    let ScanStats { zones_pruned, pruned, .. } = full.stats();
    assert_eq!((zones_pruned, pruned.zones, pruned.index), (0, 0, 0));
    context
}

#[test]
fn what_is_left_out_has_no_match() {
    let mut rng = Rng(5);
    for rows in [700, 2500, 9000] {
        let mut zones_pruned = 0;
        for _ in 0..thousands().div_ceil(30) {
            let data = drifting_data(&mut rng, 9000, rows);
            let stats = check_pruned(&data, &mut rng, 40).stats();
            let pruned = stats.blocks_pruned();
            assert!(0 < pruned && pruned < stats.scans, "{stats:?}");
            assert!(stats.zones_pruned < stats.zones);
            zones_pruned += stats.zones_pruned;
        }
        assert!(zones_pruned > 0 || rows < 1000);
    }
    let options = BlockOptions { max_rows: 400, ..Default::default() };
    check_pruned(&Data::new(&blocks::recording(), &options), &mut rng, 200);
}

#[test]
fn the_first_question_to_a_far_file_takes_few_round_trips() {
    let data = drifting_data(&mut Rng(1), 16 * 400, 400);
    let file = File::of(&data.blocks);
    assert_eq!(data.blocks.len(), 16);
    let mut names = cases::names(&data.rows, &[]);
    names.extend(super::TREE.iter().map(|&intrinsic| Name::Intrinsic(intrinsic)));
    let mut rng = Rng(9);
    for name in names {
        for _ in 0..5 {
            let case = cases::case(&mut rng, &data.rows, &name);
            let predicate = case.with(|c| Predicate::compile(c).unwrap());
            let (far, context) = (file.far(), ScanContext::new());
            context.scan_blocks(&far.blocks, &name, &predicate).unwrap();
            let cold = far.stats();
            // End of the file, heads of blocks, filters, columns.
            assert!(cold.round_trips <= 4, "{name} {case:?}: {cold:?}");
            context.scan_blocks(&far.blocks, &name, &predicate).unwrap();
            assert_eq!(far.stats(), cold, "{name} {case:?}: what was fetched is kept");
        }
    }
}

#[test]
fn a_single_block_of_a_far_file_takes_few_round_trips() {
    let data = drifting_data(&mut Rng(3), 3000, 400);
    let file = File::of(&data.blocks);
    let name = Name::Intrinsic(Intrinsic::SpanDuration);
    let case = Case::Compare(Comparison::Greater, Val::Duration(1000));
    let predicate = case.with(|c| Predicate::compile(c).unwrap());
    let far = file.far();
    let before = far.stats().round_trips;
    ScanContext::new().scan_block(&far.blocks, 2, &name, &predicate).unwrap();
    assert_eq!(far.stats().round_trips, before + 1);
    let e = ScanContext::new().scan_block(&far.blocks, 99, &name, &predicate).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::InvalidArgument);
}

#[test]
fn blocks_that_filters_deny_are_not_fetched() {
    let mut rng = Rng(2);
    let data = drifting_data(&mut rng, 40_000, 4000);
    let file = File::of(&data.blocks);
    // A text that only one span has: its block is fetched, and perhaps one more by mistake.
    let ids = cases::names(&data.rows, super::TREE).into_iter().filter_map(|name| {
        let values: Vec<_> = data.rows[17].values(&name).into_iter().flatten().collect();
        let only = |value: &Val| {
            let same = |row: &crate::oracle::Row| {
                row.values(&name).into_iter().flatten().any(|v| v == *value)
            };
            matches!(value, Val::Str(_)) && data.rows.iter().filter(|row| same(row)).count() == 1
        };
        let value = values.into_iter().find(only)?;
        Some((name, value))
    });
    let mut seen = 0;
    for (name, value) in ids {
        let case = Case::Compare(Comparison::Equal, value);
        let predicate = case.with(|c| Predicate::compile(c).unwrap());
        let fetched = |context: ScanContext| {
            let far = file.far_by(Coalesce { gap: 0, ..Coalesce::default() });
            let before = far.stats().bytes;
            let found = context.scan_blocks(&far.blocks, &name, &predicate).unwrap();
            assert_eq!(found.count(), 1);
            (far.stats().bytes - before, context.stats().pruned.index)
        };
        let (some, pruned) = fetched(ScanContext::new());
        let (all, _) = fetched(ScanContext::without_pruning());
        if pruned > 0 {
            assert!(some < all / 2, "{name}: {some} of {all} bytes");
            seen += 1;
        }
    }
    assert!(seen > 0);
}

#[test]
fn a_stream_tells_what_the_source_says_and_goes_on() {
    let data = drifting_data(&mut Rng(4), 4000, 400);
    let file = File::of(&data.blocks);
    let name = Name::Intrinsic(Intrinsic::SpanKind);
    let case = Case::Compare(Comparison::Equal, Val::Kind(1));
    let predicate = case.with(|c| Predicate::compile(c).unwrap());
    let wanted = ScanContext::new().scan_blocks(&data.blocks, &name, &predicate).unwrap();
    let (far, context) = (file.far(), ScanContext::new());
    let mut stream = context.scan_stream(&far.blocks, &name, &predicate);
    far.fails.store(true, Relaxed);
    assert_eq!(stream.next().unwrap().unwrap_err().kind(), ErrorKind::Callback);
    far.fails.store(false, Relaxed);
    for (place, wanted) in wanted.blocks().iter().enumerate().skip(1) {
        assert_eq!(stream.next().unwrap().unwrap(), (place, wanted.clone()));
    }
    assert!(stream.next().is_none());
}

#[test]
fn a_part_of_a_list_knows_its_file() {
    let data = drifting_data(&mut Rng(6), 4000, 400);
    let file = File::of(&data.blocks);
    let name = Name::Intrinsic(Intrinsic::SpanName);
    let case = Case::StartsWith(Val::Str(b"GET".to_vec()));
    let predicate = case.with(|c| Predicate::compile(c).unwrap());
    let wanted = ScanContext::new().scan_blocks(&data.blocks, &name, &predicate).unwrap();
    let far = file.far();
    let part = Blocks::join([&far.blocks, &data.blocks]).slice(3..12).unwrap();
    assert_eq!(part.files().len(), 1);
    assert_eq!((part.files()[0].first, part.files()[0].places.clone()), (3, 0..7));
    let before = far.stats().round_trips;
    let found = ScanContext::new().scan_blocks(&part, &name, &predicate).unwrap();
    assert_eq!(far.stats().round_trips, before + 1);
    assert_eq!(found.blocks()[..7], wanted.blocks()[3..]);
    assert_eq!(found.blocks()[7..], wanted.blocks()[..2]);
}
