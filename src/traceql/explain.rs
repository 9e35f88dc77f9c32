//! How a query is answered: its parts, which of them scans answer, and what each did.

use super::exec::{Counted, Counters, Plan, PlanSpansets, PlanStage, StageKind};
use super::filter::{Node, NodeKind};
use super::search::SearchStats;
use crate::block::Table;
use crate::scan::ScanStats;
use std::fmt;

/// The parts of a query, in the order in which they are asked, and what they did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Explain {
    /// The parts; those that a part is made of follow it, one deeper.
    pub parts: Vec<Part>,
    /// What the whole search took; `None` if the query was not run.
    pub stats: Option<SearchStats>,
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
    /// Evaluated span by span, for those that its part leaves.
    RowByRow,
}

impl Explain {
    pub(super) fn of(plan: &Plan, stats: Option<SearchStats>) -> Explain {
        let mut explain = Explain { parts: Vec::new(), stats };
        explain.plan(plan, 0);
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
        self.parts.push(Part { depth, how, text: text.into(), counted });
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

impl How {
    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            How::Stage => "stage",
            How::Filter => "filter",
            How::Combined => "spansets",
            How::Structural => "structure",
            How::Pipeline => "pipeline",
            How::Constant => "known",
            How::Scan => "scan",
            How::ItemScan => "item scan",
            How::All => "all of",
            How::Any => "any of",
            How::Complement => "none of",
            How::RowByRow => "row by row",
        }
    }
}

impl fmt::Display for Explain {
    /// A part a line, deeper ones further in; behind it what it did, if the query was run.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Part { depth, how, text, counted } in &self.parts {
            let line = format!("{:indent$}{} {text}", "", how.text(), indent = 2 * depth);
            let line = line.trim_end();
            match counted.calls {
                0 if self.stats.is_some() => writeln!(f, "{line:<60}")?,
                0 => writeln!(f, "{line}")?,
                calls => {
                    let Counted { spans_in, spans_out, time, scans, .. } = counted;
                    write!(
                        f,
                        "{line:<60} {spans_in} -> {spans_out} spans, {calls} calls, {time:?}"
                    )?;
                    if scans.scans > 0 {
                        pruned(f, scans)?;
                    }
                    writeln!(f)?;
                }
            }
        }
        match &self.stats {
            Some(stats) => stats.fmt(f),
            None => Ok(()),
        }
    }
}

/// What scans left out, and what they read.
fn pruned(f: &mut fmt::Formatter<'_>, stats: &ScanStats) -> fmt::Result {
    let ScanStats { scans, blocks_pruned, zones, zones_pruned, bytes, .. } = stats;
    write!(f, "; left out {blocks_pruned} of {scans} blocks")?;
    if *zones > 0 {
        write!(f, ", {zones_pruned} of {zones} zones")?;
    }
    write!(f, "; read {bytes} bytes")
}

impl fmt::Display for SearchStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let searched = self.chunks - self.chunks_outside - self.chunks_not_needed;
        writeln!(
            f,
            "{searched} of {} chunks searched, {} outside of what was asked for, {} not needed",
            self.chunks, self.chunks_outside, self.chunks_not_needed
        )?;
        write!(
            f,
            "{} spans, {} bytes at most, {:?}",
            self.spans_searched, self.peak_bytes, self.time
        )
    }
}
