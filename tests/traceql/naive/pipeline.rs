//! Stages: what each leaves of the spansets of a trace.

use super::{Spanset, Trace, Value};
use blockpack::traceql::ast::{
    Expr, Pipeline, Scalar, ScalarFilter, SpansetExpr, SpansetOp, Stage,
};

impl Trace<'_> {
    pub fn run(&self, pipeline: &Pipeline) -> Vec<Spanset> {
        let all = Spanset { attributes: Vec::new(), spans: (0..self.spans.len()).collect() };
        self.run_on(pipeline, all)
    }

    fn run_on(&self, pipeline: &Pipeline, spanset: Spanset) -> Vec<Spanset> {
        let mut spansets = vec![spanset];
        for stage in &pipeline.stages {
            spansets = self.stage(stage, spansets);
            spansets.retain(|spanset| !spanset.spans.is_empty());
        }
        spansets
    }

    fn stage(&self, stage: &Stage, spansets: Vec<Spanset>) -> Vec<Spanset> {
        match stage {
            Stage::Spansets(expr) => {
                let choose = |set: Spanset| Spanset { spans: self.choose(expr, &set.spans), ..set };
                spansets.into_iter().map(choose).collect()
            }
            Stage::Aggregate(filter) => {
                spansets.into_iter().filter_map(|spanset| self.filter(filter, spanset)).collect()
            }
            Stage::GroupBy(key) => {
                let name = stage.to_string();
                spansets.into_iter().flat_map(|spanset| self.group(&name, key, spanset)).collect()
            }
            Stage::Coalesce => {
                let mut spans: Vec<usize> =
                    spansets.into_iter().flat_map(|spanset| spanset.spans).collect();
                spans.sort_unstable();
                vec![Spanset { attributes: Vec::new(), spans }]
            }
            Stage::Select(_) => spansets,
        }
    }

    /// The spans that an expression chooses out of `spans`.
    fn choose(&self, expr: &SpansetExpr, spans: &[usize]) -> Vec<usize> {
        match expr {
            SpansetExpr::Filter(filter) => {
                spans.iter().copied().filter(|&span| self.holds(filter, span)).collect()
            }
            SpansetExpr::Pipeline(pipeline) => {
                let all = Spanset { attributes: Vec::new(), spans: spans.to_vec() };
                let left = self.run_on(pipeline, all);
                sorted(left.into_iter().flat_map(|spanset| spanset.spans).collect())
            }
            SpansetExpr::Binary { op, left, right } => {
                let (left, right) = (self.choose(left, spans), self.choose(right, spans));
                match op {
                    SpansetOp::And if left.is_empty() || right.is_empty() => Vec::new(),
                    SpansetOp::And | SpansetOp::Or => sorted([left, right].concat()),
                    SpansetOp::Structural(op) => self.structural(op.symbol(), &left, &right),
                }
            }
        }
    }

    /// Compares every pair.
    fn structural(&self, op: &str, left: &[usize], right: &[usize]) -> Vec<usize> {
        let relation = op.trim_start_matches(['!', '&']);
        let related = |&l: &usize, &r: &usize| match relation {
            ">" => self.tree.is_parent(l, r),
            "<" => self.tree.is_parent(r, l),
            ">>" => self.tree.is_ancestor(l, r),
            "<<" => self.tree.is_ancestor(r, l),
            "~" => self.tree.are_siblings(l, r),
            _ => panic!("{op}"),
        };
        let has_left = |r: &&usize| left.iter().any(|l| related(l, r));
        let has_right = |l: &&usize| right.iter().any(|r| related(l, r));
        match op.as_bytes()[0] {
            b'!' => right.iter().filter(|r| !has_left(r)).copied().collect(),
            b'&' => {
                let both = left.iter().filter(has_right).chain(right.iter().filter(has_left));
                sorted(both.copied().collect())
            }
            _ => right.iter().filter(has_left).copied().collect(),
        }
    }

    /// One spanset for each value, absence among them, in the order in which they appear.
    fn group(&self, name: &str, key: &Expr, spanset: Spanset) -> Vec<Spanset> {
        let mut groups: Vec<(Option<Value>, Spanset)> = Vec::new();
        for span in spanset.spans {
            let value = self.plain_value(key, span);
            match groups.iter_mut().find(|(other, _)| is_same(other, &value)) {
                Some((_, group)) => group.spans.push(span),
                None => {
                    let mut attributes = spanset.attributes.clone();
                    attributes.push((name.to_owned(), value.clone()));
                    groups.push((value, Spanset { attributes, spans: vec![span] }));
                }
            }
        }
        groups.into_iter().map(|(_, group)| group).collect()
    }

    /// Keeps or drops a spanset as a whole.
    fn filter(&self, filter: &ScalarFilter, mut spanset: Spanset) -> Option<Spanset> {
        let (Scalar::Aggregate(aggregate), Scalar::Literal(literal)) =
            (&filter.left, &filter.right)
        else {
            panic!("refused");
        };
        let value = self.aggregate(aggregate, &spanset.spans)?;
        let literal = Value::of_literal(literal);
        if !self.passes(filter.op, &value, literal.as_ref()) {
            return None;
        }
        let attributes = &mut spanset.attributes;
        match attributes.iter_mut().find(|(name, _)| **name == *aggregate.text) {
            Some((_, old)) => *old = Some(value),
            None => attributes.push((aggregate.text.to_string(), Some(value))),
        }
        Some(spanset)
    }
}

fn sorted(mut spans: Vec<usize>) -> Vec<usize> {
    spans.sort_unstable();
    spans.dedup();
    spans
}

/// Whether two values make one group: those of one type that are alike.
fn is_same(a: &Option<Value>, b: &Option<Value>) -> bool {
    match (a, b) {
        (Some(Value::Float(a)), Some(Value::Float(b))) => a == b || a.is_nan() && b.is_nan(),
        _ => format!("{a:?}") == format!("{b:?}"),
    }
}
