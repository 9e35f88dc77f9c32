//! Distinct values, numbered.

use crate::traceql::eval::{Operand, Value};
use crate::value::ValueRef;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// The number of what is absent.
pub const NIL: u32 = 0;

/// Values of keys, numbered as they come; nothing is [`NIL`].
pub struct Numbering {
    /// The values.
    pub distinct: Distinct,
    /// Whether an attribute without a value counts as absent.
    empty_is_nil: bool,
}

impl Numbering {
    /// Only nothing. An attribute without a value is as absent as one that is not there, if the
    /// flag says so; else it is a value like any other.
    pub fn new(empty_is_nil: bool) -> Numbering {
        let mut distinct = Distinct::default();
        distinct.number(None);
        Numbering { distinct, empty_is_nil }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.distinct.values.len()
    }

    /// The number of a value.
    pub fn number(&mut self, value: Option<Operand<'_>>) -> u32 {
        match value {
            None => NIL,
            Some(Operand::Other(ValueRef::Empty)) if self.empty_is_nil => NIL,
            value => self.distinct.number(value),
        }
    }
}

/// Distinct values, numbered as they come.
#[derive(Default)]
pub struct Distinct {
    /// The values.
    pub values: Vec<Value>,
    /// Their keys: what tells them apart, as bytes. One after another, then the one that is looked for.
    keys: Vec<u8>,
    /// Where the key of each value ends.
    ends: Vec<usize>,
    table: HashTable<u32>,
}

impl Distinct {
    /// The number of `value`.
    pub fn number(&mut self, value: Option<Operand<'_>>) -> u32 {
        write_key(value, &mut self.keys);
        self.number_of_key(|| value.map_or(Value::Nil, Operand::to_value))
    }

    /// The number of each value of `other`, which are taken in.
    pub fn merge(&mut self, other: &Distinct) -> Vec<u32> {
        let mut numbers = Vec::with_capacity(other.values.len());
        for (number, value) in (0..).zip(&other.values) {
            self.keys.extend_from_slice(key(&other.keys, &other.ends, number));
            numbers.push(self.number_of_key(|| value.clone()));
        }
        numbers
    }

    /// The number of the value whose key stands behind all others.
    fn number_of_key(&mut self, value: impl FnOnce() -> Value) -> u32 {
        let Distinct { values, keys, ends, table } = self;
        let number = values.len() as u32;
        let own = key(keys, ends, number);
        let hash = |key: &[u8]| FixedState::default().hash_one(key);
        let hashed = hash(own);
        if let Some(&known) = table.find(hashed, |&n| key(keys, ends, n) == own) {
            keys.truncate(ends.last().copied().unwrap_or(0));
            return known;
        }
        ends.push(keys.len());
        values.push(value());
        table.insert_unique(hashed, number, |&n| hash(key(keys, ends, n)));
        number
    }
}

/// Key number `number` of `keys`, which end at `ends`; the last has no end yet.
fn key<'k>(keys: &'k [u8], ends: &[usize], number: u32) -> &'k [u8] {
    let number = number as usize;
    let start = number.checked_sub(1).and_then(|before| ends.get(before)).map_or(0, |&end| end);
    let end = ends.get(number).copied().unwrap_or(keys.len());
    keys.get(start..end).unwrap_or_default()
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
