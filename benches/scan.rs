//! Speed of scans: `cargo bench --bench scan [-- SPANS]`.
//!
//! Scans spans of the made-up shop, in blocks of the usual size, one thread, warm. Every figure is
//! the best of several runs, in microseconds per million spans: with what zones and bounds allow to
//! leave out, and without. The loops alone are in the bench `kernels`.

#[path = "../cli/src/generate/mod.rs"]
#[allow(dead_code, missing_docs, unused_imports)]
mod generate;

use blockpack::block::build::{BlockOptions, SpanBuffer, build_block};
use blockpack::block::{Block, BlockBytes};
use blockpack::bytes::Bytes;
use blockpack::name::Name;
use blockpack::otlp::decode_traces;
use blockpack::rowset::{SpanMatches, SpanSet};
use blockpack::scan::kernels::Kernels;
use blockpack::scan::{Comparison, Condition, Predicate, ScanContext};
use blockpack::value::ValueRef;
use blockpack::{Blocks, Result};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

/// Time is spent on each measurement until it has run this long, in nanoseconds.
const BUDGET: u128 = 300_000_000;

fn main() -> Result<()> {
    let spans = std::env::args().find_map(|a| a.parse().ok()).unwrap_or(1_000_000);
    let blocks = shop(spans)?;
    println!(
        "{} spans in {} blocks, kernels {:?}",
        blocks.rows(),
        blocks.len(),
        Kernels::default().level()
    );
    let bench = Bench {
        spans: blocks.rows() as f64,
        blocks,
        context: ScanContext::new(),
        full: ScanContext::without_pruning(),
    };
    bench.questions()?;
    bench.sets()?;
    println!("\n{:?}", bench.context.stats());
    Ok(())
}

/// Blocks of the made-up shop.
fn shop(spans: u64) -> Result<Blocks> {
    let options = BlockOptions::default();
    let mut buffer = SpanBuffer::default();
    for request in generate::Generator::new(spans, 1) {
        decode_traces(&request.bytes, &mut buffer)?;
    }
    let open = |plan| -> Result<Arc<Block>> {
        let built = build_block(&buffer, plan, &options)?;
        Block::open(BlockBytes::Whole(Bytes::from_aligned(built.bytes))).map(Arc::new)
    };
    buffer.plan_blocks(&options).iter().map(open).collect()
}

struct Bench {
    spans: f64,
    blocks: Blocks,
    context: ScanContext,
    /// Leaves out nothing.
    full: ScanContext,
}

impl Bench {
    /// Best time of `run`, in microseconds per million spans.
    fn time(&self, mut run: impl FnMut()) -> f64 {
        let (mut best, begin) = (u128::MAX, Instant::now());
        while begin.elapsed().as_nanos() < BUDGET {
            let start = Instant::now();
            run();
            best = best.min(start.elapsed().as_nanos());
        }
        best as f64 / 1e3 / self.spans * 1e6
    }

    fn scan(&self, name: &Name, predicate: &Predicate) -> SpanSet {
        self.context.scan_blocks(&self.blocks, name, predicate).unwrap_or_default()
    }

    fn scan_all(&self, name: &Name, predicate: &Predicate) -> SpanSet {
        self.full.scan_blocks(&self.blocks, name, predicate).unwrap_or_default()
    }

    fn question(&self, what: &str, name: &str, condition: Condition<'_>) -> Result<SpanSet> {
        let name = Name::parse(name)?;
        let predicate = Predicate::compile(&condition)?;
        let found = self.scan(&name, &predicate);
        let time = self.time(|| {
            black_box(self.scan(&name, &predicate).count());
        });
        let full = self.time(|| {
            black_box(self.scan_all(&name, &predicate).count());
        });
        println!("  {what:<50}{time:>9.1}{full:>9.1}{:>11}", found.count());
        Ok(found)
    }

    fn questions(&self) -> Result<()> {
        use Comparison::*;
        use Condition::*;
        println!("\nquestions, µs per million spans: as it is, without leaving out; spans found");
        let is = |text: &'static str| Compare(Equal, ValueRef::Str(text.as_bytes()));
        self.question("spans of a service", "resource.service.name", is("checkout"))?;
        self.question(
            "spans of all other services",
            "resource.service.name",
            Compare(NotEqual, ValueRef::Str(b"checkout")),
        )?;
        self.question("spans of an operation", "span:name", is("GET /cart"))?;
        self.question("server spans", "span:kind", Compare(Equal, ValueRef::SpanKind(2)))?;
        self.question("errors", "span:status", Compare(Equal, ValueRef::Status(2)))?;
        self.question(
            "slower than 100 ms",
            "span:duration",
            Compare(Greater, ValueRef::DurationNs(100_000_000)),
        )?;
        self.question(
            "from 1 to 10 ms",
            "span:duration",
            Between(ValueRef::DurationNs(1_000_000), ValueRef::DurationNs(10_000_000)),
        )?;
        self.question(
            "ended in some minute",
            "span:end",
            Between(
                ValueRef::TimeNs(1_767_603_600_000_000_000),
                ValueRef::TimeNs(1_767_603_660_000_000_000),
            ),
        )?;
        self.question(
            "status code of at least 500",
            "span.http.response.status_code",
            Compare(GreaterOrEqual, ValueRef::I64(500)),
        )?;
        self.question(
            "status code 500, wherever it is",
            ".http.response.status_code",
            Compare(Equal, ValueRef::I64(500)),
        )?;
        self.question("a user", "span.enduser.id", is("user-000017"))?;
        self.question("a trace", "trace:id", is("00112233445566778899aabbccddeeff"))?;
        self.question("a span", "span:id", is("0011223344556677"))?;
        self.question(
            "databases, by a set of names",
            "span.db.system",
            In(&[ValueRef::Str(b"redis"), ValueRef::Str(b"postgresql")]),
        )?;
        self.question("operations by pattern", "span:name", Regex("^(GET|POST) /(cart|orders)"))?;
        self.question("URLs by pattern", "span.url.path", Regex("^/products/[0-9]*7-"))?;
        self.question("URLs with a part", "span.url.path", Contains(ValueRef::Str(b"-cotton-")))?;
        self.question(
            "statements with a part",
            "span.db.statement",
            Contains(ValueRef::Str(b"cart:")),
        )?;
        self.question(
            "URLs that start so",
            "span.url.path",
            StartsWith(ValueRef::Str(b"/products/")),
        )?;
        self.question("without a route", "span.http.route", IsNull)?;
        self.question("with an exception", "event:name", is("exception"))?;
        Ok(())
    }

    fn sets(&self) -> Result<()> {
        println!("\nsets, µs per million spans, spans found");
        let name = Arc::new(Name::parse("span:duration")?);
        let slower = |ms: u64| {
            let limit = ValueRef::DurationNs(ms * 100_000);
            let predicate = Predicate::compile(&Condition::Compare(Comparison::Greater, limit))?;
            Ok(self.scan(&name, &predicate))
        };
        // A limit that about 5 % of spans exceed.
        let mut few = SpanSet::default();
        for ms in 1..10_000 {
            few = slower(ms)?;
            if few.count() as f64 <= self.spans * 0.05 {
                break;
            }
        }
        let half = slower(10)?;
        let mut ids = vec![0; few.count() as usize];
        let time = self.time(|| {
            let mut len = 0;
            for set in few.blocks() {
                len += set.copy_ids(0, &mut ids[len..]);
            }
            black_box(&ids);
        });
        println!("  {:<50}{time:>9.1}{:>11}", "row numbers", few.count());
        for (what, any) in
            [("and, with matched columns", false), ("or, with matched columns", true)]
        {
            let leaves = |set: &SpanSet| -> Vec<SpanMatches> {
                set.blocks()
                    .iter()
                    .map(|s| SpanMatches::new(name.clone(), Arc::new(s.clone())))
                    .collect()
            };
            let (a, b) = (leaves(&few), leaves(&half));
            let mut found = 0;
            let time = self.time(|| {
                found = 0;
                for (a, b) in a.iter().zip(&b) {
                    let parts = [a.clone(), b.clone()];
                    let both =
                        if any { SpanMatches::any(&parts) } else { SpanMatches::all(&parts) };
                    found += both.map_or(0, |both| both.rows().count());
                }
            });
            println!("  {what:<50}{time:>9.1}{found:>11}");
        }
        Ok(())
    }
}
