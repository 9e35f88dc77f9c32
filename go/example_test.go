//go:build cgo

package blockpack_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sort"

	"github.com/libblockpack/libblockpack/go"
)

// The main way: recorded OTLP becomes a file, the file is searched, and fields of what was found are
// read.
func Example() {
	folder, err := os.MkdirTemp("", "blockpack")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "shop.bpk")

	writer, err := blockpack.Create(path, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer writer.Close() // leaves nothing behind unless it is finished
	if err := writer.AddFile("../tests/data/shop.pbd.zst"); err != nil {
		log.Fatal(err)
	}
	report, err := writer.Finish()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("written:", report.Spans, "spans of", report.Traces, "traces")

	reader, err := blockpack.Open(path, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer reader.Close()
	blocks, err := reader.Blocks()
	if err != nil {
		log.Fatal(err)
	}
	defer blocks.Release()
	failed, err := blocks.Scan("span:status", blockpack.OpEqual, blockpack.SpanStatusValue(blockpack.SpanStatusError))
	if err != nil {
		log.Fatal(err)
	}
	defer failed.Release()
	fmt.Println("failed:", failed.Len(), "spans")

	columns, err := blockpack.NewColumns("resource.service.name", "span:name", "span:kind")
	if err != nil {
		log.Fatal(err)
	}
	defer columns.Close()
	values := make([]blockpack.Value, 256*columns.Len()) // 256 spans at a time
	counts := map[string]int{}
	for first := 0; ; {
		n, err := failed.ReadValues(first, columns, values)
		if err != nil {
			log.Fatal(err)
		}
		if n == 0 {
			break
		}
		for i := range n {
			span := values[i*columns.Len():]
			if span[2].SpanKind() == blockpack.SpanKindServer {
				counts[span[0].Str()+" "+span[1].Str()]++
			}
		}
		first += n
	}
	names := make([]string, 0, len(counts))
	for name := range counts {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Println(counts[name], name)
	}
	// Output:
	// written: 9752 spans of 1203 traces
	// failed: 203 spans
	// 11 catalog POST /reserve
	// 5 gateway POST /checkout/{user}
	// 5 orders POST /orders
	// 7 payments POST /charges
}

// The lifecycle of lazy fields: create, use, serialise, release. Nothing that was read needs the
// fields any more.
func ExampleLazyFields() {
	blocks := exampleBlocks()
	defer blocks.Release()

	serialise := func() (string, error) {
		fields, err := blockpack.NewLazyFields(blocks, 0, 6)
		if err != nil {
			return "", err
		}
		defer fields.Release() // also when something below fails

		name, err := fields.Get("span:name")
		if err != nil {
			return "", err
		}
		text := name.Str() + ":"
		all, err := fields.All()
		if err != nil {
			return "", err
		}
		for name, value := range all {
			if value.Kind() == blockpack.KindInt {
				text += fmt.Sprintf(" %s=%v", name, value)
			}
		}
		return text, nil
	}
	text, err := serialise()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(text)
	// Output:
	// query 2: span.trace.number=1 span.step=2
}

// Released fields say so.
func ExampleLazyFields_Release() {
	blocks := exampleBlocks()
	defer blocks.Release()
	fields, err := blockpack.NewLazyFields(blocks, 0, 0)
	if err != nil {
		log.Fatal(err)
	}
	fields.Release()
	fields.Release() // does nothing
	_, err = fields.Get("span:name")
	fmt.Println(errors.Is(err, blockpack.ErrReleased), err)
	// Output:
	// true blockpack: the object was released
}

// Each condition is a scan; sets combine.
func ExampleColumnScanner() {
	blocks := exampleBlocks()
	defer blocks.Release()
	scanner, err := blockpack.NewColumnScanner(blocks, 0)
	if err != nil {
		log.Fatal(err)
	}
	defer scanner.Release()

	queries, err := scanner.StartsWith("span:name", "query")
	if err != nil {
		log.Fatal(err)
	}
	defer queries.Release()
	users, err := scanner.In("span.user", blockpack.StringValue("u1"), blockpack.StringValue("u2"))
	if err != nil {
		log.Fatal(err)
	}
	defer users.Release()
	both, err := queries.And(users)
	if err != nil {
		log.Fatal(err)
	}
	defer both.Release()
	rows, err := both.Rows()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(queries.Len(), users.Len(), rows)
	// Output:
	// 30 16 [5 6 7 9 10 11 25 26 27 29 30 31]
}

// Which columns a span matched by.
func ExampleMatchAny() {
	blocks := exampleBlocks()
	defer blocks.Release()
	scanner, err := blockpack.NewColumnScanner(blocks, 0)
	if err != nil {
		log.Fatal(err)
	}
	defer scanner.Release()
	user, err := scanner.Equal("span.user", blockpack.StringValue("u1"))
	if err != nil {
		log.Fatal(err)
	}
	defer user.Release()
	failed, err := scanner.Equal("span:status", blockpack.SpanStatusValue(blockpack.SpanStatusError))
	if err != nil {
		log.Fatal(err)
	}
	defer failed.Release()

	matches, err := blockpack.MatchAny(user, failed)
	if err != nil {
		log.Fatal(err)
	}
	defer matches.Release()
	rows, masks, err := matches.Rows()
	if err != nil {
		log.Fatal(err)
	}
	for i, row := range rows[:5] {
		fmt.Print("row ", row, " by")
		for column, name := range matches.Columns() {
			if masks[i]>>column&1 == 1 {
				fmt.Print(" ", name)
			}
		}
		fmt.Println()
	}
	// Output:
	// row 2 by span:status
	// row 4 by span.user
	// row 5 by span.user
	// row 6 by span.user span:status
	// row 7 by span.user
}

// A question in TraceQL, and the traces that answer it.
func ExampleQuery_Search() {
	blocks := exampleBlocks()
	defer blocks.Release()
	query, err := blockpack.CompileQuery(`{ span.user = "u1" && status = error }`)
	if err != nil {
		log.Fatal(err)
	}
	defer query.Close()
	cursor, err := query.Search(context.Background(), blocks, blockpack.SearchOptions{MostRecent: true})
	if err != nil {
		log.Fatal(err)
	}
	for trace, err := range cursor.Traces() { // closes the cursor
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(trace.RootService, trace.RootName, trace.Duration, trace.Matched)
	}
	// Output:
	// shop GET / 50µs 1
	// shop GET / 50µs 1
}

// A query that ends in a function makes series.
func ExampleQuery_Metrics() {
	blocks := exampleBlocks()
	defer blocks.Release()
	query, err := blockpack.CompileQuery("{ } | count_over_time() by (resource.service.name)")
	if err != nil {
		log.Fatal(err)
	}
	defer query.Close()
	set, err := query.Metrics(context.Background(), blocks, blockpack.MetricsOptions{Instant: true})
	if err != nil {
		log.Fatal(err)
	}
	for _, series := range set.Series {
		fmt.Println(series.Text, series.Values)
	}
	// Output:
	// {resource.service.name="shop"} [10]
	// {resource.service.name="store"} [30]
}

// Queries that are wrong say where.
func ExampleCompileQuery() {
	_, err := blockpack.CompileQuery("{ span.user = }")
	var failed *blockpack.Error
	if errors.As(err, &failed) {
		fmt.Println(failed.Code == blockpack.ErrParse, failed.Pos)
	}
	// Output: true 14
}

// exampleBlocks are those of sampleBlocks(10, 4, 0): a block with 10 traces of 4 spans.
func exampleBlocks() *blockpack.Blocks { return buildBlocks(sampleOTLP(0, 10, 4), 0) }
