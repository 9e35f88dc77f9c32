//go:build cgo

package blockpack

/*
#include <blockpack.h>

#cgo noescape bp_cancel_new
#cgo nocallback bp_cancel_new
#cgo noescape bp_budget_new
#cgo nocallback bp_budget_new
*/
import "C"

func cCancelNew() (cPtr, error) {
	var out *C.bp_cancel
	var cerr *C.bp_error
	status := C.bp_cancel_new(&out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cCancelTrigger(p cPtr) { C.bp_cancel_trigger((*C.bp_cancel)(p)) }

func cCancelFree(p cPtr) { C.bp_cancel_free((*C.bp_cancel)(p)) }

func cBudgetNew(limit uint64) (cPtr, error) {
	var out *C.bp_budget
	var cerr *C.bp_error
	status := C.bp_budget_new(C.uint64_t(limit), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cBudgetUsed(p cPtr) uint64 { return uint64(C.bp_budget_used((*C.bp_budget)(p))) }

func cBudgetPeak(p cPtr) uint64 { return uint64(C.bp_budget_peak((*C.bp_budget)(p))) }

func cBudgetFree(p cPtr) { C.bp_budget_free((*C.bp_budget)(p)) }
