package blockpack_test

import (
	"encoding/binary"
	"fmt"
)

// Traces made for the tests, the same as those of the C tests: a small encoder of OTLP, and a shop
// whose numbers are known.
//
// Trace t has one root "GET /" of service "shop" and below it, in a chain, spans "query 1" to
// "query n-1" of service "store". Every span has the attributes trace.number (t), step (its place in
// the trace, 0 for the root), user ("u0" to "u4", t modulo 5) and, if step is odd, odd (true). Spans
// with step 2 have the status error. Span (t, step) starts at 1000000 * (t + 1) + 100 * step
// nanoseconds and ends when the root does: at 1000000 * (t + 1) + 50000.

// message is a protobuf message.
type message []byte

func (m *message) varint(field, value uint64) {
	*m = binary.AppendUvarint(*m, field<<3)
	*m = binary.AppendUvarint(*m, value)
}

func (m *message) fixed64(field, value uint64) {
	*m = binary.AppendUvarint(*m, field<<3|1)
	*m = binary.LittleEndian.AppendUint64(*m, value)
}

func (m *message) bytes(field uint64, b []byte) {
	*m = binary.AppendUvarint(*m, field<<3|2)
	*m = binary.AppendUvarint(*m, uint64(len(b)))
	*m = append(*m, b...)
}

// attribute appends a KeyValue; value is a string, bool, int, []any or a map of one entry.
func (m *message) attribute(field uint64, key string, value any) {
	var pair message
	pair.bytes(1, []byte(key))
	pair.bytes(2, anyValue(value))
	m.bytes(field, pair)
}

func anyValue(value any) message {
	var m message
	switch v := value.(type) {
	case string:
		m.bytes(1, []byte(v))
	case bool:
		m.varint(2, 1)
	case int:
		m.varint(3, uint64(v))
	case []byte:
		m.bytes(7, v)
	case []any:
		var list message
		for _, item := range v {
			list.bytes(1, anyValue(item))
		}
		m.bytes(5, list)
	case map[string]any:
		var list message
		for key, item := range v {
			list.attribute(1, key, item)
		}
		m.bytes(6, list)
	default:
		panic(fmt.Sprintf("no encoding for %T", value))
	}
	return m
}

func sampleTraceID(trace int) (id [16]byte) {
	for i := range id {
		id[i] = 0xab
	}
	binary.BigEndian.PutUint32(id[12:], uint32(trace))
	return id
}

func sampleSpanID(trace, step int) (id [8]byte) {
	for i := range id {
		id[i] = 0xcd
	}
	binary.BigEndian.PutUint16(id[4:], uint16(trace))
	binary.BigEndian.PutUint16(id[6:], uint16(step))
	return id
}

func sampleStart(trace, step int) uint64 { return uint64(1000000*(trace+1) + 100*step) }

func sampleSpan(trace, step int, more map[string]any) message {
	var m message
	traceID, spanID := sampleTraceID(trace), sampleSpanID(trace, step)
	m.bytes(1, traceID[:])
	m.bytes(2, spanID[:])
	name, kind := "GET /", uint64(2)
	if step > 0 {
		parent := sampleSpanID(trace, step-1)
		m.bytes(4, parent[:])
		name, kind = fmt.Sprintf("query %d", step), 3
	}
	m.bytes(5, []byte(name))
	m.varint(6, kind)
	m.fixed64(7, sampleStart(trace, step))
	m.fixed64(8, sampleStart(trace, 0)+50000)
	m.attribute(9, "trace.number", trace)
	m.attribute(9, "step", step)
	m.attribute(9, "user", fmt.Sprintf("u%d", trace%5))
	if step%2 == 1 {
		m.attribute(9, "odd", true)
	}
	for key, value := range more {
		m.attribute(9, key, value)
	}
	if step == 2 {
		var status message
		status.varint(3, 2)
		m.bytes(15, status)
	}
	return m
}

func sampleService(name string, spans []message) message {
	var resource, scope, service message
	resource.attribute(1, "service.name", name)
	for _, span := range spans {
		scope.bytes(2, span)
	}
	service.bytes(1, resource)
	service.bytes(2, scope)
	return service
}

// sampleOTLP encodes traces of so many spans, from trace first on.
func sampleOTLP(first, traces, spans int) []byte {
	var roots, queries []message
	for trace := first; trace < first+traces; trace++ {
		roots = append(roots, sampleSpan(trace, 0, nil))
		for step := 1; step < spans; step++ {
			queries = append(queries, sampleSpan(trace, step, nil))
		}
	}
	var m message
	m.bytes(1, sampleService("shop", roots))
	m.bytes(1, sampleService("store", queries))
	return m
}

// oneSpanOTLP encodes one span with these further attributes.
func oneSpanOTLP(attributes map[string]any) []byte {
	var m message
	m.bytes(1, sampleService("shop", []message{sampleSpan(0, 0, attributes)}))
	return m
}
