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
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
        let template = format!("{{wide_bar}} {{human_pos}}/{{human_len}} {unit}, {{eta}} left");
        if let Ok(style) = ProgressStyle::with_template(&template) {
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

    /// Takes the bar away and tells how long the work took.
    pub fn finish(self) -> Duration {
        self.bar.finish_and_clear();
        self.started.elapsed()
    }
}
