//go:build cgo

package blockpack

/*
#include <blockpack.h>

#cgo noescape bp_row_sets_or
#cgo nocallback bp_row_sets_or
#cgo noescape bp_row_sets_and
#cgo nocallback bp_row_sets_and
#cgo noescape bp_span_matches_or
#cgo nocallback bp_span_matches_or
#cgo noescape bp_span_matches_and
#cgo nocallback bp_span_matches_and
#cgo noescape bp_span_matches_contains
#cgo nocallback bp_span_matches_contains
#cgo noescape bp_span_matches_by_column
#cgo nocallback bp_span_matches_by_column
#cgo noescape bp_span_matches_rows
#cgo nocallback bp_span_matches_rows
#cgo noescape bp_span_matches_row_set
#cgo nocallback bp_span_matches_row_set
#cgo noescape bp_span_matches_fields
#cgo nocallback bp_span_matches_fields
*/
import "C"

import "unsafe"

func cRowSetsOr(sets []cPtr) (cPtr, error) {
	var out *C.bp_span_matches
	var cerr *C.bp_error
	status := C.bp_row_sets_or((**C.bp_row_set)(unsafe.Pointer(unsafe.SliceData(sets))), C.size_t(len(sets)), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cRowSetsAnd(sets []cPtr) (cPtr, error) {
	var out *C.bp_span_matches
	var cerr *C.bp_error
	status := C.bp_row_sets_and((**C.bp_row_set)(unsafe.Pointer(unsafe.SliceData(sets))), C.size_t(len(sets)), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cSpanMatchesOr(matches []cPtr) (cPtr, error) {
	var out *C.bp_span_matches
	var cerr *C.bp_error
	status := C.bp_span_matches_or((**C.bp_span_matches)(unsafe.Pointer(unsafe.SliceData(matches))), C.size_t(len(matches)), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cSpanMatchesAnd(matches []cPtr) (cPtr, error) {
	var out *C.bp_span_matches
	var cerr *C.bp_error
	status := C.bp_span_matches_and((**C.bp_span_matches)(unsafe.Pointer(unsafe.SliceData(matches))), C.size_t(len(matches)), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cSpanMatchesCount(p cPtr) uint64 {
	return uint64(C.bp_span_matches_count((*C.bp_span_matches)(p)))
}

func cSpanMatchesColumns(p cPtr) []string {
	columns := make([]string, C.bp_span_matches_column_count((*C.bp_span_matches)(p)))
	for i := range columns {
		columns[i] = goString(C.bp_span_matches_column((*C.bp_span_matches)(p), C.size_t(i)))
	}
	return columns
}

func cSpanMatchesContains(p cPtr, at int) bool {
	return bool(C.bp_span_matches_contains((*C.bp_span_matches)(p), row(at)))
}

func cSpanMatchesByColumn(p cPtr, at, column int) bool {
	return bool(C.bp_span_matches_by_column((*C.bp_span_matches)(p), row(at), C.size_t(column)))
}

func cSpanMatchesRows(p cPtr, from uint32, into []uint32, masks []uint64) (int, error) {
	var count C.size_t
	var cerr *C.bp_error
	status := C.bp_span_matches_rows((*C.bp_span_matches)(p), C.uint32_t(from), (*C.uint32_t)(unsafe.SliceData(into)),
		(*C.uint64_t)(unsafe.SliceData(masks)), C.size_t(len(into)), &count, &cerr)
	return int(count), failure(status, cerr)
}

func cSpanMatchesRowSet(p cPtr) (cPtr, error) {
	var out *C.bp_row_set
	var cerr *C.bp_error
	status := C.bp_span_matches_row_set((*C.bp_span_matches)(p), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cSpanMatchesFields(p cPtr, at int) (cPtr, error) {
	var out *C.bp_lazy_fields
	var cerr *C.bp_error
	status := C.bp_span_matches_fields((*C.bp_span_matches)(p), row(at), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cSpanMatchesFree(p cPtr) { C.bp_span_matches_free((*C.bp_span_matches)(p)) }
