//go:build cgo

package blockpack_test

import (
	"testing"
	"unsafe"

	"github.com/libblockpack/libblockpack/go"
)

// arrowStream is laid out as Arrow says: callbacks and private data, of which release is the fourth.
type arrowStream [5]uintptr

func (s *arrowStream) isReleased() bool { return s[3] == 0 }

func TestSetsBecomeArrowStreams(t *testing.T) {
	blocks := shopBlocks(t, 2000)
	columns := closing(t, must(blockpack.NewColumns("span:name", "span:start")))
	all := closing(t, must(blockpack.AllSpans(blocks)))
	rows := closing(t, must(blockpack.AllRows(blocks, 0)))
	options := blockpack.ArrowOptions{Columns: columns, BatchRows: 100, Events: true, Links: true}
	for what, export := range map[string]func(blockpack.ArrowOptions, unsafe.Pointer) error{
		"spans": all.ArrowStream, "blocks": blocks.ArrowStream, "rows": rows.ArrowStream,
	} {
		for _, options := range []blockpack.ArrowOptions{{}, options} {
			before := blockpack.LiveHandles()
			var stream arrowStream
			if err := export(options, unsafe.Pointer(&stream)); err != nil || stream.isReleased() {
				t.Fatalf("%s: no stream: %v", what, err)
			}
			equal(t, what, blockpack.LiveHandles(), before+1)
			blockpack.ReleaseArrowStream(unsafe.Pointer(&stream))
			blockpack.ReleaseArrowStream(unsafe.Pointer(&stream))
			equal(t, what, blockpack.LiveHandles(), before)
		}
	}
}

func TestArrowStreamsOfWhatEndedAreRefused(t *testing.T) {
	blocks := shopBlocks(t, 0)
	all := must(blockpack.AllSpans(blocks))
	columns := must(blockpack.NewColumns("span:name"))
	columns.Close()
	stream := arrowStream{1, 1, 1, 1, 1}
	wantCode(t, all.ArrowStream(blockpack.ArrowOptions{Columns: columns}, unsafe.Pointer(&stream)), blockpack.ErrClosed)
	all.Release()
	wantCode(t, all.ArrowStream(blockpack.ArrowOptions{}, unsafe.Pointer(&stream)), blockpack.ErrReleased)
	all.Close()
}
