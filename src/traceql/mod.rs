//! TraceQL: questions about traces, as text.
//!
//! - [`ast`]: what a query says.

pub mod ast;
