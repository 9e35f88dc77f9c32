//go:build cgo

package blockpack

/*
#include <blockpack.h>

#cgo noescape bp_span_set_new
#cgo nocallback bp_span_set_new
#cgo noescape bp_span_set_of_rows
#cgo nocallback bp_span_set_of_rows
#cgo noescape bp_span_set_all
#cgo nocallback bp_span_set_all
#cgo noescape bp_reader_trace
#cgo nocallback bp_reader_trace
#cgo noescape bp_span_set_blocks
#cgo nocallback bp_span_set_blocks
#cgo noescape bp_span_set_contains
#cgo nocallback bp_span_set_contains
#cgo noescape bp_span_set_spans
#cgo nocallback bp_span_set_spans
#cgo noescape bp_span_set_ids
#cgo nocallback bp_span_set_ids
#cgo noescape bp_span_set_values
#cgo nocallback bp_span_set_values
#cgo noescape bp_span_set_fields
#cgo nocallback bp_span_set_fields
#cgo noescape bp_span_set_row_set
#cgo nocallback bp_span_set_row_set
#cgo noescape bp_span_set_and
#cgo nocallback bp_span_set_and
#cgo noescape bp_span_set_or
#cgo nocallback bp_span_set_or
#cgo noescape bp_span_set_minus
#cgo nocallback bp_span_set_minus
#cgo noescape bp_span_set_not
#cgo nocallback bp_span_set_not
*/
import "C"

import "unsafe"

// Spans and their ids are laid out as C does it; if not, this does not compile.
var (
	_ [C.sizeof_bp_span]byte     = [unsafe.Sizeof(Span{})]byte{}
	_ [C.sizeof_bp_span_ids]byte = [unsafe.Sizeof(SpanIDs{})]byte{}
)

func cSpanSetNew(blocks cPtr, spans []Span) (cPtr, error) {
	var out *C.bp_span_set
	var cerr *C.bp_error
	status := C.bp_span_set_new((*C.bp_blocks)(blocks), (*C.bp_span)(unsafe.Pointer(unsafe.SliceData(spans))), C.size_t(len(spans)), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cSpanSetOfRows(blocks cPtr, sets []cPtr) (cPtr, error) {
	var out *C.bp_span_set
	var cerr *C.bp_error
	status := C.bp_span_set_of_rows((*C.bp_blocks)(blocks), (**C.bp_row_set)(unsafe.Pointer(unsafe.SliceData(sets))), C.size_t(len(sets)), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cSpanSetAll(blocks cPtr) (cPtr, error) {
	var out *C.bp_span_set
	var cerr *C.bp_error
	status := C.bp_span_set_all((*C.bp_blocks)(blocks), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cReaderTrace(p cPtr, id TraceID) (cPtr, error) {
	var out *C.bp_span_set
	var cerr *C.bp_error
	status := C.bp_reader_trace((*C.bp_reader)(p), view(id[:]), &out, &cerr)
	if status == C.BP_ABSENT {
		return nil, ErrAbsent
	}
	return cPtr(out), failure(status, cerr)
}

func cSpanSetBlocks(p cPtr) (cPtr, error) {
	var out *C.bp_blocks
	var cerr *C.bp_error
	status := C.bp_span_set_blocks((*C.bp_span_set)(p), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cSpanSetCount(p cPtr) uint64 { return uint64(C.bp_span_set_count((*C.bp_span_set)(p))) }

func cSpanSetContains(p cPtr, s Span) bool {
	span := C.bp_span{block: C.uint32_t(s.Block), row: C.uint32_t(s.Row)}
	return bool(C.bp_span_set_contains((*C.bp_span_set)(p), span))
}

func cSpanSetSpans(p cPtr, first int, into []Span) (int, error) {
	var count C.size_t
	var cerr *C.bp_error
	status := C.bp_span_set_spans((*C.bp_span_set)(p), C.uint64_t(first), (*C.bp_span)(unsafe.Pointer(unsafe.SliceData(into))), C.size_t(len(into)), &count, &cerr)
	return int(count), failure(status, cerr)
}

func cSpanSetIDs(p cPtr, first int, into []SpanIDs) (int, error) {
	var count C.size_t
	var cerr *C.bp_error
	status := C.bp_span_set_ids((*C.bp_span_set)(p), C.uint64_t(first), (*C.bp_span_ids)(unsafe.Pointer(unsafe.SliceData(into))), C.size_t(len(into)), &count, &cerr)
	return int(count), failure(status, cerr)
}

// manyValues is from how many values on it is worth the calls that it takes to have them column by column.
const manyValues = 256

func cSpanSetValues(p cPtr, first, count int, columns cPtr, into []Value) error {
	if len(into) >= manyValues {
		return cMatrixValues(p, first, count, columns, into)
	}
	pooled := rawValues.Get().(*[]rawValue)
	defer rawValues.Put(pooled)
	raw := resized(pooled, len(into))
	var cerr *C.bp_error
	status := C.bp_span_set_values((*C.bp_span_set)(p), C.uint64_t(first), C.size_t(count), (*C.bp_columns)(columns),
		(*C.bp_value)(unsafe.Pointer(unsafe.SliceData(raw))), C.size_t(len(raw)), &cerr)
	if err := failure(status, cerr); err != nil {
		return err
	}
	ownValues(into[:0], raw)
	return nil
}

func cSpanSetFields(p cPtr, index int) (cPtr, error) {
	var out *C.bp_lazy_fields
	var cerr *C.bp_error
	status := C.bp_span_set_fields((*C.bp_span_set)(p), C.uint64_t(index), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cSpanSetRowSet(p cPtr, block int) (cPtr, error) {
	var out *C.bp_row_set
	var cerr *C.bp_error
	status := C.bp_span_set_row_set((*C.bp_span_set)(p), C.size_t(block), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cSpanSetAnd(p, q cPtr) (cPtr, error) {
	var out *C.bp_span_set
	var cerr *C.bp_error
	status := C.bp_span_set_and((*C.bp_span_set)(p), (*C.bp_span_set)(q), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cSpanSetOr(p, q cPtr) (cPtr, error) {
	var out *C.bp_span_set
	var cerr *C.bp_error
	status := C.bp_span_set_or((*C.bp_span_set)(p), (*C.bp_span_set)(q), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cSpanSetMinus(p, q cPtr) (cPtr, error) {
	var out *C.bp_span_set
	var cerr *C.bp_error
	status := C.bp_span_set_minus((*C.bp_span_set)(p), (*C.bp_span_set)(q), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cSpanSetNot(p cPtr) (cPtr, error) {
	var out *C.bp_span_set
	var cerr *C.bp_error
	status := C.bp_span_set_not((*C.bp_span_set)(p), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cSpanSetFree(p cPtr) { C.bp_span_set_free((*C.bp_span_set)(p)) }
