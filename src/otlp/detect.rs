//! Telling formats by how their first bytes are built.
//!
//! A `TracesData` message begins with the tag of its first `ResourceSpans` (0x0a), that one's length,
//! and inside it one of the tags 0x0a, 0x12 and 0x1a. Length-delimited records have a record length
//! in front of the same. Both at once is impossible: a record length of 0x0a would leave at most 8
//! bytes for the `ResourceSpans`, and that length would stand where the other reading needs a tag
//! of 0x0a or more. JSON starts with a brace, white space and the first letter of a key, which
//! neither of the others can.

use super::input::{Compression, Format};
use crate::wire::{BYTES, Reader};

/// How many bytes at the start of an input are looked at.
pub const PEEK: usize = 64;

/// The compression whose magic number `start` has.
pub fn compression(start: &[u8]) -> Compression {
    match start {
        [0x1f, 0x8b, ..] => Compression::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Compression::Zstd,
        // A skippable frame in front, as parallel compressors write.
        [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Compression::Zstd,
        _ => Compression::None,
    }
}

/// The format of an uncompressed input that starts with `start`; `None` if it is built like none, or
/// is blank: a line end may be the beginning of all of them.
pub fn format(start: &[u8]) -> Option<Format> {
    if start.trim_ascii().is_empty() {
        None
    } else if is_json(start) {
        Some(Format::Json)
    } else if is_traces(start, u64::MAX) {
        Some(Format::Protobuf)
    } else if is_delimited(start) {
        Some(Format::Delimited)
    } else {
        None
    }
}

/// White space and byte order mark aside: `{`, then a key or `}`.
fn is_json(start: &[u8]) -> bool {
    let start = start.strip_prefix(BOM).unwrap_or(start).trim_ascii_start();
    match start.strip_prefix(b"{").map(<[u8]>::trim_ascii_start) {
        Some([b'"', letter, ..]) => letter.is_ascii_alphabetic() || *letter == b'_',
        Some([b'}', ..]) => true,
        _ => false,
    }
}

/// The UTF-8 byte order mark, which some programs put in front of JSON.
pub const BOM: &[u8] = b"\xef\xbb\xbf";

/// Whether `start` begins a `TracesData` message that ends within `limit` bytes.
fn is_traces(start: &[u8], limit: u64) -> bool {
    let mut r = Reader::new(start);
    if !matches!(r.tag(), Ok(Some((1, BYTES)))) {
        return false;
    }
    let Ok(len) = r.varint() else { return false };
    let fits = len.checked_add(r.position() as u64).is_some_and(|end| end <= limit);
    // At the end of a truncated input there may be nothing to see inside.
    fits && (len == 0 || matches!(r.tag(), Ok(None | Some((1..=3, BYTES)))))
}

/// Whether `start` begins with a record length and a message of that length. Empty messages may
/// come before.
fn is_delimited(start: &[u8]) -> bool {
    let mut r = Reader::new(start);
    loop {
        match r.varint() {
            Ok(0) if r.is_empty() => return true,
            Ok(0) => {}
            Ok(len) => return is_traces(r.rest(), len),
            Err(_) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::WriteExt;

    /// A message whose `ResourceSpans` has `len` bytes.
    fn traces(len: usize) -> Vec<u8> {
        let mut out = Vec::new();
        out.put_message_field(1, |r| {
            while r.len() + 2 <= len {
                let rest = len - r.len() - 2;
                r.put_bytes_field(1, &vec![0; rest.min(127)]);
            }
        });
        out
    }

    #[test]
    fn messages_and_records_of_every_small_size_are_told_apart() {
        for len in (2..400).filter(|len| len % 129 != 1) {
            let message = traces(len);
            assert_eq!(format(&message), Some(Format::Protobuf), "{len}");
            let mut record = Vec::new();
            record.put_varint(message.len() as u64);
            record.extend(message);
            assert_eq!(format(&record), Some(Format::Delimited), "{len}");
        }
        assert_eq!(format(b"\0\0"), Some(Format::Delimited));
        assert_eq!(format(b"\x0a\0"), Some(Format::Protobuf));
    }

    #[test]
    fn json_is_told_by_its_first_key() {
        let texts: [&[u8]; 5] = [
            b"{\"resourceSpans\":[]}",
            b"\n{\n  \"resourceSpans\": []\n}",
            b"\xef\xbb\xbf{\r\n\t\"resource_spans\"",
            b"{}",
            b"{\n}\n",
        ];
        for text in texts {
            assert_eq!(format(text), Some(Format::Json), "{:?}", text.escape_ascii().to_string());
        }
        // Protobuf that starts like JSON: a record of 123 bytes, and a message of that size.
        assert_eq!(format(b"{\x0a\x22\x0a\x20\x0a"), Some(Format::Delimited));
        assert_eq!(format(b"\x0a{\x0a\x22\x0a\x20"), Some(Format::Protobuf));
    }

    #[test]
    fn other_things_are_none_of_these() {
        for other in [&b"hello"[..], b"[1,2]", b"\x7fELF\x02\x01", b"PK\x03\x04", b"\xff", b"\n\n"]
        {
            assert_eq!(format(other), None);
        }
    }
}
