//go:build !cgo

package blockpack

// The twins of the functions in c_*.go for builds without cgo: nothing can be made, so nothing but
// the functions that make things is ever called.

func cVersion() string { return "" }

func cLiveHandles() int { return 0 }

func cBytesHeld() uint64 { return 0 }

func cValueItems(Value) ([]Value, error) { return nil, ErrNotBuilt }

func cValueEntries(Value) ([]Field, error) { return nil, ErrNotBuilt }

func cBuilderNew(BlockOptions) (cPtr, error) { return nil, ErrNotBuilt }

func cBuilderAddOTLP(cPtr, []byte) error { return ErrNotBuilt }

func cBuilderSpanCount(cPtr) uint64 { return 0 }

func cBuilderBlocks(cPtr) (cPtr, error) { return nil, ErrNotBuilt }

func cBuilderFree(cPtr) {}

func cBlocksOpenMemory([]byte) (cPtr, error) { return nil, ErrNotBuilt }

func cBlocksJoin([]cPtr) (cPtr, error) { return nil, ErrNotBuilt }

func cBlocksLen(cPtr) int { return 0 }

func cBlocksSpanCount(cPtr) uint64 { return 0 }

func cBlocksBytesHeld(cPtr) uint64 { return 0 }

func cBlocksInfo(cPtr, int) (BlockInfo, error) { return BlockInfo{}, ErrNotBuilt }

func cBlocksBytes(cPtr, int) ([]byte, error) { return nil, ErrNotBuilt }

func cBlocksColumns(cPtr, int) ([]ColumnInfo, error) { return nil, ErrNotBuilt }

func cBlocksFree(cPtr) {}
