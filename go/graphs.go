package blockpack

import "iter"

// NoParent is the parent of a node that has none.
const NoParent uint32 = 0xffffffff

// TraceFlags tell what is wrong with a trace.
type TraceFlags uint32

// What can be wrong with a trace.
const (
	// TraceOrphans: a span names a parent that is not there.
	TraceOrphans TraceFlags = 1
	// TraceSeveralRoots: more than one span has no parent id.
	TraceSeveralRoots TraceFlags = 2
	// TraceNoRoot: every span has a parent id.
	TraceNoRoot TraceFlags = 4
	// TraceSharedIDs: two spans have the same span id.
	TraceSharedIDs TraceFlags = 8
	// TraceCycle: parents form a ring; it was cut at its earliest span.
	TraceCycle TraceFlags = 16
	// TraceSelfParent: a span is its own parent.
	TraceSelfParent TraceFlags = 32
	// TraceOddIDs: an id has a length that OTLP does not allow.
	TraceOddIDs TraceFlags = 64
)

// TraceGraphs are the graphs of many traces, in the order of their first spans. They hold the blocks
// until they are released.
type TraceGraphs struct {
	holder
	len   int
	spans uint64
}

// BuildTraceGraphs builds the graphs of traces: of those that have a span in spans, which is over the
// same list, or of all traces in the blocks if spans is nil. A trace is one graph whether it lies in
// one block or in several.
func BuildTraceGraphs(blocks *Blocks, spans *SpanSet) (*TraceGraphs, error) {
	ptr, err := call(&blocks.handle, func(p cPtr) (cPtr, error) {
		if spans == nil {
			return cTraceGraphsBuild(p, nil)
		}
		return call(&spans.handle, func(q cPtr) (cPtr, error) { return cTraceGraphsBuild(p, q) })
	})
	if err != nil {
		return nil, err
	}
	g := &TraceGraphs{len: cTraceGraphsLen(ptr), spans: cTraceGraphsSpanCount(ptr)}
	g.hold(ptr, cTraceGraphsFree)
	return g, nil
}

// Len counts the traces; also after release.
func (g *TraceGraphs) Len() int { return g.len }

// SpanCount counts the spans of all traces; also after release.
func (g *TraceGraphs) SpanCount() uint64 { return g.spans }

// Get makes one graph of many. It holds all of the graphs and their blocks on its own.
func (g *TraceGraphs) Get(index int) (*TraceGraph, error) {
	ptr, err := call(&g.handle, func(p cPtr) (cPtr, error) { return cTraceGraphsGet(p, index) })
	if err != nil {
		return nil, err
	}
	t := new(TraceGraph)
	if t.info, err = cTraceGraphInfo(ptr); err == nil {
		t.nodes, err = cTraceGraphNodes(ptr, int(t.info.Spans))
	}
	if err != nil {
		cTraceGraphFree(ptr)
		return nil, err
	}
	t.hold(ptr, cTraceGraphFree)
	return t, nil
}

// All gives one graph after the other. A graph is released when the loop goes on. After an error
// there is no further graph.
func (g *TraceGraphs) All() iter.Seq2[*TraceGraph, error] {
	return func(yield func(*TraceGraph, error) bool) {
		for index := range g.Len() {
			graph, err := g.Get(index)
			if err != nil {
				yield(nil, err)
				return
			}
			more := yield(graph, nil)
			graph.Release()
			if !more {
				return
			}
		}
	}
}

// TraceGraph is the graph of one trace. Its nodes are its spans, numbered from 0 in pre-order: what
// descends from a span follows it directly, siblings come by start, the trees of roots first. The
// shape of the graph belongs to Go and stays after release; the fields of its spans need the blocks,
// which it holds until it is released.
type TraceGraph struct {
	holder
	info  TraceInfo
	nodes []TraceNode
}

// TraceNode is a node of a trace graph.
type TraceNode struct {
	// Span is where the span is.
	Span Span
	// Parent is the parent's node, or NoParent.
	Parent uint32
	// Depth is the number of steps up to a node without a parent.
	Depth uint32
	// Descendants is how many nodes descend from this one; they follow it directly.
	Descendants uint32

	reserved uint32
}

// TraceInfo tells what a trace graph is like.
type TraceInfo struct {
	// ID is the id of the trace: of one of another length, the last 16 bytes, or zeros in front.
	ID TraceID
	// Spans is the number of spans, the nodes.
	Spans uint64
	// Roots is the number of spans that name no parent.
	Roots uint64
	// Orphans is the number of spans without a parent here though they name one. The trace falls into
	// as many parts as it has roots and orphans.
	Orphans uint64
	// Flags tell what is wrong with the trace.
	Flags TraceFlags
	// MaxDepth is the depth of the deepest node; a root's is 0.
	MaxDepth uint32
}

// Info tells what the graph is like; also after release.
func (t *TraceGraph) Info() TraceInfo { return t.info }

// Len counts the nodes; also after release.
func (t *TraceGraph) Len() int { return len(t.nodes) }

// Nodes gives all nodes; also after release. The slice must not be changed.
func (t *TraceGraph) Nodes() []TraceNode { return t.nodes }

// Children gives the children of a node, by start; also after release. It panics if there is no such
// node, as an index of Nodes does.
func (t *TraceGraph) Children(node int) iter.Seq[int] {
	return t.nodesBetween(node+1, node+1+int(t.nodes[node].Descendants))
}

// Tops gives the nodes without a parent, roots and orphans, in their order; also after release.
func (t *TraceGraph) Tops() iter.Seq[int] { return t.nodesBetween(0, len(t.nodes)) }

// nodesBetween gives the nodes from first on that descend from none of the others, up to end.
func (t *TraceGraph) nodesBetween(first, end int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for node := first; node < end && yield(node); {
			node += 1 + int(t.nodes[node].Descendants)
		}
	}
}

// Roots gives the nodes whose spans name no parent, by start.
func (t *TraceGraph) Roots() ([]uint32, error) {
	return call(&t.handle, func(p cPtr) ([]uint32, error) { return cTraceGraphRoots(p, int(t.info.Roots)) })
}

// Orphans gives the nodes without a parent whose spans name one (a span that is not there, the span
// itself, or a descendant where a ring was cut), by start.
func (t *TraceGraph) Orphans() ([]uint32, error) {
	return call(&t.handle, func(p cPtr) ([]uint32, error) { return cTraceGraphOrphans(p, int(t.info.Orphans)) })
}

// Find finds the node of a span; [ErrAbsent] if the span is not of this trace.
func (t *TraceGraph) Find(span Span) (int, error) {
	return call(&t.handle, func(p cPtr) (int, error) { return cTraceGraphFind(p, span) })
}

// Fields makes the fields of a node's span. They hold the blocks on their own.
func (t *TraceGraph) Fields(node int) (*LazyFields, error) {
	return newLazyFields(call(&t.handle, func(p cPtr) (cPtr, error) { return cTraceGraphFields(p, node) }))
}

// ReadValues reads fields of many nodes at once: it fills into with the values of columns, node by
// node from number first on, absent where a span has no such field. It tells how many nodes there
// were: as many as into has room for, 0 at the end.
func (t *TraceGraph) ReadValues(first int, columns *Columns, into []Value) (int, error) {
	first, count := batchOf(first, t.Len(), columns.Len(), into)
	return callTwo(&t.handle, &columns.handle, func(p, names cPtr) (int, error) {
		return count, cTraceGraphValues(p, first, count, names, into[:count*columns.Len()])
	})
}

// StructuralOp is a relation between a span of the left set and one of the right set. A span is never
// related to itself. The plain operators give spans of the right set, those with Not the spans of the
// right set that are not related so to any of the left, those with Union the related spans of both
// sets.
type StructuralOp uint32

// The structural operators, and how TraceQL writes them.
const (
	StructuralChild           StructuralOp = 1  // >
	StructuralParent          StructuralOp = 2  // <
	StructuralDescendant      StructuralOp = 3  // >>
	StructuralAncestor        StructuralOp = 4  // <<
	StructuralSibling         StructuralOp = 5  // ~
	StructuralNotChild        StructuralOp = 6  // !>
	StructuralNotParent       StructuralOp = 7  // !<
	StructuralNotDescendant   StructuralOp = 8  // !>>
	StructuralNotAncestor     StructuralOp = 9  // !<<
	StructuralNotSibling      StructuralOp = 10 // !~
	StructuralUnionChild      StructuralOp = 11 // &>
	StructuralUnionParent     StructuralOp = 12 // &<
	StructuralUnionDescendant StructuralOp = 13 // &>>
	StructuralUnionAncestor   StructuralOp = 14 // &<<
	StructuralUnionSibling    StructuralOp = 15 // &~
)

var structuralNames = [...]string{"", ">", "<", ">>", "<<", "~", "!>", "!<", "!>>", "!<<", "!~",
	"&>", "&<", "&>>", "&<<", "&~"}

// String writes the operator as TraceQL does.
func (op StructuralOp) String() string { return nameOf(structuralNames[:], int64(op)) }

// StructuralOptions say how spans are related. The zero value is a good choice.
type StructuralOptions struct {
	// RootedOnly relates only spans that a root reaches, as Tempo does. Otherwise orphans (spans whose
	// parent is missing) head trees of their own, and orphans of one lost parent are siblings.
	RootedOnly bool
}

// Relate makes the set of spans that result from s op right, over all traces of the list at once,
// whether a trace lies in one block or in several. Both sets are over one list of blocks. Options may
// be nil.
func (s *SpanSet) Relate(op StructuralOp, right *SpanSet, options *StructuralOptions) (*SpanSet, error) {
	return newSpanSet(callTwo(&s.handle, &right.handle, func(p, q cPtr) (cPtr, error) {
		return cSpanSetStructural(p, op, q, orZero(options))
	}))
}
