//! Pipelines, compiled.

use super::aggregate::AggregatePlan;
use super::control::Counters;
use super::group::GroupKey;
use crate::error::{Error, ErrorKind, Result};
use crate::graph::StructuralOp;
use crate::scan::ScanContext;
use crate::traceql::ast::{Field, Pipeline, SpansetExpr, SpansetOp, Stage};
use crate::traceql::filter::Filter;

/// A compiled pipeline. Depends on no block; shared between threads.
#[derive(Debug)]
pub struct Plan {
    /// Its stages.
    pub stages: Vec<PlanStage>,
}

/// A compiled stage, and what it did, over all runs of the plan.
#[derive(Debug)]
pub struct PlanStage {
    /// What it does.
    pub kind: StageKind,
    /// What it did.
    pub counters: Counters,
}

/// What a stage does.
#[derive(Debug)]
pub enum StageKind {
    /// Keeps some spans of each spanset.
    Spansets(PlanSpansets),
    /// Keeps or drops each spanset as a whole.
    Aggregate(AggregatePlan),
    /// Splits each spanset by a value.
    GroupBy(GroupKey),
    /// Makes the spansets of a trace one again.
    Coalesce,
    /// Asks for fields of the result.
    Select(Vec<Field>),
}

/// A compiled choice of spans.
#[derive(Debug)]
pub enum PlanSpansets {
    /// `{ ... }`
    Filter {
        /// As it was written, in one spelling.
        text: Box<str>,
        /// What passes.
        filter: Filter,
        /// What the parts of the filter did, by their numbers. Counted over all runs of the plan.
        counters: Vec<Counters>,
    },
    /// `&&`
    And(Box<PlanSpansets>, Box<PlanSpansets>),
    /// `||`
    Or(Box<PlanSpansets>, Box<PlanSpansets>),
    /// `>>` and the like.
    Structural(StructuralOp, Box<PlanSpansets>, Box<PlanSpansets>, Counters),
    /// A pipeline in parentheses.
    Pipeline(Plan),
}

impl Plan {
    /// Compiles `pipeline`. What `context` observed decides in which order conditions are looked
    /// at. Errors: a pattern is no regular expression; something that validation refuses.
    pub fn compile(pipeline: &Pipeline, context: &ScanContext) -> Result<Plan> {
        let stages = pipeline.stages.iter().map(|stage| PlanStage::compile(stage, context));
        Ok(Plan { stages: stages.collect::<Result<_>>()? })
    }

    /// Whether all that is asked of a span is a filter, so that it does not matter how spans hang
    /// together.
    pub fn is_filter(&self) -> bool {
        self.stages.iter().all(|stage| match &stage.kind {
            StageKind::Spansets(PlanSpansets::Filter { filter, .. }) => !filter.needs_traces(),
            StageKind::Coalesce | StageKind::Select(_) => true,
            _ => false,
        })
    }

    /// Whether it depends on how spans hang together.
    pub fn needs_trees(&self) -> bool {
        self.stages.iter().any(|stage| match &stage.kind {
            StageKind::Spansets(spansets) => spansets.needs_trees(),
            _ => false,
        })
    }

    /// The fields that `select()` stages ask for.
    pub fn selected(&self) -> impl Iterator<Item = &Field> {
        self.stages.iter().flat_map(|stage| match &stage.kind {
            StageKind::Select(fields) => &fields[..],
            _ => &[],
        })
    }
}

impl Plan {
    /// Calls `each` with every filter.
    pub fn for_each_filter(&self, each: &mut impl FnMut(&Filter)) {
        for stage in &self.stages {
            if let StageKind::Spansets(spansets) = &stage.kind {
                spansets.for_each_filter(each);
            }
        }
    }
}

impl PlanStage {
    fn compile(stage: &Stage, context: &ScanContext) -> Result<PlanStage> {
        let kind = match stage {
            Stage::Spansets(spansets) => {
                StageKind::Spansets(PlanSpansets::compile(spansets, context)?)
            }
            Stage::Aggregate(filter) => StageKind::Aggregate(AggregatePlan::compile(filter)?),
            Stage::GroupBy(expr) => StageKind::GroupBy(GroupKey::compile(expr)?),
            Stage::Coalesce => StageKind::Coalesce,
            Stage::Select(fields) => StageKind::Select(fields.clone()),
        };
        Ok(PlanStage { kind, counters: Counters::default() })
    }
}

impl PlanSpansets {
    fn compile(expr: &SpansetExpr, context: &ScanContext) -> Result<PlanSpansets> {
        Ok(match expr {
            SpansetExpr::Filter(expr) => {
                let filter = Filter::compile(expr, context)?;
                let counters = std::iter::repeat_with(Counters::default);
                let counters = counters.take(filter.node_count()).collect();
                PlanSpansets::Filter { text: format!("{{ {expr} }}").into(), filter, counters }
            }
            SpansetExpr::Pipeline(pipeline) => {
                PlanSpansets::Pipeline(Plan::compile(pipeline, context)?)
            }
            SpansetExpr::Binary { op, left, right } => {
                let left = Box::new(PlanSpansets::compile(left, context)?);
                let right = Box::new(PlanSpansets::compile(right, context)?);
                match op {
                    SpansetOp::And => PlanSpansets::And(left, right),
                    SpansetOp::Or => PlanSpansets::Or(left, right),
                    SpansetOp::Structural(op) => {
                        PlanSpansets::Structural(*op, left, right, Counters::default())
                    }
                }
            }
        })
    }
}

impl PlanSpansets {
    fn needs_trees(&self) -> bool {
        match self {
            PlanSpansets::Filter { filter, .. } => filter.needs_traces(),
            PlanSpansets::And(left, right) | PlanSpansets::Or(left, right) => {
                left.needs_trees() || right.needs_trees()
            }
            PlanSpansets::Structural(..) => true,
            PlanSpansets::Pipeline(plan) => plan.needs_trees(),
        }
    }

    fn for_each_filter(&self, each: &mut impl FnMut(&Filter)) {
        match self {
            PlanSpansets::Filter { filter, .. } => each(filter),
            PlanSpansets::Pipeline(plan) => plan.for_each_filter(each),
            PlanSpansets::And(left, right)
            | PlanSpansets::Or(left, right)
            | PlanSpansets::Structural(_, left, right, _) => {
                left.for_each_filter(each);
                right.for_each_filter(each);
            }
        }
    }
}

/// For trees that validation would not have let through.
pub(super) fn unsupported(what: &str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("{what} cannot be answered"))
}
