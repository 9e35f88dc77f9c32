//! The words of the language: keywords, intrinsics in the spellings of queries, constants.

use super::ast::Literal;
use crate::name::Intrinsic;

/// Intrinsics that are a bare word. The set is closed: new ones have a scope.
const BARE: [(&str, Intrinsic); 11] = [
    ("name", Intrinsic::SpanName),
    ("duration", Intrinsic::SpanDuration),
    ("status", Intrinsic::SpanStatus),
    ("statusMessage", Intrinsic::SpanStatusMessage),
    ("kind", Intrinsic::SpanKind),
    ("traceDuration", Intrinsic::TraceDuration),
    ("rootName", Intrinsic::TraceRootName),
    ("rootServiceName", Intrinsic::TraceRootService),
    ("nestedSetLeft", Intrinsic::NestedSetLeft),
    ("nestedSetRight", Intrinsic::NestedSetRight),
    ("nestedSetParent", Intrinsic::NestedSetParent),
];

/// Intrinsics with a scope and a colon.
const SCOPED: [(&str, &str, Intrinsic); 18] = [
    ("span", "name", Intrinsic::SpanName),
    ("span", "duration", Intrinsic::SpanDuration),
    ("span", "status", Intrinsic::SpanStatus),
    ("span", "statusMessage", Intrinsic::SpanStatusMessage),
    ("span", "kind", Intrinsic::SpanKind),
    ("span", "id", Intrinsic::SpanId),
    ("span", "parentID", Intrinsic::SpanParentId),
    ("span", "childCount", Intrinsic::SpanChildCount),
    ("trace", "duration", Intrinsic::TraceDuration),
    ("trace", "rootName", Intrinsic::TraceRootName),
    ("trace", "rootService", Intrinsic::TraceRootService),
    ("trace", "id", Intrinsic::TraceId),
    ("event", "name", Intrinsic::EventName),
    ("event", "timeSinceStart", Intrinsic::EventTimeSinceStart),
    ("link", "traceID", Intrinsic::LinkTraceId),
    ("link", "spanID", Intrinsic::LinkSpanId),
    ("instrumentation", "name", Intrinsic::InstrumentationName),
    ("instrumentation", "version", Intrinsic::InstrumentationVersion),
];

const CONSTANTS: [(&str, Literal); 13] = [
    ("true", Literal::Bool(true)),
    ("false", Literal::Bool(false)),
    ("unset", Literal::Status(0)),
    ("ok", Literal::Status(1)),
    ("error", Literal::Status(2)),
    ("unspecified", Literal::Kind(0)),
    ("internal", Literal::Kind(1)),
    ("server", Literal::Kind(2)),
    ("client", Literal::Kind(3)),
    ("producer", Literal::Kind(4)),
    ("consumer", Literal::Kind(5)),
    ("minInt", Literal::Int(i64::MIN)),
    ("maxInt", Literal::Int(i64::MAX)),
];

/// Functions that make series.
pub(super) const METRICS: [&str; 9] = [
    "rate",
    "count_over_time",
    "min_over_time",
    "max_over_time",
    "avg_over_time",
    "sum_over_time",
    "quantile_over_time",
    "histogram_over_time",
    "compare",
];

/// What can stand behind a `|` besides filters and functions of [`METRICS`].
pub(super) const STAGES: [&str; 8] =
    ["count", "min", "max", "avg", "sum", "by", "coalesce", "select"];

/// Words that mean something although no list above has them.
const OTHERS: [&str; 5] = ["nil", "parent", "with", "topk", "bottomk"];

/// The intrinsic that a bare word means.
pub(super) fn bare(word: &str) -> Option<Intrinsic> {
    BARE.iter().find(|(name, _)| *name == word).map(|(_, intrinsic)| *intrinsic)
}

/// The intrinsic `scope:word`.
pub(super) fn scoped(scope: &str, word: &str) -> Option<Intrinsic> {
    let found = SCOPED.iter().find(|(s, name, _)| *s == scope && *name == word);
    found.map(|(_, _, intrinsic)| *intrinsic)
}

/// The constant that a word means.
pub(super) fn constant(word: &str) -> Option<Literal> {
    CONSTANTS.iter().find(|(name, _)| *name == word).map(|(_, literal)| literal.clone())
}

/// The word for a constant; `None` if it has none.
pub(super) fn of_constant(literal: &Literal) -> Option<&'static str> {
    CONSTANTS.iter().find(|(_, constant)| constant == literal).map(|(name, _)| *name)
}

/// How a query writes an intrinsic: bare if it can be. `None` if no query can ask for it.
pub(super) fn of_intrinsic(intrinsic: Intrinsic) -> Option<String> {
    let bare = BARE.iter().find(|(_, i)| *i == intrinsic).map(|(name, _)| (*name).to_owned());
    bare.or_else(|| {
        let scoped = SCOPED.iter().find(|(_, _, i)| *i == intrinsic);
        scoped.map(|(scope, name, _)| format!("{scope}:{name}"))
    })
}

/// Names that may stand behind the colon of `scope`.
pub(super) fn of_scope(scope: &str) -> impl Iterator<Item = &'static str> {
    SCOPED.iter().filter(move |(s, _, _)| *s == scope).map(|(_, name, _)| *name)
}

/// Words that may be an operand.
pub(super) fn operands() -> impl Iterator<Item = &'static str> {
    let constants = CONSTANTS.iter().map(|(name, _)| *name);
    BARE.iter().map(|(name, _)| *name).chain(constants).chain(["nil"])
}

/// Whether a word has a meaning, so that it cannot be the name of a hint.
pub(super) fn is_keyword(word: &str) -> bool {
    operands().any(|keyword| keyword == word)
        || METRICS.contains(&word)
        || STAGES.contains(&word)
        || OTHERS.contains(&word)
        || SCOPED.iter().any(|(_, name, _)| *name == word)
}
