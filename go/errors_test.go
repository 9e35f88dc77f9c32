//go:build cgo

package blockpack_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/libblockpack/libblockpack/go"
)

func TestEveryErrorOfTheLibraryHasAText(t *testing.T) {
	for code := blockpack.Code(16); code < 256; code++ {
		known := blockpack.StatusName(code) != "BP_UNKNOWN"
		described := !strings.Contains(code.Error(), "status ")
		if known != described {
			t.Errorf("status %d: %s in C, %q in Go", code, blockpack.StatusName(code), code.Error())
		}
	}
}

func TestErrorsTellCodeMessageAndPosition(t *testing.T) {
	builder := closing(t, must(blockpack.NewBuilder(nil)))
	damaged := append(sampleOTLP(0, 1, 1), 0xff)
	err := builder.AddOTLP(damaged)
	wantCode(t, err, blockpack.ErrOTLP)
	var e *blockpack.Error
	if !errors.As(err, &e) {
		t.Fatalf("%T is no *Error", err)
	}
	equal(t, "code", e.Code, blockpack.ErrOTLP)
	equal(t, "position", e.Pos, int64(len(damaged)-1))
	if e.Message == "" || !strings.Contains(err.Error(), e.Message) {
		t.Errorf("the error reads %q, its message %q", err.Error(), e.Message)
	}
	if errors.Is(err, blockpack.ErrParse) {
		t.Error("the error is of two codes")
	}
}
