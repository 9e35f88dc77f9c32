//go:build cgo

package blockpack

/*
#include <blockpack.h>

#cgo noescape bp_reader_open
#cgo nocallback bp_reader_open
#cgo noescape bp_reader_open_memory
#cgo nocallback bp_reader_open_memory
#cgo noescape bp_reader_info
#cgo nocallback bp_reader_info
#cgo noescape bp_reader_blocks
#cgo nocallback bp_reader_blocks
#cgo noescape bp_reader_verify
#cgo nocallback bp_reader_verify
*/
import "C"

import "unsafe"

func openOptions(o OpenOptions) C.bp_open_options {
	return C.bp_open_options{
		struct_size:  C.sizeof_bp_open_options,
		access:       C.uint32_t(o.Access),
		verify:       C.uint32_t(o.Verify),
		coalesce_gap: C.uint64_t(o.CoalesceGap),
		coalesce_max: C.uint64_t(o.CoalesceMax),

		discard_unheld: C.uint32_t(number(o.DiscardUnheld)),
	}
}

func cReaderOpen(path string, o OpenOptions) (cPtr, error) {
	options := openOptions(o)
	var out *C.bp_reader
	var cerr *C.bp_error
	status := C.bp_reader_open(str(path), &options, &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cReaderOpenMemory(bytes []byte, o OpenOptions) (cPtr, error) {
	options := openOptions(o)
	var out *C.bp_reader
	var cerr *C.bp_error
	status := C.bp_reader_open_memory(view(bytes), nil, nil, &options, &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cReaderName(p cPtr) string { return goString(C.bp_reader_name((*C.bp_reader)(p))) }

func cReaderWriter(p cPtr) string { return goString(C.bp_reader_writer((*C.bp_reader)(p))) }

func cReaderBlockCount(p cPtr) int { return int(C.bp_reader_block_count((*C.bp_reader)(p))) }

func cReaderInfo(p cPtr) (FileInfo, error) {
	info := C.bp_file_info{struct_size: C.sizeof_bp_file_info}
	var cerr *C.bp_error
	status := C.bp_reader_info((*C.bp_reader)(p), &info, &cerr)
	if err := failure(status, cerr); err != nil {
		return FileInfo{}, err
	}
	return FileInfo{
		Blocks:      uint64(info.blocks),
		Spans:       uint64(info.spans),
		Traces:      uint64(info.traces),
		Bytes:       uint64(info.bytes),
		MinStart:    timeOf(uint64(info.min_start_ns)),
		MaxEnd:      timeOf(uint64(info.max_end_ns)),
		FormatMajor: uint32(info.format_major),
		FormatMinor: uint32(info.format_minor),
		UUID:        *(*UUID)(unsafe.Pointer(&info.uuid)),
	}, nil
}

func cReaderBlocks(p cPtr, first, count int) (cPtr, error) {
	var out *C.bp_blocks
	var cerr *C.bp_error
	status := C.bp_reader_blocks((*C.bp_reader)(p), C.size_t(first), C.size_t(count), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cReaderVerify(p cPtr) error {
	var cerr *C.bp_error
	return failure(C.bp_reader_verify((*C.bp_reader)(p), &cerr), cerr)
}

func cReaderFree(p cPtr) { C.bp_reader_free((*C.bp_reader)(p)) }
