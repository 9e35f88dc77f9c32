//! Pipelines: stages one after the other, at the end perhaps a function that makes series.

use super::term::{Term, TermKind};
use super::{Parser, Tall};
use crate::traceql::ast::{
    Aggregate, AggregateFn, Field, MetricsExpr, Pipeline, Scalar, SpansetExpr, Stage,
};
use crate::traceql::fault::{Fault, Result};
use crate::traceql::lex::TokenKind;
use crate::traceql::words;

/// What a query, or the inside of brackets, can be.
pub(super) enum Parsed {
    /// Spansets. Where `wrapped`, there are whole pipelines in brackets in it, and no stage may follow.
    Search { pipeline: Pipeline, wrapped: bool, height: u32 },
    /// A pipeline that ends with an aggregate which is not compared with anything yet.
    Valued(Pipeline, Aggregate, u32),
    /// A number.
    Scalar(Tall<Scalar>, Option<f64>),
    /// Series.
    Metrics(MetricsExpr, u32),
}

/// What can stand behind a `|`.
const STAGE: &str =
    "a filter in braces, an aggregate, `by`, `select`, `coalesce` or a function that makes series";

impl Parser<'_, '_> {
    /// All up to the end, or up to the bracket that closes if `nested`.
    pub(super) fn sequence(&mut self, nested: bool) -> Result<Parsed> {
        let (first, wrapped, mut height) = match self.first_stage()? {
            Term { kind: TermKind::Stage(stage), height, .. } => (stage, false, height),
            Term {
                kind: TermKind::Spansets(SpansetExpr::Pipeline(pipeline), _), height, ..
            } => {
                self.no_stage_behind()?;
                return Ok(Parsed::Search { pipeline, wrapped: true, height });
            }
            Term { kind: TermKind::Spansets(spansets, wrapped), height, .. } => {
                (Stage::Spansets(spansets), wrapped, height)
            }
            Term { kind: TermKind::Valued(pipeline, aggregate), height, .. } => {
                return Ok(Parsed::Valued(pipeline, aggregate, height));
            }
            Term { kind: TermKind::Scalar(tree, number), height, .. } => {
                return Ok(Parsed::Scalar(Tall { tree, height }, number));
            }
            Term { kind: TermKind::Metrics(metrics), height, .. } => {
                let metrics = if nested { metrics } else { self.seconds(metrics)? };
                return Ok(Parsed::Metrics(metrics, height));
            }
        };
        if wrapped {
            self.no_stage_behind()?;
        }
        let mut stages = vec![first];
        while self.take("|") {
            if let TokenKind::Word(word) = self.kind()
                && words::METRICS.contains(word)
            {
                let query = self.metrics_query(Pipeline { stages })?;
                let metrics = self.seconds(MetricsExpr::Query(query))?;
                return Ok(Parsed::Metrics(metrics, height + 1));
            }
            let term = self.stage()?;
            height = height.max(term.height);
            match term.kind {
                TermKind::Stage(stage) => stages.push(stage),
                TermKind::Spansets(spansets, false) => stages.push(Stage::Spansets(spansets)),
                TermKind::Scalar(Scalar::Aggregate(aggregate), _) if nested && self.is(")") => {
                    return Ok(Parsed::Valued(Pipeline { stages }, aggregate, height));
                }
                TermKind::Scalar(..) | TermKind::Valued(..) => {
                    return Err(self.unexpected("a comparison with a number, as in `count() > 1`"));
                }
                TermKind::Spansets(_, true) | TermKind::Metrics(_) => {
                    let message =
                        "a pipeline in parentheses cannot be a stage; leave the parentheses out";
                    return Err(Fault::parse(term.place.start as usize, message));
                }
            }
        }
        Ok(Parsed::Search { pipeline: Pipeline { stages }, wrapped, height })
    }

    /// Refuses a stage behind pipelines in brackets.
    fn no_stage_behind(&self) -> Result<()> {
        match self.is("|") {
            true => Err(Fault::parse(
                self.start() as usize,
                "no stage can follow pipelines in parentheses; put it inside of them",
            )),
            false => Ok(()),
        }
    }

    fn first_stage(&mut self) -> Result<Term> {
        match self.kind() {
            TokenKind::Word("coalesce") => {
                Err(self.unexpected("a stage that finds spansets before `coalesce()`"))
            }
            TokenKind::Word(word) if words::METRICS.contains(word) => {
                Err(self.unexpected("spans before the function, as in `{} | rate()`"))
            }
            _ => self.stage(),
        }
    }

    /// One stage.
    fn stage(&mut self) -> Result<Term> {
        let start = self.start();
        let (stage, height) = match self.kind() {
            TokenKind::Word("by") => {
                self.at += 1;
                self.expect("(", "`(` and a key, as in `by(name)`")?;
                let key = self.expr()?;
                self.expect(")", "`)`, since a pipeline groups by one key at a time")?;
                (Stage::GroupBy(key.tree), key.height)
            }
            TokenKind::Word("coalesce") => {
                self.at += 1;
                self.expect("(", "`()`")?;
                self.expect(")", "`)`")?;
                (Stage::Coalesce, 1)
            }
            TokenKind::Word("select") => {
                self.at += 1;
                (Stage::Select(self.fields()?), 1)
            }
            TokenKind::Word("topk" | "bottomk") => {
                return Err(self
                    .unexpected("series before `topk`, as in `{} | rate() by (name) | topk(3)`"));
            }
            TokenKind::Word(word) if !words::STAGES.contains(word) => {
                return Err(self.unexpected(STAGE));
            }
            TokenKind::End => return Err(self.unexpected(STAGE)),
            _ => return self.term(),
        };
        Ok(Term { kind: TermKind::Stage(stage), height, place: self.place_from(start) })
    }

    /// Fields in brackets, one at least.
    pub(super) fn fields(&mut self) -> Result<Vec<Field>> {
        self.expect("(", "`(` and fields, as in `(name, span.a)`")?;
        let mut fields = vec![self.field()?];
        while self.take(",") {
            fields.push(self.field()?);
        }
        self.expect(")", "`,` or `)`")?;
        Ok(fields)
    }

    /// An aggregate, if the next word is one.
    pub(super) fn aggregate(&mut self) -> Option<Result<Tall<Aggregate>>> {
        let function = match self.kind() {
            TokenKind::Word("count") => AggregateFn::Count,
            TokenKind::Word("min") => AggregateFn::Min,
            TokenKind::Word("max") => AggregateFn::Max,
            TokenKind::Word("avg") => AggregateFn::Avg,
            TokenKind::Word("sum") => AggregateFn::Sum,
            _ => return None,
        };
        self.at += 1;
        Some(self.aggregate_of(function))
    }

    fn aggregate_of(&mut self, function: AggregateFn) -> Result<Tall<Aggregate>> {
        let (operand, height) = if function == AggregateFn::Count {
            self.expect("(", "`()`, as in `count() > 1`")?;
            self.expect(")", "`)`, since `count()` counts spans and takes nothing")?;
            (None, 1)
        } else {
            self.expect("(", "`(` and a value, as in `max(duration) > 1s`")?;
            let operand = self.expr()?;
            self.expect(")", "an operator or `)`")?;
            (Some(operand.tree), operand.height + 1)
        };
        let mut aggregate = Aggregate { function, operand, text: "".into() };
        aggregate.text = aggregate.to_string().into();
        Ok(Tall { tree: aggregate, height })
    }
}
