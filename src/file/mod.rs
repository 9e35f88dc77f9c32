//! Files: the container that holds blocks, where its bytes come from, and how it is published.
//!
//! - [`source`]: where bytes come from: memory, and what composes; [`mmap`] and [`pread`]: local
//!   files.
//! - [`mod@format`]: the bytes on disk; [`trace_index`]: where a trace is.
//! - [`writer`]: blocks to a file; [`publish`]: all of it or nothing.
//! - [`reader`]: a file's blocks and traces; [`recover`]: what is left of a damaged one.

pub mod format;
pub mod mmap;
pub mod pread;
pub mod publish;
pub mod reader;
pub mod recover;
mod remote;
pub mod source;
pub mod trace_index;
pub mod writer;
