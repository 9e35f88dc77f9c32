//! The one error type of the engine.
//!
//! Every kind has exactly one status code in the C ABI. A message says what was found, where, and
//! what can be done; context (a path, a section, a column) is added where it is known, with
//! [`Error::context`].

use std::fmt;

/// Result of every fallible operation of the engine.
pub type Result<T> = std::result::Result<T, Error>;

/// What kind of failure an [`Error`] is; each maps to one `BP_ERR_*` status.
///
/// Exhaustive on purpose: a kind without a status must not compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// An argument is outside what the operation accepts.
    InvalidArgument,
    /// The object's block references were released.
    Released,
    /// The operation is not allowed in the object's present state.
    State,
    /// The operating system reported a failure.
    Io,
    /// A source gave fewer bytes than asked for.
    ShortRead,
    /// A caller's callback reported a failure.
    Callback,
    /// The bytes are not a block file.
    NotBlockpack,
    /// The file needs a newer reader.
    FormatVersion,
    /// The file contradicts itself.
    Corrupt,
    /// A section's bytes do not match its checksum.
    Checksum,
    /// The bytes are not valid OTLP.
    Otlp,
    /// A query, name or literal cannot be parsed.
    Parse,
    /// Types do not fit together.
    Type,
    /// Valid, but not something this version can do.
    Unsupported,
    /// Cancelled by the caller.
    Cancelled,
    /// A callback asked to stop.
    Stopped,
    /// A memory budget was exceeded.
    Budget,
    /// A fixed limit was exceeded.
    Limit,
    /// Nesting is deeper than allowed.
    Depth,
}

/// An error with its kind, a message for people, and where known a byte position.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    position: Option<u64>,
    code: i32,
    source: Option<std::io::Error>,
}

impl Error {
    /// A new error of `kind`; `message` says what was found, where, and what to do.
    #[cold]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let message = message.into();
        Error(Box::new(Inner { kind, message, position: None, code: 0, source: None }))
    }

    /// An I/O error; `doing` names the operation and the path.
    #[cold]
    pub fn io(doing: impl fmt::Display, source: std::io::Error) -> Self {
        let message = format!("{doing}: {source}");
        Error(Box::new(Inner {
            kind: ErrorKind::Io,
            message,
            position: None,
            code: 0,
            source: Some(source),
        }))
    }

    /// The kind.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The message, with all context that was added.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Byte offset in the input (OTLP bytes, query text or file) where the error was found.
    pub fn position(&self) -> Option<u64> {
        self.0.position
    }

    /// The number that a caller's callback returned; 0 if none did.
    pub fn callback_code(&self) -> i32 {
        self.0.code
    }

    /// Sets the number of [`Error::callback_code`].
    #[must_use]
    pub fn with_callback_code(mut self, code: i32) -> Self {
        self.0.code = code;
        self
    }

    /// Sets the byte offset of [`Error::position`].
    #[must_use]
    pub fn at(mut self, position: u64) -> Self {
        self.0.position = Some(position);
        self
    }

    /// Puts `context` before the message, as in `context: message`.
    #[must_use]
    #[cold]
    pub fn context(mut self, context: impl fmt::Display) -> Self {
        self.0.message = format!("{context}: {}", self.0.message);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.0.kind, self.0.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|e| e as _)
    }
}
