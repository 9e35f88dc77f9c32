//go:build cgo

package blockpack

/*
#include <blockpack.h>

#cgo noescape bp_series_explain
#cgo nocallback bp_series_explain
#cgo noescape bp_series_info
#cgo nocallback bp_series_info
#cgo noescape bp_series_times
#cgo nocallback bp_series_times
#cgo noescape bp_series_labels
#cgo nocallback bp_series_labels
#cgo noescape bp_series_values
#cgo nocallback bp_series_values
#cgo noescape bp_series_exemplars
#cgo nocallback bp_series_exemplars
*/
import "C"

import (
	"time"
	"unsafe"
)

// Exemplars are as large as C's; if not, this does not compile.
var _ [C.sizeof_bp_exemplar]byte = [unsafe.Sizeof(rawExemplar{})]byte{}

// cSeries reads blocks, which may call a source of Go's: no promises to the compiler about the run.
func cSeries(query, blocks cPtr, raw rawMetricsOptions) (*SeriesSet, error) {
	var flags C.uint32_t
	if raw.instant {
		flags |= C.BP_METRICS_INSTANT
	}
	if raw.rootedOnly {
		flags |= C.BP_METRICS_ROOTED_ONLY
	}
	options := C.bp_metrics_options{
		struct_size: C.sizeof_bp_metrics_options,
		start_ns:    C.uint64_t(raw.start),
		end_ns:      C.uint64_t(raw.end),
		step_ns:     C.uint64_t(raw.step),
		timeout_ns:  C.uint64_t(raw.timeout),
		cancel:      (*C.bp_cancel)(raw.cancel),
		budget:      (*C.bp_budget)(raw.budget),
		exemplars:   C.uint32_t(raw.exemplars),
		threads:     C.uint32_t(raw.threads),
		flags:       flags,
		first_block: C.uint64_t(raw.firstBlock),
		block_count: C.uint64_t(raw.blockCount),
	}
	var series *C.bp_series
	var cerr *C.bp_error
	status := C.bp_series_new((*C.bp_query)(query), (*C.bp_blocks)(blocks), &options, &series, &cerr)
	if err := failure(status, cerr); err != nil {
		return nil, err
	}
	defer C.bp_series_free(series)
	return seriesSet(series)
}

func seriesSet(p *C.bp_series) (*SeriesSet, error) {
	info := C.bp_series_set_info{struct_size: C.sizeof_bp_series_set_info}
	var cerr *C.bp_error
	status := C.bp_series_info(p, &info, &cerr)
	if err := failure(status, cerr); err != nil {
		return nil, err
	}
	raw := make([]uint64, info.samples)
	var filled C.size_t
	status = C.bp_series_times(p, 0, (*C.uint64_t)(unsafe.SliceData(raw)), C.size_t(len(raw)), &filled, &cerr)
	if err := failure(status, cerr); err != nil {
		return nil, err
	}
	set := &SeriesSet{
		Times:  make([]time.Time, filled),
		Step:   time.Duration(info.step_ns),
		Spans:  uint64(info.spans),
		Series: make([]Series, info.series),
		Stats: SeriesStats{
			Chunks:        uint64(info.chunks),
			ChunksOutside: uint64(info.chunks_outside),
			PeakBytes:     uint64(info.peak_bytes),
			Time:          time.Duration(info.time_ns),

			ChunksOutsideBlocks: uint64(info.chunks_outside_blocks),
			ChunksOutsideTime:   uint64(info.chunks_outside_time),
		},
	}
	for i, ns := range raw[:filled] {
		set.Times[i] = timeOf(ns)
	}
	for i := range set.Series {
		if err := readSeries(p, i, int(filled), &set.Series[i]); err != nil {
			return nil, err
		}
	}
	var explained *C.bp_explanation
	status = C.bp_series_explain(p, &explained, &cerr)
	if err := failure(status, cerr); err != nil {
		return nil, err
	}
	var err error
	set.Explanation, err = explanation(explained)
	return set, err
}

func readSeries(p *C.bp_series, index, samples int, into *Series) error {
	into.Text = goString(C.bp_series_text(p, C.size_t(index)))
	into.Values = make([]float64, samples)
	var filled C.size_t
	var cerr *C.bp_error
	status := C.bp_series_values(p, C.size_t(index), 0, (*C.double)(unsafe.SliceData(into.Values)), C.size_t(samples), &filled, &cerr)
	if err := failure(status, cerr); err != nil {
		return err
	}
	var labels [16]rawField
	for {
		status = C.bp_series_labels(p, C.size_t(index), C.size_t(len(into.Labels)), (*C.bp_field)(unsafe.Pointer(&labels[0])), C.size_t(len(labels)), &filled, &cerr)
		into.Labels = ownFields(into.Labels, labels[:filled])
		if err := failure(status, cerr); err != nil {
			return err
		}
		if int(filled) < len(labels) {
			break
		}
	}
	var exemplars [64]rawExemplar
	for {
		status = C.bp_series_exemplars(p, C.size_t(index), C.size_t(len(into.Exemplars)), (*C.bp_exemplar)(unsafe.Pointer(&exemplars[0])), C.size_t(len(exemplars)), &filled, &cerr)
		for _, e := range exemplars[:filled] {
			into.Exemplars = append(into.Exemplars, Exemplar{IDs: e.ids, Time: timeOf(e.time), Value: e.value})
		}
		if err := failure(status, cerr); err != nil || int(filled) < len(exemplars) {
			return err
		}
	}
}
