//go:build cgo

package blockpack_test

import (
	"slices"
	"testing"

	"github.com/libblockpack/libblockpack/go"
)

func graphsOf(t testing.TB, blocks *blockpack.Blocks, spans *blockpack.SpanSet) *blockpack.TraceGraphs {
	return closing(t, must(blockpack.BuildTraceGraphs(blocks, spans)))
}

func TestGraphsArePlainSlices(t *testing.T) {
	graphs := graphsOf(t, sampleBlocks(t, 30, 5, 50), nil)
	equal(t, "traces", graphs.Len(), 30)
	equal(t, "spans", graphs.SpanCount(), 150)
	trace := 0
	for graph, err := range graphs.All() {
		check(t, err)
		want := blockpack.TraceInfo{ID: sampleTraceID(trace), Spans: 5, Roots: 1, MaxDepth: 4}
		equal(t, "info", graph.Info(), want)
		equal(t, "nodes", graph.Len(), 5)
		for i, node := range graph.Nodes() {
			equal(t, "span", node.Span, blockpack.Span{Block: uint32(trace / 10), Row: uint32(trace%10*5 + i)})
			equal(t, "depth", node.Depth, uint32(i))
			equal(t, "descendants", node.Descendants, uint32(4-i))
			var children []int
			if i < 4 {
				children = []int{i + 1}
			}
			if got := slices.Collect(graph.Children(i)); !slices.Equal(got, children) {
				t.Errorf("the children of node %d are %v", i, got)
			}
			parent := blockpack.NoParent
			if i > 0 {
				parent = uint32(i - 1)
			}
			equal(t, "parent", node.Parent, parent)
			equal(t, "found", must(graph.Find(node.Span)), i)
		}
		equal(t, "roots", slices.Equal(must(graph.Roots()), []uint32{0}), true)
		equal(t, "orphans", len(must(graph.Orphans())), 0)
		_, err = graph.Find(blockpack.Span{Row: 9999})
		wantCode(t, err, blockpack.ErrAbsent)
		trace++
	}
	equal(t, "traces", trace, 30)
	for range graphs.All() {
		break
	}
	_, err := graphs.Get(30)
	wantCode(t, err, blockpack.ErrInvalidArgument)
	_, err = graphs.Get(-1)
	wantCode(t, err, blockpack.ErrInvalidArgument)
}

func TestFieldsAreReadByNode(t *testing.T) {
	blocks := sampleBlocks(t, 30, 5, 50)
	graphs := graphsOf(t, blocks, nil)
	graph := closing(t, must(graphs.Get(17)))
	blocks.Close()
	graphs.Close()
	columns := closing(t, must(blockpack.NewColumns(".step", "span.trace.number")))
	values := make([]blockpack.Value, 2*3)
	nodes := 0
	for {
		n := must(graph.ReadValues(nodes, columns, values))
		if n == 0 {
			break
		}
		for i := range n {
			equal(t, "step", values[2*i].Int(), int64(nodes+i))
			equal(t, "trace", values[2*i+1].Int(), 17)
		}
		nodes += n
	}
	equal(t, "nodes", nodes, 5)
	fields := closing(t, must(graph.Fields(3)))
	equal(t, "name", must(fields.Get("span:name")).Str(), "query 3")
	for _, node := range []int{5, -1} {
		_, err := graph.Fields(node)
		wantCode(t, err, blockpack.ErrInvalidArgument)
	}
}

func TestRecordedTracesHaveTheirShape(t *testing.T) {
	graphs := graphsOf(t, shopBlocks(t, 1000), nil)
	equal(t, "traces", graphs.Len(), shopTraces)
	var roots, orphans, spans, damaged int
	var deepest uint32
	for graph, err := range graphs.All() {
		check(t, err)
		info := graph.Info()
		spans += int(info.Spans)
		deepest = max(deepest, info.MaxDepth)
		if info.Flags&blockpack.TraceOrphans != 0 {
			damaged++
		}
		equal(t, "without a root", info.Flags&blockpack.TraceNoRoot != 0, info.Roots == 0)
		tops := must(graph.Roots())
		roots += len(tops)
		orphans += len(must(graph.Orphans()))
		tops = append(tops, must(graph.Orphans())...)
		slices.Sort(tops)
		var walked []uint32
		for top := range graph.Tops() {
			walked = append(walked, uint32(top))
		}
		equal(t, "roots and orphans are the tops", slices.Equal(walked, tops), true)
		nodes := graph.Nodes()
		for i := range nodes {
			for child := range graph.Children(i) {
				equal(t, "parent of a child", nodes[child].Parent, uint32(i))
			}
		}
	}
	equal(t, "roots", roots, shopRoots)
	equal(t, "orphans", orphans, 53)
	equal(t, "spans", spans, shopSpans)
	equal(t, "traces with an orphan", damaged, 27)
	equal(t, "deepest", deepest, 16)
}

func TestGraphsAreBuiltOfTouchedTracesOnly(t *testing.T) {
	blocks, others := sampleBlocks(t, 30, 5, 50), sampleBlocks(t, 30, 5, 50)
	u2 := blockpack.StringValue("u2")
	user := closing(t, must(blocks.Scan(".user", blockpack.OpEqual, u2)))
	elsewhere := closing(t, must(others.Scan(".user", blockpack.OpEqual, u2)))
	graphs := graphsOf(t, blocks, user)
	equal(t, "traces", graphs.Len(), 6)
	equal(t, "spans", graphs.SpanCount(), 30)
	_, err := blockpack.BuildTraceGraphs(blocks, elsewhere)
	wantCode(t, err, blockpack.ErrInvalidArgument)
}

// splitTraces are 20 traces of 5 spans, the roots in one builder's block and the rest in another's.
func splitTraces(t testing.TB) *blockpack.Blocks {
	var roots, queries []message
	for trace := range 20 {
		roots = append(roots, sampleSpan(trace, 0, nil))
		for step := 1; step < 5; step++ {
			queries = append(queries, sampleSpan(trace, step, nil))
		}
	}
	var halves []*blockpack.Blocks
	for _, spans := range [][]message{roots, queries} {
		var m message
		m.bytes(1, sampleService("shop", spans))
		halves = append(halves, closing(t, buildBlocks(m, 0)))
	}
	return closing(t, must(blockpack.JoinBlocks(halves...)))
}

func TestTracesInSeveralBlocksAreOneGraph(t *testing.T) {
	graphs := graphsOf(t, splitTraces(t), nil)
	equal(t, "traces", graphs.Len(), 20)
	for graph, err := range graphs.All() {
		check(t, err)
		info, nodes := graph.Info(), graph.Nodes()
		equal(t, "spans", info.Spans, 5)
		equal(t, "roots", info.Roots, 1)
		equal(t, "depth", info.MaxDepth, 4)
		equal(t, "block of the root", nodes[0].Span.Block, 0)
		equal(t, "block of its child", nodes[1].Span.Block, 1)
		equal(t, "found", must(graph.Find(nodes[3].Span)), 3)
	}
}

func TestSpansAreRelatedOverAllBlocks(t *testing.T) {
	step := func(blocks *blockpack.Blocks, op blockpack.Op, step int64) *blockpack.SpanSet {
		return closing(t, must(blocks.Scan(".step", op, blockpack.IntValue(step))))
	}
	columns := closing(t, must(blockpack.NewColumns(".step")))
	for traces, blocks := range map[int]*blockpack.Blocks{30: sampleBlocks(t, 30, 5, 50), 20: splitTraces(t)} {
		first, third := step(blocks, blockpack.OpEqual, 1), step(blocks, blockpack.OpEqual, 3)
		upper, all := step(blocks, blockpack.OpLessEqual, 2), step(blocks, blockpack.OpGreaterEqual, 0)
		for _, c := range []struct {
			left  *blockpack.SpanSet
			op    blockpack.StructuralOp
			right *blockpack.SpanSet
			steps []int64 // of the spans in each trace that result
		}{
			{first, blockpack.StructuralChild, all, []int64{2}},
			{first, blockpack.StructuralParent, all, []int64{0}},
			{first, blockpack.StructuralDescendant, all, []int64{2, 3, 4}},
			{third, blockpack.StructuralAncestor, upper, []int64{0, 1, 2}},
			{first, blockpack.StructuralSibling, all, nil},
			{first, blockpack.StructuralNotChild, all, []int64{0, 1, 3, 4}},
			{first, blockpack.StructuralNotDescendant, all, []int64{0, 1}},
			{first, blockpack.StructuralNotSibling, all, []int64{0, 1, 2, 3, 4}},
			{first, blockpack.StructuralUnionChild, all, []int64{1, 2}},
			{third, blockpack.StructuralUnionAncestor, upper, []int64{0, 1, 2, 3}},
		} {
			for _, options := range []*blockpack.StructuralOptions{nil, {RootedOnly: true}} {
				set := closing(t, must(c.left.Relate(c.op, c.right, options)))
				values := make([]blockpack.Value, set.Len())
				equal(t, "spans", must(set.ReadValues(0, columns, values)), len(c.steps)*traces)
				var steps []int64
				for _, value := range values {
					steps = append(steps, value.Int())
				}
				slices.Sort(steps)
				if steps = slices.Compact(steps); !slices.Equal(steps, c.steps) {
					t.Errorf("%v gives steps %v, want %v", c.op, steps, c.steps)
				}
			}
		}
	}
}

func TestWrongRelationsAnswer(t *testing.T) {
	all := closing(t, must(blockpack.AllSpans(sampleBlocks(t, 3, 2, 0))))
	elsewhere := closing(t, must(blockpack.AllSpans(sampleBlocks(t, 3, 2, 0))))
	for _, op := range []blockpack.StructuralOp{0, 16} {
		_, err := all.Relate(op, all, nil)
		wantCode(t, err, blockpack.ErrInvalidArgument)
	}
	_, err := all.Relate(blockpack.StructuralChild, elsewhere, nil)
	wantCode(t, err, blockpack.ErrInvalidArgument)
	all.Release()
	_, err = all.Relate(blockpack.StructuralChild, all, nil)
	wantCode(t, err, blockpack.ErrReleased)
	equal(t, "name of an operator", blockpack.StructuralUnionDescendant.String(), "&>>")
}

func TestReleasedGraphsKeepTheirShape(t *testing.T) {
	blocks := sampleBlocks(t, 30, 5, 50)
	graphs := graphsOf(t, blocks, nil)
	graph := closing(t, must(graphs.Get(3)))
	blocks.Close()
	graphs.Release()
	if blockpack.BytesHeld() == 0 {
		t.Error("the blocks are gone")
	}
	equal(t, "roots", len(must(graph.Roots())), 1)
	for range 2 {
		graph.Release()
		equal(t, "released", graph.IsReleased(), true)
		equal(t, "bytes held", blockpack.BytesHeld(), 0)
	}
	equal(t, "traces", graphs.Len(), 30)
	equal(t, "nodes", len(graph.Nodes()), 5)
	equal(t, "children", slices.Equal(slices.Collect(graph.Children(0)), []int{1}), true)
	_, err := graphs.Get(0)
	wantCode(t, err, blockpack.ErrReleased)
	for _, err := range graphs.All() {
		wantCode(t, err, blockpack.ErrReleased)
	}
	_, err = graph.Roots()
	wantCode(t, err, blockpack.ErrReleased)
	_, err = graph.Orphans()
	wantCode(t, err, blockpack.ErrReleased)
	_, err = graph.Fields(0)
	wantCode(t, err, blockpack.ErrReleased)
	_, err = graph.Find(graph.Nodes()[0].Span)
	wantCode(t, err, blockpack.ErrReleased)
}

func BenchmarkTraceGraphs(b *testing.B) {
	blocks := shopBlocks(b, 0)
	b.Run("build", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			must(blockpack.BuildTraceGraphs(blocks, nil)).Release()
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/shopSpans, "ns/span")
	})
	graphs := graphsOf(b, blocks, nil)
	b.Run("walk", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for graph := range graphs.All() {
				for node := range graph.Nodes() {
					for range graph.Children(node) {
					}
				}
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/shopSpans, "ns/span")
	})
}
