//! Static types of expressions.

use super::ast::{BinaryOp, Comparison, Expr, ExprKind, Literal};
use crate::name::{Intrinsic, Name};
use crate::value::ValueType;

/// What values an expression can have, as far as its text tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Number,
    Str,
    Bool,
    Status,
    Kind,
    Nil,
    /// Anything: the type of attributes.
    Open,
}

impl Type {
    /// For messages.
    pub fn describe(self) -> &'static str {
        match self {
            Type::Number => "a number or duration",
            Type::Str => "a text",
            Type::Bool => "a boolean",
            Type::Status => "a status",
            Type::Kind => "a kind",
            Type::Nil => "nil",
            Type::Open => "an attribute",
        }
    }

    /// Whether values of the two types can be operands of one operator.
    pub fn fits(self, other: Type) -> bool {
        self == other || self == Type::Open || other == Type::Open
    }

    /// Whether an operator has a meaning for values of this type.
    pub fn takes(self, op: BinaryOp) -> bool {
        let equality = matches!(op, BinaryOp::Compare(Comparison::Equal | Comparison::NotEqual));
        match self {
            Type::Open => true,
            Type::Number => matches!(op, BinaryOp::Compare(_) | BinaryOp::Arithmetic(_)),
            Type::Str => matches!(op, BinaryOp::Compare(_) | BinaryOp::Match | BinaryOp::NotMatch),
            Type::Bool => equality || matches!(op, BinaryOp::And | BinaryOp::Or),
            Type::Status | Type::Kind | Type::Nil => equality,
        }
    }
}

/// The type of a constant.
pub(super) fn of_literal(literal: &Literal) -> Type {
    match literal {
        Literal::Str(_) => Type::Str,
        Literal::Int(_) | Literal::Float(_) | Literal::Duration(_) => Type::Number,
        Literal::Bool(_) => Type::Bool,
        Literal::Status(_) => Type::Status,
        Literal::Kind(_) => Type::Kind,
        Literal::Nil => Type::Nil,
    }
}

/// The type of a field.
pub(super) fn of_name(name: &Name) -> Type {
    match name {
        Name::Attribute { .. } => Type::Open,
        Name::Intrinsic(Intrinsic::InstrumentationName | Intrinsic::InstrumentationVersion) => {
            Type::Open
        }
        Name::Intrinsic(intrinsic) => match intrinsic.value_type() {
            ValueType::Str | ValueType::Bytes | ValueType::Id => Type::Str,
            ValueType::Bool => Type::Bool,
            ValueType::SpanKind => Type::Kind,
            ValueType::Status => Type::Status,
            ValueType::I64
            | ValueType::U64
            | ValueType::F64
            | ValueType::TimeNs
            | ValueType::DurationNs => Type::Number,
            _ => Type::Open,
        },
    }
}

/// The type of an expression.
pub(super) fn of(expr: &Expr) -> Type {
    match &expr.kind {
        ExprKind::Literal(literal) => of_literal(literal),
        ExprKind::Field(name) => of_name(name),
        ExprKind::Parent(_) => Type::Open,
        ExprKind::Nil { .. } => Type::Bool,
        ExprKind::Not(operand) | ExprKind::Negate(operand) => of(operand),
        ExprKind::Binary { op: BinaryOp::Arithmetic(_), left, right } => match of(left) {
            Type::Open => of(right),
            known => known,
        },
        ExprKind::Binary { .. } => Type::Bool,
    }
}
