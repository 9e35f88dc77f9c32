package blockpack

import (
	"iter"
	"time"
)

// TraceSummary is a trace in brief.
type TraceSummary struct {
	// ID is the id of the trace: of one of another length, the last 16 bytes, or zeros in front.
	ID TraceID
	// RootService is the service of the root that the trace is named after; empty without a root.
	RootService string
	// RootName is the name of that root; empty without a root.
	RootName string
	// Start is when the first span starts.
	Start time.Time
	// Duration is from then until the last span ends.
	Duration time.Duration
	// Spans is the number of spans.
	Spans uint32
	// Errors is the number of spans with the status "error".
	Errors uint32
	// Services is the number of services that took part.
	Services uint32
	// Root is the node of the root that the trace is named after: the one that starts first, of several
	// the one with the smallest span id. NoParent without a root.
	Root uint32
	// Flags tell what is wrong with the trace.
	Flags TraceFlags
}

// summariesAtOnce is how many summaries are read at a time.
const summariesAtOnce = 1024

// ReadSummaries fills into with the summaries of traces, from graph number first on, and tells how
// many there were: 0 at the end.
func (g *TraceGraphs) ReadSummaries(first int, into []TraceSummary) (int, error) {
	return call(&g.handle, func(p cPtr) (int, error) { return cTraceGraphsSummaries(p, first, into) })
}

// Summaries gives the summary of one trace after the other. After an error there is no further one.
func (g *TraceGraphs) Summaries() iter.Seq2[TraceSummary, error] {
	return func(yield func(TraceSummary, error) bool) {
		batch := make([]TraceSummary, min(summariesAtOnce, g.Len()))
		for first := 0; first < g.Len(); {
			n, err := g.ReadSummaries(first, batch)
			if err != nil {
				yield(TraceSummary{}, err)
				return
			}
			for _, summary := range batch[:n] {
				if !yield(summary, nil) {
					return
				}
			}
			first += n
		}
	}
}

// TraceService is a service's part in a trace.
type TraceService struct {
	// Service is the name of the service; empty for spans without one.
	Service string
	// Spans is the number of its spans.
	Spans uint32
	// Errors is the number of its spans with the status "error".
	Errors uint32
}

// Services gives the services that took part in the trace, by their number of spans, most first.
func (t *TraceGraph) Services() ([]TraceService, error) {
	return call(&t.handle, cTraceGraphServices)
}

// NodeTiming is when and where a node's span ran.
type NodeTiming struct {
	// Service is the name of the service; empty if there is none.
	Service string
	// Start is when the span starts.
	Start time.Time
	// Duration is how long it took; 0 where it ends before it starts.
	Duration time.Duration
	// Kind is the OTLP number of the span kind.
	Kind int32
	// IsError tells whether the span has the status "error".
	IsError bool
	// IsRooted tells whether a root reaches the span.
	IsRooted bool
}

// Timings gives when and where the span of each node ran.
func (t *TraceGraph) Timings() ([]NodeTiming, error) {
	return call(&t.handle, func(p cPtr) ([]NodeTiming, error) { return cTraceGraphTimings(p, t.Len()) })
}

// PathSegment is a stretch of a critical path: time in which a span was at work itself, not waiting
// for a child.
type PathSegment struct {
	// Node is the span's node.
	Node uint32
	// Start is the begin of the stretch.
	Start time.Time
	// End is its end.
	End time.Time
}

// CriticalPath gives what the end of the trace was waiting for, in order of time: the critical path of
// the root that the trace is named after; without a root, of the node without a parent that took
// longest.
func (t *TraceGraph) CriticalPath() ([]PathSegment, error) { return t.criticalPath(mainNode) }

// CriticalPathOf gives the critical path of a node, in order of time: its time is its own but for the
// time of the child that ended last, before that child began but for the one that had ended last then,
// and so on; a child's time is shared out in the same way. The segments fill the node's time without
// gaps.
func (t *TraceGraph) CriticalPathOf(node int) ([]PathSegment, error) {
	if node < 0 || node >= t.Len() {
		node = t.Len() // which is out of range, and mainNode is not
	}
	return t.criticalPath(uint32(node))
}

// mainNode stands for the node that CriticalPath takes.
const mainNode uint32 = 0xffffffff

func (t *TraceGraph) criticalPath(node uint32) ([]PathSegment, error) {
	return call(&t.handle, func(p cPtr) ([]PathSegment, error) {
		return cTraceGraphCriticalPath(p, node, 2*t.Len())
	})
}

// TreeShape tells how deep and how wide traces are.
type TreeShape struct {
	// Traces is the number of traces.
	Traces uint64
	// Spans is the number of spans.
	Spans uint64
	// Trees is how many trees the traces fall into: spans without a parent.
	Trees uint64
	// MeanDepth is the mean depth of the spans; one without a parent has 0.
	MeanDepth float64
	// MeanChildren is the mean number of children of the spans that have any.
	MeanChildren float64
	// ByDepth counts the spans that have 0, 1, 2 and so on spans above them.
	ByDepth []uint64
	// ByChildren counts the spans that have 0, 1, 2 and so on children.
	ByChildren []uint64
}

// Shape tells how deep and how wide the traces are.
func (g *TraceGraphs) Shape() (TreeShape, error) {
	return call(&g.handle, cTraceGraphsShape)
}
