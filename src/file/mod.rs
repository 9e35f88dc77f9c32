//! Files: the container that holds blocks, where its bytes come from, and how it is published.
//!
//! - [`source`]: where bytes come from: memory, and what composes; [`mmap`] and [`pread`]: local
//!   files.
//! - [`mod@format`]: the bytes on disk; [`trace_index`]: where a trace is; [`column_index`] and
//!   [`mod@filter`]: which columns there are, and which blocks can have a value.
//! - [`writer`]: blocks to a file; [`publish`]: all of it or nothing.
//! - [`reader`]: a file's blocks and traces, and whether all of it is in order; [`recover`]: what is left of a damaged one.

mod block_set;
pub mod column_index;
pub mod filter;
pub mod format;
pub mod mmap;
pub mod pread;
mod pruning;
pub mod publish;
pub mod reader;
pub mod recover;
mod remote;
pub mod source;
pub mod trace_index;
mod verify;
pub mod writer;

pub use block_set::BlockSet;
