//go:build !cgo

package blockpack_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/libblockpack/libblockpack/go"
)

func TestWithoutCgoNothingCanBeMade(t *testing.T) {
	builder, builderErr := blockpack.NewBuilder(nil)
	created, createErr := blockpack.Create("x", nil)
	writer, writerErr := blockpack.NewWriter(new(bytes.Buffer), nil)
	opened, openErr := blockpack.Open("x", nil)
	inMemory, memoryErr := blockpack.OpenBytes(nil, nil)
	source, sourceErr := blockpack.OpenReaderAt(bytes.NewReader(nil), 0, nil)
	block, blockErr := blockpack.OpenBlock(nil)
	joined, joinErr := blockpack.JoinBlocks()
	columns, columnsErr := blockpack.NewColumns("span:name")
	query, queryErr := blockpack.CompileQuery("{}")
	budget, budgetErr := blockpack.NewBudget(1)
	if columns != nil || builder != nil || created != nil || writer != nil || opened != nil || inMemory != nil ||
		source != nil || block != nil || joined != nil || query != nil || budget != nil {
		t.Error("something was made")
	}
	for _, err := range []error{builderErr, createErr, writerErr, openErr, memoryErr, sourceErr, blockErr, joinErr,
		columnsErr, queryErr, budgetErr} {
		if !errors.Is(err, blockpack.ErrNotBuilt) {
			t.Errorf("got error %v, want ErrNotBuilt", err)
		}
	}
	if blockpack.LiveHandles() != 0 || blockpack.BytesHeld() != 0 || blockpack.Version() != "" {
		t.Error("there seems to be a library")
	}
}
