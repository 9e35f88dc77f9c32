//go:build cgo

package blockpack

/*
#include <blockpack.h>

#cgo noescape bp_tag_names_get
#cgo nocallback bp_tag_names_get
#cgo noescape bp_tag_values_get
#cgo nocallback bp_tag_values_get
*/
import "C"

import "unsafe"

// Names are as large as C's; if not, this does not compile.
var _ [C.sizeof_bp_tag_name]byte = [unsafe.Sizeof(rawTagName{})]byte{}

func cTagNames(blocks cPtr, scope Scope) ([]TagName, error) {
	var list *C.bp_tag_names
	var cerr *C.bp_error
	status := C.bp_tag_names_new((*C.bp_blocks)(blocks), C.bp_scope(scope), &list, &cerr)
	if err := failure(status, cerr); err != nil {
		return nil, err
	}
	defer C.bp_tag_names_free(list)
	raw := make([]rawTagName, C.bp_tag_names_len(list))
	var filled C.size_t
	status = C.bp_tag_names_get(list, 0, (*C.bp_tag_name)(unsafe.Pointer(unsafe.SliceData(raw))), C.size_t(len(raw)), &filled, &cerr)
	out := make([]TagName, filled)
	names := texts{}
	for i, tag := range raw[:filled] {
		out[i] = TagName{Name: names.own(tag.name), Key: names.own(tag.key), Scope: tag.scope, Values: tag.values}
		for kind := range Kind(32) {
			if tag.kinds>>kind&1 == 1 {
				out[i].Kinds = append(out[i].Kinds, kind)
			}
		}
	}
	return out, failure(status, cerr)
}

func cTagValues(blocks cPtr, name string, filter cPtr, raw rawSearchOptions) ([]Value, bool, error) {
	options := raw.options()
	var list *C.bp_tag_values
	var cerr *C.bp_error
	status := C.bp_tag_values_new((*C.bp_blocks)(blocks), str(name), (*C.bp_query)(filter), &options, &list, &cerr)
	if err := failure(status, cerr); err != nil {
		return nil, false, err
	}
	defer C.bp_tag_values_free(list)
	values := make([]rawValue, C.bp_tag_values_len(list))
	var filled C.size_t
	status = C.bp_tag_values_get(list, 0, (*C.bp_value)(unsafe.Pointer(unsafe.SliceData(values))), C.size_t(len(values)), &filled, &cerr)
	out := ownValues(make([]Value, 0, filled), values[:filled])
	return out, bool(C.bp_tag_values_is_cut_off(list)), failure(status, cerr)
}
