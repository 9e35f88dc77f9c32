//go:build cgo

package blockpack

/*
#include <blockpack.h>

#cgo noescape bp_writer_open
#cgo nocallback bp_writer_open
#cgo noescape bp_writer_add_otlp
#cgo nocallback bp_writer_add_otlp
#cgo noescape bp_writer_add_input
#cgo nocallback bp_writer_add_input
#cgo noescape bp_writer_add_file
#cgo nocallback bp_writer_add_file
#cgo noescape bp_writer_finish
#cgo nocallback bp_writer_finish
*/
import "C"

import "unsafe"

func writeOptions(o WriteOptions) C.bp_write_options {
	return C.bp_write_options{
		struct_size:           C.sizeof_bp_write_options,
		max_block_bytes:       C.uint64_t(o.MaxBytes),
		buffer_bytes:          C.uint64_t(o.BufferBytes),
		max_block_spans:       C.uint32_t(o.MaxSpans),
		max_attribute_columns: C.uint32_t(o.MaxAttributeColumns),
		profile:               C.uint32_t(o.Profile),
		threads:               C.uint32_t(o.Threads),
		overwrite:             C.uint32_t(number(o.Overwrite)),
	}
}

func cWriterOpen(path string, o WriteOptions) (cPtr, error) {
	options := writeOptions(o)
	var out *C.bp_writer
	var cerr *C.bp_error
	status := C.bp_writer_open(str(path), &options, &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cWriterAddOTLP(p cPtr, message []byte) error {
	var cerr *C.bp_error
	status := C.bp_writer_add_otlp((*C.bp_writer)(p), view(message), &cerr)
	return failure(status, cerr)
}

func cWriterAddInput(p cPtr, input []byte) error {
	var cerr *C.bp_error
	status := C.bp_writer_add_input((*C.bp_writer)(p), view(input), &cerr)
	return failure(status, cerr)
}

func cWriterAddFile(p cPtr, path string) error {
	var cerr *C.bp_error
	status := C.bp_writer_add_file((*C.bp_writer)(p), str(path), &cerr)
	return failure(status, cerr)
}

func cWriterSpanCount(p cPtr) uint64 { return uint64(C.bp_writer_span_count((*C.bp_writer)(p))) }

func cWriterFinish(p cPtr) (WriteReport, error) {
	report := C.bp_write_report{struct_size: C.sizeof_bp_write_report}
	var cerr *C.bp_error
	status := C.bp_writer_finish((*C.bp_writer)(p), &report, &cerr)
	if err := failure(status, cerr); err != nil {
		return WriteReport{}, err
	}
	return WriteReport{
		Blocks: uint64(report.blocks),
		Spans:  uint64(report.spans),
		Traces: uint64(report.traces),
		Bytes:  uint64(report.bytes),
		UUID:   *(*UUID)(unsafe.Pointer(&report.uuid)),
	}, nil
}

func cWriterFree(p cPtr) { C.bp_writer_free((*C.bp_writer)(p)) }
