//go:build cgo

package blockpack_test

import (
	"slices"
	"testing"

	"github.com/libblockpack/libblockpack/go"
)

func TestNamesOfAttributesAreListed(t *testing.T) {
	blocks := sampleBlocks(t, 10, 3, 10)
	names := must(blocks.TagNames(blockpack.ScopeAny))
	equal(t, "names", len(names), 5)
	equal(t, "first", names[0].Name+" "+names[0].Key, "span.odd odd")
	equal(t, "kinds", slices.Equal(names[0].Kinds, []blockpack.Kind{blockpack.KindBool}), true)
	equal(t, "values", names[0].Values, 10)
	names = must(blocks.TagNames(blockpack.ScopeResource))
	equal(t, "names", len(names), 1)
	equal(t, "scope", names[0].Scope, blockpack.ScopeResource)
	_, err := blocks.TagNames(9)
	wantCode(t, err, blockpack.ErrInvalidArgument)
}

func TestValuesOfFieldsAreListed(t *testing.T) {
	blocks := sampleBlocks(t, 10, 3, 10)
	values, cutOff, err := blocks.TagValues(t.Context(), ".user", blockpack.TagOptions{})
	check(t, err)
	equal(t, "values", len(values), 5)
	equal(t, "cut off", cutOff, false)
	equal(t, "last", values[4].Str(), "u4")
	filter := compile(t, "{ .trace.number = 8 }")
	values, _, err = blocks.TagValues(t.Context(), ".user", blockpack.TagOptions{Filter: filter})
	check(t, err)
	equal(t, "values", len(values), 1)
	equal(t, "value", values[0].Str(), "u3")
	values, cutOff, err = blocks.TagValues(t.Context(), ".step", blockpack.TagOptions{Limit: 2})
	check(t, err)
	equal(t, "values", len(values), 2)
	equal(t, "cut off", cutOff, true)
	_, _, err = blocks.TagValues(t.Context(), "", blockpack.TagOptions{})
	wantCode(t, err, blockpack.ErrParse)
}
