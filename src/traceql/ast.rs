//! The syntax tree of a query: what was written, with the names resolved and constants folded.
//!
//! Built by the parser, checked by validation, run by the executor. It keeps where things stood in
//! the text, for messages; equal trees may come from different spellings.

use crate::graph::StructuralOp;
use crate::name::Name;
pub use crate::scan::Comparison;

/// Where something stands in the query's text: the bytes from `start` up to `end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// First byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

/// A whole query.
#[derive(Clone, Debug)]
pub struct Query {
    /// What is asked.
    pub root: Root,
    /// `with (name = value)`, in the order written; of a repeated name the last counts.
    pub hints: Vec<Hint>,
}

/// A query finds spans, or makes series of them.
#[derive(Clone, Debug)]
pub enum Root {
    /// Spansets, trace by trace.
    Search(Pipeline),
    /// Series over time.
    Metrics(MetricsExpr),
}

/// `with (name = value)`.
#[derive(Clone, Debug)]
pub struct Hint {
    /// The name.
    pub name: Box<str>,
    /// The value.
    pub value: Literal,
}

/// Stages, each working on what the one before it left. The first gets each trace's spans.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// At least one.
    pub stages: Vec<Stage>,
}

/// One step of a pipeline.
#[derive(Clone, Debug)]
pub enum Stage {
    /// Keeps some spans of each spanset.
    Spansets(SpansetExpr),
    /// Keeps or drops each spanset as a whole.
    Aggregate(ScalarFilter),
    /// `by(...)`: splits each spanset by a value.
    GroupBy(Expr),
    /// `coalesce()`: makes the spansets of a trace one again.
    Coalesce,
    /// `select(...)`: fields to give with the spans that are left.
    Select(Vec<Field>),
}

/// Chooses spans of a spanset.
#[derive(Clone, Debug)]
pub enum SpansetExpr {
    /// `{ ... }`; `{}` is `{ true }`.
    Filter(Expr),
    /// Two choices combined.
    Binary {
        /// How.
        op: SpansetOp,
        /// Left operand.
        left: Box<SpansetExpr>,
        /// Right operand.
        right: Box<SpansetExpr>,
    },
    /// A whole pipeline in parentheses, as an operand.
    Pipeline(Pipeline),
}

/// How two spansets of one trace are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpansetOp {
    /// `&&`: the union if both sides have a span, else nothing.
    And,
    /// `||`: the union.
    Or,
    /// `>`, `!>>`, `&~` and so on.
    Structural(StructuralOp),
}

/// A condition on spans, or a value worked out from one.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub place: Place,
}

/// The kinds of [`Expr`].
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A constant.
    Literal(Literal),
    /// The value of an intrinsic or attribute.
    Field(Name),
    /// A field of the parent span, which no version can evaluate yet; kept as written.
    Parent(Box<str>),
    /// `!x`
    Not(Box<Expr>),
    /// `-x`
    Negate(Box<Expr>),
    /// `x = nil`, or `x != nil` if `present`.
    Nil {
        /// What is tested.
        operand: Box<Expr>,
        /// Whether a value is asked for, not its absence.
        present: bool,
    },
    /// Two operands.
    Binary {
        /// What is done with them.
        op: BinaryOp,
        /// Left operand.
        left: Box<Expr>,
        /// Right operand.
        right: Box<Expr>,
    },
}

/// An operator with two operands, in an [`Expr`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// `&&`
    And,
    /// `||`
    Or,
    /// `=`, `<=` and so on.
    Compare(Comparison),
    /// `=~`; the right side is a text literal that compiles.
    Match,
    /// `!~`; likewise.
    NotMatch,
    /// `+` and so on.
    Arithmetic(Arithmetic),
}

/// An operator on numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
    /// `^`
    Power,
}

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// Text (bytes: escapes can say what is not UTF-8).
    Str(Box<[u8]>),
    /// Whole number.
    Int(i64),
    /// Double.
    Float(f64),
    /// Nanoseconds.
    Duration(i64),
    /// `true` or `false`.
    Bool(bool),
    /// OTLP number of `unset`, `ok` or `error`.
    Status(i32),
    /// OTLP number of `unspecified`, `internal`, `server`, `client`, `producer` or `consumer`.
    Kind(i32),
    /// `nil`, where validation has not yet refused it.
    Nil,
}

/// A field that is asked for, not computed with.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: Name,
    /// As it was written: what results and labels are called.
    pub text: Box<str>,
    /// Where it stands.
    pub place: Place,
}

/// `scalar cmp scalar`; after validation an aggregate on the left and a number on the right.
#[derive(Clone, Debug)]
pub struct ScalarFilter {
    /// How the sides are compared.
    pub op: Comparison,
    /// Left side.
    pub left: Scalar,
    /// Right side.
    pub right: Scalar,
    /// Where it stands.
    pub place: Place,
}

/// A number for a whole spanset.
#[derive(Clone, Debug)]
pub enum Scalar {
    /// A constant.
    Literal(Literal),
    /// `count()` and so on.
    Aggregate(Aggregate),
    /// The aggregate at the end of a pipeline in parentheses; validation refuses it.
    Pipeline(Box<Pipeline>, Aggregate),
    /// Two numbers combined; validation refuses it.
    Arithmetic {
        /// How.
        op: Arithmetic,
        /// Left operand.
        left: Box<Scalar>,
        /// Right operand.
        right: Box<Scalar>,
    },
}

/// A number that is worked out from the spans of a spanset.
#[derive(Clone, Debug)]
pub struct Aggregate {
    /// Which.
    pub function: AggregateFn,
    /// Of what; `None` of `count()` alone.
    pub operand: Option<Expr>,
    /// As it was written: what the result is called.
    pub text: Box<str>,
}

/// Functions of [`Aggregate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AggregateFn {
    /// Number of spans.
    Count,
    /// Smallest value.
    Min,
    /// Largest value.
    Max,
    /// Mean of the values.
    Avg,
    /// Sum of the values.
    Sum,
}

/// Series, or numbers that series are combined with.
#[derive(Clone, Debug)]
pub enum MetricsExpr {
    /// A pipeline whose spans a function turns into series.
    Query(MetricsQuery),
    /// A number.
    Constant(f64),
    /// Two operands combined, value by value; `+ - * /` only.
    Binary {
        /// How.
        op: Arithmetic,
        /// Left operand.
        left: Box<MetricsExpr>,
        /// Right operand.
        right: Box<MetricsExpr>,
    },
    /// Series filtered further.
    Filtered(Box<MetricsExpr>, Vec<SeriesFilter>),
}

/// `pipeline | function by (...)`.
#[derive(Clone, Debug)]
pub struct MetricsQuery {
    /// Finds the spans.
    pub pipeline: Pipeline,
    /// Makes series of them.
    pub function: MetricsFn,
    /// One series for each distinct tuple of these.
    pub by: Vec<Field>,
    /// Where the function stands.
    pub place: Place,
}

/// What series are made of.
#[derive(Clone, Debug)]
pub enum MetricsFn {
    /// Spans a second.
    Rate,
    /// Spans.
    CountOverTime,
    /// An aggregate of a field's values; never [`AggregateFn::Count`].
    OverTime(AggregateFn, Field),
    /// Quantiles from 0 to 1 of a field's values.
    QuantileOverTime(Field, Vec<f64>),
    /// Counts by buckets of powers of two.
    HistogramOverTime(Field),
    /// How the spans of a selection differ from the others.
    Compare(Compare),
}

/// `compare({...}, top, start, end)`.
#[derive(Clone, Debug)]
pub struct Compare {
    /// The selection.
    pub selection: Expr,
    /// Values to give for each attribute.
    pub top: u32,
    /// Start and end of the selection, in nanoseconds since the Unix epoch.
    pub window: Option<(u64, u64)>,
}

/// What series, or values of series, are kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SeriesFilter {
    /// At each time the series with the largest values.
    TopK(u32),
    /// At each time the series with the smallest values.
    BottomK(u32),
    /// Values that compare like this.
    Compare(Comparison, f64),
}
