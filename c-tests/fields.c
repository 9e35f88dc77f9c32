/* Lazy fields: one span's fields on demand, until they are released. */
#include "sample.h"

/* The span of `trace` and `step` in blocks of sample_blocks(..., 0): a trace is in pre-order. */
static bp_lazy_fields *sample_fields(const bp_blocks *blocks, uint32_t spans, uint32_t trace, uint32_t step) {
    bp_lazy_fields *fields = NULL;
    bp_error *err = NULL;
    REQUIRE_OK(bp_lazy_fields_new(blocks, 0, trace * spans + step, &fields, &err), err);
    return fields;
}

static bp_value get(const bp_lazy_fields *fields, const char *name, bp_status expected) {
    bp_value value;
    CHECK_STATUS(bp_lazy_fields_get(fields, bp_str_of(name), &value, NULL), expected);
    return value;
}

static void every_kind_of_field_is_found_by_name(void) {
    bp_blocks *blocks = sample_blocks(10, 4, 0);
    bp_lazy_fields *fields = sample_fields(blocks, 4, 7, 2);
    uint8_t id[16];
    bp_value value = get(fields, "span:name", BP_OK);
    CHECK_STR(bp_value_str(&value), "query 2");
    value = get(fields, "trace:id", BP_OK);
    sample_trace_id(id, 7);
    CHECK(value.kind == BP_KIND_ID && value.bits == 16 && memcmp(value.ptr, id, 16) == 0);
    value = get(fields, "span:parent_id", BP_OK);
    sample_span_id(id, 7, 1);
    CHECK(value.kind == BP_KIND_ID && value.bits == 8 && memcmp(value.ptr, id, 8) == 0);
    value = get(fields, "span:start", BP_OK);
    CHECK(value.kind == BP_KIND_TIME_NS && value.bits == sample_start(7, 2));
    value = get(fields, "span:duration", BP_OK);
    CHECK(value.kind == BP_KIND_DURATION_NS && value.bits == 50000 - 200);
    value = get(fields, "span:kind", BP_OK);
    CHECK(value.kind == BP_KIND_SPAN_KIND && bp_value_i64(&value) == 3);
    value = get(fields, "span:status", BP_OK);
    CHECK(value.kind == BP_KIND_SPAN_STATUS && bp_value_i64(&value) == 2);
    value = get(fields, "span.trace.number", BP_OK);
    CHECK(value.kind == BP_KIND_I64 && bp_value_i64(&value) == 7);
    value = get(fields, ".user", BP_OK);
    CHECK_STR(bp_value_str(&value), "u2");
    value = get(fields, "resource.service.name", BP_OK);
    CHECK_STR(bp_value_str(&value), "store");
    value = get(fields, ".service.name", BP_OK);
    CHECK_STR(bp_value_str(&value), "store");
    value = get(fields, "span.odd", BP_ABSENT);
    CHECK(value.kind == BP_KIND_ABSENT && value.bits == 0 && value.ptr == NULL);
    get(fields, "span.no.such.key", BP_ABSENT);
    get(fields, "span:no_such_intrinsic", BP_ERR_PARSE);
    get(fields, "", BP_ERR_PARSE);
    bp_lazy_fields_free(fields);
    fields = sample_fields(blocks, 4, 7, 3);
    value = get(fields, "span.odd", BP_OK);
    CHECK(value.kind == BP_KIND_BOOL && value.bits == 1);
    bp_lazy_fields_free(fields);
    bp_blocks_free(blocks);
}

static void many_fields_are_read_at_once(void) {
    static const char *names[] = {"span:name", "span.user", "span.absent", ".step"};
    bp_blocks *blocks = sample_blocks(10, 4, 0);
    bp_columns *columns = NULL;
    bp_error *err = NULL;
    REQUIRE_OK(bp_columns_new(&columns, &err), err);
    for (size_t i = 0; i < 4; i++) {
        REQUIRE_OK(bp_columns_add(columns, bp_str_of(names[i]), &err), err);
    }
    CHECK(bp_columns_len(columns) == 4);
    for (int detached = 0; detached < 2; detached++) {
        bp_lazy_fields *fields = sample_fields(blocks, 4, 3, 1);
        bp_value values[5];
        memset(values, 0xa5, sizeof values);
        if (detached) {
            REQUIRE_OK(bp_lazy_fields_detach(fields, &err), err);
        }
        REQUIRE_OK(bp_lazy_fields_get_many(fields, columns, values, 4, &err), err);
        CHECK_STR(bp_value_str(&values[0]), "query 1");
        CHECK_STR(bp_value_str(&values[1]), "u3");
        CHECK(values[2].kind == BP_KIND_ABSENT && values[2].ptr == NULL);
        CHECK(bp_value_i64(&values[3]) == 1);
        CHECK_STATUS(bp_lazy_fields_get_many(fields, columns, values, 5, NULL), BP_ERR_INVALID_ARGUMENT);
        CHECK_STATUS(bp_lazy_fields_get_many(fields, columns, values, 3, NULL), BP_ERR_INVALID_ARGUMENT);
        CHECK(values[0].kind == BP_KIND_ABSENT);
        bp_lazy_fields_free(fields);
    }
    CHECK_STATUS(bp_columns_add(columns, bp_str_of("span.late"), NULL), BP_ERR_STATE);
    bp_columns_free(columns);
    bp_blocks_free(blocks);
}

static void more_columns_than_fit_on_the_stack_are_read(void) {
    bp_blocks *blocks = sample_blocks(2, 2, 0);
    bp_lazy_fields *fields = sample_fields(blocks, 2, 1, 1);
    bp_columns *columns = NULL;
    bp_value values[100];
    bp_error *err = NULL;
    REQUIRE_OK(bp_columns_new(&columns, &err), err);
    for (size_t i = 0; i < 100; i++) {
        const char *name = i % 2 == 0 ? "span.user" : "span.none";
        REQUIRE_OK(bp_columns_add(columns, bp_str_of(name), &err), err);
    }
    REQUIRE_OK(bp_lazy_fields_get_many(fields, columns, values, 100, &err), err);
    for (size_t i = 0; i < 100; i++) {
        CHECK(values[i].kind == (i % 2 == 0 ? BP_KIND_STR : BP_KIND_ABSENT));
    }
    bp_columns_free(columns);
    bp_lazy_fields_free(fields);
    bp_blocks_free(blocks);
}

/* All fields of a span, in parts of `cap`. */
static size_t all_fields(bp_lazy_fields *fields, bp_field *out, size_t room, size_t cap) {
    size_t total = 0, count = 0;
    bp_status status = BP_OK;
    while (status == BP_OK) {
        status = bp_lazy_fields_next(fields, out + total, cap < room - total ? cap : room - total, &count, NULL);
        CHECK(status == BP_OK ? count > 0 : count == 0);
        total += count;
        REQUIRE(total < room);
    }
    CHECK_STATUS(status, BP_DONE);
    CHECK_STATUS(bp_lazy_fields_next(fields, out + total, 1, &count, NULL), BP_DONE); /* and stays */
    return total;
}

static void fields_come_in_parts_in_one_order(void) {
    bp_blocks *blocks = shop_blocks(0);
    bp_field once[256], again[256];
    bp_error *err = NULL;
    for (uint32_t row = 0; row < SHOP_SPANS; row += 97) {
        bp_lazy_fields *fields = NULL;
        REQUIRE_OK(bp_lazy_fields_new(blocks, 0, row, &fields, &err), err);
        size_t total = all_fields(fields, once, 256, 255);
        CHECK(total > 10);
        for (size_t cap = 1; cap < 8; cap += 3) {
            REQUIRE_OK(bp_lazy_fields_rewind(fields, &err), err);
            CHECK(all_fields(fields, again, 256, cap) == total);
            CHECK(memcmp(once, again, total * sizeof *once) == 0);
        }
        for (size_t i = 0; i < total; i++) {
            bp_value value;
            bool of_item = once[i].name.len > 5 && (memcmp(once[i].name.ptr, "event", 5) == 0);
            of_item = of_item || memcmp(once[i].name.ptr, "link", 4) == 0;
            if (!of_item && bp_lazy_fields_get(fields, once[i].name, &value, NULL) == BP_OK) {
                CHECK(memcmp(&value, &once[i].value, sizeof value) == 0);
            }
        }
        bp_lazy_fields_free(fields);
    }
    bp_blocks_free(blocks);
}

static void views_survive_later_calls(void) {
    bp_blocks *blocks = sample_blocks(10, 4, 0);
    bp_lazy_fields *fields = sample_fields(blocks, 4, 3, 1);
    bp_value name = get(fields, "span:name", BP_OK), user = get(fields, ".user", BP_OK);
    bp_field all[64];
    all_fields(fields, all, 64, 3);
    CHECK_STR(bp_value_str(&name), "query 1");
    CHECK_STR(bp_value_str(&user), "u3");
    bp_lazy_fields_free(fields);
    bp_blocks_free(blocks);
}

static void children_outlive_parents(void) {
    bp_blocks *blocks = sample_blocks(10, 4, 0);
    bp_lazy_fields *fields = sample_fields(blocks, 4, 3, 1);
    bp_lazy_fields *more = sample_fields(blocks, 4, 9, 3);
    bp_value value = get(fields, "span:name", BP_OK);
    bp_blocks_free(blocks);
    CHECK(bp_bytes_held() > 0);
    CHECK_STR(bp_value_str(&value), "query 1");
    bp_lazy_fields_free(fields);
    value = get(more, ".user", BP_OK);
    CHECK_STR(bp_value_str(&value), "u4");
    bp_lazy_fields_release(more);
    CHECK(bp_bytes_held() == 0); /* the last reference is gone before release returns */
    bp_lazy_fields_free(more);
}

static void release_is_idempotent(void) {
    bp_blocks *blocks = sample_blocks(10, 4, 0);
    bp_lazy_fields *fields = sample_fields(blocks, 4, 3, 1);
    CHECK(!bp_lazy_fields_is_released(fields));
    for (int i = 0; i < 3; i++) {
        bp_lazy_fields_release(fields);
        CHECK(bp_lazy_fields_is_released(fields));
    }
    bp_span span = bp_lazy_fields_span(fields);
    CHECK(span.block == 0 && span.row == 13);
    bp_lazy_fields_free(fields);
    bp_blocks_free(blocks);
}

static void released_fields_answer_released(void) {
    bp_blocks *blocks = sample_blocks(10, 4, 0);
    bp_columns *columns = NULL;
    REQUIRE(bp_columns_new(&columns, NULL) == BP_OK);
    REQUIRE(bp_columns_add(columns, bp_str_of("span:name"), NULL) == BP_OK);
    for (int detached = 0; detached < 2; detached++) {
        bp_lazy_fields *fields = sample_fields(blocks, 4, 3, 1);
        bp_value value = get(fields, "span:name", BP_OK);
        bp_field field;
        bp_error *err = NULL;
        size_t count = 7;
        if (detached) {
            CHECK_STATUS(bp_lazy_fields_detach(fields, NULL), BP_OK);
        }
        bp_lazy_fields_release(fields);
        CHECK_STATUS(bp_lazy_fields_get(fields, bp_str_of("span:name"), &value, &err), BP_ERR_RELEASED);
        CHECK(value.kind == BP_KIND_ABSENT && value.ptr == NULL && value.bits == 0);
        CHECK_STATUS(bp_error_status(err), BP_ERR_RELEASED);
        bp_error_free(err);
        memset(&value, 0xa5, sizeof value);
        CHECK_STATUS(bp_lazy_fields_get_many(fields, columns, &value, 1, NULL), BP_ERR_RELEASED);
        CHECK(value.kind == BP_KIND_ABSENT && value.ptr == NULL);
        CHECK_STATUS(bp_lazy_fields_next(fields, &field, 1, &count, NULL), BP_ERR_RELEASED);
        CHECK(count == 0);
        CHECK_STATUS(bp_lazy_fields_rewind(fields, NULL), BP_ERR_RELEASED);
        CHECK_STATUS(bp_lazy_fields_detach(fields, NULL), BP_ERR_RELEASED);
        bp_lazy_fields_free(fields);
    }
    bp_columns_free(columns);
    bp_blocks_free(blocks);
}

static void detached_fields_need_no_blocks(void) {
    bp_blocks *blocks = sample_blocks(10, 4, 0);
    bp_lazy_fields *fields = sample_fields(blocks, 4, 3, 1);
    bp_field all[64], copy[64];
    bp_error *err = NULL;
    size_t total = all_fields(fields, all, 64, 64);
    bp_lazy_fields *detached = sample_fields(blocks, 4, 3, 1);
    for (int i = 0; i < 2; i++) {
        REQUIRE_OK(bp_lazy_fields_detach(detached, &err), err);
    }
    CHECK(all_fields(detached, copy, 64, 2) == total);
    for (size_t i = 0; i < total; i++) {
        CHECK(copy[i].name.len == all[i].name.len && copy[i].value.kind == all[i].value.kind);
        CHECK(copy[i].value.bits == all[i].value.bits);
        CHECK(memcmp(copy[i].name.ptr, all[i].name.ptr, all[i].name.len) == 0);
    }
    bp_lazy_fields_free(fields);
    bp_blocks_free(blocks);
    CHECK(bp_bytes_held() == 0);
    bp_value value = get(detached, "span:name", BP_OK);
    CHECK_STR(bp_value_str(&value), "query 1");
    CHECK(!bp_lazy_fields_is_released(detached));
    bp_lazy_fields_release(detached);
    CHECK(bp_lazy_fields_is_released(detached));
    bp_lazy_fields_free(detached);
}

static void one_handle_serves_many_spans(void) {
    bp_blocks *blocks = sample_blocks(100, 4, 40);
    bp_lazy_fields *fields = NULL;
    bp_error *err = NULL;
    uint32_t trace = 0;
    REQUIRE_OK(bp_lazy_fields_new(blocks, 0, 0, &fields, &err), err);
    for (size_t block = 0; block < bp_blocks_len(blocks); block++) {
        for (uint32_t row = 0; row < 40; row += 4, trace++) {
            REQUIRE_OK(bp_lazy_fields_seek(fields, blocks, block, row, &err), err);
            bp_value value = get(fields, "span.trace.number", BP_OK);
            CHECK(bp_value_i64(&value) == trace);
        }
    }
    CHECK(trace == 100);
    CHECK_STATUS(bp_lazy_fields_seek(fields, blocks, 0, 40, NULL), BP_ERR_INVALID_ARGUMENT);
    bp_value value = get(fields, "span.trace.number", BP_OK);
    CHECK(bp_value_i64(&value) == 99);
    bp_lazy_fields_release(fields);
    REQUIRE_OK(bp_lazy_fields_seek(fields, blocks, 3, 1, &err), err);
    CHECK(!bp_lazy_fields_is_released(fields));
    bp_lazy_fields_free(fields);
    bp_blocks_free(blocks);
}

static void check_format(bp_value value, const char *text) {
    char out[64];
    size_t len = 0;
    CHECK_STATUS(bp_value_format(&value, out, sizeof out, &len, NULL), BP_OK);
    bp_str view = {out, len};
    CHECK_STR(view, text);
    size_t whole = len;
    CHECK_STATUS(bp_value_format(&value, out, 2, &len, NULL), BP_OK);
    CHECK(len == whole);
    CHECK_STATUS(bp_value_format(&value, NULL, 0, &len, NULL), BP_OK);
    CHECK(len == whole);
}

static void values_are_spelled_for_people(void) {
    bp_blocks *blocks = sample_blocks(10, 4, 0);
    bp_lazy_fields *fields = sample_fields(blocks, 4, 7, 2);
    bp_value absent;
    memset(&absent, 0, sizeof absent);
    check_format(get(fields, "span:name", BP_OK), "query 2");
    check_format(get(fields, "span:kind", BP_OK), "client");
    check_format(get(fields, "span:status", BP_OK), "error");
    check_format(get(fields, "span:id", BP_OK), "cdcdcdcd00070002");
    check_format(get(fields, ".step", BP_OK), "2");
    check_format(absent, "");
    bp_lazy_fields_free(fields);
    bp_blocks_free(blocks);
}

static void places_that_do_not_exist_answer(void) {
    bp_blocks *blocks = sample_blocks(10, 4, 0);
    bp_lazy_fields *fields = (bp_lazy_fields *)(void *)blocks;
    CHECK_STATUS(bp_lazy_fields_new(blocks, 0, 40, &fields, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK(fields == NULL);
    CHECK_STATUS(bp_lazy_fields_new(blocks, 1, 0, &fields, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(bp_lazy_fields_new(blocks, SIZE_MAX, UINT32_MAX, &fields, NULL), BP_ERR_INVALID_ARGUMENT);
    bp_blocks_release(blocks);
    CHECK_STATUS(bp_lazy_fields_new(blocks, 0, 0, &fields, NULL), BP_ERR_RELEASED);
    bp_blocks_free(blocks);
}

static void null_arguments_answer(void) {
    bp_blocks *blocks = sample_blocks(1, 1, 0);
    bp_lazy_fields *fields = sample_fields(blocks, 1, 0, 0), *out = NULL;
    bp_columns *columns = NULL;
    bp_value value;
    bp_field field;
    size_t count = 0;
    bp_str name = {NULL, 3};
    REQUIRE(bp_columns_new(&columns, NULL) == BP_OK);
    CHECK_STATUS(bp_columns_new(NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_columns_add(NULL, bp_str_of("a"), NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_columns_add(columns, name, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK(bp_columns_len(NULL) == 0);
    CHECK_STATUS(bp_lazy_fields_new(NULL, 0, 0, &out, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_lazy_fields_new(blocks, 0, 0, NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_lazy_fields_seek(NULL, blocks, 0, 0, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_lazy_fields_seek(fields, NULL, 0, 0, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_lazy_fields_get(NULL, bp_str_of("a"), &value, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_lazy_fields_get(fields, name, &value, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_lazy_fields_get(fields, bp_str_of("a"), NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_lazy_fields_get_many(NULL, columns, NULL, 0, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_lazy_fields_get_many(fields, NULL, &value, 1, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_lazy_fields_get_many(fields, columns, NULL, 1, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_lazy_fields_next(NULL, &field, 1, &count, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_lazy_fields_next(fields, NULL, 1, &count, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_lazy_fields_next(fields, &field, 1, NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_lazy_fields_rewind(NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_lazy_fields_detach(NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK(!bp_lazy_fields_is_released(NULL));
    CHECK(bp_lazy_fields_span(NULL).row == UINT32_MAX);
    CHECK_STATUS(bp_value_format(NULL, NULL, 0, &count, NULL), BP_ERR_NULL_ARGUMENT);
    bp_lazy_fields_release(NULL);
    bp_lazy_fields_free(NULL);
    bp_columns_free(NULL);
    bp_lazy_fields_free(fields);
    bp_columns_free(columns);
    bp_blocks_free(blocks);
}

int main(void) {
    RUN(every_kind_of_field_is_found_by_name);
    RUN(many_fields_are_read_at_once);
    RUN(more_columns_than_fit_on_the_stack_are_read);
    RUN(fields_come_in_parts_in_one_order);
    RUN(views_survive_later_calls);
    RUN(children_outlive_parents);
    RUN(release_is_idempotent);
    RUN(released_fields_answer_released);
    RUN(detached_fields_need_no_blocks);
    RUN(one_handle_serves_many_spans);
    RUN(values_are_spelled_for_people);
    RUN(places_that_do_not_exist_answer);
    RUN(null_arguments_answer);
    FINISH();
}
