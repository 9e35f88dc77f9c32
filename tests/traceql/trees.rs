//! What queries are read as: shown by the one spelling that a tree is printed in.

use blockpack::traceql::Query;

/// The tree of a query without places, which differ between spellings.
pub fn tree(query: &Query) -> String {
    let places = regex::Regex::new(r"Place \{\s*start: \d+,\s*end: \d+,?\s*\}").unwrap();
    places.replace_all(&format!("{:?}", query.ast()), "_").into_owned()
}

/// Compiles `text`, and checks that what it prints is the same query.
pub fn compile(text: &str) -> Query {
    let query = Query::compile(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let printed = query.to_string();
    let again =
        Query::compile(&printed).unwrap_or_else(|error| panic!("{text} -> {printed}: {error}"));
    assert_eq!(again.to_string(), printed, "{text}");
    assert_eq!(tree(&again), tree(&query), "{text} -> {printed}");
    query
}

#[track_caller]
fn same(pairs: &[(&str, &str)]) {
    for (text, bracketed) in pairs {
        assert_eq!(tree(&compile(text)), tree(&compile(bracketed)), "{text} is not {bracketed}");
    }
}

#[track_caller]
fn printed(pairs: &[(&str, &str)]) {
    for (text, expected) in pairs {
        assert_eq!(compile(text).to_string(), *expected);
    }
}

#[test]
fn every_valid_case_prints_as_the_same_query() {
    for line in include_str!("parse.jsonl").lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        if case["valid"].as_bool().unwrap() {
            compile(case["query"].as_str().unwrap());
        }
    }
}

#[test]
fn conditions_are_read_by_the_precedence_of_traceql() {
    same(&[
        ("{ .a || .b && .c }", "{ (.a || .b) && .c }"),
        ("{ .a && .b || .c && .d }", "{ ((.a && .b) || .c) && .d }"),
        ("{ .a = .b = true }", "{ (.a = .b) = true }"),
        ("{ .a = 1 != false }", "{ (.a = 1) != false }"),
        ("{ -.a * .b = 1 }", "{ (-(.a * .b)) = 1 }"),
        ("{ -.a ^ 2 = 1 }", "{ (-(.a ^ 2)) = 1 }"),
        ("{ -.a + .b = 1 }", "{ ((-.a) + .b) = 1 }"),
        ("{ .a * -.b * .c = 1 }", "{ (.a * (-(.b * .c))) = 1 }"),
        ("{ .a * -.b + .c = 1 }", "{ ((.a * (-.b)) + .c) = 1 }"),
        ("{ !.a = .b }", "{ (!.a) = .b }"),
        ("{ .a ^ .b ^ .c = 1 }", "{ (.a ^ (.b ^ .c)) = 1 }"),
        ("{ .a - .b - .c = 1 }", "{ ((.a - .b) - .c) = 1 }"),
        ("{ .a / .b % .c * .d = 1 }", "{ (((.a / .b) % .c) * .d) = 1 }"),
        ("{ .a + .b = nil }", "{ (.a + .b) = nil }"),
        ("{ !.a = nil }", "{ (!.a) = nil }"),
        ("{ nil = .a + .b }", "{ (.a + .b) = nil }"),
        ("{ nil != .a = false }", "{ (.a != nil) = false }"),
        ("{ .a = nil = false }", "{ (.a = nil) = false }"),
        ("{ nil = .a && .b }", "{ (nil = .a) && .b }"),
        ("{ .a || (.b || .c) }", "{ (.a || .b) || .c }"),
    ]);
}

#[test]
fn spansets_are_read_by_the_precedence_of_traceql() {
    same(&[
        ("{ .a } || { .b } && { .c }", "({ .a } || { .b }) && { .c }"),
        ("{ .a } && { .b } > { .c }", "{ .a } && ({ .b } > { .c })"),
        ("{ .a } > { .b } >> { .c } ~ { .d }", "(({ .a } > { .b }) >> { .c }) ~ { .d }"),
        ("{ .a } && { .b } > { .c } | count() > 1", "({ .a } && ({ .b } > { .c })) | count() > 1"),
        ("((({ .a })))", "{ .a }"),
        ("({ .a } | { .b })", "(({ .a } | { .b }))"),
        ("({ .a }) && ({ .b } | count() > 1)", "{ .a } && ({ .b } | count() > 1)"),
    ]);
}

#[test]
fn equal_queries_are_printed_in_one_spelling() {
    printed(&[
        ("{}", "{}"),
        ("{true}", "{}"),
        ("{span:name=`a\"b`}", r#"{ name = "a\"b" }"#),
        ("{ trace:rootService = \"x\" }", "{ rootServiceName = \"x\" }"),
        ("{ span: childCount > 1 }", "{ span:childCount > 1 }"),
        ("{ .\"a b\" = 1 && span.\"c\".d = 2 }", "{ .\"a b\" = 1 && span.c.d = 2 }"),
        ("{ .a = \"\\xff\\u00e9\\n\" }", "{ .a = \"\\xffé\\n\" }"),
        ("{ duration > 90s }", "{ duration > 1m30s }"),
        ("{ duration > 1d2h }", "{ duration > 26h }"),
        ("{ duration > 1.5us }", "{ duration > 1us500ns }"),
        ("{ duration > -5ms && duration < 0h }", "{ duration > -5ms && duration < 0s }"),
        ("{ .a = 1e3 }", "{ .a = 1000.0 }"),
        ("{ .a = minInt }", "{ .a = minInt }"),
        ("{ .a && (.b && .c) }", "{ .a && .b && .c }"),
        ("{ (.a || .b) && .c }", "{ .a || .b && .c }"),
        ("{ .c && (.a || .b) }", "{ .c && (.a || .b) }"),
        ("{ nil = .a }", "{ .a = nil }"),
        ("({.a}|rate())*2+1", "({ .a } | rate()) * 2 + 1"),
        ("(({.a}|rate())-(5))/2", "(({ .a } | rate()) - 5) / 2"),
        ("{}|rate()by(name,span.a)>1.5|topk(3)", "{} | rate() by (name, span.a) > 1.5 | topk(3)"),
        ("{}|max_over_time(duration)>100ms", "{} | max_over_time(duration) > 0.1"),
        ("{}|compare({status=error})", "{} | compare({ status = error }, 10)"),
        ("{} with (a=1) with (b=ok)", "{} with (a = 1, b = ok)"),
    ]);
}

#[test]
fn constants_are_folded_where_they_have_a_value() {
    printed(&[
        ("{ 1 + 1 = 2 }", "{}"),
        ("{ .a > 2 * 3 + 4 }", "{ .a > 10 }"),
        ("{ .a > -(2 ^ 3 ^ 2) }", "{ .a > -512 }"),
        ("{ 7 / 2 = 3 && -7 % 3 = -1 }", "{}"),
        ("{ .a = 7.0 / 2 }", "{ .a = 3.5 }"),
        ("{ duration > 1s + 500ms }", "{ duration > 1s500ms }"),
        ("{ duration > 2 * 1s }", "{ duration > 2s }"),
        ("{ duration > 1s / 2 }", "{ duration > 500000000.0 }"),
        ("{ .a > 2 ^ -1 }", "{ .a > 0.5 }"),
        ("{ 1s = 1000000000 && 1 = 1.0 && 9007199254740993 != 9007199254740992 }", "{}"),
        ("{ \"a\" < \"b\" && !(true = false) }", "{}"),
        ("{ .a = 1 / 0 }", "{ .a = 1 / 0 }"),
        ("{ .a = 1.0 / 0 }", "{ .a = 1.0 / 0 }"),
        ("{ .a = maxInt + 1 }", "{ .a = 9223372036854775807 + 1 }"),
        ("{ .a = -minInt }", "{ .a = -minInt }"),
        ("{ (-2) ^ 2 = .a }", "{ 4 = .a }"),
        ("{ -2 ^ 2 = .a }", "{ -4 = .a }"),
        ("{ (-2) ^ .a = 4 }", "{ (-2) ^ .a = 4 }"),
        ("{ .a && true && false }", "{ .a && false }"),
        ("{} | count() > 2 * 3", "{} | count() > 6"),
        ("{} | rate() > (1 + 2) * -3", "{} | rate() > -9"),
        ("({} | rate()) * (7 / 2)", "({} | rate()) * 3.5"),
    ]);
}

#[test]
fn a_thousand_alternatives_make_a_low_tree() {
    let many = (0..5000).map(|i| format!(".a = {i}")).collect::<Vec<_>>().join(" || ");
    compile(&format!("{{ {many} }}"));
}
