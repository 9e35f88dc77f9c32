package main

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/libblockpack/libblockpack/go"
)

// buckets are the upper bounds of the latency histogram, in seconds.
var buckets = []float64{0.001, 0.005, 0.02, 0.1, 0.5, 2, 10}

// metrics are what Prometheus is told. Every number in it only grows, but for running.
type metrics struct {
	running atomic.Int64

	mu       sync.Mutex
	requests map[requestKey]uint64
	latency  map[string]*histogram
}

type requestKey struct {
	route  string
	status int
}

type histogram struct {
	counts []uint64 // one more than buckets: what is above all bounds
	sum    float64
}

func newMetrics() *metrics {
	return &metrics{requests: map[requestKey]uint64{}, latency: map[string]*histogram{}}
}

func (m *metrics) observe(route string, status int, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.requests[requestKey{route, status}]++
	h := m.latency[route]
	if h == nil {
		h = &histogram{counts: make([]uint64, len(buckets)+1)}
		m.latency[route] = h
	}
	bucket, _ := slices.BinarySearch(buckets, took.Seconds())
	h.counts[bucket]++
	h.sum += took.Seconds()
}

// writeMetrics answers in Prometheus's text format.
func (s *service) writeMetrics(w http.ResponseWriter, _ *http.Request) {
	var out bytes.Buffer
	s.metrics.write(&out)
	files, spans := 0, uint64(0)
	if view, err := s.store.view(); err == nil {
		files, spans = len(view.files), view.blocks.SpanCount()
		view.drop()
	}
	gauge := func(name, help string, value any) { single(&out, name, "gauge", help, value) }
	counter := func(name, help string, value any) { single(&out, name, "counter", help, value) }
	gauge("search_requests_running", "Requests that are being answered.", s.metrics.running.Load())
	gauge("search_queries_running", "Queries that run, of search_queries_max.", len(s.places))
	gauge("search_queries_max", "Queries that may run at a time.", cap(s.places))
	gauge("search_files", "Block files that are served.", files)
	gauge("search_spans", "Spans in them.", spans)
	counter("search_reloads_total", "Times the folder was read.", s.store.reloads.Load())
	counter("search_reload_failures_total", "Files and folders that could not be read.", s.store.failures.Load())
	gauge("blockpack_handles_alive", "Objects of the library that were not released.", blockpack.LiveHandles())
	counter("blockpack_handles_leaked_total", "Objects that the garbage collector had to find.", blockpack.LeakedHandles())
	gauge("blockpack_bytes_held", "Heap memory of all blocks, which Go does not count.", blockpack.BytesHeld())
	gauge("blockpack_query_bytes", "Memory that queries use now.", s.budget.Used())
	gauge("blockpack_query_bytes_limit", "Memory that queries may use.", s.budget.Limit())
	_ = writeBody(w, "text/plain; version=0.0.4; charset=utf-8", out.Bytes())
}

func head(out *bytes.Buffer, name, kind, help string) {
	fmt.Fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

func single(out *bytes.Buffer, name, kind, help string, value any) {
	head(out, name, kind, help)
	fmt.Fprintf(out, "%s %v\n", name, value)
}

func (m *metrics) write(out *bytes.Buffer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	head(out, "search_requests_total", "counter", "Requests by route and status.")
	keys := make([]requestKey, 0, len(m.requests))
	routes := make([]string, 0, len(m.latency))
	for key := range m.requests {
		keys = append(keys, key)
	}
	for route := range m.latency {
		routes = append(routes, route)
	}
	slices.SortFunc(keys, func(a, b requestKey) int {
		if a.route != b.route {
			return strings.Compare(a.route, b.route)
		}
		return a.status - b.status
	})
	slices.Sort(routes)
	for _, key := range keys {
		fmt.Fprintf(out, "search_requests_total{route=%q,status=\"%d\"} %d\n", key.route, key.status, m.requests[key])
	}
	head(out, "search_request_seconds", "histogram", "How long requests took.")
	for _, route := range routes {
		m.latency[route].write(out, route)
	}
}

func (h *histogram) write(out *bytes.Buffer, route string) {
	total := uint64(0)
	for i, bound := range buckets {
		total += h.counts[i]
		fmt.Fprintf(out, "search_request_seconds_bucket{route=%q,le=\"%v\"} %d\n", route, bound, total)
	}
	total += h.counts[len(buckets)]
	fmt.Fprintf(out, "search_request_seconds_bucket{route=%q,le=\"+Inf\"} %d\n", route, total)
	fmt.Fprintf(out, "search_request_seconds_sum{route=%q} %v\n", route, h.sum)
	fmt.Fprintf(out, "search_request_seconds_count{route=%q} %d\n", route, total)
}
