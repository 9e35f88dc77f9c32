//go:build cgo

package blockpack_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/libblockpack/libblockpack/go"
)

func TestSummariesComeInBatchesAndOneByOne(t *testing.T) {
	graphs := graphsOf(t, sampleBlocks(t, 30, 5, 50), nil)
	batch := make([]blockpack.TraceSummary, 7)
	var all []blockpack.TraceSummary
	for {
		n := must(graphs.ReadSummaries(len(all), batch))
		if n == 0 {
			break
		}
		all = append(all, batch[:n]...)
	}
	equal(t, "summaries", len(all), 30)
	for trace, summary := range all {
		equal(t, "summary", summary, blockpack.TraceSummary{
			ID: sampleTraceID(trace), RootService: "shop", RootName: "GET /",
			Start: time.Unix(0, int64(sampleStart(trace, 0))).UTC(), Duration: 50 * time.Microsecond,
			Spans: 5, Errors: 1, Services: 2,
		})
	}
	var again []blockpack.TraceSummary
	for summary, err := range graphs.Summaries() {
		check(t, err)
		again = append(again, summary)
	}
	equal(t, "the same one by one", slices.Equal(again, all), true)
	for range graphs.Summaries() {
		break
	}
	_, err := graphs.ReadSummaries(-1, batch)
	check(t, err)
}

func TestTracesTellTheirServicesTimingsAndCriticalPath(t *testing.T) {
	graphs := graphsOf(t, sampleBlocks(t, 3, 5, 0), nil)
	graph := closing(t, must(graphs.Get(1)))
	want := []blockpack.TraceService{{Service: "store", Spans: 4, Errors: 1}, {Service: "shop", Spans: 1}}
	equal(t, "services", slices.Equal(must(graph.Services()), want), true)
	timings, path := must(graph.Timings()), must(graph.CriticalPath())
	equal(t, "timings", len(timings), 5)
	equal(t, "segments", len(path), 5)
	for i, timing := range timings {
		service, kind := "store", int32(3)
		if i == 0 {
			service, kind = "shop", 2
		}
		equal(t, "timing", timing, blockpack.NodeTiming{
			Service: service, Kind: kind, IsError: i == 2, IsRooted: true,
			Start:    time.Unix(0, int64(sampleStart(1, i))).UTC(),
			Duration: time.Duration(50000 - 100*i),
		})
		equal(t, "node of a segment", path[i].Node, uint32(i))
		equal(t, "start of a segment", path[i].Start, timing.Start)
		if i > 0 {
			equal(t, "end of a segment", path[i-1].End, timing.Start)
		}
	}
	equal(t, "path of a node", slices.Equal(must(graph.CriticalPathOf(3)), path[3:]), true)
	for _, node := range []int{-1, 5} {
		_, err := graph.CriticalPathOf(node)
		wantCode(t, err, blockpack.ErrInvalidArgument)
	}
	graph.Release()
	_, err := graph.CriticalPath()
	wantCode(t, err, blockpack.ErrReleased)
	_, err = graph.Services()
	wantCode(t, err, blockpack.ErrReleased)
	_, err = graph.Timings()
	wantCode(t, err, blockpack.ErrReleased)
}

func TestShapeCountsDepthsAndChildren(t *testing.T) {
	graphs := graphsOf(t, sampleBlocks(t, 30, 5, 50), nil)
	shape := must(graphs.Shape())
	equal(t, "traces", shape.Traces, 30)
	equal(t, "spans", shape.Spans, 150)
	equal(t, "trees", shape.Trees, 30)
	equal(t, "by depth", slices.Equal(shape.ByDepth, []uint64{30, 30, 30, 30, 30}), true)
	equal(t, "by children", slices.Equal(shape.ByChildren, []uint64{30, 120}), true)
	equal(t, "mean depth", shape.MeanDepth, 2)
	graphs.Release()
	_, err := graphs.Shape()
	wantCode(t, err, blockpack.ErrReleased)
	for _, err := range graphs.Summaries() {
		wantCode(t, err, blockpack.ErrReleased)
	}
}

func TestRecordedTracesAddUp(t *testing.T) {
	graphs := graphsOf(t, shopBlocks(t, 1000), nil)
	var spans, errors, rootless int
	for summary, err := range graphs.Summaries() {
		check(t, err)
		spans += int(summary.Spans)
		errors += int(summary.Errors)
		if summary.Root == blockpack.NoParent {
			rootless++
		}
	}
	equal(t, "spans", spans, shopSpans)
	equal(t, "errors", errors, shopErrors)
	equal(t, "traces without a root", rootless, 27)
}

func TestDurationsThatGoHasNoRoomForAreTheLongest(t *testing.T) {
	// The zero time of Go, as an end: some programs send that.
	end := time.Time{}.UnixNano()
	span := sampleSpan(0, 0, nil)
	span.fixed64(8, uint64(end)) // of two the last counts
	var m message
	m.bytes(1, sampleService("shop", []message{span}))
	builder := closing(t, must(blockpack.NewBuilder(nil)))
	if err := builder.AddOTLP(m); err != nil {
		t.Fatal(err)
	}
	blocks := closing(t, must(builder.Blocks()))
	graphs := closing(t, must(blockpack.BuildTraceGraphs(blocks, nil)))
	for summary, err := range graphs.Summaries() {
		equal(t, "error", err, nil)
		equal(t, "duration", summary.Duration, math.MaxInt64)
	}
	graph := closing(t, must(graphs.Get(0)))
	equal(t, "timing", must(graph.Timings())[0].Duration, math.MaxInt64)
	duration := must(closing(t, must(graph.Fields(0))).Get("span:duration"))
	equal(t, "nanoseconds", duration.Uint(), uint64(end)-sampleStart(0, 0))
}
