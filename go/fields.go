package blockpack

import (
	"fmt"
	"iter"
	"sync/atomic"
)

// Span is where a span is in a list of blocks.
type Span struct {
	// Block is the index of the block in the list.
	Block uint32
	// Row is the row in the block.
	Row uint32
}

// LazyFields are the fields of one span, read from its block when asked for, until they are
// released:
//
//	fields, err := blockpack.NewLazyFields(blocks, block, row)
//	if err != nil {
//		return err
//	}
//	defer fields.Release()
//	name, err := fields.Get("span:name")
type LazyFields struct {
	holder
	turns turns
	span  atomic.Uint64
}

// NewLazyFields makes the fields of one span: a row of a block of the list. Nothing is read yet. The
// fields keep the blocks until they are released.
func NewLazyFields(blocks *Blocks, block, row int) (*LazyFields, error) {
	return newLazyFields(call(&blocks.handle, func(p cPtr) (cPtr, error) { return cLazyFieldsNew(p, block, row) }))
}

func newLazyFields(ptr cPtr, err error) (*LazyFields, error) {
	if err != nil {
		return nil, err
	}
	f := new(LazyFields)
	f.setSpan(cLazyFieldsSpan(ptr))
	f.hold(ptr, cLazyFieldsFree)
	return f, nil
}

func (f *LazyFields) setSpan(s Span) { f.span.Store(uint64(s.Block)<<32 | uint64(s.Row)) }

// Span tells where the span is; also after release.
func (f *LazyFields) Span() Span {
	at := f.span.Load()
	return Span{Block: uint32(at >> 32), Row: uint32(at)}
}

// Seek points the fields at another span, which saves making an object for each. All its fields are
// visible.
func (f *LazyFields) Seek(blocks *Blocks, block, row int) error {
	return doAlone(&f.turns, &f.handle, func(p cPtr) error {
		return do(&blocks.handle, func(list cPtr) error {
			err := cLazyFieldsSeek(p, list, block, row)
			if err == nil {
				f.setSpan(Span{Block: uint32(block), Row: uint32(row)})
			}
			return err
		})
	})
}

// Get gives the value of one field, absent if the span has none of this name. The name may have any
// spelling that [Columns] take.
func (f *LazyFields) Get(name string) (Value, error) {
	return callAlone(&f.turns, &f.handle, func(p cPtr) (Value, error) { return cLazyFieldsGet(p, name) })
}

// GetMany gives the values of many fields at once, absent where the span has no such field: into has
// room for a value for each of the columns.
func (f *LazyFields) GetMany(columns *Columns, into []Value) error {
	if len(into) < columns.Len() {
		return &Error{Code: ErrInvalidArgument, Pos: -1,
			Message: fmt.Sprintf("there is room for %d values, but there are %d columns", len(into), columns.Len())}
	}
	return doAlone(&f.turns, &f.handle, func(p cPtr) error {
		return do(&columns.handle, func(names cPtr) error {
			return cLazyFieldsGetMany(p, names, into[:columns.Len()])
		})
	})
}

// All gives all fields and their names: what every span has, then the attributes of span, resource
// and instrumentation scope, then event by event and link by link what each has. A name may come
// several times. They are read before All returns, so the sequence stays good after release.
func (f *LazyFields) All() (iter.Seq2[string, Value], error) {
	fields, err := callAlone(&f.turns, &f.handle, cLazyFieldsAll)
	if err != nil {
		return nil, err
	}
	return func(yield func(string, Value) bool) {
		for _, field := range fields {
			if !yield(field.Name, field.Value) {
				return
			}
		}
	}, nil
}

// Events gives the events of the span in their order: of each the visible fields, "event:name",
// "event:time" and so on, then its attributes, as "event.message".
func (f *LazyFields) Events() ([][]Field, error) { return f.items("event") }

// Links gives the links of the span in their order: of each the visible fields, "link:trace_id",
// "link:span_id" and so on, then its attributes, as "link.reason".
func (f *LazyFields) Links() ([][]Field, error) { return f.items("link") }

func (f *LazyFields) items(scope string) ([][]Field, error) {
	return callAlone(&f.turns, &f.handle, func(p cPtr) ([][]Field, error) { return cLazyFieldsItems(p, scope) })
}

// Detach copies the visible fields and lets the blocks go: the fields answer as before, from the
// copy, until they are released. Doing so again does nothing.
func (f *LazyFields) Detach() error {
	return doAlone(&f.turns, &f.handle, cLazyFieldsDetach)
}
