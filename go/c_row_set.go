//go:build cgo

package blockpack

/*
#include <blockpack.h>

// All facts in one call.
typedef struct row_set_facts {
	uint64_t count, block_rows;
	size_t block;
	bp_str column;
} row_set_facts;

static row_set_facts row_set_facts_of(const bp_row_set *set) {
	row_set_facts facts = {bp_row_set_count(set), bp_row_set_block_rows(set), bp_row_set_block(set), bp_row_set_column(set)};
	return facts;
}

#cgo noescape bp_row_set_new
#cgo nocallback bp_row_set_new
#cgo noescape bp_row_set_all
#cgo nocallback bp_row_set_all
#cgo noescape bp_row_set_contains
#cgo nocallback bp_row_set_contains
#cgo noescape bp_row_set_rows
#cgo nocallback bp_row_set_rows
#cgo noescape bp_row_set_words
#cgo nocallback bp_row_set_words
#cgo noescape bp_row_set_and
#cgo nocallback bp_row_set_and
#cgo noescape bp_row_set_or
#cgo nocallback bp_row_set_or
#cgo noescape bp_row_set_minus
#cgo nocallback bp_row_set_minus
#cgo noescape bp_row_set_not
#cgo nocallback bp_row_set_not
#cgo noescape bp_row_set_fields
#cgo nocallback bp_row_set_fields
*/
import "C"

import "unsafe"

func cRowSetNew(blocks cPtr, block int, rows []uint32) (cPtr, error) {
	var out *C.bp_row_set
	var cerr *C.bp_error
	status := C.bp_row_set_new((*C.bp_blocks)(blocks), C.size_t(block), (*C.uint32_t)(unsafe.SliceData(rows)), C.size_t(len(rows)), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cRowSetAll(blocks cPtr, block int) (cPtr, error) {
	var out *C.bp_row_set
	var cerr *C.bp_error
	status := C.bp_row_set_all((*C.bp_blocks)(blocks), C.size_t(block), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cRowSetFacts(p cPtr) rowSetFacts {
	facts := C.row_set_facts_of((*C.bp_row_set)(p))
	return rowSetFacts{
		count:     uint64(facts.count),
		blockRows: uint64(facts.block_rows),
		block:     int(facts.block),
		column:    goString(facts.column),
	}
}

func cRowSetContains(p cPtr, at int) bool {
	return bool(C.bp_row_set_contains((*C.bp_row_set)(p), row(at)))
}

func cRowSetRows(p cPtr, from uint32, into []uint32) (int, error) {
	var count C.size_t
	var cerr *C.bp_error
	status := C.bp_row_set_rows((*C.bp_row_set)(p), C.uint32_t(from), (*C.uint32_t)(unsafe.SliceData(into)), C.size_t(len(into)), &count, &cerr)
	return int(count), failure(status, cerr)
}

func cRowSetWords(p cPtr, into []uint64) error {
	var cerr *C.bp_error
	status := C.bp_row_set_words((*C.bp_row_set)(p), (*C.uint64_t)(unsafe.SliceData(into)), C.size_t(len(into)), &cerr)
	return failure(status, cerr)
}

func cRowSetAnd(p, q cPtr) (cPtr, error) {
	var out *C.bp_row_set
	var cerr *C.bp_error
	status := C.bp_row_set_and((*C.bp_row_set)(p), (*C.bp_row_set)(q), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cRowSetOr(p, q cPtr) (cPtr, error) {
	var out *C.bp_row_set
	var cerr *C.bp_error
	status := C.bp_row_set_or((*C.bp_row_set)(p), (*C.bp_row_set)(q), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cRowSetMinus(p, q cPtr) (cPtr, error) {
	var out *C.bp_row_set
	var cerr *C.bp_error
	status := C.bp_row_set_minus((*C.bp_row_set)(p), (*C.bp_row_set)(q), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cRowSetNot(p cPtr) (cPtr, error) {
	var out *C.bp_row_set
	var cerr *C.bp_error
	status := C.bp_row_set_not((*C.bp_row_set)(p), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cRowSetFields(p cPtr, at int) (cPtr, error) {
	var out *C.bp_lazy_fields
	var cerr *C.bp_error
	status := C.bp_row_set_fields((*C.bp_row_set)(p), row(at), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cRowSetFree(p cPtr) { C.bp_row_set_free((*C.bp_row_set)(p)) }
