//! Queries that are refused, with a mark where.

use crate::failure::{Failure, Result};
use crate::table::printable;
use blockpack::traceql::Query;
use unicode_width::UnicodeWidthStr;

/// Most columns of a query that are shown before the mark.
const BEFORE: usize = 60;
/// Most characters that are shown behind it.
const BEHIND: usize = 40;

/// Reads `text`. If it makes no sense, the message shows where.
pub fn compile(text: &str) -> Result<Query> {
    Query::compile(text).map_err(|error| {
        let at = error.position().and_then(|at| usize::try_from(at).ok());
        Failure::Usage(match at {
            Some(at) => format!("{}\n{}", error.message(), marked(text, at)),
            None => error.message().to_owned(),
        })
    })
}

/// The line of `text` that byte `at` is in, as far as it is near, and a mark below that byte.
fn marked(text: &str, at: usize) -> String {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let (before, behind) = text.split_at(at);
    let before = printable(before.rsplit('\n').next().unwrap_or(""));
    let behind = behind.lines().next().unwrap_or("");
    let mut start = before.as_str();
    while start.width() > BEFORE {
        start = start.split_at(start.chars().next().map_or(0, char::len_utf8)).1;
    }
    let cut = if start.len() < before.len() { "…" } else { "" };
    let end: String = printable(behind).chars().take(BEHIND).collect();
    let more = if end.chars().count() < behind.chars().count() { "…" } else { "" };
    let mark = " ".repeat(cut.width() + start.width());
    format!("    {cut}{start}{end}{more}\n    {mark}^")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_below_what_is_wrong() {
        assert_eq!(marked("{ a = }", 6), "    { a = }\n          ^");
        assert_eq!(marked("{ a = ", 9), "    { a = \n          ^");
        assert_eq!(marked("{}\n| x", 5), "    | x\n      ^");
        assert_eq!(marked("{ .a = \"查询\" x", 16), "    { .a = \"查询\" x\n                  ^");
        let long = format!("{{ {} }}", "a".repeat(200));
        let shown = marked(&long, 100);
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines.iter().all(|line| line.width() < 110), "{shown}");
        assert_eq!(lines[1].find('^'), Some(4 + 1 + BEFORE));
    }

    #[test]
    fn a_refused_query_says_where() {
        let Err(Failure::Usage(message)) = compile("{ span.a = }") else { panic!("not refused") };
        assert!(message.starts_with("line 1, column 12: "), "{message}");
        assert!(message.ends_with("\n    { span.a = }\n               ^"), "{message}");
    }
}
