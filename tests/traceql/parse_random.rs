//! No text makes the parser panic, and what it takes prints as the same query.
//!
//! `TRACEQL_CASES` asks for another number of cases than a few hundred.

use crate::trees::tree;
use blockpack::traceql::{MAX_DEPTH, MAX_TEXT, Query};
use blockpack::{Error, ErrorKind};
use proptest::prelude::*;

/// Compiles anything; what is taken must survive printing.
fn try_compile(text: &str) -> Result<(), TestCaseError> {
    match Query::compile(text) {
        Ok(query) => {
            let printed = query.to_string();
            match Query::compile(&printed) {
                Ok(again) => prop_assert_eq!(tree(&again), tree(&query), "{} -> {}", text, printed),
                Err(error) => prop_assert!(false, "{} -> {}: {}", text, printed, error),
            }
        }
        Err(error) => check_error(text, &error)?,
    }
    Ok(())
}

/// An error says where, in line and column too, and is of one of the kinds that are promised.
fn check_error(text: &str, error: &Error) -> Result<(), TestCaseError> {
    use ErrorKind::{Depth, Limit, Parse, Type, Unsupported};
    prop_assert!(matches!(error.kind(), Parse | Type | Unsupported | Depth | Limit), "{:?}", error);
    let position = error.position().unwrap() as usize;
    prop_assert!(position <= text.len() && text.is_char_boundary(position), "{:?}", error);
    let line = 1 + text[..position].matches('\n').count();
    let start = text[..position].rfind('\n').map_or(0, |at| at + 1);
    let column = 1 + text[start..position].chars().count();
    let place = format!("line {line}, column {column}: ");
    prop_assert!(error.message().starts_with(&place), "{:?}", error);
    Ok(())
}

/// Pieces of queries, and things that look like them.
fn piece() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "{",
        "}",
        "(",
        ")",
        "{}",
        "&&",
        "||",
        ">",
        ">>",
        "<",
        "<<",
        "~",
        "!>",
        "!>>",
        "&>",
        "&~",
        "!~",
        "=~",
        "=",
        "!=",
        ">=",
        "<=",
        "+",
        "-",
        "*",
        "/",
        "%",
        "^",
        "!",
        "|",
        ",",
        "nil",
        "true",
        "error",
        "server",
        "minInt",
        "name",
        "duration",
        "status",
        "parent",
        "span:id",
        "span:",
        "event:name",
        ".a",
        ".a.\"b c\"",
        "span.x",
        "parent.a",
        "resource.service.name",
        "event.e",
        "link.l",
        "1",
        "2.5",
        "10ms",
        "1h30m",
        "\"x\"",
        "`y.*`",
        "\"(\"",
        "count()",
        "max(duration)",
        "avg(",
        "by(name)",
        "coalesce()",
        "select(.a)",
        "rate()",
        "by",
        "compare(",
        "quantile_over_time(duration, 0.5)",
        "topk(3)",
        "with",
        "(x=1)",
        "'s'",
        "AND",
        "//",
        "/*",
        "é",
        "\u{3bc}s",
        "08",
        "_",
    ];
    prop_oneof![
        8 => prop::sample::select(PIECES).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ]
}

/// Conditions that make sense more often than not.
fn condition() -> impl Strategy<Value = String> {
    let field = prop::sample::select(
        &[
            ".a",
            "span.b",
            "name",
            "duration",
            "status",
            "kind",
            "span:childCount",
            ".\"c d\"",
            "trace:id",
        ][..],
    );
    let value = prop::sample::select(
        &[
            "1", "-2", "2.5", "\"x\"", "10ms", "true", "error", "client", "nil", "minInt", "-0.0",
            "1s500us",
        ][..],
    );
    let op = prop::sample::select(
        &["=", "!=", "<", ">=", "=~", "+", "-", "*", "^", "%", "&&", "||"][..],
    );
    let leaf = prop_oneof![field.prop_map(str::to_owned), value.prop_map(str::to_owned)];
    leaf.prop_recursive(5, 24, 2, move |inner| {
        prop_oneof![
            4 => (inner.clone(), op.clone(), inner.clone()).prop_map(|(l, op, r)| format!("{l} {op} {r}")),
            2 => (inner.clone(), op.clone(), inner.clone()).prop_map(|(l, op, r)| format!("({l} {op} {r})")),
            1 => inner.clone().prop_map(|x| format!("!{x}")),
            1 => inner.clone().prop_map(|x| format!("-{x}")),
            1 => inner.prop_map(|x| format!("{x} = nil")),
        ]
    })
}

fn valid_queries() -> Vec<String> {
    let cases = include_str!("parse.jsonl").lines();
    let cases = cases.map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let valid = cases.filter(|case| case["valid"].as_bool().unwrap());
    valid.map(|case| case["query"].as_str().unwrap().to_owned()).collect()
}

fn config() -> ProptestConfig {
    let cases = std::env::var("TRACEQL_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig::with_cases(cases.unwrap_or(400))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn random_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        if let Err(error) = Query::compile_bytes(&bytes) {
            prop_assert!(error.position().unwrap() <= bytes.len() as u64);
        }
    }

    #[test]
    fn soups_of_tokens_do_no_harm(
        pieces in proptest::collection::vec((piece(), any::<bool>()), 0..25)
    ) {
        let text: String = pieces.iter().map(|(piece, blank)| match blank {
            true => format!("{piece} "),
            false => piece.clone(),
        }).collect();
        try_compile(&text)?;
        try_compile(&format!("{{ {text} }}"))?;
    }

    #[test]
    fn conditions_survive_printing(condition in condition()) {
        try_compile(&format!("{{ {condition} }}"))?;
        try_compile(&format!("{{ .x = 1 }} | by({condition}) | max({condition}) > 1"))?;
    }

    #[test]
    fn mutated_queries_do_no_harm(
        query in prop::sample::select(valid_queries()),
        other in prop::sample::select(valid_queries()),
        cuts in any::<[prop::sample::Index; 3]>(),
        piece in piece(),
        how in 0..4,
    ) {
        let chars: Vec<char> = query.chars().collect();
        let mut at = cuts.map(|cut| cut.index(chars.len() + 1));
        at.sort_unstable();
        let part = |range: std::ops::Range<usize>| chars[range].iter().collect::<String>();
        let (head, middle, tail) = (part(0..at[0]), part(at[0]..at[1]), part(at[1]..chars.len()));
        try_compile(&match how {
            0 => format!("{head}{tail}"),
            1 => format!("{head}{middle}{middle}{tail}"),
            2 => format!("{head}{piece}{tail}"),
            _ => format!("{head}{other}{tail}"),
        })?;
    }
}

#[test]
fn what_nests_too_deep_is_refused_and_not_overflown() {
    let deep = 30_000;
    let towers = [
        format!("{{ {}.a{} }}", "(".repeat(deep), ")".repeat(deep)),
        format!("{{ {}.a }}", "!".repeat(deep)),
        format!("{{ {}.a }}", "-".repeat(deep)),
        format!("{}{{}}{}", "(".repeat(deep), ")".repeat(deep)),
        format!("{{ .a{} }}", " + .a".repeat(deep / 2)),
        format!("{{ .a{} }}", " || .a && .a".repeat(deep / 4)),
        format!("{{ .a{} }}", " = .a".repeat(deep / 2)),
        format!("{{ .a{} }}", " ^ .a".repeat(deep / 2)),
        format!("{{ .a{} }}", " * -.a".repeat(deep / 2)),
        format!("{{ .a {} }}", "= nil ".repeat(deep / 2)),
        format!("{{ {}.a }}", "nil = ".repeat(deep / 2)),
        format!("{{}}{}", " > {}".repeat(deep / 2)),
        format!("{}{{}}{}", "({} > ".repeat(deep / 4), ")".repeat(deep / 4)),
        format!("{{}} | count(){} > 1", " + 1".repeat(deep)),
        format!("{{}} | {}1 > count()", "-".repeat(deep)),
        format!("{{}} | rate() > {}1", "-".repeat(deep)),
        format!("{{}} | rate() > {}1{}", "(".repeat(deep), ")".repeat(deep)),
        format!("({{}} | rate()){}", " + ({} | rate())".repeat(5000)),
        format!("{}({{}} | rate()){}", "(1 + ".repeat(deep / 4), ")".repeat(deep / 4)),
    ];
    for tower in towers {
        let error = Query::compile(&tower).err().map(|error| error.kind());
        assert_eq!(error, Some(ErrorKind::Depth), "{}", &tower[..60]);
    }
    let fits = MAX_DEPTH as usize / 2;
    Query::compile(&format!("{{ {}.a{} }}", "(".repeat(fits), ")".repeat(fits))).unwrap();
    Query::compile(&format!("{{}}{}", " > {}".repeat(fits))).unwrap();
}

#[test]
fn texts_beyond_the_limit_are_refused() {
    let fits = format!("{{}}{}", " ".repeat(MAX_TEXT - 2));
    Query::compile(&fits).unwrap();
    let error = Query::compile(&format!("{fits} ")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
}
