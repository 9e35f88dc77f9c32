//! The slow evaluation is right by itself.

use crate::given::{cases, traces};
use crate::naive;
use blockpack::traceql::Query;
use blockpack::value::Hex;

#[test]
fn the_slow_evaluation_holds_all_cases() {
    let spans = traces();
    let mut failures = Vec::new();
    for (query, expected, note) in cases() {
        let answer = naive::search(Query::compile(&query).unwrap().ast(), &spans);
        let mut found: Vec<String> =
            answer.spans().iter().map(|&span| Hex(&spans[span].id).to_string()).collect();
        found.sort_unstable();
        if found != expected {
            failures
                .push(format!("{query}: {note}\n  expected {expected:?}\n  found    {found:?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
