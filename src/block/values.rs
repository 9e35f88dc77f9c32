//! Views of a column's values, by encoding.

use super::format::{cast, corrupt};
use crate::error::Result;
use std::ops::Range;

/// Unsigned integers of one width.
#[derive(Clone, Copy, Debug)]
pub enum Packed<'a> {
    /// This many, all 0.
    Zero(u32),
    /// 8 bits each.
    U8(&'a [u8]),
    /// 16 bits each.
    U16(&'a [u16]),
    /// 32 bits each.
    U32(&'a [u32]),
    /// 64 bits each.
    U64(&'a [u64]),
    /// High 32 bits, and the low 8.
    Split8(&'a [u32], &'a [u8]),
    /// High 32 bits, and the low 16.
    Split16(&'a [u32], &'a [u16]),
}

impl<'a> Packed<'a> {
    /// Views `bytes` as integers of `width` bytes.
    #[inline]
    pub(super) fn view(bytes: &'a [u8], width: u8) -> Result<Self> {
        match width {
            1 => Ok(Packed::U8(bytes)),
            2 => Ok(Packed::U16(cast(bytes)?)),
            4 => Ok(Packed::U32(cast(bytes)?)),
            8 => Ok(Packed::U64(cast(bytes)?)),
            _ => Err(corrupt(format_args!("integers of {width} bytes"))),
        }
    }

    /// Views high and low halves.
    #[inline]
    pub(super) fn view_split(high: &'a [u8], low: &'a [u8], width: u8) -> Result<Self> {
        let high = cast::<u32>(high)?;
        let (split, low_len) = match width {
            1 => (Packed::Split8(high, low), low.len()),
            2 => {
                let low = cast::<u16>(low)?;
                (Packed::Split16(high, low), low.len())
            }
            _ => return Err(corrupt(format_args!("low halves of {width} bytes"))),
        };
        if low_len == high.len() { Ok(split) } else { Err(corrupt("halves of different lengths")) }
    }

    /// How many there are.
    #[inline]
    pub fn len(&self) -> usize {
        match self {
            Packed::Zero(n) => *n as usize,
            Packed::U8(v) => v.len(),
            Packed::U16(v) => v.len(),
            Packed::U32(v) | Packed::Split8(v, _) | Packed::Split16(v, _) => v.len(),
            Packed::U64(v) => v.len(),
        }
    }

    /// Bytes of an element of the values section: of split integers the high part's.
    #[inline]
    pub fn element_width(&self) -> u32 {
        match self {
            Packed::Zero(_) => 0,
            Packed::U8(_) => 1,
            Packed::U16(_) => 2,
            Packed::U32(_) | Packed::Split8(..) | Packed::Split16(..) => 4,
            Packed::U64(_) => 8,
        }
    }

    /// Bits of an integer that are not in its element of the values section.
    #[inline]
    pub fn split_bits(&self) -> u32 {
        match self {
            Packed::Split8(..) => 8,
            Packed::Split16(..) => 16,
            _ => 0,
        }
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Integer `index`; `None` past the end.
    #[inline(always)]
    pub fn get(&self, index: usize) -> Option<u64> {
        match self {
            Packed::Zero(n) => (index < *n as usize).then_some(0),
            Packed::U8(v) => v.get(index).map(|&x| u64::from(x)),
            Packed::U16(v) => v.get(index).map(|&x| u64::from(x)),
            Packed::U32(v) => v.get(index).map(|&x| u64::from(x)),
            Packed::U64(v) => v.get(index).copied(),
            Packed::Split8(high, low) => {
                Some(u64::from(*high.get(index)?) << 8 | u64::from(*low.get(index)?))
            }
            Packed::Split16(high, low) => {
                Some(u64::from(*high.get(index)?) << 16 | u64::from(*low.get(index)?))
            }
        }
    }

    /// Those at `range`, cut off at the end.
    #[inline]
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Packed<'a> {
        fn part<'a, T>(all: &'a [T], range: &Range<usize>) -> &'a [T] {
            let end = range.end.min(all.len());
            all.get(range.start..end).unwrap_or_default()
        }
        match *self {
            Packed::Zero(n) => {
                let len = range.end.min(n as usize).saturating_sub(range.start);
                Packed::Zero(len as u32)
            }
            Packed::U8(v) => Packed::U8(part(v, &range)),
            Packed::U16(v) => Packed::U16(part(v, &range)),
            Packed::U32(v) => Packed::U32(part(v, &range)),
            Packed::U64(v) => Packed::U64(part(v, &range)),
            Packed::Split8(high, low) => Packed::Split8(part(high, &range), part(low, &range)),
            Packed::Split16(high, low) => Packed::Split16(part(high, &range), part(low, &range)),
        }
    }

    /// The largest; 0 if there are none.
    pub fn max(&self) -> u64 {
        match self {
            Packed::Zero(_) => 0,
            Packed::U8(v) => v.iter().copied().max().unwrap_or(0).into(),
            Packed::U16(v) => v.iter().copied().max().unwrap_or(0).into(),
            Packed::U32(v) => v.iter().copied().max().unwrap_or(0).into(),
            Packed::U64(v) => v.iter().copied().max().unwrap_or(0),
            Packed::Split8(..) | Packed::Split16(..) => {
                (0..self.len()).filter_map(|i| self.get(i)).max().unwrap_or(0)
            }
        }
    }
}

/// Integers as differences to a base; sums wrap, so that every 64-bit range fits.
#[derive(Clone, Copy, Debug)]
pub struct Integers<'a> {
    /// Added to every difference.
    pub base: u64,
    /// The differences.
    pub offsets: Packed<'a>,
}

impl Integers<'_> {
    /// Integer `index` as its 64 bits; `None` past the end.
    #[inline(always)]
    pub fn get(&self, index: usize) -> Option<u64> {
        self.offsets.get(index).map(|o| self.base.wrapping_add(o))
    }
}

/// Byte strings one after another: entry `i` is `bytes[ends[i] .. ends[i + 1]]`.
#[derive(Clone, Copy, Debug)]
pub struct Strings<'a> {
    /// One more than there are entries; the first is 0, the last the length of `bytes`.
    pub ends: &'a [u32],
    /// The bytes of all entries.
    pub bytes: &'a [u8],
}

impl<'a> Strings<'a> {
    /// How many there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.ends.len().saturating_sub(1)
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Entry `index`; `None` past the end.
    #[inline(always)]
    pub fn get(&self, index: usize) -> Option<&'a [u8]> {
        let start = *self.ends.get(index)?;
        let end = *self.ends.get(index + 1)?;
        self.bytes.get(start as usize..end as usize)
    }

    /// All entries in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'a [u8]> + use<'a> {
        let this = *self;
        (0..self.len()).map(move |i| this.get(i).unwrap_or_default())
    }

    /// How many entries sort before `value`; the entries must be sorted.
    pub fn lower_bound(&self, value: &[u8]) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.get(middle).unwrap_or_default() < value {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Code of `value` in a sorted dictionary; `None` if it is not there.
    pub fn find(&self, value: &[u8]) -> Option<u32> {
        let at = self.lower_bound(value);
        (self.get(at) == Some(value)).then_some(at as u32)
    }

    pub(super) fn validate(&self) -> Result<()> {
        let whole = self.ends.first() == Some(&0)
            && self.ends.last().map(|&e| e as usize) == Some(self.bytes.len());
        if whole && self.ends.is_sorted() {
            Ok(())
        } else {
            Err(corrupt("the ends of byte strings do not fit their bytes"))
        }
    }

    pub(super) fn validate_sorted(&self) -> Result<()> {
        self.validate()?;
        if (1..self.len()).all(|i| self.get(i - 1) < self.get(i)) {
            Ok(())
        } else {
            Err(corrupt("a dictionary is not sorted"))
        }
    }
}

/// One bit a value, lowest first.
#[derive(Clone, Copy, Debug)]
pub struct Bits<'a> {
    /// How many values there are.
    pub len: u32,
    /// Their bits; those past the last value are 0.
    pub words: &'a [u64],
}

impl Bits<'_> {
    /// Value `index`; `None` past the end.
    #[inline(always)]
    pub fn get(&self, index: usize) -> Option<bool> {
        if index >= self.len as usize {
            return None;
        }
        self.words.get(index / 64).map(|w| w >> (index % 64) & 1 == 1)
    }
}

/// The values of a column, one per present row.
#[derive(Clone, Copy, Debug)]
pub enum Values<'a> {
    /// Presence is all there is.
    None,
    /// A code per value into sorted distinct strings.
    Dictionary {
        /// The codes.
        codes: Packed<'a>,
        /// What they stand for.
        entries: Strings<'a>,
    },
    /// The strings themselves.
    Arena(Strings<'a>),
    /// Integers.
    Integers(Integers<'a>),
    /// Doubles.
    Doubles(&'a [f64]),
    /// Booleans.
    Bits(Bits<'a>),
    /// This many bytes a value.
    Fixed(usize, &'a [u8]),
}

impl<'a> Values<'a> {
    /// Bytes of string, arena or fixed value `index`; `None` for other encodings or past the end.
    #[inline(always)]
    pub fn bytes(&self, index: usize) -> Option<&'a [u8]> {
        match self {
            Values::Dictionary { codes, entries } => entries.get(codes.get(index)? as usize),
            Values::Arena(strings) => strings.get(index),
            Values::Fixed(width, bytes) => bytes.get(index * width..(index + 1) * width),
            _ => None,
        }
    }

    /// Bits of integer value `index`; `None` for other encodings or past the end.
    #[inline(always)]
    pub fn integer(&self, index: usize) -> Option<u64> {
        match self {
            Values::Integers(integers) => integers.get(index),
            _ => None,
        }
    }

    /// Checks that there are `present` values and that every one can be read.
    pub(super) fn validate(&self, present: u32) -> Result<()> {
        let count = match *self {
            Values::None => present as usize,
            Values::Dictionary { codes, entries } => {
                entries.validate_sorted()?;
                if !codes.is_empty() && codes.max() >= entries.len() as u64 {
                    return Err(corrupt("a code is not in its dictionary"));
                }
                codes.len()
            }
            Values::Arena(strings) => {
                strings.validate()?;
                strings.len()
            }
            Values::Integers(integers) => integers.offsets.len(),
            Values::Doubles(values) => values.len(),
            Values::Bits(bits) => {
                if bits.words.len() != (bits.len as usize).div_ceil(64) {
                    return Err(corrupt("booleans have the wrong length"));
                }
                bits.len as usize
            }
            Values::Fixed(width, bytes) => {
                if width == 0 || bytes.len() % width != 0 {
                    return Err(corrupt("fixed-width values have the wrong length"));
                }
                bytes.len() / width
            }
        };
        if count == present as usize {
            Ok(())
        } else {
            Err(corrupt("a column has another number of values than it states"))
        }
    }
}
