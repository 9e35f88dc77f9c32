// A tour of the library over a block file: tour FILE.bpk
//
// Shows: opening, scanning all blocks, relations between spans, lazy fields and their release, the
// tree of one trace. examples/c/tour.c and examples/cpp/tour.cpp print the same.
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/libblockpack/libblockpack/go"
)

const (
	shownSpans = 5
	shownNodes = 20
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintf(os.Stderr, "usage: %s FILE.bpk\n", os.Args[0])
		os.Exit(2)
	}
	if err := tour(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("bytes held in the end:", blockpack.BytesHeld())
	if blockpack.LiveHandles() != 0 {
		os.Exit(1)
	}
}

func tour(path string) error {
	blocks, err := open(path)
	if err != nil {
		return err
	}
	defer blocks.Release()

	failed, err := blocks.Scan("span:status", blockpack.OpEqual, blockpack.SpanStatusValue(blockpack.SpanStatusError))
	if err != nil {
		return err
	}
	defer failed.Release()
	fmt.Println(failed.Len(), "spans with an error")
	if err := printFirstSpans(failed); err != nil {
		return err
	}

	servers, err := blocks.Scan("span:kind", blockpack.OpEqual, blockpack.SpanKindValue(blockpack.SpanKindServer))
	if err != nil {
		return err
	}
	defer servers.Release()
	below, err := servers.Relate(blockpack.StructuralDescendant, failed, nil)
	if err != nil {
		return err
	}
	defer below.Release()
	fmt.Println(below.Len(), "of them below a server span")
	return printTree(blocks, failed)
}

// open opens a file and gives its blocks, which do not need the reader.
func open(path string) (*blockpack.Blocks, error) {
	reader, err := blockpack.Open(path, nil)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	info, err := reader.Info()
	if err != nil {
		return nil, err
	}
	fmt.Println(info.Blocks, "blocks,", info.Spans, "spans,", info.Traces, "traces")
	return reader.Blocks()
}

func printFirstSpans(set *blockpack.SpanSet) error {
	for i := range min(set.Len(), shownSpans) {
		fields, err := set.Fields(i)
		if err != nil {
			return err
		}
		fmt.Print("  ")
		if err := printSpan(fields); err != nil {
			return err
		}
		// From here on nothing holds a block for these fields, and they say so.
		if _, err := fields.Get("span:name"); !errors.Is(err, blockpack.ErrReleased) {
			return fmt.Errorf("released fields answered %v", err)
		}
	}
	return nil
}

// printSpan prints name, service and duration, and releases the fields whatever happens.
func printSpan(fields *blockpack.LazyFields) error {
	defer fields.Release()
	name, err := fields.Get("span:name")
	if err != nil {
		return err
	}
	service, err := fields.Get("resource.service.name")
	if err != nil {
		return err
	}
	duration, err := fields.Get("span:duration")
	if err != nil {
		return err
	}
	fmt.Printf("%v (%v) %d ns\n", name, service, duration.Duration().Nanoseconds())
	return nil
}

// printTree prints the trace of the first span of the set as a tree.
func printTree(blocks *blockpack.Blocks, set *blockpack.SpanSet) error {
	var first [1]blockpack.Span
	n, err := set.ReadSpans(0, first[:])
	if err != nil || n == 0 {
		return err
	}
	one, err := blockpack.NewSpanSet(blocks, first[:])
	if err != nil {
		return err
	}
	defer one.Release()
	graphs, err := blockpack.BuildTraceGraphs(blocks, one)
	if err != nil {
		return err
	}
	defer graphs.Release()
	graph, err := graphs.Get(0)
	if err != nil {
		return err
	}
	defer graph.Release()

	info := graph.Info()
	fmt.Printf("trace %v: %d spans, %d roots, depth %d\n", info.ID, info.Spans, info.Roots, info.MaxDepth)
	for i, node := range graph.Nodes()[:min(graph.Len(), shownNodes)] {
		fields, err := graph.Fields(i)
		if err != nil {
			return err
		}
		fmt.Print("  ", strings.Repeat("  ", int(node.Depth)))
		if err := printSpan(fields); err != nil {
			return err
		}
	}
	if graph.Len() > shownNodes {
		fmt.Println("  and", graph.Len()-shownNodes, "more")
	}
	return nil
}
