//! A query, compiled.

use super::{ast, parse, validate};
use crate::error::{Error, Result};
use std::fmt;

/// A query that was read and found to make sense. Immutable; `Send` and `Sync`, so one serves all
/// threads.
///
/// [`fmt::Display`] writes it in one spelling: queries that mean the same by their tree are written
/// the same, and what is written compiles to the same tree.
#[derive(Clone, Debug)]
pub struct Query {
    ast: ast::Query,
}

impl Query {
    /// Reads `text` and checks that it makes sense.
    ///
    /// Errors have the byte position in the text, and say line and column. Their kinds:
    /// [`crate::ErrorKind::Parse`] for what is not TraceQL, [`crate::ErrorKind::Type`] for
    /// operands that do not fit together, [`crate::ErrorKind::Unsupported`] for TraceQL that cannot
    /// be answered, [`crate::ErrorKind::Limit`] for more than [`super::MAX_TEXT`] bytes, and
    /// [`crate::ErrorKind::Depth`] for brackets and operators nested more than
    /// [`super::MAX_DEPTH`] deep.
    pub fn compile(text: &str) -> Result<Query> {
        let compiled = parse::parse(text).and_then(|ast| {
            validate::query(&ast)?;
            Ok(Query { ast })
        });
        compiled.map_err(|fault| fault.into_error(text))
    }

    /// As [`Query::compile`], for bytes that should be UTF-8.
    pub fn compile_bytes(text: &[u8]) -> Result<Query> {
        match std::str::from_utf8(text) {
            Ok(text) => Query::compile(text),
            Err(error) => {
                let at = error.valid_up_to();
                let message = format!(
                    "byte {at} of the query is not UTF-8; bytes of a text are escaped like \"\\xff\""
                );
                Err(Error::new(crate::ErrorKind::Parse, message).at(at as u64))
            }
        }
    }

    /// The syntax tree.
    pub fn ast(&self) -> &ast::Query {
        &self.ast
    }

    /// Whether the query makes series of spans, and does not search for spans.
    pub fn is_metrics(&self) -> bool {
        matches!(self.ast.root, ast::Root::Metrics(_))
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ast.fmt(f)
    }
}

impl std::str::FromStr for Query {
    type Err = Error;

    fn from_str(text: &str) -> Result<Query> {
        Query::compile(text)
    }
}
