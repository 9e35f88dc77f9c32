//! What a query says must make sense, and be something that can be answered.

use super::ast::{
    Aggregate, BinaryOp, Compare, Comparison, Expr, ExprKind, Literal, MetricsExpr, MetricsFn,
    MetricsQuery, Pipeline, Query, Root, Scalar, ScalarFilter, SeriesFilter, SpansetExpr, Stage,
};
use super::fault::{Fault, Result};
use super::pattern;
use super::types::{self, Type};
use crate::name::{Name, Scope};

/// Keys of `by` behind a function that makes series.
const MAX_KEYS: usize = 5;

/// Values of an attribute that `compare` gives.
const MAX_TOP: u32 = 1000;

/// Refuses what cannot be run, with the kinds `Type` and `Unsupported`.
pub(super) fn query(query: &Query) -> Result<()> {
    match &query.root {
        Root::Search(pipeline) => self::pipeline(pipeline),
        Root::Metrics(expr) => metrics(expr),
    }
}

fn pipeline(pipeline: &Pipeline) -> Result<()> {
    pipeline.stages.iter().try_for_each(|stage| match stage {
        Stage::Spansets(expr) => spansets(expr),
        Stage::Aggregate(filter) => scalar_filter(filter),
        Stage::GroupBy(key) => {
            expr(key)?;
            mentions_span(key, "a key that is the same for all spans does not group; name a field")
        }
        Stage::Coalesce | Stage::Select(_) => Ok(()),
    })
}

fn spansets(spansets: &SpansetExpr) -> Result<()> {
    match spansets {
        SpansetExpr::Filter(condition) => filter(condition),
        SpansetExpr::Binary { left, right, .. } => {
            self::spansets(left)?;
            self::spansets(right)
        }
        SpansetExpr::Pipeline(inner) => pipeline(inner),
    }
}

/// A condition must be true or false.
fn filter(condition: &Expr) -> Result<()> {
    expr(condition)?;
    match types::of(condition) {
        Type::Bool | Type::Open => Ok(()),
        found => {
            let message = format!(
                "{} is no condition; compare it with something, as in `{{ duration > 1s }}`",
                found.describe()
            );
            Err(Fault::types(at(condition), message))
        }
    }
}

fn expr(expr: &Expr) -> Result<()> {
    match &expr.kind {
        ExprKind::Literal(_) | ExprKind::Field(_) => Ok(()),
        ExprKind::Parent(_) => Err(Fault::unsupported(
            at(expr),
            "fields of the parent span cannot be asked for; relate spans by `>`, as in `{ .a } > { .b }`",
        )),
        ExprKind::Not(operand) => unary(operand, "!", Type::Bool),
        ExprKind::Negate(operand) => unary(operand, "-", Type::Number),
        ExprKind::Nil { operand, present } => nil(operand, *present),
        ExprKind::Binary { op, left, right } => {
            self::expr(left)?;
            self::expr(right)?;
            binary(left, *op, right)
        }
    }
}

fn unary(operand: &Expr, sign: &str, wanted: Type) -> Result<()> {
    expr(operand)?;
    let found = types::of(operand);
    if found.fits(wanted) {
        return Ok(());
    }
    let message = format!("`{sign}` needs {}, this is {}", wanted.describe(), found.describe());
    Err(Fault::types(at(operand), message))
}

/// What is always there cannot be asked to be absent.
fn nil(operand: &Expr, present: bool) -> Result<()> {
    expr(operand)?;
    match &operand.kind {
        ExprKind::Field(name) if !present && always_there(name) => {
            let message = "this counts as always there, so it is never `nil`";
            Err(Fault::types(at(operand), message))
        }
        _ => Ok(()),
    }
}

fn always_there(name: &Name) -> bool {
    match name {
        Name::Intrinsic(_) => true,
        Name::Attribute { scope, key } => *scope == Scope::Resource && **key == *b"service.name",
    }
}

fn binary(left: &Expr, op: BinaryOp, right: &Expr) -> Result<()> {
    let (l, r) = (types::of(left), types::of(right));
    if matches!(op, BinaryOp::Match | BinaryOp::NotMatch) {
        match &right.kind {
            ExprKind::Literal(Literal::Str(pattern)) => {
                pattern::check(pattern).map_err(|message| Fault::types(at(right), message))?;
            }
            _ => {
                let message = "the right side of `=~` and `!~` is a pattern in quotes";
                return Err(Fault::types(at(right), message));
            }
        }
    }
    if !l.fits(r) {
        let message = format!(
            "{} and {} cannot be operands of one `{}`{}",
            l.describe(),
            r.describe(),
            super::print::op(op),
            operand_hint(left, right),
        );
        return Err(Fault::types(at(right), message));
    }
    for (side, found) in [(left, l), (right, r)] {
        if !found.takes(op) {
            let message =
                format!("there is no `{}` for {}", super::print::op(op), found.describe());
            return Err(Fault::types(at(side), message));
        }
    }
    Ok(())
}

/// Status, kind and lengths of time are often written as text.
fn operand_hint(left: &Expr, right: &Expr) -> &'static str {
    let quoted = |side: &Expr| matches!(side.kind, ExprKind::Literal(Literal::Str(_)));
    match (types::of(left), types::of(right)) {
        (Type::Number, Type::Str) | (Type::Str, Type::Number) if quoted(left) || quoted(right) => {
            "; numbers and durations stand without quotes"
        }
        (Type::Status, _) | (_, Type::Status) => {
            "; a status is `error`, `ok` or `unset`, without quotes"
        }
        (Type::Kind, _) | (_, Type::Kind) => {
            "; a kind is `server`, `client`, `producer`, `consumer`, `internal` or `unspecified`, without quotes"
        }
        _ => "",
    }
}

/// Refuses a constant.
fn mentions_span(expr: &Expr, message: &str) -> Result<()> {
    match has_field(expr) {
        true => Ok(()),
        false => Err(Fault::types(at(expr), message)),
    }
}

fn has_field(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(_) => false,
        ExprKind::Field(_) | ExprKind::Parent(_) => true,
        ExprKind::Not(operand) | ExprKind::Negate(operand) => has_field(operand),
        ExprKind::Nil { operand, .. } => has_field(operand),
        ExprKind::Binary { left, right, .. } => has_field(left) || has_field(right),
    }
}

/// An aggregate on the left, a number on the right.
fn scalar_filter(filter: &ScalarFilter) -> Result<()> {
    scalar(&filter.left)?;
    scalar(&filter.right)?;
    let hint = match (&filter.left, &filter.right) {
        (Scalar::Aggregate(_), Scalar::Literal(_)) => return Ok(()),
        (Scalar::Literal(number), Scalar::Aggregate(aggregate)) => {
            let flipped = super::print::comparison(flipped(filter.op));
            format!("; write `{} {flipped} {number}`", aggregate.text)
        }
        _ => String::new(),
    };
    let message = format!("an aggregate can only be compared with a number on its right{hint}");
    Err(Fault::unsupported(filter.place.start as usize, message))
}

fn flipped(op: Comparison) -> Comparison {
    match op {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        same => same,
    }
}

fn scalar(scalar: &Scalar) -> Result<()> {
    match scalar {
        Scalar::Literal(_) => Ok(()),
        Scalar::Aggregate(aggregate) => self::aggregate(aggregate),
        Scalar::Pipeline(pipeline, aggregate) => {
            self::pipeline(pipeline)?;
            self::aggregate(aggregate)
        }
        Scalar::Arithmetic { left, right, .. } => {
            self::scalar(left)?;
            self::scalar(right)
        }
    }
}

fn aggregate(aggregate: &Aggregate) -> Result<()> {
    let Some(operand) = &aggregate.operand else { return Ok(()) };
    expr(operand)?;
    let found = types::of(operand);
    if !found.fits(Type::Number) {
        let message = format!("an aggregate needs numbers, this is {}", found.describe());
        return Err(Fault::types(at(operand), message));
    }
    mentions_span(operand, "an aggregate of a constant says nothing about spans; name a field")
}

fn metrics(expr: &MetricsExpr) -> Result<()> {
    match expr {
        MetricsExpr::Query(query) => metrics_query(query),
        MetricsExpr::Constant(_) => Ok(()),
        MetricsExpr::Binary { left, right, .. } => [left, right].into_iter().try_for_each(|side| {
            metrics(side)?;
            match compare_in(side) {
                Some(query) => Err(Fault::types(
                    query.place.start as usize,
                    "what `compare` gives cannot be calculated with",
                )),
                None => Ok(()),
            }
        }),
        MetricsExpr::Filtered(inner, filters) => {
            metrics(inner)?;
            series_filters(inner, filters)
        }
    }
}

fn series_filters(inner: &MetricsExpr, filters: &[SeriesFilter]) -> Result<()> {
    let place = first_query(inner).map_or(0, |query| query.place.start as usize);
    if compare_in(inner).is_some() {
        return Err(Fault::types(place, "what `compare` gives cannot be filtered"));
    }
    if filters.iter().any(|f| matches!(f, SeriesFilter::TopK(0) | SeriesFilter::BottomK(0))) {
        return Err(Fault::types(place, "`topk` and `bottomk` keep at least one series"));
    }
    Ok(())
}

fn first_query(expr: &MetricsExpr) -> Option<&MetricsQuery> {
    match expr {
        MetricsExpr::Query(query) => Some(query),
        MetricsExpr::Constant(_) => None,
        MetricsExpr::Binary { left, right, .. } => first_query(left).or_else(|| first_query(right)),
        MetricsExpr::Filtered(inner, _) => first_query(inner),
    }
}

/// The `compare` that an operand is.
fn compare_in(expr: &MetricsExpr) -> Option<&MetricsQuery> {
    match expr {
        MetricsExpr::Query(query) if matches!(query.function, MetricsFn::Compare(_)) => Some(query),
        _ => None,
    }
}

fn metrics_query(query: &MetricsQuery) -> Result<()> {
    use super::ast::AggregateFn::Avg;
    pipeline(&query.pipeline)?;
    let place = query.place.start as usize;
    let own_label = match &query.function {
        MetricsFn::QuantileOverTime(_, quantiles) => {
            if !quantiles.iter().all(|q| (0.0..=1.0).contains(q)) {
                return Err(Fault::types(
                    place,
                    "quantiles are from 0 to 1; the 99th percentile is 0.99",
                ));
            }
            true
        }
        MetricsFn::HistogramOverTime(_) | MetricsFn::OverTime(Avg, _) => true,
        MetricsFn::Compare(compare) => return self::compare(compare, place),
        _ => false,
    };
    let most = MAX_KEYS - usize::from(own_label);
    match query.by.get(most) {
        Some(extra) => {
            let message = format!("this function groups by at most {most} fields");
            Err(Fault::types(extra.place.start as usize, message))
        }
        None => Ok(()),
    }
}

fn compare(compare: &Compare, place: usize) -> Result<()> {
    filter(&compare.selection)?;
    if !(1..=MAX_TOP).contains(&compare.top) {
        let message = format!("`compare` gives 1 to {MAX_TOP} values of each attribute");
        return Err(Fault::types(place, message));
    }
    match compare.window {
        Some((start, end)) if end <= start => {
            Err(Fault::types(place, "the selection of `compare` must end after it starts"))
        }
        _ => Ok(()),
    }
}

fn at(expr: &Expr) -> usize {
    expr.place.start as usize
}
