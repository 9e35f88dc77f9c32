//! `by(...)`: spansets split by a value.

use super::chunk::Chunk;
use super::control::RunContext;
use super::state::{GroupAttribute, GroupTable, Groups, State};
use crate::error::Result;
use crate::rowset::SpanSet;
use crate::traceql::ast::Expr;
use crate::traceql::keys::{Key, NIL, Numbering, Pairs, for_each_batch, for_each_site};
use std::sync::Arc;

/// A compiled `by(...)`.
#[derive(Debug)]
pub struct GroupKey {
    /// What the attribute is called.
    pub text: Arc<str>,
    key: Key,
}

impl GroupKey {
    /// Compiles `by(expr)`. Errors: a pattern is no regular expression.
    pub fn compile(expr: &Expr) -> Result<GroupKey> {
        Ok(GroupKey { text: format!("by({expr})").into(), key: Key::compile(expr)? })
    }

    /// Splits every spanset of `state` by the value; spans without one stay together. New spansets
    /// are in the order of their first spans.
    pub fn split(&self, run: &RunContext<'_>, chunk: &Chunk<'_>, state: State) -> Result<State> {
        let mut numbering = Numbering::new(false);
        let values = self.values(run, chunk, &state.spans, &mut numbering)?;
        let (spans, groups) = state.into_groups(chunk)?;
        let mut new = Pairs::default();
        let of = groups.of.iter().zip(&values);
        let of: Vec<u32> = of.map(|(&group, &value)| new.number((group, value))).collect();
        let from: Vec<u32> = new.list.iter().map(|pair| pair.0).collect();
        let mut table = GroupTable { split: true, ..groups.table.choose(&from) };
        table.attributes.push(GroupAttribute {
            text: self.text.clone(),
            values: numbering.distinct.values.into(),
            of: new.list.iter().map(|pair| pair.1).collect(),
        });
        Ok(State { spans, groups: Some(Groups { of, table }) })
    }

    /// The number of the value of each span.
    fn values(
        &self,
        run: &RunContext<'_>,
        chunk: &Chunk<'_>,
        spans: &SpanSet,
        numbering: &mut Numbering,
    ) -> Result<Vec<u32>> {
        let mut values = Vec::with_capacity(usize::try_from(spans.count()).unwrap_or(0));
        for_each_site(chunk, self.key.needs_traces, spans, |site, rows| {
            let mut keys = self.key.at(site, run.control, numbering)?;
            for_each_batch(rows, |rows| {
                run.control.check()?;
                let at = values.len();
                values.resize(at + rows.len(), NIL);
                keys.numbers(rows, &mut values[at..], numbering)
            })
        })?;
        Ok(values)
    }
}
