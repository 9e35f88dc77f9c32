//! Columns and shapes of a block that were opened: checked once, then read without ceremony.
//!
//! A [`Column`] borrows its sections from the block's parts. To keep it in the block all the same,
//! each one is stored together with a reference to the parts, by the `self_cell` crate, whose
//! purpose is to make that safe.

use super::format::{ColumnEntry, cast, corrupt};
use super::starts::Starts;
use super::{Column, Sections};
use crate::error::Result;
use self_cell::self_cell;
use std::sync::{Arc, OnceLock};

/// What columns borrow from.
pub(super) struct Parts {
    pub columns: Vec<ColumnEntry>,
    pub sections: Sections,
    /// Names of all columns, one after another.
    pub names: Box<[u8]>,
    /// Rows of each table, by table number.
    pub table_rows: [u32; 8],
    /// Sections with the ends and the items of the shapes.
    pub shape_sections: [u32; 2],
}

impl Parts {
    /// The name of the column of `entry`; that it is there was checked when the block was opened.
    #[inline]
    pub fn name(&self, entry: &ColumnEntry) -> &[u8] {
        let start = entry.name_offset as usize;
        self.names.get(start..start + entry.name_len as usize).unwrap_or_default()
    }
}

/// The lists of columns that [`super::Block::shape`] gives.
pub(super) struct Shapes<'a> {
    ends: &'a [u32],
    items: &'a [u32],
}

self_cell!(
    struct OpenColumn {
        owner: (Arc<Parts>, Starts),
        #[covariant]
        dependent: Column,
    }
);

self_cell!(
    struct OpenShapes {
        owner: Arc<Parts>,
        #[covariant]
        dependent: Shapes,
    }
);

/// Everything of a block that was opened so far.
pub(super) struct Opened {
    pub parts: Arc<Parts>,
    columns: Vec<OnceLock<OpenColumn>>,
    shapes: OnceLock<OpenShapes>,
}

impl Opened {
    pub fn new(parts: Parts) -> Self {
        Opened {
            columns: parts.columns.iter().map(|_| OnceLock::new()).collect(),
            shapes: OnceLock::new(),
            parts: Arc::new(parts),
        }
    }

    /// Bytes of heap memory that was taken to find values faster.
    pub fn heap_bytes(&self) -> u64 {
        let open = self.columns.iter().filter_map(OnceLock::get);
        open.map(|column| column.borrow_owner().1.heap_bytes()).sum()
    }

    /// Column `index`, checked on first use.
    #[inline]
    pub fn column(&self, index: u32) -> Result<&Column<'_>> {
        match self.columns.get(index as usize).and_then(OnceLock::get) {
            Some(open) => Ok(open.borrow_dependent()),
            None => self.open_column(index as usize),
        }
    }

    /// If several threads come here at once each does the work, and the first one's counts.
    #[cold]
    fn open_column(&self, index: usize) -> Result<&Column<'_>> {
        let Some(cell) = self.columns.get(index) else {
            return Err(corrupt(format_args!("column {index} does not exist")));
        };
        let owner = (self.parts.clone(), Starts::default());
        let open = OpenColumn::try_new(owner, |(parts, starts)| {
            let column = Column::view(parts, index, starts)?;
            column.validate()?;
            Ok(column)
        })?;
        Ok(cell.get_or_init(|| open).borrow_dependent())
    }

    /// The shapes, checked on first use.
    #[inline]
    pub fn shapes(&self) -> Result<&Shapes<'_>> {
        match self.shapes.get() {
            Some(open) => Ok(open.borrow_dependent()),
            None => self.open_shapes(),
        }
    }

    #[cold]
    fn open_shapes(&self) -> Result<&Shapes<'_>> {
        let open = OpenShapes::try_new(self.parts.clone(), |parts| {
            let [ends, items] = parts.shape_sections;
            let ends = cast(parts.sections.get(ends)?)?;
            let shapes = Shapes { ends, items: cast(parts.sections.get(items)?)? };
            shapes.validate().map(|()| shapes)
        })?;
        Ok(self.shapes.get_or_init(|| open).borrow_dependent())
    }
}

impl<'a> Shapes<'a> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len().saturating_sub(1)
    }

    fn validate(&self) -> Result<()> {
        let whole = self.ends.first() == Some(&0)
            && self.ends.last().map(|&end| end as usize) == Some(self.items.len());
        if whole && self.ends.is_sorted() {
            Ok(())
        } else {
            Err(corrupt("the ends of shapes do not fit their items"))
        }
    }

    /// The items of shape number `shape`; `None` if there is no such shape.
    #[inline]
    pub fn get(&self, shape: u64) -> Option<&'a [u32]> {
        let shape = usize::try_from(shape).ok()?;
        let start = *self.ends.get(shape)?;
        let end = *self.ends.get(shape.checked_add(1)?)?;
        self.items.get(start as usize..end as usize)
    }
}
