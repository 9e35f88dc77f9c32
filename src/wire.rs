//! Protobuf wire primitives: the few shapes OTLP needs, read and written without message objects.
//!
//! The encoding is the public protobuf one: <https://protobuf.dev/programming-guides/encoding/>.

use crate::error::{Error, ErrorKind, Result};

/// Wire type of a field whose value is a varint.
pub const VARINT: u8 = 0;
/// Wire type of a field whose value is 8 bytes, little-endian.
pub const FIXED64: u8 = 1;
/// Wire type of a field whose value is a length and that many bytes.
pub const BYTES: u8 = 2;
/// Wire type that opens a group (deprecated, never part of OTLP).
pub const START_GROUP: u8 = 3;
/// Wire type that closes a group.
pub const END_GROUP: u8 = 4;
/// Wire type of a field whose value is 4 bytes, little-endian.
pub const FIXED32: u8 = 5;

/// Groups are skipped, not understood; deeper nesting than this is refused.
const MAX_GROUP_DEPTH: u32 = 32;

/// Puts the position of an `error` found in `inner` in terms of `outer`, of which `inner` is a part.
#[cold]
pub fn rebase(error: Error, outer: &[u8], inner: &[u8]) -> Error {
    let offset = (inner.as_ptr() as usize).wrapping_sub(outer.as_ptr() as usize) as u64;
    let position = error.position().unwrap_or(0).wrapping_add(offset);
    error.at(position)
}

/// A cursor over one protobuf message.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    rest: &'a [u8],
    /// The whole input's length, so that positions can be told in errors.
    len: usize,
}

impl<'a> Reader<'a> {
    /// A reader at the start of `message`.
    #[inline]
    pub fn new(message: &'a [u8]) -> Self {
        Reader { rest: message, len: message.len() }
    }

    /// Whether everything was read.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Bytes read so far.
    #[inline]
    pub fn position(&self) -> usize {
        self.len - self.rest.len()
    }

    /// What was not read yet.
    #[inline]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    #[inline]
    fn fail<T>(&self, what: &str) -> Result<T> {
        Err(malformed(what, self.position()))
    }

    /// Reads a varint of up to 64 bits.
    #[inline]
    pub fn varint(&mut self) -> Result<u64> {
        match self.rest {
            [byte, rest @ ..] if *byte < 0x80 => {
                self.rest = rest;
                Ok(u64::from(*byte))
            }
            _ => match long_varint(self.rest) {
                Ok((value, rest)) => {
                    self.rest = rest;
                    Ok(value)
                }
                Err(what) => self.fail(what),
            },
        }
    }

    /// Reads the next field's number and wire type; `None` at the end of the message.
    #[inline]
    pub fn tag(&mut self) -> Result<Option<(u32, u8)>> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let tag = self.varint()?;
        let number = tag >> 3;
        if number == 0 || number > 0x1fff_ffff {
            return self.fail("invalid field number");
        }
        Ok(Some((number as u32, (tag & 7) as u8)))
    }

    /// Reads a length-delimited value.
    #[inline]
    pub fn bytes(&mut self) -> Result<&'a [u8]> {
        let len = self.varint()?;
        if len > self.rest.len() as u64 {
            return self.fail("length reaches past the end of the message");
        }
        let (value, rest) = self.rest.split_at(len as usize);
        self.rest = rest;
        Ok(value)
    }

    /// Reads 8 bytes, little-endian.
    #[inline]
    pub fn fixed64(&mut self) -> Result<u64> {
        match self.rest.split_first_chunk::<8>() {
            Some((value, rest)) => {
                self.rest = rest;
                Ok(u64::from_le_bytes(*value))
            }
            None => self.fail("truncated 64-bit value"),
        }
    }

    /// Reads 4 bytes, little-endian.
    #[inline]
    pub fn fixed32(&mut self) -> Result<u32> {
        match self.rest.split_first_chunk::<4>() {
            Some((value, rest)) => {
                self.rest = rest;
                Ok(u32::from_le_bytes(*value))
            }
            None => self.fail("truncated 32-bit value"),
        }
    }

    /// Skips the value of a field whose tag was just read.
    #[inline]
    pub fn skip(&mut self, wire_type: u8) -> Result<()> {
        match wire_type {
            VARINT => self.varint().map(drop),
            FIXED64 => self.fixed64().map(drop),
            BYTES => self.bytes().map(drop),
            FIXED32 => self.fixed32().map(drop),
            START_GROUP => {
                *self = skip_group(*self)?;
                Ok(())
            }
            _ => self.fail("invalid wire type"),
        }
    }
}

// The slow paths below take and give values, never the reader itself: a reader whose address is not
// taken lives in registers, which makes walking messages a little faster.

/// A varint of more than one byte, and what is behind it.
fn long_varint(bytes: &[u8]) -> std::result::Result<(u64, &[u8]), &'static str> {
    let mut value = 0u64;
    for (i, &byte) in bytes.iter().take(10).enumerate() {
        if i == 9 && byte > 1 {
            return Err("varint exceeds 64 bits");
        }
        value |= u64::from(byte & 0x7f) << (7 * i);
        if byte < 0x80 {
            return Ok((value, &bytes[i + 1..]));
        }
    }
    Err("truncated varint")
}

/// The reader behind a group whose start tag was just read.
fn skip_group(mut reader: Reader<'_>) -> Result<Reader<'_>> {
    let mut depth = 1;
    while depth > 0 {
        match reader.tag()? {
            None => return reader.fail("group without end"),
            Some((_, END_GROUP)) => depth -= 1,
            Some((_, START_GROUP)) if depth >= MAX_GROUP_DEPTH => {
                return reader.fail("groups nested too deeply");
            }
            Some((_, START_GROUP)) => depth += 1,
            Some((_, other)) => reader.skip(other)?,
        }
    }
    Ok(reader)
}

#[cold]
fn malformed(what: &str, position: usize) -> Error {
    Error::new(ErrorKind::Otlp, what).at(position as u64)
}

/// Appends protobuf fields to a byte buffer.
///
/// Scalar writers write the field even when it holds the default value: the caller decides about
/// proto3's implicit presence.
pub trait WriteExt {
    /// A bare varint.
    fn put_varint(&mut self, value: u64);
    /// A field's tag.
    fn put_tag(&mut self, number: u32, wire_type: u8);
    /// A varint field.
    fn put_varint_field(&mut self, number: u32, value: u64);
    /// A length-delimited field.
    fn put_bytes_field(&mut self, number: u32, value: &[u8]);
    /// A `fixed64` (or `double`, as bits) field.
    fn put_fixed64_field(&mut self, number: u32, value: u64);
    /// A `fixed32` field.
    fn put_fixed32_field(&mut self, number: u32, value: u32);
    /// A message field whose body `write` appends; the length is filled in afterwards.
    fn put_message_field(&mut self, number: u32, write: impl FnOnce(&mut Vec<u8>));
}

impl WriteExt for Vec<u8> {
    #[inline]
    fn put_varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.push(value as u8);
    }

    #[inline]
    fn put_tag(&mut self, number: u32, wire_type: u8) {
        self.put_varint(u64::from(number) << 3 | u64::from(wire_type));
    }

    #[inline]
    fn put_varint_field(&mut self, number: u32, value: u64) {
        self.put_tag(number, VARINT);
        self.put_varint(value);
    }

    #[inline]
    fn put_bytes_field(&mut self, number: u32, value: &[u8]) {
        self.put_tag(number, BYTES);
        self.put_varint(value.len() as u64);
        self.extend_from_slice(value);
    }

    #[inline]
    fn put_fixed64_field(&mut self, number: u32, value: u64) {
        self.put_tag(number, FIXED64);
        self.extend_from_slice(&value.to_le_bytes());
    }

    #[inline]
    fn put_fixed32_field(&mut self, number: u32, value: u32) {
        self.put_tag(number, FIXED32);
        self.extend_from_slice(&value.to_le_bytes());
    }

    fn put_message_field(&mut self, number: u32, write: impl FnOnce(&mut Vec<u8>)) {
        self.put_tag(number, BYTES);
        let start = self.len();
        write(self);
        let body = (self.len() - start) as u64;
        // The length goes in front: write it behind the body, then rotate it into place.
        self.put_varint(body);
        let prefix = self.len() - start - body as usize;
        self[start..].rotate_right(prefix);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_of_every_length_round_trip() {
        let mut buf = Vec::new();
        let values: Vec<u64> =
            (0..64).flat_map(|s| [1u64 << s, (1u64 << s) - 1]).chain([u64::MAX]).collect();
        values.iter().for_each(|&v| buf.put_varint(v));
        let mut reader = Reader::new(&buf);
        for v in values {
            assert_eq!(reader.varint().unwrap(), v);
        }
        assert!(reader.is_empty());
    }

    #[test]
    fn every_truncation_is_an_error_with_its_position() {
        let mut buf = Vec::new();
        buf.put_message_field(1, |m| {
            m.put_varint_field(1, 300);
            m.put_fixed64_field(2, 7);
            m.put_fixed32_field(3, 9);
        });
        for cut in 1..buf.len() {
            let mut reader = Reader::new(&buf[..cut]);
            let result = reader.tag().and_then(|_| reader.bytes());
            assert!(result.unwrap_err().position().is_some(), "cut at {cut}");
        }
    }

    #[test]
    fn overlong_varints_are_refused() {
        assert!(Reader::new(&[0xff; 10]).varint().is_err());
        assert!(Reader::new(&[0x80; 11]).varint().is_err());
    }

    #[test]
    fn groups_are_skipped_and_bounded() {
        let mut buf = Vec::new();
        buf.put_tag(4, START_GROUP);
        buf.put_varint_field(1, 5);
        buf.put_tag(4, END_GROUP);
        let mut reader = Reader::new(&buf);
        let (_, wire_type) = reader.tag().unwrap().unwrap();
        reader.skip(wire_type).unwrap();
        assert!(reader.is_empty());
        let deep = vec![0x0b; 100_000];
        assert!(Reader::new(&deep).skip(START_GROUP).is_err());
    }
}
