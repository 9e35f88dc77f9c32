//go:build cgo

package blockpack

/*
#include <blockpack.h>

#cgo noescape bp_cursor_stats
#cgo nocallback bp_cursor_stats
#cgo noescape bp_cursor_explain
#cgo nocallback bp_cursor_explain
*/
import "C"

import "time"

// Searches read blocks, which may call a source of Go's: no promises to the compiler here.

// options makes C's options of raw ones, for the time of a call.
func (o *rawSearchOptions) options() C.bp_search_options {
	var flags C.uint32_t
	if o.mostRecent {
		flags |= C.BP_SEARCH_MOST_RECENT
	}
	if o.rootedOnly {
		flags |= C.BP_SEARCH_ROOTED_ONLY
	}
	return C.bp_search_options{
		struct_size:       C.sizeof_bp_search_options,
		start_ns:          C.uint64_t(o.start),
		end_ns:            C.uint64_t(o.end),
		limit:             C.uint64_t(o.limit),
		spans_per_spanset: C.uint64_t(o.spans),
		first_block:       C.uint64_t(o.firstBlock),
		block_count:       C.uint64_t(o.blockCount),
		timeout_ns:        C.uint64_t(o.timeout),
		cancel:            (*C.bp_cancel)(o.cancel),
		budget:            (*C.bp_budget)(o.budget),
		threads:           C.uint32_t(o.threads),
		flags:             flags,
	}
}

func cCursorNew(query, blocks cPtr, raw rawSearchOptions) (cPtr, error) {
	options := raw.options()
	var out *C.bp_cursor
	var cerr *C.bp_error
	status := C.bp_cursor_new((*C.bp_query)(query), (*C.bp_blocks)(blocks), &options, &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cQuerySpans(query, blocks cPtr, raw rawSearchOptions) (cPtr, error) {
	options := raw.options()
	var out *C.bp_span_set
	var cerr *C.bp_error
	status := C.bp_query_spans((*C.bp_query)(query), (*C.bp_blocks)(blocks), &options, &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cCursorNext(p cPtr, most int) (cPtr, error) {
	var out *C.bp_match_set
	var cerr *C.bp_error
	status := C.bp_cursor_next((*C.bp_cursor)(p), C.size_t(most), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cCursorStats(p cPtr) (SearchStats, error) {
	stats := C.bp_search_stats{struct_size: C.sizeof_bp_search_stats}
	var cerr *C.bp_error
	status := C.bp_cursor_stats((*C.bp_cursor)(p), &stats, &cerr)
	if err := failure(status, cerr); err != nil {
		return SearchStats{}, err
	}
	return SearchStats{
		Chunks:          uint64(stats.chunks),
		ChunksOutside:   uint64(stats.chunks_outside),
		ChunksNotNeeded: uint64(stats.chunks_not_needed),
		SpansSearched:   uint64(stats.spans_searched),
		SpansMatched:    uint64(stats.spans_matched),
		Traces:          uint64(stats.traces),
		PeakBytes:       uint64(stats.peak_bytes),
		Time:            time.Duration(stats.time_ns),
		CutOff:          stats.cut_off != 0,
		Ended:           Ended(stats.ended),

		ChunksOutsideBlocks: uint64(stats.chunks_outside_blocks),
		ChunksOutsideTime:   uint64(stats.chunks_outside_time),
	}, nil
}

func cCursorExplain(p cPtr) (Explanation, error) {
	var out *C.bp_explanation
	var cerr *C.bp_error
	status := C.bp_cursor_explain((*C.bp_cursor)(p), &out, &cerr)
	if err := failure(status, cerr); err != nil {
		return Explanation{}, err
	}
	return explanation(out)
}

func cCursorFree(p cPtr) { C.bp_cursor_free((*C.bp_cursor)(p)) }
