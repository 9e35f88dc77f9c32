//! Traces with many spans of regular attributes: columns of every layout and encoding, as big as
//! those of real blocks.

use crate::cases::Rng;
use crate::random::{Attributes, Event, Link, Resource, Scope, Span, encode};
use blockpack::wire::WriteExt;

/// An attribute column: how many rows have it, what it holds, and how many different values.
struct Column {
    key: Vec<u8>,
    /// One row in this many.
    one_in: usize,
    kind: usize,
    distinct: usize,
}

/// One message with up to a few thousand spans.
pub fn message(rng: &mut Rng) -> Vec<u8> {
    let most = *rng.pick(&[3, 70, 600, 3000]);
    let spans = 1 + rng.below(most);
    let columns: Vec<Column> = (0..rng.below(8)).map(|i| column(rng, i)).collect();
    let mut resources: Vec<Resource> =
        (0..1 + rng.below(12)).map(|_| resource(rng, &columns)).collect();
    for number in 0..spans {
        let span = span(rng, &columns, number);
        let place = rng.below(resources.len());
        let scopes = &mut resources[place].scopes;
        let place = rng.below(scopes.len());
        scopes[place].spans.push(span);
    }
    encode(&resources)
}

fn column(rng: &mut Rng, number: usize) -> Column {
    Column {
        key: format!("key{number}").into_bytes(),
        one_in: *rng.pick(&[1, 1, 2, 20, 200]),
        kind: rng.below(12),
        distinct: *rng.pick(&[1, 2, 40, 300, 100_000]),
    }
}

/// Attributes of a row. Now and then a key has a value of another kind, and is there twice.
fn attributes(rng: &mut Rng, columns: &[Column]) -> Attributes {
    let mut list = Attributes::new();
    for column in columns {
        if rng.one_in(column.one_in) {
            let kind = if rng.one_in(30) { rng.below(12) } else { column.kind };
            list.push((column.key.clone(), value(rng, kind, column.distinct)));
            if rng.one_in(100) {
                list.push((column.key.clone(), value(rng, column.kind, column.distinct)));
            }
        }
    }
    list
}

fn value(rng: &mut Rng, kind: usize, distinct: usize) -> Option<Vec<u8>> {
    let n = rng.below(distinct) as u64;
    let text = |n: u64| format!("/path/{}/item-{n}?k=s", n % 7).into_bytes();
    let mut out = Vec::new();
    match kind {
        0..=2 => out.put_bytes_field(1, &text(n)),
        3 => out.put_varint_field(2, n % 2),
        4 => out.put_varint_field(3, n),
        // Far apart, below 0 too.
        5 => {
            out.put_varint_field(3, (n as i64).wrapping_sub(50).wrapping_mul(1 << (n % 57)) as u64)
        }
        6 => out.put_fixed64_field(4, (n as f64 / 4.0 - 3.0).to_bits()),
        7 => {
            out.put_fixed64_field(4, rng.pick(&[f64::NAN, 0.0, -0.0, f64::INFINITY, 1.0]).to_bits())
        }
        8 => out.put_bytes_field(7, &n.to_be_bytes()[6..]),
        9 => out.put_message_field(5, |list| {
            for i in 0..n % 3 {
                list.put_message_field(1, |item| item.put_bytes_field(1, &text(n + i)));
            }
        }),
        10 => out.put_message_field(5, |list| {
            for i in 0..n % 4 {
                list.put_message_field(1, |item| item.put_varint_field(3, n % 5 + i));
            }
        }),
        _ if rng.one_in(2) => return None,
        _ => {}
    }
    Some(out)
}

fn resource(rng: &mut Rng, columns: &[Column]) -> Resource {
    let scope = |rng: &mut Rng| Scope {
        present: true,
        name: rng.pick(&["", "otel", "lib"]).as_bytes().to_vec(),
        version: b"1".to_vec(),
        attributes: attributes(rng, &columns[columns.len() / 2..]),
        schema_url: Vec::new(),
        spans: Vec::new(),
    };
    let mut list = attributes(rng, &columns[..columns.len() / 2]);
    let mut name = Vec::new();
    name.put_bytes_field(1, format!("service {}", rng.below(5)).as_bytes());
    list.push((b"service.name".to_vec(), Some(name)));
    Resource {
        present: true,
        attributes: list,
        dropped: 0,
        schema_url: Vec::new(),
        unknown: Vec::new(),
        scopes: (0..1 + rng.below(3)).map(|_| scope(rng)).collect(),
    }
}

fn span(rng: &mut Rng, columns: &[Column], number: usize) -> Span {
    let id = |number: usize, len: usize| {
        let bytes = (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
        bytes.iter().copied().cycle().take(len).collect::<Vec<u8>>()
    };
    let trace = number / (1 + rng.below(20));
    let mut ids = [id(trace, 16), id(number, 8), Vec::new()];
    if number > 0 && !rng.one_in(4) {
        ids[2] = id(number - 1 - rng.below(number.min(5)), 8);
    }
    if rng.one_in(100) {
        ids[rng.below(3)] = id(number, rng.below(20));
    }
    let start = 1_700_000_000_000_000_000 + (number as u64) * 1_000_003;
    let bits = rng.below(31);
    let end = start + rng.below(1 << bits) as u64;
    let end = if rng.one_in(50) { start - rng.below(1000) as u64 } else { end };
    let event = |rng: &mut Rng| Event {
        time: if rng.one_in(20) {
            11_651_379_494_838_206_464
        } else {
            start + rng.below(500) as u64 - 100
        },
        name: rng.pick(&["exception", "message", ""]).as_bytes().to_vec(),
        attributes: attributes(rng, columns),
        dropped: rng.below(2) as u32,
        unknown: Vec::new(),
    };
    let link = |rng: &mut Rng| Link {
        ids: [id(rng.below(30), 16), id(rng.below(30), 8)],
        trace_state: Vec::new(),
        attributes: attributes(rng, columns),
        dropped: 0,
        flags: rng.below(3) as u32,
        unknown: Vec::new(),
    };
    Span {
        ids,
        trace_state: Vec::new(),
        name: format!("GET /{}", rng.below(50)).into_bytes(),
        kind: rng.below(7) as i32,
        times: [start, end],
        flags: rng.below(2) as u32 * 257,
        attributes: attributes(rng, columns),
        dropped: [0, rng.below(20).saturating_sub(17) as u32, 0],
        events: (0..rng.below(6).saturating_sub(4)).map(|_| event(rng)).collect(),
        links: (0..rng.below(10).saturating_sub(8)).map(|_| link(rng)).collect(),
        status: rng.one_in(2).then(|| (rng.below(3) as i32, b"".to_vec())),
        unknown: Vec::new(),
    }
}
