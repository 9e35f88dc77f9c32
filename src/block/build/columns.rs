//! Columns while a block is built: only the rows that have a value, in row order.

use super::interner::Interner;
use crate::block::{Field, Table};
use crate::value::{ValueRef, ValueType};
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// Stands for "no column", "no group" and "no row".
pub const NONE: u32 = u32::MAX;

/// A column being built.
pub struct ColumnBuilder {
    pub table: Table,
    pub attribute: bool,
    pub key: Box<[u8]>,
    pub value_type: ValueType,
    /// Rows that have a value, ascending.
    pub rows: Vec<u32>,
    pub values: ValuesBuilder,
}

/// The values of a [`ColumnBuilder`].
pub enum ValuesBuilder {
    Presence,
    Strings { codes: Vec<u32>, interner: Interner },
    Integers(Vec<u64>),
    Doubles(Vec<f64>),
    Bits(Vec<bool>),
    Fixed { width: u8, bytes: Vec<u8> },
}

impl ColumnBuilder {
    /// The column of a fixed field.
    pub fn fixed(field: Field) -> Self {
        let values = match field {
            Field::TraceId | Field::LinkTraceId => {
                ValuesBuilder::Fixed { width: 16, bytes: Vec::new() }
            }
            _ => ValuesBuilder::of(field.value_type()),
        };
        ColumnBuilder {
            table: field.table(),
            attribute: false,
            key: field.key().as_bytes().into(),
            value_type: field.value_type(),
            rows: Vec::new(),
            values,
        }
    }

    fn attribute(table: Table, key: &[u8], value_type: ValueType) -> Self {
        ColumnBuilder {
            table,
            attribute: true,
            key: key.into(),
            value_type,
            rows: Vec::new(),
            values: ValuesBuilder::of(value_type),
        }
    }

    /// Gives `row` a value of the column's type.
    #[inline]
    pub fn push(&mut self, row: u32, value: ValueRef<'_>) {
        match value {
            ValueRef::Empty => self.push_presence(row),
            ValueRef::Str(v) | ValueRef::Bytes(v) | ValueRef::Id(v) => self.push_bytes(row, v),
            ValueRef::List(v) | ValueRef::Nested(v) => self.push_bytes(row, v.0),
            ValueRef::I64(v) => self.push_integer(row, v as u64),
            ValueRef::U64(v) | ValueRef::TimeNs(v) | ValueRef::DurationNs(v) => {
                self.push_integer(row, v);
            }
            ValueRef::SpanKind(v) | ValueRef::Status(v) => {
                self.push_integer(row, i64::from(v) as u64);
            }
            ValueRef::F64(v) => self.push_double(row, v),
            ValueRef::Bool(v) => self.push_bool(row, v),
        }
    }

    /// Gives `row` an integer, as its 64 bits.
    #[inline]
    pub fn push_integer(&mut self, row: u32, value: u64) {
        if let ValuesBuilder::Integers(values) = &mut self.values {
            self.rows.push(row);
            values.push(value);
        }
    }

    /// Gives `row` a double.
    #[inline]
    pub fn push_double(&mut self, row: u32, value: f64) {
        if let ValuesBuilder::Doubles(values) = &mut self.values {
            self.rows.push(row);
            values.push(value);
        }
    }

    /// Gives `row` a boolean.
    #[inline]
    pub fn push_bool(&mut self, row: u32, value: bool) {
        if let ValuesBuilder::Bits(values) = &mut self.values {
            self.rows.push(row);
            values.push(value);
        }
    }

    /// Gives `row` bytes; a column of ids takes only its own width.
    #[inline]
    pub fn push_bytes(&mut self, row: u32, value: &[u8]) {
        match &mut self.values {
            ValuesBuilder::Strings { codes, interner } => codes.push(interner.intern(value)),
            ValuesBuilder::Fixed { width, bytes } if value.len() == usize::from(*width) => {
                bytes.extend_from_slice(value);
            }
            _ => return,
        }
        self.rows.push(row);
    }

    /// Gives `row` a presence and nothing more.
    #[inline]
    pub fn push_presence(&mut self, row: u32) {
        if let ValuesBuilder::Presence = self.values {
            self.rows.push(row);
        }
    }
}

impl ValuesBuilder {
    fn of(value_type: ValueType) -> Self {
        use ValueType::*;
        match value_type {
            Empty => ValuesBuilder::Presence,
            I64 | U64 | TimeNs | DurationNs | SpanKind | Status => {
                ValuesBuilder::Integers(Vec::new())
            }
            F64 => ValuesBuilder::Doubles(Vec::new()),
            Bool => ValuesBuilder::Bits(Vec::new()),
            Id => ValuesBuilder::Fixed { width: 8, bytes: Vec::new() },
            Str | Bytes | StrList | I64List | F64List | BoolList | Nested => {
                ValuesBuilder::Strings { codes: Vec::new(), interner: Interner::default() }
            }
        }
    }
}

/// The columns of one attribute key in one table, by type.
struct KeyGroup {
    table: Table,
    key: Box<[u8]>,
    by_type: [u32; ValueType::ALL.len()],
    /// Last row that has the key: a second value for it is a repeated key.
    last_row: u32,
    /// The key that followed this one last time; mostly it follows again.
    next: u32,
}

/// The attribute columns of a block.
#[derive(Default)]
pub struct AttributeColumns {
    pub columns: Vec<ColumnBuilder>,
    groups: Vec<KeyGroup>,
    by_key: HashTable<u32>,
    hasher: foldhash::fast::FixedState,
    /// Where the guess for the first key of each table is kept.
    first: [u32; Table::COUNT],
    cap: usize,
}

/// Where an attribute's value goes.
pub enum Place {
    /// To this column.
    Column(u32),
    /// To the residual table: there are too many columns.
    Residual,
    /// To the residual table: the row has the key already.
    Repeated,
}

/// Remembers where in an attribute list the builder is, to guess the next key.
pub struct Cursor {
    table: Table,
    row: u32,
    last: u32,
}

impl AttributeColumns {
    /// At most `cap` columns will be made.
    pub fn new(cap: usize) -> Self {
        AttributeColumns { first: [NONE; Table::COUNT], cap, ..Default::default() }
    }

    /// Starts the attribute list of a row.
    pub fn begin(&self, table: Table, row: u32) -> Cursor {
        Cursor { table, row, last: NONE }
    }

    /// Where a value of `value_type` for the next key of the list goes.
    #[inline]
    pub fn place(&mut self, cursor: &mut Cursor, key: &[u8], value_type: ValueType) -> Place {
        let guess = match cursor.last {
            NONE => self.first[cursor.table as usize],
            last => self.groups[last as usize].next,
        };
        let group = match self.groups.get(guess as usize) {
            Some(g) if *g.key == *key && g.table == cursor.table => guess,
            _ => self.find_group(cursor, key),
        };
        cursor.last = group;
        let found = &mut self.groups[group as usize];
        if found.last_row == cursor.row {
            return Place::Repeated;
        }
        found.last_row = cursor.row;
        match found.by_type[value_type as usize] {
            NONE => self.add_column(group, value_type),
            column => Place::Column(column),
        }
    }

    #[inline(never)]
    fn find_group(&mut self, cursor: &Cursor, key: &[u8]) -> u32 {
        let AttributeColumns { groups, by_key, hasher, .. } = self;
        let table = cursor.table;
        let hash = |g: &KeyGroup| hasher.hash_one((g.table as u8, &*g.key));
        let entry = by_key.entry(
            hasher.hash_one((table as u8, key)),
            |&g| *groups[g as usize].key == *key && groups[g as usize].table == table,
            |&g| hash(&groups[g as usize]),
        );
        let group = *entry.or_insert(groups.len() as u32).get();
        if group as usize == groups.len() {
            groups.push(KeyGroup {
                table,
                key: key.into(),
                by_type: [NONE; ValueType::ALL.len()],
                last_row: NONE,
                next: NONE,
            });
        }
        match cursor.last {
            NONE => self.first[table as usize] = group,
            last => self.groups[last as usize].next = group,
        }
        group
    }

    #[cold]
    fn add_column(&mut self, group: u32, value_type: ValueType) -> Place {
        if self.columns.len() >= self.cap {
            return Place::Residual;
        }
        let column = self.columns.len() as u32;
        let group = &mut self.groups[group as usize];
        group.by_type[value_type as usize] = column;
        self.columns.push(ColumnBuilder::attribute(group.table, &group.key, value_type));
        Place::Column(column)
    }
}
