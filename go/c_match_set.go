//go:build cgo

package blockpack

/*
#include <blockpack.h>

#cgo noescape bp_match_set_traces
#cgo nocallback bp_match_set_traces
#cgo noescape bp_match_set_services
#cgo nocallback bp_match_set_services
#cgo noescape bp_match_set_spansets
#cgo nocallback bp_match_set_spansets
#cgo noescape bp_match_set_attributes
#cgo nocallback bp_match_set_attributes
#cgo noescape bp_match_set_spans
#cgo nocallback bp_match_set_spans
#cgo noescape bp_match_set_fields
#cgo nocallback bp_match_set_fields
#cgo noescape bp_match_set_span_set
#cgo nocallback bp_match_set_span_set
*/
import "C"

import "unsafe"

// Traces and spansets are as large as C's; if not, this does not compile.
var (
	_ [C.sizeof_bp_trace_match]byte = [unsafe.Sizeof(rawTraceMatch{})]byte{}
	_ [C.sizeof_bp_spanset]byte     = [unsafe.Sizeof(rawSpanset{})]byte{}
)

// cMatchSetRead copies all but fields of spans, in a few calls however many traces there are.
func cMatchSetRead(p cPtr, into *MatchSet) error {
	set := (*C.bp_match_set)(p)
	names := texts{}
	services, err := matchServices(set, names)
	if err != nil {
		return err
	}
	if into.spans, err = matchSpans(set); err != nil {
		return err
	}
	spansets, err := matchSpansets(set, into.spans)
	if err != nil {
		return err
	}
	raw := make([]rawTraceMatch, C.bp_match_set_len(set))
	var filled C.size_t
	var cerr *C.bp_error
	status := C.bp_match_set_traces(set, 0, (*C.bp_trace_match)(unsafe.Pointer(unsafe.SliceData(raw))), C.size_t(len(raw)), &filled, &cerr)
	into.traces = make([]TraceMatch, filled)
	for i, t := range raw[:filled] {
		into.traces[i] = TraceMatch{
			ID:          t.id,
			RootService: names.own(t.rootService),
			RootName:    names.own(t.rootName),
			Start:       timeOf(t.start),
			Duration:    durationOf(t.duration),
			Matched:     t.matched,
			Services:    part(services, t.firstService, t.services),
			Spansets:    part(spansets, t.firstSpanset, t.spansets),
			Flags:       TraceFlags(t.flags),
		}
	}
	if err := failure(status, cerr); err != nil {
		return err
	}
	into.fields, err = matchFields(set)
	return err
}

// part is count items of all, from number first on.
func part[T any](all []T, first uint64, count uint32) []T {
	end := first + uint64(count)
	return all[first:end:end]
}

func matchServices(set *C.bp_match_set, names texts) ([]TraceService, error) {
	raw := make([]rawService, C.bp_match_set_service_count(set))
	var filled C.size_t
	var cerr *C.bp_error
	status := C.bp_match_set_services(set, 0, (*C.bp_trace_service)(unsafe.Pointer(unsafe.SliceData(raw))), C.size_t(len(raw)), &filled, &cerr)
	out := make([]TraceService, filled)
	for i, s := range raw[:filled] {
		out[i] = TraceService{Service: names.own(s.service), Spans: s.spans, Errors: s.errors}
	}
	return out, failure(status, cerr)
}

func matchSpans(set *C.bp_match_set) ([]SpanIDs, error) {
	out := make([]SpanIDs, C.bp_match_set_span_count(set))
	var filled C.size_t
	var cerr *C.bp_error
	status := C.bp_match_set_spans(set, 0, (*C.bp_span_ids)(unsafe.Pointer(unsafe.SliceData(out))), C.size_t(len(out)), &filled, &cerr)
	return out[:filled], failure(status, cerr)
}

func matchSpansets(set *C.bp_match_set, spans []SpanIDs) ([]Spanset, error) {
	attributes, err := matchAttributes(set)
	if err != nil {
		return nil, err
	}
	raw := make([]rawSpanset, C.bp_match_set_spanset_count(set))
	var filled C.size_t
	var cerr *C.bp_error
	status := C.bp_match_set_spansets(set, 0, (*C.bp_spanset)(unsafe.Pointer(unsafe.SliceData(raw))), C.size_t(len(raw)), &filled, &cerr)
	out := make([]Spanset, filled)
	for i, s := range raw[:filled] {
		out[i] = Spanset{
			Attributes: part(attributes, s.firstAttribute, s.attributes),
			Matched:    s.matched,
			Spans:      part(spans, s.firstSpan, s.spans),
			First:      int(s.firstSpan),
		}
	}
	return out, failure(status, cerr)
}

func matchAttributes(set *C.bp_match_set) ([]Field, error) {
	raw := make([]rawField, C.bp_match_set_attribute_count(set))
	var filled C.size_t
	var cerr *C.bp_error
	status := C.bp_match_set_attributes(set, 0, (*C.bp_field)(unsafe.Pointer(unsafe.SliceData(raw))), C.size_t(len(raw)), &filled, &cerr)
	return ownFields(nil, raw[:filled]), failure(status, cerr)
}

func matchFields(set *C.bp_match_set) ([]string, error) {
	var out []string
	names := texts{}
	raw := make([]rawStr, 16)
	for {
		var filled C.size_t
		var cerr *C.bp_error
		status := C.bp_match_set_fields(set, C.size_t(len(out)), (*C.bp_str)(unsafe.Pointer(unsafe.SliceData(raw))), C.size_t(len(raw)), &filled, &cerr)
		for _, name := range raw[:filled] {
			out = append(out, names.own(name))
		}
		if err := failure(status, cerr); err != nil || int(filled) < len(raw) {
			return out, err
		}
	}
}

// cMatchSetValues may read from a source of Go's: no promises to the compiler.
func cMatchSetValues(p cPtr, first, count int, columns cPtr, into []Value) error {
	pooled := rawValues.Get().(*[]rawValue)
	defer rawValues.Put(pooled)
	raw := resized(pooled, len(into))
	var cerr *C.bp_error
	status := C.bp_match_set_values((*C.bp_match_set)(p), C.size_t(first), C.size_t(count), (*C.bp_columns)(columns),
		(*C.bp_value)(unsafe.Pointer(unsafe.SliceData(raw))), C.size_t(len(raw)), &cerr)
	if err := failure(status, cerr); err != nil {
		return err
	}
	ownValues(into[:0], raw)
	return nil
}

func cMatchSetSpanSet(p cPtr) (cPtr, error) {
	var out *C.bp_span_set
	var cerr *C.bp_error
	status := C.bp_match_set_span_set((*C.bp_match_set)(p), &out, &cerr)
	return cPtr(out), failure(status, cerr)
}

func cMatchSetFree(p cPtr) { C.bp_match_set_free((*C.bp_match_set)(p)) }
