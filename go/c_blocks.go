//go:build cgo

package blockpack

/*
#include <blockpack.h>

#cgo noescape bp_blocks_open_memory
#cgo nocallback bp_blocks_open_memory
#cgo noescape bp_blocks_join
#cgo nocallback bp_blocks_join
#cgo noescape bp_blocks_info
#cgo nocallback bp_blocks_info
#cgo noescape bp_blocks_bytes
#cgo nocallback bp_blocks_bytes
#cgo noescape bp_blocks_columns
#cgo nocallback bp_blocks_columns
*/
import "C"

import "unsafe"

func cBlocksOpenMemory(bytes []byte) (cPtr, error) {
	var out *C.bp_blocks
	var cerr *C.bp_error
	status := C.bp_blocks_open_memory(view(bytes), nil, nil, &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cBlocksJoin(lists []cPtr) (cPtr, error) {
	var out *C.bp_blocks
	var cerr *C.bp_error
	status := C.bp_blocks_join((**C.bp_blocks)(unsafe.Pointer(unsafe.SliceData(lists))), C.size_t(len(lists)), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cBlocksLen(p cPtr) int { return int(C.bp_blocks_len((*C.bp_blocks)(p))) }

func cBlocksSpanCount(p cPtr) uint64 { return uint64(C.bp_blocks_span_count((*C.bp_blocks)(p))) }

func cBlocksBytesHeld(p cPtr) uint64 { return uint64(C.bp_blocks_bytes_held((*C.bp_blocks)(p))) }

func cBlocksInfo(p cPtr, block int) (BlockInfo, error) {
	info := C.bp_block_info{struct_size: C.sizeof_bp_block_info}
	var cerr *C.bp_error
	status := C.bp_blocks_info((*C.bp_blocks)(p), C.size_t(block), &info, &cerr)
	if err := failure(status, cerr); err != nil {
		return BlockInfo{}, err
	}
	return BlockInfo{
		Spans:     uint64(info.spans),
		Traces:    uint64(info.traces),
		Columns:   uint64(info.columns),
		MinStart:  timeOf(uint64(info.min_start_ns)),
		MaxEnd:    timeOf(uint64(info.max_end_ns)),
		Bytes:     uint64(info.bytes),
		HeapBytes: uint64(info.heap_bytes),
	}, nil
}

func cBlocksBytes(p cPtr, block int) ([]byte, error) {
	var out C.bp_bytes
	var cerr *C.bp_error
	status := C.bp_blocks_bytes((*C.bp_blocks)(p), C.size_t(block), &out, &cerr)
	if err := failure(status, cerr); err != nil {
		return nil, err
	}
	return append([]byte(nil), unsafe.Slice((*byte)(out.ptr), out.len)...), nil
}

func cBlocksColumns(p cPtr, block int) ([]ColumnInfo, error) {
	var out []ColumnInfo
	raw := make([]C.bp_column_info, 64)
	for {
		var count C.size_t
		var cerr *C.bp_error
		status := C.bp_blocks_columns((*C.bp_blocks)(p), C.size_t(block), C.size_t(len(out)), &raw[0], C.size_t(len(raw)), &count, &cerr)
		if err := failure(status, cerr); err != nil || status == C.BP_DONE {
			return out, err
		}
		for _, c := range raw[:count] {
			out = append(out, ColumnInfo{
				Name:        goString(c.name),
				Type:        goString(c.type_name),
				Kind:        Kind(c.kind),
				IsAttribute: c.is_attribute != 0,
				Present:     uint64(c.present),
				Distinct:    uint64(c.distinct),
			})
		}
	}
}

func cBlocksFree(p cPtr) { C.bp_blocks_free((*C.bp_blocks)(p)) }
