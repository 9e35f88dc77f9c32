//go:build cgo

package blockpack

/*
#include <blockpack.h>

#cgo noescape bp_value_format
#cgo nocallback bp_value_format
#cgo noescape bp_value_items
#cgo nocallback bp_value_items
#cgo noescape bp_value_entries
#cgo nocallback bp_value_entries
*/
import "C"

import (
	"runtime"
	"unsafe"
)

// The raw types are as large as C's; if not, this does not compile.
var (
	_ [C.sizeof_bp_str]byte   = [unsafe.Sizeof(rawStr{})]byte{}
	_ [C.sizeof_bp_value]byte = [unsafe.Sizeof(rawValue{})]byte{}
	_ [C.sizeof_bp_field]byte = [unsafe.Sizeof(rawField{})]byte{}
)

// And the numbers of the kinds are C's: an index that is not 0 does not compile.
var _ = [1]struct{}{}[uint32(KindBool-C.BP_KIND_BOOL)|
	uint32(KindInt-C.BP_KIND_I64)|
	uint32(KindUint-C.BP_KIND_U64)|
	uint32(KindFloat-C.BP_KIND_F64)|
	uint32(KindString-C.BP_KIND_STR)|
	uint32(KindBytes-C.BP_KIND_BYTES)|
	uint32(KindTime-C.BP_KIND_TIME_NS)|
	uint32(KindDuration-C.BP_KIND_DURATION_NS)|
	uint32(KindList-C.BP_KIND_LIST)|
	uint32(KindNull-C.BP_KIND_NULL)|
	uint32(KindID-C.BP_KIND_ID)|
	uint32(KindSpanKind-C.BP_KIND_SPAN_KIND)|
	uint32(KindSpanStatus-C.BP_KIND_SPAN_STATUS)|
	uint32(KindMap-C.BP_KIND_MAP)]

// passed is a value of Go's as C reads it. The pinner keeps in place what it points at, because the
// rules of cgo ask for it where a struct with a pointer is passed by its address.
func passed(v Value, pin *runtime.Pinner) C.bp_value {
	if v.kind.points() && v.bits > 0 {
		pin.Pin(v.ptr)
	}
	return C.bp_value{bits: C.uint64_t(v.bits), ptr: v.ptr, kind: C.bp_kind(v.kind)}
}

func cValueFormat(v Value) (string, error) {
	var pin runtime.Pinner
	defer pin.Unpin()
	value := passed(v, &pin)
	text := make([]byte, 64)
	for {
		var size C.size_t
		var cerr *C.bp_error
		status := C.bp_value_format(&value, (*C.char)(unsafe.Pointer(&text[0])), C.size_t(len(text)), &size, &cerr)
		if err := failure(status, cerr); err != nil {
			return "", err
		}
		if int(size) <= len(text) {
			return string(text[:size]), nil
		}
		text = make([]byte, size)
	}
}

func cValueItems(v Value) ([]Value, error) {
	var pin runtime.Pinner
	defer pin.Unpin()
	list := passed(v, &pin)
	var count C.size_t
	var cerr *C.bp_error
	status := C.bp_value_items(&list, 0, nil, 0, &count, &cerr)
	if err := failure(status, cerr); err != nil || count == 0 {
		return nil, err
	}
	raw := make([]rawValue, count)
	status = C.bp_value_items(&list, 0, (*C.bp_value)(unsafe.Pointer(&raw[0])), count, &count, &cerr)
	if err := failure(status, cerr); err != nil {
		return nil, err
	}
	return ownValues(make([]Value, 0, count), raw[:count]), nil
}

func cValueEntries(v Value) ([]Field, error) {
	var pin runtime.Pinner
	defer pin.Unpin()
	entries := passed(v, &pin)
	var count C.size_t
	var cerr *C.bp_error
	status := C.bp_value_entries(&entries, 0, nil, 0, &count, &cerr)
	if err := failure(status, cerr); err != nil || count == 0 {
		return nil, err
	}
	raw := make([]rawField, count)
	status = C.bp_value_entries(&entries, 0, (*C.bp_field)(unsafe.Pointer(&raw[0])), count, &count, &cerr)
	if err := failure(status, cerr); err != nil {
		return nil, err
	}
	return ownFields(make([]Field, 0, count), raw[:count]), nil
}
