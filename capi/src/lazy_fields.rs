//! The fields of one span, on demand.

use crate::blocks::bp_blocks;
use crate::columns::bp_columns;
use crate::error::{Failure, bp_error};
use crate::guard::{OutArray, entry, fact, free};
use crate::handle::{BP_HANDLE_LAZY_FIELDS, Handle, bp_handle_kind};
use crate::status::*;
use crate::value::{bp_field, bp_str, bp_value};
use blockpack_engine::fields::{Cursor, FieldRef, LazyFields, OwnedFields, SpanRow};
use blockpack_engine::value::ValueRef;

/// The fields of one span, read from its block when asked for, until they are released.
///
/// It has a cursor (next, rewind), so it is for one thread at a time; get and get_many are const.
pub struct bp_lazy_fields {
    _opaque: [u8; 0],
}

/// What a `bp_lazy_fields` holds.
pub struct Fields {
    lazy: LazyFields,
    /// Where next goes on.
    cursor: Cursor,
    /// The copy that detach made, and where next goes on in it.
    copy: Option<(Box<OwnedFields>, usize)>,
}

impl Handle for bp_lazy_fields {
    const KIND: bp_handle_kind = BP_HANDLE_LAZY_FIELDS;
    const NAME: &'static str = "bp_lazy_fields";
    const SEES_THREADS: bool = false;
    type Body = Fields;
}

impl Fields {
    /// A handle's body around the fields of one span.
    #[inline]
    pub fn new(lazy: LazyFields) -> Self {
        Fields { lazy, cursor: Cursor::default(), copy: None }
    }

    fn get(&self, name: &[u8]) -> Result<Option<ValueRef<'_>>, Failure> {
        Ok(match &self.copy {
            Some((copy, _)) => copy.get_bytes(name)?,
            None => self.lazy.get_bytes(name)?,
        })
    }

    /// Puts fields until there is no room or no more of them.
    fn next(&mut self, out: &mut OutArray<'_, bp_field>) -> Result<(), Failure> {
        if let Some((copy, at)) = &mut self.copy {
            copy.iter().skip(*at).take(out.room()).for_each(|field| {
                let FieldRef { name, id, item, value } = &field;
                out.put(bp_field::view(FieldRef { name, id: *id, item: *item, value }));
            });
            *at += out.filled();
            return Ok(());
        }
        if out.room() == 0 {
            self.lazy.span()?;
            return Ok(());
        }
        let mut cursor = self.cursor;
        self.lazy.walk(&mut cursor, |field| {
            out.put(bp_field::view(field));
            out.room() > 0
        })?;
        self.cursor = cursor;
        Ok(())
    }

    fn release(&mut self) {
        self.lazy.release();
        self.copy = None;
    }

    fn is_released(&self) -> bool {
        self.lazy.is_released() && self.copy.is_none()
    }
}

impl bp_field {
    #[inline]
    fn view<'a>(field: FieldRef<'a, &ValueRef<'a>>) -> Self {
        let value = bp_value { item: field.item, ..bp_value::view(*field.value) };
        bp_field { name: bp_str::view(field.name), value }
    }
}

/// Where a span is in a list of blocks.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct bp_span {
    /// Index of the block in the list.
    pub block: u32,
    /// Row in the block.
    pub row: u32,
}

// SAFETY: zero is the first span.
unsafe impl crate::guard::Zero for bp_span {}

/// Makes the fields of one span: row of block block_index of the list.
///
/// Ownership: the caller frees it. It keeps the blocks until it is released or freed.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED.
/// Cost: constant; nothing is read.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_lazy_fields_new(
    blocks: *const bp_blocks,
    block_index: usize,
    row: u32,
    out: *mut *mut bp_lazy_fields,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let blocks = c.shared(blocks)?;
        let blocks = blocks.get()?;
        SpanRow::new(blocks.get(block_index)?, row)?;
        out.give_made(|| Fields::new(LazyFields::at(blocks, block_index, row)));
        Ok(BP_OK)
    })
}

/// Points a handle at another span, which saves making one for each; also after release. The
/// cursor starts over, and all fields are visible.
///
/// Threads: one at a time.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED if blocks is; then the
/// handle is as before.
/// Cost: constant; nothing is allocated.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_lazy_fields_seek(
    fields: *mut bp_lazy_fields,
    blocks: *const bp_blocks,
    block_index: usize,
    row: u32,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let mut fields = c.exclusive(fields)?;
        fields.lazy.seek(c.shared(blocks)?.get()?, block_index, row)?;
        (fields.cursor, fields.copy) = (Cursor::default(), None);
        Ok(BP_OK)
    })
}

/// Gives the value of one field.
///
/// Parameters: name in any accepted spelling, see bp_columns.
/// Valid until: release, seek, detach or free of fields.
/// Threads: any.
/// Errors: BP_ABSENT if the span has no such field, with an absent value; BP_ERR_NULL_ARGUMENT,
/// BP_ERR_PARSE, BP_ERR_RELEASED, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: constant, of childCount as the children are many, of nested-set numbers as the span is deep.
/// The first use of a column is linear in the column, which is checked, and fetched or decoded if it
/// has to be; of one that few spans have, up to 4 bytes for each value are kept. Three times in the life of a
/// block it is linear in the block: at the first event that is looked for, likewise at the first link,
/// when the block keeps three bits for each of its spans and 4 bytes for each that has any; and at the
/// first nested-set number of a span below 64 others, when it keeps 4 bytes for each of its spans. Else
/// nothing is allocated unless the name has quotes inside of its key.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_lazy_fields_get(
    fields: *const bp_lazy_fields,
    name: bp_str,
    out: *mut bp_value,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let fields = c.shared(fields)?;
        let value = fields.get(c.text_bytes(name, "name")?)?;
        out.set(bp_value::maybe(value));
        Ok(if value.is_some() { BP_OK } else { BP_ABSENT })
    })
}

/// Gives the values of many fields at once, absent where the span has no such field.
///
/// Parameters: out has room for len values, one for each of the columns.
/// Valid until: release, seek, detach or free of fields.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED, BP_ERR_CORRUPT,
/// BP_ERR_CHECKSUM.
/// Cost: as bp_lazy_fields_get() for each of the columns.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_lazy_fields_get_many(
    fields: *const bp_lazy_fields,
    columns: *const bp_columns,
    out: *mut bp_value,
    len: usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let mut out = c.out_values(out, len)?;
        let fields = c.shared(fields)?;
        let names = c.columns(columns, 1, len)?;
        match &fields.copy {
            Some((copy, _)) => names.columns().names().for_each(|name| {
                out.put(bp_value::maybe(copy.get_name(name)));
            }),
            None => {
                let read = fields.lazy.each_of(names.columns(), |value| {
                    out.put(bp_value::maybe(*value));
                });
                // There are all values or none.
                read.inspect_err(|_| out.clear())?;
            }
        }
        Ok(BP_OK)
    })
}

/// Gives the next fields, up to cap of them: what every span has, then the attributes of span,
/// resource and instrumentation scope, then event by event and link by link what each has; item of
/// the value tells of which event or link.
///
/// Parameters: out has room for cap fields.
/// Valid until: release, seek, detach or free of fields; not only until the next call.
/// Threads: one at a time.
/// Errors: BP_DONE with no fields at the end, from then on until rewind; BP_ERR_NULL_ARGUMENT,
/// BP_ERR_RELEASED, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: linear in the fields of the span. Nothing is allocated but at the first use of a column, event
/// or link of the block: see bp_lazy_fields_get().
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_lazy_fields_next(
    fields: *mut bp_lazy_fields,
    out: *mut bp_field,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out_count], |c, out_count| {
        let mut fields = c.exclusive(fields)?;
        let mut out = c.out_array(out, cap)?;
        fields.next(&mut out)?;
        out_count.set(out.filled());
        Ok(if out.filled() == 0 && cap > 0 { BP_DONE } else { BP_OK })
    })
}

/// Lets next begin at the first field again.
///
/// Threads: one at a time.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_lazy_fields_rewind(
    fields: *mut bp_lazy_fields,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let mut fields = c.exclusive(fields)?;
        match &mut fields.copy {
            Some((_, at)) => *at = 0,
            None => {
                fields.lazy.span()?;
                fields.cursor = Cursor::default();
            }
        }
        Ok(BP_OK)
    })
}

/// Copies the visible fields and lets the blocks go: the handle answers as before, from the copy, in
/// which each name is looked for among all fields. The cursor starts over. Doing so again does nothing.
///
/// Threads: one at a time.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: linear in the fields of the span.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_lazy_fields_detach(
    fields: *mut bp_lazy_fields,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let mut fields = c.exclusive(fields)?;
        if fields.copy.is_none() {
            fields.copy = Some((Box::new(fields.lazy.materialize()?), 0));
            fields.lazy.release();
        }
        Ok(BP_OK)
    })
}

/// Tells where the span is in the list of blocks; also after release.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_lazy_fields_span(fields: *const bp_lazy_fields) -> bp_span {
    let nowhere = bp_span { block: u32::MAX, row: u32::MAX };
    fact!(nowhere, |c| {
        let fields = c.shared(fields)?;
        Ok(bp_span { block: fields.lazy.block_index() as u32, row: fields.lazy.row() })
    })
}

/// Gives back the blocks that this handle holds, or its copy. Doing so again does nothing. From
/// now on, get, get_many, next, rewind and detach answer BP_ERR_RELEASED.
///
/// Threads: any, while no other call on fields is running.
/// Cost: constant, and what it takes to free what nobody else holds.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_lazy_fields_release(fields: *mut bp_lazy_fields) {
    fact!((), |c| {
        c.exclusive(fields)?.release();
        Ok(())
    })
}

/// Tells whether the fields were released.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_lazy_fields_is_released(fields: *const bp_lazy_fields) -> bool {
    fact!(false, |c| Ok(c.shared(fields)?.is_released()))
}

/// Frees the fields. NULL is allowed.
///
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_lazy_fields_free(fields: *mut bp_lazy_fields) {
    free!(fields)
}
