//! Another library in Rust, to be linked into one program with ours. It brings its own standard
//! library along, and uses what such libraries clash in: allocation, threads, panics.

use std::collections::HashMap;
use std::panic::catch_unwind;
use std::thread;

/// Counts the distinct remainders of the numbers below `n`; -1 if `divisor` is 0, by way of a panic.
#[unsafe(no_mangle)]
pub extern "C" fn second_remainders(n: u32, divisor: u32) -> i64 {
    let count = move || {
        let mut seen = HashMap::new();
        (0..n).for_each(|i| *seen.entry(format!("{}", i % divisor)).or_insert(0u32) += 1);
        seen.len() as i64
    };
    catch_unwind(|| thread::spawn(count).join()).ok().and_then(Result::ok).unwrap_or(-1)
}
