//go:build cgo

package main

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/libblockpack/libblockpack/go"
)

func searchURL(server, query, more string) string {
	return server + "/api/search?q=" + url.QueryEscape(query) + more
}

func TestSearchFindsTraces(t *testing.T) {
	_, server := server(t, shopFolder(t, "shop.bpk"))
	found := getJSON[searchAnswer](t, searchURL(server.URL, `{ resource.service.name = "payments" && status = error }`, "&limit=5&spss=1"))
	equal(t, "traces", len(found.Traces), 5)
	for _, trace := range found.Traces {
		equal(t, "length of the id", len(trace.TraceID), 32)
		equal(t, "spansets", len(trace.SpanSets), 1)
		equal(t, "spans", len(trace.SpanSets[0].Spans), 1)
		span := trace.SpanSets[0].Spans[0]
		if span.Name == "" || span.Start == "0" || span.Duration == "0" || trace.Start > span.Start {
			t.Errorf("odd span %+v of %+v", span, trace)
		}
		attributes := map[string]any{}
		for _, a := range span.Attributes {
			attributes[a.Key] = a.Value["stringValue"]
		}
		equal(t, "service", attributes["service.name"], "payments")
		equal(t, "status", attributes["status"], "error")
		if trace.ServiceStats["payments"].Errors == 0 {
			t.Errorf("no errors of the service in %+v", trace.ServiceStats)
		}
	}
	equal(t, "files", found.Metrics.Files, 1)
	if found.Metrics.Spans == 0 {
		t.Error("nothing was searched")
	}
}

func TestEverythingIsFoundWithoutAQuery(t *testing.T) {
	_, server := server(t, shopFolder(t, "shop.bpk"))
	equal(t, "traces", len(getJSON[searchAnswer](t, server.URL+"/api/search").Traces), 20)
	found := getJSON[searchAnswer](t, server.URL+"/api/search?limit=5000")
	equal(t, "traces", len(found.Traces), shopTraces)

	// In the hour before the first trace there is nothing.
	first := slices.MinFunc(found.Traces, func(a, b foundTrace) int { return strings.Compare(a.Start, b.Start) })
	var ns int64
	must(fmt.Sscan(first.Start, &ns))
	before := time.Unix(0, ns).Add(-time.Second)
	none := getJSON[searchAnswer](t, fmt.Sprintf("%s/api/search?start=%d&end=%d", server.URL, before.Unix()-3600, before.Unix()))
	equal(t, "traces", len(none.Traces), 0)
	later := getJSON[searchAnswer](t, server.URL+"/api/search?end=9999999999")
	equal(t, "traces that start before a time in 2286", len(later.Traces), 20)
}

func TestSearchesThatFindNothingSayWhatWasSearched(t *testing.T) {
	_, server := server(t, shopFolder(t, "shop.bpk"))
	none := getJSON[searchAnswer](t, searchURL(server.URL, "{ duration > 100h }", ""))
	equal(t, "traces", len(none.Traces), 0)
	equal(t, "files", none.Metrics.Files, 1)
	equal(t, "done", none.Metrics.Done, none.Metrics.Chunks)
	if none.Metrics.Chunks == 0 || none.Metrics.Spans == 0 {
		t.Errorf("nothing was searched: %+v", none.Metrics)
	}
}

func TestGroupsComeWithTheirValues(t *testing.T) {
	_, server := server(t, shopFolder(t, "shop.bpk"))
	found := getJSON[searchAnswer](t, searchURL(server.URL, "{ status = error } | by(name) | count() > 0", "&limit=1"))
	spanset := found.Traces[0].SpanSets[0]
	keys := []string{}
	for _, a := range spanset.Attributes {
		keys = append(keys, a.Key)
	}
	if !slices.Contains(keys, "by(name)") && !slices.Contains(keys, "by(span:name)") {
		t.Errorf("attributes are %q", keys)
	}
}

func TestWrongRequestsAreExplained(t *testing.T) {
	_, server := server(t, shopFolder(t, "shop.bpk"))
	for path, text := range map[string]string{
		"/api/search?q=" + url.QueryEscape("{ span.a = }"): "column",
		"/api/search?limit=x":                              "limit",
		"/api/search?start=yesterday":                      "start",
		"/api/search?start=2000&end=1000":                  "end is before start",
		"/api/v2/search/tags?scope=other":                  "other",
	} {
		if body := string(get(t, server.URL+path, http.StatusBadRequest)); !strings.Contains(body, text) {
			t.Errorf("%s: %q does not speak of %q", path, body, text)
		}
	}
}

func TestTagsAreListed(t *testing.T) {
	_, server := server(t, shopFolder(t, "shop.bpk"))
	all := getJSON[struct{ Scopes []scopeTags }](t, server.URL+"/api/v2/search/tags")
	names := []string{}
	for _, scope := range all.Scopes {
		names = append(names, scope.Name)
		if scope.Name == "resource" && !slices.Contains(scope.Tags, "service.name") {
			t.Errorf("resources have only %q", scope.Tags)
		}
	}
	equal(t, "scopes", strings.Join(names, " "), "resource span event link instrumentation intrinsic")
	one := getJSON[struct{ Scopes []scopeTags }](t, server.URL+"/api/v2/search/tags?scope=resource")
	equal(t, "scopes", len(one.Scopes), 1)
	flat := getJSON[struct{ TagNames []string }](t, server.URL+"/api/search/tags").TagNames
	if !slices.IsSorted(flat) || !slices.Contains(flat, "service.name") || slices.Contains(flat, "duration") {
		t.Errorf("tags are %q", flat)
	}
}

func TestValuesOfTagsAreListed(t *testing.T) {
	_, server := server(t, shopFolder(t, "shop.bpk"))
	services := getJSON[struct{ TagValues []string }](t, server.URL+"/api/search/tag/service.name/values").TagValues
	if !slices.Contains(services, "gateway") || !slices.Contains(services, "payments") {
		t.Errorf("services are %q", services)
	}
	type typed struct{ TagValues []typedValue }
	statuses := getJSON[typed](t, server.URL+"/api/v2/search/tag/status/values").TagValues
	if !slices.Contains(statuses, typedValue{"keyword", "error"}) {
		t.Errorf("statuses are %v", statuses)
	}
	values := server.URL + "/api/v2/search/tag/resource.service.name/values?q="
	failing := getJSON[typed](t, values+url.QueryEscape(`{ name = "POST /charges" && kind = server }`)).TagValues
	equal(t, "services", fmt.Sprint(failing), "[{string payments}]")
	// What is being typed offers everything.
	equal(t, "services", len(getJSON[typed](t, values+url.QueryEscape(`{ name = `)).TagValues), len(services))
	equal(t, "services", len(getJSON[typed](t, values+"&limit=2").TagValues), 2)
}

func TestValuesAreWrittenAsOTLPDoes(t *testing.T) {
	for want, value := range map[string]blockpack.Value{
		"map[intValue:-5]":                   blockpack.IntValue(-5),
		"map[intValue:18446744073709551615]": blockpack.UintValue(1<<64 - 1),
		"map[doubleValue:1.5]":               blockpack.FloatValue(1.5),
		"map[boolValue:true]":                blockpack.BoolValue(true),
		"map[stringValue:a]":                 blockpack.StringValue("a"),
		"map[bytesValue:AQI=]":               blockpack.BytesValue([]byte{1, 2}),
		"map[stringValue:1.5ms]":             blockpack.DurationValue(1500 * time.Microsecond),
		"map[stringValue:error]":             blockpack.SpanStatusValue(blockpack.SpanStatusError),
	} {
		equal(t, "value", fmt.Sprint(anyValue(value)), want)
	}
	for name, key := range map[string]string{
		"span.http.method": "http.method", ".user": "user", "span:status": "status", "nestedSetLeft": "nestedSetLeft",
	} {
		equal(t, "key", keyOf(name), key)
	}
}
