//! The evaluation cases.

use crate::given::{file, found, parts, whole};
use blockpack::Blocks;
use serde_json::Value;

pub struct Case {
    pub query: String,
    pub spans: Vec<String>,
    note: String,
}

pub fn cases() -> Vec<Case> {
    let text = std::fs::read_to_string(file("eval.jsonl")).unwrap();
    let case = |line: &str| {
        let case: Value = serde_json::from_str(line).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Case {
            query: text(&case["query"]),
            spans: case["spans"].as_array().unwrap().iter().map(text).collect(),
            note: text(&case["note"]),
        }
    };
    text.lines().map(case).collect()
}

/// Runs all cases; gives what is wrong.
fn failures(blocks: &Blocks) -> Vec<String> {
    let mut failures = Vec::new();
    for case in cases() {
        let found = found(blocks, &case.query);
        if found != case.spans {
            let Case { query, spans, note } = case;
            failures.push(format!(
                "{query}\n  note {note}\n  expected {spans:?}\n  found    {found:?}"
            ));
        }
    }
    failures
}

#[test]
fn every_case_holds_for_traces_in_one_block() {
    let failures = failures(&whole());
    assert!(failures.is_empty(), "{}\n{} fail", failures.join("\n"), failures.len());
}

#[test]
fn every_case_holds_for_traces_that_are_spread_over_files() {
    for files in [2, 3, 7] {
        let lists = parts(files, |number| number * 31 % 17 % files);
        let blocks = Blocks::join(&lists);
        let failures = failures(&blocks);
        assert!(failures.is_empty(), "{}\n{} fail", failures.join("\n"), failures.len());
    }
}
