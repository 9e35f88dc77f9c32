//go:build cgo

package blockpack_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/libblockpack/libblockpack/go"
)

func TestSpansBecomeBlocksThatDescribeThemselves(t *testing.T) {
	blocks := sampleBlocks(t, 10, 4, 8)
	equal(t, "blocks", blocks.Len(), 5)
	equal(t, "spans", blocks.SpanCount(), 40)
	info := must(blocks.Info(1))
	equal(t, "spans of a block", info.Spans, 8)
	equal(t, "traces of a block", info.Traces, 2)
	equal(t, "start", info.MinStart, time.Unix(0, int64(sampleStart(2, 0))).UTC())
	equal(t, "end", info.MaxEnd, time.Unix(0, int64(sampleStart(3, 0)+50000)).UTC())
	if info.HeapBytes == 0 || info.Bytes == 0 || blocks.BytesHeld() < 5*info.HeapBytes/2 {
		t.Errorf("a block has %d bytes and holds %d, all hold %d", info.Bytes, info.HeapBytes, blocks.BytesHeld())
	}
}

func TestBuilderStartsAnewAfterBlocks(t *testing.T) {
	builder := closing(t, must(blockpack.NewBuilder(nil)))
	empty := closing(t, must(builder.Blocks()))
	equal(t, "blocks of nothing", empty.Len(), 0)
	for range 2 {
		check(t, builder.AddOTLP(sampleOTLP(0, 3, 2)))
		equal(t, "spans waiting", builder.SpanCount(), 6)
		blocks := closing(t, must(builder.Blocks()))
		equal(t, "spans", blocks.SpanCount(), 6)
		equal(t, "spans waiting afterwards", builder.SpanCount(), 0)
	}
}

func TestDamagedOTLPAddsNothing(t *testing.T) {
	builder := closing(t, must(blockpack.NewBuilder(nil)))
	otlp := sampleOTLP(0, 3, 2)
	for cut := 1; cut < len(otlp); cut++ {
		before := builder.SpanCount()
		if builder.AddOTLP(otlp[:cut]) != nil && builder.SpanCount() != before {
			t.Fatalf("cut at %d, it failed and added spans", cut)
		}
	}
}

func TestColumnsAreListed(t *testing.T) {
	blocks := sampleBlocks(t, 10, 4, 0)
	info := must(blocks.Info(0))
	columns := must(blocks.Columns(0))
	equal(t, "columns", uint64(len(columns)), info.Columns)
	for _, column := range columns {
		if column.Name == "span.user" {
			want := blockpack.ColumnInfo{Name: "span.user", Type: "string", Kind: blockpack.KindString,
				IsAttribute: true, Present: 40, Distinct: 5}
			equal(t, "column", column, want)
			return
		}
	}
	t.Error("there is no column span.user")
}

func TestBlocksCanBeKeptAsBytes(t *testing.T) {
	blocks := sampleBlocks(t, 10, 4, 8)
	kept := must(blocks.Bytes(2))
	blocks.Close()
	opened := closing(t, must(blockpack.OpenBlock(kept)))
	equal(t, "spans", opened.SpanCount(), 8)
	if again := must(opened.Bytes(0)); !bytes.Equal(again, kept) {
		t.Error("the bytes have changed")
	}
	for _, damaged := range [][]byte{nil, kept[:len(kept)/2], append([]byte("x"), kept...)} {
		if _, err := blockpack.OpenBlock(damaged); err == nil {
			t.Error("damaged bytes were opened")
		}
	}
}

func TestReleasedListsAnswerReleased(t *testing.T) {
	blocks := sampleBlocks(t, 10, 4, 0)
	blocks.Release()
	_, err := blocks.Info(0)
	wantCode(t, err, blockpack.ErrReleased)
	_, err = blocks.Bytes(0)
	wantCode(t, err, blockpack.ErrReleased)
	_, err = blocks.Columns(0)
	wantCode(t, err, blockpack.ErrReleased)
	_, err = blockpack.JoinBlocks(blocks)
	wantCode(t, err, blockpack.ErrReleased)
	equal(t, "blocks", blocks.Len(), 1)
	equal(t, "spans", blocks.SpanCount(), 40)
	equal(t, "bytes held", blocks.BytesHeld(), 0)
}

func TestJoinedListsKeepTheirBlocks(t *testing.T) {
	first, second := sampleBlocks(t, 10, 4, 0), sampleBlocks(t, 5, 2, 0)
	joined := closing(t, must(blockpack.JoinBlocks(first, second, first)))
	first.Release()
	second.Close()
	equal(t, "blocks", joined.Len(), 3)
	equal(t, "spans", joined.SpanCount(), 90)
	equal(t, "spans of the second", must(joined.Info(1)).Spans, 10)
	if blockpack.BytesHeld() == 0 {
		t.Error("the blocks are gone")
	}
	joined.Release()
	equal(t, "bytes held", blockpack.BytesHeld(), 0)
}

func TestIndexesOutOfRangeAnswer(t *testing.T) {
	blocks := sampleBlocks(t, 1, 1, 0)
	for _, index := range []int{-1, 1, int(^uint(0) >> 1)} {
		_, err := blocks.Info(index)
		wantCode(t, err, blockpack.ErrInvalidArgument)
		_, err = blocks.Bytes(index)
		wantCode(t, err, blockpack.ErrInvalidArgument)
		_, err = blocks.Columns(index)
		wantCode(t, err, blockpack.ErrInvalidArgument)
	}
	_, err := blockpack.NewBuilder(&blockpack.BlockOptions{Profile: 77})
	wantCode(t, err, blockpack.ErrInvalidArgument)
}
