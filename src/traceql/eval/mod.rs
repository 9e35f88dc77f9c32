//! Expressions, evaluated span by span: for whatever the scanner cannot answer, and for values
//! that are grouped by or added up.
//!
//! - [`Value`]: what an expression can be; comparing and computing with values.
//! - [`Program`]: an expression made ready to run.
//! - [`Span`]: the span it runs for.

mod compare;
mod compute;
mod program;
mod span;
mod value;

pub use compare::{holds, id_of_hex};
pub use compute::{compute, negate};
pub use program::{Items, Program};
pub use span::{Span, default_of};
pub use value::{Operand, Value, signed};
