//! Random conditions, mostly such that something matches.

use crate::oracle::{Row, Val};
use blockpack::name::{Intrinsic, Name, Scope};
use blockpack::scan::{Comparison, Condition};

/// A small deterministic generator (xorshift64*, <https://en.wikipedia.org/wiki/Xorshift>).
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() >> 33) as usize % n.max(1)
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

/// A condition that owns its literals.
#[derive(Clone, Debug)]
pub enum Case {
    Compare(Comparison, Val),
    In(Vec<Val>, bool),
    Between(Val, Val),
    Regex(String, bool),
    Contains(Val),
    StartsWith(Val),
    EndsWith(Val),
    Folded(String),
    Length(Comparison, u64),
    Null(bool),
}

impl Case {
    /// Gives the condition to `f`.
    pub fn with<T>(&self, f: impl FnOnce(&Condition<'_>) -> T) -> T {
        match self {
            Case::Compare(comparison, v) => {
                f(&Condition::Compare(*comparison, v.literal().unwrap()))
            }
            Case::In(values, negated) => {
                let values: Vec<_> = values.iter().map(literal_of).collect();
                if *negated { f(&Condition::NotIn(&values)) } else { f(&Condition::In(&values)) }
            }
            Case::Between(a, b) => f(&Condition::Between(literal_of(a), literal_of(b))),
            Case::Regex(pattern, false) => f(&Condition::Regex(pattern)),
            Case::Regex(pattern, true) => f(&Condition::NotRegex(pattern)),
            Case::Contains(part) => f(&Condition::Contains(literal_of(part))),
            Case::StartsWith(part) => f(&Condition::StartsWith(literal_of(part))),
            Case::EndsWith(part) => f(&Condition::EndsWith(literal_of(part))),
            Case::Folded(text) => f(&Condition::EqualIgnoringCase(text)),
            Case::Length(comparison, length) => f(&Condition::Length(*comparison, *length)),
            Case::Null(true) => f(&Condition::IsNull),
            Case::Null(false) => f(&Condition::IsNotNull),
        }
    }
}

fn literal_of(value: &Val) -> blockpack::value::ValueRef<'_> {
    value.literal().unwrap()
}

const COMPARISONS: [Comparison; 6] = [
    Comparison::Equal,
    Comparison::NotEqual,
    Comparison::Less,
    Comparison::LessOrEqual,
    Comparison::Greater,
    Comparison::GreaterOrEqual,
];

/// All names worth asking for in `rows`: what they have, and what they do not have.
pub fn names(rows: &[Row], unknown_to_oracle: &[Intrinsic]) -> Vec<Name> {
    let mut names: Vec<Name> = rows.iter().flat_map(Row::names).collect();
    names.push(Name::attribute(Scope::Any, b"no such key"));
    names.push(Name::attribute(Scope::Event, b"no such key"));
    names.sort();
    names.dedup();
    let known = Intrinsic::ALL.iter().filter(|i| !unknown_to_oracle.contains(i));
    names.extend(known.map(|&i| Name::Intrinsic(i)));
    names
}

/// A random condition on `name`.
pub fn case(rng: &mut Rng, rows: &[Row], name: &Name) -> Case {
    match rng.below(20) {
        0 => Case::Null(true),
        1 => Case::Null(false),
        2 => Case::In((0..rng.below(6)).map(|_| literal(rng, rows, name)).collect(), false),
        3 => Case::In((0..rng.below(6)).map(|_| literal(rng, rows, name)).collect(), true),
        4 | 5 => Case::Between(literal(rng, rows, name), literal(rng, rows, name)),
        6 => Case::Regex(pattern(rng, rows, name), false),
        7 => Case::Regex(pattern(rng, rows, name), true),
        8 => Case::Contains(part(rng, rows, name)),
        9 => Case::StartsWith(part(rng, rows, name)),
        10 => Case::EndsWith(part(rng, rows, name)),
        11 => Case::Folded(text(rng, rows, name)),
        12 => Case::Length(*rng.pick(&COMPARISONS), rng.below(6) as u64),
        _ => Case::Compare(*rng.pick(&COMPARISONS), literal(rng, rows, name)),
    }
}

/// A value of `name` in some row, if one is found soon.
fn some_value(rng: &mut Rng, rows: &[Row], name: &Name) -> Option<Val> {
    for _ in 0..8 {
        if rows.is_empty() {
            return None;
        }
        let values = rng.pick(rows).values(name);
        match values.into_iter().flatten().next() {
            Some(Val::List(items)) => return Some(rng.pick(&items).clone()),
            Some(value) if value.literal().is_some() => return Some(value),
            _ => {}
        }
    }
    None
}

/// A literal: a value of the name, one near it, the same said otherwise, or any other.
fn literal(rng: &mut Rng, rows: &[Row], name: &Name) -> Val {
    match some_value(rng, rows, name) {
        Some(value) if !rng.one_in(8) => match rng.below(4) {
            0 => near(rng, value),
            1 => otherwise(rng, value),
            _ => value,
        },
        _ => any_literal(rng),
    }
}

fn near(rng: &mut Rng, value: Val) -> Val {
    let step = rng.below(5) as i64 - 2;
    match value {
        Val::I64(v) => Val::I64(v.wrapping_add(step)),
        Val::U64(v) => Val::U64(v.wrapping_add_signed(step)),
        Val::Time(v) => Val::Time(v.wrapping_add_signed(step)),
        Val::Duration(v) => Val::Duration(v.wrapping_add_signed(step)),
        Val::F64(v) if step > 0 => Val::F64(v.next_up()),
        Val::F64(v) => Val::F64(v.next_down()),
        Val::Bool(v) => Val::Bool(!v),
        Val::Kind(v) => Val::Kind(v.wrapping_add(step as i32)),
        Val::Status(v) => Val::Status(v.wrapping_add(step as i32)),
        Val::Str(mut v) => {
            if step > 0 {
                v.push(b'a')
            } else {
                v.truncate(v.len().saturating_sub(1))
            }
            Val::Str(v)
        }
        Val::Bytes(mut v) => {
            if step > 0 {
                v.push(0)
            } else {
                v.truncate(v.len().saturating_sub(1))
            }
            Val::Bytes(v)
        }
        Val::Id(mut v) => {
            if step > 0 {
                v.insert(0, 0)
            } else {
                v.truncate(v.len().saturating_sub(1))
            }
            Val::Id(v)
        }
        other => other,
    }
}

/// The same value as a literal of another type.
fn otherwise(rng: &mut Rng, value: Val) -> Val {
    let hex = |v: &[u8]| blockpack::value::Hex(v).to_string();
    match value {
        Val::I64(v) if rng.one_in(2) => Val::F64(v as f64),
        Val::I64(v) => Val::U64(v as u64),
        Val::F64(v) if rng.one_in(2) => Val::I64(v as i64),
        Val::F64(v) => Val::U64(v as u64),
        Val::U64(v) | Val::Time(v) | Val::Duration(v) => match rng.below(3) {
            0 => Val::F64(v as f64),
            1 => Val::I64(v as i64),
            _ => Val::Duration(v),
        },
        Val::Kind(v) => match blockpack::value::span_kind_name(v) {
            Some(name) if rng.one_in(2) => Val::Str(name.into()),
            _ => Val::I64(v.into()),
        },
        Val::Status(v) => match blockpack::value::status_name(v) {
            Some(name) if rng.one_in(2) => Val::Str(name.into()),
            _ => Val::I64(v.into()),
        },
        Val::Id(v) => match rng.below(3) {
            0 => Val::Str(hex(&v).into_bytes()),
            1 => Val::Str(hex(&v).trim_start_matches('0').to_uppercase().into_bytes()),
            _ => Val::Bytes(v),
        },
        Val::Str(v) => Val::Bytes(v),
        Val::Bytes(v) => Val::Str(v),
        other => other,
    }
}

fn any_literal(rng: &mut Rng) -> Val {
    let numbers = [0, 1, -1, i64::MAX, i64::MIN, 1 << 53, (1 << 53) + 1];
    let doubles =
        [0.0, -0.0, 1.5, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 9007199254740992.0, 1e300];
    match rng.below(9) {
        0 => Val::Str(b"a".to_vec()),
        1 => Val::Str(b"".to_vec()),
        2 => Val::Bool(rng.one_in(2)),
        3 => Val::F64(*rng.pick(&doubles)),
        4 => Val::Kind(rng.below(7) as i32),
        5 => Val::Status(rng.below(4) as i32),
        6 => Val::Bytes(vec![0, 1]),
        7 => Val::U64(rng.next()),
        _ => Val::I64(*rng.pick(&numbers)),
    }
}

/// A text, often a value of the name.
fn text(rng: &mut Rng, rows: &[Row], name: &Name) -> String {
    let text = match some_value(rng, rows, name) {
        Some(Val::Str(v)) => String::from_utf8_lossy(&v).into_owned(),
        _ => "ab".into(),
    };
    match rng.below(3) {
        0 => text.to_ascii_uppercase(),
        1 => text.replace('s', "ſ").replace('k', "\u{212a}"),
        _ => text,
    }
}

/// A part of a value of the name.
fn part(rng: &mut Rng, rows: &[Row], name: &Name) -> Val {
    let cut = |rng: &mut Rng, v: Vec<u8>| {
        let from = rng.below(v.len() + 1);
        let to = from + rng.below(v.len() - from + 1);
        match rng.below(4) {
            0 => v[..to].to_vec(),
            1 => v[from..].to_vec(),
            _ => v[from..to].to_vec(),
        }
    };
    match some_value(rng, rows, name) {
        Some(Val::Str(v)) => Val::Str(cut(rng, v)),
        Some(Val::Bytes(v)) => Val::Bytes(cut(rng, v)),
        _ if rng.one_in(2) => Val::Bytes(vec![0]),
        _ => Val::Str(b"a".to_vec()),
    }
}

/// A pattern made of a part of a value of the name.
fn pattern(rng: &mut Rng, rows: &[Row], name: &Name) -> String {
    let part = match part(rng, rows, name) {
        Val::Str(v) => regex::escape(&String::from_utf8_lossy(&v)),
        _ => "a".into(),
    };
    let wrap: [fn(&str) -> String; 9] = [
        |p| p.to_string(),
        |p| format!(r"\A(?:{p})\z"),
        |p| format!("^{p}"),
        |p| format!("{p}$"),
        |p| format!("(?i){p}"),
        |p| format!("(?s).*{p}.*"),
        |p| format!("[a-c]{p}?"),
        |p| format!("({p}|b+)[^a]"),
        |p| format!(r"\A(?s:{p}.*)\z"),
    ];
    rng.pick(&wrap)(&part)
}
