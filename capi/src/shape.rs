//! How deep and how wide traces are.

use crate::error::bp_error;
use crate::graphs::bp_trace_graphs;
use crate::guard::entry;
use crate::options::Growing;
use crate::status::*;

/// How deep and how wide traces are.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct bp_tree_shape {
    /// sizeof(bp_tree_shape).
    pub struct_size: usize,
    /// Traces.
    pub traces: u64,
    /// Spans.
    pub spans: u64,
    /// Trees that the traces fall into: spans without a parent.
    pub trees: u64,
    /// Depth of the deepest span; one without a parent has 0.
    pub max_depth: u64,
    /// The most children that a span has.
    pub max_children: u64,
    /// Mean depth of the spans.
    pub mean_depth: f64,
    /// Mean number of children of the spans that have any.
    pub mean_children: f64,
}

// SAFETY: `repr(C)`, a size first, numbers.
unsafe impl Growing for bp_tree_shape {
    const NAME: &'static str = "bp_tree_shape";
    const MIN: usize = 64;
}

/// Tells how deep and how wide the traces are: in all, and how many spans have 0, 1, 2 and so on spans
/// above them, or children.
///
/// Parameters: shape.struct_size is set by the caller. out_by_depth and out_by_children have room for
/// depths and children counts and may be NULL if that is 0; what there is room for beyond
/// shape.max_depth and shape.max_children is 0.
/// Threads: any.
/// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED.
/// Cost: linear in the spans.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bp_trace_graphs_shape(
    graphs: *const bp_trace_graphs,
    shape: *mut bp_tree_shape,
    out_by_depth: *mut u64,
    depths: usize,
    out_by_children: *mut u64,
    children: usize,
    err: *mut *mut bp_error,
) -> bp_status {
    entry!(err, [], |c| {
        let out = c.growing_out(shape)?;
        let mut by_depth = c.out_array(out_by_depth, depths)?;
        let mut by_children = c.out_array(out_by_children, children)?;
        let graphs = c.shared(graphs)?;
        let shape = graphs.graphs.get()?.shape();
        for (counts, out) in
            [(&shape.by_depth, &mut by_depth), (&shape.by_children, &mut by_children)]
        {
            out.put_slice(counts);
            while out.put(0) {}
        }
        out.set(&bp_tree_shape {
            struct_size: 0,
            traces: shape.traces,
            spans: shape.spans(),
            trees: shape.trees,
            max_depth: shape.max_depth() as u64,
            max_children: shape.max_children() as u64,
            mean_depth: shape.mean_depth(),
            mean_children: shape.mean_children(),
        });
        Ok(BP_OK)
    })
}
