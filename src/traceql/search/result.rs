//! What was found.

use crate::block::TraceFlags;
use crate::blocks::SpanAt;
use crate::error::{Error, ErrorKind};
use crate::rowset::SpanSet;
use crate::traceql::ast::Field;
use crate::traceql::eval::Value;
use crate::traceql::exec::{Control, Outside};
use crate::traceql::explain::Explain;
use crate::value::ValueRef;
use std::sync::Arc;
use std::time::Duration;

/// The result of a search.
#[derive(Clone, Debug)]
pub struct Search {
    /// Traces, those that start last first; of equal ones, those with the smaller id.
    pub traces: Vec<TraceMatch>,
    /// All spans that matched in the part that was searched, over the blocks that were given.
    pub spans: SpanSet,
    /// How many traces matched there; 0 if no traces were asked for.
    pub trace_count: u64,
    /// Whether everything was searched: if not, `spans` and `trace_count` are of a part.
    pub complete: bool,
    /// Whether there are, or can be, more traces than were given.
    pub cut_off: bool,
    /// The fields that the query asks for by `select()` or mentions, in the order in which they
    /// first appear: what is to be shown of spans.
    pub fields: Vec<Field>,
    /// What it took.
    pub stats: SearchStats,
    /// How the query was answered.
    pub explain: Explain,
}

/// A trace, and what matched in it. Texts are bytes that should be UTF-8.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceMatch {
    /// Trace id: 16 bytes in valid OTLP.
    pub trace_id: Box<[u8]>,
    /// Service of the root span; empty if there is none.
    pub root_service: Box<[u8]>,
    /// Name of the root span; empty if there is none.
    pub root_name: Box<[u8]>,
    /// When the first span starts, in nanoseconds since the epoch.
    pub start_ns: u64,
    /// From then until the last span ends, in nanoseconds.
    pub duration_ns: u64,
    /// The services that took part, those with most spans first.
    pub services: Vec<ServiceCount>,
    /// What is wrong with the trace.
    pub flags: TraceFlags,
    /// The spansets, in the order of their first spans. At least one.
    pub spansets: Vec<Spanset>,
}

/// A service's part in a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceCount {
    /// Name of the service.
    pub service: Box<[u8]>,
    /// Number of its spans.
    pub spans: u32,
    /// How many of them have the status "error".
    pub errors: u32,
}

/// Spans of a trace that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Spanset {
    /// The values of `by()` and of aggregates, under their texts.
    pub attributes: Vec<(Arc<str>, Value)>,
    /// How many spans there are.
    pub matched: u64,
    /// The first of them, by start, of equal ones by id; in the list of blocks that was searched.
    pub spans: Vec<SpanAt>,
    /// If values were asked for, those of each of `spans`, one after another: as many as there are
    /// [`Search::fields`]. What depends on a whole trace is that of all its parts; of events and
    /// links it is the value of the first that has one.
    pub values: Vec<Value>,
    /// Of spans whose trace lies in several blocks, those of [`Search::fields`] that depend on the
    /// whole trace; by span, then by field. What is read of a block is about its part of the trace.
    pub of_wholes: Vec<OfWhole>,
}

impl Spanset {
    /// What span number `span` of [`Spanset::spans`] has for number `field` of [`Search::fields`] if
    /// that depends on a trace which lies in several blocks; else its block tells.
    pub fn of_whole(&self, span: usize, field: usize) -> Option<ValueRef<'_>> {
        let at = self.of_wholes.binary_search_by_key(&(span, field), |of| (of.span, of.field));
        Some(self.of_wholes.get(at.ok()?)?.value())
    }
}

/// A value that depends on a trace which lies in several blocks.
#[derive(Clone, Debug, PartialEq)]
pub struct OfWhole {
    /// Which of [`Spanset::spans`] has it.
    pub span: usize,
    /// Which of [`Search::fields`] it is.
    pub field: usize,
    /// The value; of a text, that it is one.
    value: ValueRef<'static>,
    text: Box<[u8]>,
}

impl OfWhole {
    /// `None` of values that do not depend on traces.
    pub(super) fn new(span: usize, field: usize, value: ValueRef<'_>) -> Option<OfWhole> {
        let (value, text) = match value {
            ValueRef::I64(v) => (ValueRef::I64(v), &b""[..]),
            ValueRef::TimeNs(v) => (ValueRef::TimeNs(v), &b""[..]),
            ValueRef::DurationNs(v) => (ValueRef::DurationNs(v), &b""[..]),
            ValueRef::Str(text) => (ValueRef::Str(b""), text),
            _ => return None,
        };
        Some(OfWhole { span, field, value, text: text.into() })
    }

    /// The value.
    pub fn value(&self) -> ValueRef<'_> {
        match self.value {
            ValueRef::Str(_) => ValueRef::Str(&self.text),
            value => value,
        }
    }
}

/// What a search took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SearchStats {
    /// Chunks that the blocks fall into: blocks that share traces.
    pub chunks: usize,
    /// Of these, chunks that are outside of the blocks or the time that was asked for.
    pub outside: Outside,
    /// Of these, chunks that were asked for and not searched: [`SearchStats::ended`] says why.
    pub chunks_not_needed: usize,
    /// Why no more was searched.
    pub ended: Ended,
    /// Spans in the blocks that were searched.
    pub spans_searched: u64,
    /// The most bytes of sets, groups and results at a time, blocks not counted.
    pub peak_bytes: u64,
    /// Time it took.
    pub time: Duration,
}

/// Why a search gives no more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ended {
    /// It can go on.
    #[default]
    NotYet,
    /// All that matches was given.
    Complete,
    /// As many traces were given as were asked for; there are, or can be, more.
    Limit,
    /// It was cancelled.
    Cancelled,
    /// Its deadline was reached.
    Deadline,
    /// It needed more memory than its budget.
    Budget,
    /// It failed otherwise: a block is damaged, say.
    Failed,
}

impl Ended {
    /// That `error` ended a search that `control` watched over.
    pub(super) fn by(error: &Error, control: &Control) -> Ended {
        match error.kind() {
            ErrorKind::Cancelled if control.is_late() => Ended::Deadline,
            ErrorKind::Cancelled => Ended::Cancelled,
            ErrorKind::Budget => Ended::Budget,
            _ => Ended::Failed,
        }
    }
}
