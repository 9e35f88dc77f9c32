//go:build cgo

package blockpack

/*
#include <blockpack.h>

#cgo noescape bp_query_compile
#cgo nocallback bp_query_compile
#cgo noescape bp_query_explain
#cgo nocallback bp_query_explain
#cgo noescape bp_explanation_parts
#cgo nocallback bp_explanation_parts
#cgo noescape bp_explanation_part_details
#cgo nocallback bp_explanation_part_details
*/
import "C"

import (
	"time"
	"unsafe"
)

// Parts are as large as C's; if not, this does not compile.
var _ [C.sizeof_bp_query_part]byte = [unsafe.Sizeof(rawQueryPart{})]byte{}

func cQueryCompile(text string) (cPtr, error) {
	var out *C.bp_query
	var cerr *C.bp_error
	status := C.bp_query_compile(str(text), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cQueryText(p cPtr) string { return goString(C.bp_query_text((*C.bp_query)(p))) }

func cQueryMakesSeries(p cPtr) bool {
	return C.bp_query_kind((*C.bp_query)(p)) == C.BP_QUERY_SERIES
}

func cQueryExplain(p cPtr) (Explanation, error) {
	var out *C.bp_explanation
	var cerr *C.bp_error
	status := C.bp_query_explain((*C.bp_query)(p), &out, &cerr)
	if err := failure(status, cerr); err != nil {
		return Explanation{}, err
	}
	return explanation(out)
}

// explanation copies an explanation, and frees it.
func explanation(p *C.bp_explanation) (Explanation, error) {
	defer C.bp_explanation_free(p)
	raw := make([]rawQueryPart, C.bp_explanation_len(p))
	var filled C.size_t
	var cerr *C.bp_error
	status := C.bp_explanation_parts(p, 0, (*C.bp_query_part)(unsafe.Pointer(unsafe.SliceData(raw))), C.size_t(len(raw)), &filled, &cerr)
	if err := failure(status, cerr); err != nil {
		return Explanation{}, err
	}
	out := Explanation{Text: goString(C.bp_explanation_text(p)), Parts: make([]QueryPart, filled)}
	names := texts{}
	for i, part := range raw[:filled] {
		out.Parts[i] = QueryPart{
			How:          names.own(part.how),
			Text:         names.own(part.text),
			Depth:        int(part.depth),
			Calls:        part.calls,
			SpansIn:      part.spansIn,
			SpansOut:     part.spansOut,
			Time:         time.Duration(part.time),
			Scans:        part.scans,
			BlocksPruned: part.blocksPruned,
			Zones:        part.zones,
			ZonesPruned:  part.zonesPruned,
		}
		if err := addDetails(p, i, &out.Parts[i]); err != nil {
			return Explanation{}, err
		}
	}
	return out, nil
}

// addDetails adds what bp_query_part has no room for.
func addDetails(p *C.bp_explanation, number int, part *QueryPart) error {
	details := C.bp_part_details{struct_size: C.sizeof_bp_part_details}
	var cerr *C.bp_error
	status := C.bp_explanation_part_details(p, C.size_t(number), &details, &cerr)
	part.Pruned = Pruned{
		Index:      uint64(details.pruned_by_index),
		NoColumn:   uint64(details.pruned_no_column),
		Bounds:     uint64(details.pruned_by_bounds),
		Constant:   uint64(details.pruned_constant),
		Dictionary: uint64(details.pruned_by_dictionary),
		Zones:      uint64(details.pruned_by_zones),
	}
	part.RowsScanned = uint64(details.rows_scanned)
	part.RowsMatched = uint64(details.rows_matched)
	part.Bytes = uint64(details.bytes)
	part.MakesSeries = details.makes_series != 0
	part.Series = uint64(details.series)
	return failure(status, cerr)
}

func cQueryFree(p cPtr) { C.bp_query_free((*C.bp_query)(p)) }
