//! Where marks of axes are, and how they are labelled.

use crate::human;

/// Marks of an axis of values: at most `most` whole multiples of a round step.
pub fn values(low: f64, high: f64, most: usize) -> Vec<f64> {
    let least = (high - low) / most.max(1) as f64;
    let power = 10f64.powf(least.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].map(|part| part * power);
    let step = step.into_iter().find(|step| *step >= least * (1.0 - 1e-9)).unwrap_or(power * 10.0);
    let first = (low / step).ceil() as i64;
    let last = (high / step * (1.0 + 1e-12)).floor() as i64;
    (first..=last).map(|n| n as f64 * step).collect()
}

/// Lengths of time between marks, in nanoseconds.
const STEPS: [u64; 20] = {
    let (ms, s) = (1_000_000, 1_000_000_000);
    let (min, h) = (60 * s, 3600 * s);
    [
        ms,
        10 * ms,
        100 * ms,
        500 * ms,
        s,
        2 * s,
        5 * s,
        10 * s,
        15 * s,
        30 * s,
        min,
        2 * min,
        5 * min,
        10 * min,
        15 * min,
        30 * min,
        h,
        3 * h,
        6 * h,
        12 * h,
    ]
};
const DAY: u64 = 24 * 3_600_000_000_000;

/// Marks of an axis of time: at most `most`, at whole units of time.
pub fn times(from: u64, to: u64, most: usize) -> Vec<(u64, String)> {
    let least = (to - from) / most.max(1) as u64;
    let step = STEPS.into_iter().find(|step| *step >= least);
    let step = step.unwrap_or_else(|| least.div_ceil(DAY).max(1) * DAY);
    let first = from.div_ceil(step);
    (first..=to / step).map(|n| (n * step, label(n * step, step))).collect()
}

fn label(ns: u64, step: u64) -> String {
    let text = human::time(ns);
    let part = match step {
        _ if step >= DAY => text.get(..10),
        _ if step >= 60_000_000_000 => text.get(11..16),
        _ if step >= 1_000_000_000 => text.get(11..19),
        _ => text.get(11..23),
    };
    part.unwrap_or(&text).to_owned()
}

/// A point in time to the second.
pub fn date_and_time(ns: u64) -> String {
    let text = human::time(ns);
    text.get(..19).map_or(text.clone(), |part| part.replace('T', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_values_are_round() {
        let texts = |low, high, most| -> Vec<String> {
            values(low, high, most).into_iter().map(super::super::short).collect()
        };
        assert_eq!(texts(0.0, 1.0, 4), ["0", "0.25", "0.5", "0.75", "1"]);
        assert_eq!(texts(0.0, 97.0, 5), ["0", "20", "40", "60", "80"]);
        assert_eq!(texts(-3.0, 3.0, 4), ["-2", "0", "2"]);
        assert_eq!(texts(0.0, 0.003, 3), ["0", "0.001", "0.002", "0.003"]);
    }

    #[test]
    fn marks_of_time_are_at_whole_units() {
        let second = 1_000_000_000;
        let start = 1_701_329_056 * second;
        let texts = |from, to, most| -> Vec<String> {
            times(from, to, most).into_iter().map(|(_, text)| text).collect()
        };
        assert_eq!(
            texts(start, start + 20 * second, 4),
            ["07:24:20", "07:24:25", "07:24:30", "07:24:35"]
        );
        assert_eq!(texts(start, start + 7200 * second, 4), ["07:30", "08:00", "08:30", "09:00"]);
        assert_eq!(texts(start, start + 5 * 86_400 * second, 5).len(), 5);
        assert_eq!(texts(start, start, 5), ["07:24:16.000"]);
    }
}
