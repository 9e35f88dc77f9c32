//! Examples worked out by hand, and rules that the cases leave out.

use crate::given::{found, whole};

/// Ids of spans in short: `2:5` is span 5 of trace 2.
fn short(id: &str) -> String {
    match id.strip_prefix("a0") {
        Some(rest) => format!("{}:{}", &rest[..1], rest[10..].trim_start_matches('0')),
        None => id.trim_start_matches('0').to_owned(),
    }
}

#[test]
fn worked_examples_hold() {
    let blocks = whole();
    for (query, expected) in [
        (r#"{ name = "tick" || name = "tock" && duration < 60ms }"#, "6:2"),
        (r#"{ .zone = "r1" }"#, "b:2 b:3 b:5"),
        ("{ .tier != 1 }", "b:6"),
        (r#"{ .msg !~ ".+" }"#, "a:5"),
        (
            r#"{ !(.msg = "hello") && resource.service.name = "scribe" }"#,
            "a:1 a:2 a:3 a:4 a:5 a:6 a:8 a:9",
        ),
        (r#"{ event:name = "retry" && event.attempt = 1 }"#, "3:5"),
        (r#"{ status = error } ~ { name = "fetch" }"#, "2:2 2:3 2:4"),
        (r#"{ status = error } !~ { name = "fetch" }"#, "2:5"),
        (r#"{ name = "no-such" } !> { name = "fetch" }"#, "2:2 2:3 2:4 2:5"),
        ("{ status = error } &~ { status = ok }", "3:2 3:3 3:4 3:5"),
        ("{ kind = client && status = error }", "2:5 3:3 3:4 3:7 4:5"),
        (
            "{ kind = client } && { status = error }",
            "2:2 2:3 2:4 2:5 3:1 3:3 3:4 3:5 3:6 3:7 4:5 5:5 5:6 d:6 d:8",
        ),
        (r#"{ name =~ "crawl|parse" } | {} >> {}"#, "2:6 2:7 2:8"),
        (r#"{ name = "job.run" } >> {}"#, "4:3 4:4 4:5"),
        (r#"{ name = "ring-a" } >> {}"#, "6:4 6:5"),
        (r#"{ name = "ingress" } ~ { name = "ingress-retry" }"#, ""),
        (
            r#"{ name = "shard" } | by(span.shard) | count() = 2 | coalesce() | count() = 4"#,
            "d:2 d:3 d:4 d:5",
        ),
        (r#"{ name = "shard" } | max(span.rows) = 200"#, "d:2 d:3 d:4 d:5 d:6"),
        (r#"{ name = "mapreduce" } | max(span.rows) >= 0"#, ""),
        // Of an event's condition `!` makes "no event".
        (
            r#"{ !(event:name = "retry") && resource.service.name = "mailer" && status = ok }"#,
            "3:2",
        ),
        // A root's parent id is empty, and an id that is none differs from all.
        (r#"{ span:parentID = "" && name = "tick" }"#, "6:1"),
        (r#"{ span:parentID != "no id" && name = "tick" }"#, "6:1"),
        (r#"{ span:id != "A010000000000001" && name = "POST /orders" }"#, ""),
        // The ring's members have a child each, by id.
        (r#"{ span:childCount = 1 && trace:rootName = "tick" }"#, "6:1 6:3 6:4 6:5 6:6"),
        // Whole numbers and doubles compare as doubles, beyond what doubles can tell apart.
        ("{ .big = 9007199254740992.0 }", "7:8"),
        ("{ .big > 9007199254740992 }", "7:8"),
    ] {
        let found: Vec<String> = found(&blocks, query).iter().map(|id| short(id)).collect();
        assert_eq!(found.join(" "), expected, "{query}");
    }
}
