package blockpack

// Profile says how the sections of blocks are stored.
type Profile uint32

// The profiles.
const (
	// ProfileHot: scanned in place, only long text compressed.
	ProfileHot Profile = 0
	// ProfileArchive: compressed, decoded once when first touched.
	ProfileArchive Profile = 1
)

// BlockOptions says how blocks are built. The zero value is a good choice.
type BlockOptions struct {
	// MaxBytes is the number of encoded OTLP bytes in a block, at most; 64 MiB if 0.
	MaxBytes uint64
	// MaxSpans is the number of spans in a block, at most; only a larger trace makes a larger
	// block. 32,768 if 0.
	MaxSpans uint32
	// MaxAttributeColumns is the number of attribute columns in a block, at most; what exceeds them
	// is kept, and slow to query. 1,024 if 0.
	MaxAttributeColumns uint32
	// Profile says how sections are stored.
	Profile Profile
}

// Builder makes blocks in memory of OTLP bytes, to be queried at once or kept elsewhere.
type Builder struct {
	handle
	turns turns
}

// NewBuilder makes a builder. Options may be nil.
func NewBuilder(options *BlockOptions) (*Builder, error) {
	ptr, err := cBuilderNew(orZero(options))
	if err != nil {
		return nil, err
	}
	b := new(Builder)
	b.hold(ptr, cBuilderFree)
	return b, nil
}

func orZero[T any](options *T) (o T) {
	if options != nil {
		o = *options
	}
	return o
}

// AddOTLP adds the spans of one OTLP message in protobuf, a TracesData or ExportTraceServiceRequest:
// all of them, or none if the call fails. The message is copied.
func (b *Builder) AddOTLP(message []byte) error {
	return doAlone(&b.turns, &b.handle, func(p cPtr) error { return cBuilderAddOTLP(p, message) })
}

// AddInput adds the spans of an input in any encoding of OTLP traces that the library reads: protobuf
// (one message, or many each after its length as a varint), JSON (one object or one a line), plain or
// compressed with gzip or zstd. Which one is told by the first bytes. The records in front of one that
// fails are added.
func (b *Builder) AddInput(input []byte) error {
	return doAlone(&b.turns, &b.handle, func(p cPtr) error { return cBuilderAddInput(p, input) })
}

// SpanCount counts the spans that were added and are in no block yet.
func (b *Builder) SpanCount() uint64 {
	count, _ := callAlone(&b.turns, &b.handle, func(p cPtr) (uint64, error) { return cBuilderSpanCount(p), nil })
	return count
}

// Blocks makes blocks of the spans that were added, and empties the builder for further ones. No
// spans give an empty list. [JoinBlocks] puts lists together.
func (b *Builder) Blocks() (*Blocks, error) {
	return newBlocks(callAlone(&b.turns, &b.handle, cBuilderBlocks))
}
