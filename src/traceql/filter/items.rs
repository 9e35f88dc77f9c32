//! Conditions that one event, or one link, has to satisfy together: combined as rows of the event
//! or link table, before going back to spans.

use super::atom::{self, Compiled, Test};
use super::fold::field_and_literal;
use crate::block::Table;
use crate::error::Result;
use crate::name::{Name, Scope};
use crate::traceql::ast::{BinaryOp, Expr, ExprKind, Literal};

/// Conditions on the rows of an event or link table.
#[derive(Debug)]
pub enum ItemNode {
    /// No row.
    Never,
    /// Rows whose field passes a test.
    Test(Name, Test),
    /// Rows in both.
    And(Box<ItemNode>, Box<ItemNode>),
    /// Rows in either.
    Or(Box<ItemNode>, Box<ItemNode>),
}

/// The table that fields of this scope are in, if it is that of events or links.
pub fn table_of(name: &Name) -> Option<Table> {
    match name.scope() {
        Scope::Event => Some(Table::Event),
        Scope::Link => Some(Table::Link),
        _ => None,
    }
}

impl ItemNode {
    /// `expr` as conditions on the rows of `table`; `None` if rows of the table alone cannot tell.
    pub fn compile(expr: &Expr, table: Table) -> Result<Option<ItemNode>> {
        let of_table = |name: &Name| table_of(name) == Some(table);
        let compiled = match &expr.kind {
            ExprKind::Nil { operand, present } => match &operand.kind {
                ExprKind::Field(name) if of_table(name) => (name, atom::nil(name, *present)?),
                _ => return Ok(None),
            },
            ExprKind::Binary { op: BinaryOp::And, left, right } => {
                let (left, right) = (Self::compile(left, table)?, Self::compile(right, table)?);
                let both = left.zip(right);
                return Ok(both.map(|(a, b)| ItemNode::And(Box::new(a), Box::new(b))));
            }
            ExprKind::Binary { op: BinaryOp::Or, left, right } => {
                let (left, right) = (Self::compile(left, table)?, Self::compile(right, table)?);
                let both = left.zip(right);
                return Ok(both.map(|(a, b)| ItemNode::Or(Box::new(a), Box::new(b))));
            }
            ExprKind::Binary { op, left, right } => match field_and_literal(*op, left, right) {
                Some((name, op, literal)) if of_table(name) => (name, compile(name, op, literal)?),
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        Ok(match compiled {
            (_, Compiled::Never) => Some(ItemNode::Never),
            (name, Compiled::Exact(test)) => Some(ItemNode::Test(name.clone(), test)),
            (_, Compiled::Within(_)) => None,
        })
    }
}

/// `name op literal`, where `op` compares or matches.
pub fn compile(name: &Name, op: BinaryOp, literal: &Literal) -> Result<Compiled> {
    match (op, literal) {
        (BinaryOp::Compare(comparison), literal) => atom::compare(name, comparison, literal),
        (BinaryOp::Match | BinaryOp::NotMatch, Literal::Str(pattern)) => {
            atom::matches(name, pattern, op == BinaryOp::NotMatch)
        }
        _ => Ok(Compiled::Never),
    }
}
