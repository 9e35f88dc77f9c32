package blockpack

import "encoding/hex"

// WriteOptions says how a file is written. The zero value is a good choice.
type WriteOptions struct {
	// BlockOptions says how the blocks of the file are built.
	BlockOptions
	// BufferBytes is the number of bytes of encoded spans to collect before blocks are made of
	// them; 96 MiB if 0. More keeps more traces in one block each; about three times this is in use.
	BufferBytes uint64
	// Threads is the number of threads that build blocks; 0 or 1 for none but the caller's.
	Threads uint32
	// Overwrite replaces a file that has the path already. Readers that have it open keep the old
	// one.
	Overwrite bool
}

// WriteReport tells what was written.
type WriteReport struct {
	// Blocks is the number of blocks.
	Blocks uint64
	// Spans is the number of spans.
	Spans uint64
	// Traces is the number of traces; one that lies in several blocks counts once.
	Traces uint64
	// Bytes is the length of the file.
	Bytes uint64
	// UUID names this file and no other.
	UUID UUID
}

// UUID names a file and no other.
type UUID [16]byte

// String gives the UUID in its usual form.
func (u UUID) String() string {
	h := hex.EncodeToString(u[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// Writer writes OTLP into a file. The file is there, whole, when [Writer.Finish] succeeds, and not
// before; a writer that is closed without leaves nothing behind.
type Writer struct {
	handle
	turns turns
}

// Create starts a file that [Writer.Finish] will publish as path. Options may be nil.
func Create(path string, options *WriteOptions) (*Writer, error) {
	return newWriter(cWriterOpen(path, orZero(options)))
}

func newWriter(ptr cPtr, err error) (*Writer, error) {
	if err != nil {
		return nil, err
	}
	w := new(Writer)
	w.hold(ptr, cWriterFree)
	return w, nil
}

// AddOTLP adds the spans of one OTLP message in protobuf, a TracesData or ExportTraceServiceRequest:
// all of them, or none if the call fails with ErrOTLP or ErrDepth. After any other error the file
// cannot be completed. Whenever enough is collected, blocks are built and written.
func (w *Writer) AddOTLP(message []byte) error {
	return doAlone(&w.turns, &w.handle, func(p cPtr) error { return cWriterAddOTLP(p, message) })
}

// AddInput adds the spans of an input in any encoding, as [Builder.AddInput] does. The records in
// front of one that fails are added.
func (w *Writer) AddInput(input []byte) error {
	return doAlone(&w.turns, &w.handle, func(p cPtr) error { return cWriterAddInput(p, input) })
}

// AddFile adds the spans of a file in any encoding, as [Builder.AddInput] does. The file is read
// piece by piece.
func (w *Writer) AddFile(path string) error {
	return doAlone(&w.turns, &w.handle, func(p cPtr) error { return cWriterAddFile(p, path) })
}

// SpanCount counts the spans that were added so far; 0 when the writer is finished.
func (w *Writer) SpanCount() uint64 {
	count, _ := callAlone(&w.turns, &w.handle, func(p cPtr) (uint64, error) { return cWriterSpanCount(p), nil })
	return count
}

// Finish builds the last blocks, completes the file and publishes it under its path, all or nothing.
// Whether it succeeds or fails, the writer is finished: further calls answer [ErrState], and it need
// not be closed.
func (w *Writer) Finish() (WriteReport, error) {
	return callAlone(&w.turns, &w.handle, func(p cPtr) (WriteReport, error) {
		defer w.finish(ErrState)
		return cWriterFinish(p)
	})
}
