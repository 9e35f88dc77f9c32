//! Spansets, numbers and series, with operators between them.
//!
//! Which of them a bracket holds is known only at its end, so all are read by the same precedence
//! and told apart by what they turned out to be.

use super::expr::{arithmetic, comparison};
use super::stage::Parsed;
use super::{Parser, Tall};
use crate::graph::StructuralOp;
use crate::traceql::ast::{
    Aggregate, Arithmetic, Comparison, Literal, MetricsExpr, Pipeline, Place, Scalar, ScalarFilter,
    SpansetExpr, SpansetOp, Stage,
};
use crate::traceql::fault::{Fault, Result};
use crate::traceql::fold;
use crate::traceql::lex::TokenKind;

const LOGIC: u8 = 1;
/// Structural operators, and comparisons of aggregates.
const RELATION: u8 = 2;
const SUM: u8 = 3;
const PRODUCT: u8 = 4;
const POWER: u8 = 5;

/// What operators stand between, with how high its tree is.
pub(super) struct Term {
    pub kind: TermKind,
    pub height: u32,
    pub place: Place,
}

pub(super) enum TermKind {
    /// Spansets; whether whole pipelines in brackets are in it.
    Spansets(SpansetExpr, bool),
    /// A stage that no operator can follow.
    Stage(Stage),
    /// A pipeline in brackets that ends with an aggregate.
    Valued(Pipeline, Aggregate),
    /// A number, and what it is to series: `None` if it is no constant, or one that is made of
    /// durations or by operators that series do not have.
    Scalar(Scalar, Option<f64>),
    /// Series.
    Metrics(MetricsExpr),
}

/// What a symbol between terms does.
enum Operator {
    Spansets(SpansetOp),
    Arithmetic(Arithmetic),
    Compare(Comparison),
}

impl Parser<'_, '_> {
    /// Terms with operators between them.
    pub(super) fn term(&mut self) -> Result<Term> {
        self.term_from(LOGIC)
    }

    fn term_from(&mut self, level: u8) -> Result<Term> {
        self.deeper(|parser| {
            let mut left = parser.primary()?;
            while let Some((op, found)) = parser.term_operator(&left.kind)? {
                if found < level {
                    break;
                }
                parser.at += 1;
                let right_level = if found == POWER { POWER } else { found + 1 };
                let right = parser.term_from(right_level)?;
                left = parser.combine(left, op, right)?;
            }
            Ok(left)
        })
    }

    /// The operator that comes next, if it is one for what stands before it.
    fn term_operator(&self, left: &TermKind) -> Result<Option<(Operator, u8)>> {
        let TokenKind::Symbol(symbol) = self.kind() else { return Ok(None) };
        let arithmetic = arithmetic(symbol).map(|op| {
            let level = match op {
                Arithmetic::Add | Arithmetic::Subtract => SUM,
                Arithmetic::Power => POWER,
                _ => PRODUCT,
            };
            (Operator::Arithmetic(op), level)
        });
        Ok(match left {
            TermKind::Spansets(..) => match (spanset_op(symbol), arithmetic, comparison(symbol)) {
                (Some((op, level)), ..) => Some((Operator::Spansets(op), level)),
                (None, None, None) => None,
                _ => {
                    return Err(self.unexpected(
                        "an operator of spansets, like `&&`, `||`, `>`, `>>`, or `|`",
                    ));
                }
            },
            TermKind::Scalar(..) | TermKind::Valued(..) => arithmetic
                .or_else(|| comparison(symbol).map(|op| (Operator::Compare(op), RELATION))),
            TermKind::Metrics(_) => arithmetic,
            TermKind::Stage(_) => None,
        })
    }

    /// `left op right`, where `op` goes with what `left` is.
    fn combine(&self, left: Term, op: Operator, right: Term) -> Result<Term> {
        let height = self.above(left.height, right.height)?;
        let place = Place { start: left.place.start, end: right.place.end };
        let kind = match op {
            Operator::Spansets(op) => spansets(left, op, right)?,
            Operator::Compare(op) => compare(left, op, right, place)?,
            Operator::Arithmetic(op) => calculate(left, op, right)?,
        };
        Ok(Term { kind, height, place })
    }

    /// A filter, a number, an aggregate, or anything in brackets.
    fn primary(&mut self) -> Result<Term> {
        let start = self.start();
        if let Some(aggregate) = self.aggregate() {
            let Tall { tree, height } = aggregate?;
            let kind = TermKind::Scalar(Scalar::Aggregate(tree), None);
            return Ok(Term { kind, height, place: self.place_from(start) });
        }
        let (kind, height) = match self.kind() {
            TokenKind::Symbol("{") => {
                let filter = self.filter()?;
                (TermKind::Spansets(SpansetExpr::Filter(filter.tree), false), filter.height + 1)
            }
            TokenKind::Symbol("(") => {
                self.at += 1;
                if self.is(")") {
                    return Err(self.unexpected("something in the parentheses"));
                }
                let inside = self.sequence(true)?;
                self.expect(")", "an operator, `|` or `)`")?;
                unwrapped(inside)
            }
            TokenKind::Symbol("-") => {
                self.at += 1;
                let operand = self.deeper(Self::primary)?;
                (negate(operand)?, 1)
            }
            TokenKind::Literal(
                literal @ (Literal::Int(_) | Literal::Float(_) | Literal::Duration(_)),
            ) => {
                self.at += 1;
                (constant(literal.clone()), 1)
            }
            _ => return Err(self.unexpected("`{`, `(` or an aggregate")),
        };
        Ok(Term { kind, height, place: self.place_from(start) })
    }

    /// `{ ... }`
    pub(super) fn filter(&mut self) -> Result<Tall<crate::traceql::ast::Expr>> {
        use crate::traceql::ast::{Expr, ExprKind};
        let start = self.start();
        self.expect("{", "`{`")?;
        if self.take("}") {
            let kind = ExprKind::Literal(Literal::Bool(true));
            return Ok(Tall { tree: Expr { kind, place: self.place_from(start) }, height: 1 });
        }
        let filter = self.expr()?;
        self.expect("}", "an operator or `}`")?;
        Ok(filter)
    }

    /// From `start` to the end of what was taken last.
    pub(super) fn place_from(&self, start: u32) -> Place {
        Place { start, end: self.last_end() }
    }
}

fn spanset_op(symbol: &str) -> Option<(SpansetOp, u8)> {
    match symbol {
        "&&" => Some((SpansetOp::And, LOGIC)),
        "||" => Some((SpansetOp::Or, LOGIC)),
        _ => {
            let op = StructuralOp::all().find(|op| op.symbol() == symbol)?;
            Some((SpansetOp::Structural(op), RELATION))
        }
    }
}

/// What a bracket stands for, by what is in it; with its height.
fn unwrapped(inside: Parsed) -> (TermKind, u32) {
    match inside {
        Parsed::Search { mut pipeline, wrapped, height } => match pipeline.stages.pop() {
            Some(Stage::Spansets(spansets)) if pipeline.stages.is_empty() => {
                (TermKind::Spansets(spansets, wrapped), height)
            }
            last => {
                pipeline.stages.extend(last);
                (TermKind::Spansets(SpansetExpr::Pipeline(pipeline), true), height + 1)
            }
        },
        Parsed::Valued(pipeline, aggregate, height) => {
            (TermKind::Valued(pipeline, aggregate), height + 1)
        }
        Parsed::Scalar(scalar, number) => (TermKind::Scalar(scalar.tree, number), scalar.height),
        Parsed::Metrics(metrics, height) => (TermKind::Metrics(metrics), height + 1),
    }
}

fn constant(literal: Literal) -> TermKind {
    let number = match literal {
        Literal::Duration(_) => None,
        _ => fold::float(&literal),
    };
    TermKind::Scalar(Scalar::Literal(literal), number)
}

fn negate(operand: Term) -> Result<TermKind> {
    let at = operand.place.start as usize;
    if let TermKind::Scalar(Scalar::Literal(literal), number) = operand.kind
        && let Some(literal) = fold::minus(&literal)
    {
        return Ok(TermKind::Scalar(Scalar::Literal(literal), number.map(|number| -number)));
    }
    Err(Fault::parse(at, "a minus goes before a number only; for series write `-1 * ( ... )`"))
}

fn spansets(left: Term, op: SpansetOp, right: Term) -> Result<TermKind> {
    let at = right.place.start as usize;
    match (left.kind, right.kind) {
        (TermKind::Spansets(left, a), TermKind::Spansets(right, b)) => {
            let (left, right) = (Box::new(left), Box::new(right));
            Ok(TermKind::Spansets(SpansetExpr::Binary { op, left, right }, a || b))
        }
        _ => Err(Fault::parse(
            at,
            "expected a spanset here: a filter like `{ .a = 1 }`; to go on with what was found, use `|`",
        )),
    }
}

fn compare(left: Term, op: Comparison, right: Term, place: Place) -> Result<TermKind> {
    let right_at = right.place.start as usize;
    let (left, right) = match (scalar(left.kind), scalar(right.kind)) {
        (Some(left), Some(right)) => (left, right),
        _ => return Err(Fault::parse(right_at, "expected a number to compare with")),
    };
    if !has_aggregate(&left) && !has_aggregate(&right) {
        let message = "nothing here depends on spans; compare an aggregate, as in `count() > 1`";
        return Err(Fault::parse(place.start as usize, message));
    }
    Ok(TermKind::Stage(Stage::Aggregate(ScalarFilter { op, left, right, place })))
}

fn scalar(kind: TermKind) -> Option<Scalar> {
    match kind {
        TermKind::Scalar(scalar, _) => Some(scalar),
        TermKind::Valued(pipeline, aggregate) => {
            Some(Scalar::Pipeline(Box::new(pipeline), aggregate))
        }
        _ => None,
    }
}

fn has_aggregate(scalar: &Scalar) -> bool {
    match scalar {
        Scalar::Literal(_) => false,
        Scalar::Aggregate(_) | Scalar::Pipeline(..) => true,
        Scalar::Arithmetic { left, right, .. } => has_aggregate(left) || has_aggregate(right),
    }
}

/// Arithmetic on numbers, or on series if one of the sides is series.
fn calculate(left: Term, op: Arithmetic, right: Term) -> Result<TermKind> {
    if matches!(left.kind, TermKind::Metrics(_)) || matches!(right.kind, TermKind::Metrics(_)) {
        if matches!(op, Arithmetic::Remainder | Arithmetic::Power) {
            let message = "series are combined by `+`, `-`, `*` and `/` only";
            return Err(Fault::parse(right.place.start as usize, message));
        }
        let (left, right) = (Box::new(series(left)?), Box::new(series(right)?));
        return Ok(TermKind::Metrics(MetricsExpr::Binary { op, left, right }));
    }
    let right_at = right.place.start as usize;
    let number = match (&left.kind, &right.kind) {
        (TermKind::Scalar(_, Some(left)), TermKind::Scalar(_, Some(right))) => {
            super::metrics::number(*left, op, *right)
        }
        _ => None,
    };
    let (Some(left), Some(right)) = (scalar(left.kind), scalar(right.kind)) else {
        return Err(Fault::parse(right_at, "expected a number"));
    };
    let folded = match (&left, &right) {
        (Scalar::Literal(left), Scalar::Literal(right)) => fold::arithmetic(left, op, right),
        _ => None,
    };
    let scalar = match folded {
        Some(literal) => Scalar::Literal(literal),
        None => Scalar::Arithmetic { op, left: Box::new(left), right: Box::new(right) },
    };
    Ok(TermKind::Scalar(scalar, number))
}

/// The operand of arithmetic on series.
fn series(term: Term) -> Result<MetricsExpr> {
    match term.kind {
        TermKind::Metrics(metrics) => Ok(metrics),
        TermKind::Scalar(_, Some(number)) => Ok(MetricsExpr::Constant(number)),
        _ => Err(Fault::parse(
            term.place.start as usize,
            "series are combined with series in parentheses, or with plain numbers",
        )),
    }
}
