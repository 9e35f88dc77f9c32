//! What spans are told apart by: their values as numbers, a batch at a time.
//!
//! - [`Key`]: a field or an expression, compiled. [`Keys`]: the same in one block, where it gives
//!   the number of the value of each span.
//! - [`Numbering`]: distinct values, numbered as they come; [`Pairs`]: the same for pairs of
//!   numbers.
//! - [`for_each_site`], [`for_each_batch`]: spans block by block, and a few thousand at a time.

mod batch;
mod columns;
mod numbering;
mod pairs;

pub use batch::{Site, for_each_batch, for_each_integer, for_each_site, gather};
pub use columns::Keys;
pub use numbering::{Distinct, NIL, Numbering};
pub use pairs::Pairs;

use super::ast::{Expr, ExprKind, Place};
use super::eval::Program;
use super::exec::Control;
use super::filter::{mentions, needs_trace};
use crate::error::Result;
use crate::name::Name;
use std::sync::Arc;

/// A field or an expression whose values tell spans apart.
#[derive(Debug)]
pub struct Key {
    program: Arc<Program>,
    /// The field, if that is all there is to it.
    field: Option<Name>,
    /// Whether it depends on whole traces.
    pub needs_traces: bool,
}

impl Key {
    /// Compiles `expr`. Errors: a pattern is no regular expression.
    pub fn compile(expr: &Expr) -> Result<Key> {
        let field = match &expr.kind {
            ExprKind::Field(name) => Some(name.clone()),
            _ => None,
        };
        let needs_traces = mentions(expr, &needs_trace);
        Ok(Key { program: Arc::new(Program::compile(expr)?), field, needs_traces })
    }

    /// The field `name`.
    pub fn of_field(name: &Name) -> Result<Key> {
        Key::compile(&field(name))
    }

    /// The key in the block of `site`. Expressions ask `control` now and then.
    pub fn at<'a>(
        &self,
        site: Site<'a>,
        control: &'a Control,
        numbering: &mut Numbering,
    ) -> Result<Keys<'a>> {
        let keys = match &self.field {
            Some(name) => Keys::in_columns(name, site.block, numbering)?,
            None => None,
        };
        Ok(keys.unwrap_or_else(|| Keys::Spans(self.program.clone(), site, control)))
    }
}

/// The field `name` as an expression; of events and links the first that has it counts.
pub fn field(name: &Name) -> Expr {
    Expr { kind: ExprKind::Field(name.clone()), place: Place::default() }
}
