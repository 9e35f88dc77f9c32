//go:build cgo

package blockpack_test

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/libblockpack/libblockpack/go"
)

// attributeValue gives the value of an attribute after its way through a block.
func attributeValue(t *testing.T, value any) blockpack.Value {
	blocks := closing(t, buildBlocks(oneSpanOTLP(map[string]any{"it": value}), 0))
	fields := closing(t, must(blockpack.NewLazyFields(blocks, 0, 0)))
	return must(fields.Get("span.it"))
}

func TestListsAndMapsAreReadToTheirDepths(t *testing.T) {
	list := attributeValue(t, []any{1, "two", []any{"three", true}, map[string]any{"four": []byte{4}}})
	equal(t, "kind", list.Kind(), blockpack.KindList)
	items := must(list.Items())
	equal(t, "items", len(items), 4)
	equal(t, "an integer", items[0].Int(), 1)
	equal(t, "a text", items[1].Str(), "two")
	inner := must(items[2].Items())
	equal(t, "a text in a list", inner[0].Str(), "three")
	equal(t, "a truth value in a list", inner[1].Bool(), true)
	entries := must(items[3].Entries())
	equal(t, "name of an entry", entries[0].Name, "four")
	equal(t, "bytes of an entry", string(entries[0].Value.Bytes()), "\x04")
	_, err := list.Entries()
	wantCode(t, err, blockpack.ErrType)
	_, err = items[3].Items()
	wantCode(t, err, blockpack.ErrType)
	if got := list.Any().([]any); len(got) != 4 || got[0] != int64(1) || got[1] != "two" {
		t.Errorf("as Go values the list is %v", got)
	}
	equal(t, "an empty list", len(must(attributeValue(t, []any{}).Items())), 0)
	equal(t, "an empty map", len(must(attributeValue(t, map[string]any{}).Entries())), 0)
}

func TestValuesGiveWhatTheyWereMadeOf(t *testing.T) {
	now := time.Unix(1700000000, 123456789).UTC()
	late := time.Unix(0, 0).Add(math.MaxInt64).Add(time.Hour).UTC() // past what an int64 holds
	id := blockpack.TraceID(sampleTraceID(3))
	for _, c := range []struct {
		value blockpack.Value
		kind  blockpack.Kind
		want  any
	}{
		{blockpack.Value{}, blockpack.KindAbsent, nil},
		{blockpack.BoolValue(true), blockpack.KindBool, true},
		{blockpack.BoolValue(false), blockpack.KindBool, false},
		{blockpack.IntValue(-5), blockpack.KindInt, int64(-5)},
		{blockpack.UintValue(math.MaxUint64), blockpack.KindUint, uint64(math.MaxUint64)},
		{blockpack.FloatValue(-0.5), blockpack.KindFloat, -0.5},
		{blockpack.StringValue("text"), blockpack.KindString, "text"},
		{blockpack.StringValue(""), blockpack.KindString, ""},
		{blockpack.BytesValue([]byte("bytes")), blockpack.KindBytes, []byte("bytes")},
		{blockpack.TimeValue(now), blockpack.KindTime, now},
		{blockpack.TimeValue(late), blockpack.KindTime, late},
		{blockpack.DurationValue(-time.Second), blockpack.KindDuration, -time.Second},
		{blockpack.TraceIDValue(id), blockpack.KindID, id[:]},
		{blockpack.SpanKindValue(blockpack.SpanKindServer), blockpack.KindSpanKind, blockpack.SpanKindServer},
		{blockpack.SpanStatusValue(blockpack.SpanStatusError), blockpack.KindSpanStatus, blockpack.SpanStatusError},
	} {
		equal(t, "kind", c.value.Kind(), c.kind)
		if got := c.value.Any(); !reflect.DeepEqual(got, c.want) {
			t.Errorf("a value of kind %v gives %v, want %v", c.kind, got, c.want)
		}
		if !c.value.Equal(c.value) {
			t.Errorf("%v is not equal to itself", c.value)
		}
		others := 0
		for _, read := range []bool{c.value.Bool(), c.value.Float() != 0, c.value.Str() != "",
			c.value.Bytes() != nil, !c.value.Time().IsZero(), c.value.Duration() != 0} {
			if read {
				others++
			}
		}
		if others > 1 {
			t.Errorf("a value of kind %v is of several kinds", c.kind)
		}
	}
	if blockpack.IntValue(1).Equal(blockpack.UintValue(1)) || blockpack.FloatValue(math.NaN()).Equal(blockpack.FloatValue(math.NaN())) {
		t.Error("values are equal that are not")
	}
	if !blockpack.FloatValue(0).Equal(blockpack.FloatValue(math.Copysign(0, -1))) {
		t.Error("0 and -0 are not equal")
	}
}

func TestValuesAreSpelledAsTheLibraryDoes(t *testing.T) {
	long := strings.Repeat("long ", 100)
	id := blockpack.SpanID(sampleSpanID(7, 2))
	for want, value := range map[string]blockpack.Value{
		"":                 {},
		"text":             blockpack.StringValue("text"),
		"-5":               blockpack.IntValue(-5),
		"true":             blockpack.BoolValue(true),
		"cdcdcdcd00070002": blockpack.SpanIDValue(id),
		long:               blockpack.StringValue(long),
	} {
		equal(t, "spelling", value.String(), want)
	}
	equal(t, "an id", id.String(), "cdcdcdcd00070002")
	for k := blockpack.SpanKindUnspecified; k <= blockpack.SpanKindConsumer; k++ {
		equal(t, "a span kind", k.String(), blockpack.SpanKindValue(k).String())
	}
	for s := blockpack.SpanStatusUnset; s <= blockpack.SpanStatusError; s++ {
		equal(t, "a span status", s.String(), blockpack.SpanStatusValue(s).String())
	}
	if list := attributeValue(t, []any{1, long}); !strings.Contains(fmt.Sprint(list), long) {
		t.Errorf("a long list is spelled %v", list)
	}
}

func TestIDsAreParsed(t *testing.T) {
	id := blockpack.TraceID(sampleTraceID(7))
	equal(t, "trace id", must(blockpack.ParseTraceID(id.String())), id)
	span := blockpack.SpanID(sampleSpanID(7, 2))
	equal(t, "span id", must(blockpack.ParseSpanID(strings.ToUpper(span.String()))), span)
	for _, text := range []string{"", "00", id.String() + "00", strings.Repeat("x", 32)} {
		_, err := blockpack.ParseTraceID(text)
		wantCode(t, err, blockpack.ErrParse)
		_, err = blockpack.ParseSpanID(text)
		wantCode(t, err, blockpack.ErrParse)
	}
}
