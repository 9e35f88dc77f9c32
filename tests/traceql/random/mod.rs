//! Random traces and random queries about them. Both draw keys and values from the same few, so
//! that most queries find something.

mod queries;
mod store;
mod traces;

pub use queries::{condition, field, number_condition, query};
pub use traces::{Traces, number_traces, traces};

use proptest::prelude::*;

/// Keys of attributes, whose values are mostly: text, numbers, booleans, arrays, anything.
const KEYS: &[&str] = &["s", "n", "f", "l", "m", "name", "service.name"];
/// Keys of attributes whose values are numbers of one type, among all spans.
const NUMBER_KEYS: &[&str] = &["whole", "double", "either"];
const NAMES: &[&str] = &["", "a", "b", "ab", "duration"];
const TEXTS: &[&str] = &["", "a", "b", "ab", "A", "7", "true", "error", "x\ny", "ü", "00a1"];
const INTS: &[i64] = &[0, 1, 2, 3, 7, -1, -2, 100];
const FLOATS: &[f64] = &[0.0, 1.0, 2.0, 2.5, -0.5, 7.0, 1.25, -0.0];
const ODD_INTS: &[i64] = &[i64::MAX, i64::MIN, (1 << 53) + 1, 1 << 53, -(1 << 53) - 1];
const ODD_FLOATS: &[f64] = &[
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    9_007_199_254_740_992.0,
    9_223_372_036_854_775_808.0,
    1e300,
    5e-324,
];

fn pick<T: Copy + std::fmt::Debug + 'static>(list: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(list)
}
