package blockpack

// SpanMatches are spans of one block that satisfy a combination of scans, and for each the columns
// that it satisfied it by. They do not change. They hold the blocks until they are released.
//
// Columns are numbered in the order of the sets they were made from. A span counts as matched by a
// column if that scan found it and all conjunctions around that scan hold: of (a and b) or c, a span
// with a and c is matched by c alone.
type SpanMatches struct {
	holder
	count   uint64
	columns []string
}

func newSpanMatches(ptr cPtr, err error) (*SpanMatches, error) {
	if err != nil {
		return nil, err
	}
	m := &SpanMatches{count: cSpanMatchesCount(ptr), columns: cSpanMatchesColumns(ptr)}
	m.hold(ptr, cSpanMatchesFree)
	return m, nil
}

// MatchAny combines scans of one block: spans that at least one of the sets has, and by which. Each
// set is the result of a scan.
func MatchAny(sets ...*RowSet) (*SpanMatches, error) {
	return newSpanMatches(callMany(sets, cRowSetsOr))
}

// MatchAll combines scans of one block: spans that all of the sets have. Each set is the result of a
// scan.
func MatchAll(sets ...*RowSet) (*SpanMatches, error) {
	return newSpanMatches(callMany(sets, cRowSetsAnd))
}

// Or combines combinations of one block: spans that at least one of them has.
func (m *SpanMatches) Or(others ...*SpanMatches) (*SpanMatches, error) {
	return newSpanMatches(callMany(append([]*SpanMatches{m}, others...), cSpanMatchesOr))
}

// And combines combinations of one block: spans that all of them have.
func (m *SpanMatches) And(others ...*SpanMatches) (*SpanMatches, error) {
	return newSpanMatches(callMany(append([]*SpanMatches{m}, others...), cSpanMatchesAnd))
}

// Len counts the spans; also after release.
func (m *SpanMatches) Len() int { return int(m.count) }

// Columns names the columns that may have matched, in the order of their numbers; also after
// release. The slice must not be changed.
func (m *SpanMatches) Columns() []string { return m.columns }

// Contains tells whether a row is among the spans; false after release.
func (m *SpanMatches) Contains(row int) bool {
	return fact(&m.handle, func(p cPtr) bool { return cSpanMatchesContains(p, row) })
}

// ByColumn tells whether a row is among the spans, and by this column among others; false after
// release.
func (m *SpanMatches) ByColumn(row, column int) bool {
	return fact(&m.handle, func(p cPtr) bool { return cSpanMatchesByColumn(p, row, column) })
}

// Rows gives all rows in ascending order, and for each the columns that it was matched by, as
// [SpanMatches.ReadRows] does.
func (m *SpanMatches) Rows() (rows []uint32, masks []uint64, err error) {
	rows, masks = make([]uint32, m.Len()), make([]uint64, m.Len())
	if _, err = m.ReadRows(0, rows, masks); err != nil {
		return nil, nil, err
	}
	return rows, masks, nil
}

// ReadRows fills into with rows in ascending order, from the first that is not below from, and masks
// with the columns that each was matched by: bit i stands for column i. Columns from 64 on are told
// by [SpanMatches.ByColumn]. It tells how many there were: 0 at the end. To go on, call again with
// the last row plus 1. masks may be nil; otherwise it is as long as into.
func (m *SpanMatches) ReadRows(from uint32, into []uint32, masks []uint64) (int, error) {
	if masks != nil && len(masks) < len(into) {
		into = into[:len(masks)]
	}
	return call(&m.handle, func(p cPtr) (int, error) { return cSpanMatchesRows(p, from, into, masks) })
}

// RowSet makes the set of the spans, without their columns.
func (m *SpanMatches) RowSet() (*RowSet, error) {
	return newRowSet(call(&m.handle, cSpanMatchesRowSet))
}

// Fields makes the fields of one span, of which those are visible that its matching columns name,
// and those that always are: trace:id, span:id, span:parent_id, span:name, span:start, span:end,
// span:duration, span:status, span:kind, span:status_message and resource.service.name. They hold
// the blocks on their own.
func (m *SpanMatches) Fields(row int) (*LazyFields, error) {
	return newLazyFields(call(&m.handle, func(p cPtr) (cPtr, error) { return cSpanMatchesFields(p, row) }))
}
