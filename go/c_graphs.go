//go:build cgo

package blockpack

/*
#include <blockpack.h>

#cgo noescape bp_trace_graphs_build
#cgo nocallback bp_trace_graphs_build
#cgo noescape bp_trace_graphs_get
#cgo nocallback bp_trace_graphs_get
#cgo noescape bp_trace_graph_info
#cgo nocallback bp_trace_graph_info
#cgo noescape bp_trace_graph_nodes
#cgo nocallback bp_trace_graph_nodes
#cgo noescape bp_trace_graph_roots
#cgo nocallback bp_trace_graph_roots
#cgo noescape bp_trace_graph_orphans
#cgo nocallback bp_trace_graph_orphans
#cgo noescape bp_trace_graph_find
#cgo nocallback bp_trace_graph_find
#cgo noescape bp_trace_graph_fields
#cgo nocallback bp_trace_graph_fields
#cgo noescape bp_trace_graph_values
#cgo nocallback bp_trace_graph_values
#cgo noescape bp_span_set_structural
#cgo nocallback bp_span_set_structural
*/
import "C"

import "unsafe"

// Nodes are as large as C's, and the last of the operators and of the flags have C's numbers; if not,
// this does not compile.
var (
	_ [C.sizeof_bp_trace_node]byte = [unsafe.Sizeof(TraceNode{})]byte{}
	_                              = [1]struct{}{}[uint32(StructuralUnionSibling-C.BP_STRUCTURAL_UNION_SIBLING)|
		uint32(TraceOddIDs-C.BP_TRACE_ODD_IDS)|uint32(NoParent-C.BP_NO_PARENT)]
)

func cTraceGraphsBuild(blocks, spans cPtr) (cPtr, error) {
	var out *C.bp_trace_graphs
	var cerr *C.bp_error
	status := C.bp_trace_graphs_build((*C.bp_blocks)(blocks), (*C.bp_span_set)(spans), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cTraceGraphsLen(p cPtr) int { return int(C.bp_trace_graphs_len((*C.bp_trace_graphs)(p))) }

func cTraceGraphsSpanCount(p cPtr) uint64 {
	return uint64(C.bp_trace_graphs_span_count((*C.bp_trace_graphs)(p)))
}

func cTraceGraphsGet(p cPtr, index int) (cPtr, error) {
	var out *C.bp_trace_graph
	var cerr *C.bp_error
	status := C.bp_trace_graphs_get((*C.bp_trace_graphs)(p), C.size_t(index), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cTraceGraphsFree(p cPtr) { C.bp_trace_graphs_free((*C.bp_trace_graphs)(p)) }

func cTraceGraphInfo(p cPtr) (TraceInfo, error) {
	info := C.bp_trace_info{struct_size: C.sizeof_bp_trace_info}
	var cerr *C.bp_error
	status := C.bp_trace_graph_info((*C.bp_trace_graph)(p), &info, &cerr)
	if err := failure(status, cerr); err != nil {
		return TraceInfo{}, err
	}
	return TraceInfo{
		ID:       *(*TraceID)(unsafe.Pointer(&info.trace_id)),
		Spans:    uint64(info.spans),
		Roots:    uint64(info.roots),
		Orphans:  uint64(info.orphans),
		Flags:    TraceFlags(info.flags),
		MaxDepth: uint32(info.max_depth),
	}, nil
}

func cTraceGraphNodes(p cPtr, count int) ([]TraceNode, error) {
	nodes := make([]TraceNode, count)
	var filled C.size_t
	var cerr *C.bp_error
	status := C.bp_trace_graph_nodes((*C.bp_trace_graph)(p), 0, (*C.bp_trace_node)(unsafe.Pointer(unsafe.SliceData(nodes))), C.size_t(count), &filled, &cerr)
	return nodes[:filled], failure(status, cerr)
}

func cTraceGraphRoots(p cPtr, count int) ([]uint32, error) {
	nodes := make([]uint32, count)
	var filled C.size_t
	var cerr *C.bp_error
	status := C.bp_trace_graph_roots((*C.bp_trace_graph)(p), 0, (*C.uint32_t)(unsafe.SliceData(nodes)), C.size_t(count), &filled, &cerr)
	return nodes[:filled], failure(status, cerr)
}

func cTraceGraphOrphans(p cPtr, count int) ([]uint32, error) {
	nodes := make([]uint32, count)
	var filled C.size_t
	var cerr *C.bp_error
	status := C.bp_trace_graph_orphans((*C.bp_trace_graph)(p), 0, (*C.uint32_t)(unsafe.SliceData(nodes)), C.size_t(count), &filled, &cerr)
	return nodes[:filled], failure(status, cerr)
}

func cTraceGraphFind(p cPtr, s Span) (int, error) {
	span := C.bp_span{block: C.uint32_t(s.Block), row: C.uint32_t(s.Row)}
	var node C.uint32_t
	var cerr *C.bp_error
	status := C.bp_trace_graph_find((*C.bp_trace_graph)(p), span, &node, &cerr)
	if status == C.BP_ABSENT {
		return 0, ErrAbsent
	}
	return int(node), failure(status, cerr)
}

func cTraceGraphFields(p cPtr, node int) (cPtr, error) {
	var out *C.bp_lazy_fields
	var cerr *C.bp_error
	status := C.bp_trace_graph_fields((*C.bp_trace_graph)(p), row(node), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cTraceGraphValues(p cPtr, first, count int, columns cPtr, into []Value) error {
	pooled := rawValues.Get().(*[]rawValue)
	defer rawValues.Put(pooled)
	raw := resized(pooled, len(into))
	var cerr *C.bp_error
	status := C.bp_trace_graph_values((*C.bp_trace_graph)(p), C.size_t(first), C.size_t(count), (*C.bp_columns)(columns),
		(*C.bp_value)(unsafe.Pointer(unsafe.SliceData(raw))), C.size_t(len(raw)), &cerr)
	if err := failure(status, cerr); err != nil {
		return err
	}
	ownValues(into[:0], raw)
	return nil
}

func cTraceGraphFree(p cPtr) { C.bp_trace_graph_free((*C.bp_trace_graph)(p)) }

func cSpanSetStructural(left cPtr, op StructuralOp, right cPtr, o StructuralOptions) (cPtr, error) {
	flags := C.uint32_t(0)
	if o.RootedOnly {
		flags = C.BP_STRUCTURAL_ROOTED_ONLY
	}
	var out *C.bp_span_set
	var cerr *C.bp_error
	status := C.bp_span_set_structural((*C.bp_span_set)(left), C.bp_structural_op(op), (*C.bp_span_set)(right), flags, &out, &cerr)
	return cPtr(out), failure(status, cerr)
}
