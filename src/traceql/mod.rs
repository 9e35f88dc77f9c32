//! TraceQL: questions about traces, as text.
//!
//! - [`Query`]: a query, read and checked.
//! - [`ast`]: what a query says.
//! - [`anchored`]: patterns of queries as regular expressions of this library.
//!
//! Inside, text goes through `lex` (tokens), `parse` (a tree, constants folded by `fold`) and
//! `validate` (types, by `types`; what cannot be answered). `print` writes a tree as text.

pub mod ast;

mod fault;
mod fold;
mod lex;
mod parse;
mod pattern;
mod print;
mod query;
mod types;
mod validate;
mod words;

pub use parse::{MAX_DEPTH, MAX_TEXT};
pub use pattern::anchored;
pub use query::Query;
