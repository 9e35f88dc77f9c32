//go:build cgo

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/libblockpack/libblockpack/go"
)

// The recording that lies beside the tests of the library.
const (
	recording   = "../../../tests/data/shop.pbd.zst"
	shopSpans   = 9752
	shopTraces  = 1203
	shopTraceID = "d0a7ad411fe4609c419de94fade95f30"
)

func must[T any](out T, err error) T {
	if err != nil {
		panic(err)
	}
	return out
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// writeFile writes the recording as a block file.
func writeFile(t testing.TB, path string) {
	t.Helper()
	writer := must(blockpack.Create(path, nil))
	defer writer.Close()
	check(t, writer.AddFile(recording))
	must(writer.Finish())
}

// shopFolder makes a folder with the recording as a block file of each of these names.
func shopFolder(t testing.TB, names ...string) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range names {
		writeFile(t, filepath.Join(folder, name))
	}
	return folder
}

// nothingIsLeft fails a test that leaves something of the library's behind. To be called first, so that
// it comes last.
func nothingIsLeft(t testing.TB) {
	t.Cleanup(func() {
		equal(t, "objects alive in the end", blockpack.LiveHandles(), 0)
		equal(t, "bytes held in the end", blockpack.BytesHeld(), 0)
		equal(t, "objects left to the garbage collector", blockpack.LeakedHandles(), 0)
	})
}

var usual = settings{grace: time.Minute, timeout: time.Minute, maxQueries: 2, queryMemory: 64 << 20}

func serviceOf(t testing.TB, folder string, s settings) *service {
	t.Helper()
	nothingIsLeft(t)
	store := must(openStore(folder))
	t.Cleanup(store.close)
	service := must(newService(store, s))
	t.Cleanup(service.close)
	return service
}

// server serves a folder for the time of a test.
func server(t testing.TB, folder string) (*service, *httptest.Server) {
	t.Helper()
	service := serviceOf(t, folder, usual)
	server := httptest.NewServer(service.handler())
	t.Cleanup(server.Close)
	return service, server
}

// get gives the body of an answer, which must have this status.
func get(t testing.TB, url string, status int, header ...string) []byte {
	t.Helper()
	request := must(http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil))
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response := must(http.DefaultClient.Do(request))
	defer response.Body.Close()
	body := must(io.ReadAll(response.Body))
	if response.StatusCode != status {
		t.Fatalf("%s: status %d, want %d: %s", url, response.StatusCode, status, body)
	}
	return body
}

// getJSON reads an answer in JSON into what it gives.
func getJSON[T any](t testing.TB, url string) (out T) {
	t.Helper()
	check(t, json.Unmarshal(get(t, url, http.StatusOK), &out))
	return out
}

func TestTheServiceIsThere(t *testing.T) {
	service, server := server(t, shopFolder(t, "shop.bpk"))
	equal(t, "echo", string(get(t, server.URL+"/api/echo", http.StatusOK)), "echo")
	equal(t, "ready", string(get(t, server.URL+"/ready", http.StatusOK)), "ready\n")
	service.stopping.Store(true)
	get(t, server.URL+"/ready", http.StatusServiceUnavailable)
	get(t, server.URL+"/api/nothing", http.StatusNotFound)
}

func TestTheFolderIsReadAgain(t *testing.T) {
	folder := shopFolder(t, "a.bpk")
	service, server := server(t, folder)
	old := must(service.store.view())
	writeFile(t, filepath.Join(folder, "b.bpk"))
	check(t, os.WriteFile(filepath.Join(folder, "damaged.bpk"), []byte("nothing"), 0o644))
	check(t, os.WriteFile(filepath.Join(folder, "notes.txt"), []byte("nothing"), 0o644))
	response := must(http.Post(server.URL+"/-/reload", "", nil))
	equal(t, "answer", string(must(io.ReadAll(response.Body))), `{"files":2}`)
	response.Body.Close()
	equal(t, "failures", service.store.failures.Load(), 1)
	now := must(service.store.view())
	equal(t, "the file that stayed", now.files[0], old.files[0])
	equal(t, "spans", now.blocks.SpanCount(), 2*shopSpans)
	now.drop()

	// Who has the old view goes on with it, also when its files are gone.
	check(t, os.Remove(filepath.Join(folder, "a.bpk")))
	check(t, os.Remove(filepath.Join(folder, "b.bpk")))
	check(t, service.store.reload())
	equal(t, "files", service.store.fileCount(), 0)
	spans := must(old.trace(must(blockpack.ParseTraceID(shopTraceID))))
	spans.Release()
	old.drop()
	get(t, server.URL+"/api/traces/"+shopTraceID, http.StatusNotFound)
	get(t, server.URL+"/api/search", http.StatusOK)
}

func TestMetricsTellWhatHappened(t *testing.T) {
	_, server := server(t, shopFolder(t, "shop.bpk"))
	get(t, server.URL+"/api/traces/"+shopTraceID, http.StatusOK)
	get(t, server.URL+"/api/traces/abc", http.StatusNotFound)
	get(t, server.URL+"/api/traces/abc", http.StatusNotFound)
	text := string(get(t, server.URL+"/metrics", http.StatusOK))
	for _, line := range []string{
		`search_requests_total{route="GET /api/traces/{id}",status="200"} 1`,
		`search_requests_total{route="GET /api/traces/{id}",status="404"} 2`,
		`search_request_seconds_bucket{route="GET /api/traces/{id}",le="+Inf"} 3`,
		`search_request_seconds_count{route="GET /api/traces/{id}"} 3`,
		"search_requests_running 0",
		"search_queries_max 2",
		"search_files 1",
		fmt.Sprint("search_spans ", shopSpans),
		"blockpack_handles_leaked_total 0",
		// A reader, its blocks, all blocks together, the budget.
		"blockpack_handles_alive 4",
		fmt.Sprint("blockpack_bytes_held ", blockpack.BytesHeld()),
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("there is no %q in\n%s", line, text)
		}
	}
}

func TestOnlySoManyQueriesRunAtATime(t *testing.T) {
	s := usual
	s.timeout = 20 * time.Millisecond
	service := serviceOf(t, shopFolder(t, "shop.bpk"), s)
	server := httptest.NewServer(service.handler())
	defer server.Close()
	service.places <- struct{}{}
	service.places <- struct{}{}
	get(t, server.URL+"/api/search/tags", http.StatusTooManyRequests)
	get(t, server.URL+"/api/echo", http.StatusOK)
	<-service.places
	<-service.places
}

func TestTheTimeOfARequestIsTheTimeOfItsQuery(t *testing.T) {
	service := serviceOf(t, shopFolder(t, "shop.bpk"), usual)
	for _, c := range []struct {
		end    func(context.Context) (context.Context, context.CancelFunc)
		status int
	}{
		{func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithDeadline(ctx, time.Now().Add(-time.Second))
		}, http.StatusGatewayTimeout},
		{func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return ctx, cancel
		}, 499},
	} {
		ctx, cancel := c.end(t.Context())
		recorder := httptest.NewRecorder()
		answerer(service.search).ServeHTTP(recorder, httptest.NewRequest("GET", "/api/search", nil).WithContext(ctx))
		equal(t, "status", recorder.Code, c.status)
		cancel()
	}
}

func TestRequestsFinishWhenTheServiceStops(t *testing.T) {
	nothingIsLeft(t)
	s := usual
	s.maxQueries = 1
	store := must(openStore(shopFolder(t, "shop.bpk")))
	service := must(newService(store, s))
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	url := "http://" + listener.Addr().String()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- service.serve(ctx, listener) }()

	service.places <- struct{}{} // so that the request has to wait
	answered := make(chan []byte, 1)
	go func() { answered <- get(t, url+"/api/traces/"+shopTraceID, http.StatusOK) }()
	for service.metrics.running.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	stop()
	for !service.stopping.Load() {
		time.Sleep(time.Millisecond)
	}
	select {
	case <-ended:
		t.Fatal("the service did not wait for a request")
	case <-time.After(20 * time.Millisecond):
	}
	<-service.places
	if body := <-answered; !strings.Contains(string(body), shopTraceID) {
		t.Error("the request was not answered")
	}
	check(t, <-ended)
	service.close()
	store.close()
	if _, err := store.view(); err != errStoreClosed {
		t.Errorf("a closed store answered %v", err)
	}
}

func TestRequestsThatTakeTooLongAreEnded(t *testing.T) {
	s := usual
	s.maxQueries, s.grace = 1, 20*time.Millisecond
	service := serviceOf(t, shopFolder(t, "shop.bpk"), s)
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- service.serve(ctx, listener) }()
	service.places <- struct{}{}
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		get(t, "http://"+listener.Addr().String()+"/api/search/tags", http.StatusTooManyRequests)
	}()
	for service.metrics.running.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	stop()
	check(t, <-ended)
	<-answered
	<-service.places
}

func TestClientsThatDoNotReadLoseTheirPlace(t *testing.T) {
	s := usual
	s.timeout = time.Second
	service := serviceOf(t, shopFolder(t, "shop.bpk"), s)
	server := httptest.NewServer(service.handler())
	t.Cleanup(server.Close)
	connection := must(net.Dial("tcp", server.Listener.Addr().String()))
	defer connection.Close()
	check(t, connection.(*net.TCPConn).SetReadBuffer(4096))
	// More than the system keeps for the client.
	for range 8 {
		must(fmt.Fprintf(connection, "GET /api/search?limit=10000&spss=1000 HTTP/1.1\r\nHost: test\r\n\r\n"))
	}
	busy, ended := false, false
	for began := time.Now(); !ended && time.Since(began) < 10*time.Second; time.Sleep(10 * time.Millisecond) {
		idle := len(service.places) == 0
		busy, ended = busy || !idle, busy && idle && time.Since(began) > s.timeout
	}
	equal(t, "was answered and ended", ended, true)
}
