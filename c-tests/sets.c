/* Sets of rows and of spans: their algebra, copying out, release. */
#include "sample.h"

/* Rows of the block whose number modulo `step` is `rest`. */
static bp_row_set *every(const bp_blocks *blocks, size_t block, uint32_t step, uint32_t rest) {
    uint32_t *rows = BP_CAST(uint32_t *, malloc(SHOP_SPANS * sizeof *rows));
    bp_block_info info = BP_BLOCK_INFO_INIT;
    bp_row_set *set = NULL;
    bp_error *err = NULL;
    size_t n = 0;
    REQUIRE(rows != NULL);
    REQUIRE_OK(bp_blocks_info(blocks, block, &info, &err), err);
    for (uint32_t row = rest; row < info.spans; row += step) {
        rows[n++] = row;
    }
    REQUIRE_OK(bp_row_set_new(blocks, block, rows, n, &set, &err), err);
    CHECK(bp_row_set_count(set) == n && bp_row_set_block_rows(set) == info.spans);
    CHECK(bp_row_set_block(set) == block && bp_row_set_column(set).len == 0);
    free(rows);
    return set;
}

static void row_sets_combine_as_sets_do(void) {
    bp_blocks *blocks = shop_blocks(0);
    bp_row_set *twos = every(blocks, 0, 2, 0), *thirds = every(blocks, 0, 3, 0), *rare = every(blocks, 0, 997, 6);
    bp_row_set *both = NULL, *either = NULL, *only = NULL, *odd = NULL, *mixed = NULL, *all = NULL;
    bp_error *err = NULL;
    REQUIRE_OK(bp_row_set_and(twos, thirds, &both, &err), err);
    REQUIRE_OK(bp_row_set_or(twos, thirds, &either, &err), err);
    REQUIRE_OK(bp_row_set_minus(twos, thirds, &only, &err), err);
    REQUIRE_OK(bp_row_set_not(twos, &odd, &err), err);
    REQUIRE_OK(bp_row_set_or(rare, odd, &mixed, &err), err);
    REQUIRE_OK(bp_row_set_all(blocks, 0, &all, &err), err);
    CHECK(bp_row_set_count(all) == SHOP_SPANS);
    uint64_t counts[5] = {0, 0, 0, 0, 0};
    for (uint32_t row = 0; row < SHOP_SPANS + 100; row++) {
        bool exists = row < SHOP_SPANS, two = exists && row % 2 == 0, three = exists && row % 3 == 0;
        bool is_rare = exists && row % 997 == 6;
        CHECK(bp_row_set_contains(both, row) == (two && three));
        CHECK(bp_row_set_contains(either, row) == (two || three));
        CHECK(bp_row_set_contains(only, row) == (two && !three));
        CHECK(bp_row_set_contains(odd, row) == (exists && !two));
        CHECK(bp_row_set_contains(mixed, row) == (is_rare || (exists && !two)));
        CHECK(bp_row_set_contains(all, row) == exists);
        counts[0] += two && three;
        counts[1] += two || three;
        counts[2] += two && !three;
        counts[3] += exists && !two;
        counts[4] += is_rare || (exists && !two);
    }
    CHECK(bp_row_set_count(both) == counts[0] && bp_row_set_count(either) == counts[1]);
    CHECK(bp_row_set_count(only) == counts[2] && bp_row_set_count(odd) == counts[3]);
    CHECK(bp_row_set_count(mixed) == counts[4]);
    bp_row_set *sets[] = {twos, thirds, rare, both, either, only, odd, mixed, all};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        bp_row_set_free(sets[i]);
    }
    bp_blocks_free(blocks);
}

static void rows_are_copied_in_parts(void) {
    bp_blocks *blocks = shop_blocks(0);
    bp_row_set *sets[] = {every(blocks, 0, 2, 1), every(blocks, 0, 997, 6), every(blocks, 0, 1, 0)};
    uint32_t steps[] = {2, 997, 1}, firsts[] = {1, 6, 0};
    for (size_t i = 0; i < 3; i++) {
        for (size_t cap = 1; cap < 2000; cap = cap * 5 + 1) {
            uint32_t rows[2000], expected = firsts[i], from = 0;
            uint64_t total = 0;
            size_t count = 0;
            while (bp_row_set_rows(sets[i], from, rows, cap, &count, NULL) == BP_OK) {
                for (size_t at = 0; at < count; at++, expected += steps[i]) {
                    CHECK(rows[at] == expected);
                }
                from = rows[count - 1] + 1;
                total += count;
            }
            CHECK(total == bp_row_set_count(sets[i]));
            CHECK_STATUS(bp_row_set_rows(sets[i], UINT32_MAX, rows, cap, &count, NULL), BP_DONE);
        }
        uint64_t words[SHOP_SPANS / 64 + 3];
        memset(words, 0xff, sizeof words);
        CHECK_STATUS(bp_row_set_words(sets[i], words, sizeof words / sizeof *words, NULL), BP_OK);
        for (uint32_t row = 0; row < sizeof words * 8; row++) {
            CHECK((words[row / 64] >> (row % 64) & 1) == bp_row_set_contains(sets[i], row));
        }
        bp_row_set_free(sets[i]);
    }
    bp_blocks_free(blocks);
}

static void sets_of_different_blocks_do_not_combine(void) {
    bp_blocks *blocks = sample_blocks(20, 4, 40), *others = sample_blocks(20, 4, 40);
    bp_row_set *a = every(blocks, 0, 2, 0), *b = every(blocks, 1, 2, 0), *c = every(others, 0, 2, 0);
    bp_row_set *out = a;
    CHECK_STATUS(bp_row_set_and(a, b, &out, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK(out == NULL);
    CHECK_STATUS(bp_row_set_or(a, c, &out, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(bp_row_set_minus(a, c, &out, NULL), BP_ERR_INVALID_ARGUMENT);
    bp_span_set *all = NULL, *other = NULL, *none = NULL;
    CHECK_STATUS(bp_span_set_all(blocks, &all, NULL), BP_OK);
    CHECK_STATUS(bp_span_set_all(others, &other, NULL), BP_OK);
    CHECK_STATUS(bp_span_set_and(all, other, &none, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK(none == NULL);
    const bp_row_set *rows[] = {c};
    CHECK_STATUS(bp_span_set_of_rows(blocks, rows, 1, &none, NULL), BP_ERR_INVALID_ARGUMENT);
    bp_span_set_free(all);
    bp_span_set_free(other);
    bp_row_set_free(a);
    bp_row_set_free(b);
    bp_row_set_free(c);
    bp_blocks_free(blocks);
    bp_blocks_free(others);
}

/* Blocks that come later are likely to be where those were. */
static void sets_of_blocks_that_are_gone_do_not_combine_with_later_ones(void) {
    for (int i = 0; i < 20; i++) {
        bp_blocks *before = sample_blocks(10, 4, 0), *after = NULL;
        bp_row_set *old_rows = every(before, 0, 2, 0), *rows = NULL, *both_rows = NULL;
        bp_span_set *old_spans = NULL, *spans = NULL, *both_spans = NULL;
        bp_error *err = NULL;
        REQUIRE_OK(bp_span_set_all(before, &old_spans, &err), err);
        bp_row_set_release(old_rows);
        bp_span_set_release(old_spans);
        bp_blocks_free(before);
        after = sample_blocks(3, 2, 0);
        rows = every(after, 0, 3, 0);
        REQUIRE_OK(bp_span_set_all(after, &spans, &err), err);
        CHECK_STATUS(bp_row_set_or(rows, old_rows, &both_rows, NULL), BP_ERR_INVALID_ARGUMENT);
        CHECK_STATUS(bp_span_set_of_rows(after, (const bp_row_set *const *)&old_rows, 1, &both_spans, NULL),
                     BP_ERR_INVALID_ARGUMENT);
        CHECK_STATUS(bp_span_set_or(spans, old_spans, &both_spans, NULL), BP_ERR_INVALID_ARGUMENT);
        bp_row_set_free(rows);
        bp_row_set_free(old_rows);
        bp_row_set_free(both_rows);
        bp_span_set_free(spans);
        bp_span_set_free(old_spans);
        bp_span_set_free(both_spans);
        bp_blocks_free(after);
    }
}

static void rows_stay_when_blocks_are_released(void) {
    bp_blocks *blocks = sample_blocks(10, 4, 0);
    bp_row_set *set = every(blocks, 0, 3, 0), *inverse = NULL;
    bp_lazy_fields *fields = NULL;
    bp_error *err = NULL;
    uint32_t rows[64];
    size_t count = 0;
    bp_blocks_free(blocks);
    REQUIRE_OK(bp_row_set_fields(set, 3, &fields, &err), err);
    CHECK(bp_bytes_held() > 0 && !bp_row_set_is_released(set));
    for (int i = 0; i < 2; i++) {
        bp_row_set_release(set);
        CHECK(bp_row_set_is_released(set));
    }
    bp_value value;
    REQUIRE_OK(bp_lazy_fields_get(fields, bp_str_of("span:name"), &value, &err), err);
    CHECK_STR(bp_value_str(&value), "query 3");
    bp_lazy_fields_free(fields);
    CHECK(bp_bytes_held() == 0);
    CHECK(bp_row_set_count(set) == 14 && bp_row_set_contains(set, 39));
    CHECK_STATUS(bp_row_set_rows(set, 0, rows, 64, &count, NULL), BP_OK);
    CHECK(count == 14 && rows[13] == 39);
    CHECK_STATUS(bp_row_set_fields(set, 3, &fields, NULL), BP_ERR_RELEASED);
    CHECK(fields == NULL);
    REQUIRE_OK(bp_row_set_not(set, &inverse, &err), err);
    CHECK(bp_row_set_count(inverse) == 26 && bp_row_set_is_released(inverse));
    bp_row_set_free(inverse);
    bp_row_set_free(set);
}

/* --- spans of many blocks --- */

static bp_span_set *odd_spans(const bp_blocks *blocks) {
    bp_row_set *rows[16];
    bp_span_set *set = NULL;
    bp_error *err = NULL;
    size_t n = bp_blocks_len(blocks);
    REQUIRE(n <= 16);
    for (size_t block = 0; block < n; block++) {
        rows[block] = every(blocks, block, 2, 1);
    }
    REQUIRE_OK(bp_span_set_of_rows(blocks, (const bp_row_set *const *)rows, n, &set, &err), err);
    for (size_t block = 0; block < n; block++) {
        bp_row_set_free(rows[block]);
    }
    return set;
}

static void span_sets_are_numbered_in_order(void) {
    bp_blocks *blocks = sample_blocks(100, 4, 40);
    bp_span_set *odd = odd_spans(blocks);
    bp_span spans[200], one;
    bp_span_ids ids[200];
    bp_error *err = NULL;
    size_t count = 0, total = 0;
    CHECK(bp_span_set_count(odd) == 200);
    while (bp_span_set_spans(odd, total, spans + total, 7, &count, &err) == BP_OK) {
        total += count;
        REQUIRE(total + 7 <= 207);
    }
    CHECK(total == 200);
    for (uint32_t i = 0; i < 200; i++) {
        CHECK(spans[i].block == i / 20 && spans[i].row == i % 20 * 2 + 1);
        CHECK(bp_span_set_contains(odd, spans[i]));
        one = spans[i];
        one.row--;
        CHECK(!bp_span_set_contains(odd, one));
        REQUIRE_OK(bp_span_set_spans(odd, i, &one, 1, &count, &err), err);
        CHECK(one.block == spans[i].block && one.row == spans[i].row);
    }
    REQUIRE_OK(bp_span_set_ids(odd, 0, ids, 200, &count, &err), err);
    CHECK(count == 200);
    for (uint32_t i = 0; i < 200; i++) {
        uint8_t trace_id[16], span_id[8];
        sample_trace_id(trace_id, i / 2);
        sample_span_id(span_id, i / 2, i % 2 * 2 + 1);
        CHECK(memcmp(ids[i].trace_id, trace_id, 16) == 0 && memcmp(ids[i].span_id, span_id, 8) == 0);
        CHECK(ids[i].span.block == spans[i].block && ids[i].span.row == spans[i].row);
    }
    CHECK_STATUS(bp_span_set_spans(odd, 200, spans, 1, &count, NULL), BP_DONE);
    CHECK_STATUS(bp_span_set_ids(odd, UINT64_MAX, ids, 1, &count, NULL), BP_DONE);
    bp_span_set_free(odd);
    bp_blocks_free(blocks);
}

static void values_of_many_spans_are_read_at_once(void) {
    bp_blocks *blocks = sample_blocks(100, 4, 40);
    bp_span_set *odd = odd_spans(blocks);
    bp_columns *columns = NULL;
    bp_value values[600];
    bp_error *err = NULL;
    REQUIRE_OK(bp_columns_new(&columns, &err), err);
    REQUIRE_OK(bp_columns_add(columns, bp_str_of("span.trace.number"), &err), err);
    REQUIRE_OK(bp_columns_add(columns, bp_str_of("span.nothing"), &err), err);
    REQUIRE_OK(bp_columns_add(columns, bp_str_of("span.step"), &err), err);
    bp_blocks_free(blocks);
    REQUIRE_OK(bp_span_set_values(odd, 0, 200, columns, values, 600, &err), err);
    for (uint32_t i = 0; i < 200; i++) {
        CHECK(bp_value_i64(&values[3 * i]) == i / 2);
        CHECK(values[3 * i + 1].kind == BP_KIND_ABSENT);
        CHECK(bp_value_i64(&values[3 * i + 2]) == i % 2 * 2 + 1);
    }
    REQUIRE_OK(bp_span_set_values(odd, 199, 1, columns, values, 3, &err), err);
    CHECK(bp_value_i64(&values[0]) == 99 && bp_value_i64(&values[2]) == 3);
    REQUIRE_OK(bp_span_set_values(odd, 0, 0, columns, NULL, 0, &err), err);
    CHECK_STATUS(bp_span_set_values(odd, 199, 2, columns, values, 6, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK(values[0].kind == BP_KIND_ABSENT);
    CHECK_STATUS(bp_span_set_values(odd, UINT64_MAX, 2, columns, values, 6, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(bp_span_set_values(odd, 0, 2, columns, values, 5, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(bp_span_set_values(odd, 0, SIZE_MAX, columns, values, 6, NULL), BP_ERR_INVALID_ARGUMENT);
    bp_span_set_release(odd);
    CHECK_STATUS(bp_span_set_values(odd, 0, 2, columns, values, 6, NULL), BP_ERR_RELEASED);
    bp_columns_free(columns);
    bp_span_set_free(odd);
}

/* Two blocks of the shop, of which the second is damaged in many places. */
static bp_blocks *damaged_blocks(void) {
    bp_blocks *shop = shop_blocks(2000), *parts[2] = {NULL, NULL}, *both = NULL;
    bp_error *err = NULL;
    for (size_t i = 0; i < 2; i++) {
        bp_bytes bytes;
        REQUIRE_OK(bp_blocks_bytes(shop, i, &bytes, &err), err);
        uint8_t *copy = BP_CAST(uint8_t *, malloc(bytes.len));
        REQUIRE(copy != NULL);
        memcpy(copy, bytes.ptr, bytes.len);
        for (size_t at = bytes.len / 2; i == 1 && at < bytes.len; at += 256) {
            copy[at] ^= 1;
        }
        bytes.ptr = copy;
        REQUIRE_OK(bp_blocks_open_memory(bytes, NULL, NULL, &parts[i], &err), err);
        free(copy);
    }
    REQUIRE_OK(bp_blocks_join((const bp_blocks *const *)parts, 2, &both, &err), err);
    bp_blocks_free(parts[0]);
    bp_blocks_free(parts[1]);
    bp_blocks_free(shop);
    return both;
}

static void there_are_all_values_or_none(void) {
    static const char *const names[] = {"span:name", "span:id", "trace:id", "span:duration", "resource.service.name"};
    enum { WIDTH = sizeof names / sizeof *names };
    bp_blocks *blocks = damaged_blocks();
    bp_span_set *all = NULL;
    bp_columns *columns = NULL;
    bp_error *err = NULL;
    REQUIRE_OK(bp_span_set_all(blocks, &all, &err), err);
    REQUIRE_OK(bp_columns_new(&columns, &err), err);
    for (size_t i = 0; i < WIDTH; i++) {
        REQUIRE_OK(bp_columns_add(columns, bp_str_of(names[i]), &err), err);
    }
    size_t count = BP_CAST(size_t, bp_span_set_count(all)), len = count * WIDTH;
    bp_value *values = BP_CAST(bp_value *, malloc(len * sizeof *values));
    REQUIRE(values != NULL);
    REQUIRE_OK(bp_span_set_values(all, 0, 1000, columns, values, 1000 * WIDTH, &err), err);
    CHECK_STATUS(bp_span_set_values(all, 0, count, columns, values, len, NULL), BP_ERR_CHECKSUM);
    for (size_t i = 0; i < len; i++) {
        CHECK(values[i].kind == BP_KIND_ABSENT && values[i].bits == 0 && values[i].ptr == NULL);
    }
    free(values);
    bp_columns_free(columns);
    bp_span_set_free(all);
    bp_blocks_free(blocks);
}

static void span_sets_combine_as_sets_do(void) {
    bp_blocks *blocks = sample_blocks(100, 4, 40);
    bp_span_set *odd = odd_spans(blocks), *all = NULL, *even = NULL, *none = NULL, *both = NULL, *rest = NULL;
    bp_error *err = NULL;
    REQUIRE_OK(bp_span_set_all(blocks, &all, &err), err);
    REQUIRE_OK(bp_span_set_not(odd, &even, &err), err);
    REQUIRE_OK(bp_span_set_and(odd, even, &none, &err), err);
    REQUIRE_OK(bp_span_set_or(odd, even, &both, &err), err);
    REQUIRE_OK(bp_span_set_minus(all, odd, &rest, &err), err);
    CHECK(bp_span_set_count(all) == 400 && bp_span_set_count(even) == 200);
    CHECK(bp_span_set_count(none) == 0 && bp_span_set_count(both) == 400);
    CHECK(bp_span_set_count(rest) == 200);
    bp_span span = {3, 8};
    CHECK(bp_span_set_contains(rest, span) && !bp_span_set_contains(none, span));
    span.block = 10;
    CHECK(!bp_span_set_contains(all, span));
    bp_row_set *rows = NULL;
    REQUIRE_OK(bp_span_set_row_set(even, 3, &rows, &err), err);
    CHECK(bp_row_set_count(rows) == 20 && bp_row_set_contains(rows, 8) && bp_row_set_block(rows) == 3);
    bp_row_set_free(rows);
    CHECK_STATUS(bp_span_set_row_set(even, 10, &rows, NULL), BP_ERR_INVALID_ARGUMENT);
    bp_span_set *sets[] = {odd, all, even, none, both, rest};
    for (size_t i = 0; i < 6; i++) {
        bp_span_set_free(sets[i]);
    }
    bp_blocks_free(blocks);
}

static void sets_are_made_of_named_spans(void) {
    bp_blocks *blocks = sample_blocks(100, 4, 40);
    bp_span spans[] = {{9, 3}, {0, 39}, {9, 3}, {0, 0}}, out[4], missing = {10, 0};
    bp_span_set *set = NULL;
    bp_error *err = NULL;
    size_t count = 0;
    REQUIRE_OK(bp_span_set_new(blocks, spans, 4, &set, &err), err);
    REQUIRE_OK(bp_span_set_spans(set, 0, out, 4, &count, &err), err);
    CHECK(count == 3 && bp_span_set_count(set) == 3);
    CHECK(out[0].row == 0 && out[1].row == 39 && out[2].block == 9 && out[2].row == 3);
    bp_lazy_fields *fields = NULL;
    REQUIRE_OK(bp_span_set_fields(set, 2, &fields, &err), err);
    bp_span span = bp_lazy_fields_span(fields);
    CHECK(span.block == 9 && span.row == 3);
    bp_lazy_fields_free(fields);
    CHECK_STATUS(bp_span_set_fields(set, 3, &fields, NULL), BP_ERR_INVALID_ARGUMENT);
    bp_span_set_free(set);
    CHECK_STATUS(bp_span_set_new(blocks, &missing, 1, &set, NULL), BP_ERR_INVALID_ARGUMENT);
    missing.block = 0;
    missing.row = 40;
    CHECK_STATUS(bp_span_set_new(blocks, &missing, 1, &set, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK(set == NULL);
    bp_blocks_free(blocks);
}

static void places_stay_when_span_sets_are_released(void) {
    bp_blocks *blocks = sample_blocks(100, 4, 40), *again = NULL;
    bp_span_set *odd = odd_spans(blocks);
    bp_span span;
    bp_span_ids ids;
    bp_error *err = NULL;
    size_t count = 0;
    bp_blocks_free(blocks);
    REQUIRE_OK(bp_span_set_blocks(odd, &again, &err), err);
    CHECK(bp_blocks_len(again) == 10);
    bp_blocks_free(again);
    CHECK(bp_bytes_held() > 0 && !bp_span_set_is_released(odd));
    for (int i = 0; i < 2; i++) {
        bp_span_set_release(odd);
        CHECK(bp_span_set_is_released(odd) && bp_bytes_held() == 0);
    }
    CHECK(bp_span_set_count(odd) == 200);
    REQUIRE_OK(bp_span_set_spans(odd, 199, &span, 1, &count, &err), err);
    CHECK(span.block == 9 && span.row == 39 && bp_span_set_contains(odd, span));
    CHECK_STATUS(bp_span_set_ids(odd, 0, &ids, 1, &count, NULL), BP_ERR_RELEASED);
    CHECK(count == 0);
    CHECK_STATUS(bp_span_set_blocks(odd, &again, NULL), BP_ERR_RELEASED);
    CHECK(again == NULL);
    bp_span_set_free(odd);
}

static void traces_are_found_by_id(void) {
    char path[512];
    bp_writer *writer = NULL;
    bp_write_options options = BP_WRITE_OPTIONS_INIT;
    bp_reader *reader = NULL;
    bp_span_set *set = NULL;
    bp_error *err = NULL;
    uint8_t id[16];
    bp_bytes view = {id, 16};
    scratch_path(path, sizeof path, "traces.bpk");
    options.max_block_spans = 40;
    REQUIRE_OK(bp_writer_open(bp_str_of(path), &options, &writer, &err), err);
    otlp message = sample_otlp(0, 100, 4);
    REQUIRE_OK(bp_writer_add_otlp(writer, otlp_view(&message), &err), err);
    REQUIRE_OK(bp_writer_finish(writer, NULL, &err), err);
    bp_writer_free(writer);
    otlp_free(&message);
    REQUIRE_OK(bp_reader_open(bp_str_of(path), NULL, &reader, &err), err);
    for (uint32_t trace = 0; trace < 100; trace += 9) {
        bp_lazy_fields *fields = NULL;
        bp_value value;
        sample_trace_id(id, trace);
        REQUIRE_OK(bp_reader_trace(reader, view, &set, &err), err);
        CHECK(bp_span_set_count(set) == 4);
        REQUIRE_OK(bp_span_set_fields(set, 3, &fields, &err), err);
        REQUIRE_OK(bp_lazy_fields_get(fields, bp_str_of("span.trace.number"), &value, &err), err);
        CHECK(bp_value_i64(&value) == trace);
        bp_lazy_fields_free(fields);
        bp_span_set_free(set);
    }
    sample_trace_id(id, 100);
    CHECK_STATUS(bp_reader_trace(reader, view, &set, &err), BP_ABSENT);
    CHECK(set == NULL && err == NULL);
    view.len = 3;
    CHECK_STATUS(bp_reader_trace(reader, view, &set, NULL), BP_ABSENT);
    view.len = 0;
    CHECK_STATUS(bp_reader_trace(reader, view, &set, NULL), BP_ABSENT);
    CHECK_STATUS(bp_reader_trace(NULL, view, &set, NULL), BP_ERR_NULL_ARGUMENT);
    bp_reader_free(reader);
    remove(path);
}

static void null_arguments_answer(void) {
    bp_blocks *blocks = sample_blocks(1, 1, 0);
    bp_row_set *rows = NULL, *out = NULL;
    bp_span_set *spans = NULL, *more = NULL;
    bp_lazy_fields *fields = NULL;
    bp_columns *columns = NULL;
    bp_span span = {0, 0};
    bp_span_ids ids;
    size_t count = 0;
    uint32_t row = 0;
    REQUIRE(bp_row_set_all(blocks, 0, &rows, NULL) == BP_OK);
    REQUIRE(bp_span_set_all(blocks, &spans, NULL) == BP_OK);
    CHECK_STATUS(bp_row_set_new(NULL, 0, &row, 1, &out, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_row_set_new(blocks, 0, NULL, 1, &out, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_row_set_new(blocks, 1, &row, 1, &out, NULL), BP_ERR_INVALID_ARGUMENT);
    row = 1;
    CHECK_STATUS(bp_row_set_new(blocks, 0, &row, 1, &out, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(bp_row_set_all(NULL, 0, &out, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_row_set_and(rows, NULL, &out, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_row_set_or(NULL, rows, &out, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_row_set_minus(rows, rows, NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_row_set_not(NULL, &out, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_row_set_rows(NULL, 0, &row, 1, &count, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_row_set_rows(rows, 0, NULL, 1, &count, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_row_set_words(rows, NULL, 1, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_row_set_fields(NULL, 0, &fields, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_row_set_fields(rows, 1, &fields, NULL), BP_ERR_INVALID_ARGUMENT);
    CHECK(bp_row_set_count(NULL) == 0 && bp_row_set_block_rows(NULL) == 0);
    CHECK(bp_row_set_block(NULL) == 0 && bp_row_set_column(NULL).len == 0);
    CHECK(!bp_row_set_contains(NULL, 0) && !bp_row_set_is_released(NULL));
    bp_row_set_release(NULL);
    bp_row_set_free(NULL);
    CHECK_STATUS(bp_span_set_new(NULL, &span, 1, &more, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_span_set_new(blocks, NULL, 1, &more, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_span_set_all(NULL, &more, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_span_set_of_rows(blocks, NULL, 1, &more, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_span_set_and(spans, NULL, &more, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_span_set_or(NULL, spans, &more, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_span_set_minus(spans, spans, NULL, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_span_set_not(NULL, &more, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_span_set_spans(NULL, 0, &span, 1, &count, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_span_set_spans(spans, 0, NULL, 1, &count, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_span_set_ids(NULL, 0, &ids, 1, &count, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_span_set_values(spans, 0, 0, columns, NULL, 0, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_span_set_row_set(NULL, 0, &out, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK_STATUS(bp_span_set_fields(NULL, 0, &fields, NULL), BP_ERR_NULL_ARGUMENT);
    CHECK(bp_span_set_count(NULL) == 0 && !bp_span_set_contains(NULL, span));
    CHECK(!bp_span_set_is_released(NULL));
    bp_span_set_release(NULL);
    bp_span_set_free(NULL);
    bp_row_set_free(rows);
    bp_span_set_free(spans);
    bp_blocks_free(blocks);
}

int main(void) {
    RUN(row_sets_combine_as_sets_do);
    RUN(rows_are_copied_in_parts);
    RUN(sets_of_different_blocks_do_not_combine);
    RUN(sets_of_blocks_that_are_gone_do_not_combine_with_later_ones);
    RUN(rows_stay_when_blocks_are_released);
    RUN(span_sets_are_numbered_in_order);
    RUN(values_of_many_spans_are_read_at_once);
    RUN(there_are_all_values_or_none);
    RUN(span_sets_combine_as_sets_do);
    RUN(sets_are_made_of_named_spans);
    RUN(places_stay_when_span_sets_are_released);
    RUN(traces_are_found_by_id);
    RUN(null_arguments_answer);
    FINISH();
}
