//! What to write instead of words that other languages have.

/// What is said to those who leave the braces out.
pub const BRACES: &str = "conditions stand in braces: `{ .a = 1 }`";

/// Words of other languages for operators.
pub fn of_operator(lower: &str) -> Option<&'static str> {
    Some(match lower {
        "and" => "write `&&`",
        "or" => "write `||`",
        "not" => "write `!`, or `!=`",
        "in" => "write `.a = \"x\" || .a = \"y\"`, or `.a =~ \"x|y\"`",
        "like" | "contains" | "matches" => "write `.a =~ \".*x.*\"`",
        "is" | "eq" => "write `=`",
        "exists" => "write `.a != nil`",
        _ => return None,
    })
}

/// Words that are taken for fields and values.
pub fn of_operand(lower: &str) -> Option<&'static str> {
    Some(match lower {
        "null" | "none" => "write `nil`",
        "traceid" => "did you mean `trace:id`?",
        "spanid" => "did you mean `span:id`?",
        "rootservice" => "did you mean `rootServiceName`?",
        "childcount" => "did you mean `span:childCount`?",
        "parentid" => "did you mean `span:parentID`?",
        "timesincestart" => "did you mean `event:timeSinceStart`?",
        "trace" => "`trace` is a scope, as in `trace:duration`",
        "span" => "`span` is a scope, as in `span:name` or `span.a`",
        "resource" => "`resource` is a scope, as in `resource.service.name`",
        "event" => "`event` is a scope, as in `event:name` or `event.a`",
        "link" => "`link` is a scope, as in `link:traceID` or `link.a`",
        "span_kind_internal" => "write `internal`",
        "span_kind_server" => "write `server`",
        "span_kind_client" => "write `client`",
        "span_kind_producer" => "write `producer`",
        "span_kind_consumer" => "write `consumer`",
        "status_code_ok" => "write `ok`",
        "status_code_error" => "write `error`",
        "status_code_unset" => "write `unset`",
        _ => return None,
    })
}

/// Words that are taken for stages.
pub fn of_stage(lower: &str) -> Option<&'static str> {
    Some(match lower {
        "where" | "filter" => BRACES,
        "limit" | "sort" | "order" => "how many results come in which order is not part of a query",
        "average" | "mean" => "did you mean `avg`, or `avg_over_time` for series?",
        "group" | "groupby" | "group_by" => "did you mean `by`?",
        "histogram" => "did you mean `histogram_over_time`?",
        "quantile" | "percentile" | "p50" | "p90" | "p95" | "p99" => {
            "did you mean `quantile_over_time`, as in `quantile_over_time(duration, 0.99)`?"
        }
        _ => return None,
    })
}
