//! The loops of scans: `cargo bench --bench kernels [-- SPANS]`.
//!
//! Over arrays as long as SPANS (a million if it is not said), one thread, in cache as far as they
//! fit. Beside each loop stands the share of the bandwidth that it has, measured in the same run by
//! searching as many bytes for one that is not there (`memchr`), which does nothing but read.
//!
//! `-- --count LOOP TIMES` runs one loop that often and says nothing, to count its instructions:
//! `tools/count-instructions.sh`.

use blockpack::scan::kernels::{ByteSet, Kernels, words_for};
use std::hint::black_box;
use std::time::Instant;

/// Time is spent on each measurement until it has run this long, in nanoseconds.
const BUDGET: u128 = 300_000_000;

/// A loop, with the bytes that it reads of a row.
struct Loop {
    name: &'static str,
    bytes: f64,
    run: Box<dyn FnMut()>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |n: usize| arguments.get(n).and_then(|a| a.parse().ok());
    if arguments.first().is_some_and(|a| a == "--count") {
        let name = arguments.get(1).map_or("", |name| name);
        let mut loops = loops(1_000_000);
        let Some(found) = loops.iter_mut().find(|l| l.name == name) else {
            println!("{}", loops.iter().map(|l| l.name).collect::<Vec<_>>().join("\n"));
            return;
        };
        (0..number(2).unwrap_or(1)).for_each(|_| (found.run)());
        return;
    }
    let rows = number(0).unwrap_or(1_000_000);
    println!("{rows} rows, kernels {:?}\n", Kernels::default().level());
    println!("{:<34}{:>10}{:>12}{:>9}{:>12}", "", "µs", "bytes a row", "GB/s", "of limit");
    for Loop { name, bytes, mut run } in loops(rows) {
        let time = best(&mut run);
        let limit = limit((rows as f64 * bytes) as usize);
        let rate = rows as f64 * bytes / time;
        println!(
            "{name:<34}{:>10.1}{bytes:>12.3}{rate:>9.1}{:>11.0}%",
            time / 1e3,
            100.0 * limit / time
        );
    }
}

/// Best time of `run`, in nanoseconds.
fn best(run: &mut dyn FnMut()) -> f64 {
    let (mut best, begin) = (u128::MAX, Instant::now());
    while begin.elapsed().as_nanos() < BUDGET {
        let start = Instant::now();
        run();
        best = best.min(start.elapsed().as_nanos());
    }
    best as f64
}

/// Best time of reading so many bytes.
fn limit(bytes: usize) -> f64 {
    let all = vec![0u8; bytes];
    best(&mut || {
        black_box(memchr::memchr(1, black_box(&all)));
    })
}

/// A loop that writes bits, a bit a row.
type Run = Box<dyn FnMut(&mut [u64])>;

/// An array that lives as long as the program.
fn array<T>(rows: usize, value: impl Fn(usize) -> T) -> &'static [T] {
    Box::leak((0..rows).map(value).collect())
}

/// Loops over `rows` rows; those first that everyday questions spend most of their time in.
fn loops(rows: usize) -> Vec<Loop> {
    /// Bytes of a row in a bitmap.
    const BIT: f64 = 1.0 / 8.0;
    let kernels = Kernels::default();
    let words = words_for(rows);
    let bytes = array(rows, |i| (i * 7 % 20) as u8);
    let halves = array(rows, |i| (i * 7919 % 16_000) as u16);
    let wide = array(rows, |i| (i * 7) as u32);
    let doubles = array(rows, |i| i as f64);
    let half = array(words, |i| 0x0f0f_1234_5678_9abc_u64.rotate_left(i as u32));
    let few = array(words, |i| 0x0001_0020_0000_4000 << (i % 7));
    let codes = array(words_for(16_000), |i| 0x1111 << (i % 3));
    let some = ByteSet::new(&[0b1010_0110_0011]);
    let mut all = Vec::new();
    let mut add = |name, bytes, mut run: Run| {
        let mut out = vec![0; words];
        all.push(Loop { name, bytes, run: Box::new(move || run(black_box(&mut out))) });
    };
    add(
        "equal, 8 bits",
        1.0 + BIT,
        Box::new(move |out| kernels.equal(black_box(bytes), 3, false, out)),
    );
    add(
        "in a range, 32 bits",
        4.0 + BIT,
        Box::new(move |out| kernels.in_range(black_box(wide), 1000, 1 << 20, false, out)),
    );
    add(
        "equal, 16 bits",
        2.0 + BIT,
        Box::new(move |out| kernels.equal(black_box(halves), 3, false, out)),
    );
    add(
        "in a set, 8 bits",
        1.0 + BIT,
        Box::new(move |out| kernels.in_byte_set(black_box(bytes), &some, false, out)),
    );
    add(
        "in a set, 16 bits",
        2.0 + BIT,
        Box::new(move |out| kernels.in_set_16(black_box(halves), codes, false, out)),
    );
    add(
        "doubles in a range",
        8.0 + BIT,
        Box::new(move |out| kernels.doubles_in_range(black_box(doubles), 1.0, 9.0, false, out)),
    );
    add(
        "bits of values to bits of rows",
        3.0 * BIT,
        Box::new(move |out| kernels.expand(black_box(few), half, out)),
    );
    add(
        "and, counted",
        3.0 * BIT,
        Box::new(move |out| {
            black_box(kernels.and(black_box(few), half, out));
        }),
    );
    add(
        "count",
        BIT,
        Box::new(move |_| {
            black_box(kernels.count(black_box(half)));
        }),
    );
    let mut ids = vec![0; rows];
    add(
        "row numbers of one row in 21",
        BIT + 4.0 * 3.0 / 64.0,
        Box::new(move |_| {
            black_box(kernels.row_ids(black_box(few), 0, &mut ids));
        }),
    );
    all
}
