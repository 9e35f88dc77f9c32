//! What can be asked about: names of attributes, and values of fields.

use crate::blocks::bp_blocks;
use crate::cursor::bp_search_options;
use crate::error::{Failure, bp_error};
use crate::guard::{Zero, entry, fact, free};
use crate::handle::{BP_HANDLE_TAG_NAMES, BP_HANDLE_TAG_VALUES, Handle, bp_handle_kind};
use crate::query::bp_query;
use crate::status::*;
use crate::value::{bp_str, bp_value, kind_of};
use blockpack_engine::name::Scope;
use blockpack_engine::traceql::{TagName, TagOptions, TagValues, tag_names, tag_values};

/// Names of attributes. Owns what it says and holds no blocks. Immutable, shared by threads.
pub struct bp_tag_names {
    _opaque: [u8; 0],
}

impl Handle for bp_tag_names {
    const KIND: bp_handle_kind = BP_HANDLE_TAG_NAMES;
    const NAME: &'static str = "bp_tag_names";
    /// Each with its name in queries.
    type Body = Vec<(TagName, String)>;
}

/// Values of a field. Owns what it says and holds no blocks. Immutable, shared by threads.
pub struct bp_tag_values {
    _opaque: [u8; 0],
}

impl Handle for bp_tag_values {
    const KIND: bp_handle_kind = BP_HANDLE_TAG_VALUES;
    const NAME: &'static str = "bp_tag_values";
    type Body = TagValues;
}

/// What an attribute is an attribute of.
pub type bp_scope = u32;

/// All of the following.
pub const BP_SCOPE_ANY: bp_scope = 0;
/// The span.
pub const BP_SCOPE_SPAN: bp_scope = 1;
/// The resource that the span comes from.
pub const BP_SCOPE_RESOURCE: bp_scope = 2;
/// The instrumentation scope that made the span.
pub const BP_SCOPE_INSTRUMENTATION: bp_scope = 3;
/// The span's events.
pub const BP_SCOPE_EVENT: bp_scope = 4;
/// The span's links.
pub const BP_SCOPE_LINK: bp_scope = 5;

/// An attribute that some span, resource, event and so on has.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_tag_name {
    /// Its name in queries, as in "span.http.method".
    pub name: bp_str,
    /// Its key alone.
    pub key: bp_str,
    /// Values in all blocks; one that a resource has counts once a block.
    pub values: u64,
    /// One of BP_SCOPE_..., not BP_SCOPE_ANY.
    pub scope: bp_scope,
    /// The kinds of its values: for each the bit 1 << BP_KIND_...
    pub kinds: u32,
}

// SAFETY: integers and null views.
unsafe impl Zero for bp_tag_name {}

/// Lists the names of the attributes that anything in the blocks has, by scope and key.
///
/// Parameters: scope is one of BP_SCOPE_...
/// Ownership: the caller frees the list.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED, BP_ERR_CORRUPT,
/// BP_ERR_CHECKSUM.
/// Cost: linear in the columns of the blocks; spans are not looked at.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_tag_names_new(
    blocks: *const bp_blocks,
    scope: bp_scope,
    out: *mut *mut bp_tag_names,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let blocks = c.shared(blocks)?;
        let known = Scope::ALL.get(scope as usize);
        let scope = *known.ok_or_else(|| Failure::invalid(format!("there is no scope {scope}")))?;
        let names = tag_names(blocks.get()?, scope)?.into_iter();
        out.give(names.map(|tag| (tag.name().to_string(), tag)).map(|(n, tag)| (tag, n)).collect());
        Ok(BP_OK)
    })
}

/// Counts the names.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_tag_names_len(names: *const bp_tag_names) -> usize {
    fact!(0, |c| Ok(c.shared(names)?.len()))
}

/// Copies the names from number first on.
///
/// Parameters: out has room for cap names.
/// Valid until: free of names, for the texts.
/// Threads: any.
/// Errors: BP_DONE when there is no name first, BP_ERR_NULL_ARGUMENT.
/// Cost: linear in the names given.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_tag_names_get(
    names: *const bp_tag_names,
    first: usize,
    out: *mut bp_tag_name,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out_count], |c, out_count| {
        let mut out = c.out_array(out, cap)?;
        let names = c.shared(names)?;
        for (tag, name) in names.iter().skip(first).take(cap) {
            out.put(bp_tag_name {
                name: bp_str::view(name.as_bytes()),
                key: bp_str::view(&tag.key),
                values: tag.values,
                scope: tag.scope as u32,
                kinds: tag.types.iter().fold(0, |bits, &of| bits | 1 << kind_of(of)),
            });
        }
        out_count.set(out.filled());
        Ok(if out.filled() == 0 && cap > 0 { BP_DONE } else { BP_OK })
    })
}

/// Frees the list. NULL is allowed.
///
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_tag_names_free(names: *mut bp_tag_names) {
    free!(names)
}

/// Lists the values that a field has in the blocks, each once: by kind, then in their order; of arrays,
/// their items.
///
/// Parameters: name in any accepted spelling, see bp_columns; filter may be NULL, else only spans that
/// it finds count; options may be NULL: their limit is one of values, all if 0, and the rest is about
/// how the filter is run.
/// Ownership: the caller frees the list.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_PARSE for the name, BP_ERR_INVALID_ARGUMENT also for a filter
/// that makes series, BP_ERR_RELEASED, BP_ERR_CANCELLED also when the time is up, BP_ERR_BUDGET,
/// BP_ERR_IO, BP_ERR_SHORT_READ, BP_ERR_CALLBACK, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: without a filter, linear in the dictionaries where the field has them, else in the spans.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_tag_values_new(
    blocks: *const bp_blocks,
    name: bp_str,
    filter: *const bp_query,
    options: *const bp_search_options,
    out: *mut *mut bp_tag_values,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let blocks = c.shared(blocks)?;
        let list = blocks.get()?;
        let name = c.name(name)?;
        let filter = if filter.is_null() { None } else { Some(c.shared(filter)?) };
        let limit = usize::try_from(c.options(options)?.limit).unwrap_or(usize::MAX);
        let options = TagOptions { limit, search: c.search_options(options, list)? };
        let filter = filter.as_ref().map(|filter| &filter.query);
        out.give(tag_values(list, &name, filter, &options)?);
        Ok(BP_OK)
    })
}

/// Counts the values.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_tag_values_len(values: *const bp_tag_values) -> usize {
    fact!(0, |c| Ok(c.shared(values)?.values.len()))
}

/// Tells whether there are more values than the limit let through.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_tag_values_is_cut_off(values: *const bp_tag_values) -> bool {
    fact!(false, |c| Ok(c.shared(values)?.cut_off))
}

/// Gives the values from number first on.
///
/// Parameters: out has room for cap values.
/// Valid until: free of values.
/// Threads: any.
/// Errors: BP_DONE when there is no value first, BP_ERR_NULL_ARGUMENT.
/// Cost: linear in the values given.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_tag_values_get(
    values: *const bp_tag_values,
    first: usize,
    out: *mut bp_value,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out_count], |c, out_count| {
        let mut out = c.out_array(out, cap)?;
        let values = c.shared(values)?;
        for value in values.values.iter().skip(first).take(cap) {
            out.put(bp_value::maybe(value.view()));
        }
        out_count.set(out.filled());
        Ok(if out.filled() == 0 && cap > 0 { BP_DONE } else { BP_OK })
    })
}

/// Frees the list. NULL is allowed.
///
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_tag_values_free(values: *mut bp_tag_values) {
    free!(values)
}
