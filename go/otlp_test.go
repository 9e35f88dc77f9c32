//go:build cgo

package blockpack_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/libblockpack/libblockpack/go"
)

// otlpOf builds blocks of an input and gives all of their spans as OTLP.
func otlpOf(t testing.TB, input []byte, format blockpack.OTLPFormat) []byte {
	builder := must(blockpack.NewBuilder(nil))
	defer builder.Close()
	check(t, builder.AddInput(input))
	blocks := must(builder.Blocks())
	defer blocks.Release()
	all := must(blockpack.AllSpans(blocks))
	defer all.Release()
	return must(all.OTLP(format))
}

func TestSpansAsOTLPAreWhatWasSent(t *testing.T) {
	sent := must(os.ReadFile("../tests/data/shop.pbd.zst"))
	binary := otlpOf(t, sent, blockpack.OTLPProtobuf)
	text := otlpOf(t, sent, blockpack.OTLPJSON)
	equal(t, "bytes held by what was given", blockpack.BytesHeld(), 0)
	again := string(otlpOf(t, binary, blockpack.OTLPJSON))
	equal(t, "length of the JSON", len(again), len(text))
	if again != string(text) || string(otlpOf(t, text, blockpack.OTLPJSON)) != again {
		t.Error("the spans are not the same after a round")
	}
	if !json.Valid(text) {
		t.Error("the JSON is none")
	}
}

func TestOTLPOfOneTrace(t *testing.T) {
	blocks := sampleBlocks(t, 3, 4, 0)
	set := closing(t, must(blockpack.NewSpanSet(blocks, []blockpack.Span{{Row: 4}, {Row: 5}})))
	var message struct {
		ResourceSpans []struct {
			ScopeSpans []struct{ Spans []struct{ Name string } }
		}
	}
	check(t, json.Unmarshal(must(set.OTLP(blockpack.OTLPJSON)), &message))
	var names []string
	for _, resource := range message.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			for _, span := range scope.Spans {
				names = append(names, span.Name)
			}
		}
	}
	if len(names) != 2 || names[0] != "GET /" || names[1] != "query 1" {
		t.Errorf("got spans %q", names)
	}
	_, err := set.OTLP(7)
	wantCode(t, err, blockpack.ErrInvalidArgument)
	set.Release()
	_, err = set.OTLP(blockpack.OTLPProtobuf)
	wantCode(t, err, blockpack.ErrReleased)
}
