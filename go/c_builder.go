//go:build cgo

package blockpack

/*
#include <blockpack.h>

#cgo noescape bp_builder_new
#cgo nocallback bp_builder_new
#cgo noescape bp_builder_add_otlp
#cgo nocallback bp_builder_add_otlp
#cgo noescape bp_builder_add_input
#cgo nocallback bp_builder_add_input
#cgo noescape bp_builder_blocks
#cgo nocallback bp_builder_blocks
*/
import "C"

func blockOptions(o BlockOptions) C.bp_block_options {
	return C.bp_block_options{
		struct_size:           C.sizeof_bp_block_options,
		max_bytes:             C.uint64_t(o.MaxBytes),
		max_spans:             C.uint32_t(o.MaxSpans),
		max_attribute_columns: C.uint32_t(o.MaxAttributeColumns),
		profile:               C.uint32_t(o.Profile),
	}
}

func cBuilderNew(o BlockOptions) (cPtr, error) {
	options := blockOptions(o)
	var out *C.bp_builder
	var cerr *C.bp_error
	status := C.bp_builder_new(&options, &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cBuilderAddOTLP(p cPtr, message []byte) error {
	var cerr *C.bp_error
	status := C.bp_builder_add_otlp((*C.bp_builder)(p), view(message), &cerr)
	return failure(status, cerr)
}

func cBuilderAddInput(p cPtr, input []byte) error {
	var cerr *C.bp_error
	status := C.bp_builder_add_input((*C.bp_builder)(p), view(input), &cerr)
	return failure(status, cerr)
}

func cBuilderSpanCount(p cPtr) uint64 {
	return uint64(C.bp_builder_span_count((*C.bp_builder)(p)))
}

func cBuilderBlocks(p cPtr) (cPtr, error) {
	var out *C.bp_blocks
	var cerr *C.bp_error
	status := C.bp_builder_blocks((*C.bp_builder)(p), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cBuilderFree(p cPtr) { C.bp_builder_free((*C.bp_builder)(p)) }
