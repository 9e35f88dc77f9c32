//! Patterns: regular expressions that have to match a whole text, and what they are when they are
//! simpler than that.

use super::atom::Test;
use crate::error::{Error, ErrorKind, Result};
use crate::scan::{Condition, Predicate};
use crate::traceql::anchored;
use crate::value::{ValueRef, text};
use regex::bytes::Regex;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, HirKind, Look};

/// What a pattern asks of a text. Dictionaries answer most of these by a search, which is why
/// they are told apart.
#[derive(Debug, PartialEq)]
enum Shape {
    /// Nothing.
    Any,
    OneOf(Vec<Box<[u8]>>),
    StartsWith(Box<[u8]>),
    EndsWith(Box<[u8]>),
    Contains(Box<[u8]>),
    /// Anything else.
    Regex,
}

/// The regular expression of a pattern.
pub fn whole_text(pattern: &[u8]) -> Result<Regex> {
    let whole = enclose(pattern)?;
    Regex::new(&whole).map_err(|e| Error::new(ErrorKind::Parse, e.to_string()))
}

fn enclose(pattern: &[u8]) -> Result<String> {
    std::str::from_utf8(pattern).map(anchored).map_err(|_| {
        let message = format!("the pattern `{}` is not UTF-8", text(pattern));
        Error::new(ErrorKind::Parse, message)
    })
}

/// The test of texts that match `pattern`, or of those that do not.
pub fn test_of(pattern: &[u8], negated: bool) -> Result<Test> {
    let whole = enclose(pattern)?;
    let condition = match shape(&whole) {
        Shape::OneOf(values) => {
            let values: Vec<_> = values.iter().map(|value| ValueRef::Str(value)).collect();
            return Test::one(&if negated {
                Condition::NotIn(&values)
            } else {
                Condition::In(&values)
            });
        }
        Shape::Regex => {
            return Test::one(&if negated {
                Condition::NotRegex(&whole)
            } else {
                Condition::Regex(&whole)
            });
        }
        Shape::Any => Predicate::compile(&Condition::StartsWith(ValueRef::Str(b"")))?,
        Shape::StartsWith(part) => {
            Predicate::compile(&Condition::StartsWith(ValueRef::Str(&part)))?
        }
        Shape::EndsWith(part) => Predicate::compile(&Condition::EndsWith(ValueRef::Str(&part)))?,
        Shape::Contains(part) => Predicate::compile(&Condition::Contains(ValueRef::Str(&part)))?,
    };
    if negated {
        Test::difference(&Condition::StartsWith(ValueRef::Str(b"")), condition)
    } else {
        Ok(Test::of(condition))
    }
}

fn shape(whole: &str) -> Shape {
    match ParserBuilder::new().utf8(false).build().parse(whole) {
        Ok(hir) => shape_of(&hir),
        Err(_) => Shape::Regex,
    }
}

fn shape_of(hir: &Hir) -> Shape {
    if let Some(values) = texts(hir) {
        return Shape::OneOf(values);
    }
    let parts = match hir.kind() {
        HirKind::Capture(group) => return shape_of(&group.sub),
        HirKind::Concat(parts) => &parts[..],
        _ if is_anything(hir) => return Shape::Any,
        _ => return Shape::Regex,
    };
    match without_anchors(parts) {
        [] => Shape::OneOf(vec![Box::default()]),
        [one] => shape_of(one),
        [a, text, b] if is_anything(a) && is_anything(b) => {
            literal(text).map_or(Shape::Regex, Shape::Contains)
        }
        [text, any] if is_anything(any) => literal(text).map_or(Shape::Regex, Shape::StartsWith),
        [any, text] if is_anything(any) => literal(text).map_or(Shape::Regex, Shape::EndsWith),
        _ => Shape::Regex,
    }
}

/// Without what says that the text begins or ends, which it does there anyway.
fn without_anchors(mut parts: &[Hir]) -> &[Hir] {
    let is = |hir: &Hir, look| matches!(hir.kind(), HirKind::Look(own) if *own == look);
    while let [first, rest @ ..] = parts
        && is(first, Look::Start)
    {
        parts = rest;
    }
    while let [rest @ .., last] = parts
        && is(last, Look::End)
    {
        parts = rest;
    }
    parts
}

/// The only texts that match, if that is all there is to it.
fn texts(hir: &Hir) -> Option<Vec<Box<[u8]>>> {
    match hir.kind() {
        HirKind::Capture(group) => texts(&group.sub),
        HirKind::Alternation(options) => {
            let options: Option<Vec<_>> = options.iter().map(texts).collect();
            Some(options?.concat())
        }
        _ => Some(vec![literal(hir)?]),
    }
}

fn literal(hir: &Hir) -> Option<Box<[u8]>> {
    match hir.kind() {
        HirKind::Empty => Some(Box::default()),
        HirKind::Literal(literal) => Some(literal.0.clone()),
        HirKind::Capture(group) => literal(&group.sub),
        _ => None,
    }
}

/// Whether it is `.*`.
fn is_anything(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Capture(group) => is_anything(&group.sub),
        HirKind::Repetition(repeated) => {
            (repeated.min, repeated.max) == (0, None)
                && *repeated.sub == Hir::dot(regex_syntax::hir::Dot::AnyChar)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_patterns_are_seen_through() {
        let text = |text: &str| text.as_bytes().into();
        let one_of = |texts: &[&str]| Shape::OneOf(texts.iter().map(|t| text(t)).collect());
        for (pattern, expected) in [
            ("", one_of(&[""])),
            ("crawl", one_of(&["crawl"])),
            ("^crawl$", one_of(&["crawl"])),
            (r"a\.b\|c", one_of(&["a.b|c"])),
            ("tick|job", one_of(&["tick", "job"])),
            (".*", Shape::Any),
            ("(.*)", Shape::Any),
            ("GET /.*", Shape::StartsWith(text("GET /"))),
            ("^GET /.*$", Shape::StartsWith(text("GET /"))),
            (".*reset", Shape::EndsWith(text("reset"))),
            (".*/cart.*?", Shape::Contains(text("/cart"))),
            (".+", Shape::Regex),
            ("(?-s).*x", Shape::Regex),
            ("(?i)get", Shape::Regex),
            ("a.b", Shape::Regex),
            (".*a.*b.*", Shape::Regex),
        ] {
            assert_eq!(shape(&anchored(pattern)), expected, "{pattern}");
        }
    }

    #[test]
    fn patterns_match_whole_texts() {
        let matches = |pattern: &str, text: &str| {
            let value = Some(ValueRef::Str(text.as_bytes()));
            let by_test = test_of(pattern.as_bytes(), false).unwrap().holds(value).unwrap();
            let not = test_of(pattern.as_bytes(), true).unwrap().holds(value).unwrap();
            assert_eq!(by_test, whole_text(pattern.as_bytes()).unwrap().is_match(text.as_bytes()));
            assert_eq!(by_test, !not, "{pattern} {text}");
            by_test
        };
        assert!(matches("a|b", "a") && !matches("a|b", "ab"));
        assert!(matches("line1.line2", "line1\nline2"));
        assert!(matches("line.*", "line\n") && matches(".*\n", "line\n"));
        assert!(!matches("job", "job.run") && matches("job.*", "job.run"));
        assert!(matches(".*o.*", "foo") && matches(".*o", "foo") && !matches("o.*", "foo"));
        assert!(matches("(?i)GET", "get") && matches("fo+", "foo"));
        assert!(matches("tick|tock|tuck", "tuck") && !matches("tick|tock|tuck", "tack"));
        assert!(whole_text(b"(").is_err() && whole_text(b"\xff").is_err());
    }
}
