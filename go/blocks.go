package blockpack

import "time"

// Blocks is a list of blocks, of one or several files and builders. Spans are addressed by their
// block's index in the list and their row in the block.
//
// The memory of a block goes when the last object that holds it is released or closed: lists,
// scanners, sets, fields and graphs made from the list.
type Blocks struct {
	holder
	len   int
	spans uint64
}

// newBlocks takes what a call that makes a list answered.
func newBlocks(ptr cPtr, err error) (*Blocks, error) {
	if err != nil {
		return nil, err
	}
	b := &Blocks{len: cBlocksLen(ptr), spans: cBlocksSpanCount(ptr)}
	b.hold(ptr, cBlocksFree)
	return b, nil
}

// OpenBlock opens one block, which is a list of its own: for storage engines that keep blocks in
// files of their own. The bytes are those that [Blocks.Bytes] gave; they are copied.
func OpenBlock(bytes []byte) (*Blocks, error) {
	return newBlocks(cBlocksOpenMemory(bytes))
}

// JoinBlocks joins lists into a new one: blocks of several files and builders, in the order of the
// lists. Nothing is copied. The given lists stay, and may be released.
func JoinBlocks(lists ...*Blocks) (*Blocks, error) {
	return newBlocks(callMany(lists, cBlocksJoin))
}

// Len counts the blocks of the list; also after release.
func (b *Blocks) Len() int { return b.len }

// SpanCount counts the spans of all blocks of the list; also after release.
func (b *Blocks) SpanCount() uint64 { return b.spans }

// BytesHeld sums up the heap memory in bytes that the blocks of the list hold at present; 0 after
// release. Pages of a mapped file are not heap memory.
func (b *Blocks) BytesHeld() uint64 {
	return fact(&b.handle, cBlocksBytesHeld)
}

// BlockInfo is what a block holds.
type BlockInfo struct {
	// Spans is the number of spans; rows are numbered from 0.
	Spans uint64
	// Traces is the number of traces, or fragments of traces that continue in other blocks.
	Traces uint64
	// Columns is the number of columns, see [Blocks.Columns].
	Columns uint64
	// MinStart is the earliest start of a span.
	MinStart time.Time
	// MaxEnd is the latest end of a span.
	MaxEnd time.Time
	// Bytes is the length of the block.
	Bytes uint64
	// HeapBytes is the heap memory that the block holds at present, as in [BlocksMemory]; of a mapped
	// block little unless its sections are compressed.
	HeapBytes uint64
}

// Info tells what a block of the list holds.
func (b *Blocks) Info(block int) (BlockInfo, error) {
	return call(&b.handle, func(p cPtr) (BlockInfo, error) { return cBlocksInfo(p, block) })
}

// Bytes gives a copy of a block's bytes, for storage engines that keep blocks in files of their own;
// [OpenBlock] opens them again.
func (b *Blocks) Bytes(block int) ([]byte, error) {
	return call(&b.handle, func(p cPtr) ([]byte, error) { return cBlocksBytes(p, block) })
}

// ColumnInfo is a column of a block.
type ColumnInfo struct {
	// Name is the name as a scan takes it, as in "span.http.method" or "span:name".
	Name string
	// Type is the type of the values, for people, as in "string" or "int[]".
	Type string
	// Kind is the kind of the values; KindAbsent if this version does not know it.
	Kind Kind
	// IsAttribute tells an attribute from a property that every span, event and so on has.
	IsAttribute bool
	// Present is the number of rows of the column's table that have a value.
	Present uint64
	// Distinct is the number of distinct values if the column has a dictionary, else 0.
	Distinct uint64
}

// Columns lists the columns of a block of the list. One name may have a column for each type of its
// values.
func (b *Blocks) Columns(block int) ([]ColumnInfo, error) {
	return call(&b.handle, func(p cPtr) ([]ColumnInfo, error) { return cBlocksColumns(p, block) })
}
