package main

import (
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/libblockpack/libblockpack/go"
)

// seriesAnswer is the answer to a metrics query, in the form that trace UIs read.
type seriesAnswer struct {
	Series  []foundSeries `json:"series"`
	Metrics seriesMetrics `json:"metrics"`
}

type foundSeries struct {
	Labels    []attribute `json:"labels"`
	Samples   []sample    `json:"samples"`
	Text      string      `json:"promLabels"`
	Exemplars []exemplar  `json:"exemplars,omitempty"`
}

type sample struct {
	TimeMs int64   `json:"timestampMs,string"`
	Value  float64 `json:"value"`
}

type exemplar struct {
	Labels []attribute `json:"labels"`
	Value  float       `json:"value"`
	TimeMs int64       `json:"timestampMs,string"`
}

type seriesMetrics struct {
	Spans uint64 `json:"inspectedSpans,string"`
}

// queryRange makes series over time of the spans that a query finds, from the first to the last span
// unless start and end say otherwise.
func (s *service) queryRange(w http.ResponseWriter, r *http.Request) error {
	query, err := compile(r.FormValue("q"))
	if err != nil {
		return err
	}
	defer query.Close()
	if !query.MakesSeries() {
		return wrong("the query %s makes no series; append a function, as in | rate()", query)
	}
	options, err := s.metricsOptions(r)
	if err != nil {
		return err
	}
	view, err := s.store.view()
	if err != nil {
		return err
	}
	defer view.drop()
	set, err := query.Metrics(r.Context(), view.blocks, options)
	if err != nil {
		return err
	}
	answer := seriesAnswer{Series: []foundSeries{}, Metrics: seriesMetrics{Spans: set.Spans}}
	for _, series := range set.Series {
		answer.Series = append(answer.Series, foundSeriesOf(set.Times, series))
	}
	return writeJSON(w, answer)
}

func (s *service) metricsOptions(r *http.Request) (o blockpack.MetricsOptions, err error) {
	o.Budget = s.budget
	if o.Start, o.End, err = timesParameter(r); err != nil {
		return o, err
	}
	if o.Exemplars, err = intParameter(r, "exemplars"); err != nil {
		return o, err
	}
	o.Step, err = stepParameter(r)
	return o, err
}

// stepParameter reads a length of time, as in 30s, or a number of seconds; 0 if it is not there.
func stepParameter(r *http.Request) (time.Duration, error) {
	text := r.FormValue("step")
	if text == "" {
		return 0, nil
	}
	step, err := time.ParseDuration(text)
	if seconds, failed := strconv.ParseFloat(text, 64); failed == nil {
		step, err = time.Duration(seconds*float64(time.Second)), nil
	}
	if err != nil || step <= 0 {
		return 0, wrong("step=%q is no length of time, as in 30s", text)
	}
	return step, nil
}

// foundSeriesOf leaves gaps out.
func foundSeriesOf(times []time.Time, series blockpack.Series) foundSeries {
	found := foundSeries{Labels: []attribute{}, Samples: []sample{}, Text: series.Text}
	for _, label := range series.Labels {
		found.Labels = append(found.Labels, attributeOf(label.Name, label.Value))
	}
	for i, value := range series.Values {
		if !math.IsNaN(value) && !math.IsInf(value, 0) {
			found.Samples = append(found.Samples, sample{TimeMs: times[i].UnixMilli(), Value: value})
		}
	}
	for _, e := range series.Exemplars {
		id := attributeOf("trace:id", blockpack.StringValue(e.IDs.Trace.String()))
		found.Exemplars = append(found.Exemplars, exemplar{
			Labels: []attribute{id}, Value: float(e.Value), TimeMs: e.Time.UnixMilli(),
		})
	}
	return found
}
