package blockpack

import (
	"context"
	"errors"
	"iter"
	"math"
	"sync/atomic"
	"time"
)

// SearchOptions are what is asked besides the query. Zero is the default of every field.
type SearchOptions struct {
	// Start leaves out traces that end before it.
	Start time.Time
	// End leaves out traces that start after it.
	End time.Time
	// Limit is how many traces to give at most; 20 if 0, all if negative.
	Limit int
	// SpansPerSpanset is how many spans to give of each spanset at most; 3 if 0, all if negative.
	SpansPerSpanset int
	// MostRecent gives the traces that start last, instead of those that are found first. All are
	// searched before the first batch is given. The query's hint most_recent does the same.
	MostRecent bool
	// RootedOnly relates only spans that a root reaches.
	RootedOnly bool
	// FirstBlock is the first block to search: only traces that begin in the blocks that are searched
	// count, so that parts of a list find together what a search of the whole does, and nothing twice.
	FirstBlock int
	// BlockCount is how many blocks to search from there on; all if 0.
	BlockCount int
	// Threads is how many threads to use; 1 if 0. They work while a batch is waited for, and some
	// blocks ahead.
	Threads int
	// Budget is the memory that the search may use while it runs; 2 GiB if nil.
	Budget *Budget
}

// rawSearchOptions are the options as C has them.
type rawSearchOptions struct {
	start, end, limit, spans, firstBlock, blockCount, timeout uint64
	cancel, budget                                            cPtr
	threads                                                   uint32
	mostRecent, rootedOnly                                    bool
}

// rawTime makes of no time none, and the nearest that C has of those before 1970 and after 2554.
func rawTime(t time.Time) uint64 {
	const latest = math.MaxUint64 / 1_000_000_000
	seconds := t.Unix()
	switch {
	case t.IsZero():
		return 0
	case seconds < 0:
		return 1
	case seconds >= latest:
		return math.MaxUint64
	}
	return max(uint64(seconds)*uint64(time.Second)+uint64(t.Nanosecond()), 1)
}

// rawCount cuts a count to what C has room for.
func rawCount(count int) uint32 { return uint32(min(max(count, 0), math.MaxUint32)) }

// rawLimit makes of a negative limit none.
func rawLimit(limit int) uint64 {
	if limit < 0 {
		return math.MaxUint64
	}
	return uint64(limit)
}

// call runs a C call that takes the options.
func (o SearchOptions) call(stop *stopper, run func(rawSearchOptions) (cPtr, error)) (cPtr, error) {
	raw := rawSearchOptions{
		start:      rawTime(o.Start),
		end:        rawTime(o.End),
		limit:      rawLimit(o.Limit),
		spans:      rawLimit(o.SpansPerSpanset),
		firstBlock: uint64(max(o.FirstBlock, 0)),
		blockCount: uint64(max(o.BlockCount, 0)),
		threads:    rawCount(o.Threads),
		timeout:    stop.timeout(),
		cancel:     stop.ptr,
		mostRecent: o.MostRecent,
		rootedOnly: o.RootedOnly,
	}
	if o.Budget == nil {
		return run(raw)
	}
	return call(&o.Budget.handle, func(budget cPtr) (cPtr, error) {
		raw.budget = budget
		return run(raw)
	})
}

// stopper ends C calls when a context ends. One goroutine makes and closes it.
type stopper struct {
	// The flag's owner: it is set on a goroutine of its own, which may come late.
	flag handle
	// The flag; nil if the context never ends.
	ptr    cPtr
	ctx    context.Context
	forget func() bool
}

func newStopper(ctx context.Context) (*stopper, error) {
	s := &stopper{ctx: ctx, forget: func() bool { return true }}
	if err := ctx.Err(); err != nil {
		return nil, s.explain(&Error{Code: ErrCancelled, Message: "the query was not begun", Pos: -1})
	}
	if ctx.Done() == nil {
		return s, nil
	}
	ptr, err := cCancelNew()
	if err != nil {
		return nil, err
	}
	s.ptr = ptr
	s.flag.hold(ptr, cCancelFree)
	s.forget = context.AfterFunc(ctx, func() {
		_ = do(&s.flag, func(p cPtr) error { cCancelTrigger(p); return nil })
	})
	return s, nil
}

// close lets go of the context.
func (s *stopper) close() {
	s.forget()
	_ = s.flag.Close()
}

// timeout is the time that the context has left, in nanoseconds; 0 for any.
func (s *stopper) timeout() uint64 {
	deadline, ok := s.ctx.Deadline()
	if !ok {
		return 0
	}
	return uint64(max(time.Until(deadline), 1))
}

// explain adds to an error of a call why the context ended.
func (s *stopper) explain(err error) error {
	var failed *Error
	if !errors.As(err, &failed) || failed.Code != ErrCancelled || failed.Cause != nil {
		return err
	}
	failed.Cause = s.ctx.Err()
	if deadline, ok := s.ctx.Deadline(); ok && failed.Cause == nil && !time.Now().Before(deadline) {
		failed.Cause = context.DeadlineExceeded // the context's own clock is about to say so
	}
	return failed
}

// Cursor is a search that runs: it gives the traces in which a query matched, a batch at a time, so
// that memory does not grow with what is found. It holds the blocks until it is closed.
type Cursor struct {
	handle
	turns turns
	stop  *stopper
	// What Stats says once All is through and there is no cursor to ask.
	ended atomic.Pointer[SearchStats]
}

// Search starts a search of blocks, which may come from several files and from builders: a trace that
// lies in several of them is one. Nothing is searched before the first batch is asked for. When the
// context ends, so does the search: with an error that is [ErrCancelled], and the context's own.
func (q *Query) Search(ctx context.Context, blocks *Blocks, options SearchOptions) (*Cursor, error) {
	stop, err := newStopper(ctx)
	if err != nil {
		return nil, err
	}
	ptr, err := callTwo(&q.handle, &blocks.handle, func(query, blocks cPtr) (cPtr, error) {
		return options.call(stop, func(raw rawSearchOptions) (cPtr, error) {
			return cCursorNew(query, blocks, raw)
		})
	})
	if err != nil {
		stop.close()
		return nil, stop.explain(err)
	}
	c := &Cursor{stop: stop}
	c.hold(ptr, cCursorFree)
	return c, nil
}

// Next searches on, and gives the next traces that match: most at most, or as many as were found
// together if that is 0. At the end it gives nil, and no error.
func (c *Cursor) Next(most int) (*MatchSet, error) {
	ptr, err := callAlone(&c.turns, &c.handle, func(p cPtr) (cPtr, error) { return cCursorNext(p, max(most, 0)) })
	if err != nil {
		return nil, c.stop.explain(err)
	}
	if ptr == nil {
		return nil, nil
	}
	return newMatchSet(ptr)
}

// All gives one batch after the other, each to be released or closed, and closes the cursor in the
// end; Stats still tells what the search took. After an error there is nothing more.
func (c *Cursor) All() iter.Seq2[*MatchSet, error] {
	return func(yield func(*MatchSet, error) bool) {
		defer func() {
			if stats, err := c.Stats(); err == nil {
				c.ended.Store(&stats)
			}
			c.Close()
		}()
		for {
			set, err := c.Next(0)
			if set == nil && err == nil {
				return
			}
			if !yield(set, err) || err != nil {
				return
			}
		}
	}
}

// Traces gives one trace after the other, without fields of spans, and closes the cursor in the end.
// After an error there is nothing more.
func (c *Cursor) Traces() iter.Seq2[TraceMatch, error] {
	return func(yield func(TraceMatch, error) bool) {
		for set, err := range c.All() {
			if err != nil {
				yield(TraceMatch{}, err)
				return
			}
			set.Release()
			for _, trace := range set.Traces() {
				if !yield(trace, nil) {
					return
				}
			}
		}
	}
}

// SearchStats are what a search took, and how far it came.
type SearchStats struct {
	// Chunks is the number of chunks that the blocks fall into: blocks that share traces.
	Chunks uint64
	// ChunksOutside is the number of these outside of the blocks and the time that were asked for.
	ChunksOutside uint64
	// ChunksOutsideBlocks is the number of those outside that do not begin in the blocks that were asked
	// for.
	ChunksOutsideBlocks uint64
	// ChunksOutsideTime is the number of those outside that do, and have no span in the time that was
	// asked for.
	ChunksOutsideTime uint64
	// ChunksNotNeeded is the number of chunks that were asked for and not searched: Ended says why.
	ChunksNotNeeded uint64
	// SpansSearched is the number of spans in the chunks that were searched.
	SpansSearched uint64
	// SpansMatched is the number of spans that matched in them.
	SpansMatched uint64
	// Traces is the number of traces that were given.
	Traces uint64
	// PeakBytes is the most bytes of sets, groups and results at a time, blocks not counted.
	PeakBytes uint64
	// Time is how long was searched.
	Time time.Duration
	// CutOff tells whether traces were left out because of the limit; known when the last batch was
	// given.
	CutOff bool
	// Ended is why no more is found.
	Ended Ended
}

// Ended is why a search finds no more.
type Ended uint32

// Why searches end.
const (
	// NotEnded is of a search that can go on.
	NotEnded Ended = iota
	// EndedComplete says that all that matches was found.
	EndedComplete
	// EndedLimit says that as many traces were found as were asked for; there are, or can be, more.
	EndedLimit
	// EndedCancelled says that the context was cancelled.
	EndedCancelled
	// EndedTimeout says that the deadline of the context was reached.
	EndedTimeout
	// EndedBudget says that more memory was needed than the budget has.
	EndedBudget
	// EndedFailed says that the search failed otherwise.
	EndedFailed
)

var endings = [...]string{"not ended", "complete", "limit", "cancelled", "timeout", "budget", "failed"}

// String gives the reason in a word.
func (e Ended) String() string {
	if int(e) < len(endings) {
		return endings[e]
	}
	return "unknown"
}

// Stats tells what the search took so far; also when All or Traces is through and has closed the
// cursor.
func (c *Cursor) Stats() (SearchStats, error) {
	if ended := c.ended.Load(); ended != nil {
		return *ended, nil
	}
	return callAlone(&c.turns, &c.handle, cCursorStats)
}

// Explain says how the query is answered, and what its parts did so far.
func (c *Cursor) Explain() (Explanation, error) {
	return callAlone(&c.turns, &c.handle, cCursorExplain)
}

// Close ends the search. Batches that were given stay. The error is always nil.
func (c *Cursor) Close() error {
	if c.stop != nil {
		c.stop.close()
	}
	return c.handle.Close()
}
