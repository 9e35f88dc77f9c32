//go:build cgo

package blockpack

/*
#include <blockpack.h>

#cgo noescape bp_memory
#cgo nocallback bp_memory
#cgo noescape bp_blocks_memory
#cgo nocallback bp_blocks_memory
#cgo noescape bp_blocks_trim
#cgo nocallback bp_blocks_trim
*/
import "C"

func cMemory() MemoryStats {
	stats := C.bp_memory_stats{struct_size: C.sizeof_bp_memory_stats}
	C.bp_memory(&stats, nil) // with the right size it cannot fail
	return MemoryStats{
		HeapBytes:     uint64(stats.heap_bytes),
		PeakHeapBytes: uint64(stats.peak_heap_bytes),
		MappedBytes:   uint64(stats.mapped_bytes),
		Handles:       uint64(stats.handles),
		HandlesMade:   uint64(stats.handles_made),
		HandlesGrown:  uint64(stats.handles_grown),
		HandleBytes:   uint64(stats.handle_bytes),
		PooledBytes:   uint64(stats.pooled_bytes),
		PoolTaken:     uint64(stats.pool_taken),
		PoolGrown:     uint64(stats.pool_grown),
	}
}

func cMemoryResetPeak() { C.bp_memory_reset_peak() }

func cMemoryTrim() { C.bp_memory_trim() }

func cBlocksMemory(p cPtr) (BlocksMemory, error) {
	stats := C.bp_blocks_memory_stats{struct_size: C.sizeof_bp_blocks_memory_stats}
	var cerr *C.bp_error
	status := C.bp_blocks_memory((*C.bp_blocks)(p), &stats, &cerr)
	return BlocksMemory{
		HeapBytes:   uint64(stats.heap_bytes),
		MappedBytes: uint64(stats.mapped_bytes),
		PooledBytes: uint64(stats.pooled_bytes),
		PoolTaken:   uint64(stats.pool_taken),
		PoolGrown:   uint64(stats.pool_grown),
	}, failure(status, cerr)
}

func cBlocksTrim(p cPtr) error {
	var cerr *C.bp_error
	return failure(C.bp_blocks_trim((*C.bp_blocks)(p), &cerr), cerr)
}
