//! Text to tokens. Knows no grammar: what a token is does not depend on those around it.

mod number;
mod text;

use super::ast::{Literal, Place};
use super::fault::{Fault, Result};
use crate::name::Scope;

/// A piece of a query with its place.
#[derive(Clone, Debug)]
pub(super) struct Token<'a> {
    pub kind: TokenKind<'a>,
    pub place: Place,
}

/// What a piece of a query can be.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind<'a> {
    /// A keyword, or a word that is none.
    Word(&'a str),
    /// A scope with a colon behind it, as in `span:name`.
    Scope(&'a str),
    /// `.a`, `span.a` and so on.
    Attribute { scope: Scope, key: Vec<u8> },
    /// `parent.a` and so on.
    ParentAttribute,
    /// A number, duration or text.
    Literal(Literal),
    /// An operator, bracket or comma.
    Symbol(&'static str),
    /// What stands behind the last token.
    End,
}

/// Longer ones come first, so that none is taken for its beginning.
const SYMBOLS: [&str; 36] = [
    "!>>", "!<<", "&>>", "&<<", "!>", "!<", "!~", "!=", "&>", "&<", "&~", "&&", "||", ">>", "<<",
    ">=", "<=", "=~", "{", "}", "(", ")", "|", "=", ">", "<", "~", "!", "+", "-", "*", "/", "%",
    "^", ",", "&",
];

/// Words before a colon.
const SCOPES: [&str; 6] = ["span", "trace", "resource", "event", "link", "instrumentation"];

/// All tokens of `text`, an [`TokenKind::End`] last.
pub(super) fn lex(text: &str) -> Result<Vec<Token<'_>>> {
    let mut lexer = Lexer { text, at: 0, tokens: Vec::new() };
    if text.starts_with('\u{feff}') {
        lexer.at = '\u{feff}'.len_utf8();
    }
    while lexer.skip_blanks()? {
        let start = lexer.at;
        let kind = lexer.token()?;
        lexer.push(kind, start);
    }
    lexer.push(TokenKind::End, lexer.at);
    Ok(lexer.tokens)
}

struct Lexer<'a> {
    text: &'a str,
    /// How far it has been read; always between characters.
    at: usize,
    tokens: Vec<Token<'a>>,
}

impl<'a> Lexer<'a> {
    fn push(&mut self, kind: TokenKind<'a>, start: usize) {
        let place = Place { start: start as u32, end: self.at as u32 };
        self.tokens.push(Token { kind, place });
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Takes characters as long as `wanted` says so.
    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// Goes to the next token; whether there is one.
    fn skip_blanks(&mut self) -> Result<bool> {
        loop {
            self.take_while(|c| matches!(c, ' ' | '\t' | '\r' | '\n'));
            let rest = self.rest();
            if rest.starts_with("//") {
                self.take_while(|c| c != '\n');
            } else if let Some(inside) = rest.strip_prefix("/*") {
                let Some(length) = inside.find("*/") else {
                    return Err(Fault::parse(self.at, "this comment does not end; write `*/`"));
                };
                self.at += length + 4;
            } else {
                return Ok(!rest.is_empty());
            }
        }
    }

    fn token(&mut self) -> Result<TokenKind<'a>> {
        let rest = self.rest().as_bytes();
        match (rest.first().copied().unwrap_or_default(), rest.get(1)) {
            (b'"', _) => Ok(TokenKind::Literal(Literal::Str(self.quoted_text()?))),
            (b'`', _) => Ok(TokenKind::Literal(Literal::Str(self.raw_text()?))),
            (b'\'', _) => Err(self.single_quote()),
            (b'0'..=b'9', _) | (b'.', Some(b'0'..=b'9')) => self.number().map(TokenKind::Literal),
            (b'.', _) => self.attribute(Scope::Any, "."),
            _ => match self.peek() {
                Some(c) if c.is_alphabetic() || c == '_' => self.word(),
                _ => self.symbol(),
            },
        }
    }

    /// A word, or what begins with one that is a scope.
    fn word(&mut self) -> Result<TokenKind<'a>> {
        let start = self.at;
        let word = self.take_while(|c| c.is_alphanumeric() || c == '_');
        match self.peek() {
            Some('.') => {
                if word == "parent" {
                    return self.parent_attribute();
                }
                let scope = Scope::ALL.into_iter().find(|scope| {
                    scope.prefix().strip_suffix('.').is_some_and(|prefix| prefix == word)
                });
                match scope {
                    Some(scope) => {
                        self.at = start;
                        self.attribute(scope, scope.prefix())
                    }
                    None => Ok(TokenKind::Word(word)),
                }
            }
            Some(':') if SCOPES.contains(&word) => {
                self.at += 1;
                Ok(TokenKind::Scope(word))
            }
            _ => Ok(TokenKind::Word(word)),
        }
    }

    /// An attribute, from `prefix` on.
    fn attribute(&mut self, scope: Scope, prefix: &str) -> Result<TokenKind<'a>> {
        self.at += prefix.len();
        let key = self.key(prefix)?;
        Ok(TokenKind::Attribute { scope, key })
    }

    /// From the dot of `parent.` on.
    fn parent_attribute(&mut self) -> Result<TokenKind<'a>> {
        let rest = self.rest();
        let scopes = [".span.", ".resource.", "."];
        let prefix = scopes.into_iter().find(|prefix| rest.starts_with(prefix)).unwrap_or(".");
        self.at += prefix.len();
        self.key(&format!("parent{prefix}"))?;
        Ok(TokenKind::ParentAttribute)
    }

    fn symbol(&mut self) -> Result<TokenKind<'a>> {
        let rest = self.rest();
        match SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) {
            Some("&") => Err(Fault::parse(
                self.at,
                "a single `&` is no operator; `&&` joins, and `&>`, `&>>`, `&<`, `&<<`, `&~` have no blank inside",
            )),
            Some(symbol) => {
                self.at += symbol.len();
                Ok(TokenKind::Symbol(symbol))
            }
            None => Err(self.no_token()),
        }
    }

    #[cold]
    fn no_token(&self) -> Fault {
        let found = self.peek().unwrap_or_default();
        let hint = match found {
            ';' => "; queries end without one",
            '#' => "; comments begin with `//`",
            '[' | ']' => {
                "; there are no lists and no indexes: write `.a = \"x\" || .a = \"y\"`, or `.a =~ \"x|y\"`"
            }
            ':' => "; intrinsics are written like `span:name` or `trace:duration`",
            '$' | '@' => "; attributes are written like `.a`, `span.a` or `resource.a`",
            _ => "",
        };
        Fault::parse(
            self.at,
            format!("found `{}`, which means nothing here{hint}", found.escape_debug()),
        )
    }

    #[cold]
    fn single_quote(&self) -> Fault {
        let text = self.rest()[1..].split(['\'', '\n']).next().unwrap_or_default();
        let message = match text.len() < 40 && !text.contains(['"', '\\']) {
            true => format!("text stands in double quotes; write `\"{text}\"`"),
            false => "text stands in double quotes or backquotes, not in single quotes".into(),
        };
        Fault::parse(self.at, message)
    }
}
