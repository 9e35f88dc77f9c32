//! Chains of `&&` and `||`, and comparisons in them that are one with a set.

use super::atom;
use super::items::table_of;
use crate::name::Name;
use crate::scan::Comparison;
use crate::traceql::ast::{BinaryOp, Expr, ExprKind, Literal, Place};

/// The parts of a chain of `op`.
pub fn flatten<'e>(expr: &'e Expr, op: BinaryOp, parts: &mut Vec<&'e Expr>) {
    match &expr.kind {
        ExprKind::Binary { op: own, left, right } if *own == op => {
            flatten(left, op, parts);
            flatten(right, op, parts);
        }
        _ => parts.push(expr),
    }
}

/// `parts` as a chain of `&&`; there must be some.
pub fn join(parts: &[&Expr]) -> Expr {
    let mut parts = parts.iter().map(|&part| part.clone());
    let first = parts
        .next()
        .unwrap_or(Expr { kind: ExprKind::Literal(Literal::Bool(true)), place: Place::default() });
    parts.fold(first, |left, right| {
        let place = Place { start: left.place.start, end: right.place.end };
        let (left, right) = (Box::new(left), Box::new(right));
        Expr { kind: ExprKind::Binary { op: BinaryOp::And, left, right }, place }
    })
}

/// A field beside a constant, with the operator that has the field on its left.
pub fn field_and_literal<'e>(
    op: BinaryOp,
    left: &'e Expr,
    right: &'e Expr,
) -> Option<(&'e Name, BinaryOp, &'e Literal)> {
    match (&left.kind, &right.kind, op) {
        (ExprKind::Field(name), ExprKind::Literal(literal), op) => Some((name, op, literal)),
        (ExprKind::Literal(literal), ExprKind::Field(name), BinaryOp::Compare(comparison)) => {
            let mirrored = match comparison {
                Comparison::Less => Comparison::Greater,
                Comparison::LessOrEqual => Comparison::GreaterOrEqual,
                Comparison::Greater => Comparison::Less,
                Comparison::GreaterOrEqual => Comparison::LessOrEqual,
                same => same,
            };
            Some((name, BinaryOp::Compare(mirrored), literal))
        }
        _ => None,
    }
}

/// A comparison with a set, for people.
pub fn set_text(name: &Name, op: &str, literals: &[&Literal]) -> String {
    let literals: Vec<String> = literals.iter().map(|literal| literal.to_string()).collect();
    format!("{name} {op} ({})", literals.join(", "))
}

/// Fields with the constants they are compared with, and the other parts.
pub type Folded<'e> = (Vec<(&'e Name, Vec<&'e Literal>)>, Vec<&'e Expr>);

/// Takes from `parts` the comparisons of one field with two or more constants of one type.
pub fn fold<'e>(parts: &[&'e Expr], comparison: Comparison) -> Folded<'e> {
    let mut sets: Vec<(&Name, Vec<&Literal>, Vec<&Expr>)> = Vec::new();
    let mut rest = Vec::new();
    for &part in parts {
        let found = match &part.kind {
            ExprKind::Binary { op, left, right } => field_and_literal(*op, left, right),
            _ => None,
        };
        match found {
            Some((name, BinaryOp::Compare(own), literal))
                if own == comparison && is_foldable(name, literal, comparison) =>
            {
                let same = |set: &&mut (&Name, Vec<&Literal>, Vec<&Expr>)| {
                    set.0 == name && same_type(set.1[0], literal)
                };
                match sets.iter_mut().find(same) {
                    Some((_, literals, exprs)) => {
                        literals.push(literal);
                        exprs.push(part);
                    }
                    None => sets.push((name, vec![literal], vec![part])),
                }
            }
            _ => rest.push(part),
        }
    }
    let (several, single): (Vec<_>, Vec<_>) = sets.into_iter().partition(|set| set.1.len() > 1);
    rest.extend(single.into_iter().flat_map(|set| set.2));
    (several.into_iter().map(|(name, literals, _)| (name, literals)).collect(), rest)
}

/// Whether a comparison with `literal` can be one with a set.
fn is_foldable(name: &Name, literal: &Literal, comparison: Comparison) -> bool {
    let literal_can = match literal {
        Literal::Str(_) | Literal::Kind(_) | Literal::Status(_) => true,
        // What is none of several numbers may not be a number at all.
        Literal::Int(_) | Literal::Float(_) | Literal::Duration(_) => {
            comparison == Comparison::Equal
        }
        Literal::Bool(_) | Literal::Nil => false,
    };
    literal_can && table_of(name).is_none() && atom::is_member(name, literal)
}

fn same_type(a: &Literal, b: &Literal) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
}
