//! Options that fit what is asked. One that counts for nothing is refused: whoever gives it expects
//! something of it.

use super::{Args, Format};
use crate::failure::{Failure, Result};
use crate::human;

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Whether a query makes sense.
    Nothing,
    /// How a query would be answered, of no files.
    Plan,
    Traces,
    Series,
}

/// Why an option counts for nothing: what it is for.
type Purpose = Option<&'static str>;

impl Args {
    /// Refuses options that count for nothing, and times that leave nothing.
    pub fn check_fit(&self, asked: Asked) -> Result<()> {
        let misplaced = self.purposes(asked).into_iter().find_map(|(option, given, purposes)| {
            let purpose = purposes.iter().flatten().next().filter(|_| given)?;
            Some(Failure::Usage(format!("{option} is for {purpose}")))
        });
        match (misplaced, self.start, self.end) {
            (Some(failure), ..) => Err(failure),
            (None, Some(start), Some(end)) if end < start => {
                let (start, end) = (human::time(start), human::time(end));
                Err(Failure::Usage(format!("--end {end} is before --start {start}")))
            }
            _ => Ok(()),
        }
    }

    /// Options, whether they are given, and what they are for unless that is what is asked.
    fn purposes(&self, asked: Asked) -> Vec<(&'static str, bool, Vec<Purpose>)> {
        let unless = |fits: bool, purpose: &'static str| (!fits).then_some(purpose);
        let format = self.format;
        let run =
            unless(matches!(asked, Asked::Traces | Asked::Series), "asking files; none is named");
        let series = unless(asked != Asked::Traces, "series: end the query with | rate(), say");
        let traces = unless(asked != Asked::Series, "finding traces; this query makes series");
        let some = unless(
            !matches!(format, Format::Ids | Format::Arrow),
            "--format table and jsonl; this one gives every span that matches",
        );
        let listed = format == Format::Jsonl && !self.explain;
        let exemplars = unless(listed || self.svg.is_some(), "--format jsonl and --svg");
        let chart = unless(format == Format::Chart, "--format chart");
        let answers = unless(!self.explain, "answers; --explain has table and jsonl");
        vec![
            ("--format chart", format == Format::Chart, vec![series, answers]),
            ("--format ids", format == Format::Ids, vec![run, traces]),
            ("--format arrow", format == Format::Arrow, vec![run, traces]),
            ("--limit", self.limit.is_some(), vec![run, traces, some]),
            ("--spans", self.spans.is_some(), vec![run, traces, some]),
            ("--most-recent", self.most_recent, vec![run, traces, some]),
            ("--start", self.start.is_some(), vec![run]),
            ("--end", self.end.is_some(), vec![run]),
            ("--blocks", self.blocks.is_some(), vec![run]),
            ("--threads", self.threads.is_some(), vec![run]),
            ("--step", self.step.is_some(), vec![run, series]),
            ("--instant", self.instant, vec![run, series]),
            ("--svg", self.svg.is_some(), vec![run, series]),
            ("--exemplars", self.exemplars.is_some(), vec![run, series, exemplars]),
            ("--width", self.width.is_some(), vec![chart]),
        ]
    }
}
