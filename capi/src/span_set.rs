//! Sets of spans over a list of blocks.

use crate::blocks::{BlockList, bp_blocks};
use crate::columns::bp_columns;
use crate::error::{Failure, bp_error};
use crate::guard::{OutArray, Zero, entry, fact, free};
use crate::handle::{BP_HANDLE_SPAN_SET, Handle, bp_handle_kind};
use crate::lazy_fields::{Fields, bp_lazy_fields, bp_span};
use crate::list::{Held, List};
use crate::matrix::{self, in_parts};
use crate::reader::bp_reader;
use crate::row_set::{Place, Rows, bp_row_set};
use crate::status::*;
use crate::value::{bp_bytes, bp_value};
use blockpack_engine::Blocks;
use blockpack_engine::blocks::SpanAt;
use blockpack_engine::fields::{Columns, LazyFields, Sink, SpanRow, read_many};
use blockpack_engine::name::{Intrinsic, Name};
use blockpack_engine::rowset::{RowSet, SpanSet, Stretch};
use blockpack_engine::value::ValueRef;
use std::sync::{Arc, LazyLock};

/// Spans over a list of blocks, ordered by block, then row; numbered from 0 in that order.
/// Immutable, shared by threads.
///
/// It keeps the blocks, so that fields can be read from it, until it is released; places of spans
/// are plain numbers and answer after release, too.
pub struct bp_span_set {
    _opaque: [u8; 0],
}

/// What a `bp_span_set` holds.
pub struct Spans {
    set: SpanSet,
    count: u64,
    blocks: Held,
    /// Serial numbers of the blocks, to tell lists apart also when they were released.
    serials: Arc<[u64]>,
}

impl Handle for bp_span_set {
    const KIND: bp_handle_kind = BP_HANDLE_SPAN_SET;
    const NAME: &'static str = "bp_span_set";
    type Body = Spans;
}

/// The ids of a span, and where it is. Plain bytes, to be kept for as long as one likes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_span_ids {
    /// Of an id of another length, the last 16 bytes, or zeros in front.
    pub trace_id: [u8; 16],
    /// Of an id of another length, the last 8 bytes, or zeros in front.
    pub span_id: [u8; 8],
    /// Where the span is.
    pub span: bp_span,
}

// SAFETY: bytes and integers.
unsafe impl Zero for bp_span_ids {}

impl Spans {
    /// A handle's body: `set` over `blocks`.
    pub fn new(set: SpanSet, blocks: &Arc<List>) -> Self {
        Spans { count: set.count(), set, blocks: Held::new(blocks), serials: serials(blocks) }
    }

    /// The set.
    pub fn set(&self) -> &SpanSet {
        &self.set
    }

    /// The list that it is over.
    pub fn list(&self) -> Result<&Arc<List>, Failure> {
        self.blocks.get()
    }

    fn like(&self, set: SpanSet) -> Self {
        let (blocks, serials) = (self.blocks.clone(), self.serials.clone());
        Spans { count: set.count(), set, blocks, serials }
    }

    fn combine(
        &self,
        other: &Spans,
        f: impl Fn(&SpanSet, &SpanSet) -> SpanSet,
    ) -> Result<Spans, Failure> {
        self.check_same(other)?;
        Ok(self.like(f(&self.set, &other.set)))
    }

    /// The list that it is over, which must be that of `other`, too.
    pub fn common_list(&self, other: &Spans) -> Result<&Arc<List>, Failure> {
        self.check_same(other)?;
        self.blocks.get()
    }

    /// The set, which must be over `list`.
    pub fn set_over(&self, list: &List) -> Result<&SpanSet, Failure> {
        match self.serials == serials(list) {
            true => Ok(&self.set),
            false => Err(Failure::invalid("the set is over another list of blocks")),
        }
    }

    fn check_same(&self, other: &Spans) -> Result<(), Failure> {
        match self.serials == other.serials {
            true => Ok(()),
            false => Err(Failure::invalid("the sets are over different lists of blocks")),
        }
    }

    /// The list that it is over, unless it was released.
    pub fn blocks(&self) -> Result<&Arc<List>, Failure> {
        self.blocks.get()
    }

    /// Up to `count` spans from number `first` on.
    pub fn stretch(&self, first: u64, count: usize) -> Stretch<'_> {
        self.set.stretch(first, count)
    }

    /// Span number `index`.
    fn nth(&self, index: u64) -> Result<(usize, u32), Failure> {
        self.set.nth(index).ok_or_else(|| {
            Failure::invalid(format!("there is no span {index}, the set has {}", self.count))
        })
    }
}

/// The serial numbers of the blocks.
fn serials(list: &List) -> Arc<[u64]> {
    list.iter().map(|block| block.serial()).collect()
}

/// The end of `id`, with zeros in front if it is shorter.
pub fn fixed<const N: usize>(id: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    let len = id.len().min(N);
    out[N - len..].copy_from_slice(&id[id.len() - len..]);
    out
}

/// Where the ids of spans go: those of traces are column 0, those of spans column 1.
struct Ids<'i>(&'i mut [bp_span_ids]);

impl<'a> Sink<'a> for Ids<'_> {
    fn take(&mut self, span: usize, column: usize, value: ValueRef<'a>) {
        match column {
            0 => self.0[span].trace_id = fixed(value.bytes()),
            _ => self.0[span].span_id = fixed(value.bytes()),
        }
    }
}

/// Puts the ids of the spans.
fn put_ids(
    blocks: &Blocks,
    spans: impl Iterator<Item = SpanAt>,
    out: &mut OutArray<'_, bp_span_ids>,
) -> Result<(), Failure> {
    static NAMES: LazyLock<Columns> = LazyLock::new(|| {
        Columns::new([Intrinsic::TraceId, Intrinsic::SpanId].map(Name::Intrinsic))
    });
    in_parts(spans, |part| {
        let none =
            bp_span_ids { trace_id: [0; 16], span_id: [0; 8], span: bp_span { block: 0, row: 0 } };
        let mut ids = [none; matrix::AT_ONCE];
        for (ids, &SpanAt { block, row }) in ids.iter_mut().zip(part) {
            ids.span = bp_span { block, row };
        }
        read_many(blocks, part, &NAMES, Ids(&mut ids))?;
        out.put_slice(&ids[..part.len()]);
        Ok(())
    })
}

/// The ids of the span at a place.
pub fn ids_of(blocks: &Blocks, at: SpanAt) -> Result<bp_span_ids, Failure> {
    let span = SpanRow::new(blocks.get(at.block as usize)?, at.row)?;
    Ok(bp_span_ids {
        trace_id: fixed(span.trace_id()?),
        span_id: fixed(span.span_id()?),
        span: bp_span { block: at.block, row: at.row },
    })
}

/// Makes a set of spans that the caller names, in any order and as often as they come.
///
/// Parameters: n spans.
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT also for a span that does not exist,
/// BP_ERR_RELEASED.
/// Cost: sorts the spans.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_set_new(
    blocks: *const bp_blocks,
    spans: *const bp_span,
    n: usize,
    out: *mut *mut bp_span_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let blocks = c.shared(blocks)?;
        let blocks = blocks.get()?;
        let mut rows = vec![Vec::new(); blocks.len()];
        for span in c.items(spans, n, "spans")? {
            SpanRow::new(blocks.get(span.block as usize)?, span.row)?;
            rows[span.block as usize].push(span.row);
        }
        let sets = blocks.iter().zip(rows).map(|(b, rows)| RowSet::from_ids(b.rows(), rows));
        out.give(Spans::new(SpanSet::new(sets.collect()), blocks));
        Ok(BP_OK)
    })
}

/// Makes a set of sets of rows: the spans that any of them has.
///
/// Parameters: n sets of blocks of the list, in any order, several of one block if need be.
/// Ownership: the caller frees the set; the given ones stay.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT if a set is of a block that is not at its
/// index in the list, BP_ERR_RELEASED.
/// Cost: a pass over the bitmaps.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_set_of_rows(
    blocks: *const bp_blocks,
    sets: *const *const bp_row_set,
    n: usize,
    out: *mut *mut bp_span_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let blocks = c.shared(blocks)?;
        let blocks = blocks.get()?;
        let mut all: Vec<_> = blocks.iter().map(|block| RowSet::none(block.rows())).collect();
        for &rows in c.items(sets, n, "sets")? {
            let rows = c.shared(rows)?;
            let index = rows.place().block();
            rows.place().check_same(&Place::new(blocks, index)?)?;
            all[index] = all[index].or(rows.set());
        }
        out.give(Spans::new(SpanSet::new(all), blocks));
        Ok(BP_OK)
    })
}

/// Makes the set of all spans of a list of blocks.
///
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED.
/// Cost: linear in the blocks.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_set_all(
    blocks: *const bp_blocks,
    out: *mut *mut bp_span_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let blocks = c.shared(blocks)?;
        let blocks = blocks.get()?;
        let sets = blocks.iter().map(|block| RowSet::all(block.rows()));
        out.give(Spans::new(SpanSet::new(sets.collect()), blocks));
        Ok(BP_OK)
    })
}

/// Finds the spans of one trace in a file.
///
/// Parameters: trace_id as bytes, 16 in valid OTLP.
/// Ownership: the caller frees the set. It is over a list of the blocks that have spans of the
/// trace, one as a rule, which bp_span_set_blocks() gives.
/// Threads: any.
/// Errors: BP_ABSENT, without a set, if the file does not have the trace; BP_ERR_NULL_ARGUMENT,
/// BP_ERR_IO, BP_ERR_SHORT_READ, BP_ERR_CALLBACK, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: a look into the file's index, and reading the directories of those blocks.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_reader_trace(
    reader: *const bp_reader,
    trace_id: bp_bytes,
    out: *mut *mut bp_span_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let reader = c.shared(reader)?;
        let mut list = Vec::new();
        let mut sets = Vec::new();
        for place in reader.find_trace(c.bytes(trace_id, "trace_id")?)? {
            let block = reader.block(place.block as usize)?;
            let rows = RowSet::from_ids(block.rows(), block.trace_rows(place.trace)?);
            match (list.last(), sets.last_mut()) {
                (Some(last), Some(before)) if Arc::ptr_eq(last, &block) => {
                    *before = RowSet::or(before, &rows);
                }
                _ => {
                    list.push(block);
                    sets.push(rows);
                }
            }
        }
        if list.is_empty() {
            return Ok(BP_ABSENT);
        }
        out.give(Spans::new(SpanSet::new(sets), &List::new(Blocks::new(list))));
        Ok(BP_OK)
    })
}

/// Gives the list of blocks that the set is over.
///
/// Ownership: the caller frees the list.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_set_blocks(
    set: *const bp_span_set,
    out: *mut *mut bp_blocks,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        out.give(BlockList::of(c.shared(set)?.blocks.get()?));
        Ok(BP_OK)
    })
}

/// Counts the spans of the set; also after release.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_set_count(set: *const bp_span_set) -> u64 {
    fact!(0, |c| Ok(c.shared(set)?.count))
}

/// Tells whether a span is in the set; also after release.
///
/// Threads: any.
/// Cost: constant, or logarithmic in a set of few rows.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_set_contains(set: *const bp_span_set, span: bp_span) -> bool {
    fact!(false, |c| Ok(c.shared(set)?.set.contains(span.block as usize, span.row)))
}

/// Copies the places of spans, from number first on; also after release.
///
/// Parameters: out has room for cap spans.
/// Threads: any.
/// Errors: BP_DONE when there is no span first, BP_ERR_NULL_ARGUMENT.
/// Cost: linear in the spans given, and in the blocks.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_set_spans(
    set: *const bp_span_set,
    first: u64,
    out: *mut bp_span,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out_count], |c, out_count| {
        let mut out = c.out_array(out, cap)?;
        let set = c.shared(set)?;
        for at in set.stretch(first, cap) {
            out.put(bp_span { block: at.block, row: at.row });
        }
        out_count.set(out.filled());
        Ok(if out.filled() == 0 && cap > 0 { BP_DONE } else { BP_OK })
    })
}

/// Copies the ids of spans, from number first on.
///
/// Parameters: out has room for cap spans.
/// Threads: any.
/// Errors: BP_DONE when there is no span first, BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED,
/// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: linear in the spans given, and in the blocks.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_set_ids(
    set: *const bp_span_set,
    first: u64,
    out: *mut bp_span_ids,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out_count], |c, out_count| {
        let mut out = c.out_array(out, cap)?;
        let set = c.shared(set)?;
        put_ids(set.blocks.get()?, set.stretch(first, cap), &mut out)?;
        out_count.set(out.filled());
        Ok(if out.filled() == 0 && cap > 0 { BP_DONE } else { BP_OK })
    })
}

/// Reads fields of many spans at once: of count spans from number first on, the values of columns,
/// row by row, absent where a span has no such field.
///
/// Parameters: out has room for out_len values, count times the number of columns.
/// Valid until: release or free of set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT also if the set has fewer spans,
/// BP_ERR_RELEASED, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: linear in the values, and in the blocks.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_set_values(
    set: *const bp_span_set,
    first: u64,
    count: usize,
    columns: *const bp_columns,
    out: *mut bp_value,
    out_len: usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let mut out = c.out_values(out, out_len)?;
        let set = c.shared(set)?;
        let blocks = set.blocks.get()?;
        if first.checked_add(count as u64).is_none_or(|end| end > set.count) {
            let message = format!("{count} spans from {first} on, the set has {}", set.count);
            return Err(Failure::invalid(message));
        }
        let names = c.columns(columns, count, out_len)?;
        matrix::fill(blocks, set.stretch(first, count), names.columns(), &mut out)?;
        Ok(BP_OK)
    })
}

/// Makes the fields of span number index of the set.
///
/// Ownership: the caller frees them; they keep the blocks on their own.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED.
/// Cost: linear in the blocks; nothing is read.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_set_fields(
    set: *const bp_span_set,
    index: u64,
    out: *mut *mut bp_lazy_fields,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let set = c.shared(set)?;
        let (block, row) = set.nth(index)?;
        out.give(Fields::new(LazyFields::new(set.blocks.get()?, block, row)?));
        Ok(BP_OK)
    })
}

/// Makes the set of the rows of one block.
///
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED.
/// Cost: linear in the rows / 64.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_set_row_set(
    set: *const bp_span_set,
    block_index: usize,
    out: *mut *mut bp_row_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let set = c.shared(set)?;
        let place = Place::new(set.blocks.get()?, block_index)?;
        let rows = set.set.blocks().get(block_index).cloned();
        out.give(Rows::new(rows.unwrap_or_else(|| RowSet::none(0)), place, None));
        Ok(BP_OK)
    })
}

/// Makes the set of spans that are in both sets.
///
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT if the sets are over different blocks.
/// Cost: a pass over the bitmaps.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_set_and(
    a: *const bp_span_set,
    b: *const bp_span_set,
    out: *mut *mut bp_span_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        out.give(c.shared(a)?.combine(&*c.shared(b)?, SpanSet::and)?);
        Ok(BP_OK)
    })
}

/// Makes the set of spans that are in one of the sets or in both.
///
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT if the sets are over different blocks.
/// Cost: a pass over the bitmaps.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_set_or(
    a: *const bp_span_set,
    b: *const bp_span_set,
    out: *mut *mut bp_span_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        out.give(c.shared(a)?.combine(&*c.shared(b)?, SpanSet::or)?);
        Ok(BP_OK)
    })
}

/// Makes the set of spans of a that are not in b.
///
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT if the sets are over different blocks.
/// Cost: a pass over the bitmaps.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_set_minus(
    a: *const bp_span_set,
    b: *const bp_span_set,
    out: *mut *mut bp_span_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        out.give(c.shared(a)?.combine(&*c.shared(b)?, SpanSet::minus)?);
        Ok(BP_OK)
    })
}

/// Makes the set of spans of the blocks that are not in the set.
///
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT.
/// Cost: a pass over the bitmaps.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_set_not(
    set: *const bp_span_set,
    out: *mut *mut bp_span_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let set = c.shared(set)?;
        out.give(set.like(set.set.not()));
        Ok(BP_OK)
    })
}

/// Gives back the blocks that this handle holds. Doing so again does nothing. The places stay.
///
/// Threads: any, while no other call on set is running.
/// Cost: constant, and what it takes to free what nobody else holds.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_set_release(set: *mut bp_span_set) {
    fact!((), |c| {
        c.exclusive(set)?.blocks.release();
        Ok(())
    })
}

/// Tells whether the set was released.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_set_is_released(set: *const bp_span_set) -> bool {
    fact!(false, |c| Ok(c.shared(set)?.blocks.is_released()))
}

/// Frees the set. NULL is allowed.
///
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_set_free(set: *mut bp_span_set) {
    free!(set)
}
