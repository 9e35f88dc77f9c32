//! The generated traces, read back field by field: their shape, and that they never change.

use super::*;
use blockpack::wire::{FIXED32, FIXED64, Reader, VARINT};
use std::collections::{HashMap, HashSet};

/// A field of a message: its number and its value, numbers as 64 bits.
enum Field<'a> {
    Number(u32, u64),
    Bytes(u32, &'a [u8]),
}

fn fields(message: &[u8]) -> impl Iterator<Item = Field<'_>> {
    let mut reader = Reader::new(message);
    std::iter::from_fn(move || {
        let (number, wire_type) = reader.tag().unwrap()?;
        Some(match wire_type {
            VARINT => Field::Number(number, reader.varint().unwrap()),
            FIXED64 => Field::Number(number, reader.fixed64().unwrap()),
            FIXED32 => Field::Number(number, reader.fixed32().unwrap().into()),
            _ => Field::Bytes(number, reader.bytes().unwrap()),
        })
    })
}

/// The length-delimited fields with this number.
fn parts(message: &[u8], wanted: u32) -> impl Iterator<Item = &[u8]> {
    fields(message).filter_map(move |field| match field {
        Field::Bytes(number, bytes) if number == wanted => Some(bytes),
        _ => None,
    })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Keys of the attributes in `field` of a message, with the text of the values that are text.
fn attributes(message: &[u8], field: u32) -> Vec<(String, String)> {
    parts(message, field)
        .map(|kv| {
            let value = parts(kv, 2).flat_map(|any| parts(any, 1)).next().unwrap_or_default();
            (text(parts(kv, 1).next().unwrap()), text(value))
        })
        .collect()
}

#[derive(Default)]
struct Seen {
    parent: Vec<u8>,
    start: u64,
    end: u64,
}

#[derive(Default)]
struct SeenTrace {
    spans: HashMap<Vec<u8>, Seen>,
    /// Numbers of the requests that carried its spans.
    requests: HashSet<usize>,
}

/// What a test wants to know about generated spans.
#[derive(Default)]
struct Shape {
    bytes: usize,
    spans: u64,
    request_sizes: Vec<u32>,
    traces: HashMap<Vec<u8>, SeenTrace>,
    links: Vec<(Vec<u8>, Vec<u8>)>,
    services: HashSet<String>,
    names: HashSet<String>,
    columns: HashSet<String>,
    users: HashSet<String>,
    urls: HashSet<String>,
    errors: u64,
    exceptions: u64,
}

impl Shape {
    fn of(spans: u64, seed: u64) -> Self {
        let mut shape = Shape::default();
        for request in Generator::new(spans, seed) {
            shape.bytes += request.bytes.len();
            let before = shape.spans;
            for resource_spans in parts(&request.bytes, 1) {
                shape.add_resource(parts(resource_spans, 1).next().unwrap());
                for span in parts(resource_spans, 2).flat_map(|scope| parts(scope, 2)) {
                    shape.add_span(span);
                }
            }
            assert_eq!(shape.spans - before, u64::from(request.spans));
            shape.request_sizes.push(request.spans);
        }
        shape
    }

    fn add_resource(&mut self, resource: &[u8]) {
        for (key, value) in attributes(resource, 1) {
            self.columns.insert(format!("resource.{key}"));
            if key == "service.name" {
                self.services.insert(value);
            }
        }
    }

    fn add_span(&mut self, span: &[u8]) {
        let mut seen = Seen::default();
        let (mut trace, mut id) = (Vec::new(), Vec::new());
        for field in fields(span) {
            match field {
                Field::Bytes(1, bytes) => trace = bytes.to_vec(),
                Field::Bytes(2, bytes) => id = bytes.to_vec(),
                Field::Bytes(4, bytes) => seen.parent = bytes.to_vec(),
                Field::Bytes(5, bytes) => drop(self.names.insert(text(bytes))),
                Field::Number(7, time) => seen.start = time,
                Field::Number(8, time) => seen.end = time,
                Field::Bytes(11, event) => self.add_event(event),
                Field::Bytes(13, link) => {
                    let part = |number| parts(link, number).next().unwrap().to_vec();
                    self.links.push((part(1), part(2)));
                }
                Field::Bytes(15, status) => {
                    let is_error = |f| matches!(f, Field::Number(3, 2));
                    self.errors += u64::from(fields(status).any(is_error));
                }
                _ => {}
            }
        }
        let mut keys = HashSet::new();
        for (key, value) in attributes(span, 9) {
            match key.as_str() {
                "enduser.id" => drop(self.users.insert(value)),
                "url.path" | "url.full" => drop(self.urls.insert(value)),
                _ => {}
            }
            assert!(keys.insert(key.clone()), "{key} twice in one span");
            self.columns.insert(format!("span.{key}"));
        }
        assert_eq!((trace.len(), id.len()), (16, 8));
        let of_trace = self.traces.entry(trace).or_default();
        of_trace.requests.insert(self.request_sizes.len());
        assert!(of_trace.spans.insert(id, seen).is_none(), "span id twice in one trace");
        self.spans += 1;
    }

    fn add_event(&mut self, event: &[u8]) {
        let name = text(parts(event, 2).next().unwrap());
        self.exceptions += u64::from(name == "exception");
        for (key, _) in attributes(event, 3) {
            self.columns.insert(format!("event.{key}"));
        }
    }

    fn largest_trace(&self) -> usize {
        self.traces.values().map(|t| t.spans.len()).max().unwrap_or(0)
    }

    fn columns_of(&self, scope: &str) -> usize {
        self.columns.iter().filter(|c| c.starts_with(scope)).count()
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_for_ever() {
    // FNV-1a, 64 bits. When this changes, files that were generated before cannot be made again:
    // say so in CHANGELOG.md.
    let hash = |seed| {
        Generator::new(5_000, seed)
            .flat_map(|request| request.bytes)
            .fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            })
    };
    assert_eq!(hash(1), 0x99a3_f50c_82a4_4f86);
    assert_ne!(hash(1), hash(2));
}

#[test]
fn there_are_exactly_as_many_spans_as_asked_for() {
    for spans in [0, 1, 2, 399, 2_000, 12_345] {
        assert_eq!(Shape::of(spans, 3).spans, spans);
    }
}

#[test]
fn traces_have_the_shape_of_real_ones() {
    let shape = Shape::of(200_000, 4);
    let mean = shape.spans as f64 / shape.traces.len() as f64;
    assert!((9.0..11.0).contains(&mean), "{mean} spans a trace");
    assert!((200..500).contains(&shape.largest_trace()), "{} at most", shape.largest_trace());
    assert_eq!(shape.services.len(), 20);
    assert!((75..=85).contains(&shape.names.len()), "{} names", shape.names.len());
    let columns = shape.columns_of("span.") + shape.columns_of("resource.");
    assert!((48..=56).contains(&columns), "{columns} columns: {:?}", shape.columns);
    let bytes = shape.bytes as u64 / shape.spans;
    assert!((340..420).contains(&bytes), "{bytes} bytes a span");
    let errors = shape.errors as f64 / shape.spans as f64;
    assert!((0.01..0.02).contains(&errors), "{errors} of all spans failed");
    assert!(shape.exceptions > 0 && shape.exceptions < shape.errors);
    assert!(shape.users.len() > 10_000, "{} users", shape.users.len());
    assert!(shape.urls.len() > 8_000, "{} URLs", shape.urls.len());
}

#[test]
fn every_parent_is_there_and_lasts_as_long_as_its_children() {
    let shape = Shape::of(50_000, 5);
    for trace in shape.traces.values() {
        let mut roots = 0;
        for span in trace.spans.values() {
            assert!(span.start <= span.end);
            if span.parent.is_empty() {
                roots += 1;
                continue;
            }
            let parent = &trace.spans[&span.parent];
            assert!(parent.start <= span.start && span.end <= parent.end);
        }
        assert_eq!(roots, 1);
    }
}

#[test]
fn links_lead_to_spans_of_other_traces() {
    let shape = Shape::of(50_000, 6);
    assert!(shape.links.len() > 100);
    for (trace, span) in &shape.links {
        assert!(shape.traces[trace].spans.contains_key(span));
    }
}

#[test]
fn requests_are_batches_that_split_some_traces() {
    let shape = Shape::of(100_000, 7);
    let full = &shape.request_sizes[..shape.request_sizes.len() - 10];
    assert!(full.iter().all(|spans| *spans >= 200), "{full:?}");
    // An instance that has just run a large job gives all its spans at once.
    let large = full.iter().filter(|spans| **spans > 500).count();
    assert!(large * 10 < full.len(), "{large} of {} requests are large", full.len());
    let split = shape.traces.values().filter(|t| t.requests.len() > 1).count();
    assert!(split * 4 > shape.traces.len(), "{split} of {} traces", shape.traces.len());
}
