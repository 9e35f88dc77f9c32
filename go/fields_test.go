//go:build cgo

package blockpack_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/libblockpack/libblockpack/go"
)

// sampleFields makes the fields of a span of blocks that sampleBlocks made, a block for all: a trace
// is in pre-order.
func sampleFields(t testing.TB, blocks *blockpack.Blocks, spans, trace, step int) *blockpack.LazyFields {
	return closing(t, must(blockpack.NewLazyFields(blocks, 0, trace*spans+step)))
}

func shopBlocks(t testing.TB, maxSpans uint32) *blockpack.Blocks {
	builder := must(blockpack.NewBuilder(&blockpack.BlockOptions{MaxSpans: maxSpans}))
	defer builder.Close()
	if err := builder.AddInput(must(os.ReadFile(shopPath))); err != nil {
		t.Fatal(err)
	}
	return closing(t, must(builder.Blocks()))
}

func TestEveryKindOfFieldIsFoundByName(t *testing.T) {
	fields := sampleFields(t, sampleBlocks(t, 10, 4, 0), 4, 7, 2)
	for name, want := range map[string]blockpack.Value{
		"span:name":             blockpack.StringValue("query 2"),
		"trace:id":              blockpack.TraceIDValue(sampleTraceID(7)),
		"span:id":               blockpack.SpanIDValue(sampleSpanID(7, 2)),
		"span:parent_id":        blockpack.SpanIDValue(sampleSpanID(7, 1)),
		"span:start":            blockpack.TimeValue(time.Unix(0, int64(sampleStart(7, 2)))),
		"span:duration":         blockpack.DurationValue(49800),
		"span:kind":             blockpack.SpanKindValue(blockpack.SpanKindClient),
		"span:status":           blockpack.SpanStatusValue(blockpack.SpanStatusError),
		"span.trace.number":     blockpack.IntValue(7),
		".user":                 blockpack.StringValue("u2"),
		"resource.service.name": blockpack.StringValue("store"),
		".service.name":         blockpack.StringValue("store"),
		"span.odd":              {},
		"span.no.such.key":      {},
	} {
		if got := must(fields.Get(name)); !got.Equal(want) {
			t.Errorf("%s is %v (%v), want %v (%v)", name, got, got.Kind(), want, want.Kind())
		}
	}
	for _, name := range []string{"", "span:no_such_intrinsic"} {
		_, err := fields.Get(name)
		wantCode(t, err, blockpack.ErrParse)
	}
}

func TestManyFieldsAreReadAtOnce(t *testing.T) {
	blocks := sampleBlocks(t, 10, 4, 0)
	columns := closing(t, must(blockpack.NewColumns("span:name", "span.user", "span.absent", ".step")))
	equal(t, "columns", columns.Len(), 4)
	equal(t, "name of a column", columns.Name(3), ".step")
	fields := sampleFields(t, blocks, 4, 3, 1)
	for range 2 {
		values := make([]blockpack.Value, 5)
		check(t, fields.GetMany(columns, values))
		equal(t, "values", fmt.Sprint(values), "[query 1 u3  1 ]")
		wantCode(t, fields.GetMany(columns, values[:3]), blockpack.ErrInvalidArgument)
		check(t, fields.Detach())
	}
	_, err := blockpack.NewColumns("span:name", "span:no_such_intrinsic")
	wantCode(t, err, blockpack.ErrParse)
	columns.Close()
	wantCode(t, fields.GetMany(columns, make([]blockpack.Value, 4)), blockpack.ErrClosed)
}

func TestAllFieldsAreThoseFoundByName(t *testing.T) {
	blocks := shopBlocks(t, 0)
	for row := 0; row < shopSpans; row += 97 {
		fields := must(blockpack.NewLazyFields(blocks, 0, row))
		count := 0
		for name, value := range must(fields.All()) {
			count++
			if strings.HasPrefix(name, "event") || strings.HasPrefix(name, "link") {
				continue // one of several
			}
			if got := must(fields.Get(name)); !got.Equal(value) {
				t.Fatalf("row %d: %s is %v, by name %v", row, name, value, got)
			}
		}
		if count < 10 {
			t.Errorf("row %d has %d fields", row, count)
		}
		fields.Release()
	}
}

func TestEventsAndLinksAreLists(t *testing.T) {
	span := sampleSpan(0, 0, nil)
	for _, name := range []string{"first", "second"} {
		var event message
		event.bytes(2, []byte(name))
		event.attribute(3, "message", name+" message")
		span.bytes(11, event)
	}
	id := sampleTraceID(5)
	for range 70 {
		var link message
		link.bytes(1, id[:])
		span.bytes(13, link)
	}
	var m message
	m.bytes(1, sampleService("shop", []message{span}))
	builder := closing(t, must(blockpack.NewBuilder(nil)))
	if err := builder.AddOTLP(m); err != nil {
		t.Fatal(err)
	}
	blocks := closing(t, must(builder.Blocks()))
	fields := closing(t, must(blockpack.NewLazyFields(blocks, 0, 0)))
	for _, way := range []string{"read", "detached"} {
		events, links := must(fields.Events()), must(fields.Links())
		equal(t, way+" events", len(events), 2)
		equal(t, "name", events[1][0].Name, "event:name")
		equal(t, "value", events[1][0].Value.Str(), "second")
		last := events[0][len(events[0])-1]
		equal(t, "attribute", last.Name+" "+last.Value.Str(), "event.message first message")
		equal(t, way+" links", len(links), 70)
		for _, link := range links {
			equal(t, "id", link[0].Name+" "+link[0].Value.String(), "link:trace_id "+blockpack.TraceID(id).String())
		}
		if err := fields.Detach(); err != nil {
			t.Fatal(err)
		}
	}
	other := sampleFields(t, sampleBlocks(t, 1, 1, 0), 1, 0, 0)
	equal(t, "no events", len(must(other.Events())), 0)
	other.Release()
	_, err := other.Links()
	wantCode(t, err, blockpack.ErrReleased)
}

func TestValuesStayWhenTheirBlocksAreGone(t *testing.T) {
	blocks := sampleBlocks(t, 10, 4, 0)
	fields := sampleFields(t, blocks, 4, 3, 1)
	name := must(fields.Get("span:name"))
	all := must(fields.All())
	fields.Release()
	blocks.Release()
	equal(t, "bytes held", blockpack.BytesHeld(), 0)
	equal(t, "name", name.Str(), "query 1")
	equal(t, "user", maps.Collect(all)["span.user"].Str(), "u3")
}

// The lifecycle that callers of LazyFields rely on: create, use, serialise, release.

func TestFieldsAreAccessibleBeforeRelease(t *testing.T) {
	fields := sampleFields(t, sampleBlocks(t, 10, 4, 0), 4, 3, 1)
	equal(t, "released", fields.IsReleased(), false)
	equal(t, "name", must(fields.Get("span:name")).Str(), "query 1")
	equal(t, "name among all", maps.Collect(must(fields.All()))["span:name"].Str(), "query 1")
}

func TestFieldsAreInaccessibleAfterRelease(t *testing.T) {
	columns := closing(t, must(blockpack.NewColumns("span:name")))
	for _, detached := range []bool{false, true} {
		fields := sampleFields(t, sampleBlocks(t, 10, 4, 0), 4, 3, 1)
		if detached {
			check(t, fields.Detach())
		}
		fields.Release()
		equal(t, "released", fields.IsReleased(), true)
		_, err := fields.Get("span:name")
		wantCode(t, err, blockpack.ErrReleased)
		all, err := fields.All()
		wantCode(t, err, blockpack.ErrReleased)
		equal(t, "there are fields", all != nil, false)
		wantCode(t, fields.GetMany(columns, make([]blockpack.Value, 1)), blockpack.ErrReleased)
		wantCode(t, fields.Detach(), blockpack.ErrReleased)
		equal(t, "span", fields.Span(), blockpack.Span{Block: 0, Row: 13})
	}
}

func TestFieldsAreReleasedManyTimes(t *testing.T) {
	before := blockpack.LiveHandles()
	blocks := sampleBlocks(t, 10, 4, 0)
	fields := must(blockpack.NewLazyFields(blocks, 0, 5))
	for range 5 {
		fields.Release()
		equal(t, "released", fields.IsReleased(), true)
	}
	check(t, fields.Close())
	equal(t, "objects", blockpack.LiveHandles(), before+1)
}

func TestFieldsAreReleasedOnTheErrorPath(t *testing.T) {
	blocks := sampleBlocks(t, 10, 4, 0)
	before := blockpack.LiveHandles()
	broken := errors.New("the client is gone")
	var used *blockpack.LazyFields
	answer := func() error {
		fields, err := blockpack.NewLazyFields(blocks, 0, 5)
		if err != nil {
			return err
		}
		defer fields.Release()
		used = fields
		if _, err := fields.Get("span:name"); err != nil {
			return err
		}
		return broken
	}
	equal(t, "error", answer(), broken)
	equal(t, "released", used.IsReleased(), true)
	equal(t, "objects", blockpack.LiveHandles(), before)
}

func TestFieldsDoNotDependOnOtherObjects(t *testing.T) {
	blocks := sampleBlocks(t, 10, 4, 0)
	first, second := sampleFields(t, blocks, 4, 3, 1), sampleFields(t, blocks, 4, 9, 3)
	first.Release()
	blocks.Close()
	equal(t, "user", must(second.Get(".user")).Str(), "u4")
	if blockpack.BytesHeld() == 0 {
		t.Error("the block is gone")
	}
	second.Release()
	equal(t, "bytes held", blockpack.BytesHeld(), 0)
}

// listed gives all fields as text.
func listed(fields *blockpack.LazyFields) (list []string) {
	for name, value := range must(fields.All()) {
		list = append(list, fmt.Sprintf("%s = %v", name, value))
	}
	return list
}

func TestDetachedFieldsNeedNoBlocks(t *testing.T) {
	blocks := sampleBlocks(t, 10, 4, 0)
	fields := sampleFields(t, blocks, 4, 3, 1)
	before := listed(fields)
	for range 2 {
		check(t, fields.Detach())
	}
	blocks.Release()
	equal(t, "bytes held", blockpack.BytesHeld(), 0)
	if after := listed(fields); !slices.Equal(after, before) {
		t.Errorf("the fields were %v and are %v", before, after)
	}
}

func TestOneObjectServesManySpans(t *testing.T) {
	blocks := sampleBlocks(t, 100, 4, 40)
	fields := closing(t, must(blockpack.NewLazyFields(blocks, 0, 0)))
	for trace := range 100 {
		check(t, fields.Seek(blocks, trace/10, trace%10*4))
		equal(t, "trace", must(fields.Get("span.trace.number")).Int(), int64(trace))
		equal(t, "span", fields.Span(), blockpack.Span{Block: uint32(trace / 10), Row: uint32(trace % 10 * 4)})
	}
	wantCode(t, fields.Seek(blocks, 0, 40), blockpack.ErrInvalidArgument)
	equal(t, "trace", must(fields.Get("span.trace.number")).Int(), 99)
	blocks.Release()
	wantCode(t, fields.Seek(blocks, 0, 0), blockpack.ErrReleased)
}

func TestPlacesThatDoNotExistAnswer(t *testing.T) {
	blocks := sampleBlocks(t, 10, 4, 0)
	for _, at := range [][2]int{{0, 40}, {1, 0}, {-1, 0}, {0, -1}, {0, 1 << 32}} {
		_, err := blockpack.NewLazyFields(blocks, at[0], at[1])
		wantCode(t, err, blockpack.ErrInvalidArgument)
	}
	blocks.Release()
	_, err := blockpack.NewLazyFields(blocks, 0, 0)
	wantCode(t, err, blockpack.ErrReleased)
}

func BenchmarkGet(b *testing.B) {
	blocks := shopBlocks(b, 0)
	fields := closing(b, must(blockpack.NewLazyFields(blocks, 0, 4711)))
	for _, name := range []string{"span:duration", "span:name", "resource.service.name"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				must(fields.Get(name))
			}
		})
	}
}

func BenchmarkFieldsOfASpan(b *testing.B) {
	blocks := shopBlocks(b, 0)
	columns := closing(b, must(blockpack.NewColumns("trace:id", "span:name", "span:duration", "span:status", "resource.service.name")))
	values := make([]blockpack.Value, 5)
	b.Run("new, get 5, release", func(b *testing.B) {
		b.ReportAllocs()
		for row := 0; b.Loop(); row = (row + 1) % shopSpans {
			fields := must(blockpack.NewLazyFields(blocks, 0, row))
			if err := fields.GetMany(columns, values); err != nil {
				b.Fatal(err)
			}
			fields.Release()
		}
	})
	fields := closing(b, must(blockpack.NewLazyFields(blocks, 0, 0)))
	b.Run("seek, get 5", func(b *testing.B) {
		b.ReportAllocs()
		for row := 0; b.Loop(); row = (row + 1) % shopSpans {
			if fields.Seek(blocks, 0, row) != nil || fields.GetMany(columns, values) != nil {
				b.Fatal("failed")
			}
		}
	})
	b.Run("seek, all", func(b *testing.B) {
		b.ReportAllocs()
		count := 0
		for row := 0; b.Loop(); row = (row + 1) % shopSpans {
			if err := fields.Seek(blocks, 0, row); err != nil {
				b.Fatal(err)
			}
			for range must(fields.All()) {
				count++
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(count), "ns/value")
	})
}
