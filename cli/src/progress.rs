//! A progress bar for work that takes long enough for somebody to wonder.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::{Duration, Instant};

/// Work that ends sooner than this shows no bar.
const QUIET: Duration = Duration::from_secs(1);

/// Progress of a known amount of work, drawn on standard error when that is a terminal.
pub struct Progress {
    started: Instant,
    bar: ProgressBar,
    shown: bool,
}

impl Progress {
    /// No work of `total` done yet; `unit` names what is counted, in the plural.
    pub fn new(total: u64, unit: &'static str) -> Self {
        let counts = format!("{{human_pos}}/{{human_len}} {unit}, {{per_sec}}, {{eta}} left");
        Progress::with_template(total, &counts)
    }

    /// None of `total` bytes done yet.
    pub fn of_bytes(total: u64) -> Self {
        Progress::with_template(total, "{bytes}/{total_bytes}, {bytes_per_sec}, {eta} left")
    }

    fn with_template(total: u64, counts: &str) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template(&format!("{{wide_bar}} {counts}")) {
            bar.set_style(style);
        }
        Progress { started: Instant::now(), bar, shown: false }
    }

    /// Counts `done` more.
    pub fn advance(&mut self, done: u64) {
        self.bar.inc(done);
        if !self.shown && self.started.elapsed() > QUIET {
            self.shown = true;
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    /// How much was counted.
    pub fn done(&self) -> u64 {
        self.bar.position()
    }

    /// Takes the bar away and tells how long the work took.
    pub fn finish(self) -> Duration {
        self.bar.finish_and_clear();
        self.started.elapsed()
    }
}
