//! libblockpack: columnar blocks, scans and trace graphs for OpenTelemetry spans.
//!
//! One way through the house; each room knows only the rooms above it in this list:
//!
//! - [`error`], [`wire`], [`value`]: errors, protobuf primitives, typed values.
//! - [`name`]: names of columns and fields.
//! - [`bytes`]: shared immutable memory.
//! - [`otlp`]: traces in OTLP, read without message objects, and written back.
//! - [`block`]: immutable columnar blocks of spans, and how they are built.
//! - [`mod@file`]: sources of bytes, and the container that holds blocks.
//! - [`blocks`]: shared lists of blocks, of files or not.
//! - [`ingest`]: OTLP to a published file, with bounded memory.
//! - [`merge`]: many files into one, trace by trace.
//! - [`rowset`], [`scan`]: sets of rows, and how predicates on columns find them.
//! - [`fields`]: the fields of a span, read when asked for, released at once.
//! - [`graph`]: how the spans of a trace hang together.
//! - [`arrow`]: spans as Arrow arrays.
//! - [`traceql`]: questions as text, answered by all of the above.

pub mod arrow;
pub mod block;
pub mod blocks;
pub mod bytes;
pub mod error;
pub mod fields;
pub mod file;
pub mod graph;
pub mod ingest;
pub mod merge;
pub mod name;
pub mod otlp;
pub mod rowset;
pub mod scan;
pub mod traceql;
pub mod value;
pub mod wire;

pub use blocks::Blocks;
pub use error::{Error, ErrorKind, Result};
