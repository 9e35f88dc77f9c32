//go:build cgo

package blockpack_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/libblockpack/libblockpack/go"
)

func sampleSeries(t testing.TB, text string, options blockpack.MetricsOptions) *blockpack.SeriesSet {
	t.Helper()
	options.Start, options.End = time.Unix(0, 500_000), time.Unix(0, 30_500_000)
	options.Step = 10 * time.Millisecond
	return must(compile(t, text).Metrics(t.Context(), sampleBlocks(t, 30, 5, 50), options))
}

func TestSpansAreCountedOverTime(t *testing.T) {
	set := sampleSeries(t, "{} | count_over_time() by (resource.service.name)", blockpack.MetricsOptions{Threads: 2})
	equal(t, "series", len(set.Series), 2)
	equal(t, "samples", len(set.Times), 3)
	equal(t, "first time", set.Times[0].UnixNano(), 10_500_000)
	equal(t, "step", set.Step, 10*time.Millisecond)
	equal(t, "spans", set.Spans, 150)
	store := set.Series[1]
	equal(t, "text", store.Text, `{resource.service.name="store"}`)
	equal(t, "label", store.Labels[0].Name+" "+store.Labels[0].Value.Str(), "resource.service.name store")
	equal(t, "values", slices.Equal(store.Values, []float64{40, 40, 40}), true)
}

func TestSeriesSayHowTheyWereMade(t *testing.T) {
	text := "{ .step > 1 } | count_over_time() by (.user) | topk(2)"
	plan := must(compile(t, text).Explain())
	set := sampleSeries(t, text, blockpack.MetricsOptions{})
	hows := func(e blockpack.Explanation) (hows []string) {
		for _, part := range e.Parts {
			hows = append(hows, part.How)
		}
		return hows
	}
	equal(t, "plan", slices.Equal(hows(plan), []string{"series filter", "series", "filter", "scan"}), true)
	equal(t, "same parts", slices.Equal(hows(set.Explanation), hows(plan)), true)
	series := set.Explanation.Parts[1]
	equal(t, "text", series.Text, "count_over_time() by (.user)")
	equal(t, "spans", series.SpansOut, set.Spans)
	equal(t, "asked", set.Explanation.Parts[2].SpansIn, 150)
	equal(t, "makes series", series.MakesSeries, true)
	equal(t, "series", series.Series, 5)
	equal(t, "series that are left", set.Explanation.Parts[0].Series, uint64(len(set.Series)))
	scan := set.Explanation.Parts[3]
	equal(t, "makes series", scan.MakesSeries || scan.Series > 0, false)
	equal(t, "rows", scan.RowsScanned, 150)
	equal(t, "rows that matched", scan.RowsMatched, 90)
	equal(t, "chunks", set.Stats.Chunks, 3)
	equal(t, "took time", set.Stats.Time > 0 && set.Stats.PeakBytes > 0, true)
}

func TestShardsOfBlocksCountOnce(t *testing.T) {
	spans := uint64(0)
	for block := range 3 {
		set := sampleSeries(t, "{} | rate()", blockpack.MetricsOptions{FirstBlock: block, BlockCount: 1})
		equal(t, "outside", set.Stats.ChunksOutside, 2)
		equal(t, "outside of the blocks", set.Stats.ChunksOutsideBlocks, 2)
		equal(t, "outside of the time", set.Stats.ChunksOutsideTime, 0)
		spans += set.Spans
	}
	equal(t, "spans", spans, 150)
}

func TestGapsAreNotNumbers(t *testing.T) {
	set := sampleSeries(t, "{ .trace.number >= 10 } | max_over_time(.step)", blockpack.MetricsOptions{})
	values := set.Series[0].Values
	equal(t, "a gap", math.IsNaN(values[0]), true)
	equal(t, "a value", values[1], 4)
}

func TestExemplarsNameSpans(t *testing.T) {
	set := sampleSeries(t, "{ .step = 2 } | rate()", blockpack.MetricsOptions{Exemplars: 3})
	exemplars := set.Series[0].Exemplars
	if len(exemplars) == 0 || len(exemplars) > 3 {
		t.Fatalf("%d exemplars", len(exemplars))
	}
	for _, e := range exemplars {
		trace := int(e.IDs.At.Block)*10 + int(e.IDs.At.Row)/5
		equal(t, "span", e.IDs.Span, blockpack.SpanID(sampleSpanID(trace, 2)))
		equal(t, "time", e.Time.UnixNano(), int64(sampleStart(trace, 2)))
	}
}

func TestSeriesEndWithTheirContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := compile(t, "{} | rate()").Metrics(ctx, sampleBlocks(t, 2, 2, 0), blockpack.MetricsOptions{})
	wantCode(t, err, blockpack.ErrCancelled)
	equal(t, "is cancelled", errors.Is(err, context.Canceled), true)
	_, err = compile(t, "{}").Metrics(t.Context(), sampleBlocks(t, 2, 2, 0), blockpack.MetricsOptions{})
	wantCode(t, err, blockpack.ErrInvalidArgument)
}
