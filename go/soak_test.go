//go:build cgo

package blockpack_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"testing"
	"time"

	"github.com/libblockpack/libblockpack/go"
)

const soakFields, soakTraces, soakSpans = 1000, 30, 4

// soakCycles is the number of cycles that BLOCKPACK_SOAK_CYCLES asks for; a few otherwise.
func soakCycles(t *testing.T) int {
	if asked := os.Getenv("BLOCKPACK_SOAK_CYCLES"); asked != "" {
		return must(strconv.Atoi(asked))
	}
	return 20
}

// resident gives the resident memory in bytes, 0 where that cannot be told: the least of several looks,
// as the runtime keeps more or less of what was freed, whatever is asked.
func resident() float64 {
	least := 0.0
	for range 20 {
		runtime.GC()
		debug.FreeOSMemory()
		// Counted when it is read; statm leaves out what each processor has not added up yet.
		maps, err := os.ReadFile("/proc/self/smaps_rollup")
		_, rss, found := bytes.Cut(maps, []byte("\nRss:"))
		if err != nil || !found {
			return 0
		}
		kilobytes := must(strconv.Atoi(string(bytes.Fields(rss)[0])))
		if size := float64(kilobytes) * 1024; least == 0 || size < least {
			least = size
		}
		time.Sleep(10 * time.Millisecond)
	}
	return least
}

// soakCycle opens, scans, reads and closes.
func soakCycle(path string, columns *blockpack.Columns, values []blockpack.Value) {
	reader := must(blockpack.Open(path, nil))
	blocks := must(reader.Blocks())
	set := must(blocks.Scan(".user", blockpack.OpEqual, blockpack.StringValue("u1")))
	reader.Close()
	if set.Len() != soakTraces/5*soakSpans {
		panic(fmt.Sprintf("%d spans were found", set.Len()))
	}
	var all [soakFields]*blockpack.LazyFields
	for i := range all {
		if i%2 == 0 {
			all[i] = must(set.Fields(i % set.Len()))
		} else {
			all[i] = must(blockpack.NewLazyFields(blocks, 0, i%(soakTraces*soakSpans)))
		}
	}
	set.Release()
	blocks.Close()
	for i, fields := range all {
		if err := fields.GetMany(columns, values); err != nil {
			panic(err)
		}
		if i%50 == 0 {
			must(fields.All())
		}
		fields.Release()
	}
}

func TestMemoryStaysFlat(t *testing.T) {
	path := filepath.Join(t.TempDir(), "soak.bpk")
	writer := must(blockpack.Create(path, nil))
	check(t, writer.AddOTLP(sampleOTLP(0, soakTraces, soakSpans)))
	must(writer.Finish())
	columns := closing(t, must(blockpack.NewColumns("span:name", "span.user", "resource.service.name")))
	values := make([]blockpack.Value, columns.Len())
	cycles, before, alive := soakCycles(t), 0.0, blockpack.LiveHandles()
	for i := range cycles {
		if i == cycles/10 {
			before = resident()
		}
		soakCycle(path, columns, values)
		if blockpack.LiveHandles() != alive || blockpack.BytesHeld() != 0 {
			t.Fatalf("%d objects and %d bytes are left", blockpack.LiveHandles()-alive, blockpack.BytesHeld())
		}
	}
	after := resident()
	t.Logf("%d cycles, %.0f KiB resident at first, %.0f in the end", cycles, before/1024, after/1024)
	// A short run says nothing of memory: the runtime has yet to settle.
	if cycles >= 1000 && after > before*1.05 {
		t.Error("memory grew")
	}
}

func TestForgottenObjectsShow(t *testing.T) {
	blocks := buildBlocks(sampleOTLP(0, soakTraces, soakSpans), 0)
	whole, alive := blockpack.BytesHeld(), blockpack.LiveHandles()
	forgotten := must(blockpack.NewLazyFields(blocks, 0, 0))
	blocks.Close()
	equal(t, "objects", blockpack.LiveHandles(), alive)
	equal(t, "bytes held", blockpack.BytesHeld(), whole)
	forgotten.Release()
	equal(t, "objects", blockpack.LiveHandles(), alive-1)
	equal(t, "bytes held", blockpack.BytesHeld(), 0)
}
