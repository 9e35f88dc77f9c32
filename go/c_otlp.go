//go:build cgo

package blockpack

/*
#include <blockpack.h>

#cgo noescape bp_span_set_otlp
#cgo nocallback bp_span_set_otlp
*/
import "C"

import "unsafe"

func cSpanSetOTLP(p cPtr, format OTLPFormat) ([]byte, error) {
	var out *C.bp_buffer
	var cerr *C.bp_error
	status := C.bp_span_set_otlp((*C.bp_span_set)(p), C.bp_otlp_format(format), &out, &cerr)
	if err := failure(status, cerr); err != nil {
		return nil, err
	}
	defer C.bp_buffer_free(out)
	bytes := C.bp_buffer_bytes(out)
	return append([]byte(nil), unsafe.Slice((*byte)(bytes.ptr), bytes.len)...), nil
}
