//! Times as arguments.

use std::time::UNIX_EPOCH;

/// A point in time in nanoseconds since the epoch: written so, or as a date with a time or without.
pub fn point(text: &str) -> Result<u64, String> {
    if let Ok(ns) = text.parse() {
        return Ok(ns);
    }
    let time = humantime::parse_rfc3339_weak(text)
        .or_else(|_| humantime::parse_rfc3339_weak(&format!("{text}T00:00:00Z")))
        .map_err(|_| {
            "write it as 2026-11-23, 2026-11-23T12:30:34Z or nanoseconds since 1970".to_owned()
        })?;
    let since = time.duration_since(UNIX_EPOCH).map_err(|_| "it is before 1970".to_owned())?;
    u64::try_from(since.as_nanos()).map_err(|_| "it is after 2554".to_owned())
}

/// A length of time in nanoseconds, written as in 30s; not 0.
pub fn length(text: &str) -> Result<u64, String> {
    let length = humantime::parse_duration(text).map_err(|e| e.to_string())?;
    match u64::try_from(length.as_nanos()) {
        Ok(0) => Err("it is 0".into()),
        Ok(ns) => Ok(ns),
        Err(_) => Err("it is longer than 584 years".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_numbers_or_dates() {
        assert_eq!(point("1701329056911461100"), Ok(1_701_329_056_911_461_100));
        assert_eq!(point("2023-11-30T07:24:16.5Z"), Ok(1_701_329_056_500_000_000));
        assert_eq!(point("2023-11-30 07:24:16"), Ok(1_701_329_056_000_000_000));
        assert_eq!(point("2023-11-30"), Ok(1_701_302_400_000_000_000));
        assert!(point("yesterday").is_err() && point("2023-11").is_err());
        assert!(point("1969-12-31T00:00:00Z").is_err());
        assert_eq!(length("1m 30s"), Ok(90_000_000_000));
        assert!(length("0s").is_err() && length("30").is_err());
    }
}
