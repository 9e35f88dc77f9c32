/* Writing files and reading them: by path, in memory, through callbacks. */
#include "sample.h"

static bp_str path_of(const char *text) {
    return bp_str_of(text);
}

/* Writes `traces` traces of 4 spans to a file at `path`. */
static bp_write_report write_sample(const char *path, uint32_t traces, uint32_t max_block_spans) {
    bp_write_options options = BP_WRITE_OPTIONS_INIT;
    bp_write_report report = BP_WRITE_REPORT_INIT;
    bp_writer *writer = NULL;
    bp_error *err = NULL;
    otlp message = sample_otlp(0, traces, 4);
    options.max_block_spans = max_block_spans;
    REQUIRE_OK(bp_writer_open(path_of(path), &options, &writer, &err), err);
    REQUIRE_OK(bp_writer_add_otlp(writer, otlp_view(&message), &err), err);
    CHECK(bp_writer_span_count(writer) == 4 * traces);
    CHECK(!file_exists(path));
    REQUIRE_OK(bp_writer_finish(writer, &report, &err), err);
    CHECK(bp_writer_span_count(writer) == 0);
    bp_writer_free(writer);
    otlp_free(&message);
    return report;
}

static void what_is_written_is_read(void) {
    char path[512];
    scratch_path(path, sizeof path, "written.bpk");
    bp_write_report report = write_sample(path, 100, 40);
    CHECK(report.spans == 400 && report.traces == 100 && report.blocks == 10);
    for (uint32_t access = BP_ACCESS_MAP; access <= BP_ACCESS_PREAD; access++) {
        bp_open_options options = BP_OPEN_OPTIONS_INIT;
        bp_file_info info = BP_FILE_INFO_INIT;
        bp_reader *reader = NULL;
        bp_blocks *blocks = NULL;
        bp_error *err = NULL;
        options.access = access;
        options.verify = BP_VERIFY_FULL;
        REQUIRE_OK(bp_reader_open(path_of(path), &options, &reader, &err), err);
        REQUIRE_OK(bp_reader_info(reader, &info, &err), err);
        CHECK(info.spans == 400 && info.traces == 100 && info.blocks == 10);
        CHECK(info.bytes == report.bytes && memcmp(info.uuid, report.uuid, 16) == 0);
        CHECK(info.min_start_ns == sample_start(0, 0));
        CHECK(info.max_end_ns == sample_start(99, 0) + 50000);
        CHECK(bp_reader_block_count(reader) == 10);
        CHECK_STR(bp_reader_name(reader), path);
        CHECK(bp_reader_writer(reader).len > 0);
        REQUIRE_OK(bp_reader_verify(reader, &err), err);
        REQUIRE_OK(bp_reader_blocks(reader, 0, SIZE_MAX, &blocks, &err), err);
        CHECK(bp_blocks_len(blocks) == 10 && bp_blocks_span_count(blocks) == 400);
        bp_blocks_free(blocks);
        REQUIRE_OK(bp_reader_blocks(reader, 3, 2, &blocks, &err), err);
        CHECK(bp_blocks_len(blocks) == 2 && bp_blocks_span_count(blocks) == 80);
        bp_blocks_free(blocks);
        REQUIRE_OK(bp_reader_blocks(reader, 10, SIZE_MAX, &blocks, &err), err);
        CHECK(bp_blocks_len(blocks) == 0);
        bp_blocks_free(blocks);
        CHECK_STATUS(bp_reader_blocks(reader, 0, 11, &blocks, NULL), BP_ERR_INVALID_ARGUMENT);
        CHECK(blocks == NULL);
        CHECK_STATUS(bp_reader_blocks(reader, 11, 0, &blocks, NULL), BP_ERR_INVALID_ARGUMENT);
        CHECK_STATUS(bp_reader_blocks(reader, 11, SIZE_MAX, &blocks, NULL), BP_ERR_INVALID_ARGUMENT);
        CHECK_STATUS(bp_reader_blocks(reader, SIZE_MAX - 1, 2, &blocks, NULL), BP_ERR_INVALID_ARGUMENT);
        bp_reader_free(reader);
    }
    remove(path);
}

static void blocks_outlive_their_reader(void) {
    char path[512];
    bp_reader *reader = NULL;
    bp_blocks *blocks = NULL;
    bp_column_info column;
    bp_error *err = NULL;
    size_t count = 0;
    scratch_path(path, sizeof path, "outlived.bpk");
    write_sample(path, 10, 0);
    REQUIRE_OK(bp_reader_open(path_of(path), NULL, &reader, &err), err);
    REQUIRE_OK(bp_reader_blocks(reader, 0, SIZE_MAX, &blocks, &err), err);
    bp_reader_free(reader);
    remove(path);
    REQUIRE_OK(bp_blocks_columns(blocks, 0, 0, &column, 1, &count, &err), err);
    CHECK(count == 1 && column.name.len > 0);
    bp_blocks_free(blocks);
}

static void recorded_traces_are_written_from_their_file(void) {
    char path[512];
    bp_writer *writer = NULL;
    bp_write_options options = BP_WRITE_OPTIONS_INIT;
    bp_write_report report = BP_WRITE_REPORT_INIT;
    bp_reader *reader = NULL;
    bp_error *err = NULL;
    scratch_path(path, sizeof path, "shop.bpk");
    options.threads = 2;
    options.profile = BP_PROFILE_ARCHIVE;
    options.buffer_bytes = 1 << 20;
    REQUIRE_OK(bp_writer_open(path_of(path), &options, &writer, &err), err);
    REQUIRE_OK(bp_writer_add_file(writer, path_of(SHOP_PATH), &err), err);
    CHECK_STATUS(bp_writer_add_file(writer, path_of("no/such/file"), NULL), BP_ERR_IO);
    REQUIRE_OK(bp_writer_finish(writer, &report, &err), err);
    bp_writer_free(writer);
    CHECK(report.spans == SHOP_SPANS && report.traces >= SHOP_TRACES);
    REQUIRE_OK(bp_reader_open(path_of(path), NULL, &reader, &err), err);
    REQUIRE_OK(bp_reader_verify(reader, &err), err);
    bp_reader_free(reader);
    remove(path);
}

static void unfinished_writers_leave_nothing(void) {
    char path[512];
    bp_writer *writer = NULL;
    bp_error *err = NULL;
    scratch_path(path, sizeof path, "unfinished.bpk");
    REQUIRE_OK(bp_writer_open(path_of(path), NULL, &writer, &err), err);
    bp_writer_free(writer);
    CHECK(!file_exists(path));
}

static void finished_writers_answer_state(void) {
    char path[512];
    bp_writer *writer = NULL;
    bp_write_report report = BP_WRITE_REPORT_INIT;
    bp_bytes none = {NULL, 0};
    bp_error *err = NULL;
    scratch_path(path, sizeof path, "finished.bpk");
    REQUIRE_OK(bp_writer_open(path_of(path), NULL, &writer, &err), err);
    REQUIRE_OK(bp_writer_finish(writer, NULL, &err), err);
    CHECK(file_exists(path));
    report.spans = 5;
    CHECK_STATUS(bp_writer_finish(writer, &report, NULL), BP_ERR_STATE);
    CHECK(report.spans == 0);
    CHECK_STATUS(bp_writer_add_otlp(writer, none, NULL), BP_ERR_STATE);
    CHECK_STATUS(bp_writer_add_input(writer, none, NULL), BP_ERR_STATE);
    CHECK_STATUS(bp_writer_add_file(writer, path_of(SHOP_PATH), &err), BP_ERR_STATE);
    bp_error_free(err);
    bp_writer_free(writer);
    remove(path);
}

static void files_are_overwritten_only_when_asked(void) {
    char path[512];
    bp_write_options options = BP_WRITE_OPTIONS_INIT;
    bp_writer *writer = NULL;
    bp_reader *old = NULL;
    bp_blocks *blocks = NULL;
    bp_error *err = NULL;
    scratch_path(path, sizeof path, "overwritten.bpk");
    write_sample(path, 10, 0);
    CHECK_STATUS(bp_writer_open(path_of(path), NULL, &writer, &err), BP_ERR_IO);
    CHECK(writer == NULL);
    bp_error_free(err);
    REQUIRE_OK(bp_reader_open(path_of(path), NULL, &old, &err), err);
    options.overwrite = 1;
    REQUIRE_OK(bp_writer_open(path_of(path), &options, &writer, &err), err);
    REQUIRE_OK(bp_writer_finish(writer, NULL, &err), err);
    bp_writer_free(writer);
    REQUIRE_OK(bp_reader_blocks(old, 0, SIZE_MAX, &blocks, &err), err);
    CHECK(bp_blocks_span_count(blocks) == 40); /* the old file is still whole */
    bp_blocks_free(blocks);
    bp_reader_free(old);
    options.overwrite = 2;
    CHECK_STATUS(bp_writer_open(path_of(path), &options, &writer, NULL), BP_ERR_INVALID_ARGUMENT);
    remove(path);
}

/* --- callbacks: a growing buffer, and failures at a chosen call --- */

typedef struct store {
    otlp bytes;
    int calls;
    int fail_at; /* number of the call that fails; 0 for none */
    int finishes;
    int drops;
    uint64_t size_offset; /* added to what size tells */
} store;

enum { STORE_FAILS = 4711 };

static bool fails(store *it) {
    it->calls++;
    return it->calls == it->fail_at;
}

static int32_t store_write(void *ctx, const uint8_t *bytes, size_t len) {
    store *it = (store *)ctx;
    if (fails(it)) {
        return STORE_FAILS;
    }
    for (size_t i = 0; i < len; i++) {
        otlp_byte(&it->bytes, bytes[i]);
    }
    return 0;
}

static int32_t store_finish(void *ctx) {
    store *it = (store *)ctx;
    it->finishes++;
    return fails(it) ? STORE_FAILS : 0;
}

static int32_t store_size(void *ctx, uint64_t *out_size) {
    store *it = (store *)ctx;
    *out_size = it->bytes.len + it->size_offset;
    return fails(it) ? STORE_FAILS : 0;
}

static int32_t store_read(void *ctx, const bp_range *ranges, size_t count) {
    store *it = (store *)ctx;
    if (fails(it)) {
        return STORE_FAILS;
    }
    for (size_t i = 0; i < count; i++) {
        if (ranges[i].offset + ranges[i].len > it->bytes.len) {
            return STORE_FAILS;
        }
        memcpy(ranges[i].dst, it->bytes.bytes + ranges[i].offset, ranges[i].len);
    }
    return 0;
}

static void store_drop(void *ctx) {
    ((store *)ctx)->drops++;
}

static const bp_sink_vtable sink = {sizeof(bp_sink_vtable), store_write, store_finish, store_drop};
static const bp_source_vtable source = {sizeof(bp_source_vtable), store_size, store_read, store_drop};

/* Writes a sample to `it`; gives the status of the call that failed. */
static bp_status write_to_store(store *it, bp_error **err) {
    bp_writer *writer = NULL;
    bp_write_options options = BP_WRITE_OPTIONS_INIT;
    bp_status status = bp_writer_new(&sink, it, &options, &writer, err);
    if (status != BP_OK) {
        CHECK(writer == NULL && it->drops == 0);
        return status;
    }
    otlp message = sample_otlp(0, 100, 4);
    status = bp_writer_add_otlp(writer, otlp_view(&message), err);
    otlp_free(&message);
    CHECK(it->drops == 0);
    if (status == BP_OK) {
        status = bp_writer_finish(writer, NULL, err);
    }
    bp_writer_free(writer);
    CHECK(it->drops == 1);
    return status;
}

/* Opens the file in `it` and lists the columns of its blocks. */
static bp_status read_from_store(store *it, bp_error **err) {
    bp_reader *reader = NULL;
    bp_blocks *blocks = NULL;
    bp_status status = bp_reader_open_source(&source, it, NULL, &reader, err);
    if (status != BP_OK) {
        CHECK(reader == NULL && it->drops == 0);
        return status;
    }
    status = bp_reader_verify(reader, err);
    if (status == BP_OK) {
        status = bp_reader_blocks(reader, 0, SIZE_MAX, &blocks, err);
    }
    bp_reader_free(reader);
    if (blocks != NULL) {
        CHECK(bp_blocks_span_count(blocks) == 400);
        CHECK(it->drops == 0);
    }
    bp_blocks_free(blocks);
    CHECK(it->drops == 1);
    return status;
}

static void every_failing_callback_is_reported_with_its_number(void) {
    store written = {{NULL, 0, 0}, 0, 0, 0, 0, 0};
    bp_error *err = NULL;
    bp_status status = BP_ERR_CALLBACK;
    for (int fail_at = 1; status != BP_OK; fail_at++) {
        written.bytes.len = 0;
        written.calls = written.finishes = written.drops = 0;
        written.fail_at = fail_at;
        status = write_to_store(&written, &err);
        CHECK(status == BP_OK || status == BP_ERR_CALLBACK);
        CHECK(bp_error_callback_code(err) == (status == BP_OK ? 0 : STORE_FAILS));
        bp_error_free(err);
        REQUIRE(fail_at < 1000);
    }
    CHECK(written.finishes == 1);
    status = BP_ERR_CALLBACK;
    for (int fail_at = 1; status != BP_OK; fail_at++) {
        written.calls = written.drops = 0;
        written.fail_at = fail_at;
        status = read_from_store(&written, &err);
        CHECK(status == BP_OK || status == BP_ERR_CALLBACK);
        CHECK(bp_error_callback_code(err) == (status == BP_OK ? 0 : STORE_FAILS));
        bp_error_free(err);
        CHECK(bp_live_handles(BP_HANDLE_ANY) == 0);
        REQUIRE(fail_at < 1000);
    }
    CHECK(written.calls >= 2);
    written.calls = written.drops = written.fail_at = 0;
    written.size_offset = 64; /* a source that lies about its length */
    status = read_from_store(&written, NULL);
    CHECK(status >= BP_ERR_IO && status <= BP_ERR_CHECKSUM);
    otlp_free(&written.bytes);
}

/* The reads of a source when one column is scanned for the first time: the end of the file, heads of
 * all blocks, filters where there are some, the columns. */
static void first_scan_of_a_source_takes_few_reads(void) {
    store file = {{NULL, 0, 0}, 0, 0, 0, 0, 0};
    bp_write_options options = BP_WRITE_OPTIONS_INIT;
    bp_writer *writer = NULL;
    bp_error *err = NULL;
    otlp message = sample_otlp(0, 160, 4);
    options.max_block_spans = 40;
    REQUIRE_OK(bp_writer_new(&sink, &file, &options, &writer, &err), err);
    REQUIRE_OK(bp_writer_add_otlp(writer, otlp_view(&message), &err), err);
    REQUIRE_OK(bp_writer_finish(writer, NULL, &err), err);
    bp_writer_free(writer);
    otlp_free(&message);
    const char *columns[] = {".user", "span:name", "span:duration", "trace:id", "resource.service.name"};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        bp_reader *reader = NULL;
        bp_blocks *blocks = NULL;
        bp_span_set *found = NULL;
        bp_value wanted = bp_value_of_str(bp_str_of("u3"));
        file.calls = file.drops = 0;
        REQUIRE_OK(bp_reader_open_source(&source, &file, NULL, &reader, &err), err);
        REQUIRE_OK(bp_reader_blocks(reader, 0, SIZE_MAX, &blocks, &err), err);
        CHECK(bp_blocks_len(blocks) == 16);
        REQUIRE_OK(bp_blocks_scan(blocks, bp_str_of(columns[i]), BP_OP_EQUAL, &wanted, 1, &found, &err), err);
        CHECK(bp_span_set_count(found) == (i == 0 ? 128 : 0));
        CHECK(file.calls <= 1 + 4); /* the length is asked first */
        bp_span_set_free(found);
        file.calls = 0;
        REQUIRE_OK(bp_blocks_scan(blocks, bp_str_of(columns[i]), BP_OP_EQUAL, &wanted, 1, &found, &err), err);
        CHECK(file.calls == 0);
        bp_span_set_free(found);
        bp_blocks_free(blocks);
        bp_reader_free(reader);
    }
    otlp_free(&file.bytes);
}

static void files_in_memory_are_used_in_place_until_dropped(void) {
    store file = {{NULL, 0, 0}, 0, 0, 0, 0, 0};
    bp_reader *reader = NULL;
    bp_blocks *blocks = NULL;
    bp_error *err = NULL;
    REQUIRE_OK(write_to_store(&file, &err), err);
    file.drops = 0;
    bp_bytes bytes = otlp_view(&file.bytes);
    REQUIRE_OK(bp_reader_open_memory(bytes, store_drop, &file, NULL, &reader, &err), err);
    REQUIRE_OK(bp_reader_blocks(reader, 0, SIZE_MAX, &blocks, &err), err);
    bp_reader_free(reader);
    CHECK(file.drops == 0);
    CHECK(bp_blocks_span_count(blocks) == 400);
    bp_blocks_release(blocks);
    CHECK(file.drops == 1);
    bp_blocks_free(blocks);

    REQUIRE_OK(bp_reader_open_memory(bytes, NULL, NULL, NULL, &reader, &err), err);
    memset(file.bytes.bytes, 0, file.bytes.len); /* it was copied */
    REQUIRE_OK(bp_reader_verify(reader, &err), err);
    bp_reader_free(reader);
    otlp_free(&file.bytes);
}

static void damaged_files_answer(void) {
    store file = {{NULL, 0, 0}, 0, 0, 0, 0, 0};
    bp_reader *reader = NULL;
    bp_error *err = NULL;
    REQUIRE_OK(write_to_store(&file, &err), err);
    file.drops = 0;
    for (size_t len = 0; len < file.bytes.len; len += 1 + len / 16) {
        bp_bytes part = {file.bytes.bytes, len};
        bp_status status = bp_reader_open_memory(part, store_drop, &file, NULL, &reader, NULL);
        CHECK(status >= BP_ERR_IO && status <= BP_ERR_CHECKSUM);
        CHECK(reader == NULL);
    }
    bp_open_options full = BP_OPEN_OPTIONS_INIT;
    full.verify = BP_VERIFY_FULL;
    for (size_t at = 0; at < file.bytes.len; at += 1 + file.bytes.len / 97) {
        file.bytes.bytes[at] ^= 0x40;
        bp_status status = bp_reader_open_memory(otlp_view(&file.bytes), NULL, NULL, &full, &reader, NULL);
        CHECK(status == BP_OK || (status >= BP_ERR_IO && status <= BP_ERR_CHECKSUM));
        bp_reader_free(reader);
        file.bytes.bytes[at] ^= 0x40;
    }
    CHECK(file.drops == 0);
    otlp_free(&file.bytes);

    CHECK_STATUS(bp_reader_open(path_of(SHOP_PATH), NULL, &reader, &err), BP_ERR_NOT_BLOCKPACK);
    CHECK(bp_error_message(err).len > 0 && !bp_error_is_retriable(err));
    bp_error_free(err);
}

static void null_arguments_answer(void) {
    bp_str none = {NULL, 0}, missing = {NULL, 4};
    bp_bytes no_bytes = {NULL, 0};
    bp_writer *writer = NULL;
    bp_reader *reader = NULL;
    bp_blocks *blocks = NULL;
    bp_file_info info = BP_FILE_INFO_INIT;
    bp_sink_vtable no_sink = BP_SINK_VTABLE_INIT;
    bp_source_vtable no_source = BP_SOURCE_VTABLE_INIT;
    CHECK_STATUS(bp_writer_open(none, NULL, &writer, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(bp_writer_open(missing, NULL, &writer, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_writer_open(path_of("/tmp/x"), NULL, NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_writer_new(NULL, NULL, NULL, &writer, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_writer_new(&no_sink, NULL, NULL, &writer, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_writer_add_otlp(NULL, no_bytes, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_writer_add_input(NULL, no_bytes, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_writer_add_file(NULL, none, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_writer_finish(NULL, NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK(bp_writer_span_count(NULL) == 0);
    bp_writer_free(NULL);
    CHECK_STATUS(bp_reader_open(none, NULL, &reader, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(bp_reader_open(path_of("/tmp/x"), NULL, NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_reader_open_source(NULL, NULL, NULL, &reader, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_reader_open_source(&no_source, NULL, NULL, &reader, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_reader_info(NULL, &info, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_reader_blocks(NULL, 0, 0, &blocks, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_reader_verify(NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK(bp_reader_block_count(NULL) == 0);
    CHECK(bp_reader_name(NULL).len == 0 && bp_reader_writer(NULL).len == 0);
    bp_reader_free(NULL);
}

int main(void) {
    RUN(what_is_written_is_read);
    RUN(blocks_outlive_their_reader);
    RUN(recorded_traces_are_written_from_their_file);
    RUN(unfinished_writers_leave_nothing);
    RUN(finished_writers_answer_state);
    RUN(files_are_overwritten_only_when_asked);
    RUN(every_failing_callback_is_reported_with_its_number);
    RUN(first_scan_of_a_source_takes_few_reads);
    RUN(files_in_memory_are_used_in_place_until_dropped);
    RUN(damaged_files_answer);
    RUN(null_arguments_answer);
    FINISH();
}
