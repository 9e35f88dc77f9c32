/*
 * blockpack.h - columnar blocks, scans and trace graphs for OpenTelemetry spans
 *
 * Generated from capi/src (make header). Do not edit.
 *
 * CONVENTIONS, in five minutes
 *
 * Results. A function that can fail returns a bp_status: BP_OK, one of the other answers (BP_DONE
 * at the end of a cursor, BP_ABSENT for what is not there), or an error, from BP_ERR_FIRST (16)
 * on. Outputs come last. They are zeroed on entry, and zero after an error; in arrays with a count
 * of what was given only that is written, and after an error nothing in them means anything. The
 * last parameter, err, may be NULL; otherwise the call sets *err to NULL, and to an error object
 * when it fails, to be freed with bp_error_free(). Nothing is kept per thread: a message may be
 * read on any thread. What answers BP_ERR_CORRUPT and BP_ERR_CHECKSUM reads blocks, and also
 * answers what the place of their bytes does: BP_ERR_IO and BP_ERR_SHORT_READ of a file,
 * BP_ERR_CALLBACK of a source, whether it lists them or not.
 *
 * Text and bytes. bp_str and bp_bytes are a pointer and a length, in and out, without a
 * terminating zero. What goes in is read during the call and never kept. What comes out is a view,
 * which is never freed: "Valid until" says how long it is good. Paths are text as the system takes it.
 *
 * Reading in parts. Functions that give many things copy them into an array of the caller's: from
 * number first on, as many as cap says at most, and out_count tells how many there were. Go on from
 * first + out_count until BP_DONE. Any cap will do; 256 is a good one.
 *
 * Handles. bp_x_new() and bp_x_open() make a handle, bp_x_free() ends it; NULL may be freed. A
 * handle keeps what it was made from alive: reader, blocks, sets, fields and graphs may be freed
 * in any order and by any thread. bp_x_release() gives back the blocks (their memory) that a
 * handle holds and leaves the handle: calling it again does nothing, bp_x_is_released() tells,
 * constant-time facts still answer, and what would need the blocks answers BP_ERR_RELEASED. No
 * call invalidates what another handle gave out.
 *
 * Threads. A const handle may be used by any number of threads at once, any other by one thread at
 * a time; no handle is bound to the thread that made it. A second call that would change a handle
 * meanwhile answers BP_ERR_BUSY (of a bp_lazy_fields in checked builds only); checked builds see
 * const calls meanwhile, too.
 *
 * Misuse. NULL where it is not allowed, a handle of another kind, an index out of range, a number
 * that names nothing: each answers with an error; functions that tell a fact answer 0, false or
 * nothing then. Checked builds (debug, or the feature handle-checks) also answer BP_ERR_BAD_HANDLE
 * for a freed handle, until 4,096 others were freed after it. If a bug inside the library panics,
 * the call answers BP_ERR_PANIC, and the handle BP_ERR_POISONED from then on. Callbacks must not
 * throw, unwind or longjmp through the library.
 *
 * Memory. The caller frees handles and errors, nothing else. Most memory is that of blocks:
 * bp_bytes_held() tells how much of the heap they hold, bp_memory() more. Input cannot make
 * the library allocate more than in proportion to its length; queries use 2 GiB each at most, or what
 * a bp_budget says. If the system has no memory left, the process ends.
 *
 * Process. Nothing is set up or torn down. No thread is started unless options ask for some, and
 * those end with the call or the writer. The library reads no environment variables, sets no signal
 * handlers and prints nothing, except that a panic writes a line to standard error, and so does a
 * double free in checked builds. After fork() the child may go on if no other thread was in a call. A
 * mapped file that somebody cuts short ends the process (SIGBUS); BP_ACCESS_PREAD answers instead.
 *
 * Structs that begin with struct_size grow with versions. Set it to sizeof and the rest to zero
 * (the default of every member); the BP_..._INIT macros do. NULL instead of options means all
 * defaults.
 *
 * Numbers. Times are nanoseconds since the Unix epoch, durations nanoseconds, sizes bytes. A span
 * is addressed by block (index in its list of blocks) and row (index in the block).
 *
 * Versions. While BP_ABI_VERSION is the same, functions and constants are added, never changed or
 * removed. Structs without struct_size never change.
 *
 * WHERE TO LOOK
 *
 *     OTLP into a file                        bp_writer_open, bp_writer_add_file, bp_writer_finish
 *     OTLP into memory, to be asked at once   bp_builder_new, bp_builder_add_otlp, bp_builder_blocks
 *     what a file has                         bp_reader_open, bp_reader_info, bp_reader_blocks
 *     several files as one                    bp_blocks_join
 *     spans that satisfy one condition        bp_blocks_scan; bp_column_scanner_... for one block
 *     AND, OR, NOT                            bp_blocks_scan_all, bp_span_set_and, bp_row_set_and, ...
 *     a question in TraceQL                   bp_query_compile, bp_cursor_new, bp_cursor_next
 *     numbers over time                       bp_query_compile, bp_series_new
 *     the spans of one trace                  bp_reader_trace
 *     some fields of many spans               bp_columns_new, bp_span_set_values; bp_matrix, Arrow
 *     any field of one span                   bp_span_set_fields, bp_lazy_fields_get
 *     parents and children                    bp_trace_graphs_build, bp_trace_graph_nodes
 *     which services call which               bp_trace_graphs_service_graph
 *     names and values to offer to people     bp_tag_names_new, bp_tag_values_new
 *     spans as OTLP again                     bp_span_set_otlp
 *     memory given back                       bp_..._release
 *
 * A COMPLETE EXAMPLE, which counts the spans with an error and names the first ones
 *
 *     #include <blockpack.h>
 *     #include <stdio.h>
 *
 *     static int fail(bp_status status, bp_error *err) {
 *         bp_str text = bp_error_message(err);
 *         fprintf(stderr, "%s: %.*s\n", bp_status_name(status), (int)text.len, text.ptr);
 *         bp_error_free(err);
 *         return 1;
 *     }
 *
 *     int main(int argc, char **argv) {
 *         bp_reader *reader = NULL;
 *         bp_blocks *blocks = NULL;
 *         bp_span_set *found = NULL;
 *         bp_error *err = NULL;
 *         bp_value error = bp_value_of_int(BP_KIND_SPAN_STATUS, 2);
 *         bp_str path = bp_str_of(argc > 1 ? argv[1] : "traces.bpk"), column = bp_str_of("span:status");
 *         bp_status status = bp_reader_open(path, NULL, &reader, &err);
 *         if (status == BP_OK)
 *             status = bp_reader_blocks(reader, 0, SIZE_MAX, &blocks, &err);
 *         if (status == BP_OK)
 *             status = bp_blocks_scan(blocks, column, BP_OP_EQUAL, &error, 1, &found, &err);
 *         printf("%llu spans with an error\n", (unsigned long long)bp_span_set_count(found));
 *         for (uint64_t i = 0; status == BP_OK && i < bp_span_set_count(found) && i < 3; i++) {
 *             bp_lazy_fields *fields = NULL;
 *             bp_value name;
 *             status = bp_span_set_fields(found, i, &fields, &err);
 *             if (status == BP_OK)
 *                 status = bp_lazy_fields_get(fields, bp_str_of("span:name"), &name, &err);
 *             if (status == BP_OK)
 *                 printf("%.*s\n", (int)bp_value_str(&name).len, bp_value_str(&name).ptr);
 *             bp_lazy_fields_free(fields);
 *         }
 *         bp_span_set_free(found);
 *         bp_blocks_free(blocks);
 *         bp_reader_free(reader);
 *         return status >= BP_ERR_FIRST ? fail(status, err) : 0;
 *     }
 */
#ifndef BLOCKPACK_H
#define BLOCKPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Version of this header; bp_version_number() tells that of the library that runs.
#define BP_VERSION_MAJOR 0
#define BP_VERSION_MINOR 1
#define BP_VERSION_PATCH 0
#define BP_VERSION_STRING "0.1.0"
#define BP_VERSION_NUMBER 0x00000100u // 0xMMMMmmpp
#define BP_VERSION_AT_LEAST(major, minor, patch) \
    (BP_VERSION_NUMBER >= (((major) << 16) | ((minor) << 8) | (patch)))

#if defined(_WIN32) && !defined(BLOCKPACK_STATIC)
#  define BP_API __declspec(dllimport)
#elif defined(__GNUC__) && !defined(_WIN32)
#  define BP_API __attribute__((visibility("default")))
#else
#  define BP_API
#endif
#if defined(__GNUC__)
#  define BP_MUST_USE __attribute__((warn_unused_result))
#else
#  define BP_MUST_USE
#endif
#ifdef __cplusplus
#  define BP_CAST(type, value) static_cast<type>(value)
#else
#  define BP_CAST(type, value) ((type)(value))
#endif

// ---- Arrow's structs, as its specification declares them (The Arrow C data interface, C stream
// interface): any number of headers may do so, under these guards.

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

#ifdef __cplusplus
extern "C" {
#endif

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

#ifdef __cplusplus
}
#endif

#endif // ARROW_C_DATA_INTERFACE

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

#ifdef __cplusplus
extern "C" {
#endif

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};

#ifdef __cplusplus
}
#endif

#endif // ARROW_C_STREAM_INTERFACE

// Number of the binary interface; the shared library's name carries it too.
#define BP_ABI_VERSION 0

// How sections are stored: scanned in place, only long text compressed. The default.
#define BP_PROFILE_HOT 0
// How sections are stored: compressed, decoded once when they are first touched.
#define BP_PROFILE_ARCHIVE 1

// Read through a memory mapping: the fastest. The file must not be cut short while it is open;
// files that this library publishes never are, since a new one replaces the old as a whole.
#define BP_ACCESS_MAP 0
// Read with pread(): what is used is copied to the heap.
#define BP_ACCESS_PREAD 1

// Compare checksums when something is used for the first time.
#define BP_VERIFY_LAZY 0
// Compare all checksums when the file is opened, which reads all of it.
#define BP_VERIFY_FULL 1

// Spans that are read at a time.
#define AT_ONCE 512

// A node whose span has no parent in the trace.
#define BP_NO_PARENT 4294967295

// A span names a parent that is not there.
#define BP_TRACE_ORPHANS 1
// More than one span has no parent id.
#define BP_TRACE_SEVERAL_ROOTS 2
// Every span has a parent id.
#define BP_TRACE_NO_ROOT 4
// Two spans have the same span id.
#define BP_TRACE_SHARED_IDS 8
// Parents form a ring; it was cut at its earliest span.
#define BP_TRACE_CYCLE 16
// A span is its own parent.
#define BP_TRACE_SELF_PARENT 32
// An id has a length that OTLP does not allow.
#define BP_TRACE_ODD_IDS 64

// A span with the status "error".
#define BP_NODE_ERROR 1
// A span that a root reaches.
#define BP_NODE_ROOTED 2

// The node whose end the trace's end stands for: the root that it is named after; without a root, of
// the nodes without a parent the one that took longest.
#define BP_MAIN_NODE 4294967295

// Relate only spans that a root reaches, as Tempo does. Otherwise orphans (spans whose parent is
// missing) head trees of their own, and orphans of one lost parent are siblings.
#define BP_STRUCTURAL_ROOTED_ONLY 1

// The query finds spans.
#define BP_QUERY_SPANS 1
// The query makes series of the spans that it finds.
#define BP_QUERY_SERIES 2

// As a limit: none.
#define BP_NO_LIMIT UINT64_MAX

// Gives the traces that start last, instead of those that are found first; of those that start
// together, the ones with the smallest ids. All are searched before the first batch is given. The
// query's hint most_recent does the same.
#define BP_SEARCH_MOST_RECENT 1
// Relates only spans that a root reaches.
#define BP_SEARCH_ROOTED_ONLY 2

// The search can go on.
#define BP_ENDED_NOT_YET 0
// All that matches was found.
#define BP_ENDED_COMPLETE 1
// As many traces were found as were asked for; there are, or can be, more.
#define BP_ENDED_LIMIT 2
// The search was cancelled.
#define BP_ENDED_CANCELLED 3
// Its time was up.
#define BP_ENDED_TIMEOUT 4
// It needed more memory than its budget.
#define BP_ENDED_BUDGET 5
// It failed otherwise: bp_cursor_next() told how.
#define BP_ENDED_FAILED 6

// Makes one sample of the whole time; step_ns does not count.
#define BP_METRICS_INSTANT 1
// Relates only spans that a root reaches.
#define BP_METRICS_ROOTED_ONLY 2

// Adds a column "event" to chosen columns: a list of structs.
#define BP_ARROW_EVENTS 1
// Adds a column "link" to chosen columns: a list of structs.
#define BP_ARROW_LINKS 2

// A list of blocks, of one or several files and builders. Spans are addressed by their block's
// index in the list and their row in the block.
//
// Shared by threads. The memory of a block goes when the last handle that holds it is released or
// freed: lists, scanners, sets, fields and graphs made from the list.
typedef struct bp_blocks bp_blocks;

// A number of bytes that the queries that it is given to may use together for sets of spans, groups
// and results while they run. Queries keep it on their own.
typedef struct bp_budget bp_budget;

// Bytes that the library made for the caller. Owns them and holds no blocks. Immutable, shared by
// threads.
typedef struct bp_buffer bp_buffer;

// Makes blocks in memory of OTLP bytes, to be queried at once or kept elsewhere.
//
// For one thread at a time.
typedef struct bp_builder bp_builder;

// A flag that stops what was given it, from any thread. It may be given to any number of calls and
// cursors, which keep it on their own.
typedef struct bp_cancel bp_cancel;

// Scans columns of one block, one function for each predicate; what it finds is a bp_row_set. The
// rules of comparing are at bp_op. Shared by threads.
typedef struct bp_column_scanner bp_column_scanner;

// Names of fields, compiled once for reading many spans in any blocks. A name is an intrinsic
// ("span:name"), an attribute with its scope ("span.http.method", "resource.service.name") or one
// without (".http.method": of the span, else of its resource).
//
// What is worked out of a trace (trace:duration, trace:rootName, nestedSetLeft, span:childCount and
// the like) is read from the part of the trace that is in the span's block. Of a trace that lies in
// several, bp_trace_graphs_summaries() and bp_trace_graph_nodes() tell the same as a whole, and so
// do queries: conditions, and the fields that bp_match_set_fields() names.
//
// Shared by threads once the names are added.
typedef struct bp_columns bp_columns;

// A search that runs: it gives the traces in which a query matched, a batch at a time, so that memory
// does not grow with what is found. Keeps the blocks and what its options name.
//
// For one thread at a time.
typedef struct bp_cursor bp_cursor;

// Why a call failed. Immutable; made by a failing call that was given an err, owned by the caller.
typedef struct bp_error bp_error;

// How a query is answered: its parts, in the order in which they are asked, and what each did if the
// query was run. Owns what it says. Immutable, shared by threads.
typedef struct bp_explanation bp_explanation;

// The fields of one span, read from its block when asked for, until they are released.
//
// It has a cursor (next, rewind), so it is for one thread at a time; get and get_many are const.
typedef struct bp_lazy_fields bp_lazy_fields;

// Traces in which a query matched. They have services and spansets, spans that belong together; these
// have attributes and spans. All are numbered from 0 each, through all traces, so that one call reads
// those of many. Immutable, shared by threads.
//
// It keeps the blocks, so that fields of the spans can be read, until it is released; all else
// answers after release, too.
typedef struct bp_match_set bp_match_set;

// Fields of many spans as arrays, a few for each name, in memory of its own: for programs that read
// many values and pay for every call or object. It keeps no blocks, and fills again without
// allocating once it is large enough.
//
// It changes when it is filled, so it is for one thread at a time; the rest is const.
typedef struct bp_matrix bp_matrix;

// A query in TraceQL, read and checked. Immutable, shared by threads: one serves any number of
// searches of any blocks.
typedef struct bp_query bp_query;

// An open file. Shared by threads.
typedef struct bp_reader bp_reader;

// Spans of one block: what a scan found, or a combination. Immutable, shared by threads.
//
// It keeps the blocks, so that fields can be read from it, until it is released; the rows
// themselves are plain numbers and answer after release, too.
typedef struct bp_row_set bp_row_set;

// Series with samples at the same times. Owns what it says and holds no blocks. Immutable, shared by
// threads.
typedef struct bp_series bp_series;

// Calls between services. Owns what it says and holds no blocks. Immutable, shared by threads.
//
// A call is a span whose parent is of another service, or whose kind is server or consumer where its
// parent's is client or producer. Where both sides of a call have one span id, as Zipkin records
// them, the server's span is called by the client's. Durations and errors are those of the called
// side.
typedef struct bp_service_graph bp_service_graph;

// Spans of one block that satisfy a combination of scans, and for each the columns that it
// satisfied it by. Immutable, shared by threads.
//
// Columns are numbered in the order of the sets it was made from. A span counts as matched by a
// column if that scan found it and all conjunctions around that scan hold: of (a and b) or c, a span
// with a and c is matched by c alone.
typedef struct bp_span_matches bp_span_matches;

// Spans over a list of blocks, ordered by block, then row; numbered from 0 in that order.
// Immutable, shared by threads.
//
// It keeps the blocks, so that fields can be read from it, until it is released; places of spans
// are plain numbers and answer after release, too.
typedef struct bp_span_set bp_span_set;

// Names of attributes. Owns what it says and holds no blocks. Immutable, shared by threads.
typedef struct bp_tag_names bp_tag_names;

// Values of a field. Owns what it says and holds no blocks. Immutable, shared by threads.
typedef struct bp_tag_values bp_tag_values;

// The graph of one trace. Its nodes are its spans, numbered from 0 in pre-order: what descends from
// a span follows it directly, siblings come by start, the trees of roots first. Immutable, shared by
// threads.
typedef struct bp_trace_graph bp_trace_graph;

// The graphs of many traces, in the order of their first spans. Immutable, shared by threads.
typedef struct bp_trace_graphs bp_trace_graphs;

// Writes OTLP into a file. The file is there, whole, when bp_writer_finish() succeeds, and not
// before; a writer that is freed without leaves nothing behind.
//
// For one thread at a time.
typedef struct bp_writer bp_writer;

// Which kind of handle; for bp_live_handles().
typedef uint32_t bp_handle_kind;

// Result of a call. 0 to 15 are answers, from 16 on errors, in groups of 16: caller, input and
// output, data, query, run, bugs. The numbers are frozen.
typedef int32_t bp_status;

// A view of text: UTF-8 as far as the recorded program kept to it, not terminated by a zero.
// ptr may be NULL only if len is 0.
typedef struct bp_str {
    // First byte.
    const char *ptr;
    // Length in bytes.
    size_t len;
} bp_str;

// What a bp_value holds. A reader of values skips kinds that it does not know.
typedef uint32_t bp_kind;

// A typed value, 24 bytes without a union, so that it is the same in every language.
typedef struct bp_value {
    // The number, or the length in bytes of what ptr points at.
    uint64_t bits;
    // Text, bytes or an encoded value; else NULL.
    const void *ptr;
    // One of BP_KIND_...
    bp_kind kind;
    // Of fields of events and links: which event or link of the span, from 0. Else 0.
    uint32_t item;
} bp_value;

// A value and its name.
typedef struct bp_field {
    // The name, as in "span.http.method".
    bp_str name;
    // The value.
    bp_value value;
} bp_field;

// How a file is written. Zero is the default of every member.
typedef struct bp_write_options {
    // sizeof(bp_write_options).
    size_t struct_size;
    // As in bp_block_options.
    uint64_t max_block_bytes;
    // Encoded spans to collect before blocks are made of them; 96 MiB if 0. More keeps more traces
    // in one block each; about three times this is in use.
    uint64_t buffer_bytes;
    // As in bp_block_options.
    uint32_t max_block_spans;
    // As in bp_block_options.
    uint32_t max_attribute_columns;
    // BP_PROFILE_...
    uint32_t profile;
    // Threads that build blocks; 0 or 1 for none but the caller's.
    uint32_t threads;
    // 1 to replace a file that has the path already. Readers that have it open keep the old one.
    uint32_t overwrite;
    // 0.
    uint32_t reserved;
} bp_write_options;
#define BP_WRITE_OPTIONS_INIT {sizeof(bp_write_options), 0, 0, 0, 0, 0, 0, 0, 0}

// Appends bytes. Returns 0, or a number of the caller's for a failure.
typedef int32_t (*bp_sink_write_fn)(void *ctx, const uint8_t *bytes, size_t len);

// Completes what was written. Returns 0, or a number of the caller's for a failure.
typedef int32_t (*bp_sink_finish_fn)(void *ctx);

// Called once when the library is done with what ctx stands for; on any thread.
typedef void (*bp_drop_fn)(void *ctx);

// How the library writes a file that only the caller can reach. The functions get ctx first; they
// must not throw, unwind or longjmp, and must not use the writer.
typedef struct bp_sink_vtable {
    // sizeof(bp_sink_vtable).
    size_t struct_size;
    // Appends bytes.
    bp_sink_write_fn write;
    // Called once by bp_writer_finish(), after all bytes. May be NULL.
    bp_sink_finish_fn finish;
    // May be NULL.
    bp_drop_fn drop;
} bp_sink_vtable;
#define BP_SINK_VTABLE_INIT {sizeof(bp_sink_vtable), 0, 0, 0}

// A view of bytes. ptr may be NULL only if len is 0.
typedef struct bp_bytes {
    // First byte.
    const uint8_t *ptr;
    // Length in bytes.
    size_t len;
} bp_bytes;

// What was written.
typedef struct bp_write_report {
    // sizeof(bp_write_report).
    size_t struct_size;
    // Blocks.
    uint64_t blocks;
    // Spans.
    uint64_t spans;
    // Traces; one that lies in several blocks counts once.
    uint64_t traces;
    // Length of the file.
    uint64_t bytes;
    // Names this file and no other.
    uint8_t uuid[16];
} bp_write_report;
#define BP_WRITE_REPORT_INIT {sizeof(bp_write_report), 0, 0, 0, 0, {0}}

// How blocks are cut and stored. Zero is the default of every member.
typedef struct bp_block_options {
    // sizeof(bp_block_options).
    size_t struct_size;
    // Encoded OTLP bytes in a block, at most; 64 MiB if 0.
    uint64_t max_bytes;
    // Spans in a block, at most; only a larger trace makes a larger block. 32,768 if 0.
    uint32_t max_spans;
    // Attribute columns in a block, at most; what exceeds them is kept, and slow to query. 1,024 if 0.
    uint32_t max_attribute_columns;
    // BP_PROFILE_...
    uint32_t profile;
    // 0.
    uint32_t reserved;
} bp_block_options;
#define BP_BLOCK_OPTIONS_INIT {sizeof(bp_block_options), 0, 0, 0, 0, 0}

// How a file is opened. Zero is the default of every member.
typedef struct bp_open_options {
    // sizeof(bp_open_options).
    size_t struct_size;
    // BP_ACCESS_..., of files opened by path.
    uint32_t access;
    // BP_VERIFY_...
    uint32_t verify;
    // Of sources: ranges at most this many bytes apart are read as one; 512 KiB if 0.
    uint64_t coalesce_gap;
    // Of sources: no range is longer than this; 16 MiB if 0.
    uint64_t coalesce_max;
    // 1: when nobody holds a block of a mapped file any more, its pages go back to the system at
    // once. 0: they stay until the system needs them, and count as memory of the process.
    uint32_t discard_unheld;
    // Zero.
    uint32_t reserved;
} bp_open_options;
#define BP_OPEN_OPTIONS_INIT {sizeof(bp_open_options), 0, 0, 0, 0, 0, 0}

// Tells the length of a source in bytes. Returns 0, or a number of the caller's for a failure.
typedef int32_t (*bp_source_size_fn)(void *ctx, uint64_t *out_size);

// Bytes that a source is asked for, and where they go.
typedef struct bp_range {
    // Where they start in the source.
    uint64_t offset;
    // How many there are.
    size_t len;
    // Memory of the library's to be filled.
    uint8_t *dst;
    // 0 in this version.
    uint32_t hint;
    // 0.
    uint32_t reserved;
} bp_range;

// Fills every range, or fails: returns 0, or a number of the caller's. Several threads may be in
// it at once. The ranges of one call are meant to be fetched at once.
typedef int32_t (*bp_source_read_fn)(void *ctx, const bp_range *ranges, size_t count);

// How the library reads a file that only the caller can reach. The functions get ctx first; they
// must not throw, unwind or longjmp, and must not use the handle that is being opened.
typedef struct bp_source_vtable {
    // sizeof(bp_source_vtable).
    size_t struct_size;
    // Tells the length of the file; it must not change.
    bp_source_size_fn size;
    // Reads.
    bp_source_read_fn read;
    // May be NULL.
    bp_drop_fn drop;
} bp_source_vtable;
#define BP_SOURCE_VTABLE_INIT {sizeof(bp_source_vtable), 0, 0, 0}

// What a file holds.
typedef struct bp_file_info {
    // sizeof(bp_file_info).
    size_t struct_size;
    // Blocks.
    uint64_t blocks;
    // Spans.
    uint64_t spans;
    // Traces; one that lies in several blocks counts in each.
    uint64_t traces;
    // Length of the file.
    uint64_t bytes;
    // Earliest start of a span; 0 if there are none.
    uint64_t min_start_ns;
    // Latest end of a span; 0 if there are none.
    uint64_t max_end_ns;
    // Version of the file format.
    uint32_t format_major;
    // Version of the file format; a reader of the same major version reads every minor one.
    uint32_t format_minor;
    // Names this file and no other.
    uint8_t uuid[16];
} bp_file_info;
#define BP_FILE_INFO_INIT {sizeof(bp_file_info), 0, 0, 0, 0, 0, 0, 0, 0, {0}}

// What a block holds.
typedef struct bp_block_info {
    // sizeof(bp_block_info).
    size_t struct_size;
    // Spans; rows are numbered from 0.
    uint64_t spans;
    // Traces, or fragments of traces that continue in other blocks.
    uint64_t traces;
    // Columns, see bp_blocks_columns().
    uint64_t columns;
    // Earliest start of a span.
    uint64_t min_start_ns;
    // Latest end of a span.
    uint64_t max_end_ns;
    // Length of the block.
    uint64_t bytes;
    // Heap memory that the block holds at present, as in bp_blocks_memory_stats; of a mapped block
    // little unless its sections are compressed.
    uint64_t heap_bytes;
} bp_block_info;
#define BP_BLOCK_INFO_INIT {sizeof(bp_block_info), 0, 0, 0, 0, 0, 0, 0}

// A column of a block.
typedef struct bp_column_info {
    // Name as a scan takes it, as in "span.http.method" or "span:name".
    bp_str name;
    // Type of the values, for people, as in "string" or "int[]".
    bp_str type_name;
    // Kind of the values; BP_KIND_ABSENT if this version does not know it.
    bp_kind kind;
    // 1 for an attribute, 0 for a property that every span, event and so on has.
    uint32_t is_attribute;
    // Rows of the column's table that have a value.
    uint64_t present;
    // Distinct values if the column has a dictionary, else 0.
    uint64_t distinct;
} bp_column_info;

// What is asked of a value; the number of operands is given in brackets.
//
// Values compare by their own type: numbers with numbers (exactly, integers with doubles too),
// text with text (bytewise), ids with ids, and so on. Where the types do not fit, and where there is no
// value, nothing matches, negated or not; BP_OP_IS_NULL asks for that. Of a list, one item must
// match; of events and links, one of the span's.
typedef uint32_t bp_op;

// A condition on one column.
typedef struct bp_condition {
    // The column, in any accepted spelling, see bp_columns.
    bp_str column;
    // What is asked.
    bp_op op;
    // 0.
    uint32_t reserved;
    // As many as op has.
    const bp_value *operands;
    // How many operands there are.
    size_t n;
} bp_condition;

// Gets rows of a block in ascending order. Returns 0 to go on, anything else to stop.
typedef int32_t (*bp_rows_fn)(void *ctx, uint32_t block, const uint32_t *rows, size_t count);

// What scans did so far.
typedef struct bp_scan_stats {
    // sizeof(bp_scan_stats).
    size_t struct_size;
    // Scans of one predicate over one block.
    uint64_t scans;
    // Rows of the tables that were scanned.
    uint64_t rows_scanned;
    // Rows that matched.
    uint64_t rows_matched;
    // Bytes of values, codes, dictionaries and presence that were read.
    uint64_t bytes;
    // Buffers that had to be allocated or to grow.
    uint64_t buffers_grown;
    // Of the scans, those that read no value, code or id of any row; dictionaries may have been
    // searched, and presence copied. Each has one of the reasons below: the last of them that any of
    // the columns of the name needed. They add up to this.
    uint64_t blocks_pruned;
    // Zones of the columns that were scanned: up to 64 a block.
    uint64_t zones;
    // Of these, zones without a match whose values were left out.
    uint64_t zones_pruned;
    // Scans that read no values because the index of the file, or a filter in it, says that nothing
    // in the block matches.
    uint64_t pruned_by_index;
    // The same because the block has no column of the name, or none of a type that the value can be
    // in.
    uint64_t pruned_no_column;
    // The same because the smallest and largest value of the columns say that none matches, or all.
    uint64_t pruned_by_bounds;
    // The same because all rows are alike: a dictionary of one text, or each has a value and that is
    // all that was asked.
    uint64_t pruned_constant;
    // The same because no text of the dictionary matches, or all do.
    uint64_t pruned_by_dictionary;
    // The same because the bounds of all zones say that none matches.
    uint64_t pruned_by_zones;
} bp_scan_stats;
#define BP_SCAN_STATS_INIT {sizeof(bp_scan_stats), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

// How many rows a kind of question to a column matches.
typedef struct bp_observation {
    // sizeof(bp_observation).
    size_t struct_size;
    // Share of rows that matched, from 0 to 1: an average over the scans so far, in which the latest
    // weighs an eighth; 0.1 if there were none.
    double selectivity;
    // Scans that it is from.
    uint64_t scans;
} bp_observation;
#define BP_OBSERVATION_INIT {sizeof(bp_observation), 0, 0}

// Where a span is in a list of blocks.
typedef struct bp_span {
    // Index of the block in the list.
    uint32_t block;
    // Row in the block.
    uint32_t row;
} bp_span;

// The ids of a span, and where it is. Plain bytes, to be kept for as long as one likes.
typedef struct bp_span_ids {
    // Of an id of another length, the last 16 bytes, or zeros in front.
    uint8_t trace_id[16];
    // Of an id of another length, the last 8 bytes, or zeros in front.
    uint8_t span_id[8];
    // Where the span is.
    bp_span span;
} bp_span_ids;

// How OTLP is written.
typedef uint32_t bp_otlp_format;

// The values of one column of a matrix. kinds and numbers have len items, one for each span.
typedef struct bp_column_values {
    // Kind of each span's value, BP_KIND_ABSENT if it has none.
    const uint8_t *kinds;
    // Each span's value: the bits of a bp_value of that kind; but of text, bytes, ids, lists and maps
    // the number of an entry. Spans with the same number have the same bytes; the same bytes may
    // have several numbers.
    const uint64_t *numbers;
    // Spans.
    size_t len;
    // Ends of the entries in bytes: entry i is from ends[i] to ends[i + 1], ends[0] is 0.
    const uint64_t *ends;
    // Entries; there is one more of ends.
    size_t entries;
    // The bytes of all entries.
    const uint8_t *bytes;
    // Spans that have a value.
    size_t present;
    // The kind of all values; BP_KIND_ABSENT if they are of several kinds, or there is none.
    bp_kind kind;
} bp_column_values;

// What memory the library holds in this process.
typedef struct bp_memory_stats {
    // sizeof(bp_memory_stats).
    size_t struct_size;
    // Heap memory of blocks, as bp_bytes_held() tells.
    uint64_t heap_bytes;
    // The most that it was since the process began, or since bp_memory_reset_peak().
    uint64_t peak_heap_bytes;
    // Files that are mapped at present, in memory or not.
    uint64_t mapped_bytes;
    // Handles that are alive, as bp_live_handles() tells.
    uint64_t handles;
    // Handles that were ever made.
    uint64_t handles_made;
    // How many of these needed memory that was not there, from a handle freed before.
    uint64_t handles_grown;
    // Memory of handles, alive or kept for the next ones. Large ones are not counted: writers,
    // builders and readers.
    uint64_t handle_bytes;
    // Memory that is kept for joining the traces of the next list of blocks, 8 MiB at most.
    uint64_t pooled_bytes;
    // How often such memory was needed: when spans of a list were first related, and graphs first
    // built.
    uint64_t pool_taken;
    // How often of these it had to be allocated or to grow.
    uint64_t pool_grown;
} bp_memory_stats;
#define BP_MEMORY_STATS_INIT {sizeof(bp_memory_stats), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

// What memory a list of blocks holds.
typedef struct bp_blocks_memory_stats {
    // sizeof(bp_blocks_memory_stats).
    size_t struct_size;
    // Heap memory: blocks that were built or copied, what was fetched or decoded of others, and what
    // they keep to find events, links and nested-set numbers faster.
    uint64_t heap_bytes;
    // Blocks of mapped files, in memory or not.
    uint64_t mapped_bytes;
    // Buffers of scans and arrays of graphs that are kept for the next ones.
    uint64_t pooled_bytes;
    // How often such buffers and arrays were needed.
    uint64_t pool_taken;
    // How often of these they had to be allocated or to grow.
    uint64_t pool_grown;
} bp_blocks_memory_stats;
#define BP_BLOCKS_MEMORY_STATS_INIT {sizeof(bp_blocks_memory_stats), 0, 0, 0, 0, 0}

// What a trace graph is like.
typedef struct bp_trace_info {
    // sizeof(bp_trace_info).
    size_t struct_size;
    // Spans, the nodes.
    uint64_t spans;
    // Spans that name no parent.
    uint64_t roots;
    // Spans without a parent here though they name one. The trace falls into as many parts as it
    // has roots and orphans.
    uint64_t orphans;
    // BP_TRACE_... bits: what is wrong with the trace.
    uint32_t flags;
    // Depth of the deepest node; a root's is 0.
    uint32_t max_depth;
    // Of an id of another length, the last 16 bytes, or zeros in front.
    uint8_t trace_id[16];
} bp_trace_info;
#define BP_TRACE_INFO_INIT {sizeof(bp_trace_info), 0, 0, 0, 0, 0, {0}}

// A view of numbers.
typedef struct bp_u32s {
    // First number.
    const uint32_t *ptr;
    // How many there are.
    size_t len;
} bp_u32s;

// A node of a trace graph.
typedef struct bp_trace_node {
    // The span.
    bp_span span;
    // The parent's node, or BP_NO_PARENT.
    uint32_t parent;
    // Steps up to a node without a parent.
    uint32_t depth;
    // How many nodes descend from this one; they follow it directly.
    uint32_t descendants;
    // 0.
    uint32_t reserved;
} bp_trace_node;

// A trace in brief.
typedef struct bp_trace_summary {
    // Of an id of another length, the last 16 bytes, or zeros in front.
    uint8_t trace_id[16];
    // Service of the root that the trace is named after; empty without a root.
    bp_str root_service;
    // Name of that root; empty without a root.
    bp_str root_name;
    // When the first span starts.
    uint64_t start_ns;
    // From then until the last span ends.
    uint64_t duration_ns;
    // Spans.
    uint32_t spans;
    // Spans with the status "error".
    uint32_t errors;
    // Services that took part.
    uint32_t services;
    // Node of the root that the trace is named after: the one that starts first, of several the one
    // with the smallest span id. BP_NO_PARENT without a root.
    uint32_t root;
    // BP_TRACE_... bits: what is wrong with the trace.
    uint32_t flags;
    // 0.
    uint32_t reserved;
} bp_trace_summary;

// A service's part in a trace.
typedef struct bp_trace_service {
    // Name of the service; empty for spans without one.
    bp_str service;
    // Its spans.
    uint32_t spans;
    // Its spans with the status "error".
    uint32_t errors;
} bp_trace_service;

// When and where a node's span ran.
typedef struct bp_trace_timing {
    // Name of the service; empty if there is none.
    bp_str service;
    // Start.
    uint64_t start_ns;
    // Duration; 0 where a span ends before it starts.
    uint64_t duration_ns;
    // OTLP number of the span kind.
    int32_t kind;
    // BP_NODE_... bits.
    uint32_t flags;
} bp_trace_timing;

// A stretch of a critical path: time in which a span was at work itself, not waiting for a child.
typedef struct bp_path_segment {
    // Begin.
    uint64_t start_ns;
    // End.
    uint64_t end_ns;
    // The span's node.
    uint32_t node;
    // 0.
    uint32_t reserved;
} bp_path_segment;

// How deep and how wide traces are.
typedef struct bp_tree_shape {
    // sizeof(bp_tree_shape).
    size_t struct_size;
    // Traces.
    uint64_t traces;
    // Spans.
    uint64_t spans;
    // Trees that the traces fall into: spans without a parent.
    uint64_t trees;
    // Depth of the deepest span; one without a parent has 0.
    uint64_t max_depth;
    // The most children that a span has.
    uint64_t max_children;
    // Mean depth of the spans.
    double mean_depth;
    // Mean number of children of the spans that have any.
    double mean_children;
} bp_tree_shape;
#define BP_TREE_SHAPE_INIT {sizeof(bp_tree_shape), 0, 0, 0, 0, 0, 0, 0}

// Calls of one service by another, or by itself. Quantiles are exact: the duration of the nearest
// rank.
typedef struct bp_service_edge {
    // Name of the service that calls; empty for spans without one.
    bp_str caller;
    // Name of the service that is called, likewise.
    bp_str callee;
    // Calls.
    uint64_t calls;
    // Calls with the status "error".
    uint64_t errors;
    // Half of the calls last no longer.
    uint64_t p50_ns;
    // 95 % of the calls last no longer.
    uint64_t p95_ns;
    // 99 % of the calls last no longer.
    uint64_t p99_ns;
    // The longest call.
    uint64_t max_ns;
} bp_service_edge;

// A relation between a span of the left set and one of the right set. A span is never related to
// itself. The plain operators give spans of the right set, those with NOT the spans of the right
// set that are not related so to any of the left, those with UNION the related spans of both sets.
typedef uint32_t bp_structural_op;

// A part of a query. What it did is 0 if the query was not run, and where only its parts are counted.
typedef struct bp_query_part {
    // How it is answered, for people: "scan", "structure", "row by row" and so on.
    bp_str how;
    // What it asks.
    bp_str text;
    // How often it was asked: once a block, or once for blocks that share traces.
    uint64_t calls;
    // Spans that it was asked about.
    uint64_t spans_in;
    // Spans that it left.
    uint64_t spans_out;
    // Time that it took, with that of its parts.
    uint64_t time_ns;
    // Scans of one predicate over one block that it made.
    uint64_t scans;
    // Of these, scans that read no values; bp_explanation_part_details() says why.
    uint64_t blocks_pruned;
    // Zones of the columns that were scanned: up to 64 a block.
    uint64_t zones;
    // Of these, zones whose values were left out, because they have no match.
    uint64_t zones_pruned;
    // How many parts it is inside of: those that a part is made of follow it, one deeper.
    uint32_t depth;
    // 0.
    uint32_t reserved;
} bp_query_part;

// More of what a part of a query did. All is 0 if the query was not run, and where only its parts are
// counted, but for makes_series.
typedef struct bp_part_details {
    // sizeof(bp_part_details).
    size_t struct_size;
    // Series that came of it, if it makes series.
    uint64_t series;
    // Rows of the tables that its scans were about: of spans, resources, events and so on.
    uint64_t rows_scanned;
    // Rows that matched.
    uint64_t rows_matched;
    // Bytes of values, codes, dictionaries and presence that its scans read.
    uint64_t bytes;
    // Scans that read no values because the index of the file, or a filter in it, says that nothing
    // in the block matches. Each scan has at most one reason: the last of those here that any of the
    // columns of the name needed. They add up to blocks_pruned of bp_query_part.
    uint64_t pruned_by_index;
    // The same because the block has no column of the name, or none of a type that the value can be
    // in.
    uint64_t pruned_no_column;
    // The same because the smallest and largest value of the columns say that none matches, or all.
    uint64_t pruned_by_bounds;
    // The same because all rows are alike: a dictionary of one text, or each has a value and that is
    // all that was asked.
    uint64_t pruned_constant;
    // The same because no text of the dictionary matches, or all do.
    uint64_t pruned_by_dictionary;
    // The same because the bounds of all zones say that none matches.
    uint64_t pruned_by_zones;
    // 1 if it makes series, 0 if it finds spans or is a number.
    uint32_t makes_series;
    // 0.
    uint32_t reserved;
} bp_part_details;
#define BP_PART_DETAILS_INIT {sizeof(bp_part_details), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

// What is asked besides the query. Zero is the default of every member.
typedef struct bp_search_options {
    // sizeof(bp_search_options).
    size_t struct_size;
    // Traces that end before this do not count.
    uint64_t start_ns;
    // Traces that start after this do not count; none is left out if 0.
    uint64_t end_ns;
    // Traces to give at most; 20 if 0, all if BP_NO_LIMIT.
    uint64_t limit;
    // Spans to give of each spanset at most; 3 if 0, all if BP_NO_LIMIT.
    uint64_t spans_per_spanset;
    // The first block to search: only traces that begin in the blocks that are searched count, so that
    // parts of a list find together what a search of the whole does, and nothing twice.
    uint64_t first_block;
    // How many blocks to search from there on; all if 0.
    uint64_t block_count;
    // Time from now on after which the search ends with BP_ERR_CANCELLED; none if 0.
    uint64_t timeout_ns;
    // What stops the search, or NULL.
    const bp_cancel *cancel;
    // The memory that it may use while it runs; 2 GiB if NULL.
    const bp_budget *budget;
    // Threads to use; 1 if 0. They work while a batch is waited for, and some blocks ahead.
    uint32_t threads;
    // BP_SEARCH_... bits.
    uint32_t flags;
} bp_search_options;
#define BP_SEARCH_OPTIONS_INIT {sizeof(bp_search_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

// What a search took, and how far it came.
typedef struct bp_search_stats {
    // sizeof(bp_search_stats).
    size_t struct_size;
    // Chunks that the blocks fall into: blocks that share traces.
    uint64_t chunks;
    // Of these, chunks outside of the blocks and the time that were asked for.
    uint64_t chunks_outside;
    // Of these, chunks that were asked for and not searched: ended says why.
    uint64_t chunks_not_needed;
    // Spans in the chunks that were searched.
    uint64_t spans_searched;
    // Spans that matched in them.
    uint64_t spans_matched;
    // Traces that were given.
    uint64_t traces;
    // The most bytes of sets, groups and results at a time, blocks not counted.
    uint64_t peak_bytes;
    // Time that was spent searching.
    uint64_t time_ns;
    // 1 if traces were left out because of the limit; known when the last batch was given.
    uint32_t cut_off;
    // 0.
    uint32_t reserved;
    // Of chunks_outside, those that do not begin in the blocks that were asked for.
    uint64_t chunks_outside_blocks;
    // Of chunks_outside, those that do and have no span in the time that was asked for.
    uint64_t chunks_outside_time;
    // Why no more is found: a BP_ENDED_... value.
    uint32_t ended;
    // 0.
    uint32_t reserved2;
} bp_search_stats;
#define BP_SEARCH_STATS_INIT {sizeof(bp_search_stats), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

// A trace in which a query matched.
typedef struct bp_trace_match {
    // Of an id of another length, the last 16 bytes, or zeros in front.
    uint8_t trace_id[16];
    // Service of the root span; empty if there is none.
    bp_str root_service;
    // Name of the root span; empty if there is none.
    bp_str root_name;
    // When the first span starts.
    uint64_t start_ns;
    // From then until the last span ends.
    uint64_t duration_ns;
    // Spans that matched.
    uint64_t matched;
    // Its first spanset.
    uint64_t first_spanset;
    // The first of the services that took part.
    uint64_t first_service;
    // How many spansets it has from there on, at least one.
    uint32_t spansets;
    // How many services took part.
    uint32_t services;
    // BP_TRACE_... bits: what is wrong with the trace.
    uint32_t flags;
    // 0.
    uint32_t reserved;
} bp_trace_match;

// Spans of a trace that belong together.
typedef struct bp_spanset {
    // Its trace.
    uint64_t trace;
    // How many spans it has.
    uint64_t matched;
    // The first of its spans that are given.
    uint64_t first_span;
    // The first of its attributes: values of by() and of aggregates.
    uint64_t first_attribute;
    // How many spans are given: the first by start, as many as the options of the search say.
    uint32_t spans;
    // How many attributes it has.
    uint32_t attributes;
} bp_spanset;

// Over which time series are made, and how. Zero is the default of every member.
typedef struct bp_metrics_options {
    // sizeof(bp_metrics_options).
    size_t struct_size;
    // Spans that start at this time or before do not count; all from the first on do if 0.
    uint64_t start_ns;
    // Spans that start after this do not count; all up to the last do if 0.
    uint64_t end_ns;
    // Time between two samples; about 240 samples at whole units of time if 0.
    uint64_t step_ns;
    // Time from now on after which the run ends with BP_ERR_CANCELLED; none if 0.
    uint64_t timeout_ns;
    // What stops the run, or NULL.
    const bp_cancel *cancel;
    // The memory that it may use while it runs; 2 GiB if NULL.
    const bp_budget *budget;
    // Exemplars to give at most; as the query's hint exemplars says if 0.
    uint32_t exemplars;
    // Threads to use; 1 if 0.
    uint32_t threads;
    // BP_METRICS_... bits.
    uint32_t flags;
    // 0.
    uint32_t reserved;
    // The first block to count spans of: only traces that begin in the blocks that are counted do, or
    // the spans in them where nothing is asked about whole traces. So parts of a list count together
    // what a run over the whole does, nothing twice, and at the same times.
    uint64_t first_block;
    // How many blocks to count from there on; all if 0.
    uint64_t block_count;
} bp_metrics_options;
#define BP_METRICS_OPTIONS_INIT {sizeof(bp_metrics_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

// What the series of a query have in common.
typedef struct bp_series_set_info {
    // sizeof(bp_series_set_info).
    size_t struct_size;
    // Series.
    uint64_t series;
    // Samples of each.
    uint64_t samples;
    // Time between two samples.
    uint64_t step_ns;
    // Spans that the query found, and that start in the time.
    uint64_t spans;
    // Chunks that the blocks fall into: blocks that share traces, or single blocks where nothing is
    // asked about whole traces. A query that is made of several counts them for each.
    uint64_t chunks;
    // Of these, chunks outside of the blocks and the time that were asked for.
    uint64_t chunks_outside;
    // The most bytes of sets, groups and sums at a time, blocks not counted.
    uint64_t peak_bytes;
    // Time that it took.
    uint64_t time_ns;
    // Of chunks_outside, those that do not begin in the blocks that were asked for.
    uint64_t chunks_outside_blocks;
    // Of chunks_outside, those that do and have no span in the time that was asked for.
    uint64_t chunks_outside_time;
} bp_series_set_info;
#define BP_SERIES_SET_INFO_INIT {sizeof(bp_series_set_info), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

// A span that stands for those of a series.
typedef struct bp_exemplar {
    // Its ids, and where it is in the blocks that were asked.
    bp_span_ids ids;
    // When it starts.
    uint64_t time_ns;
    // Its value in the field that the query is about, durations in seconds; where spans are counted,
    // or two sides of series combined, the sample of the series at that time.
    double value;
} bp_exemplar;

// What an attribute is an attribute of.
typedef uint32_t bp_scope;

// An attribute that some span, resource, event and so on has.
typedef struct bp_tag_name {
    // Its name in queries, as in "span.http.method".
    bp_str name;
    // Its key alone.
    bp_str key;
    // Values in all blocks; one that a resource has counts once a block.
    uint64_t values;
    // One of BP_SCOPE_..., not BP_SCOPE_ANY.
    bp_scope scope;
    // The kinds of its values: for each the bit 1 << BP_KIND_...
    uint32_t kinds;
} bp_tag_name;

// What an Arrow stream has. Zero is the default of every member.
typedef struct bp_arrow_options {
    // sizeof(bp_arrow_options).
    size_t struct_size;
    // The fields that become columns, in this order; NULL stands for all that the blocks have a
    // column for, with events and links. Read during the call and not kept.
    const bp_columns *columns;
    // Rows of a batch, at most; if 0 a batch is all that is asked for of a block.
    uint32_t batch_rows;
    // BP_ARROW_EVENTS, BP_ARROW_LINKS, both or 0.
    uint32_t flags;
} bp_arrow_options;
#define BP_ARROW_OPTIONS_INIT {sizeof(bp_arrow_options), 0, 0, 0}

// Done as asked.
#define BP_OK 0
// A cursor is at its end; it stays there.
#define BP_DONE 1
// There is no such field, column or trace.
#define BP_ABSENT 2

// The first error; everything below is an answer.
#define BP_ERR_FIRST 16
// A pointer that must not be NULL is NULL.
#define BP_ERR_NULL_ARGUMENT 16
// An argument is outside what the function accepts.
#define BP_ERR_INVALID_ARGUMENT 17
// The handle is of another kind, or was freed (the latter is seen in checked builds).
#define BP_ERR_BAD_HANDLE 18
// A handle for one thread at a time was entered twice.
#define BP_ERR_BUSY 19
// The handle was released.
#define BP_ERR_RELEASED 20
// Not allowed in the handle's present state, as adding after finish.
#define BP_ERR_STATE 21
// The operating system reported a failure.
#define BP_ERR_IO 32
// A source gave fewer bytes than asked for.
#define BP_ERR_SHORT_READ 33
// A callback of the caller reported a failure; bp_error_callback_code() tells its number.
#define BP_ERR_CALLBACK 34
// The bytes are not a block file.
#define BP_ERR_NOT_BLOCKPACK 48
// The file needs a newer library.
#define BP_ERR_FORMAT_VERSION 49
// The file contradicts itself.
#define BP_ERR_CORRUPT 50
// A section does not match its checksum.
#define BP_ERR_CHECKSUM 51
// The bytes are not valid OTLP; bp_error_position() tells where.
#define BP_ERR_OTLP 52
// A query, name or literal cannot be parsed; bp_error_position() tells where.
#define BP_ERR_PARSE 64
// Valid, but not something this version can do.
#define BP_ERR_UNSUPPORTED 65
// Types do not fit together.
#define BP_ERR_TYPE 66
// Cancelled through a bp_cancel.
#define BP_ERR_CANCELLED 80
// A callback asked to stop; bp_error_callback_code() tells its number.
#define BP_ERR_STOPPED 81
// A memory or time budget was exceeded.
#define BP_ERR_BUDGET 82
// A fixed limit was exceeded.
#define BP_ERR_LIMIT 83
// Nesting is deeper than allowed.
#define BP_ERR_DEPTH 84
// A bug in this library was caught at its boundary. The handle answers BP_ERR_POISONED from now on.
#define BP_ERR_PANIC 96
// An earlier call on this handle ended in BP_ERR_PANIC; the message is that call's.
#define BP_ERR_POISONED 97

// No such field. A zeroed bp_value is absent.
#define BP_KIND_ABSENT 0
// bits is 0 or 1.
#define BP_KIND_BOOL 1
// bits is a signed integer in two's complement.
#define BP_KIND_I64 2
// bits is an unsigned integer.
#define BP_KIND_U64 3
// bits is an IEEE double.
#define BP_KIND_F64 4
// bits bytes of text at ptr.
#define BP_KIND_STR 5
// bits bytes at ptr.
#define BP_KIND_BYTES 6
// bits is nanoseconds since the Unix epoch.
#define BP_KIND_TIME_NS 7
// bits is a length of time in nanoseconds.
#define BP_KIND_DURATION_NS 8
// An array, read with bp_value_items(): bits bytes of encoded OTLP AnyValue at ptr.
#define BP_KIND_LIST 9
// The field is there, and empty.
#define BP_KIND_NULL 10
// A trace or span id: bits bytes at ptr.
#define BP_KIND_ID 11
// bits is an OTLP span kind number, signed: 0 unspecified, 1 internal, 2 server, 3 client,
// 4 producer, 5 consumer.
#define BP_KIND_SPAN_KIND 12
// bits is an OTLP status code, signed: 0 unset, 1 ok, 2 error.
#define BP_KIND_SPAN_STATUS 13
// Named values, read with bp_value_entries(): bits bytes of encoded OTLP AnyValue at ptr.
#define BP_KIND_MAP 14

// (1) The value is the operand.
#define BP_OP_EQUAL 1
// (1) There is a value, and it is not the operand.
#define BP_OP_NOT_EQUAL 2
// (1) The value is less than the operand.
#define BP_OP_LESS 3
// (1) The value is less than the operand, or equal.
#define BP_OP_LESS_EQUAL 4
// (1) The value is greater than the operand.
#define BP_OP_GREATER 5
// (1) The value is greater than the operand, or equal.
#define BP_OP_GREATER_EQUAL 6
// (any) The value is one of the operands.
#define BP_OP_IN 7
// (any) There is a value, and it is none of the operands.
#define BP_OP_NOT_IN 8
// (2) The value is at least the first and at most the second operand.
#define BP_OP_BETWEEN 9
// (1 text) The text has a match of the regular expression somewhere; write \A(?:...)\z to match all
// of it.
#define BP_OP_REGEX 10
// (1 text) There is a text, and it has no match of the regular expression.
#define BP_OP_NOT_REGEX 11
// (1 text or bytes) The value has the operand somewhere in it.
#define BP_OP_CONTAINS 12
// (1 text or bytes) The value begins with the operand.
#define BP_OP_STARTS_WITH 13
// (1 text or bytes) The value ends with the operand.
#define BP_OP_ENDS_WITH 14
// (1 text) The text is the operand but for upper and lower case.
#define BP_OP_EQUAL_IGNORING_CASE 15
// (none) There is no value.
#define BP_OP_IS_NULL 16
// (none) There is a value, of whatever type.
#define BP_OP_IS_NOT_NULL 17
// (1 integer) The length in bytes of the text or bytes is the operand.
#define BP_OP_LENGTH_EQUAL 18
// (1 integer) The length in bytes of the text or bytes is not the operand.
#define BP_OP_LENGTH_NOT_EQUAL 19
// (1 integer) The length in bytes of the text or bytes is less than the operand.
#define BP_OP_LENGTH_LESS 20
// (1 integer) The length in bytes of the text or bytes is at most the operand.
#define BP_OP_LENGTH_LESS_EQUAL 21
// (1 integer) The length in bytes of the text or bytes is greater than the operand.
#define BP_OP_LENGTH_GREATER 22
// (1 integer) The length in bytes of the text or bytes is at least the operand.
#define BP_OP_LENGTH_GREATER_EQUAL 23

// Protobuf: a TracesData message, whose bytes are also those of an ExportTraceServiceRequest. Such
// messages one behind the other are again one.
#define BP_OTLP_PROTOBUF 0
// OTLP/JSON: the same as one line of text, without the line break. Text that is not UTF-8 gets U+FFFD
// in the bad places, and what only later versions of OTLP know is left out.
#define BP_OTLP_JSON 1

// Right spans whose parent is a left span. In TraceQL: left > right.
#define BP_STRUCTURAL_CHILD 1
// Right spans that are parents of a left span. In TraceQL: left < right.
#define BP_STRUCTURAL_PARENT 2
// Right spans below a left span. In TraceQL: left >> right.
#define BP_STRUCTURAL_DESCENDANT 3
// Right spans above a left span. In TraceQL: left << right.
#define BP_STRUCTURAL_ANCESTOR 4
// Right spans that have their parent in common with a left span. In TraceQL: left ~ right.
#define BP_STRUCTURAL_SIBLING 5
// Right spans that are no children of left spans. In TraceQL: left !> right.
#define BP_STRUCTURAL_NOT_CHILD 6
// Right spans that are no parents of left spans. In TraceQL: left !< right.
#define BP_STRUCTURAL_NOT_PARENT 7
// Right spans that are not below left spans. In TraceQL: left !>> right.
#define BP_STRUCTURAL_NOT_DESCENDANT 8
// Right spans that are not above left spans. In TraceQL: left !<< right.
#define BP_STRUCTURAL_NOT_ANCESTOR 9
// Right spans that are no siblings of left spans. In TraceQL: left !~ right.
#define BP_STRUCTURAL_NOT_SIBLING 10
// Right spans and left spans that are child and parent. In TraceQL: left &> right.
#define BP_STRUCTURAL_UNION_CHILD 11
// Right spans and left spans that are parent and child. In TraceQL: left &< right.
#define BP_STRUCTURAL_UNION_PARENT 12
// Right spans and the left spans that they are below. In TraceQL: left &>> right.
#define BP_STRUCTURAL_UNION_DESCENDANT 13
// Right spans and the left spans that they are above. In TraceQL: left &<< right.
#define BP_STRUCTURAL_UNION_ANCESTOR 14
// Right spans and left spans that are siblings. In TraceQL: left &~ right.
#define BP_STRUCTURAL_UNION_SIBLING 15

// All of the following.
#define BP_SCOPE_ANY 0
// The span.
#define BP_SCOPE_SPAN 1
// The resource that the span comes from.
#define BP_SCOPE_RESOURCE 2
// The instrumentation scope that made the span.
#define BP_SCOPE_INSTRUMENTATION 3
// The span's events.
#define BP_SCOPE_EVENT 4
// The span's links.
#define BP_SCOPE_LINK 5

// All kinds together.
#define BP_HANDLE_ANY 0
// A bp_error.
#define BP_HANDLE_ERROR 1
// A bp_cancel.
#define BP_HANDLE_CANCEL 2
// A bp_budget.
#define BP_HANDLE_BUDGET 3
// A bp_writer.
#define BP_HANDLE_WRITER 4
// A bp_builder.
#define BP_HANDLE_BUILDER 5
// A bp_reader.
#define BP_HANDLE_READER 6
// A bp_blocks.
#define BP_HANDLE_BLOCKS 7
// A bp_columns.
#define BP_HANDLE_COLUMNS 8
// A bp_column_scanner.
#define BP_HANDLE_COLUMN_SCANNER 9
// A bp_row_set.
#define BP_HANDLE_ROW_SET 10
// A bp_span_matches.
#define BP_HANDLE_SPAN_MATCHES 11
// A bp_span_set.
#define BP_HANDLE_SPAN_SET 12
// A bp_lazy_fields.
#define BP_HANDLE_LAZY_FIELDS 13
// A bp_trace_graphs.
#define BP_HANDLE_TRACE_GRAPHS 14
// A bp_trace_graph.
#define BP_HANDLE_TRACE_GRAPH 15
// A bp_query.
#define BP_HANDLE_QUERY 16
// A bp_cursor.
#define BP_HANDLE_CURSOR 17
// A bp_match_set.
#define BP_HANDLE_MATCH_SET 18
// A bp_series.
#define BP_HANDLE_SERIES 19
// A bp_service_graph.
#define BP_HANDLE_SERVICE_GRAPH 20
// A bp_matrix.
#define BP_HANDLE_MATRIX 21
// A bp_explanation.
#define BP_HANDLE_EXPLANATION 22
// A bp_tag_names.
#define BP_HANDLE_TAG_NAMES 23
// An Arrow stream, schema or array that was not released; those in another one count, too.
#define BP_HANDLE_ARROW 24
// A bp_tag_values.
#define BP_HANDLE_TAG_VALUES 25
// A bp_buffer.
#define BP_HANDLE_BUFFER 26

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// ---- The library

// Names the version of the library that runs, as in "0.1.0".
//
// Valid until: the library is unloaded.
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API const char *bp_version(void);

// Tells the version of the library that runs, as BP_VERSION_NUMBER tells that of the header.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API uint32_t bp_version_number(void);

// Tells the number of the binary interface of the library that runs.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API uint32_t bp_abi_version(void);

// Does nothing: a program that refers to it does not link with another binary interface.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API void bp_abi_0(void);

// Counts the handles of one kind (BP_HANDLE_...) that were made and not yet freed.
// For tests: a program that freed everything ends with bp_live_handles(BP_HANDLE_ANY) = 0.
//
// Threads: any.
// Cost: linear in the threads that used the library at the same time.
// Since: 0.1
BP_API uint64_t bp_live_handles(bp_handle_kind kind);

// Tells how many bytes of heap memory all blocks of this process hold, whatever handles hold them, with
// the copies of files and the indexes of files that are not mapped, until their readers and blocks
// go, and Arrow arrays. Pages of mapped files and memory lent by the caller are not counted. For tests
// and gauges.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API
uint64_t bp_bytes_held(void);

// Names a status, as in "BP_ERR_IO"; "BP_UNKNOWN" for a number that is none.
//
// Valid until: the library is unloaded.
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API const char *bp_status_name(bp_status status);

// ---- Errors

// Tells the status that the failing call returned.
//
// Parameters: err may be NULL, which answers BP_OK.
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API bp_status bp_error_status(const bp_error *err);

// Tells what went wrong, where, and what to do, for people.
//
// Parameters: err may be NULL, which answers an empty text.
// Valid until: free of err.
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API bp_str bp_error_message(const bp_error *err);

// Tells the byte position in the OTLP bytes, query text or file where the error was found.
// Answers false and 0 when there is none.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API bool bp_error_position(const bp_error *err, uint64_t *out_offset);

// Tells whether the same call may succeed later without anything being changed.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API bool bp_error_is_retriable(const bp_error *err);

// Tells the number that the caller's callback returned, after BP_ERR_CALLBACK and BP_ERR_STOPPED.
// 0 after any other status.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API int32_t bp_error_callback_code(const bp_error *err);

// Frees an error. NULL is allowed.
//
// Threads: any.
// Since: 0.1
BP_API void bp_error_free(bp_error *err);

// ---- Values

// Spells a value for people: text as it is, ids and bytes in hex, span kinds and statuses by name,
// lists and maps like JSON, an absent value as nothing. No zero ends it.
//
// Parameters: out has room for cap bytes and may be NULL if cap is 0; out_len is the length of
// the whole text, of which the first cap bytes are given.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_TYPE.
// Cost: linear in the text.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_value_format(const bp_value *value,
                          char *out,
                          size_t cap,
                          size_t *out_len,
                          bp_error **err);

// Gives the items of a list, from item first on; they may be lists and maps themselves.
// With cap 0 and out NULL it counts the items from first on instead.
//
// Parameters: value of kind BP_KIND_LIST, as this library gave it; out has room for cap values.
// Ownership: nothing is allocated; the items point into the list.
// Valid until: the value is.
// Threads: any.
// Errors: BP_DONE when there is no item first, BP_ERR_NULL_ARGUMENT, BP_ERR_TYPE, BP_ERR_OTLP.
// Cost: walks the list up to the last item given.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_value_items(const bp_value *value,
                         size_t first,
                         bp_value *out,
                         size_t cap,
                         size_t *out_count,
                         bp_error **err);

// Gives the named values of a map, from entry first on; they may be lists and maps themselves.
// With cap 0 and out NULL it counts the entries from first on instead.
//
// Parameters: value of kind BP_KIND_MAP, as this library gave it; out has room for cap fields.
// Ownership: nothing is allocated; the entries point into the map.
// Valid until: the value is.
// Threads: any.
// Errors: BP_DONE when there is no entry first, BP_ERR_NULL_ARGUMENT, BP_ERR_TYPE, BP_ERR_OTLP.
// Cost: walks the map up to the last entry given.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_value_entries(const bp_value *value,
                           size_t first,
                           bp_field *out,
                           size_t cap,
                           size_t *out_count,
                           bp_error **err);

// ---- Writing files

// Starts a file that bp_writer_finish() will publish as path.
//
// Parameters: options may be NULL.
// Ownership: the caller frees the writer.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_IO: among others if the folder is
// missing, or if path exists and is not to be overwritten.
// Cost: makes a file beside path; nothing is collected yet.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_writer_open(bp_str path,
                         const bp_write_options *options,
                         bp_writer **out,
                         bp_error **err);

// Starts a file that the caller writes for the library, from front to back.
//
// Parameters: options may be NULL.
// Ownership: the caller frees the writer. vtable is copied; ctx must stay good until drop(ctx) is
// called: once, when the writer is finished or freed. If this call fails drop is not called.
// Threads: any; the sink's functions are called on the threads that use the writer.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_CALLBACK:
// bp_error_callback_code() has the number that the sink returned.
// Cost: constant.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_writer_new(const bp_sink_vtable *vtable,
                        void *ctx,
                        const bp_write_options *options,
                        bp_writer **out,
                        bp_error **err);

// Adds the spans of one OTLP message in protobuf: TracesData or ExportTraceServiceRequest.
// All of them, or none if the call fails with BP_ERR_OTLP, BP_ERR_DEPTH or an argument error;
// after any other error the file cannot be completed.
//
// Ownership: the message is copied.
// Threads: one at a time.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_STATE, BP_ERR_OTLP with the position, BP_ERR_DEPTH,
// BP_ERR_LIMIT, BP_ERR_IO, BP_ERR_CALLBACK.
// Cost: linear in the message; whenever enough is collected, blocks are built and written.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_writer_add_otlp(bp_writer *writer,
                             bp_bytes message,
                             bp_error **err);

// Adds the spans of an input in any encoding, as bp_builder_add_input() does.
//
// Ownership: the input is copied.
// Threads: one at a time.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_STATE, BP_ERR_OTLP with the position, BP_ERR_UNSUPPORTED,
// BP_ERR_DEPTH, BP_ERR_LIMIT, BP_ERR_IO, BP_ERR_CALLBACK. The records in front of one that fails
// are added.
// Cost: linear in the input; whenever enough is collected, blocks are built and written.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_writer_add_input(bp_writer *writer,
                              bp_bytes input,
                              bp_error **err);

// Adds the spans of a file in any encoding, as bp_builder_add_input() does. The file is read piece
// by piece.
//
// Threads: one at a time.
// Errors: as bp_writer_add_input(), and BP_ERR_IO if path cannot be read.
// Cost: linear in the file; whenever enough is collected, blocks are built and written.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_writer_add_file(bp_writer *writer,
                             bp_str path,
                             bp_error **err);

// Counts the spans that were added so far; 0 when the writer is finished.
//
// Threads: one at a time.
// Cost: constant.
// Since: 0.1
BP_API uint64_t bp_writer_span_count(const bp_writer *writer);

// Builds the last blocks, completes the file and publishes it under its path, all or nothing.
// Whether it succeeds or fails, the writer is finished: it can only be freed.
//
// Parameters: out may be NULL; its struct_size is set by the caller.
// Threads: one at a time.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_STATE, BP_ERR_IO, BP_ERR_CALLBACK, BP_ERR_LIMIT.
// Cost: builds and writes what is left, and brings the file to the disk.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_writer_finish(bp_writer *writer,
                           bp_write_report *out,
                           bp_error **err);

// Frees a writer; one that is not finished leaves no file. NULL is allowed.
//
// Threads: any.
// Since: 0.1
BP_API void bp_writer_free(bp_writer *writer);

// ---- Building blocks in memory

// Makes a builder.
//
// Parameters: options may be NULL.
// Ownership: the caller frees the builder.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
// Cost: constant.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_builder_new(const bp_block_options *options,
                         bp_builder **out,
                         bp_error **err);

// Adds the spans of one OTLP message in protobuf: TracesData or ExportTraceServiceRequest.
// All of them, or none if the call fails.
//
// Ownership: the message is copied.
// Threads: one at a time.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_OTLP with the position, BP_ERR_DEPTH, BP_ERR_LIMIT.
// Cost: linear in the message.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_builder_add_otlp(bp_builder *builder,
                              bp_bytes message,
                              bp_error **err);

// Adds the spans of an input in any encoding of OTLP traces that the library reads: protobuf (one
// message, or many each after its length as a varint), JSON (one object or one a line), plain or
// compressed with gzip or zstd. Which one is told by the first bytes.
//
// Ownership: the input is copied.
// Threads: one at a time.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_OTLP with the position, BP_ERR_UNSUPPORTED, BP_ERR_DEPTH,
// BP_ERR_LIMIT. The records in front of one that fails are added.
// Cost: linear in the input.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_builder_add_input(bp_builder *builder,
                               bp_bytes input,
                               bp_error **err);

// Counts the spans that were added and are in no block yet.
//
// Threads: one at a time.
// Cost: constant.
// Since: 0.1
BP_API uint64_t bp_builder_span_count(const bp_builder *builder);

// Makes blocks of the spans that were added, and empties the builder for further ones.
// No spans give an empty list. bp_blocks_join() puts lists together.
//
// Ownership: the caller frees the list, which does not need the builder any more.
// Threads: one at a time.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_LIMIT; then the spans are still there.
// Cost: decodes every span once.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_builder_blocks(bp_builder *builder,
                            bp_blocks **out,
                            bp_error **err);

// Frees a builder, with what was added and is in no block. NULL is allowed.
//
// Threads: any.
// Since: 0.1
BP_API void bp_builder_free(bp_builder *builder);

// ---- Reading files

// Opens the file at path.
//
// Parameters: options may be NULL.
// Ownership: the caller frees the reader.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_IO, BP_ERR_NOT_BLOCKPACK,
// BP_ERR_FORMAT_VERSION, BP_ERR_SHORT_READ, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: reads the end of the file: its list of blocks.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_reader_open(bp_str path,
                         const bp_open_options *options,
                         bp_reader **out,
                         bp_error **err);

// Opens a file that is in memory.
//
// Parameters: options may be NULL. Without drop the bytes are copied; otherwise they are used in
// place if their alignment is 8 or better (64 is best), else copied too.
// Ownership: the caller frees the reader. With drop, the bytes must stay as they are until
// drop(ctx) is called: once, on any thread, when the last handle that uses them ends. If this
// call fails drop is not called.
// Threads: any.
// Errors: as bp_reader_open().
// Cost: reads the end of the file; linear in its length if it is copied.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_reader_open_memory(bp_bytes bytes,
                                bp_drop_fn drop,
                                void *ctx,
                                const bp_open_options *options,
                                bp_reader **out,
                                bp_error **err);

// Opens a file that the caller reads for the library, as from object storage. What is used is
// fetched once and kept on the heap for as long as its block is held. Nearby ranges are joined
// before the source is asked.
//
// Parameters: options may be NULL.
// Ownership: the caller frees the reader. vtable is copied; ctx must stay good until drop(ctx) is
// called: once, on any thread, when the last handle that uses the source ends. If this call fails
// drop is not called.
// Threads: any; the source's functions are called on the threads that use reader and blocks.
// Errors: as bp_reader_open(), and BP_ERR_CALLBACK: bp_error_callback_code() has the number that
// the source returned.
// Cost: one read at the end of the file, of 64 KiB, and another if it has very many blocks.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_reader_open_source(const bp_source_vtable *vtable,
                                void *ctx,
                                const bp_open_options *options,
                                bp_reader **out,
                                bp_error **err);

// Tells what the file holds.
//
// Parameters: out.struct_size is set by the caller.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
// Cost: linear in the number of blocks; nothing is read.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_reader_info(const bp_reader *reader,
                         bp_file_info *out,
                         bp_error **err);

// Tells what the file is called: its path, "memory" or "source".
//
// Valid until: free of reader.
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API bp_str bp_reader_name(const bp_reader *reader);

// Names the program that wrote the file, and its version.
//
// Valid until: free of reader.
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API bp_str bp_reader_writer(const bp_reader *reader);

// Counts the blocks of the file.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API size_t bp_reader_block_count(const bp_reader *reader);

// Gives blocks of the file as a list: count of them from block first on. The same block is shared
// by all lists that have it. Scans of the list ask the indexes of the file, and fetch what they need
// of a source for many blocks at once.
//
// Parameters: count may be SIZE_MAX for all from first on.
// Ownership: the caller frees the list; it stays good when the reader is freed.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_IO, BP_ERR_SHORT_READ,
// BP_ERR_CALLBACK, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: reads the directories of the blocks that nobody holds; of a source in one call, with the
// file's index of columns.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_reader_blocks(const bp_reader *reader,
                           size_t first,
                           size_t count,
                           bp_blocks **out,
                           bp_error **err);

// Reads the whole file and compares every checksum, and checks every column.
//
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_IO, BP_ERR_SHORT_READ, BP_ERR_CALLBACK, BP_ERR_CORRUPT,
// BP_ERR_CHECKSUM: the first damage that is found.
// Cost: reads the whole file.
// Since: 0.1
BP_MUST_USE BP_API bp_status bp_reader_verify(const bp_reader *reader, bp_error **err);

// Frees a reader. NULL is allowed. Lists of its blocks stay good.
//
// Threads: any.
// Since: 0.1
BP_API void bp_reader_free(bp_reader *reader);

// ---- Blocks

// Opens one block as a list, from memory that the caller manages: for storage engines that keep
// blocks in files of their own.
//
// Parameters: bytes as bp_blocks_bytes() gave them. Without drop they are copied; otherwise they
// are used in place if their alignment is 8 or better (64 is best), else copied too.
// Ownership: the caller frees the list. With drop, the bytes must stay as they are until drop(ctx) is
// called: once, on any thread, when the last handle that uses them ends. If this call fails drop is
// not called.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_NOT_BLOCKPACK,
// BP_ERR_FORMAT_VERSION, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: reads the block's directory.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_blocks_open_memory(bp_bytes bytes,
                                bp_drop_fn drop,
                                void *ctx,
                                bp_blocks **out,
                                bp_error **err);

// Joins lists into a new one: blocks of several files and builders, in the order of the lists.
//
// Parameters: n lists.
// Ownership: the caller frees the new list; the given ones stay.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED.
// Cost: linear in the blocks; nothing is read.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_blocks_join(const bp_blocks *const *lists,
                         size_t n,
                         bp_blocks **out,
                         bp_error **err);

// Counts the blocks of the list; also after release.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API size_t bp_blocks_len(const bp_blocks *blocks);

// Counts the spans of all blocks of the list; also after release.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API uint64_t bp_blocks_span_count(const bp_blocks *blocks);

// Sums up the heap memory in bytes that the blocks of the list hold at present; 0 after release.
// Pages of a mapped file are not heap memory.
//
// Threads: any.
// Cost: linear in the blocks of the list.
// Since: 0.1
BP_API uint64_t bp_blocks_bytes_held(const bp_blocks *blocks);

// Tells what block index of the list holds.
//
// Parameters: out.struct_size is set by the caller.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED.
// Cost: constant.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_blocks_info(const bp_blocks *blocks,
                         size_t index,
                         bp_block_info *out,
                         bp_error **err);

// Gives the bytes of block index of the list, for storage engines that keep blocks in files of
// their own; bp_blocks_open_memory() opens them again.
//
// Valid until: release or free of blocks.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED, BP_ERR_UNSUPPORTED if
// the block is fetched in pieces.
// Cost: constant.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_blocks_bytes(const bp_blocks *blocks,
                          size_t index,
                          bp_bytes *out,
                          bp_error **err);

// Lists the columns of block index of the list, from column first on. One name may have a
// column for each type of its values.
//
// Parameters: out has room for cap columns.
// Valid until: release or free of blocks.
// Threads: any.
// Errors: BP_DONE when there is no column first, BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT,
// BP_ERR_RELEASED.
// Cost: linear in the columns given.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_blocks_columns(const bp_blocks *blocks,
                            size_t index,
                            size_t first,
                            bp_column_info *out,
                            size_t cap,
                            size_t *out_count,
                            bp_error **err);

// Gives back the blocks that this handle holds. Doing so again does nothing.
//
// Threads: any, while no other call on blocks is running.
// Cost: constant, and what it takes to free what nobody else holds.
// Since: 0.1
BP_API void bp_blocks_release(bp_blocks *blocks);

// Tells whether the list was released.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API bool bp_blocks_is_released(const bp_blocks *blocks);

// Frees the list. NULL is allowed.
//
// Threads: any.
// Since: 0.1
BP_API void bp_blocks_free(bp_blocks *blocks);

// ---- Scanning columns

// Scans one column of all blocks of a list.
//
// Parameters: column in any accepted spelling, see bp_columns; n operands as op has.
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_LIMIT,
// BP_ERR_RELEASED, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_blocks_scan(const bp_blocks *blocks,
                         bp_str column,
                         bp_op op,
                         const bp_value *operands,
                         size_t n,
                         bp_span_set **out,
                         bp_error **err);

// Scans all blocks of a list for the spans that satisfy n conditions, each on its own: two on events
// may be satisfied by different events of a span. In each block those are asked first that are
// expected to match least, by what bp_blocks_observed() tells; the rest is not asked once no span is
// left.
//
// Parameters: with no conditions, all spans.
// Ownership: the caller frees the set.
// Threads: any.
// Errors: as bp_blocks_scan().
// Cost: as one bp_blocks_scan() for each condition, or less.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_blocks_scan_all(const bp_blocks *blocks,
                             const bp_condition *conditions,
                             size_t n,
                             bp_span_set **out,
                             bp_error **err);

// Scans one column of all blocks of a list, and hands the rows to fn, block by block as they are
// scanned, and with one thread never holds more than the result of one: batch at a time, fewer in the
// last call for a block.
//
// Parameters: as bp_blocks_scan() and bp_column_scanner_stream().
// Threads: any; fn is called on the thread that calls.
// Errors: as bp_blocks_scan(), and BP_ERR_STOPPED when fn returns something other than 0, which
// bp_error_callback_code() tells.
// Cost: as bp_blocks_scan(), as far as it gets.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_blocks_stream(const bp_blocks *blocks,
                           bp_str column,
                           bp_op op,
                           const bp_value *operands,
                           size_t n,
                           size_t batch,
                           bp_rows_fn fn,
                           void *ctx,
                           bp_error **err);

// Lets scans of all blocks of the list (bp_blocks_scan(), bp_blocks_stream()) use up to threads
// threads, the one that calls among them. Results come in the order of the blocks all the same; of a
// stream, up to 64 blocks a thread are scanned ahead. Threads pay where a scan takes milliseconds:
// starting one takes some tens of microseconds, at each scan. What is soon done starts none.
//
// Parameters: threads, 1 as it is at first; 0 stands for as many as there are processors.
// Threads: any; scans that are running go on as they began.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_LIMIT.
// Cost: constant.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_blocks_set_scan_threads(const bp_blocks *blocks,
                                     size_t threads,
                                     bp_error **err);

// Tells what the scans of the list of blocks and of its scanners did so far.
//
// Parameters: out.struct_size is set by the caller.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
// Cost: constant.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_blocks_scan_stats(const bp_blocks *blocks,
                               bp_scan_stats *out,
                               bp_error **err);

// Tells what share of rows scans of the list and of its scanners matched in a column with operators
// like op: equal and in-set; not equal and in no set; ranges and lengths; patterns and parts of text;
// and each of not regex, null and not null. Conditions that are asked together are ordered by it.
//
// Parameters: column in any accepted spelling, see bp_columns; out.struct_size is set by the caller.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE.
// Cost: constant.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_blocks_observed(const bp_blocks *blocks,
                             bp_str column,
                             bp_op op,
                             bp_observation *out,
                             bp_error **err);

// Sets what bp_blocks_scan_stats() counts to 0, and forgets what bp_blocks_observed() tells.
//
// Threads: any; scans that are running may count for either.
// Errors: BP_ERR_NULL_ARGUMENT.
// Cost: linear in the columns that were scanned.
// Since: 0.1
BP_MUST_USE BP_API bp_status bp_blocks_reset_scan_stats(const bp_blocks *blocks, bp_error **err);

// Makes a scanner of block block_index of the list.
//
// Ownership: the caller frees the scanner. It keeps the blocks until it is released or freed.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED.
// Cost: constant; nothing is read.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_column_scanner_new(const bp_blocks *blocks,
                                size_t block_index,
                                bp_column_scanner **out,
                                bp_error **err);

// Finds the rows whose value is literal.
//
// Parameters: column in any accepted spelling, see bp_columns.
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_RELEASED,
// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_column_scanner_equal(const bp_column_scanner *scanner,
                                  bp_str column,
                                  bp_value literal,
                                  bp_row_set **out,
                                  bp_error **err);

// Finds the rows that have a value other than literal.
//
// Parameters: column in any accepted spelling, see bp_columns.
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_RELEASED,
// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_column_scanner_not_equal(const bp_column_scanner *scanner,
                                      bp_str column,
                                      bp_value literal,
                                      bp_row_set **out,
                                      bp_error **err);

// Finds the rows whose value is less than literal.
//
// Parameters: column in any accepted spelling, see bp_columns.
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_RELEASED,
// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_column_scanner_less(const bp_column_scanner *scanner,
                                 bp_str column,
                                 bp_value literal,
                                 bp_row_set **out,
                                 bp_error **err);

// Finds the rows whose value is less than literal, or equal.
//
// Parameters: column in any accepted spelling, see bp_columns.
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_RELEASED,
// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_column_scanner_less_equal(const bp_column_scanner *scanner,
                                       bp_str column,
                                       bp_value literal,
                                       bp_row_set **out,
                                       bp_error **err);

// Finds the rows whose value is greater than literal.
//
// Parameters: column in any accepted spelling, see bp_columns.
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_RELEASED,
// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_column_scanner_greater(const bp_column_scanner *scanner,
                                    bp_str column,
                                    bp_value literal,
                                    bp_row_set **out,
                                    bp_error **err);

// Finds the rows whose value is greater than literal, or equal.
//
// Parameters: column in any accepted spelling, see bp_columns.
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_RELEASED,
// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_column_scanner_greater_equal(const bp_column_scanner *scanner,
                                          bp_str column,
                                          bp_value literal,
                                          bp_row_set **out,
                                          bp_error **err);

// Finds the rows whose value is at least from and at most to.
//
// Parameters: column in any accepted spelling, see bp_columns.
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_RELEASED,
// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_column_scanner_between(const bp_column_scanner *scanner,
                                    bp_str column,
                                    bp_value from,
                                    bp_value to,
                                    bp_row_set **out,
                                    bp_error **err);

// Finds the rows whose value is one of n literals.
//
// Parameters: column in any accepted spelling, see bp_columns.
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_RELEASED,
// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_column_scanner_in(const bp_column_scanner *scanner,
                               bp_str column,
                               const bp_value *literals,
                               size_t n,
                               bp_row_set **out,
                               bp_error **err);

// Finds the rows that have a value that is none of n literals.
//
// Parameters: column in any accepted spelling, see bp_columns.
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_RELEASED,
// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_column_scanner_not_in(const bp_column_scanner *scanner,
                                   bp_str column,
                                   const bp_value *literals,
                                   size_t n,
                                   bp_row_set **out,
                                   bp_error **err);

// Finds the rows whose text has a match of pattern somewhere in it.
//
// Parameters: column in any accepted spelling, see bp_columns.
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_LIMIT, BP_ERR_RELEASED,
// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_column_scanner_regex(const bp_column_scanner *scanner,
                                  bp_str column,
                                  bp_str pattern,
                                  bp_row_set **out,
                                  bp_error **err);

// Finds the rows that have a text without a match of pattern.
//
// Parameters: column in any accepted spelling, see bp_columns.
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_LIMIT, BP_ERR_RELEASED,
// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_column_scanner_not_regex(const bp_column_scanner *scanner,
                                      bp_str column,
                                      bp_str pattern,
                                      bp_row_set **out,
                                      bp_error **err);

// Finds the rows whose text or bytes have part somewhere in them.
//
// Parameters: column in any accepted spelling, see bp_columns.
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_RELEASED,
// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_column_scanner_contains(const bp_column_scanner *scanner,
                                     bp_str column,
                                     bp_value part,
                                     bp_row_set **out,
                                     bp_error **err);

// Finds the rows whose text or bytes begin with part.
//
// Parameters: column in any accepted spelling, see bp_columns.
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_RELEASED,
// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_column_scanner_starts_with(const bp_column_scanner *scanner,
                                        bp_str column,
                                        bp_value part,
                                        bp_row_set **out,
                                        bp_error **err);

// Finds the rows whose text or bytes end with part.
//
// Parameters: column in any accepted spelling, see bp_columns.
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_RELEASED,
// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_column_scanner_ends_with(const bp_column_scanner *scanner,
                                      bp_str column,
                                      bp_value part,
                                      bp_row_set **out,
                                      bp_error **err);

// Finds the rows whose text is this one but for upper and lower case.
//
// Parameters: column in any accepted spelling, see bp_columns.
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_RELEASED,
// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_column_scanner_equal_ignoring_case(const bp_column_scanner *scanner,
                                                bp_str column,
                                                bp_str text,
                                                bp_row_set **out,
                                                bp_error **err);

// Finds the rows that have no value.
//
// Parameters: column in any accepted spelling, see bp_columns.
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_RELEASED,
// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_column_scanner_is_null(const bp_column_scanner *scanner,
                                    bp_str column,
                                    bp_row_set **out,
                                    bp_error **err);

// Finds the rows that have a value, of whatever type.
//
// Parameters: column in any accepted spelling, see bp_columns.
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_RELEASED,
// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_column_scanner_is_not_null(const bp_column_scanner *scanner,
                                        bp_str column,
                                        bp_row_set **out,
                                        bp_error **err);

// Scans with the operator op: what the functions for single predicates do, and the operators that
// have none of their own (on lengths).
//
// Parameters: column in any accepted spelling, see bp_columns; n operands as op has.
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE, BP_ERR_TYPE, BP_ERR_LIMIT,
// BP_ERR_RELEASED, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: linear in the distinct values and in the rows, a small part of a nanosecond each.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_column_scanner_scan(const bp_column_scanner *scanner,
                                 bp_str column,
                                 bp_op op,
                                 const bp_value *operands,
                                 size_t n,
                                 bp_row_set **out,
                                 bp_error **err);

// Scans as bp_column_scanner_scan() does, and hands the rows to fn instead of making a set: batch
// at a time, fewer in the last call, none if there are none. With a batch of 1 that is a
// call per row, which costs little in C and C++, and about 100 ns in Go.
//
// Parameters: batch 0 for 1,024. fn gets the rows for the duration of the call; it must not throw,
// unwind or longjmp, and may use any handle.
// Threads: any; fn is called on the thread that calls.
// Errors: as bp_column_scanner_scan(), and BP_ERR_STOPPED when fn returns something other than 0,
// which bp_error_callback_code() tells.
// Cost: as bp_column_scanner_scan().
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_column_scanner_stream(const bp_column_scanner *scanner,
                                   bp_str column,
                                   bp_op op,
                                   const bp_value *operands,
                                   size_t n,
                                   size_t batch,
                                   bp_rows_fn fn,
                                   void *ctx,
                                   bp_error **err);

// Tells what the scans of all scanners of the list of blocks did, this one's among them.
//
// Parameters: out.struct_size is set by the caller.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
// Cost: constant.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_column_scanner_stats(const bp_column_scanner *scanner,
                                  bp_scan_stats *out,
                                  bp_error **err);

// Gives back the blocks that this handle holds. Doing so again does nothing.
//
// Threads: any, while no other call on scanner is running.
// Cost: constant, and what it takes to free what nobody else holds.
// Since: 0.1
BP_API void bp_column_scanner_release(bp_column_scanner *scanner);

// Tells whether the scanner was released.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API bool bp_column_scanner_is_released(const bp_column_scanner *scanner);

// Frees a scanner. NULL is allowed.
//
// Threads: any.
// Since: 0.1
BP_API void bp_column_scanner_free(bp_column_scanner *scanner);

// ---- Rows of a block

// Makes a set of rows that the caller names, in any order and as often as they come.
//
// Parameters: n rows.
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT also for a row that the block does not
// have, BP_ERR_RELEASED.
// Cost: linear in n, and in the rows of the block / 64.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_row_set_new(const bp_blocks *blocks,
                         size_t block_index,
                         const uint32_t *rows,
                         size_t n,
                         bp_row_set **out,
                         bp_error **err);

// Makes the set of all rows of a block.
//
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED.
// Cost: constant.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_row_set_all(const bp_blocks *blocks,
                         size_t block_index,
                         bp_row_set **out,
                         bp_error **err);

// Counts the rows in the set; also after release.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API uint64_t bp_row_set_count(const bp_row_set *set);

// Counts the rows of the block, in the set or not; also after release.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API uint64_t bp_row_set_block_rows(const bp_row_set *set);

// Tells the index of the block in its list; also after release.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API size_t bp_row_set_block(const bp_row_set *set);

// Names the column whose scan gave the set; empty if the set came about otherwise.
//
// Valid until: free of set.
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API bp_str bp_row_set_column(const bp_row_set *set);

// Tells whether row is in the set; also after release.
//
// Threads: any.
// Cost: constant, or logarithmic in a set of few rows.
// Since: 0.1
BP_API bool bp_row_set_contains(const bp_row_set *set, uint32_t row);

// Copies rows of the set in ascending order, from the first that is not below from; also after
// release. To go on, call again with the last one plus 1.
//
// Parameters: out has room for cap rows.
// Threads: any.
// Errors: BP_DONE when there are none, BP_ERR_NULL_ARGUMENT.
// Cost: linear in the rows given.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_row_set_rows(const bp_row_set *set,
                          uint32_t from,
                          uint32_t *out,
                          size_t cap,
                          size_t *out_count,
                          bp_error **err);

// Copies the set as a bitmap: row r is bit r % 64, lowest first, of word r / 64; also after
// release. Words past the last row are zero, words that there is no room for are left out.
//
// Parameters: out has room for cap words; all rows need one for every 64 rows of the block.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT.
// Cost: linear in the words.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_row_set_words(const bp_row_set *set,
                           uint64_t *out,
                           size_t cap,
                           bp_error **err);

// Makes the set of rows that are in both sets.
//
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT if the sets are of different blocks.
// Cost: a pass over the bitmaps.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_row_set_and(const bp_row_set *a,
                         const bp_row_set *b,
                         bp_row_set **out,
                         bp_error **err);

// Makes the set of rows that are in one of the sets or in both.
//
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT if the sets are of different blocks.
// Cost: a pass over the bitmaps.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_row_set_or(const bp_row_set *a,
                        const bp_row_set *b,
                        bp_row_set **out,
                        bp_error **err);

// Makes the set of rows of a that are not in b.
//
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT if the sets are of different blocks.
// Cost: a pass over the bitmaps.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_row_set_minus(const bp_row_set *a,
                           const bp_row_set *b,
                           bp_row_set **out,
                           bp_error **err);

// Makes the set of rows of the block that are not in the set. That is more than the negated
// condition finds: rows without a value are in it, too.
//
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT.
// Cost: a pass over the bitmap.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_row_set_not(const bp_row_set *set,
                         bp_row_set **out,
                         bp_error **err);

// Makes the fields of one row, which need not be in the set.
//
// Ownership: the caller frees them; they keep the blocks on their own.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED.
// Cost: constant; nothing is read.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_row_set_fields(const bp_row_set *set,
                            uint32_t row,
                            bp_lazy_fields **out,
                            bp_error **err);

// Gives back the blocks that this handle holds. Doing so again does nothing. The rows stay.
//
// Threads: any, while no other call on set is running.
// Cost: constant, and what it takes to free what nobody else holds.
// Since: 0.1
BP_API void bp_row_set_release(bp_row_set *set);

// Tells whether the set was released.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API bool bp_row_set_is_released(const bp_row_set *set);

// Frees the set. NULL is allowed.
//
// Threads: any.
// Since: 0.1
BP_API void bp_row_set_free(bp_row_set *set);

// ---- Rows of a block, and the columns that matched

// Combines scans of one block: spans that at least one of the sets has, and by which.
//
// Parameters: n sets, each the result of a scan, all of one block.
// Ownership: the caller frees the matches; the sets stay.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
// Cost: a pass over the bitmaps; no memory per span.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_row_sets_or(const bp_row_set *const *sets,
                         size_t n,
                         bp_span_matches **out,
                         bp_error **err);

// Combines scans of one block: spans that all of the sets have.
//
// Parameters: n sets, each the result of a scan, all of one block.
// Ownership: the caller frees the matches; the sets stay.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
// Cost: a pass over the bitmaps; no memory per span.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_row_sets_and(const bp_row_set *const *sets,
                          size_t n,
                          bp_span_matches **out,
                          bp_error **err);

// Combines combinations: spans that at least one of them has.
//
// Parameters: n matches, all of one block.
// Ownership: the caller frees the new matches; the given ones stay.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
// Cost: a pass over the bitmaps; no memory per span.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_span_matches_or(const bp_span_matches *const *matches,
                             size_t n,
                             bp_span_matches **out,
                             bp_error **err);

// Combines combinations: spans that all of them have.
//
// Parameters: n matches, all of one block.
// Ownership: the caller frees the new matches; the given ones stay.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
// Cost: a pass over the bitmaps; no memory per span.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_span_matches_and(const bp_span_matches *const *matches,
                              size_t n,
                              bp_span_matches **out,
                              bp_error **err);

// Counts the spans; also after release.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API uint64_t bp_span_matches_count(const bp_span_matches *matches);

// Counts the columns that may have matched; also after release.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API size_t bp_span_matches_column_count(const bp_span_matches *matches);

// Names column number index; empty if there is none. Also after release.
//
// Valid until: free of matches.
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API bp_str bp_span_matches_column(const bp_span_matches *matches, size_t index);

// Tells whether row is among the spans; also after release.
//
// Threads: any.
// Cost: constant, or logarithmic in a set of few rows.
// Since: 0.1
BP_API bool bp_span_matches_contains(const bp_span_matches *matches, uint32_t row);

// Tells whether row is among the spans, and by column number index among others; also after
// release.
//
// Threads: any.
// Cost: as bp_span_matches_contains().
// Since: 0.1
BP_API
bool bp_span_matches_by_column(const bp_span_matches *matches,
                               uint32_t row,
                               size_t index);

// Copies rows in ascending order, from the first that is not below from, and the columns that
// each was matched by; also after release. To go on, call again with the last row plus 1.
//
// Parameters: out_rows has room for cap rows. out_masks may be NULL; otherwise it has room for cap
// masks, in which bit i stands for column i. Columns from 64 on are told by
// bp_span_matches_by_column().
// Threads: any.
// Errors: BP_DONE when there are none, BP_ERR_NULL_ARGUMENT.
// Cost: linear in the rows given, and with masks in rows times columns.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_span_matches_rows(const bp_span_matches *matches,
                               uint32_t from,
                               uint32_t *out_rows,
                               uint64_t *out_masks,
                               size_t cap,
                               size_t *out_count,
                               bp_error **err);

// Makes the set of the spans, without their columns.
//
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT.
// Cost: constant.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_span_matches_row_set(const bp_span_matches *matches,
                                  bp_row_set **out,
                                  bp_error **err);

// Makes the fields of one span, of which those are visible that its matching columns name, and
// those that always are: trace:id, span:id, span:parent_id, span:name, span:start, span:end,
// span:duration, span:status, span:kind, span:status_message and resource.service.name.
//
// Ownership: the caller frees them; they keep the blocks on their own.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED.
// Cost: linear in the columns; nothing is read.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_span_matches_fields(const bp_span_matches *matches,
                                 uint32_t row,
                                 bp_lazy_fields **out,
                                 bp_error **err);

// Gives back the blocks that this handle holds. Doing so again does nothing. The rows stay.
//
// Threads: any, while no other call on matches is running.
// Cost: constant, and what it takes to free what nobody else holds.
// Since: 0.1
BP_API void bp_span_matches_release(bp_span_matches *matches);

// Tells whether the matches were released.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API bool bp_span_matches_is_released(const bp_span_matches *matches);

// Frees the matches. NULL is allowed.
//
// Threads: any.
// Since: 0.1
BP_API void bp_span_matches_free(bp_span_matches *matches);

// ---- Spans of many blocks

// Makes a set of spans that the caller names, in any order and as often as they come.
//
// Parameters: n spans.
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT also for a span that does not exist,
// BP_ERR_RELEASED.
// Cost: sorts the spans.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_span_set_new(const bp_blocks *blocks,
                          const bp_span *spans,
                          size_t n,
                          bp_span_set **out,
                          bp_error **err);

// Makes a set of sets of rows: the spans that any of them has.
//
// Parameters: n sets of blocks of the list, in any order, several of one block if need be.
// Ownership: the caller frees the set; the given ones stay.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT if a set is of a block that is not at its
// index in the list, BP_ERR_RELEASED.
// Cost: a pass over the bitmaps.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_span_set_of_rows(const bp_blocks *blocks,
                              const bp_row_set *const *sets,
                              size_t n,
                              bp_span_set **out,
                              bp_error **err);

// Makes the set of all spans of a list of blocks.
//
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED.
// Cost: linear in the blocks.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_span_set_all(const bp_blocks *blocks,
                          bp_span_set **out,
                          bp_error **err);

// Finds the spans of one trace in a file.
//
// Parameters: trace_id as bytes, 16 in valid OTLP.
// Ownership: the caller frees the set. It is over a list of the blocks that have spans of the
// trace, one as a rule, which bp_span_set_blocks() gives.
// Threads: any.
// Errors: BP_ABSENT, without a set, if the file does not have the trace; BP_ERR_NULL_ARGUMENT,
// BP_ERR_IO, BP_ERR_SHORT_READ, BP_ERR_CALLBACK, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: a look into the file's index, and reading the directories of those blocks.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_reader_trace(const bp_reader *reader,
                          bp_bytes trace_id,
                          bp_span_set **out,
                          bp_error **err);

// Gives the list of blocks that the set is over.
//
// Ownership: the caller frees the list.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED.
// Cost: constant.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_span_set_blocks(const bp_span_set *set,
                             bp_blocks **out,
                             bp_error **err);

// Counts the spans of the set; also after release.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API uint64_t bp_span_set_count(const bp_span_set *set);

// Tells whether a span is in the set; also after release.
//
// Threads: any.
// Cost: constant, or logarithmic in a set of few rows.
// Since: 0.1
BP_API bool bp_span_set_contains(const bp_span_set *set, bp_span span);

// Copies the places of spans, from number first on; also after release.
//
// Parameters: out has room for cap spans.
// Threads: any.
// Errors: BP_DONE when there is no span first, BP_ERR_NULL_ARGUMENT.
// Cost: linear in the spans given, and in the blocks.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_span_set_spans(const bp_span_set *set,
                            uint64_t first,
                            bp_span *out,
                            size_t cap,
                            size_t *out_count,
                            bp_error **err);

// Copies the ids of spans, from number first on.
//
// Parameters: out has room for cap spans.
// Threads: any.
// Errors: BP_DONE when there is no span first, BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED,
// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: linear in the spans given, and in the blocks.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_span_set_ids(const bp_span_set *set,
                          uint64_t first,
                          bp_span_ids *out,
                          size_t cap,
                          size_t *out_count,
                          bp_error **err);

// Reads fields of many spans at once: of count spans from number first on, the values of columns,
// row by row, absent where a span has no such field.
//
// Parameters: out has room for out_len values, count times the number of columns.
// Valid until: release or free of set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT also if the set has fewer spans,
// BP_ERR_RELEASED, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: linear in the values, and in the blocks.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_span_set_values(const bp_span_set *set,
                             uint64_t first,
                             size_t count,
                             const bp_columns *columns,
                             bp_value *out,
                             size_t out_len,
                             bp_error **err);

// Makes the fields of span number index of the set.
//
// Ownership: the caller frees them; they keep the blocks on their own.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED.
// Cost: linear in the blocks; nothing is read.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_span_set_fields(const bp_span_set *set,
                             uint64_t index,
                             bp_lazy_fields **out,
                             bp_error **err);

// Makes the set of the rows of one block.
//
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED.
// Cost: linear in the rows / 64.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_span_set_row_set(const bp_span_set *set,
                              size_t block_index,
                              bp_row_set **out,
                              bp_error **err);

// Makes the set of spans that are in both sets.
//
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT if the sets are over different blocks.
// Cost: a pass over the bitmaps.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_span_set_and(const bp_span_set *a,
                          const bp_span_set *b,
                          bp_span_set **out,
                          bp_error **err);

// Makes the set of spans that are in one of the sets or in both.
//
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT if the sets are over different blocks.
// Cost: a pass over the bitmaps.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_span_set_or(const bp_span_set *a,
                         const bp_span_set *b,
                         bp_span_set **out,
                         bp_error **err);

// Makes the set of spans of a that are not in b.
//
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT if the sets are over different blocks.
// Cost: a pass over the bitmaps.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_span_set_minus(const bp_span_set *a,
                            const bp_span_set *b,
                            bp_span_set **out,
                            bp_error **err);

// Makes the set of spans of the blocks that are not in the set.
//
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT.
// Cost: a pass over the bitmaps.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_span_set_not(const bp_span_set *set,
                          bp_span_set **out,
                          bp_error **err);

// Gives back the blocks that this handle holds. Doing so again does nothing. The places stay.
//
// Threads: any, while no other call on set is running.
// Cost: constant, and what it takes to free what nobody else holds.
// Since: 0.1
BP_API void bp_span_set_release(bp_span_set *set);

// Tells whether the set was released.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API bool bp_span_set_is_released(const bp_span_set *set);

// Frees the set. NULL is allowed.
//
// Threads: any.
// Since: 0.1
BP_API void bp_span_set_free(bp_span_set *set);

// ---- Spans as OTLP

// Gives spans as OTLP: all that was sent of each, with its resource and its scope. Which request a span
// came in is not kept. With bp_reader_trace() it gives a whole trace, to a viewer or to another store.
//
// Parameters: format is one of BP_OTLP_...
// Ownership: the caller frees the buffer, which needs neither set nor blocks.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED, BP_ERR_IO,
// BP_ERR_SHORT_READ, BP_ERR_CALLBACK, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: linear in what the spans hold, in time and memory; reads all columns of their blocks.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_span_set_otlp(const bp_span_set *set,
                           bp_otlp_format format,
                           bp_buffer **out,
                           bp_error **err);

// Gives the bytes.
//
// Valid until: free of buffer.
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API bp_bytes bp_buffer_bytes(const bp_buffer *buffer);

// Frees the buffer. NULL is allowed.
//
// Threads: any.
// Since: 0.1
BP_API void bp_buffer_free(bp_buffer *buffer);

// ---- Names of fields

// Makes an empty list of names.
//
// Ownership: the caller frees it.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT.
// Cost: constant.
// Since: 0.1
BP_MUST_USE BP_API bp_status bp_columns_new(bp_columns **out, bp_error **err);

// Adds a name behind the others. The list is closed once it is used.
//
// Threads: one at a time.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_PARSE with the position,
// BP_ERR_STATE if the list was used already.
// Cost: linear in the name.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_columns_add(bp_columns *columns,
                         bp_str name,
                         bp_error **err);

// Counts the names.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API size_t bp_columns_len(const bp_columns *columns);

// Frees a list of names. NULL is allowed.
//
// Threads: any.
// Since: 0.1
BP_API void bp_columns_free(bp_columns *columns);

// ---- The fields of a span

// Makes the fields of one span: row of block block_index of the list.
//
// Ownership: the caller frees it. It keeps the blocks until it is released or freed.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED.
// Cost: constant; nothing is read.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_lazy_fields_new(const bp_blocks *blocks,
                             size_t block_index,
                             uint32_t row,
                             bp_lazy_fields **out,
                             bp_error **err);

// Points a handle at another span, which saves making one for each; also after release. The
// cursor starts over, and all fields are visible.
//
// Threads: one at a time.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED if blocks is; then the
// handle is as before.
// Cost: constant; nothing is allocated.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_lazy_fields_seek(bp_lazy_fields *fields,
                              const bp_blocks *blocks,
                              size_t block_index,
                              uint32_t row,
                              bp_error **err);

// Gives the value of one field.
//
// Parameters: name in any accepted spelling, see bp_columns.
// Valid until: release, seek, detach or free of fields.
// Threads: any.
// Errors: BP_ABSENT if the span has no such field, with an absent value; BP_ERR_NULL_ARGUMENT,
// BP_ERR_PARSE, BP_ERR_RELEASED, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: constant, of childCount as the children are many, of nested-set numbers as the span is deep.
// The first use of a column is linear in the column, which is checked, and fetched or decoded if it
// has to be; of one that few spans have, up to 4 bytes for each value are kept. Three times in the life of a
// block it is linear in the block: at the first event that is looked for, likewise at the first link,
// when the block keeps three bits for each of its spans and 4 bytes for each that has any; and at the
// first nested-set number of a span below 64 others, when it keeps 4 bytes for each of its spans. Else
// nothing is allocated unless the name has quotes inside of its key.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_lazy_fields_get(const bp_lazy_fields *fields,
                             bp_str name,
                             bp_value *out,
                             bp_error **err);

// Gives the values of many fields at once, absent where the span has no such field.
//
// Parameters: out has room for len values, one for each of the columns.
// Valid until: release, seek, detach or free of fields.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED, BP_ERR_CORRUPT,
// BP_ERR_CHECKSUM.
// Cost: as bp_lazy_fields_get() for each of the columns.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_lazy_fields_get_many(const bp_lazy_fields *fields,
                                  const bp_columns *columns,
                                  bp_value *out,
                                  size_t len,
                                  bp_error **err);

// Gives the next fields, up to cap of them: what every span has, then the attributes of span,
// resource and instrumentation scope, then event by event and link by link what each has; item of
// the value tells of which event or link.
//
// Parameters: out has room for cap fields.
// Valid until: release, seek, detach or free of fields; not only until the next call.
// Threads: one at a time.
// Errors: BP_DONE with no fields at the end, from then on until rewind; BP_ERR_NULL_ARGUMENT,
// BP_ERR_RELEASED, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: linear in the fields of the span. Nothing is allocated but at the first use of a column, event
// or link of the block: see bp_lazy_fields_get().
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_lazy_fields_next(bp_lazy_fields *fields,
                              bp_field *out,
                              size_t cap,
                              size_t *out_count,
                              bp_error **err);

// Lets next begin at the first field again.
//
// Threads: one at a time.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED.
// Cost: constant.
// Since: 0.1
BP_MUST_USE BP_API bp_status bp_lazy_fields_rewind(bp_lazy_fields *fields, bp_error **err);

// Copies the visible fields and lets the blocks go: the handle answers as before, from the copy, in
// which each name is looked for among all fields. The cursor starts over. Doing so again does nothing.
//
// Threads: one at a time.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: linear in the fields of the span.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_lazy_fields_detach(bp_lazy_fields *fields,
                                bp_error **err);

// Tells where the span is in the list of blocks; also after release.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API bp_span bp_lazy_fields_span(const bp_lazy_fields *fields);

// Gives back the blocks that this handle holds, or its copy. Doing so again does nothing. From
// now on, get, get_many, next, rewind and detach answer BP_ERR_RELEASED.
//
// Threads: any, while no other call on fields is running.
// Cost: constant, and what it takes to free what nobody else holds.
// Since: 0.1
BP_API void bp_lazy_fields_release(bp_lazy_fields *fields);

// Tells whether the fields were released.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API bool bp_lazy_fields_is_released(const bp_lazy_fields *fields);

// Frees the fields. NULL is allowed.
//
// Threads: any.
// Since: 0.1
BP_API void bp_lazy_fields_free(bp_lazy_fields *fields);

// ---- Fields of many spans, as arrays

// Makes an empty matrix.
//
// Ownership: the caller frees it.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT.
// Cost: constant.
// Since: 0.1
BP_MUST_USE BP_API bp_status bp_matrix_new(bp_matrix **out, bp_error **err);

// Puts the values of columns in the place of what the matrix held: those of count spans of set, from
// number first on. Fewer than count if the set has no more.
//
// Ownership: the values are copies; set may be released or freed.
// Threads: one at a time.
// Errors: BP_DONE when there is no span first; BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED,
// BP_ERR_CORRUPT, BP_ERR_CHECKSUM. Then the matrix is empty.
// Cost: linear in the values, and in the blocks.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_matrix_fill(bp_matrix *matrix,
                         const bp_span_set *set,
                         uint64_t first,
                         size_t count,
                         const bp_columns *columns,
                         bp_error **err);

// Counts the spans of the matrix.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API size_t bp_matrix_len(const bp_matrix *matrix);

// Gives the values of the column whose name was number index of the columns.
//
// Valid until: the next fill, or free of matrix.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
// Cost: constant.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_matrix_column(const bp_matrix *matrix,
                           size_t index,
                           bp_column_values *out,
                           bp_error **err);

// Frees the matrix. NULL is allowed.
//
// Threads: any.
// Since: 0.1
BP_API void bp_matrix_free(bp_matrix *matrix);

// ---- Memory

// Tells what memory the library holds in this process.
//
// Parameters: out.struct_size is set by the caller.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
// Cost: linear in the threads that used the library at the same time.
// Since: 0.1
BP_MUST_USE BP_API bp_status bp_memory(bp_memory_stats *out, bp_error **err);

// Lets the peak of bp_memory() begin anew, from what is held at present.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API void bp_memory_reset_peak(void);

// Gives memory that is kept for later back to the system: that for joining traces, and that of freed
// handles: what all threads share and what the calling thread keeps at once, what another thread
// keeps when it next makes or frees a handle, or ends. What lists keep is for bp_blocks_trim().
//
// Threads: any.
// Cost: linear in the memory kept.
// Since: 0.1
BP_API
void bp_memory_trim(void);

// Tells what memory a list of blocks holds. Blocks that other lists have, too, count in each.
//
// Parameters: out.struct_size is set by the caller.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED.
// Cost: linear in the blocks of the list.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_blocks_memory(const bp_blocks *blocks,
                           bp_blocks_memory_stats *out,
                           bp_error **err);

// Gives the buffers of scans and the arrays of graphs back to the system that the list keeps for the
// next ones; after release, the buffers alone.
//
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT.
// Cost: linear in what is kept.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_blocks_trim(const bp_blocks *blocks,
                         bp_error **err);

// ---- Trace graphs

// Builds the graphs of traces: of all traces in the blocks, or of those that have a span in spans.
// A trace is one graph whether it lies in one block or in several.
//
// Parameters: spans may be NULL for all traces; otherwise it is over the same list.
// Ownership: the caller frees the graphs. They keep the blocks until they are released or freed.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED, BP_ERR_CORRUPT,
// BP_ERR_CHECKSUM.
// Cost: a few nanoseconds a span; 12 bytes a span (20 of traces in several blocks) and 40 a trace.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_trace_graphs_build(const bp_blocks *blocks,
                                const bp_span_set *spans,
                                bp_trace_graphs **out,
                                bp_error **err);

// Counts the traces; also after release.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API size_t bp_trace_graphs_len(const bp_trace_graphs *graphs);

// Counts the spans of all traces; also after release.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API uint64_t bp_trace_graphs_span_count(const bp_trace_graphs *graphs);

// Makes a handle on one graph of many.
//
// Ownership: the caller frees the graph. It keeps all of the graphs and their blocks on its own.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED.
// Cost: constant.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_trace_graphs_get(const bp_trace_graphs *graphs,
                              size_t index,
                              bp_trace_graph **out,
                              bp_error **err);

// Gives back graphs and blocks that this handle holds. Doing so again does nothing. Memory of graphs,
// 64 MiB at most, is kept for the next graphs of the list while that lives; bp_blocks_trim() frees it.
//
// Threads: any, while no other call on graphs is running.
// Cost: constant, and what it takes to free what nobody else holds.
// Since: 0.1
BP_API
void bp_trace_graphs_release(bp_trace_graphs *graphs);

// Tells whether the graphs were released.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API bool bp_trace_graphs_is_released(const bp_trace_graphs *graphs);

// Frees the graphs. NULL is allowed.
//
// Threads: any.
// Since: 0.1
BP_API void bp_trace_graphs_free(bp_trace_graphs *graphs);

// Counts the spans of the trace; also after release.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API size_t bp_trace_graph_len(const bp_trace_graph *graph);

// Tells what the graph is like.
//
// Parameters: out.struct_size is set by the caller.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED, BP_ERR_CORRUPT,
// BP_ERR_CHECKSUM.
// Cost: linear in the spans.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_trace_graph_info(const bp_trace_graph *graph,
                              bp_trace_info *out,
                              bp_error **err);

// Gives the parents of all nodes, BP_NO_PARENT where there is none.
//
// Valid until: release or free of graph.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED.
// Cost: constant.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_trace_graph_parents(const bp_trace_graph *graph,
                                 bp_u32s *out,
                                 bp_error **err);

// Gives the depths of all nodes, 0 where there is no parent.
//
// Valid until: release or free of graph.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED.
// Cost: constant.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_trace_graph_depths(const bp_trace_graph *graph,
                                bp_u32s *out,
                                bp_error **err);

// Gives the number of descendants of all nodes. A node's first child, if it has any, is the node
// behind it, and a child's next sibling is the node behind the child's descendants.
//
// Valid until: release or free of graph.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED.
// Cost: constant.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_trace_graph_descendants(const bp_trace_graph *graph,
                                     bp_u32s *out,
                                     bp_error **err);

// Copies nodes, from number first on.
//
// Parameters: out has room for cap nodes.
// Threads: any.
// Errors: BP_DONE when there is no node first, BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED.
// Cost: linear in the nodes given.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_trace_graph_nodes(const bp_trace_graph *graph,
                               size_t first,
                               bp_trace_node *out,
                               size_t cap,
                               size_t *out_count,
                               bp_error **err);

// Finds the node of a span.
//
// Threads: any.
// Errors: BP_ABSENT if the span is not of this trace, BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED.
// Cost: constant where the trace lies in one block, else linear in its spans.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_trace_graph_find(const bp_trace_graph *graph,
                              bp_span span,
                              uint32_t *out_node,
                              bp_error **err);

// Makes the fields of a node's span.
//
// Ownership: the caller frees them; they keep the blocks on their own.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED.
// Cost: constant; nothing is read.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_trace_graph_fields(const bp_trace_graph *graph,
                                uint32_t node,
                                bp_lazy_fields **out,
                                bp_error **err);

// Reads fields of many nodes at once: of count nodes from number first on, the values of columns,
// row by row, absent where a span has no such field.
//
// Parameters: out has room for out_len values, count times the number of columns.
// Valid until: release or free of graph.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT also if the trace has fewer spans,
// BP_ERR_RELEASED, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: linear in the values.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_trace_graph_values(const bp_trace_graph *graph,
                                size_t first,
                                size_t count,
                                const bp_columns *columns,
                                bp_value *out,
                                size_t out_len,
                                bp_error **err);

// Gives back graphs and blocks that this handle holds. Doing so again does nothing.
//
// Threads: any, while no other call on graph is running.
// Cost: constant, and what it takes to free what nobody else holds.
// Since: 0.1
BP_API void bp_trace_graph_release(bp_trace_graph *graph);

// Tells whether the graph was released.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API bool bp_trace_graph_is_released(const bp_trace_graph *graph);

// Frees the graph. NULL is allowed.
//
// Threads: any.
// Since: 0.1
BP_API void bp_trace_graph_free(bp_trace_graph *graph);

// Copies the children of a node, by start, without the first skip of them.
//
// Parameters: out has room for cap nodes.
// Threads: any.
// Errors: BP_DONE when there are none, BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT,
// BP_ERR_RELEASED.
// Cost: linear in the children up to the last one given.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_trace_graph_children(const bp_trace_graph *graph,
                                  uint32_t node,
                                  size_t skip,
                                  uint32_t *out,
                                  size_t cap,
                                  size_t *out_count,
                                  bp_error **err);

// Copies the nodes whose spans name no parent, by start, without the first skip of them.
//
// Parameters: out has room for cap nodes.
// Threads: any.
// Errors: BP_DONE when there are none, BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED.
// Cost: linear in the roots up to the last one given.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_trace_graph_roots(const bp_trace_graph *graph,
                               size_t skip,
                               uint32_t *out,
                               size_t cap,
                               size_t *out_count,
                               bp_error **err);

// Copies the nodes without a parent whose spans name one (a span that is not there, the span itself,
// or a descendant where a ring was cut), by start, without the first skip of them.
//
// Parameters: out has room for cap nodes.
// Threads: any.
// Errors: BP_DONE when there are none, BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED.
// Cost: linear in the orphans up to the last one given.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_trace_graph_orphans(const bp_trace_graph *graph,
                                 size_t skip,
                                 uint32_t *out,
                                 size_t cap,
                                 size_t *out_count,
                                 bp_error **err);

// ---- Traces in brief

// Copies the summaries of many traces, from graph number first on.
//
// Parameters: out has room for cap summaries.
// Valid until: release or free of graphs, for the texts in the summaries.
// Threads: any.
// Errors: BP_DONE when there is no graph first, BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED,
// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: linear in the spans of these traces, and once a call in the resources of their blocks.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_trace_graphs_summaries(const bp_trace_graphs *graphs,
                                    size_t first,
                                    bp_trace_summary *out,
                                    size_t cap,
                                    size_t *out_count,
                                    bp_error **err);

// Copies the services that took part in a trace, by their number of spans, most first, without the
// first skip of them.
//
// Parameters: out has room for cap services.
// Valid until: release or free of graph, for the names.
// Threads: any.
// Errors: BP_DONE when there are none, BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED, BP_ERR_CORRUPT,
// BP_ERR_CHECKSUM.
// Cost: linear in the spans.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_trace_graph_services(const bp_trace_graph *graph,
                                  size_t skip,
                                  bp_trace_service *out,
                                  size_t cap,
                                  size_t *out_count,
                                  bp_error **err);

// Copies when and where the spans of nodes ran, from node number first on.
//
// Parameters: out has room for cap timings.
// Valid until: release or free of graph, for the names of the services.
// Threads: any.
// Errors: BP_DONE when there is no node first, BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED,
// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: linear in the timings given, and once a call in the resources of the trace's blocks.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_trace_graph_timings(const bp_trace_graph *graph,
                                 size_t first,
                                 bp_trace_timing *out,
                                 size_t cap,
                                 size_t *out_count,
                                 bp_error **err);

// Copies the critical path of a node in order of time, without the first skip of its segments. They
// fill the span's time from start to end without gaps: a span's time is its own but for the time of
// the child that ended last, before that child began but for the one that had ended last then, and
// so on; a child's time is shared out in the same way. Of a child that begins before its parent or
// ends after it counts what is inside.
//
// Parameters: node is a node or BP_MAIN_NODE. out has room for cap segments; twice as many as the
// trace has spans are always enough.
// Threads: any.
// Errors: BP_DONE when there are none, BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT,
// BP_ERR_RELEASED, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: n log n for n spans below the node, and once a call linear in the resources of the trace's
// blocks.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_trace_graph_critical_path(const bp_trace_graph *graph,
                                       uint32_t node,
                                       size_t skip,
                                       bp_path_segment *out,
                                       size_t cap,
                                       size_t *out_count,
                                       bp_error **err);

// Tells how deep and how wide the traces are: in all, and how many spans have 0, 1, 2 and so on spans
// above them, or children.
//
// Parameters: shape.struct_size is set by the caller. out_by_depth and out_by_children have room for
// depths and children counts and may be NULL if that is 0; what there is room for beyond
// shape.max_depth and shape.max_children is 0.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED.
// Cost: linear in the spans.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_trace_graphs_shape(const bp_trace_graphs *graphs,
                                bp_tree_shape *shape,
                                uint64_t *out_by_depth,
                                size_t depths,
                                uint64_t *out_by_children,
                                size_t children,
                                bp_error **err);

// ---- Calls between services

// Finds the calls between services in all these traces.
//
// Ownership: the caller frees the graph; it needs neither graphs nor blocks.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: some ten nanoseconds a span, and 8 bytes a call.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_trace_graphs_service_graph(const bp_trace_graphs *graphs,
                                        bp_service_graph **out,
                                        bp_error **err);

// Counts the edges: pairs of services of which one calls the other.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API size_t bp_service_graph_len(const bp_service_graph *graph);

// Copies edges, by name of the caller, then of the callee, from number first on.
//
// Parameters: out has room for cap edges.
// Valid until: free of graph, for the names.
// Threads: any.
// Errors: BP_DONE when there is no edge first, BP_ERR_NULL_ARGUMENT.
// Cost: linear in the edges given.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_service_graph_edges(const bp_service_graph *graph,
                                 size_t first,
                                 bp_service_edge *out,
                                 size_t cap,
                                 size_t *out_count,
                                 bp_error **err);

// Copies the names of all services that have spans in the traces' blocks, from number first on. The
// first is empty and stands for spans without one.
//
// Parameters: out has room for cap names.
// Valid until: free of graph.
// Threads: any.
// Errors: BP_DONE when there is no service first, BP_ERR_NULL_ARGUMENT.
// Cost: linear in the names given.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_service_graph_services(const bp_service_graph *graph,
                                    size_t first,
                                    bp_str *out,
                                    size_t cap,
                                    size_t *out_count,
                                    bp_error **err);

// Gives durations that fractions of an edge's calls do not exceed: those of the nearest rank.
//
// Parameters: fractions are count numbers from 0 to 1, out_ns has room for as many durations.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
// Cost: linear in count.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_service_graph_quantiles(const bp_service_graph *graph,
                                     size_t edge,
                                     const double *fractions,
                                     size_t count,
                                     uint64_t *out_ns,
                                     bp_error **err);

// Frees the graph. NULL is allowed.
//
// Threads: any.
// Since: 0.1
BP_API void bp_service_graph_free(bp_service_graph *graph);

// ---- Relations between spans

// Makes the set of spans that result from left op right, over all traces of the list at once,
// whether a trace lies in one block or in several.
//
// Parameters: left and right are over one list of blocks; flags are BP_STRUCTURAL_ROOTED_ONLY or 0.
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED if left was released,
// BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: about a nanosecond for each span of the list. The first call for a list looks for traces
// that lie in several blocks.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_span_set_structural(const bp_span_set *left,
                                 bp_structural_op op,
                                 const bp_span_set *right,
                                 uint32_t flags,
                                 bp_span_set **out,
                                 bp_error **err);

// ---- Limits

// Makes a flag that is not set.
//
// Ownership: the caller frees it.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT.
// Cost: constant.
// Since: 0.1
BP_MUST_USE BP_API bp_status bp_cancel_new(bp_cancel **out, bp_error **err);

// Sets the flag for good: what was given it ends with BP_ERR_CANCELLED, soon.
//
// Threads: any, also while calls that were given it are running.
// Cost: constant.
// Since: 0.1
BP_API void bp_cancel_trigger(const bp_cancel *cancel);

// Tells whether the flag was set.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API bool bp_cancel_is_triggered(const bp_cancel *cancel);

// Frees the flag. NULL is allowed.
//
// Threads: any.
// Since: 0.1
BP_API void bp_cancel_free(bp_cancel *cancel);

// Makes a budget.
//
// Parameters: limit in bytes.
// Ownership: the caller frees it.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT.
// Cost: constant.
// Since: 0.1
BP_MUST_USE BP_API bp_status bp_budget_new(uint64_t limit, bp_budget **out, bp_error **err);

// Tells the most bytes to use at a time.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API uint64_t bp_budget_limit(const bp_budget *budget);

// Tells how many bytes are used now.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API uint64_t bp_budget_used(const bp_budget *budget);

// Tells the most bytes that were used at a time, what was refused included.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API uint64_t bp_budget_peak(const bp_budget *budget);

// Frees the budget. NULL is allowed.
//
// Threads: any.
// Since: 0.1
BP_API void bp_budget_free(bp_budget *budget);

// ---- Queries

// Reads a query and checks that it makes sense.
//
// Parameters: text in TraceQL.
// Ownership: the caller frees the query.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT; BP_ERR_PARSE for what is not TraceQL, BP_ERR_TYPE for operands that do
// not fit together, BP_ERR_UNSUPPORTED for what cannot be answered, each with the position;
// BP_ERR_LIMIT for a text that is too long, BP_ERR_DEPTH for one that is nested too deep.
// Cost: linear in the text.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_query_compile(bp_str text,
                           bp_query **out,
                           bp_error **err);

// Gives the query in one spelling: queries that mean the same by their structure read the same.
//
// Valid until: free of query.
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API bp_str bp_query_text(const bp_query *query);

// Tells what the query gives: BP_QUERY_SPANS or BP_QUERY_SERIES; 0 if query is none.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API uint32_t bp_query_kind(const bp_query *query);

// Says how a query would be answered, without running it.
//
// Ownership: the caller frees the explanation.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT.
// Cost: linear in the query.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_query_explain(const bp_query *query,
                           bp_explanation **out,
                           bp_error **err);

// Frees the query. NULL is allowed.
//
// Threads: any.
// Since: 0.1
BP_API void bp_query_free(bp_query *query);

// ---- How queries are answered

// Gives the explanation for people, a part a line.
//
// Valid until: free of explanation.
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API bp_str bp_explanation_text(const bp_explanation *explanation);

// Counts the parts.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API size_t bp_explanation_len(const bp_explanation *explanation);

// Copies the parts from part number first on.
//
// Parameters: out has room for cap parts.
// Valid until: free of explanation, for the texts in the parts.
// Threads: any.
// Errors: BP_DONE when there is no part first, BP_ERR_NULL_ARGUMENT.
// Cost: linear in the parts given.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_explanation_parts(const bp_explanation *explanation,
                               size_t first,
                               bp_query_part *out,
                               size_t cap,
                               size_t *out_count,
                               bp_error **err);

// Tells more of part number part: the series that came of it, what its scans read, and why they left
// blocks out.
//
// Parameters: out.struct_size is set by the caller.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT also when there is no such part.
// Cost: constant.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_explanation_part_details(const bp_explanation *explanation,
                                      size_t part,
                                      bp_part_details *out,
                                      bp_error **err);

// Frees the explanation. NULL is allowed.
//
// Threads: any.
// Since: 0.1
BP_API void bp_explanation_free(bp_explanation *explanation);

// ---- Searches

// Starts a search of blocks, which may come from several files and from builders: a trace that lies in
// several of them is one. Nothing is searched yet.
//
// Parameters: options may be NULL.
// Ownership: the caller frees the cursor, which keeps what it needs; blocks and query may go before it.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT also for a query that makes series and for
// a time that ends before it begins, BP_ERR_RELEASED, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: the first search of a list of blocks looks which of them share traces: linear in the traces.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_cursor_new(const bp_query *query,
                        const bp_blocks *blocks,
                        const bp_search_options *options,
                        bp_cursor **out,
                        bp_error **err);

// Searches on, and gives the next traces that match.
//
// Parameters: max_traces is the most to give; what was found together if 0.
// Ownership: the caller frees the set, which does not depend on the cursor.
// Threads: one at a time; bp_cancel_trigger() meanwhile on any.
// Errors: BP_DONE, without a set, when there are no more; BP_ERR_NULL_ARGUMENT, BP_ERR_CANCELLED also
// when the time is up, BP_ERR_BUDGET, BP_ERR_IO, BP_ERR_SHORT_READ, BP_ERR_CALLBACK, BP_ERR_CORRUPT,
// BP_ERR_CHECKSUM. After an error there is nothing more.
// Cost: searches blocks until something is found.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_cursor_next(bp_cursor *cursor,
                         size_t max_traces,
                         bp_match_set **out,
                         bp_error **err);

// Tells what the search took so far.
//
// Parameters: out.struct_size is set by the caller.
// Threads: any, while no other call on cursor is running.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
// Cost: constant.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_cursor_stats(const bp_cursor *cursor,
                          bp_search_stats *out,
                          bp_error **err);

// Says how the query is answered, and what its parts did so far.
//
// Ownership: the caller frees the explanation.
// Threads: any, while no other call on cursor is running.
// Errors: BP_ERR_NULL_ARGUMENT.
// Cost: linear in the query.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_cursor_explain(const bp_cursor *cursor,
                            bp_explanation **out,
                            bp_error **err);

// Frees the cursor. NULL is allowed.
//
// Threads: any.
// Since: 0.1
BP_API void bp_cursor_free(bp_cursor *cursor);

// Finds all spans that match, as a set; no traces are put together.
//
// Parameters: options may be NULL; their limit and spans_per_spanset do not count.
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT also for a query that makes series and for
// a time that ends before it begins, BP_ERR_RELEASED, BP_ERR_CANCELLED also when the time is up,
// BP_ERR_BUDGET, BP_ERR_IO, BP_ERR_SHORT_READ, BP_ERR_CALLBACK, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: searches all blocks.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_query_spans(const bp_query *query,
                         const bp_blocks *blocks,
                         const bp_search_options *options,
                         bp_span_set **out,
                         bp_error **err);

// ---- What searches find

// Counts the traces; also after release.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API size_t bp_match_set_len(const bp_match_set *set);

// Counts the spansets of all traces together; also after release.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API size_t bp_match_set_spanset_count(const bp_match_set *set);

// Counts the spans that are given of all spansets together; also after release.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API size_t bp_match_set_span_count(const bp_match_set *set);

// Counts the services of all traces together; also after release.
//
// Threads: any.
// Cost: linear in the traces.
// Since: 0.1
BP_API size_t bp_match_set_service_count(const bp_match_set *set);

// Counts the attributes of all spansets together; also after release.
//
// Threads: any.
// Cost: linear in the spansets.
// Since: 0.1
BP_API size_t bp_match_set_attribute_count(const bp_match_set *set);

// Copies traces, from number first on; also after release.
//
// Parameters: out has room for cap traces.
// Valid until: free of set, for the texts in the traces.
// Threads: any.
// Errors: BP_DONE when there is no trace first, BP_ERR_NULL_ARGUMENT.
// Cost: linear in the traces given.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_match_set_traces(const bp_match_set *set,
                              size_t first,
                              bp_trace_match *out,
                              size_t cap,
                              size_t *out_count,
                              bp_error **err);

// Copies services of the traces, from number first on; also after release. Those of a trace stand
// together, by their number of spans, most first.
//
// Parameters: out has room for cap services.
// Valid until: free of set, for the names.
// Threads: any.
// Errors: BP_DONE when there is no service first, BP_ERR_NULL_ARGUMENT.
// Cost: linear in the services up to the last one given.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_match_set_services(const bp_match_set *set,
                                size_t first,
                                bp_trace_service *out,
                                size_t cap,
                                size_t *out_count,
                                bp_error **err);

// Copies spansets, from number first on; also after release.
//
// Parameters: out has room for cap spansets.
// Threads: any.
// Errors: BP_DONE when there is no spanset first, BP_ERR_NULL_ARGUMENT.
// Cost: linear in the spansets given.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_match_set_spansets(const bp_match_set *set,
                                size_t first,
                                bp_spanset *out,
                                size_t cap,
                                size_t *out_count,
                                bp_error **err);

// Copies attributes of the spansets, from number first on: values of by() and of aggregates under their
// texts, as "by(resource.service.name)" and "count()"; also after release.
//
// Parameters: out has room for cap fields.
// Valid until: free of set.
// Threads: any.
// Errors: BP_DONE when there is no attribute first, BP_ERR_NULL_ARGUMENT.
// Cost: linear in the attributes up to the last one given.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_match_set_attributes(const bp_match_set *set,
                                  size_t first,
                                  bp_field *out,
                                  size_t cap,
                                  size_t *out_count,
                                  bp_error **err);

// Copies ids and places of spans, from number first on; also after release.
//
// Parameters: out has room for cap spans.
// Threads: any.
// Errors: BP_DONE when there is no span first, BP_ERR_NULL_ARGUMENT.
// Cost: linear in the spans given.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_match_set_spans(const bp_match_set *set,
                             size_t first,
                             bp_span_ids *out,
                             size_t cap,
                             size_t *out_count,
                             bp_error **err);

// Gives the names of the fields that the query selects or mentions, without the first skip of them;
// also after release.
//
// Parameters: out has room for cap names.
// Valid until: free of set.
// Threads: any.
// Errors: BP_DONE when there are none, BP_ERR_NULL_ARGUMENT.
// Cost: linear in the names given.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_match_set_fields(const bp_match_set *set,
                              size_t skip,
                              bp_str *out,
                              size_t cap,
                              size_t *out_count,
                              bp_error **err);

// Reads fields of many spans at once: of count spans from number first on, the values of columns, or
// of the fields that bp_match_set_fields() names; row by row, absent where a span has no such field.
// Of the latter, those that depend on a trace (trace:duration and the like) are of the whole trace
// also if it lies in several blocks.
//
// Parameters: columns may be NULL; out has room for out_len values, count times the number of fields.
// Valid until: release or free of set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT also if the set has fewer spans,
// BP_ERR_RELEASED, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: linear in the values.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_match_set_values(const bp_match_set *set,
                              size_t first,
                              size_t count,
                              const bp_columns *columns,
                              bp_value *out,
                              size_t out_len,
                              bp_error **err);

// Makes the set of the spans that are given, over the blocks that were searched.
//
// Ownership: the caller frees the set.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_RELEASED.
// Cost: sorts the spans.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_match_set_span_set(const bp_match_set *set,
                                bp_span_set **out,
                                bp_error **err);

// Gives back the blocks that this handle holds. Doing so again does nothing. What is not read from
// them stays.
//
// Threads: any, while no other call on set is running.
// Cost: constant, and what it takes to free what nobody else holds.
// Since: 0.1
BP_API void bp_match_set_release(bp_match_set *set);

// Tells whether the set was released.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API bool bp_match_set_is_released(const bp_match_set *set);

// Frees the set. NULL is allowed.
//
// Threads: any.
// Since: 0.1
BP_API void bp_match_set_free(bp_match_set *set);

// ---- Series of spans

// Runs a query that makes series of the spans in blocks, which may come from several files and from
// builders: a trace that lies in several of them is one.
//
// Parameters: options may be NULL.
// Ownership: the caller frees the series.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT also for a query that finds spans and for a time
// that makes no sense, BP_ERR_LIMIT for too many samples, BP_ERR_RELEASED, BP_ERR_CANCELLED also when
// the time is up, BP_ERR_BUDGET, BP_ERR_IO, BP_ERR_SHORT_READ, BP_ERR_CALLBACK, BP_ERR_CORRUPT,
// BP_ERR_CHECKSUM.
// Cost: linear in the spans that match.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_series_new(const bp_query *query,
                        const bp_blocks *blocks,
                        const bp_metrics_options *options,
                        bp_series **out,
                        bp_error **err);

// Says how the query was answered, and what its parts did.
//
// Ownership: the caller frees the explanation.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT.
// Cost: linear in the query.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_series_explain(const bp_series *series,
                            bp_explanation **out,
                            bp_error **err);

// Counts the series.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API size_t bp_series_len(const bp_series *series);

// Tells what the series have in common.
//
// Parameters: out.struct_size is set by the caller.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
// Cost: constant.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_series_info(const bp_series *series,
                         bp_series_set_info *out,
                         bp_error **err);

// Copies the times of samples, from number first on: the end of the interval that each is of.
//
// Parameters: out has room for cap times, in nanoseconds since the epoch.
// Threads: any.
// Errors: BP_DONE when there is no sample first, BP_ERR_NULL_ARGUMENT.
// Cost: linear in the times given.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_series_times(const bp_series *series,
                          size_t first,
                          uint64_t *out,
                          size_t cap,
                          size_t *out_count,
                          bp_error **err);

// Copies samples of series number index, from number first on; a gap is NaN.
//
// Parameters: out has room for cap samples.
// Threads: any.
// Errors: BP_DONE when there is no sample first, BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
// Cost: linear in the samples given.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_series_values(const bp_series *series,
                           size_t index,
                           size_t first,
                           double *out,
                           size_t cap,
                           size_t *out_count,
                           bp_error **err);

// Gives the labels of series number index as text, as in {resource.service.name="cart"}; nothing if
// there is no such series.
//
// Valid until: free of series.
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API bp_str bp_series_text(const bp_series *series, size_t index);

// Copies the labels of series number index without the first skip of them: fields under the texts of
// the query, or names like __name__, __bucket and p.
//
// Parameters: out has room for cap fields.
// Valid until: free of series.
// Threads: any.
// Errors: BP_DONE when there are none, BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
// Cost: linear in the labels given.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_series_labels(const bp_series *series,
                           size_t index,
                           size_t skip,
                           bp_field *out,
                           size_t cap,
                           size_t *out_count,
                           bp_error **err);

// Copies the exemplars of series number index without the first skip of them, by time.
//
// Parameters: out has room for cap exemplars.
// Threads: any.
// Errors: BP_DONE when there are none, BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT.
// Cost: linear in the exemplars given.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_series_exemplars(const bp_series *series,
                              size_t index,
                              size_t skip,
                              bp_exemplar *out,
                              size_t cap,
                              size_t *out_count,
                              bp_error **err);

// Frees the series. NULL is allowed.
//
// Threads: any.
// Since: 0.1
BP_API void bp_series_free(bp_series *series);

// ---- Names and values to ask for

// Lists the names of the attributes that anything in the blocks has, by scope and key.
//
// Parameters: scope is one of BP_SCOPE_...
// Ownership: the caller frees the list.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED, BP_ERR_CORRUPT,
// BP_ERR_CHECKSUM.
// Cost: linear in the columns of the blocks; spans are not looked at.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_tag_names_new(const bp_blocks *blocks,
                           bp_scope scope,
                           bp_tag_names **out,
                           bp_error **err);

// Counts the names.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API size_t bp_tag_names_len(const bp_tag_names *names);

// Copies the names from number first on.
//
// Parameters: out has room for cap names.
// Valid until: free of names, for the texts.
// Threads: any.
// Errors: BP_DONE when there is no name first, BP_ERR_NULL_ARGUMENT.
// Cost: linear in the names given.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_tag_names_get(const bp_tag_names *names,
                           size_t first,
                           bp_tag_name *out,
                           size_t cap,
                           size_t *out_count,
                           bp_error **err);

// Frees the list. NULL is allowed.
//
// Threads: any.
// Since: 0.1
BP_API void bp_tag_names_free(bp_tag_names *names);

// Lists the values that a field has in the blocks, each once: by kind, then in their order; of arrays,
// their items.
//
// Parameters: name in any accepted spelling, see bp_columns; filter may be NULL, else only spans that
// it finds count; options may be NULL: their limit is one of values, all if 0, and the rest is about
// how the filter is run.
// Ownership: the caller frees the list.
// Threads: any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_PARSE for the name, BP_ERR_INVALID_ARGUMENT also for a filter
// that makes series, BP_ERR_RELEASED, BP_ERR_CANCELLED also when the time is up, BP_ERR_BUDGET,
// BP_ERR_IO, BP_ERR_SHORT_READ, BP_ERR_CALLBACK, BP_ERR_CORRUPT, BP_ERR_CHECKSUM.
// Cost: without a filter, linear in the dictionaries where the field has them, else in the spans.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_tag_values_new(const bp_blocks *blocks,
                            bp_str name,
                            const bp_query *filter,
                            const bp_search_options *options,
                            bp_tag_values **out,
                            bp_error **err);

// Counts the values.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API size_t bp_tag_values_len(const bp_tag_values *values);

// Tells whether there are more values than the limit let through.
//
// Threads: any.
// Cost: constant.
// Since: 0.1
BP_API bool bp_tag_values_is_cut_off(const bp_tag_values *values);

// Gives the values from number first on.
//
// Parameters: out has room for cap values.
// Valid until: free of values.
// Threads: any.
// Errors: BP_DONE when there is no value first, BP_ERR_NULL_ARGUMENT.
// Cost: linear in the values given.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_tag_values_get(const bp_tag_values *values,
                            size_t first,
                            bp_value *out,
                            size_t cap,
                            size_t *out_count,
                            bp_error **err);

// Frees the list. NULL is allowed.
//
// Threads: any.
// Since: 0.1
BP_API void bp_tag_values_free(bp_tag_values *values);

// ---- Spans as Arrow

// Gives the spans of a set as an Arrow stream: pyarrow, DuckDB, Polars and others read it in place.
//
// What fields become which Arrow types is in docs/arrow.md. A field that has values of several types
// becomes a column a type, as in "span.x:int". The schema follows from the directories of all
// blocks of the list, so it is the same for every set over them. Where a batch is a whole block,
// columns whose layout is Arrow's are not copied.
//
// Parameters: options may be NULL. out is a struct of the caller's that is not in use; what is in it
// is overwritten.
// Ownership: the caller calls out->release, or hands the stream to who does. The stream holds the
// blocks, and arrays hold what they share with them; neither needs the set.
// Threads: any; the stream is used by one at a time; arrays are released by any.
// Errors: BP_ERR_NULL_ARGUMENT, BP_ERR_INVALID_ARGUMENT, BP_ERR_RELEASED, and what reading the
// residual table of a block can give, as BP_ERR_CORRUPT; then out->release is NULL. Errors of the
// stream are error numbers of the system, with a message in get_last_error().
// Cost: linear in the columns of all blocks; values are read batch by batch.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_arrow_export_span_set(const bp_span_set *set,
                                   const bp_arrow_options *options,
                                   struct ArrowArrayStream *out,
                                   bp_error **err);

// Gives all spans of a list of blocks as an Arrow stream; see bp_arrow_export_span_set().
//
// Parameters, ownership: as there.
// Threads: any; the stream is used by one at a time; arrays are released by any.
// Errors: as there.
// Cost: as there.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_arrow_export_blocks(const bp_blocks *blocks,
                                 const bp_arrow_options *options,
                                 struct ArrowArrayStream *out,
                                 bp_error **err);

// Gives the spans of a set of rows as an Arrow stream; see bp_arrow_export_span_set(). The schema is
// that of the list that the set's block is in.
//
// Parameters, ownership: as there.
// Threads: any; the stream is used by one at a time; arrays are released by any.
// Errors: as there.
// Cost: as there.
// Since: 0.1
BP_MUST_USE BP_API
bp_status bp_arrow_export_row_set(const bp_row_set *set,
                                  const bp_arrow_options *options,
                                  struct ArrowArrayStream *out,
                                  bp_error **err);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

// ---- Reading and making values, inline

// The text of a value of kind BP_KIND_STR.
static inline bp_str bp_value_str(const bp_value *value) {
    bp_str text;
    text.ptr = BP_CAST(const char *, value->ptr);
    text.len = BP_CAST(size_t, value->bits);
    return text;
}

// The bytes of a value of kind BP_KIND_BYTES or BP_KIND_ID.
static inline bp_bytes bp_value_bytes(const bp_value *value) {
    bp_bytes bytes;
    bytes.ptr = BP_CAST(const uint8_t *, value->ptr);
    bytes.len = BP_CAST(size_t, value->bits);
    return bytes;
}

// The number of a value of kind BP_KIND_I64, BP_KIND_SPAN_KIND or BP_KIND_SPAN_STATUS.
static inline int64_t bp_value_i64(const bp_value *value) {
    int64_t number;
    memcpy(&number, &value->bits, sizeof number);
    return number;
}

// The number of a value of kind BP_KIND_F64.
static inline double bp_value_f64(const bp_value *value) {
    double number;
    memcpy(&number, &value->bits, sizeof number);
    return number;
}

// A view of a text that ends with a zero, for passing constants.
static inline bp_str bp_str_of(const char *text) {
    bp_str view;
    view.ptr = text;
    view.len = strlen(text);
    return view;
}

// A text as a value, for passing literals.
static inline bp_value bp_value_of_str(bp_str text) {
    bp_value value;
    value.bits = text.len;
    value.ptr = text.ptr;
    value.kind = BP_KIND_STR;
    value.item = 0;
    return value;
}

// Bytes as a value of kind BP_KIND_BYTES or BP_KIND_ID, for passing literals.
static inline bp_value bp_value_of_bytes(bp_kind kind, bp_bytes bytes) {
    bp_value value;
    value.bits = bytes.len;
    value.ptr = bytes.ptr;
    value.kind = kind;
    value.item = 0;
    return value;
}

// A number as a value of one of the kinds whose bits are an integer.
static inline bp_value bp_value_of_int(bp_kind kind, int64_t number) {
    bp_value value;
    value.bits = BP_CAST(uint64_t, number);
    value.ptr = NULL;
    value.kind = kind;
    value.item = 0;
    return value;
}

// A double as a value.
static inline bp_value bp_value_of_f64(double number) {
    bp_value value;
    memcpy(&value.bits, &number, sizeof number);
    value.ptr = NULL;
    value.kind = BP_KIND_F64;
    value.item = 0;
    return value;
}

#endif // BLOCKPACK_H
