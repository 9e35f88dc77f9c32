//! Filters: `{ ... }`, compiled once and answered block by block.
//!
//! - [`Atom`]: a field against a constant: what the scanner answers.
//! - [`Node`]: atoms combined, and expressions evaluated row by row where no scan can answer.
//! - `compile`: from expressions to nodes. `fold`: comparisons with sets. `items`: conditions on one event or link together.
//! - `numbers`: comparisons of numbers, over arrays instead of row by row.
//! - `run`: from nodes to rows.
//! - `pattern`: regular expressions.
//!
//! What a node gives is exact. Where rows have to be looked at one by one, they are those of a set
//! that was scanned for and cannot lack any that counts: a comparison that no scan answers holds
//! only where its fields are present, a conjunction only where all of its parts can hold.

mod atom;
mod compile;
mod fold;
mod items;
mod numbers;
mod pattern;
mod run;

pub use atom::Atom;
pub use items::ItemNode;
pub use numbers::NumberTest;
pub use pattern::whole_text;
pub use run::BlockRows;

use super::ast::Expr;
use super::eval::Program;
use crate::block::Table;
use crate::error::Result;
use crate::name::{Intrinsic, Name};
use crate::scan::ScanContext;

/// A compiled filter. Depends on no block; shared between threads.
#[derive(Debug)]
pub struct Filter {
    root: Node,
    /// Number of its nodes.
    nodes: usize,
    needs_traces: bool,
}

/// Part of a filter. All parts are numbered, for statistics.
#[derive(Debug)]
pub struct Node {
    /// Its number.
    pub id: usize,
    /// The condition, for people; empty where its parts say it all.
    pub text: Box<str>,
    /// What it is.
    pub kind: NodeKind,
}

/// The kinds of [`Node`].
#[derive(Debug)]
pub enum NodeKind {
    /// Every span, or none.
    Constant(bool),
    /// Spans whose field passes a test.
    Atom(Atom),
    /// Spans with an event or link for which conditions on it hold together.
    Items(Table, ItemNode),
    /// Spans in all of these; in the order in which they are best answered.
    And(Vec<Node>),
    /// Spans in any of these.
    Or(Vec<Node>),
    /// Spans that are not in this one.
    Not(Box<Node>),
    /// Spans among those of a set for which an expression is true.
    Rows {
        /// The expression.
        program: Program,
        /// The same for blocks that have its fields as columns of numbers, if it is a comparison of such.
        numbers: Option<NumberTest>,
        /// The set.
        among: Box<Node>,
    },
}

impl Filter {
    /// Compiles `expr`. What `context` observed decides in which order conditions are looked at.
    /// Errors: a pattern is no regular expression, or too large.
    pub fn compile(expr: &Expr, context: &ScanContext) -> Result<Filter> {
        let mut compiler = compile::Compiler::new(context);
        let root = compiler.node(expr)?;
        Ok(Filter { root, nodes: compiler.nodes(), needs_traces: mentions(expr, &needs_trace) })
    }

    /// The whole as a node.
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// How many nodes there are; their numbers are below.
    pub fn node_count(&self) -> usize {
        self.nodes
    }

    /// Calls `each` with every atom.
    pub fn for_each_atom(&self, each: &mut impl FnMut(&Atom)) {
        self.root.for_each_atom(each);
    }

    /// Whether it asks for something that a trace which is spread over blocks has as a whole.
    pub fn needs_traces(&self) -> bool {
        self.needs_traces
    }
}

impl Node {
    fn for_each_atom(&self, each: &mut impl FnMut(&Atom)) {
        match &self.kind {
            NodeKind::Constant(_) | NodeKind::Items(..) => {}
            NodeKind::Atom(atom) => each(atom),
            NodeKind::And(nodes) | NodeKind::Or(nodes) => {
                nodes.iter().for_each(|node| node.for_each_atom(each));
            }
            NodeKind::Not(inner) | NodeKind::Rows { among: inner, .. } => inner.for_each_atom(each),
        }
    }
}

/// Whether `expr` mentions a field that `which` holds for.
pub fn mentions(expr: &Expr, which: &dyn Fn(&Name) -> bool) -> bool {
    use super::ast::ExprKind::*;
    match &expr.kind {
        Field(name) => which(name),
        Literal(_) | Parent(_) => false,
        Not(operand) | Negate(operand) | Nil { operand, .. } => mentions(operand, which),
        Binary { left, right, .. } => mentions(left, which) || mentions(right, which),
    }
}

/// Whether a field depends on spans of its trace that can lie in other blocks.
pub fn needs_trace(name: &Name) -> bool {
    use Intrinsic::*;
    matches!(
        name,
        Name::Intrinsic(
            SpanChildCount
                | NestedSetLeft
                | NestedSetRight
                | NestedSetParent
                | TraceStart
                | TraceEnd
                | TraceDuration
                | TraceRootName
                | TraceRootService
        )
    )
}
