package main

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"mime"
	"net/http"
	"strings"

	"github.com/libblockpack/libblockpack/go"
)

const protobuf = "application/protobuf"

// trace gives a whole trace as OTLP.
func (s *service) trace(w http.ResponseWriter, r *http.Request) error {
	if wantsProtobuf(r) {
		message, err := s.traceOTLP(r, blockpack.OTLPProtobuf)
		if err != nil {
			return err
		}
		return writeBody(w, protobuf, message)
	}
	text, err := s.traceOTLP(r, blockpack.OTLPJSON)
	if err != nil {
		return err
	}
	return writeBody(w, "application/json", text)
}

// wrappedTrace gives the same inside of a message that also has room for what went wrong.
func (s *service) wrappedTrace(w http.ResponseWriter, r *http.Request) error {
	if wantsProtobuf(r) {
		message, err := s.traceOTLP(r, blockpack.OTLPProtobuf)
		if err != nil {
			return err
		}
		const field1Bytes = 1<<3 | 2 // TraceByIDResponse.trace
		body := binary.AppendUvarint([]byte{field1Bytes}, uint64(len(message)))
		return writeBody(w, protobuf, append(body, message...))
	}
	text, err := s.traceOTLP(r, blockpack.OTLPJSON)
	if err != nil {
		return err
	}
	return writeJSON(w, map[string]any{"trace": json.RawMessage(text), "metrics": struct{}{}})
}

// traceOTLP gives the trace that the path names.
func (s *service) traceOTLP(r *http.Request, format blockpack.OTLPFormat) ([]byte, error) {
	id, err := parseTraceID(r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	view, err := s.store.view()
	if err != nil {
		return nil, err
	}
	defer view.drop()
	spans, err := view.trace(id)
	if err != nil {
		return nil, err
	}
	if spans == nil {
		return nil, errNotFound
	}
	defer spans.Release()
	return spans.OTLP(format)
}

// parseTraceID reads an id in hexadecimal, from which UIs leave out leading zeros.
func parseTraceID(text string) (id blockpack.TraceID, err error) {
	const digits = 2 * len(id)
	if len(text) == 0 || len(text) > digits {
		return id, wrong("a trace id has up to %d hexadecimal digits", digits)
	}
	padded := strings.Repeat("0", digits-len(text)) + text
	if _, err := hex.Decode(id[:], []byte(padded)); err != nil {
		return id, wrong("%q is no trace id: %w", text, err)
	}
	return id, nil
}

// wantsProtobuf tells whether the client asks for protobuf rather than JSON.
func wantsProtobuf(r *http.Request) bool {
	for _, accepted := range strings.Split(r.Header.Get("Accept"), ",") {
		switch kind, _, _ := mime.ParseMediaType(accepted); kind {
		case protobuf, "application/x-protobuf":
			return true
		case "application/json":
			return false
		}
	}
	return false
}
