//! Conditions, and values worked out of fields.

use super::fields::Bound;
use super::value::{Computed, compare, compute, is_text, matches};
use super::{Trace, Value};
use blockpack::name::Scope;
use blockpack::traceql::ast::{BinaryOp, Expr, ExprKind, Literal};

impl Trace<'_> {
    /// Whether a filter keeps a span: whether some event and some link make it true.
    pub fn holds(&self, filter: &Expr, span: usize) -> bool {
        let bounds = self.bounds(span);
        bounds.into_iter().any(|bound| self.is_true(filter, span, bound))
    }

    /// Every event with every link; where there are none, their absence.
    fn bounds(&self, span: usize) -> Vec<Bound<'_>> {
        let span = self.spans[span];
        let events: Vec<_> = match &span.events[..] {
            [] => vec![None],
            events => events.iter().map(Some).collect(),
        };
        let links: Vec<_> = match &span.links[..] {
            [] => vec![None],
            links => links.iter().map(Some).collect(),
        };
        let pair = |event| links.iter().map(move |&link| Bound { event, link });
        events.into_iter().flat_map(pair).collect()
    }

    fn is_true(&self, expr: &Expr, span: usize, bound: Bound<'_>) -> bool {
        self.value(expr, span, bound) == Some(Value::Bool(true))
    }

    /// The value that a group or an aggregate sees.
    pub fn plain_value(&self, expr: &Expr, span: usize) -> Option<Value> {
        if mentions(expr, Scope::Event) || mentions(expr, Scope::Link) {
            self.leave_open();
        }
        self.value(expr, span, Bound::default())
    }

    fn value(&self, expr: &Expr, span: usize, bound: Bound<'_>) -> Option<Value> {
        match &expr.kind {
            ExprKind::Literal(literal) => Value::of_literal(literal),
            ExprKind::Field(name) => self.field(name, span, bound),
            ExprKind::Parent(_) => panic!("refused"),
            ExprKind::Not(inner) => self.not(inner, span),
            ExprKind::Negate(inner) => self.negate(self.value(inner, span, bound)?),
            // By rule, `nil` neither is nor is not itself.
            ExprKind::Nil { operand, .. }
                if matches!(operand.kind, ExprKind::Literal(Literal::Nil)) =>
            {
                Some(Value::Bool(false))
            }
            ExprKind::Nil { operand, present } => {
                let lacks_event = bound.event.is_none() && mentions(operand, Scope::Event);
                let lacks_link = bound.link.is_none() && mentions(operand, Scope::Link);
                let is_there = self.value(operand, span, bound).is_some();
                Some(Value::Bool(!lacks_event && !lacks_link && is_there == *present))
            }
            ExprKind::Binary { op, left, right } => self.binary(*op, left, right, span, bound),
        }
    }

    /// `!` looks at all events and links on its own: none may make the inside true. What is never
    /// true nor false has no opposite.
    fn not(&self, inner: &Expr, span: usize) -> Option<Value> {
        let values: Vec<Option<Value>> =
            self.bounds(span).into_iter().map(|bound| self.value(inner, span, bound)).collect();
        if values.contains(&Some(Value::Bool(true))) {
            return Some(Value::Bool(false));
        }
        values.contains(&Some(Value::Bool(false))).then_some(Value::Bool(true))
    }

    fn negate(&self, value: Value) -> Option<Value> {
        match value {
            Value::Int(i64::MIN) | Value::Duration(i64::MIN) => {
                self.leave_open();
                None
            }
            Value::Int(value) => Some(Value::Int(-value)),
            Value::Duration(value) => Some(Value::Duration(-value)),
            Value::Float(value) => Some(Value::Float(-value)),
            _ => None,
        }
    }

    fn binary(
        &self,
        op: BinaryOp,
        left: &Expr,
        right: &Expr,
        span: usize,
        bound: Bound<'_>,
    ) -> Option<Value> {
        let a = self.value(left, span, bound);
        if let BinaryOp::Match | BinaryOp::NotMatch = op {
            return Some(Value::Bool(self.matches(op, a.as_ref(), right)));
        }
        let b = self.value(right, span, bound);
        let is_true = |value: &Option<Value>| *value == Some(Value::Bool(true));
        match op {
            BinaryOp::And => Some(Value::Bool(is_true(&a) && is_true(&b))),
            BinaryOp::Or => Some(Value::Bool(is_true(&a) || is_true(&b))),
            BinaryOp::Compare(op) => Some(Value::Bool(compare(op, a.as_ref(), b.as_ref()))),
            BinaryOp::Arithmetic(op) => match compute(op, &a?, &b?) {
                Computed::Sure(value) => value,
                Computed::Open(value) => {
                    self.leave_open();
                    value
                }
            },
            BinaryOp::Match | BinaryOp::NotMatch => unreachable!(),
        }
    }

    /// A pattern holds for whole texts, and for nothing else; a dot matches a newline.
    fn matches(&self, op: BinaryOp, value: Option<&Value>, pattern: &Expr) -> bool {
        let ExprKind::Literal(Literal::Str(pattern)) = &pattern.kind else { panic!("refused") };
        let Some(value) = value.filter(|value| is_text(value)) else { return false };
        let mut patterns = self.patterns.borrow_mut();
        let pattern = patterns.entry(pattern.to_vec()).or_insert_with(|| {
            let text = std::str::from_utf8(pattern).unwrap();
            regex::bytes::Regex::new(&format!("^(?s:{text})$")).unwrap()
        });
        matches(pattern, value) == (op == BinaryOp::Match)
    }
}

/// Whether an expression asks something of the event, or the link, that is bound around it.
fn mentions(expr: &Expr, scope: Scope) -> bool {
    match &expr.kind {
        ExprKind::Literal(_) | ExprKind::Parent(_) | ExprKind::Not(_) => false,
        ExprKind::Field(name) => name.scope() == scope,
        ExprKind::Negate(inner) => mentions(inner, scope),
        ExprKind::Nil { operand, .. } => mentions(operand, scope),
        ExprKind::Binary { left, right, .. } => mentions(left, scope) || mentions(right, scope),
    }
}
