//! Where a command writes bytes: a file or standard output, as they are or compressed.

use crate::failure::{Failure, Result};
use clap::ValueEnum;
use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// zstd's own default level.
const ZSTD_LEVEL: i32 = 3;
const BUFFER: usize = 1 << 20;

/// How output is compressed.
#[derive(Clone, Copy, ValueEnum)]
pub enum Compression {
    /// Zstandard
    Zstd,
    /// gzip
    Gzip,
}

enum Sink {
    Plain(BufWriter<Box<dyn Write>>),
    Zstd(zstd::Encoder<'static, BufWriter<Box<dyn Write>>>),
    Gzip(flate2::write::GzEncoder<BufWriter<Box<dyn Write>>>),
}

/// An open output; complete only after [`Output::finish`].
pub struct Output {
    name: String,
    sink: Sink,
    written: u64,
}

/// Refuses to write `output` where `input` is read from: opening it would cut the input short, and
/// what it holds would be gone.
pub fn check_is_not_input(output: &Path, input: &Path) -> Result<()> {
    let place = |path| fs::metadata(path).ok().map(|found| (found.dev(), found.ino()));
    match place(output) {
        Some(found) if Some(found) == place(input) => {
            let message = format!("{} is the file that is read: name another", output.display());
            Err(Failure::Usage(message))
        }
        _ => Ok(()),
    }
}

impl Output {
    /// Opens `path`, or standard output when it is `-`; bytes do not go to a terminal.
    pub fn open(path: &Path, compression: Option<Compression>) -> Result<Self> {
        let (name, inner): (String, Box<dyn Write>) = if path == Path::new("-") {
            let stdout = io::stdout().lock();
            if stdout.is_terminal() {
                let message = "this output is not text: give a file, or pipe standard output on";
                return Err(Failure::Usage(message.into()));
            }
            ("standard output".into(), Box::new(stdout))
        } else {
            let name = path.display().to_string();
            let file =
                File::create(path).map_err(|e| Failure::io(format!("creating {name}"), e))?;
            (name, Box::new(file))
        };
        let buffered = BufWriter::with_capacity(BUFFER, inner);
        let sink = match compression {
            None => Sink::Plain(buffered),
            Some(Compression::Gzip) => {
                Sink::Gzip(flate2::write::GzEncoder::new(buffered, flate2::Compression::default()))
            }
            Some(Compression::Zstd) => Sink::Zstd(
                zstd::Encoder::new(buffered, ZSTD_LEVEL)
                    .map_err(|e| Failure::io(format!("writing {name}"), e))?,
            ),
        };
        Ok(Output { name, sink, written: 0 })
    }

    /// Bytes written so far, before compression.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Where it goes, for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Writes all of `bytes`.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.written += bytes.len() as u64;
        let result = match &mut self.sink {
            Sink::Plain(sink) => sink.write_all(bytes),
            Sink::Zstd(sink) => sink.write_all(bytes),
            Sink::Gzip(sink) => sink.write_all(bytes),
        };
        result.map_err(|e| Failure::io(format!("writing {}", self.name), e))
    }

    /// Ends the compressed stream and flushes.
    pub fn finish(self) -> Result<()> {
        let end = || -> io::Result<()> {
            match self.sink {
                Sink::Plain(sink) => Ok(sink),
                Sink::Zstd(sink) => sink.finish(),
                Sink::Gzip(sink) => sink.finish(),
            }?
            .flush()
        };
        end().map_err(|e| Failure::io(format!("writing {}", self.name), e))
    }
}
