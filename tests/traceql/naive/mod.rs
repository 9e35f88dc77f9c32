//! A straightforward evaluator of searches, written from what queries mean and sharing nothing with
//! the engine below the parser: one span, one pair of spans, one value at a time.

mod aggregate;
mod expr;
mod fields;
mod pipeline;
mod tree;
mod value;

pub use value::Value;

use crate::model::Span;
use blockpack::traceql::ast::{self, Root};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use tree::Tree;

/// What a query finds in a trace. Spans by their numbers, in order.
#[derive(Clone, Debug)]
pub struct Found {
    pub trace: Vec<u8>,
    pub root_name: Vec<u8>,
    pub root_service: Vec<u8>,
    pub start: u64,
    pub duration: u64,
    pub spansets: Vec<Spanset>,
}

/// Spans that belong together, with the values of `by()` and of aggregates.
#[derive(Clone, Debug)]
pub struct Spanset {
    pub attributes: Vec<(String, Option<Value>)>,
    pub spans: Vec<usize>,
}

/// The answer to a query.
#[derive(Debug, Default)]
pub struct Answer {
    /// Traces in which something was found, by id.
    pub traces: Vec<Found>,
    /// Whether it depends on what the language leaves open, like where sums overflow: then the
    /// engine may find something else.
    pub open: bool,
    /// Whether two spans of a trace share their id and start: which of them came first is known only
    /// where they came into one block.
    pub has_ties: bool,
}

impl Answer {
    /// All spans that were found, in order.
    pub fn spans(&self) -> Vec<usize> {
        let spansets = self.traces.iter().flat_map(|trace| &trace.spansets);
        let mut spans: Vec<usize> =
            spansets.flat_map(|spanset| spanset.spans.iter().copied()).collect();
        spans.sort_unstable();
        spans
    }
}

/// Runs the search `query` over spans, which arrived in this order.
pub fn search(query: &ast::Query, spans: &[Span]) -> Answer {
    let Root::Search(pipeline) = &query.root else { panic!("a search") };
    let mut traces: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
    for (number, span) in spans.iter().enumerate() {
        traces.entry(&span.trace).or_default().push(number);
    }
    let mut answer = Answer::default();
    for numbers in traces.into_values() {
        let trace = Trace::new(spans, numbers);
        let spansets = trace.run(pipeline);
        if !spansets.is_empty() {
            answer.traces.push(trace.found(spansets));
        }
        answer.open |= trace.open.get();
        answer.has_ties |= trace.has_ties();
    }
    answer
}

/// A trace that a query is run over. Its spans are known by their places in it: by start, of
/// equal ones by id, of equal ones in the order in which they arrived.
struct Trace<'a> {
    spans: Vec<&'a Span>,
    /// What each is called outside.
    numbers: Vec<usize>,
    tree: Tree,
    patterns: RefCell<HashMap<Vec<u8>, regex::bytes::Regex>>,
    open: Cell<bool>,
}

impl<'a> Trace<'a> {
    fn new(all: &'a [Span], mut numbers: Vec<usize>) -> Trace<'a> {
        let valid_id = |id: &'a Vec<u8>| (id.len() == 8).then_some(id);
        numbers.sort_by_key(|&number| (all[number].start, valid_id(&all[number].id)));
        let spans: Vec<&Span> = numbers.iter().map(|&number| &all[number]).collect();
        let tree = Tree::new(&spans);
        let (patterns, open) = (RefCell::default(), Cell::new(false));
        Trace { spans, numbers, tree, patterns, open }
    }

    /// Notes that the language does not say what happens now.
    fn leave_open(&self) {
        self.open.set(true);
    }

    fn has_ties(&self) -> bool {
        // Places are by start and id.
        self.spans.windows(2).any(|pair| pair[0].start == pair[1].start && pair[0].id == pair[1].id)
    }

    fn start(&self) -> u64 {
        self.spans.iter().map(|span| span.start).min().unwrap()
    }

    /// From the first start to the last end.
    fn duration(&self) -> u64 {
        self.spans.iter().map(|span| span.end.max(span.start)).max().unwrap() - self.start()
    }

    fn found(&self, mut spansets: Vec<Spanset>) -> Found {
        for spanset in &mut spansets {
            spanset.spans.iter_mut().for_each(|span| *span = self.numbers[*span]);
            spanset.spans.sort_unstable();
        }
        Found {
            trace: self.spans[0].trace.clone(),
            root_name: self.root_name(),
            root_service: self.root_service(),
            start: self.start(),
            duration: self.duration(),
            spansets,
        }
    }
}
