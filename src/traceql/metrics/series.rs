//! Series over time.

use crate::blocks::SpanAt;
use crate::traceql::ast::Literal;
use crate::traceql::eval::Value;
use crate::traceql::exec::Outside;
use crate::traceql::explain::Explain;
use crate::value::Hex;
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What a query makes: series with the same times. Holds no block.
#[derive(Clone, Debug, Default)]
pub struct SeriesSet {
    /// What each sample's interval ends with, in nanoseconds since the epoch: that of sample `i` is
    /// `(times[i] - step_ns, times[i]]`.
    pub times: Vec<u64>,
    /// Time between two samples, in nanoseconds.
    pub step_ns: u64,
    /// Whether samples are lengths of time, in seconds.
    pub in_seconds: bool,
    /// The series, ordered by their labels.
    pub series: Vec<Series>,
    /// Spans that the query's pipelines found, and that start in the time.
    pub spans: u64,
    /// What it took.
    pub stats: SeriesStats,
    /// How the query was answered.
    pub explain: Explain,
}

/// What it took to make series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeriesStats {
    /// Chunks that the blocks fall into: blocks that share traces, or single blocks where no
    /// question is about whole traces. A query that is made of several counts them for each.
    pub chunks: usize,
    /// Of these, chunks that are outside of the blocks or the time that was asked for.
    pub outside: Outside,
    /// Series that were made.
    pub series: usize,
    /// Samples of each, gaps included.
    pub samples: usize,
    /// Time between two of them, in nanoseconds.
    pub step_ns: u64,
    /// The most bytes of sets, groups and sums at a time, blocks not counted.
    pub peak_bytes: u64,
    /// Time it took.
    pub time: Duration,
}

/// A series.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What tells it from others; ordered as the query asks for them.
    pub labels: Vec<Label>,
    /// A sample for each time; `None` is a gap.
    pub values: Vec<Option<f64>>,
    /// Spans that stand for many, ordered by time.
    pub exemplars: Vec<Exemplar>,
}

/// A label of a series.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// The field, as the query writes it, or a name like `__name__`, `__bucket` or `p`.
    pub name: Arc<str>,
    /// Its value, which keeps its type.
    pub value: Value,
}

/// A span that stands for those of a series.
#[derive(Clone, Debug, PartialEq)]
pub struct Exemplar {
    /// Where it is in the list of blocks that was asked about.
    pub span: SpanAt,
    /// Its trace: 16 bytes in valid OTLP.
    pub trace_id: Box<[u8]>,
    /// When it starts, in nanoseconds since the epoch.
    pub time_ns: u64,
    /// Its value in the field that the query is about (durations in seconds); where spans are
    /// counted, or two sides of series combined, the sample of the series at that time.
    pub value: f64,
}

/// The label of series that nothing else tells apart.
pub(super) const NAME: &str = "__name__";

impl Label {
    /// A label.
    pub fn new(name: impl Into<Arc<str>>, value: Value) -> Label {
        Label { name: name.into(), value }
    }

    /// A label whose value is text.
    pub fn text(name: &str, value: &str) -> Label {
        Label::new(name, Value::Str(value.as_bytes().into()))
    }
}

impl Series {
    /// Whether there is no sample at all.
    pub fn is_empty(&self) -> bool {
        self.values.iter().all(Option::is_none)
    }

    /// The labels that tell the series from others of another function.
    pub(super) fn own_labels(&self) -> &[Label] {
        match &self.labels[..] {
            [name] if *name.name == *NAME => &[],
            labels => labels,
        }
    }
}

/// An order of labels: by name, then type, then value.
pub(super) fn order(a: &[Label], b: &[Label]) -> Ordering {
    let label =
        |a: &Label, b: &Label| a.name.cmp(&b.name).then_with(|| order_of(&a.value, &b.value));
    let firsts = a.iter().zip(b).map(|(a, b)| label(a, b));
    firsts.fold(Ordering::Equal, Ordering::then).then(a.len().cmp(&b.len()))
}

fn order_of(a: &Value, b: &Value) -> Ordering {
    use Value::*;
    match (a, b) {
        (Bool(a), Bool(b)) => a.cmp(b),
        (Int(a), Int(b)) | (Duration(a), Duration(b)) => a.cmp(b),
        (Float(a), Float(b)) => a.total_cmp(b),
        (Status(a), Status(b)) | (Kind(a), Kind(b)) => a.cmp(b),
        (Str(a), Str(b)) | (Id(a), Id(b)) | (Bytes(a), Bytes(b)) | (Any(a), Any(b)) => a.cmp(b),
        (a, b) => rank(a).cmp(&rank(b)),
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Nil => 0,
        Value::Bool(_) => 1,
        Value::Int(_) => 2,
        Value::Float(_) => 3,
        Value::Duration(_) => 4,
        Value::Str(_) => 5,
        Value::Id(_) => 6,
        Value::Status(_) => 7,
        Value::Kind(_) => 8,
        Value::Bytes(_) => 9,
        Value::Any(_) => 10,
    }
}

impl fmt::Display for Series {
    /// The labels, as in `{resource.service.name="cart", status=error}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (i, label) in self.labels.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{}={}", label.name, Written(&label.value))?;
        }
        f.write_str("}")
    }
}

/// A value as a query would write it, as far as it could.
struct Written<'a>(&'a Value);

impl fmt::Display for Written<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let literal = match self.0 {
            Value::Nil => Literal::Nil,
            Value::Bool(v) => Literal::Bool(*v),
            Value::Int(v) => Literal::Int(*v),
            Value::Float(v) => Literal::Float(*v),
            Value::Duration(v) => Literal::Duration(*v),
            Value::Str(v) => Literal::Str(v.clone()),
            Value::Status(v @ 0..=2) => Literal::Status(*v),
            Value::Kind(v @ 0..=5) => Literal::Kind(*v),
            Value::Status(v) | Value::Kind(v) => Literal::Int((*v).into()),
            Value::Id(v) | Value::Bytes(v) | Value::Any(v) => return write!(f, "{}", Hex(v)),
        };
        literal.fmt(f)
    }
}
