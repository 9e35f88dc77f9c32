//go:build cgo

package blockpack_test

import (
	"testing"

	"github.com/libblockpack/libblockpack/go"
)

// readInParts reads the values of count spans a few at a time, which takes another way than many at once.
func readInParts(all *blockpack.SpanSet, first, count int, columns *blockpack.Columns) []blockpack.Value {
	const few = 20
	values := make([]blockpack.Value, 0, count*columns.Len())
	for part := make([]blockpack.Value, few*columns.Len()); count > 0; {
		n := must(all.ReadValues(first, columns, part))
		values = append(values, part[:min(n, count)*columns.Len()]...)
		first, count = first+n, count-n
	}
	return values
}

func TestMatricesHoldWhatSpansHave(t *testing.T) {
	blocks := shopBlocks(t, 3000)
	all := closing(t, must(blockpack.AllSpans(blocks)))
	columns := closing(t, must(blockpack.NewColumns("span:name", "trace:id", "span:parent_id", "span:duration",
		"span:status", "resource.service.name", ".http.route", "event:name", "span.no.such.key")))
	matrix := closing(t, must(blockpack.NewMatrix()))
	values := make([]blockpack.Value, 700*columns.Len())
	for first := 0; ; first += 700 {
		n := must(all.ReadMatrix(first, 700, columns, matrix))
		equal(t, "spans", n, must(all.ReadValues(first, columns, values)))
		equal(t, "length", matrix.Len(), n)
		if n == 0 {
			break
		}
		few := readInParts(all, first, n, columns)
		for i, value := range values[:n*columns.Len()] {
			if !value.Equal(few[i]) || value.Kind() != few[i].Kind() {
				t.Fatalf("value %d from span %d on is %v, want %v", i, first, value, few[i])
			}
		}
		for i := range columns.Len() {
			column, present := matrix.Column(i), 0
			equal(t, "length of a column", column.Len(), n)
			for span := range n {
				want := values[span*columns.Len()+i]
				if got := column.Value(span); !got.Equal(want) || column.KindAt(span) != want.Kind() {
					t.Fatalf("%s of span %d is %v, want %v", columns.Name(i), first+span, got, want)
				}
				if want.Kind() == blockpack.KindString {
					equal(t, "text", column.Str(span), want.Str())
				} else if want.Int() != column.Ints()[span] && want.Kind() != blockpack.KindID && !want.IsAbsent() {
					t.Errorf("%s is %d, want %v", columns.Name(i), column.Ints()[span], want)
				}
				if !want.IsAbsent() {
					present++
				}
			}
			equal(t, "present", column.Present(), present)
		}
	}
	equal(t, "kind", matrix.Column(0).Kind(), blockpack.KindAbsent)
}

func TestTextOfMatricesStays(t *testing.T) {
	blocks := sampleBlocks(t, 10, 4, 0)
	all := closing(t, must(blockpack.AllSpans(blocks)))
	columns := closing(t, must(blockpack.NewColumns("span:name", "span.trace.number")))
	matrix := must(blockpack.NewMatrix())
	equal(t, "spans", must(all.ReadMatrix(5, 2, columns, matrix)), 2)
	name := matrix.Column(0).Str(0)
	equal(t, "kinds", matrix.Column(1).Kind(), blockpack.KindInt)
	equal(t, "number", matrix.Column(1).Ints()[1], 1)
	equal(t, "spans", must(all.ReadMatrix(0, 1, columns, matrix)), 1)
	equal(t, "entries", len(matrix.Column(0).Entries()), 1)
	equal(t, "name", matrix.Column(0).Str(0), "GET /")
	equal(t, "name read before", name, "query 1")
	equal(t, "spans before the first", must(all.ReadMatrix(-1, 5, columns, matrix)), 0)
	equal(t, "no spans", must(all.ReadMatrix(0, -1, columns, matrix)), 0)
	blocks.Release()
	all.Release()
	equal(t, "bytes held", blockpack.BytesHeld(), 0)
	_, err := all.ReadMatrix(0, 1, columns, matrix)
	wantCode(t, err, blockpack.ErrReleased)
	matrix.Close()
	_, err = all.ReadMatrix(0, 1, columns, matrix)
	wantCode(t, err, blockpack.ErrClosed)
}

func BenchmarkMatrix(b *testing.B) {
	for _, of := range []struct {
		what  string
		names []string
	}{
		{"numbers", []string{"span:start", "span:duration", "span:kind", "span.http.response.status_code", "span.db.rows"}},
		{"texts", []string{"span:name", "span.http.request.method", "resource.service.name", ".http.route", "span.db.operation"}},
		{"mixed", []string{"span:name", "span:duration", "span.http.request.method", "resource.service.name", ".http.route"}},
	} {
		b.Run(of.what, func(b *testing.B) { benchmarkMatrix(b, of.names) })
	}
}

// benchmarkMatrix reads all values of the columns, 1,024 spans at a time.
func benchmarkMatrix(b *testing.B, names []string) {
	blocks := shopBlocks(b, 0)
	all := closing(b, must(blockpack.AllSpans(blocks)))
	columns := closing(b, must(blockpack.NewColumns(names...)))
	matrix := closing(b, must(blockpack.NewMatrix()))
	b.ReportAllocs()
	read, sum := 0, 0
	for b.Loop() {
		for first := 0; ; {
			n := must(all.ReadMatrix(first, 1024, columns, matrix))
			if n == 0 {
				break
			}
			for i := range columns.Len() {
				sum += sumOf(matrix.Column(i))
			}
			first += n
			read += n * columns.Len()
		}
	}
	if sum == 0 {
		b.Fatal("nothing was read")
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(read), "ns/value")
}

// sumOf adds up what is in a column: its numbers, or the lengths of its texts.
func sumOf(column *blockpack.ColumnValues) (sum int) {
	if column.Kind() == blockpack.KindString {
		for span := range column.Len() {
			sum += len(column.Str(span))
		}
		return sum
	}
	for _, number := range column.Ints() {
		sum += int(number)
	}
	return sum
}
