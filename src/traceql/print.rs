//! A tree as text, in one spelling: what is printed reads as the same tree.

use super::ast::{
    Aggregate, AggregateFn, Arithmetic, BinaryOp, Comparison, Expr, ExprKind, Field, Hint, Literal,
    MetricsExpr, MetricsFn, MetricsQuery, Pipeline, Query, Root, Scalar, ScalarFilter,
    SeriesFilter, SpansetExpr, SpansetOp, Stage,
};
use super::words;
use crate::name::Name;
use std::fmt::{Display, Formatter, Result, Write};

// Levels of operators, as the parser has them.
const LOGIC: u8 = 1;
const COMPARE: u8 = 2;
const SUM: u8 = 3;
const PRODUCT: u8 = 4;
const POWER: u8 = 5;
const OPERAND: u8 = 6;

/// How an operator of expressions is written.
pub(super) fn op(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::And => "&&",
        BinaryOp::Or => "||",
        BinaryOp::Compare(op) => comparison(op),
        BinaryOp::Match => "=~",
        BinaryOp::NotMatch => "!~",
        BinaryOp::Arithmetic(op) => arithmetic(op),
    }
}

pub(super) fn comparison(op: Comparison) -> &'static str {
    match op {
        Comparison::Equal => "=",
        Comparison::NotEqual => "!=",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}

pub(super) fn arithmetic(op: Arithmetic) -> &'static str {
    match op {
        Arithmetic::Add => "+",
        Arithmetic::Subtract => "-",
        Arithmetic::Multiply => "*",
        Arithmetic::Divide => "/",
        Arithmetic::Remainder => "%",
        Arithmetic::Power => "^",
    }
}

fn arithmetic_level(op: Arithmetic) -> u8 {
    match op {
        Arithmetic::Add | Arithmetic::Subtract => SUM,
        Arithmetic::Multiply | Arithmetic::Divide | Arithmetic::Remainder => PRODUCT,
        Arithmetic::Power => POWER,
    }
}

/// Writes `item`, in parentheses if `bracket` says so.
fn bracketed(
    f: &mut Formatter<'_>,
    bracket: bool,
    item: impl FnOnce(&mut Formatter<'_>) -> Result,
) -> Result {
    if !bracket {
        return item(f);
    }
    f.write_char('(')?;
    item(f)?;
    f.write_char(')')
}

fn list(f: &mut Formatter<'_>, items: &[impl Display]) -> Result {
    for (i, item) in items.iter().enumerate() {
        write!(f, "{}{item}", if i == 0 { "" } else { ", " })?;
    }
    Ok(())
}

impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match &self.root {
            Root::Search(pipeline) => pipeline.fmt(f)?,
            Root::Metrics(metrics) => metrics.fmt(f)?,
        }
        if !self.hints.is_empty() {
            f.write_str(" with (")?;
            list(f, &self.hints)?;
            f.write_char(')')?;
        }
        Ok(())
    }
}

impl Display for Hint {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} = {}", self.name, self.value)
    }
}

impl Display for Pipeline {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (i, stage) in self.stages.iter().enumerate() {
            write!(f, "{}{stage}", if i == 0 { "" } else { " | " })?;
        }
        Ok(())
    }
}

impl Display for Stage {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Stage::Spansets(spansets) => spansets.fmt(f),
            Stage::Aggregate(filter) => filter.fmt(f),
            Stage::GroupBy(key) => write!(f, "by({key})"),
            Stage::Coalesce => f.write_str("coalesce()"),
            Stage::Select(fields) => {
                f.write_str("select(")?;
                list(f, fields)?;
                f.write_char(')')
            }
        }
    }
}

impl Display for SpansetExpr {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            SpansetExpr::Filter(Expr { kind: ExprKind::Literal(Literal::Bool(true)), .. }) => {
                f.write_str("{}")
            }
            SpansetExpr::Filter(condition) => write!(f, "{{ {condition} }}"),
            SpansetExpr::Pipeline(pipeline) => write!(f, "({pipeline})"),
            SpansetExpr::Binary { op, left, right } => {
                let level = spanset_level(*op);
                spanset_operand(f, left, level)?;
                write!(f, " {op} ")?;
                spanset_operand(f, right, level + 1)
            }
        }
    }
}

impl Display for SpansetOp {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(match self {
            SpansetOp::And => "&&",
            SpansetOp::Or => "||",
            SpansetOp::Structural(op) => op.symbol(),
        })
    }
}

fn spanset_level(op: SpansetOp) -> u8 {
    match op {
        SpansetOp::And | SpansetOp::Or => LOGIC,
        SpansetOp::Structural(_) => COMPARE,
    }
}

fn spanset_operand(f: &mut Formatter<'_>, operand: &SpansetExpr, least: u8) -> Result {
    let level = match operand {
        SpansetExpr::Binary { op, .. } => spanset_level(*op),
        _ => OPERAND,
    };
    bracketed(f, level < least, |f| operand.fmt(f))
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match &self.kind {
            ExprKind::Literal(literal) => literal.fmt(f),
            ExprKind::Field(Name::Intrinsic(intrinsic)) => match words::of_intrinsic(*intrinsic) {
                Some(written) => f.write_str(&written),
                None => intrinsic.name().fmt(f),
            },
            ExprKind::Field(name) => name.fmt(f),
            ExprKind::Parent(written) => f.write_str(written),
            ExprKind::Not(operand) => {
                f.write_char('!')?;
                expr_operand(f, operand, PRODUCT)
            }
            ExprKind::Negate(operand) => {
                f.write_char('-')?;
                expr_operand(f, operand, PRODUCT)
            }
            ExprKind::Nil { operand, present } => {
                let op = if *present { "!=" } else { "=" };
                expr_operand(f, operand, COMPARE)?;
                write!(f, " {op} nil")
            }
            ExprKind::Binary { op, left, right } => {
                let (_, left_least, right_least) = levels(*op);
                expr_operand(f, left, left_least)?;
                write!(f, " {} ", self::op(*op))?;
                expr_operand(f, right, right_least)
            }
        }
    }
}

/// The level of an operator, and the least that its operands may have without parentheses.
fn levels(op: BinaryOp) -> (u8, u8, u8) {
    match op {
        // Brackets make no difference among equal ones; the parser sees to that.
        BinaryOp::And | BinaryOp::Or => (LOGIC, LOGIC, COMPARE),
        BinaryOp::Arithmetic(Arithmetic::Power) => (POWER, OPERAND, POWER),
        BinaryOp::Arithmetic(op) => {
            (arithmetic_level(op), arithmetic_level(op), arithmetic_level(op) + 1)
        }
        _ => (COMPARE, COMPARE, SUM),
    }
}

fn expr_operand(f: &mut Formatter<'_>, operand: &Expr, least: u8) -> Result {
    bracketed(f, expr_level(operand) < least, |f| operand.fmt(f))
}

fn expr_level(expr: &Expr) -> u8 {
    match &expr.kind {
        ExprKind::Literal(literal) if is_negative(literal) => SUM,
        ExprKind::Not(_) | ExprKind::Negate(_) => SUM,
        ExprKind::Nil { .. } => COMPARE,
        ExprKind::Binary { op, .. } => levels(*op).0,
        _ => OPERAND,
    }
}

fn is_negative(literal: &Literal) -> bool {
    match *literal {
        Literal::Int(value) => value < 0 && value != i64::MIN,
        Literal::Duration(value) => value < 0,
        Literal::Float(value) => value.is_sign_negative(),
        _ => false,
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Literal::Str(value) => quoted(f, value),
            Literal::Int(i64::MIN) => f.write_str("minInt"),
            Literal::Int(value) => value.fmt(f),
            Literal::Float(value) => write!(f, "{value:?}"),
            Literal::Duration(nanoseconds) => duration(f, *nanoseconds),
            Literal::Nil => f.write_str("nil"),
            literal => f.write_str(words::of_constant(literal).unwrap_or("nil")),
        }
    }
}

/// Text in double quotes; bytes that are not UTF-8 are escaped.
fn quoted(f: &mut Formatter<'_>, value: &[u8]) -> Result {
    f.write_char('"')?;
    for chunk in value.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str(r"\\")?,
                '\n' => f.write_str(r"\n")?,
                '\r' => f.write_str(r"\r")?,
                '\t' => f.write_str(r"\t")?,
                c if c.is_control() => write!(f, r"\u{:04x}", u32::from(c))?,
                c => f.write_char(c)?,
            }
        }
        for byte in chunk.invalid() {
            write!(f, r"\x{byte:02x}")?;
        }
    }
    f.write_char('"')
}

/// A duration in units that leave nothing out, as in `1m30s`.
fn duration(f: &mut Formatter<'_>, nanoseconds: i64) -> Result {
    const UNITS: [(&str, u64); 6] = [
        ("h", 3_600_000_000_000),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
        ("us", 1_000),
        ("ns", 1),
    ];
    if nanoseconds == 0 {
        return f.write_str("0s");
    }
    if nanoseconds < 0 {
        f.write_char('-')?;
    }
    let mut rest = nanoseconds.unsigned_abs();
    for (unit, size) in UNITS {
        if rest >= size {
            write!(f, "{}{unit}", rest / size)?;
            rest %= size;
        }
    }
    Ok(())
}

impl Display for Field {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(&self.text)
    }
}

impl Display for ScalarFilter {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} {} {}", self.left, comparison(self.op), self.right)
    }
}

impl Display for Scalar {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Scalar::Literal(literal) => literal.fmt(f),
            Scalar::Aggregate(aggregate) => aggregate.fmt(f),
            Scalar::Pipeline(pipeline, aggregate) => write!(f, "({pipeline} | {aggregate})"),
            Scalar::Arithmetic { op, left, right } => {
                let level = arithmetic_level(*op);
                let (left_least, right_least) = match op {
                    Arithmetic::Power => (OPERAND, POWER),
                    _ => (level, level + 1),
                };
                scalar_operand(f, left, left_least)?;
                write!(f, " {} ", arithmetic(*op))?;
                scalar_operand(f, right, right_least)
            }
        }
    }
}

fn scalar_operand(f: &mut Formatter<'_>, operand: &Scalar, least: u8) -> Result {
    let level = match operand {
        Scalar::Arithmetic { op, .. } => arithmetic_level(*op),
        _ => OPERAND,
    };
    bracketed(f, level < least, |f| operand.fmt(f))
}

impl Display for Aggregate {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match &self.operand {
            None => write!(f, "{}()", self.function),
            Some(operand) => write!(f, "{}({operand})", self.function),
        }
    }
}

impl Display for AggregateFn {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(match self {
            AggregateFn::Count => "count",
            AggregateFn::Min => "min",
            AggregateFn::Max => "max",
            AggregateFn::Avg => "avg",
            AggregateFn::Sum => "sum",
        })
    }
}

impl Display for MetricsExpr {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            MetricsExpr::Query(query) => query.fmt(f),
            MetricsExpr::Constant(value) => number(f, *value),
            MetricsExpr::Filtered(inner, filters) => {
                inner.fmt(f)?;
                filters.iter().try_for_each(|filter| filter.fmt(f))
            }
            MetricsExpr::Binary { op, left, right } => {
                let level = arithmetic_level(*op);
                metrics_operand(f, left, level)?;
                write!(f, " {} ", arithmetic(*op))?;
                metrics_operand(f, right, level + 1)
            }
        }
    }
}

fn metrics_operand(f: &mut Formatter<'_>, operand: &MetricsExpr, least: u8) -> Result {
    let bracket = match operand {
        MetricsExpr::Query(_) | MetricsExpr::Filtered(..) => true,
        MetricsExpr::Constant(_) => false,
        MetricsExpr::Binary { op, .. } => arithmetic_level(*op) < least,
    };
    bracketed(f, bracket, |f| operand.fmt(f))
}

/// A number beside series: whole ones without a dot.
fn number(f: &mut Formatter<'_>, value: f64) -> Result {
    const EXACT: f64 = 9e15;
    match value.fract() == 0.0 && value.abs() < EXACT && (value != 0.0 || value.is_sign_positive())
    {
        true => (value as i64).fmt(f),
        false => write!(f, "{value:?}"),
    }
}

impl Display for SeriesFilter {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            SeriesFilter::TopK(count) => write!(f, " | topk({count})"),
            SeriesFilter::BottomK(count) => write!(f, " | bottomk({count})"),
            SeriesFilter::Compare(op, value) => {
                write!(f, " {} ", comparison(*op))?;
                number(f, *value)
            }
        }
    }
}

impl Display for MetricsQuery {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} | {}", self.pipeline, Grouped(self))
    }
}

/// The function of a query that makes series, and what it groups by.
pub struct Grouped<'a>(pub &'a MetricsQuery);

impl Display for Grouped<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.0.function.fmt(f)?;
        if !self.0.by.is_empty() {
            f.write_str(" by (")?;
            list(f, &self.0.by)?;
            f.write_char(')')?;
        }
        Ok(())
    }
}

impl Display for MetricsFn {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            MetricsFn::Rate => f.write_str("rate()"),
            MetricsFn::CountOverTime => f.write_str("count_over_time()"),
            MetricsFn::OverTime(function, field) => write!(f, "{function}_over_time({field})"),
            MetricsFn::HistogramOverTime(field) => write!(f, "histogram_over_time({field})"),
            MetricsFn::QuantileOverTime(field, quantiles) => {
                write!(f, "quantile_over_time({field}")?;
                for quantile in quantiles {
                    f.write_str(", ")?;
                    number(f, *quantile)?;
                }
                f.write_char(')')
            }
            MetricsFn::Compare(compare) => {
                write!(f, "compare({}, {}", SelectionOf(&compare.selection), compare.top)?;
                if let Some((start, end)) = compare.window {
                    write!(f, ", {start}, {end}")?;
                }
                f.write_char(')')
            }
        }
    }
}

/// The filter of a `compare`.
struct SelectionOf<'a>(&'a Expr);

impl Display for SelectionOf<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0.kind {
            ExprKind::Literal(Literal::Bool(true)) => f.write_str("{}"),
            _ => write!(f, "{{ {} }}", self.0),
        }
    }
}
