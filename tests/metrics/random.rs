//! Random spans and queries: the same series as made the obvious way.
//!
//! `METRICS_CASES` asks for another number of cases than a few hundred.

use crate::given::{Attributes, Span, Val, blocks, metrics, over};
use crate::naive::{Function, Made, field, make};
use blockpack::Blocks;
use blockpack::block::build::BlockOptions;
use blockpack::traceql::{MetricsOptions, SeriesSet};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};

/// Fields to group by; those whose values can be shown.
const BY: [&str; 9] = [
    "name",
    "resource.service.name",
    "span.text",
    "span.mixed",
    ".both",
    "event.e",
    "rootName",
    "span:childCount",
    "resource.zone",
];

/// Fields to add up.
const NUMBERS: [&str; 8] = [
    "duration",
    "span:duration",
    "span.mixed",
    ".both",
    "span.n",
    "span:childCount",
    "event.e",
    "resource.zone",
];

fn text() -> impl Strategy<Value = Val> {
    select(vec![Val::Str("a"), Val::Str("b"), Val::Str("c d"), Val::Str("")])
}

fn whole() -> impl Strategy<Value = Val> {
    prop_oneof![
        select(vec![0, 1, 2, 3, 4, 7, 8, 200, 404, 500, -5, 70_000, 1 << 40]).prop_map(Val::Int),
        (0..100_000i64).prop_map(Val::Int),
    ]
}

fn mixed() -> impl Strategy<Value = Val> {
    prop_oneof![
        text(),
        whole(),
        select(vec![0.5, 2.0, -1.25, 1e9]).prop_map(Val::Float),
        any::<bool>().prop_map(Val::Bool),
        (0..3i64).prop_map(|v| Val::Ints(vec![v])),
        Just(Val::Empty),
    ]
}

fn attributes(list: Vec<(&'static str, BoxedStrategy<Val>)>) -> impl Strategy<Value = Attributes> {
    let each = list.into_iter().map(|(key, value)| {
        proptest::option::weighted(0.7, value).prop_map(move |v| v.map(|v| (key, v))).boxed()
    });
    each.collect::<Vec<_>>().prop_map(|list| list.into_iter().flatten().collect())
}

fn one_span() -> impl Strategy<Value = Span> {
    let resource = attributes(vec![
        ("service.name", text().boxed()),
        ("zone", mixed().boxed()),
        ("both", mixed().boxed()),
    ]);
    let own = attributes(vec![
        ("text", text().boxed()),
        ("mixed", mixed().boxed()),
        ("both", mixed().boxed()),
        ("n", whole().boxed()),
    ]);
    let events = vec(attributes(vec![("e", whole().boxed())]), 0..3);
    let times = (1000..1200u64, prop_oneof![0..5u64, 0..10_000_000_000u64]);
    let names = select(&["op", "get", "put"][..]);
    (0..6u8, names, 0..3i32, times, resource, own, events).prop_map(
        |(trace, name, status, (start, duration), resource, attributes, events)| Span {
            trace,
            number: 0,
            name,
            kind: 1,
            status,
            start,
            duration,
            resource,
            attributes,
            events,
        },
    )
}

/// Spans with numbers of their own in their traces.
fn spans() -> impl Strategy<Value = Vec<Span>> {
    vec(one_span(), 0..60).prop_map(|mut spans| {
        let mut count = [0u8; 6];
        for span in &mut spans {
            span.number = count[usize::from(span.trace)];
            count[usize::from(span.trace)] += 1;
        }
        spans
    })
}

fn function() -> impl Strategy<Value = Function> {
    let field = || select(&NUMBERS[..]);
    prop_oneof![
        Just(Function::Rate),
        Just(Function::Count),
        field().prop_map(Function::Min),
        field().prop_map(Function::Max),
        field().prop_map(Function::Sum),
        field().prop_map(Function::Avg),
        field().prop_map(Function::Histogram),
        (field(), subsequence(vec![0.0, 0.25, 0.5, 0.9, 0.99, 1.0], 1..4))
            .prop_map(|(field, list)| Function::Quantile(field, list)),
    ]
}

/// A filter: its text, and whether it holds for a span.
type Filter = (&'static str, fn(&[Span], &Span) -> bool);

const FILTERS: [Filter; 5] = [
    ("{}", |_, _| true),
    ("{ status = error }", |_, span| span.status == 2),
    ("{ name = \"get\" || name = \"put\" }", |_, span| span.name != "op"),
    (
        "{ span.n >= 4 }",
        |all, span| matches!(field(all, span, "span.n"), Some(Val::Int(v)) if v >= 4),
    ),
    ("{ name = \"nothing\" }", |_, _| false),
];

/// Spans in several lists of blocks, so that traces are spread.
fn spread(spans: &[Span], parts: &[Index], options: &BlockOptions) -> Blocks {
    let part = |i: usize| if parts.is_empty() { 0 } else { parts[i % parts.len()].index(3) };
    let lists: Vec<Blocks> = (0..3)
        .map(|wanted| {
            let numbered = spans.iter().enumerate();
            let of_part = numbered.filter(|(i, _)| part(*i) == wanted).map(|(_, s)| s.clone());
            blocks(&of_part.collect::<Vec<_>>(), options)
        })
        .collect();
    Blocks::join(&lists)
}

fn same(set: &SeriesSet, expected: &Made) -> Result<(), TestCaseError> {
    let made: Made = set.series.iter().map(|s| (s.to_string(), s.values.clone())).collect();
    prop_assert_eq!(made.len(), set.series.len(), "labels are not distinct");
    prop_assert_eq!(made.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-12);
    for (labels, values) in &made {
        let other = &expected[labels];
        let equal = values.iter().zip(other).all(|(a, b)| match (a, b) {
            (Some(a), Some(b)) => close(*a, *b),
            (a, b) => a == b,
        });
        prop_assert!(equal && values.len() == other.len(), "{labels}: {values:?}, not {other:?}");
    }
    Ok(())
}

fn config() -> ProptestConfig {
    let cases = std::env::var("METRICS_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig::with_cases(cases.unwrap_or(300))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn series_are_those_that_are_made_the_obvious_way(
        spans in spans(),
        parts in vec(any::<Index>(), 0..4),
        max_columns in prop_oneof![Just(2usize), Just(4000)],
        max_rows in prop_oneof![Just(5usize), Just(4000)],
        function in function(),
        by in subsequence(&BY[..], 0..=3),
        filter in select(&FILTERS[..]),
        start in 990..1100u64,
        length in 1..250u64,
        step in prop_oneof![1..10u64, 10..400u64],
        threads in 1..4usize,
        exemplars in 0..20u32,
    ) {
        let range = (start, start + length, step);
        let by = &by[..];
        let expected = make(&spans, |span| filter.1(&spans, span), &function, by, range);
        let grouped = if by.is_empty() { String::new() } else { format!(" by ({})", by.join(", ")) };
        let query = format!("{} | {}{grouped}", filter.0, function.text());
        let options = BlockOptions {
            max_attribute_columns: max_columns,
            max_rows,
            ..BlockOptions::default()
        };
        let blocks = spread(&spans, &parts, &options);
        let set = metrics(&blocks, &query, &MetricsOptions {
            threads,
            exemplars: Some(exemplars),
            ..over(range.0, range.1, range.2)
        });
        same(&set, &expected)?;
        let counts = |span: &&Span| {
            filter.1(&spans, span) && start < span.start && span.start <= start + length
        };
        let found = spans.iter().filter(counts).count();
        prop_assert_eq!(set.spans, found as u64);
        check_exemplars(&set, &blocks, exemplars)?;
    }
}

/// Exemplars are spans of the time, in order, no more than were asked for, and have the sample's
/// interval.
fn check_exemplars(set: &SeriesSet, blocks: &Blocks, most: u32) -> Result<(), TestCaseError> {
    let mut count = 0;
    for series in &set.series {
        count += series.exemplars.len();
        prop_assert!(series.exemplars.is_sorted_by_key(|exemplar| exemplar.time_ns));
        for exemplar in &series.exemplars {
            let block = blocks.get(exemplar.span.block as usize).unwrap();
            prop_assert_eq!(block.start_ns(exemplar.span.row).unwrap(), exemplar.time_ns);
            let trace = block.trace_of(exemplar.span.row).unwrap();
            prop_assert_eq!(block.trace_id(trace).unwrap(), Some(&*exemplar.trace_id));
            let in_range = set.times.iter().any(|&t| exemplar.time_ns <= t);
            prop_assert!(in_range && !exemplar.value.is_nan());
        }
    }
    prop_assert!(count <= most as usize);
    prop_assert!(count > 0 || most == 0 || set.series.is_empty());
    Ok(())
}
