//go:build cgo

package blockpack

/*
#include <blockpack.h>

#cgo noescape bp_lazy_fields_new
#cgo nocallback bp_lazy_fields_new
#cgo noescape bp_lazy_fields_seek
#cgo nocallback bp_lazy_fields_seek
#cgo noescape bp_lazy_fields_get
#cgo nocallback bp_lazy_fields_get
#cgo noescape bp_lazy_fields_get_many
#cgo nocallback bp_lazy_fields_get_many
#cgo noescape bp_lazy_fields_next
#cgo nocallback bp_lazy_fields_next
#cgo noescape bp_lazy_fields_rewind
#cgo nocallback bp_lazy_fields_rewind
#cgo noescape bp_lazy_fields_detach
#cgo nocallback bp_lazy_fields_detach
*/
import "C"

import (
	"math"
	"sync"
	"unsafe"
)

// row is the number of a row as C has it; one that cannot be is none that can.
func row(number int) C.uint32_t {
	return C.uint32_t(min(uint(number), math.MaxUint32))
}

func cLazyFieldsNew(blocks cPtr, block, at int) (cPtr, error) {
	var out *C.bp_lazy_fields
	var cerr *C.bp_error
	status := C.bp_lazy_fields_new((*C.bp_blocks)(blocks), C.size_t(block), row(at), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cLazyFieldsSeek(p, blocks cPtr, block, at int) error {
	var cerr *C.bp_error
	status := C.bp_lazy_fields_seek((*C.bp_lazy_fields)(p), (*C.bp_blocks)(blocks), C.size_t(block), row(at), &cerr)
	return failure(status, cerr)
}

func cLazyFieldsSpan(p cPtr) Span {
	span := C.bp_lazy_fields_span((*C.bp_lazy_fields)(p))
	return Span{Block: uint32(span.block), Row: uint32(span.row)}
}

func cLazyFieldsGet(p cPtr, name string) (Value, error) {
	var raw rawValue
	var cerr *C.bp_error
	status := C.bp_lazy_fields_get((*C.bp_lazy_fields)(p), str(name), (*C.bp_value)(unsafe.Pointer(&raw)), &cerr)
	if status >= C.BP_ERR_FIRST {
		return Value{}, failure(status, cerr)
	}
	a := newArena(raw.size())
	return raw.own(&a), nil
}

// rawValues keeps room for the values of many calls.
var rawValues = sync.Pool{New: func() any { return new([]rawValue) }}

func cLazyFieldsGetMany(p, columns cPtr, into []Value) error {
	pooled := rawValues.Get().(*[]rawValue)
	defer rawValues.Put(pooled)
	raw := resized(pooled, len(into))
	var cerr *C.bp_error
	status := C.bp_lazy_fields_get_many((*C.bp_lazy_fields)(p), (*C.bp_columns)(columns),
		(*C.bp_value)(unsafe.Pointer(unsafe.SliceData(raw))), C.size_t(len(raw)), &cerr)
	if err := failure(status, cerr); err != nil {
		return err
	}
	ownValues(into[:0], raw)
	return nil
}

// rawFields keeps room for the fields of a span.
var rawFields = sync.Pool{New: func() any { return new([64]rawField) }}

func cLazyFieldsAll(p cPtr) (fields []Field, err error) {
	err = eachRawFields(p, func(raw []rawField) { fields = ownFields(fields, raw) })
	return fields, err
}

// cLazyFieldsItems gives the fields of each event or link: those whose name begins with scope.
func cLazyFieldsItems(p cPtr, scope string) (items [][]Field, err error) {
	err = eachRawFields(p, func(raw []rawField) {
		for len(raw) > 0 {
			item := raw[0].item(scope)
			n := 1
			for n < len(raw) && raw[n].item(scope) == item {
				n++
			}
			if item >= 0 {
				items = append(items, make([][]Field, max(0, item+1-len(items)))...)
				items[item] = ownFields(items[item], raw[:n])
			}
			raw = raw[n:]
		}
	})
	return items, err
}

// eachRawFields calls take with all fields of a span, some at a time.
func eachRawFields(p cPtr, take func([]rawField)) error {
	var cerr *C.bp_error
	status := C.bp_lazy_fields_rewind((*C.bp_lazy_fields)(p), &cerr)
	if err := failure(status, cerr); err != nil {
		return err
	}
	raw := rawFields.Get().(*[64]rawField)
	defer rawFields.Put(raw)
	for {
		var count C.size_t
		status = C.bp_lazy_fields_next((*C.bp_lazy_fields)(p), (*C.bp_field)(unsafe.Pointer(raw)), C.size_t(len(raw)), &count, &cerr)
		if status != C.BP_OK {
			return failure(status, cerr)
		}
		take(raw[:count])
	}
}

func cLazyFieldsDetach(p cPtr) error {
	var cerr *C.bp_error
	return failure(C.bp_lazy_fields_detach((*C.bp_lazy_fields)(p), &cerr), cerr)
}

func cLazyFieldsFree(p cPtr) { C.bp_lazy_fields_free((*C.bp_lazy_fields)(p)) }
