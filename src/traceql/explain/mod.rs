//! How a query is answered: its parts, which of them scans answer, and what each did. `text` says
//! it for people.

mod text;

use super::exec::{Counted, Counters, Plan, PlanSpansets, PlanStage, StageKind};
use super::filter::{Node, NodeKind};
use super::metrics::{QueryPlan, SeriesKind, SeriesPlan, SeriesStats};
use super::print::{Grouped, arithmetic};
use super::search::SearchStats;
use super::{Query, QueryContext, ast};
use crate::block::Table;
use crate::error::Result;
use crate::scan::ScanStats;

/// The parts of a query, in the order in which they are asked, and what they did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Explain {
    /// The parts; those that a part is made of follow it, one deeper.
    pub parts: Vec<Part>,
    /// What the whole took; `None` if the query was not run.
    pub stats: Option<RunStats>,
}

/// What it took to answer a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunStats {
    /// A search.
    Search(SearchStats),
    /// A query that makes series.
    Series(SeriesStats),
}

/// A part of a query.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// How many parts it is inside of.
    pub depth: usize,
    /// How it is answered.
    pub how: How,
    /// What it asks, for people.
    pub text: String,
    /// What it did. All zeros if the query was not run, and where only its parts are counted.
    pub counted: Counted,
    /// How many series came of it; `None` if the query was not run, and of parts that find spans.
    pub series: Option<usize>,
}

/// How a part of a query is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// A stage of a pipeline: aggregates, `by` and the like.
    Stage,
    /// A filter: its parts are conditions.
    Filter,
    /// Spansets of a trace combined by `&&` or `||`.
    Combined,
    /// A structural operator, over the trees of all traces at once.
    Structural,
    /// A pipeline in parentheses.
    Pipeline,
    /// It is known without looking at spans.
    Constant,
    /// A scan of the columns of a field.
    Scan,
    /// Scans of the columns of events or links, combined before going back to spans.
    ItemScan,
    /// All of its parts, those first that are cheap and leave little.
    All,
    /// Any of its parts.
    Any,
    /// The complement of its part.
    Complement,
    /// Evaluated span by span, or over arrays of their numbers, for those that its part leaves.
    RowByRow,
    /// A function that makes series of the spans that its parts leave. Of a comparison, the last
    /// part is the selection.
    Series,
    /// Series of its two parts calculated with, sample by sample.
    Calculation,
    /// Series and samples of its part chosen by rank or value.
    SeriesFilter,
}

impl Query {
    /// How the query would be answered. What `context` observed decides the order of conditions.
    /// Errors: a pattern is no regular expression.
    pub fn explain(&self, context: &QueryContext) -> Result<Explain> {
        Ok(match &self.ast().root {
            ast::Root::Search(pipeline) => {
                Explain::of(&Plan::compile(pipeline, context.scan())?, None)
            }
            ast::Root::Metrics(expr) => {
                Explain::of_series(&SeriesPlan::compile(expr, context.scan())?, None)
            }
        })
    }
}

impl How {
    /// Whether a part that is answered so makes series, and does not find spans.
    pub fn makes_series(self) -> bool {
        matches!(self, How::Series | How::Calculation | How::SeriesFilter)
    }
}

impl Explain {
    pub(super) fn of(plan: &Plan, stats: Option<SearchStats>) -> Explain {
        let stats = stats.map(RunStats::Search);
        let mut explain = Explain { parts: Vec::new(), stats };
        explain.plan(plan, 0);
        explain
    }

    pub(super) fn of_series(plan: &SeriesPlan<'_>, stats: Option<SeriesStats>) -> Explain {
        let stats = stats.map(RunStats::Series);
        let mut explain = Explain { parts: Vec::new(), stats };
        explain.series(plan, 0);
        explain
    }

    /// What the scans of all parts did together.
    pub fn scans(&self) -> ScanStats {
        self.parts.iter().fold(ScanStats::default(), |mut all, part| {
            all += part.counted.scans;
            all
        })
    }

    fn add(
        &mut self,
        depth: usize,
        how: How,
        text: impl Into<String>,
        counters: Option<&Counters>,
    ) {
        let counted = counters.map(Counters::read).unwrap_or_default();
        self.parts.push(Part { depth, how, text: text.into(), counted, series: None });
    }

    fn series(&mut self, plan: &SeriesPlan<'_>, depth: usize) {
        let at = self.parts.len();
        match &plan.kind {
            SeriesKind::Constant(value) => {
                self.add(depth, How::Constant, value.to_string(), None);
            }
            SeriesKind::Calculate(op, left, right) => {
                self.add(depth, How::Calculation, arithmetic(*op), None);
                self.series(left, depth + 1);
                self.series(right, depth + 1);
            }
            SeriesKind::Filter(inner, filters) => {
                let text: String = filters.iter().map(ToString::to_string).collect();
                let text = text.trim_start_matches([' ', '|']);
                self.add(depth, How::SeriesFilter, text, None);
                self.series(inner, depth + 1);
            }
            SeriesKind::Query(QueryPlan { query, pipeline, selection, counters, .. }) => {
                self.add(depth, How::Series, Grouped(query).to_string(), Some(counters));
                self.plan(pipeline, depth + 1);
                if let Some((_, selection)) = selection {
                    self.plan(selection, depth + 1);
                }
            }
        }
        self.parts[at].series = plan.made.get().copied();
    }

    fn plan(&mut self, plan: &Plan, depth: usize) {
        plan.stages.iter().for_each(|stage| self.stage(stage, depth));
    }

    fn stage(&mut self, stage: &PlanStage, depth: usize) {
        let text = match &stage.kind {
            StageKind::Spansets(spansets) => return self.spansets(spansets, depth),
            StageKind::Aggregate(aggregate) => aggregate.to_string(),
            StageKind::GroupBy(key) => key.text.to_string(),
            StageKind::Coalesce => "coalesce()".into(),
            StageKind::Select(fields) => {
                let names: Vec<&str> = fields.iter().map(|field| &*field.text).collect();
                format!("select({})", names.join(", "))
            }
        };
        self.add(depth, How::Stage, text, Some(&stage.counters));
    }

    fn spansets(&mut self, spansets: &PlanSpansets, depth: usize) {
        match spansets {
            PlanSpansets::Filter { text, filter, counters } => {
                let root = filter.root();
                self.add(depth, How::Filter, &**text, counters.get(root.id));
                if let Some(filter) = self.parts.last_mut() {
                    // They are those of its parts.
                    filter.counted.scans = ScanStats::default();
                }
                self.node(root, counters, depth + 1);
            }
            PlanSpansets::And(left, right) => self.both("&&", left, right, depth),
            PlanSpansets::Or(left, right) => self.both("||", left, right, depth),
            PlanSpansets::Structural(op, left, right, counters) => {
                self.add(depth, How::Structural, op.symbol(), Some(counters));
                self.spansets(left, depth + 1);
                self.spansets(right, depth + 1);
            }
            PlanSpansets::Pipeline(plan) => {
                self.add(depth, How::Pipeline, "", None);
                self.plan(plan, depth + 1);
            }
        }
    }

    fn both(&mut self, symbol: &str, left: &PlanSpansets, right: &PlanSpansets, depth: usize) {
        self.add(depth, How::Combined, symbol, None);
        self.spansets(left, depth + 1);
        self.spansets(right, depth + 1);
    }

    fn node(&mut self, node: &Node, counters: &[Counters], depth: usize) {
        let (how, parts): (How, &[Node]) = match &node.kind {
            NodeKind::Constant(_) => (How::Constant, &[]),
            NodeKind::Atom(_) => (How::Scan, &[]),
            NodeKind::Items(..) => (How::ItemScan, &[]),
            NodeKind::And(nodes) => (How::All, nodes),
            NodeKind::Or(nodes) => (How::Any, nodes),
            NodeKind::Not(inner) => (How::Complement, std::slice::from_ref(inner)),
            NodeKind::Rows { among, .. } => (How::RowByRow, std::slice::from_ref(among)),
        };
        let text = match &node.kind {
            NodeKind::Items(Table::Event, _) => format!("one event: {}", node.text),
            NodeKind::Items(..) => format!("one link: {}", node.text),
            _ => node.text.to_string(),
        };
        self.add(depth, how, text, counters.get(node.id));
        parts.iter().for_each(|part| self.node(part, counters, depth + 1));
    }
}
