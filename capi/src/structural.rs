//! Structural operators: relations between two sets of spans.

use crate::error::{Failure, bp_error};
use crate::guard::entry;
use crate::handle::Handle;
use crate::span_set::{Spans, bp_span_set};
use crate::status::*;
use blockpack_engine::graph::{Form, Relation, StructuralOp, StructuralOptions};

/// A relation between a span of the left set and one of the right set. A span is never related to
/// itself. The plain operators give spans of the right set, those with NOT the spans of the right
/// set that are not related so to any of the left, those with UNION the related spans of both sets.
pub type bp_structural_op = u32;

/// Right spans whose parent is a left span. In TraceQL: left > right.
pub const BP_STRUCTURAL_CHILD: bp_structural_op = 1;
/// Right spans that are parents of a left span. In TraceQL: left < right.
pub const BP_STRUCTURAL_PARENT: bp_structural_op = 2;
/// Right spans below a left span. In TraceQL: left >> right.
pub const BP_STRUCTURAL_DESCENDANT: bp_structural_op = 3;
/// Right spans above a left span. In TraceQL: left << right.
pub const BP_STRUCTURAL_ANCESTOR: bp_structural_op = 4;
/// Right spans that have their parent in common with a left span. In TraceQL: left ~ right.
pub const BP_STRUCTURAL_SIBLING: bp_structural_op = 5;
/// Right spans that are no children of left spans. In TraceQL: left !> right.
pub const BP_STRUCTURAL_NOT_CHILD: bp_structural_op = 6;
/// Right spans that are no parents of left spans. In TraceQL: left !< right.
pub const BP_STRUCTURAL_NOT_PARENT: bp_structural_op = 7;
/// Right spans that are not below left spans. In TraceQL: left !>> right.
pub const BP_STRUCTURAL_NOT_DESCENDANT: bp_structural_op = 8;
/// Right spans that are not above left spans. In TraceQL: left !<< right.
pub const BP_STRUCTURAL_NOT_ANCESTOR: bp_structural_op = 9;
/// Right spans that are no siblings of left spans. In TraceQL: left !~ right.
pub const BP_STRUCTURAL_NOT_SIBLING: bp_structural_op = 10;
/// Right spans and left spans that are child and parent. In TraceQL: left &> right.
pub const BP_STRUCTURAL_UNION_CHILD: bp_structural_op = 11;
/// Right spans and left spans that are parent and child. In TraceQL: left &< right.
pub const BP_STRUCTURAL_UNION_PARENT: bp_structural_op = 12;
/// Right spans and the left spans that they are below. In TraceQL: left &>> right.
pub const BP_STRUCTURAL_UNION_DESCENDANT: bp_structural_op = 13;
/// Right spans and the left spans that they are above. In TraceQL: left &<< right.
pub const BP_STRUCTURAL_UNION_ANCESTOR: bp_structural_op = 14;
/// Right spans and left spans that are siblings. In TraceQL: left &~ right.
pub const BP_STRUCTURAL_UNION_SIBLING: bp_structural_op = 15;

/// Relate only spans that a root reaches, as Tempo does. Otherwise orphans (spans whose parent is
/// missing) head trees of their own, and orphans of one lost parent are siblings.
pub const BP_STRUCTURAL_ROOTED_ONLY: u32 = 1;

/// The engine's operator with this number.
fn operator(number: bp_structural_op) -> Result<StructuralOp, Failure> {
    let index = number.checked_sub(1).map(|index| index as usize);
    let forms = [Form::Right, Form::Negated, Form::Both];
    match index.and_then(|i| Some((forms.get(i / 5)?, Relation::ALL.get(i % 5)?))) {
        Some((&form, &relation)) => Ok(StructuralOp { relation, form }),
        None => Err(Failure::invalid(format!("there is no structural operator {number}"))),
    }
}

/// Makes the set of spans that result from left op right, over all traces of the list at once,
/// whether a trace lies in one block or in several.
///
/// Parameters: left and right are over one list of blocks; flags are BP_STRUCTURAL_ROOTED_ONLY or 0.
/// Ownership: the caller frees the set.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED if left was released,
/// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
/// Cost: about a nanosecond for each span of the list. The first call for a list looks for traces
/// that lie in several blocks.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_span_set_structural(
    left: *const bp_span_set,
    op: bp_structural_op,
    right: *const bp_span_set,
    flags: u32,
    out: *mut *mut bp_span_set,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [out], |c, out| {
        let op = operator(op)?;
        let rooted_only = match flags {
            0 | BP_STRUCTURAL_ROOTED_ONLY => flags == BP_STRUCTURAL_ROOTED_ONLY,
            other => return Err(Failure::invalid(format!("there are no flags {other:#x}"))),
        };
        let (left, right) = (c.shared(left)?, c.shared(right)?);
        out.give(relate(&left, op, &right, StructuralOptions { rooted_only })?);
        Ok(BP_OK)
    })
}

fn relate(
    left: &Spans,
    op: StructuralOp,
    right: &Spans,
    options: StructuralOptions,
) -> Result<<bp_span_set as Handle>::Body, Failure> {
    let list = left.common_list(right)?;
    let set = list.trees()?.relate(left.set(), op, right.set(), options)?;
    Ok(Spans::new(set, list))
}
