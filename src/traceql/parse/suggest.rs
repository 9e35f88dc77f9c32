//! Messages about tokens that do not belong where they stand: what was found, what was expected,
//! and what may have been meant.

use super::Parser;
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
        if self.previous().is_some_and(|kind| is_number(kind))
            && let Some(hint) = unit_hint(word)
        {
            return Some(hint);
        }
        if let TokenKind::Attribute { .. } = self.second()
            && words::bare(word).is_none()
        {
            let next = (self.at + 1).min(self.tokens.len() - 1);
            let attribute = self.written(self.tokens[next].place);
            if attribute.starts_with('.') && self.tokens[next].place.start == self.token().place.end
            {
                return Some(not_a_scope(word, attribute));
            }
        }
        let lower = word.to_ascii_lowercase();
        let instead = match &lower[..] {
            "and" => Some("write `&&`"),
            "or" => Some("write `||`"),
            "not" => Some("write `!`, or `!=`"),
            "in" => Some("write `.a = \"x\" || .a = \"y\"`, or `.a =~ \"x|y\"`"),
            "like" | "contains" | "matches" => Some("write `.a =~ \".*x.*\"`"),
            "is" | "eq" => Some("write `=`"),
            "null" | "none" => Some("write `nil`"),
            "where" => Some("conditions stand in braces: `{ .a = 1 }`"),
            "limit" | "sort" | "order" => {
                Some("how many results come in which order is not part of a query")
            }
            "traceid" => Some("did you mean `trace:id`?"),
            "spanid" => Some("did you mean `span:id`?"),
            "rootservice" => Some("did you mean `rootServiceName`?"),
            "childcount" => Some("did you mean `span:childCount`?"),
            "parentid" => Some("did you mean `span:parentID`?"),
            "timesincestart" => Some("did you mean `event:timeSinceStart`?"),
            _ => None,
        };
        if let Some(instead) = instead {
            return Some(instead.into());
        }
        if let Some(keyword) =
            words::operands().find(|keyword| *keyword == lower && *keyword != word)
        {
            return Some(format!("keywords are case sensitive: `{keyword}`"));
        }
        let functions = words::METRICS.into_iter().chain(words::STAGES).chain(["topk", "bottomk"]);
        let near = match self.second() {
            TokenKind::Symbol("(") => nearest(word, functions),
            _ => nearest(word, words::operands()),
        };
        match near {
            Some(near) if near != word => Some(format!("did you mean `{near}`?")),
            _ if words::is_keyword(word) => None,
            _ => Some(format!("an attribute of that name is `.{word}` or `span.{word}`")),
        }
    }

    fn hint_for_symbol(&self, symbol: &str) -> Option<String> {
        let glued = |first: &str| match self.previous() {
            Some(TokenKind::Symbol(previous)) => {
                *previous == first && self.last_end() == self.start()
            }
            _ => false,
        };
        let hint = match symbol {
            "=" if glued("=") => "write `=` for equal",
            "<" if glued("=") => "write `<=`",
            ">" if glued("=") => "write `>=`",
            ">" if glued("<") => "write `!=` for not equal",
            "|" if glued("||") => "`||` is one operator",
            ">" | "<" if matches!(self.previous(), Some(TokenKind::Symbol(">" | "<"))) => {
                "`>>` and `<<` have no blank inside"
            }
            "{" if self.depth > 0 => {
                "braces do not nest; combine filters outside of them, as in `{ .a } > { .b }`"
            }
            "," => "join conditions by `&&` or `||`",
            "!=" | "+" | "-" => {
                "spansets are combined by `&&`, `||`, `>`, `>>`, `<`, `<<`, `~` and their forms with `!` and `&`"
            }
            _ => return None,
        };
        Some(hint.into())
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

/// About a word behind a number.
fn unit_hint(word: &str) -> Option<String> {
    const UNITS: [&str; 9] = ["ns", "us", "µs", "ms", "s", "m", "h", "d", "w"];
    let lower = word.to_lowercase();
    if word.starts_with('\u{3bc}') {
        return Some("the unit is written `µs` with the micro sign, or `us`".into());
    }
    if UNITS.contains(&word) {
        let hint = "units stand right behind their number, as in `10ms`; days and weeks take no fraction and come before hours";
        return Some(hint.into());
    }
    UNITS.contains(&&lower[..]).then(|| format!("units are lower case: `{lower}`"))
}

fn not_a_scope(word: &str, attribute: &str) -> String {
    match word {
        "trace" => "a trace has intrinsics only, like `trace:duration`".into(),
        _ => {
            format!("`{word}` is no scope; write `.{word}{attribute}` or `span.{word}{attribute}`")
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
