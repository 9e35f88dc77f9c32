//! Row sets combined, without forgetting which of them had a row.

use crate::error::{Answer, Failure, bp_error};
use crate::guard::{Call, Out, entry, fact, free};
use crate::handle::{BP_HANDLE_SPAN_MATCHES, Handle, bp_handle_kind};
use crate::lazy_fields::{Fields, bp_lazy_fields};
use crate::row_set::{Place, Rows, bp_row_set, copy_rows};
use crate::status::*;
use crate::value::bp_str;
use blockpack_engine::fields::{Columns, Projection};
use blockpack_engine::rowset::SpanMatches;
use std::sync::{Arc, OnceLock};

/// Spans of one block that satisfy a combination of scans, and for each the columns that it
/// satisfied it by. Immutable, shared by threads.
///
/// Columns are numbered in the order of the sets it was made from. A span counts as matched by a
/// column if that scan found it and all conjunctions around that scan hold: of (a and b) or c, a span
/// with a and c is matched by c alone.
pub struct bp_span_matches {
    _opaque: [u8; 0],
}

/// What a `bp_span_matches` holds.
pub struct Matches {
    found: SpanMatches,
    texts: Vec<Arc<str>>,
    place: Place,
    /// The columns, for projections; made when fields are first asked for.
    columns: OnceLock<Arc<Columns>>,
}

impl Handle for bp_span_matches {
    const KIND: bp_handle_kind = BP_HANDLE_SPAN_MATCHES;
    const NAME: &'static str = "bp_span_matches";
    type Body = Matches;
}

/// [`SpanMatches::any`] or [`SpanMatches::all`].
type Combine = fn(&[SpanMatches]) -> Option<SpanMatches>;

impl Matches {
    fn new(found: SpanMatches, texts: Vec<Arc<str>>, place: Place) -> Self {
        Matches { found, texts, place, columns: OnceLock::new() }
    }

    fn of_rows(rows: &Rows) -> Result<Matches, Failure> {
        let Some(column) = rows.column() else {
            let message = "a set is not the result of a scan; combine span matches instead";
            return Err(Failure::invalid(message));
        };
        let found = SpanMatches::new(column.name.clone(), rows.set().clone());
        Ok(Matches::new(found, vec![column.text.clone()], rows.place().clone()))
    }

    fn combine(parts: &[Matches], combine: Combine) -> Result<Matches, Failure> {
        let Some(first) = parts.first() else {
            return Err(Failure::invalid("there is nothing to combine"));
        };
        parts.iter().try_for_each(|part| first.place.check_same(&part.place))?;
        let found: Vec<SpanMatches> = parts.iter().map(|part| part.found.clone()).collect();
        let found =
            combine(&found).ok_or_else(|| Failure::invalid("there is nothing to combine"))?;
        let texts = parts.iter().flat_map(|part| part.texts.iter().cloned()).collect();
        Ok(Matches::new(found, texts, first.place.clone()))
    }

    fn copy(&self) -> Matches {
        Matches::new(self.found.clone(), self.texts.clone(), self.place.clone())
    }

    /// Which fields of `row` are visible: those of the columns that matched it.
    fn projection(&self, row: u32) -> Projection {
        let names = || self.found.inputs().iter().map(|input| (*input.name).clone());
        let columns = self.columns.get_or_init(|| Arc::new(Columns::new(names())));
        Projection::matched(columns.clone(), |at| self.has(row, at))
    }

    fn has(&self, row: u32, input: usize) -> bool {
        self.found.rows().contains(row)
            && self.found.inputs().get(input).is_some_and(|input| input.has(row))
    }
}

fn combine_sets(
    c: &Call<'static>,
    sets: *const *const bp_row_set,
    n: usize,
    combine: Combine,
    out: &Out<'static, *mut bp_span_matches>,
) -> Answer {
    let sets = c.items(sets, n, "sets")?.iter();
    let parts = sets.map(|&set| Matches::of_rows(&*c.shared(set)?));
    out.give(Matches::combine(&parts.collect::<Result<Vec<_>, Failure>>()?, combine)?);
    Ok(BP_OK)
}

fn combine_matches(
    c: &Call<'static>,
    matches: *const *const bp_span_matches,
    n: usize,
    combine: Combine,
    out: &Out<'static, *mut bp_span_matches>,
) -> Answer {
    let matches = c.items(matches, n, "matches")?.iter();
    let parts = matches.map(|&matches| Ok(c.shared(matches)?.copy()));
    out.give(Matches::combine(&parts.collect::<Result<Vec<_>, Failure>>()?, combine)?);
    Ok(BP_OK)
}

/// Combines scans of one block: spans that at least one of the sets has, and by which.
///
/// Parameters: n sets, each the result of a scan, all of one block.
/// Ownership: the caller frees the matches; the sets stay.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
/// Cost: a pass over the bitmaps; no memory per span.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_row_sets_or(
    sets: *const *const bp_row_set,
    n: usize,
    out: *mut *mut bp_span_matches,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| combine_sets(c, sets, n, SpanMatches::any, &out))
}

/// Combines scans of one block: spans that all of the sets have.
///
/// Parameters: n sets, each the result of a scan, all of one block.
/// Ownership: the caller frees the matches; the sets stay.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
/// Cost: a pass over the bitmaps; no memory per span.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_row_sets_and(
    sets: *const *const bp_row_set,
    n: usize,
    out: *mut *mut bp_span_matches,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| combine_sets(c, sets, n, SpanMatches::all, &out))
}

/// Combines combinations: spans that at least one of them has.
///
/// Parameters: n matches, all of one block.
/// Ownership: the caller frees the new matches; the given ones stay.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
/// Cost: a pass over the bitmaps; no memory per span.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_matches_or(
    matches: *const *const bp_span_matches,
    n: usize,
    out: *mut *mut bp_span_matches,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| combine_matches(c, matches, n, SpanMatches::any, &out))
}

/// Combines combinations: spans that all of them have.
///
/// Parameters: n matches, all of one block.
/// Ownership: the caller frees the new matches; the given ones stay.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
/// Cost: a pass over the bitmaps; no memory per span.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_matches_and(
    matches: *const *const bp_span_matches,
    n: usize,
    out: *mut *mut bp_span_matches,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| combine_matches(c, matches, n, SpanMatches::all, &out))
}

/// Counts the spans; also after release.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_matches_count(matches: *const bp_span_matches) -> u64 {
    fact!(0, |c| Ok(u64::from(c.shared(matches)?.found.rows().count())))
}

/// Counts the columns that may have matched; also after release.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_matches_column_count(matches: *const bp_span_matches) -> usize {
    fact!(0, |c| Ok(c.shared(matches)?.texts.len()))
}

/// Names column number index; empty if there is none. Also after release.
///
/// Valid until: free of matches.
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_matches_column(
    matches: *const bp_span_matches,
    index: usize,
) -> bp_str {
    fact!(bp_str::EMPTY, |c| {
        let matches = c.shared(matches)?;
        Ok(matches.texts.get(index).map_or(bp_str::EMPTY, |text| bp_str::view(text.as_bytes())))
    })
}

/// Tells whether row is among the spans; also after release.
///
/// Threads: any.
/// Cost: constant, or logarithmic in a set of few rows.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_matches_contains(
    matches: *const bp_span_matches,
    row: u32,
) -> bool {
    fact!(false, |c| Ok(c.shared(matches)?.found.rows().contains(row)))
}

/// Tells whether row is among the spans, and by column number index among others; also after
/// release.
///
/// Threads: any.
/// Cost: as bp_span_matches_contains().
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_matches_by_column(
    matches: *const bp_span_matches,
    row: u32,
    index: usize,
) -> bool {
    fact!(false, |c| Ok(c.shared(matches)?.has(row, index)))
}

/// Copies rows in ascending order, from the first that is not below from, and the columns that
/// each was matched by; also after release. To go on, call again with the last row plus 1.
///
/// Parameters: out_rows has room for cap rows. out_masks may be NULL; otherwise it has room for cap
/// masks, in which bit i stands for column i. Columns from 64 on are told by
/// bp_span_matches_by_column().
/// Threads: any.
/// Errors: BP_DONE when there are none, BP_ERR_NULL_ARGUMENT.
/// Cost: linear in the rows given, and with masks in rows times columns.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_matches_rows(
    matches: *const bp_span_matches,
    from: u32,
    out_rows: *mut u32,
    out_masks: *mut u64,
    cap: usize,
    out_count: *mut usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out_count], |c, out_count| {
        let mut out = c.out_array(out_rows, cap)?;
        let masks_cap = if out_masks.is_null() { 0 } else { cap };
        let mut masks = c.out_array(out_masks, masks_cap)?;
        let matches = c.shared(matches)?;
        copy_rows(matches.found.rows(), from, &mut out);
        if masks_cap > 0 {
            for &row in out.as_filled() {
                let mut mask = [0];
                matches.found.matched_mask(row, &mut mask);
                masks.put(mask[0]);
            }
        }
        out_count.set(out.filled());
        Ok(if out.filled() == 0 && cap > 0 { BP_DONE } else { BP_OK })
    })
}

/// Makes the set of the spans, without their columns.
///
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_matches_row_set(
    matches: *const bp_span_matches,
    out: *mut *mut bp_row_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let matches = c.shared(matches)?;
        out.give(Rows::shared(matches.found.rows().clone(), matches.place.clone()));
        Ok(BP_OK)
    })
}

/// Makes the fields of one span, of which those are visible that its matching columns name, and
/// those that always are: trace:id, span:id, span:parent_id, span:name, span:start, span:end,
/// span:duration, span:status, span:kind, span:status_message and resource.service.name.
///
/// Ownership: the caller frees them; they keep the blocks on their own.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED.
/// Cost: linear in the columns; nothing is read.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_matches_fields(
    matches: *const bp_span_matches,
    row: u32,
    out: *mut *mut bp_lazy_fields,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let matches = c.shared(matches)?;
        let fields = matches.place.fields(row)?;
        out.give(Fields::new(fields.with_projection(matches.projection(row))));
        Ok(BP_OK)
    })
}

/// Gives back the blocks that this handle holds. Doing so again does nothing. The rows stay.
///
/// Threads: any, while no other call on matches is running.
/// Cost: constant, and what it takes to free what nobody else holds.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_matches_release(matches: *mut bp_span_matches) {
    fact!((), |c| {
        c.exclusive(matches)?.place.held().release();
        Ok(())
    })
}

/// Tells whether the matches were released.
///
/// Threads: any.
/// Cost: constant.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_matches_is_released(matches: *const bp_span_matches) -> bool {
    fact!(false, |c| Ok(c.shared(matches)?.place.is_released()))
}

/// Frees the matches. NULL is allowed.
///
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_matches_free(matches: *mut bp_span_matches) {
    free!(matches)
}
