package blockpack

import "iter"

// Op is what a scan asks of a value; the number of operands is given in brackets.
//
// Values compare by their own type: numbers with numbers (exactly, integers with doubles too), text
// with text (bytewise), ids with ids, and so on. Where the types do not fit, and where there is no
// value, nothing matches, negated or not; OpIsNull asks for that. Of a list, one item must match; of
// events and links, one of the span's.
type Op uint32

// What scans can ask.
const (
	// OpEqual (1): the value is the operand.
	OpEqual Op = 1
	// OpNotEqual (1): there is a value, and it is not the operand.
	OpNotEqual Op = 2
	// OpLess (1): the value is less than the operand.
	OpLess Op = 3
	// OpLessEqual (1): the value is less than the operand, or equal.
	OpLessEqual Op = 4
	// OpGreater (1): the value is greater than the operand.
	OpGreater Op = 5
	// OpGreaterEqual (1): the value is greater than the operand, or equal.
	OpGreaterEqual Op = 6
	// OpIn (any): the value is one of the operands.
	OpIn Op = 7
	// OpNotIn (any): there is a value, and it is none of the operands.
	OpNotIn Op = 8
	// OpBetween (2): the value is at least the first and at most the second operand.
	OpBetween Op = 9
	// OpRegex (1 text): the text has a match of the regular expression somewhere; write \A(?:...)\z to
	// match all of it.
	OpRegex Op = 10
	// OpNotRegex (1 text): there is a text, and it has no match of the regular expression.
	OpNotRegex Op = 11
	// OpContains (1 text or bytes): the value has the operand somewhere in it.
	OpContains Op = 12
	// OpStartsWith (1 text or bytes): the value begins with the operand.
	OpStartsWith Op = 13
	// OpEndsWith (1 text or bytes): the value ends with the operand.
	OpEndsWith Op = 14
	// OpEqualIgnoringCase (1 text): the text is the operand but for upper and lower case.
	OpEqualIgnoringCase Op = 15
	// OpIsNull (none): there is no value.
	OpIsNull Op = 16
	// OpIsNotNull (none): there is a value, of whatever type.
	OpIsNotNull Op = 17
	// OpLengthEqual (1 integer): the length in bytes of the text or bytes is the operand.
	OpLengthEqual Op = 18
	// OpLengthNotEqual (1 integer): the length is not the operand.
	OpLengthNotEqual Op = 19
	// OpLengthLess (1 integer): the length is less than the operand.
	OpLengthLess Op = 20
	// OpLengthLessEqual (1 integer): the length is at most the operand.
	OpLengthLessEqual Op = 21
	// OpLengthGreater (1 integer): the length is greater than the operand.
	OpLengthGreater Op = 22
	// OpLengthGreaterEqual (1 integer): the length is at least the operand.
	OpLengthGreaterEqual Op = 23
)

// ColumnScanner scans columns of one block, one method for each predicate; what it finds is a
// [RowSet]. The rules of comparing are at [Op]. Columns have any spelling that [Columns] take.
type ColumnScanner struct {
	holder
}

// NewColumnScanner makes a scanner of a block of the list.
func NewColumnScanner(blocks *Blocks, block int) (*ColumnScanner, error) {
	ptr, err := call(&blocks.handle, func(p cPtr) (cPtr, error) { return cColumnScannerNew(p, block) })
	if err != nil {
		return nil, err
	}
	s := new(ColumnScanner)
	s.hold(ptr, cColumnScannerFree)
	return s, nil
}

// Scan finds the rows whose value of the column is as op asks.
func (s *ColumnScanner) Scan(column string, op Op, operands ...Value) (*RowSet, error) {
	return newRowSet(call(&s.handle, func(p cPtr) (cPtr, error) { return cColumnScannerScan(p, column, op, operands) }))
}

// Equal finds the rows whose value is v.
func (s *ColumnScanner) Equal(column string, v Value) (*RowSet, error) {
	return s.Scan(column, OpEqual, v)
}

// NotEqual finds the rows that have a value other than v.
func (s *ColumnScanner) NotEqual(column string, v Value) (*RowSet, error) {
	return s.Scan(column, OpNotEqual, v)
}

// Less finds the rows whose value is less than v.
func (s *ColumnScanner) Less(column string, v Value) (*RowSet, error) {
	return s.Scan(column, OpLess, v)
}

// LessEqual finds the rows whose value is less than v, or equal.
func (s *ColumnScanner) LessEqual(column string, v Value) (*RowSet, error) {
	return s.Scan(column, OpLessEqual, v)
}

// Greater finds the rows whose value is greater than v.
func (s *ColumnScanner) Greater(column string, v Value) (*RowSet, error) {
	return s.Scan(column, OpGreater, v)
}

// GreaterEqual finds the rows whose value is greater than v, or equal.
func (s *ColumnScanner) GreaterEqual(column string, v Value) (*RowSet, error) {
	return s.Scan(column, OpGreaterEqual, v)
}

// Between finds the rows whose value is at least from and at most to.
func (s *ColumnScanner) Between(column string, from, to Value) (*RowSet, error) {
	return s.Scan(column, OpBetween, from, to)
}

// In finds the rows whose value is one of values.
func (s *ColumnScanner) In(column string, values ...Value) (*RowSet, error) {
	return s.Scan(column, OpIn, values...)
}

// NotIn finds the rows that have a value that is none of values.
func (s *ColumnScanner) NotIn(column string, values ...Value) (*RowSet, error) {
	return s.Scan(column, OpNotIn, values...)
}

// Regex finds the rows whose text has a match of pattern somewhere in it.
func (s *ColumnScanner) Regex(column, pattern string) (*RowSet, error) {
	return s.Scan(column, OpRegex, StringValue(pattern))
}

// NotRegex finds the rows that have a text without a match of pattern.
func (s *ColumnScanner) NotRegex(column, pattern string) (*RowSet, error) {
	return s.Scan(column, OpNotRegex, StringValue(pattern))
}

// Contains finds the rows whose text has part somewhere in it.
func (s *ColumnScanner) Contains(column, part string) (*RowSet, error) {
	return s.Scan(column, OpContains, StringValue(part))
}

// StartsWith finds the rows whose text begins with part.
func (s *ColumnScanner) StartsWith(column, part string) (*RowSet, error) {
	return s.Scan(column, OpStartsWith, StringValue(part))
}

// EndsWith finds the rows whose text ends with part.
func (s *ColumnScanner) EndsWith(column, part string) (*RowSet, error) {
	return s.Scan(column, OpEndsWith, StringValue(part))
}

// EqualIgnoringCase finds the rows whose text is this one but for upper and lower case.
func (s *ColumnScanner) EqualIgnoringCase(column, text string) (*RowSet, error) {
	return s.Scan(column, OpEqualIgnoringCase, StringValue(text))
}

// IsNull finds the rows that have no value.
func (s *ColumnScanner) IsNull(column string) (*RowSet, error) {
	return s.Scan(column, OpIsNull)
}

// IsNotNull finds the rows that have a value, of whatever type.
func (s *ColumnScanner) IsNotNull(column string) (*RowSet, error) {
	return s.Scan(column, OpIsNotNull)
}

// Scan finds the spans of all blocks of the list whose value of the column is as op asks.
func (b *Blocks) Scan(column string, op Op, operands ...Value) (*SpanSet, error) {
	return newSpanSet(call(&b.handle, func(p cPtr) (cPtr, error) { return cBlocksScan(p, column, op, operands) }))
}

// Stream scans as [Blocks.Scan] does, block after block, and gives the set of each before the next
// block is scanned; so a loop that has seen enough saves the rest. A set is released when the loop
// goes on. After an error there is no further set.
func (b *Blocks) Stream(column string, op Op, operands ...Value) iter.Seq2[*RowSet, error] {
	return func(yield func(*RowSet, error) bool) {
		for block := range b.Len() {
			set, err := b.scanOne(block, column, op, operands)
			if err != nil {
				yield(nil, err)
				return
			}
			more := yield(set, nil)
			set.Release()
			if !more {
				return
			}
		}
	}
}

func (b *Blocks) scanOne(block int, column string, op Op, operands []Value) (*RowSet, error) {
	scanner, err := NewColumnScanner(b, block)
	if err != nil {
		return nil, err
	}
	defer scanner.Release()
	return scanner.Scan(column, op, operands...)
}

// ScanStats tells what scans did so far.
type ScanStats struct {
	// Scans is the number of scans of one predicate over one block.
	Scans uint64
	// RowsScanned is the number of rows of the tables that were scanned.
	RowsScanned uint64
	// RowsMatched is the number of rows that matched.
	RowsMatched uint64
	// Bytes is the number of bytes of values, codes, dictionaries and presence that were read.
	Bytes uint64
	// BuffersGrown is the number of buffers that had to be allocated or to grow.
	BuffersGrown uint64
	// BlocksPruned is the number of the scans that read no value, code or id of any row; dictionaries
	// may have been searched, and presence copied. Pruned says why.
	BlocksPruned uint64
	// Zones is the number of zones of the columns that were scanned: up to 64 a block.
	Zones uint64
	// ZonesPruned is the number of the zones without a match whose values were left out.
	ZonesPruned uint64
	// Pruned is why scans read no values.
	Pruned Pruned
}

// Pruned tells why scans of blocks read no values. Each such scan has one reason: the last of these
// that any of the columns of the name needed. So they add up to BlocksPruned.
type Pruned struct {
	// Index counts scans of blocks of which the index of the file, or a filter in it, says that nothing
	// matches.
	Index uint64
	// NoColumn counts those of blocks without a column of the name, or without one of a type that the
	// value can be in.
	NoColumn uint64
	// Bounds counts those of which the smallest and largest value of the columns say that none matches,
	// or that all do.
	Bounds uint64
	// Constant counts those of blocks in which all rows are alike: a dictionary of one text, or each row
	// has a value and that is all that was asked.
	Constant uint64
	// Dictionary counts those of which no text of the dictionary matches, or all do.
	Dictionary uint64
	// Zones counts those of which the bounds of all zones say that none matches.
	Zones uint64
}

// ScanStats tells what the scans of the list and of all its scanners did so far.
func (b *Blocks) ScanStats() (ScanStats, error) { return call(&b.handle, cBlocksScanStats) }

// Condition is what [Blocks.ScanAll] asks of a column.
type Condition struct {
	// Column is any spelling that [Columns] take.
	Column string
	// Op is what is asked.
	Op Op
	// Operands are as many as Op has.
	Operands []Value
}

// ScanAll finds the spans of all blocks that satisfy all conditions, each on its own: two on events
// may be satisfied by different events of a span. In each block those are asked first that are expected
// to match least, by what [Blocks.Observed] tells; the rest is not asked once no span is left.
func (b *Blocks) ScanAll(conditions ...Condition) (*SpanSet, error) {
	return newSpanSet(call(&b.handle, func(p cPtr) (cPtr, error) { return cBlocksScanAll(p, conditions) }))
}

// SetScanThreads lets [Blocks.Scan] and [Blocks.ScanAll] use up to n threads of the library, the one that calls among them;
// at first it uses that one alone. 0 stands for as many as there are processors. Threads pay where a
// scan takes milliseconds: starting one takes some tens of microseconds, at each scan. What is soon done starts none.
func (b *Blocks) SetScanThreads(n int) error {
	_, err := call(&b.handle, func(p cPtr) (struct{}, error) { return struct{}{}, cBlocksSetScanThreads(p, n) })
	return err
}

// Observation tells how many rows a kind of question to a column matches.
type Observation struct {
	// Selectivity is the share of rows that matched, from 0 to 1: an average over the scans so far, in
	// which the latest weighs an eighth; 0.1 if there were none.
	Selectivity float64
	// Scans is the number of scans that it is from.
	Scans uint64
}

// Observed tells what share of rows the scans of the list and of its scanners matched in a column
// with operators like op. Conditions that are asked together are ordered by it.
func (b *Blocks) Observed(column string, op Op) (Observation, error) {
	return call(&b.handle, func(p cPtr) (Observation, error) { return cBlocksObserved(p, column, op) })
}

// ResetScanStats sets what [Blocks.ScanStats] counts to 0, and forgets what [Blocks.Observed] tells.
func (b *Blocks) ResetScanStats() error {
	_, err := call(&b.handle, func(p cPtr) (struct{}, error) { return struct{}{}, cBlocksResetScanStats(p) })
	return err
}
