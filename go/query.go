package blockpack

import (
	"context"
	"time"
)

// Query is a question in TraceQL, read and checked. It does not change: one serves any number of
// searches and goroutines.
type Query struct {
	handle
	text        string
	makesSeries bool
}

// CompileQuery reads a query and checks that it makes sense. What is wrong with it is an [*Error] with
// the position in the text: [ErrParse] for what is not TraceQL, [ErrType] for operands that do not fit
// together, [ErrUnsupported] for what cannot be answered.
func CompileQuery(text string) (*Query, error) {
	ptr, err := cQueryCompile(text)
	if err != nil {
		return nil, err
	}
	q := &Query{text: cQueryText(ptr), makesSeries: cQueryMakesSeries(ptr)}
	q.hold(ptr, cQueryFree)
	return q, nil
}

// String gives the query in one spelling: queries that mean the same by their structure read the same.
func (q *Query) String() string { return q.text }

// MakesSeries tells whether the query makes series of spans, and does not search for spans.
func (q *Query) MakesSeries() bool { return q.makesSeries }

// Explain says how the query would be answered, without running it.
func (q *Query) Explain() (Explanation, error) { return call(&q.handle, cQueryExplain) }

// Spans finds all spans that match. The limits of the options do not count. It ends early when the
// context does, as [Query.Search] says.
func (q *Query) Spans(ctx context.Context, blocks *Blocks, options SearchOptions) (*SpanSet, error) {
	stop, err := newStopper(ctx)
	if err != nil {
		return nil, err
	}
	defer stop.close()
	set, err := newSpanSet(callTwo(&q.handle, &blocks.handle, func(query, blocks cPtr) (cPtr, error) {
		return options.call(stop, func(raw rawSearchOptions) (cPtr, error) {
			return cQuerySpans(query, blocks, raw)
		})
	}))
	return set, stop.explain(err)
}

// Explanation is how a query is answered.
type Explanation struct {
	// Text is the explanation for people, a part a line.
	Text string
	// Parts are the parts of the query, in the order in which they are asked.
	Parts []QueryPart
}

// QueryPart is a part of a query. What it did is 0 if the query was not run, and where only its parts
// are counted.
type QueryPart struct {
	// How it is answered, for people: "scan", "structure", "row by row" and so on.
	How string
	// Text is what it asks.
	Text string
	// Depth is how many parts it is inside of: those that a part is made of follow it, one deeper.
	Depth int
	// Calls is how often it was asked: once a block, or once for blocks that share traces.
	Calls uint64
	// SpansIn is the number of spans that it was asked about.
	SpansIn uint64
	// SpansOut is the number of spans that it left.
	SpansOut uint64
	// Time is how long it took, with its parts.
	Time time.Duration
	// Scans is the number of scans of one predicate over one block that it made.
	Scans uint64
	// BlocksPruned is the number of these that read no values; Pruned says why.
	BlocksPruned uint64
	// Zones is the number of zones of the columns that were scanned: up to 64 a block.
	Zones uint64
	// ZonesPruned is the number of these whose values were left out, because they have no match.
	ZonesPruned uint64
	// Pruned is why scans read no values.
	Pruned Pruned
	// RowsScanned is the number of rows of the tables that its scans were about: of spans, resources,
	// events and so on.
	RowsScanned uint64
	// RowsMatched is the number of these that matched.
	RowsMatched uint64
	// Bytes is how much of values, codes, dictionaries and presence its scans read.
	Bytes uint64
	// MakesSeries tells whether it makes series; if not, it finds spans or is a number.
	MakesSeries bool
	// Series is the number of series that came of it.
	Series uint64
}
