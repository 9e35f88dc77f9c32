package blockpack

import (
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"
)

// cPtr points at an object of the C library.
type cPtr = unsafe.Pointer

// object is an object of the C library, with the number of calls that need it. It knows nothing
// of the Go value that stands for it, so that the garbage collector can find that value
// unreachable.
type object struct {
	ptr  cPtr
	free func(cPtr)
	// Calls that are running, and one more until the end. At 0 the object is freed.
	users atomic.Int64
	// 0 while the object may be used; later what calls on it are answered with.
	end atomic.Int32
}

// use lets a call in.
func (o *object) use() error {
	for {
		if end := Code(o.end.Load()); end != 0 {
			return end
		}
		users := o.users.Load()
		if users > 0 && o.users.CompareAndSwap(users, users+1) {
			return nil
		}
	}
}

// unuse lets a call out.
func (o *object) unuse() {
	if o.users.Add(-1) == 0 {
		o.free(o.ptr)
	}
}

// handle is the part that all types of this package have which stand for an object of the C
// library. Any number of goroutines may use and end it at the same time: calls that are running
// finish first, the last of them frees the object.
type handle struct {
	object  *object
	cleanup runtime.Cleanup
}

// hold makes h stand for the object at ptr, which free ends.
func (h *handle) hold(ptr unsafe.Pointer, free func(cPtr)) {
	h.object = &object{ptr: ptr, free: free}
	h.object.users.Store(1)
	h.cleanup = runtime.AddCleanup(h, freeLeaked, h.object)
}

// freeLeaked ends an object that the program forgot.
func freeLeaked(o *object) {
	leakedHandles.Add(1)
	o.unuse()
}

var leakedHandles atomic.Uint64

// enter gives the object to a call, which calls leave when it is done.
func (h *handle) enter() (cPtr, error) {
	if h.object == nil {
		return nil, ErrClosed // the zero value
	}
	if err := h.object.use(); err != nil {
		return nil, err
	}
	return h.object.ptr, nil
}

// leave ends what enter began. Until then h is reachable, so no cleanup can come in between.
func (h *handle) leave() {
	h.object.unuse()
	runtime.KeepAlive(h)
}

// call runs a C call on the object of h.
func call[T any](h *handle, run func(cPtr) (T, error)) (out T, err error) {
	ptr, err := h.enter()
	if err != nil {
		return out, err
	}
	defer h.leave()
	return run(ptr)
}

// callTwo runs a C call on the objects of h and g.
func callTwo[T any](h, g *handle, run func(p, q cPtr) (T, error)) (T, error) {
	return call(h, func(p cPtr) (T, error) {
		return call(g, func(q cPtr) (T, error) { return run(p, q) })
	})
}

// callMany runs a C call on the objects of many handles.
func callMany[H interface{ base() *handle }, T any](objects []H, run func([]cPtr) (T, error)) (out T, err error) {
	ptrs := make([]cPtr, 0, len(objects))
	for _, object := range objects {
		ptr, err := object.base().enter()
		if err != nil {
			return out, err
		}
		defer object.base().leave()
		ptrs = append(ptrs, ptr)
	}
	return run(ptrs)
}

func (h *handle) base() *handle { return h }

// fact runs a C call that cannot fail; the answer is zero when the object is no more.
func fact[T any](h *handle, run func(cPtr) T) T {
	out, _ := call(h, func(p cPtr) (T, error) { return run(p), nil })
	return out
}

// turns is for objects that serve one call at a time; others wait.
type turns struct {
	sync.Mutex
}

// callAlone runs a C call on the object of h, and no other that takes turns at the same time.
func callAlone[T any](t *turns, h *handle, run func(cPtr) (T, error)) (T, error) {
	t.Lock()
	defer t.Unlock()
	return call(h, run)
}

// do is call for calls without an output.
func do(h *handle, run func(cPtr) error) error {
	_, err := call(h, func(p cPtr) (struct{}, error) { return struct{}{}, run(p) })
	return err
}

// doAlone is callAlone for calls without an output.
func doAlone(t *turns, h *handle, run func(cPtr) error) error {
	t.Lock()
	defer t.Unlock()
	return do(h, run)
}

// finish ends the object: further calls are answered with code.
func (h *handle) finish(code Code) {
	if h.object != nil && h.object.end.CompareAndSwap(0, int32(code)) {
		h.cleanup.Stop()
		h.object.unuse()
		runtime.KeepAlive(h)
	}
}

// Close frees the object; calls that are running finish first. Further calls on it answer
// [ErrClosed]. Closing again does nothing. The error is always nil.
func (h *handle) Close() error {
	h.finish(ErrClosed)
	return nil
}

// holder is a handle of an object that holds blocks.
type holder struct {
	handle
}

// Release gives back the blocks that the object holds: when the last object that holds a block
// releases it, its memory is free. Calls that need blocks answer [ErrReleased] from now on.
// Releasing again does nothing, and a released object need not be closed.
func (h *holder) Release() { h.finish(ErrReleased) }

// IsReleased tells whether the object was released or closed.
func (h *holder) IsReleased() bool {
	return h.object == nil || h.object.end.Load() != 0
}
