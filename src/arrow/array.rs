//! Arrays: lengths and shared buffers.

use crate::bytes::Bytes;

/// An array, as Arrow's C data interface has it, with offset 0. Immutable; `Send` and `Sync`.
///
/// Buffers keep what they lie in alive: memory of their own, or that of a block.
#[derive(Clone, Debug, Default)]
pub struct Array {
    /// How many values there are.
    pub len: usize,
    /// How many of them are null.
    pub null_count: usize,
    /// The buffers that the type asks for; only that of the validity may be missing.
    pub buffers: Vec<Option<Bytes>>,
    /// The arrays of what is in a list or struct.
    pub children: Vec<Array>,
    /// What codes stand for.
    pub dictionary: Option<Box<Array>>,
}

impl Array {
    /// An array without nulls, of these buffers behind the validity.
    pub(super) fn full(len: usize, buffers: impl IntoIterator<Item = Bytes>) -> Self {
        let buffers = std::iter::once(None).chain(buffers.into_iter().map(Some)).collect();
        Array { len, buffers, ..Array::default() }
    }

    /// A struct of `len` rows, none of them null.
    pub(super) fn record(len: usize, children: Vec<Array>) -> Self {
        Array { len, buffers: vec![None], children, ..Array::default() }
    }

    pub(super) fn with_dictionary(mut self, dictionary: Array) -> Self {
        self.dictionary = Some(Box::new(dictionary));
        self
    }

    /// The same array with its validity in `bitmap`, which says the same.
    pub(super) fn with_validity(mut self, bitmap: Bytes) -> Self {
        if let Some(validity) = self.buffers.first_mut() {
            *validity = Some(bitmap);
        }
        self
    }
}
