package blockpack

// Version names the version of the C library, as in "0.1.0".
func Version() string { return cVersion() }

// LiveHandles counts the objects of the C library that were made and not freed yet, by this
// package or anything else in the process. For tests: a program that closed everything ends with 0.
func LiveHandles() int { return cLiveHandles() }

// LeakedHandles counts the objects that were never closed or released, and that the garbage
// collector had to find: each is a bug in the program, which held memory longer than it knew.
func LeakedHandles() uint64 { return leakedHandles.Load() }

// BytesHeld tells how many bytes of heap memory all blocks of this process hold, which Go's memory
// statistics do not know of. Pages of mapped files are not counted.
func BytesHeld() uint64 { return cBytesHeld() }
