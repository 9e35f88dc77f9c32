//! Scratch memory that outlives what it borrows.

use crate::value::KeyValueRef;
use std::ops::Deref;

/// Scratch that can be emptied and then filled with borrows of another lifetime, keeping its memory.
///
/// A scratch `SpanRef<'a>` may only be filled from bytes that live for `'a`. Code that sees each
/// message only for a moment keeps a `SpanRef<'static>` and recycles it into the lifetime at hand.
/// That moves the scratch (and each element of its pools), so code that holds many messages at once
/// better uses one lifetime for them all.
///
/// ```
/// use blockpack::otlp::{Recycle, SpanRef};
/// # fn main() -> blockpack::Result<()> {
/// let mut scratch = SpanRef::default();
/// for raw in [vec![], vec![0x30, 0x02]] {
///     let mut span: SpanRef<'_> = std::mem::take(&mut scratch).recycle();
///     span.decode(&raw)?;
///     scratch = span.recycle();
/// }
/// # Ok(())
/// # }
/// ```
pub trait Recycle {
    /// The same type, borrowing for `'b`.
    type Of<'b>;

    /// An empty value that owns the memory of `self`.
    fn recycle<'b>(self) -> Self::Of<'b>;
}

/// An empty vector with the memory of `vec`.
///
/// The standard library collects a mapped `vec::IntoIter` in place if the layouts are the same, as
/// they are for types that differ in a lifetime only. (If it ever stopped doing so the result would
/// still be right, only slower.)
pub(super) fn recycle_attributes<'b>(mut vec: Vec<KeyValueRef<'_>>) -> Vec<KeyValueRef<'b>> {
    vec.clear();
    vec.into_iter().map(|_| KeyValueRef { key: b"", value: None }).collect()
}

/// An empty byte vector with the memory of `vec`.
pub(super) fn recycle_bytes(mut vec: Vec<u8>) -> Vec<u8> {
    vec.clear();
    vec
}

/// A list whose removed elements wait to be used again, so that the vectors inside them keep their
/// memory. It reads like the slice of its elements.
#[derive(Clone, Default)]
pub struct Pool<T> {
    /// The elements, then those that wait.
    items: Vec<T>,
    len: usize,
}

impl<T: Default> Pool<T> {
    /// Removes all elements.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Appends an element and returns it **as its last user left it**: clear it, or set every field.
    pub fn grow(&mut self) -> &mut T {
        if self.len == self.items.len() {
            self.items.push(T::default());
        }
        self.len += 1;
        &mut self.items[self.len - 1]
    }
}

impl<T: Recycle> Recycle for Pool<T> {
    type Of<'b> = Pool<T::Of<'b>>;

    fn recycle<'b>(self) -> Pool<T::Of<'b>> {
        Pool { items: self.items.into_iter().map(T::recycle).collect(), len: 0 }
    }
}

impl<T> Deref for Pool<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items[..self.len]
    }
}

impl<T> From<Vec<T>> for Pool<T> {
    fn from(items: Vec<T>) -> Self {
        Pool { len: items.len(), items }
    }
}

impl<'p, T> IntoIterator for &'p Pool<T> {
    type Item = &'p T;
    type IntoIter = std::slice::Iter<'p, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: PartialEq> PartialEq for Pool<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for Pool<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::EventRef;

    #[test]
    fn memory_survives_a_change_of_lifetime() {
        let key = String::from("key");
        let mut attributes = Vec::with_capacity(100);
        attributes.push(KeyValueRef { key: key.as_bytes(), value: None });
        let place = attributes.as_ptr() as usize;
        let recycled: Vec<KeyValueRef<'static>> = recycle_attributes(attributes);
        drop(key);
        assert!(recycled.is_empty());
        assert_eq!((recycled.capacity(), recycled.as_ptr() as usize), (100, place));
    }

    #[test]
    fn pooled_elements_keep_their_vectors() {
        let mut pool: Pool<EventRef<'_>> = Pool::default();
        pool.grow().attributes.reserve(50);
        pool.grow();
        assert_eq!(pool.len(), 2);
        let mut pool: Pool<EventRef<'_>> = pool.recycle();
        assert!(pool.is_empty());
        assert!(pool.grow().attributes.capacity() >= 50);
        assert_eq!(pool.len(), 1);
    }
}
