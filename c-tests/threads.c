/* Many threads on shared handles; handles that are freed on other threads than made them. */
#include "handles.h"

#include <pthread.h>

enum { THREADS = 8, ROUNDS = 50 };

static void run_threads(void *(*body)(void *), void *ctx) {
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        REQUIRE(pthread_create(&threads[i], NULL, body, ctx) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        REQUIRE(pthread_join(threads[i], NULL) == 0);
    }
}

/* What every thread does with one shared reader: all of it, end to end. */
static void *use_reader(void *ctx) {
    const bp_reader *reader = (const bp_reader *)ctx;
    for (int round = 0; round < ROUNDS; round++) {
        bp_blocks *blocks = NULL;
        bp_span_set *set = NULL, *related = NULL;
        bp_lazy_fields *fields = NULL;
        bp_trace_graphs *graphs = NULL;
        bp_value user = bp_value_of_str(bp_str_of("u1")), value;
        bp_error *err = NULL;
        REQUIRE_OK(bp_reader_blocks(reader, 0, SIZE_MAX, &blocks, &err), err);
        REQUIRE_OK(bp_blocks_scan(blocks, bp_str_of(".user"), BP_OP_EQUAL, &user, 1, &set, &err), err);
        CHECK(bp_span_set_count(set) == 2);
        REQUIRE_OK(bp_span_set_structural(set, BP_STRUCTURAL_CHILD, set, 0, &related, &err), err);
        CHECK(bp_span_set_count(related) == 1);
        REQUIRE_OK(bp_trace_graphs_build(blocks, set, &graphs, &err), err);
        REQUIRE_OK(bp_span_set_fields(set, 1, &fields, &err), err);
        bp_blocks_free(blocks);
        bp_span_set_free(set);
        bp_span_set_free(related);
        bp_trace_graphs_free(graphs);
        REQUIRE_OK(bp_lazy_fields_get(fields, bp_str_of("span:name"), &value, &err), err);
        CHECK_STR(bp_value_str(&value), "query 1");
        bp_lazy_fields_release(fields);
        bp_lazy_fields_free(fields);
    }
    return NULL;
}

static void one_reader_serves_many_threads(void) {
    bp_reader *reader = make_bp_reader();
    run_threads(use_reader, reader);
    bp_reader_free(reader);
}

typedef struct shared {
    const bp_blocks *blocks;
    const bp_column_scanner *scanner;
    const bp_columns *columns;
    const bp_lazy_fields *fields;
} shared;

static void *use_shared(void *ctx) {
    const shared *it = (const shared *)ctx;
    for (int round = 0; round < ROUNDS; round++) {
        bp_row_set *rows = NULL, *other = NULL, *both = NULL;
        bp_value value;
        bp_error *err = NULL;
        REQUIRE_OK(bp_column_scanner_regex(it->scanner, bp_str_of("span:name"), bp_str_of("^GET"), &rows, &err), err);
        REQUIRE_OK(bp_column_scanner_is_null(it->scanner, bp_str_of("span.odd"), &other, &err), err);
        REQUIRE_OK(bp_row_set_and(rows, other, &both, &err), err);
        CHECK(bp_row_set_count(rows) == 3 && bp_row_set_count(both) == 3);
        bp_row_set_free(rows);
        bp_row_set_free(both);
        bp_row_set_free(other);
        REQUIRE_OK(bp_lazy_fields_get_many(it->fields, it->columns, &value, 1, &err), err);
        CHECK_STR(bp_value_str(&value), "GET /");
        CHECK(bp_blocks_span_count(it->blocks) == 6);
    }
    return NULL;
}

static void const_handles_are_shared(void) {
    bp_blocks *blocks = make_bp_blocks();
    bp_column_scanner *scanner = NULL;
    bp_columns *columns = make_bp_columns();
    bp_lazy_fields *fields = NULL;
    REQUIRE(bp_column_scanner_new(blocks, 0, &scanner, NULL) == BP_OK);
    REQUIRE(bp_columns_add(columns, bp_str_of("span:name"), NULL) == BP_OK);
    REQUIRE(bp_lazy_fields_new(blocks, 0, 0, &fields, NULL) == BP_OK);
    shared it = {blocks, scanner, columns, fields};
    run_threads(use_shared, &it);
    bp_lazy_fields_free(fields);
    bp_columns_free(columns);
    bp_column_scanner_free(scanner);
    bp_blocks_free(blocks);
}

/* One handle for one thread at a time, used by many: each call works or answers BP_ERR_BUSY. */
static void *add_to_builder(void *ctx) {
    bp_builder *builder = (bp_builder *)ctx;
    otlp message = sample_otlp(0, 1, 1);
    for (int round = 0; round < ROUNDS; round++) {
        bp_error *err = NULL;
        bp_status status = bp_builder_add_otlp(builder, otlp_view(&message), &err);
        CHECK(status == BP_OK || status == BP_ERR_BUSY);
        CHECK(status == BP_OK || bp_error_is_retriable(err));
        bp_error_free(err);
    }
    otlp_free(&message);
    return NULL;
}

static void exclusive_handles_answer_busy(void) {
    bp_builder *builder = make_bp_builder();
    bp_blocks *blocks = NULL;
    run_threads(add_to_builder, builder);
    CHECK(bp_builder_span_count(builder) > 0 && bp_builder_span_count(builder) <= THREADS * ROUNDS);
    REQUIRE(bp_builder_blocks(builder, &blocks, NULL) == BP_OK);
    CHECK(bp_blocks_span_count(blocks) > 0);
    bp_blocks_free(blocks);
    bp_builder_free(builder);
}

static void *free_all(void *ctx) {
    void **handles = (void **)ctx;
    bp_blocks_free((bp_blocks *)handles[0]);
    bp_lazy_fields_free((bp_lazy_fields *)handles[1]);
    bp_span_set_free((bp_span_set *)handles[2]);
    bp_writer_free((bp_writer *)handles[3]);
    bp_error_free((bp_error *)handles[4]);
    return NULL;
}

static void handles_are_freed_on_other_threads(void) {
    void *handles[] = {make_bp_blocks(), make_bp_lazy_fields(), make_bp_span_set(), make_bp_writer(), make_bp_error()};
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, free_all, handles) == 0);
    REQUIRE(pthread_join(thread, NULL) == 0);
}

int main(void) {
    RUN(one_reader_serves_many_threads);
    RUN(const_handles_are_shared);
    RUN(exclusive_handles_answer_busy);
    RUN(handles_are_freed_on_other_threads);
    FINISH();
}
