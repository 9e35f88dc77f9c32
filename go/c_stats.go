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

func cVersion() string { return C.GoString(C.bp_version()) }

func cStatusName(code Code) string { return C.GoString(C.bp_status_name(C.bp_status(code))) }

func cLiveHandles() int { return int(C.bp_live_handles(C.BP_HANDLE_ANY)) }

func cBytesHeld() uint64 { return uint64(C.bp_bytes_held()) }
