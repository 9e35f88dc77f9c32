//! Time cut into intervals.

use crate::block::Field;
use crate::blocks::Blocks;
use crate::error::{Error, ErrorKind, Result};
use crate::traceql::metrics::MetricsOptions;

const MILLI: u64 = 1_000_000;
const SECOND: u64 = 1000 * MILLI;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// Samples that a series has at least 240 of if nobody says how many it should have.
const DEFAULT_STEPS: u64 = 240;

/// Most intervals of a run: enough for a week by the minute ten times over.
const MAX_STEPS: u64 = 100_000;

/// Intervals of equal length, open on the left and closed on the right: `(start, start + step]` and
/// so on. The last may be cut off by the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steps {
    start: u64,
    end: u64,
    step: u64,
    count: u32,
}

impl Steps {
    /// The intervals that `options` ask for, of spans in `blocks`.
    pub fn of(options: &MetricsOptions, blocks: &Blocks) -> Result<Steps> {
        let start = match options.start_ns {
            Some(start) => start,
            // The first span is in the first interval, which does not contain its own beginning.
            None => {
                blocks.iter().map(|b| b.min_start_ns()).min().map_or(0, |t| t.saturating_sub(1))
            }
        };
        let end = match options.end_ns {
            Some(end) => end,
            None => blocks.iter().map(|b| latest_start(b)).max().unwrap_or(start).max(start),
        };
        let range = end.checked_sub(start).ok_or_else(|| {
            let message = format!("the time range ends at {end}, before it begins at {start}");
            Error::new(ErrorKind::InvalidArgument, message)
        })?;
        let step = match (options.instant, options.step_ns) {
            (true, _) => range.max(1),
            (false, None) => default_step(range),
            (false, Some(0)) => {
                let message = "a step of 0 nanoseconds makes no intervals; give a longer one";
                return Err(Error::new(ErrorKind::InvalidArgument, message));
            }
            (false, Some(step)) => step,
        };
        let count = range.div_ceil(step);
        if count > MAX_STEPS {
            let message = format!(
                "a step of {step} ns cuts the time range into {count} intervals; at most \
                 {MAX_STEPS} are possible, so take a longer step"
            );
            return Err(Error::new(ErrorKind::Limit, message));
        }
        Ok(Steps { start, end, step, count: count as u32 })
    }

    /// The same time cut into `count` intervals of about equal length; fewer if it is shorter.
    pub fn cut_into(&self, count: u32) -> Steps {
        let range = self.end - self.start;
        let step = range.div_ceil(u64::from(count.max(1))).max(1);
        Steps { step, count: range.div_ceil(step) as u32, ..*self }
    }

    /// Number of intervals.
    pub fn count(&self) -> usize {
        self.count as usize
    }

    /// Length of an interval, in nanoseconds.
    pub fn step_ns(&self) -> u64 {
        self.step
    }

    /// What the sample of interval `index` carries: where the interval would end if it were not cut
    /// off.
    pub fn time(&self, index: usize) -> u64 {
        let steps = (index as u64).saturating_add(1);
        self.start.saturating_add(steps.saturating_mul(self.step))
    }

    /// Whether a span that starts at some time from `first` to `last` can be in an interval.
    pub fn overlap(&self, first: u64, last: u64) -> bool {
        self.start < last && first <= self.end
    }

    /// A means to find intervals quickly.
    pub fn finder(&self) -> Finder {
        Finder { steps: *self, inverse: 1.0 / self.step as f64 }
    }
}

/// The number of no interval.
pub const NO_STEP: u32 = u32::MAX;

/// Finds the interval of a time without dividing integers.
#[derive(Clone, Copy, Debug)]
pub struct Finder {
    steps: Steps,
    inverse: f64,
}

impl Finder {
    /// Adds the interval of each of `times` to `slots`, [`NO_STEP`] where there is none; tells whether all
    /// have one. Times that follow each other are mostly in one interval.
    pub fn find_each(&self, times: &[u64], slots: &mut Vec<u32>) -> bool {
        let Steps { start, end, step, .. } = self.steps;
        let (mut first, mut len, mut slot, mut all) = (0, 0, NO_STEP, true);
        slots.extend(times.iter().map(|&time| {
            if time.wrapping_sub(first) >= len {
                slot = self.find(time).unwrap_or(NO_STEP);
                if slot == NO_STEP {
                    (len, all) = (0, false);
                } else {
                    first = start + u64::from(slot) * step + 1;
                    len = step.min((end - first).saturating_add(1));
                }
            }
            slot
        }));
        all
    }

    /// The interval that `time` is in; `None` if it is in none.
    #[inline]
    pub fn find(&self, time: u64) -> Option<u32> {
        let Steps { start, end, step, .. } = self.steps;
        if time <= start || time > end {
            return None;
        }
        let since = time - start - 1;
        if since > i64::MAX as u64 {
            return Some((since / step) as u32);
        }
        // The quotient of doubles is off by one at most: there are too few intervals for more.
        let quotient = (since as i64 as f64 * self.inverse) as i32 as u64;
        let below = quotient.wrapping_mul(step);
        let quotient = if below > since {
            quotient - 1
        } else if since - below >= step {
            quotient + 1
        } else {
            quotient
        };
        Some(quotient as u32)
    }
}

/// No span of the block starts after this.
fn latest_start(block: &crate::block::Block) -> u64 {
    match block.field_columns(Field::SpanStart).next() {
        Some(column) => block.column_info(column).entry.max,
        None => block.max_end_ns(),
    }
}

/// A step for a time range of this length: whole units of time, so that there are not much more
/// than [`DEFAULT_STEPS`].
pub fn default_step(range: u64) -> u64 {
    const SHORT_UNIT: u64 = 50 * MILLI;
    let step = range / DEFAULT_STEPS;
    if range < MINUTE {
        return (step / SHORT_UNIT * SHORT_UNIT).max(SHORT_UNIT);
    }
    let units = [HOUR, 5 * MINUTE, MINUTE, 15 * SECOND, 5 * SECOND, SECOND];
    let unit = units.into_iter().find(|&unit| unit <= step).unwrap_or(SECOND);
    (step / unit * unit).max(SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(start: u64, end: u64, step: u64) -> Steps {
        let options = MetricsOptions {
            start_ns: Some(start),
            end_ns: Some(end),
            step_ns: Some(step),
            ..MetricsOptions::default()
        };
        Steps::of(&options, &Blocks::new([])).unwrap()
    }

    #[test]
    fn an_interval_has_its_end_but_not_its_beginning() {
        let steps = steps(100, 125, 10);
        let find = |time| steps.finder().find(time);
        assert_eq!(steps.count(), 3);
        assert_eq!([0, 1, 2].map(|i| steps.time(i)), [110, 120, 130]);
        assert_eq!(find(100), None);
        assert_eq!((find(101), find(110), find(111)), (Some(0), Some(0), Some(1)));
        assert_eq!((find(125), find(126)), (Some(2), None));
    }

    #[test]
    fn the_finder_divides_exactly() {
        let mut x = 88172645463325252u64;
        for _ in 0..200_000 {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            let range = x >> (x % 40);
            let step = (range / (x % 90_000 + 1)).max(1);
            let start = (x >> 9) % (u64::MAX - range);
            if range.div_ceil(step) > MAX_STEPS {
                continue;
            }
            let steps = steps(start, start + range, step);
            let at = start.saturating_add((x % 100_000).saturating_mul(step));
            let times = [start + range / 3, at, at.saturating_add(1), at, start + range, start];
            let mut found = Vec::new();
            let all = steps.finder().find_each(&times, &mut found);
            assert_eq!(all, !found.contains(&NO_STEP), "{steps:?} {times:?}");
            for (time, found) in times.into_iter().zip(found) {
                let expected = (time > start && time <= start + range)
                    .then(|| ((time - start - 1) / step) as u32);
                assert_eq!(steps.finder().find(time), expected, "{steps:?} {time}");
                assert_eq!(found, expected.unwrap_or(NO_STEP), "{steps:?} {time}");
            }
        }
    }

    #[test]
    fn default_steps_are_whole_units() {
        let cases = [
            (1, 50 * MILLI),
            (30 * SECOND, 100 * MILLI),
            (59 * SECOND, 200 * MILLI),
            (MINUTE, SECOND),
            (15 * MINUTE, 3 * SECOND),
            (HOUR, 15 * SECOND),
            (3 * HOUR, 45 * SECOND),
            (6 * HOUR, MINUTE),
            (24 * HOUR, 5 * MINUTE),
            (7 * 24 * HOUR, 40 * MINUTE),
            (30 * 24 * HOUR, 3 * HOUR),
        ];
        for (range, step) in cases {
            assert_eq!(default_step(range), step, "{range}");
        }
    }

    #[test]
    fn ranges_that_make_no_intervals_are_refused() {
        let refused =
            |options: MetricsOptions| Steps::of(&options, &Blocks::new([])).unwrap_err().kind();
        let range =
            MetricsOptions { start_ns: Some(1), end_ns: Some(1 << 40), ..Default::default() };
        assert_eq!(
            refused(MetricsOptions { step_ns: Some(0), ..range.clone() }),
            ErrorKind::InvalidArgument
        );
        assert_eq!(refused(MetricsOptions { step_ns: Some(1), ..range.clone() }), ErrorKind::Limit);
        assert_eq!(
            refused(MetricsOptions { end_ns: Some(0), ..range }),
            ErrorKind::InvalidArgument
        );
        assert_eq!(steps(5, 5, 1).count(), 0);
    }
}
