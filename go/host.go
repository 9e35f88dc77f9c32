package blockpack

import (
	"fmt"
	"io"
	"sync"
)

// host is what the program reads or writes for the library. Its functions are called on several
// goroutines at once.
type host struct {
	source io.ReaderAt
	length int64
	sink   io.Writer
}

// OpenReaderAt opens a file that the program reads for the library, as from object storage. What is
// used is fetched once and kept on the heap for as long as its block is held. Nearby ranges are
// joined before r is asked, and ranges that are needed together are asked for at the same time, so r
// is read by several goroutines at once, as the contract of [io.ReaderAt] allows.
//
// r must stay good as long as the reader, or anything made of its blocks, is neither closed nor
// released. The errors of r are found in those of this package by [errors.Is] and [errors.As].
// Options may be nil.
func OpenReaderAt(r io.ReaderAt, size int64, options *OpenOptions) (*Reader, error) {
	return newReader(cReaderOpenSource(host{source: r, length: size}, orZero(options)))
}

// NewWriter starts a file that is written to w, from front to back. It is complete when
// [Writer.Finish] succeeds. The errors of w are found in those of this package by [errors.Is] and
// [errors.As]. Options may be nil.
func NewWriter(w io.Writer, options *WriteOptions) (*Writer, error) {
	return newWriter(cWriterNew(host{sink: w}, orZero(options)))
}

func (h host) size() uint64 { return uint64(max(h.length, 0)) }

// read fills count ranges at once; ask gives where each is in the source, and where it goes.
func (h host) read(count int, ask func(i int) (offset int64, into []byte)) error {
	if count == 1 {
		return h.readOne(ask(0))
	}
	failures := make(chan error, count)
	for i := range count {
		go func() { failures <- h.readOne(ask(i)) }()
	}
	var first error
	for range count {
		if err := <-failures; first == nil {
			first = err
		}
	}
	return first
}

func (h host) readOne(offset int64, into []byte) (err error) {
	defer recovered(&err)
	n, err := h.source.ReadAt(into, offset)
	switch {
	case n == len(into):
		return nil
	case err == nil || err == io.EOF:
		return fmt.Errorf("%d bytes at %d: only %d there: %w", len(into), offset, n, io.ErrUnexpectedEOF)
	}
	return err
}

func (h host) write(bytes []byte) (err error) {
	defer recovered(&err)
	n, err := h.sink.Write(bytes)
	if err == nil && n != len(bytes) {
		// It broke its contract; the file would lack the rest, and nobody would know.
		return io.ErrShortWrite
	}
	return err
}

// recovered makes an error of a panic: this goroutine is none of the program's, and somebody in C
// is waiting for it.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic: %v", p)
	}
}

// recentFailures keeps the last errors of hosts while their numbers travel through the library.
var recentFailures struct {
	sync.Mutex
	count  int32
	errors [64]error
}

// keepFailure gives the number of an error; 0 for none.
func keepFailure(err error) int32 {
	if err == nil {
		return 0
	}
	f := &recentFailures
	f.Lock()
	defer f.Unlock()
	f.errors[f.count%int32(len(f.errors))] = err
	f.count = max(f.count+1, 1)
	return f.count
}

// keptFailure gives the error of a number, unless it is too long ago.
func keptFailure(number int32) error {
	f := &recentFailures
	f.Lock()
	defer f.Unlock()
	if number <= 0 || number > f.count || f.count-number >= int32(len(f.errors)) {
		return nil
	}
	return f.errors[(number-1)%int32(len(f.errors))]
}
