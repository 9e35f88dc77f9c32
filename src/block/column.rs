//! One column, ready to read.

use super::format::{ColumnEntry, NO_SECTION, corrupt};
use super::opened::Parts;
use super::presence::{Presence, RowIds};
use super::read::{self, Read, ReadInteger};
use super::starts::Starts;
use super::values::{Bits, Integers, Packed, Strings, Values};
use super::zones::{Zones, Zoning};
use super::{Encoding, Layout, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::value::{AnyRef, ValueRef, ValueType};
use bytemuck::{Pod, Zeroable};

/// A column of a block: which rows have a value, and the values. Cheap to copy; reading it cannot
/// fail, since everything was checked when it was made.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    /// Type of the values.
    pub value_type: ValueType,
    /// Which rows have one.
    pub presence: Presence<'a>,
    /// The values, one per row that has one.
    pub values: Values<'a>,
    /// Where in the table which values are.
    pub zones: Zones<'a>,
    /// The column's entry in the directory.
    pub entry: &'a ColumnEntry,
    /// Full name, as in [`ColumnInfo::name`].
    pub name: &'a [u8],
    /// Table it belongs to.
    pub table: Table,
    /// Whether it is an attribute, not a fixed column.
    pub attribute: bool,
    read: Read,
    read_integer: ReadInteger,
}

impl<'a> Column<'a> {
    /// Views column `index` of a block, which must exist; `starts` are its own.
    pub(super) fn view(parts: &'a Parts, index: usize, starts: &'a Starts) -> Result<Self> {
        let (entry, sections) = (&parts.columns[index], &parts.sections);
        let table = Table::from_number(entry.table).unwrap_or(Table::Span);
        let rows = parts.table_rows[table as usize];
        let (Some(value_type), Some(layout), Some(encoding)) = (
            ValueType::from_number(entry.value_type),
            Layout::from_number(entry.layout),
            Encoding::from_number(entry.encoding),
        ) else {
            return Err(unknown(entry));
        };
        let presence = match layout {
            Layout::Dense => Presence::Dense { rows },
            Layout::Optional => Presence::Optional {
                rows,
                words: super::format::cast(sections.get(entry.presence)?)?,
                ranks: RowIds::view(sections.get(entry.ranks)?, rows)?,
            },
            Layout::Sparse => {
                let ids = RowIds::view(sections.get(entry.presence)?, rows)?;
                Presence::Sparse { rows, ids, starts }
            }
        };
        let strings = || -> Result<Strings<'a>> {
            Ok(Strings {
                ends: super::format::cast(sections.get(entry.ends)?)?,
                bytes: sections.get(entry.bytes)?,
            })
        };
        let packed = || -> Result<Packed<'a>> {
            match entry.width {
                0 => Ok(Packed::Zero(entry.present)),
                width => Packed::view(sections.get(entry.values)?, width),
            }
        };
        let values = match encoding {
            Encoding::None => Values::None,
            Encoding::Dictionary => Values::Dictionary { codes: packed()?, entries: strings()? },
            Encoding::Arena => Values::Arena(strings()?),
            Encoding::Integers => {
                Values::Integers(Integers { base: entry.base, offsets: packed()? })
            }
            Encoding::SplitIntegers => Values::Integers(Integers {
                base: entry.base,
                offsets: Packed::view_split(
                    sections.get(entry.values)?,
                    sections.get(entry.ends)?,
                    entry.width,
                )?,
            }),
            Encoding::Doubles => Values::Doubles(super::format::cast(sections.get(entry.values)?)?),
            Encoding::Bits => Values::Bits(Bits {
                len: entry.present,
                words: super::format::cast(sections.get(entry.values)?)?,
            }),
            Encoding::Fixed => Values::Fixed(usize::from(entry.width), sections.get(entry.values)?),
        };
        let optional = |section: u32| match section {
            NO_SECTION => Ok(None),
            section => sections.get(section).map(Some),
        };
        let (bounds, masks) = (optional(entry.zones)?, optional(entry.zone_masks)?);
        let zones = Zones::view(&values, Zoning::of(rows), bounds, masks)?;
        let mut column = Column {
            value_type,
            presence,
            values,
            zones,
            entry,
            name: parts.name(entry),
            table,
            attribute: entry.attribute != 0,
            read: read::any,
            read_integer: read::any_integer,
        };
        if !column.fits() {
            return Err(corrupt("a column's type and encoding differ"));
        }
        (column.read, column.read_integer) = (read::choose(&column), read::choose_integer(&column));
        Ok(column)
    }

    /// Whether the encoding is one that can hold values of the type.
    fn fits(&self) -> bool {
        use ValueType::*;
        match self.values {
            Values::None => self.value_type == Empty,
            Values::Dictionary { .. } | Values::Arena(_) => {
                matches!(
                    self.value_type,
                    Str | Bytes | StrList | I64List | F64List | BoolList | Nested
                )
            }
            Values::Integers(_) => {
                matches!(self.value_type, I64 | U64 | TimeNs | DurationNs | SpanKind | Status)
            }
            Values::Doubles(_) => self.value_type == F64,
            Values::Bits(_) => self.value_type == Bool,
            Values::Fixed(..) => self.value_type == Id,
        }
    }

    /// Checks everything that reading relies on. Done once per column of an open block.
    pub(super) fn validate(&self) -> Result<()> {
        self.presence.validate(self.entry.present)?;
        self.values.validate(self.entry.present)
    }

    /// Checks what is trusted without being checked: bounds, the count of distinct values, zones.
    pub(super) fn verify(&self) -> Result<()> {
        self.verify_bounds()?;
        self.verify_zones()
    }

    /// Value of `row`; `None` if it has none.
    #[inline]
    pub fn get(&self, row: u32) -> Option<ValueRef<'a>> {
        self.read(self.presence.index(row)?)
    }

    /// Integer value of `row` as its 64 bits; `None` if it has none or the type is no integer.
    #[inline]
    pub fn integer(&self, row: u32) -> Option<u64> {
        (self.read_integer)(self, self.presence.index(row)?)
    }

    /// Bytes of the text, bytes or id value of `row`; `None` if it has none.
    #[inline]
    pub fn bytes(&self, row: u32) -> Option<&'a [u8]> {
        self.values.bytes(self.presence.index(row)?)
    }

    /// As [`Column::value`], by the function made for the kind of column: fastest where the next
    /// value is one of another column.
    #[inline(always)]
    pub(crate) fn read(&self, index: usize) -> Option<ValueRef<'a>> {
        (self.read)(self, index)
    }

    /// Value number `index`, counted over the rows that have one.
    #[inline(always)]
    pub fn value(&self, index: usize) -> Option<ValueRef<'a>> {
        Some(match self.values {
            Values::None => ValueRef::Empty,
            Values::Doubles(values) => ValueRef::F64(*values.get(index)?),
            Values::Bits(bits) => ValueRef::Bool(bits.get(index)?),
            Values::Integers(integers) => self.integer_value(integers.get(index)?),
            Values::Dictionary { .. } | Values::Arena(_) | Values::Fixed(..) => {
                self.bytes_value(self.values.bytes(index)?)
            }
        })
    }

    /// `bits` as a value of an integer column.
    #[inline(always)]
    pub fn integer_value(&self, bits: u64) -> ValueRef<'a> {
        match self.value_type {
            ValueType::I64 => ValueRef::I64(bits as i64),
            ValueType::TimeNs => ValueRef::TimeNs(bits),
            ValueType::DurationNs => ValueRef::DurationNs(bits),
            ValueType::SpanKind => ValueRef::SpanKind(bits as i32),
            ValueType::Status => ValueRef::Status(bits as i32),
            _ => ValueRef::U64(bits),
        }
    }

    /// `bytes` as a value of a column of byte strings.
    #[inline(always)]
    pub fn bytes_value(&self, bytes: &'a [u8]) -> ValueRef<'a> {
        match self.value_type {
            ValueType::Str => ValueRef::Str(bytes),
            ValueType::Bytes => ValueRef::Bytes(bytes),
            ValueType::Id => ValueRef::Id(bytes),
            ValueType::Nested => ValueRef::Nested(AnyRef(bytes)),
            _ => ValueRef::List(AnyRef(bytes)),
        }
    }
}

/// What a block's directory says of a column.
#[derive(Clone, Copy, Debug)]
pub struct ColumnInfo<'a> {
    /// Place among the block's columns.
    pub index: u32,
    /// Table it belongs to.
    pub table: Table,
    /// Whether it is an attribute, not a fixed column.
    pub attribute: bool,
    /// Full name, as queries spell it but without quotes: `span.http.method`, `span:name`.
    pub name: &'a [u8],
    /// Key: of an attribute the name without its prefix, else the name.
    pub key: &'a [u8],
    /// Type of the values; `None` if this version does not know it.
    pub value_type: Option<ValueType>,
    /// The rest.
    pub entry: &'a ColumnEntry,
}

/// How a column is stored, as numbers of the file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Stored {
    /// [`Layout`] number.
    pub layout: u8,
    /// [`Encoding`] number.
    pub encoding: u8,
    /// Bytes of a value or code, as in [`ColumnEntry::width`].
    pub width: u8,
}

impl Stored {
    /// Name of the layout, for people.
    pub fn layout_name(self) -> &'static str {
        match (Layout::from_number(self.layout), self.width) {
            (Some(Layout::Dense), 0) if self.is_constant() => "const",
            (Some(Layout::Dense), _) => "dense",
            (Some(Layout::Optional), _) => "optional",
            (Some(Layout::Sparse), _) => "sparse",
            (None, _) => "unknown",
        }
    }

    fn is_constant(self) -> bool {
        matches!(
            Encoding::from_number(self.encoding),
            Some(Encoding::Dictionary | Encoding::Integers)
        )
    }

    /// Name of the encoding, for people; with the bits a value takes where that is fixed.
    pub fn encoding_name(self) -> String {
        let bits = u32::from(self.width) * 8;
        match Encoding::from_number(self.encoding) {
            Some(Encoding::None) => "presence".into(),
            Some(Encoding::Dictionary) => format!("dictionary/{bits}"),
            Some(Encoding::Arena) => "arena".into(),
            Some(Encoding::Integers) => format!("integers/{bits}"),
            Some(Encoding::SplitIntegers) => format!("integers/32+{bits}"),
            Some(Encoding::Doubles) => "doubles".into(),
            Some(Encoding::Bits) => "bits".into(),
            Some(Encoding::Fixed) => format!("fixed/{bits}"),
            None => "unknown".into(),
        }
    }
}

impl ColumnInfo<'_> {
    /// How the column is stored.
    pub fn stored(&self) -> Stored {
        let ColumnEntry { layout, encoding, width, .. } = *self.entry;
        Stored { layout, encoding, width }
    }

    /// Indexes of the sections it uses.
    pub fn sections(&self) -> impl Iterator<Item = u32> + use<> {
        let e = self.entry;
        [e.presence, e.ranks, e.values, e.ends, e.bytes, e.zones, e.zone_masks]
            .into_iter()
            .filter(|&s| s != NO_SECTION)
    }
}

#[cold]
fn unknown(entry: &ColumnEntry) -> Error {
    let message = format!(
        "the column has type {}, layout {} and encoding {}, which this version does not know all",
        entry.value_type, entry.layout, entry.encoding
    );
    Error::new(ErrorKind::Unsupported, message)
}
