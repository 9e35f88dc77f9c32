//! Scans agree with a slow evaluation of decoded OTLP, span by span.

#[path = "common/blocks.rs"]
mod blocks;
#[path = "scan/cases.rs"]
mod cases;
mod common;
#[path = "common/drifting.rs"]
mod drifting;
#[path = "scan/oracle.rs"]
mod oracle;
#[path = "scan/pruning.rs"]
mod pruning;
#[path = "common/random.rs"]
mod random;
#[path = "scan/reasons.rs"]
mod reasons;
#[path = "scan/spread.rs"]
mod spread;
#[path = "scan/tables.rs"]
mod tables;

use blockpack::block::build::BlockOptions;
use blockpack::fields::SpanRow;
use blockpack::name::{Intrinsic, Name, Scope};
use blockpack::otlp::{ResourceRef, ScopeRef, SpanRef, SpanSink, TracesEncoder, decode_traces};
use blockpack::rowset::{RowSet, SpanSet};
use blockpack::scan::kernels::Kernels;
use blockpack::scan::{ColumnScanner, Comparison, Condition, Predicate, ScanContext, ScanStats};
use blockpack::value::{AnyRef, KeyValueRef, ValueRef};
use blockpack::wire::WriteExt;
use blockpack::{Blocks, Result};
use cases::{Case, Rng};
use oracle::{Row, Rows, Val};
use proptest::prelude::*;

/// Key of an attribute that numbers spans, so that rows of blocks and of the oracle can be told to
/// be the same.
const MARK: &[u8] = b"~number of the span";

/// Intrinsics that depend on how a trace's tree is built; compared with what fields say instead.
const TREE: &[Intrinsic] = &[
    Intrinsic::SpanChildCount,
    Intrinsic::NestedSetLeft,
    Intrinsic::NestedSetRight,
    Intrinsic::NestedSetParent,
    Intrinsic::TraceStart,
    Intrinsic::TraceEnd,
    Intrinsic::TraceDuration,
    Intrinsic::TraceRootName,
    Intrinsic::TraceRootService,
];

/// Writes what it is sent again, with every span numbered.
#[derive(Default)]
struct Marker {
    encoder: TracesEncoder,
    next: i64,
}

impl SpanSink for Marker {
    fn resource(&mut self, r: &ResourceRef<'_>) -> Result<()> {
        self.encoder.resource(r);
        Ok(())
    }

    fn scope(&mut self, s: &ScopeRef<'_>) -> Result<()> {
        self.encoder.scope(s);
        Ok(())
    }

    fn span(&mut self, raw: &[u8]) -> Result<()> {
        let mut value = Vec::new();
        value.put_varint_field(3, self.next as u64);
        self.next += 1;
        let mut span = SpanRef::default();
        span.decode(raw)?;
        let mark = KeyValueRef { key: MARK, value: Some(AnyRef(&value)) };
        span.attributes.push(mark);
        self.encoder.span(&span);
        Ok(())
    }
}

/// Blocks and the oracle's rows of the same spans.
struct Data {
    blocks: Blocks,
    rows: Vec<Row>,
    /// The oracle's row of each row of each block.
    places: Vec<Vec<usize>>,
}

impl Data {
    fn new(messages: &[Vec<u8>], options: &BlockOptions) -> Data {
        let mut marker = Marker::default();
        for message in messages {
            decode_traces(message, &mut marker).unwrap();
        }
        let marked = marker.encoder.finish();
        let mut rows = Rows::default();
        decode_traces(&marked, &mut rows).unwrap();
        let blocks = blocks::build(&[marked], options);
        let place = |block, row| {
            let span = SpanRow::new(block, row).unwrap();
            match span.attribute(Scope::Span, MARK).unwrap() {
                Some(ValueRef::I64(mark)) => mark as usize,
                other => panic!("{other:?}"),
            }
        };
        let places = blocks
            .iter()
            .map(|block| (0..block.rows()).map(|row| place(block, row)).collect())
            .collect();
        Data { blocks, rows: rows.rows, places }
    }

    /// Compares a scan with the oracle.
    fn check(&self, context: &ScanContext, name: &Name, case: &Case) {
        let (predicate, wanted) = case.with(|condition| {
            let wanted: Vec<bool> =
                self.rows.iter().map(|row| row.satisfies(name, condition)).collect();
            (Predicate::compile(condition).unwrap(), wanted)
        });
        let found = context.scan_blocks(&self.blocks, name, &predicate).unwrap();
        for (block, places) in self.places.iter().enumerate() {
            for (row, &place) in places.iter().enumerate() {
                assert_eq!(
                    found.contains(block, row as u32),
                    wanted[place],
                    "{name} {case:?}: {:?}",
                    self.rows[place].values(name)
                );
            }
        }
        let wanted = wanted.iter().filter(|&&w| w).count() as u64;
        assert_eq!(found.count(), wanted, "{name} {case:?}");
    }

    /// Compares a scan with the values that fields have, one by one.
    fn check_with_fields(&self, context: &ScanContext, name: &Name, case: &Case) {
        let predicate = case.with(|condition| Predicate::compile(condition).unwrap());
        let found = context.scan_blocks(&self.blocks, name, &predicate).unwrap();
        for (number, block) in self.blocks.iter().enumerate() {
            for row in 0..block.rows() {
                let value = SpanRow::new(block, row).unwrap().get(name).unwrap();
                let wanted = predicate.matches(value).unwrap();
                assert_eq!(found.contains(number, row), wanted, "{name} {case:?}: {value:?}");
            }
        }
    }
}

/// Random conditions on random names of `data`.
fn check_some(data: &Data, rng: &mut Rng, count: usize) {
    let names = cases::names(&data.rows, TREE);
    let kernels: Vec<_> = Kernels::supported().collect();
    let context = ScanContext::with_kernels(*rng.pick(&kernels));
    for _ in 0..count {
        let name = rng.pick(&names).clone();
        let case = cases::case(rng, &data.rows, &name);
        data.check(&context, &name, &case);
        if rng.one_in(5) {
            let name = Name::Intrinsic(*rng.pick(TREE));
            let literal = some_literal(rng, data, &name);
            let case = match cases::case(rng, &data.rows, &name) {
                Case::Compare(comparison, _) => Case::Compare(comparison, literal),
                case => case,
            };
            data.check_with_fields(&context, &name, &case);
        }
    }
}

/// A value that some span has.
fn some_literal(rng: &mut Rng, data: &Data, name: &Name) -> Val {
    let Some(block) = data.blocks.iter().next().filter(|b| b.rows() > 0) else {
        return Val::I64(0);
    };
    let row = rng.below(block.rows() as usize) as u32;
    match SpanRow::new(block, row).unwrap().get(name).unwrap() {
        Some(ValueRef::I64(v)) => Val::I64(v),
        Some(ValueRef::TimeNs(v)) => Val::Time(v),
        Some(ValueRef::DurationNs(v)) => Val::Duration(v),
        Some(ValueRef::Str(v)) => Val::Str(v.into()),
        _ => Val::I64(1),
    }
}

/// How many random cases to run: `BLOCKPACK_SCAN_CASES`, in thousands, or 100.
fn thousands() -> u32 {
    std::env::var("BLOCKPACK_SCAN_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(100)
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) }
}

fn options(rng: &mut Rng) -> BlockOptions {
    let mut options = BlockOptions::default();
    if rng.one_in(3) {
        options.max_attribute_columns = rng.below(6);
    }
    if rng.one_in(3) {
        options.max_rows = 1 + rng.below(200);
    }
    options
}

#[test]
fn scans_of_random_traces_agree_with_the_oracle() {
    let config = config(thousands() * 5);
    proptest!(config, |(resources in random::resources(random::Wildness::Any), seed in 1..u64::MAX)| {
        let mut rng = Rng(seed);
        let options = options(&mut rng);
        let data = Data::new(&[random::encode(&resources)], &options);
        check_some(&data, &mut rng, 120);
    });
}

#[test]
fn scans_of_random_tables_agree_with_the_oracle() {
    let config = config(thousands() / 2);
    proptest!(config, |(seed in 1..u64::MAX)| {
        let mut rng = Rng(seed);
        let message = tables::message(&mut rng);
        let options = options(&mut rng);
        let data = Data::new(&[message], &options);
        check_some(&data, &mut rng, 800);
    });
}

#[test]
fn span_sets_of_a_stream_are_those_of_a_scan() {
    let data =
        Data::new(&blocks::recording(), &BlockOptions { max_rows: 500, ..Default::default() });
    assert!(data.blocks.len() > 1);
    let context = ScanContext::new();
    let name = Name::parse("resource.service.name").unwrap();
    let predicate = Case::Compare(Comparison::NotEqual, Val::Str(b"cart".into()));
    let predicate = predicate.with(|c| Predicate::compile(c).unwrap());
    let whole = context.scan_blocks(&data.blocks, &name, &predicate).unwrap();
    let mut stream = context.scan_stream(&data.blocks, &name, &predicate);
    assert_eq!(stream.len(), data.blocks.len());
    let (first, set) = stream.next().unwrap().unwrap();
    assert_eq!((first, &set), (0, &whole.blocks()[0]));
    let rest: Vec<_> = stream.map(|found| found.unwrap().1).collect();
    assert_eq!(SpanSet::new([vec![set], rest].concat()), whole);
    assert_eq!(context.stats().scans, 2 * data.blocks.len() as u64);
}

#[test]
fn conditions_together_find_what_each_finds() {
    let options = BlockOptions { max_rows: 5_000, ..Default::default() };
    let data = Data::new(&blocks::recording(), &options);
    let (mut rng, context) = (Rng(11), ScanContext::new());
    let names = cases::names(&data.rows, TREE);
    for _ in 0..300 {
        let mut conditions = Vec::new();
        for _ in 0..rng.below(4) {
            let name = rng.pick(&names).clone();
            let case = cases::case(&mut rng, &data.rows, &name);
            conditions.push((name, case.with(|c| Predicate::compile(c).unwrap())));
        }
        let conditions: Vec<_> = conditions.iter().map(|(name, p)| (name, p)).collect();
        let mut sets = Vec::new();
        for block in data.blocks.iter() {
            let scanner = ColumnScanner::new(block, &context);
            let mut wanted = RowSet::all(block.rows());
            for (name, predicate) in &conditions {
                wanted = wanted.and(&scanner.scan(name, predicate).unwrap());
            }
            assert_eq!(scanner.scan_all(&conditions).unwrap(), wanted);
            sets.push(wanted);
        }
        context.set_threads(rng.below(3));
        let found = context.scan_blocks_all(&data.blocks, &conditions).unwrap();
        assert_eq!(found, SpanSet::new(sets));
    }
}

#[test]
fn conditions_that_matched_less_are_asked_first() {
    let blocks = blocks::build(&blocks::recording(), &BlockOptions::default());
    let context = ScanContext::new();
    let common = (Name::parse("span:name").unwrap(), Condition::IsNotNull);
    let rare = (
        Name::parse("span:kind").unwrap(),
        Condition::Compare(Comparison::Equal, ValueRef::SpanKind(99)),
    );
    let compile = |condition| Predicate::compile(&condition).unwrap();
    let (common, rare) = ((common.0, compile(common.1)), (rare.0, compile(rare.1)));
    for (name, predicate) in [&common, &rare] {
        assert_eq!(context.expected_selectivity(name, predicate), 0.1);
        context.scan_blocks(&blocks, name, predicate).unwrap();
    }
    assert_eq!(context.expected_selectivity(&common.0, &common.1), 1.0);
    assert_eq!(context.expected_selectivity(&rare.0, &rare.1), 0.0);
    let before = context.stats().scans;
    let scanner = ColumnScanner::new(blocks.get(0).unwrap(), &context);
    let found = scanner.scan_all(&[(&common.0, &common.1), (&rare.0, &rare.1)]).unwrap();
    assert!(found.is_empty());
    // The rare one left nothing, so the other was not asked.
    assert_eq!(context.stats().scans, before + 1);
    context.reset();
    assert_eq!(context.stats(), ScanStats::default());
    assert_eq!(context.observations(), []);
}

#[test]
fn what_the_directory_tells_is_not_read() {
    let blocks = blocks::build(&blocks::recording(), &BlockOptions::default());
    let pruned = |name: &str, condition: Condition<'_>| {
        let context = ScanContext::new();
        let predicate = Predicate::compile(&condition).unwrap();
        context.scan_blocks(&blocks, &Name::parse(name).unwrap(), &predicate).unwrap();
        let stats = context.stats();
        assert_eq!(stats.scans, blocks.len() as u64);
        assert_eq!(stats.bytes == 0, stats.blocks_pruned() == stats.scans);
        stats.blocks_pruned() == stats.scans
    };
    let equal = |value| Condition::Compare(Comparison::Equal, value);
    assert!(pruned("span.no such key", equal(ValueRef::I64(1))));
    assert!(pruned("span:name", equal(ValueRef::Str(b"no such name"))));
    assert!(pruned("span:name", equal(ValueRef::I64(1))));
    assert!(pruned("span:duration", equal(ValueRef::DurationNs(u64::MAX))));
    assert!(pruned("span:start", Condition::Compare(Comparison::Greater, ValueRef::I64(0))));
    assert!(!pruned(
        "span:duration",
        Condition::Compare(Comparison::Greater, ValueRef::I64(100_000))
    ));
}

#[test]
fn scanning_again_takes_no_new_buffers() {
    let data = Data::new(&blocks::recording(), &BlockOptions::default());
    let (mut rng, context) = (Rng(3), ScanContext::new());
    let names = cases::names(&data.rows, &[]);
    let scans: Vec<_> = (0..200)
        .map(|_| {
            let name = rng.pick(&names).clone();
            let case = cases::case(&mut rng, &data.rows, &name);
            (name, case.with(|c| Predicate::compile(c).unwrap()))
        })
        .collect();
    let run = || {
        for (name, predicate) in &scans {
            context.scan_blocks(&data.blocks, name, predicate).unwrap();
        }
        context.stats().buffers_grown
    };
    let first = run();
    assert!(first < 100, "{first}");
    // Buffers are handed out in the order they came back, so sizes meet only after a while.
    for _ in 0..20 {
        run();
    }
    let settled = run();
    (0..20).for_each(|_| assert_eq!(run(), settled));
}

#[test]
fn scans_of_recorded_traces_agree_with_the_oracle() {
    let data = Data::new(&blocks::recording(), &BlockOptions::default());
    check_some(&data, &mut Rng(7), 300);
}

#[test]
fn scans_of_real_traces_agree_with_the_oracle() {
    for set in [
        "small-mixed.pbd",
        "essvt.pbd.zst",
        "robot-diverse.pbd.zst",
        "buildx.pbd",
        "savant.pbd",
        "smartthings-oauth.pbd",
    ] {
        if let Some(path) = common::real_data(set) {
            let data = Data::new(&blocks::read_records(&path), &BlockOptions::default());
            check_some(&data, &mut Rng(7), 300);
        }
    }
    for set in ["nezha-ob-1min.pbd.zst", "nezha-tt-large.pbd.zst", "nezha-ob-large.pbd.zst"] {
        if let Some(path) = common::real_data(set) {
            let data = Data::new(&blocks::read_records(&path), &BlockOptions::default());
            check_some(&data, &mut Rng(7), 10);
        }
    }
}
