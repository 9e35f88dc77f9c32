//! What stops a query that makes series.

use crate::given::{Span, Val, blocks, over, span};
use blockpack::block::build::BlockOptions;
use blockpack::traceql::{Limits, MetricsOptions, Query};
use blockpack::{Blocks, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

fn many() -> Blocks {
    let spans: Vec<Span> = (0..250u8)
        .map(|i| Span { attributes: vec![("n", Val::Int(i.into()))], ..span(i, 0, 100) })
        .collect();
    blocks(&spans, &BlockOptions::default())
}

fn refused(query: &str, options: MetricsOptions) -> ErrorKind {
    Query::compile(query).unwrap().metrics(&many(), &options).unwrap_err().kind()
}

#[test]
fn searches_make_no_series() {
    assert_eq!(refused("{}", over(0, 200, 1)), ErrorKind::InvalidArgument);
}

#[test]
fn samples_count_against_the_budget() {
    let limits = Limits { memory: Some(100_000), ..Limits::default() };
    let options = |step| MetricsOptions { limits: limits.clone(), ..over(0, 200, step) };
    let query = "{} | count_over_time() by (span.n)";
    let error = Query::compile(query).unwrap().metrics(&many(), &options(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Budget);
    assert!(
        error.message().starts_with("the query needs more than"),
        "no block is to blame: {error}"
    );
    let fits = Query::compile(query).unwrap().metrics(&many(), &options(200)).unwrap();
    assert_eq!(fits.series.len(), 250);
}

#[test]
fn series_count_against_the_budget_however_they_are_made() {
    let long = |count: usize| vec!["0.5"; count].join(", ");
    for query in [
        "{} | compare({ status = error }, 100)".to_owned(),
        format!("{{}} | quantile_over_time(span.n, {})", long(500)),
    ] {
        let compiled = Query::compile(&query).unwrap();
        let run = |memory| {
            let limits = Limits { memory: Some(memory), ..Limits::default() };
            let options = MetricsOptions { limits, ..over(0, 5_000, 1) };
            compiled.metrics(&many(), &options)
        };
        assert_eq!(run(4 << 20).unwrap_err().kind(), ErrorKind::Budget);
        let set = run(1 << 30).unwrap();
        let samples: usize = set.series.iter().map(|series| series.values.len()).sum();
        assert!(set.stats.peak_bytes >= 8 * samples as u64, "{samples} samples");
    }
}

#[test]
fn any_number_of_exemplars_can_be_asked_for() {
    let hour = 3_600_000_000_000;
    let asked = "{} | count_over_time() with (exemplars = 4000000000)";
    let set = Query::compile(asked).unwrap().metrics(&many(), &over(0, hour, hour)).unwrap();
    assert_eq!(set.series[0].exemplars.len(), 1, "all spans start in one part of the time");
    let options = MetricsOptions { exemplars: Some(u32::MAX), ..over(0, hour, hour) };
    let query = Query::compile("{} | max_over_time(span.n)").unwrap();
    assert_eq!(query.metrics(&many(), &options).unwrap().series[0].exemplars.len(), 1);
}

#[test]
fn cancelled_queries_and_those_that_are_late_stop() {
    for query in ["{} | rate()", "{} | compare({ status = error })"] {
        let cancel = Some(Arc::new(AtomicBool::new(true)));
        let limits = Limits { cancel, ..Limits::default() };
        let options = MetricsOptions { limits, ..over(0, 200, 1) };
        assert_eq!(refused(query, options), ErrorKind::Cancelled);
        let limits = Limits { deadline: Some(Instant::now()), ..Limits::default() };
        let options = MetricsOptions { limits, ..over(0, 200, 1) };
        assert_eq!(refused(query, options), ErrorKind::Cancelled);
    }
}

#[test]
fn impossible_times_are_refused() {
    assert_eq!(refused("{} | rate()", over(200, 100, 1)), ErrorKind::InvalidArgument);
    assert_eq!(refused("{} | rate()", over(0, 1 << 40, 1)), ErrorKind::Limit);
}
