//go:build cgo

package blockpack

/*
#include <blockpack.h>

#cgo noescape bp_trace_graphs_service_graph
#cgo nocallback bp_trace_graphs_service_graph
#cgo noescape bp_service_graph_edges
#cgo nocallback bp_service_graph_edges
#cgo noescape bp_service_graph_services
#cgo nocallback bp_service_graph_services
#cgo noescape bp_service_graph_quantiles
#cgo nocallback bp_service_graph_quantiles
*/
import "C"

import (
	"time"
	"unsafe"
)

// Edges are as large as C's; if not, this does not compile.
var _ [C.sizeof_bp_service_edge]byte = [unsafe.Sizeof(rawEdge{})]byte{}

func cTraceGraphsServiceGraph(p cPtr) (cPtr, error) {
	var out *C.bp_service_graph
	var cerr *C.bp_error
	status := C.bp_trace_graphs_service_graph((*C.bp_trace_graphs)(p), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cServiceGraphEdges(p cPtr) ([]ServiceEdge, error) {
	raw := make([]rawEdge, C.bp_service_graph_len((*C.bp_service_graph)(p)))
	var filled C.size_t
	var cerr *C.bp_error
	status := C.bp_service_graph_edges((*C.bp_service_graph)(p), 0, (*C.bp_service_edge)(unsafe.Pointer(unsafe.SliceData(raw))), C.size_t(len(raw)), &filled, &cerr)
	out := make([]ServiceEdge, filled)
	names := texts{}
	for i, e := range raw[:filled] {
		out[i] = ServiceEdge{
			Caller: names.own(e.caller),
			Callee: names.own(e.callee),
			Calls:  e.calls,
			Errors: e.errors,
			P50:    durationOf(e.p50),
			P95:    durationOf(e.p95),
			P99:    durationOf(e.p99),
			Max:    durationOf(e.max),
		}
	}
	return out, failure(status, cerr)
}

func cServiceGraphServices(p cPtr) ([]string, error) {
	var out []string
	names := texts{}
	raw := make([]rawStr, 64)
	for {
		var filled C.size_t
		var cerr *C.bp_error
		status := C.bp_service_graph_services((*C.bp_service_graph)(p), C.size_t(len(out)), (*C.bp_str)(unsafe.Pointer(unsafe.SliceData(raw))), C.size_t(len(raw)), &filled, &cerr)
		for _, name := range raw[:filled] {
			out = append(out, names.own(name))
		}
		if err := failure(status, cerr); err != nil || int(filled) < len(raw) {
			return out, err
		}
	}
}

func cServiceGraphQuantiles(p cPtr, edge int, fractions []float64) ([]time.Duration, error) {
	ns := make([]C.uint64_t, len(fractions))
	var cerr *C.bp_error
	status := C.bp_service_graph_quantiles((*C.bp_service_graph)(p), C.size_t(edge),
		(*C.double)(unsafe.SliceData(fractions)), C.size_t(len(fractions)), unsafe.SliceData(ns), &cerr)
	if err := failure(status, cerr); err != nil {
		return nil, err
	}
	out := make([]time.Duration, len(ns))
	for i, ns := range ns {
		out[i] = durationOf(uint64(ns))
	}
	return out, nil
}

func cServiceGraphFree(p cPtr) { C.bp_service_graph_free((*C.bp_service_graph)(p)) }
