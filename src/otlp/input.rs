//! Reading traces from files and streams, record by record.

use super::detect::{self, BOM, PEEK};
use super::json::json_to_traces;
use crate::error::{Error, ErrorKind, Result};
use flate2::bufread::MultiGzDecoder;
use memchr::{memchr2, memchr3};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How records are written in an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One protobuf `TracesData` message (`.pb`), the body of an OTLP/HTTP request.
    Protobuf,
    /// Protobuf `TracesData` messages, each after its length as a varint (`.pbd`).
    Delimited,
    /// OTLP/JSON objects, one a line (`.jsonl`) or laid out over lines (`.json`).
    Json,
}

impl Format {
    /// The format that the extension of `path` stands for, below one of compression.
    pub fn of_path(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let name =
            [".gz", ".zst", ".zstd"].iter().find_map(|c| name.strip_suffix(c)).unwrap_or(&name);
        match name.rsplit_once('.')?.1 {
            "pb" | "binpb" => Some(Format::Protobuf),
            "pbd" => Some(Format::Delimited),
            "json" | "jsonl" | "ndjson" => Some(Format::Json),
            _ => None,
        }
    }
}

/// How an input is compressed; always told by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not compressed.
    None,
    /// gzip, also of several members.
    Gzip,
    /// Zstandard, also of several frames.
    Zstd,
}

/// How to read an input.
#[derive(Clone, Copy, Debug)]
pub struct InputOptions {
    /// The format, if known for certain. Otherwise it is told by how the first bytes are built.
    pub format: Option<Format>,
    /// The format to assume if the first bytes do not tell.
    pub hint: Option<Format>,
    /// Longest record in bytes, compression aside; longer ones are refused with
    /// [`ErrorKind::Limit`]. An uncompressed [`Format::Protobuf`] input may be longer: it is as long as
    /// its file.
    pub max_record: u64,
}

impl Default for InputOptions {
    fn default() -> Self {
        InputOptions { format: None, hint: None, max_record: 256 << 20 }
    }
}

/// The `TracesData` messages of a file or stream.
///
/// Memory use is bounded by the longest record. The source must live as long as `'a`.
pub struct Records<'a> {
    body: BufReader<Box<dyn Read + Send + 'a>>,
    format: Format,
    compression: Compression,
    max_record: u64,
    consumed: Arc<AtomicU64>,
    /// Bytes read from `body`.
    offset: u64,
    /// Where the last record began, and how many there were.
    start: u64,
    count: u64,
    /// A record's JSON text.
    text: Vec<u8>,
}

impl<'a> Records<'a> {
    /// Reads from `source`, which needs no buffer of its own.
    pub fn new(source: impl Read + Send + 'a, options: InputOptions) -> Result<Self> {
        let consumed = Arc::new(AtomicU64::new(0));
        let source = Counted { source, count: Arc::clone(&consumed) };
        let reading = |e| Error::io("reading OTLP", e);
        let mut source = BufReader::with_capacity(BUFFER, source);
        let start = peek(&mut source).map_err(reading)?;
        let compression = detect::compression(&start);
        let source = Cursor::new(start).chain(source);
        let mut body: Box<dyn Read + Send + 'a> = match compression {
            Compression::None => Box::new(source),
            Compression::Gzip => Box::new(MultiGzDecoder::new(source)),
            Compression::Zstd => Box::new(zstd::Decoder::with_buffer(source).map_err(reading)?),
        };
        let start = peek(&mut body).map_err(|e| unreadable(compression, 0, e))?;
        let format = match options.format.or_else(|| detect::format(&start)).or(options.hint) {
            Some(format) => format,
            // No records in any format.
            None if start.is_empty() => Format::Delimited,
            // Blank lines, of which only JSON may have some in front of a record, or no record at all.
            None if start.trim_ascii().is_empty() => Format::Json,
            None => {
                let message = "neither protobuf traces, length-delimited ones nor OTLP/JSON; \
                               name the format if it is one of these";
                return Err(Error::new(ErrorKind::Otlp, message).at(0));
            }
        };
        Ok(Records {
            body: BufReader::with_capacity(BUFFER, Box::new(Cursor::new(start).chain(body))),
            format,
            compression,
            max_record: options.max_record,
            consumed,
            offset: 0,
            start: 0,
            count: 0,
            text: Vec::new(),
        })
    }

    /// Puts the next record as a protobuf `TracesData` message in `out`, replacing what is there.
    /// Gives false at the end of the input.
    ///
    /// Protobuf records are passed on unchecked: see [`super::decode_traces`]. After an error the
    /// input cannot be read further.
    pub fn next(&mut self, out: &mut Vec<u8>) -> Result<bool> {
        out.clear();
        self.start = self.offset;
        let found = match self.format {
            Format::Protobuf => self.next_protobuf(out),
            Format::Delimited => self.next_delimited(out),
            Format::Json => self.next_json(out),
        };
        let (index, start) = (self.count, self.start);
        let found = found.map_err(|e| e.context(format_args!("record {index} at byte {start}")))?;
        self.count += u64::from(found);
        Ok(found)
    }

    /// The format in use.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The compression found.
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// How many records were read.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Where the last record began: bytes in the input, decompressed.
    pub fn record_offset(&self) -> u64 {
        self.start
    }

    /// Bytes taken from the source so far, still compressed: for showing progress.
    pub fn consumed(&self) -> u64 {
        self.consumed.load(Ordering::Relaxed)
    }

    fn next_protobuf(&mut self, out: &mut Vec<u8>) -> Result<bool> {
        let limit = match self.compression {
            Compression::None => u64::MAX,
            _ => self.max_record,
        };
        let len = self.read(limit.saturating_add(1), out)?;
        if len > limit {
            return Err(self.too_long(&format!("more than {limit} bytes")));
        }
        // An empty file is an empty message, which is as good as no record.
        Ok(len > 0)
    }

    fn next_delimited(&mut self, out: &mut Vec<u8>) -> Result<bool> {
        let Some(len) = self.record_length()? else { return Ok(false) };
        if len > self.max_record {
            return Err(self.too_long(&format!("{len} bytes")));
        }
        let found = self.read(len, out)?;
        if found < len {
            return Err(self.truncated(&format!("{len} bytes announced, {found} found")));
        }
        Ok(true)
    }

    /// Reads a varint; `None` at the end of the input.
    fn record_length(&mut self) -> Result<Option<u64>> {
        let mut value = 0u64;
        for i in 0..10 {
            let Some(&byte) = self.fill()?.first() else {
                return if i == 0 { Ok(None) } else { Err(self.truncated("in its length")) };
            };
            self.consume(1);
            value |= u64::from(byte & 0x7f) << (7 * i);
            if byte < 0x80 {
                return Ok(Some(value));
            }
        }
        Err(Error::new(ErrorKind::Otlp, "the record length is no varint").at(self.start))
    }

    fn next_json(&mut self, out: &mut Vec<u8>) -> Result<bool> {
        if !self.skip_space()? {
            return Ok(false);
        }
        self.start = self.offset;
        self.text.clear();
        let mut scan = ObjectScan::default();
        while !scan.done {
            let (max, len) = (self.max_record, self.text.len() as u64);
            // Not through `fill`, which would borrow the text as well.
            let chunk =
                self.body.fill_buf().map_err(|e| unreadable(self.compression, self.offset, e))?;
            if chunk.is_empty() {
                return Err(self.truncated(&format!("{len} bytes without the closing brace")));
            }
            let used = scan.feed(chunk);
            if len + used as u64 > max {
                return Err(self.too_long(&format!("more than {max} bytes")));
            }
            self.text.extend_from_slice(&chunk[..used]);
            self.consume(used);
        }
        json_to_traces(&self.text, out).map_err(|e| {
            let position = self.start + e.position().unwrap_or(0);
            e.at(position)
        })?;
        Ok(true)
    }

    /// Skips white space (and at the very start a byte order mark); false at the end of the input.
    fn skip_space(&mut self) -> Result<bool> {
        loop {
            let (at_start, chunk) = (self.offset == 0, self.fill()?);
            if chunk.is_empty() {
                return Ok(false);
            }
            let mark = if at_start && chunk.starts_with(BOM) { BOM.len() } else { 0 };
            let space = chunk.len() - chunk[mark..].trim_ascii_start().len();
            if space < chunk.len() {
                self.consume(space);
                return Ok(true);
            }
            self.consume(space);
        }
    }

    /// Appends up to `limit` bytes to `out` and tells how many there were.
    fn read(&mut self, limit: u64, out: &mut Vec<u8>) -> Result<u64> {
        let result = (&mut self.body).take(limit).read_to_end(out);
        let len = result.map_err(|e| unreadable(self.compression, self.offset, e))? as u64;
        self.offset += len;
        Ok(len)
    }

    fn fill(&mut self) -> Result<&[u8]> {
        self.body.fill_buf().map_err(|e| unreadable(self.compression, self.offset, e))
    }

    fn consume(&mut self, len: usize) {
        self.body.consume(len);
        self.offset += len as u64;
    }

    #[cold]
    fn truncated(&self, how: &str) -> Error {
        Error::new(ErrorKind::Otlp, format!("the input ends inside the record: {how}"))
            .at(self.offset)
    }

    #[cold]
    fn too_long(&self, len: &str) -> Error {
        let max = self.max_record;
        let message = format!("the record has {len}, but the limit is {max}; raise max_record");
        Error::new(ErrorKind::Limit, message).at(self.start)
    }
}

impl Records<'static> {
    /// Reads the file at `path`. Its extension is the hint if `options` has none.
    pub fn open(path: &Path, mut options: InputOptions) -> Result<Self> {
        options.hint = options.hint.or_else(|| Format::of_path(path));
        let file = File::open(path)
            .map_err(|e| Error::io(format_args!("opening {}", path.display()), e))?;
        Records::new(file, options).map_err(|e| e.context(path.display()))
    }
}

/// Size of the buffers before and after decompression.
const BUFFER: usize = 128 << 10;

/// Takes the first bytes from `source`.
fn peek(source: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    source.take(PEEK as u64).read_to_end(&mut start)?;
    Ok(start)
}

/// An error of the source or of the decompressor.
#[cold]
fn unreadable(compression: Compression, offset: u64, error: io::Error) -> Error {
    let name = match compression {
        // Only the operating system's errors have codes.
        _ if error.raw_os_error().is_some() => return Error::io("reading OTLP", error),
        Compression::None => return Error::io("reading OTLP", error),
        Compression::Gzip => "gzip",
        Compression::Zstd => "zstd",
    };
    let message = format!("{name} data truncated or damaged after {offset} bytes: {error}");
    Error::new(ErrorKind::Otlp, message).at(offset)
}

/// Counts what is read from a source.
struct Counted<R> {
    source: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.source.read(buf) {
                // A signal came; not all that reads from here would try again.
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
                Ok(len) => {
                    self.count.fetch_add(len as u64, Ordering::Relaxed);
                    return Ok(len);
                }
            }
        }
    }
}

/// Finds the end of a JSON object in text that comes in chunks. Whether the text is valid is for the
/// parser to say; this knows braces and strings only.
#[derive(Default)]
struct ObjectScan {
    depth: u64,
    in_string: bool,
    escaped: bool,
    done: bool,
}

impl ObjectScan {
    /// Takes the next chunk; gives how much of it belongs to the object.
    fn feed(&mut self, chunk: &[u8]) -> usize {
        let mut at = 0;
        while at < chunk.len() && !self.done {
            at += if self.in_string { self.string(&chunk[at..]) } else { self.plain(&chunk[at..]) };
        }
        at
    }

    fn string(&mut self, chunk: &[u8]) -> usize {
        if std::mem::take(&mut self.escaped) {
            return 1;
        }
        let Some(at) = memchr2(b'"', b'\\', chunk) else { return chunk.len() };
        match chunk[at] {
            b'"' => self.in_string = false,
            _ => self.escaped = true,
        }
        at + 1
    }

    fn plain(&mut self, chunk: &[u8]) -> usize {
        // Text that is no object at all: let the parser see the line.
        if self.depth == 0 && chunk[0] != b'{' {
            let end = memchr2(b'\n', b'{', chunk);
            self.done = true;
            return end.unwrap_or(chunk.len()).max(1);
        }
        let Some(at) = memchr3(b'"', b'{', b'}', chunk) else { return chunk.len() };
        match chunk[at] {
            b'"' => self.in_string = true,
            b'{' => self.depth += 1,
            _ => {
                self.depth = self.depth.saturating_sub(1);
                self.done = self.depth == 0;
            }
        }
        at + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::WriteExt;
    use std::io::Write;

    /// Gives a byte at a time, as a slow pipe might, with a signal before each.
    struct Trickle<'a> {
        rest: &'a [u8],
        interrupted: bool,
    }

    impl Read for Trickle<'_> {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            self.interrupted = !self.interrupted;
            if self.interrupted {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let len = buf.len().min(1);
            self.rest.read(&mut buf[..len])
        }
    }

    fn message(name: &str) -> Vec<u8> {
        let mut out = Vec::new();
        out.put_message_field(1, |r| {
            r.put_message_field(2, |s| {
                s.put_message_field(2, |span| span.put_bytes_field(5, name.as_bytes()));
            });
        });
        out
    }

    fn json(name: &str) -> String {
        format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"name":"{name}"}}]}}]}}]}}"#)
    }

    fn delimited(messages: &[Vec<u8>]) -> Vec<u8> {
        let mut out = Vec::new();
        for message in messages {
            out.put_varint(message.len() as u64);
            out.extend(message);
        }
        out
    }

    fn read_all(source: impl Read + Send, options: InputOptions) -> Result<Vec<Vec<u8>>> {
        let mut records = Records::new(source, options)?;
        let (mut all, mut record) = (Vec::new(), Vec::new());
        while records.next(&mut record)? {
            all.push(record.clone());
        }
        assert_eq!(records.count(), all.len() as u64);
        assert!(!records.next(&mut record)?, "the end stays the end");
        Ok(all)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Default::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn every_format_is_found_and_read_in_every_wrapping() {
        let names = ["first", &"long ".repeat(100), "br{ace \\\" \\\\"];
        let text: Vec<String> = names.iter().map(|n| json(n)).collect();
        let unescaped = ["first", names[1], "br{ace \" \\"];
        let messages: Vec<Vec<u8>> = unescaped.iter().map(|n| message(n)).collect();
        let pretty = text[0].replace('{', "{\r\n\t").replace(',', " ,\n");
        let inputs = [
            (messages[0].clone(), &messages[..1], Format::Protobuf),
            (delimited(&messages), &messages[..], Format::Delimited),
            (text.join("\n").into_bytes(), &messages[..], Format::Json),
            (text.join("").into_bytes(), &messages[..], Format::Json),
            (
                format!("\u{feff}\n{}\n\n", text.join("\r\n")).into_bytes(),
                &messages[..],
                Format::Json,
            ),
            (pretty.into_bytes(), &messages[..1], Format::Json),
            (b" {} ".to_vec(), &[Vec::new()], Format::Json),
            (b"\n\n".to_vec(), &[], Format::Json),
            (
                format!("{}{}", "\n".repeat(2 * PEEK), text[0]).into_bytes(),
                &messages[..1],
                Format::Json,
            ),
            (Vec::new(), &[], Format::Delimited),
        ];
        for (bytes, expected, format) in inputs {
            let zstd = zstd::encode_all(&bytes[..], 1).unwrap();
            let (half, rest) = bytes.split_at(bytes.len() / 2);
            let two_members = [gzip(half), gzip(rest)].concat();
            for packed in [bytes.clone(), gzip(&bytes), two_members, zstd] {
                let options = InputOptions::default();
                assert_eq!(Records::new(&packed[..], options).unwrap().format(), format);
                assert_eq!(read_all(&packed[..], options).unwrap(), expected);
                let trickle = Trickle { rest: &packed, interrupted: false };
                assert_eq!(read_all(trickle, options).unwrap(), expected);
            }
        }
    }

    #[test]
    fn the_format_that_was_asked_for_is_used() {
        // As one message this is field 15, a group: nonsense, but that is what was asked for.
        let bytes = json("x").into_bytes();
        let options = InputOptions { format: Some(Format::Protobuf), ..Default::default() };
        assert_eq!(read_all(&bytes[..], options).unwrap(), [bytes]);
        let unknown = Records::new(&b"hello"[..], InputOptions::default()).err().unwrap();
        assert_eq!(unknown.kind(), ErrorKind::Otlp);
        let hinted = InputOptions { hint: Some(Format::Json), ..Default::default() };
        let error = read_all(&b"hello"[..], hinted).unwrap_err();
        assert!(error.message().starts_with("record 0 at byte 0: OTLP JSON: "), "{error}");
    }

    #[test]
    fn truncated_inputs_say_where_they_end() {
        let messages = [message("one"), message("two"), message("three")];
        let bytes = delimited(&messages);
        let mut ends = vec![0];
        for m in &messages {
            ends.push(ends.last().unwrap() + 1 + m.len());
        }
        for cut in 3..bytes.len() {
            let result = read_all(&bytes[..cut], InputOptions::default());
            if let Some(whole) = ends.iter().position(|&end| end == cut) {
                assert_eq!(result.unwrap().len(), whole);
                continue;
            }
            let error = result.unwrap_err();
            assert_eq!((error.kind(), error.position()), (ErrorKind::Otlp, Some(cut as u64)));
            let index = ends.iter().filter(|&&end| end < cut).count() - 1;
            let start = format!("record {index} at byte {}: ", ends[index]);
            assert!(error.message().starts_with(&start), "{error}");
        }
        let text = json("one") + &json("two")[..30];
        let error = read_all(text.as_bytes(), InputOptions::default()).unwrap_err();
        assert_eq!(error.position(), Some(text.len() as u64));
    }

    #[test]
    fn truncated_and_damaged_compressed_data_is_an_error_about_the_data() {
        let bytes = delimited(&vec![message("some span"); 5_000]);
        for packed in [gzip(&bytes), zstd::encode_all(&bytes[..], 1).unwrap()] {
            for cut in (20..packed.len()).step_by(7) {
                let error = read_all(&packed[..cut], InputOptions::default()).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Otlp, "{error}");
                assert!(error.message().contains("truncated"), "{error}");
            }
        }
    }

    #[test]
    fn long_records_are_refused_before_memory_is_used() {
        let options = InputOptions { max_record: 1000, ..Default::default() };
        let mut huge = Vec::new();
        huge.put_varint(1 << 60);
        huge.extend(message("x"));
        let error = read_all(&huge[..], options).unwrap_err();
        assert_eq!((error.kind(), error.position()), (ErrorKind::Limit, Some(0)));

        // Under the limit, but not there: nothing is reserved for it.
        let wide = InputOptions { max_record: u64::MAX, ..Default::default() };
        assert_eq!(read_all(&huge[..], wide).unwrap_err().kind(), ErrorKind::Otlp);

        let text = json(&"x".repeat(2000));
        assert_eq!(read_all(text.as_bytes(), options).unwrap_err().kind(), ErrorKind::Limit);
        let single = message(&"x".repeat(2000));
        assert_eq!(read_all(&single[..], options).unwrap().len(), 1);
        assert_eq!(read_all(&gzip(&single)[..], options).unwrap_err().kind(), ErrorKind::Limit);
    }

    #[test]
    fn errors_inside_a_json_record_have_their_place_in_the_input() {
        let text = json("one") + "\n{\"resourceSpans\":7}";
        let error = read_all(text.as_bytes(), InputOptions::default()).unwrap_err();
        assert_eq!(error.position(), Some(text.len() as u64 - 1));
        let start =
            format!("record 1 at byte {}: OTLP JSON: resourceSpans: ", json("one").len() + 1);
        assert!(error.message().starts_with(&start), "{error}");
    }

    #[test]
    fn extensions_stand_for_formats() {
        let format = |name: &str| Format::of_path(Path::new(name));
        assert_eq!(format("a/b.pb"), Some(Format::Protobuf));
        assert_eq!(format("b.x.PBD.zst"), Some(Format::Delimited));
        assert_eq!(format("b.jsonl.gz"), Some(Format::Json));
        assert_eq!(format("b.json"), Some(Format::Json));
        assert_eq!(format("b.gz"), None);
        assert_eq!(format("pb"), None);
    }
}
