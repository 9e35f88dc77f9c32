//! From filled columns to the bytes of a block: layouts and encodings are chosen here, from all
//! values of a column.

use super::columns::{ColumnBuilder, ValuesBuilder};
use super::interner::Interner;
use super::rows::Rows;
use super::sections::{Compress, Profile, SectionWriter};
use super::zones::Zoned;
use crate::block::format::{
    BlockHeader, ColumnEntry, MAGIC, NO_SECTION, RESIDUAL_ITEM, SectionEntry, SectionKind, VERSION,
};
use crate::block::{Encoding, Layout, NARROW_ROWS, Table, string_prefix};
use crate::bytes::AlignedBuf;
use crate::error::{Error, ErrorKind, Result};
use crate::value::ValueType;
use bytemuck::{Zeroable, bytes_of, cast_slice};
use xxhash_rust::xxh3::xxh3_64;

/// Encodes all tables into one block.
pub fn encode(rows: &Rows, profile: Profile) -> Result<AlignedBuf> {
    let columns = sorted_columns(rows);
    let mut sections = SectionWriter::new(profile);
    let mut names = Vec::new();
    let mut entries = Vec::with_capacity(columns.len());
    for column in &columns {
        let table_rows = rows.counts[column.table as usize];
        let mut entry = encode_column(column, table_rows, &mut sections)?;
        let start = names.len();
        if column.attribute {
            names.extend_from_slice(column.table.attribute_prefix().as_bytes());
        }
        names.extend_from_slice(&column.key);
        entry.name_offset = narrow(start)?;
        entry.name_len = narrow(names.len() - start)?;
        entries.push(entry);
    }
    let (shape_ends, shape_items) = encode_shapes(rows, &columns, &mut sections)?;
    names.resize(names.len().next_multiple_of(8), 0);
    let header = BlockHeader {
        names_len: narrow(names.len())?,
        column_count: narrow(entries.len())?,
        shape_ends,
        shape_items,
        min_start: rows.min_start,
        max_end: rows.max_end,
        ..empty_header(&rows.counts)
    };
    assemble(header, &entries, &names, sections)
}

/// All columns that have a value, in the order of the directory.
fn sorted_columns(rows: &Rows) -> Vec<&ColumnBuilder> {
    let all = rows.fields.iter().chain(&rows.attributes.columns);
    let mut columns: Vec<_> = all.filter(|c| !c.rows.is_empty()).collect();
    columns.sort_by_key(|c| order_of(c));
    columns
}

fn order_of(c: &ColumnBuilder) -> (u8, bool, &[u8], u8) {
    (c.table as u8, c.attribute, &c.key, c.value_type as u8)
}

fn empty_header(counts: &[u32; Table::COUNT]) -> BlockHeader {
    let mut table_rows = [0; 8];
    table_rows[..Table::COUNT].copy_from_slice(counts);
    BlockHeader { magic: MAGIC, version: VERSION, table_rows, ..BlockHeader::zeroed() }
}

/// Puts header, directory and sections together.
fn assemble(
    mut header: BlockHeader,
    columns: &[ColumnEntry],
    names: &[u8],
    sections: SectionWriter,
) -> Result<AlignedBuf> {
    let (mut entries, data) = sections.finish();
    let directory_len = size_of_val(&entries[..]) + size_of_val(columns) + names.len();
    let data_start =
        (size_of::<BlockHeader>() + directory_len).next_multiple_of(crate::block::format::ALIGN);
    let shift = narrow(data_start / crate::block::format::ALIGN)?;
    for entry in &mut entries {
        entry.offset = entry.offset.checked_add(shift).ok_or_else(too_large)?;
    }
    let mut directory = Vec::with_capacity(directory_len);
    directory.extend_from_slice(cast_slice::<SectionEntry, u8>(&entries));
    directory.extend_from_slice(cast_slice::<ColumnEntry, u8>(columns));
    directory.extend_from_slice(names);
    header.section_count = narrow(entries.len())?;
    header.block_len = (data_start + data.len()) as u64;
    header.directory_hash = xxh3_64(&directory);
    header.header_hash = xxh3_64(&bytes_of(&header)[..120]);
    let mut block = AlignedBuf::with_capacity(data_start + data.len());
    block.extend_from_slice(bytes_of(&header));
    block.extend_from_slice(&directory);
    block.pad();
    block.extend_from_slice(&data);
    Ok(block)
}

/// Shapes name columns by their number in the directory.
fn encode_shapes(
    rows: &Rows,
    columns: &[&ColumnBuilder],
    sections: &mut SectionWriter,
) -> Result<(u32, u32)> {
    let place = |item: u32| {
        let built = &rows.attributes.columns[item as usize];
        // Every column has its own order, so the search cannot miss.
        columns.binary_search_by_key(&order_of(built), |c| order_of(c)).unwrap_or(0) as u32
    };
    let places: Vec<u32> = (0..rows.attributes.columns.len() as u32).map(place).collect();
    let mut ends = vec![0u32];
    let mut items: Vec<u32> = Vec::new();
    for list in rows.shapes.iter() {
        let named = list.iter().map(|&item| match item {
            RESIDUAL_ITEM => RESIDUAL_ITEM,
            column => places[column as usize],
        });
        items.extend(named);
        ends.push(narrow(items.len())?);
    }
    Ok((
        sections.add(SectionKind::Shapes, cast_slice(&ends), Compress::Archive)?,
        sections.add(SectionKind::Shapes, cast_slice(&items), Compress::Archive)?,
    ))
}

fn encode_column(
    column: &ColumnBuilder,
    table_rows: u32,
    sections: &mut SectionWriter,
) -> Result<ColumnEntry> {
    let mut entry = ColumnEntry {
        table: column.table as u8,
        attribute: u8::from(column.attribute),
        value_type: column.value_type as u8,
        presence: NO_SECTION,
        ranks: NO_SECTION,
        values: NO_SECTION,
        ends: NO_SECTION,
        bytes: NO_SECTION,
        zones: NO_SECTION,
        zone_masks: NO_SECTION,
        present: column.rows.len() as u32,
        ..ColumnEntry::zeroed()
    };
    encode_presence(&mut entry, &column.rows, table_rows, sections)?;
    let zoned = Zoned::new(&column.rows, table_rows);
    match &column.values {
        ValuesBuilder::Presence => entry.encoding = Encoding::None as u8,
        ValuesBuilder::Strings { codes, interner } => {
            encode_strings(&mut entry, codes, interner, zoned, sections)?;
        }
        ValuesBuilder::Integers(values) => {
            encode_integers(&mut entry, values, column.value_type, zoned, sections)?;
        }
        ValuesBuilder::Doubles(values) => encode_doubles(&mut entry, values, zoned, sections)?,
        ValuesBuilder::Bits(values) => {
            entry.encoding = Encoding::Bits as u8;
            entry.min = u64::from(values.iter().all(|&value| value));
            entry.max = u64::from(values.iter().any(|&value| value));
            entry.values = sections.add(
                SectionKind::Values,
                cast_slice(&bitmap(values.len(), ones(values))),
                Compress::Archive,
            )?;
        }
        ValuesBuilder::Fixed { width, bytes } => {
            entry.encoding = Encoding::Fixed as u8;
            entry.width = *width;
            let prefixes = || bytes.chunks_exact(usize::from(*width)).map(string_prefix);
            entry.min = prefixes().min().unwrap_or(0);
            entry.max = prefixes().max().unwrap_or(0);
            entry.values = sections.add(SectionKind::Values, bytes, Compress::Never)?;
        }
    }
    Ok(entry)
}

/// Chooses the layout that takes the fewest bytes. A bitmap takes a bit a row, and a rank per 64
/// rows; a list takes a row number a value.
fn encode_presence(
    entry: &mut ColumnEntry,
    rows: &[u32],
    table_rows: u32,
    sections: &mut SectionWriter,
) -> Result<()> {
    if rows.len() == table_rows as usize {
        entry.layout = Layout::Dense as u8;
        return Ok(());
    }
    let narrow_rows = table_rows <= NARROW_ROWS;
    let id_bytes = if narrow_rows { 2 } else { 4 };
    let words = (table_rows as usize).div_ceil(64);
    if rows.len() * id_bytes < words * (8 + id_bytes) {
        entry.layout = Layout::Sparse as u8;
        entry.presence = add_row_numbers(SectionKind::Presence, rows, narrow_rows, sections)?;
        return Ok(());
    }
    entry.layout = Layout::Optional as u8;
    let words = bitmap(table_rows as usize, rows.iter().map(|&r| r as usize));
    let mut ranks = Vec::with_capacity(words.len());
    let mut seen = 0;
    for word in &words {
        ranks.push(seen);
        seen += word.count_ones();
    }
    entry.presence = sections.add(SectionKind::Presence, cast_slice(&words), Compress::Archive)?;
    entry.ranks = add_row_numbers(SectionKind::Ranks, &ranks, narrow_rows, sections)?;
    Ok(())
}

fn add_row_numbers(
    kind: SectionKind,
    numbers: &[u32],
    narrow_rows: bool,
    sections: &mut SectionWriter,
) -> Result<u32> {
    if narrow_rows {
        let narrow: Vec<u16> = numbers.iter().map(|&n| n as u16).collect();
        sections.add(kind, cast_slice(&narrow), Compress::Archive)
    } else {
        sections.add(kind, cast_slice(numbers), Compress::Archive)
    }
}

fn bitmap(len: usize, set: impl Iterator<Item = usize>) -> Vec<u64> {
    let mut words = vec![0u64; len.div_ceil(64)];
    set.for_each(|i| words[i / 64] |= 1 << (i % 64));
    words
}

fn ones(values: &[bool]) -> impl Iterator<Item = usize> {
    values.iter().enumerate().filter_map(|(i, &v)| v.then_some(i))
}

/// A dictionary unless the strings one after another are smaller.
fn encode_strings(
    entry: &mut ColumnEntry,
    codes: &[u32],
    interner: &Interner,
    zoned: Zoned<'_>,
    sections: &mut SectionWriter,
) -> Result<()> {
    let distinct = interner.len();
    let width = code_width(distinct);
    let dictionary_bytes = interner.total_bytes() + 4 * distinct + width as usize * codes.len();
    let arena_bytes: usize = codes.iter().map(|&c| interner.get(c).len() + 4).sum();
    entry.distinct = distinct as u32;
    let prefixes = || (0..distinct as u32).map(|code| string_prefix(interner.get(code)));
    entry.min = prefixes().min().unwrap_or(0);
    entry.max = prefixes().max().unwrap_or(0);
    if distinct > 1 && arena_bytes < dictionary_bytes {
        entry.encoding = Encoding::Arena as u8;
        return add_strings(entry, codes.iter().map(|&c| interner.get(c)), sections);
    }
    entry.encoding = Encoding::Dictionary as u8;
    let sorted = interner.sorted();
    let mut ranks = vec![0u64; distinct];
    for (rank, &code) in sorted.iter().enumerate() {
        ranks[code as usize] = rank as u64;
    }
    entry.width = width;
    if width > 0 {
        let ranked = codes.iter().map(|&c| ranks[c as usize]);
        entry.values = add_packed(ranked.clone(), width, sections)?;
        if let Some(masks) = zoned.entries(ranked, distinct, width) {
            entry.zone_masks =
                sections.add(SectionKind::Zones, cast_slice(&masks), Compress::Archive)?;
        }
    }
    add_strings(entry, sorted.iter().map(|&c| interner.get(c)), sections)
}

fn code_width(distinct: usize) -> u8 {
    match distinct {
        0..=1 => 0,
        2..=0x100 => 1,
        0x101..=0x1_0000 => 2,
        _ => 4,
    }
}

fn add_strings<'a>(
    entry: &mut ColumnEntry,
    strings: impl ExactSizeIterator<Item = &'a [u8]>,
    sections: &mut SectionWriter,
) -> Result<()> {
    let count = strings.len();
    let mut ends = Vec::with_capacity(count + 1);
    let mut bytes = Vec::new();
    ends.push(0u32);
    for string in strings {
        bytes.extend_from_slice(string);
        ends.push(narrow(bytes.len())?);
    }
    entry.ends = sections.add(SectionKind::Ends, cast_slice(&ends), Compress::Archive)?;
    entry.bytes = sections.add(SectionKind::Bytes, &bytes, Compress::LongText(count))?;
    Ok(())
}

/// Differences to the smallest value, in the fewest bytes. Those that need 5 or 6 bytes are split
/// into high and low parts, each of a width that scans well.
fn encode_integers(
    entry: &mut ColumnEntry,
    values: &[u64],
    value_type: ValueType,
    zoned: Zoned<'_>,
    sections: &mut SectionWriter,
) -> Result<()> {
    // Flipping the sign bit makes signed integers sort as unsigned ones.
    let flip = if value_type.is_signed() { 1 << 63 } else { 0 };
    let min = values.iter().map(|v| v ^ flip).min().unwrap_or(0) ^ flip;
    let max = values.iter().map(|v| v ^ flip).max().unwrap_or(0) ^ flip;
    let range = max.wrapping_sub(min);
    (entry.base, entry.min, entry.max) = (min, min, max);
    entry.encoding = Encoding::Integers as u8;
    let offsets = values.iter().map(|v| v.wrapping_sub(min));
    // Bytes of a value that stand apart, and of the rest.
    let (low_bytes, width) = match range {
        0 => return Ok(()),
        0x1..=0xff => (0, 1),
        0x100..=0xffff => (0, 2),
        0x1_0000..=0xffff_ffff => (0, 4),
        0x1_0000_0000..=0xff_ffff_ffff => (1, 4),
        0x100_0000_0000..=0xffff_ffff_ffff => (2, 4),
        _ => (0, 8),
    };
    let shift = 8 * u32::from(low_bytes);
    let elements = offsets.clone().map(|o| o >> shift);
    entry.width = width;
    entry.values = add_packed(elements.clone(), width, sections)?;
    if low_bytes > 0 {
        entry.encoding = Encoding::SplitIntegers as u8;
        entry.width = low_bytes;
        let mut bytes = Vec::new();
        pack(offsets.map(|o| o & ((1 << shift) - 1)), low_bytes, &mut bytes);
        // Low bits of times are noise.
        entry.ends = sections.add(SectionKind::Ends, &bytes, Compress::Never)?;
    }
    if let Some(bounds) = zoned.integers(elements, range >> shift, width) {
        let mut bytes = Vec::new();
        pack(bounds.into_iter(), width, &mut bytes);
        entry.zones = sections.add(SectionKind::Zones, &bytes, Compress::Archive)?;
    }
    Ok(())
}

fn add_packed(
    values: impl Iterator<Item = u64>,
    width: u8,
    sections: &mut SectionWriter,
) -> Result<u32> {
    let mut bytes = Vec::new();
    pack(values, width, &mut bytes);
    sections.add(SectionKind::Values, &bytes, Compress::Archive)
}

fn pack(values: impl Iterator<Item = u64>, width: u8, out: &mut Vec<u8>) {
    match width {
        1 => out.extend(values.map(|v| v as u8)),
        2 => values.for_each(|v| out.extend_from_slice(&(v as u16).to_le_bytes())),
        4 => values.for_each(|v| out.extend_from_slice(&(v as u32).to_le_bytes())),
        _ => values.for_each(|v| out.extend_from_slice(&v.to_le_bytes())),
    }
}

fn encode_doubles(
    entry: &mut ColumnEntry,
    values: &[f64],
    zoned: Zoned<'_>,
    sections: &mut SectionWriter,
) -> Result<()> {
    entry.encoding = Encoding::Doubles as u8;
    entry.values = sections.add(SectionKind::Values, cast_slice(values), Compress::Archive)?;
    let numbers = || values.iter().copied().filter(|v| !v.is_nan());
    let min = numbers().fold(f64::INFINITY, f64::min);
    let max = numbers().fold(f64::NEG_INFINITY, f64::max);
    (entry.min, entry.max) = (min.to_bits(), max.to_bits());
    if let Some(bounds) = zoned.doubles(values, min, max) {
        entry.zones = sections.add(SectionKind::Zones, cast_slice(&bounds), Compress::Archive)?;
    }
    Ok(())
}

fn narrow(n: usize) -> Result<u32> {
    u32::try_from(n).map_err(|_| too_large())
}

#[cold]
fn too_large() -> Error {
    let message = "a column of one block cannot hold more than 4 GiB of text; write smaller blocks";
    Error::new(ErrorKind::Limit, message)
}
