//! Traces with every kind of damage and every type of value.

use super::{FLOATS, INTS, KEYS, NAMES, NUMBER_KEYS, ODD_FLOATS, ODD_INTS, TEXTS, pick};
use crate::model::{Attributes, Event, Link, Scope, Span, Val};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use std::fmt;

/// Spans in the order in which they arrive, and how they come to lie in blocks.
#[derive(Clone)]
pub struct Traces {
    pub spans: Vec<Span>,
    /// How many pieces they arrive in, each of which makes blocks of its own.
    pub pieces: usize,
    /// Whether the blocks of each piece are in a file.
    pub in_files: bool,
    /// Most spans of a block, if its traces can be told apart.
    pub max_rows: usize,
    /// Most attribute columns; the rest goes to the residual table.
    pub max_columns: usize,
}

impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Traces { spans, pieces, in_files, max_rows, max_columns } = self;
        write!(f, "{pieces} pieces, {max_rows} rows, {max_columns} columns, in files {in_files}")?;
        spans.iter().enumerate().try_for_each(|(number, span)| write!(f, "\n{number}: {span:?}"))
    }
}

/// Some traces.
pub fn traces() -> impl Strategy<Value = Traces> {
    let storage = (1usize..4, any::<bool>(), pick(&[2usize, 5, 100]), pick(&[0usize, 2, 1024]));
    (vec(trace(), 1..4), storage).prop_map(|(traces, (pieces, in_files, max_rows, max_columns))| {
        Traces { spans: mixed(traces), pieces, in_files, max_rows, max_columns }
    })
}

/// Some traces, many of whose spans have numbers as well: a column for each key, if blocks may have so many.
pub fn number_traces() -> impl Strategy<Value = Traces> {
    let whole = || prop_oneof![3 => pick(INTS), 1 => pick(ODD_INTS)].prop_map(Val::Int).boxed();
    let double =
        || prop_oneof![3 => pick(FLOATS), 1 => pick(ODD_FLOATS)].prop_map(Val::Float).boxed();
    let of_types = move |either_is_whole| {
        let either = if either_is_whole { whole() } else { double() };
        let some = |values| option::weighted(0.7, values);
        vec((some(whole()), some(double()), some(either)), 24)
    };
    (traces(), any::<bool>().prop_flat_map(of_types)).prop_map(|(mut traces, values)| {
        for (span, (whole, double, either)) in traces.spans.iter_mut().zip(values) {
            for (key, value) in NUMBER_KEYS.iter().zip([whole, double, either]) {
                span.attributes.extend(value.map(|value| (key.as_bytes().to_vec(), Some(value))));
            }
        }
        traces
    })
}

/// Gives traces their ids (with leading zeros, and of a wrong length), and mixes their spans.
fn mixed(mut traces: Vec<Vec<Span>>) -> Vec<Span> {
    let ids: [&[u8]; 3] = [&[0xAB; 16], &[0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7], &[0xA1]];
    for (spans, id) in traces.iter_mut().zip(ids) {
        spans.iter_mut().for_each(|span| span.trace = id.to_vec());
    }
    let longest = traces.iter().map(Vec::len).max().unwrap_or(0);
    let round = |at: usize| traces.iter().filter_map(move |spans| spans.get(at).cloned());
    (0..longest).flat_map(round).collect()
}

fn trace() -> impl Strategy<Value = Vec<Span>> {
    vec((span(), family()), 1..8).prop_map(|spans| {
        let link = |(number, (span, family)): (usize, (Span, Family))| {
            let id = family.id.unwrap_or_else(|| id_of(number));
            let parent = match family.parent {
                ParentId::Earlier(index) if number > 0 => id_of(index.index(number)),
                ParentId::Earlier(_) => Vec::new(),
                ParentId::Itself => id.clone(),
                ParentId::Given(id) => id,
            };
            Span { id, parent, ..span }
        };
        spans.into_iter().enumerate().map(link).collect()
    })
}

/// A valid id with leading zeros.
fn id_of(number: usize) -> Vec<u8> {
    vec![0, 0, 0, 0, 0, 0, 0xA1, number as u8 + 1]
}

/// How a span is related.
#[derive(Clone, Debug)]
struct Family {
    /// An id that others may have too, if not one of its own.
    id: Option<Vec<u8>>,
    parent: ParentId,
}

#[derive(Clone, Debug)]
enum ParentId {
    Earlier(prop::sample::Index),
    Itself,
    Given(Vec<u8>),
}

fn family() -> impl Strategy<Value = Family> {
    let any_id = || (0usize..8).prop_map(id_of);
    const ODD: &[&[u8]] = &[&[0; 8], &[], &[7, 7, 7], &[0; 4]];
    let odd_id = || pick(ODD).prop_map(<[u8]>::to_vec);
    let lost_id = pick(&[1u8, 2]).prop_map(|lost| vec![lost; 8]);
    let id =
        prop_oneof![20 => Just(None), 4 => any_id().prop_map(Some), 1 => odd_id().prop_map(Some)];
    let parent = prop_oneof![
        12 => any::<prop::sample::Index>().prop_map(ParentId::Earlier),
        4 => any_id().prop_map(ParentId::Given),
        2 => Just(ParentId::Given(Vec::new())),
        2 => lost_id.prop_map(ParentId::Given),
        1 => odd_id().prop_map(ParentId::Given),
        1 => Just(ParentId::Itself),
    ];
    (id, parent).prop_map(|(id, parent)| Family { id, parent })
}

/// Starts of spans are around this.
const EPOCH: u64 = 1_700_000_000_000_000_000;

fn span() -> impl Strategy<Value = Span> {
    let kind = prop_oneof![1 => 0..6, 2 => 2..4, 1 => pick(&[17, -1])];
    let code = prop_oneof![8 => 0..3, 1 => pick(&[9, -3])];
    let times = (0u64..12, prop_oneof![8 => 0i64..6, 1 => Just(-3)]);
    let lists = (vec(event(), 0..4), vec(link(), 0..3));
    let attributes = (attributes(5), attributes(4));
    (pick(NAMES), kind, option::of((code, pick(NAMES))), times, attributes, scope(), lists)
        .prop_map(
            |(
                name,
                kind,
                status,
                (start, duration),
                (attributes, resource),
                scope,
                (events, links),
            )| {
                let start = EPOCH + start;
                Span {
                    name: name.into(),
                    kind,
                    status: status.map(|(code, message)| (code, message.into())),
                    start,
                    end: start.saturating_add_signed(duration),
                    attributes,
                    resource,
                    scope,
                    events,
                    links,
                    ..Span::default()
                }
            },
        )
}

fn scope() -> impl Strategy<Value = Scope> {
    let full = (pick(NAMES), pick(NAMES), attributes(2)).prop_map(|(name, version, attributes)| {
        Scope { name: name.into(), version: version.into(), attributes }
    });
    prop_oneof![Just(Scope::default()), full]
}

fn event() -> impl Strategy<Value = Event> {
    (0u64..20, pick(NAMES), attributes(3)).prop_map(|(time, name, attributes)| Event {
        time: EPOCH + time,
        name: name.into(),
        attributes,
    })
}

fn link() -> impl Strategy<Value = Link> {
    const TRACES: &[&[u8]] = &[&[0xAB; 16], &[], &[0, 0xA1], &[0xA1]];
    (pick(TRACES), (0usize..4).prop_map(id_of), attributes(2))
        .prop_map(|(trace, span, attributes)| Link { trace: trace.to_vec(), span, attributes })
}

/// Attributes; a key may be there twice, or without a value.
fn attributes(max: usize) -> impl Strategy<Value = Attributes> {
    let attribute = pick(KEYS).prop_flat_map(|key| {
        let value = prop_oneof![5 => usual(key), 1 => any_value()];
        (Just(key.as_bytes().to_vec()), option::weighted(0.97, value))
    });
    vec(attribute, 0..max)
}

fn text() -> impl Strategy<Value = Val> {
    pick(TEXTS).prop_map(|text| Val::Str(text.into()))
}

fn number() -> impl Strategy<Value = Val> {
    prop_oneof![pick(INTS).prop_map(Val::Int), pick(FLOATS).prop_map(Val::Float)]
}

/// A value of the kind that a key is for.
fn usual(key: &str) -> BoxedStrategy<Val> {
    match key {
        "n" => number().boxed(),
        "f" => any::<bool>().prop_map(Val::Bool).boxed(),
        "l" => array().boxed(),
        "m" => any_value().boxed(),
        _ => text().boxed(),
    }
}

fn array() -> impl Strategy<Value = Val> {
    let items = prop_oneof![
        vec(text(), 0..4),
        vec(pick(INTS).prop_map(Val::Int), 1..4),
        vec(prop_oneof![pick(FLOATS), pick(ODD_FLOATS)].prop_map(Val::Float), 1..3),
        vec(any::<bool>().prop_map(Val::Bool), 1..3),
    ];
    items.prop_map(Val::Array)
}

fn any_value() -> impl Strategy<Value = Val> {
    const BYTES: &[&[u8]] = &[b"", b"a", b"\xff"];
    let mixed = vec(prop_oneof![text(), number()], 0..4).prop_map(Val::Array);
    let nested = array().prop_map(|array| Val::Array(vec![array]));
    let map = (pick(KEYS), text())
        .prop_map(|(key, value)| Val::Map(vec![(key.as_bytes().to_vec(), value)]));
    prop_oneof![
        3 => text(),
        3 => number(),
        2 => any::<bool>().prop_map(Val::Bool),
        1 => pick(ODD_INTS).prop_map(Val::Int),
        1 => pick(ODD_FLOATS).prop_map(Val::Float),
        3 => array(),
        1 => mixed,
        1 => nested,
        1 => map,
        1 => Just(Val::Empty),
        1 => pick(BYTES).prop_map(|bytes| Val::Bytes(bytes.to_vec())),
    ]
}
