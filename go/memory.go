package blockpack

// MemoryStats tells what memory the C library holds in this process, which Go's statistics do not
// know of.
type MemoryStats struct {
	// HeapBytes is heap memory of blocks, as [BytesHeld] tells.
	HeapBytes uint64
	// PeakHeapBytes is the most that it was since the process began, or since [ResetMemoryPeak].
	PeakHeapBytes uint64
	// MappedBytes are files that are mapped at present, in memory or not.
	MappedBytes uint64
	// Handles are objects that are alive, HandlesMade those that were ever made, and HandlesGrown how
	// many of these needed memory that was not there from others.
	Handles, HandlesMade, HandlesGrown uint64
	// HandleBytes is memory of objects, alive or kept for the next ones, but for writers, builders
	// and readers.
	HandleBytes uint64
	// PooledBytes is memory that is kept for joining the traces of the next list of blocks, 8 MiB
	// at most. PoolTaken is how often such memory was needed, PoolGrown how often of these it had to
	// be allocated or to grow.
	PooledBytes, PoolTaken, PoolGrown uint64
}

// Memory tells what memory the C library holds.
func Memory() MemoryStats { return cMemory() }

// ResetMemoryPeak lets PeakHeapBytes begin anew, from what is held at present.
func ResetMemoryPeak() { cMemoryResetPeak() }

// TrimMemory gives memory that is kept for later back to the system: that for joining traces, and that
// of freed objects; what other threads keep of it when they next make or free an object.
func TrimMemory() { cMemoryTrim() }

// BlocksMemory tells what memory a list of blocks holds.
type BlocksMemory struct {
	// HeapBytes is heap memory: blocks that were built or copied, what was fetched or decoded of
	// others, and what they keep to find events, links and nested-set numbers faster.
	HeapBytes uint64
	// MappedBytes are blocks of mapped files, in memory or not.
	MappedBytes uint64
	// PooledBytes are buffers of scans and arrays of graphs that are kept for the next ones. PoolTaken
	// is how often such were needed, PoolGrown how often of these they had to be allocated or to grow.
	PooledBytes, PoolTaken, PoolGrown uint64
}

// Memory tells what memory the list holds. Blocks that other lists have, too, count in each.
func (b *Blocks) Memory() (BlocksMemory, error) { return call(&b.handle, cBlocksMemory) }

// Trim gives the buffers of scans and the arrays of graphs back to the system that the list keeps for
// the next ones.
func (b *Blocks) Trim() error { return do(&b.handle, cBlocksTrim) }
