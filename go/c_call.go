//go:build cgo

package blockpack

// Everything that touches C is in the files named c_*.go, one function for each function of the
// header; nocgo.go has their twins for builds without cgo.
//
// noescape and nocallback are promises to the compiler, which then keeps outputs on the stack and
// leaves preparations out: none of these functions keeps a pointer of Go's, and none calls back
// into Go. The two work only together.

/*
#include <blockpack.h>

#cgo noescape bp_error_position
#cgo nocallback bp_error_position
*/
import "C"

import "unsafe"

// A program that is linked with a library of another binary interface does not link: the name
// carries the number.
func init() { C.bp_abi_0() }

// failure makes a Go error of a call's status and error object, which it frees; nil for answers.
func failure(status C.bp_status, cerr *C.bp_error) error {
	if status < C.BP_ERR_FIRST {
		return nil
	}
	return newError(status, cerr)
}

// newError is apart so that failure is inlined.
func newError(status C.bp_status, cerr *C.bp_error) error {
	defer C.bp_error_free(cerr)
	e := &Error{
		Code:      Code(status),
		Message:   goString(C.bp_error_message(cerr)),
		Pos:       -1,
		Retriable: bool(C.bp_error_is_retriable(cerr)),
		Cause:     keptFailure(int32(C.bp_error_callback_code(cerr))),
	}
	var pos C.uint64_t
	if C.bp_error_position(cerr, &pos) {
		e.Pos = int64(pos)
	}
	return e
}

// goString copies a text.
func goString(text C.bp_str) string {
	return C.GoStringN(text.ptr, C.int(text.len))
}

// str is a view of a text, for the time of a call.
func str(text string) C.bp_str {
	return C.bp_str{ptr: (*C.char)(unsafe.Pointer(unsafe.StringData(text))), len: C.size_t(len(text))}
}

// view is a view of bytes, for the time of a call.
func view(b []byte) C.bp_bytes {
	return C.bp_bytes{ptr: (*C.uint8_t)(unsafe.SliceData(b)), len: C.size_t(len(b))}
}

// number is a truth value as the options of C have it.
func number(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}
