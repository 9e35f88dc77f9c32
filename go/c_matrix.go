//go:build cgo

package blockpack

/*
#include <blockpack.h>

#cgo noescape bp_matrix_new
#cgo nocallback bp_matrix_new
#cgo noescape bp_matrix_fill
#cgo nocallback bp_matrix_fill
#cgo noescape bp_matrix_column
#cgo nocallback bp_matrix_column
*/
import "C"

import "unsafe"

// A column is laid out as C does it; if not, this does not compile.
var _ [C.sizeof_bp_column_values]byte = [unsafe.Sizeof(rawColumn{})]byte{}

func cMatrixNew() (cPtr, error) {
	var out *C.bp_matrix
	var cerr *C.bp_error
	status := C.bp_matrix_new(&out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cMatrixFill(p, set cPtr, first, count int, columns cPtr) error {
	var cerr *C.bp_error
	status := C.bp_matrix_fill((*C.bp_matrix)(p), (*C.bp_span_set)(set), C.uint64_t(first), C.size_t(count), (*C.bp_columns)(columns), &cerr)
	return failure(status, cerr)
}

func cMatrixLen(p cPtr) int { return int(C.bp_matrix_len((*C.bp_matrix)(p))) }

// cMatrixValues reads fields of many spans by way of a matrix, where equal texts are one: of count spans
// of set from number first on, span by span.
func cMatrixValues(set cPtr, first, count int, columns cPtr, into []Value) error {
	matrix, err := cMatrixNew()
	if err != nil {
		return err
	}
	defer cMatrixFree(matrix)
	if err := cMatrixFill(matrix, set, first, count, columns); err != nil {
		return err
	}
	raw := make([]rawColumn, len(into)/count)
	for i := range raw {
		if raw[i], err = cMatrixColumn(matrix, i); err != nil {
			return err
		}
	}
	scatter(raw, into)
	return nil
}

// cMatrixColumn gives a column in C memory: until the matrix is filled again, or freed.
func cMatrixColumn(p cPtr, index int) (rawColumn, error) {
	var raw rawColumn
	var cerr *C.bp_error
	status := C.bp_matrix_column((*C.bp_matrix)(p), C.size_t(index), (*C.bp_column_values)(unsafe.Pointer(&raw)), &cerr)
	return raw, failure(status, cerr)
}

func cMatrixFree(p cPtr) { C.bp_matrix_free((*C.bp_matrix)(p)) }
