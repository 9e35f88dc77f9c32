//! How deep spans are in their trees.

use super::span::parent_in;
use super::{Block, Field};
use crate::bytes::{AlignedBuf, Bytes};
use crate::error::Result;

/// So many steps up cost less than memory for all depths is worth.
const STEPS: usize = 64;

impl Block {
    /// How many spans of the block are above span `row`: its parent, its parent's parent and so on. At
    /// the first span that is deep down, the depths of all spans are worked out and kept: 4 bytes
    /// each. Else to read those of a long chain would take time in the square of its length.
    pub fn depth(&self, row: u32) -> Result<u32> {
        let deltas = self.required(Field::ParentDelta)?;
        let parent = |&row: &u32| parent_in(deltas, row);
        let ancestors = std::iter::successors(parent(&row), parent);
        let steps = ancestors.take(STEPS).count();
        if steps < STEPS {
            return Ok(steps as u32);
        }
        let depths: &[u32] = bytemuck::try_cast_slice(self.depths()?).unwrap_or_default();
        Ok(depths.get(row as usize).copied().unwrap_or(0))
    }

    fn depths(&self) -> Result<&[u8]> {
        if let Some(depths) = self.depths.get() {
            return Ok(depths);
        }
        let deltas = self.required(Field::ParentDelta)?;
        let mut buf = AlignedBuf::zeroed(size_of::<u32>() * self.rows() as usize);
        let depths: &mut [u32] = bytemuck::try_cast_slice_mut(&mut buf).unwrap_or_default();
        for row in 0..depths.len() {
            let above =
                parent_in(deltas, row as u32).and_then(|parent| depths.get(parent as usize));
            depths[row] = above.map_or(0, |above| above + 1);
        }
        Ok(self.depths.get_or_init(|| Bytes::from_aligned(buf)))
    }
}
