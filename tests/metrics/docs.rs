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

#[test]
fn queries_make_the_series_that_are_shown_among_others() {
    for (query, lines) in examples("series-some") {
        let made = shown(&metrics(&shop(), query, &tens()));
        for line in lines {
            assert!(made.iter().any(|made| made == line), "{query}: {made:#?}");
        }
    }
}
