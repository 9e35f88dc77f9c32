//go:build cgo

package blockpack_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/libblockpack/libblockpack/go"
)

// The recording of a shop, and its numbers: tests/data/README.md.
const (
	shopPath   = "../tests/data/shop.pbd.zst"
	shopSpans  = 9752
	shopTraces = 1203
	shopErrors = 203
	shopRoots  = 1176
)

// writeSample writes traces of 4 spans to path.
func writeSample(t testing.TB, path string, traces int, maxSpans uint32) blockpack.WriteReport {
	options := &blockpack.WriteOptions{BlockOptions: blockpack.BlockOptions{MaxSpans: maxSpans}}
	writer := closing(t, must(blockpack.Create(path, options)))
	if err := writer.AddOTLP(sampleOTLP(0, traces, 4)); err != nil {
		t.Fatal(err)
	}
	equal(t, "spans waiting", writer.SpanCount(), uint64(4*traces))
	return must(writer.Finish())
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "written.bpk")
	report := writeSample(t, path, 100, 40)
	equal(t, "spans written", report.Spans, 400)
	equal(t, "traces written", report.Traces, 100)
	for _, access := range []blockpack.Access{blockpack.AccessMap, blockpack.AccessRead} {
		options := &blockpack.OpenOptions{Access: access, Verify: blockpack.VerifyFull}
		reader := closing(t, must(blockpack.Open(path, options)))
		want := blockpack.FileInfo{Blocks: 10, Spans: 400, Traces: 100, Bytes: report.Bytes, UUID: report.UUID,
			MinStart: time.Unix(0, int64(sampleStart(0, 0))).UTC(),
			MaxEnd:   time.Unix(0, int64(sampleStart(99, 0)+50000)).UTC()}
		got := must(reader.Info())
		want.FormatMajor, want.FormatMinor = got.FormatMajor, got.FormatMinor
		equal(t, "info", got, want)
		equal(t, "name", reader.Name(), path)
		equal(t, "blocks", reader.BlockCount(), 10)
		if reader.Writer() == "" || len(got.UUID.String()) != 36 {
			t.Errorf("written by %q, uuid %s", reader.Writer(), got.UUID)
		}
		check(t, reader.Verify())
		equal(t, "spans", closing(t, must(reader.Blocks())).SpanCount(), 400)
		equal(t, "spans of a range", closing(t, must(reader.BlockRange(3, 2))).SpanCount(), 80)
		equal(t, "spans of the rest", closing(t, must(reader.BlockRange(7, -1))).SpanCount(), 120)
		_, err := reader.BlockRange(0, 11)
		wantCode(t, err, blockpack.ErrInvalidArgument)
	}
}

func TestATraceInSeveralBlocksIsReportedOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "split.bpk")
	writer := closing(t, must(blockpack.Create(path, &blockpack.WriteOptions{BufferBytes: 1})))
	for range 2 {
		check(t, writer.AddOTLP(sampleOTLP(0, 1, 4)))
	}
	report := must(writer.Finish())
	equal(t, "blocks", report.Blocks, 2)
	equal(t, "traces written", report.Traces, 1)
	info := must(closing(t, must(blockpack.Open(path, nil))).Info())
	equal(t, "traces of the blocks", info.Traces, 2)
}

func TestBlocksOutliveTheirReader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outlived.bpk")
	writeSample(t, path, 10, 0)
	reader := must(blockpack.Open(path, nil))
	blocks := closing(t, must(reader.Blocks()))
	check(t, reader.Close())
	check(t, os.Remove(path))
	if len(must(blocks.Columns(0))) == 0 {
		t.Error("the block has no columns")
	}
	_, err := reader.Info()
	wantCode(t, err, blockpack.ErrClosed)
	_, err = reader.Blocks()
	wantCode(t, err, blockpack.ErrClosed)
	wantCode(t, reader.Verify(), blockpack.ErrClosed)
}

func TestRecordedTracesAreWrittenFromTheirFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.bpk")
	writer := closing(t, must(blockpack.Create(path, &blockpack.WriteOptions{
		BlockOptions: blockpack.BlockOptions{Profile: blockpack.ProfileArchive},
		BufferBytes:  1 << 20,
		Threads:      2,
	})))
	check(t, writer.AddFile(shopPath))
	wantCode(t, writer.AddFile("no/such/file"), blockpack.ErrIO)
	report := must(writer.Finish())
	equal(t, "spans", report.Spans, shopSpans)
	if report.Traces < shopTraces {
		t.Errorf("%d traces", report.Traces)
	}
	check(t, closing(t, must(blockpack.Open(path, nil))).Verify())
}

func TestInputsInAnyEncodingGiveTheSameSpans(t *testing.T) {
	builder := closing(t, must(blockpack.NewBuilder(nil)))
	check(t, builder.AddInput(must(os.ReadFile(shopPath))))
	equal(t, "spans", builder.SpanCount(), shopSpans)
	writer := closing(t, must(blockpack.NewWriter(io.Discard, nil)))
	check(t, writer.AddInput(must(os.ReadFile("../tests/data/shop-small.jsonl"))))
	if writer.SpanCount() == 0 {
		t.Error("no spans of JSON")
	}
	wantCode(t, builder.AddInput([]byte("none of these")), blockpack.ErrOTLP)
}

func TestUnfinishedWritersLeaveNothing(t *testing.T) {
	folder := t.TempDir()
	writer := must(blockpack.Create(filepath.Join(folder, "unfinished.bpk"), nil))
	check(t, writer.AddOTLP(sampleOTLP(0, 1, 1)))
	check(t, writer.Close())
	equal(t, "files", len(must(os.ReadDir(folder))), 0)
	wantCode(t, writer.AddOTLP(nil), blockpack.ErrClosed)
}

func TestFinishedWritersAnswerState(t *testing.T) {
	before := blockpack.LiveHandles()
	path := filepath.Join(t.TempDir(), "finished.bpk")
	writer := must(blockpack.Create(path, nil))
	must(writer.Finish())
	equal(t, "objects", blockpack.LiveHandles(), before)
	_, err := writer.Finish()
	wantCode(t, err, blockpack.ErrState)
	wantCode(t, writer.AddOTLP(nil), blockpack.ErrState)
	wantCode(t, writer.AddInput(nil), blockpack.ErrState)
	wantCode(t, writer.AddFile(shopPath), blockpack.ErrState)
	equal(t, "spans", writer.SpanCount(), 0)
	check(t, writer.Close())
}

func TestFilesAreOverwrittenOnlyWhenAsked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "overwritten.bpk")
	writeSample(t, path, 10, 0)
	_, err := blockpack.Create(path, nil)
	wantCode(t, err, blockpack.ErrIO)
	old := closing(t, must(blockpack.Open(path, nil)))
	writer := closing(t, must(blockpack.Create(path, &blockpack.WriteOptions{Overwrite: true})))
	must(writer.Finish())
	equal(t, "spans of the old file", closing(t, must(old.Blocks())).SpanCount(), 40)
	equal(t, "spans of the new file", must(closing(t, must(blockpack.Open(path, nil))).Info()).Spans, 0)
}

func TestDamagedFilesAnswer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "damaged.bpk")
	writeSample(t, path, 10, 0)
	file := must(os.ReadFile(path))
	for size := 0; size < len(file); size += 1 + size/16 {
		if reader, err := blockpack.OpenBytes(file[:size], nil); err == nil {
			t.Errorf("a file cut at %d was opened", size)
			reader.Close()
		}
	}
	for at := 0; at < len(file); at += 1 + len(file)/97 {
		damaged := bytes.Clone(file)
		damaged[at] ^= 0x40
		reader, err := blockpack.OpenBytes(damaged, &blockpack.OpenOptions{Verify: blockpack.VerifyFull})
		var code blockpack.Code
		if err == nil {
			reader.Close()
		} else if !errors.As(err, &code) || code < blockpack.ErrIO || code > blockpack.ErrChecksum {
			t.Errorf("damaged at %d: %v", at, err)
		}
	}
	_, err := blockpack.Open(shopPath, nil)
	wantCode(t, err, blockpack.ErrNotBlockpack)
	_, err = blockpack.Open(filepath.Join(t.TempDir(), "missing.bpk"), nil)
	wantCode(t, err, blockpack.ErrIO)
}

// store is a file in memory whose calls fail from number failAt on, if that is not 0.
type store struct {
	lock   sync.Mutex
	file   []byte
	calls  int
	failAt int
}

var errStore = errors.New("the store fails")

func (s *store) fails() error {
	if s.calls++; s.failAt != 0 && s.calls >= s.failAt {
		return errStore
	}
	return nil
}

func (s *store) Write(p []byte) (int, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if err := s.fails(); err != nil {
		return 0, err
	}
	s.file = append(s.file, p...)
	return len(p), nil
}

func (s *store) ReadAt(p []byte, offset int64) (int, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if err := s.fails(); err != nil {
		return 0, err
	}
	return bytes.NewReader(s.file).ReadAt(p, offset)
}

func writeTo(w io.Writer) error {
	writer, err := blockpack.NewWriter(w, nil)
	if err != nil {
		return err
	}
	defer writer.Close()
	if err := writer.AddOTLP(sampleOTLP(0, 100, 4)); err != nil {
		return err
	}
	_, err = writer.Finish()
	return err
}

func readFrom(r io.ReaderAt, size int) error {
	reader, err := blockpack.OpenReaderAt(r, int64(size), nil)
	if err != nil {
		return err
	}
	defer reader.Close()
	if err := reader.Verify(); err != nil {
		return err
	}
	blocks, err := reader.Blocks()
	if err != nil {
		return err
	}
	defer blocks.Release()
	if blocks.SpanCount() != 400 {
		return errors.New("spans are missing")
	}
	return nil
}

func TestFilesGoThroughGoAndEveryFailureIsReported(t *testing.T) {
	var written store
	for written.failAt = 1; ; written.failAt++ {
		written.file, written.calls = nil, 0
		err := writeTo(&written)
		if err == nil {
			break
		}
		wantCode(t, err, blockpack.ErrCallback)
		if !errors.Is(err, errStore) {
			t.Fatalf("the cause of %v is lost", err)
		}
	}
	for written.failAt = 1; ; written.failAt++ {
		written.calls = 0
		err := readFrom(&written, len(written.file))
		if err == nil {
			break
		}
		wantCode(t, err, blockpack.ErrCallback)
		if !errors.Is(err, errStore) {
			t.Fatalf("the cause of %v is lost", err)
		}
	}
	if written.failAt < 3 {
		t.Errorf("the file was read in %d calls", written.failAt-1)
	}
	written.failAt = 0
	if err := readFrom(&written, len(written.file)+64); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a source that lies about its length: %v", err)
	}
}

type panicking struct{}

func (panicking) ReadAt([]byte, int64) (int, error) { panic("oh") }
func (panicking) Write([]byte) (int, error)         { panic("oh") }

func TestPanicsOfSourcesAndSinksAreErrors(t *testing.T) {
	wantCode(t, writeTo(panicking{}), blockpack.ErrCallback)
	wantCode(t, readFrom(panicking{}, 1000), blockpack.ErrCallback)
}

// lossy takes all but the last byte of what it is given, and says so, but without an error.
type lossy struct{}

func (lossy) Write(p []byte) (int, error) { return max(len(p)-1, 0), nil }

func TestSinksThatTakeLessThanAllFail(t *testing.T) {
	err := writeTo(lossy{})
	wantCode(t, err, blockpack.ErrCallback)
	if !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("the cause of %v is lost", err)
	}
}

func TestSourcesAreDroppedWhenNothingNeedsThem(t *testing.T) {
	var file store
	check(t, writeTo(&file))
	var found atomic.Bool
	func() {
		source := &store{file: file.file}
		runtime.AddCleanup(source, func(struct{}) { found.Store(true) }, struct{}{})
		check(t, readFrom(source, len(source.file)))
	}()
	for i := 0; i < 100 && !found.Load(); i++ {
		collect()
	}
	equal(t, "source dropped", found.Load(), true)
}

func TestManyGoroutinesReadThroughOneSource(t *testing.T) {
	var file store
	check(t, writeTo(&file))
	reader := closing(t, must(blockpack.OpenReaderAt(&file, int64(len(file.file)), nil)))
	var wait sync.WaitGroup
	for range 8 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for range 5 {
				if err := reader.Verify(); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	wait.Wait()
}
