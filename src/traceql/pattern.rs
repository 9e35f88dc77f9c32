//! Patterns of queries: RE2's dialect, told in that of the regex crate.

use regex::bytes::Regex;
use std::fmt::Write;

/// The regular expression that matches what `pattern` does in a query: all of a text, where a dot
/// stands for any character and `\d`, `\s`, `\w` and `\b` are about ASCII.
///
/// What the two dialects read differently is rewritten: braces that are no repetition stand for
/// themselves, `\Q...\E` quotes, and brackets in a class are plain characters. The result is for
/// [`regex::bytes`] and [`crate::scan::Condition::Regex`].
pub fn anchored(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    out.push_str(r"(?s)\A(?:");
    translate(pattern, &mut out);
    out.push_str(r")\z");
    out
}

/// Refuses what does not compile, with a message.
pub(super) fn check(pattern: &[u8]) -> Result<(), String> {
    let Ok(pattern) = std::str::from_utf8(pattern) else {
        return Err("a pattern must be UTF-8".into());
    };
    // Alone first: in the group around it, a bracket too many would find another one to close.
    let mut alone = String::new();
    translate(pattern, &mut alone);
    match Regex::new(&alone).and_then(|_| Regex::new(&anchored(pattern))) {
        Ok(_) => Ok(()),
        Err(regex::Error::CompiledTooBig(limit)) => Err(format!(
            "the pattern takes more than {limit} bytes when compiled; repeat less in it"
        )),
        Err(error) => {
            let error = error.to_string();
            let reason = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
            Err(format!("the pattern does not compile: {reason}"))
        }
    }
}

/// Writes `pattern` in the other dialect.
fn translate(pattern: &str, out: &mut String) {
    let mut rest = pattern;
    let mut class = Class::Outside;
    while let Some(c) = rest.chars().next() {
        if c == '\\' {
            rest = escape(rest, class != Class::Outside, out);
            if class == Class::Start {
                class = Class::Inside;
            }
            continue;
        }
        let length = match (c, class) {
            ('[', Class::Outside) => {
                let start = rest.strip_prefix("[^").map_or("[", |_| "[^");
                out.push_str(start);
                class = Class::Start;
                rest = &rest[start.len()..];
                continue;
            }
            (']', Class::Inside) => {
                class = Class::Outside;
                out.push(']');
                rest = &rest[1..];
                continue;
            }
            ('[', _) if rest.starts_with("[:") => named_class(rest, out),
            ('[' | '&' | '~' | ']', Class::Start | Class::Inside) => {
                out.push('\\');
                out.push(c);
                1
            }
            ('{', Class::Outside) if !is_repetition(rest) => {
                out.push_str(r"\{");
                1
            }
            _ => {
                out.push(c);
                c.len_utf8()
            }
        };
        if class == Class::Start {
            class = Class::Inside;
        }
        rest = &rest[length..];
    }
}

/// Where in a pattern a character stands.
#[derive(Clone, Copy, PartialEq)]
enum Class {
    Outside,
    /// First in a class, where `]` stands for itself.
    Start,
    Inside,
}

/// Writes `[:alpha:]` and the like as they are; how long it is.
fn named_class(rest: &str, out: &mut String) -> usize {
    match rest.find(":]") {
        Some(end) => {
            out.push_str(&rest[..end + 2]);
            end + 2
        }
        None => {
            out.push_str(r"\[");
            1
        }
    }
}

/// Whether a `{` begins `{2}`, `{2,}` or `{2,3}`.
fn is_repetition(rest: &str) -> bool {
    let Some((inside, _)) = rest[1..].split_once('}') else { return false };
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    !least.is_empty() && digits(least) && digits(most)
}

/// Writes the escape that `rest` begins with; what comes after it.
fn escape<'a>(rest: &'a str, in_class: bool, out: &mut String) -> &'a str {
    let Some(which) = rest[1..].chars().next() else {
        out.push('\\');
        return "";
    };
    let after = &rest[1 + which.len_utf8()..];
    let ascii = match (which, in_class) {
        ('d', false) => "[0-9]",
        ('d', true) => "0-9",
        ('D', _) => "[^0-9]",
        ('s', false) => r"[\t\n\f\r ]",
        ('s', true) => r"\t\n\f\r ",
        ('S', _) => r"[^\t\n\f\r ]",
        ('w', false) => "[0-9A-Za-z_]",
        ('w', true) => "0-9A-Za-z_",
        ('W', _) => "[^0-9A-Za-z_]",
        ('b', false) => r"(?-u:\b)",
        ('B', false) => r"(?-u:\B)",
        ('<' | '>', _) => {
            out.push(which);
            return after;
        }
        ('Q', false) => {
            let (quoted, after) = after.split_once(r"\E").unwrap_or((after, ""));
            out.push_str(&regex::escape(quoted));
            return after;
        }
        ('p' | 'P' | 'x', _) if after.starts_with('{') => return braced(which, after, out),
        ('0'..='7', _) => return octal(rest, out),
        _ => {
            out.push('\\');
            out.push(which);
            return after;
        }
    };
    out.push_str(ascii);
    after
}

/// Writes `\p{Greek}`, `\P{Greek}` or `\x{e9}`, whose braces `rest` begins with; what comes after them.
fn braced<'a>(which: char, rest: &'a str, out: &mut String) -> &'a str {
    let Some((inside, after)) = rest[1..].split_once('}') else {
        // Neither dialect takes it.
        out.push('\\');
        out.push(which);
        return rest;
    };
    let (which, inside) = match (which, inside.strip_prefix('^')) {
        ('p', Some(others)) => ('P', others),
        ('P', Some(others)) => ('p', others),
        _ => (which, inside),
    };
    let _ = write!(out, r"\{which}{{{inside}}}");
    after
}

/// Writes the character that octal digits say: `\0`, `\07` or `\123`. One digit but 0 is a reference
/// to a group, which neither dialect has.
fn octal<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let length = rest[1..].bytes().take(3).take_while(|b| matches!(b, b'0'..=b'7')).count();
    let digits = &rest[1..1 + length];
    let number = u32::from_str_radix(digits, 8).ok().filter(|_| length > 1 || digits == "0");
    match number {
        Some(number) => {
            let _ = write!(out, r"\x{{{number:x}}}");
        }
        None => {
            out.push('\\');
            out.push_str(digits);
        }
    }
    &rest[1 + length..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_re2_does() {
        let cases: [(&str, &[&str], &[&str]); 17] = [
            ("a|b", &["a", "b"], &["ab", "xa", "bx", ""]),
            ("a.c", &["abc", "a\nc", "aéc"], &["ac", "abbc"]),
            ("(?i)get|post", &["GET", "Post"], &["got"]),
            (r"\d+", &["123"], &["٣", "", "1a"]),
            (r"[\d]x[^\d]", &["1xa"], &["axa", "1x1"]),
            (r"\w\W\s", &["a- "], &["é- ", "a-b"]),
            (r"/users/{id}", &["/users/{id}"], &["/users/1"]),
            (r"a{2}b{1,}c{0,1}", &["aab", "aabbc"], &["ab", "a{2}b"]),
            (r"x{,2}", &["x{,2}"], &["xx"]),
            (r"\Qa.b*\E+", &["a.b*", "a.b**"], &["axb"]),
            (r"\p{Lu}\p{^Lu}\pN", &["Éa٣"], &["ab1", "ÉÉ1"]),
            (r"\P{L}+[\p{Greek}\P{^Lu}]\P{^L}", &["1αx", "..Ax"], &["aαx", "1a1"]),
            (r"\x{e9}{2}[\x{1F600}]", &["éé😀"], &["é😀"]),
            (r"[[a]", &["[", "a"], &["b"]),
            (r"[a&&b~~]", &["a", "&", "b", "~"], &["c"]),
            (r"[]a]|[^]a]b", &["]", "a", "xb"], &["b", "]b"]),
            (r"[[:alpha:]]+\x41\101", &["abAA"], &["1AA"]),
        ];
        for (pattern, matching, others) in cases {
            check(pattern.as_bytes()).unwrap();
            let regex = Regex::new(&anchored(pattern)).unwrap();
            for text in matching {
                assert!(regex.is_match(text.as_bytes()), "{pattern} does not match {text:?}");
            }
            for text in others {
                assert!(!regex.is_match(text.as_bytes()), "{pattern} matches {text:?}");
            }
        }
    }

    #[test]
    fn what_does_not_compile_is_refused() {
        for pattern in [
            "(",
            "a)",
            "*x",
            "a)(b",
            "(?=x)",
            r"(a)\1",
            "[b-a]",
            "[a",
            "x{9999}{9999}",
            r"\p{Lu",
            r"\p{}",
            r"\p{Nonesuch}",
            r"\x{zz}",
            r"\x{",
        ] {
            assert!(check(pattern.as_bytes()).is_err(), "{pattern}");
        }
        assert!(check(b"\xff").is_err());
    }
}
