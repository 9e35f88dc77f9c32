//go:build cgo

package blockpack

/*
#include <blockpack.h>

#cgo noescape bp_column_scanner_new
#cgo nocallback bp_column_scanner_new
#cgo noescape bp_column_scanner_scan
#cgo nocallback bp_column_scanner_scan
#cgo noescape bp_blocks_scan
#cgo nocallback bp_blocks_scan
#cgo noescape bp_blocks_scan_all
#cgo nocallback bp_blocks_scan_all
#cgo noescape bp_blocks_scan_stats
#cgo nocallback bp_blocks_scan_stats
#cgo noescape bp_blocks_set_scan_threads
#cgo nocallback bp_blocks_set_scan_threads
#cgo noescape bp_blocks_observed
#cgo nocallback bp_blocks_observed
#cgo noescape bp_blocks_reset_scan_stats
#cgo nocallback bp_blocks_reset_scan_stats
*/
import "C"

import (
	"runtime"
	"unsafe"
)

// The first and the last operator have C's numbers; if not, this does not compile.
var _ = [1]struct{}{}[uint32(OpEqual-C.BP_OP_EQUAL)|uint32(OpLengthGreaterEqual-C.BP_OP_LENGTH_GREATER_EQUAL)]

func cColumnScannerNew(blocks cPtr, block int) (cPtr, error) {
	var out *C.bp_column_scanner
	var cerr *C.bp_error
	status := C.bp_column_scanner_new((*C.bp_blocks)(blocks), C.size_t(block), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

// allPassed is [passed] for operands, which append to room.
func allPassed(operands []Value, room []C.bp_value, pin *runtime.Pinner) []C.bp_value {
	for _, operand := range operands {
		room = append(room, passed(operand, pin))
	}
	return room
}

func cColumnScannerScan(p cPtr, column string, op Op, operands []Value) (cPtr, error) {
	var pin runtime.Pinner
	defer pin.Unpin()
	passed := allPassed(operands, make([]C.bp_value, 0, 2), &pin)
	var out *C.bp_row_set
	var cerr *C.bp_error
	status := C.bp_column_scanner_scan((*C.bp_column_scanner)(p), str(column), C.bp_op(op), unsafe.SliceData(passed), C.size_t(len(passed)), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cBlocksScan(p cPtr, column string, op Op, operands []Value) (cPtr, error) {
	var pin runtime.Pinner
	defer pin.Unpin()
	passed := allPassed(operands, make([]C.bp_value, 0, 2), &pin)
	var out *C.bp_span_set
	var cerr *C.bp_error
	status := C.bp_blocks_scan((*C.bp_blocks)(p), str(column), C.bp_op(op), unsafe.SliceData(passed), C.size_t(len(passed)), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cBlocksScanAll(p cPtr, conditions []Condition) (cPtr, error) {
	var pin runtime.Pinner
	defer pin.Unpin()
	raws := make([]C.bp_condition, len(conditions))
	for i, it := range conditions {
		operands := allPassed(it.Operands, make([]C.bp_value, 0, len(it.Operands)), &pin)
		raws[i] = C.bp_condition{column: str(it.Column), op: C.bp_op(it.Op), operands: unsafe.SliceData(operands), n: C.size_t(len(operands))}
		if len(operands) > 0 {
			pin.Pin(raws[i].operands)
		}
		if len(it.Column) > 0 {
			pin.Pin(unsafe.StringData(it.Column))
		}
	}
	var out *C.bp_span_set
	var cerr *C.bp_error
	status := C.bp_blocks_scan_all((*C.bp_blocks)(p), unsafe.SliceData(raws), C.size_t(len(raws)), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cBlocksScanStats(p cPtr) (ScanStats, error) {
	stats := C.bp_scan_stats{struct_size: C.sizeof_bp_scan_stats}
	var cerr *C.bp_error
	status := C.bp_blocks_scan_stats((*C.bp_blocks)(p), &stats, &cerr)
	if err := failure(status, cerr); err != nil {
		return ScanStats{}, err
	}
	return ScanStats{
		Scans:        uint64(stats.scans),
		RowsScanned:  uint64(stats.rows_scanned),
		RowsMatched:  uint64(stats.rows_matched),
		Bytes:        uint64(stats.bytes),
		BuffersGrown: uint64(stats.buffers_grown),
		BlocksPruned: uint64(stats.blocks_pruned),
		Zones:        uint64(stats.zones),
		ZonesPruned:  uint64(stats.zones_pruned),
		Pruned: Pruned{
			Index:      uint64(stats.pruned_by_index),
			NoColumn:   uint64(stats.pruned_no_column),
			Bounds:     uint64(stats.pruned_by_bounds),
			Constant:   uint64(stats.pruned_constant),
			Dictionary: uint64(stats.pruned_by_dictionary),
			Zones:      uint64(stats.pruned_by_zones),
		},
	}, nil
}

func cBlocksSetScanThreads(p cPtr, n int) error {
	var cerr *C.bp_error
	status := C.bp_blocks_set_scan_threads((*C.bp_blocks)(p), C.size_t(n), &cerr)
	return failure(status, cerr)
}

func cBlocksObserved(p cPtr, column string, op Op) (Observation, error) {
	observed := C.bp_observation{struct_size: C.sizeof_bp_observation}
	var cerr *C.bp_error
	status := C.bp_blocks_observed((*C.bp_blocks)(p), str(column), C.bp_op(op), &observed, &cerr)
	if err := failure(status, cerr); err != nil {
		return Observation{}, err
	}
	return Observation{Selectivity: float64(observed.selectivity), Scans: uint64(observed.scans)}, nil
}

func cBlocksResetScanStats(p cPtr) error {
	var cerr *C.bp_error
	status := C.bp_blocks_reset_scan_stats((*C.bp_blocks)(p), &cerr)
	return failure(status, cerr)
}

func cColumnScannerFree(p cPtr) { C.bp_column_scanner_free((*C.bp_column_scanner)(p)) }
