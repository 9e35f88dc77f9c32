//! The examples in `docs/traceql.md` that are about the language.

use crate::trees::compile;
use blockpack::traceql::Query;

/// The examples in blocks of `kind`: parts that are apart by an empty line.
fn examples(kind: &str) -> Vec<Vec<&'static str>> {
    let text = include_str!("../../docs/traceql.md");
    let fence = format!("\n```{kind}\n");
    let blocks = text.split(&fence).skip(1);
    let parts = blocks.flat_map(|block| block.split("\n```").next().unwrap().split("\n\n"));
    let parts: Vec<_> = parts.map(|part| part.lines().collect()).collect();
    assert!(!parts.is_empty(), "{kind}");
    parts
}

#[test]
fn queries_compile() {
    for query in examples("traceql").into_iter().flatten() {
        compile(query);
    }
}

#[test]
fn queries_are_printed_as_shown() {
    for example in examples("printed") {
        let [query, printed] = example[..] else { panic!("{example:?}") };
        assert_eq!(compile(query).to_string(), printed);
    }
}

#[test]
fn refusals_say_what_is_shown() {
    for example in examples("refused") {
        let [query, message] = example[..] else { panic!("{example:?}") };
        let error = Query::compile(query).unwrap_err();
        assert_eq!(format!("{:?}: {}", error.kind(), error.message()), message, "{query}");
    }
}
