//! Messages about tokens that do not belong where they stand: what was found, what was expected,
//! and what may have been meant.

use super::Parser;
use super::instead::{self, BRACES};
use crate::traceql::ast::Literal;
use crate::traceql::fault::Fault;
use crate::traceql::lex::TokenKind;
use crate::traceql::words;

impl Parser<'_, '_> {
    /// The next token is not `expected`.
    #[cold]
    pub(super) fn unexpected(&self, expected: &str) -> Fault {
        let hint = self.hint_for_next().map_or(String::new(), |hint| format!("; {hint}"));
        let message = format!("found {}, expected {expected}{hint}", self.found());
        Fault::parse(self.start() as usize, message)
    }

    /// There is no `scope:x`, where `x` is the next token.
    #[cold]
    pub(super) fn no_such_intrinsic(&self, scope: &str) -> Fault {
        let names: Vec<String> = words::of_scope(scope).map(|n| format!("`{scope}:{n}`")).collect();
        let known = match &names[..] {
            [] => format!("`{scope}` has attributes only, like `{scope}.a`"),
            names => format!("there are {}", names.join(", ")),
        };
        let near = match self.kind() {
            TokenKind::Word(word) => nearest(word, words::of_scope(scope)),
            _ => None,
        };
        let near = near.map_or(String::new(), |near| format!("; did you mean `{scope}:{near}`?"));
        let message = format!("found {} after `{scope}:`; {known}{near}", self.found());
        Fault::parse(self.start() as usize, message)
    }

    /// The next token, for people.
    fn found(&self) -> String {
        const LONGEST: usize = 40;
        match self.kind() {
            TokenKind::End => "the end of the query".into(),
            _ => {
                let written = self.written(self.token().place);
                match written.char_indices().nth(LONGEST) {
                    Some((end, _)) => format!("`{}...`", &written[..end]),
                    None => format!("`{written}`"),
                }
            }
        }
    }

    /// What may have been meant by the next token, seen with its neighbours.
    fn hint_for_next(&self) -> Option<String> {
        match self.kind() {
            TokenKind::Word(word) => self.hint_for_word(word),
            TokenKind::Symbol(symbol) => self.hint_for_symbol(symbol),
            TokenKind::Attribute { .. } if self.opens_stage() => Some(BRACES.into()),
            TokenKind::Attribute { .. } => {
                let written = self.written(self.token().place);
                match self.previous()? {
                    TokenKind::Word(word) if written.starts_with('.') => {
                        Some(not_a_scope(word, written))
                    }
                    TokenKind::Attribute { .. } => Some("join conditions by `&&` or `||`".into()),
                    _ => None,
                }
            }
            TokenKind::Literal(_) => match self.previous()? {
                TokenKind::Literal(Literal::Str(_)) => {
                    Some("texts are not joined; write one".into())
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn hint_for_word(&self, word: &str) -> Option<String> {
        if self.previous().is_some_and(is_number)
            && let Some(hint) = self.unit_hint(word)
        {
            return Some(hint);
        }
        if let Some(attribute) = self.attribute_behind()
            && words::bare(word).is_none()
        {
            return Some(not_a_scope(word, attribute));
        }
        let lower = word.to_ascii_lowercase();
        let instead = match self.in_filter() {
            true => instead::of_operand(&lower),
            false => instead::of_stage(&lower),
        };
        if let Some(instead) = instead.or_else(|| instead::of_operator(&lower)) {
            return Some(instead.into());
        }
        if let Some(keyword) =
            words::operands().find(|keyword| *keyword == lower && *keyword != word)
        {
            return Some(format!("keywords are case sensitive: `{keyword}`"));
        }
        if self.opens_stage() && words::bare(word).is_some() {
            return Some(BRACES.into());
        }
        let functions = words::METRICS.into_iter().chain(words::STAGES).chain(["topk", "bottomk"]);
        let near = match self.second() {
            TokenKind::Symbol("(") => nearest(word, functions),
            _ => nearest(word, words::operands()),
        };
        match near {
            Some(near) if near != word => Some(format!("did you mean `{near}`?")),
            _ if words::is_keyword(word) => None,
            _ => self.hint_for_unknown(word),
        }
    }

    /// About a word that is like none that there is.
    fn hint_for_unknown(&self, word: &str) -> Option<String> {
        let attribute = format!("an attribute of that name is `.{word}` or `span.{word}`");
        match self.previous()? {
            TokenKind::Symbol("=" | "!=" | "<" | "<=" | ">" | ">=" | "=~" | "!~")
                if self.in_filter() =>
            {
                Some(format!("text stands in double quotes: `\"{word}\"`; {attribute}"))
            }
            TokenKind::Symbol("(" | ",") => Some(attribute),
            _ if self.in_filter() => Some(attribute),
            _ => None,
        }
    }

    /// About a word behind a number.
    fn unit_hint(&self, word: &str) -> Option<String> {
        const UNITS: [&str; 10] = ["ns", "us", "µs", "ms", "s", "m", "h", "d", "w", "y"];
        if word.starts_with('\u{3bc}') {
            return Some("the unit is written `µs` with the micro sign, or `us`".into());
        }
        if UNITS.contains(&word) {
            let hint = "units stand right behind their number, as in `10ms`; days and weeks take no fraction and come before hours";
            return Some(hint.into());
        }
        let lower = word.to_lowercase();
        if UNITS.contains(&&lower[..]) {
            return Some(format!("units are lower case: `{lower}`"));
        }
        let spelled_out =
            ["sec", "min", "hour", "hr", "day", "week", "year", "milli", "micro", "nano"];
        let begun = match self.last_end() == self.start() {
            // What begins like a unit was taken for one: `1sec` is `1s` and `ec`.
            true => self.written(self.tokens[self.at.checked_sub(1)?].place),
            false if spelled_out.iter().any(|unit| lower.starts_with(unit)) => "",
            false => return None,
        };
        let begun = begun.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        Some(format!("there is no unit `{begun}{word}`; units are `{}`", UNITS.join("`, `")))
    }

    /// The attribute that is glued to the next token, which is a word.
    fn attribute_behind(&self) -> Option<&str> {
        let next = self.tokens.get(self.at + 1)?;
        let written = self.written(next.place);
        let glued = next.place.start == self.token().place.end && written.starts_with('.');
        (glued && matches!(next.kind, TokenKind::Attribute { .. })).then_some(written)
    }

    fn hint_for_symbol(&self, symbol: &str) -> Option<String> {
        let glued = |first: &str| match self.previous() {
            Some(TokenKind::Symbol(previous)) => {
                *previous == first && self.last_end() == self.start()
            }
            _ => false,
        };
        let in_filter = self.in_filter();
        let behind = |closing: &[&str]| match self.previous() {
            Some(TokenKind::Symbol(previous)) => closing.contains(previous),
            _ => false,
        };
        let hint = match symbol {
            "=" if glued("=") => "write `=` for equal",
            "<" if glued("=") => "write `<=`",
            ">" if glued("=") => "write `>=`",
            ">" if glued("<") => "write `!=` for not equal",
            "|" if glued("||") => "`||` is one operator",
            "|" if in_filter => "conditions are joined by `||`; stages stand behind the `}`",
            "~" if in_filter => "patterns are compared by `=~` and `!~`",
            ">" | "<" if matches!(self.previous(), Some(TokenKind::Symbol(">" | "<"))) => {
                "`>>` and `<<` have no blank inside"
            }
            "{" if in_filter => {
                "braces do not nest; combine filters outside of them, as in `{ .a } > { .b }`"
            }
            "{" if behind(&["}"]) => "filters are combined by `&&`, `||`, `>`, `>>` and so on",
            "," if in_filter => "join conditions by `&&` or `||`",
            "+" | "-" | "*" | "/" if behind(&[")"]) && self.makes_series() => {
                "put both sides in parentheses, as in `({ .a } | rate()) / ({} | rate())`"
            }
            "!=" | "+" | "-" | "*" | "/" | "=" if behind(&["}", ")"]) => {
                "spansets are combined by `&&`, `||`, `>`, `>>`, `<`, `<<`, `~` and their forms with `!` and `&`"
            }
            "&&" | "||" if !in_filter && self.previous().is_some_and(is_number) => {
                "each comparison is a stage of its own, as in `| count() > 1 | count() < 9`"
            }
            _ => return None,
        };
        Some(hint.into())
    }

    /// Whether the next token stands in braces.
    fn in_filter(&self) -> bool {
        let mut before = self.tokens[..self.at].iter().rev();
        let brace = before.find_map(|token| match token.kind {
            TokenKind::Symbol(brace @ ("{" | "}")) => Some(brace),
            _ => None,
        });
        brace == Some("{")
    }

    /// Whether a stage begins with the next token.
    fn opens_stage(&self) -> bool {
        matches!(self.previous(), None | Some(TokenKind::Symbol("|")))
    }

    /// Whether what stands before the next token makes series.
    fn makes_series(&self) -> bool {
        let is_function =
            |kind: &TokenKind<'_>| matches!(kind, TokenKind::Word(w) if words::METRICS.contains(w));
        self.tokens[..self.at].iter().any(|token| is_function(&token.kind))
    }

    /// The token that was taken last.
    fn previous(&self) -> Option<&TokenKind<'_>> {
        let last = self.at.checked_sub(1)?;
        self.tokens.get(last).map(|token| &token.kind)
    }
}

fn is_number(kind: &TokenKind<'_>) -> bool {
    matches!(kind, TokenKind::Literal(Literal::Int(_) | Literal::Float(_) | Literal::Duration(_)))
}

fn not_a_scope(word: &str, attribute: &str) -> String {
    const SCOPES: [&str; 5] = ["span", "resource", "event", "link", "instrumentation"];
    match (word, nearest(word, SCOPES.into_iter())) {
        ("trace", _) => "a trace has intrinsics only, like `trace:duration`".into(),
        ("scope", _) => format!("did you mean `instrumentation{attribute}`?"),
        (_, Some(scope)) => format!("did you mean `{scope}{attribute}`?"),
        (_, None) => {
            let key = format!("{word}{attribute}");
            format!("`{word}` is no scope; write `.{key}`, `span.{key}` or `resource.{key}`")
        }
    }
}

/// The name most like `word`, if it is like it enough to be what was meant.
fn nearest(word: &str, names: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let plain = |name: &str| name.to_lowercase().replace('_', "");
    // Nothing long is near anything, and the distance takes time.
    let meant = plain(&word.chars().take(40).collect::<String>());
    let slips = if meant.len() < 5 { 1 } else { 2 };
    names
        .map(|name| (strsim::osa_distance(&plain(name), &meant), name))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, name)| *distance <= slips && name.len() > 2)
        .map(|(_, name)| name)
}
