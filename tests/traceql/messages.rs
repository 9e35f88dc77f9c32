//! What is said to somebody whose query is none.

use blockpack::traceql::Query;

#[test]
fn refusals_say_where_what_and_what_instead() {
    let cases = [
        ("{ duraton > 1s }", 2, "did you mean `duration`?"),
        ("{ .a == 1 }", 6, "write `=` for equal"),
        ("{ .a =< 1 }", 6, "write `<=`"),
        ("{ .a => 1 }", 6, "write `>=`"),
        ("{ .a <> 1 }", 6, "write `!=`"),
        ("{ .a = 'x' }", 7, "write `\"x\"`"),
        ("{ .a = 1 AND .b = 2 }", 9, "write `&&`"),
        ("{ .a = 1 or .b = 2 }", 9, "write `||`"),
        ("{ not .a }", 2, "write `!`"),
        ("{ .a in (\"x\", \"y\") }", 5, ".a =~ \"x|y\""),
        ("{ \"x\" in .a }", 6, ".a =~ \"x|y\""),
        ("{ .a IN [1] }", 8, "there are no lists"),
        ("{ status = ERROR }", 11, "case sensitive: `error`"),
        ("{ status = \"error\" }", 11, "without quotes"),
        ("{ foo = 1 }", 2, "`.foo` or `span.foo`"),
        ("{ http.method = \"GET\" }", 2, "`.http.method` or `span.http.method`"),
        ("{ trace.id = \"x\" }", 2, "`trace:duration`"),
        ("{ traceID = \"x\" }", 2, "`trace:id`"),
        ("{ span:status_message = \"x\" }", 7, "did you mean `span:statusMessage`?"),
        ("{ resource:name = \"x\" }", 11, "attributes only"),
        ("{ duration > 10 ms }", 16, "right behind their number"),
        ("{ duration > 5M }", 14, "lower case: `m`"),
        ("{ duration > 10μs }", 15, "micro sign"),
        ("{ .a = 1", 8, "found the end of the query, expected an operator or `}`"),
        ("{ .a = 1, .b = 2 }", 8, "join conditions by"),
        ("{ .a > nil }", 7, "`nil`"),
        ("{ name }", 2, "is no condition"),
        ("{ .a = 1 }\n  | cuont() > 1", 15, "did you mean `count`?"),
        ("{ .a } | count()", 16, "`count() > 1`"),
        ("{ .a } | 1 < count()", 9, "write `count() > 1`"),
        ("{ .a } | quantile_over_time(duration, 99)", 9, "0.99"),
        ("{ .a } | quantile_overtime(duration, 0.9)", 9, "`quantile_over_time`"),
        ("{ .a } > > { .b }", 9, "no blank inside"),
        ("{ .a } & > { .b }", 7, "`&&` joins"),
        ("{ .a =~ \"a(\" }", 8, "does not compile"),
        ("{ parent.a = 1 }", 2, "relate spans by `>`"),
        ("{ .a = 1 };", 10, "queries end without one"),
        ("{ .a = \"x }", 7, "does not end"),
        ("{ .a = 99999999999999999999 }", 7, "`maxInt`"),
    ];
    let mut wrong = Vec::new();
    for (query, position, part) in cases {
        let error = Query::compile(query).unwrap_err();
        if error.position() != Some(position) || !error.message().contains(part) {
            wrong.push(format!("{query:?} at {:?}: {}", error.position(), error.message()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn lines_and_columns_are_counted_in_characters() {
    let error = Query::compile("{ .é = 1 &&\n\t\"é\" ? }").unwrap_err();
    assert!(error.message().starts_with("line 2, column 6: "), "{error}");
}
