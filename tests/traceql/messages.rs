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
        ("{ http.method = \"GET\" }", 2, "`.http.method`, `span.http.method` or `resource.http"),
        ("{ service.name = \"x\" }", 2, "`resource.service.name`"),
        ("{ resources.service.name = \"x\" }", 2, "did you mean `resource.service.name`?"),
        ("{ events.x = 1 }", 2, "did you mean `event.x`?"),
        ("{ scope.name = \"x\" }", 2, "did you mean `instrumentation.name`?"),
        ("{ trace = 1 }", 2, "`trace` is a scope"),
        ("{ resource.service.name = cart }", 26, "text stands in double quotes: `\"cart\"`"),
        ("{ kind = SPAN_KIND_SERVER }", 9, "write `server`"),
        ("{ .a exists }", 5, "write `.a != nil`"),
        ("{ .a = 1 | .b = 2 }", 9, "joined by `||`"),
        ("{ .a ~ \"x\" }", 5, "`=~`"),
        ("resource.service.name = \"x\"", 0, "conditions stand in braces"),
        ("duration > 1s", 0, "conditions stand in braces"),
        ("{} | where .a = 1", 5, "conditions stand in braces"),
        ("{ trace.id = \"x\" }", 2, "`trace:duration`"),
        ("{ traceID = \"x\" }", 2, "`trace:id`"),
        ("{ span:status_message = \"x\" }", 7, "did you mean `span:statusMessage`?"),
        ("{ resource:name = \"x\" }", 11, "attributes only"),
        ("{ duration > 10 ms }", 16, "right behind their number"),
        ("{ duration > 5M }", 14, "lower case: `m`"),
        ("{ duration > 10μs }", 15, "micro sign"),
        ("{ duration > 1sec }", 15, "there is no unit `sec`"),
        ("{ duration > 5 minutes }", 15, "there is no unit `minutes`"),
        ("{ duration > 100millis }", 17, "there is no unit `millis`"),
        ("{ duration > \"1s\" }", 13, "durations stand without quotes"),
        ("{ .a = 1", 8, "found the end of the query, expected an operator or `}`"),
        ("{ .a = 1, .b = 2 }", 8, "join conditions by"),
        ("{ .a > nil }", 7, "`nil`"),
        ("{ name }", 2, "is no condition"),
        ("{ .a = 1 }\n  | cuont() > 1", 15, "did you mean `count`?"),
        ("{ .a } | count()", 16, "`count() > 1`"),
        ("{ .a } | 1 < count()", 9, "write `count() > 1`"),
        ("{ .a } | quantile_over_time(duration, 99)", 9, "0.99"),
        ("{ .a } | quantile_overtime(duration, 0.9)", 9, "`quantile_over_time`"),
        ("{ .a } | average(duration) > 1s", 9, "did you mean `avg`"),
        ("{ .a } | group by(name)", 9, "did you mean `by`?"),
        ("{ .a } | p99(duration)", 9, "`quantile_over_time`"),
        ("{ .a } | ", 9, "expected a filter in braces, an aggregate, `by`, `select`"),
        ("{ .a } | count() > 1 && count() < 5", 21, "a stage of its own"),
        ("{ .a } | rate() + ({} | rate())", 16, "both sides in parentheses"),
        ("{ .a } { .b }", 7, "filters are combined by"),
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
fn hints_fit_the_place_that_they_are_about() {
    let cases = [
        ("SELECT * FROM spans", "attribute"),
        ("{ .a } | frobnicate(duration)", "attribute"),
        ("{} with exemplars = true", "attribute"),
        ("{} with (exemplars = -1)", "spansets"),
        ("{} | rate() | topk(-1)", "spansets"),
        ("{} | by(.a, .b)", "join conditions"),
        ("{} | by {", "braces do not nest"),
    ];
    for (query, part) in cases {
        let error = Query::compile(query).unwrap_err();
        assert!(!error.message().contains(part), "{query}: {}", error.message());
    }
    let operand = Query::compile("{ limit = 5 }").unwrap_err();
    assert!(operand.message().contains("`.limit`"), "{operand}");
}

#[test]
fn lines_and_columns_are_counted_in_characters() {
    let error = Query::compile("{ .é = 1 &&\n\t\"é\" ? }").unwrap_err();
    assert!(error.message().starts_with("line 2, column 6: "), "{error}");
}
