//! Which chunks a question is about.

use super::Layout;
use std::fmt;
use std::ops::{AddAssign, Range};

/// Chunks that a question is not about, by why not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outside {
    /// Those that do not begin in the blocks that were asked for.
    pub blocks: usize,
    /// Of the others, those that have no span in the time that was asked for.
    pub time: usize,
}

impl Outside {
    /// All of them.
    pub fn total(&self) -> usize {
        self.blocks + self.time
    }
}

impl AddAssign for Outside {
    fn add_assign(&mut self, other: Outside) {
        self.blocks += other.blocks;
        self.time += other.time;
    }
}

impl fmt::Display for Outside {
    /// As in `, 3 outside of the blocks, 2 outside of the time`, without what there is none of.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (count, of) in [(self.blocks, "blocks"), (self.time, "time")] {
            if count > 0 {
                write!(f, ", {count} outside of the {of}")?;
            }
        }
        Ok(())
    }
}

impl Layout {
    /// The chunks that begin in `blocks` and that `in_time` holds for, and how many others there
    /// are.
    pub fn asked_for(
        &self,
        blocks: Option<&Range<usize>>,
        in_time: impl Fn(usize) -> bool,
    ) -> (Vec<usize>, Outside) {
        let (mut chunks, mut outside) = (Vec::new(), Outside::default());
        for chunk in 0..self.len() {
            if !self.begins_in(chunk, blocks) {
                outside.blocks += 1;
            } else if !in_time(chunk) {
                outside.time += 1;
            } else {
                chunks.push(chunk);
            }
        }
        (chunks, outside)
    }
}
