//go:build cgo

package blockpack

/*
#include <blockpack.h>

#cgo noescape bp_trace_graphs_summaries
#cgo nocallback bp_trace_graphs_summaries
#cgo noescape bp_trace_graph_services
#cgo nocallback bp_trace_graph_services
#cgo noescape bp_trace_graph_timings
#cgo nocallback bp_trace_graph_timings
#cgo noescape bp_trace_graph_critical_path
#cgo nocallback bp_trace_graph_critical_path
#cgo noescape bp_trace_graphs_shape
#cgo nocallback bp_trace_graphs_shape
*/
import "C"

import "unsafe"

// The structs are as large as C's, and the node that stands for another has C's number; if not, this
// does not compile.
var (
	_ [C.sizeof_bp_trace_summary]byte = [unsafe.Sizeof(rawSummary{})]byte{}
	_ [C.sizeof_bp_trace_service]byte = [unsafe.Sizeof(rawService{})]byte{}
	_ [C.sizeof_bp_trace_timing]byte  = [unsafe.Sizeof(rawTiming{})]byte{}
	_                                 = [1]struct{}{}[mainNode-C.BP_MAIN_NODE]
)

func cTraceGraphsSummaries(p cPtr, first int, into []TraceSummary) (int, error) {
	raw := make([]rawSummary, len(into))
	var filled C.size_t
	var cerr *C.bp_error
	status := C.bp_trace_graphs_summaries((*C.bp_trace_graphs)(p), C.size_t(first), (*C.bp_trace_summary)(unsafe.Pointer(unsafe.SliceData(raw))), C.size_t(len(raw)), &filled, &cerr)
	names := texts{}
	for i, s := range raw[:filled] {
		into[i] = TraceSummary{
			ID:          s.id,
			RootService: names.own(s.rootService),
			RootName:    names.own(s.rootName),
			Start:       timeOf(s.start),
			Duration:    durationOf(s.duration),
			Spans:       s.spans,
			Errors:      s.errors,
			Services:    s.services,
			Root:        s.root,
			Flags:       TraceFlags(s.flags),
		}
	}
	return int(filled), failure(status, cerr)
}

func cTraceGraphServices(p cPtr) ([]TraceService, error) {
	var out []TraceService
	names := texts{}
	raw := make([]rawService, 64)
	for {
		var filled C.size_t
		var cerr *C.bp_error
		status := C.bp_trace_graph_services((*C.bp_trace_graph)(p), C.size_t(len(out)), (*C.bp_trace_service)(unsafe.Pointer(unsafe.SliceData(raw))), C.size_t(len(raw)), &filled, &cerr)
		for _, s := range raw[:filled] {
			out = append(out, TraceService{Service: names.own(s.service), Spans: s.spans, Errors: s.errors})
		}
		if err := failure(status, cerr); err != nil || int(filled) < len(raw) {
			return out, err
		}
	}
}

func cTraceGraphTimings(p cPtr, count int) ([]NodeTiming, error) {
	raw := make([]rawTiming, count)
	var filled C.size_t
	var cerr *C.bp_error
	status := C.bp_trace_graph_timings((*C.bp_trace_graph)(p), 0, (*C.bp_trace_timing)(unsafe.Pointer(unsafe.SliceData(raw))), C.size_t(count), &filled, &cerr)
	out := make([]NodeTiming, filled)
	names := texts{}
	for i, s := range raw[:filled] {
		out[i] = NodeTiming{
			Service:  names.own(s.service),
			Start:    timeOf(s.start),
			Duration: durationOf(s.duration),
			Kind:     s.kind,
			IsError:  s.flags&C.BP_NODE_ERROR != 0,
			IsRooted: s.flags&C.BP_NODE_ROOTED != 0,
		}
	}
	return out, failure(status, cerr)
}

func cTraceGraphCriticalPath(p cPtr, node uint32, room int) ([]PathSegment, error) {
	raw := make([]C.bp_path_segment, room)
	var filled C.size_t
	var cerr *C.bp_error
	status := C.bp_trace_graph_critical_path((*C.bp_trace_graph)(p), C.uint32_t(node), 0, unsafe.SliceData(raw), C.size_t(room), &filled, &cerr)
	out := make([]PathSegment, filled)
	for i, s := range raw[:filled] {
		out[i] = PathSegment{Node: uint32(s.node), Start: timeOf(uint64(s.start_ns)), End: timeOf(uint64(s.end_ns))}
	}
	return out, failure(status, cerr)
}

func cTraceGraphsShape(p cPtr) (TreeShape, error) {
	shape := C.bp_tree_shape{struct_size: C.sizeof_bp_tree_shape}
	var cerr *C.bp_error
	status := C.bp_trace_graphs_shape((*C.bp_trace_graphs)(p), &shape, nil, 0, nil, 0, &cerr)
	if err := failure(status, cerr); err != nil {
		return TreeShape{}, err
	}
	out := TreeShape{
		Traces:       uint64(shape.traces),
		Spans:        uint64(shape.spans),
		Trees:        uint64(shape.trees),
		MeanDepth:    float64(shape.mean_depth),
		MeanChildren: float64(shape.mean_children),
	}
	if out.Spans == 0 {
		return out, nil
	}
	out.ByDepth = make([]uint64, shape.max_depth+1)
	out.ByChildren = make([]uint64, shape.max_children+1)
	status = C.bp_trace_graphs_shape((*C.bp_trace_graphs)(p), &shape,
		(*C.uint64_t)(unsafe.SliceData(out.ByDepth)), C.size_t(len(out.ByDepth)),
		(*C.uint64_t)(unsafe.SliceData(out.ByChildren)), C.size_t(len(out.ByChildren)), &cerr)
	return out, failure(status, cerr)
}
