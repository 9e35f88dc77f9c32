//! Columns that lie in a block as Arrow wants them.

use super::array::Array;
use super::build::{Builder, names_array, too_large};
use super::schema::DataType;
use crate::block::{Block, Column, Integers, Packed, Presence, Strings, Values};
use crate::bytes::{AlignedBuf, Bytes};
use crate::error::Result;
use crate::value::ValueRef;

/// All values of a column of a block as an array of this type, without copying them; `None` if the
/// column lies there in another way, or does not have a value in every row.
pub(super) fn whole_column(
    block: &Block,
    column: &Column<'_>,
    data_type: &DataType,
) -> Result<Option<Array>> {
    let Presence::Dense { rows } = column.presence else { return Ok(None) };
    let (len, entry) = (rows as usize, column.entry);
    let values = || block.sections().share(entry.values);
    Ok(match (data_type, column.values) {
        (DataType::Bool, Values::Bits(_)) | (DataType::F64, Values::Doubles(_)) => {
            Some(Array::full(len, [values()?]))
        }
        (DataType::I64, Values::Integers(integers)) if is_plain(integers) && is_signed(column) => {
            Some(Array::full(len, [values()?]))
        }
        (DataType::U64, Values::Integers(integers)) if is_plain(integers) => {
            Some(Array::full(len, [values()?]))
        }
        (DataType::Fixed(width), Values::Fixed(stored, _)) if *width == stored => {
            Some(Array::full(len, [values()?]))
        }
        (DataType::Codes(width), Values::Dictionary { codes, entries })
            if codes.element_width() == u32::from(*width) && entries.len() <= len =>
        {
            Some(Array::full(len, [values()?]).with_dictionary(dictionary(block, column, entries)?))
        }
        (DataType::Named(names), Values::Integers(Integers { base, offsets: Packed::U8(v) })) => {
            let last = v.iter().copied().max().unwrap_or(0);
            let named = (0..=last).map(|n| names.name((base as i32).wrapping_add(n.into())));
            Some(Array::full(len, [values()?]).with_dictionary(names_array(named)))
        }
        (DataType::Text, Values::Arena(strings)) if is_text(strings) => {
            strings_of(block, column, strings)?
        }
        (DataType::Binary, Values::Arena(strings)) => strings_of(block, column, strings)?,
        _ => None,
    })
}

/// Whether the integers are stored as they are.
fn is_plain(integers: Integers<'_>) -> bool {
    integers.base == 0 && matches!(integers.offsets, Packed::U64(_))
}

/// Whether integers are what Arrow's signed ones are: durations are unsigned.
fn is_signed(column: &Column<'_>) -> bool {
    column.value_type.is_signed()
}

/// The strings of a column as an array, if Arrow's offsets reach their end.
fn strings_of(block: &Block, column: &Column<'_>, strings: Strings<'_>) -> Result<Option<Array>> {
    if i32::try_from(strings.bytes.len()).is_err() {
        return Ok(None);
    }
    let share = |section| block.sections().share(section);
    let buffers = [share(column.entry.ends)?, share(column.entry.bytes)?];
    Ok(Some(Array::full(strings.len(), buffers)))
}

/// Whether all strings are UTF-8.
fn is_text(strings: Strings<'_>) -> bool {
    let starts_anew = |text: &str| strings.ends.iter().all(|&e| text.is_char_boundary(e as usize));
    std::str::from_utf8(strings.bytes).is_ok_and(starts_anew)
}

/// The dictionary of a column, which is shared if all of it is text.
fn dictionary(block: &Block, column: &Column<'_>, entries: Strings<'_>) -> Result<Array> {
    if is_text(entries)
        && let Some(array) = strings_of(block, column, entries)?
    {
        return Ok(array);
    }
    text_array(entries.iter())
}

fn text_array<'b>(entries: impl Iterator<Item = &'b [u8]>) -> Result<Array> {
    let mut builder = Builder::new(&DataType::Text);
    for entry in entries {
        builder.push(Some(ValueRef::Str(entry)))?;
    }
    Ok(builder.finish())
}

/// What rows have in a column of text, as codes of `width` bytes. The dictionary is the column's, or
/// all its values if it has none, or if the rows are fewer than that a smaller one of what they have.
pub(super) fn coded(block: &Block, column: &Column<'_>, rows: &[u32], width: u8) -> Result<Array> {
    let (codes, entries) = match column.values {
        Values::Dictionary { codes, entries } => (Some(codes), entries),
        Values::Arena(strings) => (None, strings),
        _ => return no_codes(rows.len(), width),
    };
    let code = |row: &u32| {
        let index = column.presence.index(*row)?;
        codes.map_or(Some(index as u64), |codes| codes.get(index))
    };
    if entries.len() <= rows.len() {
        let dictionary = dictionary(block, column, entries)?;
        return codes_array(rows.iter().map(code), width, dictionary);
    }
    let found: Vec<Option<u64>> = rows.iter().map(code).collect();
    let used = Used::of(found.iter().copied().flatten(), entries.len());
    let texts = used.codes().map(|code| entries.get(code).unwrap_or_default());
    let dictionary = text_array(texts)?;
    codes_array(found.iter().map(|code| used.number((*code)?)), width, dictionary)
}

/// The codes that occur, to be numbered without gaps.
struct Used {
    /// A bit per code.
    words: Vec<u64>,
    /// How many occur that are less than those of each word.
    before: Vec<u64>,
}

impl Used {
    /// Those among `codes`, which are less than `len`.
    fn of(codes: impl Iterator<Item = u64>, len: usize) -> Self {
        let mut words = vec![0u64; len.div_ceil(64)];
        for code in codes {
            if let Some(word) = words.get_mut(code as usize / 64) {
                *word |= 1 << (code % 64);
            }
        }
        let mut count = 0;
        let before = words.iter().map(|word| {
            count += u64::from(word.count_ones());
            count - u64::from(word.count_ones())
        });
        Used { before: before.collect(), words }
    }

    /// The codes, ascending.
    fn codes(&self) -> impl Iterator<Item = usize> {
        self.words.iter().enumerate().flat_map(|(at, &word)| {
            let some = |rest: u64| (rest != 0).then_some(rest);
            let rest = std::iter::successors(some(word), move |rest| some(rest & (rest - 1)));
            rest.map(move |rest| at * 64 + rest.trailing_zeros() as usize)
        })
    }

    /// The number of a code.
    fn number(&self, code: u64) -> Option<u64> {
        let (at, bit) = (code as usize / 64, code % 64);
        let less = self.words.get(at)? & !(u64::MAX << bit);
        Some(self.before.get(at)? + u64::from(less.count_ones()))
    }
}

/// `len` nulls of a column with codes of `width` bytes.
pub(super) fn no_codes(len: usize, width: u8) -> Result<Array> {
    codes_array((0..len).map(|_| None), width, text_array(std::iter::empty())?)
}

fn codes_array(
    codes: impl ExactSizeIterator<Item = Option<u64>>,
    width: u8,
    dictionary: Array,
) -> Result<Array> {
    let array = match width {
        1 => packed::<1>(codes),
        2 => packed::<2>(codes),
        _ => packed::<4>(codes),
    };
    Ok(array?.with_dictionary(dictionary))
}

/// Codes in `WIDTH` bytes each.
fn packed<const WIDTH: usize>(codes: impl ExactSizeIterator<Item = Option<u64>>) -> Result<Array> {
    let mut validity = super::build::Bitmap::default();
    let mut bytes = AlignedBuf::zeroed(codes.len() * WIDTH);
    let (places, _) = bytes.as_chunks_mut::<WIDTH>();
    for (place, code) in places.iter_mut().zip(codes) {
        validity.push(code.is_some());
        let code = code.unwrap_or(0).to_le_bytes();
        let (low, high) = code.split_at(WIDTH);
        if high.iter().any(|&b| b != 0) {
            return Err(too_large());
        }
        place.copy_from_slice(low);
    }
    Ok(validity.finish([Bytes::from(bytes)]))
}
