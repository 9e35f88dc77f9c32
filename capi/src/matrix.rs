//! Fields of many spans at once.

use crate::columns::bp_columns;
use crate::error::{Failure, bp_error};
use crate::guard::{OutArray, Zero, entry, fact, free};
use crate::handle::{BP_HANDLE_MATRIX, Handle, bp_handle_kind};
use crate::span_set::bp_span_set;
use crate::status::*;
use crate::value::{bp_kind, bp_value};
use blockpack_engine::Blocks;
use blockpack_engine::blocks::SpanAt;
use blockpack_engine::fields::{Columns, Matrix, MatrixColumn, Sink, read_many};
use blockpack_engine::value::ValueRef;
use std::ptr;

/// Spans that are read at a time.
pub const AT_ONCE: usize = 512;

/// Rows of values in the caller's array, from number `first` on.
struct Rows<'r, 'c> {
    out: &'r mut OutArray<'c, bp_value>,
    width: usize,
    first: usize,
}

impl<'a> Sink<'a> for Rows<'_, '_> {
    #[inline(always)]
    fn take(&mut self, span: usize, column: usize, value: ValueRef<'a>) {
        self.out.put_at((self.first + span) * self.width + column, bp_value::view(value));
    }
}

/// Fills the caller's array, a row for each of `spans`, with the values of `columns`. There is room
/// for them: see [`Call::columns`](crate::guard::Call::columns).
pub fn fill(
    blocks: &Blocks,
    spans: impl Iterator<Item = SpanAt>,
    columns: &Columns,
    out: &mut OutArray<'_, bp_value>,
) -> Result<(), Failure> {
    let width = columns.len();
    let mut first = 0;
    let read = in_parts(spans, |part| {
        read_many(blocks, part, columns, Rows { out, width, first })?;
        first += part.len();
        Ok(())
    });
    // There are all values or none.
    read.inspect_err(|_| out.clear())
}

/// Calls `each` with the spans, up to [`AT_ONCE`] at a time.
pub fn in_parts(
    mut spans: impl Iterator<Item = SpanAt>,
    mut each: impl FnMut(&[SpanAt]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut part = [SpanAt::default(); AT_ONCE];
    loop {
        let mut len = 0;
        spans.by_ref().take(AT_ONCE).for_each(|span| {
            part[len] = span;
            len += 1;
        });
        each(&part[..len])?;
        if len < AT_ONCE {
            return Ok(());
        }
    }
}

/// Fields of many spans as arrays, a few for each name, in memory of its own: for programs that read
/// many values and pay for every call or object. It keeps no blocks, and fills again without
/// allocating once it is large enough.
///
/// It changes when it is filled, so it is for one thread at a time; the rest is const.
pub struct bp_matrix {
    _opaque: [u8; 0],
}

impl Handle for bp_matrix {
    const KIND: bp_handle_kind = BP_HANDLE_MATRIX;
    const NAME: &'static str = "bp_matrix";
    type Body = Matrix;
}

/// The values of one column of a matrix. kinds and numbers have len items, one for each span.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_column_values {
    /// Kind of each span's value, BP_KIND_ABSENT if it has none.
    pub kinds: *const u8,
    /// Each span's value: the bits of a bp_value of that kind; but of text, bytes, ids, lists and maps
    /// the number of an entry. Spans with the same number have the same bytes; the same bytes may
    /// have several numbers.
    pub numbers: *const u64,
    /// Spans.
    pub len: usize,
    /// Ends of the entries in bytes: entry i is from ends[i] to ends[i + 1], ends[0] is 0.
    pub ends: *const u64,
    /// Entries; there is one more of ends.
    pub entries: usize,
    /// The bytes of all entries.
    pub bytes: *const u8,
    /// Spans that have a value.
    pub present: usize,
    /// The kind of all values; BP_KIND_ABSENT if they are of several kinds, or there is none.
    pub kind: bp_kind,
}

// SAFETY: null pointers and zeroes are valid.
unsafe impl Zero for bp_column_values {}

impl bp_column_values {
    fn view(column: &MatrixColumn) -> Self {
        bp_column_values {
            kinds: column.kinds().as_ptr(),
            numbers: column.numbers().as_ptr(),
            len: column.kinds().len(),
            ends: column.ends().as_ptr(),
            entries: column.ends().len().saturating_sub(1),
            bytes: match column.bytes() {
                [] => ptr::null(),
                bytes => bytes.as_ptr(),
            },
            present: column.present(),
            kind: column.kind().map_or(0, |kind| kind as bp_kind),
        }
    }
}

/// Makes an empty matrix.
///
/// Ownership: the caller frees it.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_matrix_new(
    out: *mut *mut bp_matrix,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |_c, out| {
        out.give(Matrix::new());
        Ok(BP_OK)
    })
}

/// Puts the values of columns in the place of what the matrix held: those of count spans of set, from
/// number first on. Fewer than count if the set has no more.
///
/// Ownership: the values are copies; set may be released or freed.
/// Threads: one at a time.
/// Errors: BP_DONE when there is no span first; BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED,
/// BP_ERR_CORRUPT, BP_ERR_CHECKSUM. Then the matrix is empty.
/// Cost: linear in the values, and in the blocks.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_matrix_fill(
    matrix: *mut bp_matrix,
    set: *const bp_span_set,
    first: u64,
    count: usize,
    columns: *const bp_columns,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let mut matrix = c.exclusive(matrix)?;
        matrix.clear();
        let set = c.shared(set)?;
        let columns = c.shared(columns)?;
        let spans = set.stretch(first, count);
        matrix.fill(set.blocks()?, spans, columns.columns())?;
        Ok(if matrix.rows() == 0 && count > 0 { BP_DONE } else { BP_OK })
    })
}

/// Counts the spans of the matrix.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_matrix_len(matrix: *const bp_matrix) -> usize {
    fact!(0, |c| Ok(c.shared(matrix)?.rows()))
}

/// Gives the values of the column whose name was number index of the columns.
///
/// Valid until: the next fill, or free of matrix.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_matrix_column(
    matrix: *const bp_matrix,
    index: usize,
    out: *mut bp_column_values,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        out.set(bp_column_values::view(c.shared(matrix)?.column(index)?));
        Ok(BP_OK)
    })
}

/// Frees the matrix. NULL is allowed.
///
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_matrix_free(matrix: *mut bp_matrix) {
    free!(matrix)
}
