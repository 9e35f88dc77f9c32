//! The examples in `docs/traceql.md` that are about series.

use crate::examples::{shop, tens};
use crate::given::{metrics, shown};

/// Queries in blocks of `kind`, with the lines that follow them.
fn examples(kind: &str) -> Vec<(&'static str, Vec<&'static str>)> {
    let text = include_str!("../../docs/traceql.md");
    let fence = format!("\n```{kind}\n");
    let blocks = text.split(&fence).skip(1);
    let parts = blocks.flat_map(|block| block.split("\n```").next().unwrap().split("\n\n"));
    let parts: Vec<_> = parts
        .map(|part| {
            let mut lines = part.lines();
            (lines.next().unwrap(), lines.collect())
        })
        .collect();
    assert!(!parts.is_empty(), "{kind}");
    parts
}

#[test]
fn queries_make_the_series_that_are_shown() {
    for (query, lines) in examples("series") {
        assert_eq!(shown(&metrics(&shop(), query, &tens())), lines, "{query}");
    }
}

/// What a query's explanation says, but for times and memory.
fn explained(query: &str) -> Vec<String> {
    let is_time = |part: &str| part.trim_end_matches(['n', 'µ', 'm', 's']).parse::<f64>().is_ok();
    let line = |line: &str| {
        let (counts, scans) = line.split_at(line.find(';').unwrap_or(line.len()));
        let counts = counts.split(", ");
        let kept: Vec<&str> =
            counts.filter(|part| !is_time(part) && !part.ends_with("bytes at most")).collect();
        format!("{}{scans}", kept.join(", "))
    };
    metrics(&shop(), query, &tens()).explain.to_string().lines().map(line).collect()
}

#[test]
fn the_explanation_that_is_shown_is_given() {
    let text = include_str!("../../docs/traceql.md");
    let (before, after) = text.split_once("\n```explained\n").unwrap();
    let shown: Vec<&str> = after.split("\n```").next().unwrap().lines().collect();
    let query = before.rsplit("This is `").next().unwrap().split('`').next().unwrap();
    assert_eq!(explained(query), shown, "{query}");
}

#[test]
fn queries_make_the_series_that_are_shown_among_others() {
    for (query, lines) in examples("series-some") {
        let made = shown(&metrics(&shop(), query, &tens()));
        for line in lines {
            assert!(made.iter().any(|made| made == line), "{query}: {made:#?}");
        }
    }
}
