package blockpack

import "time"

// MatchSet are traces in which a query matched. What it says of them is Go's; it holds the blocks for
// the fields of their spans, until it is released.
type MatchSet struct {
	holder
	traces []TraceMatch
	spans  []SpanIDs
	fields []string
}

// TraceMatch is a trace in which a query matched.
type TraceMatch struct {
	// ID is the id of the trace: of one of another length, the last 16 bytes, or zeros in front.
	ID TraceID
	// RootService is the service of the root span; empty if there is none.
	RootService string
	// RootName is the name of the root span; empty if there is none.
	RootName string
	// Start is when the first span starts.
	Start time.Time
	// Duration is from then until the last span ends.
	Duration time.Duration
	// Matched is the number of spans that matched.
	Matched uint64
	// Services are those that took part, by their number of spans, most first.
	Services []TraceService
	// Spansets are the spansets, in the order of their first spans. At least one.
	Spansets []Spanset
	// Flags tell what is wrong with the trace.
	Flags TraceFlags
}

// Spanset is spans of a trace that belong together.
type Spanset struct {
	// Attributes are values of by() and of aggregates under their texts, as
	// "by(resource.service.name)" and "count()".
	Attributes []Field
	// Matched is how many spans it has.
	Matched uint64
	// Spans are the first of them by start, as many as the options of the search say.
	Spans []SpanIDs
	// First is the number of the first of Spans among those of the set, for [MatchSet.ReadValues].
	First int
}

func newMatchSet(ptr cPtr) (*MatchSet, error) {
	s := new(MatchSet)
	if err := cMatchSetRead(ptr, s); err != nil {
		cMatchSetFree(ptr)
		return nil, err
	}
	s.hold(ptr, cMatchSetFree)
	return s, nil
}

// Traces gives the traces; also after release. The slices must not be changed.
func (s *MatchSet) Traces() []TraceMatch { return s.traces }

// Spans gives ids and places of the spans of all spansets; also after release. The slice must not be
// changed.
func (s *MatchSet) Spans() []SpanIDs { return s.spans }

// Fields gives the names of the fields that the query selects or mentions; also after release. The
// slice must not be changed.
func (s *MatchSet) Fields() []string { return s.fields }

// ReadValues reads fields of many spans at once: it fills into with the values of columns, or of the
// fields that [MatchSet.Fields] names if columns is nil; span by span from number first on, absent
// where a span has no such field. It tells how many spans there were: as many as into has room for, 0
// at the end.
func (s *MatchSet) ReadValues(first int, columns *Columns, into []Value) (int, error) {
	width := len(s.fields)
	if columns != nil {
		width = columns.Len()
	}
	first, count := batchOf(first, len(s.spans), width, into)
	read := func(p, names cPtr) (int, error) {
		return count, cMatchSetValues(p, first, count, names, into[:count*width])
	}
	if columns != nil {
		return callTwo(&s.handle, &columns.handle, read)
	}
	return call(&s.handle, func(p cPtr) (int, error) { return read(p, nil) })
}

// SpanSet makes the set of the spans of all spansets, over the blocks that were searched.
func (s *MatchSet) SpanSet() (*SpanSet, error) {
	return newSpanSet(call(&s.handle, cMatchSetSpanSet))
}
