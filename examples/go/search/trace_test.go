//go:build cgo

package main

import (
	"encoding/binary"
	"fmt"
	"net/http"
	"testing"

	"github.com/libblockpack/libblockpack/go"
)

// traces is OTLP/JSON as far as the tests need it.
type traces struct {
	ResourceSpans []struct {
		ScopeSpans []struct {
			Spans []struct{ TraceID, SpanID, Name string }
		}
	}
}

// spansOf counts the spans of a trace, all of which must have its id.
func (all traces) spansOf(t testing.TB, id string) (count int) {
	t.Helper()
	for _, resource := range all.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			for _, span := range scope.Spans {
				equal(t, "trace id", span.TraceID, id)
				count++
			}
		}
	}
	return count
}

// countOTLP counts the spans of a message.
func countOTLP(t testing.TB, message []byte) int {
	t.Helper()
	builder := must(blockpack.NewBuilder(nil))
	defer builder.Close()
	check(t, builder.AddOTLP(message))
	return int(builder.SpanCount())
}

func TestATraceIsGivenInTheFormThatIsAskedFor(t *testing.T) {
	_, server := server(t, shopFolder(t, "shop.bpk"))
	path := "/api/traces/" + shopTraceID
	text := getJSON[traces](t, server.URL+path)
	count := text.spansOf(t, shopTraceID)
	if count < 5 {
		t.Errorf("the trace has %d spans", count)
	}
	message := get(t, server.URL+path, http.StatusOK, "Accept", protobuf)
	equal(t, "spans in protobuf", countOTLP(t, message), count)

	wrapped := getJSON[struct{ Trace traces }](t, server.URL+"/api/v2/traces/"+shopTraceID)
	equal(t, "spans", wrapped.Trace.spansOf(t, shopTraceID), count)
	body := get(t, server.URL+"/api/v2/traces/"+shopTraceID, http.StatusOK, "Accept", "text/html, application/protobuf;q=0.9")
	length, n := binary.Uvarint(body[1:])
	equal(t, "tag", body[0], 0x0a)
	equal(t, "length", int(length), len(body)-1-n)
	equal(t, "spans in protobuf", countOTLP(t, body[1+n:]), count)
}

func TestATraceInSeveralFilesIsOne(t *testing.T) {
	count := func(names ...string) (count int) {
		t.Run(fmt.Sprint(len(names), " files"), func(t *testing.T) {
			_, server := server(t, shopFolder(t, names...))
			count = getJSON[traces](t, server.URL+"/api/traces/"+shopTraceID).spansOf(t, shopTraceID)
		})
		return count
	}
	equal(t, "spans", count("a.bpk", "b.bpk", "c.bpk"), 3*count("a.bpk"))
}

func TestIDsAreChecked(t *testing.T) {
	_, server := server(t, shopFolder(t, "shop.bpk"))
	get(t, server.URL+"/api/traces/1", http.StatusNotFound)
	get(t, server.URL+"/api/traces/xyz", http.StatusBadRequest)
	get(t, server.URL+"/api/traces/0"+shopTraceID, http.StatusBadRequest)
	id := must(parseTraceID("abc"))
	equal(t, "id", id.String(), "00000000000000000000000000000abc")
}
