//! `by(...)`: spansets split by a value.

use super::chunk::Chunk;
use super::control::RunContext;
use super::state::{GroupTable, Groups, State};
use crate::error::Result;
use crate::traceql::eval::{Operand, Program, Span, Value};
use crate::value::ValueRef;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;
use std::sync::Arc;

/// Spans looked at between two looks at whether to stop.
const STRIDE: usize = 4096;

/// Splits every spanset of `state` by the value of `program`; spans without one stay together.
/// New spansets are in the order of their first spans.
pub fn split(
    run: &RunContext<'_>,
    chunk: &Chunk<'_>,
    state: State,
    text: &Arc<str>,
    program: &Program,
    needs_traces: bool,
) -> Result<State> {
    let values = Values::of(run, chunk, &state, program, needs_traces)?;
    let (spans, groups) = state.into_groups(chunk)?;
    let mut new = Pairs::default();
    let of = groups.of.iter().zip(&values.of);
    let of: Vec<u32> = of.map(|(&group, &value)| new.number(group, value)).collect();
    let from: Vec<u32> = new.pairs.iter().map(|pair| pair.0).collect();
    let mut table = GroupTable { split: true, ..groups.table.choose(&from) };
    let value = |pair: &(u32, u32)| values.distinct[pair.1 as usize].clone();
    table.attributes.push((text.clone(), new.pairs.iter().map(value).collect()));
    Ok(State { spans, groups: Some(Groups { of, table }) })
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
        state: &State,
        program: &Program,
        needs_traces: bool,
    ) -> Result<Values> {
        let wholes = if needs_traces { chunk.wholes()? } else { None };
        let mut seen = Distinct::default();
        let mut of = Vec::with_capacity(usize::try_from(state.spans.count()).unwrap_or(0));
        for (number, row) in &state.spans {
            if of.len() % STRIDE == STRIDE - 1 {
                run.control.check()?;
            }
            let span = Span::new(chunk.block(number)?, number, row, wholes)?;
            of.push(seen.number(program.value(span)?));
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
        let hash = |key: &[u8]| FixedState::default().hash_one(key);
        let own = hash(&self.key);
        if let Some(&known) = self.table.find(own, |&n| *self.keys[n as usize] == *self.key) {
            return known;
        }
        let number = self.values.len() as u32;
        self.values.push(value.map_or(Value::Nil, Operand::to_value));
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
