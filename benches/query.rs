//! Speed of TraceQL: `cargo bench --bench query [-- SPANS]`.
//!
//! Everyday queries over spans of the made-up shop, in a mapped file that was read before, one
//! thread unless said. All matches are counted; then once more with 20 traces shown, as a search
//! screen asks for them. Every figure is the median of several runs.

#[path = "../cli/src/generate/mod.rs"]
#[allow(dead_code, missing_docs, unused_imports)]
mod generate;

use blockpack::file::reader::{OpenOptions, Reader};
use blockpack::ingest::{Ingest, IngestOptions};
use blockpack::name::Name;
use blockpack::traceql::{Query, QueryContext, SearchOptions, TagOptions, Value, tag_values};
use blockpack::{Blocks, Result};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What is asked, and the query.
const QUERIES: &[(&str, &str)] = &[
    ("service and status", "{ resource.service.name = \"frontend\" && status = error }"),
    ("duration", "{ duration > 500ms }"),
    ("URL by pattern", "{ span.url.full =~ \".*/cart.*\" }"),
    ("user id", "{ span.enduser.id = \"USER\" }"),
    ("either of two", "{ status = error || span.http.response.status_code >= 500 }"),
    (
        "structure",
        "{ resource.service.name = \"frontend\" } >> { span.db.system = \"postgresql\" }",
    ),
    ("aggregate", "{ status = error } | count() > 3"),
    ("by service", "{ status = error } | by(resource.service.name) | count() > 1"),
    ("unscoped name", "{ .db.system = \"postgresql\" && duration > 10ms }"),
    ("alternation", "{ name =~ \"GET .*|POST .*\" }"),
    ("field against field", "{ span.http.response.body.size > span.server.port }"),
    ("an expression", "{ span.http.response.body.size ^ 2 > span.server.port }"),
    ("two spansets", "{ resource.service.name = \"frontend\" } && { status = error }"),
    ("root of the trace", "{ rootServiceName = \"frontend\" && status = error }"),
    ("one event", "{ event:name = \"exception\" && event.exception.type =~ \".*Error\" }"),
];

/// Queries that are also asked in batches: with few traces, with many, and with work for each block.
const IN_BATCHES: &[&str] = &["service and status", "duration", "structure", "by service"];

fn main() -> Result<()> {
    let spans = std::env::args().find_map(|a| a.parse().ok()).unwrap_or(1_000_000);
    let directory = tempfile::tempdir().map_err(|e| blockpack::Error::io("a directory", e))?;
    let path = directory.path().join("shop.blockpack");
    let mut ingest = Ingest::create(&path, IngestOptions::default())?;
    for request in generate::Generator::new(spans, 1) {
        ingest.add(&request.bytes)?;
    }
    ingest.finish()?;
    let file = Arc::new(Reader::open(&path, &OpenOptions::default())?);
    let blocks = Blocks::of_file(&file, 0..file.block_count())?;
    println!(
        "{} spans, {} traces, {} blocks, {:.1} MB",
        blocks.rows(),
        blocks.trace_count(),
        blocks.len(),
        file.file_len() as f64 / 1e6
    );
    let context = Arc::new(QueryContext::new());
    let start = Instant::now();
    let layout = SearchOptions { context: Some(context.clone()), ..SearchOptions::default() };
    Query::compile("{ false }")?.search(&blocks, &layout)?;
    println!("traces in several blocks found: {:?}", start.elapsed());
    println!("{:<24} {:>10} {:>12} {:>12}", "", "matches", "all counted", "20 traces");
    let user = Name::parse("span.enduser.id")?;
    let users = tag_values(&blocks, &user, None, &TagOptions::default())?.values;
    let user = users.get(users.len() / 2).map_or(String::new(), Value::to_string);
    for (what, text) in QUERIES {
        let text = text.replace("USER", &user);
        let options = SearchOptions { context: Some(context.clone()), ..SearchOptions::default() };
        let counting = SearchOptions { limit: 0, ..options.clone() };
        let query = Query::compile(&text)?;
        let count = query.search(&blocks, &counting)?.spans.count();
        let counted = median(|| query.search(&blocks, &counting).map(drop))?;
        let shown = median(|| query.search(&blocks, &options).map(drop))?;
        println!("{what:<24} {count:>10} {:>9.3} ms {:>9.3} ms", ms(counted), ms(shown));
        if std::env::var_os("EXPLAIN").is_some() {
            println!("{}", query.search(&blocks, &counting)?.explain);
        }
    }
    batches(&blocks, &context)
}

/// All traces, batch by batch, by one thread and by two in turn.
fn batches(blocks: &Blocks, context: &Arc<QueryContext>) -> Result<()> {
    println!("\n{:<24} {:>10} {:>12} {:>12}", "in batches", "traces", "one thread", "two threads");
    for (what, text) in QUERIES.iter().filter(|(what, _)| IN_BATCHES.contains(what)) {
        let query = Query::compile(text)?;
        let run = |threads| -> Result<usize> {
            let context = Some(context.clone());
            let options =
                SearchOptions { context, limit: usize::MAX, threads, ..SearchOptions::default() };
            query.cursor(blocks, &options)?.try_fold(0, |count, batch| Ok(count + batch?.len()))
        };
        let mut times = [Vec::new(), Vec::new()];
        let mut count = 0;
        for _ in 0..9 {
            for (threads, times) in (1..).zip(&mut times) {
                let start = Instant::now();
                count = run(threads)?;
                times.push(start.elapsed());
            }
        }
        times.iter_mut().for_each(|times| times.sort_unstable());
        let [one, two] = times.map(|times| ms(times[times.len() / 2]));
        println!("{what:<24} {count:>10} {one:>9.3} ms {two:>9.3} ms");
    }
    Ok(())
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The median time of a run; runs go on for a while.
fn median(mut run: impl FnMut() -> Result<()>) -> Result<Duration> {
    let (begin, mut times) = (Instant::now(), Vec::new());
    while times.len() < 7 || begin.elapsed() < Duration::from_millis(300) {
        let start = Instant::now();
        run()?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    Ok(times[times.len() / 2])
}
