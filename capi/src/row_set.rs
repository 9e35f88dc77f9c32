//! Sets of rows of one block.

use crate::blocks::bp_blocks;
use crate::error::{Failure, bp_error};
use crate::guard::{OutArray, entry, fact, free};
use crate::handle::{BP_HANDLE_ROW_SET, Handle, bp_handle_kind};
use crate::lazy_fields::{Fields, bp_lazy_fields};
use crate::list::{Held, List};
use crate::status::*;
use crate::value::bp_str;
use blockpack_engine::block::Block;
use blockpack_engine::fields::LazyFields;
use blockpack_engine::name::Name;
use blockpack_engine::rowset::RowSet;
use std::sync::Arc;

/// Spans of one block: what a scan found, or a combination. Immutable, shared by threads.
///
/// It keeps the blocks, so that fields can be read from it, until it is released; the rows
/// themselves are plain numbers and answer after release, too.
pub struct bp_row_set {
    _opaque: [u8; 0],
}

/// What a `bp_row_set` holds.
pub struct Rows {
    set: Arc<RowSet>,
    place: Place,
    column: Option<Column>,
}

/// Which block a set is of.
#[derive(Clone)]
pub struct Place {
    blocks: Held,
    /// Index in the list.
    block: usize,
    /// Serial number of the block, to tell blocks apart also when the set was released.
    serial: u64,
}

/// The column that was scanned.
#[derive(Clone)]
pub struct Column {
    /// Its name.
    pub name: Arc<Name>,
    /// The same as text.
    pub text: Arc<str>,
}

impl Handle for bp_row_set {
    const KIND: bp_handle_kind = BP_HANDLE_ROW_SET;
    const NAME: &'static str = "bp_row_set";
    type Body = Rows;
}

impl Place {
    /// Block `block` of the list.
    pub fn new(blocks: &Arc<List>, block: usize) -> Result<Self, Failure> {
        let serial = blocks.get(block)?.serial();
        Ok(Place { blocks: Held::new(blocks), block, serial })
    }

    /// The block.
    pub fn get(&self) -> Result<&Block, Failure> {
        Ok(self.blocks.get()?.get(self.block)?)
    }

    /// The list that the block is in.
    pub fn list(&self) -> Result<&List, Failure> {
        Ok(self.blocks.get()?)
    }

    /// Index of the block in its list.
    pub fn block(&self) -> usize {
        self.block
    }

    /// The blocks it keeps.
    pub fn held(&mut self) -> &mut Held {
        &mut self.blocks
    }

    /// Whether it lets go of its blocks.
    pub fn is_released(&self) -> bool {
        self.blocks.is_released()
    }

    /// Fields of a span of the block.
    pub fn fields(&self, row: u32) -> Result<LazyFields, Failure> {
        Ok(LazyFields::new(self.blocks.get()?, self.block, row)?)
    }

    /// Sets of different blocks cannot be combined.
    pub fn check_same(&self, other: &Place) -> Result<(), Failure> {
        match self.serial == other.serial {
            true => Ok(()),
            false => Err(Failure::invalid(format!(
                "the sets are of different blocks ({} and {})",
                self.block, other.block
            ))),
        }
    }
}

impl Rows {
    /// A handle's body: `set` of the spans at `place`.
    pub fn new(set: RowSet, place: Place, column: Option<Column>) -> Self {
        Rows { set: Arc::new(set), place, column }
    }

    /// The same around a set that others have, too.
    pub fn shared(set: Arc<RowSet>, place: Place) -> Self {
        Rows { set, place, column: None }
    }

    /// The set.
    pub fn set(&self) -> &Arc<RowSet> {
        &self.set
    }

    /// Where it is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The column it was found in, if it is the result of one scan.
    pub fn column(&self) -> Option<&Column> {
        self.column.as_ref()
    }

    fn combine(
        &self,
        other: &Rows,
        f: impl Fn(&RowSet, &RowSet) -> RowSet,
    ) -> Result<Rows, Failure> {
        self.place.check_same(&other.place)?;
        Ok(Rows::new(f(&self.set, &other.set), self.place.clone(), None))
    }
}

/// Copies rows of `set` from `from` on, as many as there is room for.
pub fn copy_rows(set: &RowSet, mut from: u32, out: &mut OutArray<'_, u32>) {
    // The caller's memory may not be initialised, which a slice must be; so it goes through here.
    let mut part = [0; 512];
    while out.room() > 0 {
        let room = part.len().min(out.room());
        let count = set.copy_ids(from, &mut part[..room]);
        out.put_slice(&part[..count]);
        match part[..count].last().and_then(|last| last.checked_add(1)) {
            Some(next) if count == room => from = next,
            _ => break,
        }
    }
}

/// Makes a set of rows that the caller names, in any order and as often as they come.
///
/// Parameters: n rows.
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT also for a row that the block does not
/// have, BP_ERR_RELEASED.
/// Cost: linear in n, and in the rows of the block / 64.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_row_set_new(
    blocks: *const bp_blocks,
    block_index: usize,
    rows: *const u32,
    n: usize,
    out: *mut *mut bp_row_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let blocks = c.shared(blocks)?;
        let have = blocks.get()?.get(block_index)?.rows();
        let rows = c.items(rows, n, "rows")?;
        if let Some(row) = rows.iter().find(|&&row| row >= have) {
            return Err(Failure::invalid(format!("there is no row {row}, the block has {have}")));
        }
        let place = Place::new(blocks.get()?, block_index)?;
        out.give(Rows::new(RowSet::from_ids(have, rows.iter().copied()), place, None));
        Ok(BP_OK)
    })
}

/// Makes the set of all rows of a block.
///
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_row_set_all(
    blocks: *const bp_blocks,
    block_index: usize,
    out: *mut *mut bp_row_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let blocks = c.shared(blocks)?;
        let place = Place::new(blocks.get()?, block_index)?;
        let have = blocks.get()?.get(block_index)?.rows();
        out.give(Rows::new(RowSet::all(have), place, None));
        Ok(BP_OK)
    })
}

/// Counts the rows in the set; also after release.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_row_set_count(set: *const bp_row_set) -> u64 {
    fact!(0, |c| Ok(u64::from(c.shared(set)?.set.count())))
}

/// Counts the rows of the block, in the set or not; also after release.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_row_set_block_rows(set: *const bp_row_set) -> u64 {
    fact!(0, |c| Ok(u64::from(c.shared(set)?.set.rows())))
}

/// Tells the index of the block in its list; also after release.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_row_set_block(set: *const bp_row_set) -> usize {
    fact!(0, |c| Ok(c.shared(set)?.place.block))
}

/// Names the column whose scan gave the set; empty if the set came about otherwise.
///
/// Valid until: free of set.
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_row_set_column(set: *const bp_row_set) -> bp_str {
    fact!(bp_str::EMPTY, |c| {
        let set = c.shared(set)?;
        Ok(set.column.as_ref().map_or(bp_str::EMPTY, |column| bp_str::view(column.text.as_bytes())))
    })
}

/// Tells whether row is in the set; also after release.
///
/// Threads: any.
/// Cost: constant, or logarithmic in a set of few rows.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_row_set_contains(set: *const bp_row_set, row: u32) -> bool {
    fact!(false, |c| Ok(c.shared(set)?.set.contains(row)))
}

/// Copies rows of the set in ascending order, from the first that is not below from; also after
/// release. To go on, call again with the last one plus 1.
///
/// Parameters: out has room for cap rows.
/// Threads: any.
/// Errors: BP_DONE when there are none, BP_ERR_NULL_ARGUMENT.
/// Cost: linear in the rows given.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_row_set_rows(
    set: *const bp_row_set,
    from: u32,
    out: *mut u32,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out_count], |c, out_count| {
        let mut out = c.out_array(out, cap)?;
        copy_rows(&c.shared(set)?.set, from, &mut out);
        out_count.set(out.filled());
        Ok(if out.filled() == 0 && cap > 0 { BP_DONE } else { BP_OK })
    })
}

/// Copies the set as a bitmap: row r is bit r % 64, lowest first, of word r / 64; also after
/// release. Words past the last row are zero, words that there is no room for are left out.
///
/// Parameters: out has room for cap words; all rows need one for every 64 rows of the block.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT.
/// Cost: linear in the words.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_row_set_words(
    set: *const bp_row_set,
    out: *mut u64,
    cap: usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let mut out = c.out_array(out, cap)?;
        let set = &c.shared(set)?.set;
        let mut words = vec![0; (set.rows() as usize).div_ceil(64).min(cap)];
        set.copy_words(&mut words);
        out.put_slice(&words);
        while out.room() > 0 {
            out.put(0);
        }
        Ok(BP_OK)
    })
}

/// Makes the set of rows that are in both sets.
///
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT if the sets are of different blocks.
/// Cost: a pass over the bitmaps.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_row_set_and(
    a: *const bp_row_set,
    b: *const bp_row_set,
    out: *mut *mut bp_row_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        out.give(c.shared(a)?.combine(&*c.shared(b)?, RowSet::and)?);
        Ok(BP_OK)
    })
}

/// Makes the set of rows that are in one of the sets or in both.
///
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT if the sets are of different blocks.
/// Cost: a pass over the bitmaps.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_row_set_or(
    a: *const bp_row_set,
    b: *const bp_row_set,
    out: *mut *mut bp_row_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        out.give(c.shared(a)?.combine(&*c.shared(b)?, RowSet::or)?);
        Ok(BP_OK)
    })
}

/// Makes the set of rows of a that are not in b.
///
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT if the sets are of different blocks.
/// Cost: a pass over the bitmaps.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_row_set_minus(
    a: *const bp_row_set,
    b: *const bp_row_set,
    out: *mut *mut bp_row_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        out.give(c.shared(a)?.combine(&*c.shared(b)?, RowSet::minus)?);
        Ok(BP_OK)
    })
}

/// Makes the set of rows of the block that are not in the set. That is more than the negated
/// condition finds: rows without a value are in it, too.
///
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT.
/// Cost: a pass over the bitmap.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_row_set_not(
    set: *const bp_row_set,
    out: *mut *mut bp_row_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let set = c.shared(set)?;
        out.give(Rows::new(set.set.not(), set.place.clone(), None));
        Ok(BP_OK)
    })
}

/// Makes the fields of one row, which need not be in the set.
///
/// Ownership: the caller frees them; they keep the blocks on their own.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED.
/// Cost: constant; nothing is read.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_row_set_fields(
    set: *const bp_row_set,
    row: u32,
    out: *mut *mut bp_lazy_fields,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        out.give(Fields::new(c.shared(set)?.place.fields(row)?));
        Ok(BP_OK)
    })
}

/// Gives back the blocks that this handle holds. Doing so again does nothing. The rows stay.
///
/// Threads: any, while no other call on set is running.
/// Cost: constant, and what it takes to free what nobody else holds.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_row_set_release(set: *mut bp_row_set) {
    fact!((), |c| {
        c.exclusive(set)?.place.blocks.release();
        Ok(())
    })
}

/// Tells whether the set was released.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_row_set_is_released(set: *const bp_row_set) -> bool {
    fact!(false, |c| Ok(c.shared(set)?.place.is_released()))
}

/// Frees the set. NULL is allowed.
///
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_row_set_free(set: *mut bp_row_set) {
    free!(set)
}
