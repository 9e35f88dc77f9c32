package blockpack

import (
	"slices"
	"unsafe"
)

// The layouts of the C header's plain structs. Pointers are plain numbers here: they lead to memory
// of the C library, which is none of the garbage collector's business, and arrays of them cost
// nothing to pass to C. A build with cgo compares the sizes.

type rawStr struct {
	ptr, len uintptr
}

type rawValue struct {
	bits uint64
	ptr  uintptr
	kind Kind
	item uint32
}

type rawField struct {
	name  rawStr
	value rawValue
}

type rawSummary struct {
	id                                             TraceID
	rootService, rootName                          rawStr
	start, duration                                uint64
	spans, errors, services, root, flags, reserved uint32
}

type rawService struct {
	service       rawStr
	spans, errors uint32
}

type rawTiming struct {
	service         rawStr
	start, duration uint64
	kind            int32
	flags           uint32
}

type rawEdge struct {
	caller, callee     rawStr
	calls, errors      uint64
	p50, p95, p99, max uint64
}

type rawQueryPart struct {
	how, text                                                               rawStr
	calls, spansIn, spansOut, time, scans, blocksPruned, zones, zonesPruned uint64
	depth, reserved                                                         uint32
}

type rawTraceMatch struct {
	id                                                   TraceID
	rootService, rootName                                rawStr
	start, duration, matched, firstSpanset, firstService uint64
	spansets, services, flags, reserved                  uint32
}

type rawSpanset struct {
	trace, matched, firstSpan, firstAttribute uint64
	spans, attributes                         uint32
}

type rawExemplar struct {
	ids   SpanIDs
	time  uint64
	value float64
}

type rawTagName struct {
	name, key rawStr
	values    uint64
	scope     Scope
	kinds     uint32
}

// texts are strings of Go's for texts that come again and again from the same dictionary.
type texts map[rawStr]string

func (t texts) own(text rawStr) string {
	if text.len == 0 {
		return ""
	}
	owned, ok := t[text]
	if !ok {
		owned = string(unsafe.Slice((*byte)(cPointer(text.ptr)), text.len))
		t[text] = owned
	}
	return owned
}

// arena is a buffer of Go's for text and bytes of many values: one allocation instead of one for
// each.
type arena []byte

// newArena makes an arena with room for size bytes, to be filled by take alone.
func newArena(size uintptr) arena {
	if size == 0 {
		return nil
	}
	return make(arena, 0, size)
}

// take copies size bytes of C memory at address.
func (a *arena) take(address, size uintptr) unsafe.Pointer {
	if size == 0 {
		return nil
	}
	start := len(*a)
	*a = append(*a, unsafe.Slice((*byte)(cPointer(address)), size)...)
	return unsafe.Pointer(&(*a)[start])
}

// cPointer is an address in C memory as a pointer. Written this way because the conversion looks
// like a mistake, which it would be for addresses in Go memory.
func cPointer(address uintptr) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Pointer(&address))
}

// resized gives n items of a pooled slice, which grows when it must.
func resized[T any](pooled *[]T, n int) []T {
	if cap(*pooled) < n {
		*pooled = make([]T, n)
	}
	return (*pooled)[:n]
}

// size is how many bytes the value points at.
func (r *rawValue) size() uintptr {
	if r.kind.points() {
		return uintptr(r.bits)
	}
	return 0
}

// own makes a value of Go's.
func (r *rawValue) own(a *arena) Value {
	v := Value{bits: r.bits, kind: r.kind}
	if r.kind.points() {
		v.ptr = a.take(r.ptr, uintptr(r.bits))
	}
	return v
}

// item is the number of the event or link that the field belongs to; -1 if it belongs to none of scope.
func (r *rawField) item(scope string) int {
	name := unsafe.Slice((*byte)(cPointer(r.name.ptr)), r.name.len)
	if len(name) > len(scope) && string(name[:len(scope)]) == scope {
		return int(r.value.item)
	}
	return -1
}

// own makes a string of Go's.
func (r rawStr) own(a *arena) string {
	return unsafe.String((*byte)(a.take(r.ptr, r.len)), r.len)
}

// ownValues appends values of Go's to out.
func ownValues(out []Value, raw []rawValue) []Value {
	var size uintptr
	for i := range raw {
		size += raw[i].size()
	}
	a := newArena(size)
	for i := range raw {
		out = append(out, raw[i].own(&a))
	}
	return out
}

// ownFields appends fields of Go's to out.
func ownFields(out []Field, raw []rawField) []Field {
	var size uintptr
	for i := range raw {
		size += raw[i].name.len + raw[i].value.size()
	}
	a := newArena(size)
	out = slices.Grow(out, len(raw))
	for i := range raw {
		out = append(out, Field{Name: raw[i].name.own(&a), Value: raw[i].value.own(&a)})
	}
	return out
}
