//go:build cgo

package blockpack

/*
#include <blockpack.h>

#cgo noescape bp_columns_new
#cgo nocallback bp_columns_new
#cgo noescape bp_columns_add
#cgo nocallback bp_columns_add
*/
import "C"

func cColumnsNew(names []string) (cPtr, error) {
	var out *C.bp_columns
	var cerr *C.bp_error
	status := C.bp_columns_new(&out, &cerr)
	if err := failure(status, cerr); err != nil {
		return nil, err
	}
	for _, name := range names {
		status = C.bp_columns_add(out, str(name), &cerr)
		if err := failure(status, cerr); err != nil {
			C.bp_columns_free(out)
			return nil, err
		}
	}
	return cPtr(out), nil
}

func cColumnsFree(p cPtr) { C.bp_columns_free((*C.bp_columns)(p)) }
