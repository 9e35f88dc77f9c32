//! Numbers the way people read them.

use std::time::{Duration, UNIX_EPOCH};

/// Nanoseconds since the epoch as date and time, in UTC.
pub fn time(ns: u64) -> String {
    humantime::format_rfc3339_nanos(UNIX_EPOCH + Duration::from_nanos(ns)).to_string()
}

/// A length of time with three significant digits.
pub fn duration(ns: u64) -> String {
    const UNITS: [(u64, &str); 5] = [
        (86_400_000_000_000, "d"),
        (3_600_000_000_000, "h"),
        (60_000_000_000, "min"),
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
    ];
    for (unit, name) in UNITS {
        if ns >= unit {
            return format!("{} {name}", digits(ns as f64 / unit as f64));
        }
    }
    if ns >= 1_000 { format!("{} us", digits(ns as f64 / 1e3)) } else { format!("{ns} ns") }
}

/// A number of bytes.
pub fn bytes(n: u64) -> String {
    match n {
        0..=999 => format!("{n} B"),
        1_000..=999_999 => format!("{} kB", digits(n as f64 / 1e3)),
        1_000_000..=999_999_999 => format!("{} MB", digits(n as f64 / 1e6)),
        _ => format!("{} GB", digits(n as f64 / 1e9)),
    }
}

/// A count, with commas between thousands.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn digits(value: f64) -> String {
    match value {
        v if v < 9.995 => format!("{v:.2}"),
        v if v < 99.95 => format!("{v:.1}"),
        v => format!("{v:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(count(0), "0");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(59_100_000), "59.1 MB");
        assert_eq!(duration(999), "999 ns");
        assert_eq!(duration(1_500), "1.50 us");
        assert_eq!(duration(402_156_720), "402 ms");
        assert_eq!(duration(90_000_000_000), "1.50 min");
        assert_eq!(time(1_701_329_056_911_461_100), "2023-11-30T07:24:16.911461100Z");
    }
}
