//! TraceQL: questions about traces, as text.
//!
//! - [`Query`]: a query, read and checked; [`Query::search`] runs it.
//! - [`Search`], [`TraceMatch`], [`Value`]: what a search finds; [`Explain`]: how.
//! - [`SearchOptions`], [`Limits`], [`Budget`], [`QueryContext`]: what is asked besides the query, what
//!   it may use up, and what queries share.
//! - [`tag_names`], [`tag_values`]: what can be asked about.
//! - [`Query::metrics`], [`MetricsOptions`], [`SeriesSet`]: series over time.
//! - [`ast`]: what a query says.
//! - [`anchored`]: patterns of queries as regular expressions of this library.
//!
//! Inside, text goes through `lex` (tokens), `parse` (a tree, constants folded by `fold`) and
//! `validate` (types, by `types`; what cannot be answered). `print` writes a tree as text.
//!
//! A query is run a set at a time: `filter` turns conditions into scans and sets of rows, `eval`
//! evaluates row by row what scans cannot answer, `exec` runs the stages of pipelines over blocks
//! that share traces, with `keys` telling spans apart by their values, and `search` goes through these and says what was found.
//! `metrics` makes series of the spans that the stages leave.

pub mod ast;

mod eval;
mod exec;
mod explain;
mod fault;
mod filter;
mod fold;
mod keys;
mod lex;
mod metrics;
mod parse;
mod pattern;
mod print;
mod query;
mod search;
mod tags;
mod types;
mod validate;
mod words;

pub use eval::Value;
pub use exec::{Budget, Counted, DEFAULT_MEMORY, Limits, Outside, QueryContext};
pub use explain::{Explain, How, Part, RunStats};
pub use metrics::{Exemplar, Label, MetricsOptions, Series, SeriesSet, SeriesStats};
pub use parse::{MAX_DEPTH, MAX_TEXT};
pub use pattern::anchored;
pub use query::Query;
pub use search::{
    Ended, OfWhole, Search, SearchCursor, SearchOptions, SearchStats, ServiceCount, Spanset,
    TraceMatch,
};
pub use tags::{TagName, TagOptions, TagValues, tag_names, tag_values};
