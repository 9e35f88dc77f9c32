//! How deep spans are in their trees.

use super::span::{narrow_deltas, parent_at, parent_in};
use super::{Block, Column, Field};
use crate::bytes::Kept;
use crate::error::Result;

/// So many steps up cost less than memory for all depths is worth.
const STEPS: usize = 64;

/// Steps from span `row` up to the top, at most [`STEPS`].
fn steps_up(deltas: &Column<'_>, row: u32) -> usize {
    fn climb(row: u32, parent: impl Fn(u32) -> Option<u32>) -> usize {
        std::iter::successors(parent(row), |&row| parent(row)).take(STEPS).count()
    }
    match narrow_deltas(deltas) {
        Some(deltas) => climb(row, |row| parent_at(row, u64::from(*deltas.get(row as usize)?))),
        None => climb(row, |row| parent_in(deltas, row)),
    }
}

impl Block {
    /// How many spans of the block are above span `row`: its parent, its parent's parent and so on. At
    /// the first span that is deep down, the depths of all spans are worked out and kept: 4 bytes
    /// each. Else to read those of a long chain would take time in the square of its length.
    pub fn depth(&self, row: u32) -> Result<u32> {
        let steps = steps_up(self.required(Field::ParentDelta)?, row);
        if steps < STEPS {
            return Ok(steps as u32);
        }
        Ok(self.depths()?.get(row as usize).copied().unwrap_or(0))
    }

    fn depths(&self) -> Result<&[u32]> {
        if let Some(depths) = self.depths.get() {
            return Ok(depths);
        }
        let deltas = self.required(Field::ParentDelta)?;
        let mut depths = vec![0; self.rows() as usize];
        for row in 0..depths.len() {
            let above =
                parent_in(deltas, row as u32).and_then(|parent| depths.get(parent as usize));
            depths[row] = above.map_or(0, |above| above + 1);
        }
        Ok(self.depths.get_or_init(|| Kept::new(depths)))
    }
}
