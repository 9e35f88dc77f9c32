//go:build cgo

package blockpack_test

import (
	"path/filepath"
	"testing"

	"github.com/libblockpack/libblockpack/go"
)

func TestMemoryIsToldAndGivenBack(t *testing.T) {
	blocks := sampleBlocks(t, 10, 4, 0)
	memory := must(blocks.Memory())
	if memory.HeapBytes == 0 || memory.HeapBytes > blockpack.BytesHeld() {
		t.Errorf("the list holds %d bytes of %d", memory.HeapBytes, blockpack.BytesHeld())
	}
	equal(t, "mapped", memory.MappedBytes, 0)
	all := blockpack.Memory()
	equal(t, "bytes held", all.HeapBytes, blockpack.BytesHeld())
	equal(t, "objects", all.Handles, uint64(blockpack.LiveHandles()))
	equal(t, "lists", blockpack.LiveHandlesOf(blockpack.HandleBlocks), 1)
	equal(t, "graphs", blockpack.LiveHandlesOf(blockpack.HandleTraceGraph), 0)
	closing(t, must(blocks.Scan(".user", blockpack.OpEqual, blockpack.StringValue("u1"))))
	memory = must(blocks.Memory())
	if memory.PoolTaken == 0 || memory.PoolGrown > memory.PoolTaken {
		t.Errorf("of %d buffers %d had to grow", memory.PoolTaken, memory.PoolGrown)
	}
	check(t, blocks.Trim())
	equal(t, "pooled", must(blocks.Memory()).PooledBytes, 0)
	blocks.Release()
	_, err := blocks.Memory()
	wantCode(t, err, blockpack.ErrReleased)
	if peak := blockpack.Memory().PeakHeapBytes; peak < all.HeapBytes {
		t.Errorf("the peak is %d", peak)
	}
	blockpack.ResetMemoryPeak()
	blockpack.TrimMemory()
	equal(t, "peak", blockpack.Memory().PeakHeapBytes, blockpack.BytesHeld())
	equal(t, "pooled", blockpack.Memory().PooledBytes, 0)
}

func TestUnheldBlocksOfAMappedFileAreReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "discard.bpk")
	writer := must(blockpack.Create(path, nil))
	check(t, writer.AddOTLP(sampleOTLP(0, 3000, 4)))
	must(writer.Finish())
	reader := closing(t, must(blockpack.Open(path, &blockpack.OpenOptions{DiscardUnheld: true})))
	for range 3 {
		blocks := must(reader.Blocks())
		equal(t, "heap", must(blocks.Memory()).HeapBytes, 0)
		if must(blocks.Memory()).MappedBytes == 0 || blockpack.Memory().MappedBytes == 0 {
			t.Error("nothing is mapped")
		}
		set := must(blocks.Scan(".user", blockpack.OpEqual, blockpack.StringValue("u1")))
		equal(t, "spans", set.Len(), 2400)
		set.Release()
		blocks.Release()
	}
}
