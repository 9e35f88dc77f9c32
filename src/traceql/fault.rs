//! What is wrong with a query, and where; turned into the engine's error once it is known for good.

use crate::error::{Error, ErrorKind};

/// A refusal with the byte that it is about.
#[derive(Debug)]
pub(super) struct Fault {
    pub kind: ErrorKind,
    pub at: usize,
    pub message: String,
}

pub(super) type Result<T> = std::result::Result<T, Fault>;

impl Fault {
    #[cold]
    pub fn new(kind: ErrorKind, at: usize, message: impl Into<String>) -> Fault {
        Fault { kind, at, message: message.into() }
    }

    /// What cannot be read.
    #[cold]
    pub fn parse(at: usize, message: impl Into<String>) -> Fault {
        Fault::new(ErrorKind::Parse, at, message)
    }

    /// What can be read, but makes no sense.
    #[cold]
    pub fn types(at: usize, message: impl Into<String>) -> Fault {
        Fault::new(ErrorKind::Type, at, message)
    }

    /// What makes sense, but cannot be answered.
    #[cold]
    pub fn unsupported(at: usize, message: impl Into<String>) -> Fault {
        Fault::new(ErrorKind::Unsupported, at, message)
    }

    /// The error, with line and column (in characters, both from 1) of `text`.
    #[cold]
    pub fn into_error(self, text: &str) -> Error {
        let before = &text.as_bytes()[..self.at.min(text.len())];
        let line = 1 + memchr::memchr_iter(b'\n', before).count();
        let start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        let column = 1 + String::from_utf8_lossy(&before[start..]).chars().count();
        let message = format!("line {line}, column {column}: {}", self.message);
        Error::new(self.kind, message).at(self.at as u64)
    }
}
