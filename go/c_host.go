//go:build cgo

package blockpack

// How the library reads and writes through Go. The library's callbacks do not call into Go: they
// queue a request and wait, and a goroutine answers. So no function of the library calls back into
// Go, which keeps all other calls cheap (see c_call.go), and a thread that waits for a slow source
// waits in C, where the scheduler knows how to do without it. It costs some microseconds a request,
// and a thread that waits for requests from the first source or sink on.

/*
#include <pthread.h>
#include <stdlib.h>
#include <blockpack.h>

enum { HOST_SIZE, HOST_READ, HOST_WRITE, HOST_DROP };

typedef struct host_request {
	struct host_request *next;
	void *ctx;
	int what;
	const bp_range *ranges; // HOST_READ
	const uint8_t *bytes;   // HOST_WRITE
	size_t len;             // of ranges or bytes
	uint64_t size;          // answer to HOST_SIZE
	int32_t result;         // answer
	int answered;
	pthread_cond_t changed;
} host_request;

static pthread_mutex_t host_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t host_asked = PTHREAD_COND_INITIALIZER;
static host_request *host_first = NULL;
static host_request **host_last = &host_first;

static void host_push(host_request *request) {
	*host_last = request;
	host_last = &request->next;
	pthread_cond_signal(&host_asked);
}

// Puts a request to the program and waits for the answer.
static int32_t host_ask(host_request *request) {
	pthread_cond_init(&request->changed, NULL);
	pthread_mutex_lock(&host_lock);
	host_push(request);
	while (!request->answered) {
		pthread_cond_wait(&request->changed, &host_lock);
	}
	pthread_mutex_unlock(&host_lock);
	pthread_cond_destroy(&request->changed);
	return request->result;
}

// Waits for the next request.
static host_request *host_next(void) {
	pthread_mutex_lock(&host_lock);
	while (host_first == NULL) {
		pthread_cond_wait(&host_asked, &host_lock);
	}
	host_request *request = host_first;
	host_first = request->next;
	if (host_first == NULL) {
		host_last = &host_first;
	}
	pthread_mutex_unlock(&host_lock);
	return request;
}

// Answers a request, which is gone then.
static void host_answer(host_request *request, int32_t result, uint64_t size) {
	if (request->what == HOST_DROP) {
		free(request);
		return;
	}
	pthread_mutex_lock(&host_lock);
	request->result = result;
	request->size = size;
	request->answered = 1;
	pthread_cond_signal(&request->changed);
	pthread_mutex_unlock(&host_lock);
}

static int32_t host_size(void *ctx, uint64_t *out_size) {
	host_request request = {.ctx = ctx, .what = HOST_SIZE};
	int32_t result = host_ask(&request);
	*out_size = request.size;
	return result;
}

static int32_t host_read(void *ctx, const bp_range *ranges, size_t count) {
	host_request request = {.ctx = ctx, .what = HOST_READ, .ranges = ranges, .len = count};
	return host_ask(&request);
}

static int32_t host_write(void *ctx, const uint8_t *bytes, size_t len) {
	host_request request = {.ctx = ctx, .what = HOST_WRITE, .bytes = bytes, .len = len};
	return host_ask(&request);
}

// Nobody waits for the answer to this one.
static void host_drop(void *ctx) {
	host_request *request = calloc(1, sizeof *request);
	if (request != NULL) {
		request->ctx = ctx;
		request->what = HOST_DROP;
		pthread_mutex_lock(&host_lock);
		host_push(request);
		pthread_mutex_unlock(&host_lock);
	}
}

static bp_status host_open_source(uintptr_t ctx, const bp_open_options *options, bp_reader **out, bp_error **err) {
	static const bp_source_vtable source = {sizeof source, host_size, host_read, host_drop};
	return bp_reader_open_source(&source, (void *)ctx, options, out, err);
}

static bp_status host_new_writer(uintptr_t ctx, const bp_write_options *options, bp_writer **out, bp_error **err) {
	static const bp_sink_vtable sink = {sizeof sink, host_write, NULL, host_drop};
	return bp_writer_new(&sink, (void *)ctx, options, out, err);
}

#cgo noescape host_open_source
#cgo nocallback host_open_source
#cgo noescape host_new_writer
#cgo nocallback host_new_writer
*/
import "C"

import (
	"runtime/cgo"
	"sync"
	"unsafe"
)

// answering starts the goroutine that answers requests, once.
var answering = sync.OnceFunc(func() {
	go func() {
		for {
			go answer(C.host_next())
		}
	}()
})

// answer answers a request to the [host] that its ctx stands for.
func answer(request *C.host_request) {
	handle := cgo.Handle(uintptr(request.ctx))
	h := handle.Value().(host)
	var err error
	var size uint64
	switch request.what {
	case C.HOST_SIZE:
		size = h.size()
	case C.HOST_READ:
		ranges := unsafe.Slice(request.ranges, request.len)
		err = h.read(len(ranges), func(i int) (offset int64, into []byte) {
			r := ranges[i]
			return int64(r.offset), unsafe.Slice((*byte)(r.dst), r.len)
		})
	case C.HOST_WRITE:
		err = h.write(unsafe.Slice((*byte)(request.bytes), request.len))
	case C.HOST_DROP:
		handle.Delete()
	}
	C.host_answer(request, C.int32_t(keepFailure(err)), C.uint64_t(size))
}

func cReaderOpenSource(h host, o OpenOptions) (cPtr, error) {
	answering()
	options := openOptions(o)
	handle := cgo.NewHandle(h)
	var out *C.bp_reader
	var cerr *C.bp_error
	status := C.host_open_source(C.uintptr_t(handle), &options, &out, &cerr)
	err := failure(status, cerr)
	if err != nil {
		handle.Delete()
	}
	return cPtr(out), err
}

func cWriterNew(h host, o WriteOptions) (cPtr, error) {
	answering()
	options := writeOptions(o)
	handle := cgo.NewHandle(h)
	var out *C.bp_writer
	var cerr *C.bp_error
	status := C.host_new_writer(C.uintptr_t(handle), &options, &out, &cerr)
	err := failure(status, cerr)
	if err != nil {
		handle.Delete()
	}
	return cPtr(out), err
}
