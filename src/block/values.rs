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

    /// Where those equal to `wanted` are; they must be sorted.
    pub fn equal_range(&self, wanted: u64) -> Range<usize> {
        /// So many are counted one by one, as there are few as a rule.
        const FEW: usize = 8;
        fn find<T: Copy + Ord + TryFrom<u64>>(all: &[T], wanted: u64) -> Range<usize> {
            let Ok(wanted) = T::try_from(wanted) else { return all.len()..all.len() };
            let start = all.partition_point(|&one| one < wanted);
            let rest = &all[start..];
            let first = rest.iter().take(FEW).take_while(|&&one| one == wanted).count();
            let len = if first < FEW { first } else { rest.partition_point(|&one| one <= wanted) };
            start..start + len
        }
        match self {
            Packed::Zero(n) => 0..if wanted == 0 { *n as usize } else { 0 },
            Packed::U8(v) => find(v, wanted),
            Packed::U16(v) => find(v, wanted),
            Packed::U32(v) => find(v, wanted),
            Packed::U64(v) => find(v, wanted),
            Packed::Split8(high, low) => {
                let same = find(high, wanted >> 8);
                let among = find(&low[same.clone()], wanted & 0xff);
                same.start + among.start..same.start + among.end
            }
            Packed::Split16(high, low) => {
                let same = find(high, wanted >> 16);
                let among = find(&low[same.clone()], wanted & 0xffff);
                same.start + among.start..same.start + among.end
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

    /// Where those equal to `wanted` are, of sorted ones; see [`Packed::equal_range`].
    pub fn equal_range(&self, wanted: u64) -> Range<usize> {
        match wanted.checked_sub(self.base) {
            Some(offset) => self.offsets.equal_range(offset),
            None => 0..0,
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn equal_numbers_are_found_in_every_width(
            steps in vec(prop_oneof![5 => Just(0u64), 3 => 1u64..3, 1 => 0u64..70], 0..60),
            unit in prop_oneof![Just(1u64), Just(97)],
            wanted in 0u64..300,
        ) {
            let sum = |last: &mut u64, step: &u64| { *last += step; Some(*last) };
            let places: Vec<u64> = steps.iter().scan(0, sum).collect();
            let wanted = wanted * unit;
            let numbers: Vec<u64> = places.iter().map(|place| place * unit).collect();
            let start = numbers.partition_point(|&one| one < wanted);
            let expected = start..start + numbers.iter().filter(|&&one| one == wanted).count();
            let as_u16: Vec<u16> = numbers.iter().map(|&one| one as u16).collect();
            let as_u32: Vec<u32> = numbers.iter().map(|&one| one as u32).collect();
            let high: Vec<u32> = numbers.iter().map(|&one| (one >> 8) as u32).collect();
            let low: Vec<u8> = numbers.iter().map(|&one| one as u8).collect();
            let wide: Vec<u64> = numbers.iter().map(|&one| one << 16 | 5).collect();
            let low_5 = vec![5; numbers.len()];
            let forms = [
                (Packed::U64(&numbers), wanted),
                (Packed::U32(&as_u32), wanted),
                (Packed::Split8(&high, &low), wanted),
                (Packed::U64(&wide), wanted << 16 | 5),
                (Packed::Split16(&as_u32, &low_5), wanted << 16 | 5),
            ];
            let narrow = numbers.iter().all(|&one| one <= u16::MAX.into());
            let forms = forms.into_iter().chain(narrow.then_some((Packed::U16(&as_u16), wanted)));
            for (packed, wanted) in forms {
                let found = packed.equal_range(wanted);
                prop_assert_eq!(found.len(), expected.len(), "{:?}", packed);
                prop_assert!(found.is_empty() || found == expected, "{:?}", packed);
            }
        }
    }

    #[test]
    fn numbers_past_a_width_or_before_the_base_are_not_found() {
        let offsets = Packed::U8(&[0, 0, 1, 255]);
        let integers = Integers { base: 10, offsets };
        assert_eq!(integers.equal_range(10), 0..2);
        assert_eq!(integers.equal_range(265), 3..4);
        assert!(integers.equal_range(9).is_empty() && integers.equal_range(266).is_empty());
        assert_eq!(Packed::Zero(3).equal_range(0), 0..3);
        assert!(Packed::Zero(3).equal_range(1).is_empty());
    }
}
