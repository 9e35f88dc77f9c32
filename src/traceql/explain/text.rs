//! Explanations for people.

use super::{Explain, How, Part, RunStats};
use crate::scan::ScanStats;
use crate::traceql::ast::Literal;
use crate::traceql::exec::Counted;
use crate::traceql::metrics::SeriesStats;
use crate::traceql::search::{Ended, SearchStats};
use std::fmt;

impl How {
    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            How::Stage => "stage",
            How::Filter => "filter",
            How::Combined => "spansets",
            How::Structural => "structure",
            How::Pipeline => "pipeline",
            How::Constant => "known",
            How::Scan => "scan",
            How::ItemScan => "item scan",
            How::All => "all of",
            How::Any => "any of",
            How::Complement => "none of",
            How::RowByRow => "row by row",
            How::Series => "series",
            How::Calculation => "calculation",
            How::SeriesFilter => "series filter",
        }
    }
}

impl fmt::Display for Explain {
    /// A part a line, deeper ones further in; behind it what it did, if the query was run.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Part { depth, how, text, counted, series } in &self.parts {
            let line = format!("{:indent$}{} {text}", "", how.text(), indent = 2 * depth);
            let line = line.trim_end();
            let Counted { calls, spans_in, spans_out, time, scans } = counted;
            match self.stats {
                Some(_) => write!(f, "{line:<60}")?,
                None => f.write_str(line)?,
            }
            if *calls > 0 {
                let (spans, call) = (of(*spans_out, "span"), of(*calls, "call"));
                write!(f, " {spans_in} -> {spans}, {call}, {time:?}")?;
            }
            if scans.scans > 0 {
                pruned(f, *calls, scans)?;
            }
            if let Some(series) = series {
                write!(f, "{} {series} series", if *calls > 0 { ";" } else { "" })?;
            }
            writeln!(f)?;
        }
        match &self.stats {
            Some(RunStats::Search(stats)) => stats.fmt(f),
            Some(RunStats::Series(stats)) => stats.fmt(f),
            None => Ok(()),
        }
    }
}

/// So many of what has this name.
fn of(count: u64, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}

/// What the scans of a part left out and why, and what they read. Each call is about a block; some
/// conditions take two scans of it.
fn pruned(f: &mut fmt::Formatter<'_>, calls: u64, stats: &ScanStats) -> fmt::Result {
    let ScanStats { scans, pruned, zones, zones_pruned, bytes, .. } = stats;
    let (left_out, of) =
        (pruned.total(), if *scans > calls { "scans of blocks" } else { "blocks" });
    write!(f, "; left out {left_out} of {scans} {of}")?;
    if left_out > 0 {
        write!(f, " ({pruned})")?;
    }
    if *zones > 0 {
        write!(f, ", {zones_pruned} of {zones} zones")?;
    }
    write!(f, "; read {bytes} bytes")
}

impl fmt::Display for SearchStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SearchStats { chunks, outside, chunks_not_needed: left, ended, .. } = self;
        let searched = chunks - outside.total() - left;
        write!(f, "{searched} of {chunks} chunks searched{outside}")?;
        if *left > 0 {
            let why = match ended {
                Ended::NotYet => "not searched yet",
                Ended::Complete | Ended::Limit => "not needed",
                Ended::Cancelled | Ended::Deadline | Ended::Budget | Ended::Failed => {
                    "not searched"
                }
            };
            write!(f, ", {left} {why}")?;
        }
        match ended {
            Ended::NotYet | Ended::Complete => {}
            Ended::Limit => f.write_str("; cut off by the limit of traces")?,
            Ended::Cancelled => f.write_str("; it was cancelled")?,
            Ended::Deadline => f.write_str("; its time was up")?,
            Ended::Budget => f.write_str("; its memory was used up")?,
            Ended::Failed => f.write_str("; it failed")?,
        }
        let SearchStats { spans_searched, peak_bytes, time, .. } = self;
        write!(f, "\n{spans_searched} spans, {peak_bytes} bytes at most, {time:?}")
    }
}

impl fmt::Display for SeriesStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SeriesStats { chunks, outside, series, samples, peak_bytes, time, .. } = self;
        let (gone_through, step) =
            (chunks - outside.total(), Literal::Duration(self.step_ns.cast_signed()));
        writeln!(f, "{gone_through} of {chunks} chunks gone through{outside}")?;
        write!(
            f,
            "{series} series of {samples} samples, one every {step}, {peak_bytes} bytes at most, {time:?}"
        )
    }
}
