//! Scans allocate by query and block, not by row or by match: counted by an allocator that counts.

#[path = "common/blocks.rs"]
mod blocks;
#[path = "common/drifting.rs"]
mod drifting;
#[path = "common/random.rs"]
#[allow(dead_code, reason = "only the encoding is needed here")]
mod random;

use blockpack::Blocks;
use blockpack::block::build::BlockOptions;
use blockpack::name::Name;
use blockpack::rowset::SpanSet;
use blockpack::scan::{Comparison, Condition, Predicate, ScanContext};
use blockpack::value::ValueRef;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: all is left to the system's allocator; counting touches a thread's own integer, which
// needs no allocation and no destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the contract is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the contract is the same.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the contract is the same.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn count(run: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.get();
    run();
    ALLOCATIONS.get() - before
}

/// One block of so many spans.
fn block_of(spans: u64) -> Blocks {
    let message = drifting::message(&mut drifting::Rng(7), spans);
    let options = BlockOptions { max_rows: usize::MAX, max_bytes: u64::MAX, ..Default::default() };
    let blocks = blocks::build(&[message], &options);
    assert_eq!(blocks.len(), 1);
    blocks
}

/// Questions that take every way through a scan: codes, integers, split integers, doubles, bits, ids,
/// texts, names without a scope, other tables, what is worked out; and match few, many and all.
fn questions() -> Vec<(Name, Predicate)> {
    use Comparison::*;
    let text = |text: &'static [u8]| ValueRef::Str(text);
    let mut all = vec![
        ("span:name", Condition::Compare(NotEqual, text(b"GET /1"))),
        ("span:name", Condition::Regex("/1?[02468]$")),
        ("span:kind", Condition::Compare(Equal, ValueRef::SpanKind(1))),
        ("span:status", Condition::Compare(Equal, ValueRef::Status(2))),
        ("span:duration", Condition::Compare(Greater, ValueRef::DurationNs(1 << 19))),
        ("span:start", Condition::Compare(Greater, ValueRef::TimeNs(1_700_000_001_000_000_000))),
        ("span:end", Condition::Compare(Less, ValueRef::TimeNs(1_700_000_001_000_000_000))),
        ("span:id", Condition::Compare(Equal, text(b"9e3779b97f4a7c15"))),
        ("trace:id", Condition::Compare(NotEqual, text(b"00"))),
        ("span:parent_id", Condition::IsNull),
        ("trace:duration", Condition::Compare(Greater, ValueRef::DurationNs(1 << 18))),
    ];
    for key in [".key0", ".key1", ".key2", ".key3", ".key4", ".key5", ".none"] {
        all.push((key, Condition::IsNotNull));
        all.push((key, Condition::Compare(Greater, ValueRef::I64(100))));
        all.push((key, Condition::Compare(LessOrEqual, ValueRef::F64(3.5))));
        all.push((key, Condition::Compare(Equal, ValueRef::Bool(true))));
        all.push((key, Condition::Contains(text(b"7"))));
        all.push((key, Condition::Compare(NotEqual, text(b"item 1"))));
    }
    let compile = |(name, condition): (&str, Condition<'_>)| {
        (Name::parse(name).unwrap(), Predicate::compile(&condition).unwrap())
    };
    all.into_iter().map(compile).collect()
}

/// Allocations of each question when it is asked again, and what was found.
fn allocations(blocks: &Blocks) -> Vec<(u64, SpanSet)> {
    let context = ScanContext::new();
    let questions = questions();
    let scan = |(name, predicate): &(Name, Predicate)| {
        context.scan_blocks(blocks, name, predicate).unwrap()
    };
    for question in questions.iter().chain(&questions) {
        scan(question);
    }
    let counted = |question| {
        let mut found = SpanSet::default();
        let allocations = count(|| found = scan(question));
        (allocations, found)
    };
    questions.iter().map(counted).collect()
}

#[test]
fn scans_allocate_nothing_by_row_or_match() {
    // A million rows: a large block, over and over.
    const TIMES: u64 = 16;
    let large = block_of(64_000);
    let million = Blocks::join((0..TIMES).map(|_| &large));
    let all = allocations(&block_of(2_000)).into_iter().zip(allocations(&large));
    let mut matched = 0;
    for (i, (((few, _), (many, _)), (most, found))) in all.zip(allocations(&million)).enumerate() {
        assert!(many <= few + 4, "question {i}: {few} allocations, then {many}");
        assert!(many <= 20, "question {i}: {many} allocations");
        assert!(most <= TIMES * many + 4, "question {i}: {many} allocations, then {most}");
        matched += found.count();
    }
    assert!(million.rows() >= 1_000_000 && matched > 10_000_000, "{matched}");
}

#[test]
fn walking_and_combining_sets_allocates_nothing_by_row() {
    let blocks = block_of(64_000);
    let found: Vec<_> = allocations(&blocks).into_iter().map(|(_, found)| found).collect();
    let mut ids = vec![0; 64_000];
    for pair in found.windows(2) {
        let combined = count(|| {
            std::hint::black_box([pair[0].and(&pair[1]), pair[0].or(&pair[1]), pair[0].not()]);
        });
        assert!(combined <= 12, "{combined} allocations");
        let walked = count(|| {
            let sum: u64 = pair[0].iter().map(|(_, row)| u64::from(row)).sum();
            pair[0].blocks()[0].copy_ids(0, &mut ids);
            std::hint::black_box(sum);
        });
        assert_eq!(walked, 0);
    }
}
