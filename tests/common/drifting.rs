//! Traces whose values drift and come in bursts, as those of real services do: what zones and the
//! smallest and largest values of blocks are for.

#![allow(dead_code, reason = "not every test needs all")]

use crate::random::{Attributes, Resource, Scope, Span, encode};
use blockpack::wire::WriteExt;

/// A small deterministic generator (xorshift64*, <https://en.wikipedia.org/wiki/Xorshift>).
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        (self.next() >> 33) % n.max(1)
    }

    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len() as u64) as usize]
    }
}

/// How the values of an attribute go, span by span.
struct Column {
    key: Vec<u8>,
    kind: u64,
    /// One span in this many has it.
    one_in: u64,
    /// Spans between two values, roughly.
    step: u64,
    /// How far values scatter around where they drift.
    noise: u64,
    /// Width of the integers, in bits.
    bits: u32,
}

/// One message with `spans` spans, each a trace, started one after another.
pub fn message(rng: &mut Rng, spans: u64) -> Vec<u8> {
    let columns: Vec<Column> = (0..6)
        .map(|number| Column {
            key: format!("key{number}").into_bytes(),
            kind: rng.below(8),
            one_in: *rng.pick(&[1, 1, 2, 9]),
            step: *rng.pick(&[1, 30, 300]),
            noise: *rng.pick(&[1, 3, 50]),
            bits: *rng.pick(&[1, 9, 20, 33, 44, 63]),
        })
        .collect();
    let spans = (0..spans).map(|number| span(rng, &columns, number)).collect();
    let scope = Scope {
        present: true,
        name: b"lib".to_vec(),
        version: Vec::new(),
        attributes: Attributes::new(),
        schema_url: Vec::new(),
        spans,
    };
    encode(&[Resource {
        present: true,
        attributes: Attributes::new(),
        dropped: 0,
        schema_url: Vec::new(),
        unknown: Vec::new(),
        scopes: vec![scope],
    }])
}

fn span(rng: &mut Rng, columns: &[Column], number: u64) -> Span {
    let id = |len: usize| {
        let bytes = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
        bytes.iter().copied().cycle().take(len).collect::<Vec<u8>>()
    };
    let mut attributes = Attributes::new();
    for column in columns {
        if rng.below(column.one_in) == 0 {
            attributes.push((column.key.clone(), Some(value(rng, column, number))));
        }
    }
    let start = 1_700_000_000_000_000_000 + number * 1_000_003;
    Span {
        ids: [id(16), id(8), Vec::new()],
        trace_state: Vec::new(),
        name: format!("GET /{}", number / 400).into_bytes(),
        kind: rng.below(3) as i32,
        times: [start, start + rng.below(1 << 20)],
        flags: 0,
        attributes,
        dropped: [0; 3],
        events: Vec::new(),
        links: Vec::new(),
        status: (number % 700 < 9).then(|| (2, Vec::new())),
        unknown: Vec::new(),
    }
}

fn value(rng: &mut Rng, column: &Column, number: u64) -> Vec<u8> {
    let n = number / column.step + rng.below(column.noise);
    let integer = (n.wrapping_mul((1 << column.bits) / 200 + 1) as i64).wrapping_sub(1 << 10);
    let double = match rng.below(40) {
        0 => f64::NAN,
        1 => -0.0,
        2 => 0.0,
        3 if n.is_multiple_of(7) => f64::NEG_INFINITY,
        _ => n as f64 / 8.0 - 10.0,
    };
    let mut out = Vec::new();
    match column.kind {
        0 | 1 => out.put_varint_field(3, integer as u64),
        2 => out.put_fixed64_field(4, double.to_bits()),
        3 => out.put_varint_field(2, u64::from(n % 50 < 2)),
        4 => out.put_bytes_field(7, &n.to_be_bytes()[6..]),
        5 => out
            .put_bytes_field(1, format!("{:x}", n.wrapping_mul(0xdead_beef_1234_5677)).as_bytes()),
        _ => out.put_bytes_field(1, format!("item {n}").as_bytes()),
    }
    out
}
