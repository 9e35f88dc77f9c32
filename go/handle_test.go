//go:build cgo

package blockpack_test

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/libblockpack/libblockpack/go"
)

func TestCloseIsIdempotent(t *testing.T) {
	before := blockpack.LiveHandles()
	builder := must(blockpack.NewBuilder(nil))
	blocks := buildBlocks(sampleOTLP(0, 1, 1), 0)
	equal(t, "objects", blockpack.LiveHandles(), before+2)
	for range 3 {
		check(t, builder.Close())
		check(t, blocks.Close())
		equal(t, "objects", blockpack.LiveHandles(), before)
	}
	wantCode(t, builder.AddOTLP(nil), blockpack.ErrClosed)
	_, err := builder.Blocks()
	wantCode(t, err, blockpack.ErrClosed)
	equal(t, "spans waiting", builder.SpanCount(), 0)
	_, err = blocks.Info(0)
	wantCode(t, err, blockpack.ErrClosed)
}

func TestReleaseIsIdempotentAndEnough(t *testing.T) {
	before := blockpack.LiveHandles()
	blocks := buildBlocks(sampleOTLP(0, 10, 4), 0)
	if blocks.IsReleased() || blockpack.BytesHeld() == 0 {
		t.Error("new blocks hold nothing")
	}
	for range 3 {
		blocks.Release()
		equal(t, "released", blocks.IsReleased(), true)
		equal(t, "bytes held", blockpack.BytesHeld(), 0)
		equal(t, "objects", blockpack.LiveHandles(), before)
	}
	check(t, blocks.Close())
}

func TestZeroValuesAnswerClosed(t *testing.T) {
	var blocks blockpack.Blocks
	_, err := blocks.Info(0)
	wantCode(t, err, blockpack.ErrClosed)
	_, err = blockpack.JoinBlocks(&blocks)
	wantCode(t, err, blockpack.ErrClosed)
	blocks.Release()
	check(t, blocks.Close())
	equal(t, "released", blocks.IsReleased(), true)
	var builder blockpack.Builder
	wantCode(t, builder.AddOTLP(nil), blockpack.ErrClosed)
}

// collect collects garbage and gives cleanups time to run.
func collect() {
	runtime.GC()
	time.Sleep(time.Millisecond)
}

func TestForgottenObjectsAreFreedAndCounted(t *testing.T) {
	before, leaked := blockpack.LiveHandles(), blockpack.LeakedHandles()
	const forgotten = 3
	func() {
		for range forgotten {
			buildBlocks(sampleOTLP(0, 1, 1), 0)
			buildBlocks(sampleOTLP(0, 1, 1), 0).Release()
		}
	}()
	for i := 0; i < 100 && blockpack.LiveHandles() != before; i++ {
		collect()
	}
	equal(t, "objects", blockpack.LiveHandles(), before)
	equal(t, "leaked objects", blockpack.LeakedHandles(), leaked+forgotten)
	leakedOnPurpose += forgotten
}

func TestManyGoroutinesShareAListAndOneReleasesIt(t *testing.T) {
	for range 20 {
		blocks := buildBlocks(sampleOTLP(0, 10, 4), 8)
		var wait sync.WaitGroup
		for range 4 {
			wait.Add(1)
			go func() {
				defer wait.Done()
				for {
					info, err := blocks.Info(3)
					if err != nil {
						wantCode(t, err, blockpack.ErrReleased)
						return
					}
					equal(t, "spans", info.Spans, 8)
				}
			}()
		}
		time.Sleep(time.Millisecond)
		blocks.Release()
		wait.Wait()
		equal(t, "bytes held", blockpack.BytesHeld(), 0)
	}
}

func TestABuilderTakesTurns(t *testing.T) {
	builder := closing(t, must(blockpack.NewBuilder(nil)))
	var wait sync.WaitGroup
	for g := range 4 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for i := range 25 {
				if err := builder.AddOTLP(sampleOTLP(g*100+i, 1, 2)); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	wait.Wait()
	equal(t, "spans", builder.SpanCount(), 200)
}

func BenchmarkCall(b *testing.B) {
	blocks := sampleBlocks(b, 1, 1, 0)
	for b.Loop() {
		blocks.BytesHeld()
	}
}
