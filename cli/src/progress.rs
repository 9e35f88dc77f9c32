//! A progress bar for work that takes long enough for somebody to wonder.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Work that ends sooner than this shows no bar.
const QUIET: Duration = Duration::from_secs(1);

/// Progress of some work, drawn on standard error when that is a terminal.
pub struct Progress {
    started: Instant,
    bar: ProgressBar,
    /// Nothing is to be decided any more about drawing it.
    shown: bool,
}

impl Progress {
    /// No work of `total` done yet; `unit` names what is counted, in the plural.
    pub fn new(total: u64, unit: &'static str) -> Self {
        let counts = format!("{{human_pos}}/{{human_len}} {unit}, {{per_sec:0}}, {{eta}} left");
        Progress::with_template(Some(total), &format!("{{wide_bar}} {counts}"))
    }

    /// None of `total` bytes done yet; `None` if nobody knows how many there are.
    pub fn of_bytes(total: Option<u64>) -> Self {
        Progress::with_template(
            total,
            match total {
                Some(_) => {
                    "{wide_bar} {decimal_bytes}/{decimal_total_bytes}, {decimal_bytes_per_sec}, {eta} left"
                }
                None => "{decimal_bytes}, {decimal_bytes_per_sec}, {elapsed}",
            },
        )
    }

    fn with_template(total: Option<u64>, template: &str) -> Self {
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Progress { started: Instant::now(), bar, shown: false }
    }

    /// Draws nothing if standard output is a terminal: what is printed there meanwhile is progress
    /// enough, and would mix with the bar.
    pub fn beside_stdout(mut self) -> Self {
        self.shown |= std::io::stdout().is_terminal();
        self
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
