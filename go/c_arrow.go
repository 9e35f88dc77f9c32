//go:build cgo

package blockpack

/*
#include <blockpack.h>

#cgo noescape bp_arrow_export_span_set
#cgo nocallback bp_arrow_export_span_set
#cgo noescape bp_arrow_export_blocks
#cgo nocallback bp_arrow_export_blocks
#cgo noescape bp_arrow_export_row_set
#cgo nocallback bp_arrow_export_row_set

// The options point at a handle of C's, so they are put together here.
static bp_arrow_options go_arrow_options(const bp_columns *columns, uint32_t batch_rows, uint32_t flags) {
	bp_arrow_options options = BP_ARROW_OPTIONS_INIT;
	options.columns = columns;
	options.batch_rows = batch_rows;
	options.flags = flags;
	return options;
}

static void go_arrow_release(struct ArrowArrayStream *stream) {
	if (stream->release != NULL) {
		stream->release(stream);
	}
}
*/
import "C"

import (
	"math"
	"unsafe"
)

func arrowOptions(columns cPtr, options ArrowOptions) C.bp_arrow_options {
	var flags C.uint32_t
	if options.Events {
		flags |= C.BP_ARROW_EVENTS
	}
	if options.Links {
		flags |= C.BP_ARROW_LINKS
	}
	rows := min(max(options.BatchRows, 0), math.MaxUint32)
	return C.go_arrow_options((*C.bp_columns)(columns), C.uint32_t(rows), flags)
}

func cArrowExportSpanSet(p, columns cPtr, options ArrowOptions, out unsafe.Pointer) error {
	raw := arrowOptions(columns, options)
	var cerr *C.bp_error
	status := C.bp_arrow_export_span_set((*C.bp_span_set)(p), &raw, (*C.struct_ArrowArrayStream)(out), &cerr)
	return failure(status, cerr)
}

func cArrowExportBlocks(p, columns cPtr, options ArrowOptions, out unsafe.Pointer) error {
	raw := arrowOptions(columns, options)
	var cerr *C.bp_error
	status := C.bp_arrow_export_blocks((*C.bp_blocks)(p), &raw, (*C.struct_ArrowArrayStream)(out), &cerr)
	return failure(status, cerr)
}

func cArrowExportRowSet(p, columns cPtr, options ArrowOptions, out unsafe.Pointer) error {
	raw := arrowOptions(columns, options)
	var cerr *C.bp_error
	status := C.bp_arrow_export_row_set((*C.bp_row_set)(p), &raw, (*C.struct_ArrowArrayStream)(out), &cerr)
	return failure(status, cerr)
}

func cArrowRelease(stream unsafe.Pointer) { C.go_arrow_release((*C.struct_ArrowArrayStream)(stream)) }
