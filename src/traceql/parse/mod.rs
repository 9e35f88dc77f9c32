//! Tokens to a tree, by recursive descent; operators by their precedence.
//!
//! - [`expr`]: conditions on spans.
//! - [`term`]: spansets, numbers and series with operators between them.
//! - [`stage`]: pipelines and their stages.
//! - [`metrics`]: functions that make series, and what is done with series.
//! - [`suggest`]: what may have been meant; [`instead`]: what stands for words of other languages.

mod expr;
mod instead;
mod metrics;
mod stage;
mod suggest;
mod term;

use super::ast::{Field, Hint, Literal, Place, Query, Root};
use super::fault::{Fault, Result};
use super::lex::{Token, TokenKind, lex};
use super::words;
use crate::error::ErrorKind;
use crate::name::Name;
use stage::Parsed;

/// The longest text of a query.
pub const MAX_TEXT: usize = 128 << 10;

/// How deep brackets and operators may nest.
pub const MAX_DEPTH: u32 = 256;

/// The tree of `text`; not yet validated.
pub(super) fn parse(text: &str) -> Result<Query> {
    if text.len() > MAX_TEXT {
        let message = format!("a query has at most {MAX_TEXT} bytes, this one has {}", text.len());
        return Err(Fault::new(ErrorKind::Limit, MAX_TEXT, message));
    }
    let tokens = lex(text)?;
    let mut parser = Parser { text, tokens: &tokens, at: 0, depth: 0, unsupported: None };
    let root = parser.root()?;
    let hints = parser.hints()?;
    if parser.kind() != &TokenKind::End {
        return Err(parser.unexpected("the end of the query"));
    }
    match parser.unsupported {
        Some(fault) => Err(fault),
        None => Ok(Query { root, hints }),
    }
}

/// A part of the tree, and how many levels of it there are.
#[derive(Debug)]
struct Tall<T> {
    tree: T,
    height: u32,
}

struct Parser<'t, 'a> {
    text: &'a str,
    /// Never empty; the last is [`TokenKind::End`].
    tokens: &'t [Token<'a>],
    at: usize,
    depth: u32,
    /// The first thing that no tree can hold. Told when all else is well.
    unsupported: Option<Fault>,
}

impl<'t, 'a> Parser<'t, 'a> {
    fn root(&mut self) -> Result<Root> {
        if self.kind() == &TokenKind::End {
            return Err(Fault::parse(0, "the query is empty; `{}` finds all spans"));
        }
        match self.sequence(false)? {
            Parsed::Search { pipeline, .. } => Ok(Root::Search(pipeline)),
            Parsed::Metrics(metrics, _) => Ok(Root::Metrics(metrics)),
            Parsed::Valued(..) | Parsed::Scalar(..) => {
                Err(self.unexpected("a comparison with a number, as in `count() > 1`"))
            }
        }
    }

    /// `{ with (name = value, ...) }`
    fn hints(&mut self) -> Result<Vec<Hint>> {
        let mut hints = Vec::new();
        while self.take_word("with") {
            self.expect("(", "`(` and hints, as in `with (most_recent = true)`")?;
            loop {
                hints.push(self.hint()?);
                if !self.take(",") {
                    break;
                }
            }
            self.expect(")", "`,` or `)`")?;
        }
        Ok(hints)
    }

    fn hint(&mut self) -> Result<Hint> {
        let name = match self.kind() {
            TokenKind::Word(word) if !words::is_keyword(word) => *word,
            TokenKind::Word(_) => {
                return Err(self.unexpected("the name of a hint, which cannot be a keyword"));
            }
            _ => return Err(self.unexpected("the name of a hint")),
        };
        self.at += 1;
        self.expect("=", "`=`")?;
        let value = self.constant_word().or_else(|| self.literal());
        match value {
            Some(value) => {
                self.at += 1;
                Ok(Hint { name: name.into(), value })
            }
            None => Err(self.unexpected("a constant without a sign")),
        }
    }

    /// A field that is asked for, not computed with.
    fn field(&mut self) -> Result<Field> {
        let token = self.token();
        let name = match &token.kind {
            TokenKind::Attribute { scope, key } => Some(Name::attribute(*scope, key)),
            TokenKind::ParentAttribute | TokenKind::Word("parent") => {
                self.refuse_parent();
                Some(Name::attribute(crate::name::Scope::Any, b""))
            }
            TokenKind::Word(word) => words::bare(word).map(Name::Intrinsic),
            _ => None,
        };
        if let Some(name) = name {
            self.at += 1;
            let text = self.written(token.place).into();
            return Ok(Field { name, text, place: token.place });
        }
        match token.kind {
            TokenKind::Scope(scope) => {
                let (intrinsic, place) = self.scoped_intrinsic(scope)?;
                let word = self.written(Place { start: place.end, end: self.last_end() });
                let text = format!("{scope}:{}", word.trim_start()).into();
                let place = Place { start: token.place.start, end: self.last_end() };
                Ok(Field { name: Name::Intrinsic(intrinsic), text, place })
            }
            _ => Err(self.unexpected("a field, like `name`, `.a` or `resource.a`")),
        }
    }

    /// The intrinsic after `scope:`, which is the next token; with the place of that.
    fn scoped_intrinsic(&mut self, scope: &str) -> Result<(crate::name::Intrinsic, Place)> {
        let place = self.token().place;
        self.at += 1;
        let found = match self.kind() {
            TokenKind::Word(word) => words::scoped(scope, word),
            _ => None,
        };
        match found {
            Some(intrinsic) => {
                self.at += 1;
                Ok((intrinsic, place))
            }
            None => Err(self.no_such_intrinsic(scope)),
        }
    }

    /// Notes that the parent's fields cannot be had.
    fn refuse_parent(&mut self) {
        let at = self.token().place.start as usize;
        self.unsupported.get_or_insert_with(|| {
            Fault::unsupported(
                at,
                "fields of the parent span cannot be asked for; relate spans by `>`, as in `{ .a } > { .b }`",
            )
        });
    }

    /// The constant that the next token is as a word.
    fn constant_word(&self) -> Option<Literal> {
        match self.kind() {
            TokenKind::Word(word) => words::constant(word),
            _ => None,
        }
    }

    /// The constant that the next token is as it stands.
    fn literal(&self) -> Option<Literal> {
        match self.kind() {
            TokenKind::Literal(literal) => Some(literal.clone()),
            _ => None,
        }
    }

    fn token(&self) -> &'t Token<'a> {
        // The position never goes beyond the last token: `End` is not skipped.
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn kind(&self) -> &'t TokenKind<'a> {
        &self.token().kind
    }

    /// The token after the next.
    fn second(&self) -> &'t TokenKind<'a> {
        &self.tokens[(self.at + 1).min(self.tokens.len() - 1)].kind
    }

    /// Where the next token starts.
    fn start(&self) -> u32 {
        self.token().place.start
    }

    /// Where the last token that was taken ends.
    fn last_end(&self) -> u32 {
        self.at.checked_sub(1).map_or(0, |last| self.tokens[last].place.end)
    }

    fn written(&self, place: Place) -> &'a str {
        self.text.get(place.start as usize..place.end as usize).unwrap_or_default()
    }

    fn is(&self, symbol: &str) -> bool {
        matches!(self.kind(), TokenKind::Symbol(found) if *found == symbol)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.kind(), TokenKind::Word(found) if *found == word)
    }

    /// Takes the next token if it is `symbol`.
    fn take(&mut self, symbol: &str) -> bool {
        let is = self.is(symbol);
        self.at += usize::from(is);
        is
    }

    /// Takes the next token if it is `word`.
    fn take_word(&mut self, word: &str) -> bool {
        let is = self.is_word(word);
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, symbol: &str, expected: &str) -> Result<()> {
        match self.take(symbol) {
            true => Ok(()),
            false => Err(self.unexpected(expected)),
        }
    }

    /// Runs `parse` one level deeper.
    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_DEPTH {
            return Err(self.too_deep());
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }

    /// The height of something over parts that are `left` and `right` high.
    fn above(&self, left: u32, right: u32) -> Result<u32> {
        let height = left.max(right) + 1;
        if height > MAX_DEPTH { Err(self.too_deep()) } else { Ok(height) }
    }

    #[cold]
    fn too_deep(&self) -> Fault {
        let message = format!(
            "brackets and operators nest at most {MAX_DEPTH} deep; say it in parts, or use a pattern like `.a =~ \"x|y|z\"`"
        );
        Fault::new(ErrorKind::Depth, self.start() as usize, message)
    }
}
