//! Scans: from predicates on columns to sets of rows.
//!
//! - [`Condition`], [`Predicate`]: what is asked of a value; compiled once, used for every block.
//! - [`ColumnScanner`]: one block; [`ScanContext::scan_blocks`], [`ScanStream`]: a list of them.
//! - [`ScanContext`]: buffers and statistics that scans share.
//! - [`kernels`]: the loops.
//!
//! A predicate meets a column in the form the column is stored in. On a dictionary it becomes a
//! range or set of codes, worked out on each distinct value once; on integers a range of
//! differences to the base; then one loop over codes gives a bit per value, and the column's
//! presence turns bits of values into bits of rows. Whatever can be told from the smallest and
//! largest value, from a dictionary without the value, or from there being no such column, is told
//! without reading values.

mod codes;
mod column;
mod context;
mod derived;
pub mod kernels;
mod needs;
mod observed;
mod plan;
mod predicate;
mod pruned;
mod scanner;
mod spread;
mod stream;
mod strings;
mod zones;

pub use context::{ScanContext, ScanCounters, ScanStats};
pub(crate) use needs::derived_fields;
pub use observed::{FIRST_GUESS, Observation};
pub use predicate::{Comparison, Condition, Predicate, PredicateKind};
pub use pruned::Pruned;
pub use scanner::ColumnScanner;
pub use stream::ScanStream;
