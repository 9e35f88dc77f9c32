package blockpack

// SpanSet is a set of spans of a list of blocks, numbered in the order of blocks and rows. It does
// not change. It holds the blocks until it is released.
type SpanSet struct {
	holder
	count uint64
}

func newSpanSet(ptr cPtr, err error) (*SpanSet, error) {
	if err != nil {
		return nil, err
	}
	s := &SpanSet{count: cSpanSetCount(ptr)}
	s.hold(ptr, cSpanSetFree)
	return s, nil
}

// NewSpanSet makes a set of spans of the list, which come in any order and as often as they like.
func NewSpanSet(blocks *Blocks, spans []Span) (*SpanSet, error) {
	return newSpanSet(call(&blocks.handle, func(p cPtr) (cPtr, error) { return cSpanSetNew(p, spans) }))
}

// SpansOfRows makes the set of the spans that any of the sets of rows has. Each set is of a block of
// the list, in any order, several of one block if need be.
func SpansOfRows(blocks *Blocks, sets ...*RowSet) (*SpanSet, error) {
	return newSpanSet(call(&blocks.handle, func(p cPtr) (cPtr, error) {
		return callMany(sets, func(q []cPtr) (cPtr, error) { return cSpanSetOfRows(p, q) })
	}))
}

// AllSpans makes the set of all spans of the list.
func AllSpans(blocks *Blocks) (*SpanSet, error) {
	return newSpanSet(call(&blocks.handle, cSpanSetAll))
}

// Trace finds the spans of one trace in the file; [ErrAbsent] if the file does not have it. The set is
// over a list of the blocks that have spans of the trace, one as a rule.
func (r *Reader) Trace(id TraceID) (*SpanSet, error) {
	return newSpanSet(call(&r.handle, func(p cPtr) (cPtr, error) { return cReaderTrace(p, id) }))
}

// Blocks gives the list of blocks that the set is over.
func (s *SpanSet) Blocks() (*Blocks, error) { return newBlocks(call(&s.handle, cSpanSetBlocks)) }

// Len counts the spans of the set; also after release.
func (s *SpanSet) Len() int { return int(s.count) }

// Contains tells whether a span is in the set; false after release.
func (s *SpanSet) Contains(span Span) bool {
	return fact(&s.handle, func(p cPtr) bool { return cSpanSetContains(p, span) })
}

// Spans gives the places of all spans of the set.
func (s *SpanSet) Spans() ([]Span, error) {
	spans := make([]Span, s.Len())
	if _, err := s.ReadSpans(0, spans); err != nil {
		return nil, err
	}
	return spans, nil
}

// ReadSpans fills into with the places of spans, from number first on, and tells how many there were:
// 0 at the end.
func (s *SpanSet) ReadSpans(first int, into []Span) (int, error) {
	return call(&s.handle, func(p cPtr) (int, error) { return cSpanSetSpans(p, first, into) })
}

// SpanIDs are the ids of a span, and where it is.
type SpanIDs struct {
	// Trace is the id of the trace: of one of another length, the last 16 bytes, or zeros in front.
	Trace TraceID
	// Span is the id of the span: of one of another length, the last 8 bytes, or zeros in front.
	Span SpanID
	// At is where the span is.
	At Span
}

// ReadIDs fills into with the ids of spans, from number first on, and tells how many there were: 0 at
// the end.
func (s *SpanSet) ReadIDs(first int, into []SpanIDs) (int, error) {
	return call(&s.handle, func(p cPtr) (int, error) { return cSpanSetIDs(p, first, into) })
}

// ReadValues reads fields of many spans at once: it fills into with the values of columns, span by
// span from number first on, absent where a span has no such field. It tells how many spans there
// were: as many as into has room for, 0 at the end.
func (s *SpanSet) ReadValues(first int, columns *Columns, into []Value) (int, error) {
	first, count := batchOf(first, s.Len(), columns.Len(), into)
	return callTwo(&s.handle, &columns.handle, func(p, names cPtr) (int, error) {
		return count, cSpanSetValues(p, first, count, names, into[:count*columns.Len()])
	})
}

// batchOf is for how many of total spans, from number first on, into has room; from 0 on if for none.
func batchOf(first, total, columns int, into []Value) (from, count int) {
	if first < 0 || first >= total || len(into) < columns || columns == 0 {
		return 0, 0
	}
	return first, min(len(into)/columns, total-first)
}

// Fields makes the fields of a span, which is number index of the set. They hold the blocks on their
// own.
func (s *SpanSet) Fields(index int) (*LazyFields, error) {
	return newLazyFields(call(&s.handle, func(p cPtr) (cPtr, error) { return cSpanSetFields(p, index) }))
}

// RowSet makes the set of the rows of one block.
func (s *SpanSet) RowSet(block int) (*RowSet, error) {
	return newRowSet(call(&s.handle, func(p cPtr) (cPtr, error) { return cSpanSetRowSet(p, block) }))
}

// And makes the set of spans that are in both sets, which are over the same blocks.
func (s *SpanSet) And(other *SpanSet) (*SpanSet, error) {
	return newSpanSet(callTwo(&s.handle, &other.handle, cSpanSetAnd))
}

// Or makes the set of spans that are in one of the sets or in both. The sets are over the same blocks.
func (s *SpanSet) Or(other *SpanSet) (*SpanSet, error) {
	return newSpanSet(callTwo(&s.handle, &other.handle, cSpanSetOr))
}

// Minus makes the set of spans of s that are not in other. The sets are over the same blocks.
func (s *SpanSet) Minus(other *SpanSet) (*SpanSet, error) {
	return newSpanSet(callTwo(&s.handle, &other.handle, cSpanSetMinus))
}

// Not makes the set of spans of the blocks that are not in the set.
func (s *SpanSet) Not() (*SpanSet, error) { return newSpanSet(call(&s.handle, cSpanSetNot)) }
