//! Where a command writes bytes: a file or standard output, as they are or compressed.

use crate::failure::{Failure, Result};
use blockpack::file::format::new_uuid;
use blockpack::file::publish::TempFile;
use clap::ValueEnum;
use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

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

/// Where bytes end up.
enum Place {
    Stdout(StdoutLock<'static>),
    /// What cannot be replaced by a file: a pipe, a device, what this process has open.
    There(File),
    /// A file that gets its name when it is complete.
    New(TempFile),
}

impl Compression {
    /// By the ending of a name: `.gz`, `.zst` or `.zstd`.
    pub fn of_path(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "gz" => Some(Compression::Gzip),
            "zst" | "zstd" => Some(Compression::Zstd),
            _ => None,
        }
    }
}

/// How output is written.
#[derive(Clone, Copy)]
pub struct Style {
    /// As was asked for; else by the ending of the name.
    pub compression: Option<Compression>,
    /// Made of lines that people can read.
    pub text: bool,
}

enum Sink {
    Plain(BufWriter<Place>),
    Zstd(zstd::Encoder<'static, BufWriter<Place>>),
    Gzip(flate2::write::GzEncoder<BufWriter<Place>>),
}

/// An open output; complete only after [`Output::finish`]. A file appears then, and never if the
/// output is dropped before.
pub struct Output {
    name: String,
    sink: Sink,
    written: u64,
}

/// Refuses to write `output` where `input` is read from: what it holds would be gone.
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
    /// Opens `path`, or standard output when it is `-`; what is no text does not go to a terminal.
    pub fn open(path: &Path, style: Style) -> Result<Self> {
        let compression = style.compression.or_else(|| Compression::of_path(path));
        let (name, place) = if path == Path::new("-") {
            let stdout = io::stdout().lock();
            if stdout.is_terminal() && (!style.text || compression.is_some()) {
                let message = "this output is not text: give a file, or pipe standard output on";
                return Err(Failure::Usage(message.into()));
            }
            ("standard output".into(), Place::Stdout(stdout))
        } else {
            (path.display().to_string(), Place::open(path)?)
        };
        let buffered = BufWriter::with_capacity(BUFFER, place);
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

    /// Ends the compressed stream, flushes, and gives a file its name.
    pub fn finish(self) -> Result<()> {
        let ended = match self.sink {
            Sink::Plain(sink) => Ok(sink),
            Sink::Zstd(sink) => sink.finish(),
            Sink::Gzip(sink) => sink.finish(),
        };
        let place = ended.and_then(|sink| sink.into_inner().map_err(|e| e.into_error()));
        match place.and_then(|mut place| place.flush().map(|()| place)) {
            Ok(Place::New(file)) => Ok(file.publish()?),
            Ok(_) => Ok(()),
            Err(e) => Err(Failure::io(format!("writing {}", self.name), e)),
        }
    }
}

impl Place {
    fn open(path: &Path) -> Result<Place> {
        let creating = |e| Failure::io(format!("creating {}", path.display()), e);
        let Some(file) = replaceable(path).map_err(creating)? else {
            return Ok(Place::There(File::create(path).map_err(creating)?));
        };
        // A file that must not be written to is not replaced either.
        match File::options().write(true).open(&file) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(creating(e)),
            _ => Ok(Place::New(TempFile::create(&file, true, &new_uuid())?)),
        }
    }
}

impl Write for Place {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Place::Stdout(stdout) => stdout.write(bytes),
            Place::There(file) => file.write(bytes),
            Place::New(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Place::Stdout(stdout) => stdout.flush(),
            Place::There(file) => file.flush(),
            Place::New(file) => file.flush(),
        }
    }
}

/// Links that are followed from a name, as many as Linux follows.
const MOST_LINKS: usize = 40;

/// The file that `path` names, whether it is there already or not, at the end of all links: these stay
/// as they are. `None` if something else is there.
fn replaceable(path: &Path) -> io::Result<Option<PathBuf>> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let found = match fs::symlink_metadata(&path) {
            Ok(found) => found,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Some(path)),
            Err(e) => return Err(e),
        };
        if !found.is_symlink() {
            return Ok(found.is_file().then_some(path));
        }
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        // /dev/stdout and the like lead there: others may write to the same open file.
        if folder.canonicalize().is_ok_and(|folder| folder.starts_with("/proc")) {
            return Ok(None);
        }
        path = folder.join(fs::read_link(&path)?);
    }
    // Links in a ring: opening the first one says so.
    Ok(None)
}
