//! `by(...)`: spansets split by a value.

use super::chunk::Chunk;
use super::codes::FieldCodes;
use super::control::RunContext;
use super::state::{GroupTable, Groups, State};
use crate::error::Result;
use crate::name::Name;
use crate::rowset::SpanSet;
use crate::traceql::ast::{Expr, ExprKind};
use crate::traceql::eval::{Operand, Program, Span, Value};
use crate::traceql::filter::{mentions, needs_trace};
use crate::value::ValueRef;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;
use std::sync::Arc;

/// A compiled `by(...)`.
#[derive(Debug)]
pub struct GroupKey {
    /// What the attribute is called.
    pub text: Arc<str>,
    program: Program,
    /// The field, if that is all there is to the expression.
    field: Option<Name>,
    /// Whether the value depends on whole traces.
    needs_traces: bool,
}

impl GroupKey {
    /// Compiles `by(expr)`. Errors: a pattern is no regular expression.
    pub fn compile(expr: &Expr) -> Result<GroupKey> {
        let field = match &expr.kind {
            ExprKind::Field(name) => Some(name.clone()),
            _ => None,
        };
        Ok(GroupKey {
            text: format!("by({expr})").into(),
            program: Program::compile(expr)?,
            field,
            needs_traces: mentions(expr, &needs_trace),
        })
    }

    /// Splits every spanset of `state` by the value; spans without one stay together. New spansets
    /// are in the order of their first spans.
    pub fn split(&self, run: &RunContext<'_>, chunk: &Chunk<'_>, state: State) -> Result<State> {
        let values = Values::of(run, chunk, &state.spans, self)?;
        let (spans, groups) = state.into_groups(chunk)?;
        let mut new = Pairs::default();
        let of = groups.of.iter().zip(&values.of);
        let of: Vec<u32> = of.map(|(&group, &value)| new.number(group, value)).collect();
        let from: Vec<u32> = new.pairs.iter().map(|pair| pair.0).collect();
        let mut table = GroupTable { split: true, ..groups.table.choose(&from) };
        let value = |pair: &(u32, u32)| values.distinct[pair.1 as usize].clone();
        table.attributes.push((self.text.clone(), new.pairs.iter().map(value).collect()));
        Ok(State { spans, groups: Some(Groups { of, table }) })
    }
}

/// The value of each span, as a number among the distinct ones.
struct Values {
    of: Vec<u32>,
    distinct: Vec<Value>,
}

impl Values {
    fn of(
        run: &RunContext<'_>,
        chunk: &Chunk<'_>,
        spans: &SpanSet,
        key: &GroupKey,
    ) -> Result<Values> {
        let wholes = if key.needs_traces { chunk.wholes()? } else { None };
        let mut seen = Distinct::default();
        let mut of = Vec::with_capacity(usize::try_from(spans.count()).unwrap_or(0));
        for (number, (block, rows)) in chunk.blocks().iter().zip(spans.blocks()).enumerate() {
            if rows.is_empty() {
                continue;
            }
            run.control.check()?;
            match &key.field {
                Some(name) => {
                    let mut codes = FieldCodes::new(name, block, number, wholes, &mut seen)?;
                    for row in rows {
                        of.push(codes.number(row, &mut seen)?);
                    }
                }
                None => {
                    for row in rows {
                        let span = Span::new(block, number, row, wholes)?;
                        of.push(seen.number(key.program.value_watched(span, run.control)?));
                    }
                }
            }
        }
        Ok(Values { of, distinct: seen.values })
    }
}

/// Distinct values, numbered as they come.
#[derive(Default)]
pub struct Distinct {
    /// The values.
    pub values: Vec<Value>,
    /// Their keys: what tells them apart, as bytes.
    keys: Vec<Box<[u8]>>,
    table: HashTable<u32>,
    key: Vec<u8>,
}

impl Distinct {
    /// The number of `value`.
    pub fn number(&mut self, value: Option<Operand<'_>>) -> u32 {
        self.key.clear();
        write_key(value, &mut self.key);
        self.number_of_key(|| value.map_or(Value::Nil, Operand::to_value))
    }

    /// The number of each value of `other`, which are taken in.
    pub fn merge(&mut self, other: &Distinct) -> Vec<u32> {
        let mut numbers = Vec::with_capacity(other.values.len());
        for (key, value) in other.keys.iter().zip(&other.values) {
            self.key.clear();
            self.key.extend_from_slice(key);
            numbers.push(self.number_of_key(|| value.clone()));
        }
        numbers
    }

    /// The number of the value whose key is `self.key`.
    fn number_of_key(&mut self, value: impl FnOnce() -> Value) -> u32 {
        let hash = |key: &[u8]| FixedState::default().hash_one(key);
        let own = hash(&self.key);
        if let Some(&known) = self.table.find(own, |&n| *self.keys[n as usize] == *self.key) {
            return known;
        }
        let number = self.values.len() as u32;
        self.values.push(value());
        self.keys.push(self.key.as_slice().into());
        self.table.insert_unique(own, number, |&n| hash(&self.keys[n as usize]));
        number
    }
}

/// What tells a value from others: its type, then what it is.
fn write_key(value: Option<Operand<'_>>, key: &mut Vec<u8>) {
    let (tag, number, bytes): (u8, u64, &[u8]) = match value {
        None => (0, 0, b""),
        Some(Operand::Bool(v)) => (1, v.into(), b""),
        Some(Operand::Int(v)) => (2, v as u64, b""),
        // The zeros are one value, and so is all that is no number.
        Some(Operand::Float(0.0)) => (3, 0, b""),
        Some(Operand::Float(v)) if v.is_nan() => (3, f64::NAN.to_bits(), b""),
        Some(Operand::Float(v)) => (3, v.to_bits(), b""),
        Some(Operand::Duration(v)) => (4, v as u64, b""),
        Some(Operand::Str(v)) => (5, 0, v),
        Some(Operand::Id(v)) => (6, 0, v),
        Some(Operand::Status(v)) => (7, v as u64, b""),
        Some(Operand::Kind(v)) => (8, v as u64, b""),
        Some(Operand::List(v)) => (9, 0, v.0),
        Some(Operand::Other(ValueRef::Bytes(v))) => (10, 0, v),
        Some(Operand::Other(ValueRef::Nested(v))) => (11, 0, v.0),
        Some(Operand::Other(_)) => (12, 0, b""),
    };
    key.push(tag);
    key.extend(number.to_le_bytes());
    key.extend(bytes);
}

/// Pairs of numbers, numbered as they come.
#[derive(Default)]
struct Pairs {
    pairs: Vec<(u32, u32)>,
    table: HashTable<u32>,
}

impl Pairs {
    fn number(&mut self, a: u32, b: u32) -> u32 {
        let hash = |pair: (u32, u32)| FixedState::default().hash_one(pair);
        let own = hash((a, b));
        if let Some(&known) = self.table.find(own, |&n| self.pairs[n as usize] == (a, b)) {
            return known;
        }
        let number = self.pairs.len() as u32;
        self.pairs.push((a, b));
        self.table.insert_unique(own, number, |&n| hash(self.pairs[n as usize]));
        number
    }
}
