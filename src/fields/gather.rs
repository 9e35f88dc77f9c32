//! From a column of a block into a column of a matrix. What is asked of a column at every value has
//! the same answer every time, so it is asked once, and what is left are short loops over arrays.

use super::matrix::{Entries, MatrixColumn};
use super::source::Sink;
use crate::block::{Column, Integers, NO_PLACE, Packed, Strings, Values};
use crate::value::{Kind, ValueRef, ValueType};

/// The columns of a matrix that is being filled.
pub(super) struct Filling<'m> {
    pub columns: &'m mut [MatrixColumn],
    pub scratch: &'m mut Scratch,
}

/// Memory that is used again for every column.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// Of each span the number of its value.
    places: Vec<u32>,
    /// Of each code in a dictionary the number of its entry, [`NO_ENTRY`] if it has none yet.
    coded: Vec<u64>,
}

const NO_ENTRY: u64 = u64::MAX;

/// A dictionary with more codes than this for a span is not worth a list of its codes.
const CODES_PER_SPAN: usize = 2;

impl<'a> Sink<'a> for Filling<'_> {
    #[inline]
    fn take(&mut self, span: usize, column: usize, value: ValueRef<'a>) {
        self.columns[column].put(span, value);
    }

    fn take_same(&mut self, first: usize, count: usize, column: usize, value: ValueRef<'a>) {
        self.columns[column].put_same(first..first + count, value);
    }

    fn take_column(
        &mut self,
        first: usize,
        rows: impl Iterator<Item = u32>,
        from: &Column<'a>,
        column: usize,
    ) {
        from.presence.places(rows, &mut self.scratch.places);
        self.scratch.gather(first, from, &mut self.columns[column]);
    }
}

impl Scratch {
    /// Puts the values of `from` at the places noted into `into`, for the spans from `first` on.
    fn gather(&mut self, first: usize, from: &Column<'_>, into: &mut MatrixColumn) {
        let Scratch { places, coded } = self;
        let numbers = &mut into.numbers[first..];
        let kinds = &mut into.kinds[first..];
        let (kind, present) = match (from.values, from.value_type) {
            (Values::Integers(Integers { base, offsets }), value_type) => {
                let kind = from.integer_value(0).kind();
                let number = |offset: u64| base.wrapping_add(offset);
                let present = match value_type {
                    // OTLP's enums are 32 bits wide.
                    ValueType::SpanKind | ValueType::Status => {
                        let number = |offset| i64::from(number(offset) as i32) as u64;
                        put_packed(places, offsets, number, kind, kinds, numbers)
                    }
                    _ => put_packed(places, offsets, number, kind, kinds, numbers),
                };
                (kind, present)
            }
            (Values::Doubles(doubles), _) => {
                let get = |place| doubles.get(place).map(|v: &f64| v.to_bits());
                (Kind::F64, put(places, get, Kind::F64, kinds, numbers))
            }
            (Values::Bits(bits), _) => {
                let get = |place| bits.get(place).map(u64::from);
                (Kind::Bool, put(places, get, Kind::Bool, kinds, numbers))
            }
            (Values::Fixed(..), _) => {
                let get = |place| from.values.bytes(place).map(|id| into.entries.add(id));
                (Kind::Id, put(places, get, Kind::Id, kinds, numbers))
            }
            (Values::Dictionary { codes, entries }, ValueType::Str | ValueType::Bytes)
                if entries.len() / CODES_PER_SPAN <= places.len() =>
            {
                let kind = from.bytes_value(b"").kind();
                let number = coder(entries, coded, &mut into.entries);
                (kind, put_packed(places, codes, number, kind, kinds, numbers))
            }
            _ => {
                for (span, &place) in (first..).zip(&*places) {
                    let value = (place != NO_PLACE).then(|| from.value(place as usize)).flatten();
                    if let Some(value) = value {
                        into.put(span, value);
                    }
                }
                return;
            }
        };
        into.count(kind, present);
    }
}

/// Gives the number of the entry for a code; the first time it makes one.
fn coder<'e>(
    dictionary: Strings<'e>,
    coded: &'e mut Vec<u64>,
    entries: &'e mut Entries,
) -> impl FnMut(u64) -> u64 + 'e {
    coded.clear();
    coded.resize(dictionary.len(), NO_ENTRY);
    move |code| {
        // A checked column has no other codes.
        let Some(number) = coded.get_mut(code as usize) else { return 0 };
        if *number == NO_ENTRY {
            *number = entries.add(dictionary.get(code as usize).unwrap_or_default());
        }
        *number
    }
}

/// Puts what `number` makes of packed integers; see [`put`].
fn put_packed(
    places: &[u32],
    packed: Packed<'_>,
    mut number: impl FnMut(u64) -> u64,
    kind: Kind,
    kinds: &mut [u8],
    numbers: &mut [u64],
) -> usize {
    /// A loop for each width.
    macro_rules! put_each {
        ($($width:pat),*) => {
            match packed {
                $($width => put(places, |place| match packed {
                    $width => packed.get(place).map(&mut number),
                    _ => None,
                }, kind, kinds, numbers),)*
            }
        };
    }
    put_each!(
        Packed::Zero(_),
        Packed::U8(_),
        Packed::U16(_),
        Packed::U32(_),
        Packed::U64(_),
        Packed::Split8(..),
        Packed::Split16(..)
    )
}

/// Puts what `get` gives for each place, of `kind`, where it gives something; tells how often that was.
#[inline(always)]
fn put(
    places: &[u32],
    mut get: impl FnMut(usize) -> Option<u64>,
    kind: Kind,
    kinds: &mut [u8],
    numbers: &mut [u64],
) -> usize {
    let mut present = 0;
    for ((&place, of), number) in places.iter().zip(kinds).zip(numbers) {
        if let Some(value) = get(place as usize) {
            (*of, *number) = (kind as u8, value);
            present += 1;
        }
    }
    present
}
