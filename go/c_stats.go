//go:build cgo

package blockpack

/*
#include <blockpack.h>

#cgo noescape bp_live_handles
#cgo nocallback bp_live_handles
#cgo noescape bp_bytes_held
#cgo nocallback bp_bytes_held
*/
import "C"

// The numbers of the kinds are C's: an index that is not 0 does not compile.
var _ = [1]struct{}{}[uint32(HandleError-C.BP_HANDLE_ERROR)|
	uint32(HandleWriter-C.BP_HANDLE_WRITER)|
	uint32(HandleBuilder-C.BP_HANDLE_BUILDER)|
	uint32(HandleReader-C.BP_HANDLE_READER)|
	uint32(HandleBlocks-C.BP_HANDLE_BLOCKS)|
	uint32(HandleColumns-C.BP_HANDLE_COLUMNS)|
	uint32(HandleColumnScanner-C.BP_HANDLE_COLUMN_SCANNER)|
	uint32(HandleRowSet-C.BP_HANDLE_ROW_SET)|
	uint32(HandleSpanMatches-C.BP_HANDLE_SPAN_MATCHES)|
	uint32(HandleSpanSet-C.BP_HANDLE_SPAN_SET)|
	uint32(HandleLazyFields-C.BP_HANDLE_LAZY_FIELDS)|
	uint32(HandleTraceGraphs-C.BP_HANDLE_TRACE_GRAPHS)|
	uint32(HandleTraceGraph-C.BP_HANDLE_TRACE_GRAPH)|
	uint32(HandleServiceGraph-C.BP_HANDLE_SERVICE_GRAPH)|
	uint32(HandleMatrix-C.BP_HANDLE_MATRIX)]

func cLiveHandlesOf(kind HandleKind) int { return int(C.bp_live_handles(C.bp_handle_kind(kind))) }

func cVersion() string { return C.GoString(C.bp_version()) }

func cStatusName(code Code) string { return C.GoString(C.bp_status_name(C.bp_status(code))) }

func cLiveHandles() int { return int(C.bp_live_handles(C.BP_HANDLE_ANY)) }

func cBytesHeld() uint64 { return uint64(C.bp_bytes_held()) }
