package main

import (
	"net/http"
	"strconv"

	"github.com/libblockpack/libblockpack/go"
)

// searchAnswer is the answer to a search, in the form that trace UIs read.
type searchAnswer struct {
	Traces  []foundTrace  `json:"traces"`
	Metrics searchMetrics `json:"metrics"`
}

type foundTrace struct {
	TraceID      string                  `json:"traceID"`
	RootService  string                  `json:"rootServiceName,omitempty"`
	RootName     string                  `json:"rootTraceName,omitempty"`
	Start        string                  `json:"startTimeUnixNano"`
	DurationMs   int64                   `json:"durationMs,omitempty"`
	SpanSets     []foundSpanSet          `json:"spanSets"`
	ServiceStats map[string]serviceStats `json:"serviceStats"`
}

type foundSpanSet struct {
	Spans      []foundSpan `json:"spans"`
	Matched    uint64      `json:"matched"`
	Attributes []attribute `json:"attributes,omitempty"`
}

type foundSpan struct {
	SpanID     string      `json:"spanID"`
	Name       string      `json:"name,omitempty"`
	Start      string      `json:"startTimeUnixNano"`
	Duration   string      `json:"durationNanos"`
	Attributes []attribute `json:"attributes,omitempty"`
}

type serviceStats struct {
	Spans  uint32 `json:"spanCount"`
	Errors uint32 `json:"errorCount,omitempty"`
}

type searchMetrics struct {
	Spans  uint64 `json:"inspectedSpans,string"`
	Chunks uint64 `json:"totalJobs"`
	Done   uint64 `json:"completedJobs"`
	Files  int    `json:"totalBlocks"`
}

// Limits of what a client may ask for.
const (
	maxTraces          = 10_000
	maxSpansPerSpanset = 1_000
)

// search finds the traces in which a query matches.
func (s *service) search(w http.ResponseWriter, r *http.Request) error {
	query, err := compile(r.FormValue("q"))
	if err != nil {
		return err
	}
	defer query.Close()
	options, err := s.searchOptions(r)
	if err != nil {
		return err
	}
	view, err := s.store.view()
	if err != nil {
		return err
	}
	defer view.drop()
	cursor, err := query.Search(r.Context(), view.blocks, options)
	if err != nil {
		return err
	}
	defer cursor.Close()
	answer := searchAnswer{Traces: []foundTrace{}}
	for set, err := range cursor.All() {
		if err != nil {
			return err
		}
		if err := answer.add(set); err != nil {
			return err
		}
	}
	if answer.Metrics, err = metricsOf(cursor, view); err != nil {
		return err
	}
	return writeJSON(w, answer)
}

// compile reads a query; an empty one finds everything.
func compile(text string) (*blockpack.Query, error) {
	if text == "" {
		text = "{}"
	}
	return blockpack.CompileQuery(text)
}

func (s *service) searchOptions(r *http.Request) (o blockpack.SearchOptions, err error) {
	o.Budget = s.budget
	if o.Start, o.End, err = timesParameter(r); err != nil {
		return o, err
	}
	if o.Limit, err = intParameter(r, "limit"); err != nil {
		return o, err
	}
	if o.SpansPerSpanset, err = intParameter(r, "spss"); err != nil {
		return o, err
	}
	o.Limit = min(o.Limit, maxTraces)
	o.SpansPerSpanset = min(o.SpansPerSpanset, maxSpansPerSpanset)
	return o, nil
}

func metricsOf(cursor *blockpack.Cursor, view *view) (searchMetrics, error) {
	stats, err := cursor.Stats()
	return searchMetrics{
		Spans:  stats.SpansSearched,
		Chunks: stats.Chunks,
		Done:   stats.Chunks - stats.ChunksNotNeeded,
		Files:  len(view.files),
	}, err
}

// What is shown of every span, besides the fields of the query.
var spanFields = []string{"span:name", "span:start", "span:duration"}

// add puts the traces of a batch behind those that are there, and releases the batch.
func (a *searchAnswer) add(set *blockpack.MatchSet) error {
	defer set.Release()
	columns, err := blockpack.NewColumns(spanFields...)
	if err != nil {
		return err
	}
	defer columns.Close()
	count := len(set.Spans())
	shown := make([]blockpack.Value, count*len(spanFields))
	if _, err := set.ReadValues(0, columns, shown); err != nil {
		return err
	}
	names := set.Fields()
	asked := make([]blockpack.Value, count*len(names))
	if _, err := set.ReadValues(0, nil, asked); err != nil {
		return err
	}
	span := func(number int) foundSpan {
		basics := shown[number*len(spanFields):]
		return foundSpan{
			SpanID:     set.Spans()[number].Span.String(),
			Name:       basics[0].Str(),
			Start:      strconv.FormatUint(basics[1].Uint(), 10),
			Duration:   strconv.FormatUint(basics[2].Uint(), 10),
			Attributes: attributesOf(names, asked[number*len(names):(number+1)*len(names)]),
		}
	}
	for _, trace := range set.Traces() {
		a.Traces = append(a.Traces, foundTraceOf(trace, span))
	}
	return nil
}

func foundTraceOf(trace blockpack.TraceMatch, span func(int) foundSpan) foundTrace {
	found := foundTrace{
		TraceID:      trace.ID.String(),
		RootService:  trace.RootService,
		RootName:     trace.RootName,
		Start:        strconv.FormatInt(trace.Start.UnixNano(), 10),
		DurationMs:   trace.Duration.Milliseconds(),
		SpanSets:     []foundSpanSet{},
		ServiceStats: map[string]serviceStats{},
	}
	for _, service := range trace.Services {
		found.ServiceStats[service.Service] = serviceStats{Spans: service.Spans, Errors: service.Errors}
	}
	for _, spanset := range trace.Spansets {
		out := foundSpanSet{Spans: []foundSpan{}, Matched: spanset.Matched}
		for _, field := range spanset.Attributes {
			out.Attributes = append(out.Attributes, attributeOf(field.Name, field.Value))
		}
		for i := range spanset.Spans {
			out.Spans = append(out.Spans, span(spanset.First+i))
		}
		found.SpanSets = append(found.SpanSets, out)
	}
	return found
}
