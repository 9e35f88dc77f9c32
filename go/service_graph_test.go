//go:build cgo

package blockpack_test

import (
	"slices"
	"testing"

	"github.com/libblockpack/libblockpack/go"
)

func TestCallsAreCountedByPairsOfServices(t *testing.T) {
	blocks := sampleBlocks(t, 30, 5, 50)
	graphs := graphsOf(t, blocks, nil)
	services := closing(t, must(graphs.ServiceGraph()))
	graphs.Release()
	blocks.Release()
	equal(t, "bytes held", blockpack.BytesHeld(), 0)
	const duration = 49900
	want := []blockpack.ServiceEdge{{
		Caller: "shop", Callee: "store", Calls: 30, P50: duration, P95: duration, P99: duration, Max: duration,
	}}
	equal(t, "edges", slices.Equal(services.Edges(), want), true)
	equal(t, "services", slices.Equal(services.Services(), []string{"", "shop", "store"}), true)
	_, err := graphs.ServiceGraph()
	wantCode(t, err, blockpack.ErrReleased)
}

func TestRecordedCallsAddUp(t *testing.T) {
	graphs := graphsOf(t, shopBlocks(t, 1000), nil)
	services := closing(t, must(graphs.ServiceGraph()))
	var calls, errors uint64
	for i, edge := range services.Edges() {
		calls += edge.Calls
		errors += edge.Errors
		quantiles := must(services.Quantiles(i, 0.5, 0.95, 0.99, 1))
		equal(t, "median", quantiles[0], edge.P50)
		equal(t, "95 %", quantiles[1], edge.P95)
		equal(t, "99 %", quantiles[2], edge.P99)
		equal(t, "longest", quantiles[3], edge.Max)
	}
	equal(t, "calls", calls, 1655)
	equal(t, "errors", errors, 23)
	for _, edge := range []int{-1, len(services.Edges())} {
		_, err := services.Quantiles(edge, 0.5)
		wantCode(t, err, blockpack.ErrInvalidArgument)
	}
	_, err := services.Quantiles(0, 1.5)
	wantCode(t, err, blockpack.ErrInvalidArgument)
	services.Close()
	_, err = services.Quantiles(0, 0.5)
	wantCode(t, err, blockpack.ErrClosed)
	equal(t, "edges of a closed graph", len(services.Edges()), 6)
}
