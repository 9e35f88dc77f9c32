//! Queries that make series, compiled.

use super::numbers::is_time;
use crate::error::Result;
use crate::scan::ScanContext;
use crate::traceql::ast::{
    Arithmetic, Compare, Expr, MetricsExpr, MetricsFn, MetricsQuery, Pipeline, SeriesFilter,
    SpansetExpr, Stage,
};
use crate::traceql::exec::{Counters, Plan};
use crate::traceql::keys::Key;
use std::sync::OnceLock;

/// A compiled expression that makes series. Depends on no block.
pub struct SeriesPlan<'a> {
    /// What it does.
    pub kind: SeriesKind<'a>,
    /// How many series came of it, once it was run.
    pub made: OnceLock<usize>,
}

/// What an expression does.
pub enum SeriesKind<'a> {
    /// Makes series of spans.
    Query(QueryPlan<'a>),
    /// Is the same number everywhere.
    Constant(f64),
    /// Combines two operands, value by value.
    Calculate(Arithmetic, Box<SeriesPlan<'a>>, Box<SeriesPlan<'a>>),
    /// Leaves out series and values.
    Filter(Box<SeriesPlan<'a>>, &'a [SeriesFilter]),
}

/// A compiled query, and what it did.
pub struct QueryPlan<'a> {
    /// The query.
    pub query: &'a MetricsQuery,
    /// What its series are told apart by.
    pub by: Vec<Key>,
    /// What finds its spans.
    pub pipeline: Plan,
    /// The selection, if the query compares one with the other spans.
    pub selection: Option<(&'a Compare, Plan)>,
    /// What it did: spans that were found, and those of them that are in the time.
    pub counters: Counters,
}

impl<'a> SeriesPlan<'a> {
    /// Compiles `expr`. What `context` observed decides in which order conditions are looked at.
    /// Errors: a pattern is no regular expression; something that validation refuses.
    pub fn compile(expr: &'a MetricsExpr, context: &ScanContext) -> Result<SeriesPlan<'a>> {
        let boxed = |expr: &'a MetricsExpr| SeriesPlan::compile(expr, context).map(Box::new);
        let kind = match expr {
            MetricsExpr::Query(query) => SeriesKind::Query(QueryPlan::compile(query, context)?),
            MetricsExpr::Constant(value) => SeriesKind::Constant(*value),
            MetricsExpr::Binary { op, left, right } => {
                SeriesKind::Calculate(*op, boxed(left)?, boxed(right)?)
            }
            MetricsExpr::Filtered(inner, filters) => SeriesKind::Filter(boxed(inner)?, filters),
        };
        Ok(SeriesPlan { kind, made: OnceLock::new() })
    }

    /// Whether samples are lengths of time. What is calculated from these may be anything.
    pub fn in_seconds(&self) -> bool {
        match &self.kind {
            SeriesKind::Query(plan) => match &plan.query.function {
                MetricsFn::OverTime(_, field) | MetricsFn::QuantileOverTime(field, _) => {
                    is_time(&field.name)
                }
                _ => false,
            },
            SeriesKind::Filter(inner, _) => inner.in_seconds(),
            SeriesKind::Constant(_) | SeriesKind::Calculate(..) => false,
        }
    }
}

impl<'a> QueryPlan<'a> {
    fn compile(query: &'a MetricsQuery, context: &ScanContext) -> Result<QueryPlan<'a>> {
        let selection = match &query.function {
            MetricsFn::Compare(compare) => {
                Some((compare, Plan::compile(&selecting(&compare.selection), context)?))
            }
            _ => None,
        };
        let pipeline = Plan::compile(&query.pipeline, context)?;
        let by = query.by.iter().map(|field| Key::of_field(&field.name));
        let by = by.collect::<Result<_>>()?;
        Ok(QueryPlan { query, by, pipeline, selection, counters: Counters::default() })
    }
}

/// A pipeline that finds what a filter selects.
fn selecting(selection: &Expr) -> Pipeline {
    Pipeline { stages: vec![Stage::Spansets(SpansetExpr::Filter(selection.clone()))] }
}
