//! OTLP `AnyValue` messages, read in place from their encoded bytes.

use crate::error::{Error, ErrorKind, Result};
use crate::value::{Hex, text};
use crate::wire::{BYTES, FIXED64, Reader, VARINT, rebase};
use std::fmt::{self, Display};

/// Nesting deeper than this is refused when a value is decoded, and cut when it is printed.
pub const MAX_DEPTH: usize = 64;

/// An encoded `AnyValue`. Holding one proves nothing about its bytes: each access checks.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AnyRef<'a>(pub &'a [u8]);

/// What an [`AnyRef`] holds, one level decoded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AnyKind<'a> {
    /// No value is set.
    Empty,
    /// Text (bytes that should be UTF-8).
    Str(&'a [u8]),
    /// Boolean.
    Bool(bool),
    /// Signed integer.
    I64(i64),
    /// Double.
    F64(f64),
    /// The bytes of an `ArrayValue`: see [`AnyRef::items`].
    Array(&'a [u8]),
    /// The bytes of a `KeyValueList`: see [`AnyRef::entries`].
    Map(&'a [u8]),
    /// Bytes.
    Bytes(&'a [u8]),
}

/// One `KeyValue` message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyValueRef<'a> {
    /// The key (bytes that should be UTF-8).
    pub key: &'a [u8],
    /// The value; `None` if the message has none (an empty `AnyValue` is not none).
    pub value: Option<AnyRef<'a>>,
}

impl<'a> KeyValueRef<'a> {
    /// Reads the `KeyValue` message in `message`; of repeated fields the last counts.
    #[inline]
    pub fn decode(message: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(message);
        let mut out = KeyValueRef { key: b"", value: None };
        while let Some((number, wire_type)) = reader.tag()? {
            match (number, wire_type) {
                (1, BYTES) => out.key = reader.bytes()?,
                (2, BYTES) => out.value = Some(AnyRef(reader.bytes()?)),
                _ => reader.skip(wire_type)?,
            }
        }
        Ok(out)
    }
}

impl<'a> AnyRef<'a> {
    /// The value if it is one field of bytes, as nearly all are; its length takes a byte or two.
    #[inline]
    fn alone(self) -> Option<AnyKind<'a>> {
        let (tag, len, rest) = match self.0 {
            [tag, len @ 0..0x80, rest @ ..] => (tag, usize::from(*len), rest),
            [tag, low, high @ 0..0x80, rest @ ..] => {
                (tag, usize::from(low & 0x7f) | usize::from(*high) << 7, rest)
            }
            _ => return None,
        };
        match tag {
            _ if len != rest.len() => None,
            0x0a => Some(AnyKind::Str(rest)),
            0x2a => Some(AnyKind::Array(rest)),
            0x32 => Some(AnyKind::Map(rest)),
            0x3a => Some(AnyKind::Bytes(rest)),
            _ => None,
        }
    }

    /// Decodes one level. Of several set values the last counts, as protobuf says.
    #[inline]
    pub fn kind(self) -> Result<AnyKind<'a>> {
        match self.alone() {
            Some(alone) => Ok(alone),
            None => self.last_field(),
        }
    }

    /// As [`AnyRef::kind`], of any number of fields.
    fn last_field(self) -> Result<AnyKind<'a>> {
        let mut reader = Reader::new(self.0);
        let mut out = AnyKind::Empty;
        while let Some((number, wire_type)) = reader.tag()? {
            out = match (number, wire_type) {
                (1, BYTES) => AnyKind::Str(reader.bytes()?),
                (2, VARINT) => AnyKind::Bool(reader.varint()? != 0),
                (3, VARINT) => AnyKind::I64(reader.varint()? as i64),
                (4, FIXED64) => AnyKind::F64(f64::from_bits(reader.fixed64()?)),
                (5, BYTES) => AnyKind::Array(reader.bytes()?),
                (6, BYTES) => AnyKind::Map(reader.bytes()?),
                (7, BYTES) => AnyKind::Bytes(reader.bytes()?),
                _ => {
                    reader.skip(wire_type)?;
                    out
                }
            };
        }
        Ok(out)
    }

    /// The items, if this is an array; nothing otherwise.
    pub fn items(self) -> impl Iterator<Item = Result<AnyRef<'a>>> {
        let list = match self.kind() {
            Ok(AnyKind::Array(list)) => Ok(list),
            Ok(_) => Ok(&b""[..]),
            Err(e) => Err(e),
        };
        Repeated::new(list).map(|item| item.map(AnyRef))
    }

    /// The entries, if this is a key-value list; nothing otherwise.
    pub fn entries(self) -> impl Iterator<Item = Result<KeyValueRef<'a>>> {
        let list = match self.kind() {
            Ok(AnyKind::Map(list)) => Ok(list),
            Ok(_) => Ok(&b""[..]),
            Err(e) => Err(e),
        };
        Repeated::new(list).map(|item| item.and_then(KeyValueRef::decode))
    }

    /// Checks the whole value: well-formed, and nested at most [`MAX_DEPTH`] deep.
    #[inline]
    pub fn validate(self) -> Result<()> {
        match self.kind()? {
            AnyKind::Array(_) | AnyKind::Map(_) => self.validate_at(0),
            _ => Ok(()),
        }
    }

    fn validate_at(self, depth: usize) -> Result<()> {
        if depth > MAX_DEPTH {
            let message = format!("an attribute value is nested deeper than {MAX_DEPTH} levels");
            return Err(Error::new(ErrorKind::Depth, message));
        }
        match self.kind()? {
            AnyKind::Array(_) => self.items().try_for_each(|item| self.check(item?, depth)),
            AnyKind::Map(_) => self.entries().try_for_each(|entry| match entry?.value {
                Some(value) => self.check(value, depth),
                None => Ok(()),
            }),
            _ => Ok(()),
        }
    }

    fn check(self, inner: AnyRef<'_>, depth: usize) -> Result<()> {
        inner.validate_at(depth + 1).map_err(|e| rebase(e, self.0, inner.0))
    }

    fn format(self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        if depth > MAX_DEPTH {
            return f.write_str("...");
        }
        match self.kind() {
            Err(_) => f.write_str("<damaged>"),
            Ok(AnyKind::Empty) => f.write_str("null"),
            Ok(AnyKind::Str(s)) => write!(f, "{:?}", text(s)),
            Ok(AnyKind::Bool(v)) => v.fmt(f),
            Ok(AnyKind::I64(v)) => v.fmt(f),
            Ok(AnyKind::F64(v)) => v.fmt(f),
            Ok(AnyKind::Bytes(b)) => write!(f, "\"{}\"", Hex(b)),
            Ok(AnyKind::Array(_)) => {
                f.write_str("[")?;
                for (i, item) in self.items().enumerate() {
                    f.write_str(if i > 0 { ", " } else { "" })?;
                    match item {
                        Ok(item) => item.format(f, depth + 1)?,
                        Err(_) => f.write_str("<damaged>")?,
                    }
                }
                f.write_str("]")
            }
            Ok(AnyKind::Map(_)) => {
                f.write_str("{")?;
                for (i, entry) in self.entries().enumerate() {
                    f.write_str(if i > 0 { ", " } else { "" })?;
                    let Ok(entry) = entry else {
                        f.write_str("<damaged>")?;
                        continue;
                    };
                    write!(f, "{:?}: ", text(entry.key))?;
                    entry.value.unwrap_or(AnyRef(b"")).format(f, depth + 1)?;
                }
                f.write_str("}")
            }
        }
    }
}

/// The values of field 1 of an `ArrayValue` or `KeyValueList`; ends after the first error.
struct Repeated<'a> {
    state: Option<Result<Reader<'a>>>,
}

impl<'a> Repeated<'a> {
    fn new(list: Result<&'a [u8]>) -> Self {
        Repeated { state: Some(list.map(Reader::new)) }
    }

    fn step(reader: &mut Reader<'a>) -> Result<Option<&'a [u8]>> {
        while let Some((number, wire_type)) = reader.tag()? {
            if (number, wire_type) == (1, BYTES) {
                return reader.bytes().map(Some);
            }
            reader.skip(wire_type)?;
        }
        Ok(None)
    }
}

impl<'a> Iterator for Repeated<'a> {
    type Item = Result<&'a [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut reader = match self.state.take()? {
            Ok(reader) => reader,
            Err(e) => return Some(Err(e)),
        };
        match Self::step(&mut reader) {
            Ok(None) => None,
            Ok(Some(item)) => {
                self.state = Some(Ok(reader));
                Some(Ok(item))
            }
            Err(e) => Some(Err(e)),
        }
    }
}

impl fmt::Debug for AnyRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.format(f, 0)
    }
}

impl fmt::Display for AnyRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.format(f, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::WriteExt;

    fn str_value(s: &str) -> Vec<u8> {
        let mut out = Vec::new();
        out.put_bytes_field(1, s.as_bytes());
        out
    }

    #[test]
    fn arrays_and_maps_are_walked_in_place() {
        let mut any = Vec::new();
        any.put_message_field(6, |m| {
            m.put_message_field(1, |kv| {
                kv.put_bytes_field(1, b"k");
                kv.put_message_field(2, |v| {
                    v.put_message_field(5, |a| {
                        a.put_bytes_field(1, &str_value("x"));
                        a.put_bytes_field(1, b"");
                    });
                });
            });
        });
        assert_eq!(AnyRef(&any).to_string(), r#"{"k": ["x", null]}"#);
        AnyRef(&any).validate().unwrap();
    }

    #[test]
    fn deep_nesting_is_refused_not_recursed_into() {
        let mut any = str_value("leaf");
        for _ in 0..10_000 {
            let mut outer = Vec::new();
            outer.put_message_field(5, |a| a.put_bytes_field(1, &any));
            any = outer;
            if any.len() > 100_000 {
                break;
            }
        }
        assert_eq!(AnyRef(&any).validate().unwrap_err().kind(), ErrorKind::Depth);
        assert!(AnyRef(&any).to_string().contains("..."));
    }
}
