package blockpack

// RowSet is a set of spans of one block: what a scan found, or a combination. It does not change.
// It holds the blocks, so that fields can be read from it, until it is released.
type RowSet struct {
	holder
	facts rowSetFacts
}

// rowSetFacts is what a row set knows without its blocks.
type rowSetFacts struct {
	count, blockRows uint64
	block            int
	column           string
}

func newRowSet(ptr cPtr, err error) (*RowSet, error) {
	if err != nil {
		return nil, err
	}
	s := &RowSet{facts: cRowSetFacts(ptr)}
	s.hold(ptr, cRowSetFree)
	return s, nil
}

// NewRowSet makes a set of rows of a block of the list, which come in any order and as often as they
// like.
func NewRowSet(blocks *Blocks, block int, rows []uint32) (*RowSet, error) {
	return newRowSet(call(&blocks.handle, func(p cPtr) (cPtr, error) { return cRowSetNew(p, block, rows) }))
}

// AllRows makes the set of all rows of a block of the list.
func AllRows(blocks *Blocks, block int) (*RowSet, error) {
	return newRowSet(call(&blocks.handle, func(p cPtr) (cPtr, error) { return cRowSetAll(p, block) }))
}

// Len counts the rows in the set; also after release.
func (s *RowSet) Len() int { return int(s.facts.count) }

// BlockRows counts the rows of the block, in the set or not; also after release.
func (s *RowSet) BlockRows() int { return int(s.facts.blockRows) }

// Block tells the index of the block in its list; also after release.
func (s *RowSet) Block() int { return s.facts.block }

// Column names the column whose scan gave the set; empty if the set came about otherwise. Also after
// release.
func (s *RowSet) Column() string { return s.facts.column }

// Contains tells whether a row is in the set; false after release.
func (s *RowSet) Contains(row int) bool {
	return fact(&s.handle, func(p cPtr) bool { return cRowSetContains(p, row) })
}

// Rows gives all rows of the set in ascending order.
func (s *RowSet) Rows() ([]uint32, error) {
	rows := make([]uint32, s.Len())
	_, err := s.ReadRows(0, rows)
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// ReadRows fills into with rows of the set in ascending order, from the first that is not below
// from, and tells how many there were: 0 at the end. To go on, call again with the last row plus 1.
func (s *RowSet) ReadRows(from uint32, into []uint32) (int, error) {
	return call(&s.handle, func(p cPtr) (int, error) { return cRowSetRows(p, from, into) })
}

// Words gives the set as a bitmap: row r is bit r % 64, lowest first, of word r / 64.
func (s *RowSet) Words() ([]uint64, error) {
	words := make([]uint64, (s.BlockRows()+63)/64)
	if err := do(&s.handle, func(p cPtr) error { return cRowSetWords(p, words) }); err != nil {
		return nil, err
	}
	return words, nil
}

// And makes the set of rows that are in both sets, which are of one block.
func (s *RowSet) And(other *RowSet) (*RowSet, error) {
	return newRowSet(callTwo(&s.handle, &other.handle, cRowSetAnd))
}

// Or makes the set of rows that are in one of the sets or in both. The sets are of one block.
func (s *RowSet) Or(other *RowSet) (*RowSet, error) {
	return newRowSet(callTwo(&s.handle, &other.handle, cRowSetOr))
}

// Minus makes the set of rows of s that are not in other. The sets are of one block.
func (s *RowSet) Minus(other *RowSet) (*RowSet, error) {
	return newRowSet(callTwo(&s.handle, &other.handle, cRowSetMinus))
}

// Not makes the set of rows of the block that are not in the set. That is more than the negated
// condition finds: rows without a value are in it, too.
func (s *RowSet) Not() (*RowSet, error) { return newRowSet(call(&s.handle, cRowSetNot)) }

// Fields makes the fields of one row, which need not be in the set. They hold the blocks on their
// own.
func (s *RowSet) Fields(row int) (*LazyFields, error) {
	return newLazyFields(call(&s.handle, func(p cPtr) (cPtr, error) { return cRowSetFields(p, row) }))
}
