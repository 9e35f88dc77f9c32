package blockpack

import (
	"context"
	"time"
)

// MetricsOptions are over which time series are made, and how. Zero is the default of every field.
type MetricsOptions struct {
	// Start leaves out spans that start then or before; if not set, all from the first on count.
	Start time.Time
	// End leaves out spans that start after it; if not set, the last span is the last.
	End time.Time
	// Step is the time between two samples; about 240 samples at whole units of time if 0.
	Step time.Duration
	// Instant makes one sample of the whole time.
	Instant bool
	// Exemplars is how many exemplars to give at most; as the query's hint exemplars says if 0.
	Exemplars int
	// FirstBlock is the first block to count spans of: only traces that begin in the blocks that are
	// counted do, or the spans in them where nothing is asked about whole traces. So parts of a list
	// count together what a run over the whole does, nothing twice, and at the same times.
	FirstBlock int
	// BlockCount is how many blocks to count from there on; all if 0.
	BlockCount int
	// RootedOnly relates only spans that a root reaches.
	RootedOnly bool
	// Threads is how many threads to use; 1 if 0.
	Threads int
	// Budget is the memory that the run may use; 2 GiB if nil.
	Budget *Budget
}

// SeriesSet is what a query makes that ends in a function like rate(): series with samples at the same
// times. It belongs to Go.
type SeriesSet struct {
	// Times are the ends of the intervals that samples are of.
	Times []time.Time
	// Step is the time between two samples.
	Step time.Duration
	// Spans is the number of spans that the query found, and that start in the time.
	Spans uint64
	// Series are the series, ordered by their labels.
	Series []Series
	// Stats say what it took.
	Stats SeriesStats
	// Explanation says how the query was answered, and what its parts did.
	Explanation Explanation
}

// SeriesStats are what it took to make series.
type SeriesStats struct {
	// Chunks is how many chunks the blocks fall into: blocks that share traces, or single blocks where
	// nothing is asked about whole traces. A query that is made of several counts them for each.
	Chunks uint64
	// ChunksOutside is the number of these outside of the blocks and the time that were asked for.
	ChunksOutside uint64
	// ChunksOutsideBlocks is the number of those outside that do not begin in the blocks that were asked
	// for.
	ChunksOutsideBlocks uint64
	// ChunksOutsideTime is the number of those outside that do, and have no span in the time that was
	// asked for.
	ChunksOutsideTime uint64
	// PeakBytes is the most memory of sets, groups and sums at a time, blocks not counted.
	PeakBytes uint64
	// Time is how long it took.
	Time time.Duration
}

// Series is a series over time.
type Series struct {
	// Text is its labels as text, as in {resource.service.name="cart"}.
	Text string
	// Labels are what tells it from others: fields as the query writes them, and names like __name__,
	// __bucket and p.
	Labels []Field
	// Values are its samples, one for each time; a gap is NaN.
	Values []float64
	// Exemplars are spans that stand for many, by time.
	Exemplars []Exemplar
}

// Exemplar is a span that stands for those of a series.
type Exemplar struct {
	// IDs are its ids, and where it is in the blocks that were asked.
	IDs SpanIDs
	// Time is when it starts.
	Time time.Time
	// Value is its value in the field that the query is about, durations in seconds; where spans are
	// counted, or two sides of series combined, the sample of the series at that time.
	Value float64
}

// rawMetricsOptions are the options as C has them.
type rawMetricsOptions struct {
	start, end, step, timeout uint64
	firstBlock, blockCount    uint64
	cancel, budget            cPtr
	exemplars, threads        uint32
	instant, rootedOnly       bool
}

// Metrics makes the series that the query asks for, of spans in blocks, which may come from several
// files and from builders: a trace that lies in several of them is one. It ends early when the context
// does, as [Query.Search] says.
func (q *Query) Metrics(ctx context.Context, blocks *Blocks, options MetricsOptions) (*SeriesSet, error) {
	stop, err := newStopper(ctx)
	if err != nil {
		return nil, err
	}
	defer stop.close()
	raw := rawMetricsOptions{
		start:      rawTime(options.Start),
		end:        rawTime(options.End),
		step:       uint64(max(options.Step, 0)),
		firstBlock: uint64(max(options.FirstBlock, 0)),
		blockCount: uint64(max(options.BlockCount, 0)),
		exemplars:  rawCount(options.Exemplars),
		threads:    rawCount(options.Threads),
		timeout:    stop.timeout(),
		cancel:     stop.ptr,
		instant:    options.Instant,
		rootedOnly: options.RootedOnly,
	}
	set, err := callTwo(&q.handle, &blocks.handle, func(query, blocks cPtr) (*SeriesSet, error) {
		if options.Budget == nil {
			return cSeries(query, blocks, raw)
		}
		return call(&options.Budget.handle, func(budget cPtr) (*SeriesSet, error) {
			raw.budget = budget
			return cSeries(query, blocks, raw)
		})
	})
	return set, stop.explain(err)
}
