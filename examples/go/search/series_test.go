//go:build cgo

package main

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func seriesURL(server, query, more string) string {
	return server + "/api/metrics/query_range?q=" + url.QueryEscape(query) + more
}

// wholeTime is start and end of the recording, as parameters.
func wholeTime(t testing.TB, service *service) string {
	t.Helper()
	view := must(service.store.view())
	defer view.drop()
	info := must(view.files[0].reader.Info())
	return fmt.Sprintf("&start=%d&end=%d", info.MinStart.Unix(), info.MaxEnd.Unix()+1)
}

func TestSpansAreCountedOverTime(t *testing.T) {
	service, server := server(t, shopFolder(t, "shop.bpk"))
	whole := wholeTime(t, service)
	all := getJSON[seriesAnswer](t, seriesURL(server.URL, "{} | count_over_time()", whole+"&step=5m"))
	equal(t, "series", len(all.Series), 1)
	sum := 0.0
	for _, s := range all.Series[0].Samples {
		sum += s.Value
	}
	equal(t, "spans", sum, shopSpans)
	equal(t, "spans", all.Metrics.Spans, shopSpans)

	always := getJSON[seriesAnswer](t, seriesURL(server.URL, "{} | rate()", ""))
	equal(t, "spans without start and end", always.Metrics.Spans, shopSpans)

	byService := getJSON[seriesAnswer](t, seriesURL(server.URL, "{} | rate() by (resource.service.name)", whole+"&step=60&exemplars=10"))
	found := slices.ContainsFunc(byService.Series, func(s foundSeries) bool {
		return s.Labels[0].Key == "resource.service.name" && s.Labels[0].Value["stringValue"] == "gateway" &&
			strings.Contains(s.Text, `"gateway"`)
	})
	equal(t, "there is a series of the gateway", found, true)
	exemplars := 0
	for _, s := range byService.Series {
		exemplars += len(s.Exemplars)
	}
	if exemplars == 0 || exemplars > 10 {
		t.Errorf("there are %d exemplars", exemplars)
	}
}

func TestWrongMetricsQueriesAreExplained(t *testing.T) {
	_, server := server(t, shopFolder(t, "shop.bpk"))
	for query, text := range map[string]string{
		"{ status = error }":      "makes no series",
		"{} | rate() by (":        "column",
		"{} | quantile_over_time": "column",
	} {
		body := string(get(t, seriesURL(server.URL, query, ""), http.StatusBadRequest))
		if !strings.Contains(body, text) {
			t.Errorf("%s: %q does not speak of %q", query, body, text)
		}
	}
	get(t, seriesURL(server.URL, "{} | rate()", "&step=never"), http.StatusBadRequest)
	body := string(get(t, searchURL(server.URL, "{} | rate()", ""), http.StatusBadRequest))
	if body == "" {
		t.Error("a search with a metrics query is not explained")
	}
}
