//go:build cgo

package blockpack_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/libblockpack/libblockpack/go"
)

func compile(t testing.TB, text string) *blockpack.Query {
	t.Helper()
	return closing(t, must(blockpack.CompileQuery(text)))
}

func TestQueriesAreReadAndSpelledInOneWay(t *testing.T) {
	query := compile(t, "{span.a=1&&status = error}|count()>2")
	equal(t, "text", query.String(), "{ span.a = 1 && status = error } | count() > 2")
	equal(t, "makes series", query.MakesSeries(), false)
	equal(t, "makes series", compile(t, "{} | rate()").MakesSeries(), true)
	plan := must(query.Explain())
	equal(t, "lines", strings.Count(plan.Text, "\n"), len(plan.Parts))
	equal(t, "first part", plan.Parts[0].How, "filter")
	equal(t, "of a plan", plan.Parts[0].Pruned, blockpack.Pruned{})
}

func TestErrorsOfQueriesSayWhere(t *testing.T) {
	for text, want := range map[string]blockpack.Code{
		"{ span.a = }":      blockpack.ErrParse,
		"{ 1 + \"a\" = 2 }": blockpack.ErrType,
	} {
		_, err := blockpack.CompileQuery(text)
		wantCode(t, err, want)
		var failed *blockpack.Error
		if !errors.As(err, &failed) || failed.Pos < 2 || !strings.Contains(failed.Message, "column") {
			t.Errorf("%q: %v does not say where", text, err)
		}
	}
}

func TestSearchesComeInBatches(t *testing.T) {
	blocks := sampleBlocks(t, 30, 5, 50)
	cursor := must(compile(t, "{ .step > 1 } | by(.user)").Search(t.Context(), blocks, blockpack.SearchOptions{Limit: -1}))
	blocks.Release()
	count, batches := 0, 0
	for set, err := range cursor.All() {
		check(t, err)
		set.Release()
		batches++
		for _, trace := range set.Traces() {
			equal(t, "matched", trace.Matched, 3)
			equal(t, "root", trace.RootService+" "+trace.RootName, "shop GET /")
			equal(t, "services", slices.Equal(trace.Services, []blockpack.TraceService{
				{Service: "store", Spans: 4, Errors: 1}, {Service: "shop", Spans: 1},
			}), true)
			equal(t, "spansets", len(trace.Spansets), 1)
			spanset := trace.Spansets[0]
			equal(t, "spans", len(spanset.Spans), 3)
			equal(t, "trace of span", spanset.Spans[0].Trace, trace.ID)
			equal(t, "attribute", spanset.Attributes[0].Name, "by(.user)")
			count++
		}
	}
	equal(t, "traces", count, 30)
	equal(t, "batches", batches, 3)
	_, err := cursor.Next(0)
	wantCode(t, err, blockpack.ErrClosed)
}

func TestSearchesTellWhatTheyTook(t *testing.T) {
	blocks := sampleBlocks(t, 30, 5, 50)
	cursor := closing(t, must(compile(t, "{ .step = 2 }").Search(t.Context(), blocks, blockpack.SearchOptions{Limit: 5})))
	set := closing(t, must(cursor.Next(3)))
	equal(t, "traces", len(set.Traces()), 3)
	set = closing(t, must(cursor.Next(3)))
	equal(t, "traces", len(set.Traces()), 2)
	if set, err := cursor.Next(3); set != nil || err != nil {
		t.Error("there is something behind the end")
	}
	stats := must(cursor.Stats())
	equal(t, "traces", stats.Traces, 5)
	equal(t, "cut off", stats.CutOff, true)
	equal(t, "searched", stats.SpansSearched, 50)
	equal(t, "asked", must(cursor.Explain()).Parts[0].SpansIn, 50)
	equal(t, "ended", stats.Ended, blockpack.EndedLimit)
	equal(t, "ended", stats.Ended.String(), "limit")
	equal(t, "unknown", blockpack.Ended(99).String(), "unknown")
}

func TestSearchesThatWereGoneThroughTellWhatTheyTook(t *testing.T) {
	blocks := sampleBlocks(t, 30, 5, 50)
	query := compile(t, "{ .step > 1 }")
	for _, limit := range []int{4, -1} {
		cursor := must(query.Search(t.Context(), blocks, blockpack.SearchOptions{Limit: limit}))
		traces := 0
		for _, err := range cursor.Traces() {
			check(t, err)
			traces++
		}
		stats, err := cursor.Stats()
		check(t, err)
		equal(t, "traces", stats.Traces, uint64(traces))
		equal(t, "cut off", stats.CutOff, limit > 0)
		equal(t, "complete", stats.Ended == blockpack.EndedComplete, limit < 0)
		_, err = cursor.Explain()
		wantCode(t, err, blockpack.ErrClosed)
	}
}

func TestPartsSayWhyBlocksWereLeftOut(t *testing.T) {
	text := `{ .no.such = 1 || .trace.number > 99 || .user = "u1x" || .trace.number = 12 }`
	cursor := closing(t, must(compile(t, text).Search(t.Context(), sampleBlocks(t, 30, 5, 50), blockpack.SearchOptions{})))
	for set := must(cursor.Next(0)); set != nil; set = must(cursor.Next(0)) {
		set.Release()
	}
	want := map[string]blockpack.Pruned{
		".no.such = 1":       {NoColumn: 3},
		".trace.number > 99": {Bounds: 3},
		`.user = "u1x"`:      {Dictionary: 3},
		".trace.number = 12": {Bounds: 2},
	}
	explanation := must(cursor.Explain())
	for _, part := range explanation.Parts {
		p := part.Pruned
		equal(t, part.Text+": reasons", p.Index+p.NoColumn+p.Bounds+p.Constant+p.Dictionary+p.Zones, part.BlocksPruned)
		equal(t, part.Text+": makes series", part.MakesSeries, false)
		if part.How == "scan" {
			equal(t, part.Text, p, want[part.Text])
			equal(t, part.Text+": rows", part.RowsScanned, 150)
			delete(want, part.Text)
		}
	}
	equal(t, "conditions not asked", len(want), 0)
	last := explanation.Parts[len(explanation.Parts)-1]
	equal(t, "rows that matched", last.RowsMatched+last.Bytes > 0, true)
	if !strings.Contains(explanation.Text, "left out 3 of 3 blocks (dictionary)") {
		t.Error(explanation.Text)
	}
}

func TestSearchesTellWhatIsOutside(t *testing.T) {
	options := blockpack.SearchOptions{BlockCount: 2, Start: time.Unix(0, int64(sampleStart(12, 0)))}
	cursor := closing(t, must(compile(t, "{}").Search(t.Context(), sampleBlocks(t, 30, 5, 50), options)))
	equal(t, "ended", must(cursor.Stats()).Ended, blockpack.NotEnded)
	equal(t, "traces", len(closing(t, must(cursor.Next(0))).Traces()), 8)
	_, err := cursor.Next(0)
	check(t, err)
	stats := must(cursor.Stats())
	equal(t, "outside", stats.ChunksOutside, 2)
	equal(t, "outside of the blocks", stats.ChunksOutsideBlocks, 1)
	equal(t, "outside of the time", stats.ChunksOutsideTime, 1)
	equal(t, "ended", stats.Ended, blockpack.EndedComplete)
}

func TestFieldsOfMatchesAreReadInBulk(t *testing.T) {
	blocks := sampleBlocks(t, 3, 5, 0)
	cursor := closing(t, must(compile(t, "{ .step = 2 } | select(.user)").Search(t.Context(), blocks, blockpack.SearchOptions{})))
	set := must(cursor.Next(0))
	equal(t, "fields", slices.Equal(set.Fields(), []string{".user", ".step"}), true)
	values := make([]blockpack.Value, 6)
	equal(t, "spans", must(set.ReadValues(0, nil, values)), 3)
	equal(t, "user", values[0].Str(), "u2")
	equal(t, "step", values[5].Int(), 2)
	names := closing(t, must(blockpack.NewColumns("span:name")))
	equal(t, "spans", must(set.ReadValues(1, names, values)), 2)
	equal(t, "name", values[0].Str(), "query 2")
	equal(t, "at the end", must(set.ReadValues(3, nil, values)), 0)
	spans := must(set.SpanSet())
	equal(t, "spans", spans.Len(), 3)
	spans.Release()
	set.Release()
	_, err := set.ReadValues(0, nil, values)
	wantCode(t, err, blockpack.ErrReleased)
	equal(t, "ids stay", set.Spans()[0].Span, blockpack.SpanID(sampleSpanID(2, 2)))
}

func TestAllSpansOfAQueryAreASet(t *testing.T) {
	blocks := sampleBlocks(t, 30, 5, 50)
	set := must(compile(t, "{ status = error }").Spans(t.Context(), blocks, blockpack.SearchOptions{Threads: 2}))
	equal(t, "spans", set.Len(), 30)
	set.Release()
}

func TestOptionsOfSearchesAreKept(t *testing.T) {
	blocks := sampleBlocks(t, 30, 5, 50)
	query := compile(t, "{}")
	count := func(options blockpack.SearchOptions) (count int) {
		options.Limit = -1
		for _, err := range must(query.Search(t.Context(), blocks, options)).Traces() {
			check(t, err)
			count++
		}
		return count
	}
	at := func(trace int) time.Time { return time.Unix(0, int64(sampleStart(trace, 0))) }
	equal(t, "late ones", count(blockpack.SearchOptions{Start: at(25)}), 5)
	equal(t, "early ones", count(blockpack.SearchOptions{End: at(3)}), 4)
	for _, year := range []int{2286, 2400, 9999} {
		far := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
		equal(t, "before a far end", count(blockpack.SearchOptions{End: far}), 30)
		equal(t, "after a far start", count(blockpack.SearchOptions{Start: far}), 0)
	}
	early := time.Date(1500, 1, 1, 0, 0, 0, 0, time.UTC)
	equal(t, "after an early start", count(blockpack.SearchOptions{Start: early}), 30)
	equal(t, "before an early end", count(blockpack.SearchOptions{End: early}), 0)
	equal(t, "of a block", count(blockpack.SearchOptions{FirstBlock: 2, BlockCount: 1}), 10)
	cursor := closing(t, must(query.Search(t.Context(), blocks, blockpack.SearchOptions{Limit: 1, MostRecent: true})))
	set := closing(t, must(cursor.Next(0)))
	equal(t, "the last one", set.Traces()[0].Start, at(29).UTC())
	for range must(query.Search(t.Context(), blocks, blockpack.SearchOptions{})).Traces() {
		break // the cursor is closed all the same
	}
}

func TestContextsEndSearches(t *testing.T) {
	blocks := sampleBlocks(t, 30, 5, 50)
	query := compile(t, "{}")
	ctx, cancel := context.WithCancel(t.Context())
	cursor := closing(t, must(query.Search(ctx, blocks, blockpack.SearchOptions{Limit: -1})))
	closing(t, must(cursor.Next(0)))
	cancel()
	var err error
	for range 1000 { // the flag is set on another goroutine
		var set *blockpack.MatchSet
		if set, err = cursor.Next(1); set == nil {
			break
		}
		set.Release()
		time.Sleep(time.Millisecond)
	}
	wantCode(t, err, blockpack.ErrCancelled)
	equal(t, "is cancelled", errors.Is(err, context.Canceled), true)
	_, err = query.Search(ctx, blocks, blockpack.SearchOptions{})
	equal(t, "is cancelled", errors.Is(err, context.Canceled), true)

	late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	_, err = query.Spans(late, blocks, blockpack.SearchOptions{})
	wantCode(t, err, blockpack.ErrCancelled)
	equal(t, "is late", errors.Is(err, context.DeadlineExceeded), true)
}

func TestBudgetsAreSharedAndGivenBack(t *testing.T) {
	blocks := sampleBlocks(t, 30, 5, 50)
	budget := closing(t, must(blockpack.NewBudget(16)))
	_, err := compile(t, "{} | by(.user)").Spans(t.Context(), blocks, blockpack.SearchOptions{Budget: budget})
	wantCode(t, err, blockpack.ErrBudget)
	equal(t, "limit", budget.Limit(), 16)
	equal(t, "used", budget.Used(), 0)
	if budget.Peak() <= 16 {
		t.Error("nothing was used")
	}
}

func TestSeriesAreNotSearchedFor(t *testing.T) {
	query := compile(t, "{} | rate()")
	_, err := query.Search(t.Context(), sampleBlocks(t, 2, 2, 0), blockpack.SearchOptions{})
	wantCode(t, err, blockpack.ErrInvalidArgument)
}
