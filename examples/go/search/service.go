package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/libblockpack/libblockpack/go"
)

// service answers requests about a store.
type service struct {
	store    *store
	settings settings
	metrics  *metrics
	// The memory that all queries share.
	budget *blockpack.Budget
	// A place for each query that may run at the same time.
	places chan struct{}
	// Set when the program is about to end, so that no further requests are sent here.
	stopping atomic.Bool
}

func newService(store *store, settings settings) (*service, error) {
	budget, err := blockpack.NewBudget(settings.queryMemory)
	if err != nil {
		return nil, err
	}
	return &service{
		store:    store,
		settings: settings,
		metrics:  newMetrics(),
		budget:   budget,
		places:   make(chan struct{}, max(settings.maxQueries, 1)),
	}, nil
}

func (s *service) close() { s.budget.Close() }

// handler knows all paths. Those below query run a limited number at a time.
func (s *service) handler() http.Handler {
	mux := http.NewServeMux()
	query := func(pattern string, answer answerer) {
		mux.Handle(pattern, s.measured(pattern, s.limited(answer)))
	}
	query("GET /api/search", s.search)
	query("GET /api/search/tags", s.tagNames)
	query("GET /api/v2/search/tags", s.tagNamesByScope)
	query("GET /api/search/tag/{name}/values", s.tagValues)
	query("GET /api/v2/search/tag/{name}/values", s.typedTagValues)
	query("GET /api/traces/{id}", s.trace)
	query("GET /api/v2/traces/{id}", s.wrappedTrace)
	query("GET /api/metrics/query_range", s.queryRange)
	mux.Handle("GET /api/echo", s.measured("GET /api/echo", answerer(echo)))
	mux.Handle("POST /-/reload", s.measured("POST /-/reload", answerer(s.reload)))
	mux.HandleFunc("GET /ready", s.ready)
	mux.HandleFunc("GET /metrics", s.writeMetrics)
	return mux
}

// answerer answers a request or gives an error, before it has written anything.
type answerer func(http.ResponseWriter, *http.Request) error

func (a answerer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := a(w, r); err != nil {
		fail(w, r, err)
	}
}

// limited lets a query in when there is room, and gives it its time, waiting included.
func (s *service) limited(answer answerer) answerer {
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx, cancel := context.WithTimeout(r.Context(), s.settings.timeout)
		defer cancel()
		select {
		case s.places <- struct{}{}:
			defer func() { <-s.places }()
		case <-ctx.Done():
			return errBusy
		}
		defer writeUntil(ctx, w)()
		return answer(w, r.WithContext(ctx))
	}
}

// lastWords is how long an answer may still be written once the request's time is up.
const lastWords = time.Second

// writeUntil ends the writing of an answer soon after ctx, so that a client that does not read it keeps
// neither its place nor a view. What it gives is called when the answer is written.
func writeUntil(ctx context.Context, w http.ResponseWriter) func() {
	connection := http.NewResponseController(w)
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		_ = connection.SetWriteDeadline(time.Now().Add(lastWords))
		close(ended)
	})
	return func() {
		if !stop() {
			<-ended
			_ = connection.SetWriteDeadline(time.Time{}) // the connection may serve more requests
		}
	}
}

// measured counts and times the requests of a route, and survives those that panic.
func (s *service) measured(route string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		s.metrics.running.Add(1)
		recorder := &statusRecorder{ResponseWriter: w}
		defer func() {
			s.metrics.running.Add(-1)
			if caught := recover(); caught != nil {
				slog.Error("panic", "route", route, "panic", caught, "stack", string(debug.Stack()))
				if recorder.status == 0 {
					http.Error(recorder, "internal error", http.StatusInternalServerError)
				}
			}
			s.metrics.observe(route, recorder.code(), time.Since(began))
		}()
		next.ServeHTTP(recorder, r)
	})
}

// statusRecorder remembers the status that was sent.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (r *statusRecorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *statusRecorder) Write(bytes []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(bytes)
}

// Unwrap lets [http.ResponseController] find the connection.
func (r *statusRecorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *statusRecorder) code() int {
	if r.status == 0 {
		return http.StatusOK
	}
	return r.status
}

// badRequest is an error that the client made.
type badRequest struct{ error }

func wrong(format string, arguments ...any) error {
	return badRequest{fmt.Errorf(format, arguments...)}
}

var (
	errBusy     = errors.New("too many queries are running, try again later")
	errNotFound = errors.New("there is no such trace")
)

// statusOf says how an error is told over HTTP.
func statusOf(err error) int {
	var client badRequest
	switch {
	case errors.As(err, &client):
		return http.StatusBadRequest
	case errors.Is(err, errNotFound):
		return http.StatusNotFound
	case errors.Is(err, errBusy):
		return http.StatusTooManyRequests
	case errors.Is(err, errStoreClosed):
		return http.StatusServiceUnavailable
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusGatewayTimeout
	case errors.Is(err, blockpack.ErrCancelled), errors.Is(err, context.Canceled):
		return 499 // the client went away; nobody reads this but the metrics
	case errors.Is(err, blockpack.ErrParse), errors.Is(err, blockpack.ErrType),
		errors.Is(err, blockpack.ErrDepth), errors.Is(err, blockpack.ErrUnsupported),
		errors.Is(err, blockpack.ErrInvalidArgument):
		return http.StatusBadRequest
	case errors.Is(err, blockpack.ErrBudget), errors.Is(err, blockpack.ErrLimit):
		return http.StatusUnprocessableEntity
	}
	return http.StatusInternalServerError
}

func fail(w http.ResponseWriter, r *http.Request, err error) {
	status := statusOf(err)
	switch status {
	case http.StatusInternalServerError:
		slog.Error("request failed", "url", r.URL.String(), "error", err)
	case http.StatusTooManyRequests:
		w.Header().Set("Retry-After", "1")
	}
	http.Error(w, err.Error(), status)
}

// writeJSON answers with v, which can always be encoded.
func writeJSON(w http.ResponseWriter, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return writeBody(w, "application/json", body)
}

// writeBody ends an answer. That the client does not read it is none of the server's business.
func writeBody(w http.ResponseWriter, kind string, body []byte) error {
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(body)
	return nil
}

func echo(w http.ResponseWriter, _ *http.Request) error {
	return writeBody(w, "text/plain; charset=utf-8", []byte("echo"))
}

func (s *service) reload(w http.ResponseWriter, _ *http.Request) error {
	if err := s.store.reload(); err != nil {
		return err
	}
	return writeJSON(w, map[string]int{"files": s.store.fileCount()})
}

// ready tells a load balancer whether to send requests here.
func (s *service) ready(w http.ResponseWriter, _ *http.Request) {
	if s.stopping.Load() {
		http.Error(w, "stopping", http.StatusServiceUnavailable)
		return
	}
	_ = writeBody(w, "text/plain; charset=utf-8", []byte("ready\n"))
}
