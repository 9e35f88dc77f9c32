//! When a search can end.

use super::matches::Found;

/// Whether enough traces were found.
#[derive(Clone)]
pub struct Enough {
    /// How many are; `None` if all chunks have to be searched.
    pub wanted: Option<usize>,
    most_recent: bool,
    count: usize,
    /// When the traces found start.
    starts: Vec<u64>,
}

impl Enough {
    /// Nothing found so far.
    pub fn new(wanted: Option<usize>, most_recent: bool) -> Self {
        Enough { wanted, most_recent, count: 0, starts: Vec::new() }
    }

    /// Takes in what was found in a chunk.
    pub fn add(&mut self, found: &Found<'_>) {
        self.count += found.traces.len();
        if self.wanted.is_some() && self.most_recent {
            self.starts.extend(found.traces.iter().map(|trace| trace.start_ns));
        }
    }

    /// Whether no chunk is needed any more whose traces start at `latest` or before.
    pub fn reached(&mut self, latest: u64) -> bool {
        let Some(wanted) = self.wanted.filter(|&wanted| self.count >= wanted) else { return false };
        if !self.most_recent {
            return true;
        }
        let (_, nth, _) = self.starts.select_nth_unstable_by(wanted - 1, |a, b| b.cmp(a));
        *nth > latest
    }
}
