// Tells what a block file holds, block by block: summary FILE.bpk
//
// Shows: opening a file, errors, and giving the memory of blocks back when it is not needed any more.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/libblockpack/libblockpack/go"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintf(os.Stderr, "usage: %s FILE.bpk\n", os.Args[0])
		os.Exit(2)
	}
	if err := summarize(os.Args[1]); err != nil {
		if errors.Is(err, blockpack.ErrNotBlockpack) {
			fmt.Fprintln(os.Stderr, "this is no block file; blockpack ingest makes one of OTLP")
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("bytes held in the end:", blockpack.BytesHeld())
}

func summarize(path string) error {
	reader, err := blockpack.Open(path, nil)
	if err != nil {
		return err
	}
	defer reader.Close()
	info, err := reader.Info()
	if err != nil {
		return err
	}
	fmt.Printf("%s, written by %s: %d spans, %d traces, %v of time\n",
		path, reader.Writer(), info.Spans, info.Traces, info.MaxEnd.Sub(info.MinStart))

	blocks, err := reader.Blocks()
	if err != nil {
		return err
	}
	// Release gives memory back now, not when the garbage collector comes by.
	defer blocks.Release()
	for i := range blocks.Len() {
		block, err := blocks.Info(i)
		if err != nil {
			return err
		}
		fmt.Printf("block %d: %d spans in %d columns, %d bytes\n", i, block.Spans, block.Columns, block.Bytes)
	}
	return nil
}
