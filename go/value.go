package blockpack

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"time"
	"unsafe"
)

// Kind tells what a [Value] holds. A reader of values skips kinds that it does not know.
type Kind uint32

// The kinds of values.
const (
	// KindAbsent: no such field. The zero Value is absent.
	KindAbsent Kind = 0
	// KindBool: a truth value.
	KindBool Kind = 1
	// KindInt: a signed integer.
	KindInt Kind = 2
	// KindUint: an unsigned integer.
	KindUint Kind = 3
	// KindFloat: a double.
	KindFloat Kind = 4
	// KindString: text.
	KindString Kind = 5
	// KindBytes: bytes.
	KindBytes Kind = 6
	// KindTime: a point in time.
	KindTime Kind = 7
	// KindDuration: a length of time.
	KindDuration Kind = 8
	// KindList: values; see [Value.Items].
	KindList Kind = 9
	// KindNull: the field is there, and empty.
	KindNull Kind = 10
	// KindID: a trace or span id.
	KindID Kind = 11
	// KindSpanKind: a [SpanKind].
	KindSpanKind Kind = 12
	// KindSpanStatus: a [SpanStatus].
	KindSpanStatus Kind = 13
	// KindMap: named values; see [Value.Entries].
	KindMap Kind = 14
)

var kindNames = [...]string{"absent", "bool", "int", "uint", "float", "string", "bytes", "time",
	"duration", "list", "null", "id", "span kind", "span status", "map"}

// String names the kind.
func (k Kind) String() string { return nameOf(kindNames[:], int64(k)) }

// SpanKind is the role of a span, with the numbers of OTLP.
type SpanKind int32

// The kinds of spans.
const (
	SpanKindUnspecified SpanKind = 0
	SpanKindInternal    SpanKind = 1
	SpanKindServer      SpanKind = 2
	SpanKindClient      SpanKind = 3
	SpanKindProducer    SpanKind = 4
	SpanKindConsumer    SpanKind = 5
)

var spanKindNames = [...]string{"unspecified", "internal", "server", "client", "producer", "consumer"}

// String names the kind, as queries do.
func (k SpanKind) String() string { return nameOf(spanKindNames[:], int64(k)) }

// SpanStatus is how a span ended, with the numbers of OTLP.
type SpanStatus int32

// The statuses of spans.
const (
	SpanStatusUnset SpanStatus = 0
	SpanStatusOK    SpanStatus = 1
	SpanStatusError SpanStatus = 2
)

var spanStatusNames = [...]string{"unset", "ok", "error"}

// String names the status, as queries do.
func (s SpanStatus) String() string { return nameOf(spanStatusNames[:], int64(s)) }

func nameOf(names []string, number int64) string {
	if number >= 0 && number < int64(len(names)) {
		return names[number]
	}
	return strconv.FormatInt(number, 10)
}

// Value is a typed value: of a field, or to compare with. It belongs to Go: text and bytes in it
// were copied, so it stays when the objects of this package end. Values are small; pass them by
// value. The method that reads a value must fit its kind; the others give zero.
type Value struct {
	// The number, or the length of what ptr points at.
	bits uint64
	// Text, bytes or an encoded list or map.
	ptr  unsafe.Pointer
	kind Kind
}

// Field is a value and its name.
type Field struct {
	// Name is the field's name, as in "span.http.method".
	Name string
	// Value is the field's value.
	Value Value
}

// StringValue makes a value of a text.
func StringValue(text string) Value {
	return Value{bits: uint64(len(text)), ptr: unsafe.Pointer(unsafe.StringData(text)), kind: KindString}
}

// BytesValue makes a value of bytes, which must not be changed as long as it is used.
func BytesValue(b []byte) Value {
	return Value{bits: uint64(len(b)), ptr: unsafe.Pointer(unsafe.SliceData(b)), kind: KindBytes}
}

// BoolValue makes a value of a truth value.
func BoolValue(b bool) Value {
	if b {
		return Value{bits: 1, kind: KindBool}
	}
	return Value{kind: KindBool}
}

// IntValue makes a value of an integer.
func IntValue(i int64) Value { return Value{bits: uint64(i), kind: KindInt} }

// UintValue makes a value of an unsigned integer.
func UintValue(u uint64) Value { return Value{bits: u, kind: KindUint} }

// FloatValue makes a value of a double.
func FloatValue(f float64) Value { return Value{bits: math.Float64bits(f), kind: KindFloat} }

// TimeValue makes a value of a point in time between 1970 and 2554.
func TimeValue(t time.Time) Value { return Value{bits: uint64(t.UnixNano()), kind: KindTime} }

// DurationValue makes a value of a length of time.
func DurationValue(d time.Duration) Value { return Value{bits: uint64(d), kind: KindDuration} }

// TraceIDValue makes a value of a trace id.
func TraceIDValue(id TraceID) Value {
	v := BytesValue(id[:])
	v.kind = KindID
	return v
}

// SpanIDValue makes a value of a span id.
func SpanIDValue(id SpanID) Value {
	v := BytesValue(id[:])
	v.kind = KindID
	return v
}

// SpanKindValue makes a value of a span kind.
func SpanKindValue(k SpanKind) Value { return Value{bits: uint64(int64(k)), kind: KindSpanKind} }

// SpanStatusValue makes a value of a span status.
func SpanStatusValue(s SpanStatus) Value {
	return Value{bits: uint64(int64(s)), kind: KindSpanStatus}
}

// Kind tells what the value holds.
func (v Value) Kind() Kind { return v.kind }

// IsAbsent tells whether there is no value.
func (v Value) IsAbsent() bool { return v.kind == KindAbsent }

// IsNull tells whether the field is there, and empty.
func (v Value) IsNull() bool { return v.kind == KindNull }

// Bool gives the truth value of a KindBool.
func (v Value) Bool() bool { return v.kind == KindBool && v.bits != 0 }

// Int gives the number of any kind whose values are integers: a KindInt or KindUint, nanoseconds
// of a KindTime or KindDuration, the number of a KindSpanKind or KindSpanStatus.
func (v Value) Int() int64 {
	switch v.kind {
	case KindInt, KindUint, KindTime, KindDuration, KindSpanKind, KindSpanStatus:
		return int64(v.bits)
	}
	return 0
}

// Uint gives what Int gives, unsigned.
func (v Value) Uint() uint64 { return uint64(v.Int()) }

// Float gives the number of a KindFloat.
func (v Value) Float() float64 {
	if v.kind == KindFloat {
		return math.Float64frombits(v.bits)
	}
	return 0
}

// Str gives the text of a KindString.
func (v Value) Str() string {
	if v.kind == KindString {
		return unsafe.String((*byte)(v.ptr), v.bits)
	}
	return ""
}

// Bytes gives the bytes of a KindBytes or KindID, which must not be changed.
func (v Value) Bytes() []byte {
	if v.kind == KindBytes || v.kind == KindID {
		return v.pointed()
	}
	return nil
}

// pointed is what ptr points at.
func (v Value) pointed() []byte {
	if !v.kind.points() {
		return nil
	}
	return unsafe.Slice((*byte)(v.ptr), v.bits)
}

// pointing has the bits of the kinds whose values have a pointer and a length.
const pointing = 1<<KindString | 1<<KindBytes | 1<<KindID | 1<<KindList | 1<<KindMap

// points tells whether values of the kind have a pointer and a length.
func (k Kind) points() bool { return pointing>>k&1 == 1 }

// Time gives the point in time of a KindTime.
func (v Value) Time() time.Time {
	if v.kind == KindTime {
		return timeOf(v.bits)
	}
	return time.Time{}
}

// timeOf gives the time that is ns nanoseconds after the Unix epoch.
func timeOf(ns uint64) time.Time {
	const second = uint64(time.Second)
	return time.Unix(int64(ns/second), int64(ns%second)).UTC()
}

// Duration gives the length of time of a KindDuration. Of a span whose end is no time at all it may be
// longer than a Duration can be, and is negative then; Uint gives the nanoseconds.
func (v Value) Duration() time.Duration {
	if v.kind == KindDuration {
		return time.Duration(v.bits)
	}
	return 0
}

// durationOf gives ns nanoseconds, or the longest duration if they are more.
func durationOf(ns uint64) time.Duration { return time.Duration(min(ns, math.MaxInt64)) }

// SpanKind gives the span kind of a KindSpanKind.
func (v Value) SpanKind() SpanKind {
	if v.kind == KindSpanKind {
		return SpanKind(v.bits)
	}
	return 0
}

// SpanStatus gives the span status of a KindSpanStatus.
func (v Value) SpanStatus() SpanStatus {
	if v.kind == KindSpanStatus {
		return SpanStatus(v.bits)
	}
	return 0
}

// Items gives the values of a KindList, which may be lists and maps themselves.
func (v Value) Items() ([]Value, error) {
	if v.kind != KindList {
		return nil, ErrType
	}
	return cValueItems(v)
}

// Entries gives the named values of a KindMap, which may be lists and maps themselves.
func (v Value) Entries() ([]Field, error) {
	if v.kind != KindMap {
		return nil, ErrType
	}
	return cValueEntries(v)
}

// Equal tells whether two values have the same kind and content. Doubles are equal as numbers
// are: NaN is not equal to itself, -0 is equal to 0.
func (v Value) Equal(w Value) bool {
	switch {
	case v.kind != w.kind:
		return false
	case v.kind == KindFloat:
		return v.Float() == w.Float()
	case v.kind.points():
		return string(v.pointed()) == string(w.pointed())
	}
	return v.bits == w.bits
}

// Any gives the value as the Go type that fits it: nil, bool, int64, uint64, float64, string,
// []byte, time.Time, time.Duration, SpanKind, SpanStatus, []any or []Field.
func (v Value) Any() any {
	switch v.kind {
	case KindBool:
		return v.Bool()
	case KindInt:
		return v.Int()
	case KindUint:
		return v.Uint()
	case KindFloat:
		return v.Float()
	case KindString:
		return v.Str()
	case KindBytes, KindID:
		return v.Bytes()
	case KindTime:
		return v.Time()
	case KindDuration:
		return v.Duration()
	case KindSpanKind:
		return v.SpanKind()
	case KindSpanStatus:
		return v.SpanStatus()
	case KindList:
		items, _ := v.Items()
		list := make([]any, len(items))
		for i, item := range items {
			list[i] = item.Any()
		}
		return list
	case KindMap:
		entries, _ := v.Entries()
		return entries
	}
	return nil
}

// String spells the value for people, as all of libblockpack does: text as it is, ids and bytes in
// hexadecimal, span kinds and statuses by name, lists and maps like JSON, an absent value as nothing.
func (v Value) String() string {
	if v.kind == KindString {
		return v.Str()
	}
	text, err := cValueFormat(v)
	if err != nil {
		return "%!v(" + err.Error() + ")"
	}
	return text
}

// TraceID is the id of a trace.
type TraceID [16]byte

// String gives the id in hexadecimal.
func (id TraceID) String() string { return hex.EncodeToString(id[:]) }

// ParseTraceID reads an id in hexadecimal.
func ParseTraceID(text string) (id TraceID, err error) {
	err = parseID(id[:], text)
	return id, err
}

// SpanID is the id of a span.
type SpanID [8]byte

// String gives the id in hexadecimal.
func (id SpanID) String() string { return hex.EncodeToString(id[:]) }

// ParseSpanID reads an id in hexadecimal.
func ParseSpanID(text string) (id SpanID, err error) {
	err = parseID(id[:], text)
	return id, err
}

func parseID(id []byte, text string) error {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(id) {
		message := fmt.Sprintf("%q is no id: %d hexadecimal digits are needed", text, 2*len(id))
		return &Error{Code: ErrParse, Message: message, Pos: -1}
	}
	copy(id, raw)
	return nil
}
