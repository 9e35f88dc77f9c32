package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/libblockpack/libblockpack/go"
)

// errStoreClosed is what a store answers when it was closed.
var errStoreClosed = errors.New("the store is closed")

// counted is something that several share; the last of them ends it.
type counted struct {
	users atomic.Int64
	end   func()
}

func (c *counted) keep() { c.users.Add(1) }

func (c *counted) drop() {
	if c.users.Add(-1) == 0 {
		c.end()
	}
}

// file is an open block file, shared by the views that have it.
type file struct {
	counted
	path   string
	stamp  stamp
	reader *blockpack.Reader
	blocks *blockpack.Blocks
	spans  uint64
}

// stamp tells one state of a file from another. Files are published under their name as a whole, so a
// changed file is another file.
type stamp struct {
	size    int64
	changed time.Time
}

func openFile(path string, stamp stamp) (*file, error) {
	reader, err := blockpack.Open(path, nil)
	if err != nil {
		return nil, err
	}
	blocks, err := reader.Blocks()
	if err != nil {
		reader.Close()
		return nil, err
	}
	f := &file{path: path, stamp: stamp, reader: reader, blocks: blocks, spans: blocks.SpanCount()}
	f.end = func() {
		blocks.Release()
		reader.Close()
	}
	f.keep()
	return f, nil
}

// view is the folder at one point in time: its files, and all of their blocks as one list. A request
// works on one view from its beginning to its end, whatever happens to the folder meanwhile.
type view struct {
	counted
	files  []*file
	blocks *blockpack.Blocks
}

// newView takes over the files.
func newView(files []*file) (*view, error) {
	lists := make([]*blockpack.Blocks, len(files))
	for i, f := range files {
		lists[i] = f.blocks
	}
	blocks, err := blockpack.JoinBlocks(lists...)
	if err != nil {
		dropAll(files)
		return nil, err
	}
	v := &view{files: files, blocks: blocks}
	v.end = func() {
		blocks.Release()
		dropAll(files)
	}
	v.keep()
	return v, nil
}

func dropAll(files []*file) {
	for _, f := range files {
		f.drop()
	}
}

// store is the block files of a folder.
type store struct {
	folder string
	// One reload at a time.
	reloading sync.Mutex
	reloads   atomic.Uint64
	failures  atomic.Uint64

	mu  sync.Mutex
	now *view // nil once closed
}

func openStore(folder string) (*store, error) {
	s := &store{folder: folder}
	if err := s.reload(); err != nil {
		return nil, err
	}
	return s, nil
}

// view gives the folder as it is now; the caller drops it.
func (s *store) view() (*view, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now == nil {
		return nil, errStoreClosed
	}
	s.now.keep()
	return s.now, nil
}

// swap makes v the present view and drops the one before; once closed it drops v.
func (s *store) swap(v *view, first bool) {
	s.mu.Lock()
	before := s.now
	if before == nil && !first {
		before = v
	} else {
		s.now = v
	}
	s.mu.Unlock()
	if before != nil {
		before.drop()
	}
}

// close drops the present view. What requests hold of it goes when they end.
func (s *store) close() {
	s.mu.Lock()
	before := s.now
	s.now = nil
	s.mu.Unlock()
	if before != nil {
		before.drop()
	}
}

// reload looks at the folder again: it opens files that are new or have changed, and lets go of those
// that are gone. A file that cannot be opened is left out and tried again next time.
func (s *store) reload() error {
	s.reloading.Lock()
	defer s.reloading.Unlock()
	known := map[string]*file{}
	before, err := s.view()
	if err == nil {
		defer before.drop()
		for _, f := range before.files {
			known[f.path] = f
		}
	}
	entries, err := os.ReadDir(s.folder)
	if err != nil {
		s.failures.Add(1)
		return err
	}
	var files []*file
	for _, entry := range entries {
		if filepath.Ext(entry.Name()) != ".bpk" {
			continue
		}
		f, err := s.fileOf(entry, known)
		if err != nil {
			s.failures.Add(1)
			slog.Error("a file is left out", "error", err)
			continue
		}
		files = append(files, f)
	}
	v, err := newView(files)
	if err != nil {
		s.failures.Add(1)
		return err
	}
	s.swap(v, s.reloads.Add(1) == 1)
	return nil
}

// fileOf gives the file of a folder's entry, the one that is known if it did not change.
func (s *store) fileOf(entry fs.DirEntry, known map[string]*file) (*file, error) {
	info, err := entry.Info()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(s.folder, entry.Name())
	stamp := stamp{size: info.Size(), changed: info.ModTime()}
	if f := known[path]; f != nil && f.stamp == stamp {
		f.keep()
		return f, nil
	}
	return openFile(path, stamp)
}

// keepFresh reloads every so often (never if 0) and on SIGHUP, until ctx ends.
func (s *store) keepFresh(ctx context.Context, every time.Duration) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	var ticks <-chan time.Time
	if every > 0 {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		ticks = ticker.C
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
		case <-ticks:
		}
		if err := s.reload(); err != nil {
			slog.Error("reload failed", "error", err)
		}
	}
}

func (s *store) fileCount() int {
	v, err := s.view()
	if err != nil {
		return 0
	}
	defer v.drop()
	return len(v.files)
}

// trace finds the spans of a trace, which may lie in several files; nil if there are none.
func (v *view) trace(id blockpack.TraceID) (*blockpack.SpanSet, error) {
	var parts []*blockpack.SpanSet
	defer func() {
		for _, part := range parts {
			part.Release()
		}
	}()
	for _, f := range v.files {
		part, err := f.reader.Trace(id)
		if errors.Is(err, blockpack.ErrAbsent) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.path, err)
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return nil, nil
	}
	return joinSpans(parts)
}

// joinSpans makes one set of sets over different lists of blocks.
func joinSpans(parts []*blockpack.SpanSet) (*blockpack.SpanSet, error) {
	var lists []*blockpack.Blocks
	defer func() {
		for _, list := range lists {
			list.Release()
		}
	}()
	var all []blockpack.Span
	blocksBefore := uint32(0)
	for _, part := range parts {
		list, err := part.Blocks()
		if err != nil {
			return nil, err
		}
		lists = append(lists, list)
		spans, err := part.Spans()
		if err != nil {
			return nil, err
		}
		for _, span := range spans {
			span.Block += blocksBefore
			all = append(all, span)
		}
		blocksBefore += uint32(list.Len())
	}
	joined, err := blockpack.JoinBlocks(lists...)
	if err != nil {
		return nil, err
	}
	defer joined.Release()
	return blockpack.NewSpanSet(joined, all)
}
