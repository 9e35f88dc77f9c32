//! Numbers the way people read them.

use blockpack::value::ValueRef;
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

/// A count of things whose plural has an "s": "1 span", "1,203 spans".
pub fn counted(n: u64, one: &str) -> String {
    format!("{} {one}{}", count(n), if n == 1 { "" } else { "s" })
}

/// How many bytes a span takes, of `spans` in `bytes`; `None` of no spans.
pub fn bytes_a_span(bytes: u64, spans: u64) -> Option<String> {
    (spans > 0).then(|| format!("{:.1} bytes a span", bytes as f64 / spans as f64))
}

/// A count in few characters: 12.3k instead of 12,345.
pub fn short_count(n: u64) -> String {
    match n {
        0..=9_999 => count(n),
        10_000..=999_949 => format!("{}k", digits(n as f64 / 1e3)),
        999_950..=999_949_999 => format!("{}M", digits(n as f64 / 1e6)),
        _ => format!("{}G", digits(n as f64 / 1e9)),
    }
}

/// A share of a whole, in percent; never 0 % if there is some, nor 100 % if some is missing.
pub fn percent(share: f64) -> String {
    match share * 100.0 {
        p if p <= 0.0 => "0 %".into(),
        p if p < 0.1 => "<0.1 %".into(),
        p if p < 9.95 => format!("{p:.1} %"),
        p if p < 99.5 => format!("{p:.0} %"),
        p if p < 100.0 => ">99 %".into(),
        _ => "100 %".into(),
    }
}

fn digits(value: f64) -> String {
    match value {
        v if v < 9.995 => format!("{v:.2}"),
        v if v < 99.95 => format!("{v:.1}"),
        v => format!("{v:.0}"),
    }
}

/// A value as people write it: times as dates, lengths of time with their unit.
pub fn value(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::DurationNs(ns) => duration(ns),
        ValueRef::TimeNs(ns) => time(ns),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(count(0), "0");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(short_count(9_999), "9,999");
        assert_eq!(short_count(12_345), "12.3k");
        assert_eq!(short_count(999_950), "1.00M");
        assert_eq!(percent(0.0), "0 %");
        assert_eq!(percent(0.0001), "<0.1 %");
        assert_eq!(percent(0.021), "2.1 %");
        assert_eq!(percent(0.9999), ">99 %");
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes_a_span(250, 4).as_deref(), Some("62.5 bytes a span"));
        assert_eq!(bytes_a_span(576, 0), None);
        assert_eq!(bytes(59_100_000), "59.1 MB");
        assert_eq!(duration(999), "999 ns");
        assert_eq!(duration(1_500), "1.50 us");
        assert_eq!(duration(402_156_720), "402 ms");
        assert_eq!(duration(90_000_000_000), "1.50 min");
        assert_eq!(time(1_701_329_056_911_461_100), "2023-11-30T07:24:16.911461100Z");
    }
}
