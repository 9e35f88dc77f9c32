//go:build cgo

package blockpack_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/libblockpack/libblockpack/go"
)

func scannerOf(t testing.TB, blocks *blockpack.Blocks) *blockpack.ColumnScanner {
	return closing(t, must(blockpack.NewColumnScanner(blocks, 0)))
}

// 50 traces of 4 spans in one block: rows are 4 * trace + step.
func TestEveryPredicateFindsItsRows(t *testing.T) {
	s := scannerOf(t, sampleBlocks(t, 50, 4, 0))
	text, integer := blockpack.StringValue, blockpack.IntValue
	counts := func(set *blockpack.RowSet, err error) (want func(int)) {
		t.Helper()
		check(t, err)
		closing(t, set)
		return func(rows int) {
			t.Helper()
			equal(t, "rows", set.Len(), rows)
		}
	}

	counts(s.Equal("span.user", text("u1")))(40)
	counts(s.NotEqual("span.user", text("u1")))(160)
	counts(s.Less(".step", integer(2)))(100)
	counts(s.LessEqual(".step", integer(2)))(150)
	counts(s.Greater(".step", blockpack.FloatValue(1.5)))(100)
	counts(s.GreaterEqual(".step", blockpack.UintValue(3)))(50)
	counts(s.Between(".step", integer(1), integer(2)))(100)
	counts(s.In("span.user", text("u1"), text("u3")))(80)
	counts(s.In("span.user"))(0)
	counts(s.NotIn("span.user", text("u1"), text("u3")))(120)
	counts(s.Regex("span:name", "ry [13]$"))(100)
	counts(s.NotRegex("span:name", "^query"))(50)
	counts(s.Contains("span:name", "ery"))(150)
	counts(s.StartsWith("span:name", "GET"))(50)
	counts(s.EndsWith("span:name", " 2"))(50)
	counts(s.EqualIgnoringCase("span:name", "get /"))(50)
	counts(s.IsNull("span.odd"))(100)
	counts(s.IsNotNull("span.odd"))(100)
	counts(s.Equal("span.odd", blockpack.BoolValue(true)))(100)
	counts(s.Scan("span:name", blockpack.OpLengthEqual, integer(5)))(50)
	counts(s.Scan("span:name", blockpack.OpLengthGreater, integer(5)))(150)
	counts(s.Equal("span:status", blockpack.SpanStatusValue(blockpack.SpanStatusError)))(50)
	counts(s.Equal("span:kind", blockpack.SpanKindValue(blockpack.SpanKindServer)))(50)
	counts(s.Equal("resource.service.name", text("store")))(150)
	counts(s.Greater("span:duration", blockpack.DurationValue(49750*time.Nanosecond)))(150)
	counts(s.Equal("span:start", blockpack.TimeValue(time.Unix(0, int64(sampleStart(3, 1))))))(1)
	counts(s.Equal("trace:id", blockpack.TraceIDValue(sampleTraceID(17))))(4)
	counts(s.Equal("span:id", blockpack.SpanIDValue(sampleSpanID(17, 3))))(1)
	// What does not fit matches nothing.
	counts(s.Equal("span.user", integer(1)))(0)
	counts(s.NotEqual("span.user", integer(1)))(0)
	counts(s.Equal("span.none", integer(1)))(0)
	counts(s.IsNull("span.none"))(200)

	set := closing(t, must(s.Equal("span:status", blockpack.SpanStatusValue(blockpack.SpanStatusError))))
	equal(t, "column", set.Column(), "span:status")
	equal(t, "contains", set.Contains(6) && !set.Contains(7), true)
}

func TestTextsOfTheStackAndTheHeapAreScannedFor(t *testing.T) {
	s := scannerOf(t, sampleBlocks(t, 50, 4, 0))
	for user := range 5 {
		short := string([]byte{'u', byte('0' + user)})
		long := strings.Repeat("x", 100+user)
		set := closing(t, must(s.In("span.user", blockpack.StringValue(short), blockpack.StringValue(long),
			blockpack.StringValue(""), blockpack.IntValue(3), blockpack.BytesValue([]byte(short)))))
		equal(t, "rows", set.Len(), 40)
	}
}

func TestWrongQuestionsAnswer(t *testing.T) {
	blocks := sampleBlocks(t, 1, 1, 0)
	s := scannerOf(t, blocks)
	one := blockpack.IntValue(1)
	for _, c := range []struct {
		column   string
		op       blockpack.Op
		operands []blockpack.Value
		want     blockpack.Code
	}{
		{"span:name", blockpack.OpEqual, []blockpack.Value{{}}, blockpack.ErrType},
		{"span:name", blockpack.OpEqual, nil, blockpack.ErrInvalidArgument},
		{"span:name", blockpack.OpIsNull, []blockpack.Value{one}, blockpack.ErrInvalidArgument},
		{"span:name", blockpack.OpRegex, []blockpack.Value{blockpack.StringValue("(")}, blockpack.ErrParse},
		{"span:name", blockpack.OpRegex, []blockpack.Value{blockpack.StringValue("(a{1000}){1000}")}, blockpack.ErrLimit},
		{"span:name", blockpack.OpRegex, []blockpack.Value{one}, blockpack.ErrType},
		{"", blockpack.OpEqual, []blockpack.Value{one}, blockpack.ErrParse},
		{"span:name", 0, []blockpack.Value{one}, blockpack.ErrInvalidArgument},
		{"span:name", 24, []blockpack.Value{one}, blockpack.ErrInvalidArgument},
	} {
		_, err := s.Scan(c.column, c.op, c.operands...)
		wantCode(t, err, c.want)
		_, err = blocks.Scan(c.column, c.op, c.operands...)
		wantCode(t, err, c.want)
	}
	_, err := blockpack.NewColumnScanner(blocks, 1)
	wantCode(t, err, blockpack.ErrInvalidArgument)
}

func TestAllBlocksAreScannedAtOnceAndOneByOne(t *testing.T) {
	blocks := shopBlocks(t, 1000)
	service := []blockpack.Value{blockpack.StringValue("catalog")}
	errors := closing(t, must(blocks.Scan("span:status", blockpack.OpEqual, blockpack.SpanStatusValue(blockpack.SpanStatusError))))
	equal(t, "errors", errors.Len(), shopErrors)
	found := closing(t, must(blocks.Scan("resource.service.name", blockpack.OpEqual, service...)))
	equal(t, "spans of a service", found.Len(), 3448)
	equal(t, "roots", closing(t, must(blocks.Scan("span:parent_id", blockpack.OpIsNull))).Len(), shopRoots)
	stats := must(blocks.ScanStats())
	equal(t, "scans", stats.Scans, uint64(3*blocks.Len()))
	if stats.RowsScanned < shopSpans || stats.RowsMatched < shopErrors || stats.Bytes == 0 {
		t.Errorf("the statistics are %+v", stats)
	}

	if stats.BlocksPruned > stats.Scans || stats.ZonesPruned > stats.Zones {
		t.Errorf("the statistics are %+v", stats)
	}
	observed := must(blocks.Observed("span:parent_id", blockpack.OpIsNull))
	equal(t, "scans observed", observed.Scans, uint64(1))
	if observed.Selectivity <= 0 || observed.Selectivity >= 0.5 {
		t.Errorf("%v of the spans are roots", observed.Selectivity)
	}
	_, err := blocks.Observed("span:name", 0)
	wantCode(t, err, blockpack.ErrInvalidArgument)
	both := []blockpack.Condition{
		{Column: "resource.service.name", Op: blockpack.OpEqual, Operands: service},
		{Column: "span:parent_id", Op: blockpack.OpIsNull},
	}
	equal(t, "roots of a service", closing(t, must(blocks.ScanAll(both...))).Len(), 0)
	equal(t, "spans of a service", closing(t, must(blocks.ScanAll(both[:1]...))).Len(), 3448)
	equal(t, "all spans", closing(t, must(blocks.ScanAll())).Len(), shopSpans)
	_, err = blocks.ScanAll(blockpack.Condition{Column: "span:name", Op: blockpack.OpRegex, Operands: []blockpack.Value{blockpack.StringValue("(")}})
	wantCode(t, err, blockpack.ErrParse)
	check(t, blocks.ResetScanStats())
	equal(t, "statistics after a reset", must(blocks.ScanStats()), blockpack.ScanStats{})
	for _, threads := range []int{2, 0, 1} {
		check(t, blocks.SetScanThreads(threads))
		again := closing(t, must(blocks.Scan("resource.service.name", blockpack.OpEqual, service...)))
		equal(t, "spans of a service", again.Len(), 3448)
	}
	wantCode(t, blocks.SetScanThreads(-1), blockpack.ErrLimit)

	rows, block := 0, 0
	for set, err := range blocks.Stream("resource.service.name", blockpack.OpEqual, service...) {
		check(t, err)
		equal(t, "block", set.Block(), block)
		rows += set.Len()
		block++
	}
	equal(t, "blocks", block, blocks.Len())
	equal(t, "rows", rows, 3448)
	var first *blockpack.RowSet
	for set, err := range blocks.Stream("resource.service.name", blockpack.OpEqual, service...) {
		check(t, err)
		first = set
		break
	}
	equal(t, "the set of a loop is released", first.IsReleased(), true)
	equal(t, "scans after a stop", must(blocks.ScanStats()).Scans, uint64(4*blocks.Len()+1))
	for set, err := range blocks.Stream("", blockpack.OpIsNull) {
		wantCode(t, err, blockpack.ErrParse)
		equal(t, "set", set, nil)
	}
	blocks.Release()
	for _, err := range blocks.Stream(".user", blockpack.OpIsNull) {
		wantCode(t, err, blockpack.ErrReleased)
	}
	_, err = blocks.Scan(".user", blockpack.OpIsNull)
	wantCode(t, err, blockpack.ErrReleased)
}

func TestMatchesTellTheirColumns(t *testing.T) {
	blocks := sampleBlocks(t, 50, 4, 0)
	s := scannerOf(t, blocks)
	user := closing(t, must(s.Equal("span.user", blockpack.StringValue("u1"))))
	step := closing(t, must(s.Equal(".step", blockpack.IntValue(2))))
	odd := closing(t, must(s.Equal("span.odd", blockpack.StringValue("no"))))
	any := closing(t, must(blockpack.MatchAny(user, step, odd)))
	all := closing(t, must(blockpack.MatchAll(user, step)))
	equal(t, "any", any.Len(), 40+50-10)
	equal(t, "all", all.Len(), 10)
	equal(t, "columns", fmt.Sprint(any.Columns()), "[span.user .step span.odd]")
	rows, masks, err := any.Rows()
	check(t, err)
	for i, row := range rows {
		byUser, byStep := row/4%5 == 1, row%4 == 2
		var want uint64
		if byUser {
			want |= 1
		}
		if byStep {
			want |= 2
		}
		equal(t, "mask", masks[i], want)
		equal(t, "by user", any.ByColumn(int(row), 0), byUser)
		equal(t, "by step", any.ByColumn(int(row), 1), byStep)
		equal(t, "by others", any.ByColumn(int(row), 2) || any.ByColumn(int(row), 64) || any.ByColumn(int(row), -1), false)
		equal(t, "contains", any.Contains(int(row)), true)
	}
	equal(t, "contains another", any.Contains(0), false)
	var batched []uint32
	batch, batchMasks := make([]uint32, 7), make([]uint64, 5)
	for from := uint32(0); ; from = batched[len(batched)-1] + 1 {
		n := must(any.ReadRows(from, batch, batchMasks))
		if n == 0 {
			break
		}
		equal(t, "masks of a batch", slices.Equal(batchMasks[:n], masks[len(batched):][:n]), true)
		batched = append(batched, batch[:n]...)
	}
	equal(t, "batches are all", slices.Equal(batched, rows), true)
	equal(t, "rows without masks", must(any.ReadRows(0, make([]uint32, 100), nil)), 80)

	// (user and step) or odd.
	onlyOdd := closing(t, must(blockpack.MatchAny(closing(t, must(s.Equal("span.odd", blockpack.BoolValue(true)))))))
	either := closing(t, must(all.Or(onlyOdd)))
	equal(t, "columns", fmt.Sprint(either.Columns()), "[span.user .step span.odd]")
	equal(t, "spans", either.Len(), 10+100)
	both := closing(t, must(all.And(onlyOdd)))
	equal(t, "step 2 is not odd", both.Len(), 0)

	// Only what matched is visible, and what always is.
	visible := func(row int, names ...string) {
		t.Helper()
		fields := must(any.Fields(row))
		defer fields.Release()
		for _, name := range []string{"span.user", "span.step", "span.trace.number", "span:name", "resource.service.name"} {
			equal(t, name+" is visible", !must(fields.Get(name)).IsAbsent(), slices.Contains(names, name))
		}
	}
	visible(4, "span.user", "span:name", "resource.service.name")              // trace 1, step 0
	visible(6, "span.user", "span.step", "span:name", "resource.service.name") // trace 1, step 2

	set := closing(t, must(any.RowSet()))
	equal(t, "rows", slices.Equal(must(set.Rows()), rows), true)
	_, err = blockpack.MatchAny(set)
	wantCode(t, err, blockpack.ErrInvalidArgument)
	_, err = blockpack.MatchAll()
	wantCode(t, err, blockpack.ErrInvalidArgument)

	any.Release()
	equal(t, "spans", any.Len(), 80)
	_, err = any.Fields(4)
	wantCode(t, err, blockpack.ErrReleased)
	_, _, err = any.Rows()
	wantCode(t, err, blockpack.ErrReleased)
	_, err = all.Or(any)
	wantCode(t, err, blockpack.ErrReleased)
	_, err = any.RowSet()
	wantCode(t, err, blockpack.ErrReleased)
}

func TestWhatScannersFindOutlivesThem(t *testing.T) {
	blocks := sampleBlocks(t, 50, 4, 0)
	s := scannerOf(t, blocks)
	blocks.Close()
	set := closing(t, must(s.Equal(".user", blockpack.StringValue("u4"))))
	s.Release()
	_, err := s.IsNull(".user")
	wantCode(t, err, blockpack.ErrReleased)
	fields := closing(t, must(set.Fields(16)))
	set.Release()
	equal(t, "name", must(fields.Get("span:name")).Str(), "GET /")
	fields.Release()
	equal(t, "bytes held", blockpack.BytesHeld(), 0)
}

func BenchmarkScan(b *testing.B) {
	blocks := shopBlocks(b, 0)
	s := scannerOf(b, blocks)
	for _, c := range []struct {
		name   string
		column string
		value  blockpack.Value
	}{
		{"number", "span:status", blockpack.SpanStatusValue(blockpack.SpanStatusError)},
		{"text", "resource.service.name", blockpack.StringValue("catalog")},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				must(s.Equal(c.column, c.value)).Close()
			}
		})
	}
}
