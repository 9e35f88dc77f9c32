//! Texts in quotes, and keys of attributes.

use super::Lexer;
use crate::traceql::fault::{Fault, Result};

impl Lexer<'_> {
    /// Text in double quotes, with the escapes of Go.
    pub(super) fn quoted_text(&mut self) -> Result<Box<[u8]>> {
        let start = self.at;
        self.at += 1;
        let mut text = Vec::new();
        loop {
            let plain = self.take_while(|c| !matches!(c, '"' | '\\' | '\n'));
            text.extend_from_slice(plain.as_bytes());
            match self.peek() {
                Some('"') => {
                    self.at += 1;
                    return Ok(text.into());
                }
                Some('\\') => self.escape(&mut text)?,
                Some(_) => {
                    let message =
                        "text in double quotes ends on its line; write `\\n`, or use backquotes";
                    return Err(Fault::parse(self.at, message));
                }
                None => return Err(open_quote(start, '"')),
            }
        }
    }

    /// Text in backquotes: everything stands for itself, but carriage returns are dropped.
    pub(super) fn raw_text(&mut self) -> Result<Box<[u8]>> {
        let start = self.at;
        self.at += 1;
        let text = self.take_while(|c| c != '`');
        if self.peek().is_none() {
            return Err(open_quote(start, '`'));
        }
        self.at += 1;
        Ok(text.bytes().filter(|&b| b != b'\r').collect())
    }

    /// One escape, from its backslash on.
    fn escape(&mut self, text: &mut Vec<u8>) -> Result<()> {
        let start = self.at;
        self.at += 1;
        let Some(which) = self.peek() else { return Err(bad_escape(start)) };
        self.at += which.len_utf8();
        let digits = match which {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            '0'..='7' => {
                self.at = start + 1;
                let byte = self.digits(3, 8).and_then(|number| u8::try_from(number).ok());
                text.push(byte.ok_or_else(|| bad_escape(start))?);
                return Ok(());
            }
            _ => {
                text.push(single_escape(which).ok_or_else(|| bad_escape(start))?);
                return Ok(());
            }
        };
        let number = self.digits(digits, 16).ok_or_else(|| bad_escape(start))?;
        if which == 'x' {
            text.push(number as u8);
        } else {
            let c = char::from_u32(number).ok_or_else(|| bad_escape(start))?;
            text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
        Ok(())
    }

    /// The number that the next `count` digits say, if there are so many.
    fn digits(&mut self, count: usize, radix: u32) -> Option<u32> {
        let digits = self.rest().get(..count)?;
        if !digits.chars().all(|c| c.is_digit(radix)) {
            return None;
        }
        self.at += count;
        u32::from_str_radix(digits, radix).ok()
    }

    /// The key of an attribute, up to a blank or to what cannot be in a name; `prefix` stands before it.
    pub(super) fn key(&mut self, prefix: &str) -> Result<Vec<u8>> {
        let start = self.at;
        let mut key = Vec::new();
        loop {
            let plain = self.take_while(|c| c != '"' && is_key(c));
            key.extend_from_slice(plain.as_bytes());
            match self.peek() {
                Some('"') => self.quoted_key(&mut key)?,
                _ if self.at == start => return Err(no_key(start, prefix)),
                _ => return Ok(key),
            }
        }
    }

    /// A part of a key that is in quotes.
    fn quoted_key(&mut self, key: &mut Vec<u8>) -> Result<()> {
        let start = self.at;
        self.at += 1;
        loop {
            let plain = self.take_while(|c| !matches!(c, '"' | '\\'));
            key.extend_from_slice(plain.as_bytes());
            match (self.peek(), self.rest().as_bytes().get(1)) {
                (Some('"'), _) => {
                    self.at += 1;
                    return Ok(());
                }
                (Some(_), Some(&escaped @ (b'"' | b'\\'))) => {
                    key.push(escaped);
                    self.at += 2;
                }
                (Some(_), _) => {
                    let message = "in the quotes of a name only `\\\"` and `\\\\` are escapes";
                    return Err(Fault::parse(self.at, message));
                }
                (None, _) => return Err(open_quote(start, '"')),
            }
        }
    }
}

/// Whether a name goes on with this character.
fn is_key(c: char) -> bool {
    !c.is_whitespace() && !"{}()=~!<>&|^,".contains(c)
}

fn single_escape(which: char) -> Option<u8> {
    Some(match which {
        'a' => 0x07,
        'b' => 0x08,
        'f' => 0x0c,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 0x0b,
        '\\' => b'\\',
        '"' => b'"',
        _ => return None,
    })
}

#[cold]
fn bad_escape(at: usize) -> Fault {
    let message = "this is no escape; there are \\a \\b \\f \\n \\r \\t \\v \\\\ \\\" \\xHH \\OOO \\uHHHH \\UHHHHHHHH, \
         and in backquotes a backslash stands for itself";
    Fault::parse(at, message)
}

#[cold]
fn open_quote(at: usize, quote: char) -> Fault {
    Fault::parse(at, format!("this text does not end; write {quote} where it does"))
}

#[cold]
fn no_key(at: usize, prefix: &str) -> Fault {
    let message = format!(
        "expected the name of an attribute right behind `{prefix}`; names with blanks or operators stand in quotes: `{prefix}\"a b\"`"
    );
    Fault::parse(at, message)
}
