package blockpack

import "time"

// Access says how a file that is opened by its path is read.
type Access uint32

// The ways to read files.
const (
	// AccessMap: through a memory mapping, the fastest. The file must not be cut short while it is
	// open; files that this library publishes never are, since a new one replaces the old as a whole.
	AccessMap Access = 0
	// AccessRead: with pread; what is used is copied to the heap.
	AccessRead Access = 1
)

// Verify says when checksums are compared.
type Verify uint32

// When checksums are compared.
const (
	// VerifyLazy: when something is used for the first time.
	VerifyLazy Verify = 0
	// VerifyFull: all of them when the file is opened, which reads all of it.
	VerifyFull Verify = 1
)

// OpenOptions says how a file is opened. The zero value is a good choice.
type OpenOptions struct {
	// Access says how files opened by path are read.
	Access Access
	// Verify says when checksums are compared.
	Verify Verify
	// CoalesceGap is for sources: ranges at most this many bytes apart are read as one; 512 KiB if 0.
	CoalesceGap uint64
	// CoalesceMax is for sources: no range is longer than this many bytes; 16 MiB if 0.
	CoalesceMax uint64
	// DiscardUnheld is for mapped files: when nobody holds a block any more, its pages go back to the
	// system at once. Otherwise they stay until the system needs them, and count as memory of the
	// process.
	DiscardUnheld bool
}

// Reader is an open file.
type Reader struct {
	handle
	name, writer string
	blocks       int
}

// Open opens the file at path. Options may be nil.
func Open(path string, options *OpenOptions) (*Reader, error) {
	return newReader(cReaderOpen(path, orZero(options)))
}

// OpenBytes opens a file that is in memory; the bytes are copied. Options may be nil.
func OpenBytes(bytes []byte, options *OpenOptions) (*Reader, error) {
	return newReader(cReaderOpenMemory(bytes, orZero(options)))
}

func newReader(ptr cPtr, err error) (*Reader, error) {
	if err != nil {
		return nil, err
	}
	r := &Reader{name: cReaderName(ptr), writer: cReaderWriter(ptr), blocks: cReaderBlockCount(ptr)}
	r.hold(ptr, cReaderFree)
	return r, nil
}

// Name tells what the file is called: its path, "memory" or "source".
func (r *Reader) Name() string { return r.name }

// Writer names the program that wrote the file, and its version.
func (r *Reader) Writer() string { return r.writer }

// BlockCount counts the blocks of the file.
func (r *Reader) BlockCount() int { return r.blocks }

// FileInfo is what a file holds.
type FileInfo struct {
	// Blocks is the number of blocks.
	Blocks uint64
	// Spans is the number of spans.
	Spans uint64
	// Traces is the number of traces; one that lies in several blocks counts in each.
	Traces uint64
	// Bytes is the length of the file.
	Bytes uint64
	// MinStart is the earliest start of a span.
	MinStart time.Time
	// MaxEnd is the latest end of a span.
	MaxEnd time.Time
	// FormatMajor and FormatMinor are the version of the file format. A reader of the same major
	// version reads every minor one.
	FormatMajor, FormatMinor uint32
	// UUID names this file and no other.
	UUID UUID
}

// Info tells what the file holds.
func (r *Reader) Info() (FileInfo, error) { return call(&r.handle, cReaderInfo) }

// Blocks gives the blocks of the file as a list, which does not need the reader any more. The same
// block is shared by all lists that have it.
func (r *Reader) Blocks() (*Blocks, error) { return r.BlockRange(0, r.blocks) }

// BlockRange gives count blocks of the file, from block first on, as a list; all of those if
// count is -1.
func (r *Reader) BlockRange(first, count int) (*Blocks, error) {
	return newBlocks(call(&r.handle, func(p cPtr) (cPtr, error) { return cReaderBlocks(p, first, count) }))
}

// Verify reads the whole file, compares every checksum and checks every column. It reports the first
// damage that is found.
func (r *Reader) Verify() error {
	return do(&r.handle, cReaderVerify)
}
