//go:build cgo

package blockpack_test

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/libblockpack/libblockpack/go"
)

// All tests together end with nothing alive, nothing held and nothing that the garbage collector
// had to find, but for what the tests of leaks leak.
func TestMain(m *testing.M) {
	status := m.Run()
	if n := blockpack.LiveHandles(); n != 0 {
		fmt.Fprintf(os.Stderr, "%d objects are alive at the end\n", n)
		status = 1
	}
	if n := blockpack.BytesHeld(); n != 0 {
		fmt.Fprintf(os.Stderr, "%d bytes are held at the end\n", n)
		status = 1
	}
	if n := blockpack.LeakedHandles(); n != leakedOnPurpose {
		fmt.Fprintf(os.Stderr, "%d objects were left to the garbage collector\n", n-leakedOnPurpose)
		status = 1
	}
	os.Exit(status)
}

// leakedOnPurpose counts what tests of leaks leaked.
var leakedOnPurpose uint64

// must gives what a call that must succeed gives.
func must[T any](out T, err error) T {
	if err != nil {
		panic(err)
	}
	return out
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantCode fails the test unless err is an error of this code.
func wantCode(t testing.TB, err error, code blockpack.Code) {
	t.Helper()
	if !errors.Is(err, code) {
		t.Errorf("got error %v, want %v", err, code)
	}
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// closing closes c when the test is over, and gives it back.
func closing[T interface{ Close() error }](t testing.TB, c T) T {
	t.Cleanup(func() { c.Close() })
	return c
}

// sampleBlocks builds blocks of at most maxSpans spans of so many traces.
func sampleBlocks(t testing.TB, traces, spans int, maxSpans uint32) *blockpack.Blocks {
	return closing(t, buildBlocks(sampleOTLP(0, traces, spans), maxSpans))
}

func buildBlocks(otlp []byte, maxSpans uint32) *blockpack.Blocks {
	builder := must(blockpack.NewBuilder(&blockpack.BlockOptions{MaxSpans: maxSpans}))
	defer builder.Close()
	if err := builder.AddOTLP(otlp); err != nil {
		panic(err)
	}
	return must(builder.Blocks())
}
