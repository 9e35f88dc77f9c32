package blockpack

import "unsafe"

// ArrowOptions say what an Arrow stream has. The zero value stands for all that the blocks have, a batch
// a block.
type ArrowOptions struct {
	// Columns are the fields that become columns, in this order; nil stands for all that the blocks have
	// a column for, with events and links.
	Columns *Columns
	// BatchRows is how many rows a batch has at most; 0 stands for no limit but the block.
	BatchRows int
	// Events adds a column "event" to chosen columns: a list of structs.
	Events bool
	// Links adds a column "link" to chosen columns: a list of structs.
	Links bool
}

// ArrowStream gives the spans of the set as a stream of Arrow's C stream interface: it fills out, which
// points at a struct ArrowArrayStream that is not in use. With apache/arrow-go that is a
// cdata.CArrowArrayStream:
//
//	var stream cdata.CArrowArrayStream
//	err := set.ArrowStream(options, unsafe.Pointer(&stream))
//	reader, err := cdata.ImportCRecordReader(&stream, nil)
//
// Who has the struct calls its release callback, as that reader does. Until then it holds the blocks,
// whatever becomes of the set.
func (s *SpanSet) ArrowStream(options ArrowOptions, out unsafe.Pointer) error {
	return arrowStream(&s.handle, options, out, cArrowExportSpanSet)
}

// ArrowStream gives all spans of the blocks; see [SpanSet.ArrowStream].
func (b *Blocks) ArrowStream(options ArrowOptions, out unsafe.Pointer) error {
	return arrowStream(&b.handle, options, out, cArrowExportBlocks)
}

// ArrowStream gives the spans of the set, with the schema of all blocks of the list that the set's block
// is in; see [SpanSet.ArrowStream].
func (s *RowSet) ArrowStream(options ArrowOptions, out unsafe.Pointer) error {
	return arrowStream(&s.handle, options, out, cArrowExportRowSet)
}

// ReleaseArrowStream releases a stream that nobody reads; one that was released already stays so.
func ReleaseArrowStream(stream unsafe.Pointer) { cArrowRelease(stream) }

func arrowStream(of *handle, options ArrowOptions, out unsafe.Pointer, export func(of, columns cPtr, options ArrowOptions, out unsafe.Pointer) error) error {
	return do(of, func(p cPtr) error {
		if options.Columns == nil {
			return export(p, nil, options, out)
		}
		return do(&options.Columns.handle, func(columns cPtr) error { return export(p, columns, options, out) })
	})
}
