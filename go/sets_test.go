//go:build cgo

package blockpack_test

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/libblockpack/libblockpack/go"
)

// every makes the set of the rows of a block whose number modulo step is rest.
func every(t testing.TB, blocks *blockpack.Blocks, block, step, rest int) *blockpack.RowSet {
	var rows []uint32
	count := int(must(blocks.Info(block)).Spans)
	for row := rest; row < count; row += step {
		rows = append(rows, uint32(row))
	}
	set := closing(t, must(blockpack.NewRowSet(blocks, block, rows)))
	equal(t, "rows", set.Len(), len(rows))
	equal(t, "rows of the block", set.BlockRows(), count)
	equal(t, "block", set.Block(), block)
	equal(t, "column", set.Column(), "")
	return set
}

func TestRowSetsCombineAsSetsDo(t *testing.T) {
	blocks := shopBlocks(t, 0)
	twos, threes, rare := every(t, blocks, 0, 2, 0), every(t, blocks, 0, 3, 0), every(t, blocks, 0, 997, 6)
	odd := closing(t, must(twos.Not()))
	for name, c := range map[string]struct {
		set      *blockpack.RowSet
		expected func(row int) bool
	}{
		"and":   {must(twos.And(threes)), func(row int) bool { return row%6 == 0 }},
		"or":    {must(twos.Or(threes)), func(row int) bool { return row%2 == 0 || row%3 == 0 }},
		"minus": {must(twos.Minus(threes)), func(row int) bool { return row%2 == 0 && row%3 != 0 }},
		"not":   {odd, func(row int) bool { return row%2 == 1 }},
		"mixed": {must(rare.Or(odd)), func(row int) bool { return row%997 == 6 || row%2 == 1 }},
		"all":   {must(blockpack.AllRows(blocks, 0)), func(int) bool { return true }},
		"self":  {must(twos.And(twos)), func(row int) bool { return row%2 == 0 }},
	} {
		var rows []uint32
		for row := range shopSpans + 100 {
			expected := row < shopSpans && c.expected(row)
			if expected {
				rows = append(rows, uint32(row))
			}
			if c.set.Contains(row) != expected {
				t.Errorf("%s: row %d", name, row)
			}
		}
		if got := must(c.set.Rows()); !slices.Equal(got, rows) || c.set.Len() != len(rows) {
			t.Errorf("%s: there are %d rows, expected %d", name, len(got), len(rows))
		}
		c.set.Close()
	}
	equal(t, "contains a row that cannot be", twos.Contains(-2), false)
}

func TestRowsAreReadInBatches(t *testing.T) {
	blocks := shopBlocks(t, 0)
	for _, set := range []*blockpack.RowSet{every(t, blocks, 0, 2, 1), every(t, blocks, 0, 997, 6), every(t, blocks, 0, 1, 0)} {
		all := must(set.Rows())
		for _, size := range []int{1, 7, 1000} {
			var rows []uint32
			batch := make([]uint32, size)
			for from := uint32(0); ; from = rows[len(rows)-1] + 1 {
				n := must(set.ReadRows(from, batch))
				if n == 0 {
					break
				}
				rows = append(rows, batch[:n]...)
			}
			if !slices.Equal(rows, all) {
				t.Errorf("in batches of %d there are %d rows, not %d", size, len(rows), len(all))
			}
		}
		for i, word := range must(set.Words()) {
			for bit := range 64 {
				if row := i*64 + bit; (word>>bit&1 == 1) != set.Contains(row) {
					t.Fatalf("row %d is not the same in the bitmap", row)
				}
			}
		}
		equal(t, "rows behind the last", must(set.ReadRows(math.MaxUint32, make([]uint32, 1))), 0)
		equal(t, "rows without room", must(set.ReadRows(0, nil)), 0)
	}
}

func TestSetsOfDifferentBlocksDoNotCombine(t *testing.T) {
	blocks, others := sampleBlocks(t, 20, 4, 40), sampleBlocks(t, 20, 4, 40)
	a, b, c := every(t, blocks, 0, 2, 0), every(t, blocks, 1, 2, 0), every(t, others, 0, 2, 0)
	_, err := a.And(b)
	wantCode(t, err, blockpack.ErrInvalidArgument)
	_, err = a.Or(c)
	wantCode(t, err, blockpack.ErrInvalidArgument)
	_, err = a.Minus(c)
	wantCode(t, err, blockpack.ErrInvalidArgument)
	_, err = blockpack.SpansOfRows(blocks, c)
	wantCode(t, err, blockpack.ErrInvalidArgument)
	all, other := closing(t, must(blockpack.AllSpans(blocks))), closing(t, must(blockpack.AllSpans(others)))
	_, err = all.And(other)
	wantCode(t, err, blockpack.ErrInvalidArgument)
	_, err = blockpack.NewRowSet(blocks, 0, []uint32{40})
	wantCode(t, err, blockpack.ErrInvalidArgument)
	_, err = blockpack.AllRows(blocks, 2)
	wantCode(t, err, blockpack.ErrInvalidArgument)
}

func TestReleasedSetsKeepTheirNumbersAlone(t *testing.T) {
	blocks := sampleBlocks(t, 10, 4, 0)
	rows := every(t, blocks, 0, 3, 0)
	spans := closing(t, must(blockpack.SpansOfRows(blocks, rows)))
	fields := closing(t, must(rows.Fields(3)))
	blocks.Close()
	if blockpack.BytesHeld() == 0 {
		t.Error("the block is gone")
	}
	for range 2 {
		rows.Release()
		spans.Release()
	}
	equal(t, "name", must(fields.Get("span:name")).Str(), "query 3")
	fields.Release()
	equal(t, "bytes held", blockpack.BytesHeld(), 0)
	equal(t, "rows", rows.Len(), 14)
	equal(t, "spans", spans.Len(), 14)
	equal(t, "contains", rows.Contains(3) || spans.Contains(blockpack.Span{Row: 3}), false)
	_, err := rows.Rows()
	wantCode(t, err, blockpack.ErrReleased)
	_, err = rows.Words()
	wantCode(t, err, blockpack.ErrReleased)
	_, err = rows.Not()
	wantCode(t, err, blockpack.ErrReleased)
	_, err = rows.And(rows)
	wantCode(t, err, blockpack.ErrReleased)
	_, err = rows.Fields(3)
	wantCode(t, err, blockpack.ErrReleased)
	_, err = spans.Spans()
	wantCode(t, err, blockpack.ErrReleased)
	_, err = spans.Blocks()
	wantCode(t, err, blockpack.ErrReleased)
}

// oddSpans makes the set of the spans of odd rows.
func oddSpans(t testing.TB, blocks *blockpack.Blocks) *blockpack.SpanSet {
	var sets []*blockpack.RowSet
	for block := range blocks.Len() {
		sets = append(sets, every(t, blocks, block, 2, 1))
	}
	return closing(t, must(blockpack.SpansOfRows(blocks, sets...)))
}

func TestSpanSetsAreNumberedInOrder(t *testing.T) {
	odd := oddSpans(t, sampleBlocks(t, 100, 4, 40))
	equal(t, "spans", odd.Len(), 200)
	spans := must(odd.Spans())
	ids := make([]blockpack.SpanIDs, 200)
	equal(t, "ids", must(odd.ReadIDs(0, ids)), 200)
	for i, span := range spans {
		equal(t, "span", span, blockpack.Span{Block: uint32(i / 20), Row: uint32(i%20*2 + 1)})
		equal(t, "contains", odd.Contains(span), true)
		equal(t, "contains", odd.Contains(blockpack.Span{Block: span.Block, Row: span.Row - 1}), false)
		want := blockpack.SpanIDs{Trace: sampleTraceID(i / 2), Span: sampleSpanID(i/2, i%2*2+1), At: span}
		equal(t, "ids", ids[i], want)
	}
	var batch [7]blockpack.Span
	var batched []blockpack.Span
	for {
		n := must(odd.ReadSpans(len(batched), batch[:]))
		if n == 0 {
			break
		}
		batched = append(batched, batch[:n]...)
	}
	equal(t, "batches are all", slices.Equal(batched, spans), true)
	for _, first := range []int{200, -1} {
		equal(t, "spans behind the last", must(odd.ReadSpans(first, batch[:])), 0)
		equal(t, "ids behind the last", must(odd.ReadIDs(first, ids)), 0)
	}
}

func TestValuesOfManySpansAreReadAtOnce(t *testing.T) {
	blocks := sampleBlocks(t, 100, 4, 40)
	odd := oddSpans(t, blocks)
	blocks.Close()
	columns := closing(t, must(blockpack.NewColumns("span.trace.number", "span.nothing", "span:name")))
	for _, room := range []int{3, 3 * 7, 3*64 + 2, 3 * 500} {
		values := make([]blockpack.Value, room)
		total := 0
		for {
			n := must(odd.ReadValues(total, columns, values))
			if n == 0 {
				break
			}
			for i := range n {
				at := total + i
				equal(t, "trace", values[3*i].Int(), int64(at/2))
				equal(t, "absent", values[3*i+1].IsAbsent(), true)
				equal(t, "name", values[3*i+2].Str(), fmt.Sprintf("query %d", at%2*2+1))
			}
			total += n
		}
		equal(t, "spans", total, 200)
	}
	values := make([]blockpack.Value, 2)
	equal(t, "spans without room", must(odd.ReadValues(0, columns, values)), 0)
	equal(t, "spans in front of the first", must(odd.ReadValues(-1, columns, values)), 0)
	odd.Release()
	_, err := odd.ReadValues(0, columns, make([]blockpack.Value, 3))
	wantCode(t, err, blockpack.ErrReleased)
}

func TestSpanSetsCombineAsSetsDo(t *testing.T) {
	blocks := sampleBlocks(t, 100, 4, 40)
	odd := oddSpans(t, blocks)
	all := closing(t, must(blockpack.AllSpans(blocks)))
	even := closing(t, must(odd.Not()))
	rest := closing(t, must(all.Minus(odd)))
	equal(t, "all", all.Len(), 400)
	equal(t, "even", even.Len(), 200)
	equal(t, "odd and even", closing(t, must(odd.And(even))).Len(), 0)
	equal(t, "odd or even", closing(t, must(odd.Or(even))).Len(), 400)
	equal(t, "all but odd", slices.Equal(must(rest.Spans()), must(even.Spans())), true)
	rows := closing(t, must(even.RowSet(3)))
	equal(t, "rows of a block", rows.Len(), 20)
	equal(t, "block", rows.Block(), 3)
	_, err := even.RowSet(10)
	wantCode(t, err, blockpack.ErrInvalidArgument)
	equal(t, "blocks", closing(t, must(even.Blocks())).Len(), 10)
}

func TestSetsAreMadeOfNamedSpans(t *testing.T) {
	blocks := sampleBlocks(t, 100, 4, 40)
	named := []blockpack.Span{{Block: 9, Row: 3}, {Block: 0, Row: 39}, {Block: 9, Row: 3}, {}}
	set := closing(t, must(blockpack.NewSpanSet(blocks, named)))
	want := []blockpack.Span{{}, {Block: 0, Row: 39}, {Block: 9, Row: 3}}
	if got := must(set.Spans()); !slices.Equal(got, want) {
		t.Errorf("the spans are %v, want %v", got, want)
	}
	equal(t, "span", closing(t, must(set.Fields(2))).Span(), want[2])
	_, err := set.Fields(3)
	wantCode(t, err, blockpack.ErrInvalidArgument)
	for _, missing := range []blockpack.Span{{Block: 10}, {Row: 40}} {
		_, err := blockpack.NewSpanSet(blocks, []blockpack.Span{missing})
		wantCode(t, err, blockpack.ErrInvalidArgument)
	}
	equal(t, "no spans", closing(t, must(blockpack.NewSpanSet(blocks, nil))).Len(), 0)
}

func TestTracesAreFoundByID(t *testing.T) {
	path := filepath.Join(t.TempDir(), "traces.bpk")
	writeSample(t, path, 100, 40)
	reader := closing(t, must(blockpack.Open(path, nil)))
	for trace := 0; trace < 100; trace += 9 {
		set := closing(t, must(reader.Trace(sampleTraceID(trace))))
		equal(t, "spans", set.Len(), 4)
		fields := closing(t, must(set.Fields(3)))
		equal(t, "trace", must(fields.Get("span.trace.number")).Int(), int64(trace))
	}
	set, err := reader.Trace(sampleTraceID(100))
	wantCode(t, err, blockpack.ErrAbsent)
	equal(t, "set", set, nil)
}

func TestGoroutinesCombineSetsWhileTheyAreReleased(t *testing.T) {
	blocks := sampleBlocks(t, 20, 4, 40)
	for range 20 {
		a, b := every(t, blocks, 0, 2, 0), every(t, blocks, 0, 3, 0)
		var wait sync.WaitGroup
		for range 4 {
			wait.Add(1)
			go func() {
				defer wait.Done()
				for {
					first, err := a.And(b)
					if err != nil {
						wantCode(t, err, blockpack.ErrReleased)
						return
					}
					second := must(first.Or(first))
					equal(t, "rows", second.Len(), 7)
					first.Close()
					second.Close()
				}
			}()
		}
		b.Release()
		wait.Wait()
		a.Release()
	}
}

func BenchmarkBatches(b *testing.B) {
	blocks := shopBlocks(b, 0)
	rows := every(b, blocks, 0, 2, 1)
	all := closing(b, must(blockpack.AllSpans(blocks)))
	per := func(b *testing.B, what string, n int) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/"+what)
		b.ReportAllocs()
	}
	for _, size := range []int{256, 1024} {
		b.Run(fmt.Sprintf("rows/%d", size), func(b *testing.B) {
			batch := make([]uint32, size)
			for b.Loop() {
				for from := uint32(0); ; {
					n := must(rows.ReadRows(from, batch))
					if n == 0 {
						break
					}
					from = batch[n-1] + 1
				}
			}
			per(b, "row", rows.Len())
		})
		b.Run(fmt.Sprintf("ids/%d", size), func(b *testing.B) {
			batch := make([]blockpack.SpanIDs, size)
			for b.Loop() {
				for first, n := 0, 1; n > 0; first += n {
					n = must(all.ReadIDs(first, batch))
				}
			}
			per(b, "span", all.Len())
		})
		for _, names := range [][]string{
			{"span:duration", "span:start", "span:kind", "span:status"},
			{"span:name", "resource.service.name"},
			{"trace:id", "span:name", "span:duration", "span:status", "resource.service.name"},
			{"span:id", "span:name", "span:duration", "span:status", "resource.service.name"},
		} {
			b.Run(fmt.Sprintf("values/%d/%v", size, names), func(b *testing.B) {
				columns := closing(b, must(blockpack.NewColumns(names...)))
				batch := make([]blockpack.Value, size*columns.Len())
				for b.Loop() {
					for first, n := 0, 1; n > 0; first += n {
						n = must(all.ReadValues(first, columns, batch))
					}
				}
				per(b, "value", all.Len()*columns.Len())
			})
		}
	}
}
