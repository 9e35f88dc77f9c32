package blockpack

// Version names the version of the C library, as in "0.1.0".
func Version() string { return cVersion() }

// LiveHandles counts the objects of the C library that were made and not freed yet, by this
// package or anything else in the process. For tests: a program that closed everything ends with 0.
func LiveHandles() int { return cLiveHandles() }

// HandleKind is a kind of objects of the C library.
type HandleKind uint32

// The kinds of objects.
const (
	HandleAny           HandleKind = 0
	HandleError         HandleKind = 1
	HandleWriter        HandleKind = 4
	HandleBuilder       HandleKind = 5
	HandleReader        HandleKind = 6
	HandleBlocks        HandleKind = 7
	HandleColumns       HandleKind = 8
	HandleColumnScanner HandleKind = 9
	HandleRowSet        HandleKind = 10
	HandleSpanMatches   HandleKind = 11
	HandleSpanSet       HandleKind = 12
	HandleLazyFields    HandleKind = 13
	HandleTraceGraphs   HandleKind = 14
	HandleTraceGraph    HandleKind = 15
	HandleServiceGraph  HandleKind = 20
	HandleMatrix        HandleKind = 21
)

// LiveHandlesOf counts as LiveHandles does, objects of one kind.
func LiveHandlesOf(kind HandleKind) int { return cLiveHandlesOf(kind) }

// LeakedHandles counts the objects that were never closed or released, and that the garbage
// collector had to find: each is a bug in the program, which held memory longer than it knew.
func LeakedHandles() uint64 { return leakedHandles.Load() }

// BytesHeld tells how many bytes of heap memory all blocks of this process hold, with the copies of
// files and the indexes of files that are not mapped, until their readers and blocks go, and Arrow
// arrays: what Go's memory statistics do not know of. Pages of mapped files are not counted.
func BytesHeld() uint64 { return cBytesHeld() }
