//! Files: the container that holds blocks, where its bytes come from, and how it is published.
//!
//! - [`source`]: sources of bytes: memory, and what composes; [`mmap`] and [`pread`]: local files.
//! - [`mod@format`]: the bytes on disk; [`trace_index`]: where a trace is.

pub mod format;
pub mod mmap;
pub mod pread;
pub mod source;
pub mod trace_index;
